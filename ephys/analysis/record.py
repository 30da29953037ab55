"""What a cohort keeps of a session: the rows of its tables, and what its cells are pooled by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ephys.jupyter import Shown
from ephys.model import Administration, Source
from ephys.pharmacology import DoseResponse, Ejections, Recovery, Reversal, SeriesFacts

Row = Mapping[str, Any]


@dataclass(frozen=True)
class CellRecord(Shown):
    """What is kept of one unit.

    Parameters
    ----------
    unit : str
        Name of the unit in its session.
    unit_row : mapping
        Its row of ``units.csv``.
    response_rows, fit_rows : tuple of mapping
        Its rows of ``responses.csv`` and ``fits.csv``.
    responses : tuple of DoseResponse
        One per agonist, without what only stands beside the windows.
    facts : tuple of SeriesFacts
        What exclusions ask of it, one per agonist, or one where none was given; what only the cohort knows (its name,
        what was given to the animal before) is empty still.
    reversals, recoveries, ejections
        As in `CellAnalysis`.
    """

    unit: str
    unit_row: Row
    response_rows: tuple[Row, ...]
    fit_rows: tuple[Row, ...]
    responses: tuple[DoseResponse, ...]
    facts: tuple[SeriesFacts, ...]
    reversals: tuple[Reversal, ...] = ()
    recoveries: tuple[Recovery, ...] = ()
    ejections: Ejections | None = None


@dataclass(frozen=True)
class SessionRecord(Shown):
    """What is kept of one session, or of the part of a file that holds a cell.

    Parameters
    ----------
    key : str
        Digest of inputs, settings and version: the same key, the same record.
    session : str
        Name, as it stands in every table.
    sources : tuple of Source
        Files with checksums.
    cells : tuple of CellRecord
        Every unit of the session.
    sorted_anew : bool
        Whether the units were found by the sorter, and are not the file's own.
    twins : mapping of str to str
        Units of the file that the sorter found again, and what it calls them: one cell under two names.
    started_at : datetime or None
        When second 0 of the clock was, where the file says.
    start_s, stop_s : float
        What was recorded, on that clock.
    systemic : tuple of Administration
        What the animal had in the whole file that acts on the whole animal: `Session.systemic_drugs`.
    notes : tuple of str
        What to know about the session as a whole.
    parts : mapping of str to str
        Units that are a cell for a part of the time only, since their code ends or begins midway, and the unit that
        goes on throughout.
    """

    key: str
    session: str
    sources: tuple[Source, ...]
    cells: tuple[CellRecord, ...]
    sorted_anew: bool
    twins: Mapping[str, str]
    started_at: datetime | None
    start_s: float
    stop_s: float
    systemic: tuple[Administration, ...]
    notes: tuple[str, ...]
    parts: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        """One line: session, units."""
        return f"SessionRecord({self.session!r}: {len(self.cells)} units)"
