"""``ephys batch``: a cohort's table in, tables and answers of the cohort out."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

import ephys
from ephys.cli.help_pages import COHORT, Page
from ephys.cli.options import (
    Animals,
    CohortFile,
    Drug,
    Engine,
    Json,
    KeyFolder,
    Override,
    Preset,
    Seed,
    SettingsFile,
    Units,
    Verbose,
    Workers,
    option,
)
from ephys.cli.running import PARTLY, check_writable, chosen_settings, fails_in_one_line
from ephys.cli.terminal import hanging, say, say_json, tell, wrapped
from ephys.errors import ParameterError

app = typer.Typer()

Results = Annotated[Path, option("-o", "--out", metavar="FOLDER", help="Folder for the results.", default="results")]
Dask = Annotated[
    str | None,
    option("--dask", metavar="ADDRESS", help="Work on a running Dask cluster: tcp://scheduler:8786."),
]
Part = Annotated[str | None, option("--job", metavar="I/N", help="The I-th of N parts of the sessions: a job array.")]
DryRun = Annotated[bool, option("--dry-run", help="Say what would be done, and stop.")]
Reports = Annotated[bool, option("--reports", help="Write each session's own tables and report, too.")]
Excel = Annotated[bool, option("--excel", help="Write one workbook, too.")]
Prism = Annotated[bool, option("--prism", help="Write tables for GraphPad Prism (.pzfx), too.")]
Parquet = Annotated[bool, option("--parquet", help="Write each table as Parquet, too.")]
Label = Annotated[str, option("--label", metavar="TEXT", help="What to call this run in cohort.sqlite.")]
Reference = Annotated[
    str | None,
    option("--reference", metavar="GROUP", help="Group that others are held against.", default="the first animal's"),
]
Blind = Annotated[bool, option("--blind", help="Codes in place of groups, drugs and animals (docs/blinding.md).")]


@app.command(
    cls=Page,
    rich_help_panel=COHORT,
    epilog="Example: ephys batch cohort.csv --out results --reference control --excel",
)
@fails_in_one_line
def batch(
    cohort: CohortFile,
    animals: Animals = None,
    out: Results = Path("results"),
    reference: Reference = None,
    units: Units = None,
    drug: Drug = None,
    dry_run: DryRun = False,
    reports: Reports = False,
    excel: Excel = False,
    prism: Prism = False,
    parquet: Parquet = False,
    label: Label = "",
    blind: Blind = False,
    key: KeyFolder = None,
    dask: Dask = None,
    part: Part = None,
    settings: SettingsFile = None,
    override: Override = None,
    preset: Preset = None,
    engine: Engine = None,
    seed: Seed = None,
    jobs: Workers = None,
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Analyse a cohort: every session, then its groups.

    Stopped, it goes on where it was.
    """
    options: dict[str, dict[str, Any]] = {
        "analysis": {"units": units, "drug": drug and drug.lower(), "preset": preset, "seed": seed},
        "classification": {"engine": engine},
        "cohort": {"reference": reference},
    }
    chosen = chosen_settings(settings, override, options)
    planned = ephys.read_cohort(cohort, animals)
    apart = _key(out, key, blind=blind)
    if dry_run:
        plan = _plan(planned, chosen, apart.path if apart else out, reports=reports)
        _tell_plan(planned, plan, blind=blind, as_json=as_json)
        return
    check_writable(out)
    ephys.batch.check_outputs(parquet=parquet, excel=excel)
    progress = sys.stderr.isatty()
    if part is not None:
        number, parts = _part(part)
        gathered = ephys.prepare_sessions(
            planned, out=out, part=number, parts=parts, settings=chosen, jobs=jobs, reports=reports, progress=progress,
            key=apart,
        )  # fmt: skip
        _tell_part(gathered, number, parts, blind=blind, as_json=as_json)
        return
    with _executor(dask) as executor:
        analysis = ephys.analyse_cohort(
            planned,
            settings=chosen,
            out=out,
            executor=executor,
            jobs=jobs,
            reports=reports,
            progress=progress,
            key=apart,
        )
    formats: dict[str, Any] = {"parquet": parquet, "excel": excel, "prism": prism, "label": label}
    if apart is None:
        provenance = ephys.collect_cohort_provenance(analysis, command=" ".join(["ephys", *sys.argv[1:]]))
        ephys.write_cohort(analysis, out, provenance=provenance, **formats)
        changed = ephys.batch.note_changes(out)
    else:
        changed = ephys.write_blind_cohort(analysis, out, key=apart, reports=reports, **formats)
    shown = _values(analysis, out, changed) if as_json else [*_summary(analysis, out), *changed]
    shown = apart.blinding().values(shown) if apart else shown
    if as_json:
        say_json(shown)
    else:
        say("\n".join(shown))
    if analysis.failures:
        raise typer.Exit(PARTLY)


def _key(out: Path, key: Path | None, *, blind: bool) -> ephys.KeyFolder | None:
    """Folder of the key of a blind run; names and codes never meet in one folder of results."""
    if not blind:
        if key is not None:
            raise ParameterError(f"--key {key} is of a blind run: add --blind")
        ephys.batch.check_may_be_open(out)
        return None
    apart = ephys.KeyFolder.beside(out, key)
    ephys.batch.check_may_be_blind(out, apart.blinding().id if apart.exists else "")
    return apart


