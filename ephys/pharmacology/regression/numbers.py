"""Numbers as they are handed over: anything else is refused by name, before it can be taken for a number."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.errors import ParameterError

FloatArray = NDArray[np.float64]

_LARGEST, _SMALLEST = 1e100, 1e-100


def as_numbers(name: str, values: ArrayLike) -> FloatArray:
    """Return values as float64; text, complex numbers, masks and rows of unequal length are refused."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise ParameterError(f"{name} has masked values: give those points weight 0, or leave them out")
    try:
        given = np.asarray(values)
        if given.dtype.kind not in "biufO" or (given.dtype.kind == "O" and _holds_text(given)):
            text = " (text)" * (given.dtype.kind in "US")
            raise ParameterError(f"{name} must be numbers, got {given.dtype.name}{text}")
        return np.asarray(given, dtype=np.float64)
    except ParameterError:
        raise
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name} must be numbers: {error}") from None


def _holds_text(values: NDArray[np.object_]) -> bool:
    return any(isinstance(value, str | bytes | complex) for value in values.ravel().tolist())


def check_size(name: str, values: FloatArray) -> None:
    """Refuse numbers whose squares leave the range of floating point."""
    with np.errstate(invalid="ignore"):
        odd = (np.abs(values) > _LARGEST) | ((values != 0) & (np.abs(values) < _SMALLEST))
    if odd.any():
        raise ParameterError(
            f"{name} holds {values[odd].flat[0]:g}, beyond {_SMALLEST:g} to {_LARGEST:g}: choose another unit"
        )


def one_number(name: str, value: object, wanted: str = "a number") -> float:
    """Return one finite number."""
    if isinstance(value, bool | str) or not np.isscalar(value):
        raise ParameterError(f"{name} must be {wanted}, got {value!r}")
    number = float(value)  # type: ignore[arg-type]
    if not np.isfinite(number):
        raise ParameterError(f"{name} must be {wanted}, got {value!r}")
    return number


def check_level(level: object) -> float:
    """Return the coverage of an interval, from a half to below 1."""
    number = one_number("level", level)
    if not 0.5 <= number < 1:
        raise ParameterError(f"level must be at least 0.5 and below 1, got {level}")
    return number
