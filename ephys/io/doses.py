"""The dose table: what was given, as the laboratory types it, checked row by row."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from ephys.errors import ParameterError, TableError
from ephys.io.dose_units import convert
from ephys.io.schema import Row, read_table
from ephys.model import Administration, DoseProtocol, Event, Subject, Support

DOSE_COLUMNS = (
    "session", "time_s", "clock_time", "mark", "stop_s", "drug", "amount", "unit", "concentration",
    "concentration_unit", "dose_kind", "form", "route", "role", "barrel",
)  # fmt: skip
"""Columns that are read; docs/tables.md says what they mean."""

WRITTEN_COLUMNS = ("text", "understood", "doubt")
"""Columns that the program writes for people to read, and ignores."""

_TIMES = ("time_s", "clock_time", "mark")
_ROUTES = {
    "iv": "i.v.", "i.v.": "i.v.", "i.v": "i.v.", "ip": "i.p.", "i.p.": "i.p.", "i.p": "i.p.", "sc": "s.c.",
    "s.c.": "s.c.", "s.c": "s.c.", "po": "p.o.", "p.o.": "p.o.", "p.o": "p.o.", "bath": "bath",
    "iontophoresis": "iontophoresis",
}  # fmt: skip
_ROLES = {role: role for role in ("agonist", "vehicle", "antagonist", "anaesthetic", "wash", "challenge", "other")}
_ROLES["anesthetic"] = "anaesthetic"
_KINDS = {"increment": "increment", "cumulative": "cumulative"}
_SERIES = ("agonist", "antagonist", "challenge")
"""Roles whose doses add up, so that a second row must say how."""

_EARLY_S = 1.0
"""A dose this little before the first sample is taken as given at the start. Convention."""


@dataclass(frozen=True)
class _Clock:
    """What a row's time is read against."""

    support: Support
    events: tuple[Event, ...]
    started_at: datetime | None
    offset_s: float


def read_doses(
    path: str | os.PathLike[str],
    *,
    session_id: str,
    support: Support,
    events: Sequence[Event] = (),
    started_at: datetime | None = None,
    subject: Subject | None = None,
    clock_offset_s: float = 0.0,
) -> tuple[Administration, ...]:
    r"""Read the dose table of one session.

    Parameters
    ----------
    path : path
        The table; its columns are in ``docs/tables.md``.
    session_id : str
        Which session's rows, where the table serves several.
    support : Support
        When the session was recorded: no dose may lie outside.
    events : sequence of Event, optional
        The file's marks, for rows that name one.
    started_at : datetime, optional
        When second 0 was, for rows with a time of day.
    subject : Subject, optional
        Its weight turns millilitres into µg/kg.
    clock_offset_s : float, optional
        Added to `time_s`, `clock_time` and `stop_s`; marks are on the session's clock already.

    Returns
    -------
    tuple of Administration
        In order of time.

    Raises
    ------
    TableError
        For whatever cannot be understood: one line with file, row, column and value.

    Examples
    --------
    >>> import tempfile
    >>> from ephys.model import Epoch
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = Path(folder) / "doses.csv"
    ...     _ = table.write_text("time_s,drug,amount,unit,route\n180,Ipsapirone,0.02,mg/kg,iv\n")
    ...     (given,) = read_doses(table, session_id="rat07", support=Support.of(Epoch(0.0, 600.0)))
    >>> given.drug, given.dose, given.dose_unit, given.route, given.unit
    ('ipsapirone', 20.0, 'ug/kg', 'i.v.', 'mg/kg')
    """
    rows = _rows_of(Path(path), session_id)
    clock = _Clock(support, tuple(events), started_at, clock_offset_s)
    marks = _marks(rows, clock)
    given = [_administration(row, clock, marks.get(row.number), subject or Subject()) for row in rows]
    _check_series(rows, given)
    try:
        return DoseProtocol(tuple(given), support).administrations
    except ParameterError as error:
        raise TableError(f"{path}: {error}") from error


def _rows_of(path: Path, session_id: str) -> tuple[Row, ...]:
    """Return the rows of one session."""
    rows = read_table(path, known=DOSE_COLUMNS, required=("drug",), ignored=WRITTEN_COLUMNS)
    mine = tuple(row for row in rows if row["session"] in ("", session_id))
    if not mine:
        has = ", ".join(sorted({row["session"] for row in rows})) or "no rows"
        raise TableError(f"{path}: no row for session {session_id!r}; the table has {has}")
    return mine


