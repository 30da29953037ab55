"""The legend of baseline and read-out windows, beneath the axes, where no bar of the histogram can lie under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.transforms import ScaledTranslation

from ephys.plotting.labels import axes_width_pt, text_width_pt
from ephys.plotting.style import figure_of
from ephys.plotting.time_bar import time_bar_width_pt

_HANDLE = 3.2  # of the font's size: handle and gaps of one entry


@dataclass(frozen=True)
class Beneath:
    """What stands right beneath the axes, at which the legend must not lie.

    Parameters
    ----------
    taken_pt : float
        How much of the line of the axis' label, or of the time bar, is taken.
    on_right : bool
        Whether the legend has the right end of that line.
    line_pt, next_pt : float
        How far that line, and the next one, lie beneath the axes.
    """

    taken_pt: float
    on_right: bool
    line_pt: float
    next_pt: float

    @classmethod
    def time_axis(cls, ax: Axes) -> Beneath:
        """A time axis with its numbers, and its label at the left."""
        font = ax.xaxis.label.get_fontproperties()
        size_pt = font.get_size_in_points()
        return cls(text_width_pt(ax.get_xlabel(), font), True, 2.1 * size_pt, 3.6 * size_pt)

    @classmethod
    def time_bar(cls, ax: Axes) -> Beneath:
        """A time bar at the right."""
        size_pt = ax.xaxis.label.get_fontproperties().get_size_in_points()
        return cls(time_bar_width_pt(ax), False, 0.5 * size_pt, 2.4 * size_pt)

    @classmethod
    def nothing(cls) -> Beneath:
        """An axis without numbers or label."""
        return cls(0.0, False, 3.0, 3.0)


def legend_below(ax: Axes, handles: Sequence[Artist], beneath: Beneath) -> None:
    """Put the legend under the axis: in the line of its label or bar if there is room, else in the next one.

    Parameters
    ----------
    ax : Axes
        With its time axis laid out.
    handles : sequence of Artist
        With their labels; nothing is drawn if there is none.
    beneath : Beneath
        What stands there already.
    """
    if not handles:
        return
    size_pt = ax.xaxis.label.get_fontproperties().get_size_in_points()
    font = FontProperties(size=mpl.rcParams["legend.fontsize"])
    entries_pt = [text_width_pt(str(handle.get_label()), font) + _HANDLE * size_pt for handle in handles]
    room_pt = axes_width_pt(ax)
    beside = sum(entries_pt) < room_pt - beneath.taken_pt
    columns = len(handles) if beside else _columns(entries_pt, room_pt)
    right = beside and beneath.on_right
    drop_pt = beneath.line_pt if beside else beneath.next_pt
    below = ax.transAxes + ScaledTranslation(0.0, -drop_pt / 72.0, figure_of(ax).dpi_scale_trans)
    ax.legend(
        handles=list(handles),
        loc="upper right" if right else "upper left",
        bbox_to_anchor=(1.0 if right else 0.0, 0.0),
        bbox_transform=below,
        ncols=columns,
        columnspacing=1.2,
        handlelength=1.0,
    )


def _columns(entries_pt: Sequence[float], room_pt: float) -> int:
    """Most columns that fit, each as wide as its longest entry; a legend is filled column by column."""
    for columns in range(len(entries_pt), 1, -1):
        filled = np.array_split(np.asarray(entries_pt), columns)
        if sum(float(column.max()) for column in filled) < room_pt:
            return columns
    return 1
