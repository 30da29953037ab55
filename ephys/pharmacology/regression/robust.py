"""M-estimates of a curve by iteratively reweighted least squares: points far off count less."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.regression.problem import Problem
from ephys.pharmacology.regression.search import Solution, solve

FloatArray = NDArray[np.float64]

_TO_SD = 1.4826
"""Standard deviation of a normal law over its median absolute deviation."""
_ROUNDS = 200


@dataclass(frozen=True)
class Influence:
    """How much a residual of so many scales counts.

    Parameters
    ----------
    weight : callable
        Residual over scale -> weight.
    slope : callable
        Derivative of weight × residual.
    """

    weight: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]


_HUBER, _TUKEY = 1.345, 4.685
"""95 % as efficient as least squares under a normal law (Holland and Welsch 1977, doi 10.1080/03610927708827533)."""

INFLUENCES = {
    "huber": Influence(
        lambda u: np.minimum(1.0, _HUBER / np.maximum(np.abs(u), 1e-300)),
        lambda u: (np.abs(u) <= _HUBER).astype(np.float64),
    ),
    "tukey": Influence(
        lambda u: np.where(np.abs(u) < _TUKEY, (1.0 - (u / _TUKEY) ** 2) ** 2, 0.0),
        lambda u: np.where(np.abs(u) < _TUKEY, (1.0 - (u / _TUKEY) ** 2) * (1.0 - 5.0 * (u / _TUKEY) ** 2), 0.0),
    ),
}
"""Huber's and Tukey's biweight."""


@dataclass(frozen=True)
class RobustSolution:
    """An M-estimate.

    Parameters
    ----------
    solution : Solution
        On the problem with its own weights.
    inflation : array (rows,)
        What (JᵀJ)⁻¹ is multiplied by for the covariance (Huber 1973, doi 10.1214/aos/1176342503).
    scale : array (rows,)
        Robust residual standard deviation.
    """

    solution: Solution
    inflation: FloatArray
    scale: FloatArray


def solve_robust(problem: Problem, name: str) -> RobustSolution:
    """Fit every row by an M-estimate; Tukey's begins where Huber's ends, since it has more than one solution."""
    influence = INFLUENCES[name]
    theta = solve(problem).theta if name == "huber" else solve_robust(problem, "huber").solution.theta
    for _ in range(_ROUNDS):
        scaled, scale = _scaled(problem, theta)
        weight = influence.weight(scaled)
        found = solve(_reweighted(problem, weight), start=theta)
        moved = np.abs(found.theta - theta) / (1e-8 + np.abs(found.theta))
        theta = found.theta
        if moved.max() < 1e-10:
            break
    scaled, scale = _scaled(problem, theta)
    value = problem.family.half_deviance(problem.curve_at(theta), problem.scatter).sum(axis=0)
    own = Solution(problem, theta, value, found.converged & (moved.max(axis=0) < 1e-6))
    return RobustSolution(own, _inflation(problem, influence, scaled, scale), scale)


def _scaled(problem: Problem, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Residuals over their robust scale, and the scale: the median absolute residual of the points that are not met."""
    residual = np.sqrt(problem.scatter.weight) * (problem.scatter.response - problem.curve_at(theta))
    absolute = np.where(problem.used, np.abs(residual), np.nan)
    scale = _TO_SD * np.nanmedian(absolute, axis=0)
    scale = np.maximum(scale, 1e-12 * np.nanmax(np.abs(problem.scatter.response), axis=0) + 1e-300)
    return residual / scale, scale


def _reweighted(problem: Problem, weight: FloatArray) -> Problem:
    """Return the problem with its weights multiplied."""
    return replace(problem, scatter=replace(problem.scatter, weight=problem.scatter.weight * weight))


def _inflation(problem: Problem, influence: Influence, scaled: FloatArray, scale: FloatArray) -> FloatArray:
    """Variance of the estimating equation over the square of its mean slope, with Huber's small-sample factor."""
    used, count, parameters = problem.used, problem.used.sum(axis=0), len(problem.layout.names)
    slope = np.where(used, influence.slope(scaled), np.nan)
    mean = np.nanmean(slope, axis=0)
    psi = np.where(used, influence.weight(scaled) * scaled, 0.0)
    factor = 1.0 + parameters / count * np.nanvar(slope, axis=0) / mean**2
    spare = np.where(count > parameters, count - parameters, np.nan)
    inflation: FloatArray = factor**2 * scale**2 * (psi**2).sum(axis=0) / spare / mean**2
    return inflation
