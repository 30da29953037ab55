"""Curves fitted to doses and responses: one, several with shared parameters, or many rows at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.errors import ParameterError
from ephys.pharmacology.curve_fit import CurveFit
from ephys.pharmacology.curve_fits import CurveFits
from ephys.pharmacology.curves import curve_model
from ephys.pharmacology.regression.families import FAMILIES, Family, Scatter
from ephys.pharmacology.regression.inference import Inference
from ephys.pharmacology.regression.layout import plan_layout
from ephys.pharmacology.regression.problem import Problem
from ephys.pharmacology.regression.robust import INFLUENCES, solve_robust
from ephys.pharmacology.regression.search import Solution, solve
from ephys.pharmacology.regression.uncertainty import covariance

FloatArray = NDArray[np.float64]

_ROWS_AT_ONCE = 16384
"""Rows searched side by side: enough to outweigh the cost of a step, few enough to stay near the processor."""


def fit_curve(
    dose: ArrayLike,
    response: ArrayLike,
    *,
    model: str = "LL.4",
    family: str = "gaussian",
    fixed: Mapping[str, float] | None = None,
    curve: ArrayLike | None = None,
    shared: Collection[str] = (),
    weights: ArrayLike | None = None,
    exposure: ArrayLike | None = None,
    robust: str | None = None,
) -> CurveFit:
    """Fit a dose-response curve, or several that share parameters, by maximum likelihood.

    Parameters
    ----------
    dose : array_like (points,)
        Not negative; 0 is a dose.
    response : array_like (points,)
        Values (gaussian), counts (poisson, negbin) or proportions (binomial).
    model : str
        Curve, as in `curve_model`; names and signs of the parameters are those of R's drc.
    family : {"gaussian", "poisson", "negbin", "binomial"}
        Law of scatter. The dispersion of negbin is estimated unless ``fixed={"dispersion": value}`` holds it.
    fixed : mapping, optional
        Parameters held at a value: ``{"c": 0.0}``, or ``{"c:label": 0.0}`` for one curve.
    curve : array_like (points,), optional
        Label of the curve that each point belongs to.
    shared : collection of str
        Parameters that all curves have in common.
    weights : array_like (points,), optional
        1 / variance (gaussian; 0 leaves a point out), or trials (binomial).
    exposure : array_like (points,), optional
        What the mean of a count is multiplied by, such as the seconds of its window.
    robust : {"huber", "tukey"}, optional
        M-estimate in place of least squares (gaussian).

    Returns
    -------
    CurveFit

    Raises
    ------
    ParameterError
        Naming the point, the option or the curve that cannot be.

    Examples
    --------
    >>> counts, seconds = [540, 150, 92, 31, 4], [180, 60, 60, 60, 60]
    >>> fit = fit_curve([0, 25, 50, 100, 200], counts, model="LL.3", family="poisson", exposure=seconds)
    >>> round(fit.ed(50).estimate, 1)
    51.5
    """
    one = np.asarray(response)
    if one.ndim != 1:
        raise ParameterError(f"response must have one dimension, got {one.ndim}: for many rows use fit_curves")
    problem, dispersion = _plan(
        np.asarray(dose), one[np.newaxis], model=model, family=family, fixed=fixed, curve=curve,
        shared=shared, weights=weights, exposure=exposure, ndim=1,
    )  # fmt: skip
    if not bool(_determined(problem)[0]):
        used = problem.used[:, 0]
        cells = len(np.unique(np.stack([problem.curve, problem.dose[:, 0]], axis=1)[used], axis=0))
        raise ParameterError(
            f"{model} has {len(problem.layout.names)} free parameters here ({', '.join(problem.layout.names)}), and "
            f"{int(used.sum())} points at {cells} doses cannot tell them: fix some, or choose a curve with fewer"
        )
    if robust is None:
        return CurveFit(Inference(solve(problem, dispersion=dispersion), dispersion))
    if robust not in INFLUENCES or family != "gaussian":
        raise ParameterError(
            f"robust must be one of {', '.join(INFLUENCES)} and the family gaussian; got {robust!r}, {family!r}"
        )
    found = solve_robust(problem, robust)
    return CurveFit(Inference(found.solution, None, covariance(found.solution) / found.solution.unit * found.inflation))


def fit_curves(
    dose: ArrayLike,
    response: ArrayLike,
    *,
    model: str = "LL.4",
    family: str = "gaussian",
    fixed: Mapping[str, float] | None = None,
    curve: ArrayLike | None = None,
    shared: Collection[str] = (),
    weights: ArrayLike | None = None,
    exposure: ArrayLike | None = None,
) -> CurveFits:
    """Fit the same curve to many rows of responses at once.

    Parameters
    ----------
    dose : array_like (points,) or (rows, points)
        One series for all rows, or one each.
    response : array_like (rows, points)
    weights, exposure : array_like (points,) or (rows, points), optional
        As in `fit_curve`; weight 0 leaves a point out, which may then be NaN.
    model, family, fixed, curve, shared
        As in `fit_curve`, the same for all rows.

    Returns
    -------
    CurveFits
        A row with too few points has NaN for estimates, and is not `converged`.

    Examples
    --------
    >>> dose = [0, 10, 30, 100, 300]
    >>> counts = [[300, 160, 75, 24, 9], [280, 230, 190, 95, 40]]
    >>> fits = fit_curves(dose, counts, model="LL.3", family="poisson")
    >>> fits.estimate["e"].round(1)
    array([11. , 56.2])
    """
    rows = np.asarray(response)
    if rows.ndim != 2:
        raise ParameterError(
            f"response must have one row per fit, got {rows.ndim} dimension: for one fit use fit_curve"
        )
    problem, dispersion = _plan(
        np.asarray(dose), rows, model=model, family=family, fixed=fixed, curve=curve, shared=shared, weights=weights,
        exposure=exposure, ndim=2,
    )  # fmt: skip
    return CurveFits(Inference(_solve_rows(problem, dispersion), dispersion))


def compare_curves(
    dose: ArrayLike, response: ArrayLike, *, models: Sequence[str] = ("LL.3", "LL.4", "W1.4", "W2.4", "LN.4"),
    **options: object,
) -> list[CurveFit]:  # fmt: skip
    """Fit several models to the same data, the best by AICc first.

    Each fit has its `aic`, `aicc`, `log_likelihood` and `lack_of_fit`. A difference of AICc below 2 chooses nothing.

    Parameters
    ----------
    dose, response : array_like (points,)
    models : sequence of str
    **options
        As in `fit_curve`.

    Examples
    --------
    >>> fits = compare_curves([0, 0, 3, 10, 10, 30, 100, 300], [101, 98, 96, 80, 77, 41, 9, 3], models=["LL.3", "W2.3"])
    >>> [fit.model for fit in fits]
    ['LL.3', 'W2.3']
    """
    fits = [fit_curve(dose, response, model=model, **options) for model in models]  # type: ignore[arg-type]
    return sorted(fits, key=lambda fit: fit.aicc)


def _solve_rows(problem: Problem, dispersion: float | None) -> Solution:
    """Search the rows that have enough points, some thousands at a time."""
    theta = np.full((len(problem.layout.names), problem.row_count), np.nan)
    value, converged = np.full(problem.row_count, np.nan), np.zeros(problem.row_count, dtype=bool)
    spread = np.full(problem.row_count, np.nan)
    enough = np.flatnonzero(_determined(problem))
    for rows in np.split(enough, range(_ROWS_AT_ONCE, enough.size, _ROWS_AT_ONCE)):
        if rows.size:
            part = solve(problem.take(rows), dispersion=dispersion)
            theta[:, rows], value[rows], converged[rows] = part.theta, part.value, part.converged
            spread[rows] = part.problem.scatter.dispersion
    return Solution(problem.with_dispersion(spread), theta, value, converged)


def _determined(problem: Problem) -> NDArray[np.bool_]:
    """Rows whose points lie at no fewer doses than there are parameters to tell."""
    used, parameters = problem.used, len(problem.layout.names)
    if problem.dose.shape[1] > 1:
        return used.sum(axis=0) >= parameters
    cells = np.unique(np.stack([problem.curve, problem.dose[:, 0]], axis=1), axis=0, return_inverse=True)[1].ravel()
    member = cells[:, np.newaxis] == np.arange(cells.max() + 1)
    told: NDArray[np.bool_] = (member.T.astype(np.intp) @ used > 0).sum(axis=0) >= parameters
    return told


def _plan(
    dose: NDArray[np.generic], response: NDArray[np.generic], *, model: str, family: str,
    fixed: Mapping[str, float] | None, curve: ArrayLike | None, shared: Collection[str], weights: ArrayLike | None,
    exposure: ArrayLike | None, ndim: int,
) -> tuple[Problem, float | None]:  # fmt: skip
    """Check everything, and turn the arrays so that rows run last."""
    if family not in FAMILIES:
        raise ParameterError(f"family must be one of {', '.join(FAMILIES)}; got {family!r}")
    law, held = FAMILIES[family], dict(fixed or {})
    dispersion = held.pop("dispersion", None) if family == "negbin" else None
    if dispersion is not None and not dispersion >= 0:
        raise ParameterError(f"fixed['dispersion'] must not be negative, got {dispersion}")
    y = _numbers("response", response, response.shape)
    rows, points = y.shape
    shapes = ((points,),) if ndim == 1 else ((points,), y.shape)
    x = _numbers("dose", dose, *shapes)
    weight = _weights(weights, law, shapes)
    seconds = _exposure(exposure, law, shapes)
    labels, number = _curves(curve, points)
    # A point without weight may be anything.
    y = np.where(np.broadcast_to(weight > 0, y.shape), y, 0.0)
    _refuse("dose", x, np.isfinite(x) & (x >= 0), "a finite number of at least 0")
    _refuse("response", y, np.isfinite(y) & _allowed(y, law), _WANTED[family])
    if not (x > 0).any():
        raise ParameterError("every dose is 0: a curve needs at least one dose above")
    layout = plan_layout(curve_model(model), labels, fixed=held, shared=shared)
    scatter = Scatter(y.T.copy(), _columns(weight), _columns(seconds), np.full(rows, dispersion or 0.0))
    return Problem(layout, law, _columns(x), number, scatter), dispersion


_WANTED = {
    "gaussian": "a finite number",
    "poisson": "a count of at least 0",
    "negbin": "a count of at least 0",
    "binomial": "a proportion from 0 to 1",
}


def _allowed(y: FloatArray, law: Family) -> NDArray[np.bool_]:
    low, high = law.limits
    allowed: NDArray[np.bool_] = (y >= low) & (y <= high)
    return allowed


def _columns(values: FloatArray) -> FloatArray:
    """(points,) or (rows, points) to (points, 1) or (points, rows)."""
    return np.ascontiguousarray(np.atleast_2d(values).T)


def _numbers(name: str, values: ArrayLike, *shapes: tuple[int, ...]) -> FloatArray:
    """Values as float64, of one of the shapes."""
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name} must be numbers: {error}") from None
    if numbers.shape not in shapes:
        raise ParameterError(f"{name} must have shape {' or '.join(map(str, shapes))}, got {numbers.shape}")
    return numbers


def _refuse(name: str, values: FloatArray, good: NDArray[np.bool_], wanted: str) -> None:
    """Name the first value that cannot be."""
    if not good.all():
        place = tuple(int(i) for i in np.argwhere(~good)[0])
        where = place[-1] if len(place) == 1 or values.shape[0] == 1 else list(place)
        raise ParameterError(f"{name}[{where}] must be {wanted}, got {values[place]}")


def _weights(weights: ArrayLike | None, law: Family, shapes: tuple[tuple[int, ...], ...]) -> FloatArray:
    if law.name == "binomial" and weights is None:
        raise ParameterError("family binomial needs weights: the number of trials of each proportion")
    weight = np.ones(shapes[0]) if weights is None else _numbers("weights", weights, *shapes)
    _refuse("weights", weight, np.isfinite(weight) & (weight >= 0), "a finite number of at least 0")
    if law.counts and not np.isin(weight, (0.0, 1.0)).all():
        raise ParameterError(
            f"weights of family {law.name} must be 0 or 1; a count's precision follows from its exposure"
        )
    return weight


def _exposure(exposure: ArrayLike | None, law: Family, shapes: tuple[tuple[int, ...], ...]) -> FloatArray:
    if exposure is None:
        return np.ones(1)
    if not law.counts:
        raise ParameterError(f"exposure is for counts, and the family is {law.name}")
    seconds = _numbers("exposure", exposure, *shapes)
    _refuse("exposure", seconds, np.isfinite(seconds) & (seconds > 0), "a finite number above 0")
    return seconds


def _curves(curve: ArrayLike | None, points: int) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Labels in the order in which they come, and the number of each point's curve."""
    if curve is None:
        return ("1",), np.zeros(points, dtype=np.intp)
    given = [str(label) for label in np.asarray(curve).ravel().tolist()]
    if len(given) != points:
        raise ParameterError(f"curve must have one label for each of {points} points, got {len(given)}")
    labels = tuple(dict.fromkeys(given))
    return labels, np.array([labels.index(label) for label in given], dtype=np.intp)
