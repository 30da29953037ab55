"""Profile-likelihood intervals, many at once: the target is moved until the fit is worse by as much as allowed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.regression.constrained import Constrained
from ephys.pharmacology.regression.problem import log_likelihood, mean_square
from ephys.pharmacology.regression.search import FEW_ROWS, Solution
from ephys.pharmacology.regression.starts import bounds
from ephys.pharmacology.regression.targets import ParameterTarget, Target
from ephys.pharmacology.regression.uncertainty import covariance, variance_alone

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]

_ROUNDS, _ROUNDS_OF_MANY = 150, 80
_BETTER = 1e-4
_LEAP = 1.5
_EXACT, _NEAR = 1e-9, 1e-6
"""Share of the quantile to which an end is found, of a few fits and of many."""
_FURTHEST = 15.0
"""Natural logarithms beyond the doses at which the end of a dose is given up as open."""
_MOST_ERRORS = 1e9
"""Standard errors at which the end of another parameter is given up as open."""
_VISIBLE = 1e-8
"""Departure from a point, of the size of the responses, that is told from rounding."""
_FIRST_STEP = 0.5
"""First step where the data do not tell one; in logarithms of a dose, the longest."""
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
    # Far from the fit, curves overflow; there they are no fits.
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        return _profile_ends(solution, target, reach, is_ln_dose=is_ln_dose, free_dispersion=free_dispersion)


def _profile_ends(
    solution: Solution, target: Target, reach: FloatArray, *, is_ln_dose: bool, free_dispersion: bool
) -> tuple[FloatArray, FloatArray]:
    many = solution.value.size > FEW_ROWS
    walk = _Walk(solution, target, reach, is_ln_dose=is_ln_dose, free_dispersion=free_dispersion, exact=not many)
    ends, left = walk.go(_ROUNDS_OF_MANY if many else _ROUNDS)
    if many and left.size:
        # What a quick search could not settle is searched with care.
        slow = _Walk(
            solution.take(left), target, reach[left], is_ln_dose=is_ln_dose, free_dispersion=free_dispersion, exact=True
        )
        ends[:, left] = slow.go(_ROUNDS)[0]
    return ends[0], ends[1]


class _Walk:
    """Both sides of every row: the last point inside the interval, the first outside, and the next to try."""

    def __init__(
        self,
        solution: Solution,
        target: Target,
        reach: FloatArray,
        *,
        is_ln_dose: bool,
        free_dispersion: bool,
        exact: bool,
    ) -> None:
        count = solution.value.size
        both = np.tile(np.arange(count), 2)
        learns = solution.problem.family.learns_noise
        value, _ = target(solution.theta)
        course, error, pivot = _first_step(solution, target, is_ln_dose=is_ln_dose)
        # Where a curve meets every point, any visible departure is too much.
        unit = np.maximum(solution.unit, _VISIBLE**2 * mean_square(solution.problem)) if learns else solution.unit
        started = np.isfinite(value) & np.isfinite(error) & np.isfinite(reach) & (unit > 0)
        self.problem = solution.problem.take(both)
        self.target, self.pivot, self.free_dispersion = target, pivot, free_dispersion
        best = -log_likelihood(solution.problem, solution.theta) if free_dispersion else solution.value
        self.best, self.unit, self.reach = best[both], np.where(started, unit, 1.0)[both], reach[both]
        self.sign = np.repeat([-1.0, 1.0], count)
        self.course, self.error = course[:, both], np.where(started, error, 1.0)[both]
        self.middle, self.theta = value[both], solution.theta[:, both]
        self.inside, self.outside = self.middle.copy(), np.full(2 * count, np.nan)
        self.short, self.excess = -self.reach, np.full(2 * count, np.nan)
        self.came_out = np.zeros(2 * count, dtype=bool)
        self.steps = 0
        self.exact = exact
        self.close, self.narrow = (_EXACT, 1e-13) if exact else (_NEAR, 1e-8)
        self.limit, self.open_end = self._far_ends(is_ln_dose)
        self.trial = self._not_beyond(self.middle + self.sign * self.reach * self.error, slice(None))
        self.ends = np.where(started[both], self.sign * np.inf, np.nan)
        self.rows = np.flatnonzero(started[both])

    def go(self, rounds: int) -> tuple[FloatArray, IntArray]:
        """Walk so many rounds; return the ends (2, fits) and the fits that are not settled."""
        for _ in range(rounds):
            if not self.rows.size:
                break
            self.step()
        count = self.ends.size // 2
        return self.ends.reshape(2, count), np.unique(self.rows % count)

    def _far_ends(self, is_ln_dose: bool) -> tuple[FloatArray, FloatArray]:
        """How far an end is looked for, and what it is called when it is not found: infinity, or a bound of the law."""
        unbounded = self.sign * np.inf
        if is_ln_dose:
            first, last = self.problem.dose_range
            return np.where(self.sign < 0, first - _FURTHEST, last + _FURTHEST), unbounded
        far = self.middle + self.sign * _MOST_ERRORS * self.error
        if not isinstance(self.target, ParameterTarget):
            return far, unbounded
        low, high = (bound[self.target.place] for bound in bounds(self.problem))
        name, limits = self.problem.layout.base(self.target.place), self.problem.layout.place
        if name in "cd":
            unbounded = np.where(self.sign < 0, low, high)
        elif name == "b" and min(limits["c"].min(), limits["d"].min()) >= 0:
            # Beyond b = 0 the same curves come again, with their limits exchanged.
            inward = self.sign * self.middle < 0
            return np.where(inward, 0.0, np.clip(far, low, high)), np.where(inward, 0.0, unbounded)
        return np.clip(far, low, high), unbounded

    def _not_beyond(self, trial: FloatArray, rows: IntArray | slice) -> FloatArray:
        """Keep trials on this side of the far end."""
        limit = self.limit[rows]
        return np.where(self.sign[rows] < 0, np.maximum(trial, limit), np.minimum(trial, limit))

    def step(self) -> None:
        """Fit the rest at the points that are tried, and choose the next."""
        self.steps += 1
        rows, trial = self.rows, self.trial[self.rows]
        start = self.theta[:, rows] + self.course[:, rows] * (trial - self.inside[rows])
        held = Constrained(self.problem.take(rows), self.target, self.pivot, self.free_dispersion, self.exact)
        theta, height = held.solve(trial, start)
        root = self._root(rows, height)
        found = np.abs(root - self.reach[rows]) <= self.close * self.reach[rows]
        found |= np.abs(self.outside[rows] - self.inside[rows]) <= self.narrow * (np.abs(trial) + self.error[rows])
        leapt = np.isnan(self.outside[rows]) & (root > _LEAP * self.reach[rows])
        if (found | leapt).any():
            theta, root, found = self._look_elsewhere(rows, trial, theta, root, found, found | leapt)
        at_limit = self.sign[rows] * (trial - self.limit[rows]) >= 0
        # A leap tells on which side of it the end lies, and nothing of how far.
        excess = np.minimum(root - self.reach[rows], self.reach[rows])
        self._narrow(rows, trial, excess, theta)
        given_up = at_limit & (excess < 0) & ~found
        self.ends[rows[found]] = trial[found]
        self.ends[rows[given_up]] = self.open_end[rows[given_up]]
        self.trial[rows] = self._not_beyond(self._next(rows, root), rows)
        self.rows = rows[~(found | given_up)]

    def _root(self, rows: IntArray, height: FloatArray) -> FloatArray:
        """How much worse the fits are, as a quantile; large where there is no fit."""
        root = np.sqrt(np.maximum(2.0 * (height - self.best[rows]) / self.unit[rows], 0.0))
        return np.where(np.isfinite(root), root, 1e3 * self.reach[rows])

    def _look_elsewhere(
        self,
        rows: IntArray,
        trial: FloatArray,
        theta: FloatArray,
        root: FloatArray,
        found: BoolArray,
        doubted: BoolArray,
    ) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Before an end is believed: a better fit on another branch opens it again, and the walk goes on from there."""
        ends = np.flatnonzero(doubted)
        held = Constrained(self.problem.take(rows[ends]), self.target, self.pivot, self.free_dispersion, self.exact)
        other, height = held.solve_elsewhere(trial[ends], theta[:, ends])
        other_root = self._root(rows[ends], height)
        better = other_root < (1.0 - _BETTER) * self.reach[rows[ends]]
        again = ends[better]
        theta, root, found = theta.copy(), root.copy(), found.copy()
        theta[:, again], root[again], found[again] = other[:, better], other_root[better], False
        self.outside[rows[again]] = np.nan
        return theta, root, found

    def _narrow(self, rows: IntArray, trial: FloatArray, excess: FloatArray, theta: FloatArray) -> None:
        """Replace one end of the bracket; an end that stays twice loses half of its weight (Illinois)."""
        out = excess >= 0
        inner, outer = rows[~out], rows[out]
        self.excess[inner] *= np.where(self.came_out[inner], 1.0, 0.5)
        self.short[outer] *= np.where(self.came_out[outer], 0.5, 1.0)
        # The way that the other parameters took last is the way that they are expected to go on.
        moved = np.where(trial == self.inside[rows], np.inf, trial - self.inside[rows])[~out]
        self.course[:, inner] = (theta[:, ~out] - self.theta[:, inner]) / moved
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


