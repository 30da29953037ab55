"""Tables of what a session tells beside its dose-responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ephys.analysis import CellAnalysis, Finding, SessionAnalysis

Rows = list[dict[str, Any]]


def finding_rows(analysis: SessionAnalysis) -> dict[str, Rows]:
    """Rows of each table that the session has something for.

    Parameters
    ----------
    analysis : SessionAnalysis

    Returns
    -------
    dict of str to list of dict
        ``superfusion``: a row per unit and application to a slice. ``reversals``: a row per unit and dose of an
        antagonist. ``recoveries``: a row per unit and agonist, how it recovered without an antagonist, as
        `recoveries_from_rows` reads it. ``ejections``: a row per unit and ejection.
    """
    subject = analysis.session.subject
    whose = {"session": analysis.session.id, "animal": subject.animal, "group": subject.group}
    tables: dict[str, Rows] = {}
    for cell in analysis.cells:
        for name, rows in cell_rows(cell).items():
            tables.setdefault(name, []).extend(_told(whose, row) for row in rows)
    return tables


def cell_rows(cell: CellAnalysis) -> dict[str, Rows]:
    """Rows of one cell, by table; a table without a row is not there."""
    found: dict[str, Sequence[Finding]] = {
        "superfusion": [one.superfusion for one in cell.responses if one.superfusion is not None],
        "reversals": cell.reversals,
        "recoveries": cell.recoveries if cell.reversals or any(one.tells for one in cell.recoveries) else (),
        "ejections": [cell.ejections] if cell.ejections is not None else [],
    }
    tables = {name: [row for one in findings for row in one.as_rows()] for name, findings in found.items()}
    return {name: rows for name, rows in tables.items() if rows}


def _told(whose: Mapping[str, str], row: Mapping[str, Any]) -> dict[str, Any]:
    """A row that begins with whose it is, as every table does."""
    return {**whose, **{name: value for name, value in row.items() if name not in whose}}
