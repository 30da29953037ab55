"""A line through the rate of a window, and one half against the other, with the noise of the cell itself."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from ephys.firing.rates import bin_edges, count, covered_per_bin
from ephys.firing.stability_settings import StabilitySettings
from ephys.model import Epoch, Estimate, Support
from ephys.model.epoch import FloatArray


@dataclass(frozen=True, slots=True)
class Trend:
    """A line through the binned rates.

    Parameters
    ----------
    slope : Estimate
        In percent of the mean rate per minute.
    change : Estimate
        What that makes from the first recorded second of the window to the last, in percent of the mean rate.
    p : float
        Chance of a slope as steep, either way, in a steady rate with the scatter of the bins.
    middle_s : float
        Where the line is at the mean rate.
    dispersion : float
        Variance over mean of the counts round the line.
    student : float
        Student's factor at the level of the intervals.
    level : float
        That level.
    """

    slope: Estimate
    change: Estimate
    p: float
    middle_s: float
    dispersion: float
    student: float
    level: float


def fit_trend(times_s: FloatArray, support: Support, window: Epoch, settings: StabilitySettings) -> Trend:
    """Fit a line to the rates of the bins by least squares, weighted by recorded time.

    Parameters
    ----------
    times_s : array (spikes,)
        Spike times in seconds.
    support : Support
        When the cell was recorded.
    window : Epoch
        Some of it was recorded, and it holds spikes.
    settings : StabilitySettings
        Bins and level.

    Returns
    -------
    Trend

    Examples
    --------
    >>> slowing = 200.0 * np.sqrt(np.arange(0.5, 200.0) / 200.0)      # from 0 to 2 Hz in 200 s
    >>> whole = Epoch(0.0, 200.0)
    >>> trend = fit_trend(slowing, Support.of(whole), whole, StabilitySettings())
    >>> round(trend.slope.value), round(trend.change.value), trend.middle_s
    (60, 200, 100.0)
    """
    seen = _recorded_span(support, window)
    edges_s = bin_edges(seen, min(settings.bin_s, seen.duration_s / settings.min_bins))
    edges_s[-1] = seen.stop_s
    seconds = covered_per_bin(support, edges_s)
    counts = np.diff(np.searchsorted(times_s, edges_s, side="left"))
    used = seconds > 0
    seconds, rate_hz, at_s = seconds[used], counts[used] / seconds[used], ((edges_s[1:] + edges_s[:-1]) / 2)[used]
    mean_hz, middle_s = (float(np.average(values, weights=seconds)) for values in (rate_hz, at_s))
    centred = at_s - middle_s
    spread = float(np.sum(seconds * centred**2))
    freedom = max(rate_hz.size - 2, 1)
    slope = float(np.sum(seconds * centred * rate_hz)) / spread
    residual = float(np.sum(seconds * (rate_hz - mean_hz - slope * centred) ** 2)) / freedom
    error = math.sqrt(residual / spread)
    # Bins that lie on the line to the last spike leave no noise to compare it with.
    p = 2.0 * float(stats.t.sf(abs(slope) / error, freedom)) if error > 0 else float(slope == 0.0)
    student = float(stats.t.ppf((1 + settings.level) / 2, freedom))
    ends = (slope, slope - student * error, slope + student * error)
    per_minute, over_window = 100.0 * 60.0 / mean_hz, 100.0 * seen.duration_s / mean_hz
    return Trend(
        Estimate(*(per_minute * end for end in ends)),
        Estimate(*(over_window * end for end in ends)),
        p, middle_s, residual / mean_hz, student, settings.level,
    )  # fmt: skip


def half_ratio(times_s: FloatArray, support: Support, window: Epoch, trend: Trend) -> Estimate:
    """Rate of the second half of a window over that of the first.

    Parameters
    ----------
    times_s : array (spikes,)
        Spike times in seconds.
    support : Support
        When the cell was recorded.
    window : Epoch
    trend : Trend
        Of that window: the scatter of its bins is the noise, on the log scale.

    Returns
    -------
    Estimate
        Unknown where one half was not recorded; infinite where the first is silent.
    """
    middle_s = (window.start_s + window.stop_s) / 2
    halves = (Epoch(window.start_s, middle_s), Epoch(middle_s, window.stop_s))
    first_s, second_s = (support.covered_s(half) for half in halves)
    if not (first_s > 0 and second_s > 0):
        return Estimate()
    first, second = (count(times_s, half) for half in halves)
    if first and second:
        ratio = (second / second_s) / (first / first_s)
        factor = math.exp(trend.student * math.sqrt(trend.dispersion * (1 / first + 1 / second)))
        return Estimate(ratio, ratio / factor, ratio * factor)
    # A silent half has no logarithm: the exact interval of a ratio of Poisson counts.
    exact = stats.binomtest(second, first + second).proportion_ci(trend.level)
    low, high = (share / (1 - share) * first_s / second_s if share < 1 else math.inf for share in exact)
    return Estimate(0.0 if first else math.inf, float(low), float(high))


def _recorded_span(support: Support, window: Epoch) -> Epoch:
    """From the first recorded second of a window to the last."""
    seen = [epoch for epoch in support.epochs if epoch.overlap(window) > 0]
    return Epoch(max(window.start_s, seen[0].start_s), min(window.stop_s, seen[-1].stop_s))
