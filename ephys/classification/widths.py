"""What is measured on one mean spike: landmarks, and the widths that papers call by one name."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Literal

import numpy as np

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model.epoch import FloatArray

Polarity = Literal["positive", "negative"]
Span = tuple[float, float]
Run = tuple[int, int]
NOWHERE: Span = (math.nan, math.nan)

MEASURES = MappingProxyType(
    {
        "total_ms": "total",
        "peak_to_trough_ms": "peak to trough",
        "half_width_ms": "half width",
        "first_phase_ms": "first phase",
        "asymmetry": "asymmetry",
    }
)
"""What has an interval, and its name in a sentence."""


@dataclass(frozen=True, slots=True)
class ShapeSettings(Shown):
    """How a mean spike is measured. All are conventions.

    Parameters
    ----------
    level : float
        The spike begins and ends where it crosses this share of its main peak.
    phase_level : float
        A deflection before or after the main one is a phase of the spike if it reaches this share.
    peak_within_ms : float
        The main peak lies this close to where the snippets are aligned.
    max_gap_ms : float
        Phases further apart than this are not one spike (the second of a doublet, say).
    baseline_share : float
        The first part of what lies before the peak, taken as 0 µV.
    max_noise : float
        With a standard error of the mean above `level` divided by this, nothing is measured.
    level_of_intervals : float
        Coverage of the intervals.
    n_resamples : int
        Of the bootstrap over spikes; 0 for no intervals.
    max_astray : float
        Share of resamples in which a width may be missing before its interval is; from this share on another number
        of phases or polarity is said.
    """

    level: float = 0.1
    phase_level: float = 0.2
    peak_within_ms: float = 1.5
    max_gap_ms: float = 1.0
    baseline_share: float = 0.4
    max_noise: float = 3.0
    level_of_intervals: float = 0.95
    n_resamples: int = 200
    max_astray: float = 0.05

    def __post_init__(self) -> None:
        if not (0 < self.level <= self.phase_level < 0.5 and 0 < self.baseline_share < 1):
            raise ParameterError(
                "shape needs 0 < level <= phase_level < 0.5 and 0 < baseline_share < 1, "
                f"got {self.level}, {self.phase_level} and {self.baseline_share}"
            )
        if not (0 < self.level_of_intervals < 1 and self.n_resamples >= 0):
            raise ParameterError(
                "shape needs 0 < level_of_intervals < 1 and n_resamples of 0 or more, "
                f"got {self.level_of_intervals} and {self.n_resamples}"
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class Landmarks(Shown):
    """Where a mean spike peaks, begins and returns. What cannot be measured is NaN.

    Parameters
    ----------
    polarity : {"positive", "negative"}
        Direction of the larger deflection, the main peak.
    peak_ms, peak_uv, trough_ms, trough_uv : float
        Main peak, and the opposite extremum after it; where none follows, the one before it.
    total_span_ms : tuple of float
        Onset and return, through all phases.
    half_span_ms : tuple of float
        Where the main peak crosses half its height.
    first_phase_span_ms : tuple of float
        Zero crossings on either side of the main peak (where no phase adjoins, onset or return).
    n_phases : int
        Phases of the spike, the main one included; 0 where nothing was measured.
    asymmetry : float
        (b - a) / (b + a), where a and b are the sizes of the opposite phases before and after the main one
        (convention); a deflection that is no phase counts as 0. 1: one only after; -1: only before; NaN: neither.
    """

    polarity: Polarity
    peak_ms: float
    peak_uv: float
    trough_ms: float = math.nan
    trough_uv: float = math.nan
    total_span_ms: Span = NOWHERE
    half_span_ms: Span = NOWHERE
    first_phase_span_ms: Span = NOWHERE
    n_phases: int = 0
    asymmetry: float = math.nan

    @property
    def total_ms(self) -> float:
        """Duration from onset to return."""
        return self.total_span_ms[1] - self.total_span_ms[0]

    @property
    def peak_to_trough_ms(self) -> float:
        """Time between the main peak and the opposite extremum."""
        return abs(self.trough_ms - self.peak_ms)

    @property
    def half_width_ms(self) -> float:
        """Width at half height."""
        return self.half_span_ms[1] - self.half_span_ms[0]

    @property
    def first_phase_ms(self) -> float:
        """Width of the main phase."""
        return self.first_phase_span_ms[1] - self.first_phase_span_ms[0]


def find_peak(time_ms: FloatArray, mean_uv: FloatArray, within_ms: float) -> Landmarks:
    """Main peak, to the sample, and nothing else: the larger deflection near the alignment."""
    peak = _largest(time_ms, mean_uv, within_ms)
    polarity: Polarity = "positive" if mean_uv[peak] > 0 else "negative"
    return Landmarks(polarity=polarity, peak_ms=float(time_ms[peak]), peak_uv=float(mean_uv[peak]))


def measure_widths(time_ms: FloatArray, mean_uv: FloatArray, *, settings: ShapeSettings) -> Landmarks:
    """Measure one mean spike.

    Parameters
    ----------
    time_ms, mean_uv : array (samples,)
        Time from the alignment in even steps, and voltage, 0 µV before the spike; finely interpolated.
    settings : ShapeSettings
        Levels and limits.

    Returns
    -------
    Landmarks

    Examples
    --------
    >>> time_ms = np.arange(-2.0, 6.0, 0.005)
    >>> spike = 100 * np.exp(-(time_ms / 0.3) ** 2) - 40 * np.exp(-((time_ms - 1.2) / 0.5) ** 2)
    >>> marks = measure_widths(time_ms, spike, settings=ShapeSettings())
    >>> marks.n_phases, round(marks.total_ms, 2), round(marks.half_width_ms, 2), marks.asymmetry
    (2, 2.24, 0.5, 1.0)
    """
    peak = _largest(time_ms, mean_uv, settings.peak_within_ms)
    polarity: Polarity = "positive" if mean_uv[peak] > 0 else "negative"
    upright = mean_uv / mean_uv[peak]
    runs = _spike_runs(upright, peak, settings, settings.max_gap_ms / float(time_ms[1] - time_ms[0]))
    start, stop = runs[0][0], runs[-1][1]
    whole = start > 0 and stop < time_ms.size - 1
    ends = _span(time_ms, np.abs(upright), (start, stop), settings.level)
    before = _opposite(upright, slice(start, peak + 1))
    after = _opposite(upright, slice(peak, stop + 1))
    trough = next((i for i in (after, before) if upright[i] <= -settings.phase_level), None)
    zero_first, zero_last = _span(time_ms, upright, _stretch_above(upright, peak, 0.0), 0.0)
    return Landmarks(
        polarity=polarity,
        peak_ms=_vertex(time_ms, upright, peak),
        peak_uv=float(mean_uv[peak]),
        trough_ms=math.nan if trough is None else _vertex(time_ms, -upright, trough),
        trough_uv=math.nan if trough is None else float(mean_uv[trough]),
        total_span_ms=ends if whole else NOWHERE,
        half_span_ms=_span(time_ms, upright, _stretch_above(upright, peak, 0.5), 0.5),
        first_phase_span_ms=(max(zero_first, ends[0]), min(zero_last, ends[1])),
        n_phases=1 + int(np.count_nonzero(np.diff([np.sign(upright[run[0]]) for run in runs]))),
        asymmetry=_asymmetry(-float(upright[before]), -float(upright[after]), settings.phase_level),
    )


def _largest(time_ms: FloatArray, mean_uv: FloatArray, within_ms: float) -> int:
    """Return where the larger deflection near the alignment is."""
    return int(np.argmax(np.where(np.abs(time_ms) <= within_ms, np.abs(mean_uv), -1.0)))


def _span(time_ms: FloatArray, height: FloatArray, run: Run, level: float) -> Span:
    """Times, between the samples, at which the height crosses a level on either side of a run that lies above it."""
    first, last = run
    crossed = []
    for inside, outside in ((first, first - 1), (last, last + 1)):
        share = 0.0
        if 0 <= outside < height.size:
            share = min(max(float((height[inside] - level) / (height[inside] - height[outside])), 0.0), 1.0)
        crossed.append(float(time_ms[inside] + (outside - inside) * share * (time_ms[1] - time_ms[0])))
    return crossed[0], crossed[1]


def _vertex(time_ms: FloatArray, upright: FloatArray, peak: int) -> float:
    """Time of an extremum, by a parabola through its upper tenth: the highest sample of a flat one is mostly noise."""
    first, last = _stretch_above(upright, peak, 0.9 * float(upright[peak]))
    if last - first < 2:
        return float(time_ms[peak])
    # Steps from the middle, and their squares less the mean of those, are orthogonal: no system is to be solved.
    middle = 0.5 * (first + last)
    steps = np.arange(first, last + 1) - middle
    bends = steps**2 - np.mean(steps**2)
    heights = upright[first : last + 1]
    slope, curvature = (float(along @ heights / (along @ along)) for along in (steps, bends))
    vertex = middle - slope / (2 * curvature) if curvature < 0 else peak
    return float(time_ms[peak] + (min(max(vertex, first), last) - peak) * (time_ms[1] - time_ms[0]))


def _spike_runs(upright: FloatArray, peak: int, settings: ShapeSettings, max_gap: float) -> list[Run]:
    """First and last sample of each phase of the spike: beyond the level, high enough, not further off than the gap."""
    beyond = np.sign(upright) * (np.abs(upright) >= settings.level)
    bounds = np.flatnonzero(np.diff(beyond)) + 1
    edges = [0, *bounds.tolist(), upright.size]
    stretches = [(a, b - 1) for a, b in pairwise(edges) if beyond[a] != 0]
    runs = [(a, b) for a, b in stretches if np.max(np.abs(upright[a : b + 1])) >= settings.phase_level]
    first = last = next(i for i, (a, b) in enumerate(runs) if a <= peak <= b)
    while first > 0 and runs[first][0] - runs[first - 1][1] <= max_gap:
        first -= 1
    while last < len(runs) - 1 and runs[last + 1][0] - runs[last][1] <= max_gap:
        last += 1
    return runs[first : last + 1]


def _opposite(upright: FloatArray, where: slice) -> int:
    """Return where the spike lies deepest on the other side of zero."""
    return int(where.start) + int(np.argmin(upright[where]))


def _asymmetry(before: float, after: float, level: float) -> float:
    """Of the two opposite phases, by their sizes as shares of the main peak."""
    before, after = (size if size >= level else 0.0 for size in (before, after))
    return (after - before) / (after + before) if after + before > 0 else math.nan


def _stretch_above(upright: FloatArray, peak: int, level: float) -> Run:
    """First and last sample of the stretch round the peak that stays above a level."""
    below = upright < level
    before, after = below[:peak][::-1], below[peak + 1 :]
    first = peak - int(before.argmax()) if before.any() else 0
    return first, (peak + int(after.argmax()) if after.any() else upright.size - 1)
