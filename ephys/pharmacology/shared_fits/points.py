"""Points of several curves, checked, with the animal that each comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.pharmacology.curves import checked_dose
from ephys.pharmacology.regression.numbers import as_numbers, check_size

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CurvePoints(Shown):
    """Points of several curves.

    Parameters
    ----------
    dose, response : (n,) array
        Of the agonist, and what it did.
    curve : (n,) array of int
        Which curve each point belongs to, as a place in `labels`.
    labels : tuple of str
        Names of the curves.
    animal : (n,) array of int
        Whose the point is, as a place in `animals`; -1 where animals are not known.
    animals : tuple of str
        Names; empty where they are not known.
    """

    dose: FloatArray
    response: FloatArray
    curve: IntArray
    labels: tuple[str, ...]
    animal: IntArray
    animals: tuple[str, ...]

    def take(self, wanted: BoolArray) -> CurvePoints:
        """Some of the points, with the same curves and animals."""
        arrays = (self.dose[wanted], self.response[wanted], self.curve[wanted])
        return CurvePoints(*arrays, self.labels, self.animal[wanted], self.animals)

    def animals_of(self, curve: int) -> tuple[str, ...]:
        """Names of the animals that have a point of one curve."""
        return tuple(self.animals[number] for number in np.unique(self.animal[self.curve == curve]) if number >= 0)

    def at(self, dose: ArrayLike, curve: int) -> CurvePoints:
        """Places on one curve, without responses: where a formula is asked for its value."""
        doses = np.atleast_1d(checked_dose(dose))
        none = np.full(doses.size, -1)
        return CurvePoints(doses, np.full(doses.size, np.nan), np.full(doses.size, curve), self.labels, none, ())


def curve_points(
    dose: ArrayLike,
    response: ArrayLike,
    curve: Sequence[str],
    *,
    labels: Sequence[str],
    animal: Sequence[object] | None,
) -> CurvePoints:
    """Check the columns of a table of points.

    Parameters
    ----------
    dose, response : (n,) array_like
        Finite; doses not negative.
    curve : sequence of n str
        Each among `labels`.
    labels : sequence of str
        Curves, in the order in which they are told.
    animal : sequence of n names, optional
        Whose each point is.

    Returns
    -------
    CurvePoints

    Raises
    ------
    ParameterError
        Naming the row.

    Examples
    --------
    >>> curve_points([1.0, 10.0], [5.0, 80.0], ["a", "a"], labels=["a"], animal=["r1", "r2"]).animals
    ('r1', 'r2')
    """
    doses, responses = checked_dose(finite_column("dose", dose)), finite_column("response", response)
    if doses.shape != responses.shape or len(curve) != doses.size:
        raise ParameterError(
            f"dose, response and curve must have a value for every point, got {doses.size}, {responses.size} and "
            f"{len(curve)}"
        )
    for name, values in (("dose", doses), ("response", responses)):
        check_size(name, values)
    place = {label: number for number, label in enumerate(labels)}
    of_curve = np.array([place[label] for label in curve], dtype=np.intp)
    if animal is None:
        return CurvePoints(doses, responses, of_curve, tuple(labels), np.full(doses.size, -1, dtype=np.intp), ())
    names = animal_names(animal, doses.size)
    animals = tuple(dict.fromkeys(names))
    of_animal = np.array([animals.index(name) for name in names], dtype=np.intp)
    return CurvePoints(doses, responses, of_curve, tuple(labels), of_animal, animals)


def finite_column(name: str, values: ArrayLike) -> FloatArray:
    """One row of finite numbers.

    >>> finite_column("dose", [1, 2])
    array([1., 2.])
    """
    numbers = as_numbers(name, values)
    if numbers.ndim != 1 or not numbers.size:
        raise ParameterError(f"{name} must be one row of numbers, got the shape {numbers.shape}")
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if wrong.size:
        raise ParameterError(f"{name}[{wrong[0]}] is {numbers[wrong[0]]}: leave out what was not measured, and say so")
    return numbers


def animal_names(animal: Sequence[object], n: int) -> list[str]:
    """Names of animals, one for each of n rows; none may be missing.

    >>> animal_names(["r1", 2], 2)
    ['r1', '2']
    """
    names = ["" if one is None or one != one else str(one).strip() for one in animal]
    if len(names) != n:
        raise ParameterError(f"animal must name one animal for each of {n} rows, got {len(names)}")
    if "" in names:
        raise ParameterError(f"animal[{names.index('')}] has no name: n is animals")
    return names
