"""Dialysate over time: each animal, each group's mean with its interval, the baseline and the drug."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from ephys.pharmacology import CourseFraction, DialysisComparison, DialysisCourse, GroupFraction
from ephys.pharmacology.groups.estimates import count_text, p_text
from ephys.plotting.group_series import GroupStyle, group_style, legend_above, unbroken
from ephys.plotting.palette import palette
from ephys.plotting.style import DOUBLE_MM, SINGLE_MM, drawing

_HEIGHT_MM = 75.0
_SHADE = 0.12
_ANIMAL = 0.35
"""Opacity of a single animal."""
_ASIDE = 0.08
"""Of a fraction's length, between groups whose intervals would lie on each other."""
_STAR_STEP = 0.045
"""Of the axis, between the rows of stars of several groups."""


def plot_dialysis(result: DialysisComparison | DialysisCourse, *, ax: Axes | None = None) -> Axes:
    """Draw dialysate in percent of baseline over the time from the drug.

    A comparison shows each animal as a thin line and each group's mean with its interval over animals; a star is a
    fraction whose p-value, adjusted for all fractions, is below 0.05. A single course shows each fraction with its own
    interval. Points stand in the middle of their fractions, the dead volume taken off; open ones straddle the drug, and
    triangles are bounds: below the detection limit.

    Parameters
    ----------
    result : DialysisComparison or DialysisCourse
    ax : Axes, optional
        Axes to draw on; by default a figure is made.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from ephys.pharmacology import Dialysis, DialysisFraction, measure_dialysis
    >>> values = [2.0, 2.1, 1.9, 1.0, 1.5]
    >>> fractions = tuple(DialysisFraction(20.0 * n, 20.0 * (n + 1), value) for n, value in enumerate(values))
    >>> ax = plot_dialysis(measure_dialysis(Dialysis("r1", "drug", "5-HT", "nM", 60.0, fractions, "", 0.0, 2.0)))
    >>> ax.get_ylabel()
    '5-HT (% of baseline)'
    """
    courses = result.courses if isinstance(result, DialysisComparison) else (result,)
    with drawing(ax, width_mm=SINGLE_MM if len(courses) == 1 else DOUBLE_MM, height_mm=_HEIGHT_MM) as axes:
        _draw_frame(axes, result.groups if isinstance(result, DialysisComparison) else result.fractions)
        if isinstance(result, DialysisComparison):
            handles, title = _draw_comparison(axes, result), _told(result)
        else:
            handles, title = _draw_course(axes, result), ""
        handles += _sign_handles(axes, courses)
        _label(axes, courses, n_stars=len(result.pairs) if isinstance(result, DialysisComparison) else 0)
        legend_above(axes, handles, title=title)
        return axes


def _draw_frame(axes: Axes, fractions: Sequence[GroupFraction] | Sequence[CourseFraction]) -> None:
    """The baseline's time, 100 percent, and when the drug was given."""
    colours = palette(axes)
    baseline = [one for one in fractions if one.part == "baseline"]
    start_min, stop_min = min(one.start_min for one in baseline), max(one.stop_min for one in baseline)
    axes.axvspan(start_min, stop_min, color=colours.baseline, alpha=_SHADE, lw=0, zorder=0, gid="baseline")
    axes.axhline(100.0, color=colours.faint, lw=0.6, ls=":", zorder=0)
    axes.axvline(0.0, color=colours.ink, lw=0.8, ls="--", zorder=1, gid="drug")


def _draw_comparison(axes: Axes, result: DialysisComparison) -> list[Line2D]:
    """Animals thin, means with intervals, stars above."""
    handles = []
    names = result.group_names
    for place, name in enumerate(names):
        style = group_style(axes, place)
        for course in result.courses:
            if course.group == name:
                _draw_animal(axes, [one for one in course.fractions if one.part != "earlier"], style)
        aside = _ASIDE * (place - (len(names) - 1) / 2)
        _draw_means(axes, [one for one in result.groups if one.group == name], style, aside)
        label = f"{name}, {count_text(len(result.animals(name)), 'animal')}: mean, {100 * result.level:g} % interval"
        handles.append(Line2D([], [], color=style.colour, ls=style.dash, marker=style.marker, ms=4.0, label=label))
    _draw_stars(axes, result)
    return handles


def _draw_animal(axes: Axes, fractions: Sequence[CourseFraction], style: GroupStyle) -> None:
    """An animal's line, broken where nothing was measured; bounds are triangles at the detection limit."""
    x, values = [one.middle_min for one in fractions], [one.at(1.0) for one in fractions]
    axes.plot(x, values, color=style.colour, lw=0.6, alpha=_ANIMAL, zorder=1, gid="animal")
    bounds = [one for one in fractions if one.is_bound]
    axes.plot(
        [one.middle_min for one in bounds], [one.below_percent for one in bounds], "v", ms=3.4, mew=0.6,
        mfc=palette(axes).paper, mec=style.colour, ls="", zorder=2, gid="bound",
    )  # fmt: skip


