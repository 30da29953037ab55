"""Nonlinear least squares of any function: the optimiser of the curve engine, for one problem at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.pharmacology.regression.levenberg_marquardt import Effort, Minimum, Terms, minimise
from ephys.pharmacology.regression.numbers import as_numbers, check_size

FloatArray = NDArray[np.float64]

_SEARCH = Effort(tolerance=1e-8, most_iterations=500, idle=1e-12, patience=50)
_LAST_STEPS = 8
_TRUSTED, _MOST_EVALUATIONS = 1e-14, 2000
_HUGE = 1e150
_ROUNDING = 1e-12
_SINGULAR = 1e-11
_STEP = 3e-5
"""Relative step of the fourth-order differences that stand in for a missing Jacobian."""


@dataclass(frozen=True)
class LeastSquaresFit(Shown):
    """Where a least-squares search ended.

    Parameters
    ----------
    estimate : array (parameters,)
    se : array (parameters,)
        Standard errors from (JᵀJ)⁻¹ and the residual variance; NaN without degrees of freedom.
    covariance : array (parameters, parameters)
    rss : float
        Weighted sum of the squared residuals.
    df : int
        Points beyond parameters.
    residual_sd : float
    converged : bool
        Whether the search came to rest; where the points do not tell a parameter, `se` is NaN all the same.
    """

    estimate: FloatArray
    se: FloatArray
    covariance: FloatArray
    rss: float
    df: int
    residual_sd: float
    converged: bool


def fit_least_squares(
    function: Callable[[FloatArray], ArrayLike],
    start: ArrayLike,
    *,
    jacobian: Callable[[FloatArray], ArrayLike] | None = None,
    weights: ArrayLike | None = None,
) -> LeastSquaresFit:
    """Minimise the sum of ``weights × function(parameters)²`` by Levenberg and Marquardt's method.

    Parameters
    ----------
    function : callable
        Parameters (parameters,) to residuals (points,): model minus data, or data minus model.
    start : array_like (parameters,)
        Where to begin.
    jacobian : callable, optional
        Derivatives of the residuals, (points, parameters); fourth-order differences without it.
    weights : array_like (points,), optional
        1 / variance of each point.

    Returns
    -------
    LeastSquaresFit

    Raises
    ------
    ParameterError
        Where the residuals at the start are not finite, are fewer than the parameters, or do not match the weights.

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 3.0, 5.0, 7.0, 10.0])
    >>> y = np.array([109.0, 149.0, 149.0, 191.0, 213.0, 224.0])         # NIST BoxBOD
    >>> fit = fit_least_squares(lambda p: p[0] * (1.0 - np.exp(-p[1] * x)) - y, [100.0, 0.75])
    >>> fit.estimate.round(5)
    array([213.80941,   0.54724])
    """
    first = np.atleast_1d(as_numbers("start", start)).copy()
    residuals = _residuals(function, first)
    weight = np.ones_like(residuals) if weights is None else as_numbers("weights", weights)
    _check(first, residuals, weight)
    root = np.sqrt(weight)

    def slopes(theta: FloatArray) -> FloatArray:
        given = _differences(function, theta) if jacobian is None else as_numbers("jacobian", jacobian(theta.copy()))
        if given.shape != (residuals.size, first.size):
            raise ParameterError(
                f"jacobian must return {residuals.size} points by {first.size} parameters, got {given.shape}"
            )
        return root[:, np.newaxis] * given

    def objective(theta: FloatArray, _rows: NDArray[np.intp]) -> Terms:
        point = theta[:, 0]
        with np.errstate(all="ignore"):
            r = root * _residuals(function, point)
            j = slopes(point)
            value, gradient, curvature = 0.5 * float(r @ r), j.T @ r, j.T @ j
        if not (np.isfinite(value) and np.isfinite(curvature).all()):
            value = np.inf
        return theta, np.array([value]), gradient[:, np.newaxis], curvature[..., np.newaxis]

    df = int((weight > 0).sum()) - first.size
    free = np.full((first.size, 1), np.inf)

    def search(begin: FloatArray, effort: Effort) -> Minimum:
        return minimise(
            objective,
            begin[:, np.newaxis],
            lower=-free,
            upper=free,
            noise_df=np.array([float(df)]),
            floor=1e-31 * float(weight @ residuals**2),
            effort=effort,
        )

    # A trust region follows long bent valleys, and leaves flat places, where damped steps alone give up.
    walked = _walk(lambda theta: root * _residuals(function, theta), slopes, first)
    found = min((search(begin, _SEARCH) for begin in (first, walked)), key=lambda minimum: float(minimum.value[0]))
    point = _polish(lambda theta: root * _residuals(function, theta), slopes, found.theta[:, 0])
    rss = float(weight @ _residuals(function, point) ** 2)
    residual_sd = float(np.sqrt(rss / df)) if df > 0 else np.nan
    with np.errstate(all="ignore"):
        covariance = _inverse_of_square(slopes(point)) * residual_sd**2
    return LeastSquaresFit(
        point, np.sqrt(np.diag(covariance)), covariance, rss, df, residual_sd, bool(found.converged[0])
    )


def _walk(
    residuals: Callable[[FloatArray], FloatArray], slopes: Callable[[FloatArray], FloatArray], start: FloatArray
) -> FloatArray:
    """Go where SciPy's trust region leads from the start."""

    def bounded(values: FloatArray) -> FloatArray:
        return np.clip(np.nan_to_num(values, nan=_HUGE, posinf=_HUGE, neginf=-_HUGE), -_HUGE, _HUGE)

    def bounded_residuals(theta: FloatArray) -> FloatArray:
        return bounded(residuals(theta))

    def bounded_slopes(theta: FloatArray) -> FloatArray:
        return bounded(slopes(theta))

    with np.errstate(all="ignore"):
        walk = optimize.least_squares(
            bounded_residuals,
            start,
            jac=bounded_slopes,
            x_scale="jac",
            ftol=_TRUSTED,
            xtol=_TRUSTED,
            gtol=_TRUSTED,
            max_nfev=_MOST_EVALUATIONS,
        )
    return np.asarray(walk.x, dtype=np.float64)


