"""Is the baseline steady enough to divide by? A slope, one half against the other, a verdict with its reasons."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from ephys.errors import ParameterError
from ephys.firing.rates import bin_edges, count, covered_per_bin
from ephys.model import Epoch, Support, Unit
from ephys.model.epoch import FloatArray

Steadiness = Literal["stable", "unstable", "not_judged"]


@dataclass(frozen=True, slots=True)
class StabilitySettings:
    """When a baseline is called unstable. All are conventions.

    Parameters
    ----------
    bin_s, min_bins : float, int
        The slope is fitted to counts in bins of `bin_s`, shorter where the baseline would give fewer than `min_bins`.
    min_covered_s, min_spikes : float, int
        With less recorded time, or fewer spikes, nothing is judged.
    max_change_percent : float
        A change smaller than this over the baseline is let pass, however certain it is.
    level : float
        Coverage of the intervals.
    """

    bin_s: float = 20.0
    min_bins: int = 6
    min_covered_s: float = 60.0
    min_spikes: int = 20
    max_change_percent: float = 10.0
    level: float = 0.95

    def __post_init__(self) -> None:
        # Three bins at least, or there is no scatter round a line.
        if not (0 < 3 * self.bin_s <= self.min_covered_s and self.min_bins >= 3 and 0 < self.level < 1):
            raise ParameterError(
                "stability needs 0 < 3 bin_s <= min_covered_s, min_bins of 3 or more and 0 < level < 1, "
                f"got {self.bin_s}, {self.min_covered_s}, {self.min_bins} and {self.level}"
            )


@dataclass(frozen=True, slots=True)
class Stability:
    """How steady a baseline is.

    Parameters
    ----------
    unit_id : str
        The unit.
    baseline : Epoch
        The window judged.
    covered_s, n_spikes : float, int
        Recorded seconds, and the spikes in them.
    rate_hz : float
        Mean rate; NaN where nothing was recorded.
    slope_percent_per_min, slope_low, slope_high : float
        Trend in percent of the mean rate per minute, with its interval; NaN where not judged.
    half_ratio, half_low, half_high : float
        Rate of the second half over that of the first, with its interval; NaN where not judged.
    verdict : {"stable", "unstable", "not_judged"}
        The call.
    reasons : tuple of str
        Why, in words.
    """

    unit_id: str
    baseline: Epoch
    covered_s: float
    n_spikes: int
    rate_hz: float
    slope_percent_per_min: float = math.nan
    slope_low: float = math.nan
    slope_high: float = math.nan
    half_ratio: float = math.nan
    half_low: float = math.nan
    half_high: float = math.nan
    verdict: Steadiness = "not_judged"
    reasons: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"baseline of unit {self.unit_id}: {self.verdict.replace('_', ' ')} ({'; '.join(self.reasons)})"


def assess_stability(unit: Unit, baseline: Epoch, *, settings: StabilitySettings | None = None) -> Stability:
    """Judge whether a unit's rate is steady through a window.

    The slope is a straight line through the rates of the bins, weighted by recorded time; its interval, and that of
    the ratio of the halves, take their noise from the scatter of the bins round that line, so that a regular cell is
    judged more sharply than an irregular one. The baseline is unstable where the slope's interval excludes 0 and the
    change that it makes over the baseline is larger than `StabilitySettings.max_change_percent`; the halves are shown
    beside, and decide nothing, since a second look would double the false alarms.

    Parameters
    ----------
    unit : Unit
        The unit; gaps of its support count neither as time nor as silence.
    baseline : Epoch
        The window.
    settings : StabilitySettings, optional
        Limits.

    Returns
    -------
    Stability

    Examples
    --------
    >>> unit = Unit.from_times(np.arange(0.25, 180.0, 0.5), support=Epoch(0.0, 180.0))   # 2 Hz throughout
    >>> print(assess_stability(unit, Epoch(0.0, 180.0)))
    baseline of unit 1: stable (slope +0.0 %/min (+0.0 to +0.0); second half fires 1.00 of
    the first (1.00 to 1.00))
    """
    settings = settings or StabilitySettings()
    covered_s = unit.support.covered_s(baseline)
    n_spikes = count(unit.times_s, baseline)
    rate_hz = n_spikes / covered_s if covered_s > 0 else math.nan
    missing = _why_not(covered_s, n_spikes, settings)
    if missing:
        return Stability(unit.id, baseline, covered_s, n_spikes, rate_hz, reasons=(missing,))
    trend = _fit_trend(unit.times_s, unit.support, baseline, settings)
    slope = trend.slope_percent_per_min
    halves = _half_ratio(unit.times_s, unit.support, baseline, trend)
    change_percent = slope[0] * baseline.duration_s / 60.0
    unstable = not slope[1] <= 0 <= slope[2] and abs(change_percent) > settings.max_change_percent
    verdict: Steadiness = "unstable" if unstable else "stable"
    reasons = _reasons(slope, halves, change_percent, unstable=unstable)
    return Stability(unit.id, baseline, covered_s, n_spikes, rate_hz, *slope, *halves, verdict=verdict, reasons=reasons)


Interval = tuple[float, float, float]
"""A value, and the two ends of its interval."""


@dataclass(frozen=True, slots=True)
class _Trend:
    """A line through the binned rates: its slope, the scatter of counts round it, and Student's factor at a level."""

    slope_percent_per_min: Interval
    dispersion: float
    student: float
    level: float


