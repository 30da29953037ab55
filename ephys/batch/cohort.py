"""All of a cohort: every session, then what its cells say together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from ephys.analysis import CohortAnalysis, FoundCell, GroupAnswers, SessionFailure, SessionRecord
from ephys.analysis.tracks import tracks_of
from ephys.batch.answers import Question
from ephys.batch.asking import ask_all
from ephys.batch.executing import check_workers, run_here, run_on
from ephys.batch.history import history_of
from ephys.batch.jobs import SessionJob, by_animal
from ephys.batch.matching import Matched, match_cells
from ephys.batch.store import Store
from ephys.batch.working import Outcome, Workshop, failure_of
from ephys.errors import EphysError
from ephys.io.trains import LENGTH_NOT_SAID
from ephys.jupyter import Shown, potency_name
from ephys.jupyter.progress import tqdm
from ephys.model import Cohort
from ephys.pharmacology import Exclusions, apply_exclusions
from ephys.pharmacology.exclusions.facts import Physiology
from ephys.settings import Settings


@dataclass(frozen=True)
class Gathered(Shown):
    """What the sessions of a cohort gave.

    Parameters
    ----------
    records : mapping of str to SessionRecord
        By the name of the session.
    failures : tuple of SessionFailure
        Of whole sessions.
    """

    records: Mapping[str, SessionRecord]
    failures: tuple[SessionFailure, ...]


def run_sessions(
    jobs: Sequence[SessionJob],
    workshop: Workshop,
    *,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: bool = False,
) -> Gathered:
    """Work on every job, and gather what comes back in the order of the jobs.

    Parameters
    ----------
    jobs : sequence of SessionJob
    workshop : Workshop
    executor : concurrent.futures.Executor, optional
        Where the work is done; by default in worker processes of this machine.
    workers : int, optional
        How many of them.
    progress : bool, optional
        Show a bar with sessions done, failed, and the time left.

    Raises
    ------
    ParameterError
        For fewer than one worker.
    """
    count = check_workers(workers)
    outcomes: dict[str, Outcome] = {job.name: record for job in jobs if (record := workshop.kept(job))}
    left, failed = [job for job in jobs if job.name not in outcomes], 0
    results = run_on(executor, workshop.work, left) if executor else run_here(workshop.work, left, jobs=count)
    with tqdm(total=len(jobs), initial=len(outcomes), desc="sessions", unit="session", disable=not progress) as bar:
        for job, result in results:
            outcome = _left_undone(job, result) if isinstance(result, BaseException) else result
            outcomes[job.name] = outcome
            failed += isinstance(outcome, SessionFailure)
            bar.update()
            bar.set_postfix(failed=failed)
    for job in jobs:
        if job.name not in outcomes:
            outcomes[job.name] = _left_undone(job, EphysError("the executor broke before its turn"))
    ordered = {job.name: outcomes[job.name] for job in jobs}
    return Gathered(
        {name: one for name, one in ordered.items() if isinstance(one, SessionRecord)},
        tuple(one for one in ordered.values() if isinstance(one, SessionFailure)),
    )


def _left_undone(job: SessionJob, error: BaseException) -> SessionFailure:
    """Say why nobody worked on a job: the work itself never raises, so the error is the executor's own."""
    if not isinstance(error, EphysError):
        error = EphysError(f"not worked on: {type(error).__name__}: {error}; the same command tries it again")
    return failure_of(job, error, step="executor")


def conclude(
    cohort: Cohort,
    settings: Settings,
    jobs: Sequence[SessionJob],
    gathered: Gathered,
    *,
    store: Store,
    executor: Executor | None = None,
    workers: int | None = None,
) -> CohortAnalysis:
    """What the cells of all sessions say together.

    Parameters
    ----------
    cohort : Cohort
    settings : Settings
    jobs : sequence of SessionJob
    gathered : Gathered
    store : Store
        Where answers are kept.
    executor, workers
        As in `run_sessions`.
    """
    analysis, count = assemble(cohort, settings, jobs, gathered), check_workers(workers)
    if not analysis.cells:
        return analysis
    return replace(analysis, answers=_answers(analysis, store, executor=executor, workers=count))


def assemble(cohort: Cohort, settings: Settings, jobs: Sequence[SessionJob], gathered: Gathered) -> CohortAnalysis:
    """Every cell with its unit, its history and the rules that take it; no group is asked yet. Parameters as above."""
    matched = {job.name: match_cells(job, gathered.records[job.name]) for job in jobs if job.name in gathered.records}
    histories = [history_of(animal, of_it, gathered.records) for animal, of_it in by_animal(jobs).items()]
    earlier = {session: drug for history in histories for session, drug in history.earlier.items()}
    cells = tuple(_cells(cohort, gathered, matched, earlier))
    facts = [one for cell in cells for one in cell.facts]
    return CohortAnalysis(
        cohort=cohort,
        settings=settings,
        sessions=tuple(gathered.records.values()),
        cells=cells,
        exclusions=apply_exclusions(facts, settings.exclusions) if facts else _of_nothing(settings),
        answers=(),
        failures=(*gathered.failures, *(failure for one in matched.values() for failure in one.failures)),
        notes=(
            *cohort.notes,
            *(note for history in histories for note in history.notes),
            *(note for one in matched.values() for note in one.notes),
            *_second_drugs(cells),
            *_pretreated(cells, settings.exclusions.rules),
            *_unknown_ends(gathered),
        ),
    )


