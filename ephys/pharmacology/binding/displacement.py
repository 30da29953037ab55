"""The one-site curve through the tubes of a competition experiment, as arrays: limits, IC50 and slope at once.

A tube without competitor stands at concentration 0, a non-specific tube at an infinite one: both are measured, with
the scatter of all tubes, and neither is an exact constant. For a given IC50 and slope the two limits follow by linear
least squares, so that only two numbers are searched.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats
from scipy.special import expit

from ephys.pharmacology.least_squares import fit_least_squares

FloatArray = NDArray[np.float64]
Scatter = Literal["constant", "counting", "relative"]

_FURTHEST = 15.0
"""Natural logarithms beyond the concentrations at which the end of an interval is given up as open."""
_LN_HILL = (math.log(0.1), math.log(20.0))
"""Slopes that are searched; at the upper end the curve falls between two concentrations."""
_STEEPEST = 50.0
"""Ln slope beyond which a search that ran away is not followed: exp would overflow."""
_HILLS, _MIDDLES = 61, 161
_ROUNDS = 50
_AGREE = 1e-10
_EXACT = 1e-20
"""Share of the sum of squares that is rounding."""
_STEP = 0.25
_LEAST = 1.0
"""Variance of a count is at least that of one count."""


@dataclass(frozen=True, slots=True)
class Displacement:
    """Tubes as numbers.

    Parameters
    ----------
    ln_nm : array (tubes,)
        Ln concentration; minus infinity for total, infinity for non-specific tubes.
    bound : array (tubes,)
    weight : array (tubes,)
        1 / variance, up to a factor.
    limits : tuple of float or None
        Non-specific and total binding where they are held; ``None`` where they are estimated.
    hill : float
        Slope where it is held; NaN where it is estimated.
    """

    ln_nm: FloatArray
    bound: FloatArray
    weight: FloatArray
    limits: tuple[float, float] | None = None
    hill: float = math.nan

    @property
    def n_parameters(self) -> int:
        """How many numbers are estimated."""
        return 1 + math.isnan(self.hill) + 2 * (self.limits is None)

    @property
    def df(self) -> int:
        """Tubes beyond parameters."""
        return self.bound.size - self.n_parameters

    @property
    def tested(self) -> tuple[float, float]:
        """Ln of the lowest and the highest concentration of the compound."""
        finite = self.ln_nm[np.isfinite(self.ln_nm)]
        return float(finite.min()), float(finite.max())

    def shares(self, ln_ic50: ArrayLike, ln_hill: ArrayLike) -> FloatArray:
        """Share of specific binding that is left, (curves, tubes)."""
        steep = np.exp(np.minimum(np.atleast_1d(ln_hill), _STEEPEST))
        middle, slope = np.broadcast_arrays(np.atleast_1d(ln_ic50), steep)
        left: FloatArray = expit(-slope[:, np.newaxis] * (self.ln_nm - middle[:, np.newaxis]))
        return left

    def solved(self, ln_ic50: ArrayLike, ln_hill: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Weighted sum of squares, non-specific and specific binding of each curve."""
        share = self.shares(ln_ic50, ln_hill)
        if self.limits is not None:
            low, height = (np.full(len(share), value) for value in (self.limits[0], self.limits[1] - self.limits[0]))
        else:
            w = self.weight / self.weight.sum()
            mean_share, mean_bound = share @ w, float(self.bound @ w)
            away = share - mean_share[:, np.newaxis]
            spread = (away**2) @ w
            height = (away * (self.bound - mean_bound)) @ w / np.where(spread > 0, spread, 1.0)
            low = mean_bound - height * mean_share
        residual = self.bound - low[:, np.newaxis] - height[:, np.newaxis] * share
        return (residual**2) @ self.weight, low, height

    def rss(self, ln_ic50: ArrayLike, ln_hill: ArrayLike) -> FloatArray:
        """Weighted sum of squares of each curve, at its best limits."""
        return self.solved(ln_ic50, ln_hill)[0]


