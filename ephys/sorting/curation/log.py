"""The log of a person's corrections: signed, dated, with a reason each, never rewritten.

A log is a value. Each correction makes a new log with one entry more; an undo is an entry, too, so what was once
decided can always be read. Results are computed anew from the recording and the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from ephys.errors import CurationError
from ephys.model import Unit
from ephys.model.epoch import FloatArray
from ephys.sorting.curation.operations import (
    Call,
    Delete,
    DeleteDose,
    DrawBaseline,
    DrawWindow,
    EditDose,
    ExcludeCell,
    ExcludeDose,
    Label,
    Merge,
    MoveDose,
    Operation,
    OverrideCall,
    Relabel,
    Restrict,
    Split,
    Undo,
    UnitOperation,
    operation_name,
    operation_text,
    units_named,
)

TIME_STEP_S = 1e-4
"""Spike times are kept to 0.1 ms: enough to know a unit again, and small in a file."""


@dataclass(frozen=True, eq=False)
class RecordedUnit:
    """A unit as it was when the log was begun: its name and spike times, by which it is known again."""

    id: str
    times_s: FloatArray

    def __post_init__(self) -> None:
        times = np.round(np.array(self.times_s, dtype=np.float64) / TIME_STEP_S) * TIME_STEP_S
        times.flags.writeable = False
        object.__setattr__(self, "times_s", times)


@dataclass(frozen=True, slots=True)
class Entry:
    """One correction.

    Parameters
    ----------
    number : int
        Its place in the log, from 1.
    operation : Operation
        What was done.
    by : str
        Who did it.
    at : datetime
        When, with its time zone.
    reason : str
        Why, as typed.

    Raises
    ------
    CurationError
        If nobody signs, no reason is given, or the time has no zone.
    """

    number: int
    operation: Operation
    by: str
    at: datetime
    reason: str

    def __post_init__(self) -> None:
        what = self.title
        if not self.by.strip():
            raise CurationError(f"{what}: nobody signed it; say who, as log.signed('A. Name')")
        if not self.reason.strip():
            raise CurationError(f"{what}: no reason given; say why, a referee will ask")
        if self.at.tzinfo is None:
            raise CurationError(
                f"{what}: {self.at.isoformat()} has no time zone; write it as 2026-03-01T14:30:00+01:00"
            )

    @property
    def title(self) -> str:
        """Number and name, for messages."""
        return f"entry {self.number} ({operation_name(self.operation)})"

    @property
    def text(self) -> str:
        """What was done, why, by whom and when."""
        return f"{operation_text(self.operation)}: {self.reason} ({self.signature})"

    @property
    def signature(self) -> str:
        """Who and when."""
        return f"{self.by}, {self.at:%Y-%m-%d}"


@dataclass(frozen=True, eq=False)
class CurationLog:
    """A person's corrections of one session's analysis.

    Parameters
    ----------
    session : str
        Session that was corrected; empty where a log written by hand does not say.
    units : tuple of RecordedUnit
        The units underneath, before any correction; empty where not recorded: units are then taken by name.
    entries : tuple of Entry
        In the order in which they were made; their numbers are 1, 2, ...
    by : str, optional
        Who signs the next entries.

    Raises
    ------
    CurationError
        If an entry is out of order, rests on a unit that does not exist at that point, or undoes one that is not there.

    Examples
    --------
    >>> log = CurationLog("rat07", tuple(RecordedUnit(name, [1.0]) for name in "123")).signed("A. Name")
    >>> log = log.merge("1", "2", reason="one bursting cell").delete("3", reason="mains")
    >>> log.unit_names
    ('1',)
    >>> log.undo(2, reason="a cell after all").unit_names
    ('1', '3')
    """

    session: str = ""
    units: tuple[RecordedUnit, ...] = ()
    entries: tuple[Entry, ...] = ()
    by: str = ""

    def __post_init__(self) -> None:
        for place, entry in enumerate(self.entries, start=1):
            if entry.number != place:
                raise CurationError(f"entry {place} of the curation log has the number {entry.number}")
            if isinstance(entry.operation, Undo) and not 1 <= entry.operation.entry < place:
                raise CurationError(f"entry {place} undoes entry {entry.operation.entry}, which is not before it")
        if self.units:
            self.unit_names  # noqa: B018 - raises where an entry rests on a unit that is not there

    @classmethod
    def begin(cls, session: str, units: Iterable[Unit], *, by: str = "") -> CurationLog:
        """Empty log of one session that remembers the units underneath."""
        return cls(session, tuple(RecordedUnit(unit.id, unit.times_s) for unit in units), (), by)

    @property
    def active(self) -> tuple[Entry, ...]:
        """Entries that hold: neither undone nor an undo."""
        undone: set[int] = set()
        for entry in reversed(self.entries):
            if isinstance(entry.operation, Undo) and entry.number not in undone:
                undone.add(entry.operation.entry)
        return tuple(e for e in self.entries if e.number not in undone and not isinstance(e.operation, Undo))

    @property
    def unit_names(self) -> tuple[str, ...]:
        """Names of the units once every active entry is applied."""
        names = tuple(unit.id for unit in self.units)
        for entry in self.active:
            names = names_after(names, entry)
        return names

    def signed(self, by: str) -> CurationLog:
        """Same log, its next entries signed by somebody."""
        return replace(self, by=by)

    def add(self, operation: Operation, *, reason: str, at: datetime | None = None) -> CurationLog:
        """Log with one entry more, signed now or at the time given."""
        entry = Entry(len(self.entries) + 1, operation, self.by, at or datetime.now(UTC), reason)
        return replace(self, entries=(*self.entries, entry))

    def merge(self, *units: str, reason: str, name: str = "") -> CurationLog:
        """Several units are one cell."""
        return self.add(Merge(units, name), reason=reason)

    def split(self, unit: str, *, reason: str, at_s: float | None = None, at_uv: float | None = None) -> CurationLog:
        """One unit is two cells, parted at a time or at an amplitude."""
        if at_s is not None and at_uv is None:
            return self.add(Split(unit, "time", at_s), reason=reason)
        if at_uv is not None and at_s is None:
            return self.add(Split(unit, "amplitude", at_uv), reason=reason)
        raise CurationError(f"split of unit {unit}: say at_s or at_uv, one of them")

    def delete(self, unit: str, *, reason: str) -> CurationLog:
        """A unit is no cell."""
        return self.add(Delete(unit), reason=reason)

    def relabel(self, unit: str, label: Label, *, reason: str) -> CurationLog:
        """A unit is one cell (``"single_unit"``) or several (``"multi_unit"``)."""
        return self.add(Relabel(unit, label), reason=reason)

    def restrict(self, unit: str, start_s: float, stop_s: float, *, reason: str) -> CurationLog:
        """A unit is that cell only from `start_s` to `stop_s`."""
        return self.add(Restrict(unit, start_s, stop_s), reason=reason)

    def override_call(self, unit: str, call: Call, *, reason: str) -> CurationLog:
        """State one's own 5-HT call; the rule's stays beside it."""
        return self.add(OverrideCall(unit, call), reason=reason)

    def exclude_cell(self, unit: str, *, reason: str) -> CurationLog:
        """Mark a unit as not to be summarised."""
        return self.add(ExcludeCell(unit), reason=reason)

    def move_dose(self, drug: str, given_s: float, to_s: float, *, reason: str) -> CurationLog:
        """Say when the dose that is marked at `given_s` was given."""
        return self.add(MoveDose(drug, given_s, to_s), reason=reason)

    def edit_dose(self, drug: str, given_s: float, dose: float, *, reason: str) -> CurationLog:
        """Say how much was given at `given_s`, in the record's own unit."""
        return self.add(EditDose(drug, given_s, dose), reason=reason)

    def delete_dose(self, drug: str, given_s: float, *, reason: str) -> CurationLog:
        """Say that nothing was given at `given_s`."""
        return self.add(DeleteDose(drug, given_s), reason=reason)

    def exclude_dose(self, drug: str, given_s: float, *, reason: str) -> CurationLog:
        """Leave the window of one dose out of the fit."""
        return self.add(ExcludeDose(drug, given_s), reason=reason)

    def draw_baseline(self, start_s: float, stop_s: float, *, reason: str) -> CurationLog:
        """Choose another baseline; every table says so."""
        return self.add(DrawBaseline(start_s, stop_s), reason=reason)

    def draw_window(self, drug: str, given_s: float, start_s: float, stop_s: float, *, reason: str) -> CurationLog:
        """Choose another read-out window for one dose; every table says so."""
        return self.add(DrawWindow(drug, given_s, start_s, stop_s), reason=reason)

    def undo(self, entry: int, *, reason: str) -> CurationLog:
        """Take one entry back, and leave it readable."""
        return self.add(Undo(entry), reason=reason)

    def __repr__(self) -> str:
        """One line: session, units, entries."""
        undone = sum(not isinstance(entry.operation, Undo) for entry in self.entries) - len(self.active)
        return (
            f"CurationLog({self.session!r}: {len(self.units)} units, {len(self.active)} corrections, {undone} undone)"
        )