def _second_drugs(cells: Sequence[FoundCell]) -> Iterator[str]:
    """Say where a cell had a second agonist: it met what the first had left."""
    met: dict[tuple[str, str, str], list[str]] = {}
    for cell in cells:
        for earlier, later in pairwise(cell.record.responses):
            met.setdefault((later.drug, earlier.drug, potency_name(later.dose_unit)), []).append(_called(cell))
    for (later_drug, earlier_drug, potency), names in met.items():
        yield (
            f"{later_drug} was given after {earlier_drug} in the same session to {', '.join(names)}: its {potency} "
            "there is that of cells that are not naive"
        )


def _called(cell: FoundCell) -> str:
    """A cell with its animal, where its own name does not begin so."""
    return cell.name if cell.name.startswith(cell.planned.animal) else f"{cell.planned.animal} {cell.name}"


def _pretreated(cells: Sequence[FoundCell], rules: Sequence[str]) -> Iterator[str]:
    """Say where an antagonist came before the agonist, and how that is compared: the curve there is a shifted one."""
    rule = "after_antagonist"
    left_out = (
        f"; left out by the rule {rule} (--set exclusions.rules=-{rule} keeps them: the fold of the groups is then the "
        "dose ratio)"
    )
    met: dict[tuple[str, str, str], list[str]] = {}
    for cell in cells:
        for one in cell.record.responses:
            if one.pretreatment is not None:
                met.setdefault((one.drug, str(one.pretreatment), potency_name(one.dose_unit)), []).append(_called(cell))
    for (drug, given, potency), names in met.items():
        yield (
            f"{drug} was given after {given} to {', '.join(names)}: its {potency} there is that of antagonised cells"
            + left_out * (rule in rules)
        )


def _unknown_ends(gathered: Gathered) -> Iterator[str]:
    """Say of which sessions nobody stated the end: a cell that is silent there may end at its last spike."""
    names = [one.session for one in gathered.records.values() if any(LENGTH_NOT_SAID in note for note in one.notes)]
    if names:
        yield (
            f"spikes {LENGTH_NOT_SAID} in {', '.join(names)}: each ends at its last spike, so that silence to the end "
            "is not seen there, and a cell that fell silent counts as held; reading.stop_s "
            "(--set reading.stop_s=1800) states the end"
        )


def _of_nothing(settings: Settings) -> Exclusions:
    """Exclusions where every session failed: the failures are the result."""
    return Exclusions(facts=(), settings=settings.exclusions, rows=(), departures=(), flow=(), unjudged=())


def _cells(
    cohort: Cohort, gathered: Gathered, matched: Mapping[str, Matched], earlier: Mapping[str, str]
) -> Iterator[FoundCell]:
    """Each cell with its unit, and all that is known of it."""
    for session, found in matched.items():
        record = gathered.records[session]
        for planned, name, unit in found.cells:
            animal = cohort.animal(planned.animal)
            known: dict[str, Any] = {
                "session": session, "animal": planned.animal, "group": planned.group, "cell": name,
                "earlier_drug": earlier.get(session, ""), "histology": planned.histology or animal.histology,
                "last_dose_h": animal.last_dose_h, "treated": bool(animal.subject.treatment),
            }  # fmt: skip
            stated = () if math.isnan(animal.temperature) else (Physiology("temperature", animal.temperature, "°C"),)
            facts = tuple(
                replace(one, by_hand=one.by_hand or planned.exclude, physiology=(*stated, *one.physiology), **known)
                for one in unit.facts
            )
            yield FoundCell(planned, name, record, unit, facts)


def _answers(
    analysis: CohortAnalysis, store: Store, *, executor: Executor | None, workers: int
) -> tuple[GroupAnswers, ...]:
    """Answers with exclusions, and without; what is the same of both is asked once."""
    settings, tracks = analysis.settings, tuple(tracks_of(analysis))
    with_them = Question(analysis.cohort, settings, analysis.cells, tracks, analysis.exclusions, "with exclusions")
    without = analysis.exclusions_of("without exclusions")
    questions = (with_them, replace(with_them, exclusions=without, selection="without exclusions"))
    asks = [question.asks() for question in questions]
    once = {ask.key: ask for of_one in asks for ask in of_one.values()}
    told = ask_all(once, store, executor=executor, workers=workers)
    return tuple(
        question.answers({name: told[ask.key] for name, ask in of_one.items()})
        for question, of_one in zip(questions, asks, strict=True)
    )
