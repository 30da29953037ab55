"""Columns of text: how wide each is, and how its cells are broken into lines."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.font_manager import FontProperties

from ephys.plotting.labels import text_width_pt, wrap_text

GLUE = "\u00a0"
"""Holds two words together where a cell is broken into lines; printed as a blank."""

_HINTING = 0.94  # letters that are fitted to the dots of a screen take up to a twentieth more than those on paper
_SLACK_PT = 0.01  # of rounding

Cell = tuple[str, ...]
"""Lines of a cell."""


def share_width(texts: Sequence[Sequence[str]], free_pt: float, size_pt: float) -> list[float]:
    """Width of each column: that of its longest word, and of what is left over as much as it wants.

    Parameters
    ----------
    texts : sequence of sequence of str
        Lines of the table, the headings first.
    free_pt : float
        What there is for all columns together.
    size_pt : float
        Size of the font; headings are bold.

    Returns
    -------
    list of float
        In points; empty where the longest words do not fit.
    """
    columns = list(zip(*texts, strict=True))
    least = [
        max(_width(word, size_pt, bold=n == 0) for n, text in enumerate(column) for word in text.split(" "))
        for column in columns
    ]
    wanted = [max(_width(text, size_pt, bold=n == 0) for n, text in enumerate(column)) for column in columns]
    spare, more = free_pt - sum(least), sum(wanted) - sum(least)
    if spare < 0:
        return []
    share = min(1.0, spare / more) if more > 0 else 1.0
    return [low + share * (high - low) for low, high in zip(least, wanted, strict=True)]


def wrapped_cell(text: str, width_pt: float, size_pt: float, *, bold: bool = False) -> Cell:
    """Lines of a text in a column of some width; an empty one has one, too."""
    lines = wrap_text(text, _HINTING * width_pt + _SLACK_PT, cell_font(size_pt, bold=bold))
    return tuple(line.replace(GLUE, " ") for line in lines) or ("",)


def cell_font(size_pt: float, *, bold: bool = False) -> FontProperties:
    """Font of a cell; headings are bold."""
    return FontProperties(size=size_pt, weight="bold" if bold else "normal")


def _width(text: str, size_pt: float, *, bold: bool) -> float:
    """Room that a text needs."""
    return text_width_pt(text, cell_font(size_pt, bold=bold)) / _HINTING
