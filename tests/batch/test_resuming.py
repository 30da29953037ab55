"""A run that was stopped goes on, and a second one does only what changed: the tables are those of one run."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ephys
from ephys.batch import writing
from ephys.cli import app
from ephys.io import atomic
from ephys.io.atomic import clear_leftovers, write_text

Run = Callable[..., ephys.CohortAnalysis]
Tables = Callable[[Path], dict[str, bytes]]
Records = Callable[[Path], dict[str, int]]
Replace = Callable[[Path, str, str], None]


def leftovers(folder: Path) -> list[str]:
    """Temporary files and folders anywhere in a study."""
    return sorted(path.name for path in folder.rglob(".*") if path.name != ".records")


def start_batch(folder: Path, *options: str) -> subprocess.Popen[str]:
    """``ephys batch`` in processes of its own, in a group of its own.

    It hears interrupts, whoever runs the tests: what a shell starts in the background ignores them.
    """
    command = [sys.executable, "-m", "ephys", "batch", "cohort.csv", "--set", "reading.stop_s=360", *options]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            command, cwd=folder, start_new_session=True, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
    finally:
        signal.signal(signal.SIGINT, before)


def wait_for_records(folder: Path, records_of: Records, batch: subprocess.Popen[str]) -> dict[str, int]:
    """Records of a batch that is under work, once there is one."""
    deadline = time.monotonic() + 120.0
    while not (found := records_of(folder / "results")) and batch.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return found


def living(group: int) -> list[str]:
    """Processes of a group that still run, as Linux lists them."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = file.read_text().rpartition(") ")
        except OSError:
            continue  # it has just ended
        state, _, of_group = rest.split()[:3]
        if int(of_group) == group and state not in "ZX":
            found.append(name)
    return found


@pytest.mark.slow
def test_a_run_killed_among_its_sessions_goes_on(
    cohort_folder: Path, shipped_results: Path, run_cohort: Run, tables_of: Tables, records_of: Records
) -> None:
    batch = start_batch(cohort_folder, "--jobs", "2")
    wait_for_records(cohort_folder, records_of, batch)
    os.killpg(batch.pid, signal.SIGKILL)
    batch.communicate()
    assert batch.returncode == -signal.SIGKILL
    kept = records_of(cohort_folder / "results")
    assert 1 <= len(kept) < 4
    run_cohort(cohort_folder)
    assert records_of(cohort_folder / "results").items() >= kept.items()
    assert tables_of(cohort_folder / "results") == tables_of(shipped_results / "results")
    assert leftovers(cohort_folder) == []


