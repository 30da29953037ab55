"""Tables of a cohort: its cells, its animals, and, where it was simulated, its truth."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from ephys.io.schema import Row, read_table

COHORT_COLUMNS = (
    "animal", "group", "cell", "file", "session", "from_s", "to_s", "wire", "unit", "track", "depth_um", "order",
    "date", "time", "doses", "settings", "exclude",
)  # fmt: skip
ANIMAL_COLUMNS = (
    "animal", "group", "sex", "strain", "species", "weight_g", "age", "treatment", "dose", "days", "last_dose_h",
    "anaesthetic", "temperature", "batch", "histology", "experimenter",
)  # fmt: skip
TRUTH_COLUMNS = (
    "session", "unit", "animal", "cell_type", "fate", "drug", "id50", "id50_unit", "hill", "emax_percent", "lost_at_s",
)  # fmt: skip

_NUMBERS = (
    "from_s", "to_s", "depth_um", "weight_g", "days", "last_dose_h", "temperature", "id50", "hill", "emax_percent",
    "lost_at_s",
)  # fmt: skip
_PATHS = ("file", "doses", "settings")

TableRow = dict[str, Any]
"""A row by column: numbers as float (NaN where empty), paths as Path or ``None``, all else as text."""


def read_cohort(path: str | os.PathLike[str]) -> list[TableRow]:
    """Read ``cohort.csv``: a row per cell; its paths are relative to the table.

    Parameters
    ----------
    path : path
        The table; its columns are in ``docs/tables.md``.

    Returns
    -------
    list of dict
        One per cell, in the table's order.

    Raises
    ------
    TableError
        If a column is unknown or missing, a required cell is empty, or a cell occurs twice.
    """
    rows = read_table(path, known=COHORT_COLUMNS, required=COHORT_COLUMNS[:4])
    _filled(rows, COHORT_COLUMNS[:4])
    _once(rows, ("animal", "cell"))
    return [_values(row, COHORT_COLUMNS) for row in rows]


def read_animals(path: str | os.PathLike[str]) -> list[TableRow]:
    """Read ``animals.csv``: a row per animal.

    Parameters
    ----------
    path : path
        The table; its columns are in ``docs/tables.md``.

    Returns
    -------
    list of dict
        One per animal, in the table's order.

    Raises
    ------
    TableError
        If a column is unknown or missing, a required cell is empty, or an animal occurs twice.
    """
    rows = read_table(path, known=ANIMAL_COLUMNS, required=ANIMAL_COLUMNS[:2])
    _filled(rows, ANIMAL_COLUMNS[:2])
    _once(rows, ("animal",))
    return [_values(row, ANIMAL_COLUMNS) for row in rows]


def read_truth(path: str | os.PathLike[str]) -> list[TableRow]:
    """Read ``truth.csv``: a row per simulated cell and drug; what the analysis should find.

    Parameters
    ----------
    path : path
        The table; its columns are in ``docs/tables.md``.

    Returns
    -------
    list of dict
        One per cell and drug, in the table's order.

    Raises
    ------
    TableError
        If a column is unknown or missing.
    """
    rows = read_table(path, known=TRUTH_COLUMNS, required=TRUTH_COLUMNS[:2])
    return [_values(row, TRUTH_COLUMNS) for row in rows]


def _filled(rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Raise for the first required cell that is empty."""
    for row in rows:
        for column in columns:
            if not row[column]:
                raise row.error(column, "must be filled in")


def _once(rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Raise if two rows have the same key."""
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        key = tuple(row[column] for column in columns)
        if key in seen:
            raise row.error(columns[-1], f"the same {' and '.join(columns)} as row {seen[key]}")
        seen[key] = row.number


def _values(row: Row, columns: Collection[str]) -> TableRow:
    """Return a row in the types of its columns; remarks are kept as text."""
    values: TableRow = {column: row[column] for column in columns}
    values |= {column: row.number_in(column) for column in columns if column in _NUMBERS}
    folder = Path(row.path).parent
    values |= {c: (folder / row[c] if row[c] else None) for c in columns if c in _PATHS}
    return values | {column: text for column, text in row.cells.items() if column.startswith("note")}
