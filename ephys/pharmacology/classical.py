"""The ID50s that papers report, to stand beside ours: interpolation, least squares, and a line through log doses.

All take the baseline for exact.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from ephys.pharmacology.curves import absolute_shift, hill_remaining
from ephys.pharmacology.response_window import ResponseWindow

FloatArray = NDArray[np.float64]


def interpolate_id50(windows: tuple[ResponseWindow, ...]) -> float:
    """Dose at 50 % by a line between neighbouring doses on a log axis; NaN where 50 % is not crossed once, and down."""
    crossings = [(a, b) for a, b in itertools.pairwise(_points(windows)) if (a[1] >= 50.0) != (b[1] >= 50.0)]
    if len(crossings) != 1 or crossings[0][0][1] < 50.0:
        return math.nan
    (dose_a, percent_a), (dose_b, percent_b) = crossings[0]
    along = (50.0 - percent_a) / (percent_b - percent_a)
    return float(dose_a * (dose_b / dose_a) ** along)


def log_linear_id50(windows: tuple[ResponseWindow, ...]) -> float:
    """Dose at 50 % on the straight line through percent against log dose, every dose in it; NaN outside the doses."""
    points = _points(windows)
    if len({dose for dose, _ in points}) < 2:
        return math.nan
    doses, percents = np.array(points).T
    line = stats.linregress(np.log(doses), percents)
    if not line.slope < 0:
        return math.nan
    return _inside(math.exp(min((50.0 - line.intercept) / line.slope, 700.0)), doses)


def least_squares_id50(windows: tuple[ResponseWindow, ...], *, emax: float) -> float:
    """ID50 by least squares on percent of baseline, as papers do it; NaN where it cannot be had."""
    points = _points(windows)
    if len(points) < 2 or not emax > 0.5:
        return math.nan
    dose, percent = np.array(points).T

    def misfit(x: FloatArray) -> FloatArray:
        residual: FloatArray = 100.0 * hill_remaining(dose, ln_id50=x[0], ln_hill=x[1], emax=emax) - percent
        return residual

    start = np.array([np.log(dose).mean(), 0.3])
    bounds = ([np.log(dose[0]) - 3.0, -2.3], [np.log(dose[-1]) + 3.0, 3.0])
    best = optimize.least_squares(misfit, start, bounds=bounds)
    return _inside(math.exp(best.x[0] + absolute_shift(emax, best.x[1])), dose)


def _points(windows: tuple[ResponseWindow, ...]) -> list[tuple[float, float]]:
    """Dose and percent of every dose, in order of dose."""
    return sorted((w.dose, w.percent) for w in windows if w.dose > 0 and math.isfinite(w.percent))


def _inside(dose: float, given: FloatArray) -> float:
    """The dose, where it lies among those given."""
    return dose if given.min() <= dose <= given.max() else math.nan
