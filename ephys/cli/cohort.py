"""``ephys cohort template`` and ``ephys cohort check``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

import ephys
from ephys.cli.help_pages import Contents, Page
from ephys.cli.options import Animals, CohortFile, Json, Verbose, option
from ephys.cli.running import FAILED, fails_in_one_line
from ephys.cli.terminal import hanging, say, say_json, tell

app = typer.Typer(
    cls=Contents,
    help="A cohort's tables: empty ones to fill in, filled ones checked.",
    epilog="Example: ephys cohort check cohort.csv",
    no_args_is_help=True,
)

_SHOWN = 10
"""Files that are passed over, and are named. Convention."""


@app.command(cls=Page, epilog="Example: ephys cohort template study --from recordings")
@fails_in_one_line
def template(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where to write the tables.", show_default="here")
    ] = Path(),
    excel: Annotated[bool, option("--excel", help="One workbook with three sheets, cohort.xlsx.")] = False,
    recordings: Annotated[
        Path | None, option("--from", metavar="FOLDER", help="A row for each unit in these recordings.")
    ] = None,
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Write empty tables: cohort.csv, animals.csv, doses.csv.

    cohort.csv has a row per cell, animals.csv one per animal, doses.csv one per dose.
    """
    made = ephys.write_cohort_template(folder, excel=excel, recordings=recordings)
    if as_json:
        say_json(asdict(made))
        return
    for reason in made.passed_over[:_SHOWN]:
        tell(hanging(f"passed over: {reason}"))
    if len(made.passed_over) > _SHOWN:
        tell(f"and {len(made.passed_over) - _SHOWN} more files that are no recordings")
    for path in made.written:
        say(f"written: {path}")
    if recordings is not None:
        say(f"{made.rows} rows; a ? must be replaced")
    say(f"fill in (docs/tables.md), then: ephys cohort check {made.written[0]}")


@app.command(cls=Page, epilog="Example: ephys cohort check cohort.csv")
@fails_in_one_line
def check(
    table: CohortFile,
    animals: Animals = None,
    no_open: Annotated[bool, option("--no-open", help="Check the tables alone, no recording.")] = False,
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Find all that is wrong with tables and recordings, at once."""
    found = ephys.check_cohort(table, animals, open_files=not no_open, progress=sys.stderr.isatty() and not as_json)
    if as_json:
        say_json(found.as_dict())
    else:
        for line in (*found.lines, found.summary):
            say(hanging(line))
    if not found.ok:
        raise typer.Exit(FAILED)
