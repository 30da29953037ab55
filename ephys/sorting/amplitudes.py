"""How many of a unit's spikes rose above the threshold, from the amplitudes of those that did."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtr

from ephys.model import Epoch, Unit

FloatArray = NDArray[np.float64]

LEAST_AMPLITUDES = 10
"""Fewer amplitudes than this say nothing of their distribution (convention)."""


def completeness(unit: Unit, window: Epoch) -> float:
    """Share of a unit's spikes in a window that rose above its threshold; NaN where unknown.

    A normal distribution, cut off at the threshold, is fitted to the amplitudes by maximum likelihood. A fall in
    amplitude counterfeits inhibition; this tells the two apart. Source of the method: Hill, Mehta & Kleinfeld 2011,
    J Neurosci 31:8699.

    Parameters
    ----------
    unit : Unit
        With amplitudes and their threshold.
    window : Epoch
        Where.

    Returns
    -------
    float
        0 to 1; NaN with fewer than 10 amplitudes in the window or no threshold. A silent window has none: silence
        says nothing of completeness, and is no fault.

    Examples
    --------
    >>> from ephys.model import Support
    >>> amplitudes = np.random.default_rng(0).normal(60.0, 10.0, 2000)
    >>> seen = amplitudes[amplitudes > 60.0]
    >>> times = np.linspace(0.0, 99.0, len(seen))
    >>> unit = Unit("1", times, Support.of(Epoch(0.0, 100.0)), seen, threshold_uv=60.0, noise_uv=10.0)
    >>> abs(completeness(unit, Epoch(0.0, 100.0)) - 0.5) < 0.1
    True
    """
    amplitudes = unit.amplitudes_uv[window.mask(unit.times_s)]
    amplitudes = amplitudes[np.isfinite(amplitudes)]
    if len(amplitudes) < LEAST_AMPLITUDES or not math.isfinite(unit.threshold_uv):
        return math.nan
    mean, sd = fit_truncated_normal(amplitudes, unit.threshold_uv, noise=unit.noise_uv)
    return float(ndtr((mean - unit.threshold_uv) / sd))


def fit_truncated_normal(values: FloatArray, threshold: float, *, noise: float = math.nan) -> tuple[float, float]:
    """Mean and SD of the normal distribution whose part above `threshold` gave `values`.

    Parameters
    ----------
    values : array
        What rose above the threshold; values a little below count as lying on it.
    threshold : float
        In the same unit.
    noise : float, optional
        Least SD: amplitudes vary at least as the noise does (by 0.8 of it, since peaks are sought out).

    Returns
    -------
    mean, sd : float
        The mean may lie below the threshold, but not below 0.
    """
    values = np.maximum(values, threshold)
    scale = float(values.std()) or 1e-3 * float(values.mean())
    least = 0.8 * noise if math.isfinite(noise) and noise > 0 else 0.3 * scale
    most = max(3.0 * least, 2.0 * scale)

    def misfit(parameters: FloatArray) -> float:
        mean, sd = float(parameters[0]), float(np.exp(parameters[1]))
        squares = float((((values - mean) / sd) ** 2).mean())
        return 0.5 * squares + math.log(sd) + float(log_ndtr((mean - threshold) / sd))

    start = np.array([float(np.median(values)), math.log(float(np.clip(scale, least, most)))])
    bounds = [(0.0, 2.0 * float(values.max())), (math.log(least), math.log(most))]
    found = minimize(misfit, start, method="L-BFGS-B", bounds=bounds)
    return float(found.x[0]), float(np.exp(found.x[1]))