def _part(text: str) -> tuple[int, int]:
    """Number of the part, and of all parts."""
    found = re.fullmatch(r"(\d+)/(\d+)", text.strip())
    if found is None:
        raise ParameterError(f"--job takes a part and their number, like 3/10, got {text!r}")
    return int(found[1]), int(found[2])


@contextmanager
def _executor(address: str | None) -> Iterator[Executor | None]:
    """Workers of a running Dask cluster, where one is named."""
    if address is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError:
        raise ParameterError('--dask needs dask.distributed: pip install "ephys[dask]"') from None
    try:
        client = Client(address, timeout=10)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise ParameterError(f"--dask {address}: no scheduler answers there: {error}") from error
    with client:
        yield client.get_executor()  # type: ignore[no-untyped-call]


class Planned(NamedTuple):
    """A session that would be analysed."""

    session: str
    cells: int
    is_done: bool
    missing: tuple[str, ...]


def _plan(cohort: ephys.Cohort, settings: ephys.Settings, out: Path, *, reports: bool) -> list[Planned]:
    """What would be done."""
    jobs = ephys.batch.plan_jobs(cohort, settings)
    done = ephys.batch.sessions_done(jobs, out, reports=reports)
    return [
        Planned(job.name, len(job.cells), is_done, tuple(str(path) for path in job.files if not path.exists()))
        for job, is_done in zip(jobs, done, strict=True)
    ]


def _tell_plan(cohort: ephys.Cohort, plan: list[Planned], *, blind: bool, as_json: bool) -> None:
    """Say what a run would do."""
    if as_json:
        say_json(_plan_values(plan, blind=blind))
    else:
        say("\n".join(_plan_lines(cohort, plan, blind=blind)))


def _plan_lines(cohort: ephys.Cohort, plan: list[Planned], *, blind: bool) -> Iterator[str]:
    """What would be done, for the terminal."""
    yield hanging(repr(cohort))
    for one in () if blind else plan:
        state = f"MISSING {', '.join(one.missing)}" if one.missing else "done" if one.is_done else "to do"
        yield hanging(f"  {one.session}: {one.cells} cell{'s' if one.cells > 1 else ''}, {state}")
    done = sum(one.is_done for one in plan)
    yield f"{done} of {len(plan)} sessions are done; the others would be worked on"


def _plan_values(plan: list[Planned], *, blind: bool) -> dict[str, Any]:
    """The same as plain values."""
    rows = [] if blind else [one._asdict() for one in plan]
    return {"sessions": len(plan), "done": sum(one.is_done for one in plan), "plan": rows}


def _tell_part(gathered: ephys.batch.Gathered, number: int, parts: int, *, blind: bool, as_json: bool) -> None:
    """Say what came of a part; a session that failed is tried again by the run that gathers."""
    for failure in () if blind else gathered.failures:
        tell(wrapped(f"{failure}", "failed: "))
    done, failed = len(gathered.records), len(gathered.failures)
    if as_json:
        say_json({"part": number, "parts": parts, "sessions_done": done, "sessions_failed": failed})
    else:
        say(
            hanging(
                f"part {number} of {parts}: {done} sessions done, {failed} failed; when all parts are done, the same "
                "command without --job writes the tables"
            )
        )
    if gathered.failures:
        raise typer.Exit(PARTLY)


def _summary(analysis: ephys.CohortAnalysis, out: Path) -> Iterator[str]:
    """Who is in it, and what its groups say, for the terminal."""
    yield wrapped(f"{analysis.exclusions}", "")
    for answers in analysis.answers[:1]:
        for drug in answers.drugs:
            yield ""
            yield f"{drug.drug}, {drug.selection}:"
            if drug.fit is not None:
                yield from (wrapped(f"{one}", "  ") for one in drug.fit.id50.values())
                yield from (wrapped(f"{one}", "  ") for one in drug.fit.fold_shift.values())
            yield from (wrapped(reason, "  not told: ") for reason in drug.not_told)
        yield from (wrapped(reason, "not told: ") for reason in answers.not_told)
    beside = f"{_beside(analysis)}"
    yield from ("", *(hanging(line) for line in beside.splitlines())) if beside else ()
    yield ""
    yield from (wrapped(f"{failure}", "failed: ") for failure in analysis.failures)
    yield from (wrapped(note, "note: ") for note in analysis.notes)
    yield f"results: {out}"
    yield f"report: {out / 'report.html'}"
    yield f"all answers, with and without exclusions: {out / 'answers.txt'}"


def _beside(analysis: ephys.CohortAnalysis) -> object:
    """What antagonists and ejections did."""
    from ephys.analysis.cohort_findings import cohort_findings  # here: the command line starts before its libraries

    return cohort_findings(analysis)


def _values(analysis: ephys.CohortAnalysis, out: Path, changed: tuple[str, ...]) -> dict[str, Any]:
    """The same as plain values."""
    return {
        "animals": len(analysis.cohort.animals),
        "cells": len(analysis.cells),
        "answers": [*(f"{one}" for one in analysis.answers), *filter(None, [f"{_beside(analysis)}"])],
        "failures": [f"{one}" for one in analysis.failures],
        "notes": [*analysis.notes, *changed],
        "results": str(out),
        "report": str(out / "report.html"),
    }
