"""The fit of a formula to several curves, and the intervals of what is asked of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.pharmacology.curve_fit import ParameterEstimate
from ephys.pharmacology.least_squares import LeastSquaresFit, fit_least_squares
from ephys.pharmacology.shared_fits.formula import Formula, Quantity
from ephys.pharmacology.shared_fits.jackknife import Jackknife, leave_out_animals
from ephys.pharmacology.shared_fits.points import CurvePoints
from ephys.pharmacology.shared_fits.profile import profile_ends

FloatArray = NDArray[np.float64]
IntervalMethod = Literal["profile", "jackknife", "none"]
_NO_SCATTER = 1e-14
"""Share of the squares below which what is left is rounding."""
_STEP = 1e-6
"""Relative step of the differences that give the standard error of what follows from several parameters."""


@dataclass(frozen=True)
class SharedFit:
    """A formula at its best.

    Parameters
    ----------
    formula : Formula
    points : CurvePoints
    found : LeastSquaresFit
    jackknife : Jackknife or None
        Estimates without each animal; ``None`` where animals are not known.
    level : float
        Of the intervals.
    """

    formula: Formula
    points: CurvePoints
    found: LeastSquaresFit
    jackknife: Jackknife | None
    level: float

    @property
    def values(self) -> dict[str, float]:
        """Every parameter by its name."""
        return self.formula.values(self.found.estimate)

    @property
    def method(self) -> IntervalMethod:
        """How its intervals are made."""
        if self.jackknife is None:
            return "profile" if self.found.df > 0 else "none"
        return "jackknife" if self.jackknife.df > 0 else "none"

    @property
    def df(self) -> int:
        """Most degrees of freedom that an interval has: of animals where these are known, else of points."""
        return self.found.df if self.jackknife is None else self.jackknife.df

    def se(self, quantity: Quantity) -> float:
        """Standard error on the quantity's own scale: over animals where these are known, else from (JᵀJ)⁻¹."""
        return self._spread(quantity)[0] if self.jackknife is not None else self._se_of_points(quantity)

    def df_of(self, quantity: Quantity) -> float:
        """Degrees of freedom of the interval of a quantity: over animals Satterthwaite's, at most `df`."""
        return self._spread(quantity)[1] if self.jackknife is not None else float(self.df)

    def ask(self, quantity: Quantity) -> ParameterEstimate:
        """Value of a quantity with its interval, as it is told."""
        value, se = quantity.of(self.values), self.se(quantity)
        if self.method == "none":
            ends = (math.nan, math.nan)
        elif self.method == "jackknife":
            ends = self._over_animals(quantity, value, se)
        else:
            ends = profile_ends(self.formula, self.points, self.found, quantity, se, self.level)
        told = quantity.report(value)
        low, high = sorted(map(quantity.report, ends)) if not math.isnan(ends[0]) else ends
        step = _STEP * max(abs(value), 1.0)
        factor = abs(quantity.report(value + step) - quantity.report(value - step)) / (2 * step)
        return ParameterEstimate(told, factor * se, low, high, self.level, self.method)

    def p_of(self, quantity: Quantity, value: float) -> float:
        """Two-sided p-value of a value of the quantity, by Student's t over animals; NaN without, or without an end."""
        se = self.se(quantity)
        if self.method != "jackknife" or not se > 0 or math.isinf(self.ask(quantity).low):
            return math.nan
        return float(2 * stats.t.sf(abs(quantity.of(self.values) - value) / se, self.df_of(quantity)))

    def _over_animals(self, quantity: Quantity, value: float, se: float) -> tuple[float, float]:
        """Student's interval over animals; open where not even points that count as independent set an end.

        A search that ran away ends anywhere, and about there again without each animal: that is no small error.
        """
        of_points = self._se_of_points(quantity)
        bounds = profile_ends(self.formula, self.points, self.found, quantity, of_points, self.level)
        if any(map(math.isinf, bounds)):
            return -math.inf, math.inf
        reach = float(stats.t.ppf(0.5 + self.level / 2, self.df_of(quantity))) * se
        return value - reach, value + reach

    def _spread(self, quantity: Quantity) -> tuple[float, float]:
        """Standard error over animals, and its degrees of freedom."""
        if self.jackknife is None:
            return math.nan, math.nan
        without_each = [quantity.of(self.formula.values(theta)) for theta in self.jackknife.estimates]
        return self.jackknife.spread(quantity.of(self.values), without_each)

    def _se_of_points(self, quantity: Quantity) -> float:
        """Standard error of a quantity from (JᵀJ)⁻¹; NaN where the points do not tell a parameter."""
        slope = self._slope(quantity)
        variance = float(slope @ self.found.covariance @ slope)
        return math.sqrt(variance) if variance >= 0 else math.nan

    def _slope(self, quantity: Quantity) -> FloatArray:
        """Derivatives of a quantity by what was estimated."""
        theta = self.found.estimate
        slope = np.empty_like(theta)
        for place, value in enumerate(theta):
            step = np.zeros_like(theta)
            step[place] = _STEP * max(abs(value), 1.0)
            ends = [quantity.of(self.formula.values(theta + sign * step)) for sign in (1.0, -1.0)]
            slope[place] = (ends[0] - ends[1]) / (2 * step[place])
        return slope


def fit_shared(formula: Formula, points: CurvePoints, starts: Sequence[FloatArray], *, level: float) -> SharedFit:
    """Fit a formula from several starts, and again without each animal.

    Parameters
    ----------
    formula : Formula
    points : CurvePoints
    starts : sequence of array
        Where to begin; the best end counts.
    level : float
        Of the intervals.

    Returns
    -------
    SharedFit
    """
    ends = [fit_least_squares(lambda theta: formula.residuals(theta, points), start) for start in starts]
    best = min(ends, key=lambda end: end.rss)
    jackknife = leave_out_animals(formula, points, best.estimate) if points.animals else None
    return SharedFit(formula, points, best, jackknife, level)


def extra_squares_p(free: SharedFit, held: SharedFit) -> float:
    """P-value of the F-test of a fit against one with fewer parameters; NaN without degrees of freedom."""
    more = held.found.df - free.found.df
    rounding = _NO_SCATTER * float(free.points.response @ free.points.response)
    if free.found.df <= 0 or more <= 0 or not free.found.rss > rounding:
        return math.nan
    ratio = (held.found.rss - free.found.rss) / more / (free.found.rss / free.found.df)
    return float(stats.f.sf(max(ratio, 0.0), more, free.found.df))
