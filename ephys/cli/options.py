"""The options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

File = Annotated[
    Path,
    typer.Argument(help="The recording: Spike2 .smrx or .smr, NWB, Axon, MATLAB, spike times...", show_default=False),
]
Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE",
        help="The recording: Spike2 .smrx or .smr, NWB, Axon, MATLAB, spike times... Several files, in order of time, "
        "are one recording that was stopped and started again.",
        show_default=False,
    ),
]
JoinedAt = Annotated[
    list[float] | None,
    typer.Option(
        "--joined-at-s",
        metavar="S",
        help="Where second 0 of each of several files lies on the first one's clock; once for each, the first 0.",
        show_default=False,
    ),
]
Doses = Annotated[Path | None, typer.Option("--doses", help="Dose table (docs/tables.md).", show_default=False)]
Out = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--out",
        help="Folder for the results; default: ephys-results/SESSION or ephys-demo.",
        show_default=False,
    ),
]
SettingsFile = Annotated[Path | None, typer.Option("--settings", help="Settings as TOML.", show_default=False)]
Override = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="STEP.NAME=VALUE", help="One setting, e.g. fit.level=0.9; repeat.", show_default=False
    ),
]
Wire = Annotated[
    list[str] | None,
    typer.Option("--wire", help="Channel that is the unit's wire; repeat for a tetrode.", show_default=False),
]
Group = Annotated[
    str | None, typer.Option("--group", help="Electrode group whose channels are the wires.", show_default=False)
]
Monitors = Annotated[
    list[str] | None,
    typer.Option("--monitor", help="Channel that is a slow signal, not a wire; repeat.", show_default=False),
]
Spikes = Annotated[
    str | None, typer.Option("--spikes", help="Event channel that is a spike train.", show_default=False)
]
Units = Annotated[
    Literal["wavemark", "sort", "both"] | None,
    typer.Option(
        "--units", help="The file's own units, the wire sorted anew, or both.", show_default="the file's own if any"
    ),
]
Gain = Annotated[float | None, typer.Option("--gain-uv", help="Microvolts per count.", show_default=False)]
Unit = Annotated[
    Literal["V", "mV", "uV", "nV"] | None,
    typer.Option("--unit", help="Unit of the wire's values.", show_default="the file's"),
]
Band = Annotated[
    tuple[float, float] | None,
    typer.Option("--band-hz", metavar="LO HI", help="The amplifier's band.", show_default=False),
]
Clock = Annotated[
    float | None, typer.Option("--clock-offset-s", help="Added to the times of the marks.", show_default="0")
]
Rate = Annotated[
    float | None,
    typer.Option(
        "--sampling-hz",
        help="Rate of spike times without a unit (1000: milliseconds), and of raw voltage.",
        show_default="the file's",
    ),
]
Keys = Annotated[
    list[str] | None,
    typer.Option(
        "--key",
        metavar="KEY=TEXT",
        help='What a key stands for: i="ipsapirone 20 ug/kg iv"; repeat.',
        show_default=False,
    ),
]
Legend = Annotated[Path | None, typer.Option("--legend", help="Table of keys: columns key, text.", show_default=False)]
Stocks = Annotated[
    list[str] | None,
    typer.Option(
        "--stock", metavar="DRUG=CONC", help='What volumes were drawn from: ipsapirone="50 ug/ml".', show_default=False
    ),
]
Weight = Annotated[float | None, typer.Option("--weight-g", help="The animal's weight.", show_default="the file's")]
Stop = Annotated[
    float | None, typer.Option("--stop-s", help="End of a recording of spikes alone.", show_default="the last spike")
]
Animal = Annotated[
    list[str] | None,
    typer.Option(
        "--subject", metavar="WHAT=VALUE", help='The animal: species="Rattus norvegicus"; repeat.', show_default=False
    ),
]
Kind = Annotated[
    Literal["increment", "cumulative"] | None,
    typer.Option("--dose-kind", help="What each dose is: what was added, or the total.", show_default=False),
]
Drug = Annotated[str | None, typer.Option("--drug", help="Analyse one agonist only.", show_default=False)]
Curation = Annotated[
    Path | None,
    typer.Option("--curation", metavar="LOG.json", help="A person's corrections, replayed.", show_default=False),
]
Nwb = Annotated[
    bool, typer.Option("--nwb", help="Write units, calls and drug record as NWB, too, without the raw signal.")
]
NwbRaw = Annotated[bool, typer.Option("--nwb-raw", help="The same, with the raw signal.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of everything random.", show_default="0")]
Jobs = Annotated[int | None, typer.Option("--jobs", min=1, help="Stretches sorted at the same time.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Show the traceback of an error.")]
Preset = Annotated[
    str | None,
    typer.Option(
        "--preset", help="Limits: a preparation (ephys preset list), or your own NAME.toml.", show_default="by species"
    ),
]
Engine = Annotated[
    Literal["rule", "evidence", "learned"] | None,
    typer.Option("--engine", help="Who decides the 5-HT call; the others stand beside.", show_default="rule"),
]
Classifier = Annotated[
    Path | None,
    typer.Option("--classifier", metavar="FILE.json", help="A classifier that you trained.", show_default=False),
]
