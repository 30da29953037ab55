"""Tables of a cohort: its cells, its animals, and, where it was simulated, its truth."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ephys.errors import CohortError
from ephys.io.cohort_reading.faults import FaultList
from ephys.io.cohort_reading.scan import scan_animals, scan_cohort
from ephys.io.schema import read_table
from ephys.model import Cohort, CohortAnimal

TRUTH_COLUMNS = (
    "session", "unit", "animal", "cell_type", "fate", "drug", "id50", "id50_unit", "hill", "emax_percent", "lost_at_s",
)  # fmt: skip
_NUMBERS = ("id50", "hill", "emax_percent", "lost_at_s")

TableRow = dict[str, Any]
"""A row by column: numbers as float (NaN where empty), all else as text."""


def read_cohort(path: str | os.PathLike[str], animals: str | os.PathLike[str] | None = None) -> Cohort:
    r"""Read the tables of a cohort, checked against each other.

    Recordings are not opened, and may be missing: `check_cohort` says so.

    Parameters
    ----------
    path : path
        The table of cells, text or Excel (its sheet ``cohort``, else the first); its columns are in
        ``docs/tables.md``, its paths are relative to it.
    animals : path, optional
        The table of animals; by default ``animals.csv`` or ``animals.xlsx`` beside it, or the sheet ``animals`` of the
        same workbook. Without one, animals are made from the cells, and a note says so.

    Returns
    -------
    Cohort

    Raises
    ------
    CohortError
        With everything that is wrong, not the first thing only.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = Path(folder) / "cohort.csv"
    ...     _ = table.write_text("animal,group,cell,file\nr1,control,1,r1.smr\nr2,chronic,1,r2a.smr | r2b.smr\n")
    ...     read_cohort(table)
    Cohort(2 animals of 2 groups, 2 cells in 3 files)
    """
    return scan_cohort(Path(path), Path(animals) if animals else None).cohort()


def read_animals(path: str | os.PathLike[str]) -> tuple[CohortAnimal, ...]:
    r"""Read ``animals.csv``: a row per animal.

    Parameters
    ----------
    path : path
        The table, text or Excel (its sheet ``animals``, else the first); its columns are in ``docs/tables.md``.

    Returns
    -------
    tuple of CohortAnimal
        In the table's order.

    Raises
    ------
    CohortError
        With everything that is wrong.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = Path(folder) / "animals.csv"
    ...     _ = table.write_text("animal,group,weight_g,tracks\nr1,control,310,2\n")
    ...     (animal,) = read_animals(table)
    >>> animal.subject.weight_g, animal.tracks
    (310.0, 2.0)
    """
    faults = FaultList()
    animals = scan_animals(Path(path), faults)
    if faults.found:
        raise CohortError(faults.found)
    return tuple(animal for _, animal in animals)


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
    return [
        {column: row.number_in(column) if column in _NUMBERS else row[column] for column in TRUTH_COLUMNS}
        | {column: text for column, text in row.cells.items() if column.startswith("note")}
        for row in rows
    ]
