"""What a person may correct: each operation is a value that says what, never how.

A dose mark is named by its drug and by the time at which the record has it, so that moving one mark leaves the names of
all others as they were.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Literal, TypeAlias, get_args

from ephys.errors import ParameterError
from ephys.model import Epoch

Label = Literal["single_unit", "multi_unit"]
Call = Literal["serotonergic", "uncertain", "not_serotonergic"]
SplitAlong = Literal["time", "amplitude"]


@dataclass(frozen=True, slots=True)
class Merge:
    """Several units are one cell; it is called `name`, by default as the first of them."""

    units: tuple[str, ...]
    name: str = ""

    def __post_init__(self) -> None:
        _settle(self)
        if len(set(self.units)) < 2 or len(set(self.units)) < len(self.units):
            raise ParameterError(f"a merge takes two or more different units, got {', '.join(self.units) or 'none'}")

    @property
    def new_name(self) -> str:
        """Name of the cell."""
        return self.name or self.units[0]


@dataclass(frozen=True, slots=True)
class Split:
    """One unit is two cells, parted at a time (s) or an amplitude (µV): "3" becomes "3a" (below) and "3b" (from there).

    Parted in time, neither part says anything about the other's time: it is not silence there.
    """

    unit: str
    along: SplitAlong
    cut: float

    def __post_init__(self) -> None:
        _settle(self)
        _check_choice("split along", self.along, get_args(SplitAlong))

    @property
    def new_names(self) -> tuple[str, str]:
        """Names of the two parts."""
        return f"{self.unit}a", f"{self.unit}b"


@dataclass(frozen=True, slots=True)
class Delete:
    """A unit is no cell (noise, an artefact, a second copy)."""

    unit: str

    def __post_init__(self) -> None:
        _settle(self)


@dataclass(frozen=True, slots=True)
class Relabel:
    """A unit is one cell, or several that cannot be told apart."""

    unit: str
    label: Label

    def __post_init__(self) -> None:
        _settle(self)
        _check_choice("a label", self.label, get_args(Label))


@dataclass(frozen=True, slots=True)
class Restrict:
    """A unit is that cell only within a stretch of time; outside it nothing is known."""

    unit: str
    start_s: float
    stop_s: float

    def __post_init__(self) -> None:
        _settle(self)
        Epoch(self.start_s, self.stop_s, "restrict")


@dataclass(frozen=True, slots=True)
class OverrideCall:
    """The person's 5-HT call of a unit, shown beside the rule's."""

    unit: str
    call: Call

    def __post_init__(self) -> None:
        _settle(self)
        _check_choice("a call", self.call, get_args(Call))


@dataclass(frozen=True, slots=True)
class ExcludeCell:
    """A unit is not to be summarised; its numbers stay in the tables, marked."""

    unit: str

    def __post_init__(self) -> None:
        _settle(self)


@dataclass(frozen=True, slots=True)
class MoveDose:
    """A dose was given at another time than its mark says; its end moves with it."""

    drug: str
    given_s: float
    to_s: float

    def __post_init__(self) -> None:
        _settle(self)


@dataclass(frozen=True, slots=True)
class EditDose:
    """A mark says the wrong dose. Increment or total as in the record; in its unit as typed, or as converted.

    In a series typed as totals, the later totals stand.
    """

    drug: str
    given_s: float
    dose: float
    unit: str

    def __post_init__(self) -> None:
        _settle(self)
        if self.dose <= 0:
            raise ParameterError(f"{self.drug} at {self.given_s:g} s: a dose must be positive, got {self.dose:g}")


@dataclass(frozen=True, slots=True)
class DeleteDose:
    """A mark stands for nothing that was given. In a series typed as totals, the later totals stand."""

    drug: str
    given_s: float

    def __post_init__(self) -> None:
        _settle(self)


@dataclass(frozen=True, slots=True)
class ExcludeDose:
    """A dose was given, and counts in the cumulative dose, but its window is not to be fitted."""

    drug: str
    given_s: float

    def __post_init__(self) -> None:
        _settle(self)


@dataclass(frozen=True, slots=True)
class DrawBaseline:
    """Another baseline than the one fixed in advance."""

    start_s: float
    stop_s: float

    def __post_init__(self) -> None:
        _settle(self)
        Epoch(self.start_s, self.stop_s, "baseline")


@dataclass(frozen=True, slots=True)
class DrawWindow:
    """Another read-out window for one dose than the one fixed in advance."""

    drug: str
    given_s: float
    start_s: float
    stop_s: float

    def __post_init__(self) -> None:
        _settle(self)
        Epoch(self.start_s, self.stop_s, f"window of {self.drug} at {self.given_s:g} s")


@dataclass(frozen=True, slots=True)
class Undo:
    """An earlier entry, by its number, no longer holds; undoing an undo brings it back."""

    entry: int

    def __post_init__(self) -> None:
        _settle(self)


UnitOperation: TypeAlias = Merge | Split | Delete | Relabel | Restrict | OverrideCall | ExcludeCell
MarkOperation: TypeAlias = MoveDose | EditDose | DeleteDose | ExcludeDose | DrawWindow
Operation: TypeAlias = UnitOperation | MarkOperation | DrawBaseline | Undo

OPERATIONS: dict[str, type[Operation]] = {
    "merge": Merge,
    "split": Split,
    "delete": Delete,
    "relabel": Relabel,
    "restrict": Restrict,
    "override_call": OverrideCall,
    "exclude_cell": ExcludeCell,
    "move_dose": MoveDose,
    "edit_dose": EditDose,
    "delete_dose": DeleteDose,
    "exclude_dose": ExcludeDose,
    "draw_baseline": DrawBaseline,
    "draw_window": DrawWindow,
    "undo": Undo,
}
"""Every operation, by the name that it has in a file."""

_NAMES = {operation: name for name, operation in OPERATIONS.items()}


def operation_name(operation: Operation) -> str:
    """Name of an operation as a file has it.

    >>> operation_name(Delete("4"))
    'delete'
    """
    return _NAMES[type(operation)]


def units_named(operation: Operation) -> tuple[str, ...]:
    """Units that an operation needs.

    >>> units_named(Merge(("2", "5"))), units_named(Undo(1))
    (('2', '5'), ())
    """
    if isinstance(operation, Merge):
        return operation.units
    return (operation.unit,) if isinstance(operation, UnitOperation) else ()


def names_made(operation: Operation) -> tuple[str, ...]:
    """Units that an operation makes.

    >>> names_made(Split("3", "time", 812.0)), names_made(Delete("4"))
    (('3a', '3b'), ())
    """
    if isinstance(operation, Merge):
        return (operation.new_name,)
    return operation.new_names if isinstance(operation, Split) else ()


def _check_choice(what: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise unless a value is one of those that there are."""
    if value not in choices:
        raise ParameterError(f"{what} is {' or '.join(choices)}, got {value!r}")


def _settle(operation: Operation) -> None:
    """Put every field into its own type, NumPy's numbers and units that are typed as numbers included.

    Raises
    ------
    ParameterError
        If one is nothing of the kind.
    """
    for field in dataclasses.fields(operation):
        value = getattr(operation, field.name)
        object.__setattr__(
            operation, field.name, _settled(f"{operation_name(operation)}: {field.name}", value, field.type)
        )


def _settled(what: str, value: object, kind: object) -> object:
    """One value in the type of its field."""
    if kind == "float":
        if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
            raise ParameterError(f"{what} must be a number, got {value!r}")
        return float(value)
    if kind == "int":
        if isinstance(value, bool) or not isinstance(value, Integral):
            raise ParameterError(f"{what} must be a whole number, got {value!r}")
        return int(value)
    if kind == "tuple[str, ...]":
        if not isinstance(value, tuple):
            raise ParameterError(f"{what} must be several names, got {value!r}")
        return tuple(_settled(what, each, "str") for each in value)
    if isinstance(value, bool) or not isinstance(value, str | Integral):
        raise ParameterError(f"{what} must be a text, got {value!r}")
    return str(value).strip()
