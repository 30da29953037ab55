"""``ephys classify``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

import ephys
from ephys.cli.help_pages import RECORDING, Page
from ephys.cli.options import (
    Classifier,
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
from ephys.cli.running import check_writable, chosen_settings, fails_in_one_line
from ephys.cli.terminal import line_width, say, say_json, wrapped

app = typer.Typer()

Within = Annotated[
    tuple[float, float] | None,
    option(
        "--within",
        metavar="START STOP",
        help="The window to look at, in s.",
        default="the baseline; without doses the whole recording",
    ),
]


@app.command(
    cls=Page,
    rich_help_panel=RECORDING,
    epilog="Example: ephys classify rat07.smrx --within 0 180 --preset rat_in_vivo_urethane",
)
@fails_in_one_line
@says_of_the_file
def classify(
    files: Files,
    said: dict[str, Any],
    within: Within = None,
    doses: Doses = None,
    out: Out = None,
    units: Units = None,
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
    """Call each unit serotonergic, uncertain or not.

    Every criterion is told with its limit; no dose table is needed.
    """
    chosen = chosen_settings(
        settings,
        override,
        {
            "analysis": {"units": units, "preset": preset, "seed": seed},
            "classification": {"engine": engine},
            "reading": said,
        },
    )
    learned = ephys.read_classifier(classifier) if classifier else None
    session = ephys.read_session(files, doses=doses, reading=chosen.reading, joined_at_s=joined_at_s)
    folder = out or Path("ephys-results") / session.id
    check_writable(folder)
    window = ephys.Epoch(*within, "drawn") if within else None
    calls = ephys.classify_session(
        session, chosen, within=window, classifier=learned, progress=sys.stderr.isatty(), jobs=jobs
    )
    path = ephys.write_classifications(calls, folder, command=" ".join(["ephys", *sys.argv[1:]]))
    if as_json:
        say_json({"calls": [call.as_dict() for call in calls.classifications], "notes": calls.notes, "written": path})
        return
    say("\n\n".join(call.text(width=line_width()) for call in calls.classifications))
    for note in calls.notes:
        say(wrapped(note, "note: "))
    say(wrapped(calls.counts_text, ""))
    for written in (path, path.with_name("classification.json")):
        say(f"written: {written}")
