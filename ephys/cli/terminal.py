"""What goes to the terminal: text that fits, a little colour where somebody looks, JSON where a program reads."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, TextIO

import typer

WIDTH = 80
"""Columns of text, and of a table where no terminal says otherwise."""

_NARROWEST = 40

_ALARM, _CARE, _CALL = "1;31", "33", "1"
_LEADS = {
    "error": _ALARM, "fault": _ALARM, "failed": _ALARM, "difference": _ALARM, "missing": _ALARM,
    "problem": _CARE, "note": _CARE, "not told": _CARE, "read this first": _CARE, "interrupted": _CARE,
}  # fmt: skip
"""Words that begin a line and are coloured: the word says it all, so that nothing rests on the colour."""

_LEAD = re.compile(rf"^(\s*)({'|'.join(_LEADS)})(?=[:;])", re.MULTILINE)
_TITLE = re.compile(r"^(unit .+?: )(serotonergic|uncertain|not serotonergic)\b", re.MULTILINE)


def say(text: str) -> None:
    """Print what was asked for."""
    _print(text, sys.stdout, err=False)


def tell(text: str) -> None:
    """Print what goes beside it, on standard error: errors, notes, what was passed over."""
    _print(text, sys.stderr, err=True)


def say_json(values: Any) -> None:
    """Print plain values as strict JSON, and nothing else; what is not a number is null."""
    say_data(json.dumps(plain(values), indent=2, ensure_ascii=False, allow_nan=False))


def say_data(text: str) -> None:
    """Print what a program reads, as it is."""
    typer.echo(text, color=False)


def _print(text: str, stream: TextIO, *, err: bool) -> None:
    """Print text, its leading words coloured where that can be seen."""
    seen = is_coloured(stream)
    typer.echo(coloured(text) if seen else text, err=err, color=seen or None)


def is_coloured(stream: TextIO) -> bool:
    """Whether a stream shows colour: a terminal that can, unless ``NO_COLOR`` or ``FORCE_COLOR`` say otherwise."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def coloured(text: str) -> str:
    r"""Text whose leading words (error, note...) and calls stand out; not a letter is added or lost.

    >>> coloured("note: no species\nreport: r/report.html")
    '\x1b[33mnote\x1b[0m: no species\nreport: r/report.html'
    """
    led = _LEAD.sub(lambda found: f"{found[1]}{_painted(found[2], _LEADS[found[2]])}", text)
    return _TITLE.sub(lambda found: f"{found[1]}{_painted(found[2], _CALL)}", led)


def _painted(word: str, code: str) -> str:
    """Word between the codes that terminals understand."""
    return f"\x1b[{code}m{word}\x1b[0m"


def line_width() -> int:
    """Columns that a table may take: those of the terminal; 80 where the text goes to a file or a program."""
    return max(_NARROWEST, shutil.get_terminal_size().columns) if sys.stdout.isatty() else WIDTH


def wrapped(text: str, lead: str) -> str:
    """Text that keeps to the width of a terminal."""
    return textwrap.fill(text, WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead))


def hanging(line: str) -> str:
    """Line that keeps to the width of a terminal, its continuation set in; paths are not broken.

    >>> len(hanging("fault: " + "a word " * 20).splitlines())
    2
    """
    return textwrap.fill(line, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def reflowed(text: str) -> str:
    """Columns of text in which a line that is too long goes on beneath its last column."""
    width = line_width()
    return "\n".join(_continued(line, width) for line in text.splitlines())


def _continued(line: str, width: int) -> str:
    """One line, or several."""
    if len(line) <= width:
        return line
    places = [found.end() for found in re.finditer(r"^ +|  +", line) if found.end() <= 2 * width // 3]
    return textwrap.fill(line, width, subsequent_indent=" " * (places[-1] if places else 2), drop_whitespace=True)


def plain(value: Any) -> Any:
    """Value as JSON has it: ``None`` for a number that is none or infinite, text for a path.

    >>> plain({"id50": float("nan"), "doses": (1.0, 2.0)})
    {'id50': None, 'doses': [1.0, 2.0]}
    """
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, PurePath):
        return str(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value
