"""Tables as SQL keeps them: every value a number, a text or nothing."""

from __future__ import annotations

import datetime
import math
import numbers
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
import pandas as pd

from ephys.errors import TableError

Value = str | int | float | None

NAMES = frozenset({"session", "animal", "group", "cell", "unit", "track", "drug"})
"""Columns that name something: text, whatever their reader took them for, so that unit 1 is ``"1"`` in every table."""

KINDS: Mapping[type, str] = {str: "TEXT", int: "INTEGER", float: "REAL"}
_TABLE = re.compile(r"[a-z][a-z0-9_]*")
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class SqlTable:
    """A table that is ready to be written.

    Parameters
    ----------
    name : str
    columns : tuple of str
    rows : tuple of tuple
        A text, number or ``None`` per column.
    kinds : mapping of str to set of str
        SQL types of what each column holds.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    kinds: Mapping[str, set[str]]


def sql_table(name: str, frame: pd.DataFrame) -> SqlTable:
    """Take a table's values as SQL keeps them.

    NaN is nothing, a boolean is ``yes`` or ``no``, and names (`NAMES`) are text.

    Raises
    ------
    TableError
        If the name or a column cannot be one, or a value is neither number nor text; names table, row and column.
    """
    if not _TABLE.fullmatch(name) or name in ("runs", "cells", "contents") or name.startswith("sqlite_"):
        raise TableError(f"table {name!r}: choose a name of small letters, other than runs, cells and contents")
    columns = _checked_columns(name, list(frame.columns))
    values = [
        [_cell(name, column, row, value) for row, value in enumerate(frame.iloc[:, place].tolist(), start=1)]
        for place, column in enumerate(columns)
    ]
    kinds = {
        column: {KINDS[held] for held in set(map(type, found)) if held in KINDS}
        for column, found in zip(columns, values, strict=True)
    }
    return SqlTable(name, columns, tuple(zip(*values, strict=True)), kinds)


def stored(value: object) -> Value:
    """One value as SQL keeps it.

    Raises
    ------
    TypeError
        If it is neither number nor text, date or path.

    >>> stored(True), stored(np.float64("nan")), stored(np.int64(3)), stored("1")
    ('yes', None, 3, '1')
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if type(value) is str or type(value) is float:  # nearly all of a table, and the checks below take their time
        return None if value != value else value
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return None if math.isnan(value) else float(value)
    if isinstance(value, str | PurePath | datetime.date | datetime.time):
        return str(value)
    raise TypeError(type(value).__name__)


def sql_type(kinds: set[str]) -> str:
    """Type to declare for a column that holds these: none where numbers and texts are mixed, so that each stays itself.

    >>> sql_type({"INTEGER", "REAL"}), sql_type({"INTEGER", "TEXT"}), sql_type({"TEXT"})
    ('REAL', '', 'TEXT')
    """
    if kinds == {"INTEGER", "REAL"}:
        return "REAL"
    return next(iter(kinds)) if len(kinds) == 1 else ""


def _checked_columns(table: str, columns: Sequence[object]) -> tuple[str, ...]:
    """Names of the columns; SQL does not tell capitals from small letters."""
    seen: set[str] = set()
    for column in columns:
        if not isinstance(column, str) or not column.strip():
            raise TableError(f"table {table!r}: a column must have a name, got {column!r}")
        if column.lower() == "run":
            raise TableError(f"table {table!r}: column {column!r} is kept for the key of the run; give it another name")
        if column.lower() in seen:
            raise TableError(f"table {table!r}: column {column!r} is there twice (capitals do not count)")
        seen.add(column.lower())
    needed = {"session", "unit"} if table in ("units", "fits") and columns else set()
    if missing := sorted(needed - seen):
        raise TableError(f"table {table!r}: missing column {', '.join(map(repr, missing))}, by which fits find cells")
    return tuple(str(column) for column in columns)


def _cell(table: str, column: str, row: int, value: object) -> Value:
    """Value of a cell, with its place where it has none."""
    try:
        kept = stored(value)
    except TypeError as error:
        raise TableError(
            f"table {table!r}, data row {row}, column {column!r}: must be a number or a text, got a {error}: {value!r}"
        ) from None
    if isinstance(kept, int) and abs(kept) > _LARGEST:
        raise TableError(f"table {table!r}, data row {row}, column {column!r}: {kept} is too large for SQLite")
    if column in NAMES and isinstance(kept, int | float):
        return f"{kept:.0f}" if float(kept).is_integer() else str(kept)
    return kept
