"""One job, wherever it runs: read, sort once, analyse, keep; what fails is told and stops nothing else."""

from __future__ import annotations

import math
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

import ephys
from ephys.analysis import SessionAnalysis, SessionFailure, SessionRecord, Step
from ephys.batch.jobs import SessionJob
from ephys.batch.keys import code_version, further_sources, record_key, sorting_key
from ephys.batch.nameless import nameless, nameless_folder
from ephys.batch.recording import record_of
from ephys.batch.store import Store
from ephys.errors import CurationError, EphysError, FileFormatError
from ephys.io import collect_provenance, read_curation, read_session, staged_folder, write_results
from ephys.io.companions import recording_sources
from ephys.io.file_names import file_name
from ephys.io.kept_log import check_kept
from ephys.model import Session, Source, Unit
from ephys.model.cropping import crop_session
from ephys.pipeline import analyse_session, wants_sorting
from ephys.report import write_methods, write_report
from ephys.sorting import sort_units

Outcome = SessionRecord | SessionFailure


@dataclass(frozen=True)
class Workshop:
    """Where the work is kept; it travels to every worker with each job.

    Parameters
    ----------
    store : Store
        Of what can be used again.
    reports : Path, optional
        Folder of the sessions' own reports and tables; without it, none are written.
    version : str
        Of the code that plans the work: a worker with another code must not answer.
    blind : bool
        Whether each report is wanted without names, too: beside the folder of reports, for codes to be put in.
    """

    store: Store
    reports: Path | None
    version: str
    blind: bool = False

    def work(self, job: SessionJob) -> Outcome:
        """Return the record of a job, kept from before or made now; or why there is none."""
        try:
            return self._record(job)
        except Exception as error:  # one session's fault, of whatever kind, is not the others'
            return failure_of(job, error)

    def kept(self, job: SessionJob) -> SessionRecord | None:
        """Record of a job of which nothing is left to do; ``None`` where there is none, or its inputs are at fault."""
        try:
            files = self._files(job)
            return self._kept(job, record_key(job, files), files)
        except (EphysError, OSError):
            return None

    def _kept(self, job: SessionJob, key: str, files: Sequence[Source]) -> SessionRecord | None:
        """Record under a key, if nothing that is wanted beside it is missing."""
        record = self.store.record(key)
        if record is None or self._lacks_report(job, key):
            return None
        return replace(record, sources=_read_from(job, files))

    def _files(self, job: SessionJob) -> tuple[Source, ...]:
        """Files of a job's recording, and what lies beside them.

        Raises
        ------
        FileFormatError
            If one of those that the table names is not there.
        """
        for path in job.files:
            if not path.exists():
                raise FileFormatError(f"{path}: no such file; the cohort's table names it from its own folder")
        return tuple(self.store.known(source) for source in recording_sources(job.files))

    def _record(self, job: SessionJob) -> SessionRecord:
        """Record of a job.

        Raises
        ------
        EphysError
            For whatever is wrong with its files.
        """
        if self.version != code_version():
            raise EphysError(
                f"this worker runs {code_version()}, the batch was planned with {self.version}: install the same"
            )
        files = self._files(job)
        key = record_key(job, files)
        record = self._kept(job, key, files)
        if record is not None:
            return record
        with threadpool_limits(1):  # a worker per core: more threads within one only get in the way
            return self._made(job, files, key)

    def _made(self, job: SessionJob, files: Sequence[Source], key: str) -> SessionRecord:
        """Record of a job that is read, sorted and analysed now, and kept."""
        whole = _read(job)
        session = _part_of(whole, job)
        sorting = wants_sorting(session, job.settings)
        found = self._sorted(job, session, sorting_key(job, files)) if sorting else None
        analysis = _analysed(job, session, found)
        record = record_of(job, key, whole, analysis, sources=_read_from(job, files), sorted_anew=sorting)
        if self.reports is not None:
            self._write_report(job, key, analysis)
        self.store.keep_record(record)
        return record

    def _sorted(self, job: SessionJob, session: Session, key: str) -> tuple[Unit, ...] | None:
        """Units that the sorter finds, or found before; ``None`` where there is no voltage."""
        if session.recording is None:
            return None
        recording, settings = session.recording, job.settings
        return self.store.sorted_once(
            key, lambda: sort_units(recording, settings.sorting, settings.analysis.seed, jobs=1)
        )

    def _lacks_report(self, job: SessionJob, key: str) -> bool:
        """Whether a report is wanted that is not there, or is of another state of the inputs."""
        if self.reports is None:
            return False
        mark = self._folder(job) / KEY
        if self.blind and not nameless_folder(self._folder(job)).is_dir():
            return True
        return not mark.is_file() or mark.read_text(encoding="utf-8").strip() != key

    def _write_report(self, job: SessionJob, key: str, analysis: SessionAnalysis) -> None:
        """Write the session's own tables and report; the mark of what they are of comes last."""
        folder = self._folder(job)
        check_kept(folder, analysis.curation)
        (folder / KEY).unlink(missing_ok=True)
        provenance = collect_provenance(analysis, curation=job.curation)
        _write_session(analysis, folder, provenance)
        if self.blind:
            bare = nameless(analysis)
            _write_session(bare, nameless_folder(folder), collect_provenance(bare))
        (folder / KEY).write_text(key + "\n", encoding="utf-8")

    def _folder(self, job: SessionJob) -> Path:
        """Folder of the session's own results."""
        assert self.reports is not None  # asked for only where reports are wanted
        return self.reports / file_name(job.name)


