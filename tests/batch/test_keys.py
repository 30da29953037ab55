"""What a session's record depends on, and what it does not: nothing here is analysed."""

from collections.abc import Callable
from pathlib import Path

import pytest

import ephys
from ephys.batch import keys
from ephys.batch.jobs import plan_jobs
from ephys.batch.keys import further_sources, record_key, sorting_key
from ephys.io.companions import companions_of, recording_sources

Keys = dict[str, tuple[str, str]]
Replace = Callable[[Path, str, str], None]


def keys_of(folder: Path, settings: ephys.Settings) -> Keys:
    """Keys of record and sorting, of each session."""
    jobs = plan_jobs(ephys.read_cohort(folder / "cohort.csv"), settings)
    files = {job.name: recording_sources(job.files) for job in jobs}
    return {job.name: (record_key(job, files[job.name]), sorting_key(job, files[job.name])) for job in jobs}


def changed(before: Keys, after: Keys, which: int = 0) -> set[str]:
    """Sessions whose record, or sorting, must be made again."""
    return {name for name in after if before[name][which] != after[name][which]}


ALL = {"s0", "s1", "s2", "s3"}


@pytest.fixture
def before(cohort_folder: Path, chosen: ephys.Settings) -> Keys:
    return keys_of(cohort_folder, chosen)


@pytest.mark.parametrize(
    ("name", "value", "records", "sortings"),
    [
        ("fit.level", "0.9", True, False),
        ("readout.length_s", "30", True, False),
        ("sorting.detection.threshold_sd", "4.2", True, True),
        ("sorting.sorter", "simple", True, True),
        ("analysis.seed", "7", True, True),
        ("reading.weight_g", "310", True, False),
        ("exclusions.min_doses", "2", False, False),
        ("cohort.reference", "chronic", False, False),
        ("cohort.margin", "1.5", False, False),
    ],
)
def test_a_setting_redoes_what_depends_on_it(
    cohort_folder: Path, chosen: ephys.Settings, before: Keys, name: str, value: str, records: bool, sortings: bool
) -> None:
    after = keys_of(cohort_folder, chosen.override(name, value))
    assert changed(before, after) == (ALL if records else set())
    assert changed(before, after, 1) == (ALL if sortings else set())


def test_a_dose_is_of_one_session(cohort_folder: Path, chosen: ephys.Settings, before: Keys, replaced: Replace) -> None:
    replaced(cohort_folder / "doses.csv", "s1,120,ipsapirone,20", "s1,120,ipsapirone,21")
    after = keys_of(cohort_folder, chosen)
    assert changed(before, after) == {"s1"}
    assert changed(before, after, 1) == set()


def test_how_a_comma_is_read_is_part_of_a_dose(cohort_folder: Path, chosen: ephys.Settings, before: Keys) -> None:
    table = cohort_folder / "doses.csv"
    table.write_text(table.read_text().replace(",", ";"))
    assert changed(before, keys_of(cohort_folder, chosen)) == ALL


def test_an_animal_is_of_its_sessions(
    cohort_folder: Path, chosen: ephys.Settings, before: Keys, replaced: Replace
) -> None:
    replaced(cohort_folder / "animals.csv", "r2,chronic", "r2,control")
    replaced(cohort_folder / "cohort.csv", "r2,chronic", "r2,control")
    assert changed(before, keys_of(cohort_folder, chosen)) == {"s2"}
    replaced(cohort_folder / "animals.csv", "r3,chronic,M,300", "r3,chronic,M,310")
    assert changed(before, keys_of(cohort_folder, chosen)) == {"s2", "s3"}


@pytest.mark.parametrize("column", ["track", "order", "date,time"])
def test_where_and_when_a_cell_was_met_is_its_own(
    cohort_folder: Path, chosen: ephys.Settings, before: Keys, column: str
) -> None:
    stated = "2000-01-01,09:00" if column == "date,time" else "1"
    lines = (cohort_folder / "cohort.csv").read_text().split()
    lacking = "," * stated.count(",")
    rows = [f"{line},{stated if line.startswith('r1') else lacking}" for line in lines[1:]]
    (cohort_folder / "cohort.csv").write_text("\n".join([f"{lines[0]},{column}", *rows, ""]))
    assert changed(before, keys_of(cohort_folder, chosen)) == {"s1"}


def test_a_note_and_the_name_of_a_cell_redo_nothing(
    cohort_folder: Path, chosen: ephys.Settings, before: Keys, replaced: Replace
) -> None:
    replaced(cohort_folder / "cohort.csv", "r1,control,c1,", "r1,control,the first,")
    (cohort_folder / "animals.csv").write_text(
        "animal,group,sex,weight_g,note\n"
        "r0,control,M,300,a\nr1,control,M,300,b\nr2,chronic,M,300,c\nr3,chronic,M,300,d\n"
    )
    assert changed(before, keys_of(cohort_folder, chosen)) == set()


def test_a_cohort_that_was_moved_is_the_same(
    cohort_folder: Path, chosen: ephys.Settings, before: Keys, tmp_path: Path
) -> None:
    assert keys_of(cohort_folder.rename(tmp_path / "elsewhere"), chosen) == before


def test_other_code_redoes_everything(
    cohort_folder: Path, chosen: ephys.Settings, before: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "code_version", lambda: "another")
    after = keys_of(cohort_folder, chosen)
    assert changed(before, after) == changed(before, after, 1) == ALL


def test_the_limits_of_a_laboratory_are_their_content(cohort_folder: Path, chosen: ephys.Settings) -> None:
    preset = cohort_folder / "ours.toml"
    settings = chosen.override("analysis.preset", f'"{preset.as_posix()}"')
    preset.write_text("limit = 1\n")
    first = keys_of(cohort_folder, settings)
    preset.write_text("limit = 2\n")
    second = keys_of(cohort_folder, settings)
    assert changed(first, second) == ALL
    assert changed(first, second, 1) == set()


def test_a_recording_is_what_lies_beside_it_too(tmp_path: Path) -> None:
    for name in ("r1.ns5", "r1.nev", "r1.ccf", "r2.nev", "r1.smr", "r1b.nev", "info.json"):
        (tmp_path / name).write_text(name)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "info.rhd").write_text("header")
    assert [file.name for file in companions_of(tmp_path / "r1.ns5")] == ["info.json", "r1.ccf", "r1.nev", "r1.smr"]
    assert companions_of(tmp_path / "r1.smr") == ()
    assert companions_of(tmp_path / "raw" / "info.rhd") == (tmp_path / "raw",)
    assert companions_of(tmp_path / "nowhere" / "r1.ns5") == ()
    sources = recording_sources((tmp_path / "r1.ns5", tmp_path / "r1.nev"))
    assert [Path(source.path).name for source in sources[:2]] == ["r1.ns5", "r1.nev"]
    assert len({source.path for source in sources}) == len(sources) == 5


def test_a_record_rests_on_the_dose_table_too(cohort_folder: Path, chosen: ephys.Settings) -> None:
    job = plan_jobs(ephys.read_cohort(cohort_folder / "cohort.csv"), chosen)[2]
    assert [Path(source.path).name for source in further_sources(job)] == ["doses.csv"]
