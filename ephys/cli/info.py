"""``ephys info``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

import ephys
from ephys.cli.options import (
    Band,
    Clock,
    Doses,
    File,
    Gain,
    Group,
    Json,
    Monitors,
    Rate,
    SettingsFile,
    Spikes,
    Unit,
    Verbose,
    Wire,
)
from ephys.cli.running import chosen_settings, fails_in_one_line, reading_options

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
def info(
    file: File,
    doses: Doses = None,
    settings: SettingsFile = None,
    wire: Wire = None,
    group: Group = None,
    monitors: Monitors = None,
    spikes: Spikes = None,
    gain_uv: Gain = None,
    unit: Unit = None,
    band_hz: Band = None,
    clock_offset_s: Clock = None,
    sampling_hz: Rate = None,
    save_settings: SaveSettings = None,
    everything: All = False,
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Say what a file holds: channels, units, marks, gaps, and every doubt."""
    said = reading_options(
        wire=wire,
        group=group,
        monitors=monitors,
        spikes=spikes,
        gain_uv=gain_uv,
        unit=unit,
        band_hz=band_hz,
        clock_offset_s=clock_offset_s,
        sampling_hz=sampling_hz,
    )
    reading = chosen_settings(settings, None, {"reading": said}).reading
    found = ephys.session_info(file, doses=doses, reading=reading)
    typer.echo(json.dumps(found.as_dict(), indent=2) if as_json else found.text(everything=everything))
    if save_settings:
        kept = ephys.save_reading(reading, save_settings)
        typer.echo(f"kept in {kept}: use it with --settings {kept}", err=True)