@pytest.mark.slow
def test_an_interrupted_run_says_so_and_keeps_what_was_done(cohort_folder: Path, records_of: Records) -> None:
    batch = start_batch(cohort_folder, "--jobs", "2")
    wait_for_records(cohort_folder, records_of, batch)
    os.killpg(batch.pid, signal.SIGINT)
    _, error = batch.communicate(timeout=60.0)
    assert batch.returncode == 130, error
    assert "interrupted" in error
    assert 1 <= len(records_of(cohort_folder / "results")) < 4
    assert leftovers(cohort_folder) == []
    deadline = time.monotonic() + 20.0
    while (left := living(batch.pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []


STEPS = {"in the tables": "write_tables", "in the database": "write_database"}


@pytest.mark.parametrize("where", [*STEPS, "moving into place", "last of all"])
def test_a_run_killed_while_it_writes_shows_it_and_the_next_is_whole(
    done_folder: Path, shipped_results: Path, run_cohort: Run, tables_of: Tables, where: str
) -> None:
    results = done_folder / "results"
    (results / "fits.csv").write_text("of an earlier run\n")
    child = os.fork()
    if child == 0:
        kill_at(where)
        run_cohort(done_folder)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert not (results / "provenance.json").exists()
    run_cohort(done_folder)
    assert tables_of(results) == tables_of(shipped_results / "results")
    assert leftovers(done_folder) == []
    written = {file.name for file in results.iterdir()}
    assert written == {file.name for file in (shipped_results / "results").iterdir()}


def kill_at(where: str) -> None:
    """Have this process kill itself at a step of writing."""

    def die(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if where in STEPS:
        setattr(writing, STEPS[where], die)
    elif where == "last of all":
        writing.write_text = lambda path, _: die() if path.name == "provenance.json" else None
    else:
        plain = Path.replace

        def replace(self: Path, target: Path) -> Path:
            return die() if Path(target).parent.name == "results" and Path(target).name > "d" else plain(self, target)

        Path.replace = replace


def test_a_second_run_makes_no_session_again(
    done_folder: Path, shipped_results: Path, run_cohort: Run, tables_of: Tables, records_of: Records
) -> None:
    before = records_of(done_folder / "results")
    run_cohort(done_folder)
    assert records_of(done_folder / "results") == before
    assert tables_of(done_folder / "results") == tables_of(shipped_results / "results")


def test_only_the_session_whose_dose_changed_is_made_again(
    done_folder: Path, run_cohort: Run, records_of: Records, replaced: Replace
) -> None:
    before = records_of(done_folder / "results")
    replaced(done_folder / "doses.csv", "s1,120,ipsapirone,20", "s1,120,ipsapirone,30")
    analysis = run_cohort(done_folder)
    after = records_of(done_folder / "results")
    assert after.items() > before.items()
    assert len(after) == 5
    given = [row["cumulative_dose"] for row in analysis.sessions[1].cells[0].response_rows if row["role"] == "agonist"]
    assert given == [30.0, 70.0, 190.0]
    stated = json.loads((done_folder / "results" / "provenance.json").read_text())["sessions"]
    assert len({files["sha256"] for one in stated for files in one["files"] if "doses" in files["path"]}) == 1


def test_settings_of_the_cohort_make_no_session_again_and_other_answers(
    done_folder: Path, run_cohort: Run, chosen: ephys.Settings, records_of: Records
) -> None:
    before = records_of(done_folder / "results")
    settings = chosen.updated({"exclusions": {"min_doses": 1}, "cohort": {"reference": "chronic"}})
    analysis = run_cohort(done_folder, settings=settings)
    assert records_of(done_folder / "results") == before
    assert analysis.answers[0].reference == "chronic"


def test_a_damaged_record_is_made_again(
    done_folder: Path, shipped_results: Path, run_cohort: Run, tables_of: Tables, records_of: Records
) -> None:
    before = records_of(done_folder / "results")
    first, second, *others = sorted(before)
    folder = done_folder / "results" / ".records"
    (folder / first).write_bytes((folder / first).read_bytes()[:2000])
    (folder / second).write_bytes((folder / others[0]).read_bytes())
    run_cohort(done_folder)
    assert {name: records_of(done_folder / "results")[name] for name in others} == {n: before[n] for n in others}
    assert tables_of(done_folder / "results") == tables_of(shipped_results / "results")
    assert (folder / second).read_bytes() != (folder / others[0]).read_bytes()


def test_results_that_were_moved_with_their_cohort_are_done(
    done_folder: Path, run_cohort: Run, tables_of: Tables, records_of: Records, tmp_path: Path
) -> None:
    before, tables = records_of(done_folder / "results"), tables_of(done_folder / "results")
    moved = done_folder.rename(tmp_path / "elsewhere")
    run_cohort(moved)
    assert records_of(moved / "results") == before
    assert tables_of(moved / "results") == tables
    stated = json.loads((moved / "results" / "provenance.json").read_text())
    assert all("elsewhere" in file["path"] for one in stated["sessions"] for file in one["files"])


def test_a_dry_run_says_what_is_done_and_does_nothing(done_folder: Path, replaced: Replace) -> None:
    replaced(done_folder / "doses.csv", "s1,120,ipsapirone,20", "s1,120,ipsapirone,30")
    (done_folder / "s2.csv").unlink()
    before = {path: path.stat().st_mtime_ns for path in done_folder.rglob("*")}
    options = ["--out", str(done_folder / "results"), "--set", "reading.stop_s=360", "--dry-run"]
    result = CliRunner().invoke(app, ["batch", str(done_folder / "cohort.csv"), *options])
    assert result.exit_code == 0
    assert "s0: 1 cell, done" in result.stdout
    assert "s1: 1 cell, to do" in result.stdout
    assert f"s2: 1 cell, MISSING {done_folder / 's2.csv'}" in " ".join(result.stdout.split())
    assert "2 of 4 sessions are done" in result.stdout
    assert {path: path.stat().st_mtime_ns for path in done_folder.rglob("*")} == before


def test_a_run_leaves_no_file_of_the_one_before(done_folder: Path, run_cohort: Run, shipped_results: Path) -> None:
    results = done_folder / "results"
    analysis = run_cohort(done_folder)
    provenance = ephys.collect_cohort_provenance(analysis)
    ephys.write_cohort(analysis, results, provenance=provenance, parquet=True, excel=True, prism=True)
    assert {"fits.parquet", "cohort.xlsx", "cohort.pzfx"} <= {file.name for file in results.iterdir()}
    (results / "notes of mine.txt").write_text("kept")
    run_cohort(done_folder)
    former = {file.name for file in (shipped_results / "results").iterdir()}
    assert {file.name for file in results.iterdir()} == {*former, "notes of mine.txt"}


def test_leftovers_are_those_of_processes_that_are_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = os.fork()
    if child == 0:
        monkeypatch.setattr(Path, "replace", lambda *_: os._exit(0))
        write_text(tmp_path / "fits.csv", "half")
    os.waitpid(child, 0)
    (dead,) = tmp_path.iterdir()
    assert f"-{child}-" in dead.name
    mine = atomic.temporary_beside(tmp_path / "units.csv", "units", ".csv")
    elsewhere = dead.with_name(dead.name.replace(atomic._HOST, "0" * 8))
    old = elsewhere.with_name(elsewhere.name.replace("fits", "old"))
    own = tmp_path / ".a file of the user-1.csv"
    for file in (mine, elsewhere, old, own):
        file.touch()
    os.utime(old, (0, 0))
    os.utime(own, (0, 0))
    clear_leftovers(tmp_path, of="units")
    assert dead.exists()
    clear_leftovers(tmp_path)
    assert set(tmp_path.iterdir()) == {mine, elsewhere, own}
    clear_leftovers(tmp_path / "nowhere")
