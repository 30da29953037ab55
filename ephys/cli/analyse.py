"""``ephys analyse`` and ``ephys demo``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

import ephys
from ephys.cli.help_pages import RECORDING, Page
from ephys.cli.kept_log import check_log_kept
from ephys.cli.options import (
    Classifier,
    Curation,
    Doses,
    Drug,
    Engine,
    Files,
    Jobs,
    JoinedAt,
    Json,
    Nwb,
    NwbRaw,
    Out,
    Override,
    Preset,
    Seed,
    SettingsFile,
    Sheets,
    Units,
    Verbose,
    option,
)
from ephys.cli.reading import says_of_the_file
from ephys.cli.running import check_writable, chosen_settings, fails_in_one_line, told_as_notes
from ephys.cli.summary import summary_table, summary_values
from ephys.cli.terminal import say, say_json, tell
from ephys.errors import CurationError, DatasetError, MetadataWarning

app = typer.Typer()

_SHEETS = "sheets.pdf"

DemoOut = Annotated[Path, option("-o", "--out", metavar="FOLDER", help="Folder for the results.", default="ephys-demo")]


@app.command(
    cls=Page,
    rich_help_panel=RECORDING,
    epilog="Example: ephys analyse rat07.smrx --doses rat07_doses.csv --out results/rat07",
)
@fails_in_one_line
@says_of_the_file
def analyse(
    files: Files,
    said: dict[str, Any],
    doses: Doses = None,
    out: Out = None,
    units: Units = None,
    drug: Drug = None,
    curation: Curation = None,
    nwb: Nwb = False,
    nwb_raw: NwbRaw = False,
    sheets: Sheets = False,
    settings: SettingsFile = None,
    override: Override = None,
    preset: Preset = None,
    engine: Engine = None,
    classifier: Classifier = None,
    seed: Seed = None,
    jobs: Jobs = None,
    joined_at_s: JoinedAt = None,
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Analyse one session: sort, classify, dose-response, report."""
    chosen = chosen_settings(
        settings,
        override,
        {
            "analysis": {"units": units, "drug": drug and drug.lower(), "preset": preset, "seed": seed},
            "classification": {"engine": engine},
            "reading": said,
        },
    )
    session = ephys.read_session(files, doses=doses, reading=chosen.reading, joined_at_s=joined_at_s)
    folder = out or Path("ephys-results") / session.id
    _analyse_and_write(
        session,
        chosen,
        folder,
        curation=curation,
        classifier=classifier,
        as_json=as_json,
        nwb=nwb or nwb_raw,
        nwb_raw=nwb_raw,
        sheets=sheets,
        jobs=jobs,
    )


@app.command(cls=Page, rich_help_panel=RECORDING, epilog="Example: ephys demo")
@fails_in_one_line
def demo(
    out: DemoOut = Path("ephys-demo"),
    curation: Curation = None,
    seed: Seed = None,
    jobs: Jobs = None,
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Analyse the sample session, to see what comes out.

    Where the sample data are not at hand, a session is simulated.
    """
    session, chosen = _demo_session(seed), chosen_settings(None, None, {"analysis": {"seed": seed}})
    _analyse_and_write(session, chosen, out, curation=curation, as_json=as_json, nwb=False, jobs=jobs)


def _demo_session(seed: int | None) -> ephys.Session:
    """Sample session from its file; without the file, or with a seed, a simulated one."""
    if seed is None:
        try:
            return ephys.load_raw_session()
        except DatasetError:
            tell("no sample data here: simulating the session from seed 0")
    return ephys.simulate_session(seed or 0).session


def _analyse_and_write(
    session: ephys.Session,
    settings: ephys.Settings,
    folder: Path,
    *,
    curation: Path | None,
    as_json: bool,
    nwb: bool,
    jobs: int | None,
    classifier: Path | None = None,
    nwb_raw: bool = False,
    sheets: bool = False,
) -> None:
    """Run the pipeline, write everything into `folder` or nothing, and print the summary."""
    check_writable(folder)
    log = ephys.read_curation(curation) if curation else None
    check_log_kept(folder, log)
    learned = ephys.read_classifier(classifier) if classifier else None
    try:
        analysis = ephys.analyse_session(
            session, settings, curation=log, classifier=learned, progress=sys.stderr.isatty(), jobs=jobs
        )
    except CurationError as error:
        raise CurationError(f"{curation}: {error}") from error
    command = " ".join(["ephys", *sys.argv[1:]])
    provenance = ephys.collect_provenance(analysis, command=command, curation=curation)
    with ephys.staged_folder(folder) as stage:
        ephys.write_results(analysis, stage, provenance=provenance)
        ephys.write_methods(analysis, stage)
        ephys.write_report(analysis, stage / "report.html", provenance=provenance)
        if sheets and analysis.cells:
            ephys.write_cell_sheets(analysis, stage / _SHEETS)
        if nwb:
            _write_nwb(analysis, stage / f"{session.id}.nwb", voltage=nwb_raw)
    if (folder / _SHEETS).exists() and not sheets:
        tell(f"note: {folder / _SHEETS} is of an earlier run; --sheets writes it anew")
    page = folder / "report.html"
    if as_json:
        say_json(summary_values(analysis, page))
    else:
        say(summary_table(analysis, page))


def _write_nwb(analysis: ephys.SessionAnalysis, path: Path, *, voltage: bool) -> None:
    """Write the session as NWB, and say which fields archives will miss."""
    with told_as_notes(MetadataWarning):
        ephys.write_nwb(analysis, path, voltage=voltage)
