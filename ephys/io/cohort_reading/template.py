"""Empty tables of a cohort to be filled in, or with a row for each recording of a folder."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from ephys.errors import ParameterError
from ephys.io.atomic import atomic_path
from ephys.io.cohort_reading.folder import FoundRecording, find_recordings
from ephys.io.cohort_reading.rows import ANIMAL_COLUMNS, COHORT_COLUMNS
from ephys.io.dose_rows import DOSE_COLUMNS, KINDS, ROLES, ROUTES, TO_FILL_IN
from ephys.jupyter import Shown
from ephys.model import Histology

_SHEETS: Mapping[str, tuple[str, ...]] = {
    "cohort": COHORT_COLUMNS,
    "animals": ANIMAL_COLUMNS,
    "doses": tuple(column for column in DOSE_COLUMNS if column != "mark_time_s"),
}
"""Columns of each table; the mark's time is written by ``ephys doses`` alone."""

_CHOICES = {
    "histology": get_args(Histology)[1:],
    "role": tuple(dict.fromkeys(ROLES.values())),
    "dose_kind": tuple(KINDS),
    "route": tuple(dict.fromkeys(ROUTES.values())),
}
"""What a workbook offers in cells of a column."""
_ROWS = 2000
"""Rows in which a workbook offers the choices. Convention."""


@dataclass(frozen=True)
class CohortTemplate(Shown):
    """Tables that were written.

    Parameters
    ----------
    written : tuple of Path
        The files.
    rows : int
        Cells that have a row already.
    passed_over : tuple of str
        Files that are no recordings or cannot be read, each with the reason.
    """

    written: tuple[Path, ...]
    rows: int = 0
    passed_over: tuple[str, ...] = ()


def write_cohort_template(
    folder: str | os.PathLike[str], *, excel: bool = False, recordings: str | os.PathLike[str] | None = None
) -> CohortTemplate:
    """Write the empty tables of a cohort, with the names of all columns.

    Parameters
    ----------
    folder : path
        Where to; made if need be.
    excel : bool, optional
        Whether one workbook with three sheets is written, which offers the choices of a cell, in place of three files.
    recordings : path, optional
        Folder of recordings: each unit in them, or each recording without one, gets a row; ``?`` stands where a person
        must say something.

    Returns
    -------
    CohortTemplate

    Raises
    ------
    ParameterError
        If there is such a file, which is never replaced, or no folder of recordings.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_cohort_template(folder).written]
    ['cohort.csv', 'animals.csv', 'doses.csv']
    """
    folder = Path(folder)
    names = ("cohort.xlsx",) if excel else tuple(f"{name}.csv" for name in _SHEETS)
    paths = tuple(folder / name for name in names)
    there = [str(path) for path in paths if path.exists()]
    if there:
        raise ParameterError(f"{', '.join(there)}: there already, and may be filled in; name another folder")
    found, passed_over = find_recordings(Path(recordings)) if recordings is not None else ((), ())
    rows = [row for recording in found for row in _rows_of(recording, folder)]
    if excel:
        _write_workbook(paths[0], rows)
    else:
        for path, (name, columns) in zip(paths, _SHEETS.items(), strict=True):
            _write_text(path, columns, rows if name == "cohort" else ())
    return CohortTemplate(paths, len(rows), passed_over)


def _rows_of(recording: FoundRecording, folder: Path) -> list[dict[str, str]]:
    """A row for each unit of a recording, or one where it has none."""
    begun = recording.started_at
    base = dict.fromkeys(COHORT_COLUMNS, "") | {
        "animal": TO_FILL_IN,
        "group": TO_FILL_IN,
        "file": _relative(recording.path, folder),
        "track": recording.track,
        "depth_um": recording.depth_um,
        "order": recording.order,
        "date": f"{begun:%Y-%m-%d}" if begun else "",
        "time": f"{begun:%H:%M:%S}" if begun else "",
    }
    stem = recording.path.stem
    return [base | {"cell": f"{stem}_{unit or 1}", "unit": unit} for unit in recording.units or ("",)]


def _relative(path: Path, folder: Path) -> str:
    """Path as a table in the folder names it; whole where it lies on another drive."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return path.absolute().as_posix()


def _write_text(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    """Write a text table that Excel, too, reads as UTF-8."""
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _write_workbook(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """Write the three tables as sheets of a workbook that offers the choices."""
    try:
        from openpyxl import Workbook
        from openpyxl.styles import Font
        from openpyxl.worksheet.datavalidation import DataValidation
    except ImportError:
        raise ParameterError(f"{path.name}: an Excel workbook needs openpyxl: pip install 'ephys[excel]'") from None
    book = Workbook()
    book.remove(book.active)
    for name, columns in _SHEETS.items():
        sheet = book.create_sheet(name)
        sheet.append(columns)
        for row in rows if name == "cohort" else ():
            sheet.append([row[column] or None for column in columns])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
            sheet.column_dimensions[cell.column_letter].width = 14
            if cell.value in _CHOICES:
                offered = DataValidation("list", formula1=f'"{",".join(_CHOICES[cell.value])}"', allow_blank=True)
                offered.add(f"{cell.column_letter}2:{cell.column_letter}{_ROWS}")
                sheet.add_data_validation(offered)
        sheet.freeze_panes = "A2"
    with atomic_path(path) as temporary:
        book.save(temporary)
