"""Matches -> units: which spikes count, how large each is, and whether they are one cell's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ephys.model import Epoch, Recording, Unit
from ephys.model.unit import rename_units
from ephys.sorting.amplitudes import LEAST_AMPLITUDES, fit_truncated_normal
from ephys.sorting.contamination import FalseSpikeSettings, false_spike_rate
from ephys.sorting.isolation import assess_isolation
from ephys.sorting.matches import Matcher, Matches
from ephys.sorting.templates import Template

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LEAST_VIOLATIONS = 5
"""Fewer intervals in the refractory time prove nothing (convention)."""

STRETCH_SPIKES = 100
"""Spikes over which a unit must once have been well above the threshold to be a cell that ran down (convention)."""

SHORT_INTERVAL_S, MOST_SHORT_INTERVALS = 0.002, 0.02
"""With a larger share of intervals this short, loud stretches are several cells (convention)."""

MOST_FALSE = 0.1
"""With a larger share of spikes that are another cell's for sure, a unit is not one cell (convention): two fast cells
of one shape leave 0.1 to 0.25, single ones none (simulated)."""

MOST_CONFUSED = 0.5
"""With a larger share of spikes that are another unit's by their shape, a unit is not one cell (convention)."""

MOST_REFRACTORY = 0.1
"""With a larger share of intervals this short, a unit is not one cell, however large (convention)."""

REFRACTORY_MS = 1.0
"""A unit does not fire twice within this time: the second is the same spike again (convention)."""


def assemble_units(
    matches: Matches, matcher: Matcher, recording: Recording, *, unit_threshold_sd: float, least_spikes: int
) -> list[Unit]:
    """Units by decreasing amplitude; what could not be isolated comes last, as one multi-unit.

    Parameters
    ----------
    matches : Matches
        Of the whole recording.
    matcher : Matcher
        Whose templates they are.
    recording : Recording
        For its clock.
    unit_threshold_sd : float
        Crossings that are no unit's count from this many noise SD.
    least_spikes : int
        Fewer make no unit.
    """
    numbers = sorted({template.unit for template in matcher.templates})
    unit_of = np.array([template.unit for template in matcher.templates] + [-1])[matches.template]
    lag_of = np.array([template.lag for template in matcher.templates] + [0.0])[matches.template]
    spikes = replace(matches, samples=matches.samples + lag_of)
    found = [_unit(spikes, unit_of == number, number, matcher, recording) for number in numbers]
    found.append(_rest(spikes, unit_of == -1, matcher, recording, unit_threshold_sd))
    kept = [(unit, members) for unit, members in found if unit.n_spikes >= least_spikes]
    now = [str(number) for number in range(len(kept))]
    isolations = assess_isolation(spikes, [members for _, members in kept], now, [unit.times_s for unit, _ in kept])
    units = [
        replace(unit, id=name, isolation=isolation, multi_unit=unit.multi_unit or isolation.false.value > MOST_CONFUSED)
        for (unit, _), isolation, name in zip(kept, isolations, now, strict=True)
    ]
    units.sort(key=lambda unit: (unit.multi_unit, -float(np.median(unit.amplitudes_uv))))
    return rename_units(units, {unit.id: str(number) for number, unit in enumerate(units, start=1)})


