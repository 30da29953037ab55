"""Two states of a cohort's tables, value by value."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ephys.io.cohort_files.dictionary import TableSet

_KEYS = (
    "session", "animal", "group", "cell", "unit", "track", "drug", "selection", "measure", "reference", "method",
    "rule", "stage", "role", "given", "start_s",
)  # fmt: skip
"""Columns that tell what a row is of, those of them that its table has."""

Key = tuple[str, ...]
Row = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """One value that is not the same.

    Parameters
    ----------
    table, column : str
        Where; the column is empty for a row that is in one of the two only.
    row : str
        What the row is of, as its first columns say.
    before, after : float, str, bool or None
        The two values; ``None`` for none.
    size : float
        Relative difference of two numbers; infinite where they are none.
    """

    table: str
    row: str
    column: str
    before: Any
    after: Any
    size: float

    def __str__(self) -> str:
        """Table, row, column, and both values."""
        where = f"{self.table}, {self.row}" + (f", {self.column}" if self.column else "")
        size = f" ({100 * self.size:.2g} %)" if math.isfinite(self.size) else ""
        return f"{where}: {_shown(self.before)} before, {_shown(self.after)} now{size}"


def compare_tables(before: TableSet, after: TableSet, *, tolerance: float = 0.0) -> tuple[Difference, ...]:
    """Compare two sets of tables value by value, rows by what they are of and not by their place.

    Parameters
    ----------
    before, after : mapping of str to DataFrame
        As `read_tables` gives them.
    tolerance : float, optional
        Relative difference of numbers that counts as none.

    Returns
    -------
    tuple of Difference
        The largest first, and among equals in the order of the tables.

    Examples
    --------
    >>> old = {"fits": pd.DataFrame({"session": ["s1"], "id50": [118.0]})}
    >>> new = {"fits": pd.DataFrame({"session": ["s1"], "id50": [120.0]})}
    >>> print(*compare_tables(old, new))
    fits, s1, id50: 118.0 before, 120.0 now (1.7 %)
    """
    found: list[Difference] = []
    for name in dict.fromkeys((*before, *after)):
        if name not in before or name not in after:
            found.append(_whole(name, "all rows", "a table", name in before))
        else:
            found += _of_table(name, before[name], after[name], tolerance)
    return tuple(sorted(found, key=lambda one: -one.size))


def _of_table(name: str, before: pd.DataFrame, after: pd.DataFrame, tolerance: float) -> Iterator[Difference]:
    """Differences of one table."""
    old, new = _by_key(before), _by_key(after)
    for key in dict.fromkeys((*old, *new)):
        row = " ".join(part for part in key if part)
        if key not in old or key not in new:
            yield _whole(name, row, "a row", key in old)
            continue
        for column in dict.fromkeys((*before.columns, *after.columns)):
            pair = old[key].get(column), new[key].get(column)
            size = _apart(*pair)
            if size > tolerance:
                yield Difference(name, row, str(column), *pair, size)


def _whole(table: str, row: str, what: str, was_there: bool) -> Difference:
    """A row or table that is in one of the two only."""
    return Difference(table, row, "", what if was_there else None, None if was_there else what, math.inf)


def _by_key(table: pd.DataFrame) -> dict[Key, Row]:
    """Rows by what they are of; those of the same are told apart by their order."""
    names = [name for name in _KEYS if name in table.columns]
    seen: Counter[Key] = Counter()
    rows: dict[Key, Row] = {}
    for values in table.to_dict("records"):
        key = tuple(dict.fromkeys(f"{values[name]}" for name in names))
        seen[key] += 1
        rows[key if seen[key] == 1 else (*key, f"({seen[key]})")] = {str(name): value for name, value in values.items()}
    return rows


def _apart(before: Any, after: Any) -> float:
    """How far two values are apart: 0 for the same, relative for numbers, infinite else."""
    if _is_none(before) or _is_none(after):
        return 0.0 if _is_none(before) and _is_none(after) else math.inf
    if before == after:
        return 0.0
    if isinstance(before, bool | str) or isinstance(after, bool | str):
        return math.inf
    return float(abs(before - after) / max(abs(before), abs(after)))


def _is_none(value: Any) -> bool:
    """Whether a value is not there."""
    return value is None or bool(pd.isna(value))


def _shown(value: Any) -> str:
    """Value as it is told: numbers with every digit."""
    return "nothing" if _is_none(value) else f"{value!r}" if isinstance(value, str) else f"{value}"
