"""Pieces of the benchmark of a cohort, each run in a process of its own by `batch.py`: what it took, in figures."""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from batch_cohorts import results_of
from loky import ProcessPoolExecutor

import ephys
from ephys.batch.analysing import workshop_in
from ephys.batch.cohort import Gathered, assemble, conclude, run_sessions
from ephys.batch.jobs import SessionJob, plan_jobs
from ephys.batch.store import FOLDER, Store
from ephys.io import write_database, write_tables

Figures = dict[str, Any]


def taken(work: Callable[[], object]) -> Figures:
    """Wall time, and processor time of this process and of its workers."""
    began, before = time.perf_counter(), _processor_s()
    work()
    return {"wall_s": time.perf_counter() - began, "cpu_s": _processor_s() - before}


def _processor_s() -> float:
    """Processor time of this process, of its children that ended and of those that run."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    running = sum(_ticks_of(child) for child in children_of(os.getpid())) / os.sysconf("SC_CLK_TCK")
    return running + sum(one.ru_utime + one.ru_stime for one in used)


def _ticks_of(process: int) -> int:
    """Processor time of another process, in the ticks of /proc (fields 14 and 15 of its `stat`); 0 once it ended."""
    try:
        after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(after_name[11]) + int(after_name[12])


def children_of(process: int) -> list[int]:
    """Processes that a process started, and that run."""
    try:
        return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def loop(cohort: Path, _workers: int) -> Figures:
    """Every session in a plain loop: read, sort if need be, analyse; and what the process took until its first."""
    jobs = plan_jobs(ephys.read_cohort(cohort), ephys.Settings())
    start_s = time.process_time()
    jobs = warmed(jobs)

    def work() -> None:
        for job in jobs:
            alone(job)

    return taken(work) | {"sessions": len(jobs), "start_s": start_s}


def alone(job: SessionJob) -> None:
    """One session without the batch."""
    reading = job.settings.reading
    session = ephys.read_session(job.files[0], doses=job.doses, session=job.session or None, reading=reading)
    ephys.analyse_session(session, job.settings, jobs=1)


def warmed(jobs: tuple[SessionJob, ...]) -> tuple[SessionJob, ...]:
    """Jobs, of which the first was done once, so that no figure holds this process's imports; one alone is too long."""
    if len(jobs) > 1:
        alone(jobs[0])
    return jobs


@contextmanager
def warm_workers(count: int, job: SessionJob) -> Iterator[Executor | None]:
    """Workers that have each done a session; ``None`` for one, which is this process."""
    if count == 1:
        yield None
        return
    with ProcessPoolExecutor(max_workers=count) as pool:
        list(pool.map(alone, [job] * count))
        yield pool


def batch(cohort: Path, workers: int) -> Figures:
    """The same by the batch, which keeps a record of each."""
    jobs = warmed(plan_jobs(ephys.read_cohort(cohort), ephys.Settings()))
    gathered: list[Gathered] = []
    with warm_workers(workers, jobs[0]) as executor:

        def work() -> None:
            with workshop_in(results_of(cohort, workers), reports=False) as workshop:
                gathered.append(run_sessions(jobs, workshop, workers=workers, executor=executor))

        figures = taken(work)
    assert not gathered[0].failures, gathered[0].failures
    return figures | {"sessions": len(jobs)}


def answers(cohort: Path, workers: int) -> Figures:
    """What the groups say, of sessions that are done: fits of the population, permutations and all."""
    read, settings = ephys.read_cohort(cohort), ephys.Settings()
    jobs = plan_jobs(read, settings)
    with workshop_in(results_of(cohort, workers), reports=False) as workshop:
        gathered = run_sessions(jobs, workshop, workers=1)
    assembled = taken(lambda: assemble(read, settings, jobs, gathered))
    with tempfile.TemporaryDirectory() as nothing_known:
        store = Store(Path(nothing_known))
        figures = taken(lambda: conclude(read, settings, jobs, gathered, store=store, workers=1))
    return {"sessions": len(jobs), "cpu_s": figures["cpu_s"] - assembled["cpu_s"]}


def growth(cohort: Path, _workers: int) -> Figures:
    """Processor time of each step that looks at all sessions, none of which has to be analysed."""
    settings, out = ephys.Settings(), results_of(cohort, 1)
    steps: dict[str, float] = {}

    def step(name: str, work: Callable[[], Any]) -> Any:
        found: list[Any] = []
        steps[name] = taken(lambda: found.append(work()))["cpu_s"]
        return found[0]

    step("check", lambda: ephys.check_cohort(cohort))
    read = step("read", lambda: ephys.read_cohort(cohort))
    jobs = step("plan", lambda: plan_jobs(read, settings))
    with workshop_in(out, reports=False) as workshop:
        gathered = step("records", lambda: run_sessions(jobs, workshop, workers=1))
    analysis = step("assemble", lambda: assemble(read, settings, jobs, gathered))
    tables = step("tables", lambda: ephys.cohort_tables(analysis))
    step("csv", lambda: write_tables(tables, out / "tables"))
    step("sqlite", lambda: write_database(tables, out / "cohort.sqlite", run={"key": "benchmark"}))
    sizes = {"records_kb": _size_kb(out / FOLDER), "tables_kb": _size_kb(out / "tables")}
    return {"sessions": len(jobs), "rows": len(read.cells), "steps": steps} | sizes


def _size_kb(folder: Path) -> float:
    """Size of the files of a folder."""
    return sum(path.stat().st_size for path in folder.iterdir()) / 1000


PARTS = {"loop": loop, "batch": batch, "answers": answers, "growth": growth}
