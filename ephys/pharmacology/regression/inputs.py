"""What a user hands over, checked and turned into a problem: every refusal names the value and its place."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.errors import ParameterError
from ephys.pharmacology.curves import curve_model
from ephys.pharmacology.regression.families import FAMILIES, Family, Scatter
from ephys.pharmacology.regression.layout import plan_layout
from ephys.pharmacology.regression.problem import Problem

FloatArray = NDArray[np.float64]


def determined(problem: Problem) -> NDArray[np.bool_]:
    """Rows whose points lie at no fewer doses than there are parameters to tell."""
    used, parameters = problem.used, len(problem.layout.names)
    if problem.dose.shape[1] > 1:
        return np.asarray(used.sum(axis=0) >= parameters)
    cells = np.unique(np.stack([problem.curve, problem.dose[:, 0]], axis=1), axis=0, return_inverse=True)[1].ravel()
    member = cells[:, np.newaxis] == np.arange(cells.max() + 1)
    told: NDArray[np.bool_] = (member.T.astype(np.intp) @ used > 0).sum(axis=0) >= parameters
    return told


def plan_problem(
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
    if dose.shape not in shapes:
        raise ParameterError(f"dose must have one value per response, shape {shapes[-1]}; got shape {dose.shape}")
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