def _polish(
    residuals: Callable[[FloatArray], FloatArray], slopes: Callable[[FloatArray], FloatArray], point: FloatArray
) -> FloatArray:
    """Win the last digits by a few full steps, solved by QR: JᵀJ has lost them."""
    with np.errstate(all="ignore"):
        r = residuals(point)
        for _ in range(_LAST_STEPS):
            j = slopes(point)
            size = np.linalg.norm(j, axis=0)
            if not (np.isfinite(j).all() and (size > 0).all()):
                break
            trial = point - np.linalg.lstsq(j / size, r, rcond=None)[0] / size
            tried = residuals(trial)
            if not float(tried @ tried) <= float(r @ r) * (1.0 + _ROUNDING):
                break
            point, r = trial, tried
    return point


def _residuals(function: Callable[[FloatArray], ArrayLike], point: FloatArray) -> FloatArray:
    """Residuals as a vector of its own."""
    return np.atleast_1d(as_numbers("the residuals", function(point.copy())))


def _check(start: FloatArray, residuals: FloatArray, weight: FloatArray) -> None:
    """Refuse what cannot be fitted, and say why."""
    if not start.size:
        raise ParameterError("start is empty: there is nothing to estimate")
    if start.ndim != 1 or residuals.ndim != 1:
        raise ParameterError(
            f"start and the residuals must have one dimension, got {start.ndim} and {residuals.ndim}: flatten them"
        )
    wrong = np.flatnonzero(~np.isfinite(residuals))
    if wrong.size:
        raise ParameterError(
            f"the residual of point {wrong[0]} at the start {start.tolist()} is {residuals[wrong[0]]}: "
            "begin elsewhere, or leave the point out"
        )
    check_size("the residuals at the start", residuals)
    if weight.shape != residuals.shape or not (np.isfinite(weight) & (weight >= 0)).all():
        raise ParameterError(
            f"weights must be one finite number of at least 0 for each of {residuals.size} points, "
            f"got shape {weight.shape}"
        )
    if (weight > 0).sum() < start.size:
        raise ParameterError(f"{int((weight > 0).sum())} points cannot determine {start.size} parameters")


def _differences(function: Callable[[FloatArray], ArrayLike], point: FloatArray) -> FloatArray:
    """Jacobian by differences of the fourth order."""
    columns = []
    for place, value in enumerate(point):
        step = np.zeros_like(point)
        step[place] = _STEP * (abs(value) if value else 1.0)
        near = _residuals(function, point + step) - _residuals(function, point - step)
        far = _residuals(function, point + 2.0 * step) - _residuals(function, point - 2.0 * step)
        columns.append((8.0 * near - far) / (12.0 * step[place]))
    return np.stack(columns, axis=1)


def _inverse_of_square(slopes: FloatArray) -> FloatArray:
    """(JᵀJ)⁻¹ by QR of the scaled columns, which keeps digits that the square loses; NaN where J has no full rank."""
    size = np.linalg.norm(slopes, axis=0)
    if not (np.isfinite(size).all() and (size > 0).all()):
        return np.full((slopes.shape[1],) * 2, np.nan)
    triangle = np.linalg.qr(slopes / size, mode="r")
    if np.abs(np.diag(triangle)).min() < _SINGULAR:
        return np.full((slopes.shape[1],) * 2, np.nan)
    inverse: FloatArray = np.linalg.inv(triangle) / size[:, np.newaxis]
    return np.asarray(inverse @ inverse.T)
