"""The files that a cohort's rows name beside their recordings: dose tables, settings, curation logs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ephys.errors import CohortFault, CurationError, RowError, SettingsError, TableError
from ephys.io.cohort_reading.across import ReadCell
from ephys.io.cohort_reading.alike import Spellings
from ephys.io.cohort_reading.faults import FaultList, as_fault, more_rows
from ephys.io.curation import read_curation
from ephys.io.dose_rows import is_note, read_kind, read_role, read_route, scan_doses
from ephys.io.dose_times import TIMES
from ephys.io.dose_units import Stock, convert
from ephys.io.schema import Row
from ephys.io.settings_file import read_settings
from ephys.model import Subject

_ANY_ANIMAL = Subject(weight_g=1000.0)
_ANY_STOCK = Stock(1.0, "ug/ml")
"""Stand in where only the session knows: the file may state a weight, the settings a stock."""


def session_name(cell_session: str, files: Sequence[Path]) -> str:
    """Name by which a dose table knows a row's session, as far as the cohort tells: else the file's stem."""
    return cell_session or (files[0].stem if files else "")


def beside_faults(cells: Sequence[ReadCell]) -> Iterator[CohortFault]:
    """Find what is wrong with the files beside the recordings, each once."""
    readers: dict[str, Callable[[Path], object]] = {"settings": read_settings, "curation": read_curation}
    for column, read in readers.items():
        for path, users in _users(cells, column).items():
            try:
                read(path)
            except (SettingsError, CurationError, OSError) as error:
                yield users[0][0].error(column, f"{error}{more_rows(users)}").fault
    for path, users in _users(cells, "doses").items():
        yield from _dose_table_faults(path, users)


def session_notes(cells: Sequence[ReadCell]) -> Iterator[str]:
    """Say which sessions of dose tables no cell has: they may be misspelt."""
    for path, users in _users(cells, "doses").items():
        try:
            rows = scan_doses(path).rows
        except TableError:
            continue
        named = {session_name(cell.session, cell.files) for _, cell in users}
        unused = [name for name in dict.fromkeys(row["session"] for row in rows) if name and name not in named]
        if unused and all(cell.session for _, cell in users):
            shown = ", ".join(map(repr, unused[:_SHOWN])) + (", ..." if len(unused) > _SHOWN else "")
            yield f"{path.name} has sessions that no cell is of: {shown}"


_SHOWN = 8


def _users(cells: Sequence[ReadCell], column: str) -> dict[Path, list[ReadCell]]:
    """Rows by the file that they name."""
    users: dict[Path, list[ReadCell]] = {}
    for row, cell in cells:
        path: Path | None = getattr(cell, column)
        if path:
            users.setdefault(path, []).append((row, cell))
    return users


def _dose_table_faults(path: Path, users: Sequence[ReadCell]) -> Iterator[CohortFault]:
    """Find what is wrong with a dose table, as far as it can be told without the recordings."""
    try:
        scan = scan_doses(path)
    except (TableError, OSError) as error:
        yield users[0][0].error("doses", f"{as_fault(error, str(path)).message}: {path}{more_rows(users)}").fault
        return
    yield from (error.fault for error in scan.faults)
    faults = FaultList()
    for row in scan.rows:
        _check_row(row, faults)
    yield from faults.found
    sessions = [row["session"] for row in scan.rows]
    if not all(sessions):
        return
    known = Spellings(sessions)
    for row, cell in users:
        if cell.session and cell.session not in known:
            yield row.error("session", f"is not in the dose table {path}{known.hint(cell.session)}").fault


def _check_row(row: Row, faults: FaultList) -> None:
    """Check what a row of a dose table says by itself."""
    try:
        if is_note(row):
            return
    except RowError as error:
        faults.found.append(error.fault)
        return
    if len(stated := [column for column in TIMES if row[column]]) != 1:
        found = " and ".join(stated) or "none"
        faults.add(row, "time_s", f"exactly one of time_s, clock_time and mark must be stated, found {found}")
    start_s, stop_s = (faults.number(row, column) for column in ("time_s", "stop_s"))
    if stop_s <= start_s:
        faults.add(row, "stop_s", f"must be after the start at {start_s:g} s")
    role = faults.value("", lambda: read_role(row))
    faults.value("", lambda: read_route(row))
    faults.value("", lambda: read_kind(row))
    if role:
        faults.value(None, lambda: convert(row, role, _ANY_ANIMAL, _ANY_STOCK))
