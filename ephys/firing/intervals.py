"""Inter-spike intervals and their regularity: arrays in, numbers out.

Where a support is given, an interval that spans a gap in the recording is not an interval and is left out. One of which
a few milliseconds are missing stays: leaving it out would take long intervals from the train, and not the short ones.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.model import Support
from ephys.model.epoch import FloatArray

MIN_INTERVALS = 50
"""Fewest intervals on which a regularity is worth printing (convention: about a minute at 1 Hz)."""

MOST_MISSING = 0.05
"""Share of an interval that may be missing (convention): so rarely does a steady cell's spike lie there unseen."""

REFRACTORINESS_S = 0.005
"""The constant R of LvR (Shinomoto et al. 2009, PLoS Comput Biol 5:e1000433)."""

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
    >>> from ephys.model import Epoch
    >>> isi(np.array([0.0, 1.0, 3.0, 13.0]), support=Support.of(Epoch(0.0, 4.0), Epoch(10.0, 14.0)))
    array([1., 2.])
    """
    intervals = differences(times_s)
    return intervals[recorded_throughout(times_s, support)]


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
    return _mean_of_terms(cv2_terms(*neighbours(times_s, support=support)), min_intervals)


def lv(times_s: FloatArray, *, support: Support | None = None, min_intervals: int = 2) -> float:
    """Local variation of neighbouring intervals, ``3 ((I1 - I2) / (I1 + I2))²`` on average (Shinomoto et al. 2003).

    0 for a clock, about 1 for a Poisson train. Parameters as in `cv`.

    Examples
    --------
    >>> round(lv(np.array([0.0, 1.0, 4.0])), 3)
    0.75
    """
    return _mean_of_terms(lv_terms(*neighbours(times_s, support=support)), min_intervals)


def lvr(
    times_s: FloatArray,
    *,
    refractoriness_s: float = REFRACTORINESS_S,
    support: Support | None = None,
    min_intervals: int = 2,
) -> float:
    """Local variation with the refractory period allowed for (Shinomoto et al. 2009).

    Each term of `lv` is multiplied by ``1 + 4 R / (I1 + I2)``: the faster a cell fires, the more its refractory period
    evens its intervals out. For a slow cell it is `lv`.

    Parameters
    ----------
    times_s, support, min_intervals
        As in `cv`.
    refractoriness_s : float, optional
        The constant R.

    Raises
    ------
    ParameterError
        If `refractoriness_s` is negative or not finite.

    Examples
    --------
    >>> round(lvr(np.array([0.0, 1.0, 4.0])), 5)
    0.75375
    """
    return _mean_of_terms(lvr_terms(*neighbours(times_s, support=support), refractoriness_s), min_intervals)


def log_isi(times_s: FloatArray, *, support: Support | None = None) -> FloatArray:
    """Logarithm to base 10 of the inter-spike intervals in seconds; intervals of 0 have none and are left out.

    Parameters as in `isi`.

    Examples
    --------
    >>> log_isi(np.array([0.0, 0.01, 1.01, 11.01])).round(6)
    array([-2.,  0.,  1.])
    """
    intervals = isi(times_s, support=support)
    return np.log10(intervals[intervals > 0])


def log_isi_mean(times_s: FloatArray, *, support: Support | None = None, min_intervals: int = 2) -> float:
    """Mean of the logarithm to base 10 of the intervals in seconds: 10 to its power is their geometric mean.

    Parameters as in `cv`.

    Examples
    --------
    >>> round(log_isi_mean(np.array([0.0, 0.01, 1.01])), 6)   # 10 ms and 1 s: 100 ms
    -1.0
    """
    return _mean_of_terms(log_isi(times_s, support=support), min_intervals + 1)


def log_isi_sd(times_s: FloatArray, *, support: Support | None = None, min_intervals: int = 2) -> float:
    """Standard deviation of the logarithm to base 10 of the intervals; 0 for a clock. Parameters as in `cv`.

    Examples
    --------
    >>> round(log_isi_sd(np.array([0.0, 0.01, 1.01])), 6)
    1.0
    """
    logs = log_isi(times_s, support=support)
    return float(np.std(logs)) if logs.size >= max(min_intervals, 1) else math.nan


def differences(times_s: FloatArray) -> FloatArray:
    """Differences of spike times, gaps or not, once they are known to be in order (intervals,)."""
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


def recorded_throughout(times_s: FloatArray, support: Support | None) -> NDArray[np.bool_]:
    """Which intervals were recorded from end to end, but for a small share (intervals,)."""
    if support is None or not support.gaps:
        return np.ones(max(times_s.size - 1, 0), dtype=np.bool_)
    intervals = np.diff(times_s)
    missing = intervals - np.diff(support.elapsed_s(times_s))
    recorded: NDArray[np.bool_] = missing <= MOST_MISSING * intervals + ROUNDING_S
    return recorded


def neighbours(times_s: FloatArray, *, support: Support | None = None) -> tuple[FloatArray, FloatArray]:
    """First and second interval of each pair of neighbours, both recorded; pairs of two zeros say nothing.

    >>> neighbours(np.array([0.0, 1.0, 3.0, 4.5]))
    (array([1., 2.]), array([2. , 1.5]))
    """
    intervals = differences(times_s)
    whole = recorded_throughout(times_s, support)
    first, second = intervals[:-1], intervals[1:]
    usable = whole[:-1] & whole[1:] & (first + second > 0)
    return first[usable], second[usable]


def cv2_terms(first_s: FloatArray, second_s: FloatArray) -> FloatArray:
    """Terms whose mean is CV2, one for each pair of neighbours."""
    return 2.0 * np.abs(second_s - first_s) / (second_s + first_s)


def lv_terms(first_s: FloatArray, second_s: FloatArray) -> FloatArray:
    """Terms whose mean is LV."""
    return 3.0 * ((second_s - first_s) / (second_s + first_s)) ** 2


def lvr_terms(first_s: FloatArray, second_s: FloatArray, refractoriness_s: float) -> FloatArray:
    """Terms whose mean is LvR."""
    if not 0 <= refractoriness_s < math.inf:
        raise ParameterError(f"refractoriness_s of LvR must be 0 or more, in seconds, got {refractoriness_s}")
    return lv_terms(first_s, second_s) * (1.0 + 4.0 * refractoriness_s / (second_s + first_s))


def _mean_of_terms(terms: FloatArray, min_intervals: int) -> float:
    """Mean of one term per pair of neighbours; NaN where the intervals are too few."""
    return float(np.mean(terms)) if terms.size >= max(min_intervals - 1, 1) else math.nan


def _variation(intervals: FloatArray) -> float:
    """SD over mean; NaN where every interval is zero."""
    mean = float(np.mean(intervals))
    return float(np.std(intervals)) / mean if mean > 0 else math.nan
