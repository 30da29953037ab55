"""``ephys info``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

import ephys
from ephys.cli.help_pages import RECORDING, Page
from ephys.cli.options import (
    Doses,
    File,
    Json,
    SettingsFile,
    Verbose,
    option,
)
from ephys.cli.reading import says_of_the_file
from ephys.cli.running import chosen_settings, fails_in_one_line
from ephys.cli.terminal import hanging, say, say_json, tell

app = typer.Typer()

SaveSettings = Annotated[
    Path | None,
    option(
        "--save-settings",
        metavar="FILE.toml",
        help="Keep what is said here of the file (band, gain, wire) for --settings.",
    ),
]
All = Annotated[bool, option("--all", help="Every channel, unit, mark and gap, however many.")]


@app.command(
    cls=Page,
    rich_help_panel=RECORDING,
    epilog="Example: ephys info rat07.smrx --band-hz 0.1 8000 --save-settings rig.toml",
)
@fails_in_one_line
@says_of_the_file
def info(
    file: File,
    said: dict[str, Any],
    doses: Doses = None,
    save_settings: SaveSettings = None,
    everything: All = False,
    settings: SettingsFile = None,
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Say what a file holds: channels, units, marks, and every doubt."""
    reading = chosen_settings(settings, None, {"reading": said}).reading
    found = ephys.session_info(file, doses=doses, reading=reading)
    if as_json:
        say_json(found.as_dict())
    else:
        say(found.text(everything=everything))
    if save_settings:
        kept = ephys.save_reading(reading, save_settings)
        tell(hanging(f"kept in {kept}: use it with --settings {kept}"))
        if reading.of_one_session:
            left = ", ".join(reading.of_one_session)
            tell(hanging(f"not kept, since it is of one animal or session: {left}"))
