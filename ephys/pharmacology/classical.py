"""The ID50s that papers report, to stand beside ours: by interpolation, and by least squares on percent of baseline.

Both take the baseline for exact.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from ephys.pharmacology.curves import absolute_shift, hill_remaining
from ephys.pharmacology.response_window import ResponseWindow

FloatArray = NDArray[np.float64]


def interpolate_id50(windows: tuple[ResponseWindow, ...]) -> float:
    """Dose at 50 % by a line between neighbouring doses on a log axis; NaN where 50 % is not crossed once."""
    points = [(w.dose, w.percent) for w in windows if w.dose > 0]
    crossings = [(a, b) for a, b in itertools.pairwise(points) if (a[1] >= 50.0) != (b[1] >= 50.0)]
    if len(crossings) != 1:
        return math.nan
    (dose_a, percent_a), (dose_b, percent_b) = crossings[0]
    along = (50.0 - percent_a) / (percent_b - percent_a)
    return float(dose_a * (dose_b / dose_a) ** along)


def least_squares_id50(windows: tuple[ResponseWindow, ...], *, emax: float) -> float:
    """ID50 by least squares on percent of baseline, as papers do it; NaN where it cannot be had."""
    points = [(w.dose, w.percent) for w in windows if w.dose > 0]
    if len(points) < 2:
        return math.nan
    dose, percent = np.array(points).T

    def misfit(x: FloatArray) -> FloatArray:
        residual: FloatArray = 100.0 * hill_remaining(dose, ln_id50=x[0], ln_hill=x[1], emax=emax) - percent
        return residual

    start = np.array([np.log(dose).mean(), 0.3])
    bounds = ([np.log(dose[0]) - 3.0, -2.3], [np.log(dose[-1]) + 3.0, 3.0])
    best = optimize.least_squares(misfit, start, bounds=bounds)
    id50 = math.exp(best.x[0] + absolute_shift(emax, best.x[1]))
    return id50 if dose[0] <= id50 <= dose[-1] else math.nan
