"""A cohort's table as work: each recording once, under a name of its own."""

from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

import pytest

import ephys
from ephys.batch.jobs import by_animal, plan_jobs, share_of
from ephys.errors import SettingsError
from ephys.model import Cohort, CohortAnimal, CohortCell, Subject

CELL = CohortCell("r1", "control", "1", (Path("a.nwb"),), row=2)


def jobs_of(*cells: CohortCell, settings: ephys.Settings | None = None) -> tuple[ephys.batch.jobs.SessionJob, ...]:
    animals = {cell.animal: CohortAnimal(Subject(animal=cell.animal, group=cell.group, sex="F")) for cell in cells}
    return plan_jobs(Cohort(cells, tuple(animals.values())), settings or ephys.Settings())


def test_cells_of_one_recording_are_one_job() -> None:
    other = replace(CELL, cell="2", unit="2", row=3)
    (job,) = jobs_of(replace(CELL, unit="1"), other)
    assert [cell.unit for cell in job.cells] == ["1", "2"]
    assert job.name == "a"
    assert not job.is_part


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"files": (Path("b.nwb"),)}, ["a", "b"]),
        ({"session": "other"}, ["a", "other"]),
        ({"files": (Path("day2/a.nwb"),), "animal": "r2"}, ["a r1", "a r2"]),
        ({"from_s": 600.0}, ["a", "a 600- s"]),
        ({"from_s": 600.0, "to_s": 1200.0}, ["a", "a 600-1200 s"]),
        ({"wires": ("wire 2",)}, ["a", "a wire wire 2"]),
        ({"doses": Path("other.csv")}, ["a r1 row 2", "a r1 row 3"]),
        ({"curation": Path("log.json")}, ["a r1 row 2", "a r1 row 3"]),
    ],
)
def test_what_must_be_read_otherwise_is_another_job(change: dict[str, object], names: list[str]) -> None:
    jobs = jobs_of(CELL, replace(CELL, cell="2", row=3, **change))
    assert [job.name for job in jobs] == names
    assert len(set(names)) == 2


def test_sessions_whose_reports_would_be_in_one_folder_are_told_apart() -> None:
    cells = [replace(CELL, cell=f"{row}", row=row, session=name) for row, name in enumerate(("a/b", "A_b", "c"), 2)]
    assert [job.name for job in jobs_of(*cells)] == ["a/b r1 row 2", "A_b r1 row 3", "c"]


def test_what_the_tables_say_of_the_animal_reaches_the_reading() -> None:
    (job,) = jobs_of(replace(CELL, wires=("3",)), settings=ephys.Settings().override("reading.wire", '["1"]'))
    assert job.settings.reading.wire == ("3",)
    assert {"animal=r1", "group=control", "sex=F"} <= set(job.settings.reading.subject)


def test_the_table_says_when_a_recording_began_or_nothing_does() -> None:
    (stated,) = jobs_of(replace(CELL, date=date(2000, 1, 2), time=time(9, 30)))
    assert stated.started_at == datetime(2000, 1, 2, 9, 30)
    (half,) = jobs_of(replace(CELL, date=date(2000, 1, 2)))
    assert half.started_at is None


def test_settings_of_a_row_go_on_top_and_leave_the_cohort_alone(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("[readout]\nlength_s = 30\n")
    base = ephys.Settings().override("fit.level", "0.9")
    (job,) = jobs_of(replace(CELL, settings=own), settings=base)
    assert (job.settings.readout.length_s, job.settings.fit.level) == (30.0, 0.9)
    own.write_text("[exclusions]\nmin_doses = 5\n")
    with pytest.raises(SettingsError, match=r"own\.toml: settings of 'exclusions' are one for the whole cohort"):
        jobs_of(replace(CELL, settings=own))


def test_parts_are_every_job_once() -> None:
    jobs = jobs_of(*(replace(CELL, cell=str(n), files=(Path(f"{n}.nwb"),), row=n) for n in range(7)))
    shares = [share_of(jobs, part, 3) for part in (1, 2, 3)]
    assert sorted(job.name for share in shares for job in share) == [job.name for job in jobs]
    assert [len(share) for share in shares] == [3, 2, 2]


def test_jobs_of_an_animal_keep_their_order() -> None:
    cells = [replace(CELL, animal=animal, files=(Path(f"{n}.nwb"),), row=n) for n, animal in enumerate("babab")]
    found = by_animal(jobs_of(*cells))
    assert {animal: [job.name for job in jobs] for animal, jobs in found.items()} == {
        "a": ["1", "3"], "b": ["0", "2", "4"]
    }  # fmt: skip
