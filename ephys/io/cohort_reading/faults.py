"""Faults collected, where reading one row must not stop at the first."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ephys.errors import CohortFault, RowError
from ephys.io.schema import Row

T = TypeVar("T")


@dataclass(frozen=True)
class FaultList:
    """Faults, in the order in which they were found.

    Examples
    --------
    >>> from pathlib import Path
    >>> row, faults = Row(Path("cohort.csv"), 3, {"depth_um": "deep"}), FaultList()
    >>> faults.number(row, "depth_um")
    nan
    >>> print(faults.found[0])
    cohort.csv, row 3, column 'depth_um': must be a number, without its unit, got 'deep'
    """

    found: list[CohortFault] = field(default_factory=list)

    def value(self, default: T, read: Callable[[], T]) -> T:
        """Return what is read, or the default where that is a fault."""
        try:
            return read()
        except RowError as error:
            self.found.append(error.fault)
            return default

    def number(self, row: Row, column: str) -> float:
        """Return the number in a cell, NaN where it is empty or a fault."""
        return self.value(math.nan, lambda: row.number_in(column))

    def add(self, row: Row, column: str, message: str) -> None:
        """Add what is wrong with a cell."""
        self.found.append(row.error(column, message).fault)


def as_fault(error: Exception, table: str) -> CohortFault:
    """Return an error of a whole table as a fault; the name of the table is not said twice.

    >>> as_fault(ValueError("a.csv: empty"), "a.csv")
    CohortFault(table='a.csv', row=0, column='', value='', message='empty')
    """
    if isinstance(error, RowError):
        return error.fault
    return CohortFault(table, 0, "", "", str(error).removeprefix(table).lstrip(":, "))


def more_rows(rows: Sequence[object], what: str = "row") -> str:
    """Say that a fault stands in more rows than the one that is named.

    >>> more_rows([2]), more_rows([2, 3, 9])
    ('', ' (and 2 more rows)')
    """
    others = len(rows) - 1
    return f" (and {others} more {what}{'s' if others > 1 else ''})" if others > 0 else ""
