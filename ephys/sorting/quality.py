"""How well a unit is isolated, judged on the baseline alone; only its fate looks at the whole recording."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import theilslopes

from ephys.errors import CoverageError
from ephys.jupyter import Shown
from ephys.model import Epoch, Fate, Isolation, Share, Unit
from ephys.sorting.amplitudes import completeness
from ephys.sorting.contamination import FalseSpikes, false_spike_rate
from ephys.sorting.fate import FateSettings, assess_fate

FloatArray = NDArray[np.float64]

TREND_PARTS = 60
"""Medians of so many equal parts make the amplitude trend, so that its cost does not grow with the spikes."""


@dataclass(frozen=True, slots=True)
class QualitySettings(Shown):
    """What is measured, and from where on it is worth a word. All limits are conventions.

    Parameters
    ----------
    refractory_ms : float
        No cell fires twice within this time.
    soft_refractory_ms : tuple of float
        From the burst limit to the time that the after-hyperpolarisation of a 5-HT cell keeps free: intervals in
        between mean another cell, or a fast one. A test of 1 to 2 ms has no power at 1 Hz.
    least_peak_to_noise, least_completeness : float
        Lower ones are flagged.
    most_refractory_share, most_soft_share : float
        Higher ones are flagged.
    most_confused_share : float
        A larger share of spikes that are a neighbour's by their shape or their intervals, or that went to one, is
        flagged.
    least_burst_size : float
        It is flagged if the spikes within bursts are smaller than this share of the others.
    least_link_confidence : float
        A unit is flagged whose shape changes so that it is one cell with a lower chance.
    most_trend_percent : float
        A larger change of amplitude over the recording is flagged.
    least_spikes : int
        Fewer spikes in the baseline are flagged: they were seen, but say little.
    fate : FateSettings
        When a cell counts as lost.
    """

    refractory_ms: float = 2.0
    soft_refractory_ms: tuple[float, float] = (20.0, 75.0)
    least_peak_to_noise: float = 5.0
    least_completeness: float = 0.9
    most_refractory_share: float = 0.01
    most_soft_share: float = 0.05
    most_confused_share: float = 0.05
    least_burst_size: float = 0.75
    least_link_confidence: float = 0.5
    most_trend_percent: float = 25.0
    least_spikes: int = 20
    fate: FateSettings = field(default_factory=FateSettings)


@dataclass(frozen=True, slots=True)
class UnitQuality(Shown):
    """Quality of one unit.

    Parameters
    ----------
    unit_id : str
        Whose.
    n_spikes, rate_hz : int, float
        In the baseline.
    peak_to_noise : float
        Median amplitude there, in noise SD; NaN where unknown.
    soft_refractory_share, refractory_share : float
        Share of the baseline's intervals in 20 to 75 ms, and below 2 ms; NaN without intervals.
    completeness : Share
        Share of the baseline's spikes that were found, with its interval.
    amplitude_trend_percent : float
        Change of amplitude from the first spike of the recording to the last, in percent; NaN where unknown.
    fate : Fate
        Held, lost or undetermined.
    false_spikes : FalseSpikes
        Rate of spikes that are not the cell's, with its interval.
    isolation : Isolation, optional
        How far its shape stands apart from the others, over the whole recording; ``None`` where it was not sorted here.
    flags : tuple of str
        What to know before the unit is used, in words.
    """

    unit_id: str
    n_spikes: int
    rate_hz: float
    peak_to_noise: float
    soft_refractory_share: float
    refractory_share: float
    completeness: Share
    amplitude_trend_percent: float
    fate: Fate
    false_spikes: FalseSpikes
    isolation: Isolation | None
    flags: tuple[str, ...]


def assess_quality(unit: Unit, *, within: Epoch, settings: QualitySettings | None = None) -> UnitQuality:
    """Measure how well a unit is isolated in its baseline, and judge its fate.

    Parameters
    ----------
    unit : Unit
        Sorted here or elsewhere; what it does not carry stays NaN.
    within : Epoch
        Baseline: a drug's silence is no fault of the unit.
    settings : QualitySettings, optional
        Limits.

    Returns
    -------
    UnitQuality
        Figures, fate and flags.

    Raises
    ------
    CoverageError
        If nothing of the baseline was recorded.

    Examples
    --------
    >>> unit = Unit.from_times(np.arange(0.5, 600.0), support=Epoch(0.0, 600.0))
    >>> quality = assess_quality(unit, within=Epoch(0.0, 180.0))
    >>> quality.n_spikes, quality.rate_hz, quality.refractory_share, quality.fate.state
    (180, 1.0, 0.0, 'held')
    """
    settings = settings or QualitySettings()
    covered_s = unit.support.covered_s(within)
    if covered_s == 0:
        raise CoverageError(
            f"unit {unit.id}: nothing was recorded in {within.label or 'the window'!r} "
            f"[{within.start_s:g} s, {within.stop_s:g} s); its quality cannot be judged there. Choose another baseline."
        )
    inside = within.mask(unit.times_s)
    intervals_ms = _whole_intervals_s(unit, unit.times_s[inside]) * 1e3
    low, high = settings.soft_refractory_ms
    amplitudes = unit.amplitudes_uv[inside]
    measured = UnitQuality(
        unit_id=unit.id,
        n_spikes=int(inside.sum()),
        rate_hz=int(inside.sum()) / covered_s,
        peak_to_noise=_peak_to_noise(amplitudes, unit.noise_uv),
        soft_refractory_share=_share((intervals_ms >= low) & (intervals_ms < high)),
        refractory_share=_share(intervals_ms < settings.refractory_ms),
        completeness=completeness(unit, within),
        amplitude_trend_percent=_amplitude_trend(unit),
        fate=assess_fate(unit, within=within, settings=settings.fate),
        false_spikes=false_spike_rate(unit, within=within),
        isolation=None if unit.multi_unit else unit.isolation,
        flags=(),
    )
    return replace(measured, flags=_flags(measured, unit, settings))


def _whole_intervals_s(unit: Unit, times_s: FloatArray) -> FloatArray:
    """Intervals between spikes that were recorded from end to end."""
    intervals: FloatArray = np.diff(times_s)
    whole: FloatArray = intervals[np.isclose(np.diff(unit.support.elapsed_s(times_s)), intervals, rtol=0.0, atol=1e-6)]
    return whole


def _peak_to_noise(amplitudes_uv: FloatArray, noise_uv: float) -> float:
    """Median amplitude in noise SD; NaN where either is unknown."""
    known = noise_uv > 0 and bool(np.isfinite(amplitudes_uv).any())
    return float(np.nanmedian(amplitudes_uv)) / noise_uv if known else math.nan


def _shrinks_in_bursts(unit: Unit, settings: QualitySettings) -> bool:
    """Whether spikes that follow another within a burst are smaller than the others."""
    after_ms = np.diff(unit.times_s, prepend=-math.inf) * 1e3
    follows, known = after_ms < settings.soft_refractory_ms[0], np.isfinite(unit.amplitudes_uv)
    followers, others = unit.amplitudes_uv[follows & known], unit.amplitudes_uv[~follows & known]
    if min(len(followers), len(others)) < settings.least_spikes:
        return False
    return bool(np.median(followers) < settings.least_burst_size * np.median(others))


def _share(holds: np.ndarray) -> float:
    """Share of the intervals for which something holds; NaN where there is none."""
    return float(holds.mean()) if holds.size else math.nan


def _amplitude_trend(unit: Unit) -> float:
    """Change of amplitude from the first spike to the last, in percent, by a robust line."""
    known = np.flatnonzero(np.isfinite(unit.amplitudes_uv))
    if len(known) < TREND_PARTS // 2:
        return math.nan
    parts = np.array_split(known, min(TREND_PARTS, len(known) // 5))
    times_s = np.array([np.median(unit.times_s[part]) for part in parts])
    medians = np.array([np.median(unit.amplitudes_uv[part]) for part in parts])
    slope, intercept = theilslopes(medians, times_s)[:2]
    first, last = (float(intercept + slope * unit.times_s[known[end]]) for end in (0, -1))
    # The line can pass below zero where the spikes ended early; an amplitude cannot.
    return max(-100.0, 100.0 * (last - first) / first) if first > 0 else math.nan


def _flags(quality: UnitQuality, unit: Unit, settings: QualitySettings) -> tuple[str, ...]:
    """What to know before the unit is used."""
    low, high = settings.soft_refractory_ms
    remarks = (
        (unit.multi_unit, "multi-unit: not isolated to one cell"),
        (
            quality.n_spikes < settings.least_spikes,
            f"only {quality.n_spikes} spike{'' if quality.n_spikes == 1 else 's'} in the baseline",
        ),
        (
            quality.peak_to_noise < settings.least_peak_to_noise,
            f"peak-to-noise {quality.peak_to_noise:.1f}, below {settings.least_peak_to_noise:g}",
        ),
        (
            quality.completeness.value < settings.least_completeness,
            f"only about {100 * quality.completeness.value:.0f} % ({100 * quality.completeness.low:.0f} to "
            f"{100 * quality.completeness.high:.0f}) of the baseline's spikes were found: the rest were too small",
        ),
        (
            _shrinks_in_bursts(unit, settings),
            "spikes shrink within bursts: the smallest may have been missed, which the completeness does not know",
        ),
        (
            quality.false_spikes.low_hz > 0
            and quality.false_spikes.rate_hz > settings.most_confused_share * quality.rate_hz,
            f"{quality.false_spikes.rate_hz:.2g} Hz ({quality.false_spikes.low_hz:.2g} to "
            f"{quality.false_spikes.high_hz:.2g}) of its spikes are not this cell's, by their intervals",
        ),
        (
            quality.refractory_share > settings.most_refractory_share,
            f"{100 * quality.refractory_share:.1f} % of intervals below {settings.refractory_ms:g} ms",
        ),
        (
            quality.soft_refractory_share > settings.most_soft_share,
            f"{100 * quality.soft_refractory_share:.0f} % of intervals in {low:g} to {high:g} ms: "
            "a fast cell, or more than one cell",
        ),
        (
            abs(quality.amplitude_trend_percent) > settings.most_trend_percent,
            f"amplitude changes by {quality.amplitude_trend_percent:+.0f} % over the recording",
        ),
        (quality.fate.state == "lost", f"lost: {quality.fate.evidence}"),
    )
    if unit.multi_unit:  # the others are questions about one cell
        return tuple(text for applies, text in remarks[:2] if applies)
    return (*(text for applies, text in remarks if applies), *_isolation_flags(quality.isolation, settings))


def _isolation_flags(isolation: Isolation | None, settings: QualitySettings) -> tuple[str, ...]:
    """What to know of a unit's neighbours, and of its shape through time."""
    if isolation is None:
        return ()
    beside = f"unit {isolation.neighbour}"
    remarks = (
        (
            isolation.false.value > settings.most_confused_share,
            f"about {100 * isolation.false.value:.0f} % of its spikes look more like those of {beside}",
        ),
        (
            isolation.missed.value > settings.most_confused_share,
            f"about {100 * isolation.missed.value:.0f} % of this cell's spikes were probably counted as {beside}'s",
        ),
        (
            isolation.link_confidence < settings.least_link_confidence,
            f"spike shape changes at {isolation.link_s:.0f} s: only a {100 * isolation.link_confidence:.0f} % chance "
            "that it is the same cell before and after",
        ),
    )
    return tuple(text for applies, text in remarks if applies)
