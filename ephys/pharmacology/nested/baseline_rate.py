"""The baseline rate of a cell at its best, for a given share of it that is left in each window."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.counts.variance import variance_and_slope

FloatArray = NDArray[np.float64]

_ROUNDS, _CLOSE = 30, 1e-5


def best_rate(
    count: FloatArray,
    reach: FloatArray,
    false: FloatArray,
    steady: FloatArray,
    tau: float,
    *,
    start: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Rate without drug that makes the counts likeliest.

    By Newton's steps, or Fisher's where those are no steps upwards; they begin at a rate that is known from near by, or
    at the one that is best for Poisson counts.

    Parameters
    ----------
    count, false : array (windows, places)
        Spikes, and those expected that are not the cell's.
    reach : array (windows, places)
        Seconds in which spikes could be counted, times the share of the rate that is left; 0 for no window.
    steady : array (places,)
        Squared CV of the intervals.
    tau : float
        Relative standard deviation of the rate between windows.
    start : array (places,), optional
        Logarithm of the rate to begin at.

    Returns
    -------
    ln_rate : array (places,)
    mean, variance : array (windows, places)
        Expected counts, and how they scatter.

    Examples
    --------
    >>> both = [[1.0], [1.0]]
    >>> ln_rate, _, _ = best_rate(np.array([[30.0], [50.0]]), 20 * np.array(both), 0 * np.array(both), np.ones(1), 0.1)
    >>> np.exp(ln_rate).round(3)
    array([2.])
    """
    if start is None:
        own = np.maximum((count - false).sum(axis=0), 0.5)
        start = np.log(own / reach.sum(axis=0))
    ln_rate: FloatArray = start
    for _ in range(_ROUNDS):
        own = reach * np.exp(ln_rate)
        mean = np.maximum(own + false, 1e-300)
        spread, steeper = variance_and_slope(mean, steady, tau)
        weight = own / spread
        pull = weight * (count - mean)
        sure = (weight * own).sum(axis=0)
        bend = sure - (pull * (1.0 - weight * steeper)).sum(axis=0)
        step = pull.sum(axis=0) / np.maximum(bend, 0.3 * sure + 1e-12)
        ln_rate = ln_rate + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < _CLOSE:
            break
    mean = np.maximum(reach * np.exp(ln_rate) + false, 1e-300)
    return ln_rate, mean, variance_and_slope(mean, steady, tau)[0]
