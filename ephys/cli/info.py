"""``ephys info``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

import ephys
from ephys.cli.options import (
    Doses,
    File,
    Json,
    SettingsFile,
    Verbose,
)
from ephys.cli.reading import says_of_the_file
from ephys.cli.running import chosen_settings, fails_in_one_line

app = typer.Typer()

SaveSettings = Annotated[
    Path | None,
    typer.Option(
        "--save-settings",
        metavar="RIG.toml",
        help="Keep what is said here of the file (band, gain, wire) for --settings.",
        show_default=False,
    ),
]
All = Annotated[bool, typer.Option("--all", help="Every channel, unit, mark and gap, however many.")]


@app.command(epilog="Example: ephys info rat07.smr --band-hz 0.1 8000 --save-settings rig.toml")
@fails_in_one_line
@says_of_the_file
def info(
    file: File,
    said: dict[str, Any],
    doses: Doses = None,
    settings: SettingsFile = None,
    save_settings: SaveSettings = None,
    everything: All = False,
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Say what a file holds: channels, units, marks, gaps, and every doubt."""
    reading = chosen_settings(settings, None, {"reading": said}).reading
    found = ephys.session_info(file, doses=doses, reading=reading)
    typer.echo(json.dumps(found.as_dict(), indent=2) if as_json else found.text(everything=everything))
    if save_settings:
        kept = ephys.save_reading(reading, save_settings)
        typer.echo(f"kept in {kept}: use it with --settings {kept}", err=True)
        if reading.of_one_session:
            left = ", ".join(reading.of_one_session)
            typer.echo(f"not kept, since it is of one animal or session: {left}", err=True)
