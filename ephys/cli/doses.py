"""``ephys doses``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

import ephys
from ephys.cli.help_pages import RECORDING, Page
from ephys.cli.options import (
    Files,
    JoinedAt,
    Json,
    SettingsFile,
    Verbose,
    option,
)
from ephys.cli.reading import says_of_the_file
from ephys.cli.running import chosen_settings, fails_in_one_line
from ephys.cli.terminal import reflowed, say, say_json

app = typer.Typer()

Table = Annotated[
    Path | None,
    option(
        "-o", "--out", metavar="TABLE", help="The table to write: .csv, .tsv or .xlsx.", default="none: print the marks"
    ),
]
Bare = Annotated[bool, option("--bare", help="A row for marks without a word, too.")]
Force = Annotated[bool, option("--force", help="Replace a table that is there.")]


@app.command(cls=Page, rich_help_panel=RECORDING, epilog="Example: ephys doses rat07.smrx --out marks.csv")
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
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Write every mark as a row of a dose table.

    Correct it, and give it back with --doses.
    """
    reading = chosen_settings(settings, None, {"reading": said}).reading
    session = ephys.read_session(files, reading=reading, joined_at_s=joined_at_s)
    sheet = ephys.dose_sheet(session, bare=bare)
    path = ephys.write_dose_sheet(session, out, bare=bare, overwrite=force) if out else None
    if as_json:
        say_json({"rows": sheet.rows, "left_out": sheet.left_out, "written": path})
        return
    say(reflowed(str(sheet)))
    if path:
        again = " ".join(map(str, files)) + "".join(f" --joined-at-s {by_s:.10g}" for by_s in joined_at_s or ())
        say(f"written: {path}\ncorrect it, then:\n  ephys analyse {again} --doses {path}")
