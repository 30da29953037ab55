"""The dose table: what was given, as the laboratory types it, checked row by row."""

from __future__ import annotations

import difflib
import math
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from ephys.errors import TableError
from ephys.io.dose_rows import (
    is_note,
    read_form,
    read_kind,
    read_retention,
    read_role,
    read_route,
    route_of,
    scan_doses,
)
from ephys.io.dose_series import Stated, series_faults
from ephys.io.dose_times import Clock, exact, mark_of, named_marks, start_of
from ephys.io.dose_units import Stock, convert
from ephys.io.drug_record.names import plain_drug
from ephys.io.schema import Row
from ephys.model import Administration, DoseProtocol, Event, Subject, Support
from ephys.pharmacology.compounds import COMPOUNDS

_ALIKE = 0.8
"""Likeness from which two unknown names may be one, misspelt (convention)."""


@dataclass(frozen=True, slots=True)
class DoseTable:
    """What a dose table holds for one session, and what is odd about it."""

    administrations: tuple[Administration, ...]
    doubts: tuple[str, ...]


def read_doses(
    path: str | os.PathLike[str],
    *,
    session_id: str,
    support: Support,
    events: Sequence[Event] = (),
    started_at: datetime | None = None,
    subject: Subject | None = None,
    clock_offset_s: float = 0.0,
    dose_kind: str = "",
    stocks: Mapping[str, Stock] | None = None,
) -> tuple[Administration, ...]:
    r"""Read the dose table of one session.

    Parameters
    ----------
    path : path
        The table, text or Excel; its columns are in ``docs/tables.md``.
    session_id : str
        Which session's rows, where the table serves several.
    support : Support
        When the session was recorded: no dose may lie outside.
    events : sequence of Event, optional
        The file's marks, for rows that name one, or were written for one.
    started_at : datetime, optional
        When second 0 was, for rows with a time of day.
    subject : Subject, optional
        Its weight turns millilitres into µg/kg.
    clock_offset_s : float, optional
        Added to `time_s`, `clock_time` and `stop_s`; the events are on the session's clock already.
    dose_kind : {"", "increment", "cumulative"}, optional
        Of rows that do not say.
    stocks : mapping of str to Stock, optional
        What a volume was drawn from, by drug, for rows without a concentration.

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
    clock = Clock(support, tuple(events), started_at, clock_offset_s)
    return read_dose_table(
        path, session_id=session_id, clock=clock, subject=subject, dose_kind=dose_kind, stocks=stocks
    ).administrations


def read_dose_table(
    path: str | os.PathLike[str],
    *,
    session_id: str,
    clock: Clock,
    subject: Subject | None = None,
    dose_kind: str = "",
    stocks: Mapping[str, Stock] | None = None,
) -> DoseTable:
    """Read the dose table of one session, with what is odd about it: `read_doses` says what the arguments are.

    Raises
    ------
    TableError
        For whatever cannot be understood.
    """
    rows = tuple(row for row in rows_of_session(Path(path), session_id) if not is_note(row))
    written = {row.number: mark for row in rows if row["mark_time_s"] and (mark := mark_of(row, clock))}
    marks = named_marks(rows, clock) | written
    given = [
        _administration(row, clock, marks.get(row.number), subject or Subject(), stocks or {}, dose_kind)
        for row in rows
    ]
    stated = [
        Stated(a, f"row {row.number}", bool(row["dose_kind"] or dose_kind)) for row, a in zip(rows, given, strict=True)
    ]
    for fault in series_faults(stated, what="rows", support=clock.support):
        raise rows[fault.index].error(fault.column, fault.message)
    doubts = [
        f"{Path(path).name}, row {row.number}: {doubt}" for row in rows for doubt in _odd(row, rows, clock, marks)
    ]
    doubts += [f"{Path(path).name}, row {row}: {doubt}" for row, doubt in _other_units(rows, given)]
    doubts += [f"{Path(path).name}: {doubt}" for doubt in _roles_taken(rows)]
    return DoseTable(DoseProtocol(tuple(given), clock.support).administrations, tuple(doubts))


def rows_of_session(path: Path, session_id: str) -> tuple[Row, ...]:
    """Return the rows of one session."""
    state = path.stat() if path.exists() else None
    rows = _rows_by_session(path, (state.st_size, state.st_mtime_ns) if state else None)
    mine = [row for name in {"", session_id} for row in rows.get(name, ())]
    if not mine:
        has = ", ".join(sorted(rows)) or "no rows"
        raise TableError(f"{path}: no row for session {session_id!r}; the table has {has}")
    return tuple(sorted(mine, key=lambda row: row.number))


@lru_cache(maxsize=4)
def _rows_by_session(path: Path, state: tuple[int, int] | None) -> dict[str, list[Row]]:  # noqa: ARG001 - read anew
    """Return the rows of each session; a table that serves a thousand is read once, and again once it has changed."""
    scan = scan_doses(path)
    for fault in scan.faults:
        raise fault
    rows: dict[str, list[Row]] = {}
    for row in scan.rows:
        rows.setdefault(row["session"], []).append(row)
    return rows


def _administration(
    row: Row, clock: Clock, mark: Event | None, subject: Subject, stocks: Mapping[str, Stock], dose_kind: str
) -> Administration:
    """Return what one row says."""
    drug, _ = plain_drug(row["drug"])
    role = read_role(row)
    start_s = start_of(row, clock, mark)
    stop_s = row.number_in("stop_s") + clock.offset_s
    if row["mark_time_s"]:
        stop_s = exact(stop_s, clock.events)
    if stop_s <= start_s:
        raise row.error("stop_s", f"must be after the start at {start_s:g} s")
    amount = convert(row, role, subject, stocks.get(drug))
    typed = row["drug"] if row["drug"].lower() != drug else ""
    moved = "" if mark is None or row["mark"] or start_s == mark.time_s else f", moved from {mark.time_s:g} s"
    return Administration(
        drug=drug,
        start_s=start_s,
        stop_s=None if math.isnan(stop_s) else stop_s,
        amount=amount.typed,
        unit=amount.typed_unit,
        dose=amount.dose,
        dose_unit=amount.dose_unit,
        derivation=amount.derivation,
        dose_kind=read_kind(row) or dose_kind or "increment",  # type: ignore[arg-type]  # one of _KINDS
        form=read_form(row),
        route=route_of(read_route(row), amount.dose_unit, row["barrel"]),
        role=role,  # type: ignore[arg-type]  # one of _ROLES
        barrel=row["barrel"],
        source=f"{row.path.name}, row {row.number}{moved}",
        text=(mark.text or (mark.code if row["mark_time_s"] else "")) if mark else typed,
        retention_na=read_retention(row, amount.dose_unit),
    )


# --- what is odd, and no error ---------------------------------------------------------------------------------------


def _odd(row: Row, rows: Sequence[Row], clock: Clock, marks: Mapping[int, Event]) -> list[str]:
    """Say what a person should look at in a row."""
    drug, doubt = plain_drug(row["drug"])
    doubts = [doubt] if doubt else []
    compound = COMPOUNDS.get(drug)
    if compound is None:
        alike = [n for n in _others(row, rows) if _may_be(drug, n)]
        doubts += [f"{row['drug']!r} is nearly {alike[0]!r} of another row; are they one?"] if alike else []
    else:
        form = read_form(row)
        if form and compound.base and form not in ("base", *compound.salts):
            doubts.append(f"{form!r} is no form of {drug} that is known: {', '.join(('base', *compound.salts))}")
    if row["mark_time_s"]:
        mark = marks.get(row.number)
        if mark is None:
            doubts.append(f"the recording has no mark at {row.number_in('mark_time_s'):.9g} s; is this its table?")
        elif row["time_s"] and exact(row.number_in("time_s") + clock.offset_s, (mark,)) != mark.time_s:
            doubts.append(f"moved by hand from the mark at {mark.time_s:g} s")
    return doubts


def _other_units(rows: Sequence[Row], given: Sequence[Administration]) -> Iterator[tuple[int, str]]:
    """Say in which row a drug is given in another unit than in most: a slip is a thousandfold dose."""
    units: dict[str, Counter[str]] = defaultdict(Counter)
    stated = [(row.number, each) for row, each in zip(rows, given, strict=True) if each.unit]
    for _, each in stated:
        units[each.drug][each.unit] += 1
    for number, each in stated:
        usual = units[each.drug].most_common(1)[0][0]
        if each.unit != usual:
            yield number, f"{each.amount:g} {each.unit} of {each.drug}, elsewhere in {usual}; is it meant?"


def _roles_taken(rows: Sequence[Row]) -> Iterator[str]:
    """Say, once for each drug, which role was taken where none is stated; that an agonist is one needs no word."""
    for drug in dict.fromkeys(plain_drug(row["drug"])[0] for row in rows if not row["role"]):
        compound = COMPOUNDS.get(drug)
        if compound is None:
            yield f"{drug!r} is not in the table of compounds and has no role: it counts as agonist"
        elif compound.role != "agonist":
            yield f"{drug} has no role: it counts as {compound.role}, as in the table of compounds"


def _others(row: Row, rows: Sequence[Row]) -> list[str]:
    """Names of the drugs of the other rows, each once."""
    return [
        name for name in dict.fromkeys(plain_drug(r["drug"])[0] for r in rows) if name != plain_drug(row["drug"])[0]
    ]


def _may_be(name: str, other: str) -> bool:
    """Whether two names are nearly one; names that differ in their numbers are not.

    >>> _may_be("compound-a17", "compoud-a17"), _may_be("sb-1", "sb-2")
    (True, False)
    """
    if re.findall(r"\d+", name) != re.findall(r"\d+", other):
        return False
    return difflib.SequenceMatcher(None, name, other).ratio() >= _ALIKE
