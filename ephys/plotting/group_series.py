"""How groups are told apart in one figure, in colour and without, and the legend above it that names them."""

from __future__ import annotations

import math
from collections.abc import Sequence, Sized
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties

from ephys.plotting.labels import axes_width_pt, text_width_pt, wrap_text
from ephys.plotting.palette import palette
from ephys.plotting.style import DOUBLE_MM, SINGLE_MM

TALLEST_PERCENT = 250.0
"""Percent of baseline at which an axis ends; what lies above is counted in words."""
MOST_GROUPS = 3
"""Groups that stand in one column of a journal; more take two."""
_DASHES: tuple[str | tuple[float, tuple[float, ...]], ...] = ("-", (0.0, (4.0, 1.5)), (0.0, (1.0, 1.2)), "-.")
_MARKERS = ("o", "s", "D", "P", "X", "h")
_MOST_COLUMNS = 3
_HANDLE_EM = 2.6  # what a handle and the space behind it take, in font sizes
_BETWEEN_EM = 1.0


@dataclass(frozen=True, slots=True)
class GroupStyle:
    """Colour, dash and marker of one group; triangles are kept for bounds."""

    colour: str
    dash: str | tuple[float, tuple[float, ...]]
    marker: str


def group_width_mm(groups: Sized) -> float:
    """Width of a figure that holds some groups.

    >>> group_width_mm(("control", "chronic")) == SINGLE_MM
    True
    """
    return SINGLE_MM if len(groups) <= MOST_GROUPS else DOUBLE_MM


def group_style(ax: Axes, place: int) -> GroupStyle:
    """Style of a group by its place in the figure; colour and dash together come again after twenty."""
    return GroupStyle(palette(ax).series(place), _DASHES[place % len(_DASHES)], _MARKERS[place % len(_MARKERS)])


def legend_above(ax: Axes, handles: Sequence[Artist], *, title: str = "") -> None:
    """Put a legend above the axes, in as many columns as their width holds; what is wider than it is wrapped.

    Parameters
    ----------
    ax : Axes
        Laid out already, since the width of its labels counts.
    handles : sequence of Artist
        With their labels.
    title : str, optional
        What the figure says, in lines.
    """
    font = FontProperties(size=mpl.rcParams["legend.fontsize"])
    size_pt, width_pt = font.get_size_in_points(), axes_width_pt(ax)
    for handle in handles:
        handle.set_label("\n".join(wrap_text(str(handle.get_label()), width_pt - _HANDLE_EM * size_pt, font)))
    widths = [max(text_width_pt(line, font) for line in str(handle.get_label()).split("\n")) for handle in handles]
    columns = next(n for n in range(_MOST_COLUMNS, 0, -1) if n == 1 or _total(widths, n, size_pt) <= width_pt)
    lines = [part for line in filter(None, title.split("\n")) for part in wrap_text(line, width_pt, font)]
    ax.legend(
        handles=list(handles), title="\n".join(lines), alignment="left", loc="lower left", bbox_to_anchor=(0.0, 1.01),
        ncols=columns, prop=font, title_fontproperties=font, labelspacing=0.3, columnspacing=_BETWEEN_EM,
        handlelength=2.0, handletextpad=0.6, borderpad=0.0,
    )  # fmt: skip


def unbroken(sentence: str) -> str:
    """A sentence with a test in it, which no line break parts.

    >>> unbroken("F(1, 8) = 1.9, p = 0.21").split(" ")[-1] == "p\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}0.21"
    True
    """
    for broken in ("F(1, ", " = ", " < "):
        sentence = sentence.replace(broken, broken.replace(" ", "\N{NO-BREAK SPACE}"))
    return sentence


def _total(widths: Sequence[float], columns: int, size_pt: float) -> float:
    """Width of a legend of so many columns, which are filled from above."""
    rows = math.ceil(len(widths) / columns)
    widest = [max(part) for part in np.array_split(np.asarray(widths), columns) if part.size] if rows else [0.0]
    return float(sum(widest)) + len(widest) * _HANDLE_EM * size_pt + (len(widest) - 1) * _BETWEEN_EM * size_pt
