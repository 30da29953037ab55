"""The tables of a cohort found and read: every row, every fault, every note."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from ephys.errors import CohortError, CohortFault, TableError
from ephys.io.cells import sheet_names
from ephys.io.checksums import source_of
from ephys.io.cohort_reading import across
from ephys.io.cohort_reading.across import ReadAnimal, ReadCell
from ephys.io.cohort_reading.beside import beside_faults, session_notes
from ephys.io.cohort_reading.faults import FaultList, as_fault
from ephys.io.cohort_reading.rows import (
    ANIMAL_COLUMNS,
    ANIMAL_MEANT,
    COHORT_COLUMNS,
    COHORT_MEANT,
    REQUIRED_OF_ANIMALS,
    REQUIRED_OF_CELLS,
    animal_of,
    cell_of,
    filled,
)
from ephys.io.dose_rows import scan_doses
from ephys.io.schema import Row, scan_table
from ephys.model import Cohort, CohortAnimal, CohortCell, Subject

Noun = TypeVar("Noun", CohortCell, CohortAnimal)
_COOLEST_C, _WARM_C = 25.0, 45.0
"""A body temperature outside is spoken of. Convention."""


@dataclass(frozen=True)
class CohortScan:
    """What the tables of a cohort hold, sound or not.

    Parameters
    ----------
    cells, animals : tuple of (Row, CohortCell) and of (Row, CohortAnimal)
        Rows and what they say; animals is ``None`` where there is no table of them.
    faults : tuple of CohortFault
        Everything that is wrong.
    notes : tuple of str
        What is worth knowing.
    tables : tuple of Path
        The files that were read.
    """

    cells: tuple[ReadCell, ...]
    animals: tuple[ReadAnimal, ...] | None
    faults: tuple[CohortFault, ...]
    notes: tuple[str, ...]
    tables: tuple[Path, ...]

    def cohort(self) -> Cohort:
        """Return the cohort.

        Raises
        ------
        CohortError
            If anything is wrong.
        """
        if self.faults:
            raise CohortError(self.faults)
        cells = tuple(cell for _, cell in self.cells)
        listed = tuple(animal for _, animal in self.animals) if self.animals is not None else _made_of(cells)
        return Cohort(cells, listed, tuple(source_of(table) for table in self.tables), self.notes)


def scan_cohort(path: Path, animals: Path | None) -> CohortScan:
    """Read the tables of a cohort, and check every row by itself, against the others and against the other table."""
    faults = FaultList()
    read = _read(path, "cohort", COHORT_COLUMNS, REQUIRED_OF_CELLS, COHORT_MEANT, cell_of, faults)
    cells = _with_own_doses(read, path)
    table = animals or _beside(path)
    listed = None if table is None else scan_animals(table, faults)
    known = listed if listed and any(animal.subject.animal for _, animal in listed) else None
    found = [*faults.found, *across.twice((row for row, _ in cells), ("animal", "cell"))]
    found += [
        *across.animals_named(cells, known),
        *across.groups_of_animals(cells, listed or ()),
        *across.overlaps(cells),
        *across.parts_of_others(cells),
        *across.recordings(cells),
        *across.tracks_counted(cells, listed or ()),
        *beside_faults(cells),
    ]
    notes = [*_table_notes(cells, listed), *across.order_notes(cells), *across.idle_notes(cells, listed or ())]
    notes += across.dose_notes(cells)
    tables = (path,) if table in (None, path) else (path, table)
    return CohortScan(
        cells, listed, tuple(dict.fromkeys(found)), (*notes, *session_notes(cells)), tuple(t for t in tables if t)
    )


def scan_animals(path: Path, faults: FaultList) -> tuple[ReadAnimal, ...]:
    """Read the table of animals, each once."""
    animals = _read(path, "animals", ANIMAL_COLUMNS, REQUIRED_OF_ANIMALS, ANIMAL_MEANT, animal_of, faults)
    faults.found.extend(across.twice((row for row, _ in animals), ("animal",)))
    return animals


def _read(
    path: Path,
    sheet: str,
    known: Sequence[str],
    required: Sequence[str],
    meant: Mapping[str, str],
    noun_of: Callable[[Row, FaultList], Noun],
    faults: FaultList,
) -> tuple[tuple[Row, Noun], ...]:
    """Read every row of one table; what is wrong goes to the faults."""
    try:
        scan = scan_table(path, known=known, required=required, meant=meant, sheet=sheet)
    except (TableError, OSError) as error:
        faults.found.append(as_fault(error, str(path)))
        return ()
    faults.found.extend(error.fault for error in scan.faults)
    if not scan.rows and not scan.faults:
        faults.found.append(
            CohortFault(str(path), 0, "", "", "has no row below the names of its columns; fill it in, or delete it")
        )
    rows = (filled(row, required, scan.columns, faults) for row in scan.rows)
    return tuple((row, noun_of(row, faults)) for row in rows)


def _with_own_doses(cells: tuple[ReadCell, ...], path: Path) -> tuple[ReadCell, ...]:
    """Cells with the sheet ``doses`` of the same workbook, if anything is in it, where no other table is named."""
    try:
        if "doses" not in sheet_names(path) or not scan_doses(path).rows:
            return cells
    except TableError:
        return cells  # reading the cells says that it is damaged
    return tuple((row, cell if cell.doses else replace(cell, doses=path)) for row, cell in cells)


def _beside(path: Path) -> Path | None:
    """Return where the table of animals is, where nobody says so: a sheet of the workbook, or a file beside it."""
    try:
        if "animals" in sheet_names(path):
            return path
    except TableError:
        return None  # reading the cells says that it is damaged
    return next((file for name in ("animals.csv", "animals.xlsx") if (file := path.with_name(name)).is_file()), None)


def _table_notes(cells: Sequence[ReadCell], animals: Sequence[ReadAnimal] | None) -> Iterator[str]:
    """Say that there is no table of animals, and which temperatures are odd."""
    if cells and animals is None:
        yield "no table of animals: they are made from the cells, without sex, weight or treatment"
    for row, animal in animals or ():
        if animal.temperature < _COOLEST_C or animal.temperature > _WARM_C:
            yield f"{row.table}, row {row.number}: a temperature of {animal.temperature:g} °C"


def _made_of(cells: Sequence[CohortCell]) -> tuple[CohortAnimal, ...]:
    """Animals that have no row of their own."""
    groups = {cell.animal: cell.group for cell in cells}
    return tuple(CohortAnimal(Subject(animal=animal, group=group)) for animal, group in groups.items())
