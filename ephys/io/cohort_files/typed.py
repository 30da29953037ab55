"""Columns of the types that the data dictionary says, so that what is written is what is read back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from ephys.errors import ParameterError
from ephys.io.cohort_files.dictionary import Column, describe_column

_LARGEST = 2**53
"""From here on a float does not hold every whole number."""


def typed_table(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose columns have the types of the data dictionary.

    Text is text, empty where nothing is stated. Numbers are float64, NaN where not measured. Whole numbers are int64,
    and float64 where one is missing. Yes/no is bool, and pandas' ``boolean`` where one is missing.

    Parameters
    ----------
    name : str
        Of the table.
    table : pandas.DataFrame
        Its rows.

    Raises
    ------
    ParameterError
        If a column is not described, or holds what its type does not allow.

    Examples
    --------
    >>> rows = pd.DataFrame({"animal": ["r1", "r2"], "tracks": [3, None]})
    >>> typed_table("animals", rows)["tracks"].tolist()
    [3.0, nan]
    """
    if table.columns.has_duplicates:
        twice = sorted(set(table.columns[table.columns.duplicated()]))
        raise ParameterError(f"table {name!r} has columns twice: {', '.join(twice)}")
    columns = {str(column): _typed(describe_column(name, str(column)), table[column]) for column in table.columns}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(table)))


def _typed(entry: Column, values: Iterable[Any]) -> pd.Series[Any]:
    """One column."""
    check, dtype, lacking = _TYPES[entry.type]
    cells = []
    for row, value in enumerate(values, start=1):
        missing = pd.isna(value)
        cell = None if missing else check(value)
        if cell is None and not missing:
            raise ParameterError(
                f"table {entry.table!r}, row {row}: column {entry.column!r} is {entry.type}, got {value!r}"
            )
        cells.append(cell)
    if dtype == "str":
        return pd.Series([cell or "" for cell in cells], dtype="str")
    return pd.Series(cells, dtype=lacking if None in cells else dtype)


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str) else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, Real) and _yes_no(value) is None else None


def _whole(value: Any) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number.is_integer() and abs(number) < _LARGEST else None


def _yes_no(value: Any) -> bool | None:
    return bool(value) if isinstance(value, bool | np.bool_) else None


_TYPES: dict[str, tuple[Callable[[Any], Any], str, str]] = {
    "text": (_text, "str", "str"),
    "number": (_number, "float64", "float64"),
    "whole number": (_whole, "int64", "float64"),
    "yes/no": (_yes_no, "bool", "boolean"),
}
"""How a cell of each type is taken (``None``: it is none), and the dtype of its column, with and without gaps."""
