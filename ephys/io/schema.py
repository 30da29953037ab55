"""Tables that people type: columns checked, every error with file, row, column and value."""

from __future__ import annotations

import difflib
import math
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ephys.errors import RowError
from ephys.io.cells import read_cells

_DECIMAL_COMMA = re.compile(r"\d+,(\d{1,2}|\d{4,})|0,\d+|\d{4,},\d+")
"""A number whose comma cannot part thousands."""
_DECIMAL_POINT = re.compile(r"\d+\.(\d{1,2}|\d{4,})|0\.\d+|\d{4,}\.\d+")
"""A number whose point cannot part thousands."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, as text.

    Parameters
    ----------
    path : Path
        The table.
    number : int
        As a spreadsheet shows it: the header is row 1.
    cells : mapping of str to str
        Text by column, stripped; every known column is there, empty where the table lacks it.
    decimal_comma : bool
        Whether ``0,5`` is a half: where commas do not separate the columns.
    sure_comma : bool
        Whether another cell shows that commas are decimal here, so that ``1,000`` is one.
    parted_point : bool
        Whether ``1.250`` may be 1250: semicolons separate, or commas are decimal, and no cell has a decimal point.
    sheet : str
        Of a workbook with several.
    """

    path: Path
    number: int
    cells: Mapping[str, str]
    decimal_comma: bool = False
    sure_comma: bool = False
    parted_point: bool = False
    sheet: str = ""

    @property
    def table(self) -> str:
        """The table as messages name it."""
        return table_name(self.path, self.sheet)

    def __getitem__(self, column: str) -> str:
        """Text of a cell; empty where there is none."""
        return self.cells.get(column, "")

    def error(self, column: str, message: str) -> RowError:
        """Return an error that names file, row, column and value."""
        return RowError(self.table, self.number, column, self[column], message)

    def number_in(self, column: str) -> float:
        """Return the number in a cell, NaN for an empty one.

        Raises
        ------
        TableError
            If the cell holds something else, or infinity.
        """
        typed = self[column]
        if self.decimal_comma and not self.sure_comma and re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", typed):
            raise self.error(column, _ask_reading(typed, "comma"))
        if self.parted_point and re.fullmatch(r"[1-9]\d{0,2}(\.\d{3})+", typed):
            raise self.error(column, _ask_reading(typed, "point"))
        text = typed.replace(",", ".") if self.decimal_comma else typed
        if not text:
            return math.nan
        try:
            value = float(text)
        except ValueError:
            raise self.error(column, "must be a number, without its unit") from None
        if not math.isfinite(value):
            raise self.error(column, "must be a finite number; leave the cell empty where nothing was measured")
        return value

    def choice_in(self, column: str, spellings: Mapping[str, str], default: str) -> str:
        """Return what a cell means, by its spelling.

        Raises
        ------
        TableError
            If the word is not among the spellings; with the nearest one.
        """
        word = plain_word(self[column])
        if not word:
            return default
        if word in spellings:
            return spellings[word]
        raise self.error(
            column, f"must be one of {', '.join(dict.fromkeys(spellings.values()))}{_hint(word, spellings)}"
        )


def two_readings(number: str) -> tuple[str, ...]:
    """Numbers that digits with a comma or point before the last three may be; of several such signs none is decimal.

    >>> two_readings("15,625"), two_readings("1.250"), two_readings("1,250,000")
    (('15625', '15.625'), ('1250', '1.25'), ('1250000',))
    """
    parts = re.split("[.,]", number)
    whole = "".join(parts)
    return (whole, str(float(".".join(parts)))) if len(parts) == 2 else (whole,)


def _ask_reading(number: str, sign: str) -> str:
    """Ask which of its readings a number of a table with decimal commas is, and how each is written."""
    readings = two_readings(number)
    clear = [f"{text}0" if re.fullmatch(r"\d+\.\d{3}", text) else text for text in readings]
    return (
        f"can be read two ways, with a decimal or a thousands {sign}: {' or '.join(readings)}; "
        f"write {' or '.join(clear).replace('.', ',')}"
    )


def plain_word(text: str) -> str:
    """Word by which units, routes and roles are compared: lower case, without blanks, every micro sign a ``u``.

    >>> plain_word(" µg / kg "), plain_word("μM")
    ('ug/kg', 'um')
    """
    return "".join(text.replace("µ", "u").replace("μ", "u").lower().split())


