"""``ephys doses``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

import ephys
from ephys.cli.options import (
    Files,
    JoinedAt,
    SettingsFile,
    Verbose,
)
from ephys.cli.reading import says_of_the_file
from ephys.cli.running import chosen_settings, fails_in_one_line

app = typer.Typer()

Table = Annotated[
    Path | None,
    typer.Option("-o", "--out", help="The table to write: .csv, .tsv or .xlsx.", show_default="none: print the marks"),
]
Bare = Annotated[bool, typer.Option("--bare", help="A row for marks without a word, too.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a table that is there.")]


@app.command(epilog="Example: ephys doses rat07.smr -o rat07_doses.csv")
@fails_in_one_line
@says_of_the_file
def doses(
    files: Files,
    said: dict[str, Any],
    out: Table = None,
    bare: Bare = False,
    force: Force = False,
    settings: SettingsFile = None,
    joined_at_s: JoinedAt = None,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Write every mark as a row of a dose table, to be corrected and given back with --doses."""
    reading = chosen_settings(settings, None, {"reading": said}).reading
    session = ephys.read_session(files, reading=reading, joined_at_s=joined_at_s)
    typer.echo(str(ephys.dose_sheet(session, bare=bare)))
    if out:
        path = ephys.write_dose_sheet(session, out, bare=bare, overwrite=force)
        again = " ".join(map(str, files)) + "".join(f" --joined-at-s {by_s:.10g}" for by_s in joined_at_s or ())
        typer.echo(f"written: {path}; correct it, then: ephys analyse {again} --doses {path}")
