"""A table for the terminal that keeps to its width, whatever is in it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from ephys.cli.running import WIDTH

_GAP = 2
_NARROWEST = 6


def fitted_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Table whose widest columns are wrapped until it fits; where even that does not help, a line per value.

    >>> print(fitted_table(["animal", "cell"], [["r1", "2"]]))
    animal  cell
    ------------
    r1      2
    """
    if len(head) * (_NARROWEST + _GAP) > WIDTH + _GAP:
        return "\n\n".join(
            "\n".join(_wrapped(f"{name}: ", value) for name, value in zip(head, row, strict=True)) for row in rows
        )
    widths = _widths([head, *rows])
    first, *lines = (_line(row, widths) for row in [head, *rows])
    return "\n".join([first, "-" * (sum(widths) + _GAP * (len(widths) - 1)), *lines])


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """Widths of the columns, the widest cut until all fit."""
    widths = [max(1, *(len(row[place]) for row in rows)) for place in range(len(rows[0]))]
    while sum(widths) + _GAP * (len(widths) - 1) > WIDTH:
        widths[widths.index(max(widths))] -= 1
    return widths


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    """One row, on as many lines as its longest value needs."""
    parts = [textwrap.wrap(value, width) or [""] for value, width in zip(row, widths, strict=True)]
    height = max(len(part) for part in parts)
    columns = [[*part, *[""] * (height - len(part))] for part in parts]
    return "\n".join(
        (" " * _GAP).join(f"{text:<{width}}" for text, width in zip(line, widths, strict=True)).rstrip()
        for line in zip(*columns, strict=True)
    )


def _wrapped(lead: str, value: str) -> str:
    """One value with its name."""
    return textwrap.fill(f"{lead}{value}", WIDTH, subsequent_indent="    ")
