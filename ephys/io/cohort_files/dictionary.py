"""The data dictionary: what every column of a cohort's tables is, in which unit, and of which type."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Literal, TypeAlias

import pandas as pd

from ephys.errors import ParameterError

TableSet: TypeAlias = Mapping[str, pd.DataFrame]
"""Tables of a cohort by name, in the order in which they are shown."""
ColumnType = Literal["text", "number", "whole number", "yes/no"]

TABLE_MEANINGS = {
    "animals": "a row per animal, with the number of its cells at each step",
    "tracks": "a row per track of the electrode, with the number of cells that were met in it",
    "units": "a row per cell: its call, its quality, how steady its baseline was, whether it was held",
    "firing": "a row per cell: how it fires on the baseline",
    "responses": "a row per cell, drug and read-out window: what was counted, in percent of baseline",
    "fits": "a row per cell and drug: the ID50 with its interval or bound",
    "reversals": "a row per cell and dose of an antagonist (or vehicle after an agonist): rate after it, verdict",
    "recoveries": "a row per cell and agonist: how its rate recovered while no antagonist had come",
    "ejections": "a row per cell and ejection by a current: inhibition, T50, suppressed spikes",
    "groups": "a row per group and measure: the value of the group, with its interval",
    "comparisons": "a row per group and measure: the group against the reference",
    "exclusions": "a row per cell and rule that it does not meet, applied or not",
    "flow": "a row per group and stage: how many animals and cells were left, and why the others were left out",
    "failures": "a row per cell that could not be analysed, with the reason",
}
"""What a row of each table is."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    table, column : str
        Where it stands, and its name.
    type : str
        ``"text"``, ``"number"``, ``"whole number"`` or ``"yes/no"``.
    unit : str
        Unit of the numbers; empty: they have none; ``"see dose_unit"``: another column of the row says it.
    meaning : str
        What it is.
    """

    table: str
    column: str
    type: ColumnType
    unit: str
    meaning: str

    @property
    def heading(self) -> str:
        """Name with its unit.

        >>> describe_column("units", "baseline_rate_hz").heading
        'baseline_rate_hz (Hz)'
        """
        return f"{self.column} ({self.unit})" if self.unit else self.column

    def stem(self, column: str) -> str | None:
        """What the ``*`` of this column's name stands for in another's; ``None`` where it does not match."""
        before, star, after = self.column.partition("*")
        if not star:
            return "" if column == self.column else None
        fits = column.startswith(before) and column.endswith(after) and len(column) > len(before) + len(after)
        return column[len(before) : len(column) - len(after)] if fits else None


@cache
def describe_column(table: str, column: str) -> Column:
    """Entry of a column.

    Where several match, a name written out goes before one with ``*``, and the entry of a table before that of all.

    Parameters
    ----------
    table, column : str
        Names.

    Raises
    ------
    ParameterError
        If the table or the column is not known.

    Examples
    --------
    >>> describe_column("firing", "cv2_low").meaning
    'lower end of the interval of cv2'
    """
    if table not in TABLE_MEANINGS:
        raise ParameterError(f"a cohort has no table {table!r}; its tables are {', '.join(TABLE_MEANINGS)}")
    found = [(entry, stem) for entry in _entries(table) if (stem := entry.stem(column)) is not None]
    if not found:
        raise ParameterError(
            f"table {table!r} has a column {column!r} that the data dictionary does not know; describe it in "
            "ephys/io/cohort_files/columns.csv"
        )
    entry, stem = min(found, key=lambda match: ("*" in match[0].column, match[0].table == "*"))
    return replace(entry, table=table, column=column, meaning=entry.meaning.replace("{stem}", stem))


def column_unit(table: str, column: str) -> str:
    """Unit of a column, whatever the row.

    Parameters
    ----------
    table, column : str
        Names.

    Returns
    -------
    str
        Empty where the numbers have none; ``"see dose_unit"`` and the like where another column of the row says it.

    Raises
    ------
    ParameterError
        If the table or the column is not known.

    Examples
    --------
    >>> column_unit("responses", "percent"), column_unit("fits", "id50")
    ('%', 'see dose_unit')
    """
    return describe_column(table, column).unit


def data_dictionary(tables: TableSet) -> pd.DataFrame:
    """Data dictionary of some tables: a row per column, in the tables' order.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Tables of a cohort by name.

    Returns
    -------
    pandas.DataFrame
        ``table``, ``column``, ``type``, ``unit`` and ``meaning``.

    Raises
    ------
    ParameterError
        If a table has a column that is not described.

    Examples
    --------
    >>> data_dictionary({"animals": pd.DataFrame(columns=["animal", "weight_g"])})["unit"].tolist()
    ['', 'g']
    """
    entries = [describe_column(name, str(column)) for name, table in tables.items() for column in table.columns]
    fields = ("table", "column", "type", "unit", "meaning")
    return pd.DataFrame({field: pd.Series([getattr(e, field) for e in entries], dtype="str") for field in fields})


@cache
def _entries(table: str) -> tuple[Column, ...]:
    """Entries that a table may use: its own, and those of all tables."""
    text = (resources.files("ephys.io.cohort_files") / "columns.csv").read_text(encoding="utf-8")
    return tuple(
        Column(name, row["column"], row["type"], row["unit"], row["meaning"])  # type: ignore[arg-type]  # of the file
        for row in csv.DictReader(io.StringIO(text))
        for name in row["table"].split()
        if name in (table, "*")
    )
