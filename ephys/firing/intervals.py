"""Inter-spike intervals and their regularity: arrays in, numbers out.

Where a support is given, an interval that spans a gap in the recording is not an interval and is left out. One of which
a few milliseconds are missing stays: leaving it out would take long intervals from the train, and not the short ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.model import Epoch, Support, Unit
from ephys.model.epoch import FloatArray

MIN_INTERVALS = 50
"""Fewest intervals on which a regularity is worth printing (convention: about a minute at 1 Hz)."""

MOST_MISSING = 0.05
"""Share of an interval that may be missing (convention): so rarely does a steady cell's spike lie there unseen."""

ROUNDING_S = 1e-9
"""Difference of two clock readings that is none."""


def isi(times_s: FloatArray, *, support: Support | None = None) -> FloatArray:
    """Inter-spike intervals in seconds.

    Parameters
    ----------
    times_s : array (spikes,)
        Spike times in order, in seconds.
    support : Support, optional
        When the cell was recorded; intervals that span a gap are left out.

    Returns
    -------
    array (intervals,)
        Empty below two spikes.

    Raises
    ------
    ParameterError
        If the times are not one-dimensional or not in order.

    Examples
    --------
    >>> isi(np.array([0.0, 1.0, 3.0, 13.0]))
    array([ 1.,  2., 10.])
    >>> isi(np.array([0.0, 1.0, 3.0, 13.0]), support=Support.of(Epoch(0.0, 4.0), Epoch(10.0, 14.0)))
    array([1., 2.])
    """
    intervals = _intervals(times_s)
    return intervals[_recorded_throughout(times_s, support)]


def cv(times_s: FloatArray, *, support: Support | None = None, min_intervals: int = 2) -> float:
    """Coefficient of variation of the inter-spike intervals: their SD divided by their mean.

    Parameters
    ----------
    times_s : array (spikes,)
        Spike times in order, in seconds.
    support : Support, optional
        When the cell was recorded; intervals that span a gap are left out.
    min_intervals : int, optional
        NaN below this number of intervals.

    Returns
    -------
    float
        0 for a clock, about 1 for a Poisson train.

    Examples
    --------
    >>> cv(np.array([0.0, 1.0, 2.0, 3.0]))   # a clock
    0.0
    >>> cv(np.array([0.0, 1.0, 2.0, 3.0]), min_intervals=MIN_INTERVALS)
    nan
    """
    intervals = isi(times_s, support=support)
    return _variation(intervals) if intervals.size >= max(min_intervals, 1) else math.nan


def cv2(times_s: FloatArray, *, support: Support | None = None, min_intervals: int = 2) -> float:
    """Mean local variation of neighbouring intervals, ``2 |I2 - I1| / (I2 + I1)`` (Holt et al. 1996).

    Unlike the CV it is hardly moved by a slow change of rate. Parameters as in `cv`.

    Examples
    --------
    >>> round(cv2(np.array([0.0, 1.0, 4.0])), 3)
    1.0
    """
    contrast = _neighbour_contrast(times_s, support)
    return float(2.0 * np.mean(np.abs(contrast))) if contrast.size >= max(min_intervals - 1, 1) else math.nan


def lv(times_s: FloatArray, *, support: Support | None = None, min_intervals: int = 2) -> float:
    """Local variation of neighbouring intervals, ``3 ((I1 - I2) / (I1 + I2))²`` on average (Shinomoto et al. 2003).

    0 for a clock, about 1 for a Poisson train. Parameters as in `cv`.

    Examples
    --------
    >>> round(lv(np.array([0.0, 1.0, 4.0])), 3)
    0.75
    """
    contrast = _neighbour_contrast(times_s, support)
    return float(3.0 * np.mean(contrast**2)) if contrast.size >= max(min_intervals - 1, 1) else math.nan


