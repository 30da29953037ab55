"""Every error that ephys raises, as one tree. What is doubtful is a flag of the result, never a warning.

Five things are warned of: a file that is written without what archives ask for (`MetadataWarning`), what one of two
programs decided and the other has no word for (`LeftOutWarning`), time that another program's value cannot hold
(`SupportWarning`), a method that is there for comparison and not for use (`PseudoreplicationWarning`), and, by a reader
that is used alone, a file that is read as far as its damage allows
(`DamagedFileWarning`; of a session it is a doubt).

::

    EphysError
    ├── ParameterError      a value that cannot be (also a ValueError)
    ├── FileFormatError     a file that cannot be read as what it claims to be
    ├── TableError          a row or column of a table that cannot be understood
    │   ├── RowError        the same, in parts: table, row, column, value, message
    │   └── CohortError     everything that is wrong with the tables of a cohort, at once
    ├── SettingsError       an unknown setting, or a value that it does not take
    ├── CoverageError       a window that the recording does not cover
    ├── CurationError       a curation log that cannot be read or replayed
    ├── BusyError           a file that another process keeps
    └── DatasetError        sample data that cannot be found

A message says what, which, how much, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class EphysError(Exception):
    """Root of every error that ephys raises on purpose."""


class ParameterError(EphysError, ValueError):
    """A value that cannot be: wrong sign, shape, unit or order."""


class FileFormatError(EphysError):
    """A file that is missing, empty, damaged or not what it claims to be."""


class TableError(EphysError, ValueError):
    """A row or column of a table that cannot be understood; names file, row and value."""


class RowError(TableError):
    """The same, in parts: the arguments of `CohortFault`."""

    def __init__(self, table: str, row: int, column: str, value: str, message: str) -> None:
        super().__init__(table, row, column, value, message)
        self.fault = CohortFault(table, row, column, value, message)

    def __str__(self) -> str:
        """One line with file, row, column and value."""
        return str(self.fault)


@dataclass(frozen=True, slots=True)
class CohortFault:
    """One thing that is wrong with a table.

    Parameters
    ----------
    table : str
        The file, and its sheet where a workbook has several.
    row : int
        As a spreadsheet shows it; 1 is the header, 0 the table as a whole.
    column, value : str
        The cell, as it was typed; empty where none is at fault.
    message : str
        What is wrong, and what to do.

    Examples
    --------
    >>> print(CohortFault("cohort.csv", 7, "group", "contol", "did you mean 'control'?"))
    cohort.csv, row 7, column 'group': did you mean 'control'?, got 'contol'
    """

    table: str
    row: int
    column: str
    value: str
    message: str

    def __str__(self) -> str:
        """One line."""
        row = f", row {self.row}" if self.row else ""
        column = f", column {self.column!r}" if self.column and self.row > 1 else ""
        value = f", got {self.value!r}" if self.value and self.row > 1 else ""
        return f"{self.table}{row}{column}: {self.message}{value}"


class CohortError(TableError):
    """Everything that is wrong with the tables of a cohort, a line each.

    Parameters
    ----------
    faults : iterable of CohortFault
        What is wrong.
    """

    def __init__(self, faults: Iterable[CohortFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        """How many faults there are, and each on its own line."""
        many = f"{len(self.faults)} faults" if len(self.faults) != 1 else "1 fault"
        return "\n".join([f"the tables of the cohort have {many}; correct them first:", *map(str, self.faults)])


class SettingsError(EphysError, ValueError):
    """A setting that does not exist, or a value that it does not take."""


class CoverageError(EphysError, ValueError):
    """A window in which the unit was not, or not wholly, recorded."""


class CurationError(EphysError, ValueError):
    """A correction that cannot be made, or not on these units any more; names the entry."""


class BusyError(EphysError, TimeoutError):
    """A file that another process keeps for itself; it can be tried again."""


class DatasetError(EphysError, FileNotFoundError):
    """Sample data that cannot be found; says how to get it."""


class MetadataWarning(UserWarning):
    """A field that archives ask for is not stated, or not in their words; the file is written without inventing it."""


class LeftOutWarning(UserWarning):
    """What somebody decided, and the other program has no word for: it is left out of what is written or read."""


class PseudoreplicationWarning(UserWarning):
    """Points or cells are taken for animals, so that p-values and intervals are far too small."""


class SupportWarning(UserWarning):
    """Units were recorded in different times, and the value holds only what is common to all."""


class DamagedFileWarning(UserWarning):
    """A file that is damaged, cut short or was never closed, and is read as far as it holds."""
