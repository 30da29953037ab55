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
            raise self.error(column, "can be read two ways, with a decimal or a thousands comma; write 1000 or 1,0")
        if self.parted_point and re.fullmatch(r"[1-9]\d{0,2}(\.\d{3})+", typed):
            raise self.error(column, "can be read two ways, with a decimal or a thousands point; write 1000 or 1,0")
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
    path: str | os.PathLike[str], *, known: Collection[str], required: Sequence[str], ignored: Collection[str] = ()
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

    Raises
    ------
    TableError
        If the table cannot be read, a column is unknown, missing or there twice, or a row is too long.
    """
    path = Path(path)
    cells = read_cells(path)
    lines = cells.lines
    header = _header(path, lines[0], known=known, required=required, ignored=ignored)
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
    path: Path, cells: Sequence[str], *, known: Collection[str], required: Sequence[str], ignored: Collection[str]
) -> list[str]:
    """Return the names of the columns, checked."""
    names = [cell.strip().lower() for cell in cells]
    while names and not names[-1]:
        names.pop()
    for position, name in enumerate(names):
        if name in names[:position]:
            raise TableError(f"{path}, row 1: column {name!r} is there twice")
        if name not in known and name not in ignored and not name.startswith("note"):
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
            raise TableError(
                f"{path}, row 1: unknown column {name!r}; {hint} (a column for remarks begins with 'note')"
            )
    missing = [name for name in required if name not in names]
    if missing:
        raise TableError(f"{path}, row 1: missing column {', '.join(repr(name) for name in missing)}")
    return names
