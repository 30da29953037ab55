"""A cohort's table as work: one job for each recording, however many of its cells are meant."""

from __future__ import annotations

import difflib
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path

from ephys.errors import ParameterError, SettingsError
from ephys.io import read_settings
from ephys.io.file_names import file_name
from ephys.model import SORTED, Cohort, CohortCell, Subject
from ephys.settings import Settings, UnitChoice

OF_THE_COHORT = ("exclusions", "cohort")
"""Groups of settings that no session depends on."""


@dataclass(frozen=True)
class SessionJob:
    """One recording, or the part of it that holds a cell, to be read and sorted once.

    Parameters
    ----------
    name : str
        As the session is called in every table; no other job has it.
    session : str
        As a dose table calls it; empty: as the file does.
    files : tuple of Path
        Joined on the clock where there are several.
    from_s, to_s : float
        The part; NaN: from the start, to the end.
    doses, curation : Path, optional
    settings : Settings
        The cohort's, with those of the table's row on top, and what the tables say of animal and wire.
    cells : tuple of CohortCell
        Rows of the table that it serves.
    """

    name: str
    session: str
    files: tuple[Path, ...]
    from_s: float
    to_s: float
    doses: Path | None
    curation: Path | None
    settings: Settings
    cells: tuple[CohortCell, ...]

    @property
    def started_at(self) -> datetime | None:
        """When the recording began, where the cohort's table says: it wins over the file."""
        first = self.cells[0]
        return datetime.combine(first.date, first.time) if first.date and first.time else None

    @property
    def is_part(self) -> bool:
        """Whether a part of the file is meant."""
        return not (math.isnan(self.from_s) and math.isnan(self.to_s))


def plan_jobs(cohort: Cohort, settings: Settings) -> tuple[SessionJob, ...]:
    """Jobs of a cohort, in the order in which its table first names them.

    Parameters
    ----------
    cohort : Cohort
        As `read_cohort` gives it.
    settings : Settings
        Of the cohort.

    Raises
    ------
    SettingsError
        If a settings file of a row cannot be read, or sets what is one for the whole cohort.
    ParameterError
        If the reference is no group.
    """
    _check_reference(cohort, settings.cohort.reference)
    found: dict[tuple[object, ...], list[CohortCell]] = {}
    for cell in cohort.cells:
        found.setdefault(_recording(cell), []).append(cell)
    names = _names([cells[0] for cells in found.values()])
    return tuple(_job(name, cells, cohort, settings) for name, cells in zip(names, found.values(), strict=True))


def _check_reference(cohort: Cohort, reference: str) -> None:
    """Raise unless the reference is a group, or left open."""
    if reference and reference not in cohort.groups:
        close = difflib.get_close_matches(reference, cohort.groups, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise ParameterError(f"reference {reference!r} is no group; the groups are {', '.join(cohort.groups)}{hint}")


def _recording(cell: CohortCell) -> tuple[object, ...]:
    """What cells that one job serves have in common."""
    part = tuple(None if math.isnan(bound) else bound for bound in (cell.from_s, cell.to_s))
    return (cell.files, cell.session, cell.wires, part, cell.doses, cell.settings, cell.curation, cell.animal)


def _names(first: Sequence[CohortCell]) -> list[str]:
    """Name of each job: the session's, else the file's, with as much more as tells it from the others.

    Names that a file system takes for one, ``a/b`` and ``A_b``, are told apart, too: each is a folder of reports.
    """
    names = [cell.session or cell.files[0].stem for cell in first]
    for more in (_part, _wire, _animal, _row):
        times = Counter(map(_folder, names))
        names = [
            name + more(cell) if times[_folder(name)] > 1 else name for name, cell in zip(names, first, strict=True)
        ]
    return names


def _folder(name: str) -> str:
    """Name as a file system tells it from others."""
    return file_name(name).casefold()


def _part(cell: CohortCell) -> str:
    """The part of the file, as a name has it."""
    bounds = ["" if math.isnan(bound) else f"{bound:g}" for bound in (cell.from_s, cell.to_s)]
    return f" {'-'.join(bounds)} s" if any(bounds) else ""


def _wire(cell: CohortCell) -> str:
    """The wire, as a name has it."""
    return f" wire {'+'.join(cell.wires)}" if cell.wires else ""


def _animal(cell: CohortCell) -> str:
    """The animal, as a name has it."""
    return f" {cell.animal}"


def _row(cell: CohortCell) -> str:
    """The row of the table: the last resort."""
    return f" row {cell.row}"


def _job(name: str, cells: Sequence[CohortCell], cohort: Cohort, settings: Settings) -> SessionJob:
    """Job of the cells of one recording."""
    first = cells[0]
    chosen = _own_settings(first, settings)
    subject = replace(cohort.animal(first.animal).subject, group=first.group)
    reading = replace(
        chosen.reading,
        wire=first.wires or chosen.reading.wire,
        subject=(*chosen.reading.subject, *_entries(subject)),
    )
    return SessionJob(
        name=name,
        session=first.session,
        files=first.files,
        from_s=first.from_s,
        to_s=first.to_s,
        doses=first.doses,
        curation=first.curation,
        settings=replace(chosen, reading=reading, analysis=replace(chosen.analysis, units=_units(cells, chosen))),
        cells=tuple(cells),
    )


def _own_settings(cell: CohortCell, settings: Settings) -> Settings:
    """Settings of a row: the cohort's, with those of its file on top."""
    if cell.settings is None:
        return settings
    chosen = read_settings(cell.settings, base=settings)
    for group in OF_THE_COHORT:
        if getattr(chosen, group) != getattr(settings, group):
            raise SettingsError(
                f"{cell.settings}: settings of {group!r} are one for the whole cohort, and this file is of row "
                f"{cell.row} of its table: give them to the batch (--settings, --set)"
            )
    return chosen


def _units(cells: Sequence[CohortCell], settings: Settings) -> UnitChoice:
    """Which units the rows ask for: the sorter's, the file's own, or both; else what the settings say."""
    named = [cell.unit for cell in cells if cell.unit]
    sorting = [unit == SORTED or unit.startswith(f"{SORTED} ") for unit in named]
    if not any(sorting):
        return settings.analysis.units
    return "sort" if all(sorting) else "both"


def _entries(subject: Subject) -> Iterable[str]:
    """What the tables state of an animal, as reading settings take it."""
    for field in fields(subject):
        value = getattr(subject, field.name)
        stated = not math.isnan(value) if isinstance(value, float) else bool(value)
        if stated:
            yield f"{field.name}={value}"


def share_of(jobs: Sequence[SessionJob], part: int, parts: int) -> tuple[SessionJob, ...]:
    """Every `parts`-th job from the `part`-th on: those of one member of an array of processes.

    >>> share_of(["a", "b", "c", "d", "e"], 2, 3)
    ('b', 'e')
    """
    return tuple(jobs[part - 1 :: parts])


def by_animal(jobs: Sequence[SessionJob]) -> dict[str, list[SessionJob]]:
    """Jobs of each animal, in their order."""
    ordered = sorted(jobs, key=lambda job: job.cells[0].animal)
    return {animal: list(of_it) for animal, of_it in groupby(ordered, key=lambda job: job.cells[0].animal)}
