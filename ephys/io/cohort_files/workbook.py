"""A cohort's tables as an Excel workbook: a sheet per table, after one that says what they are."""

from __future__ import annotations

import io
import math
import os
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from ephys.errors import ParameterError
from ephys.io.atomic import atomic_path
from ephys.io.cohort_files.dictionary import TABLE_MEANINGS, TableSet, data_dictionary, describe_column
from ephys.io.cohort_files.typed import typed_table

Value: TypeAlias = str | float | int | None

_MOST_ROWS, _MOST_LETTERS = 1_048_576, 32_767
"""Of a sheet, the headings among them, and of a cell: Microsoft, Excel specifications and limits."""
_NARROWEST, _WIDEST, _LOOKED_AT = 8, 60, 200
"""Widths of columns in letters, and how many rows are looked at for them: conventions."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip archive can state; stands in place of the time of writing."""
_STAMP = "1980-01-01T00:00:00Z"
_RULES = (
    "The animal is the unit of replication: n is animals, not cells.",
    "An empty cell means: not measured, or not stated. No spikes in a window that was recorded is 0, not empty.",
    "The unit of a column stands in its heading; 'see dose_unit' and the like name the column of the row that says it.",
)


@dataclass(frozen=True)
class _Sheet:
    """A sheet as it will be written."""

    name: str
    headings: list[str]
    rows: list[list[Value]]

    @property
    def widths(self) -> list[int]:
        """Width of each column in letters."""
        columns = zip(self.headings, *self.rows[:_LOOKED_AT], strict=True)
        letters = (max(len(str(value)) for value in column if value is not None) for column in columns)
        return [min(max(most, _NARROWEST), _WIDEST) + 2 for most in letters]


def write_workbook(tables: TableSet, path: str | os.PathLike[str]) -> Path:
    """Write a cohort's tables as an Excel workbook.

    The sheet ``about`` says what each sheet is, then a sheet per table, then ``dictionary``, which says what each
    column is. Units stand in the headings. Text stays text; numbers
    have 16 digits. The same tables give the same bytes.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Tables of a cohort by name; `data_dictionary` knows their columns.
    path : path
        Where to; the file appears whole or not at all.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    ParameterError
        If openpyxl is missing (``pip install "ephys[excel]"``), a table is longer or a text is larger than Excel holds,
        a text has a letter that Excel refuses, or a column is not described or holds what its type does not allow.
    """
    path = Path(path)
    try:
        from openpyxl import Workbook
    except ImportError:
        raise ParameterError(
            f'{path.name}: an Excel workbook needs openpyxl, which is not here: pip install "ephys[excel]"'
        ) from None
    sheets = _sheets({name: typed_table(name, table) for name, table in tables.items()})
    for sheet in sheets:
        _check(sheet)
    book = Workbook(write_only=True)
    for sheet in sheets:
        _write(book, sheet)
    stream = io.BytesIO()
    book.save(stream)
    with atomic_path(path) as temporary:
        temporary.write_bytes(_timeless(stream.getvalue()))
    return path


def _sheets(tables: TableSet) -> list[_Sheet]:
    """What the sheets are, the tables, and what their columns are."""
    about: list[list[Value]] = [[name, len(table), TABLE_MEANINGS[name]] for name, table in tables.items()]
    about.append(["dictionary", None, "a row per column of every sheet: its type, its unit, what it is"])
    about.extend([None, None, rule] for rule in _RULES)
    sheets = [_Sheet("about", ["sheet", "rows", "what it is"], about)]
    for name, table in tables.items():
        headings = [describe_column(name, column).heading for column in table.columns]
        sheets.append(_Sheet(name, headings, _values(table)))
    dictionary = data_dictionary(tables)
    return [*sheets, _Sheet("dictionary", list(dictionary.columns), _values(dictionary))]


def _values(table: pd.DataFrame) -> list[list[Value]]:
    """Rows of a table."""
    return [[_cell_value(value) for value in row] for row in table.itertuples(index=False)]


def _cell_value(value: Any) -> Value:
    """Value as Excel has it: it knows neither yes and no in words, nor NaN, nor infinity."""
    if pd.isna(value) or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if math.isinf(value) else value


def _check(sheet: _Sheet) -> None:
    """See that Excel can hold a sheet, before anything is written."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if len(sheet.rows) + 1 > _MOST_ROWS:
        raise ParameterError(
            f"table {sheet.name!r} has {len(sheet.rows):,} rows; a sheet of Excel holds {_MOST_ROWS - 1:,} below its "
            "headings. Take the CSV, or Parquet"
        )
    texts = ((h, v) for row in sheet.rows for h, v in zip(sheet.headings, row, strict=True) if isinstance(v, str))
    for heading, text in texts:
        where = f"table {sheet.name!r}, column {heading!r}"
        if len(text) > _MOST_LETTERS:
            raise ParameterError(
                f"{where}: a text of {len(text):,} letters ({text[:40]!r}...); a cell of Excel holds "
                f"{_MOST_LETTERS:,}. Take the CSV, or Parquet"
            )
        if ILLEGAL_CHARACTERS_RE.search(text):
            raise ParameterError(
                f"{where}: {text!r} has a control character, which Excel refuses; correct it where it was typed"
            )


def _write(book: Any, sheet: _Sheet) -> None:
    """Add a sheet: headings in bold, which stay where they are, and columns as wide as what is in them."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    def cell(value: Value) -> Any:
        """A text is never taken for a formula or an error."""
        if not isinstance(value, str):
            return value
        written = WriteOnlyCell(page, value)
        if written.data_type != "s":
            written.data_type, written.quotePrefix = "s", True
        return written

    page = book.create_sheet(sheet.name)
    page.freeze_panes = "A2"
    for number, width in enumerate(sheet.widths, start=1):
        page.column_dimensions[get_column_letter(number)].width = width
    headings = [cell(heading) for heading in sheet.headings]
    for heading in headings:
        heading.font = Font(bold=True)
    page.append(headings)
    for row in sheet.rows:
        page.append([cell(value) for value in row])


def _timeless(data: bytes) -> bytes:
    """The archive without the time at which it was written."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>" + _STAMP.encode(), content)
            new.writestr(_dated(entry.filename), content)
    return stream.getvalue()


def _dated(name: str) -> zipfile.ZipInfo:
    """Entry of an archive with the one time that all have."""
    entry = zipfile.ZipInfo(name, date_time=_EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 0  # the same on every machine
    return entry
