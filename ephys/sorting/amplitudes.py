"""How many of a unit's spikes rose above the threshold, from the amplitudes of those that did."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtr
from scipy.stats import chi2, norm

from ephys.model import Epoch, Share, Unit
from ephys.sorting.detection import MAD_TO_SD

FloatArray = NDArray[np.float64]

LEAST_AMPLITUDES = 10
"""Fewer amplitudes than this say nothing of their distribution (convention)."""

SCATTER_SPIKES = 50
"""Spikes whose differences tell how far the amplitude scatters from one to the next (convention)."""

CLEAR_SD = 2.0
"""So far above the threshold, in its own scatter, lies the median of spikes nearly all of which are seen (98 %)."""

LEAST_SCATTER = 0.4
"""No amplitude scatters by less than this share of the noise SD: a matched filter over a wide spike comes to 0.5."""

HIDDEN_SCATTER = 1.3
"""Where the threshold always cuts into the amplitudes they scatter by so much more than is seen (a third hidden)."""

PRIOR_CLEAR, PRIOR_HIDDEN = (0.1, 0.3), (0.3, 0.4)
"""How far a window's scatter may fall short of the unit's and exceed it (run-down adds to it), as SD of its logarithm;
where the unit's was seen whole, and where not (convention)."""

LOST = 0.005
"""Share of spikes that no threshold hides and that are lost all the same, mostly to overlaps (simulated: 0.001 to
0.01)."""

SOFT_SD = 0.15
"""The sorter's threshold is not quite sharp: what else a crossing could be has its say. As SD of the amplitude
(simulated)."""

LEVEL = 0.95
"""Coverage of the intervals."""

_DISTANCES = np.linspace(-3.5, 6.0, 191)
"""Distances of the mean from the threshold, in SD, among which the likeliest is sought."""

_SPREADS = np.exp(np.linspace(np.log(0.6), np.log(4.0), 61))
"""Scatter in a window over the unit's, likewise."""


def completeness(unit: Unit, window: Epoch) -> Share:
    """Share of the spikes that a unit fired in a window that were found; NaN where unknown.

    A normal distribution, cut off at the threshold, is fitted to the amplitudes by maximum likelihood; its SD is held
    near what the unit's amplitude scatters by from spike to spike where all are seen. A fall in amplitude counterfeits
    inhibition; this tells the two apart. Source of the method: Hill, Mehta & Kleinfeld 2011, J Neurosci 31:8699. The
    interval is that of the profile likelihood, with chance in how many of the spikes fired then were seen.

    Parameters
    ----------
    unit : Unit
        With amplitudes and their threshold.
    window : Epoch
        Where.

    Returns
    -------
    Share
        Unknown with fewer than 10 amplitudes in the window or no threshold, and where the spikes are not one cell's.
        A silent window has none: silence says nothing of completeness, and is no fault.

    Examples
    --------
    >>> from ephys.model import Support
    >>> amplitudes = np.random.default_rng(0).normal(60.0, 10.0, 2000)
    >>> seen = amplitudes[amplitudes > 60.0]
    >>> times = np.linspace(0.0, 99.0, len(seen))
    >>> unit = Unit("1", times, Support.of(Epoch(0.0, 100.0)), seen, threshold_uv=60.0, noise_uv=10.0)
    >>> found = completeness(unit, Epoch(0.0, 100.0))
    >>> abs(found.value - 0.5) < 0.1, found.low < 0.5 < found.high
    (True, True)
    """
    return completeness_of_windows(unit, (window,))[window]


def completeness_of_windows(unit: Unit, windows: Iterable[Epoch]) -> dict[Epoch, Share]:
    """`completeness` of each window of one unit; the scatter of its amplitudes is measured once.

    Parameters
    ----------
    unit : Unit
    windows : iterable of Epoch
    """
    scatter = amplitude_scatter(unit)
    return {window: _share_found(unit, window, *scatter) for window in windows}


