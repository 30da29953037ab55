"""The log of a person's corrections: signed, dated, with a reason each, never rewritten.

A log is a value. Each correction makes a new log with one entry more; an undo is an entry, too, so what was once
decided can always be read. Results are computed anew from the recording and the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from ephys.errors import CurationError
from ephys.jupyter import Shown, shown, table
from ephys.model import Unit
from ephys.model.epoch import FloatArray
from ephys.sorting.curation.entry import Entry
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
    SplitSpikes,
    Undo,
    UnitOperation,
)
from ephys.sorting.curation.settling import TIME_STEP_S
from ephys.sorting.curation.standing import Standing, active_entries, check_entries, stand, undone_numbers
from ephys.sorting.curation.wording import operation_text


@dataclass(frozen=True, eq=False)
class RecordedUnit:
    """A unit as it was when the log was begun: its name and spike times, by which it is known again."""

    id: str
    times_s: FloatArray

    def __post_init__(self) -> None:
        times = np.round(np.array(self.times_s, dtype=np.float64) / TIME_STEP_S) * TIME_STEP_S
        times.flags.writeable = False
        object.__setattr__(self, "times_s", times)


@dataclass(frozen=True, eq=False)
class CurationLog(Shown):
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
        names = [unit.id for unit in self.units]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise CurationError(f"the curation log has two units of one name: {', '.join(twice)}")
        check_entries(self.entries, names or None)

    @classmethod
    def begin(cls, session: str, units: Iterable[Unit], *, by: str = "") -> CurationLog:
        """Empty log of one session that remembers the units underneath."""
        return cls(session, tuple(RecordedUnit(unit.id, unit.times_s) for unit in units), (), by)

    @property
    def active(self) -> tuple[Entry, ...]:
        """Entries that hold: neither undone nor an undo."""
        return active_entries(self.entries)

    @property
    def undone(self) -> frozenset[int]:
        """Numbers of the entries that no longer hold, undos that were themselves undone among them."""
        return undone_numbers(self.entries)

    @property
    def unit_names(self) -> tuple[str, ...]:
        """Names of the units once every active entry is applied."""
        return tuple(stand({unit.id: Standing() for unit in self.units}, self.active))

    @property
    def corrects_doses(self) -> bool:
        """Whether an active entry concerns the drug record, baseline and windows included."""
        return any(not isinstance(entry.operation, UnitOperation) for entry in self.active)

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

    def split_spikes(
        self,
        unit: str,
        parts: Sequence[Sequence[float]],
        *,
        reason: str,
        names: Sequence[str] = (),
        how: str = "",
    ) -> CurationLog:
        """One unit is several cells, parted spike by spike: `parts` are the times (s) of the second, third..."""
        return self.add(SplitSpikes(unit, tuple(tuple(part) for part in parts), tuple(names), how), reason=reason)

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

    def edit_dose(self, drug: str, given_s: float, dose: float, unit: str, *, reason: str) -> CurationLog:
        """Say how much was given at `given_s`, in the record's unit as typed or as converted (``"ug/kg"``...)."""
        return self.add(EditDose(drug, given_s, dose, unit), reason=reason)

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

    def undo(self, entry: int | None = None, *, reason: str) -> CurationLog:
        """Take one entry back, by default the last that holds, and leave it readable."""
        if entry is None:
            if not self.active:
                raise CurationError("no correction holds: nothing to undo")
            entry = self.active[-1].number
        return self.add(Undo(entry), reason=reason)

    def redo(self, *, reason: str) -> CurationLog:
        """Bring back what was undone last."""
        undone = self.undone
        undos = [e for e in self.entries if isinstance(e.operation, Undo) and e.number not in undone]
        held = [undo for undo in undos if self._takes_back_a_correction(undo)]
        if not held:
            raise CurationError("nothing is undone: nothing to redo")
        return self.add(Undo(held[-1].number), reason=reason)

    def _takes_back_a_correction(self, undo: Entry) -> bool:
        """Whether an undo is of a correction, and not of another undo."""
        number = undo.operation.entry if isinstance(undo.operation, Undo) else 0
        return not isinstance(self.entries[number - 1].operation, Undo)

    def told(self, entry: Entry) -> str:
        """What an entry did, in words; of an undo, what it took back.

        >>> log = CurationLog(by="A. Name").delete("4", reason="mains").undo(reason="a cell").redo(reason="mains")
        >>> [log.told(entry) for entry in log.entries[1:]]
        ['entry 1 undone (unit 4 deleted)', 'entry 1 redone (unit 4 deleted)']
        """
        if not isinstance(entry.operation, Undo):
            return operation_text(entry.operation)
        target, verb = entry, "redone"
        while isinstance(target.operation, Undo):
            target, verb = self.entries[target.operation.entry - 1], "undone" if verb == "redone" else "redone"
        return f"entry {target.number} {verb} ({operation_text(target.operation)})"

    def _repr_html_(self) -> str:
        """Every correction, undone ones included, for Jupyter."""
        rows = [
            [str(one.number), self.told(one), one.reason, one.by, one.at.isoformat(sep=" ", timespec="minutes"),
             "undone" if one.number in self.undone else "yes"]
            for one in self.entries
        ]  # fmt: skip
        return shown(self, table(["entry", "what was done", "why", "who", "when", "holds"], rows, name="entries"))

    def __repr__(self) -> str:
        """One line: session, units, entries."""
        undone = sum(not isinstance(entry.operation, Undo) for entry in self.entries) - len(self.active)
        return (
            f"CurationLog({self.session!r}: {len(self.units)} units, {len(self.active)} corrections, {undone} undone)"
        )
