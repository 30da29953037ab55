"""``ephys lock`` and ``ephys unblind``: calls are signed first, then names come back, once and on record."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

import ephys
from ephys.cli.help_pages import COHORT, Page
from ephys.cli.options import Json, KeyFolder, Note, Results, Verbose, option
from ephys.cli.running import fails_in_one_line
from ephys.cli.terminal import hanging, say, say_json, wrapped

app = typer.Typer()

Signed = Annotated[str, option("--by", "--person", metavar="NAME", help="Who signs.")]
WithoutLock = Annotated[bool, option("--without-lock", help="Unblind what nobody locked; it is recorded.")]


@app.command(cls=Page, rich_help_panel=COHORT, epilog='Example: ephys lock results --by "A. Name"')
@fails_in_one_line
def lock(
    results: Results,
    by: Signed,
    note: Note = "",
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Sign curation, identity and exclusions of a cohort's results."""
    signed = ephys.lock_cohort(results, person=by, note=note)
    path = results / ephys.batch.LOCK
    if as_json:
        say_json({**asdict(signed), "written": path})
        return
    say(wrapped(f"{signed}", ""))
    for change in signed.since:
        say(wrapped(f"{change}", "  "))
    say(f"written: {path}")
    say(hanging(f"later runs into {results} list what changes ({ephys.batch.CHANGES})"))


@app.command(
    cls=Page, rich_help_panel=COHORT, epilog='Example: ephys unblind results --key-folder results.key --by "A. Name"'
)
@fails_in_one_line
def unblind(
    results: Results,
    by: Signed,
    key: KeyFolder = None,
    without_lock: WithoutLock = False,
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Write blind results under true names, once and on record.

    The lock comes first (ephys lock).
    """
    analysis = ephys.unblind_cohort(results, key=key, person=by, without_lock=without_lock)
    is_locked = (results / ephys.batch.LOCK).exists()
    answers = (results / "answers.txt").read_text(encoding="utf-8").rstrip()
    lock_line = answers.rsplit("\n", 1)[-1] if is_locked else ""
    if as_json:
        told = {"exclusions": f"{analysis.exclusions}", "lock": lock_line or None}
        say_json({**told, "results": results, "record": results / "blinding.json"})
        return
    say(wrapped(f"{analysis.exclusions}", ""))
    if lock_line:
        say(wrapped(lock_line, ""))
    say(f"results under true names: {results}")
    say(f"on record in: {results / 'blinding.json'}")
