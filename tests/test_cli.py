import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ephys
from ephys.cli import app
from ephys.errors import DatasetError

RESULTS = [
    "criteria.csv", "curation.json", "fits.csv", "methods.txt", "provenance.json", "recoveries.csv", "report.html",
    "responses.csv", "reversals.csv", "settings.toml", "units.csv",
]  # fmt: skip


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def cell(sample_data: Path) -> Path:
    """One already sorted session of the cohort."""
    return sorted((sample_data / "cohort").glob("*.nwb"))[0]


@pytest.fixture(scope="module")
def plain(cell: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of that session, analysed without a word; to be looked at only."""
    folder = tmp_path_factory.mktemp("plain")
    assert run("analyse", cell, "-o", folder)[0] == 0
    return folder


def test_analyse_writes_everything_and_prints_the_summary(cell: Path, sample_data: Path, tmp_path: Path) -> None:
    doses = ("--doses", sample_data / "cohort_doses.csv")
    code, out, _ = run("analyse", cell, *doses, "--out", tmp_path / "r", "--nwb", "--sheets")
    assert code == 0
    assert "5-HT call" in out
    assert f"report: {tmp_path / 'r' / 'report.html'}" in out
    assert all(len(line) <= 80 for line in out.splitlines() if line.lstrip().startswith(("- ", "note:")))
    written = sorted(path.name for path in (tmp_path / "r").iterdir())
    assert written == sorted([*RESULTS, f"{cell.stem}.nwb", "sheets.pdf"])


def test_json_is_json_and_old_sheets_are_told_of(cell: Path, tmp_path: Path) -> None:
    (tmp_path / "sheets.pdf").touch()
    code, out, err = run("analyse", cell, "-o", tmp_path, "--json")
    assert code == 0
    assert "sheets.pdf is of an earlier run" in " ".join(err.split())
    assert json.loads(out)["session"] == cell.stem


def test_settings_come_from_the_file_then_the_options_then_set(cell: Path, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text("[analysis]\nseed = 4\n[fit]\nlevel = 0.9\n", encoding="utf-8")
    code, out, _ = run(
        "analyse", cell, "-o", tmp_path / "r", "--settings", tmp_path / "s.toml", "--seed", 5, "--set", "fit.level=0.8"
    )
    assert code == 0
    assert "80 % CI" in out
    settings = ephys.read_settings(tmp_path / "r" / "settings.toml")
    assert (settings.analysis.seed, settings.fit.level) == (5, 0.8)


def test_a_run_can_be_repeated_from_its_own_settings(cell: Path, plain: Path, tmp_path: Path) -> None:
    assert run("analyse", cell, "-o", tmp_path / "again", "--settings", plain / "settings.toml")[0] == 0
    for name in ("units.csv", "responses.csv", "fits.csv", "settings.toml"):
        assert (plain / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_provenance_holds_versions_seed_and_checksums(plain: Path) -> None:
    provenance = json.loads((plain / "provenance.json").read_text(encoding="utf-8"))
    assert provenance["ephys"] == ephys.__version__
    assert provenance["seed"] == 0
    assert [len(source["sha256"]) for source in provenance["inputs"]] == [64]


def test_info_says_what_a_file_holds(cell: Path) -> None:
    code, out, _ = run("info", cell)
    assert code == 0
    assert "spikes" in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--set", "fit.levle=0.9"), "did you mean 'level'"),
        (("--set", "fit.level"), "step.name=value"),
        (("--drug", "buspirone"), "buspirone"),
        (("--units", "sort"), "no voltage to sort"),
        (("--doses", "nowhere.csv"), "nowhere.csv"),
        (("--settings", "nowhere.toml"), "nowhere.toml"),
    ],
)
def test_bad_input_is_one_line_and_a_non_zero_exit(
    cell: Path, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    code, _, err = run("analyse", cell, "-o", tmp_path / "r", *options)
    assert code == 1
    (line,) = [line for line in err.splitlines() if line.startswith("error")]
    assert message in line
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize("out", ["taken", "taken/below"])
def test_a_folder_that_cannot_be_written_is_said_before_the_work(
    cell: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("taken").touch()
    code, _, err = run("analyse", cell, "-o", out)
    assert code == 1
    assert "cannot write" in err
    assert len(err.strip().splitlines()) == 1


def test_an_interrupted_run_leaves_what_was_there(
    cell: Path, plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(plain, tmp_path / "r")
    before = {path.name: path.read_bytes() for path in (tmp_path / "r").iterdir()}

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ephys, "write_report", interrupted, raising=False)
    assert run("analyse", cell, "-o", tmp_path / "r", "--seed", 3)[0] == 130
    assert {path.name: path.read_bytes() for path in (tmp_path / "r").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_a_missing_or_empty_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.smr").touch()
    for name in ("missing.smr", "empty.smr"):
        code, _, err = run("analyse", tmp_path / name)
        assert code == 1
        assert name in err
        assert len(err.strip().splitlines()) == 1


def test_verbose_shows_where_an_error_came_from(tmp_path: Path) -> None:
    _, _, err = run("analyse", tmp_path / "missing.smr", "--verbose")
    assert "Traceback" in err


def test_demo_simulates_where_the_sample_data_are_not_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> None:
        raise DatasetError("not here")

    monkeypatch.setattr(ephys, "load_raw_session", absent, raising=False)
    code, out, err = run("demo", "-o", tmp_path)
    assert code == 0
    assert "simulating" in err
    assert "serotonergic" in out
    assert sorted(path.name for path in tmp_path.iterdir()) == RESULTS


def test_a_recording_in_several_files_is_named_file_by_file(tmp_path: Path) -> None:
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for file in files:
        file.write_text("time_s,unit\n1.0,1\n2.5,1\n9.0,1\n")
    code, _, err = run("doses", *files)
    assert code == 1
    assert "--joined-at-s" in err
    code, out, _ = run(
        "doses", *files, "--joined-at-s", 0, "--joined-at-s", 30.5, "-o", tmp_path / "doses.csv", "--bare"
    )
    assert code == 0
    assert f"ephys analyse {files[0]} {files[1]} --joined-at-s 0 --joined-at-s 30.5 --doses" in " ".join(out.split())
    code, out, _ = run("classify", *files, "--joined-at-s", 0, "--joined-at-s", 30.5, "-o", tmp_path / "calls")
    assert code == 0, out
