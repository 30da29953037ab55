"""What a user hands over, checked and turned into a problem: every refusal names the value and its place."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.errors import ParameterError
from ephys.pharmacology.curves import curve_model
from ephys.pharmacology.regression.families import FAMILIES, Family, Scatter
from ephys.pharmacology.regression.layout import Layout, curve_label, plan_layout
from ephys.pharmacology.regression.numbers import as_numbers, check_size, one_number
from ephys.pharmacology.regression.problem import Problem

FloatArray = NDArray[np.float64]


def determined(problem: Problem) -> NDArray[np.bool_]:
    """Rows whose points lie at no fewer doses than there are parameters to tell, of all curves and of each alone."""
    layout, used = problem.layout, problem.used
    told: NDArray[np.bool_] = problem.distinct_doses(used) >= len(layout.names)
    for curve in range(len(layout.labels)):
        own = [name for name in layout.place if layout.is_own(name, curve)]
        told &= problem.distinct_doses(used, curve) >= len(own)
        told &= problem.distinct_doses(used & (problem.dose > 0), curve) >= sum(name in "be" for name in own)
    return told


def check_determined(problem: Problem) -> None:
    """Say which parameters the points of one row cannot tell."""
    if bool(determined(problem)[0]):
        return
    layout, used = problem.layout, problem.used
    for curve, label in enumerate(layout.labels):
        own = [name for name in layout.place if layout.is_own(name, curve)]
        doses = int(problem.distinct_doses(used, curve)[0])
        if len(layout.labels) > 1 and own:
            positive = int(problem.distinct_doses(used & (problem.dose > 0), curve)[0])
            if doses < len(own) or positive < sum(name in "be" for name in own):
                raise ParameterError(
                    f"curve {label} has {', '.join(own)} of its own, and points at {_doses(doses)} cannot tell them: "
                    "share or fix some"
                )
    raise ParameterError(
        f"{layout.model.name} has {len(layout.names)} free parameters here ({', '.join(layout.names)}), and "
        f"{int(used.sum())} points at {_doses(int(problem.distinct_doses(used)[0]))} cannot tell them: "
        "fix some, or choose a curve with fewer"
    )


def _doses(count: int) -> str:
    return "1 dose" if count == 1 else f"{count} doses"


def plan_problem(
    dose: ArrayLike, response: ArrayLike, *, model: str, family: str,
    fixed: Mapping[str, float] | None, curve: ArrayLike | None, shared: Collection[str], weights: ArrayLike | None,
    exposure: ArrayLike | None, ndim: int,
) -> tuple[Problem, float | None]:  # fmt: skip
    """Check everything, and turn the arrays so that rows run last."""
    if not isinstance(family, str) or family not in FAMILIES:
        raise ParameterError(f"family must be one of {', '.join(FAMILIES)}; got {family!r}")
    law = FAMILIES[family]
    held = _held(fixed)
    dispersion = held.pop("dispersion", None) if family == "negbin" else None
    if dispersion is not None and not dispersion >= 0:
        raise ParameterError(f"fixed['dispersion'] must not be negative, got {dispersion}")
    y = as_numbers("response", response)
    if not y.size:
        raise ParameterError("response is empty")
    rows, points = y.shape
    shapes = ((points,),) if ndim == 1 else ((points,), y.shape)
    x = as_numbers("dose", dose)
    if x.shape not in shapes:
        raise ParameterError(f"dose must have one value per response, shape {shapes[-1]}; got shape {x.shape}")
    weight = _weights(weights, law, shapes)
    seconds = _exposure(exposure, law, shapes)
    labels, number = _curves(curve, points)
    # A point without weight may be anything.
    y = np.where(np.broadcast_to(weight > 0, y.shape), y, 0.0)
    _refuse("dose", x, np.isfinite(x) & (x >= 0), "a finite number of at least 0")
    _refuse("response", y, np.isfinite(y) & _allowed(y, law), _WANTED[family])
    if not (x > 0).any():
        raise ParameterError("every dose is 0: a curve needs at least one dose above")
    for name, values in (("dose", x), ("response", y), ("weights", weight), ("exposure", seconds)):
        check_size(name, values)
    layout = plan_layout(curve_model(model), labels, fixed=held, shared=shared or ())
    _check_held(layout, law)
    scatter = Scatter(y.T.copy(), _columns(weight), _columns(seconds), np.full(rows, dispersion or 0.0))
    return Problem(layout, law, _columns(x), number, scatter), dispersion


_WANTED = {
    "gaussian": "a finite number (weight 0 leaves a point out)",
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


def _held(fixed: Mapping[str, float] | None) -> dict[str, float]:
    """Values that are fixed, as numbers."""
    if fixed is not None and not isinstance(fixed, Mapping):
        raise ParameterError(f"fixed must map names to numbers, like {{'c': 0.0}}; got {fixed!r}")
    return {
        str(name): one_number(f"fixed[{name!r}]", value, "a finite number") for name, value in (fixed or {}).items()
    }


def _check_held(layout: Layout, law: Family) -> None:
    """Refuse fixed values that leave no curve, or one that the law of scatter does not allow."""
    low, high = law.limits
    for name in "cd":
        wrong = layout.constant[name][(layout.constant[name] < low) | (layout.constant[name] > high)]
        if wrong.size:
            raise ParameterError(f"{name} is fixed at {wrong[0]:g}, and family {law.name} allows {low:g} to {high:g}")
    if np.any(layout.constant["b"] == 0):
        raise ParameterError("b is fixed at 0: a curve without a slope is flat")


def _shaped(name: str, values: ArrayLike, shapes: tuple[tuple[int, ...], ...]) -> FloatArray:
    """Values as numbers, of one of the shapes."""
    numbers = as_numbers(name, values)
    if numbers.shape == ():
        return np.full(shapes[0], float(numbers))
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
    weight = np.ones(shapes[0]) if weights is None else _shaped("weights", weights, shapes)
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
    seconds = _shaped("exposure", exposure, shapes)
    _refuse("exposure", seconds, np.isfinite(seconds) & (seconds > 0), "a finite number above 0")
    return seconds


def _curves(curve: ArrayLike | None, points: int) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Labels in the order in which they come, and the number of each point's curve."""
    if curve is None:
        return ("1",), np.zeros(points, dtype=np.intp)
    raw = np.asarray(curve, dtype=object)
    if raw.shape != (points,):
        raise ParameterError(
            f"curve must have one label for each of {points} points, got {raw.size} in {raw.ndim} dimensions "
            "(the shape of the curve is named by model)"
        )
    given = [curve_label(label) for label in raw.tolist()]
    for place, label in enumerate(raw.tolist()):
        if label is None or label != label:
            raise ParameterError(f"curve[{place}] has no label")
    labels = tuple(dict.fromkeys(given))
    return labels, np.array([labels.index(label) for label in given], dtype=np.intp)
