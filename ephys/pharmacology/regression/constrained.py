"""The best fit under the condition that a target has a given value: one parameter follows from the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.regression.dispersion import likely_dispersion
from ephys.pharmacology.regression.levenberg_marquardt import Effort, Terms, minimise
from ephys.pharmacology.regression.problem import Problem, log_likelihood, objective_value
from ephys.pharmacology.regression.search import rounding_floor
from ephys.pharmacology.regression.starts import bounds
from ephys.pharmacology.regression.targets import ParameterTarget, Target

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

_EXACT = Effort(tolerance=1e-6, most_iterations=100, judged=False)
_QUICK = Effort(tolerance=5e-4, most_iterations=24, idle=1e-6, patience=4, judged=False)
"""What is left of the step, in standard errors of the other parameters, enters the height of the profile squared."""
_CORRECTIONS = 40
_TRIED = 2
_OTHER_SLOPES = (0.02, 0.1, 0.3, 3.0, 10.0, 50.0)
_OTHER_MIDDLES = (-3.0, -1.0, 1.0, 3.0)
_DISPERSION_ROUNDS = 30


@dataclass(frozen=True)
class Constrained:
    """A problem whose target is held.

    Parameters
    ----------
    problem : Problem
    target : callable
        Of the parameters.
    pivot : int
        Place of the parameter that follows from the others.
    free_dispersion : bool
        Negative binomial: whether the dispersion is estimated again.
    exact : bool
        Whether to spare no step.
    """

    problem: Problem
    target: Target
    pivot: int
    free_dispersion: bool = False
    exact: bool = True

    def solve(self, wanted: FloatArray, start: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Parameters (parameters, rows) and height of the fits in which the target is `wanted` (rows,).

        The height is the value of the objective, or, where the dispersion is free, the negative log-likelihood.
        """
        if not self.free_dispersion:
            theta = self._minimise(self.problem, wanted, start)
            return theta, objective_value(self.problem, theta)
        theta, before = start, np.full(wanted.shape, np.nan)
        problem = self.problem
        for _ in range(_DISPERSION_ROUNDS):
            theta = self._minimise(problem, wanted, theta)
            dispersion = likely_dispersion(problem.curve_at(theta), problem.scatter)
            problem = problem.with_dispersion(dispersion)
            if np.allclose(dispersion, before, rtol=1e-7, atol=1e-12):
                break
            before = dispersion
        return theta, -log_likelihood(problem, theta)

    def solve_elsewhere(self, wanted: FloatArray, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Fit again from other slopes and middles: the best fit under the condition may lie on another branch.

        Few rows are searched from every place, many from the most promising one.
        """
        places = list(self._elsewhere(theta))
        if not self.exact:
            moved = [self._complete(place, wanted)[0] for place in places]
            heights = np.stack([objective_value(self.problem, place) for place in moved])
            order = np.argsort(np.where(np.isfinite(heights), heights, np.inf), axis=0, kind="stable")[:_TRIED]
            own, table = np.arange(heights.shape[1]), np.stack(places)
            places = [table[best, :, own].T for best in order]
        found = [self.solve(wanted, place) for place in places]
        lowest = np.argmin(np.stack([np.where(np.isnan(height), np.inf, height) for _, height in found]), axis=0)
        rows = np.arange(lowest.size)
        return np.stack([one for one, _ in found])[lowest, :, rows].T, np.stack([h for _, h in found])[lowest, rows]

    def _elsewhere(self, theta: FloatArray) -> Iterator[FloatArray]:
        """Other slopes, and other middles."""
        layout = self.problem.layout
        slopes = [place for place in range(len(theta)) if layout.base(place) == "b"]
        middles = [place for place in range(len(theta)) if layout.base(place) == "e"]
        for factor in _OTHER_SLOPES if slopes else ():
            other = theta.copy()
            other[slopes] *= factor
            yield other
        for shift in _OTHER_MIDDLES if middles else ():
            other = theta.copy()
            other[middles] += shift
            yield other

    def _minimise(self, problem: Problem, wanted: FloatArray, start: FloatArray) -> FloatArray:
        """Search the other parameters."""
        others = np.delete(np.arange(len(start)), self.pivot)
        if not others.size:
            return self._complete(start, wanted)[0]
        low, high = bounds(problem)
        place = self.target.place if isinstance(self.target, ParameterTarget) else -1
        problem = replace(problem, project=place >= 0 and place not in problem.linear)

        def objective(rest: FloatArray, rows: IntArray) -> Terms:
            theta = start[:, rows].copy()
            theta[others] = rest
            theta, slope = self._complete(theta, wanted[rows])
            theta, *terms = problem.objective(theta, rows)
            return theta[others], *(self._reduced(others, *terms) if place >= 0 else self._along(others, slope, *terms))

        found = minimise(
            objective,
            start[others],
            lower=low[others],
            upper=high[others],
            noise_df=problem.df if problem.family.learns_noise else None,
            floor=rounding_floor(problem),
            linear=tuple(int(np.flatnonzero(others == place)[0]) for place in problem.linear),
            effort=_EXACT if self.exact else _QUICK,
        )
        theta = start.copy()
        theta[others] = found.theta
        return self._complete(theta, wanted)[0]

    def _reduced(
        self, others: IntArray, value: FloatArray, gradient: FloatArray, curvature: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Terms of the other parameters, where the pivot is held itself."""
        return value, gradient[others], curvature[others][:, others]

    def _along(
        self, others: IntArray, slope: FloatArray, value: FloatArray, gradient: FloatArray, curvature: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Terms of the other parameters by the chain rule: the pivot moves with each so that the target stays."""
        with np.errstate(divide="ignore", invalid="ignore"):
            follow = -slope[others] / slope[self.pivot]
        own, cross = curvature[others][:, others], curvature[others, self.pivot]
        mixed = cross[:, np.newaxis] * follow[np.newaxis]
        pure = curvature[self.pivot, self.pivot] * follow[:, np.newaxis] * follow[np.newaxis]
        finite = np.isfinite(follow).all(axis=0)
        return (
            np.where(finite, value, np.inf),
            gradient[others] + gradient[self.pivot] * follow,
            own + mixed + mixed.swapaxes(0, 1) + pure,
        )

    def _complete(self, theta: FloatArray, wanted: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Set the pivot so that the target is `wanted`, by Newton's method; returns the target's derivative, too."""
        if isinstance(self.target, ParameterTarget):
            theta = theta.copy()
            theta[self.pivot] = wanted
            return theta, self.target(theta)[1]
        value, slope = self.target(theta)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return self._newton(theta, value, slope, wanted)

    def _newton(
        self, theta: FloatArray, value: FloatArray, slope: FloatArray, wanted: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        for _ in range(_CORRECTIONS):
            miss = wanted - value
            if not np.any(np.abs(miss) > 1e-13 * (1.0 + np.abs(wanted))):
                break
            theta = theta.copy()
            theta[self.pivot] += miss / slope[self.pivot]
            value, slope = self.target(theta)
        return theta, slope
