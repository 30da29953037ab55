"""``ephys lock`` and ``ephys unblind``: calls are signed first, then names come back, once and on record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import ephys
from ephys.cli.options import Verbose
from ephys.cli.running import fails_in_one_line, wrapped

app = typer.Typer()

_LOCK = "lock.json"

Folder = Annotated[Path, typer.Argument(help="Folder of a cohort's results.", show_default=False)]
Signed = Annotated[str, typer.Option("--person", metavar="NAME", help="Who signs.", show_default=False)]
Note = Annotated[str, typer.Option("--note", help="What is to be said beside it.", show_default=False)]
Key = Annotated[
    Path | None, typer.Option("--key", metavar="FOLDER", help="The key's folder.", show_default="RESULTS.key")
]
WithoutLock = Annotated[bool, typer.Option("--without-lock", help="Unblind what nobody locked; it is recorded.")]


@app.command(epilog='Example: ephys lock results --person "A. Name"')
@fails_in_one_line
def lock(
    results: Folder,
    person: Signed,
    note: Note = "",
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Sign curation, identity and exclusions of a cohort's results."""
    signed = ephys.lock_cohort(results, person=person, note=note)
    typer.echo(wrapped(f"{signed}", ""))
    for change in signed.since:
        typer.echo(wrapped(f"{change}", "  "))
    typer.echo(f"written: {results / _LOCK}; later runs into {results} list what changes (changes.csv)")


@app.command(epilog='Example: ephys unblind results --key results.key --person "A. Name"')
@fails_in_one_line
def unblind(
    results: Folder,
    person: Signed,
    key: Key = None,
    without_lock: WithoutLock = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Write blind results under true names: once, after the lock, and on record."""
    analysis = ephys.unblind_cohort(results, key=key, person=person, without_lock=without_lock)
    typer.echo(f"{analysis.exclusions}")
    if (results / _LOCK).exists():
        typer.echo(wrapped((results / "answers.txt").read_text(encoding="utf-8").rstrip().rsplit("\n", 1)[-1], ""))
    typer.echo(f"results under true names: {results}; on record in {results / 'blinding.json'}")
