"""Tables that people type: columns checked, every error with file, row, column and value."""

from __future__ import annotations

import difflib
import math
import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ephys.errors import TableError
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
    """

    path: Path
    number: int
    cells: Mapping[str, str]
    decimal_comma: bool = False
    sure_comma: bool = False
    parted_point: bool = False

    def __getitem__(self, column: str) -> str:
        """Text of a cell; empty where there is none."""
        return self.cells.get(column, "")

    def error(self, column: str, message: str) -> TableError:
        """Return an error that names file, row, column and value."""
        value = f", got {self[column]!r}" if self[column] else ""
        return TableError(f"{self.path}, row {self.number}, column {column!r}: {message}{value}")

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
    path = Path(path)
    cells = read_cells(path)
    lines = cells.lines
    header = _header(path, lines[0], known=known, required=required, ignored=ignored, meant=meant or {})
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
        row = Row(path, number, dict(zip(header, words, strict=False)), cells.decimal_comma, comma, parted)
        if any(words[len(header) :]):
            extra = ", ".join(repr(word) for word in words[len(header) :] if word)
            raise TableError(f"{path}, row {row.number}: more cells than columns, the last are {extra}")
        rows.append(row)
    return tuple(rows)


def _header(
    path: Path,
    cells: Sequence[str],
    *,
    known: Collection[str],
    required: Sequence[str],
    ignored: Collection[str],
    meant: Mapping[str, str],
) -> list[str]:
    """Return the names of the columns, checked."""
    names = [cell.strip().lower() for cell in cells]
    while names and not names[-1]:
        names.pop()
    for position, name in enumerate(names):
        if name in names[:position]:
            raise TableError(f"{path}, row 1: column {name!r} is there twice")
        if name not in known and name not in ignored and not name.startswith("note"):
            close = [meant[name]] if name in meant else difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
            raise TableError(
                f"{path}, row 1: unknown column {name!r}; {hint} (a column for remarks begins with 'note')"
            )
    missing = [name for name in required if name not in names]
    if missing:
        raise TableError(f"{path}, row 1: missing column {', '.join(repr(name) for name in missing)}")
    return names
