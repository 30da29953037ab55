"""The time axis that figures of a session share, and the administrations above it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import FuncFormatter, MultipleLocator

from ephys.model import Administration, DoseProtocol, Support
from ephys.plotting.labels import Span, axes_width_pt, overlapping, stack_labels, text_width_pt
from ephys.plotting.palette import Palette, palette

_TICK_STEPS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400)
_MAX_TICKS = 10
_ARROW_PT = 9.0
_LEADING = 1.25
_NARROWEST_GAP = 1.0 / 2000.0


def draw_time_axis(ax: Axes, start_s: float, stop_s: float) -> None:
    """Lay out the time axis: data in seconds of the session's clock, printed in minutes where that is shorter.

    Parameters
    ----------
    ax : Axes
        Axes to lay out.
    start_s, stop_s : float
        Ends of the axis.
    """
    ax.set_xlim(start_s, stop_s)
    span_s = stop_s - start_s
    step_s = next((step for step in _TICK_STEPS_S if span_s / step <= _MAX_TICKS), _TICK_STEPS_S[-1])
    per_tick, unit = (60.0, "min") if step_s >= 60 else (1.0, "s")
    ax.xaxis.set_major_locator(MultipleLocator(step_s))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: f"{seconds / per_tick:g}"))
    ax.set_xlabel(f"time ({unit})", loc="left")


def draw_gaps(ax: Axes, support: Support) -> None:
    """Hatch what was not recorded of the time shown, since it is not silence; what is too narrow to see is left out."""
    first_s, last_s = ax.get_xlim()
    ends = ((first_s, support.start_s), (support.stop_s, last_s))
    for start_s, stop_s in (*((gap.start_s, gap.stop_s) for gap in support.gaps), *ends):
        if stop_s - start_s > _NARROWEST_GAP * (last_s - first_s):
            hatch_unrecorded(ax, start_s, stop_s)


def hatch_unrecorded(ax: Axes, start_s: float, stop_s: float) -> None:
    """Hatch one stretch that was not recorded."""
    faint = palette(ax).faint
    ax.axvspan(start_s, stop_s, facecolor="none", edgecolor=faint, hatch="////", linewidth=0.0, zorder=0)


def dose_text(dose: float) -> str:
    """A dose as it is printed: five figures at most; empty where none was stated.

    >>> dose_text(15.625), dose_text(500.0), dose_text(float("nan"))
    ('15.625', '500', '')
    """
    return "" if math.isnan(dose) else f"{dose:.5g}"


def dose_unit_text(unit: str) -> str:
    """A dose unit as it is printed.

    >>> dose_unit_text("ug/kg")
    'µg/kg'
    """
    return f"µ{unit[1:]}" if unit.startswith("ug") else unit


@dataclass(frozen=True)
class _Series:
    """Administrations that share a name: one drug, role, unit and route."""

    name: str
    colour: str
    given: tuple[Administration, ...]
    numbers: tuple[str, ...]


def mark_administrations(ax: Axes, protocol: DoseProtocol, *, text: bool = True) -> None:
    """Draw an arrow above the axes at each administration, with its dose and what it is.

    Parameters
    ----------
    ax : Axes
        Axes whose horizontal axis is already laid out in seconds.
    protocol : DoseProtocol
        What was given; what lies outside the axis is left out. Agonists show the cumulative dose, everything else its
        own.
    text : bool, optional
        Leave the arrows bare, for a panel that stands under one with text.
    """
    series = _series(protocol, ax.get_xlim(), palette(ax))
    for one in series:
        for given in one.given:
            _arrow(ax, given, one.colour)
    if text and series:
        tops_pt = _draw_numbers(ax, series)
        _draw_names(ax, series, tops_pt)


def _series(protocol: DoseProtocol, shown_s: Span, colours: Palette) -> list[_Series]:
    """Group the administrations that are shown under the name that stands above them."""
    totals = {id(step.administration): step.cumulative for drug in protocol.drugs for step in protocol.doses(drug)}
    groups: dict[tuple[str, ...], list[Administration]] = {}
    for given in protocol.administrations:
        if shown_s[0] <= given.start_s <= shown_s[1]:
            groups.setdefault((given.drug, given.role, given.dose_unit, given.route), []).append(given)
    return [
        _Series(
            _series_name(group[0]),
            _colour(group[0], protocol, colours),
            tuple(group),
            tuple(dose_text(totals.get(id(given), given.dose)) for given in group),
        )
        for group in groups.values()
    ]


def _series_name(given: Administration) -> str:
    """Name of a series with its unit and route."""
    kind = f", {given.role}" if given.role in ("vehicle", "antagonist") and given.role != given.drug else ""
    unit = "" if math.isnan(given.dose) else dose_unit_text(given.dose_unit)
    measure = " ".join(part for part in ("cumulative" if given.role == "agonist" else "", unit, given.route) if part)
    return f"{given.drug}{kind}" + (f" ({measure})" if measure else "")


def _colour(given: Administration, protocol: DoseProtocol, colours: Palette) -> str:
    """Colour of a series: each agonist its own."""
    if given.role != "agonist":
        return colours.role(given.role)
    return colours.agonists[protocol.drugs.index(given.drug) % len(colours.agonists)]


def _arrow(ax: Axes, given: Administration, colour: str) -> None:
    """Draw one arrow, and a bar for as long as an infusion or superfusion lasted."""
    above = ax.get_xaxis_transform()
    ax.annotate(
        "",
        xy=(given.start_s, 1.0),
        xycoords=above,
        xytext=(0.0, _ARROW_PT),
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
    if given.stop_s is not None:
        ax.plot([given.start_s, given.stop_s], [1.0, 1.0], transform=above, color=colour, lw=2.5, clip_on=False)


def _draw_numbers(ax: Axes, series: list[_Series]) -> dict[float, float]:
    """Write the doses above their arrows, upright where they would touch; return how high each reaches, in points."""
    marks = [(g, n, s.colour) for s in series for g, n in zip(s.given, s.numbers, strict=True) if n]
    if not marks:
        return {}
    font = FontProperties(size="small")
    line_pt = font.get_size_in_points() * _LEADING
    widths = [text_width_pt(number, font) for _, number, _ in marks]
    anchors = _anchors_pt(ax, [given for given, _, _ in marks])
    upright = overlapping([(x - w / 2, x + w / 2) for x, w in zip(anchors, widths, strict=True)])
    across = [line_pt] * len(marks) if upright else widths
    row_pt = max(widths) + 2.0 if upright else line_pt
    rows = stack_labels([(x - w / 2, x + w / 2) for x, w in zip(anchors, across, strict=True)], anchors)
    tops_pt: dict[float, float] = {}
    for (given, number, colour), row, width in zip(marks, rows, widths, strict=True):
        bottom_pt = _ARROW_PT + 1.0 + row * row_pt
        _write(ax, number, given.start_s, (0.0, bottom_pt), colour, upright=upright)
        top_pt = bottom_pt + (width + 2.0 if upright else line_pt)
        tops_pt[given.start_s] = max(top_pt, tops_pt.get(given.start_s, 0.0))
    return tops_pt


def _draw_names(ax: Axes, series: list[_Series], tops_pt: Mapping[float, float]) -> None:
    """Write what each series is, above its first arrow, in as many rows as it takes."""
    base_pt = max(tops_pt.values(), default=_ARROW_PT) + 1.0
    font = FontProperties(size="small")
    line_pt = font.get_size_in_points() * _LEADING
    anchors = _anchors_pt(ax, [one.given[0] for one in series])
    width_pt = axes_width_pt(ax)
    spans: list[Span] = []
    for one, anchor in zip(series, anchors, strict=True):
        name_pt = text_width_pt(one.name, font)
        left = min(anchor, max(width_pt - name_pt, 0.0))
        spans.append((left, left + name_pt))
    rows = stack_labels(spans, anchors)
    for one, anchor, (left, _), row in zip(series, anchors, spans, rows, strict=True):
        height_pt = base_pt + row * line_pt
        start_s = one.given[0].start_s
        _write(ax, one.name, start_s, (left - anchor, height_pt), one.colour, left=True)
        top_pt = tops_pt.get(start_s, _ARROW_PT)
        if height_pt - top_pt > line_pt / 2:
            _stem(ax, start_s, top_pt + 1.0, height_pt, one.colour)


def _anchors_pt(ax: Axes, given: list[Administration]) -> list[float]:
    """Distance of each administration from the left end of the axis, in points."""
    start_s, stop_s = ax.get_xlim()
    return [(g.start_s - start_s) / (stop_s - start_s) * axes_width_pt(ax) for g in given]


def _write(
    ax: Axes, text: str, time_s: float, offset_pt: Span, colour: str, *, upright: bool = False, left: bool = False
) -> None:
    """Write a label at an offset from the top of the axes."""
    ax.annotate(
        text,
        xy=(time_s, 1.0),
        xycoords=ax.get_xaxis_transform(),
        xytext=offset_pt,
        textcoords="offset points",
        ha="left" if left else "center",
        va="bottom",
        rotation=90 if upright else 0,
        fontsize="small",
        color=colour,
        annotation_clip=False,
    )


def _stem(ax: Axes, time_s: float, from_pt: float, to_pt: float, colour: str) -> None:
    """Draw a thin line from a series' first dose up to its name."""
    ax.annotate(
        "",
        xy=(time_s, 1.0),
        xycoords=ax.get_xaxis_transform(),
        xytext=(0.0, to_pt),
        textcoords="offset points",
        arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.4, "shrinkA": 0.0, "shrinkB": from_pt},
        annotation_clip=False,
    )
