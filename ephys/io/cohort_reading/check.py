"""A cohort checked before any work starts, with or without opening its recordings."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ephys.errors import CohortFault
from ephys.io.cohort_reading.opened import CohortProblem, absent_files, open_sessions
from ephys.io.cohort_reading.scan import CohortScan, scan_cohort
from ephys.jupyter import Shown
from ephys.model import Cohort


@dataclass(frozen=True)
class CohortCheck(Shown):
    """What a check of a cohort's tables, and of its recordings, found.

    Parameters
    ----------
    cohort : Cohort or None
        The cohort; ``None`` where its tables have faults.
    faults : tuple of CohortFault
        What must be corrected before anything is analysed.
    problems : tuple of CohortProblem
        Recordings that cannot be read: the rest of the cohort can go on.
    notes : tuple of str
        What is worth knowing.
    opened : int
        How many sessions were opened for it.
    """

    cohort: Cohort | None
    faults: tuple[CohortFault, ...]
    problems: tuple[CohortProblem, ...]
    notes: tuple[str, ...]
    opened: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing stands in the way of any cell."""
        return not (self.faults or self.problems)

    def __str__(self) -> str:
        """What the cohort is, and how much is wrong; then each fault, problem and note on a line."""
        return "\n".join([self.summary, *self.lines])

    def __repr__(self) -> str:
        """One line."""
        return f"CohortCheck({self.summary!r})"

    @property
    def summary(self) -> str:
        """One line: animals, groups, cells, files, and how much is wrong with them."""
        counts = [_count(self.faults, "fault"), _count(self.problems, "problem")]
        told = ", ".join(count for count in counts if count) or "no fault"
        if self.cohort is None:
            return told
        files = {path for cell in self.cohort.cells for path in cell.files}
        cells = _count(self.cohort.cells, "cell"), _count(self.cohort.animals, "animal")
        sizes = Counter(cell.group for cell in self.cohort.cells)
        named = ", ".join(f"{group} {sizes[group]}" for group in self.cohort.groups)
        groups = _count(self.cohort.groups, "group") + (f" ({named})" if named else "")
        return f"{cells[0]} of {cells[1]} in {groups}, {_count(tuple(files), 'file')}; {told}"

    @property
    def lines(self) -> tuple[str, ...]:
        """Each fault, problem and note."""
        return (
            *(f"fault: {fault}" for fault in self.faults),
            *(f"problem: {problem}" for problem in self.problems),
            *(f"note: {note}" for note in self.notes),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "ok": self.ok,
            "summary": self.summary,
            "opened": self.opened,
            "faults": [asdict(fault) for fault in self.faults],
            "problems": [asdict(problem) for problem in self.problems],
            "notes": list(self.notes),
        }


def check_cohort(
    path: str | os.PathLike[str],
    animals: str | os.PathLike[str] | None = None,
    *,
    open_files: bool = False,
    progress: bool = False,
) -> CohortCheck:
    r"""Check the tables of a cohort, and find everything that is wrong with them at once.

    Parameters
    ----------
    path : path
        The table of cells; its columns are in ``docs/tables.md``.
    animals : path, optional
        The table of animals; by default the one beside it, or the sheet ``animals`` of the same workbook.
    open_files : bool, optional
        Whether every recording is opened, to check units, wires, dose tables and times against it. No voltage is read.
    progress : bool, optional
        Whether a bar shows how far that is.

    Returns
    -------
    CohortCheck

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "r1.csv").write_text("time_s\n1.0\n2.5\n")
    ...     table = Path(folder) / "cohort.csv"
    ...     _ = table.write_text("animal,group,cell,file\nr1,control,1,r1.csv\n")
    ...     print(check_cohort(table, open_files=True))
    1 cell of 1 animal in 1 group (control 1), 1 file; no fault
    note: no table of animals: they are made from the cells, without sex, weight or treatment
    """
    scan = scan_cohort(Path(path), Path(animals) if animals else None)
    problems = absent_files(scan.cells)
    faults, notes, opened = scan.faults, scan.notes, 0
    if open_files:
        cells = _sound(scan)
        opened = len({(cell.files, cell.session) for _, cell in cells})
        weights_g = {animal.subject.animal: animal.subject.weight_g for _, animal in scan.animals or ()}
        found = open_sessions(cells, weights_g, unsound=_unsound(scan, problems), progress=progress)
        faults = tuple(dict.fromkeys((*faults, *found.faults)))
        problems = (*problems, *found.problems)
        notes = tuple(dict.fromkeys((*notes, *found.notes)))
    return CohortCheck(None if scan.faults else scan.cohort(), faults, problems, notes, opened)


def _sound(scan: CohortScan) -> list[Any]:
    """Rows without a fault in the cells that tell what to open."""
    bad = {(fault.table, fault.row) for fault in scan.faults if fault.column in _OPENS}
    return [(row, cell) for row, cell in scan.cells if cell.files and (row.table, row.number) not in bad]


_OPENS = ("file", "wire", "unit", "from_s", "to_s")
"""A fault elsewhere in the row, a misspelt group say, does not stand in the way of opening its file."""


def _unsound(scan: CohortScan, problems: tuple[CohortProblem, ...]) -> frozenset[Path]:
    """Files that are known not to be readable."""
    at = {(fault.table, fault.row, fault.column) for fault in scan.faults}
    named = (
        getattr(cell, column)
        for row, cell in scan.cells
        for column in ("doses", "settings")
        if (row.table, row.number, column) in at
    )
    return frozenset((*(Path(problem.file) for problem in problems), *(path for path in named if path)))


def _count(things: tuple[object, ...], what: str) -> str:
    """Say how many there are; nothing of none."""
    return f"{len(things)} {what}{'' if len(things) == 1 else 's'}" if things else ""
