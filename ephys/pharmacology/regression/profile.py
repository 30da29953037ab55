"""Profile-likelihood intervals, many at once: the target is moved until the fit has become worse by as much as allowed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.regression.constrained import Constrained, log_likelihood
from ephys.pharmacology.regression.search import FEW_ROWS, Solution
from ephys.pharmacology.regression.starts import bounds
from ephys.pharmacology.regression.targets import ParameterTarget, Target
from ephys.pharmacology.regression.uncertainty import covariance

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]

_ROUNDS = 80
_EXACT, _NEAR = 1e-9, 1e-6
"""Share of the quantile to which an end is found, of a few fits and of many."""
_FURTHEST = 15.0
"""Natural logarithms beyond the doses at which the end of a dose is given up as open."""
_MOST_ERRORS = 1e4
"""Standard errors at which the end of another parameter is given up as open."""
_QUICKENS, _FASTEST = 0.1, 3.0
"""How fast the distance grows in a step outwards: at least so much more with each step, and at most."""


def profile_ends(
    solution: Solution, target: Target, reach: FloatArray, *, is_ln_dose: bool, free_dispersion: bool = False
) -> tuple[FloatArray, FloatArray]:
    """Both ends of the profile-likelihood interval of a target, per row.

    Parameters
    ----------
    solution : Solution
    target : callable
    reach : array (rows,)
        Quantile at which the signed root of the profile is cut.
    is_ln_dose : bool
        Whether the target is the logarithm of a dose, and may run only so far beyond those given.
    free_dispersion : bool
        Negative binomial: whether the dispersion is estimated again at every step.

    Returns
    -------
    low, high : array (rows,)
        Infinite where the data do not bound the target; NaN where nothing was estimated.
    """
    walk = _Walk(solution, target, reach, is_ln_dose=is_ln_dose, free_dispersion=free_dispersion)
    for _ in range(_ROUNDS):
        if not walk.rows.size:
            break
        walk.step()
    low, high = np.split(walk.ends, 2)
    return low, high


class _Walk:
    """Both sides of every row: the last point inside the interval, the first outside, and the next to try."""

    def __init__(
        self, solution: Solution, target: Target, reach: FloatArray, *, is_ln_dose: bool, free_dispersion: bool
    ) -> None:
        count = solution.value.size
        both = np.tile(np.arange(count), 2)
        value, slope = target(solution.theta)
        spread = covariance(solution)
        # A parameter that rests on a bound, or that the data do not tell, does not move along.
        along = np.einsum("ijn,jn->in", np.where(np.isnan(spread), 0.0, spread), slope)
        variance = np.einsum("in,in->n", slope, along)
        sound = (variance > 0) & np.isfinite(value) & np.isfinite(reach) & (solution.unit > 0)
        safe = np.where(sound, variance, 1.0)
        pivot = int(np.argmax(np.median(np.abs(np.where(sound, slope * along / safe, 0.0)), axis=1)))
        self.problem = solution.problem.take(both)
        self.target, self.pivot, self.free_dispersion = target, pivot, free_dispersion
        best = -log_likelihood(solution.problem, solution.theta) if free_dispersion else solution.value
        self.best, self.unit, self.reach = best[both], np.where(sound, solution.unit, 1.0)[both], reach[both]
        self.sign = np.repeat([-1.0, 1.0], count)
        self.course, self.error = (along / safe)[:, both], np.sqrt(safe)[both]
        self.middle, self.theta = value[both], solution.theta[:, both]
        self.inside, self.outside = self.middle.copy(), np.full(2 * count, np.nan)
        self.short, self.excess = -self.reach, np.full(2 * count, np.nan)
        self.steps = 0
        self.exact = _EXACT if count <= FEW_ROWS else _NEAR
        self.came_out = np.zeros(2 * count, dtype=bool)
        self.limits = self._limits(solution, is_ln_dose)
        self.hard = isinstance(target, ParameterTarget) and not is_ln_dose
        self.trial = self._within(self.middle + self.sign * self.reach * self.error)
        self.ends = np.where(sound[both], self.sign * np.inf, np.nan)
        self.rows = np.flatnonzero(sound[both])

    def _limits(self, solution: Solution, is_ln_dose: bool) -> tuple[FloatArray, FloatArray]:
        """Values beyond which no end is looked for."""
        if is_ln_dose:
            x = np.log(solution.problem.dose[solution.problem.dose > 0])
            return np.full_like(self.middle, x.min() - _FURTHEST), np.full_like(self.middle, x.max() + _FURTHEST)
        far = _MOST_ERRORS * self.error
        if isinstance(self.target, ParameterTarget):
            low, high = (float(bound[self.target.place, 0]) for bound in bounds(solution.problem))
            return np.maximum(self.middle - far, low), np.minimum(self.middle + far, high)
        return self.middle - far, self.middle + far

    def _within(self, trial: FloatArray) -> FloatArray:
        """Keep the trials between the limits."""
        return np.clip(trial, *self.limits)

    def step(self) -> None:
        """Fit the rest at the points that are tried, and choose the next."""
        self.steps += 1
        rows, trial = self.rows, self.trial[self.rows]
        start = self.theta[:, rows] + self.course[:, rows] * (trial - self.inside[rows])
        held = Constrained(self.problem.take(rows), self.target, self.pivot, self.free_dispersion, self.exact == _EXACT)
        theta, height = held.solve(trial, start)
        root = np.sqrt(np.maximum(2.0 * (height - self.best[rows]) / self.unit[rows], 0.0))
        excess = np.where(np.isfinite(root), root, 1e3 * self.reach[rows]) - self.reach[rows]
        at_limit = (trial <= self.limits[0][rows]) | (trial >= self.limits[1][rows])
        self._narrow(rows, trial, excess, theta)
        found = np.abs(excess) <= self.exact * self.reach[rows]
        found |= np.abs(self.outside[rows] - self.inside[rows]) <= 1e-13 * (np.abs(trial) + self.error[rows])
        given_up = at_limit & (excess < 0) & ~found
        self.ends[rows[found]] = trial[found]
        self.ends[rows[given_up]] = self._open_end(rows[given_up])
        self.trial[rows] = self._within_rows(self._next(rows, root), rows)
        self.rows = rows[~(found | given_up)]

    def _narrow(self, rows: IntArray, trial: FloatArray, excess: FloatArray, theta: FloatArray) -> None:
        """Replace one end of the bracket; an end that stays twice loses half of its weight (Illinois)."""
        out = excess >= 0
        inner, outer = rows[~out], rows[out]
        self.excess[inner] *= np.where(self.came_out[inner], 1.0, 0.5)
        self.short[outer] *= np.where(self.came_out[outer], 0.5, 1.0)
        self.inside[inner], self.short[inner], self.theta[:, inner] = trial[~out], excess[~out], theta[:, ~out]
        self.outside[outer], self.excess[outer] = trial[out], excess[out]
        self.came_out[rows] = out

    def _next(self, rows: IntArray, root: FloatArray) -> FloatArray:
        """Where the line through the bracket's ends crosses, or further out while there is no outer end."""
        inside, outside, short, excess = self.inside[rows], self.outside[rows], self.short[rows], self.excess[rows]
        with np.errstate(divide="ignore", invalid="ignore"):
            between = inside - short * (outside - inside) / (excess - short)
            # Out on a plateau the root hardly rises: the steps lengthen until the end is found or given up.
            growth = np.clip(1.05 * self.reach[rows] / root, 1.0 + _QUICKENS * self.steps, _FASTEST)
        middle = self.middle[rows]
        further = middle + growth * (self.trial[rows] - middle)
        return np.where(np.isnan(outside), further, between)

    def _within_rows(self, trial: FloatArray, rows: IntArray) -> FloatArray:
        return np.clip(trial, self.limits[0][rows], self.limits[1][rows])

    def _open_end(self, rows: IntArray) -> FloatArray:
        """Infinity, or the bound where the law of scatter sets one."""
        if not self.hard:
            return self.sign[rows] * np.inf
        assert isinstance(self.target, ParameterTarget)
        low, high = self.problem.family.limits if self._is_limit() else (-np.inf, np.inf)
        return np.where(self.sign[rows] < 0, low, high)

    def _is_limit(self) -> bool:
        """Whether the target is one of the curve's limits c and d."""
        return isinstance(self.target, ParameterTarget) and self.problem.layout.base(self.target.place) in "cd"
