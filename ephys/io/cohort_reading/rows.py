"""One row of a cohort's tables: every cell checked, the row as a noun."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from ephys.io.cohort_reading.faults import FaultList
from ephys.io.cohort_reading.moments import date_in, time_in
from ephys.io.dose_rows import TO_FILL_IN
from ephys.io.schema import Row
from ephys.model import SORTED, CohortAnimal, CohortCell, Histology, Subject

COHORT_COLUMNS = (
    "animal", "group", "cell", "file", "session", "from_s", "to_s", "wire", "unit", "track", "depth_um", "order",
    "date", "time", "doses", "settings", "curation", "histology", "exclude",
)  # fmt: skip
ANIMAL_COLUMNS = (
    "animal", "group", "sex", "strain", "species", "weight_g", "age", "treatment", "dose", "days", "last_dose_h",
    "anaesthetic", "preparation", "temperature", "tracks", "batch", "histology", "experimenter",
)  # fmt: skip
REQUIRED_OF_CELLS = COHORT_COLUMNS[:4]
REQUIRED_OF_ANIMALS = ANIMAL_COLUMNS[:2]

COHORT_MEANT = {
    "rat": "animal", "mouse": "animal", "subject": "animal", "neuron": "cell", "path": "file", "filename": "file",
    "recording": "file", "start_s": "from_s", "stop_s": "to_s", "channel": "wire", "depth": "depth_um",
    "dose_table": "doses", "excluded": "exclude",
}  # fmt: skip
"""Names that people give to columns, and the column that is meant."""
ANIMAL_MEANT = {
    "rat": "animal",
    "mouse": "animal",
    "subject": "animal",
    "weight": "weight_g",
    "anesthetic": "anaesthetic",
}

_HISTOLOGY: dict[str, Histology] = {
    "in": "in", "inside": "in", "within": "in", "drn": "in", "dr": "in", "indrn": "in", "indr": "in", "inthedrn": "in",
    "insidedrn": "in", "dorsalraphe": "in", "dorsalraphenucleus": "in",
    "out": "out", "outside": "out", "outofdrn": "out", "outsidedrn": "out", "notindrn": "out", "notdrn": "out",
    "missed": "out",
    "notrecovered": "not recovered", "notfound": "not recovered", "nomark": "not recovered", "lost": "not recovered",
    "nottraced": "not recovered",
}  # fmt: skip
"""Words of laboratories for where the electrode's mark was, without blanks and signs; docs/tables.md lists them."""

_ERRORS_OF_EXCEL = ("#N/A", "#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!")
LIGHTEST_G, HEAVIEST_G = 1.0, 100_000.0
"""Weights outside are kilograms typed as grams, or the contrary. Convention."""
_WARMEST_C = 50.0
"""Above it, a temperature is in Fahrenheit. Convention."""
_SORTED = re.compile(rf"{SORTED}\s*(\d*)", re.IGNORECASE)


def filled(row: Row, required: Collection[str], columns: Collection[str], faults: FaultList) -> Row:
    """Return a row without the cells that hold no answer; each is a fault.

    Parameters
    ----------
    row : Row
        As it was typed.
    required : collection of str
        Columns that must not be empty.
    columns : collection of str
        Columns that the table has: one that is missing is said once, not in every row.
    faults : FaultList
        Takes what is wrong.
    """
    blank = {}
    for column, text in row.cells.items():
        if text == TO_FILL_IN:
            faults.add(row, column, "must be filled in")
            blank[column] = ""
        elif text in _ERRORS_OF_EXCEL:
            faults.add(row, column, "is an error of the spreadsheet's formula; correct it there")
            blank[column] = ""
    for column in required:
        if column in columns and not row[column]:
            faults.add(row, column, "must be filled in")
    return replace(row, cells={**row.cells, **blank}) if blank else row


