"""The maximum of a population's likelihood, with anything held; its curvature; and profiles along one quantity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from ephys.pharmacology.nested.problem import Problem

FloatArray = NDArray[np.float64]

_CLOSE, _MOST_ROUNDS = 1e-9, 200
_HESSIAN_STEP = 1e-3
_SQRT_CLOSE = 5e-3
_MOST_STEPS = 12
_MOST_FOCUSED, _SAME = 5, 1e-6
_FLAT = 0.02


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where the likelihood is highest.

    Parameters
    ----------
    values : array (parameters,)
    top : float
        Log-likelihood there.
    converged : bool
        Whether the search ended for want of a better place.
    """

    values: FloatArray
    top: float
    converged: bool


@dataclass(frozen=True, eq=False)
class Contrast:
    """A weighted sum of effects on ln ID50 that is held at a value: the shift of a group, or its mean.

    Parameters
    ----------
    weights : array (effects,)
    """

    weights: FloatArray

    def of(self, values: FloatArray) -> float:
        """Its value."""
        return float(self.weights @ values[: len(self.weights)])


def maximise(problem: Problem, start: FloatArray, *, scale: FloatArray | None = None) -> Maximum:
    """Climb from a start to the maximum within the bounds.

    Parameters
    ----------
    problem : Problem
    start : array (parameters,)
    scale : array (parameters,), optional
        How far each parameter is uncertain: the climb is quicker where that is known.
    """
    return _climb(problem.value_and_slope, start, problem.bounds, scale)


def climb_focused(problem: Problem, start: FloatArray) -> tuple[Problem, Maximum]:
    """Climb with each curve reckoned only where it can matter near by, until that is near the maximum, too.

    Returns
    -------
    problem : Problem
        Focused where the maximum is.
    best : Maximum
    """
    best = Maximum(start, -np.inf, False)
    for _ in range(_MOST_FOCUSED):
        problem = problem.focused(best.values)
        if abs(problem.value_and_slope(best.values)[0] - best.top) < _SAME and best.converged:
            return problem, best
        best = maximise(problem, best.values, scale=problem.usual_errors)
    return problem, best


def maximise_held(
    problem: Problem, start: FloatArray, contrast: Contrast, value: float, *, curvature: FloatArray | None = None
) -> Maximum:
    """Climb to the maximum with one contrast of the effects held at a value.

    The effect with the largest weight, and of those the one that is least known, gives way to the others: the search
    does not begin where the cells of a group that is well known are next to impossible.

    Parameters
    ----------
    problem : Problem
    start : array (parameters,)
    contrast : Contrast
    value : float
    curvature : array (parameters, parameters), optional
        Observed information near by, with which the climb takes a few steps. A parameter at its bound has NaN.
    """
    n = len(start)
    weights = np.zeros(n)
    weights[: len(contrast.weights)] = contrast.weights
    lead = _least_known(weights, curvature)
    inner, offset = np.eye(n), np.zeros(n)
    inner[lead] = -weights / weights[lead]
    offset[lead] = value / weights[lead]
    return _climb_within(problem, start, lead, inner, offset, curvature)


def _least_known(weights: FloatArray, curvature: FloatArray | None) -> int:
    """Effect with the largest weight; of several, that with the least information."""
    leading = np.flatnonzero(np.abs(weights) == np.abs(weights).max())
    known = np.zeros(leading.size) if curvature is None else np.nan_to_num(np.diag(curvature)[leading])
    return int(leading[known.argmin()])


def information(problem: Problem, at: Maximum) -> FloatArray:
    """Observed information: minus the second derivatives at the maximum, by differences of the gradient.

    NaN for parameters at a bound.
    """
    free = np.flatnonzero(free_of_bounds(problem, at))
    table = np.full((len(at.values), len(at.values)), np.nan)
    rows = np.empty((free.size, free.size))
    for row, number in zip(rows, free, strict=True):
        step = np.zeros(len(at.values))
        step[number] = _HESSIAN_STEP
        up, down = (problem.value_and_slope(at.values + sign * step)[1] for sign in (1.0, -1.0))
        row[:] = ((down - up) / (2.0 * _HESSIAN_STEP))[free]
    table[np.ix_(free, free)] = 0.5 * (rows + rows.T)
    return table