def _isolated(unit: Unit) -> bool:
    """Whether a unit's spikes rise above the threshold, all in all or for a while: hash is a tail that crowds there.

    A cell that runs down is isolated as long as it is large: what becomes of it later is a question of its fate. Two
    cells of one shape are told by their intervals alone.
    """
    if unit.n_spikes < LEAST_AMPLITUDES or not fires_as_one(unit):
        return False
    whole_uv, _ = fit_truncated_normal(unit.amplitudes_uv, unit.threshold_uv, noise=unit.noise_uv)
    if whole_uv > unit.threshold_uv or _short_share(unit) > MOST_SHORT_INTERVALS:
        return whole_uv > unit.threshold_uv
    stretches = np.array_split(unit.amplitudes_uv, max(1, unit.n_spikes // STRETCH_SPIKES))
    loud_uv = unit.threshold_uv + unit.noise_uv
    return any(fit_truncated_normal(part, unit.threshold_uv, noise=unit.noise_uv)[0] > loud_uv for part in stretches)


def fires_as_one(unit: Unit) -> bool:
    """Whether a unit's intervals are such as one cell can leave."""
    return _short_share(unit) <= MOST_REFRACTORY and _least_false_share(unit) <= MOST_FALSE


def _least_false_share(unit: Unit) -> float:
    """Share of the spikes that are another cell's at the least, by intervals that no cell leaves.

    Only the refractory time counts: what a cell's bursts leave in longer ones depends on the cell, and on the drug; it
    is flagged, on the baseline. More short intervals than independent spikes would leave are bursts, of which nothing
    is concluded.
    """
    settings = FalseSpikeSettings(dead_time_ms=REFRACTORY_MS, fullest_dip=0.0)
    whole = Epoch(unit.support.start_s, math.nextafter(unit.support.stop_s, math.inf))
    false = false_spike_rate(unit, within=whole, settings=settings)
    least = false.low_hz * unit.support.duration_s / unit.n_spikes
    return least if false.n_violations >= LEAST_VIOLATIONS and least < 1.0 else 0.0


def _short_share(unit: Unit) -> float:
    """Share of intervals too short for one cell."""
    return float(np.mean(np.diff(unit.times_s) < SHORT_INTERVAL_S))


def _unit(
    matches: Matches, members: NDArray[np.bool_], number: int, matcher: Matcher, recording: Recording
) -> tuple[Unit, IntArray]:
    """One unit: its spikes above the threshold, each as large as its whole shape says on the best channel."""
    own = [i for i, template in enumerate(matcher.templates) if template.unit == number]
    usual = max(own, key=lambda i: matcher.templates[i].log_count)
    template = matcher.templates[usual]
    amplitudes = matches.scales[members] * _sizes_uv(matcher.templates, template)[matches.template[members]]
    threshold_uv = float(matcher.least[usual]) * template.peak_uv
    unit, chosen = _made(matches.samples[members], amplitudes, threshold_uv, template.channel, matcher, recording)
    return replace(unit, multi_unit=not _isolated(unit)), np.flatnonzero(members)[chosen]


def _sizes_uv(templates: Sequence[Template], usual: Template) -> FloatArray:
    """Size on the best channel of each template's mean spike: a spike aligned on another phase is as large as it is."""
    norms = np.array([np.linalg.norm(template.mean_uv) for template in templates])
    sizes: FloatArray = usual.peak_uv * norms / np.linalg.norm(usual.mean_uv)
    return sizes


def _rest(
    matches: Matches,
    members: NDArray[np.bool_],
    matcher: Matcher,
    recording: Recording,
    unit_threshold_sd: float,
) -> tuple[Unit, IntArray]:
    """What is no unit's, as a multi-unit of its own."""
    peaks = np.abs(matches.peaks_uv[members]).astype(np.float64)
    channel = int(np.median(peaks / matcher.noise_uv, axis=0).argmax()) if len(peaks) else 0
    threshold_uv = unit_threshold_sd * float(matcher.noise_uv[channel])
    rest, chosen = _made(matches.samples[members], peaks[:, channel], threshold_uv, channel, matcher, recording)
    return replace(rest, multi_unit=True), np.flatnonzero(members)[chosen]


def _made(
    samples: FloatArray,
    amplitudes_uv: FloatArray,
    threshold_uv: float,
    channel: int,
    matcher: Matcher,
    recording: Recording,
) -> tuple[Unit, IntArray]:
    """Unit of the spikes above a threshold, each counted once, and their numbers."""
    order = np.argsort(samples, kind="stable")
    order = order[amplitudes_uv[order] >= threshold_uv]
    apart = np.diff(samples[order], prepend=-np.inf) >= REFRACTORY_MS * 1e-3 * recording.sampling_hz
    chosen = order[apart]
    unit = Unit(
        id="?",
        times_s=peak_times_s(recording, samples[chosen]),
        support=recording.support,
        amplitudes_uv=amplitudes_uv[chosen],
        threshold_uv=threshold_uv,
        noise_uv=float(matcher.noise_uv[channel]),
        origin="sort",
    )
    return unit, chosen


def peak_times_s(recording: Recording, samples: FloatArray) -> FloatArray:
    """When each peak was, to a part of a sample, within what was recorded."""
    whole = np.clip(np.floor(samples), 0, recording.n_samples - 1).astype(np.int64)
    times_s: FloatArray = recording.times_s(whole) + (samples - whole) / recording.sampling_hz
    return np.clip(times_s, recording.start_s, recording.stop_s)