def cell_of(row: Row, faults: FaultList) -> CohortCell:
    """Return the cell of a row; what is wrong with it goes to the faults, and is not stated in the cell."""
    from_s, to_s = (faults.number(row, column) for column in ("from_s", "to_s"))
    if from_s >= to_s:
        faults.add(row, "to_s", f"must be after from_s, {from_s:g} s")
    nothing: tuple[str, ...] = ()
    files = faults.value(nothing, lambda: _several(row, "file"))
    doses, settings, curation = (_path(row, row[column]) for column in ("doses", "settings", "curation"))
    return CohortCell(
        animal=row["animal"],
        group=row["group"],
        cell=row["cell"],
        files=tuple(path for path in (_path(row, text) for text in files) if path),
        session=row["session"],
        from_s=from_s,
        to_s=to_s,
        wires=faults.value(nothing, lambda: _several(row, "wire")),
        unit=faults.value("", lambda: _unit(row)),
        track=row["track"],
        depth_um=faults.number(row, "depth_um"),
        order=row["order"],
        date=faults.value(None, lambda: date_in(row)),
        time=faults.value(None, lambda: time_in(row)),
        doses=doses,
        settings=settings,
        curation=curation,
        histology=faults.value("", lambda: histology_in(row)),
        exclude=row["exclude"],
        notes=_notes(row),
        row=row.number,
    )


def animal_of(row: Row, faults: FaultList) -> CohortAnimal:
    """Return the animal of a row; what is wrong with it goes to the faults, and is not stated in the animal."""

    def number(column: str, low: float, high: float, what: str) -> float:
        return faults.value(math.nan, lambda: _within(row, column, low, high, what))

    tracks = number("tracks", 0.0, math.inf, "a number of tracks, 0 or more")
    if not (math.isnan(tracks) or tracks.is_integer()):
        faults.add(row, "tracks", "must be a whole number")
    words = ("animal", "species", "strain", "sex", "age", "group", "treatment", "anaesthetic", "preparation")
    weight = f"{LIGHTEST_G:g} to {HEAVIEST_G:g}, in grams"
    return CohortAnimal(
        Subject(weight_g=number("weight_g", LIGHTEST_G, HEAVIEST_G, weight), **{word: row[word] for word in words}),
        dose=row["dose"],
        days=number("days", 0.0, math.inf, "0 or more"),
        last_dose_h=number("last_dose_h", 0.0, math.inf, "0 or more, in hours before the recording"),
        temperature=number("temperature", 0.0, _WARMEST_C, f"0 to {_WARMEST_C:g}, in °C"),
        batch=row["batch"],
        histology=faults.value("", lambda: histology_in(row)),
        experimenter=row["experimenter"],
        tracks=tracks,
        notes=_notes(row),
        row=row.number,
    )


def histology_in(row: Row) -> Histology:
    """Return where the electrode's mark was found; empty where nothing is stated.

    Raises
    ------
    TableError
        If the word is not known.

    Examples
    --------
    >>> histology_in(Row(Path("animals.csv"), 2, {"histology": "Not found"}))
    'not recovered'
    """
    word = re.sub(r"[\W_]+", "", row["histology"].casefold())
    if not word:
        return ""
    if word not in _HISTOLOGY:
        raise row.error("histology", "must be in, out or not recovered (a column for remarks begins with 'note')")
    return _HISTOLOGY[word]


def _several(row: Row, column: str) -> tuple[str, ...]:
    """Return the parts of a cell that ``|`` separates."""
    parts = tuple(part.strip() for part in row[column].split("|")) if row[column] else ()
    if not all(parts):
        raise row.error(column, "nothing stands on one side of '|'")
    if len(set(parts)) < len(parts):
        raise row.error(column, "the same is named twice")
    return parts


def _unit(row: Row) -> str:
    """Return the name of a unit; what the sorter finds in its plain spelling."""
    match = _SORTED.fullmatch(row["unit"])
    if not match:
        return row["unit"]
    if match[1] and int(match[1]) == 0:
        raise row.error("unit", "the units that are sorted are counted from 1")
    return f"{SORTED} {int(match[1])}" if match[1] else SORTED


def _within(row: Row, column: str, low: float, high: float, what: str) -> float:
    """Return a number that lies where it can."""
    value = row.number_in(column)
    if value < low or value > high:
        raise row.error(column, f"must be {what}")
    return value


def _path(row: Row, text: str) -> Path | None:
    """Return a path relative to the table, in its plain spelling: one file has one."""
    return Path(os.path.normpath(row.path.parent / text)) if text else None


def _notes(row: Row) -> dict[str, str]:
    """Return the columns for remarks."""
    return {column: text for column, text in row.cells.items() if column.startswith("note")}
