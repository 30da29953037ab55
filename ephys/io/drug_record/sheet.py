"""Every mark of a recording as a row to be edited, and read back as a dose table."""

from __future__ import annotations

import csv
import math
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ephys.errors import ParameterError
from ephys.io.atomic import atomic_path
from ephys.io.dose_rows import TO_FILL_IN
from ephys.io.dose_units import VOLUMES
from ephys.io.drug_record.legend import legend_of
from ephys.io.drug_record.marked import MarkedDose, read_marks
from ephys.io.drug_record.words import has_word
from ephys.jupyter import Shown
from ephys.model import Administration, Event, Session

SHEET_COLUMNS = (
    "session", "time_s", "mark_clock", "channel", "code", "text", "drug", "amount", "unit", "concentration",
    "concentration_unit", "dose_kind", "form", "route", "role", "barrel", "retention_na", "stop_s", "understood",
    "doubt", "mark_time_s",
)  # fmt: skip
"""Columns that are written; docs/marks.md says what to do with them."""

_FORMULA = ("=", "+", "-", "@", "'")
"""What a spreadsheet would take for a formula gets an apostrophe before it."""

_DIGITS = 18
_WIDE = {"text": 24, "understood": 48, "doubt": 48}

Cell = str | float


@dataclass(frozen=True)
class DoseSheet(Shown):
    """The drug record of a session as rows to be edited.

    Parameters
    ----------
    rows : tuple of dict
        A value per column of `SHEET_COLUMNS`: text, or a number.
    left_out : dict of str to int
        Marks without a word, by channel, that have no row.
    """

    rows: tuple[dict[str, Cell], ...]
    left_out: dict[str, int]

    def __str__(self) -> str:
        """Each row on a line: when, what was typed, what was understood, what is doubtful."""
        lines = []
        for row in self.rows:
            typed = row["text"] or (f"key {row['code']}" if row["code"] else "")
            lines.append(f"{row['time_s']:>12} s  {typed!s:<28} {row['understood']}".rstrip())
            lines += [f"{'':>14}  ? {row['doubt']}"] if row["doubt"] else []
        lines += [f"{n} marks without a word in {name!r} have no row" for name, n in self.left_out.items()]
        return "\n".join(lines) or "no marks"


def dose_sheet(session: Session, *, bare: bool = False) -> DoseSheet:
    """Return the drug record as rows to be edited.

    Parameters
    ----------
    session : Session
        As `read_session` gives it.
    bare : bool, optional
        Whether marks without a word (pulses, numbers of a digital port) get a row, too.

    Returns
    -------
    DoseSheet

    Examples
    --------
    >>> from ephys.model import DoseProtocol, Epoch, Support
    >>> whole = DoseProtocol((), Support.of(Epoch(0.0, 600.0)))
    >>> print(dose_sheet(Session("rat07", whole, events=(Event(180.0, "IPSA 20 ug/kg iv"), Event(270.0, "lesop 5")))))
    180.0 s  IPSA 20 ug/kg iv ipsapirone 20 ug/kg i.v., agonist ('IPSA' is taken as ipsapirone)
    270.0 s  lesop 5          lesopitron 5 (no unit), agonist ('lesop' is taken as lesopitron)
                              ? '5' has no unit
    """
    reading = session.reading
    legend = legend_of(reading.legend)
    own = [a for a in session.protocol.administrations if a.source != "mark"]
    worded = [event for event in session.events if bare or _has_word(event, legend)]
    marks = read_marks(
        [event for event in worded if event.text.strip() or event.code.strip()],
        reading=reading, support=session.support, weight_g=session.subject.weight_g,
    )  # fmt: skip
    rows = [_given_row(a, session) for a in own]
    rows += [_mark_row(mark, session, only_note=bool(own)) for mark in marks]
    rows += [_row(event, session) for event in worded if not (event.text.strip() or event.code.strip())]
    rows.sort(key=lambda row: float(row["time_s"]))
    out = Counter(event.channel for event in session.events if not (bare or _has_word(event, legend)))
    return DoseSheet(tuple(rows), dict(out))


def write_dose_sheet(
    session: Session, path: str | os.PathLike[str], *, bare: bool = False, overwrite: bool = False
) -> Path:
    """Write every mark as a row of a dose table: correct it, and give it back as `doses`.

    Times are on the file's own clock, as its program shows them: reading the table adds the clock offset, as it does
    for any dose table. `mark_time_s` keeps the mark's time, so that a time that was changed is known.

    Parameters
    ----------
    session : Session
        As `read_session` gives it.
    path : path
        The name ends in ``.csv``, ``.tsv`` or ``.xlsx``.
    bare : bool, optional
        Whether marks without a word get a row, too.
    overwrite : bool, optional
        Whether a table that is there, and may have been edited, is replaced.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    ParameterError
        If there is such a file, or its name ends otherwise.

    Examples
    --------
    >>> import tempfile
    >>> from ephys.io import read_doses
    >>> from ephys.model import DoseProtocol, Epoch, Support
    >>> whole = Support.of(Epoch(0.0, 600.0))
    >>> session = Session("rat07", DoseProtocol((), whole), events=(Event(180.0, "IPSA 20 ug/kg iv"),))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = write_dose_sheet(session, Path(folder) / "doses.csv")
    ...     (given,) = read_doses(table, session_id="rat07", support=whole, events=session.events)
    >>> given.drug, given.start_s, given.dose
    ('ipsapirone', 180.0, 20.0)
    """
    path = Path(path)
    if path.suffix.lower() not in (".csv", ".tsv", ".xlsx"):
        raise ParameterError(f"a dose table is written as .csv, .tsv or .xlsx, got {path.name!r}")
    if path.exists() and not overwrite:
        raise ParameterError(f"{path} is there, and may hold your corrections; name another (or --force)")
    rows = dose_sheet(session, bare=bare).rows
    with atomic_path(path) as temporary:
        if path.suffix.lower() == ".xlsx":
            _write_workbook(rows, temporary)
        else:
            _write_text(rows, temporary, "," if path.suffix.lower() == ".csv" else "\t")
    return path


