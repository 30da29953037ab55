"""Profile-likelihood ends of a quantity: it is moved until the rest fits as much worse as Student's t allows."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from ephys.pharmacology.least_squares import LeastSquaresFit
from ephys.pharmacology.shared_fits.formula import Formula, Quantity
from ephys.pharmacology.shared_fits.points import CurvePoints

FloatArray = NDArray[np.float64]

_FURTHEST, _MOST_ERRORS = 40.0, 100.0
"""How far an end is looked for: in natural logarithms, else in standard errors; beyond, it is open."""
_FIRST_STEP = 0.5
_GROWTH, _LEAP = 2.0, 3.0
"""How fast steps lengthen; along a logarithm no step is longer, lest the rest be lost on a flat place."""
_EXACT = 1e-12
_MOST_EVALUATIONS = 200
_NO_FIT = 1e8


def profile_ends(
    formula: Formula, points: CurvePoints, found: LeastSquaresFit, quantity: Quantity, se: float, level: float
) -> tuple[float, float]:
    """Both ends, on the quantity's own scale; infinite where the points set none.

    Parameters
    ----------
    formula : Formula
    points : CurvePoints
    found : LeastSquaresFit
        The best fit.
    quantity : Quantity
    se : float
        Standard error, which sets the first step.
    level : float
        Coverage.
    """
    walk = _Profile(formula, points, found, quantity, level)
    step = walk.reach * se if math.isfinite(se) and se > 0 else _FIRST_STEP
    furthest = _FURTHEST if quantity.is_log or not math.isfinite(se) else _MOST_ERRORS * se
    return walk.end(-1.0, step, furthest), walk.end(1.0, step, furthest)


class _Profile:
    """The best fit with the quantity held, from wherever it was held before."""

    def __init__(
        self, formula: Formula, points: CurvePoints, found: LeastSquaresFit, quantity: Quantity, level: float
    ) -> None:
        self.formula, self.points, self.quantity = formula, points, quantity
        self.place = formula.names.index(quantity.name)
        self.rss, self.unit = found.rss, found.rss / found.df
        self.reach = float(stats.t.ppf(0.5 + level / 2, found.df))
        self.value = quantity.of(formula.values(found.estimate))
        self.scale = math.sqrt(float(points.response @ points.response) / points.response.size) or 1.0
        self.best = np.delete(found.estimate, self.place)
        self.rest = {self.value: self.best}
        self.known = {self.value: -self.reach}

    def end(self, sign: float, step: float, furthest: float) -> float:
        """Walk outwards until the fit is bad enough, then find where it became so."""
        longest = _LEAP if self.quantity.is_log else math.inf
        inside, distance = self.value, min(step, longest)
        while True:
            trial = self.value + sign * min(distance, furthest)
            if self.excess(trial) >= 0:
                break
            if distance >= furthest:
                return sign * math.inf
            inside, distance = trial, min(distance * _GROWTH, distance + longest)
        return float(optimize.brentq(self.excess, inside, trial, xtol=1e-9, rtol=1e-9))

    def excess(self, value: float) -> float:
        """How far beyond the quantile the signed root is; begun where the nearest value that was tried ended."""
        if value in self.known:
            return self.known[value]
        if not self.unit > 0:
            return 1.0
        nearest = min(self.rest, key=lambda known: abs(known - value))
        excess, self.rest[value] = self.solve(self.rest[nearest], value)
        if excess >= 0 and self.rest[nearest] is not self.best:
            # Before it is believed that the fit is worse, it is begun where the best one ended.
            other, rest = self.solve(self.best, value)
            if other < excess:
                excess, self.rest[value] = other, rest
        self.known[value] = excess
        return excess

    def solve(self, start: FloatArray, value: float) -> tuple[float, FloatArray]:
        """Fit the rest with the quantity held; how far beyond the quantile that is, and where."""

        def held(rest: FloatArray) -> FloatArray:
            return self.residuals(rest, value)

        solved = optimize.least_squares(
            held, start, method="lm", x_scale="jac", ftol=_EXACT, xtol=_EXACT, gtol=_EXACT,
            max_nfev=_MOST_EVALUATIONS,
        )  # fmt: skip
        return math.sqrt(max(2.0 * solved.cost - self.rss, 0.0) / self.unit) - self.reach, solved.x

    def residuals(self, rest: FloatArray, value: float) -> FloatArray:
        """Residuals with the quantity held; far off where no parameter gives it that value."""
        theta = np.insert(rest, self.place, 0.0)
        values = self.formula.values(theta)
        theta[self.place] = self.quantity.solve(values, value)
        with np.errstate(over="ignore", invalid="ignore"):
            residuals = self.formula.residuals(theta, self.points)
        far = _NO_FIT * self.scale
        return np.clip(np.nan_to_num(residuals, nan=far), -far, far)
