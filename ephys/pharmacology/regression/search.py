"""The search of one problem: self-start, then many starts for the rows that need them, and the dispersion of counts."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.regression.admissible import ran_away, upright
from ephys.pharmacology.regression.dispersion import LEAST_DISPERSION, likely_dispersion
from ephys.pharmacology.regression.levenberg_marquardt import Effort, Minimum, minimise
from ephys.pharmacology.regression.problem import Problem, log_likelihood, objective_value
from ephys.pharmacology.regression.starts import bounds, grid_starts, self_start

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]

FEW_ROWS = 32
"""So few fits are searched from every start: it costs less than to doubt them."""
THOROUGH = Effort(tolerance=1e-10, most_iterations=400, patience=100)
_TOLERANCE = 1e-8
_FIRST = Effort(tolerance=_TOLERANCE, most_iterations=40)
_ROWS_AT_ONCE, _RESTARTED_AT_ONCE = 40960, 4096
_FEW_TRIED, _ALL = 3, 1000
_DISPERSION_ROUNDS = 60


@dataclass(frozen=True)
class Solution:
    """Where the fits ended; arrays run over the rows last."""

    problem: Problem
    theta: FloatArray
    value: FloatArray
    converged: BoolArray

    def take(self, rows: IntArray) -> Solution:
        """Return some of the rows."""
        return Solution(self.problem.take(rows), self.theta[:, rows], self.value[rows], self.converged[rows])

    @property
    def unit(self) -> FloatArray:
        """What a rise of `value` is measured in: the residual variance, or 1 for a likelihood."""
        if not self.problem.family.learns_noise:
            return np.ones_like(self.value)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.problem.df > 0, 2.0 * self.value / self.problem.df, np.nan)


def in_parts(rows: IntArray) -> list[IntArray]:
    """Rows in parts of a size that outweighs the cost of a step and stays near the processor."""
    return [part for part in np.array_split(rows, max(1, math.ceil(rows.size / _ROWS_AT_ONCE))) if part.size]


def solve(problem: Problem, *, dispersion: float | None = None, start: FloatArray | None = None) -> Solution:
    """Fit every row.

    Parameters
    ----------
    problem : Problem
    dispersion : float, optional
        Negative binomial: held at this value; estimated by maximum likelihood without it.
    start : array (parameters, rows), optional
        Where to begin, in place of the self-start (and of the many starts).
    """
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        return _solve(problem, dispersion, start)


def _solve(problem: Problem, dispersion: float | None, start: FloatArray | None) -> Solution:
    if problem.family.name != "negbin" or dispersion is not None:
        return _upright(_search(problem, start))
    poisson = problem.with_dispersion(np.zeros(problem.row_count))
    best = _alternate(problem, _search(poisson, start).theta)
    if start is None and problem.row_count <= FEW_ROWS:
        # Wide scatter may turn another place into the best.
        other = _alternate(problem, _search(best.problem, None).theta)
        best = _higher(best, other)
    return _upright(best)


def _alternate(problem: Problem, theta: FloatArray) -> Solution:
    """Curve and dispersion by turns: their information is orthogonal, so that a few turns are enough."""
    close = 1e-10 if problem.row_count <= FEW_ROWS else 1e-6
    ln_before = np.full(problem.row_count, np.nan)
    for _ in range(_DISPERSION_ROUNDS):
        spread = likely_dispersion(problem.curve_at(theta), problem.scatter)
        best = _search(problem.with_dispersion(spread), theta)
        theta, ln_now = best.theta, np.log(np.maximum(spread, LEAST_DISPERSION))
        if np.all(np.abs(ln_now - ln_before) < close):
            break
        ln_before = ln_now
    return best


def _higher(first: Solution, second: Solution) -> Solution:
    """The more likely of two solutions, row by row."""
    heights = [log_likelihood(one.problem, one.theta) for one in (first, second)]
    won = heights[1] > heights[0] + 1e-9
    spread = np.where(won, second.problem.scatter.dispersion, first.problem.scatter.dispersion)
    return Solution(
        first.problem.with_dispersion(spread),
        np.where(won, second.theta, first.theta),
        np.where(won, second.value, first.value),
        np.where(won, second.converged, first.converged),
    )


def _upright(found: Solution) -> Solution:
    """Write odd curves with c below d, and say where there is no best fit."""
    theta = upright(found.problem.layout, found.theta)
    return replace(found, theta=theta, converged=found.converged & ~ran_away(found.problem, theta))


def _search(problem: Problem, start: FloatArray | None) -> Solution:
    """Search at a given dispersion."""
    if start is not None:
        found = run(problem, start)
        return Solution(problem, found.theta, found.value, found.converged)
    few = problem.row_count <= FEW_ROWS
    found = run(problem, self_start(problem), THOROUGH if few else _FIRST)
    theta, value, converged = found.theta.copy(), found.value.copy(), found.converged.copy()
    astray = np.flatnonzero(np.ones_like(converged) if few else ~converged | _suspect(problem, found))
    for rows in np.split(astray, range(_RESTARTED_AT_ONCE, astray.size, _RESTARTED_AT_ONCE)):
        if rows.size:
            other = _from_many_starts(problem.take(rows), theta[:, rows], tried=_ALL if few else _FEW_TRIED)
            # A fit that came to rest is kept unless another lies lower by more than rounding.
            lower = other.value < value[rows] * (1.0 - 1e-10)
            won = lower | (~converged[rows] & (other.value <= value[rows]))
            taken = rows[won]
            theta[:, taken], value[taken] = other.theta[:, won], other.value[won]
            converged[taken] = other.converged[won]
    return Solution(problem, theta, value, converged)


def run(problem: Problem, start: FloatArray, effort: Effort | None = None) -> Minimum:
    """One search of every row from one start each."""
    low, high = bounds(problem)
    return minimise(
        problem.objective,
        start,
        lower=low,
        upper=high,
        noise_df=problem.df if problem.family.learns_noise else None,
        floor=rounding_floor(problem),
        linear=problem.linear,
        effort=effort or (THOROUGH if problem.row_count <= FEW_ROWS else Effort(tolerance=_TOLERANCE)),
    )


def rounding_floor(problem: Problem) -> FloatArray:
    """Fall of the value that is rounding error, per row."""
    if not problem.family.learns_noise:
        return np.full(problem.row_count, 1e-14)
    weight = np.broadcast_to(problem.scatter.weight, problem.scatter.response.shape)
    floor: FloatArray = 1e-31 * np.einsum("mn,mn,mn->n", weight, problem.scatter.response, problem.scatter.response)
    return floor


def _suspect(problem: Problem, found: Minimum) -> BoolArray:
    """Rows whose middle ran off the doses, or whose slope is odd: often a side minimum."""
    first, last = problem.dose_range
    suspect = np.zeros(problem.row_count, dtype=bool)
    for place in range(len(problem.layout.names)):
        name, value = problem.layout.base(place), found.theta[place]
        if name == "e":
            suspect |= (value < first) | (value > last)
        if name == "b":
            suspect |= (np.abs(value) > 8.0) | (np.abs(value) < 0.3)
    return suspect


def _from_many_starts(problem: Problem, first: FloatArray, *, tried: int) -> Minimum:
    """Search each row from where it stands and from the most promising places of the grid; keep the lowest."""
    grid = grid_starts(problem, thorough=tried == _ALL)
    starts = np.stack([np.clip(start, *bounds(problem)) for start in grid])
    here = np.stack([objective_value(problem, start) for start in starts])
    order = np.argsort(here, axis=0, kind="stable")[:tried]
    own = np.arange(problem.row_count)
    places = [first, *(starts[number, :, own].T for number in order)]
    wide = problem.take(np.tile(own, len(places)))
    found = run(wide, np.concatenate(places, axis=1), _FIRST)
    values = np.where(np.isnan(found.value), np.inf, found.value).reshape(len(places), -1)
    return run(problem, found.theta[:, np.argmin(values, axis=0) * problem.row_count + own])
