"""The cells of a table, as text: CSV and TSV in the encodings of the field, and Excel workbooks."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from ephys.errors import TableError

_DELIMITERS = (",", ";", "\t")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_WORKBOOKS = (".xlsx", ".xlsm")
_ZIP = b"PK\x03\x04"
_FORMULA = re.compile(rb"<(\w+:)?f[\s/>]")


@dataclass(frozen=True, slots=True)
class Cells:
    """The lines of a table, the first with the names of the columns.

    Parameters
    ----------
    lines : tuple of sequences of str
        Cells as text.
    decimal_comma : bool
        Whether numbers may have one.
    semicolon : bool
        Whether semicolons separate, as they do where commas are decimal.
    sheet : str
        Of a workbook with several, which one it is.
    """

    lines: tuple[Sequence[str], ...]
    decimal_comma: bool
    semicolon: bool = False
    sheet: str = ""


def read_cells(path: Path, *, sheet: str = "doses") -> Cells:
    """Read every cell of a table as text.

    Comma, semicolon or tab separates; UTF-8, UTF-16 with its mark, else the Western Windows encoding. Of an Excel
    workbook, the sheet of that name, or the first.

    Raises
    ------
    TableError
        If the file is missing, empty or no table.
    """
    if not path.is_file():
        raise TableError(f"{path}: no such table")
    data = path.read_bytes()
    if path.suffix.lower() in (".xls", ".ods"):
        raise TableError(f"{path}: not a text table; save it as CSV (UTF-8) or as .xlsx")
    if path.suffix.lower() in _WORKBOOKS or data[:4] == _ZIP:
        return _workbook(path, data, sheet)
    lines = _decoded(path, data).splitlines()
    if not lines or not lines[0].strip():
        raise TableError(f"{path}: empty, or its first row has no column names")
    delimiter = max(_DELIMITERS, key=lines[0].count)
    reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter, skipinitialspace=True)
    try:
        return Cells(tuple(reader), decimal_comma=delimiter != ",", semicolon=delimiter == ";")
    except csv.Error as error:
        raise TableError(f"{path}: no table: {error}") from error


def _decoded(path: Path, data: bytes) -> str:
    """Text of a file."""
    if data[:2] in _UTF16:
        return data.decode("utf-16", errors="replace")
    if b"\x00" in data:
        raise TableError(f"{path}: not a text table; save it as CSV (UTF-8) or as .xlsx")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def sheet_names(path: Path) -> tuple[str, ...]:
    """Names of the sheets of an Excel workbook, in lower case; none of a file that is no workbook, or not there.

    Raises
    ------
    TableError
        If it is damaged.
    """
    if path.suffix.lower() not in _WORKBOOKS or not path.is_file():
        return ()
    book = _opened(path, path.read_bytes(), data_only=True)
    return tuple(name.strip().lower() for name in book.sheetnames)


def _opened(path: Path, data: bytes, *, data_only: bool) -> Any:
    """Workbook as openpyxl has it; its sheets are read when they are asked for."""
    try:
        import openpyxl
    except ImportError:
        raise TableError(
            f"{path}: an Excel workbook needs openpyxl: pip install 'ephys[excel]', or save it as CSV"
        ) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # extensions of Excel that openpyxl does not know, in any workbook
            return openpyxl.load_workbook(io.BytesIO(data), data_only=data_only, read_only=True)
    except Exception as error:
        raise TableError(f"{path}: damaged, or not an Excel workbook; save it as CSV (UTF-8)") from error


def _workbook(path: Path, data: bytes, sheet: str) -> Cells:
    """Cells of an Excel workbook: the results of formulas, as they were saved."""
    shown = _opened(path, data, data_only=True)
    name = next((name for name in shown.sheetnames if name.strip().lower() == sheet), shown.sheetnames[0])
    values = _values(path, shown[name])
    if _has_formulas(data):
        formulas = _values(path, _opened(path, data, data_only=False)[name])
        for number, (row, typed) in enumerate(zip(values, formulas, strict=True), start=1):
            if any(v is None and f is not None for v, f in zip(row, typed, strict=True)):
                raise TableError(f"{path}, row {number}: a formula without a result; open it in Excel and save it")
    lines = [[_as_text(value) for value in row] for row in values]
    if not lines or not any(lines[0]):
        raise TableError(f"{path}: empty, or its first row has no column names")
    return Cells(tuple(lines), decimal_comma=False, sheet=name if len(shown.sheetnames) > 1 else "")


def _values(path: Path, sheet: Any) -> list[tuple[Any, ...]]:
    """Values of a sheet, row by row."""
    try:
        sheet.reset_dimensions()  # programs state a size that is not that of their cells
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(sheet.iter_rows(values_only=True))
    except Exception as error:
        raise TableError(f"{path}: damaged, or not an Excel workbook; save it as CSV (UTF-8)") from error


def _has_formulas(data: bytes) -> bool:
    """Whether any sheet of a workbook has one: without, it need not be read a second time."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")]
        return any(_FORMULA.search(book.read(name)) for name in sheets)


def _as_text(value: Any) -> str:
    """Text of a cell, as somebody would have typed it.

    >>> [_as_text(v) for v in (None, 20.0, 0.1, time(14, 5), datetime(2024, 5, 6, 14, 5), " iv ")]
    ['', '20', '0.1', '14:05:00', '2024-05-06 14:05:00', 'iv']
    """
    if value is None:
        return ""
    if isinstance(value, timedelta):  # a time of day past midnight, or in Excel's [h]:mm
        return (datetime.min + value).time().isoformat()
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
