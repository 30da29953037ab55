"""A cohort's recordings, opened without reading their voltage: what the rows say of them, checked against them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ephys.errors import CohortFault, EphysError, TableError
from ephys.io.cohort_reading.across import ReadCell
from ephys.io.cohort_reading.alike import Spellings
from ephys.io.cohort_reading.faults import as_fault, more_rows
from ephys.io.dose_times import EARLY_S
from ephys.io.drug_record.record import with_drug_record
from ephys.io.schema import Row
from ephys.io.session import open_contents
from ephys.io.settings_file import read_settings
from ephys.io.told import told
from ephys.jupyter import Shown
from ephys.jupyter.progress import tqdm
from ephys.model import SORTED, CohortCell, ReadingSettings, Session


@dataclass(frozen=True)
class CohortProblem(Shown):
    """A recording that cannot be read; the rest of the cohort can go on.

    Parameters
    ----------
    row : int
        Of the cohort's table: the first that needs the file.
    file : str
        The recording.
    reason : str
        Why not, and what to do.
    """

    row: int
    file: str
    reason: str

    def __str__(self) -> str:
        """One line."""
        return f"row {self.row}: {self.reason if self.file in self.reason else f'{self.file}: {self.reason}'}"


@dataclass(frozen=True)
class Findings:
    """What opening the recordings showed."""

    faults: list[CohortFault] = field(default_factory=list)
    problems: list[CohortProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def absent_files(cells: Sequence[ReadCell]) -> tuple[CohortProblem, ...]:
    """Find recordings that are not there, empty, or may not be read."""
    users: dict[Path, list[int]] = {}
    for row, cell in cells:
        for path in cell.files:
            users.setdefault(path, []).append(row.number)
    found = ((path, rows, _absence(path)) for path, rows in users.items())
    return tuple(CohortProblem(rows[0], str(path), f"{why}{more_rows(rows)}") for path, rows, why in found if why)


def open_sessions(
    cells: Sequence[ReadCell], weights_g: dict[str, float], *, unsound: Collection[Path], progress: bool
) -> Findings:
    """Open every recording that is there, and check unit, wire, doses and times against it.

    Parameters
    ----------
    cells : sequence of (Row, CohortCell)
        Of sound rows.
    weights_g : dict of str to float
        Of the animals, NaN where not stated.
    unsound : collection of Path
        Files that cannot be read: recordings, dose tables, settings. They have been told.
    progress : bool
        Whether a bar shows how far it is.
    """
    findings = Findings()
    served: dict[tuple[object, ...], list[ReadCell]] = {}
    for row, cell in cells:
        key = (cell.files, cell.session, cell.wires, cell.doses, cell.settings, cell.animal)
        served.setdefault(key, []).append((row, cell))
    for users in tqdm(served.values(), desc="opening", unit="session", disable=not progress):
        weight_g = weights_g.get(users[0][1].animal, math.nan)
        files = [path for path in users[0][1].files if path not in unsound]
        sessions = [session for path in files if (session := _open(path, users, weight_g, unsound, findings))]
        if len(sessions) == len(users[0][1].files):
            for row, cell in users:
                findings.faults.extend(_unit_faults(sessions, row, cell))
    return findings


def _open(
    path: Path, users: Sequence[ReadCell], weight_g: float, unsound: Collection[Path], findings: Findings
) -> Session | None:
    """Open one recording for the rows that it serves; ``None`` where it cannot be."""
    row, cell = users[0]
    try:
        reading = _reading(cell, weight_g, unsound)
        session = open_contents(path, reading, session=cell.session or None).session
    except (EphysError, OSError) as error:
        findings.problems.append(CohortProblem(row.number, str(path), f"{error}{more_rows(users)}"))
        return None
    except Exception as error:  # of a library that a damaged file has confused; the other files can be opened
        reason = f"cannot be read ({type(error).__name__}: {error}){more_rows(users)}"
        findings.problems.append(CohortProblem(row.number, str(path), reason))
        return None
    if len(cell.files) == 1:  # doses and times of a cell that spans files are on the clock of all of them
        _read_doses(session, users, reading, unsound, findings)
        findings.notes.extend(_start_notes(session, users))
        for each in users:
            findings.faults.extend(_time_faults(session, *each))
    return session


def _reading(cell: CohortCell, weight_g: float, unsound: Collection[Path]) -> ReadingSettings:
    """What is said of a file: the row's settings, and over them its wire and the animal's weight."""
    settings = cell.settings if cell.settings not in unsound else None
    base = read_settings(settings).reading if settings else ReadingSettings()
    return told(base, wire=cell.wires or None, weight_g=None if math.isnan(weight_g) else weight_g)


def _read_doses(
    session: Session,
    users: Sequence[ReadCell],
    reading: ReadingSettings,
    unsound: Collection[Path],
    findings: Findings,
) -> None:
    """Find what is wrong with the dose table on the recording's clock, and what is odd about it."""
    row, cell = users[0]
    if cell.doses is None or cell.doses in unsound:
        return
    try:
        doubts = with_drug_record(session, cell.doses, reading).doubts
    except TableError as error:
        fault = as_fault(error, str(cell.doses))
        at_row = row.error("doses", f"{fault.message} ({row['file']}){more_rows(users)}").fault
        findings.faults.append(fault if fault.row else at_row)
    except EphysError as error:
        findings.faults.append(row.error("doses", f"{error}{more_rows(users)}").fault)
    else:
        findings.notes.extend(doubt for doubt in doubts if doubt not in session.doubts)


