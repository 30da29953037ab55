"""Levenberg-Marquardt on many problems at once: every array has the problems along its last axis.

One fit is a batch of one. The steps follow Marquardt 1963 (doi 10.1137/0111030), the damping follows the gain ratio as
in Madsen, Nielsen and Tingleff (Methods for Non-Linear Least Squares Problems, 2004); bounds are held by an active set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]
Terms = tuple[FloatArray, FloatArray, FloatArray, FloatArray]
"""Parameters (parameters, rows) as the objective left them, value (rows,), gradient (parameters, rows) and Gauss-Newton
curvature (parameters, parameters, rows). An objective may move parameters that it can set to their best at once."""
Objective = Callable[[FloatArray, IntArray], Terms]
"""(parameters, rows) and the numbers of those rows -> their terms."""

_EPS = float(np.finfo(np.float64).eps)
_FIRST_DAMPING, _LEAST_DAMPING, _MOST_DAMPING = 1e-3, 1e-14, 1e12
_LEAST_DAMPING_OF_LINEAR = 1e-12
_WORTH_A_COPY = 0.25
_CALM = 0.1
_NEGLIGIBLE = 1e-5
"""In standard errors: a row that ran out of steps is at rest when a full step would move it by less."""


@dataclass(frozen=True)
class Effort:
    """How exact, and how long.

    Parameters
    ----------
    tolerance : float
        A row is done when the step that is left is this small, in standard errors.
    most_iterations : int
        Rows that take longer are returned as not converged.
    idle, patience : float, int
        A row is given up after so many steps that each let the value fall by less than `idle`, in its unit: a parameter
        is on its way to infinity.
    judged : bool
        Whether rows that ran out of steps are looked at once more, to tell whether they are at rest.
    """

    tolerance: float = 1e-9
    most_iterations: int = 200
    idle: float = 1e-10
    patience: int = 25
    judged: bool = True


@dataclass(frozen=True)
class Minimum:
    """Where each row came to rest.

    Parameters
    ----------
    theta : array (parameters, rows)
    value : array (rows,)
    converged : array (rows,)
    """

    theta: FloatArray
    value: FloatArray
    converged: BoolArray


def minimise(
    objective: Objective,
    start: FloatArray,
    *,
    lower: FloatArray,
    upper: FloatArray,
    noise_df: FloatArray | None = None,
    floor: FloatArray | float = 0.0,
    linear: tuple[int, ...] = (),
    effort: Effort | None = None,
) -> Minimum:
    """Minimise each row from its own start.

    Parameters
    ----------
    objective : callable
        Value, gradient and curvature of some rows.
    start : array (parameters, rows)
        Where to begin, within the bounds.
    lower, upper : array (parameters, 1) or (parameters, rows)
        Bounds, infinite where there is none.
    noise_df : array (rows,), optional
        Degrees of freedom, where the value is half a sum of squares whose noise has to be learnt from it; None for a
        log-likelihood, whose unit is 1.
    floor : array (rows,) or float
        A fall of the value too small to be told from rounding.
    linear : tuple of int
        Parameters that the objective sets to their best by itself: their steps are not damped.
    effort : Effort, optional
        How hard to try.
    """
    effort = effort or Effort()
    iterations = 0
    # Rows without a minimum run into overflow; such steps are refused.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        search = _Search(objective, start, lower, upper, noise_df, floor, linear, effort)
        while search.rows.size and iterations < effort.most_iterations:
            search.step()
            iterations += 1
        search.retire(np.ones(search.rows.size, dtype=bool))
        if effort.judged:
            search.judge_the_rest()
    return Minimum(search.theta, search.value, search.converged)


class _Search:
    """The rows that are still on their way, and where the others came to rest."""

    def __init__(
        self,
        objective: Objective,
        start: FloatArray,
        lower: FloatArray,
        upper: FloatArray,
        noise_df: FloatArray | None,
        floor: FloatArray | float,
        linear: tuple[int, ...],
        effort: Effort,
    ) -> None:
        count = start.shape[1]
        self.objective = objective
        self.lower, self.upper = np.broadcast_to(lower, start.shape), np.broadcast_to(upper, start.shape)
        self.effort, self.linear = effort, list(linear)
        self.theta = np.clip(start, self.lower, self.upper)
        self.value = np.full(count, np.inf)
        self.converged = np.zeros(count, dtype=bool)
        self.rows = np.arange(count)
        self.finished = np.zeros(count, dtype=bool)
        self.df = None if noise_df is None else np.maximum(noise_df, 1.0)
        self.floor = np.broadcast_to(np.asarray(floor, dtype=np.float64), (count,))
        self.terms = objective(self.theta.copy(), self.rows)
        self.damping = np.full(count, _FIRST_DAMPING)
        self.growth = np.full(count, 2.0)
        self.idle = np.zeros(count, dtype=np.intp)
        lost = ~np.isfinite(self.terms[1])
        if lost.any():
            self.retire(lost)

    def retire(self, done: BoolArray) -> None:
        """Write down the rows that are done, and go on with the rest."""
        rows = self.rows[done]
        theta, value, gradient, curvature = self.terms
        self.theta[:, rows], self.value[rows] = theta[:, done], value[done]
        keep = ~done
        self.rows, self.finished = self.rows[keep], self.finished[keep]
        self.terms = theta[:, keep], value[keep], gradient[:, keep], curvature[..., keep]
        self.damping, self.growth, self.idle = self.damping[keep], self.growth[keep], self.idle[keep]

    def step(self) -> None:
        """Try one step in every row; keep it where it falls, damp it more where it does not."""
        here, value, gradient, curvature = self.terms
        step = self._damped_step(here, gradient, curvature)
        trial = np.clip(here + step, self.lower[:, self.rows], self.upper[:, self.rows])
        step = trial - here
        promised = -np.sum(step * (gradient + 0.5 * np.einsum("ijn,jn->in", curvature, step)), axis=0)
        terms = self.objective(trial, self.rows)
        fell = value - terms[1]
        blur = self._blur(value)
        blurred = promised <= blur
        taken = np.isfinite(terms[1]) & (promised > 0) & ((fell >= 1e-4 * promised) | (blurred & (fell >= -blur)))
        # Where the fall cannot be told from rounding, it is no ground to trust the model more: large residuals may make
        # full steps diverge.
        self._adjust_damping(taken, np.where(blurred, np.nan, fell / promised))
        for fresh, kept in zip(terms, self.terms, strict=True):
            np.copyto(fresh, kept, where=~taken)
        self.terms = terms
        self._retire_those_done(promised, fell, taken)

    def _blur(self, value: FloatArray) -> FloatArray:
        """Fall of the value that cannot be told from rounding, for the rows that are searched."""
        floor = self.floor[self.rows]
        blur: FloatArray = 64.0 * _EPS * np.abs(value) + 16.0 * np.sqrt(np.abs(value) * floor) + floor
        return blur

    def _damped_step(self, here: FloatArray, gradient: FloatArray, curvature: FloatArray) -> FloatArray:
        """Solve for the step, with the diagonal enlarged; parameters held by a bound stay."""
        held = ((here <= self.lower[:, self.rows]) & (gradient > 0)) | (
            (here >= self.upper[:, self.rows]) & (gradient < 0)
        )
        downhill = np.where(held, 0.0, -gradient)
        matrix = np.where(held[:, np.newaxis] | held[np.newaxis], 0.0, curvature) if held.any() else curvature.copy()
        diagonal = np.einsum("iin->in", matrix)
        size = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
        matrix /= size[:, np.newaxis] * size[np.newaxis]
        enlarged = np.einsum("iin->in", matrix)
        enlarged[...] = 1.0 + self.damping
        enlarged[self.linear] = 1.0 + _LEAST_DAMPING_OF_LINEAR
        return solve_positive(matrix, downhill / size) / size

    def _adjust_damping(self, taken: BoolArray, gain: FloatArray) -> None:
        """Trust the model more where it told the fall well; NaN leaves the trust as it is."""
        factor = np.where(gain > 0.75, 0.1, np.where(gain > 0.25, 0.5, np.where(np.isnan(gain), 1.0, 2.0)))
        eased = np.maximum(self.damping * factor, _LEAST_DAMPING)
        raised = np.minimum(np.maximum(self.damping, 1e-6) * self.growth, 1e15)
        self.damping = np.where(taken, eased, raised)
        self.growth = np.where(taken, 2.0, np.minimum(2.0 * self.growth, 1e6))

    def _retire_those_done(self, promised: FloatArray, fell: FloatArray, taken: BoolArray) -> None:
        """A row is done when the step left is small against its standard errors, or nothing more falls."""
        value = self.terms[1]
        unit = 1.0 if self.df is None else 2.0 * value / self.df[self.rows]
        # A parameter on its way to infinity promises for ever what it does not keep.
        self.idle = np.where(fell > self.effort.idle * unit, 0, self.idle + taken)
        small = promised <= 0.5 * self.effort.tolerance**2 * unit
        small |= promised <= 1e-4 * self.floor[self.rows]
        stuck = (self.damping > _MOST_DAMPING) | (self.idle >= self.effort.patience)
        # Heavy damping makes every step small: it is no sign of the minimum.
        calm = self.damping <= _CALM
        self.converged[self.rows] |= small & calm
        self.finished |= (small & calm) | stuck
        # Taking rows out costs a copy of the others: worth it when there are enough of them.
        if self.finished.mean() > _WORTH_A_COPY:
            self.retire(self.finished)

    def judge_the_rest(self) -> None:
        """Rows that ran out of steps are at rest all the same where a full step is left that is negligible.

        Large residuals can keep the search bouncing round its minimum. A parameter on its way to infinity is told by a
        step that stays long.
        """
        rows = np.flatnonzero(~self.converged & np.isfinite(self.value))
        if not rows.size:
            return
        self.rows, self.damping = rows, np.zeros(rows.size)
        here, value, gradient, curvature = self.objective(self.theta[:, rows], rows)
        step = self._damped_step(here, gradient, curvature)
        inside = np.clip(here + step, self.lower[:, rows], self.upper[:, rows]) - here
        promised = -np.sum(inside * gradient, axis=0)
        unit = 1.0 if self.df is None else 2.0 * value / self.df[rows]
        blur = self._blur(value)
        self.converged[rows] = promised <= np.maximum(_NEGLIGIBLE**2 * unit, 1e3 * blur)


def solve_positive(matrix: FloatArray, right: FloatArray) -> FloatArray:
    """Solve symmetric positive systems, one per row, by elimination along the last axis; both are overwritten.

    Parameters
    ----------
    matrix : array (n, n, rows)
        Scaled to a diagonal near 1.
    right : array (n, rows)
    """
    size = len(right)
    for k in range(size - 1):
        factor = matrix[k + 1 :, k] / np.maximum(matrix[k, k], _EPS)
        matrix[k + 1 :, k + 1 :] -= factor[:, np.newaxis] * matrix[k, np.newaxis, k + 1 :]
        right[k + 1 :] -= factor * right[k]
    for k in reversed(range(size)):
        right[k] -= np.einsum("jn,jn->n", matrix[k, k + 1 :], right[k + 1 :])
        right[k] /= np.maximum(matrix[k, k], _EPS)
    return right
