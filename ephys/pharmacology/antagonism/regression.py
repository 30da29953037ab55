"""Schild's regression as it is done by hand, beside the fit of all points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from ephys.jupyter import Shown
from ephys.pharmacology.curve_fit import ParameterEstimate


@dataclass(frozen=True, slots=True)
class SchildRegression(Shown):
    """The classical regression of log10 (dose ratio - 1) on log10 of the concentration.

    Parameters
    ----------
    slope : ParameterEstimate
        Student's interval; without one below three concentrations.
    pa2 : ParameterEstimate
        Where the line crosses 0, with Fieller's interval; infinite ends where the slope may be 0.
    n : int
        Concentrations with a dose ratio above 1.
    """

    slope: ParameterEstimate
    pa2: ParameterEstimate
    n: int


def schild_regression(
    concentration_m: Sequence[float], ratio: Sequence[float], *, level: float
) -> SchildRegression | None:
    """Straight line through log10 (dose ratio - 1) against log10 of the concentration, unweighted.

    Parameters
    ----------
    concentration_m : sequence of float
        In mol/l.
    ratio : sequence of float
        Dose ratios. Those of 1 or less have no logarithm and take no part, which makes what is left steeper or higher
        than the truth: the fit of all points has no such fault.
    level : float
        Of the intervals.

    Returns
    -------
    SchildRegression or None
        ``None`` where fewer than two take part.

    Examples
    --------
    >>> line = schild_regression([1e-8, 1e-7, 1e-6], [2.0, 11.0, 101.0], level=0.95)
    >>> round(line.slope.estimate, 6), round(line.pa2.estimate, 6)
    (1.0, 8.0)
    """
    kept = [(math.log10(b), math.log10(r - 1.0)) for b, r in zip(concentration_m, ratio, strict=True) if r > 1]
    if len(kept) < 2:
        return None
    x, y = np.array(kept).T
    slope, at_mean = np.polyfit(x - x.mean(), y, 1).tolist()
    squares, df = float(np.sum((x - x.mean()) ** 2)), len(kept) - 2
    middle = float(x.mean())
    pa2 = at_mean / slope - middle if slope else math.nan
    if df <= 0:
        none = (math.nan, math.nan, math.nan, level, "none")
        return SchildRegression(ParameterEstimate(slope, *none), ParameterEstimate(pa2, *none), len(kept))
    variance = float(np.sum((y - at_mean - slope * (x - x.mean())) ** 2)) / df
    reach = float(stats.t.ppf(0.5 + level / 2, df))
    se = math.sqrt(variance / squares)
    ends = _crossing(slope, at_mean, variance / squares, variance / len(kept), reach)
    low, high = sorted(-(middle + end) for end in ends)
    return SchildRegression(
        ParameterEstimate(slope, se, slope - reach * se, slope + reach * se, level, "t"),
        ParameterEstimate(pa2, math.nan, low, high, level, "fieller"),
        len(kept),
    )


def _crossing(slope: float, at_mean: float, var_slope: float, var_mean: float, reach: float) -> tuple[float, float]:
    """Fieller's interval of where a line crosses 0, from the mean of x; infinite where the slope may be 0."""
    square = slope**2 - reach**2 * var_slope
    inside = at_mean**2 * slope**2 - square * (at_mean**2 - reach**2 * var_mean)
    if square <= 0 or inside < 0:
        return -math.inf, math.inf
    root = math.sqrt(inside)
    return (-at_mean * slope - root) / square, (-at_mean * slope + root) / square
