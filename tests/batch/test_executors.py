"""The same tables to the last bit, wherever and in whatever parts the sessions are worked on."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import ephys
from ephys.cli import app
from ephys.errors import ParameterError

distributed = pytest.importorskip("distributed")

Run = Callable[..., ephys.CohortAnalysis]
Tables = Callable[[Path], dict[str, bytes]]
Records = Callable[[Path], dict[str, int]]


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Address of a Dask scheduler with two worker processes of this machine."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster.scheduler_address


@pytest.mark.slow
def test_worker_processes_write_what_this_one_writes(
    cohort_folder: Path, shipped_results: Path, run_cohort: Run, tables_of: Tables
) -> None:
    run_cohort(cohort_folder, jobs=2)
    assert tables_of(cohort_folder / "results") == tables_of(shipped_results / "results")


@pytest.mark.slow
def test_a_dask_cluster_writes_what_this_process_writes(
    cohort_folder: Path, shipped_results: Path, tables_of: Tables, scheduler: str
) -> None:
    options = ["--out", str(cohort_folder / "results"), "--set", "reading.stop_s=360", "--dask", scheduler, "--parquet"]
    result = CliRunner().invoke(app, ["batch", str(cohort_folder / "cohort.csv"), *options])
    assert result.exit_code == 0, result.output
    assert tables_of(cohort_folder / "results") == tables_of(shipped_results / "results")
    for name, table in ephys.read_tables(shipped_results / "results").items():
        kept = pd.read_parquet(cohort_folder / "results" / f"{name}.parquet")
        pd.testing.assert_frame_equal(kept, table, check_exact=True, check_dtype=False)


@pytest.mark.slow
def test_a_worker_of_the_cluster_that_dies_is_told(scheduler: str) -> None:
    from ephys.batch.executing import run_on

    def work(item: int) -> int:
        if item == 2:
            os._exit(1)
        return item

    with distributed.Client(scheduler) as client, client.get_executor(retries=0) as executor:
        results = dict(run_on(executor, work, [1, 2, 3]))
    assert (results[1], results[3]) == (1, 3)
    assert type(results[2]).__name__ == "KilledWorker"


def test_parts_and_a_run_that_gathers_write_what_one_run_writes(
    cohort_folder: Path, shipped_results: Path, run_cohort: Run, tables_of: Tables, records_of: Records
) -> None:
    options = ["--out", str(cohort_folder / "results"), "--set", "reading.stop_s=360", "--jobs", "1"]
    for part, done in (("2/2", 2), ("1/2", 4)):
        result = CliRunner().invoke(app, ["batch", str(cohort_folder / "cohort.csv"), *options, "--job", part])
        assert result.exit_code == 0
        assert f"part {part[0]} of 2: 2 sessions done, 0 failed" in result.stdout
        assert len(records_of(cohort_folder / "results")) == done
        assert not list((cohort_folder / "results").glob("*.csv"))
    before = records_of(cohort_folder / "results")
    run_cohort(cohort_folder)
    assert records_of(cohort_folder / "results") == before
    assert tables_of(cohort_folder / "results") == tables_of(shipped_results / "results")


def test_an_address_where_nobody_answers_is_said_within_seconds(done_folder: Path) -> None:
    table, out = str(done_folder / "cohort.csv"), str(done_folder / "results")
    for address, seconds in (("tcp://127.0.0.1:9", 20.0), ("nowhere", 5.0)):
        began = time.monotonic()
        result = CliRunner().invoke(app, ["batch", table, "--out", out, "--dask", address])
        assert result.exit_code == 1
        assert f"error: --dask {address}: no scheduler answers there" in result.stderr
        assert time.monotonic() - began < seconds
    assert (done_folder / "results" / "provenance.json").is_file()


def test_a_part_that_is_none_is_refused(cohort_folder: Path) -> None:
    for part, says in (("3/2", "job 3/2: the first number runs from 1 to the second"), ("2", "like 3/10, got '2'")):
        result = CliRunner().invoke(app, ["batch", str(cohort_folder / "cohort.csv"), "--job", part])
        assert result.exit_code == 1
        assert says in result.stderr
    with pytest.raises(ParameterError, match=r"job 0/2"):
        ephys.prepare_sessions(cohort_folder / "cohort.csv", out=cohort_folder / "results", part=0, parts=2)
    with pytest.raises(ParameterError, match=r"jobs must be 1 or more .* got 0"):
        ephys.analyse_cohort(cohort_folder / "cohort.csv", jobs=0)
