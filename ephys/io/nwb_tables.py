"""Tables of times in an NWB file: when was recorded, what was given, and marks; into them, and out of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
from hdmf.common import VectorData
from pynwb.epoch import TimeIntervals

from ephys.errors import FileFormatError
from ephys.io.nwb_layout import (
    ADMINISTRATION_COLUMNS,
    ADMINISTRATIONS,
    BOLUS_S,
    MARK_COLUMNS,
    MARK_S,
    MARKS,
    RECORDED,
    Column,
    plain,
)
from ephys.model import Administration, DoseProtocol, Epoch, Event, Session, Support
from ephys.model.protocol import DoseKind, Role

_ROLES, _KINDS = get_args(Role), get_args(DoseKind)

_NEEDED = ("drug", "dose", "unit", "dose_kind", "role")
"""Columns without which a table is no drug record: neither role nor increment or total is guessed."""

_GIVEN = ("drug", "dose", "unit", "route")
"""Columns of another's table from which a mark is put together, in the order in which people type them."""

Row = Mapping[str, Any]


def add_tables(file: Any, session: Session) -> None:
    """Add what was recorded, what was given, and the marks."""
    recorded = [(epoch.start_s, epoch.stop_s, ()) for epoch in session.support.epochs]
    marks = [(e.time_s, e.time_s + MARK_S, (e.text, e.code, e.channel, e.polarity)) for e in session.events]
    given = _administration_rows(session.protocol)
    for name, description, columns, rows in (
        (RECORDED, "when the session was recorded", (), recorded),
        (ADMINISTRATIONS, "what was given, when, how much", ADMINISTRATION_COLUMNS, given),
        (MARKS, "marks in the file, as they were made", MARK_COLUMNS, marks),
    ):
        if rows:
            file.add_time_intervals(_intervals(name, description, columns, rows))


def _administration_rows(protocol: DoseProtocol) -> list[tuple[float, float, tuple[Any, ...]]]:
    """Return start, stop and columns of each administration."""
    totals = {id(step.administration): step.cumulative for drug in protocol.drugs for step in protocol.doses(drug)}
    rows = []
    for a in protocol.administrations:
        stop_s = a.start_s + BOLUS_S if a.stop_s is None else a.stop_s
        values = (
            a.drug, a.form, float(a.dose), a.dose_unit, a.dose_kind, float(totals.get(id(a), math.nan)), a.route,
            a.role, a.stop_s is None, float(a.amount), a.unit, a.derivation, a.barrel, a.retention_na, a.source,
            a.text,
        )  # fmt: skip
        rows.append((a.start_s, stop_s, values))
    return rows


def _intervals(
    name: str, description: str, columns: Sequence[Column], rows: Sequence[tuple[float, float, tuple[Any, ...]]]
) -> Any:
    """Return one table of intervals, in order of time as NWB wants it; its ids keep the order of the rows."""
    order = sorted(range(len(rows)), key=lambda i: rows[i][0])
    rows = [rows[i] for i in order]
    return TimeIntervals(
        name=name,
        description=description,
        id=order,
        columns=[
            VectorData(name="start_time", description="start, in seconds", data=[float(row[0]) for row in rows]),
            VectorData(name="stop_time", description="end, in seconds", data=[float(row[1]) for row in rows]),
            *(plain(columns, [row[2] for row in rows]) if columns else []),
        ],
        colnames=["start_time", "stop_time", *(column.name for column in columns)],
    )


# --- reading ---------------------------------------------------------------------------------------------------------


def read_recorded(file: Any) -> Support | None:
    """When the session was recorded, as ephys states it; ``None`` in another's file."""
    rows = _rows(file.intervals[RECORDED]) if RECORDED in (file.intervals or {}) else []
    if not rows:
        return None
    return Support(tuple(Epoch(float(r["start_time"]), float(r["stop_time"]), "recorded") for r in rows))


def read_administrations(file: Any, path: Path) -> tuple[Administration, ...]:
    """Return what was given, by the table for it; nothing where the file has none, or one that lacks what is needed.

    Raises
    ------
    FileFormatError
        For a role or a kind of dose that does not exist.
    """
    if not _is_record(file):
        return ()
    return tuple(_administration(row, path) for row in _rows(file.intervals[ADMINISTRATIONS]))


