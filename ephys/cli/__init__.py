"""The command line: parses, calls, prints."""

from __future__ import annotations

from typing import Annotated, Any

import typer

import ephys
from ephys.cli import (
    analyse,
    ask,
    batch,
    blind,
    classify,
    cohort,
    curate,
    doses,
    info,
    other_protocols,
    preset,
    reproduce,
)
from ephys.cli.completion import Install, Show, with_shell
from ephys.cli.help_pages import COHORT, RULE, Contents
from ephys.cli.terminal import say


class _Ephys(Contents):
    """The command itself."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put in which shell is meant where none is named."""
        return super().parse_args(ctx, args if ctx.resilient_parsing else with_shell(args))


app = typer.Typer(
    name="ephys",
    cls=_Ephys,
    epilog="Example: ephys demo",
    help="Single-unit electrophysiology pharmacology: a recording and a dose table in, an audited ID50 out.",
    no_args_is_help=True,
    add_completion=False,  # its own options take the shell's name
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(info.app)
app.add_typer(doses.app)
app.add_typer(classify.app)
app.add_typer(curate.app)
app.add_typer(analyse.app)
app.add_typer(cohort.app, name="cohort", rich_help_panel=COHORT)
app.add_typer(batch.app)
app.add_typer(ask.app)
app.add_typer(blind.app)
app.add_typer(reproduce.app)
app.add_typer(preset.app, name="preset", rich_help_panel=RULE)
app.add_typer(other_protocols.app)


def _version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        say(f"ephys {ephys.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
    install_completion: Install = None,
    show_completion: Show = None,
) -> None:
    """Single-unit electrophysiology pharmacology."""


def main() -> None:
    """Entry point of the ``ephys`` command."""
    app()