def names_after(names: tuple[str, ...], entry: Entry) -> tuple[str, ...]:
    """Names of the units once one entry is applied.

    Raises
    ------
    CurationError
        If the entry names a unit that is not there, or makes a name that is taken.
    """
    operation = entry.operation
    if not isinstance(operation, UnitOperation):
        return names
    used = units_named(operation)
    for unit in used:
        if unit not in names:
            raise CurationError(
                f"{entry.title} needs unit {unit!r}; there are "
                f"{', '.join(names) or 'none'}: was it merged, split or deleted, or is an entry it rests on undone?"
            )
    made = _names_made(operation)
    if made is None:
        return names
    taken = [name for name in made if name in names and name not in used]
    if taken:
        raise CurationError(f"{entry.title} makes a unit {taken[0]!r}, and there is one already")
    place = names.index(used[0])
    before, after = (tuple(n for n in part if n not in used) for part in (names[:place], names[place:]))
    return (*before, *made, *after)


def _names_made(operation: UnitOperation) -> tuple[str, ...] | None:
    """Names that stand where those used stood; ``None`` where an operation makes and takes no unit."""
    if isinstance(operation, Merge):
        return (operation.new_name,)
    if isinstance(operation, Split):
        return operation.new_names
    return () if isinstance(operation, Delete) else None
