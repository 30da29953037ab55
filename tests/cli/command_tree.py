"""Every command of the command line, and how its words are parsed without anything being done."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

import typer

from ephys.cli import app

ROOT: Any = typer.main.get_command(app)


def commands(group: Any = ROOT, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and group, with the words that lead to it; the command ``ephys`` has none."""
    yield path, group
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


def context(words: list[str]) -> Any:
    """What the parser makes of the words after ``ephys``; it raises for a word that it does not know."""
    here = ROOT.make_context("ephys", list(words), resilient_parsing=True)
    command, path, left = ROOT, [], list(words)
    while getattr(command, "commands", None):
        path.append(left.pop(0))
        command = command.commands[path[-1]]
    return command.make_context(" ".join(path), left, parent=here)


def example(command: Any) -> list[str]:
    """Words of the example at the end of a help."""
    return shlex.split(command.epilog.removeprefix("Example: ").replace("\\\n", " "))
