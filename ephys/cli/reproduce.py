"""``ephys reproduce``: a cohort's results made again, and held against what was written."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

import ephys
from ephys.cli.options import Json, Verbose
from ephys.cli.running import fails_in_one_line

app = typer.Typer()

Results = Annotated[Path, typer.Argument(help="Folder that `ephys batch` wrote.", show_default=False)]
Workers = Annotated[
    int | None,
    typer.Option("--jobs", min=1, help="Sessions at the same time.", show_default="what cores and memory allow"),
]
Tolerance = Annotated[
    float, typer.Option("--tolerance", min=0.0, help="Relative difference of numbers that counts as none.")
]


@app.command(epilog="Example: ephys reproduce results")
@fails_in_one_line
def reproduce(
    folder: Results,
    jobs: Workers = None,
    tolerance: Tolerance = 0.0,
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Analyse a cohort again from its files, and say whether every number comes out as it was written."""
    found = ephys.reproduce_cohort(folder, jobs=jobs, tolerance=tolerance, progress=sys.stderr.isatty())
    if as_json:
        typer.echo(json.dumps({"agrees": found.agrees, **asdict(found, dict_factory=_plain)}, indent=2))
    else:
        typer.echo(f"{found}")
    if not found.agrees:
        raise typer.Exit(1)


def _plain(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """Fields as JSON has them: no number for one that is infinite or missing."""
    return {name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in fields}
