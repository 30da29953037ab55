"""``ephys classify``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

import ephys
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
)
from ephys.cli.reading import says_of_the_file
from ephys.cli.running import check_writable, chosen_settings, fails_in_one_line, wrapped

app = typer.Typer()

Within = Annotated[
    tuple[float, float] | None,
    typer.Option(
        "--within",
        metavar="START STOP",
        help="The window to look at, in s.",
        show_default="the baseline; without doses the whole recording",
    ),
]


@app.command(epilog="Example: ephys classify rat07.smr --within 0 180 --preset rat_in_vivo_urethane")
@fails_in_one_line
@says_of_the_file
def classify(
    files: Files,
    said: dict[str, Any],
    within: Within = None,
    preset: Preset = None,
    engine: Engine = None,
    classifier: Classifier = None,
    doses: Doses = None,
    out: Out = None,
    settings: SettingsFile = None,
    override: Override = None,
    units: Units = None,
    seed: Seed = None,
    jobs: Jobs = None,
    as_json: Json = False,
    joined_at_s: JoinedAt = None,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Call each unit serotonergic, uncertain or not, with every criterion; no dose table is needed."""
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
        values = {"calls": [call.as_dict() for call in calls.classifications], "notes": list(calls.notes)}
        typer.echo(json.dumps(values, indent=2))
        return
    typer.echo("\n\n".join(str(call) for call in calls.classifications))
    for note in calls.notes:
        typer.echo(wrapped(note, "note: "))
    typer.echo(f"{calls.counts_text}; written: {path}, {path.with_name('classification.json')}")
