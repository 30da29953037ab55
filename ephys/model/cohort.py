"""A cohort as it is planned: its animals, the cells that were recorded, and in which files they are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import Literal

from ephys.jupyter import Shown, shown, table
from ephys.model.session import Source
from ephys.model.subject import Subject

Histology = Literal["", "in", "out", "not recovered"]
"""Where the electrode's mark was found: in or outside the dorsal raphe nucleus; empty where nothing is stated."""

SORTED = "sort"
"""What stands in place of a unit's name where the wire is to be sorted."""


@dataclass(frozen=True)
class CohortAnimal(Shown):
    """One animal, as ``animals.csv`` has it. Empty or NaN means not stated.

    Parameters
    ----------
    subject : Subject
        The animal, with its group and treatment.
    dose, batch, experimenter : str
        Of the treatment; of the experiment.
    days : float
        How long it was treated.
    last_dose_h : float
        Hours from the last dose of the treatment to the recording.
    temperature : float
        Body temperature in °C.
    histology : str
        Of the electrode's mark, where one holds for the whole animal.
    tracks : float
        How many tracks were made, those without a cell among them; NaN where only those with a cell are known.
    notes : mapping of str to str
        Columns whose names begin with ``note``.
    row : int
        Where it stands in its table.
    """

    subject: Subject
    dose: str = ""
    days: float = math.nan
    last_dose_h: float = math.nan
    temperature: float = math.nan
    batch: str = ""
    histology: Histology = ""
    experimenter: str = ""
    tracks: float = math.nan
    notes: Mapping[str, str] = field(default_factory=dict)
    row: int = 0


@dataclass(frozen=True)
class CohortCell(Shown):
    """One cell that was recorded, as ``cohort.csv`` has it.

    Parameters
    ----------
    animal, group, cell : str
        Whose cell it is, and its name in the animal.
    files : tuple of Path
        The recording; several are joined on the clock.
    session : str
        Name of the session.
    from_s, to_s : float
        The part of the file that holds the cell; NaN: from its start, to its end.
    wires : tuple of str
        Channels that are the cell's wire; empty: the file's.
    unit : str
        Name of the unit in its session, `SORTED` for all that the sorter finds, ``sort 2`` for its second; empty: the
        file's only one, else what the sorter finds.
    track : str
    depth_um : float
    order : str
        As which the recording was made in its animal.
    date, time : date and time of day, optional
        Of the start of the recording, in place of the file's.
    doses, settings, curation : Path, optional
        Dose table; settings on top of the cohort's; a person's corrections.
    histology : str
        In place of the animal's.
    exclude : str
        Why the cell is left out; empty: it is not.
    notes : mapping of str to str
        Columns whose names begin with ``note``.
    row : int
        Where it stands in its table.
    """

    animal: str
    group: str
    cell: str
    files: tuple[Path, ...]
    session: str = ""
    from_s: float = math.nan
    to_s: float = math.nan
    wires: tuple[str, ...] = ()
    unit: str = ""
    track: str = ""
    depth_um: float = math.nan
    order: str = ""
    date: date | None = None
    time: time | None = None
    doses: Path | None = None
    settings: Path | None = None
    curation: Path | None = None
    histology: Histology = ""
    exclude: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)
    row: int = 0

    @property
    def place(self) -> float:
        """As which the recording was made in its animal, as a number; NaN where `order` is none."""
        try:
            return float(self.order)
        except ValueError:
            return math.nan


@dataclass(frozen=True)
class Cohort(Shown):
    """Animals and cells of a study, checked against each other.

    Parameters
    ----------
    cells : tuple of CohortCell
        In the table's order.
    animals : tuple of CohortAnimal
        In the table's order; an animal that has no row of its own is made from its cells.
    sources : tuple of Source
        The tables, with checksums.
    notes : tuple of str
        What is worth knowing before the work starts.
    """

    cells: tuple[CohortCell, ...]
    animals: tuple[CohortAnimal, ...]
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups, in the order of the animals."""
        return tuple(dict.fromkeys(animal.subject.group for animal in self.animals))

    def animal(self, name: str) -> CohortAnimal:
        """Return the animal of that name."""
        return self._animal_of[name]

    @cached_property
    def _animal_of(self) -> Mapping[str, CohortAnimal]:
        """Animals by their names."""
        return {animal.subject.animal: animal for animal in self.animals}

    def _repr_html_(self) -> str:
        """A row for each animal, then for each cell, for Jupyter."""
        numbers = Counter(cell.animal for cell in self.cells)
        subjects = [animal.subject for animal in self.animals]
        animals = [[one.animal, one.group, one.sex, one.treatment, str(numbers[one.animal])] for one in subjects]
        cells = [
            [one.cell, one.animal, one.group, one.session, ", ".join(f.name for f in one.files), one.unit, one.exclude]
            for one in self.cells
        ]
        planned = ["cell", "animal", "group", "session", "files", "unit", "left out"]
        return shown(
            self,
            table(["animal", "group", "sex", "treatment", "cells"], animals, name="animals"),
            table(planned, cells, name="cells", most_open=0),
        )

    def __repr__(self) -> str:
        """One line: animals, groups, cells, files."""
        files = {path for cell in self.cells for path in cell.files}
        return (
            f"Cohort({len(self.animals)} animals of {len(self.groups)} groups, {len(self.cells)} cells in "
            f"{len(files)} files)"
        )
