"""``ephys cohort template`` and ``ephys cohort check``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

import ephys
from ephys.cli.options import Json, Verbose
from ephys.cli.running import fails_in_one_line, hanging

app = typer.Typer(help="The tables of a cohort: empty ones to fill in, and filled ones checked.", no_args_is_help=True)

_SHOWN = 10
"""Files that are passed over, and are named. Convention."""


@app.command(epilog="Example: ephys cohort template study --from recordings")
@fails_in_one_line
def template(
    folder: Annotated[Path, typer.Argument(help="Where to write the tables.", show_default="here")] = Path(),
    excel: Annotated[bool, typer.Option("--excel", help="One workbook with three sheets, cohort.xlsx.")] = False,
    recordings: Annotated[
        Path | None,
        typer.Option("--from", metavar="FOLDER", help="A row for each unit in these recordings.", show_default=False),
    ] = None,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Write empty tables: cohort.csv (a row per cell), animals.csv and doses.csv."""
    made = ephys.write_cohort_template(folder, excel=excel, recordings=recordings)
    for reason in made.passed_over[:_SHOWN]:
        typer.echo(hanging(f"passed over: {reason}"), err=True)
    if len(made.passed_over) > _SHOWN:
        typer.echo(f"and {len(made.passed_over) - _SHOWN} more files that are no recordings", err=True)
    for path in made.written:
        typer.echo(f"written: {path}")
    if recordings is not None:
        typer.echo(f"{made.rows} rows; a ? must be replaced")
    typer.echo(f"fill in (docs/tables.md), then: ephys cohort check {made.written[0]}")


@app.command(epilog="Example: ephys cohort check cohort.csv")
@fails_in_one_line
def check(
    table: Annotated[Path, typer.Argument(metavar="COHORT", help="Table of cells.", show_default=False)],
    animals: Annotated[
        Path | None, typer.Option("--animals", help="Table of animals.", show_default="animals.csv beside it")
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Check the tables alone, no recording.")] = False,
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Find everything that is wrong with a cohort's tables and recordings, at once."""
    found = ephys.check_cohort(table, animals, open_files=not no_open, progress=sys.stderr.isatty() and not as_json)
    if as_json:
        typer.echo(json.dumps(found.as_dict(), indent=2))
    else:
        for line in (*found.lines, found.summary):
            typer.echo(hanging(line))
    if not found.ok:
        raise typer.Exit(1)
