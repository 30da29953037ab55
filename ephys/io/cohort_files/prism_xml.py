"""Files of GraphPad Prism (``.pzfx``, Prism 5 and later): tables in XML.

No description of the format was found. What is written here is what Prism 6 and 7 themselves wrote into the files that
the R package pzfx (Y. Jiang, 2026, version 0.3.1) is tested on; graphs and analyses, which are binary, are left out.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ephys.errors import ParameterError

_VERSION = "5.00"
"""Of the XML: what the files of Prism 5 to 9 that were seen state."""
_OF_A_TABLE = 52, 104
"""Subcolumns of a column, and columns, beyond which Prism 6 writes ``HugeTable`` in place of ``Table``."""
_MOST = 256
"""Subcolumns or columns; a convention: no file with more was seen."""
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WIDTH = 89


@dataclass(frozen=True)
class PrismColumn:
    """A column of a table: a data set.

    Parameters
    ----------
    title : str
        Name of the data set.
    replicates : mapping of str to sequence of float
        Subcolumns by name, as long as the table has rows; NaN is an empty cell.
    """

    title: str
    replicates: Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class PrismTable:
    """A table of Prism: XY where it has an `x`, else a column table.

    Parameters
    ----------
    title : str
        Name of the sheet.
    columns : tuple of PrismColumn
        Data sets.
    row_titles : tuple of str
        One per row.
    x : PrismColumn, optional
        The X column, of one subcolumn.
    """

    title: str
    columns: tuple[PrismColumn, ...]
    row_titles: tuple[str, ...]
    x: PrismColumn | None = None

    @property
    def n_replicates(self) -> int:
        """Subcolumns of every column: as many as that with the most has."""
        return max((len(column.replicates) for column in self.columns), default=1)


def prism_document(tables: Sequence[PrismTable], *, constants: Mapping[str, str], notes: Sequence[str]) -> bytes:
    """Return a file for Prism: an info sheet, then the tables.

    Parameters
    ----------
    tables : sequence of PrismTable
        In the order of the sheets.
    constants : mapping of str to str
        Named entries of the info sheet.
    notes : sequence of str
        Its lines, at least one.

    Raises
    ------
    ParameterError
        If a table is larger than Prism takes, or a text holds a letter that XML cannot.
    """
    root = ET.Element("GraphPadPrismFile", PrismXMLVersion=_VERSION)
    made_by = {"CreatedByProgram": constants["Program"], "CreatedByVersion": constants["Version"]}
    ET.SubElement(ET.SubElement(root, "Created"), "OriginalVersion", made_by)
    _sequence(root, "Info", 1)
    _info(root, constants, notes)
    _sequence(root, "Table", len(tables))
    for number, table in enumerate(tables):
        _table(root, f"Table{number}", table)
    ET.indent(root, space="")
    text: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _sequence(root: ET.Element, kind: str, n_sheets: int) -> None:
    """Order of the sheets of a kind; the first is shown."""
    sequence = ET.SubElement(root, f"{kind}Sequence", Selected="1")
    for number in range(n_sheets):
        reference = ET.SubElement(sequence, "Ref", ID=f"{kind}{number}")
        if number == 0:
            reference.set("Selected", "1")


def _info(root: ET.Element, constants: Mapping[str, str], notes: Sequence[str]) -> None:
    """Info sheet."""
    info = ET.SubElement(root, "Info", ID="Info0")
    _text(info, "Title", "Project info")
    font = ET.SubElement(ET.SubElement(info, "Notes"), "Font", Color="#000000", Face="Helvetica")
    font.text = _plain(notes[0])
    for note in notes[1:]:
        ET.SubElement(font, "BR").tail = _plain(note)
    for name, value in constants.items():
        constant = ET.SubElement(info, "Constant")
        _text(constant, "Name", name)
        _text(constant, "Value", value)


def _table(root: ET.Element, name: str, table: PrismTable) -> None:
    """One sheet."""
    n_subcolumns, n_columns = table.n_replicates, len(table.columns)
    if max(n_subcolumns, n_columns) > _MOST:
        raise ParameterError(
            f"table {table.title!r} for Prism has {n_columns} columns of up to {n_subcolumns} subcolumns; more than "
            f"{_MOST} are not written. Take the CSV, or split the cohort"
        )
    within = n_subcolumns <= _OF_A_TABLE[0] and n_columns <= _OF_A_TABLE[1]
    sheet = ET.SubElement(root, "Table" if within else "HugeTable", ID=name)
    if table.x is None:
        kind = {"XFormat": "none", "TableType": "OneWay"}
    else:
        kind = {"XFormat": "numbers", "YFormat": "replicates", "Replicates": str(n_subcolumns), "TableType": "XY"}
    sheet.attrib.update(kind, EVFormat="AsteriskAfterNumber")
    _text(sheet, "Title", table.title)
    titles = ET.SubElement(ET.SubElement(sheet, "RowTitlesColumn", Width=str(_WIDTH)), "Subcolumn")
    for row_title in table.row_titles:
        _text(titles, "d", row_title)
    if table.x is not None:
        _subcolumn_titles(sheet, table)
        _column(sheet, "XColumn", table.x, 1)
    for column in table.columns:
        _column(sheet, "YColumn", column, n_subcolumns)


def _subcolumn_titles(sheet: ET.Element, table: PrismTable) -> None:
    """Names of the replicates: all the first ones, then all the second ones."""
    titles = ET.SubElement(sheet, "SubColumnTitles", OwnSet="1")
    for number in range(table.n_replicates):
        subcolumn = ET.SubElement(titles, "Subcolumn")
        for column in table.columns:
            names = list(column.replicates)
            _text(subcolumn, "d", names[number] if number < len(names) else "")


def _column(sheet: ET.Element, tag: str, column: PrismColumn, n_subcolumns: int) -> None:
    """One data set, filled up to as many subcolumns as all have."""
    width = str(_WIDTH * n_subcolumns)
    element = ET.SubElement(sheet, tag, Width=width, Decimals="3", Subcolumns=str(n_subcolumns))
    _text(element, "Title", column.title)
    for values in column.replicates.values():
        subcolumn = ET.SubElement(element, "Subcolumn")
        for value in values:
            ET.SubElement(subcolumn, "d").text = repr(float(value)) if math.isfinite(value) else None
    for _ in range(n_subcolumns - len(column.replicates)):
        ET.SubElement(element, "Subcolumn")


def _text(parent: ET.Element, tag: str, text: str) -> None:
    """Add an element that holds a text."""
    ET.SubElement(parent, tag).text = _plain(text) or None


def _plain(text: str) -> str:
    """The text in one line."""
    if refused := _NO_XML.search(text):
        raise ParameterError(
            f"{text!r} has the letter {refused[0]!r}, which XML cannot hold; correct it where it was typed"
        )
    return " ".join(text.split())
