"""``ephys doses``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import ephys
from ephys.cli.options import (
    Clock,
    File,
    Group,
    Keys,
    Kind,
    Legend,
    Monitors,
    Rate,
    SettingsFile,
    Spikes,
    Stocks,
    Verbose,
    Weight,
    Wire,
)
from ephys.cli.running import chosen_settings, fails_in_one_line, reading_options

app = typer.Typer()

Table = Annotated[
    Path | None,
    typer.Option("-o", "--out", help="The table to write: .csv, .tsv or .xlsx.", show_default="none: print the marks"),
]
Bare = Annotated[bool, typer.Option("--bare", help="A row for marks without a word, too.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a table that is there.")]


@app.command(epilog="Example: ephys doses rat07.smr -o rat07_doses.csv")
@fails_in_one_line
def doses(
    file: File,
    out: Table = None,
    bare: Bare = False,
    force: Force = False,
    settings: SettingsFile = None,
    wire: Wire = None,
    group: Group = None,
    monitors: Monitors = None,
    spikes: Spikes = None,
    clock_offset_s: Clock = None,
    sampling_hz: Rate = None,
    keys: Keys = None,
    legend: Legend = None,
    stocks: Stocks = None,
    weight_g: Weight = None,
    dose_kind: Kind = None,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Write every mark as a row of a dose table, to be corrected and given back with --doses."""
    said = reading_options(
        wire=wire, group=group, monitors=monitors, spikes=spikes, gain_uv=None, unit=None, band_hz=None,
        clock_offset_s=clock_offset_s, sampling_hz=sampling_hz, keys=keys, legend=legend, stocks=stocks,
        weight_g=weight_g, dose_kind=dose_kind,
    )  # fmt: skip
    reading = chosen_settings(settings, None, {"reading": said}).reading
    session = ephys.read_session(file, reading=reading)
    typer.echo(str(ephys.dose_sheet(session, bare=bare)))
    if out:
        path = ephys.write_dose_sheet(session, out, bare=bare, overwrite=force)
        typer.echo(f"written: {path}; correct it, then: ephys analyse {file} --doses {path}")