def _first_step(solution: Solution, target: Target, *, is_ln_dose: bool) -> tuple[FloatArray, FloatArray, int]:
    """Return where the parameters go with the target, its standard error, and the parameter that follows from the rest.

    Where a standard error cannot be had (a parameter on its bound, or running away), a plain parameter begins with
    the error that it had if the others were known: the walk finds its own pace.
    """
    _, slope = target(solution.theta)
    spread = covariance(solution)
    along = np.einsum("ijn,jn->in", np.nan_to_num(spread), slope)
    variance = np.einsum("in,in->n", slope, along)
    sound = variance > 0
    course = along / np.where(sound, variance, 1.0)
    error = np.sqrt(np.where(sound, variance, np.nan))
    if not isinstance(target, ParameterTarget):
        pivot = int(np.argmax(np.median(np.abs(np.where(sound, slope * course, 0.0)), axis=1)))
        if sound.any() or not is_ln_dose:
            return course, error, pivot
        # A dose without a standard error is walked along its own curve's e.
        pivot = int(np.argmax(np.median(np.abs(np.nan_to_num(slope)), axis=1)))
        own = np.zeros_like(slope)
        own[pivot] = 1.0 / slope[pivot]
        return own, np.full_like(error, _FIRST_STEP), pivot
    alone = np.sqrt(variance_alone(solution, target.place))
    known = np.isfinite(alone) & (alone > 0)
    alone = np.where(known, np.minimum(alone, _FIRST_STEP if is_ln_dose else np.inf), _FIRST_STEP)
    return np.where(sound, course, slope), np.where(sound, error, alone), target.place
