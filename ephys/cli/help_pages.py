"""Pages of help: options under headings, the ones that matter first, and an example that can be copied."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from typer.core import TyperCommand, TyperGroup

OPTIONS = "Options"
ANALYSIS = "How it is analysed"
READING = "Reading the file"
CORRECTIONS = "Corrections, made in the order typed"
EXCHANGE = "To other programs and back"
ALWAYS = "Of every command"
"""Headings of options."""

RECORDING = "A recording"
COHORT = "A cohort"
RULE = "The 5-HT rule"
OTHER = "Other protocols"
"""Headings of commands."""

_ORDER = (OPTIONS, CORRECTIONS, EXCHANGE, ANALYSIS, READING, ALWAYS)
_EXAMPLE = "Example: "


class Page(TyperCommand):
    """Command whose help has headings and ends in an example."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options under their headings."""
        _write_parameters(self.get_params(ctx), ctx, formatter)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the place of it is given
        """Write the example as it is typed."""
        _write_example(self.epilog, formatter)


class Contents(TyperGroup):
    """Group whose help has its commands under headings and ends in an example."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the commands under their headings, then the options."""
        self.format_commands(ctx, formatter)
        _write_parameters(self.get_params(ctx), ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write each command on a line."""
        headed: dict[str, list[tuple[str, Any]]] = {}
        for name in self.list_commands(ctx):
            command: Any = self.get_command(ctx, name)
            headed.setdefault(_heading(command, "Commands"), []).append((name, command))
        for heading, commands in headed.items():
            width = max(len(name) for name, _ in commands)
            limit = formatter.width - width - 6
            with formatter.section(heading):
                formatter.write_dl([(name, command.get_short_help_str(limit)) for name, command in commands])

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the place of it is given
        """Write the example as it is typed."""
        _write_example(self.epilog, formatter)


def _heading(thing: object, otherwise: str) -> str:
    """Heading that a command or an option was given."""
    given = getattr(thing, "rich_help_panel", None)
    return given if isinstance(given, str) else otherwise


def _write_parameters(parameters: Iterable[Any], ctx: Any, formatter: Any) -> None:
    """Write arguments, then options heading by heading."""
    records: dict[str, list[tuple[str, str]]] = {"Arguments": [], **{heading: [] for heading in _ORDER}}
    for one in parameters:
        record = one.get_help_record(ctx)
        if record is not None:
            own = "Arguments" if one.param_type_name == "argument" else _heading(one, OPTIONS)
            records[ALWAYS if "--help" in one.opts else own].append(record)
    for heading, rows in records.items():
        if rows:
            with formatter.section(heading):
                formatter.write_dl(rows)


def _write_example(text: str | None, formatter: Any) -> None:
    """Write an example that can be copied: never broken, for what is broken cannot be run."""
    if text:
        formatter.write(f"\n{_EXAMPLE.strip()}\n")
        for line in text.removeprefix(_EXAMPLE).splitlines():
            formatter.write(f"  {line}\n")
