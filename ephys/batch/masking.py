"""A cohort under codes: groups, animals, sessions and cells where they stand as such, before a text is made of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ephys.analysis import CellRecord, SessionFailure, SessionRecord
from ephys.batch.blinding import HIDDEN, Blinding
from ephys.batch.cohort import Gathered
from ephys.batch.jobs import SessionJob
from ephys.batch.nameless import masked_subject, nameless_ejections, nameless_reversal, unsourced
from ephys.batch.spellings import SHORTEST, plain
from ephys.errors import EphysError, ParameterError
from ephys.io.doses import rows_of_session
from ephys.model import Cohort, CohortAnimal, CohortCell
from ephys.pharmacology import find_compound

OF_THE_FIELD = ("serotonin", "5-ht")
"""What every page on these cells names, whatever was given."""

TYPED = ("exclude", "excluded", "curation")
"""Columns that hold what a person typed."""


def known_names(blinding: Blinding, cohort: Cohort, jobs: Sequence[SessionJob]) -> Blinding:
    """Codes for all that the tables of a cohort name."""
    files = [path for cell in cohort.cells for path in (*cell.files, cell.doses, cell.settings, cell.curation) if path]
    tables = [source.path for source in cohort.sources]
    return (
        blinding.knowing("group", [*cohort.groups, *(cell.group for cell in cohort.cells)])
        .knowing("treatment", [animal.subject.treatment for animal in cohort.animals])
        .knowing("animal", [animal.subject.animal for animal in cohort.animals])
        .knowing("session", [name for job in jobs for name in (job.name, job.session)])
        .knowing("cell", [cell_name(cell) for cell in cohort.cells])
        .knowing("file", [way for path in files for way in (str(path), str(path.absolute()))] + tables)
        .knowing("drug", [drug for job in jobs for drug in _planned_drugs(job)])
    )


def given_drugs(blinding: Blinding, records: Mapping[str, SessionRecord]) -> Blinding:
    """Codes for all that was given in the sessions, too.

    Raises
    ------
    ParameterError
        If a drug's name cannot be told from other words.
    """
    for drug in {drug for record in records.values() for drug in _drugs_of(record)}:
        compound = find_compound(drug)
        if 0 < len(plain(drug)) < SHORTEST or (compound and compound.name in OF_THE_FIELD):
            raise ParameterError(
                f"{drug!r} cannot be blinded: a text that has it may not mean the drug; write it out, or run without "
                "--blind"
            )
    return blinding.knowing("drug", [drug for record in records.values() for drug in _drugs_of(record) if drug])


def cell_name(cell: CohortCell) -> str:
    """Name of a cell that no other animal's cell has."""
    return f"{cell.animal}\t{cell.cell}"


def _planned_drugs(job: SessionJob) -> Iterator[str]:
    """What the dose table gives, as it is typed; a table that cannot be read stops its session, not the blinding."""
    try:
        rows = rows_of_session(job.doses, job.session or job.name) if job.doses else ()
    except (EphysError, OSError):
        return
    yield from (row["drug"].strip().lower() for row in rows if row["drug"].strip())


def _drugs_of(record: SessionRecord) -> Iterator[str]:
    """Every drug that a record names."""
    yield from (given.drug for given in record.systemic)
    for cell in record.cells:
        yield from (response.drug for response in cell.responses)
        yield from (str(row["drug"]) for row in cell.fit_rows)
        yield from (str(row["given"]) for row in cell.response_rows if isinstance(row["given"], str))
        ejected = cell.ejections.ejections if cell.ejections else ()
        yield from (one.drug for one in ejected)
        yield from (name for one in ejected for name, _ in one.given_before)
        yield from (name for reversal in cell.reversals for step in reversal.steps for name in step.beside)
        yield from (one.drug for reversal in cell.reversals for one in reversal.own)


def masked_cohort(cohort: Cohort, blinding: Blinding) -> Cohort:
    """Cohort under codes, in their order: the table's own order begins with the controls.

    What was given to an animal as its treatment is not in it: rules that rest on that wait for the unblinding.
    """
    return Cohort(
        tuple(
            replace(cell, row=row)
            for row, cell in enumerate(sorted((_cell(each, blinding) for each in cohort.cells), key=_place), start=2)
        ),
        tuple(sorted((_animal(each, blinding) for each in cohort.animals), key=_place_of_animal)),
        cohort.sources,
        (f"{len(cohort.notes)} of the notes on the tables: {HIDDEN}",) if cohort.notes else (),
    )