def cv_interval(
    times_s: FloatArray,
    *,
    support: Support | None = None,
    min_intervals: int = MIN_INTERVALS,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Bootstrap interval of the CV, intervals drawn with replacement as if independent.

    Parameters
    ----------
    times_s, support, min_intervals
        As in `cv`; both ends are NaN below `min_intervals`.
    level : float, optional
        Coverage wanted.
    n_resamples, seed : int, optional
        Number of resamples, and of the generator that draws them.

    Examples
    --------
    >>> train = np.cumsum(np.random.default_rng(1).gamma(9.0, 1 / 9, 200))   # CV 1/3
    >>> low, high = cv_interval(train)
    >>> low < 1 / 3 < high
    True
    """
    intervals = isi(times_s, support=support)
    if intervals.size < max(min_intervals, 2):
        return math.nan, math.nan
    return bootstrap_interval(intervals, _variation, level=level, n_resamples=n_resamples, seed=seed)


def bootstrap_interval(
    values: FloatArray,
    statistic: Callable[[FloatArray], float],
    *,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile bootstrap interval of a statistic of independent values.

    Examples
    --------
    >>> low, high = bootstrap_interval(np.arange(100.0), lambda values: float(np.mean(values)))
    >>> low < 49.5 < high
    True
    """
    if not 0 < level < 1:
        raise ParameterError(f"level must lie between 0 and 1, got {level}")
    rng = np.random.default_rng(seed)
    draws = np.array([statistic(rng.choice(values, values.size)) for _ in range(n_resamples)])
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


@dataclass(frozen=True, eq=False)
class IntervalHistogram:
    """Histogram of inter-spike intervals.

    Parameters
    ----------
    unit_id : str
        The unit.
    edges_ms : array (bins + 1,)
        Edges of the half-open bins.
    counts : array (bins,)
        Intervals in each bin.
    within : Epoch or None
        The window; ``None`` for the whole recording.
    n_intervals : int
        All intervals, those beyond the last edge included.
    """

    unit_id: str
    edges_ms: FloatArray
    counts: NDArray[np.int64]
    within: Epoch | None
    n_intervals: int

    @property
    def n_beyond(self) -> int:
        """Intervals longer than the last edge."""
        return self.n_intervals - int(self.counts.sum())


def interval_histogram(
    unit: Unit, within: Epoch | None = None, *, bin_ms: float = 20.0, max_ms: float = 2000.0
) -> IntervalHistogram:
    """Count the inter-spike intervals of a unit in equal bins.

    Parameters
    ----------
    unit : Unit
        The unit; intervals that span a gap of its support are left out.
    within : Epoch, optional
        Both spikes of an interval lie in it.
    bin_ms, max_ms : float, optional
        Width of a bin and end of the last (a whole number of bins, rounded up). Convention: a slow cell's intervals
        lie round 1 s.

    Raises
    ------
    ParameterError
        If `bin_ms` is not positive, or `max_ms` less than a bin.

    Examples
    --------
    >>> unit = Unit.from_times([0.0, 0.5, 1.0, 9.0], support=Epoch(0.0, 10.0))
    >>> histogram = interval_histogram(unit, bin_ms=500.0)
    >>> histogram.counts, histogram.n_intervals, histogram.n_beyond
    (array([0, 2, 0, 0]), 3, 1)
    """
    if not 0 < bin_ms <= max_ms:
        raise ParameterError(f"an interval histogram needs 0 < bin_ms <= max_ms, got {bin_ms} and {max_ms}")
    times_s = unit.times_s if within is None else unit.times_s[within.mask(unit.times_s)]
    intervals_ms = isi(times_s, support=unit.support) * 1e3
    edges_ms = np.arange(math.ceil(max_ms / bin_ms) + 1, dtype=np.float64) * bin_ms
    counts = np.diff(np.searchsorted(np.sort(intervals_ms), edges_ms, side="left"))
    return IntervalHistogram(unit.id, edges_ms, counts, within, int(intervals_ms.size))


def _intervals(times_s: FloatArray) -> FloatArray:
    """Return the differences of spike times, once they are known to be in order."""
    if times_s.ndim != 1:
        raise ParameterError(f"times_s must be one-dimensional, got shape {times_s.shape}")
    intervals = np.diff(times_s)
    disorder = np.flatnonzero(~(intervals >= 0))
    if disorder.size:
        i = int(disorder[0])
        raise ParameterError(
            f"times_s must be in order, spike {i + 1} at {times_s[i + 1]:g} s comes after {times_s[i]:g} s"
        )
    return intervals


def _recorded_throughout(times_s: FloatArray, support: Support | None) -> NDArray[np.bool_]:
    """Return which intervals were recorded from end to end, but for a small share."""
    if support is None or not support.gaps:
        return np.ones(max(times_s.size - 1, 0), dtype=np.bool_)
    intervals = np.diff(times_s)
    missing = intervals - np.diff(support.elapsed_s(times_s))
    recorded: NDArray[np.bool_] = missing <= MOST_MISSING * intervals + ROUNDING_S
    return recorded


def _neighbour_contrast(times_s: FloatArray, support: Support | None) -> FloatArray:
    """``(I2 - I1) / (I2 + I1)`` of each pair of neighbouring intervals; pairs of two zeros say nothing."""
    intervals = _intervals(times_s)
    whole = _recorded_throughout(times_s, support)
    first, second = intervals[:-1], intervals[1:]
    usable = whole[:-1] & whole[1:] & (first + second > 0)
    return (second[usable] - first[usable]) / (second[usable] + first[usable])


def _variation(intervals: FloatArray) -> float:
    """SD over mean; NaN where every interval is zero."""
    mean = float(np.mean(intervals))
    return float(np.std(intervals)) / mean if mean > 0 else math.nan