def _hint(word: str, spellings: Mapping[str, str]) -> str:
    """Nearest spelling, as a question."""
    close = difflib.get_close_matches(word, spellings, n=1)
    return f"; did you mean {spellings[close[0]]!r}?" if close else ""


@dataclass(frozen=True, slots=True)
class Scan:
    """The rows of a table, and whatever is wrong with its header and the length of its rows."""

    rows: tuple[Row, ...]
    faults: tuple[RowError, ...]
    columns: tuple[str, ...] = ()


def read_table(
    path: str | os.PathLike[str],
    *,
    known: Collection[str],
    required: Sequence[str],
    ignored: Collection[str] = (),
    meant: Mapping[str, str] | None = None,
) -> tuple[Row, ...]:
    """Read a table of known columns.

    Text with comma, semicolon or tab between the columns, or an Excel workbook: `read_cells`. Empty rows are passed
    over. Columns that begin with ``note`` are kept as they are.

    Parameters
    ----------
    path : path
        The table.
    known, required : collections of str
        Columns that it may have, and must have.
    ignored : collection of str, optional
        Columns that are allowed and not read.
    meant : mapping of str to str, optional
        Names that people give to known columns, to be suggested.

    Raises
    ------
    TableError
        If the table cannot be read, a column is unknown, missing or there twice, or a row is too long.
    """
    scan = scan_table(path, known=known, required=required, ignored=ignored, meant=meant)
    for fault in scan.faults:
        raise fault
    return scan.rows


def scan_table(
    path: str | os.PathLike[str],
    *,
    known: Collection[str],
    required: Sequence[str],
    ignored: Collection[str] = (),
    meant: Mapping[str, str] | None = None,
    sheet: str = "doses",
) -> Scan:
    """Read a table as `read_table` does, with everything that is wrong with it, the header first.

    Parameters
    ----------
    path, known, required, ignored, meant
        As of `read_table`.
    sheet : str, optional
        Which sheet of a workbook; without one of this name, the first.

    Raises
    ------
    TableError
        If the table cannot be read at all.
    """
    path = Path(path)
    cells = read_cells(path, sheet=sheet)
    lines, where = cells.lines, table_name(path, cells.sheet)
    header = [cell.strip().lower() for cell in lines[0]]
    while header and not header[-1]:
        header.pop()
    faults = [
        RowError(where, 1, column, column, message)
        for column, message in _header_faults(
            header, known=known, required=required, ignored=ignored, meant=meant or {}
        )
    ]
    comma, point = (
        cells.decimal_comma and any(pattern.fullmatch(word.strip()) for line in lines for word in line)
        for pattern in (_DECIMAL_COMMA, _DECIMAL_POINT)
    )
    parted = not point and (comma or cells.semicolon)
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        words = [cell.strip() for cell in line]
        if not any(words):
            continue
        named = dict(zip(header, words, strict=False))
        rows.append(Row(path, number, named, cells.decimal_comma, comma, parted, cells.sheet))
        if any(words[len(header) :]):
            extra = ", ".join(repr(word) for word in words[len(header) :] if word)
            faults.append(RowError(where, number, "", "", f"more cells than columns, the last are {extra}"))
    return Scan(tuple(rows), tuple(faults), tuple(header))


def table_name(path: Path, sheet: str = "") -> str:
    """Return the name of a table in messages.

    >>> table_name(Path("cohort.xlsx"), "animals")
    "cohort.xlsx, sheet 'animals'"
    """
    return f"{path}, sheet {sheet!r}" if sheet else str(path)


def _header_faults(
    names: Sequence[str],
    *,
    known: Collection[str],
    required: Sequence[str],
    ignored: Collection[str],
    meant: Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    """Find columns that cannot be: each with what is wrong."""
    asked_for: set[str] = set()
    for position, name in enumerate(names):
        if name in names[:position]:
            yield name, f"column {name!r} is there twice"
        elif name not in known and name not in ignored and not name.startswith("note"):
            close = [meant[name]] if name in meant else difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
            asked_for.update(close)
            yield name, f"unknown column {name!r}; {hint} (a column for remarks begins with 'note')"
    missing = [name for name in required if name not in names and name not in asked_for]
    if missing:
        yield missing[0], f"missing column {', '.join(repr(name) for name in missing)}"
