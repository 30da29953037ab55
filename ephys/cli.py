"""The command line: parses, calls, prints."""

from __future__ import annotations

import functools
import json
import math
import os
import sys
import textwrap
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

import ephys
from ephys.errors import CurationError, DatasetError, EphysError, ParameterError

app = typer.Typer(
    name="ephys",
    help="Single-unit electrophysiology pharmacology: a recording and a dose table in, an audited ID50 out.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

INTERRUPTED = 130

File = Annotated[
    Path, typer.Argument(help="The recording: Spike2 .smr, NWB, Axon, MATLAB, spike times...", show_default=False)
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
Wire = Annotated[str | None, typer.Option("--wire", help="Channel that is the unit's wire.", show_default=False)]
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
Band = Annotated[
    tuple[float, float] | None,
    typer.Option("--band-hz", metavar="LO HI", help="The amplifier's band.", show_default=False),
]
Offset = Annotated[float, typer.Option("--clock-offset-s", help="Added to the times of the marks.")]
Drug = Annotated[str | None, typer.Option("--drug", help="Analyse one agonist only.", show_default=False)]
Curation = Annotated[
    Path | None,
    typer.Option("--curation", metavar="LOG.json", help="A person's corrections, replayed.", show_default=False),
]
Nwb = Annotated[bool, typer.Option("--nwb", help="Write the session with its units as NWB, too.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of everything random.", show_default="0")]
Jobs = Annotated[int | None, typer.Option("--jobs", min=1, help="Stretches sorted at the same time.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Show the traceback of an error.")]


def _fails_in_one_line(command: Callable[..., None]) -> Callable[..., None]:
    """Turn an error into one clear line and a non-zero exit code; `--verbose` shows where it came from."""

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except (EphysError, OSError) as error:
            if options.get("verbose"):
                traceback.print_exc()
            typer.echo(f"error: {' '.join(str(error).split())}", err=True)
            raise typer.Exit(1) from error
        except KeyboardInterrupt:
            typer.echo("interrupted; what was not finished was not written", err=True)
            raise typer.Exit(INTERRUPTED) from None

    return run


def _version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        typer.echo(f"ephys {ephys.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Single-unit electrophysiology pharmacology."""


@app.command(epilog="Example: ephys analyse rat07.smr --doses rat07_doses.csv --out results/rat07")
@_fails_in_one_line
def analyse(
    file: File,
    doses: Doses = None,
    out: Out = None,
    settings: SettingsFile = None,
    override: Override = None,
    wire: Wire = None,
    spikes: Spikes = None,
    units: Units = None,
    gain_uv: Gain = None,
    band_hz: Band = None,
    clock_offset_s: Offset = 0.0,
    drug: Drug = None,
    curation: Curation = None,
    nwb: Nwb = False,
    seed: Seed = None,
    jobs: Jobs = None,
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Analyse one session: sort, classify, dose-response, report."""
    chosen = _settings(settings, override, {"units": units, "drug": drug and drug.lower(), "seed": seed})
    session = ephys.read_session(
        file, doses=doses, wire=wire, spikes=spikes, gain_uv=gain_uv, band_hz=band_hz, clock_offset_s=clock_offset_s
    )
    folder = out or Path("ephys-results") / session.id
    _analyse_and_write(session, chosen, folder, curation=curation, as_json=as_json, nwb=nwb, jobs=jobs)


@app.command(epilog="Example: ephys info rat07.smr")
@_fails_in_one_line
def info(
    file: File,
    wire: Wire = None,
    spikes: Spikes = None,
    gain_uv: Gain = None,
    band_hz: Band = None,
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Say what a file holds: channels, units, marks, gaps, doubts."""
    found = ephys.session_info(file, wire=wire, spikes=spikes, gain_uv=gain_uv, band_hz=band_hz)
    typer.echo(json.dumps(found.as_dict(), indent=2) if as_json else str(found))


@app.command(epilog="Example: ephys demo")
@_fails_in_one_line
def demo(
    out: Out = None,
    curation: Curation = None,
    seed: Seed = None,
    jobs: Jobs = None,
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Analyse the sample session, or a simulated one where the sample data are not at hand."""
    session, chosen = _demo_session(seed), _settings(None, None, {"seed": seed})
    folder = out or Path("ephys-demo")
    _analyse_and_write(session, chosen, folder, curation=curation, as_json=as_json, nwb=False, jobs=jobs)


def _demo_session(seed: int | None) -> ephys.Session:
    """Sample session from its file; without the file, or with a seed, a simulated one."""
    if seed is None:
        try:
            return ephys.load_raw_session()
        except DatasetError:
            typer.echo("no sample data here: simulating the session from seed 0", err=True)
    return ephys.simulate_session(seed or 0).session


def _settings(file: Path | None, override: list[str] | None, options: dict[str, Any]) -> ephys.Settings:
    """Settings from the file, then the options, then `--set`."""
    chosen = ephys.read_settings(file) if file else ephys.Settings()
    chosen = chosen.updated({"analysis": {name: value for name, value in options.items() if value is not None}})
    for text in override or ():
        name, equals, value = text.partition("=")
        if not equals:
            raise ParameterError(f"--set takes step.name=value, got {text!r}")
        chosen = chosen.override(name.strip(), value.strip())
    return chosen


def _analyse_and_write(
    session: ephys.Session,
    settings: ephys.Settings,
    folder: Path,
    *,
    curation: Path | None,
    as_json: bool,
    nwb: bool,
    jobs: int | None,
) -> None:
    """Run the pipeline, write everything into `folder` or nothing, and print the summary."""
    _check_writable(folder)
    log = ephys.read_curation(curation) if curation else None
    try:
        analysis = ephys.analyse_session(session, settings, curation=log, progress=sys.stderr.isatty(), jobs=jobs)
    except CurationError as error:
        raise CurationError(f"{curation}: {error}") from error
    command = " ".join(["ephys", *sys.argv[1:]])
    provenance = ephys.collect_provenance(analysis, command=command, curation=curation)
    with ephys.staged_folder(folder) as stage:
        ephys.write_results(analysis, stage, provenance=provenance)
        ephys.write_report(analysis, stage / "report.html", provenance=provenance)
        if nwb:
            ephys.write_nwb(ephys.as_curated(analysis), stage / f"{session.id}.nwb")
    page = folder / "report.html"
    typer.echo(json.dumps(_summary(analysis, page), indent=2) if as_json else _table(analysis, page))


def _summary(analysis: ephys.SessionAnalysis, page: Path) -> dict[str, Any]:
    """Summary as plain values; what is not a number is null."""
    rows = [
        {
            "unit": cell.unit.id,
            "rate_hz": cell.rate_hz,
            "call": cell.call,
            "fits": [
                {"drug": fit.response.drug, "status": fit.status, "id50": _number(fit.id50),
                 "id50_low": _number(fit.id50_low), "id50_high": _number(fit.id50_high), "text": cell.quote(fit),
                 "text_planned": cell.quote_planned(fit)}
                for fit in cell.fits
            ],
            "flags": list(cell.flags),
            "excluded": cell.excluded,
            "corrections": list(cell.corrections),
        }
        for cell in analysis.cells
    ]  # fmt: skip
    return {"session": analysis.session.id, "units": rows, "notes": list(analysis.notes), "report": str(page)}


def _number(value: float) -> float | None:
    """Value that JSON can hold."""
    return value if math.isfinite(value) else None


def _check_writable(folder: Path) -> None:
    """Raise before the work begins if its results could not be written."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not (there.is_dir() and os.access(there, os.W_OK)):
        raise ParameterError(
            f"cannot write into {folder}: {there} is not a folder that may be written to; choose --out"
        )


_WIDTH = 80


def _table(analysis: ephys.SessionAnalysis, page: Path) -> str:
    """Summary as a table for the terminal, the flags of each unit beneath it."""
    rows = [analysis.summary_columns[:-1], *(row[:-1] for row in analysis.summary)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    head, *lines = ("  ".join(f"{v:<{w}}" for v, w in zip(row, widths, strict=True)).rstrip() for row in rows)
    text = [f"{analysis.session.id}: limits {analysis.preset.replace('_', ' ')}", "", head, "-" * _WIDTH]
    for line, cell in zip(lines, analysis.cells, strict=True):
        text += [line, *(_wrapped(flag, "    - ") for flag in cell.flags)]
    text += ["", *(_wrapped(note, "note: ") for note in analysis.notes)]
    for match in analysis.agreement:
        text.append(f"own unit {match.reference}: best match {match.found or 'none'}, accuracy {match.accuracy:.2f}")
    return "\n".join([*text, f"report: {page}"])


def _wrapped(text: str, lead: str) -> str:
    """Text that keeps to the width of a terminal."""
    return textwrap.fill(text, _WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead))


def main() -> None:
    """Entry point of the ``ephys`` command."""
    app()
