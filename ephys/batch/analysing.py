"""A cohort's table in, a cohort's answers out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path

from ephys.analysis import CohortAnalysis
from ephys.batch.cohort import Gathered, conclude, run_sessions
from ephys.batch.jobs import SessionJob, plan_jobs, share_of
from ephys.batch.key_folder import BlindRun, KeyFolder
from ephys.batch.keys import code_version
from ephys.batch.store import FOLDER, Store
from ephys.batch.working import Workshop
from ephys.errors import ParameterError
from ephys.io import read_cohort
from ephys.io.atomic import clear_leftovers
from ephys.model import Cohort
from ephys.settings import Settings

SESSIONS = "sessions"
"""Folder of the sessions' own reports, within that of the results."""

CohortTable = str | os.PathLike[str] | Cohort


def analyse_cohort(
    cohort: CohortTable,
    animals: str | os.PathLike[str] | None = None,
    *,
    settings: Settings | None = None,
    out: str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    jobs: int | None = None,
    reports: bool = False,
    progress: bool = False,
    key: KeyFolder | None = None,
) -> CohortAnalysis:
    r"""Analyse every session of a cohort, leave out what the rules name, and compare its groups.

    Each file is read and sorted once however many cells it holds. A session that fails is in `failures` with its
    reason, and the rest go on.

    Parameters
    ----------
    cohort : path or Cohort
        ``cohort.csv`` (docs/tables.md), or what `read_cohort` made of it.
    animals : path, optional
        ``animals.csv``; by default the one beside the cohort's table.
    settings : Settings, optional
        Of every step, the exclusions among them.
    out : path, optional
        Folder in which finished sessions are kept, so that a run that was stopped goes on, and a second one does only
        what changed. `write_cohort` writes the tables.
    executor : concurrent.futures.Executor, optional
        Where the sessions are worked on: a Dask cluster's (``Client(...).get_executor()``), say. Its workers must see
        the same files. By default worker processes of this machine.
    jobs : int, optional
        How many of those; by default as many as cores and memory allow, 1: in this process.
    reports : bool, optional
        Write each session's own tables and report, too, into ``sessions`` in `out`.
    progress : bool, optional
        Show a progress bar.
    key : KeyFolder, optional
        Give the result under codes (docs/blinding.md): this folder has the key, and the records in place of `out`.

    Returns
    -------
    CohortAnalysis

    Raises
    ------
    CohortError
        If a table has faults: all of them at once.
    ParameterError
        If there is nowhere to write reports to, or `jobs` is below 1.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = Path(folder) / "cohort.csv"
    ...     _ = table.write_text("animal,group,cell,file\nr1,control,1,r1.csv\n")
    ...     _ = table.with_name("r1.csv").write_text("time_s\n" + "\n".join(map(str, range(1, 100))))
    ...     analyse_cohort(table, jobs=1)
    CohortAnalysis(1 animal, 1 cell)
    """
    planned, chosen = read_planned(cohort, animals), settings or Settings()
    work = plan_jobs(planned, chosen)
    with workshop_in(key.path if key else out, reports=reports, blind=key is not None) as workshop:
        gathered = run_sessions(work, workshop, executor=executor, workers=jobs, progress=progress)
        if key is not None:
            run = BlindRun.of(planned, chosen, work, gathered)
            return key.conclude(run, store=workshop.store, executor=executor, workers=jobs)
        return conclude(planned, chosen, work, gathered, store=workshop.store, executor=executor, workers=jobs)


def prepare_sessions(
    cohort: CohortTable,
    animals: str | os.PathLike[str] | None = None,
    *,
    out: str | os.PathLike[str],
    part: int,
    parts: int,
    settings: Settings | None = None,
    jobs: int | None = None,
    reports: bool = False,
    progress: bool = False,
    key: KeyFolder | None = None,
) -> Gathered:
    """Work on one part of a cohort's sessions, for an array of processes; `analyse_cohort` then finds them done.

    Parameters
    ----------
    cohort, animals, out, settings, jobs, reports, progress, key
        As in `analyse_cohort`.
    part, parts : int
        Which, from 1 on, of how many.

    Returns
    -------
    Gathered
        Records and failures of the part.

    Raises
    ------
    CohortError
        If a table has faults.
    ParameterError
        If there is no such part.
    """
    if not 1 <= part <= parts:
        raise ParameterError(f"job {part}/{parts}: the first number runs from 1 to the second")
    work = share_of(plan_jobs(read_planned(cohort, animals), settings or Settings()), part, parts)
    with workshop_in(key.path if key else out, reports=reports, blind=key is not None) as workshop:
        return run_sessions(work, workshop, workers=jobs, progress=progress)


def read_planned(cohort: CohortTable, animals: str | os.PathLike[str] | None) -> Cohort:
    """Cohort of its table.

    Raises
    ------
    CohortError
        If the table has faults.
    """
    return cohort if isinstance(cohort, Cohort) else read_cohort(cohort, animals)


def sessions_done(jobs: tuple[SessionJob, ...], out: str | os.PathLike[str], *, reports: bool) -> tuple[bool, ...]:
    """Tell for each job whether nothing is left to do, without doing anything."""
    folder = Path(out).absolute()
    workshop = Workshop(Store(folder / FOLDER, only_looks=True), folder / SESSIONS if reports else None, code_version())
    return tuple(workshop.kept(job) is not None for job in jobs)


@contextmanager
def workshop_in(out: str | os.PathLike[str] | None, *, reports: bool, blind: bool = False) -> Iterator[Workshop]:
    """Where the work of a run is kept: in the folder of its results, or of its key, or for the run alone.

    Raises
    ------
    ParameterError
        If reports are wanted, and there is no folder for them.
    """
    if out is not None:
        folder = Path(out).absolute()
        store = Store(folder / FOLDER)
        _clear_leftovers(folder)
        yield Workshop(store, folder / SESSIONS if reports else None, code_version(), blind)
        return
    if reports:
        raise ParameterError("reports of the sessions need a folder: give out=")
    with tempfile.TemporaryDirectory(prefix="ephys-cohort-") as temporary:
        yield Workshop(Store(Path(temporary)), None, code_version())


def _clear_leftovers(folder: Path) -> None:
    """Delete what runs that were killed left half-written: records, results, and the sessions' own."""
    for place in (folder / FOLDER, folder / SESSIONS, folder):
        clear_leftovers(place)
    clear_leftovers(folder.parent, of=folder.name)
