"""Tracks of an animal: those that cells name, and those that were empty."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import ephys
from ephys.analysis import CellRecord, CohortAnalysis, FoundCell, SessionRecord
from ephys.analysis.tracks import tracks_of
from ephys.batch.answers import Question
from ephys.batch.cohort import assemble
from ephys.model import Cohort, CohortAnimal, CohortCell, Subject
from ephys.pharmacology import SeriesFacts, apply_exclusions

SETTINGS = ephys.Settings()


def analysed(animals: tuple[CohortAnimal, ...], tracks: Mapping[str, str], *, failed: tuple[str, ...] = ()) -> Any:
    """Analysis of a cohort whose cells, ``animal cell``, name tracks; some of them have no numbers."""
    planned = tuple(
        CohortCell(*name.split()[:1], "control", name.split()[1], (Path(f"{name}.nwb"),), track=track)
        for name, track in tracks.items()
    )
    cells = tuple(found(cell) for cell in planned if f"{cell.animal} {cell.cell}" not in failed)
    facts = [one for cell in cells for one in cell.facts]
    empty = assemble(Cohort(planned, animals), SETTINGS, (), ephys.batch.cohort.Gathered({}, ()))
    return replace(empty, cells=cells, exclusions=apply_exclusions(facts))


def found(cell: CohortCell) -> FoundCell:
    """A serotonergic cell that fires."""
    facts = SeriesFacts(
        cell.animal, cell.animal, cell.group, cell.cell, "1", label="serotonergic", stability="stable", fate="held"
    )
    record = CellRecord("1", {"baseline_spikes": 100}, (), (), (), (facts,))
    session = SessionRecord("key", cell.animal, (), (record,), False, {}, None, 0.0, 600.0, (), ())
    return FoundCell(cell, cell.cell, session, record, (facts,))


def of(animal: str, tracks: float, group: str = "control") -> CohortAnimal:
    return CohortAnimal(Subject(animal=animal, group=group), tracks=tracks)


def rows(analysis: CohortAnalysis) -> Iterator[tuple[str, int]]:
    return ((row["track"], row["cells"]) for row in tracks_of(analysis))


@pytest.mark.parametrize(
    ("tracks", "failed", "listed"),
    [
        ({"r1 a": "1", "r1 b": "1", "r1 c": "2"}, (), [("1", 2), ("2", 1), ("empty 1", 0), ("empty 2", 0)]),
        ({"r1 a": "1", "r1 b": "2"}, ("r1 b",), [("1", 1), ("empty 1", 0), ("empty 2", 0)]),
        ({"r1 a": "1", "r1 b": ""}, (), [("1", 1)]),
    ],
    ids=["the others were empty", "one whose cell failed is not called empty", "a cell may be of any other track"],
)
def test_a_track_is_empty_where_the_table_leaves_no_other_reading(
    tracks: dict[str, str], failed: tuple[str, ...], listed: list[tuple[str, int]]
) -> None:
    assert list(rows(analysed((of("r1", 4.0),), tracks, failed=failed))) == listed


def test_an_answer_of_tracks_rests_on_the_group_of_animals_without_a_cell() -> None:
    keys = set()
    for group in ("control", "treated"):
        analysis = analysed((of("r1", 1.0), of("r2", 2.0, group)), {"r1 a": "1"})
        question = Question(
            analysis.cohort,
            SETTINGS,
            analysis.cells,
            tuple(tracks_of(analysis)),
            analysis.exclusions,
            "with exclusions",
        )
        keys.add(question._ask_firing().key)
    assert len(keys) == 2


def test_tracks_of_an_animal_without_a_cell_have_the_block_that_its_table_states() -> None:
    mouse = replace(of("r2", 1.0), subject=Subject(animal="r2", group="control", species="Mus musculus"))
    analysis = analysed((of("r1", 1.0), mouse), {"r1 a": "1"})
    (cell,) = analysis.cells
    told = replace(cell.record, unit_row={**cell.record.unit_row, "species": "Rattus norvegicus"})
    question = Question(
        analysis.cohort, SETTINGS.override("cohort.block", '["species"]'), (replace(cell, record=told),),
        tuple(tracks_of(analysis)), analysis.exclusions, "with exclusions",
    )  # fmt: skip
    tracks = question._ask_firing().tracks
    assert [(track["track"], track["species"]) for track in tracks] == [
        ("1", "Rattus norvegicus"), ("empty 1", "Mus musculus"),
    ]  # fmt: skip