def _why_not(covered_s: float, n_spikes: int, settings: StabilitySettings) -> str:
    """Say why a baseline cannot be judged; empty where it can."""
    if covered_s < settings.min_covered_s:
        return f"{covered_s:.0f} s of baseline recorded, fewer than {settings.min_covered_s:g} s"
    if n_spikes == 0:
        return f"silent for {covered_s:.0f} s: there is no rate to divide by"
    if n_spikes < settings.min_spikes:
        return f"{n_spikes} spikes in the baseline, fewer than {settings.min_spikes}"
    return ""


def _fit_trend(times_s: FloatArray, support: Support, baseline: Epoch, settings: StabilitySettings) -> _Trend:
    """Fit a line to the rates of the bins by least squares, weighted by recorded time."""
    edges_s = bin_edges(baseline, min(settings.bin_s, baseline.duration_s / settings.min_bins))
    edges_s[-1] = baseline.stop_s
    seconds = covered_per_bin(support, edges_s)
    counts = np.diff(np.searchsorted(times_s, edges_s, side="left"))
    used = seconds > 0
    seconds, rate_hz, middle_s = seconds[used], counts[used] / seconds[used], ((edges_s[1:] + edges_s[:-1]) / 2)[used]
    mean_hz = float(np.average(rate_hz, weights=seconds))
    centred = middle_s - np.average(middle_s, weights=seconds)
    spread = float(np.sum(seconds * centred**2))
    freedom = max(rate_hz.size - 2, 1)
    slope = float(np.sum(seconds * centred * rate_hz)) / spread
    residual = float(np.sum(seconds * (rate_hz - mean_hz - slope * centred) ** 2)) / freedom
    student = float(stats.t.ppf((1 + settings.level) / 2, freedom))
    error = student * math.sqrt(residual / spread)
    percent = 100.0 * 60.0 / mean_hz
    ends = (percent * slope, percent * (slope - error), percent * (slope + error))
    return _Trend(ends, residual / mean_hz, student, settings.level)


def _half_ratio(times_s: FloatArray, support: Support, baseline: Epoch, trend: _Trend) -> Interval:
    """Rate of the second half over the first; its interval from the bins' scatter, on the log scale."""
    middle_s = (baseline.start_s + baseline.stop_s) / 2
    halves = (Epoch(baseline.start_s, middle_s), Epoch(middle_s, baseline.stop_s))
    first_s, second_s = (support.covered_s(half) for half in halves)
    if not (first_s > 0 and second_s > 0):
        return math.nan, math.nan, math.nan
    first, second = (count(times_s, half) for half in halves)
    if first and second:
        ratio = (second / second_s) / (first / first_s)
        factor = math.exp(trend.student * math.sqrt(trend.dispersion * (1 / first + 1 / second)))
        return ratio, ratio / factor, ratio * factor
    # A silent half has no logarithm: the exact interval of a ratio of Poisson counts.
    exact = stats.binomtest(second, first + second).proportion_ci(trend.level)
    low, high = (share / (1 - share) * first_s / second_s if share < 1 else math.inf for share in exact)
    return (0.0 if first else math.inf), float(low), float(high)


def _reasons(slope: Interval, halves: Interval, change_percent: float, *, unstable: bool) -> tuple[str, ...]:
    """Say what the verdict rests on, with the figures."""
    trend = f"{slope[0]:+.1f} %/min ({slope[1]:+.1f} to {slope[2]:+.1f})"
    shift = f"second half fires {halves[0]:.2f} of the first ({halves[1]:.2f} to {halves[2]:.2f})"
    if not math.isfinite(halves[0]):
        shift = "the first half is silent" if math.isinf(halves[0]) else "one half was not recorded"
    if not unstable:
        return (f"slope {trend}", shift)
    direction = "rises" if change_percent > 0 else "falls"
    # A straight line through uneven bins can claim more than a rate, which is never negative, can do.
    change = "more than 200" if abs(change_percent) > 200 else f"{abs(change_percent):.0f}"
    return (f"the rate {direction} by {change} % of its mean over the baseline, {trend}", shift)