def _draw_means(axes: Axes, fractions: Sequence[GroupFraction], style: GroupStyle, aside: float) -> None:
    """A group's means with their intervals, from side to side of one another; a triangle is the most one can be."""
    x = [one.middle_min + aside * (one.stop_min - one.start_min) for one in fractions]
    axes.plot(x, [one.mean for one in fractions], color=style.colour, ls=style.dash, lw=1.3, zorder=3, gid="mean")
    for place, one in zip(x, fractions, strict=True):
        if not math.isnan(one.low):
            axes.plot([place] * 2, [one.low, one.high], color=style.colour, lw=1.0, zorder=4, gid="interval")
        face = palette(axes).paper if one.part == "straddles" or one.n_below else style.colour
        marker, size = ("v", 6.0) if one.n_below else (style.marker, 4.0)
        axes.plot(
            place, one.mean, marker=marker, ms=size, mfc=face, mec=style.colour, mew=0.8, zorder=5, gid="point",
        )  # fmt: skip


def _draw_stars(axes: Axes, result: DialysisComparison) -> None:
    """A star above each fraction that differs, in a row for each group."""
    for row, pair in enumerate(result.pairs):
        style = group_style(axes, row + 1)
        for one in pair.different:
            axes.plot(
                (one.start_min + one.stop_min) / 2, 0.975 - _STAR_STEP * row, "*", ms=5.0, color=style.colour, mew=0.0,
                transform=axes.get_xaxis_transform(), clip_on=False, zorder=6, gid="star",
            )  # fmt: skip


def _draw_course(axes: Axes, course: DialysisCourse) -> list[Line2D]:
    """One animal's fractions with their intervals."""
    style = group_style(axes, 0)
    _draw_animal(axes, course.fractions, style)
    for one in course.fractions:
        if not math.isnan(one.low):
            axes.plot([one.middle_min] * 2, [one.low, one.high], color=style.colour, lw=1.0, zorder=4, gid="interval")
        face = palette(axes).paper if one.part == "straddles" else style.colour
        axes.plot(
            one.middle_min, one.percent, marker=style.marker, ms=4.0, mfc=face, mec=style.colour, mew=0.8, zorder=5,
            gid="point",
        )  # fmt: skip
    label = f"animal {course.animal}: fraction, 95 % interval"
    return [Line2D([], [], color=style.colour, marker=style.marker, ms=4.0, lw=1.0, label=label)]


def _sign_handles(axes: Axes, courses: Sequence[DialysisCourse]) -> list[Line2D]:
    """What the other signs mean; only those that are drawn."""
    colours = palette(axes)
    fractions = [one for course in courses for one in course.fractions]
    drugs = {course.drug for course in courses if course.drug}
    given = f"{drugs.pop()} given" if len(drugs) == 1 else "given"
    found = [
        Line2D([], [], color=colours.baseline, lw=5.0, alpha=2 * _SHADE, label="baseline"),
        Line2D([], [], color=colours.ink, lw=0.8, ls="--", label=given),
    ]
    if len(courses) > 1:
        found.append(Line2D([], [], color=colours.ink, lw=0.6, alpha=_ANIMAL, label="one animal"))
    point = {"color": colours.ink, "ls": "", "mfc": colours.paper, "mew": 0.7}
    if any(one.part == "straddles" for one in fractions):
        found.append(Line2D([], [], marker="o", ms=4.0, label="straddles the drug", **point))  # type: ignore[arg-type]
    if any(one.is_bound for one in fractions):
        found.append(Line2D([], [], marker="v", ms=3.4, label="below the detection limit", **point))  # type: ignore[arg-type]
    return found


def _told(result: DialysisComparison) -> str:
    """What the comparison says of each group."""
    stars = "; * adjusted p < 0.05" if any(pair.different for pair in result.pairs) else ""
    return "\n".join(
        unbroken(f"{pair.group} against {pair.reference}: course {p_text(pair.p)} by permutation") + stars
        for pair in result.pairs
    )


def _label(axes: Axes, courses: Sequence[DialysisCourse], *, n_stars: int) -> None:
    """Axes from 0 percent on, with room for rows of stars above all fractions."""
    axes.set_ylim(0.0, axes.get_ylim()[1] / (1 - _STAR_STEP * (n_stars + 0.5)))
    axes.xaxis.set_major_locator(MaxNLocator(9, steps=[1, 2, 3, 4, 6, 10]))
    axes.set_xlabel("time from the drug (min)")
    axes.set_ylabel(f"{courses[0].analyte} (% of baseline)")