def _place(cell: CohortCell) -> tuple[str, ...]:
    """Place of a cell in the order of codes."""
    return cell.group, cell.animal, cell.session, cell.cell


def _place_of_animal(animal: CohortAnimal) -> tuple[str, str]:
    """Place of an animal in the order of codes."""
    return animal.subject.group, animal.subject.animal


def _cell(cell: CohortCell, blinding: Blinding) -> CohortCell:
    """Row of a cell under codes; what would tell it is empty."""
    return replace(
        cell,
        animal=blinding.code("animal", cell.animal),
        group=blinding.code("group", cell.group),
        cell=blinding.code("cell", cell_name(cell)),
        session=blinding.code("session", cell.session),
        files=(),
        date=None,
        time=None,
        doses=None,
        settings=None,
        exclude=blinding.typed(cell.exclude),
        notes={},
    )


def _animal(animal: CohortAnimal, blinding: Blinding) -> CohortAnimal:
    """Row of an animal under codes; what would tell it, or its treatment, is empty."""
    codes = [blinding.code("animal", animal.subject.animal), blinding.code("group", animal.subject.group)]
    return replace(
        animal, subject=masked_subject(animal.subject, *codes), dose="", days=math.nan, last_dose_h=math.nan,
        batch="", experimenter="", notes={}, row=0,
    )  # fmt: skip


def masked_jobs(jobs: Sequence[SessionJob], cohort: Cohort, blinding: Blinding) -> tuple[SessionJob, ...]:
    """Jobs under codes, in their order, each with its rows of the cohort under codes."""
    row_of = {cell.cell: cell for cell in cohort.cells}
    masked = [
        replace(
            job,
            name=blinding.code("session", job.name),
            cells=tuple(sorted((row_of[blinding.code("cell", cell_name(cell))] for cell in job.cells), key=_row)),
        )
        for job in jobs
    ]
    return tuple(sorted(masked, key=lambda job: job.cells[0].row))


def _row(cell: CohortCell) -> int:
    """Row of a cell in its table."""
    return cell.row


def masked_gathered(gathered: Gathered, jobs: Sequence[SessionJob], blinding: Blinding) -> Gathered:
    """Records and failures under codes, in the order of jobs that are under codes."""
    records = {blinding.code("session", name): one for name, one in gathered.records.items()}
    failures = {blinding.code("session", one.session): one for one in gathered.failures}
    return Gathered(
        {job.name: _record(records[job.name], job, blinding) for job in jobs if job.name in records},
        tuple(
            SessionFailure(job.name, job.cells, failures[job.name].step, blinding.text(failures[job.name].reason))
            for job in jobs
            if job.name in failures
        ),
    )


def _record(record: SessionRecord, job: SessionJob, blinding: Blinding) -> SessionRecord:
    """Record under codes."""
    return replace(
        record, session=job.name, sources=(), cells=tuple(_of_cell(cell, job, blinding) for cell in record.cells)
    )


def _of_cell(cell: CellRecord, job: SessionJob, blinding: Blinding) -> CellRecord:
    """What is kept of a cell, under codes."""
    whose = job.cells[0]
    return replace(
        cell,
        unit_row=_typed_in(cell.unit_row, blinding),
        response_rows=tuple(_typed_in(row, blinding) for row in cell.response_rows),
        fit_rows=tuple(
            _typed_in({**row, "emax_source": unsourced(row["emax_source"])}, blinding) for row in cell.fit_rows
        ),
        responses=tuple(
            replace(one, subject=masked_subject(one.subject, whose.animal, whose.group)) for one in cell.responses
        ),
        facts=tuple(replace(one, by_hand=blinding.typed(one.by_hand)) for one in cell.facts),
        reversals=tuple(nameless_reversal(one, whose.animal, whose.group) for one in cell.reversals),
        recoveries=tuple(replace(one, animal=whose.animal, group=whose.group) for one in cell.recoveries),
        ejections=cell.ejections and nameless_ejections(cell.ejections, whose.animal, whose.group),
    )


def _typed_in(row: Mapping[str, Any], blinding: Blinding) -> Mapping[str, Any]:
    """Row with codes in what a person typed."""
    return {
        name: blinding.typed(value) if name in TYPED and isinstance(value, str) else value
        for name, value in row.items()
    }
