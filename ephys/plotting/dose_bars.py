"""Bars above an axis of time: what was given for a while, an ejection, an infusion, a superfusion."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from ephys.model import Administration
from ephys.plotting.dose_marks import (
    Series,
    draw_numbers,
    line_pt,
    place_pt,
    raised,
    small_font,
    write_above,
)
from ephys.plotting.labels import axes_width_pt, text_width_pt

_BAR_PT = 2.5
_TICK_PT = 5.0
_GAP_PT = 3.0


def draw_bars(ax: Axes, series: Sequence[Series], *, base_pt: float, text: bool) -> float:
    """Draw a row of bars for each series, the one that began first the nearest to the trace.

    A bar has a tick at either end, so that bars that follow each other stay apart; where it goes on beyond the axis
    it has the head of an arrow instead.

    Parameters
    ----------
    ax : Axes
        Axes whose horizontal axis is laid out in seconds.
    series : sequence of Series
        What was given for a while.
    base_pt : float
        Height above the axes from which on there is room.
    text : bool
        Whether names and doses are written.

    Returns
    -------
    float
        How high all of it reaches, in points.
    """
    top_pt = base_pt
    for one in series:
        middle_pt = top_pt + _GAP_PT + _TICK_PT / 2
        for given in one.given:
            _bar(ax, given, one.colour, middle_pt)
        top_pt = middle_pt + _TICK_PT / 2
        if text:
            top_pt = _write_row(ax, one, middle_pt)
    return top_pt


def _write_row(ax: Axes, series: Series, middle_pt: float) -> float:
    """Write the name of a row and the dose of each of its bars; return how high this reaches, in points."""
    above_pt = middle_pt + _TICK_PT / 2 + 1.0
    if len(series.given) == 1:
        return _write_name(ax, series, series.alone, above_pt)
    marks = [(_middle_s(ax, g), n, series.colour) for g, n in zip(series.given, series.numbers, strict=True) if n]
    top_pt = max(draw_numbers(ax, marks, base_pt=above_pt).values(), default=above_pt)
    first_s = _shown(ax, series.given[0])[0]
    room_pt = place_pt(ax, first_s) - 2 * _GAP_PT
    if text_width_pt(series.name, small_font()) > room_pt:
        return _write_name(ax, series, series.name, top_pt)
    beside = (-_GAP_PT - _TICK_PT / 2, middle_pt - line_pt() / 2)
    write_above(ax, series.name, first_s, beside, series.colour, align="right")
    return top_pt


def _write_name(ax: Axes, series: Series, name: str, height_pt: float) -> float:
    """Write a name from where its first bar begins, or so far to the left that it fits; return how high it reaches."""
    first_s = _shown(ax, series.given[0])[0]
    place = place_pt(ax, first_s)
    left = min(place, max(axes_width_pt(ax) - text_width_pt(name, small_font()), 0.0))
    write_above(ax, name, first_s, (left - place, height_pt), series.colour, align="left")
    return height_pt + line_pt()


def _bar(ax: Axes, given: Administration, colour: str, middle_pt: float) -> None:
    """Draw one bar at a height above the axes, as far as it is shown, with an end on either side."""
    start_s, stop_s = _shown(ax, given)
    at_height = raised(ax, middle_pt)
    ax.plot([start_s, stop_s], [1.0, 1.0], transform=at_height, color=colour, lw=_BAR_PT, clip_on=False,
            solid_capstyle="butt")  # fmt: skip
    ends = ((start_s, "|" if given.start_s >= start_s else "<"), (stop_s, "|" if given.end_s <= stop_s else ">"))
    for time_s, marker in ends:
        ax.plot([time_s], [1.0], transform=at_height, color=colour, ls="none", marker=marker, markersize=_TICK_PT,
                mew=0.8, clip_on=False)  # fmt: skip


def _shown(ax: Axes, given: Administration) -> tuple[float, float]:
    """From when to when an administration lies on the axis."""
    first_s, last_s = ax.get_xlim()
    return max(given.start_s, first_s), min(given.end_s, last_s)


def _middle_s(ax: Axes, given: Administration) -> float:
    """Middle of what is shown of an administration."""
    return sum(_shown(ax, given)) / 2
