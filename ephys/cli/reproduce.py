"""``ephys reproduce``: a cohort's results made again, and held against what was written."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer

import ephys
from ephys.cli.help_pages import COHORT, Page
from ephys.cli.options import Json, Results, Verbose, Workers, option
from ephys.cli.running import FAILED, fails_in_one_line
from ephys.cli.terminal import hanging, say, say_json

app = typer.Typer()

Tolerance = Annotated[
    float,
    option(
        "--tolerance", metavar="X", min=0.0, help="Relative difference of numbers that counts as none.", default="0"
    ),
]


@app.command(cls=Page, rich_help_panel=COHORT, epilog="Example: ephys reproduce results")
@fails_in_one_line
def reproduce(
    folder: Results,
    tolerance: Tolerance = 0.0,
    jobs: Workers = None,
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Analyse a cohort again, and say whether every number agrees.

    Its files are read anew, and its results are read and not written to.
    """
    found = ephys.reproduce_cohort(folder, jobs=jobs, tolerance=tolerance, progress=sys.stderr.isatty())
    if as_json:
        say_json({"agrees": found.agrees, **asdict(found)})
    else:
        say("\n".join(hanging(line) for line in f"{found}".splitlines()))
    if not found.agrees:
        raise typer.Exit(FAILED)