# --- rows ------------------------------------------------------------------------------------------------------------


def _has_word(event: Event, legend: dict[str, str]) -> bool:
    """Whether a mark says something, or is a key that somebody pressed."""
    said = event.text.strip(), event.code.strip()
    return any(map(has_word, said)) or bool(legend.keys() & set(said)) or (
        bool(any(said)) and "key" in event.channel.lower()
    )  # fmt: skip


def file_time(time_s: float, offset_s: float) -> float:
    """Time on the file's clock, in the fewest digits from which the offset leads back to it exactly.

    >>> file_time(100.1, 0.3), file_time(0.1 + 0.2, 0.0)
    (99.8, 0.30000000000000004)
    """
    difference = time_s - offset_s
    if not offset_s:
        return time_s
    shorter = (round(difference, digits) for digits in range(_DIGITS))
    return next((value for value in shorter if value + offset_s == time_s), difference)


def _row(event: Event, session: Session) -> dict[str, Cell]:
    """Row of a mark, without what it gave."""
    time_s = file_time(event.time_s, session.reading.clock_offset_s)
    begun = session.started_at
    clock = f"{begun + timedelta(seconds=time_s):%H:%M:%S}" if begun and abs(time_s) < 1e8 else ""
    row: dict[str, Cell] = dict.fromkeys(SHEET_COLUMNS, "")
    return row | {
        "session": session.id, "time_s": time_s, "mark_clock": clock, "channel": event.channel, "code": event.code,
        "text": event.text, "mark_time_s": time_s, "understood": "a note: nothing given",
    }  # fmt: skip


def _mark_row(mark: MarkedDose, session: Session, *, only_note: bool) -> dict[str, Cell]:
    """Row of a mark with what was understood; what only a person can say is a question mark."""
    row, reading = _row(mark.event, session), mark.reading
    if only_note:
        return row | {"understood": "not used: what was given comes from a table"}
    if mark.ends_s is not None:
        return row | {"understood": f"{reading.understood}: ends what began at {mark.ends_s:g} s"}
    if reading.is_note:
        return row
    offset_s = session.reading.clock_offset_s
    cells: dict[str, Cell] = {
        "drug": reading.drug or TO_FILL_IN,
        "amount": reading.amount,
        "unit": reading.unit,
        "concentration": mark.stock.concentration,
        "concentration_unit": mark.stock.unit,
        "dose_kind": mark.dose_kind,
        "form": reading.form,
        "route": reading.route,
        "role": reading.role,
        "stop_s": "" if mark.stop_s is None else file_time(mark.stop_s, offset_s),
        "understood": reading.understood,
        "doubt": "; ".join(mark.doubts),
    }
    return row | cells | dict.fromkeys(reading.asked, TO_FILL_IN)


def _given_row(given: Administration, session: Session) -> dict[str, Cell]:
    """Row of an administration that no mark gave: of the file's own table, or of another."""
    offset_s = session.reading.clock_offset_s
    converted = given.unit in VOLUMES and given.dose_unit not in ("", "ml/kg")
    row = _row(Event(given.start_s, given.text), session)
    return row | {
        "drug": given.drug,
        "amount": given.dose if converted else given.amount,
        "unit": given.dose_unit if converted else given.unit,
        "dose_kind": given.dose_kind if not math.isnan(given.dose) else "",
        "form": given.form,
        "route": given.route,
        "role": given.role,
        "barrel": given.barrel,
        "retention_na": given.retention_na,
        "stop_s": "" if given.stop_s is None else file_time(given.stop_s, offset_s),
        "understood": f"from {given.source or 'the file'}",
        "mark_time_s": "",
    }  # fmt: skip


# --- files -----------------------------------------------------------------------------------------------------------


def _cell(value: Cell) -> Cell:
    """Value as it is written: no number that is none, no sign that a spreadsheet acts on."""
    if not isinstance(value, str):
        return "" if math.isnan(value) else value
    plain = "".join(letter if letter.isprintable() else " " for letter in value)
    return f"'{plain}" if plain.startswith(_FORMULA) else plain


def _write_text(rows: Sequence[dict[str, Cell]], path: Path, delimiter: str) -> None:
    """Write a text table that Excel, too, reads as UTF-8."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(SHEET_COLUMNS)
        writer.writerows([_cell(row[column]) for column in SHEET_COLUMNS] for row in rows)


def _write_workbook(rows: Sequence[dict[str, Cell]], path: Path) -> None:
    """Write an Excel workbook with one sheet."""
    try:
        from openpyxl import Workbook
        from openpyxl.styles import Font
    except ImportError:
        raise ParameterError(f"{path.name}: an Excel workbook needs openpyxl: pip install 'ephys[excel]'") from None
    book = Workbook()
    sheet = book.active
    sheet.title = "doses"
    sheet.append(SHEET_COLUMNS)
    for row in rows:
        sheet.append([_cell(row[column]) for column in SHEET_COLUMNS])
    for cell, column in zip(sheet[1], SHEET_COLUMNS, strict=True):
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = _WIDE.get(column, 14)
    sheet.freeze_panes = "A2"
    book.save(path)
