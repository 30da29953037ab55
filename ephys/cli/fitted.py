"""A table for the terminal that keeps to its width, whatever is in it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from ephys.cli.terminal import line_width

_GAP = 2


class Fitted(NamedTuple):
    """A table as text: its head, empty where each value has a line with its name; and each of its rows."""

    head: str
    rows: list[str]


def fitted_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Table whose widest columns are wrapped until it fits; where even that does not help, a line per value.

    >>> print(fitted_table(["animal", "cell"], [["r1", "2"]]))
    animal  cell
    ------------
    r1      2
    """
    table = fitted(head, rows)
    return "\n".join([table.head, *table.rows]) if table.head else "\n\n".join(table.rows)


def fitted(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Fitted:
    """Head and rows apart, for what stands beneath a row."""
    width = line_width()
    widths = _widths([head, *rows], width)
    if widths is None:
        blocks = [[_block(name, value, width) for name, value in zip(head, row, strict=True)] for row in rows]
        return Fitted("", ["\n".join(block) for block in blocks])
    first, *lines = (_line(row, widths) for row in [head, *rows])
    return Fitted(f"{first}\n{'-' * _total(widths)}", lines)


def _total(widths: Sequence[int]) -> int:
    """Columns of the terminal that a table takes."""
    return sum(widths) + _GAP * (len(widths) - 1)


def _widths(rows: Sequence[Sequence[str]], width: int) -> list[int] | None:
    """Widths of the columns, the widest cut until all fit; ``None`` where a word would have to be broken."""
    columns = list(zip(*rows, strict=True))
    words = [max((len(word) for value in column for word in value.split()), default=1) for column in columns]
    widths = [max(1, *(len(value) for value in column)) for column in columns]
    if _total(words) > width:
        return None
    while _total(widths) > width:
        loose = [place for place, taken in enumerate(widths) if taken > words[place]]
        widths[max(loose, key=widths.__getitem__)] -= 1
    return widths


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    """One row, on as many lines as its longest value needs."""
    parts = [_parts(value, width) for value, width in zip(row, widths, strict=True)]
    height = max(len(part) for part in parts)
    columns = [[*part, *[""] * (height - len(part))] for part in parts]
    return "\n".join(
        (" " * _GAP).join(f"{text:<{width}}" for text, width in zip(line, widths, strict=True)).rstrip()
        for line in zip(*columns, strict=True)
    )


def _parts(value: str, width: int) -> list[str]:
    """Lines of one value, broken at spaces."""
    return textwrap.wrap(value, width, break_on_hyphens=False) or [""]


def _block(name: str, value: str, width: int) -> str:
    """One value with its name."""
    return textwrap.fill(f"{name}: {value}", width, subsequent_indent="    ")
