"""Units of several files: those of one name are one unit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ephys.model import Session, Support, Unit, Waveform


@dataclass(frozen=True, eq=False)
class Part:
    """One file of several, on the clock of the first.

    Parameters
    ----------
    name : str
        What messages call the file.
    session : Session
        As read, shifted.
    sought : frozenset of str
        Names of the channels in which spikes were sought, whether or not there were any.
    """

    name: str
    session: Session
    sought: frozenset[str] = frozenset()


def join_units(parts: Sequence[Part]) -> tuple[tuple[Unit, ...], tuple[str, ...]]:
    """Return the units of all files, in order of their appearance, and what is odd about their being joined.

    A unit without a spike in a file whose spikes were sorted, on its wire where units are named by wire and code, was
    silent there, and that is a doubt. Where its wire was not sorted, it is not known.

    Parameters
    ----------
    parts : sequence of Part
        In order of time, apart from one another.
    """
    units: list[Unit] = []
    doubts: list[str] = []
    for name in dict.fromkeys(unit.id for part in parts for unit in part.session.units):
        own = [unit for part in parts for unit in part.session.units if unit.id == name]
        silent, unseen = _without(name, parts)
        unit, odd = _joined(own, silent)
        units.append(unit)
        doubts += (*unseen, *odd)
    alone = [unit.id for unit in units if unit.is_sorted_here]
    if alone:
        doubts.append(
            f"units {', '.join(alone)}: each file was sorted alone; that those of one name are one cell is taken for "
            "granted; to know, sort the joined voltage"
        )
    return tuple(units), tuple(doubts)


def _without(name: str, parts: Sequence[Part]) -> tuple[list[Unit], list[str]]:
    """Return the silence of a unit in files in which it was sought and did not fire; and what is said of such files."""
    silent, doubts = [], []
    for part in parts:
        if any(unit.id == name for unit in part.session.units):
            continue
        recorded = part.session.support
        span = f"{recorded.start_s:.10g} to {recorded.stop_s:.10g} s"
        if _was_sought(name, part):
            silent.append(Unit(name, np.empty(0), recorded))
            doubts.append(
                f"unit {name} has no spike in {part.name} ({span}): it counts as silent there; if it was lost, or not "
                "yet met, restrict it to its own time (ephys.CurationLog.restrict, ephys.crop_session)"
            )
        else:
            doubts.append(f"unit {name}: its spikes were not sought in {part.name} ({span}): it is not known there")
    return silent, doubts


def _was_sought(name: str, part: Part) -> bool:
    """Whether a unit that is called WIRE:CODE would have been seen: its wire was sorted; of other names, any was."""
    wire, colon, _ = name.rpartition(":")
    return wire in part.sought if colon else bool(part.sought)


def _joined(own: Sequence[Unit], silent: Sequence[Unit]) -> tuple[Unit, list[str]]:
    """One unit of those of its name, and of its silence."""
    first = own[0]
    if len(own) + len(silent) == 1:
        return first, []
    pieces = sorted((*own, *silent), key=lambda unit: unit.support.start_s)
    waveform, odd = _joined_waveform(pieces)
    thresholds_uv = [unit.threshold_uv for unit in own if not math.isnan(unit.threshold_uv)]
    if len(set(thresholds_uv)) > 1:
        told = ", ".join(f"{uv:.3g}" for uv in thresholds_uv)
        odd.append(f"unit {first.id}: its threshold differs between the files ({told} µV): not known of the whole")
    joined = replace(
        first,
        times_s=np.concatenate([unit.times_s for unit in pieces]),
        support=Support(tuple(epoch for unit in pieces for epoch in unit.support.epochs)),
        amplitudes_uv=np.concatenate([unit.amplitudes_uv for unit in pieces]),
        threshold_uv=_one([unit.threshold_uv for unit in own]),
        noise_uv=_one([unit.noise_uv for unit in own]),
        waveform=waveform,
        multi_unit=any(unit.multi_unit for unit in own),
        isolation=None,  # it was of other spikes
    )
    return joined, odd


def _one(values: Iterable[float]) -> float:
    """Value that all agree in; NaN where they do not."""
    found = set(values)
    return found.pop() if len(found) == 1 else math.nan


def _joined_waveform(pieces: Sequence[Unit]) -> tuple[Waveform | None, list[str]]:
    """Snippets of all pieces, if they were cut alike; else those of the first that has some."""
    firsts = np.cumsum([0, *(unit.n_spikes for unit in pieces)])
    waves = [
        replace(unit.waveform, spike_index=unit.waveform.spike_index + first)
        for unit, first in zip(pieces, firsts, strict=False)
        if unit.waveform is not None
    ]
    if not waves:
        return None, []
    name, first, doubts = pieces[0].id, waves[0], []
    alike = [wave for wave in waves if _cut_alike(first, wave)]
    if len(alike) < len(waves):
        doubts.append(f"unit {name}: its snippets were cut differently in the files; those like the first's are kept")
    filters = {(wave.band_hz, wave.order, wave.phase) for wave in alike}
    if len(filters) > 1:
        doubts.append(
            f"unit {name}: its snippets passed through different filters in the files: their band is not known"
        )
        first = replace(first, band_hz=(None, None), order=0, phase="unknown")
    whole = replace(
        first,
        snippets_uv=np.concatenate([wave.snippets_uv for wave in alike]),
        spike_index=np.concatenate([wave.spike_index for wave in alike]),
    )
    return whole, doubts


def _cut_alike(one: Waveform, other: Waveform) -> bool:
    """Whether snippets have one rate, length, number of wires and place of the peak."""
    return (
        one.snippets_uv.shape[1:] == other.snippets_uv.shape[1:]
        and math.isclose(one.sampling_hz, other.sampling_hz, rel_tol=1e-9)
        and round((one.pre_s - other.pre_s) * one.sampling_hz) == 0
    )
