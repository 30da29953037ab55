"""Fields of operations in their own types, whatever they were typed as."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

from ephys.errors import ParameterError

TIME_STEP_S = 1e-4
"""Spike times are kept to 0.1 ms: enough to know a unit and a spike of it again, and small in a file."""


def check_choice(what: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise unless a value is one of those that there are."""
    if value not in choices:
        raise ParameterError(f"{what} is {' or '.join(choices)}, got {value!r}")


def settle(operation: Any, name: str) -> None:
    """Put every field into its own type, NumPy's numbers and units that are typed as numbers included.

    Raises
    ------
    ParameterError
        If one is nothing of the kind.
    """
    for field in dataclasses.fields(operation):
        value = getattr(operation, field.name)
        object.__setattr__(operation, field.name, settled(f"{name}: {field.name}", value, field.type))


def settled(what: str, value: object, kind: object) -> object:
    """One value in the type of its field."""
    if kind == "float":
        return _number(what, value)
    if kind == "int":
        if isinstance(value, bool) or not isinstance(value, Integral):
            raise ParameterError(f"{what} must be a whole number, got {value!r}")
        return int(value)
    if kind == "tuple[tuple[float, ...], ...]":
        return tuple(_times(what, each) for each in _several(what, value))
    if kind == "tuple[str, ...]":
        if not isinstance(value, tuple):
            raise ParameterError(f"{what} must be several names, got {value!r}")
        return tuple(settled(what, each, "str") for each in value)
    if isinstance(value, bool) or not isinstance(value, str | Integral):
        raise ParameterError(f"{what} must be a text, got {value!r}")
    return str(value).strip()


def _number(what: str, value: object) -> float:
    """Value as a number."""
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise ParameterError(f"{what} must be a number, got {value!r}")
    return float(value)


def _times(what: str, values: object) -> tuple[float, ...]:
    """Spike times in order, to the step."""
    return tuple(sorted(round(_number(what, each) / TIME_STEP_S) * TIME_STEP_S for each in _several(what, values)))


def _several(what: str, values: object) -> Iterable[Any]:
    """Values that there are several of."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise ParameterError(f"{what} must be lists of spike times, got {values!r}")
    return values
