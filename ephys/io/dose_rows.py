"""One row of a dose table by itself: its columns, and the words that laboratories write in them."""

from __future__ import annotations

import math
from pathlib import Path

from ephys.io.drug_record.names import plain_drug
from ephys.io.drug_record.words import FORMS
from ephys.io.schema import Row, Scan, plain_word, scan_table
from ephys.pharmacology.compounds import COMPOUNDS, find_form

DOSE_COLUMNS = (
    "session", "time_s", "clock_time", "mark", "stop_s", "drug", "amount", "unit", "concentration",
    "concentration_unit", "dose_kind", "form", "route", "role", "barrel", "retention_na",
    "mark_time_s",
)  # fmt: skip
"""Columns that are read; docs/tables.md says what they mean."""

WRITTEN_COLUMNS = ("mark_clock", "channel", "code", "text", "understood", "doubt")
"""Columns that the program writes for people to read; no dose is taken from them."""

_MEANT = {"dose": "amount", "time": "time_s", "compound": "drug", "units": "unit"}
"""Names that people give to columns, and the column that is meant."""

TO_FILL_IN = "?"
"""What stands in a cell that a person must fill in."""

_GIVEN = DOSE_COLUMNS[6:-1]
ROUTES = {
    "iv": "i.v.", "i.v.": "i.v.", "i.v": "i.v.", "ip": "i.p.", "i.p.": "i.p.", "i.p": "i.p.", "sc": "s.c.",
    "s.c.": "s.c.", "s.c": "s.c.", "po": "p.o.", "p.o.": "p.o.", "p.o": "p.o.", "bath": "bath",
    "iontophoresis": "iontophoresis",
}  # fmt: skip
ROLES = {role: role for role in ("agonist", "vehicle", "antagonist", "anaesthetic", "wash", "challenge", "other")}
ROLES["anesthetic"] = "anaesthetic"
KINDS = {"increment": "increment", "cumulative": "cumulative"}
"""Routes, roles and kinds of dose by every spelling."""


def scan_doses(path: Path) -> Scan:
    """Return the rows of every session, and what is wrong with the table's columns.

    Raises
    ------
    TableError
        If the table cannot be read at all.
    """
    return scan_table(path, known=DOSE_COLUMNS, required=("drug",), ignored=WRITTEN_COLUMNS, meant=_MEANT)


def is_note(row: Row) -> bool:
    """Whether a row gives nothing: no drug, and nothing that belongs to one.

    Raises
    ------
    TableError
        If a cell still waits for its answer, or a drug is missing from a row that has a dose.
    """
    for column in DOSE_COLUMNS:
        if row[column] == TO_FILL_IN:
            asked = f" ({row['doubt']})" if row["doubt"] else ""
            nothing = "; where nothing was given, empty the cells from drug to retention_na" if column == "drug" else ""
            raise row.error(column, f"must be filled in{asked}{nothing}")
    if row["drug"]:
        return False
    if any(row[column] for column in _GIVEN):
        raise row.error("drug", "must name the compound; of a note, empty the cells from amount to retention_na, too")
    return True


def read_role(row: Row) -> str:
    """Role of what was given: of its column, else of the table of compounds; an unknown compound is an agonist."""
    drug, _ = plain_drug(row["drug"])
    return row.choice_in("role", ROLES, COMPOUNDS[drug].role if drug in COMPOUNDS else "agonist")


def read_route(row: Row) -> str:
    """Route in its plain spelling; empty where none is stated."""
    return row.choice_in("route", ROUTES, "")


def route_of(stated: str, dose_unit: str, barrel: str) -> str:
    """Route as stated; a concentration without one, and without a barrel, ran through the bath.

    >>> route_of("", "nM", ""), route_of("", "ug/kg", ""), route_of("", "nM", "2")
    ('bath', '', '')
    """
    return stated or ("bath" if dose_unit == "nM" and not barrel else "")


def read_kind(row: Row) -> str:
    """Kind of dose, increment or cumulative; empty where none is stated."""
    return row.choice_in("dose_kind", KINDS, "")


def read_retention(row: Row, dose_unit: str) -> float:
    """Retaining current of an ejection, its sign as typed; NaN where none is stated.

    Raises
    ------
    TableError
        If it is no number, or stands beside what is no current.
    """
    retention_na = row.number_in("retention_na")
    if not math.isnan(retention_na) and dose_unit != "nA":
        raise row.error(
            "retention_na", f"belongs to an ejection (unit nA), not to {dose_unit or 'a row without a unit'}"
        )
    return retention_na


def read_form(row: Row) -> str:
    """Form of what was given: of its column, else of the salt behind the drug's name."""
    return FORMS.get(plain_word(row["form"]), row["form"].lower()) or find_form(row["drug"])
