"""The options that commands share: one word, one heading, one text for one thing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ephys.cli.completion import preset_names, setting_names
from ephys.cli.help_pages import ALWAYS, ANALYSIS, READING


def option(*flags: str, help: str, default: str | bool = False, panel: str | None = None, **more: Any) -> Any:
    """Option that shows as its default what happens without it, or nothing."""
    return typer.Option(*flags, help=help, show_default=default, rich_help_panel=panel, **more)


def _analysis(*flags: str, help: str, default: str | bool = False, **more: Any) -> Any:
    """Option of how it is analysed."""
    return option(*flags, help=help, default=default, panel=ANALYSIS, **more)


def _reading(*flags: str, help: str, default: str | bool = False, **more: Any) -> Any:
    """Option that says something of the file."""
    return option(*flags, help=help, default=default, panel=READING, **more)


# --- what is worked on ------------------------------------------------------------------------------------------------

_RECORDING = "The recording: Spike2 .smrx or .smr, NWB, Axon, MATLAB, spike times..."
File = Annotated[Path, typer.Argument(metavar="FILE", help=_RECORDING, show_default=False)]
Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE",
        help=f"{_RECORDING} Several files, in order of time, are one recording that was stopped and started again.",
        show_default=False,
    ),
]
CohortFile = Annotated[
    Path, typer.Argument(metavar="COHORT", help="Table of the cells (docs/tables.md).", show_default=False)
]
Animals = Annotated[
    Path | None,
    option("--animals", metavar="TABLE", help="Table of the animals.", default="animals.csv beside the cohort"),
]
Results = Annotated[
    Path, typer.Argument(metavar="RESULTS", help="Folder that `ephys batch` wrote.", show_default=False)
]
Doses = Annotated[Path | None, option("--doses", metavar="TABLE", help="Dose table (docs/tables.md).")]
Out = Annotated[
    Path | None,
    option("-o", "--out", metavar="FOLDER", help="Folder for the results.", default="ephys-results/SESSION"),
]
Units = Annotated[
    Literal["wavemark", "sort", "both"] | None,
    option("--units", help="The file's own units, the wire sorted anew, or both.", default="the file's own if any"),
]
Drug = Annotated[str | None, option("--drug", metavar="NAME", help="Analyse one agonist only.")]
Curation = Annotated[Path | None, option("--curation", metavar="LOG.json", help="A person's corrections, replayed.")]
Nwb = Annotated[bool, option("--nwb", help="Write units, calls and drug record as NWB, too, without the raw signal.")]
NwbRaw = Annotated[bool, option("--nwb-raw", help="The same, with the raw signal.")]
Sheets = Annotated[bool, option("--sheets", help="Write one page per cell, sheets.pdf, too (about 1 s each).")]
Note = Annotated[str, option("--note", metavar="TEXT", help="What is to be said beside it.")]
KeyFolder = Annotated[
    Path | None,
    option("--key-folder", "--key", metavar="FOLDER", help="Where the key of a blind run is.", default="RESULTS.key"),
]

# --- how it is analysed -----------------------------------------------------------------------------------------------

SettingsFile = Annotated[Path | None, _analysis("--settings", metavar="FILE.toml", help="Settings as TOML.")]
Override = Annotated[
    list[str] | None,
    _analysis(
        "--set", metavar="STEP.NAME=VALUE", help="One setting, e.g. fit.level=0.9; repeat.",
        autocompletion=setting_names,
    ),
]  # fmt: skip
Preset = Annotated[
    str | None,
    _analysis(
        "--preset", metavar="NAME", help="Limits: a preparation (ephys preset list), or your own NAME.toml.",
        default="by species", autocompletion=preset_names,
    ),
]  # fmt: skip
Engine = Annotated[
    Literal["rule", "evidence", "learned"] | None,
    _analysis("--engine", help="Who decides the 5-HT call; the others stand beside.", default="rule"),
]
Classifier = Annotated[
    Path | None, _analysis("--classifier", metavar="FILE.json", help="A classifier that you trained.")
]
Seed = Annotated[int | None, _analysis("--seed", metavar="N", help="Seed of everything random.", default="0")]
Jobs = Annotated[
    int | None,
    _analysis(
        "--jobs", metavar="N", min=1, help="Stretches sorted at the same time.", default="as many as there are cores"
    ),
]
Workers = Annotated[
    int | None,
    _analysis("--jobs", metavar="N", min=1, help="Sessions at the same time.", default="what cores and memory allow"),
]

# --- reading the file -------------------------------------------------------------------------------------------------

JoinedAt = Annotated[
    list[float] | None,
    _reading(
        "--joined-at-s", metavar="S",
        help="Where second 0 of each of several files lies on the first one's clock; once for each, the first 0.",
    ),
]  # fmt: skip
Wire = Annotated[
    list[str] | None,
    _reading("--wire", metavar="CHANNEL", help="Channel that is the unit's wire; repeat for a tetrode."),
]
Group = Annotated[
    str | None,
    _reading("--electrode-group", "--group", metavar="NAME", help="Electrode group whose channels are the wires."),
]
Monitors = Annotated[
    list[str] | None,
    _reading("--monitor", metavar="CHANNEL", help="Channel that is a slow signal, not a wire; repeat."),
]
Spikes = Annotated[str | None, _reading("--spikes", metavar="CHANNEL", help="Event channel that is a spike train.")]
Gain = Annotated[float | None, _reading("--gain-uv", metavar="UV", help="Microvolts per count.")]
Unit = Annotated[
    Literal["V", "mV", "uV", "nV"] | None,
    _reading("--wire-unit", "--unit", help="Unit of the wire's values.", default="the file's"),
]
Band = Annotated[tuple[float, float] | None, _reading("--band-hz", metavar="LO HI", help="The amplifier's band.")]
Clock = Annotated[
    float | None,
    _reading("--clock-offset-s", metavar="S", help="Added to the times of the marks.", default="0"),
]
Rate = Annotated[
    float | None,
    _reading(
        "--sampling-hz", metavar="HZ", default="the file's",
        help="Rate of spike times without a unit (1000: milliseconds), and of raw voltage.",
    ),
]  # fmt: skip
Keys = Annotated[
    list[str] | None,
    _reading("--key", metavar="KEY=TEXT", help='What a key stands for: i="ipsapirone 20 ug/kg iv"; repeat.'),
]
Legend = Annotated[Path | None, _reading("--legend", metavar="TABLE", help="Table of keys: columns key, text.")]
Stocks = Annotated[
    list[str] | None,
    _reading("--stock", metavar="DRUG=CONC", help='What volumes were drawn from: ipsapirone="50 ug/ml"; repeat.'),
]
Weight = Annotated[float | None, _reading("--weight-g", metavar="G", help="The animal's weight.", default="the file's")]
Stop = Annotated[
    float | None,
    _reading("--stop-s", metavar="S", help="End of a recording of spikes alone.", default="the last spike"),
]
Animal = Annotated[
    list[str] | None,
    _reading("--subject", metavar="WHAT=VALUE", help='The animal: species="Rattus norvegicus"; repeat.'),
]
Kind = Annotated[
    Literal["increment", "cumulative"] | None,
    _reading("--dose-kind", help="What each dose is: what was added, or the total."),
]

# --- of every command -------------------------------------------------------------------------------------------------

Json = Annotated[bool, option("--json", help="Print JSON and nothing else (docs/command_line.md).", panel=ALWAYS)]
Verbose = Annotated[bool, option("--verbose", help="Show the traceback of an error.", panel=ALWAYS)]