def read_marks(file: Any) -> tuple[tuple[Event, ...], tuple[str, ...]]:
    """Return the marks, and what is odd: ours as they were made, others' from annotations and tables of drugs."""
    intervals = file.intervals or {}
    events = list(_own_marks(intervals[MARKS])) if MARKS in intervals else []
    doubts: list[str] = []
    for series in (*file.acquisition.values(), *file.stimulus.values()):
        if type(series).__name__ == "AnnotationSeries":
            stamps, texts = series.timestamps[:], series.data[:]
            events += [Event(float(t), str(s), channel=series.name) for t, s in zip(stamps, texts, strict=False)]
        elif series.name in file.stimulus:
            doubts.append(f"stimulus {series.name!r} is not read")
    for table in (getattr(file, "events", None) or {}).values():
        events += _events(table)
    for name, table in intervals.items():
        if name in (RECORDED, MARKS) or (name == ADMINISTRATIONS and _is_record(file)):
            continue
        if "drug" in table.colnames:
            events += [Event(float(row["start_time"]), _as_typed(row), channel=name) for row in _rows(table)]
            lacks = [column for column in _NEEDED if column not in table.colnames]
            why = f"it has no {', '.join(lacks)}" if lacks else f"it is not called {ADMINISTRATIONS}"
            doubts.append(f"table {name!r} lists drugs, but {why}: its {len(table)} rows are read as marks")
        else:
            doubts.append(f"table {name!r} of {len(table)} intervals is not read")
    return tuple(events), tuple(doubts)


def _is_record(file: Any) -> bool:
    """Whether the file's table of administrations says all that is needed."""
    table = (file.intervals or {}).get(ADMINISTRATIONS)
    return table is not None and set(_NEEDED) <= set(table.colnames)


def _rows(table: Any) -> list[Row]:
    """Rows of a table, in the order in which they were given."""
    columns = {c: table[c][:] for c in table.colnames}
    order = np.argsort(np.asarray(table.id[:]), kind="stable")
    return [{c: values[i] for c, values in columns.items()} for i in order]


def _administration(row: Row, path: Path) -> Administration:
    """Return one row of the table of administrations; columns that another's table lacks stay empty."""
    text = {name: str(row.get(name, "")) for name in ("drug", "form", "route", "barrel", "source", "text")}
    bolus = bool(row.get("duration_assumed", False)) or not row["stop_time"] > row["start_time"]
    return Administration(
        **text,
        start_s=float(row["start_time"]),
        stop_s=None if bolus else float(row["stop_time"]),
        amount=float(row.get("amount_typed", row["dose"])),
        unit=str(row.get("unit_typed", row["unit"])),
        dose=float(row["dose"]),
        dose_unit=str(row["unit"]),
        derivation=str(row.get("derivation", "typed")),
        retention_na=float(row.get("retention_na", math.nan)),
        role=_word(row, "role", _ROLES, path),
        dose_kind=_word(row, "dose_kind", _KINDS, path),
    )


def _word(row: Row, column: str, known: Sequence[str], path: Path) -> Any:
    """Return a word of the table of administrations.

    Raises
    ------
    FileFormatError
        If it is none of those that are known.
    """
    word = str(row[column])
    if word not in known:
        where = f"{path}: table {ADMINISTRATIONS}, {row['drug']} at {row['start_time']:g} s"
        raise FileFormatError(f"{where}: {column} must be one of {', '.join(known)}, got {word!r}")
    return word


def _own_marks(table: Any) -> list[Event]:
    """Return marks as they were made."""
    words = ("text", "code", "channel", "polarity")
    return [Event(float(row["start_time"]), **{w: str(row.get(w, "")) for w in words}) for row in _rows(table)]


def _events(table: Any) -> list[Event]:
    """Return the rows of one of NWB's own tables of events."""
    texts = [name for name in table.colnames if name not in ("timestamp", "duration")]
    rows = _rows(table)
    return [Event(float(r["timestamp"]), " ".join(str(r[n]) for n in texts), channel=table.name) for r in rows]


def _as_typed(row: Row) -> str:
    """Return what another's table says was given, as somebody would have typed it.

    >>> _as_typed({"start_time": 1.0, "drug": "ipsapirone", "dose": 20.0, "unit": "ug/kg", "route": "i.v."})
    'ipsapirone 20 ug/kg i.v.'
    """
    words = [row[name] for name in _GIVEN if name in row]
    return " ".join(f"{word:g}" if isinstance(word, float) else str(word) for word in words if str(word).strip())
