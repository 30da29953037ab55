"""One session's fault is told, with its reason, and stops nothing else; so is a worker's death."""

import csv
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ephys
from ephys.analysis import SessionFailure
from ephys.batch import working
from ephys.batch.analysing import workshop_in
from ephys.batch.cohort import run_sessions
from ephys.batch.executing import run_here, run_on
from ephys.batch.jobs import plan_jobs
from ephys.cli import app

Replace = Callable[[Path, str, str], None]


def batch(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and text of ``ephys batch`` on the cohort of a folder, in this process."""
    options = ["--out", str(folder / "results"), "--jobs", "1", "--set", "reading.stop_s=360", *arguments]
    result = CliRunner().invoke(app, ["batch", str(folder / "cohort.csv"), *options])
    return result.exit_code, result.output


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / "results" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def faulty(done_folder: Path, replaced: Replace) -> Path:
    """Of a cohort that was done: one file damaged, one gone, a unit that is none, a dose that nobody can read."""
    table = done_folder / "cohort.csv"
    (done_folder / "damaged.nwb").write_text("no recording at all")
    replaced(table, "s1.csv,s1", "damaged.nwb,s1")
    (done_folder / "s2.csv").unlink()
    replaced(table, "s3.csv,s3,1", "s3.csv,s3,7")
    with table.open("a") as file:
        file.write("r4,chronic,c4,late.csv,s4,1,5400,late_doses.csv\n")
    with (done_folder / "animals.csv").open("a") as file:
        file.write("r4,chronic,F,280\n")
    (done_folder / "late.csv").write_text("time_s,unit\n1.0,1\n2.0,1\n")
    (done_folder / "late_doses.csv").write_text(
        "session,time_s,drug,amount,unit,dose_kind,route\ns4,5000,ipsapirone,30,ug/kg,increment,i.v.\n"
    )
    return done_folder


def test_each_failure_has_its_reason_and_the_rest_is_analysed(faulty: Path) -> None:
    code, out = batch(faulty)
    assert code == 3
    reasons = {row["cell"]: (row["step"], row["reason"]) for row in rows(faulty, "failures")}
    assert set(reasons) == {"c1", "c2", "c3", "c4"}
    assert reasons["c1"] == (
        "session",
        "damaged.nwb: damaged, or not what its name says: it begins with b'no recording'",
    )
    assert reasons["c2"] == ("session", "s2.csv: no such file; the cohort's table names it from its own folder")
    assert reasons["c3"] == ("unit", "no unit '7' in s3; it has 1")
    assert reasons["c4"][0] == "session"
    assert reasons["c4"][1].startswith(
        "late_doses.csv, row 2, column 'time_s': 5000 s is after the end of the recording"
    )
    assert not any("please report" in reason or str(faulty) in reason for _, reason in reasons.values())
    assert [row["cell"] for row in rows(faulty, "units")] == ["c0"]
    assert "failed: s2: r2 c2 (row 4)" in out
    assert (faulty / "results" / "provenance.json").is_file()


def test_a_session_that_was_mended_is_tried_again(faulty: Path, shipped_cohort: Path) -> None:
    (faulty / "s2.csv").write_bytes((shipped_cohort / "s2.csv").read_bytes())
    assert batch(faulty)[0] == 3
    assert [row["cell"] for row in rows(faulty, "units")] == ["c0", "c2"]


def test_a_cohort_of_which_nothing_is_left_is_a_result(cohort_folder: Path) -> None:
    for file in cohort_folder.glob("s?.csv"):
        file.unlink()
    code, out = batch(cohort_folder, "--excel", "--prism", "--parquet")
    assert code == 3
    assert "No cell was found that could be analysed." in out
    assert len(rows(cohort_folder, "failures")) == 4
    assert [row["recorded"] for row in rows(cohort_folder, "animals")] == ["0"] * 4
    for table in ("units", "firing", "responses", "fits", "groups", "comparisons", "exclusions", "flow", "tracks"):
        assert rows(cohort_folder, table) == []
    assert set(ephys.read_tables(cohort_folder / "results")["fits"]) > {"id50"}
    assert (cohort_folder / "results" / "provenance.json").is_file()


def test_a_fault_of_the_program_says_where(
    cohort_folder: Path, chosen: ephys.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(working, "read_session", break_down)
    jobs = plan_jobs(ephys.read_cohort(cohort_folder / "cohort.csv"), chosen)
    with workshop_in(None, reports=False) as workshop:
        failure = workshop.work(jobs[0])
    assert isinstance(failure, SessionFailure)
    assert failure.reason.startswith("ZeroDivisionError: by zero (test_failures.py, line ")
    assert failure.reason.endswith("please report it")


def test_a_worker_with_other_code_does_not_answer(cohort_folder: Path, chosen: ephys.Settings) -> None:
    jobs = plan_jobs(ephys.read_cohort(cohort_folder / "cohort.csv"), chosen)
    failure = working.Workshop(None, None, "ephys 0.0.9").work(jobs[0])  # type: ignore[arg-type]
    assert isinstance(failure, SessionFailure)
    assert "the batch was planned with ephys 0.0.9: install the same" in failure.reason


@pytest.mark.parametrize("how", ["exits", "is killed"])
def test_a_worker_that_dies_takes_only_its_own_item(how: str) -> None:
    def work(item: int) -> int:  # pickled by value: the workers load nothing of this package
        if item == 2:
            os._exit(9) if how == "exits" else os.kill(os.getpid(), signal.SIGKILL)
        return item * item

    results = dict(run_here(work, [1, 2, 3, 4, 5], jobs=2))
    killer = results.pop(2)
    assert results == {1: 1, 3: 9, 4: 16, 5: 25}
    assert "its worker process died twice, the second time alone" in str(killer)


def test_an_item_that_only_died_with_another_is_done(tmp_path: Path) -> None:
    def work(item: str) -> str:
        is_first = not (tmp_path / item).exists()
        (tmp_path / item).touch()
        while is_first and not (tmp_path / "b").exists():
            time.sleep(0.01)
        if is_first and item == "a":
            os._exit(1)
        if is_first:
            time.sleep(60.0)
        return item

    assert dict(run_here(work, ["a", "b"], jobs=2)) == {"a": "a", "b": "b"}


def test_workers_end_with_the_process_that_is_killed(tmp_path: Path) -> None:
    def work(_: int) -> None:
        (tmp_path / str(os.getpid())).touch()
        time.sleep(60.0)

    parent = os.fork()
    if parent == 0:
        for _ in run_here(work, [1, 2, 3], jobs=2):
            pass
    deadline = time.monotonic() + 30.0
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    workers = [int(file.name) for file in tmp_path.iterdir()]
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    assert len(workers) == 2
    while any(map(is_alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(is_alive, workers))


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


class Broken(Executor):
    """An executor whose cluster goes away: what it has is cancelled."""

    def submit(self, *_: object, **__: object) -> Future[object]:  # type: ignore[override]
        future: Future[object] = Future()
        future.cancel()
        future.set_running_or_notify_cancel()
        return future


def test_a_cluster_that_goes_away_fails_its_sessions_and_not_the_run(
    cohort_folder: Path, chosen: ephys.Settings
) -> None:
    assert [type(result) for _, result in run_on(Broken(), abs, [1, 2])] == [CancelledError, CancelledError]
    jobs = plan_jobs(ephys.read_cohort(cohort_folder / "cohort.csv"), chosen)
    with workshop_in(None, reports=False) as workshop:
        gathered = run_sessions(jobs, workshop, executor=Broken())
    assert [failure.step for failure in gathered.failures] == ["executor"] * 4
    assert "not worked on: CancelledError" in gathered.failures[0].reason
    assert "please report" not in gathered.failures[0].reason


def test_corrections_made_in_a_sessions_folder_are_that_sessions_failure_and_stay(
    cohort_folder: Path, chosen: ephys.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "write_report", lambda *_, **__: None)  # it takes longer than all else
    cohort = ephys.read_cohort(cohort_folder / "cohort.csv")
    jobs, others = (plan_jobs(cohort, each)[:2] for each in (chosen, chosen.override("analysis.seed", "1")))
    with workshop_in(cohort_folder / "results", reports=True) as workshop:
        assert run_sessions(jobs, workshop, workers=1).failures == ()
        path = cohort_folder / "results" / "sessions" / "s0" / "curation.json"
        made = ephys.read_curation(path).signed("A. Name").override_call("1", "uncertain", reason="too few spikes")
        kept = ephys.write_curation(made, path).read_bytes()
        assert run_sessions(jobs, workshop, workers=1).failures == ()  # nothing is left to do
        gathered = run_sessions(others, workshop, workers=1)
    (failure,) = gathered.failures
    assert (failure.session, failure.step, set(gathered.records)) == ("s0", "session", {"s1"})
    assert "curation.json has 1 entries that would be lost" in failure.reason
    assert "column 'curation' of its table" in failure.reason
    assert path.read_bytes() == kept
