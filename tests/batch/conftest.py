"""A small cohort of spike times, and its results when nothing disturbs the run: the tests look at copies."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import ephys
from ephys.batch import writing
from ephys.io.atomic import write_text
from ephys.model import Subject
from ephys.simulation import CellSpec, DoseSchedule, simulate_session

GROUPS = {"r0": "control", "r1": "control", "r2": "chronic", "r3": "chronic"}
SCHEDULE = DoseSchedule(
    cumulative_ug_kg=(20.0, 60.0, 180.0), vehicle="", antagonist="", baseline_s=120.0, interval_s=60.0, recovery_s=60.0
)


@pytest.fixture(scope="session")
def shipped_cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a cohort: four animals of two groups, a cell each, one dose table. Not to be written to."""
    folder = tmp_path_factory.mktemp("cohort")
    doses = ["session,time_s,drug,amount,unit,dose_kind,route,role"]
    cells = ["animal,group,cell,file,session,unit,depth_um,doses"]
    for number, (animal, group) in enumerate(GROUPS.items()):
        cell = CellSpec(name="1", rate_hz=2.0, cv=0.3, id50=60.0)
        subject = Subject(animal=animal, group=group)
        session = simulate_session(
            number, cells=[cell], schedule=SCHEDULE, with_voltage=False, subject=subject, session_id=f"s{number}"
        ).session
        times = [f"{time_s!r},1" for time_s in session.units[0].times_s.tolist()]
        (folder / f"s{number}.csv").write_text("\n".join(["time_s,unit", *times, ""]))
        if group == "control":  # answers of one group are quick, and firing is compared all the same
            for given in session.protocol.administrations:
                doses.append(f"s{number},{given.start_s:g},{given.drug},{given.amount:g},ug/kg,increment,i.v.,agonist")
        else:
            doses.append(f"s{number},120,saline,1,ml/kg,increment,i.v.,vehicle")
        cells.append(f"{animal},{group},c{number},s{number}.csv,s{number},1,5400,doses.csv")
    (folder / "doses.csv").write_text("\n".join([*doses, ""]))
    (folder / "cohort.csv").write_text("\n".join([*cells, ""]))
    rows = [f"{animal},{group},M,300" for animal, group in GROUPS.items()]
    (folder / "animals.csv").write_text("\n".join(["animal,group,sex,weight_g", *rows, ""]))
    return folder


@pytest.fixture(scope="session")
def chosen() -> ephys.Settings:
    """Spike times do not say when the recording ended: the settings do."""
    assert SCHEDULE.stop_s == 360.0
    return ephys.Settings().override("reading.stop_s", "360")


Run = Callable[..., ephys.CohortAnalysis]


def _draw_one(_: object, stage: Path, **__: object) -> tuple[()]:
    """A figure that is none, and nothing for the report."""
    write_text(stage / "flow.svg", "<svg/>")
    return ()


@pytest.fixture(scope="session")
def run_cohort(chosen: ephys.Settings) -> Run:
    """Analyse the cohort of a folder and write its tables into ``results`` in it, in this process."""

    def run(folder: Path, *, settings: ephys.Settings = chosen, jobs: int | None = 1, **options: object) -> object:
        analysis = ephys.analyse_cohort(
            folder / "cohort.csv", settings=settings, out=folder / "results", jobs=jobs, **options
        )
        with pytest.MonkeyPatch.context() as patch:  # figures take longer than all else
            patch.setattr(writing, "draw_cohort", _draw_one)
            ephys.write_cohort(analysis, folder / "results", provenance=ephys.collect_cohort_provenance(analysis))
        return analysis

    return run


@pytest.fixture(scope="session")
def shipped_results(shipped_cohort: Path, run_cohort: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the same cohort, with ``results``. Not to be written to."""
    folder = tmp_path_factory.mktemp("undisturbed") / "study"
    shutil.copytree(shipped_cohort, folder)
    run_cohort(folder)
    return folder


@pytest.fixture
def cohort_folder(shipped_cohort: Path, tmp_path: Path) -> Path:
    """The cohort, not analysed, to be changed at will."""
    return Path(shutil.copytree(shipped_cohort, tmp_path / "study"))


@pytest.fixture
def done_folder(shipped_results: Path, tmp_path: Path) -> Path:
    """The cohort with its results and records, to be changed at will."""
    return Path(shutil.copytree(shipped_results, tmp_path / "study"))


@pytest.fixture(scope="session")
def tables_of() -> Callable[[Path], dict[str, bytes]]:
    """Content of each CSV of a folder of results."""
    return lambda results: {file.name: file.read_bytes() for file in sorted(results.glob("*.csv"))}


@pytest.fixture(scope="session")
def records_of() -> Callable[[Path], dict[str, int]]:
    """Name and time of change of each record that a folder of results keeps."""
    return lambda results: {file.name: file.stat().st_mtime_ns for file in (results / ".records").glob("*.record")}


@pytest.fixture(scope="session")
def replaced() -> Callable[[Path, str, str], None]:
    """Replace a text that a file has once."""

    def replace(file: Path, old: str, new: str) -> None:
        text = file.read_text()
        assert text.count(old) == 1
        file.write_text(text.replace(old, new))

    return replace
