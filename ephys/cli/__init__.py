"""The command line: parses, calls, prints."""

from __future__ import annotations

from typing import Annotated

import typer

import ephys
from ephys.cli import analyse, ask, batch, blind, classify, cohort, curate, doses, info, preset, reproduce

app = typer.Typer(
    name="ephys",
    help="Single-unit electrophysiology pharmacology: a recording and a dose table in, an audited ID50 out.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(analyse.app)
app.add_typer(curate.app)
app.add_typer(batch.app)
app.add_typer(blind.app)
app.add_typer(reproduce.app)
app.add_typer(info.app)
app.add_typer(classify.app)
app.add_typer(doses.app)
app.add_typer(ask.app)
app.add_typer(preset.app, name="preset")
app.add_typer(cohort.app, name="cohort")


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


def main() -> None:
    """Entry point of the ``ephys`` command."""
    app()
