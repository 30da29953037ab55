"""Figures of several panels on one time axis: whose figure it is, and how tall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from ephys.model import Epoch
from ephys.plotting.style import house_style, new_figure
from ephys.plotting.time_bar import draw_time_bar
from ephys.plotting.timeline import draw_time_axis

_FURNITURE_MM = 12.0  # time axis and margins
_GAP_MM = 2.0


@contextmanager
def stacked(
    figure: Figure | SubFigure | None, heights_mm: Sequence[float], *, width_mm: float
) -> Iterator[tuple[Figure | SubFigure, list[Axes]]]:
    """Give axes under each other: on the caller's own figure in the caller's style, or on a new one in the house's.

    Parameters
    ----------
    figure : Figure or SubFigure or None
        An empty one; ``None`` makes one.
    heights_mm : sequence of float
        Of the axes from the top down; on the caller's figure, their proportions.
    width_mm : float
        Of the new figure.

    Yields
    ------
    Figure or SubFigure, list of Axes
    """
    if figure is not None:
        yield figure, _axes(figure, heights_mm)
        return
    with house_style():
        height_mm = _FURNITURE_MM + sum(heights_mm) + _GAP_MM * (len(heights_mm) - 1)
        made = new_figure(width_mm=width_mm, height_mm=height_mm)
        yield made, _axes(made, heights_mm)


def heighten(figure: Figure | SubFigure, by_pt: float) -> None:
    """Make a figure taller by what stands above its panels."""
    if isinstance(figure, Figure):
        figure.set_figheight(figure.get_figheight() + by_pt / 72.0)


def lay_out_time(
    axes: Sequence[Axes], shown: Sequence[Epoch], *, zeros_s: Sequence[float], since: str, time_bar: bool
) -> None:
    """Lay out the time of panels under each other: the lowest has the axis or the bar, the others bare ticks or none.

    Parameters
    ----------
    axes : sequence of Axes
        From the top down.
    shown : sequence of Epoch
        Ends of the time axis of each.
    zeros_s : sequence of float
        The time that is 0 on each.
    since : str
        What happened then; empty for the session's clock.
    time_bar : bool
        Whether there is a bar in place of the axis.
    """
    for ax, epoch, zero_s in zip(axes, shown, zeros_s, strict=True):
        draw_time_axis(ax, epoch.start_s, epoch.stop_s, zero_s=zero_s, since=since)
        if time_bar or ax is not axes[-1]:
            ax.set_xlabel("")
            ax.tick_params(axis="x", labelbottom=False)
            ax.xaxis.set_visible(not time_bar)
    if time_bar:
        draw_time_bar(axes[-1], shown[-1].start_s, shown[-1].stop_s)


def _axes(figure: Figure | SubFigure, heights_mm: Sequence[float]) -> list[Axes]:
    """Axes under each other."""
    return list(figure.subplots(len(heights_mm), 1, height_ratios=heights_mm, squeeze=False)[:, 0])