KEY = ".key"
"""In a session's folder: which record its report is of."""


def _write_session(analysis: SessionAnalysis, folder: Path, provenance: Mapping[str, object]) -> None:
    """Write a session's tables and report, all of them or none."""
    with staged_folder(folder) as stage:
        write_results(analysis, stage, provenance=provenance)
        write_methods(analysis, stage)
        write_report(analysis, stage / "report.html", provenance=provenance)


def _read(job: SessionJob) -> Session:
    """Session of a job's files, under the name that the tables give it."""
    files = job.files[0] if len(job.files) == 1 else job.files
    session = read_session(
        files,
        doses=job.doses,
        session=job.session or None,
        reading=job.settings.reading,
        started_at=job.started_at,
    )
    first = job.cells[0]
    return replace(
        session,
        id=job.name,
        track=first.track or session.track,
        depth_um=session.depth_um if math.isnan(first.depth_um) else first.depth_um,
        order=first.order or session.order,
    )


def _read_from(job: SessionJob, files: Sequence[Source]) -> tuple[Source, ...]:
    """Every file that the record rests on, where it is now."""
    return tuple(Source(source.path, source.sha256) for source in (*files, *further_sources(job)))


def _part_of(session: Session, job: SessionJob) -> Session:
    """The part that holds the cells."""
    if not job.is_part:
        return session
    start_s, stop_s = (None if math.isnan(bound) else bound for bound in (job.from_s, job.to_s))
    return crop_session(session, start_s=start_s, stop_s=stop_s)


def _analysed(job: SessionJob, session: Session, found: Iterable[Unit] | None) -> SessionAnalysis:
    """Analysis of a session, a person's corrections replayed."""
    log = read_curation(job.curation) if job.curation else None
    try:
        return analyse_session(
            session, job.settings, curation=log, found=None if found is None else tuple(found), jobs=1
        )
    except CurationError as error:
        raise CurationError(f"{job.curation}: {error}") from error


def failure_of(job: SessionJob, error: BaseException, *, step: Step | None = None) -> SessionFailure:
    """Say why a job has no record: in one line what went wrong, and where, if it is the program's own fault."""
    reason = " ".join(_without_folders(job, str(error)).split()) or type(error).__name__
    if not isinstance(error, EphysError | OSError):
        last = traceback.extract_tb(error.__traceback__)[-1:]
        where = f" ({Path(last[0].filename).name}, line {last[0].lineno})" if last else ""
        reason = f"{type(error).__name__}: {reason}{where}; a fault of ephys {ephys.__version__}, please report it"
    return SessionFailure(job.name, job.cells, step or "session", reason)


def _without_folders(job: SessionJob, text: str) -> str:
    """Text that names the job's files without their folders: the same wherever the cohort lies."""
    first = job.cells[0]
    for path in (*job.files, job.doses, job.curation, first.settings):
        if path is not None:
            text = text.replace(str(path.absolute()), path.name).replace(str(path), path.name)
    return text
