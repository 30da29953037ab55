"""Tables of cells that know their animal: names and numbers checked, every error with its row."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ephys.errors import TableError

if TYPE_CHECKING:  # pandas is loaded where a table is used
    import pandas as pd

FloatArray = NDArray[np.float64]
_OTHER_WORDS = {
    "animal": ("rat", "mouse", "subject", "animal_id", "rat_id", "id"),
    "unit": ("cell", "neuron", "unit_id", "cell_id"),
    "group": ("treatment", "condition", "treated"),
    "count": ("spikes", "n_spikes", "spike_count"),
    "exposure_s": ("duration_s", "duration", "window_s", "seconds"),
    "dose": ("cumulative_dose", "dose_ug_kg", "dose_mg_kg", "total"),
}
"""What people call the columns, to ask whether that is meant."""
_ONE_SPELLING = ("animal", "group", "drug")
"""Columns in which a name that differs from another in case alone is a slip; units may be called a and A."""
Table: TypeAlias = "pd.DataFrame | Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]]"
"""A table in any of the forms in which people have one: a data frame, columns by name, or a mapping per row."""


def read_rows(table: Table) -> list[dict[str, Any]]:
    """Rows of a table, whatever its form.

    Raises
    ------
    TableError
        If columns are not equally long, or a row is no mapping.

    Examples
    --------
    >>> read_rows({"animal": ["r1", "r2"], "dose": [1.0, 2.0]})
    [{'animal': 'r1', 'dose': 1.0}, {'animal': 'r2', 'dose': 2.0}]
    """
    if isinstance(table, str | PathLike):
        raise TableError(
            f"{str(table)!r} is a path, not a table: read it first, e.g. pandas.read_csv(path), with sep=';', "
            "decimal=',' where semicolons separate, or pandas.read_excel(path)"
        )
    return [row for row in _rows(table) if any(_text(value) for value in row.values())]


def _rows(table: Table) -> list[dict[str, Any]]:
    """Rows of a table, the empty ones among them."""
    if hasattr(table, "to_dict") and hasattr(table, "columns"):
        return [{str(name).strip(): value for name, value in row.items()} for row in table.to_dict("records")]
    if isinstance(table, Mapping):
        lengths = {str(name).strip(): len(values) for name, values in table.items()}
        if len(set(lengths.values())) > 1:
            raise TableError(f"columns must be equally long, got {lengths}")
        return [dict(zip(lengths, row, strict=True)) for row in zip(*table.values(), strict=True)]
    rows = list(table)
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping):
            raise TableError(f"data row {number} must be a mapping of column to value, got {row!r}")
    return [{str(name).strip(): value for name, value in row.items()} for row in rows]


def text_column(rows: Sequence[Mapping[str, Any]], name: str, *, required: bool = True) -> list[str]:
    """Column of names, as text; numbers that name something (animal 7) are names too, and "nan" is none.

    Raises
    ------
    TableError
        If the column is missing, or a cell of a required one is empty.
    """
    if required:
        require_columns(rows, [name])
    found = [_text(row.get(name)) for row in rows]
    if required and "" in found:
        raise TableError(f"data row {found.index('') + 1}: column {name!r} is empty")
    if name in _ONE_SPELLING:
        _refuse_two_spellings(found, name)
    return found


def _refuse_two_spellings(found: Sequence[str], name: str) -> None:
    """Check that no name is spelt in two ways that differ in case alone: "Control" would be a group of its own.

    Raises
    ------
    TableError
        With both, and their rows.
    """
    first: dict[str, int] = {}
    for place, text in enumerate(found):
        known = first.setdefault(text.casefold(), place)
        if found[known] != text:
            raise TableError(
                f"column {name!r} has {found[known]!r} (data row {known + 1}) and {text!r} (data row {place + 1}): "
                "write one of them"
            )


def number_column(
    rows: Sequence[Mapping[str, Any]],
    name: str,
    *,
    required: bool = True,
    least: float = -math.inf,
    above: float = -math.inf,
) -> FloatArray:
    """Column of numbers; NaN where a cell of an optional column is empty.

    Raises
    ------
    TableError
        If the column is missing, a cell is no number, or one is below `least` or not above `above`.
    """
    if required:
        require_columns(rows, [name])
    values = [_number(row.get(name), name, place) for place, row in enumerate(rows, start=1)]
    for place, value in enumerate(values, start=1):
        if math.isnan(value):
            if required:
                raise TableError(f"data row {place}: column {name!r} is empty")
        elif value < least or value <= above or math.isinf(value):
            limit = f"above {above:g}" if above > -math.inf else f"{least:g} or more" if least > -math.inf else "finite"
            raise TableError(f"data row {place}: column {name!r} must be {limit}, got {value:g}")
    return np.array(values, dtype=np.float64)


def require_columns(rows: Sequence[Mapping[str, Any]], names: Iterable[str]) -> None:
    """Check that a table has rows, and columns.

    Raises
    ------
    TableError
        With what the table has, and the nearest name.
    """
    if not rows:
        raise TableError("the table has no rows")
    have, wanted = list(rows[0]), list(names)
    missing = [name for name in wanted if name not in have]
    if not missing:
        return
    if len(have) == 1 and ";" in have[0]:
        raise TableError(f"the table has one column, {have[0]!r}: read the file with sep=';'")
    free = [name for name in have if name not in wanted]
    told = [f"{name!r}{_asked(name, free)}" for name in missing]
    are = "is" if len(missing) == 1 else "are"
    raise TableError(f"column {', '.join(told)} {are} missing; the table has {', '.join(have)}")


def _asked(name: str, have: Sequence[str]) -> str:
    """Which of the columns may be meant, as a question."""
    words = [other for other in have if other.lower() in _OTHER_WORDS.get(name, ())]
    close = words or [other for other in have if difflib.get_close_matches(name, [other.lower()], cutoff=0.75)]
    return f" (is it {close[0]!r}?)" if close else ""


def _text(value: object) -> str:
    """Text of a cell; empty where nothing stands."""
    if value is None or str(value) in ("nan", "<NA>", "NaT"):
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def _number(value: object, name: str, place: int) -> float:
    """Number of a cell; NaN where nothing stands."""
    if value is None or value == "":
        return math.nan
    try:
        return float(value)  # type: ignore[arg-type]  # whatever has a number in it
    except (TypeError, ValueError):
        text = str(value).strip()
        comma = "; read the file with decimal=','" if text.count(",") == 1 and text.replace(",", "").isdigit() else ""
        raise TableError(f"data row {place}: column {name!r} must be a number, got {value!r}{comma}") from None
