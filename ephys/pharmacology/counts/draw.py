"""Counts drawn at random with the variance that the likelihood has."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def draw_counts(
    mean: FloatArray, steady: ArrayLike, dispersion: float | FloatArray, random: np.random.Generator
) -> FloatArray:
    """Draw counts of trains whose rate wanders between windows.

    Parameters
    ----------
    mean : array
        Expected counts.
    steady : array
        Squared CV of the intervals.
    dispersion : float or array
        Relative SD of the rate between windows.
    random : numpy.random.Generator

    Returns
    -------
    array
        Of the shape of `mean`.

    Examples
    --------
    >>> counts = draw_counts(np.full(20_000, 30.0), 0.1, 0.2, np.random.default_rng(0))
    >>> bool(abs(counts.var() - (0.1 * 30 + 0.99 / 6 + 36)) < 1.5)
    True
    """
    steady = np.broadcast_to(np.asarray(steady, dtype=np.float64), mean.shape)
    wandered = _gamma(mean, (dispersion * mean) ** 2, random)
    # A bursty train: Poisson, round a mean that scatters. A regular one: a length of time in units of the interval,
    # rounded at random, which adds the 1/6 of where in its interval the window begins.
    bursty = random.poisson(_gamma(wandered, np.maximum(steady - 1.0, 0.0) * wandered, random))
    length = _gamma(wandered, np.maximum(steady * wandered - steady**2 / 6.0, 0.0), random)
    regular = np.floor(length + random.random(mean.shape))
    return np.where(steady >= 1.0, bursty, regular).astype(np.float64)


def _gamma(mean: FloatArray, variance: FloatArray, random: np.random.Generator) -> FloatArray:
    """Gamma variates; the mean itself where nothing scatters."""
    scatters = (mean > 0) & (variance > 1e-12 * mean**2)
    shape = np.where(scatters, mean**2 / np.where(scatters, variance, 1.0), 1.0)
    return np.where(scatters, random.gamma(shape) * mean / shape, mean)