def _unit_faults(sessions: Sequence[Session], row: Row, cell: CohortCell) -> Iterator[CohortFault]:
    """Find a unit that no file of the row has; in one of several the cell may be silent."""
    names = Spellings(unit.id for session in sessions for unit in session.units)
    voltage = any(session.recording is not None for session in sessions)
    if cell.unit.split()[:1] == [SORTED]:
        if not voltage:
            yield row.error("unit", f"{row['file']} has no voltage to sort{_has(names)}").fault
    elif cell.unit and cell.unit not in names:
        close = names.nearest(cell.unit)
        yield row.error(
            "unit", f"{row['file']} has no such unit{f'; did you mean {close!r}?' if close else ''}{_has(names)}"
        ).fault
    elif not cell.unit and not voltage and len(names.names) != 1:
        yield row.error("unit", f"must name one: {row['file']} has no voltage to sort{_has(names)}").fault


def _has(names: Spellings) -> str:
    """Name the units of a recording."""
    shown = ", ".join(map(repr, names.names[:_SHOWN])) + (", ..." if len(names.names) > _SHOWN else "")
    return f"; its units are {shown}" if shown else "; it has no units of its own"


_SHOWN = 12


def _time_faults(session: Session, row: Row, cell: CohortCell) -> Iterator[CohortFault]:
    """Find a part of the file that is not in it."""
    first_s, last_s = session.support.start_s, session.support.stop_s
    for column, time_s in (("from_s", cell.from_s), ("to_s", cell.to_s)):
        if time_s > last_s + EARLY_S or (column == "from_s" and time_s >= last_s):
            more = "" if session.recording else " (of spikes alone, stop_s in its settings states it)"
            yield row.error(column, f"the recording ends at {last_s:g} s{more}").fault
        if time_s < first_s - EARLY_S:
            yield row.error(column, f"the recording begins at {first_s:g} s").fault


def _start_notes(session: Session, users: Iterable[ReadCell]) -> Iterator[str]:
    """Say where a row gives another date than the file."""
    begun = session.started_at
    for row, cell in users:
        if begun and cell.date and cell.date != begun.date():
            yield f"row {row.number}: {cell.date} holds, though {row['file']} says that it began on {begun.date()}"


def _absence(path: Path) -> str:
    """Why a file cannot be read at all; empty where it can."""
    try:
        if path.is_dir():
            return "" if next(path.iterdir(), None) else "an empty folder"
        with path.open("rb") as file:
            return "" if file.read(1) else "empty (0 bytes)"
    except FileNotFoundError:
        parted = "; folders are parted by / here" if "\\" in path.name else ""
        return f"no such file{parted}"
    except OSError as error:
        return f"cannot be opened: {error.strerror or error}"
