"""Curves fitted to doses and responses: one, several with shared parameters, or many rows at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.errors import ParameterError
from ephys.pharmacology.curve_fit import CurveFit
from ephys.pharmacology.curve_fits import CurveFits
from ephys.pharmacology.regression.inference import Inference
from ephys.pharmacology.regression.inputs import check_determined, determined, plan_problem
from ephys.pharmacology.regression.numbers import as_numbers
from ephys.pharmacology.regression.problem import Problem
from ephys.pharmacology.regression.robust import INFLUENCES, solve_robust
from ephys.pharmacology.regression.search import Solution, in_parts, solve

FloatArray = NDArray[np.float64]


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
        Doses themselves, not their logarithms; none negative; 0 is a dose.
    response : array_like (points,)
        Values (gaussian), counts (poisson, negbin) or proportions (binomial).
    model : str
        LL.2 to LL.5 (log-logistic), LL2.2 to LL2.5 (with e = ln ED50), W1.2 to W1.4 and W2.2 to W2.4 (Weibull), LN.2
        to LN.4 (log-normal), BC.4 and BC.5 (hormesis), EMAX. Parameters as in R's drc: b slope, c lower and d upper
        limit, e ED50 (LL, LN, EMAX), f asymmetry or hormesis.
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
    one = as_numbers("response", response)
    if one.ndim != 1:
        raise ParameterError(f"response must have one dimension, got {one.ndim}: for many rows use fit_curves")
    problem, dispersion = plan_problem(
        dose, one[np.newaxis], model=model, family=family, fixed=fixed, curve=curve, shared=shared, weights=weights,
        exposure=exposure, ndim=1,
    )  # fmt: skip
    check_determined(problem)
    if robust is None:
        return CurveFit(Inference(solve(problem, dispersion=dispersion), dispersion))
    if not isinstance(robust, str) or robust not in INFLUENCES or family != "gaussian":
        raise ParameterError(
            f"robust must be one of {', '.join(INFLUENCES)} and the family gaussian; got {robust!r}, {family!r}"
        )
    found = solve_robust(problem, robust)
    return CurveFit(Inference(found.solution, None, found))


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
    rows = as_numbers("response", response)
    if rows.ndim != 2:
        raise ParameterError(
            f"response must have one row per fit, got {rows.ndim} dimension: for one fit use fit_curve"
        )
    problem, dispersion = plan_problem(
        dose, rows, model=model, family=family, fixed=fixed, curve=curve, shared=shared, weights=weights,
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
    if options.get("robust"):
        raise ParameterError("robust fits have no likelihood to compare models by")
    fits = [fit_curve(dose, response, model=model, **options) for model in models]  # type: ignore[arg-type]
    return sorted(fits, key=lambda fit: fit.aicc)


def _solve_rows(problem: Problem, dispersion: float | None) -> Solution:
    """Search the rows that have enough points, some thousands at a time."""
    theta = np.full((len(problem.layout.names), problem.row_count), np.nan)
    value, converged = np.full(problem.row_count, np.nan), np.zeros(problem.row_count, dtype=bool)
    spread = np.full(problem.row_count, np.nan)
    enough = np.flatnonzero(determined(problem))
    for rows in in_parts(enough):
        part = solve(problem.take(rows), dispersion=dispersion)
        theta[:, rows], value[rows], converged[rows] = part.theta, part.value, part.converged
        spread[rows] = part.problem.scatter.dispersion
    return Solution(problem.with_dispersion(spread), theta, value, converged)