def free_of_bounds(problem: Problem, at: Maximum) -> NDArray[np.bool_]:
    """Which parameters are within their bounds, not at one."""
    low, high = _held_bounds(problem).T
    inside: NDArray[np.bool_] = (at.values > low + 2 * _HESSIAN_STEP) & (at.values < high - 2 * _HESSIAN_STEP)
    return inside


def _held_bounds(problem: Problem) -> FloatArray:
    """Bounds where something is held: means may leave the grid, past whose ends curves do not change any more.

    Else the mean of a group without an effect, at the grid's end, would drag that of another along, and an interval
    that is open would end.
    """
    bounds, n = problem.bounds, len(problem.effects)
    bounds[:n] += np.ptp(problem.grid.ln_dose) * np.array([-2.0, 2.0])
    return bounds


def covariance(curvature: FloatArray) -> FloatArray:
    """Inverse of an observed information; NaN for what is NaN in it, or everywhere if it has none."""
    free = np.isfinite(np.diag(curvature))
    table = np.full(curvature.shape, np.nan)
    try:
        table[np.ix_(free, free)] = np.linalg.inv(curvature[np.ix_(free, free)])
    except np.linalg.LinAlgError:
        return table
    return table


def profile_interval(
    problem: Problem, best: Maximum, contrast: Contrast, *, drop: float, error: float, curvature: FloatArray
) -> tuple[float, float]:
    """Values of a contrast whose likelihood is not lower than the maximum by more than `drop` in 2 ln L.

    Parameters
    ----------
    problem : Problem
    best : Maximum
    contrast : Contrast
    drop : float
    error : float
        Standard error, to step by.
    curvature : array (parameters, parameters)
        Observed information at the maximum.

    Returns
    -------
    low, high : float
        Infinite where the likelihood never falls so far within the grid.
    """
    centre, span = contrast.of(best.values), float(np.ptp(problem.grid.ln_dose))

    def held(value: float, start: FloatArray) -> Maximum:
        return maximise_held(problem, start, contrast, value, curvature=curvature)

    low, high = (_walk(held, best, centre, sign * min(error, 1.0), drop, span) for sign in (-1.0, 1.0))
    return low, high


def profile_shape(
    problem: Problem, best: Maximum, number: int, *, drop: float, error: float, curvature: FloatArray
) -> tuple[float, float]:
    """The same for one parameter, within its bounds: an end that is not reached before is the bound itself."""
    bounds, centre = problem.bounds, float(best.values[number])

    inner = np.eye(len(best.values))
    inner[number] = 0.0

    def held(value: float, start: FloatArray) -> Maximum:
        offset = np.zeros(len(start))
        offset[number] = value
        return _climb_within(problem, start, number, inner, offset, curvature)

    ends = []
    for sign, bound in ((-1.0, bounds[number, 0]), (1.0, bounds[number, 1])):
        room = abs(float(bound) - centre)
        end = _walk(held, best, centre, sign * min(error, 0.5 * room), drop, room) if room > _HESSIAN_STEP else bound
        ends.append(float(end) if np.isfinite(end) else float(bound))
    return ends[0], ends[1]


def _walk(
    held: Callable[[float, FloatArray], Maximum], best: Maximum, centre: float, step: float, drop: float, span: float
) -> float:
    """One end: along it the square root of the drop is nearly straight, so that a secant finds it in a few steps.

    Infinite where it lies further than `span` away.
    """
    target = float(np.sqrt(drop))
    inner, outer = (0.0, 0.0), (np.inf, np.inf)
    reach, start = step * target, best.values
    for _ in range(_MOST_STEPS):
        if abs(reach) > span:
            reach = float(np.copysign(span, step))
        found = held(centre + reach, start)
        if start is not best.values and 2.0 * (best.top - found.top) > drop:
            # From where the last step ended the climb may miss the top; an end is not set before both starts agree.
            found = max(found, held(centre + reach, best.values), key=lambda one: one.top)
        root = float(np.sqrt(max(2.0 * (best.top - found.top), 0.0)))
        start = found.values if root < 2.0 * target else start
        if abs(root - target) < _SQRT_CLOSE:
            return centre + reach
        if root < target and abs(reach) >= span:
            return float(np.copysign(np.inf, step))
        inner, outer = ((reach, root), outer) if root < target else (inner, (reach, root))
        if np.isfinite(outer[0]):
            share = (target - inner[1]) / (outer[1] - inner[1])
            reach = inner[0] + min(max(share, 0.05), 0.95) * (outer[0] - inner[0])
        else:
            reach *= min(max(1.02 * target / max(root, 1e-3), 1.1), 2.5)
    return centre + 0.5 * (inner[0] + outer[0]) if np.isfinite(outer[0]) else float(np.copysign(np.inf, step))