@dataclass(frozen=True, slots=True)
class Solved:
    """The curve that fits best.

    Parameters
    ----------
    ln_ic50, ln_hill, nonspecific, specific, rss : float
    covariance : array (2, 2)
        Of ln IC50 and ln slope; NaN where the tubes do not tell them.
    all_or_none : bool
        Whether binding falls from one limit to the other between two concentrations.
    """

    ln_ic50: float
    ln_hill: float
    nonspecific: float
    specific: float
    rss: float
    covariance: FloatArray
    all_or_none: bool


def solve(problem: Displacement) -> Solved:
    """Find the best curve: a grid over IC50 and slope, then least squares from its best point."""
    first, last = problem.tested
    middles = np.linspace(first - _FURTHEST / 3, last + _FURTHEST / 3, _MIDDLES)
    held = not math.isnan(problem.hill)
    hills = np.array([math.log(problem.hill)]) if held else np.linspace(*_LN_HILL, _HILLS)
    grid = [problem.rss(middles, np.full(middles.size, one)) for one in hills]
    place, middle = np.unravel_index(int(np.argmin(grid)), (hills.size, middles.size))
    steep = not held and place == hills.size - 1
    start = np.array([middles[middle], hills[place]])
    point, covariance = (start, np.full((2, 2), np.nan)) if steep else _polished(problem, start, held=held)
    if not (first - _FURTHEST <= point[0] <= last + _FURTHEST and point[1] >= _LN_HILL[0]) or point[1] > _LN_HILL[1]:
        # What ran away is told by the grid, and by no standard error.
        steep = bool(point[1] > _LN_HILL[1])
        point, covariance = start, np.full((2, 2), np.nan)
    rss, low, height = (float(part[0]) for part in problem.solved(point[0], point[1]))
    return Solved(float(point[0]), float(point[1]), low, height, rss, covariance, steep)


def _polished(problem: Displacement, start: FloatArray, *, held: bool) -> tuple[FloatArray, FloatArray]:
    """Least squares over all free numbers from a start; the best point and the covariance of its logarithms."""
    free = 1 if held else 2
    limits = problem.limits
    _, low, height = (float(part[0]) for part in problem.solved(start[0], start[1]))

    def residuals(theta: FloatArray) -> FloatArray:
        share = problem.shares(theta[0], theta[1] if free == 2 else start[1])[0]
        base, tall = theta[free:] if limits is None else (limits[0], limits[1] - limits[0])
        return np.asarray(base + tall * share - problem.bound)

    def jacobian(theta: FloatArray) -> FloatArray:
        ln_hill = theta[1] if free == 2 else start[1]
        share = problem.shares(theta[0], ln_hill)[0]
        steep = share * (1.0 - share) * math.exp(min(ln_hill, _STEEPEST))
        away = np.where(np.isfinite(problem.ln_nm), problem.ln_nm - theta[0], 0.0)
        tall = theta[free + 1] if limits is None else limits[1] - limits[0]
        columns = [tall * steep, -tall * steep * away][:free]
        return np.stack([*columns, *([np.ones_like(share), share] if limits is None else [])], axis=1)

    begin = [*start[:free], *([low, height] if limits is None else [])]
    with np.errstate(over="ignore", invalid="ignore"):
        found = fit_least_squares(residuals, begin, jacobian=jacobian, weights=problem.weight)
    covariance = np.zeros((2, 2))
    covariance[:free, :free] = found.covariance[:free, :free]
    point = start.copy()
    point[:free] = found.estimate[:free]
    return point, covariance


def reweighted(problem: Displacement, scatter: Scatter) -> tuple[Displacement, Solved]:
    """Fit with weights that follow the fitted curve: variance constant, as the mean, or as its square."""
    found = solve(problem)
    if scatter == "constant":
        return problem, found
    power = 1.0 if scatter == "counting" else 2.0
    for _ in range(_ROUNDS):
        mean = found.nonspecific + found.specific * problem.shares(found.ln_ic50, found.ln_hill)[0]
        problem = replace(problem, weight=np.maximum(mean, _LEAST) ** -power)
        before, found = found, solve(problem)
        if abs(found.ln_ic50 - before.ln_ic50) < _AGREE:
            break
    return problem, found


