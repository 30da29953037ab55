"""One unit of several, two of one, or a stretch of one: spikes, amplitudes, snippets and support together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ephys.errors import CurationError
from ephys.model import Epoch, Support, Unit, Waveform
from ephys.model.unit_parts import choose_spikes, unit_within
from ephys.sorting.agreement import DEFAULT_TOLERANCE_S, count_coincidences
from ephys.sorting.curation.settling import TIME_STEP_S

MOST_STRETCHES = 4
"""More stretches than this are not told one by one."""

SAME_SPIKES = 0.1
"""Units that share more of the smaller one's spikes are one set of spikes found twice, not two parts (convention)."""


def merge_units(units: Sequence[Unit], name: str, *, rejoined: bool = False) -> Unit:
    """One unit of several, with the spikes of all in order.

    Parameters
    ----------
    units : sequence of Unit
        Known in the same stretches of time, or apart from one another.
    name : str
        What the unit is called.
    rejoined : bool, optional
        Whether they are the two parts of one split: the lower threshold holds again.

    Returns
    -------
    Unit
        Threshold and noise are unknown where those of the parts do not go together.

    Raises
    ------
    CurationError
        If two of them are the same spikes found twice, or one is unknown in part of the other's time: where the cell's
        spikes may be missing is no silence.
    """
    for i, one in enumerate(units):
        for other in units[i + 1 :]:
            shared = count_coincidences(one.times_s, other.times_s)
            if shared > SAME_SPIKES * min(one.n_spikes, other.n_spikes):
                raise CurationError(
                    f"units {one.id} and {other.id} share {shared} spikes within 0.5 ms: "
                    "the same spikes found twice; delete one of them instead"
                )
    thresholds = [unit.threshold_uv for unit in units]
    times = np.concatenate([unit.times_s for unit in units])
    order = np.argsort(times, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    starts = np.cumsum([0, *(unit.n_spikes for unit in units)])
    places = [place[start : start + unit.n_spikes] for start, unit in zip(starts, units, strict=False)]
    return replace(
        units[0],
        id=name,
        times_s=times[order],
        amplitudes_uv=np.concatenate([unit.amplitudes_uv for unit in units])[order],
        threshold_uv=float(np.min(thresholds)) if rejoined else _if_one(thresholds),
        noise_uv=_if_one([unit.noise_uv for unit in units]),
        support=_together(units),
        waveform=_joined_waveforms(units, places),
        origin=" + ".join(dict.fromkeys(unit.origin for unit in units)),
        multi_unit=any(unit.multi_unit for unit in units),
    )


def _if_one(values: Sequence[float]) -> float:
    """The value that all of them have; NaN where they differ or one is unknown."""
    return values[0] if all(value == values[0] for value in values) else math.nan


def _together(units: Sequence[Unit]) -> Support:
    """Stretches in which the whole is known: those of each part, if they are the same; all, if they are apart."""
    stretches = [[(epoch.start_s, epoch.stop_s) for epoch in unit.support.epochs] for unit in units]
    if all(each == stretches[0] for each in stretches):
        return units[0].support
    for i, one in enumerate(units):
        for other in units[i + 1 :]:
            both_s = sum(one.support.covered_s(epoch) for epoch in other.support.epochs)
            if both_s > 0:
                raise CurationError(
                    f"unit {one.id} is known in {_text(one.support)} and unit {other.id} in {_text(other.support)}: "
                    "where only one is known, spikes of the cell are missing; restrict them to the same time, or to "
                    "times apart"
                )
    epochs = sorted((epoch for unit in units for epoch in unit.support.epochs), key=lambda epoch: epoch.start_s)
    joined = [epochs[0]]
    for epoch in epochs[1:]:
        if epoch.start_s == joined[-1].stop_s:
            joined[-1] = replace(joined[-1], stop_s=epoch.stop_s)
        else:
            joined.append(epoch)
    return Support(tuple(joined))


def _text(support: Support) -> str:
    """Stretches in words; of many, the ends."""
    if len(support.epochs) > MOST_STRETCHES:
        return f"{support.start_s:g} to {support.stop_s:g} s (but for {len(support.epochs) - 1} gaps)"
    return ", ".join(f"{epoch.start_s:g} to {epoch.stop_s:g} s" for epoch in support.epochs)


def _joined_waveforms(units: Sequence[Unit], places: list[NDArray[np.int64]]) -> Waveform | None:
    """Snippets of all that were cut alike, each with its spike's new number; of the largest unit's kind otherwise."""
    pairs = [(unit.waveform, place) for unit, place in zip(units, places, strict=True) if unit.waveform is not None]
    if not pairs:
        return None
    model = max(pairs, key=lambda pair: len(pair[0].spike_index))[0]
    alike = [(waveform, place) for waveform, place in pairs if _cut(waveform) == _cut(model)]
    index = np.concatenate([place[waveform.spike_index] for waveform, place in alike])
    order = np.argsort(index, kind="stable")
    snippets = np.concatenate([waveform.snippets_uv for waveform, _ in alike])
    return replace(model, snippets_uv=snippets[order], spike_index=index[order])


def _cut(waveform: Waveform) -> tuple[object, ...]:
    """How snippets were cut: what must agree before they stand together."""
    return (
        waveform.snippets_uv.shape[1:], waveform.sampling_hz, waveform.pre_s, waveform.band_hz, waveform.order,
        waveform.phase, waveform.source,
    )  # fmt: skip


def split_by_time(unit: Unit, at_s: float, names: tuple[str, str]) -> tuple[Unit, Unit]:
    """Two units of one, the second from `at_s` on; neither says anything of the other's time.

    Raises
    ------
    CurationError
        If one of them would have no spikes.
    """
    before, after = _parted(unit, unit.times_s < at_s, names, f"{at_s:g} s", unit.times_s)
    early, late = Epoch(unit.support.start_s, at_s), Epoch(at_s, unit.support.stop_s)
    return (
        replace(before, support=unit.support.without([late])),
        replace(after, support=unit.support.without([early])),
    )


def split_by_amplitude(unit: Unit, at_uv: float, names: tuple[str, str]) -> tuple[Unit, Unit]:
    """Two units of one, the second of the spikes of at least `at_uv`.

    The cut is the larger one's threshold from now on, since what is smaller is not counted.

    Raises
    ------
    CurationError
        If an amplitude is unknown, or one of them would have no spikes.
    """
    if np.isnan(unit.amplitudes_uv).any():
        raise CurationError(f"unit {unit.id} has spikes of unknown amplitude, and cannot be split by amplitude")
    small, large = _parted(unit, unit.amplitudes_uv < at_uv, names, f"{at_uv:g} µV", unit.amplitudes_uv)
    return small, replace(large, threshold_uv=float(np.fmax(unit.threshold_uv, at_uv)))


def split_by_spikes(unit: Unit, parts: Sequence[Sequence[float]], names: Sequence[str]) -> list[Unit]:
    """Several units of one, spike by spike; what stands in none of the `parts` is the first.

    Parameters
    ----------
    unit : Unit
        The whole.
    parts : sequence of sequence of float
        Spike times (s) of the second part and of each further one. The unit may be sorted anew since they were noted:
        a spike is the one that was meant if it is the nearest, within the tolerance at which spikes are the same.
    names : sequence of str
        Of the first part and of the others.

    Raises
    ------
    CurationError
        If one of them would have no spikes, or too many spikes of one are not in the unit any more.
    """
    noted = np.concatenate([np.asarray(part, dtype=np.float64) for part in parts])
    label = np.repeat(np.arange(1, len(parts) + 1), [len(part) for part in parts])
    of_spike = np.zeros(unit.n_spikes, dtype=np.int64)
    place, near = _nearest(unit.times_s, noted)
    of_spike[place[near]] = label[near]
    for number, name in enumerate(names):
        there = int(np.count_nonzero(of_spike == number))
        wanted = int(np.count_nonzero(label == number))
        if not there:
            raise CurationError(f"unit {unit.id}: no spike is left for {name}: nothing to split")
        if there < (1.0 - SAME_SPIKES) * wanted:
            raise CurationError(
                f"unit {unit.id}: of the {wanted} spikes that were parted from it as {name}, {there} are in it now: "
                "sort with the settings and the seed of the log's own results, or split it anew"
            )
    return [choose_spikes(unit, of_spike == number, name) for number, name in enumerate(names)]


def _nearest(
    times_s: NDArray[np.float64], wanted_s: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Place of the spike nearest to each time, and whether it is near enough to be the same."""
    if not times_s.size:
        return np.zeros(wanted_s.size, dtype=np.int64), np.zeros(wanted_s.size, dtype=np.bool_)
    after = np.clip(np.searchsorted(times_s, wanted_s), 0, times_s.size - 1)
    before = np.clip(after - 1, 0, None)
    closer = np.abs(times_s[before] - wanted_s) <= np.abs(times_s[after] - wanted_s)
    place = np.where(closer, before, after)
    return place, np.abs(times_s[place] - wanted_s) <= DEFAULT_TOLERANCE_S + TIME_STEP_S


def _parted(
    unit: Unit, first: NDArray[np.bool_], names: tuple[str, str], cut: str, values: NDArray[np.float64]
) -> tuple[Unit, Unit]:
    """Spikes for which `first` is true, and the others."""
    if first.all() or not first.any():
        side = "below" if first.all() else "at or above"
        span = f"{values.min():.4g} to {values.max():.4g}" if values.size else "none"
        raise CurationError(f"every spike of unit {unit.id} ({span}) is {side} {cut}: nothing to split")
    return choose_spikes(unit, first, names[0]), choose_spikes(unit, ~first, names[1])


def restrict_unit(unit: Unit, stretch: Epoch) -> Unit:
    """Return a unit within one stretch of its time; outside it nothing is known.

    Raises
    ------
    CurationError
        If it was not recorded there.
    """
    part = unit_within(unit, stretch)
    if part is None:
        raise CurationError(
            f"unit {unit.id} was not recorded from {stretch.start_s:g} to {stretch.stop_s:g} s, but from "
            f"{unit.support.start_s:g} to {unit.support.stop_s:g} s"
        )
    return part
