"""A cohort's tables as an Excel workbook: a sheet per table, after one that says what they are."""

from __future__ import annotations

import io
import math
import os
import re
import zipfile
from collections.abc import Sequence
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


def write_workbook(tables: TableSet, path: str | os.PathLike[str]) -> Path:
    """Write a cohort's tables as an Excel workbook.

    The sheet ``about`` says what each sheet is, then a sheet per table, then ``dictionary``, which says what each
    column is. Units stand in the headings. Text stays text. The same tables give the same bytes.

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
    typed = {name: typed_table(name, table) for name, table in tables.items()}
    book = Workbook(write_only=True)
    _about(book, typed)
    for name, table in typed.items():
        headings = [describe_column(name, column).heading for column in table.columns]
        _sheet(book, name, headings, [[_cell_value(v) for v in row] for row in table.itertuples(index=False)])
    dictionary = data_dictionary(typed)
    _sheet(book, "dictionary", list(dictionary.columns), dictionary.to_numpy().tolist())
    stream = io.BytesIO()
    book.save(stream)
    with atomic_path(path) as temporary:
        temporary.write_bytes(_timeless(stream.getvalue()))
    return path


def _about(book: Any, tables: TableSet) -> None:
    """First sheet: what the others are."""
    rows: list[list[Value]] = [[name, len(table), TABLE_MEANINGS[name]] for name, table in tables.items()]
    rows.append(["dictionary", None, "a row per column of every sheet: its type, its unit, what it is"])
    _sheet(book, "about", ["sheet", "rows", "what it is"], [*rows, *([None, None, rule] for rule in _RULES)])


def _sheet(book: Any, name: str, headings: Sequence[str], rows: Sequence[Sequence[Value]]) -> None:
    """Add a sheet: headings in bold, which stay where they are, and columns as wide as what is in them."""
    from openpyxl.utils import get_column_letter

    if len(rows) + 1 > _MOST_ROWS:
        raise ParameterError(
            f"table {name!r} has {len(rows):,} rows; a sheet of Excel holds {_MOST_ROWS - 1:,} below its headings. "
            "Take the CSV, or Parquet"
        )
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for number, heading in enumerate(headings):
        letters = (len(str(row[number])) for row in rows[:_LOOKED_AT] if row[number] is not None)
        width = min(max(len(heading), _NARROWEST, *letters), _WIDEST) + 2
        sheet.column_dimensions[get_column_letter(number + 1)].width = width
    sheet.append([_cell(sheet, heading, name, "headings", bold=True) for heading in headings])
    for row in rows:
        sheet.append(
            [_cell(sheet, value, name, heading) for value, heading in zip(row, headings, strict=True)]
        )  # fmt: skip


def _cell_value(value: Any) -> Value:
    """Value as Excel has it: it knows neither yes and no in words, nor NaN, nor infinity."""
    if pd.isna(value) or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if math.isinf(value) else value


def _cell(sheet: Any, value: Value, table: str, column: str, *, bold: bool = False) -> Any:
    """One cell; a text is never taken for a formula, an error or a number."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils.exceptions import IllegalCharacterError

    if not isinstance(value, str):
        return value
    if len(value) > _MOST_LETTERS:
        raise ParameterError(
            f"table {table!r}, column {column!r}: a text of {len(value):,} letters ({value[:40]!r}...); a cell of "
            f"Excel holds {_MOST_LETTERS:,}. Take the CSV, or Parquet"
        )
    try:
        cell = WriteOnlyCell(sheet, value)
    except IllegalCharacterError:
        raise ParameterError(
            f"table {table!r}, column {column!r}: {value!r} has a control character, which Excel refuses; correct it "
            "where it was typed"
        ) from None
    if cell.data_type != "s":
        cell.data_type, cell.quotePrefix = "s", True
    if bold:
        cell.font = Font(bold=True)
    return cell


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