def ic50_ends(problem: Displacement, found: Solved, level: float) -> tuple[float, float]:
    """Ends of the profile-likelihood interval of ln IC50; infinite where the tubes set none."""
    first, last = problem.tested

    def profile(ln_ic50: float) -> float:
        return _least_over_slope(problem, ln_ic50)

    return _ends(problem, found, profile, found.ln_ic50, (first - _FURTHEST, last + _FURTHEST), level)


def hill_ends(problem: Displacement, found: Solved, level: float) -> tuple[float, float]:
    """Ends of the profile-likelihood interval of the slope; 0 and infinite where the tubes set none."""
    if not math.isnan(problem.hill):
        return problem.hill, problem.hill

    def profile(ln_hill: float) -> float:
        return _least_over_middle(problem, ln_hill)

    low, high = _ends(problem, found, profile, found.ln_hill, _LN_HILL, level)
    return math.exp(low), math.exp(high)


def _least_over_slope(problem: Displacement, ln_ic50: float) -> float:
    """Sum of squares at an IC50, at its best slope."""
    if not math.isnan(problem.hill):
        return float(problem.rss(ln_ic50, math.log(problem.hill))[0])
    hills = np.linspace(*_LN_HILL, _HILLS)
    return _refined(lambda one: problem.rss(np.full(one.size, ln_ic50), one), hills)


def _least_over_middle(problem: Displacement, ln_hill: float) -> float:
    """Sum of squares at a slope, at its best IC50."""
    first, last = problem.tested
    middles = np.linspace(first - _FURTHEST, last + _FURTHEST, 2 * _MIDDLES)
    return _refined(lambda one: problem.rss(one, np.full(one.size, ln_hill)), middles)


def _refined(values: Callable[[FloatArray], FloatArray], grid: FloatArray) -> float:
    """Least value of a function on a grid, and between the neighbours of the best point."""
    coarse = values(grid)
    best = int(np.argmin(coarse))
    around = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
    fine = optimize.minimize_scalar(
        lambda one: float(values(np.array([one]))[0]), bounds=around, method="bounded", options={"xatol": 1e-9}
    )
    return min(float(coarse[best]), float(fine.fun))


def _ends(
    problem: Displacement, found: Solved, profile: Callable[[float], float], middle: float,
    limits: tuple[float, float], level: float,
) -> tuple[float, float]:  # fmt: skip
    """Where a profile is worse than the best fit by as much as Student's t allows, on either side."""
    if problem.df < 1:
        return -math.inf, math.inf
    if found.rss <= _EXACT * float(problem.weight @ problem.bound**2):
        return middle, middle
    unit, reach = found.rss / problem.df, float(stats.t.ppf(0.5 * (1.0 + level), problem.df))

    def excess(at: float) -> float:
        return math.sqrt(max(profile(at) - found.rss, 0.0) / unit) - reach

    inside = min(max(middle, limits[0]), limits[1])
    return _end(excess, inside, limits[0], -1.0), _end(excess, inside, limits[1], 1.0)


def _end(excess: Callable[[float], float], middle: float, limit: float, sign: float) -> float:
    """First place on the way to a limit where the excess is positive; infinite where there is none."""
    inside, step = middle, _STEP / 8
    while sign * (limit - inside) > 0:
        outside = inside + sign * step if sign * (inside + sign * step) < sign * limit else limit
        if excess(outside) > 0:
            return float(optimize.brentq(excess, inside, outside, xtol=1e-10))
        inside, step = outside, min(2.0 * step, _STEP)
    return sign * math.inf


def misfit_p(problem: Displacement, found: Solved) -> float:
    """Chance of group means so far from the curve, judged by their replicates (F test); NaN without replicates."""
    groups = np.unique(problem.ln_nm, return_inverse=True)[1].ravel()
    total = np.bincount(groups, problem.weight)
    means = np.bincount(groups, problem.weight * problem.bound) / total
    within = float(problem.weight @ (problem.bound - means[groups]) ** 2)
    df, df_within = total.size - problem.n_parameters, problem.bound.size - total.size
    rounding = _EXACT * float(problem.weight @ problem.bound**2)
    if df < 1 or df_within < 1 or within <= rounding:
        return math.nan
    return float(stats.f.sf((found.rss - within) / df / (within / df_within), df, df_within))