def _administration(row: Row, clock: _Clock, mark: Event | None, subject: Subject) -> Administration:
    """Return what one row says."""
    drug = row["drug"].lower()
    if not drug:
        raise row.error("drug", "must name the compound")
    role = row.choice_in("role", _ROLES, "agonist")
    start_s = _start_s(row, clock, mark)
    stop_s = row.number_in("stop_s") + clock.offset_s
    if stop_s <= start_s:
        raise row.error("stop_s", f"must be after the start at {start_s:g} s")
    amount = convert(row, role, subject)
    return Administration(
        drug=drug,
        start_s=start_s,
        stop_s=None if math.isnan(stop_s) else stop_s,
        amount=amount.typed,
        unit=amount.typed_unit,
        dose=amount.dose,
        dose_unit=amount.dose_unit,
        derivation=amount.derivation,
        dose_kind=row.choice_in("dose_kind", _KINDS, "increment"),  # type: ignore[arg-type]  # one of _KINDS
        form=row["form"].lower(),
        route=row.choice_in("route", _ROUTES, ""),
        role=role,  # type: ignore[arg-type]  # one of _ROLES
        barrel=row["barrel"],
        source=f"{row.path.name}, row {row.number}",
        text=mark.text if mark else "",
    )


# --- time ------------------------------------------------------------------------------------------------------------


def _start_s(row: Row, clock: _Clock, mark: Event | None) -> float:
    """When it was given, on the session's clock, within the recording."""
    stated = [column for column in _TIMES if row[column]]
    if len(stated) != 1:
        found = " and ".join(stated) or "none"
        raise row.error("time_s", f"exactly one of time_s, clock_time and mark must be stated, found {found}")
    if mark is not None:
        start_s = mark.time_s
    elif row["time_s"]:
        start_s = row.number_in("time_s") + clock.offset_s
    else:
        start_s = _clock_s(row, clock.started_at) + clock.offset_s
    first_s, last_s = clock.support.start_s, clock.support.stop_s
    if start_s >= last_s:
        raise row.error(stated[0], f"{start_s:g} s is after the end of the recording at {last_s:g} s")
    if start_s < first_s - _EARLY_S:
        raise row.error(stated[0], f"{start_s:g} s is before the start of the recording at {first_s:g} s")
    return start_s


def _clock_s(row: Row, started_at: datetime | None) -> float:
    """Seconds from the file's second 0 to a time of day; a time before that is of the next day."""
    if started_at is None:
        raise row.error("clock_time", "the recording does not say when it began; give time_s")
    text = row["clock_time"]
    begun = started_at.replace(tzinfo=None)
    try:
        if len(text) > len("00:00:00.000000"):
            return (_same_zone(datetime.fromisoformat(text), started_at) - started_at).total_seconds()
        of_day = time.fromisoformat(f"0{text}" if text[1:2] == ":" else text).replace(tzinfo=None)
        moment = datetime.combine(begun.date(), of_day)
    except ValueError:
        raise row.error("clock_time", "must be a time like 14:05:30, or a date and time") from None
    if moment < begun.replace(microsecond=0):
        moment += timedelta(days=1)
    return (moment - begun).total_seconds()


def _same_zone(moment: datetime, started_at: datetime) -> datetime:
    """Moment in the terms of the file's clock: one without a zone is taken to be in the file's own."""
    if started_at.tzinfo is None:
        return moment.replace(tzinfo=None)
    return moment if moment.tzinfo else moment.replace(tzinfo=started_at.tzinfo)


def _marks(rows: Sequence[Row], clock: _Clock) -> dict[int, Event]:
    """Return the mark of each row that names one: by text or key, the rows in the order of the marks."""
    found: dict[int, Event] = {}
    for word in dict.fromkeys(row["mark"].lower() for row in rows if row["mark"]):
        users = [row for row in rows if row["mark"].lower() == word]
        marks = [event for event in clock.events if word in (event.text.lower(), event.code.lower())]
        if not marks:
            texts = ", ".join(dict.fromkeys(repr(e.text or e.code) for e in clock.events if e.text or e.code))
            raise users[0].error("mark", f"no such mark in the recording; it has {texts or 'none'}")
        if len(marks) != len(users):
            raise users[0].error(
                "mark", f"{len(marks)} marks of this kind in the recording, {len(users)} rows for them; give time_s"
            )
        found.update({row.number: mark for row, mark in zip(users, marks, strict=True)})
    return found


# --- rows against each other -----------------------------------------------------------------------------------------


def _check_series(rows: Sequence[Row], given: Sequence[Administration]) -> None:
    """Raise for what only two rows together show: duplicates, mixed units, increments or totals unsaid."""
    seen: dict[tuple[object, ...], int] = {}
    first: dict[str, tuple[Row, Administration]] = {}
    for row, a in zip(rows, given, strict=True):
        key = (a.drug, a.start_s, a.role, a.barrel, a.route, str(a.amount), a.unit)
        if key in seen:
            raise row.error("drug", f"the same as row {seen[key]}: {a.drug} at {a.start_s:g} s; delete one")
        seen[key] = row.number
        if a.role not in _SERIES:
            continue
        if a.drug not in first:
            first[a.drug] = (row, a)
            continue
        earlier, before = first[a.drug]
        if a.dose_unit != before.dose_unit:
            has = f"row {earlier.number} has {before.unit!r}"
            raise row.error("unit", f"mixed units for {a.drug}: {has}, to which this cannot be added")
        for each in (earlier, row):
            if not each["dose_kind"]:
                raise each.error(
                    "dose_kind", f"{a.drug} has several rows: say increment (what was added) or cumulative (the total)"
                )