def _climb_within(
    problem: Problem, start: FloatArray, lead: int, inner: FloatArray, offset: FloatArray, curvature: FloatArray | None
) -> Maximum:
    """Climb where one parameter, `lead`, follows from the others: all are `inner` times themselves plus `offset`."""
    rest = np.delete(np.arange(len(start)), lead)
    inner = inner[:, rest]

    def height(part: FloatArray) -> tuple[float, FloatArray]:
        top, slope = problem.value_and_slope(inner @ part + offset)
        return top, slope @ inner

    bounds, found = _held_bounds(problem)[rest], None
    if curvature is not None:
        at_bound = ~np.isfinite(np.diag(curvature))[rest]
        found = _climb_known(height, start[rest], bounds, inner.T @ np.nan_to_num(curvature) @ inner, at_bound)
    if found is None:
        found = _climb(height, start[rest], bounds, None)
    return Maximum(inner @ found.values + offset, found.top, found.converged)


class _OutOfBoundsError(Exception):
    """A step led past the bounds of a parameter."""


def _climb_known(
    height: Callable[[FloatArray], tuple[float, FloatArray]], start: FloatArray, bounds: FloatArray,
    curvature: FloatArray, held: NDArray[np.bool_],
) -> Maximum | None:  # fmt: skip
    """Climb in coordinates in which the top is round; what was at its bound stays there. `None` where that fails."""
    room = np.minimum(start - bounds[:, 0], bounds[:, 1] - start)
    if (room[held] > 2 * _HESSIAN_STEP).any():
        return None  # it has left its bound on the way along a profile
    free = np.flatnonzero(~held)
    try:
        root = np.linalg.cholesky(curvature[np.ix_(free, free)])
    except np.linalg.LinAlgError:
        return None
    turn = np.linalg.inv(root).T

    def whole(z: FloatArray) -> FloatArray:
        values = start.copy()
        values[free] += turn @ z
        return values

    def falling(z: FloatArray) -> tuple[float, FloatArray]:
        values = whole(z)
        if ((values < bounds[:, 0]) | (values > bounds[:, 1])).any():
            raise _OutOfBoundsError
        top, slope = height(values)
        return -top, -(slope[free] @ turn)

    try:
        found = optimize.minimize(
            falling, np.zeros(free.size), jac=True, method="L-BFGS-B", options={"ftol": _CLOSE * 1e-3, "gtol": 1e-3}
        )
    except _OutOfBoundsError:
        return None
    if not found.success or np.abs(found.jac).max() > _FLAT:
        return None
    values = whole(np.asarray(found.x))
    slope = height(values)[1][held]
    outward = np.where(values[held] - bounds[held, 0] < bounds[held, 1] - values[held], slope <= 1e-6, slope >= -1e-6)
    return Maximum(values, -float(found.fun), True) if outward.all() else None


def _climb(
    height: Callable[[FloatArray], tuple[float, FloatArray]], start: FloatArray, bounds: FloatArray,
    scale: FloatArray | None,
) -> Maximum:  # fmt: skip
    """Limited-memory BFGS within bounds (Byrd et al. 1995), in units of each parameter's uncertainty."""
    unit = np.ones(len(start)) if scale is None else np.where(np.isfinite(scale) & (scale > 0), scale, 1.0)

    def falling(scaled: FloatArray) -> tuple[float, FloatArray]:
        top, slope = height(scaled * unit)
        return -top, -slope * unit

    low, high = bounds.T
    limits = list(zip(low / unit, high / unit, strict=True))
    found = optimize.minimize(
        falling, np.clip(start, low, high) / unit, jac=True, method="L-BFGS-B", bounds=limits,
        options={"ftol": _CLOSE * 1e-3, "gtol": 1e-5, "maxiter": _MOST_ROUNDS, "maxcor": 20},
    )  # fmt: skip
    return Maximum(np.asarray(found.x) * unit, -float(found.fun), bool(found.success))
