"""``ephys curate``: look at the units of a session, and correct them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

import ephys
from ephys.cli.curation_options import REPEATED, TYPED, InOrder, check_blind, read_corrections
from ephys.cli.help_pages import CORRECTIONS, EXCHANGE, RECORDING
from ephys.cli.kept_log import check_log_kept
from ephys.cli.options import (
    Classifier,
    Curation,
    Doses,
    Engine,
    Files,
    Jobs,
    JoinedAt,
    Json,
    Out,
    Override,
    Preset,
    Seed,
    SettingsFile,
    Units,
    Verbose,
    option,
)
from ephys.cli.reading import says_of_the_file
from ephys.cli.running import check_writable, chosen_settings, fails_in_one_line, told_as_notes
from ephys.cli.terminal import hanging, say, say_json
from ephys.cli.unseen import unseen
from ephys.errors import CurationError, LeftOutWarning, ParameterError

app = typer.Typer()

PAGE = "curation.html"
_PROGRAMS = {"--to-phy": "Phy", "--to-spikeinterface": "SpikeInterface"}


def _correction(flag: str, metavar: str, help: str) -> Any:
    """Option of one kind of correction, which may be typed several times."""
    return option(flag, metavar=metavar, help=help, panel=CORRECTIONS)


def _exchange(flag: str, metavar: str, help: str) -> Any:
    """Option of what goes to another program, or comes from there."""
    return option(flag, metavar=metavar, help=help, panel=EXCHANGE)


Several = list[str] | None
Merge = Annotated[Several, _correction("--merge", "2,5", "Several units are one cell.")]
Split = Annotated[
    Several, _correction("--split", "3@812s", "One unit is two: at a time, an amplitude (3@80uV), by shape (3@shape).")
]
Drop = Annotated[Several, _correction("--drop", "4", "The unit is no cell.")]
Relabel = Annotated[Several, _correction("--relabel", "2=multi_unit", "The unit is several cells, or single_unit.")]
Restrict = Annotated[Several, _correction("--restrict", "3@100s:900s", "The unit is that cell only in this time.")]
Call = Annotated[Several, _correction("--call", "2=serotonergic", "Your own 5-HT call.")]
Exclude = Annotated[Several, _correction("--exclude", "4", "The unit is not to be summarised.")]
MoveDose = Annotated[Several, _correction("--move-dose", "DRUG@270=274", "The dose was given at another time.")]
EditDose = Annotated[Several, _correction("--edit-dose", "'DRUG@270=25 ug/kg'", "The dose was another.")]
DeleteDose = Annotated[Several, _correction("--delete-dose", "DRUG@200", "Nothing was given.")]
ExcludeDose = Annotated[Several, _correction("--exclude-dose", "DRUG@500", "The dose is not to be fitted.")]
Baseline = Annotated[Several, _correction("--baseline", "20:150", "Another baseline.")]
Window = Annotated[Several, _correction("--window", "DRUG@270=300:360", "Another read-out window for one dose.")]
FromPhy = Annotated[Several, _exchange("--from-phy", "FOLDER", "What was decided in Phy, once it has saved.")]
FromSpikeInterface = Annotated[
    Several, _exchange("--from-spikeinterface", "FILE.json", "What was decided in SpikeInterface or its GUI.")
]
Undo = Annotated[
    Several, _correction("--undo", "[ENTRY]", "Take back an entry; without a number, the last that holds.")
]
Redo = Annotated[int, option("--redo", count=True, help="Bring back what was undone last.", panel=CORRECTIONS)]
Note = Annotated[str, option("--note", metavar="TEXT", help="Why: the reason of all corrections of this call.")]
By = Annotated[str, option("--by", metavar="NAME", help="Who signs.", default="the login name")]
ToPhy = Annotated[
    Path | None,
    _exchange(
        "--to-phy", "FOLDER", "Write what holds now as a folder of Phy, to be decided on there; it must not be there."
    ),
]
ToSpikeInterface = Annotated[
    Path | None,
    _exchange(
        "--to-spikeinterface",
        "FILE.json",
        "Write what holds now as a curation of SpikeInterface; it must not be there.",
    ),
]
Blind = Annotated[
    bool, option("--blind", help="Show no name of session, animal, group or drug, and no dose; needs --out.")
]


@app.command(
    cls=InOrder,
    rich_help_panel=RECORDING,
    epilog="Example: ephys curate rat07.smrx --doses rat07_doses.csv \\\n"
    "    --merge nw-1:1,nw-1:2 --note 'one bursting cell'",
)
@fails_in_one_line
@says_of_the_file
def curate(
    ctx: typer.Context,
    files: Files,
    said: dict[str, Any],
    merge: Merge = None,  # noqa: ARG001 - this and the other corrections are read in their order
    split: Split = None,  # noqa: ARG001
    drop: Drop = None,  # noqa: ARG001
    relabel: Relabel = None,  # noqa: ARG001
    restrict: Restrict = None,  # noqa: ARG001
    call: Call = None,  # noqa: ARG001
    exclude: Exclude = None,  # noqa: ARG001
    move_dose: MoveDose = None,  # noqa: ARG001
    edit_dose: EditDose = None,  # noqa: ARG001
    delete_dose: DeleteDose = None,  # noqa: ARG001
    exclude_dose: ExcludeDose = None,  # noqa: ARG001
    baseline: Baseline = None,  # noqa: ARG001
    window: Window = None,  # noqa: ARG001
    from_phy: FromPhy = None,  # noqa: ARG001
    from_spikeinterface: FromSpikeInterface = None,  # noqa: ARG001
    undo: Undo = None,  # noqa: ARG001
    redo: Redo = 0,  # noqa: ARG001
    note: Note = "",
    by: By = "",
    doses: Doses = None,
    to_phy: ToPhy = None,
    to_spikeinterface: ToSpikeInterface = None,
    out: Out = None,
    units: Units = None,
    curation: Curation = None,
    blind: Blind = False,
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
    """Look at the units of a session, and correct them.

    Corrections are made in the order typed; what comes out is a page and a log.
    """
    from ephys.io.kept_log import LOG, log_in  # here: it brings in all of the reading

    if blind:
        check_blind(ctx.meta[TYPED], out, {"--to-phy": to_phy, "--to-spikeinterface": to_spikeinterface})
    steps = read_corrections(ctx.meta[TYPED])
    written = _to_be_written({"--to-phy": to_phy, "--to-spikeinterface": to_spikeinterface})
    with unseen(blind):
        of_units: dict[str, Any] = {"units": units, "preset": preset, "seed": seed}
        called = {"engine": engine}
        chosen = chosen_settings(settings, override, {"analysis": of_units, "classification": called, "reading": said})
        learned = ephys.read_classifier(classifier) if classifier else None
        session = ephys.read_session(files, doses=doses, reading=chosen.reading, joined_at_s=joined_at_s)
    _check_decides(chosen, learned)
    folder = out or Path("ephys-results") / session.id
    check_writable(folder)
    with unseen(blind):
        kept = log_in(folder)
        log = ephys.read_curation(curation) if curation else kept
    with unseen(blind):
        _check_session(session, log, curation or folder / LOG)
    check_log_kept(folder, log)
    with unseen(blind):
        found = ephys.batch.sort_once(
            session, chosen, files, folder, joined_at_s=joined_at_s, progress=sys.stderr.isatty(), jobs=jobs
        )
    try:
        begun = ephys.curate(session, chosen, log=log, by=by, units=found, classifier=learned, blind=blind)
    except CurationError as error:
        name = "the log" if blind else curation or folder / LOG
        raise CurationError(f"{name}: {error}") from (None if blind else error)
    before = len(begun.log.entries)
    with told_as_notes(LeftOutWarning):
        for step in steps:
            step(begun, note)
        with ephys.staged_folder(folder) as stage:
            begun.write_page(stage / PAGE, command=ctx.meta[REPEATED])
            begun.write(stage / LOG)
            if to_phy:
                begun.write_phy(to_phy)
            if to_spikeinterface:
                begun.write_spikeinterface(to_spikeinterface)
    if as_json:
        say_json(_values(begun, before, folder, [target for target in (to_phy, to_spikeinterface) if target]))
    else:
        say("\n".join((*_summary(begun, before, folder, ctx.meta[REPEATED], asked=bool(steps)), *written)))


def _to_be_written(targets: Mapping[str, Path | None]) -> list[str]:
    """Return the lines that say where the exports are, once they are.

    Raises
    ------
    ParameterError
        If one is there already: what was decided in it since may not be in the log.
    """
    lines = []
    for flag, target in targets.items():
        if target is not None and target.exists():
            raise ParameterError(
                f"{flag} {target}: exists, and may hold decisions that the log does not have: take them over "
                f"({flag.replace('to', 'from', 1)}), then name another, or remove it"
            )
        if target is not None:
            lines.append(f"{_PROGRAMS[flag]}: {target}")
    return lines


def _check_session(session: ephys.Session, log: ephys.CurationLog | None, path: Path) -> None:
    """Raise before the work begins if the log is of another session."""
    from ephys.pipeline.gathering import log_of

    try:
        log_of(session, log)
    except CurationError as error:
        raise CurationError(f"{path}: {error}") from error


def _check_decides(settings: ephys.Settings, classifier: ephys.LearnedClassifier | None) -> None:
    """Raise before the work begins if a classifier is to decide, and there is none."""
    from ephys.classification.classifier import check_engine  # here: it brings in scipy

    check_engine(settings.classification, classifier)


def _summary(curation: ephys.Curation, before: int, folder: Path, command: str, *, asked: bool) -> Iterator[str]:
    """What was done, what is suggested, and where it is."""
    from ephys.io.kept_log import LOG
    from ephys.report import typed_option

    held = len(curation.log.active)
    holding = "1 correction holds" if held == 1 else f"{held} corrections hold"
    yield hanging(f"{curation.session.id}: {len(curation.units)} units, {holding}")
    for note in curation.state.notes:
        yield hanging(f"read this first: {note}")
    for number, text in enumerate(curation.told[before:], start=before + 1):
        yield hanging(f"done: entry {number}, {text}")
    if asked and len(curation.log.entries) == before:
        yield "done: nothing; what was decided there is how the units are"
    for place, one in enumerate(curation.suggestions, start=1):
        doubt = f"; against it: {one.against[-1]}" if one.against else ""
        yield hanging(f"suggested {place}: {one}{doubt}")
        yield f"  {command} {typed_option(one.operation)}"
    if not curation.suggestions:
        yield "suggested: nothing"
    yield f"page: {folder / PAGE}"
    yield f"log: {folder / LOG}"


def _values(curation: ephys.Curation, before: int, folder: Path, exports: list[Path]) -> dict[str, Any]:
    """The same as plain values."""
    from ephys.io.kept_log import LOG
    from ephys.report import typed_option

    return {
        "session": curation.session.id,
        "units": [unit.id for unit in curation.units],
        "corrections": len(curation.log.active),
        "notes": curation.state.notes,
        "done": [
            {"entry": number, "text": text} for number, text in enumerate(curation.told[before:], start=before + 1)
        ],
        "suggestions": [
            {"text": f"{one}", "against": one.against, "option": typed_option(one.operation)}
            for one in curation.suggestions
        ],
        "page": folder / PAGE,
        "log": folder / LOG,
        "exports": exports,
    }