def _share_found(unit: Unit, window: Epoch, scatter_uv: float, clear: bool) -> Share:
    """Share of the spikes of a window that were found, by the unit's scatter."""
    amplitudes = unit.amplitudes_uv[window.mask(unit.times_s)]
    amplitudes = amplitudes[np.isfinite(amplitudes)]
    if unit.multi_unit or len(amplitudes) < LEAST_AMPLITUDES or not 0.0 < unit.threshold_uv < math.inf:
        return Share()
    profile = _log_likelihoods(amplitudes - unit.threshold_uv, scatter_uv, clear=clear).max(axis=1)
    best = int(profile.argmax())
    inside = np.flatnonzero(profile >= profile[best] - 0.5 * float(chi2.ppf(LEVEL, 1)))
    share, low, high = (float(ndtr(_DISTANCES[i])) * (1.0 - LOST) for i in (best, inside[0], inside[-1]))
    fired = len(amplitudes) / share
    chance = float(norm.ppf(0.5 + LEVEL / 2.0)) ** 2 * share * (1.0 - share) / fired
    chance += (SOFT_SD * float(norm.pdf(_DISTANCES[best]))) ** 2
    one = 1.0 / fired  # of so many spikes a share cannot be told more finely
    return Share(
        share,
        max(0.0, share - math.hypot(share - low, math.sqrt(chance)) - one),
        min(1.0, share + math.hypot(high - share, math.sqrt(chance)) + one),
    )


def mean_amplitude(amplitudes_uv: FloatArray, unit: Unit) -> float:
    """Mean amplitude of all spikes fired, of which those seen rose above the unit's threshold by its usual scatter.

    Parameters
    ----------
    amplitudes_uv : array
        Of the spikes seen, none NaN.
    unit : Unit
        Whose; its scatter is known from all its spikes.

    Returns
    -------
    float
        In µV; it may lie below the threshold, by up to 3.5 times the scatter, but not below 0.
    """
    scatter_uv, clear = amplitude_scatter(unit)
    likely = _log_likelihoods(amplitudes_uv - unit.threshold_uv, scatter_uv, clear=clear)
    distance = int(likely[:, np.abs(_SPREADS - 1.0).argmin()].argmax())
    if distance == len(_DISTANCES) - 1:  # so large that nothing is hidden
        return float(amplitudes_uv.mean())
    return max(0.0, unit.threshold_uv + float(_DISTANCES[distance]) * scatter_uv)


def _log_likelihoods(above_uv: FloatArray, scatter_uv: float, *, clear: bool) -> FloatArray:
    """Of each distance of the mean from the threshold (rows) and each SD (columns)."""
    above = np.maximum(above_uv, 0.0) / scatter_uv
    count, total, squares = len(above), float(above.sum()), float((above**2).sum())
    means = _DISTANCES[:, np.newaxis] * _SPREADS
    misfit = (squares - 2.0 * total * means + count * means**2) / _SPREADS**2
    away = np.log(_SPREADS)
    doubt = (away / np.where(away < 0.0, *(PRIOR_CLEAR if clear else PRIOR_HIDDEN))) ** 2
    likely: FloatArray = -0.5 * (misfit + doubt) - count * (away + log_ndtr(_DISTANCES)[:, np.newaxis])
    return likely


def amplitude_scatter(unit: Unit) -> tuple[float, bool]:
    """SD by which a unit's amplitude scatters from spike to spike, and whether it was seen clear of the threshold.

    Parameters
    ----------
    unit : Unit
        With amplitudes.

    Returns
    -------
    scatter_uv : float
        From the differences of successive amplitudes, which run-down hardly touches.
    clear : bool
        False where the threshold cut into the amplitudes all along, or they are too few, so that the figure is a
        guess.
    """
    known = unit.amplitudes_uv[np.isfinite(unit.amplitudes_uv)]
    if len(known) < LEAST_AMPLITUDES:
        return unit.noise_uv, False
    parts = np.array_split(known, max(1, len(known) // SCATTER_SPIKES))
    medians = np.array([np.median(part) for part in parts])
    scatters = np.array([MAD_TO_SD * np.median(np.abs(np.diff(part))) / math.sqrt(2.0) for part in parts])
    clear = medians - unit.threshold_uv > CLEAR_SD * scatters
    least = max(LEAST_SCATTER * unit.noise_uv if unit.noise_uv > 0 else 0.0, 1e-6 * float(np.abs(known).mean()))
    if clear.any():
        return max(least, float(np.median(scatters[clear]))), True
    return max(least, HIDDEN_SCATTER * float(np.median(scatters))), False


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
    unit = float(values.mean()) or 1.0  # the search knows no µV: its steps are of the order of 1
    values, threshold, noise = np.maximum(values, threshold) / unit, threshold / unit, noise / unit
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
    return float(found.x[0]) * unit, float(np.exp(found.x[1])) * unit
