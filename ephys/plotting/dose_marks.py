"""What was given, as it stands above an axis of time: names, numbers, and the arrows of what was given at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.transforms import ScaledTranslation, Transform

from ephys.model import Administration
from ephys.plotting.labels import Span, axes_width_pt, overlapping, stack_labels, text_width_pt
from ephys.plotting.style import figure_of

ARROW_PT = 9.0
"""Height of an arrow."""

_LEADING = 1.25


@dataclass(frozen=True)
class Series:
    """Administrations that share a name: one drug, role, unit, route and barrel, all at once or all of some duration.

    Parameters
    ----------
    name : str
        What stands above them, with unit and route.
    alone : str
        What stands above the only one of a series, with its dose.
    colour : str
        Of arrows, bars and text.
    given : tuple of Administration
        In order of time.
    numbers : tuple of str
        The dose of each; empty where none was stated.
    """

    name: str
    alone: str
    colour: str
    given: tuple[Administration, ...]
    numbers: tuple[str, ...]


def small_font() -> FontProperties:
    """Font of what stands above the axes."""
    return FontProperties(size="small")


def line_pt() -> float:
    """Height of a line of what stands above the axes, in points."""
    return small_font().get_size_in_points() * _LEADING


def place_pt(ax: Axes, time_s: float) -> float:
    """Distance of a time from the left end of the axis, in points."""
    start_s, stop_s = ax.get_xlim()
    return (time_s - start_s) / (stop_s - start_s) * axes_width_pt(ax)


def draw_arrows(ax: Axes, series: Sequence[Series], *, text: bool) -> float:
    """Draw an arrow at each administration, with its dose and its name; return how high all of it reaches, in points.

    Parameters
    ----------
    ax : Axes
        Axes whose horizontal axis is laid out in seconds.
    series : sequence of Series
        What was given at once.
    text : bool
        Whether names and doses are written.
    """
    for one in series:
        for given in one.given:
            _arrow(ax, given.start_s, one.colour)
    if not series:
        return 0.0
    if text:
        return _draw_names(ax, series, _draw_numbers(ax, series))
    _hold_room(ax, ARROW_PT)
    return ARROW_PT


def write_above(
    ax: Axes, text: str, time_s: float, offset_pt: Span, colour: str, *, upright: bool = False, align: str = "center"
) -> None:
    """Write a label at an offset, in points, from the top of the axes at some time."""
    ax.annotate(
        text,
        xy=(time_s, 1.0),
        xycoords=ax.get_xaxis_transform(),
        xytext=offset_pt,
        textcoords="offset points",
        ha=align,
        va="bottom",
        rotation=90 if upright else 0,
        fontsize="small",
        color=colour,
        annotation_clip=False,
    )


def draw_stem(ax: Axes, time_s: float, from_pt: float, to_pt: float, colour: str) -> None:
    """Draw a thin line from one height above the axes to another."""
    ax.annotate(
        "",
        xy=(time_s, 1.0),
        xycoords=ax.get_xaxis_transform(),
        xytext=(0.0, to_pt),
        textcoords="offset points",
        arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.4, "shrinkA": 0.0, "shrinkB": from_pt},
        annotation_clip=False,
    )


def draw_numbers(ax: Axes, marks: Sequence[tuple[float, str, str]], *, base_pt: float) -> dict[float, float]:
    """Write numbers in one row above the axes, upright and in several rows where they would touch.

    Parameters
    ----------
    ax : Axes
        Axes whose horizontal axis is laid out in seconds.
    marks : sequence of (time_s, text, colour)
        Where each is centred, what it says, its colour.
    base_pt : float
        Height of the lowest row above the axes.

    Returns
    -------
    dict
        How high the numbers at each time reach, in points.
    """
    widths = [text_width_pt(number, small_font()) for _, number, _ in marks]
    anchors = [place_pt(ax, time_s) for time_s, _, _ in marks]
    upright = overlapping([(x - w / 2, x + w / 2) for x, w in zip(anchors, widths, strict=True)])
    across = [line_pt()] * len(marks) if upright else widths
    row_pt = max(widths, default=0.0) + 2.0 if upright else line_pt()
    rows = stack_labels([(x - w / 2, x + w / 2) for x, w in zip(anchors, across, strict=True)], anchors)
    tops_pt: dict[float, float] = {}
    for (time_s, number, colour), row, width in zip(marks, rows, widths, strict=True):
        bottom_pt = base_pt + row * row_pt
        write_above(ax, number, time_s, (0.0, bottom_pt), colour, upright=upright)
        top_pt = bottom_pt + (width + 2.0 if upright else line_pt())
        tops_pt[time_s] = max(top_pt, tops_pt.get(time_s, 0.0))
    return tops_pt


def raised(ax: Axes, height_pt: float) -> Transform:
    """Seconds across, and a height in points above the top of the axes where the vertical place is 1."""
    return ax.get_xaxis_transform() + ScaledTranslation(0.0, height_pt / 72.0, figure_of(ax).dpi_scale_trans)


def _hold_room(ax: Axes, height_pt: float) -> None:
    """Keep what stands above from coming nearer: the layout passes over arrows that have no text."""
    (unseen,) = ax.plot([ax.get_xlim()[0]], [1.0], transform=raised(ax, height_pt), clip_on=False)
    unseen.set(linestyle="none", marker="s", markerfacecolor="none", markeredgecolor="none")


def _arrow(ax: Axes, time_s: float, colour: str) -> None:
    """Draw one arrow."""
    ax.annotate(
        "",
        xy=(time_s, 1.0),
        xycoords=ax.get_xaxis_transform(),
        xytext=(0.0, ARROW_PT),
        textcoords="offset points",
        arrowprops={
            "arrowstyle": "-|>,head_width=0.14,head_length=0.3",
            "color": colour,
            "lw": 0.8,
            "shrinkA": 0.0,
            "shrinkB": 0.5,
        },
        annotation_clip=False,
    )


def _draw_numbers(ax: Axes, series: Sequence[Series]) -> dict[float, float]:
    """Write the doses above their arrows; return how high each reaches, in points."""
    marks = [(g.start_s, n, s.colour) for s in series for g, n in zip(s.given, s.numbers, strict=True) if n]
    return draw_numbers(ax, marks, base_pt=ARROW_PT + 1.0)


def _draw_names(ax: Axes, series: Sequence[Series], tops_pt: Mapping[float, float]) -> float:
    """Write what each series is, above its first arrow, in as many rows as it takes; return how high they reach."""
    base_pt = max(tops_pt.values(), default=ARROW_PT) + 1.0
    anchors = [place_pt(ax, one.given[0].start_s) for one in series]
    width_pt = axes_width_pt(ax)
    spans: list[Span] = []
    for one, anchor in zip(series, anchors, strict=True):
        name_pt = text_width_pt(one.name, small_font())
        left = min(anchor, max(width_pt - name_pt, 0.0))
        spans.append((left, left + name_pt))
    rows = stack_labels(spans, anchors)
    for one, anchor, (left, _), row in zip(series, anchors, spans, rows, strict=True):
        height_pt = base_pt + row * line_pt()
        start_s = one.given[0].start_s
        write_above(ax, one.name, start_s, (left - anchor, height_pt), one.colour, align="left")
        top_pt = tops_pt.get(start_s, ARROW_PT)
        if height_pt - top_pt > line_pt() / 2:
            draw_stem(ax, start_s, top_pt + 1.0, height_pt, one.colour)
    return base_pt + (max(rows) + 1) * line_pt()
