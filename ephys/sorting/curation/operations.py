"""What a person may correct: each operation is a value that says what, never how.

A dose mark is named by its drug and by the time at which the record has it, so that moving one mark leaves the names of
all others as they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_lowercase
from typing import Literal, TypeAlias, get_args

from ephys.errors import ParameterError
from ephys.model import Epoch
from ephys.sorting.curation.settling import check_choice, settle

Label = Literal["single_unit", "multi_unit"]
Call = Literal["serotonergic", "uncertain", "not_serotonergic"]
SplitAlong = Literal["time", "amplitude"]


@dataclass(frozen=True, slots=True)
class Merge:
    """Several units are one cell; it is called `name`, by default as the first of them."""

    units: tuple[str, ...]
    name: str = ""

    def __post_init__(self) -> None:
        settle(self, operation_name(self))
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
        settle(self, operation_name(self))
        check_choice("split along", self.along, get_args(SplitAlong))

    @property
    def new_names(self) -> tuple[str, str]:
        """Names of the two parts."""
        return f"{self.unit}a", f"{self.unit}b"


@dataclass(frozen=True, slots=True)
class SplitSpikes:
    """One unit is several cells, parted spike by spike: "3" becomes "3a", "3b", ..., or what `names` says.

    `parts` are the spikes of the second part and of each further one, as times (s); what is in none of them is the
    first part. `how` says in words what parted them: clusters of shape, another program.
    """

    unit: str
    parts: tuple[tuple[float, ...], ...]
    names: tuple[str, ...] = ()
    how: str = ""

    def __post_init__(self) -> None:
        settle(self, operation_name(self))
        if not self.parts or not all(self.parts) or len(self.parts) >= len(ascii_lowercase):
            raise ParameterError(f"unit {self.unit}: parting needs the spikes of 1 to 25 further parts, each with some")
        spikes = [time_s for part in self.parts for time_s in part]
        if len(set(spikes)) < len(spikes):
            raise ParameterError(f"unit {self.unit}: a spike stands in two parts, or twice in one")
        if self.names and len(set(self.names)) != len(self.parts) + 1:
            raise ParameterError(
                f"unit {self.unit}: {len(self.parts) + 1} parts need as many different names, got "
                f"{', '.join(self.names)}"
            )

    @property
    def new_names(self) -> tuple[str, ...]:
        """Names of the parts, the first first."""
        return self.names or tuple(f"{self.unit}{letter}" for letter in ascii_lowercase[: len(self.parts) + 1])


@dataclass(frozen=True, slots=True)
class Delete:
    """A unit is no cell (noise, an artefact, a second copy)."""

    unit: str

    def __post_init__(self) -> None:
        settle(self, operation_name(self))


@dataclass(frozen=True, slots=True)
class Relabel:
    """A unit is one cell, or several that cannot be told apart."""

    unit: str
    label: Label

    def __post_init__(self) -> None:
        settle(self, operation_name(self))
        check_choice("a label", self.label, get_args(Label))


@dataclass(frozen=True, slots=True)
class Restrict:
    """A unit is that cell only within a stretch of time; outside it nothing is known."""

    unit: str
    start_s: float
    stop_s: float

    def __post_init__(self) -> None:
        settle(self, operation_name(self))
        Epoch(self.start_s, self.stop_s, "restrict")


@dataclass(frozen=True, slots=True)
class OverrideCall:
    """The person's 5-HT call of a unit, shown beside the rule's."""

    unit: str
    call: Call

    def __post_init__(self) -> None:
        settle(self, operation_name(self))
        check_choice("a call", self.call, get_args(Call))


@dataclass(frozen=True, slots=True)
class ExcludeCell:
    """A unit is not to be summarised; its numbers stay in the tables, marked."""

    unit: str

    def __post_init__(self) -> None:
        settle(self, operation_name(self))


@dataclass(frozen=True, slots=True)
class MoveDose:
    """A dose was given at another time than its mark says; its end moves with it."""

    drug: str
    given_s: float
    to_s: float

    def __post_init__(self) -> None:
        settle(self, operation_name(self))


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
        settle(self, operation_name(self))
        if self.dose <= 0:
            raise ParameterError(f"{self.drug} at {self.given_s:g} s: a dose must be positive, got {self.dose:g}")


@dataclass(frozen=True, slots=True)
class DeleteDose:
    """A mark stands for nothing that was given. In a series typed as totals, the later totals stand."""

    drug: str
    given_s: float

    def __post_init__(self) -> None:
        settle(self, operation_name(self))


@dataclass(frozen=True, slots=True)
class ExcludeDose:
    """A dose was given, and counts in the cumulative dose, but its window is not to be fitted."""

    drug: str
    given_s: float

    def __post_init__(self) -> None:
        settle(self, operation_name(self))


@dataclass(frozen=True, slots=True)
class DrawBaseline:
    """Another baseline than the one fixed in advance."""

    start_s: float
    stop_s: float

    def __post_init__(self) -> None:
        settle(self, operation_name(self))
        Epoch(self.start_s, self.stop_s, "baseline")


@dataclass(frozen=True, slots=True)
class DrawWindow:
    """Another read-out window for one dose than the one fixed in advance."""

    drug: str
    given_s: float
    start_s: float
    stop_s: float

    def __post_init__(self) -> None:
        settle(self, operation_name(self))
        Epoch(self.start_s, self.stop_s, f"window of {self.drug} at {self.given_s:g} s")


@dataclass(frozen=True, slots=True)
class Undo:
    """An earlier entry, by its number, no longer holds; undoing an undo brings it back."""

    entry: int

    def __post_init__(self) -> None:
        settle(self, operation_name(self))


UnitOperation: TypeAlias = Merge | Split | SplitSpikes | Delete | Relabel | Restrict | OverrideCall | ExcludeCell
MarkOperation: TypeAlias = MoveDose | EditDose | DeleteDose | ExcludeDose | DrawWindow
Operation: TypeAlias = UnitOperation | MarkOperation | DrawBaseline | Undo

OPERATIONS: dict[str, type[Operation]] = {
    "merge": Merge,
    "split": Split,
    "split_spikes": SplitSpikes,
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
    return operation.new_names if isinstance(operation, Split | SplitSpikes) else ()
