"""Latencies with a cut-off: the share of animals that stay, each that leaves a point, and how many are watched."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from ephys.pharmacology import LatencyComparison, LatencyGroup
from ephys.pharmacology.groups.estimates import count_text, interval_text
from ephys.plotting.group_series import GroupStyle, group_style, legend_above, unbroken
from ephys.plotting.labels import text_width_pt, wrap_text
from ephys.plotting.palette import palette
from ephys.plotting.style import SINGLE_MM, drawing

_HEIGHT_MM = 75.0
_ROW_PT = 8.0
"""From row to row of the numbers below the axis."""
_FIRST_PT = 20.0
"""Of the first of them below the axis: the tick labels are above it."""
_NAME_PT = 10.0
_FONT = 6.5
_BESIDE_PT = 40.0
"""Widest name that stands beside its numbers; where one is wider, all stand above theirs, or the axes were squeezed."""
_ABOVE_PT = 170.0
"""Width at which a name above its numbers is wrapped: about that of the axes of one column."""
_ROW_MM = 4.0


def plot_latencies(result: LatencyComparison, *, ax: Axes | None = None) -> Axes:
    """Draw the share of animals whose latency has not ended, over time, as a step for each group.

    A point is an animal whose latency ended; an open triangle those that were still there when they were no longer
    watched, whose latencies are bounds. Below the axis stands how many of each group were watched.

    Parameters
    ----------
    result : LatencyComparison
        From `compare_latencies`.
    ax : Axes, optional
        Axes to draw on; by default a figure is made.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from ephys.pharmacology import Latencies, Latency, compare_latencies
    >>> trials = [Latency(f"v{n}", "vehicle", 4.0 + n, cutoff_s=180.0) for n in range(4)]
    >>> trials += [Latency(f"d{n}", "drug", s, s == 180.0, 180.0) for n, s in enumerate((60.0, 90.0, 180.0))]
    >>> ax = plot_latencies(compare_latencies(Latencies(tuple(trials))))
    >>> ax.get_ylabel()
    'latency not ended (% of animals)'
    """
    above = _names_above(result)
    rows = len(result.groups) + sum(map(len, above))
    with drawing(ax, width_mm=SINGLE_MM, height_mm=_HEIGHT_MM + _ROW_MM * rows) as axes:
        handles = []
        for place, group in enumerate(result.groups):
            style = group_style(axes, place)
            _draw_group(axes, result, group, style)
            median = group.median_text.replace("> ", ">\N{NO-BREAK SPACE}")  # a bound is not parted from its sign
            label = f"{group.group}, {count_text(group.n_animals, 'animal')}: median {median} s"
            handles.append(Line2D([], [], color=style.colour, ls=style.dash, marker=style.marker, ms=3.4, label=label))
        if any(one.censored for one in result.animals):
            ink, paper, faint = palette(axes).ink, palette(axes).paper, palette(axes).faint
            axes.axvline(result.until_s, color=faint, lw=0.8, ls=":", zorder=0, gid="cutoff")
            label = "had not ended when no longer watched"
            handles.append(Line2D([], [], ls="", marker=">", ms=4.5, mfc=paper, mec=ink, mew=0.8, label=label))
            label = f"{result.until_s:g} s: means are up to here"
            handles.append(Line2D([], [], color=faint, lw=0.8, ls=":", label=label))
        _label(axes, result, above)
        legend_above(axes, handles, title=_told(result))
        return axes


def _draw_group(axes: Axes, result: LatencyComparison, group: LatencyGroup, style: GroupStyle) -> None:
    """A group's curve up to its last animal, a point for each that left."""
    x = [0.0, *group.times_s, group.last_s]
    y = [100.0 * group.staying_at(time_s) for time_s in x]
    axes.plot(x, y, drawstyle="steps-post", color=style.colour, ls=style.dash, lw=1.2, zorder=2, gid="curve")
    own = [one for one in result.animals if one.group == group.group]
    for time_s, share in zip(group.times_s, group.staying, strict=True):
        left = [one for one in own if not one.censored and one.latency_s == time_s]
        # Animals that leave at once stand on the same step, one under the other.
        for place in range(len(left)):
            axes.plot(
                time_s, 100.0 * share + place * 100.0 / group.n_animals, style.marker, ms=3.4, color=style.colour,
                mew=0.0, clip_on=False, zorder=3, gid="animal",
            )  # fmt: skip
    for one in own:
        if one.censored:
            height = 100.0 * group.staying_at(one.latency_s)
            axes.plot(
                one.latency_s, height, ">", ms=4.5, mfc=palette(axes).paper, mec=style.colour, mew=0.8, clip_on=False,
                zorder=4, gid="stayed",
            )  # fmt: skip


def _names_above(result: LatencyComparison) -> list[list[str]]:
    """Lines of each group's name above its numbers; none where all names are short enough to stand beside."""
    font = FontProperties(size=_FONT)
    if all(text_width_pt(group.group, font) <= _BESIDE_PT for group in result.groups):
        return [[] for _ in result.groups]
    return [wrap_text(group.group, _ABOVE_PT, font) for group in result.groups]


def _label(axes: Axes, result: LatencyComparison, above: list[list[str]]) -> None:
    """Axes, and below them how many of each group were watched at each tick."""
    axes.set_ylim(0.0, 103.0)
    axes.set_xlim(0.0, 1.03 * max(result.until_s, *(group.last_s for group in result.groups)))
    found = MaxNLocator(6, steps=[1, 2, 3, 5, 6, 10]).tick_values(0.0, result.until_s)
    ticks = [float(tick) for tick in found if tick <= result.until_s]
    axes.set_xticks(ticks)
    axes.set_ylabel("latency not ended (% of animals)")
    axes.set_xlabel(
        "time (s); below the axis: animals watched", labelpad=6.0 + _ROW_PT * (len(above) + sum(map(len, above)))
    )
    below = axes.get_xaxis_transform()
    down = -_FIRST_PT
    for place, (group, lines) in enumerate(zip(result.groups, above, strict=True)):
        colour = group_style(axes, place).colour
        usual: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": _FONT, "color": colour}
        for line in lines or [group.group]:
            axes.annotate(
                line, (0.0, 0.0), (0.0 if lines else -_NAME_PT, down), xycoords=below, ha="left" if lines else "right",
                annotation_clip=False, gid="name", **usual,
            )  # fmt: skip
            down -= _ROW_PT if lines else 0.0
        for tick in ticks:
            axes.annotate(
                str(result.at_risk(group.group, tick)), (tick, 0.0), (0.0, down), xycoords=below, ha="center",
                annotation_clip=False, gid="at risk", **usual,
            )  # fmt: skip
        down -= _ROW_PT


def _told(result: LatencyComparison) -> str:
    """What the comparison says of each group."""
    several = len(result.pairs) > 1
    lines = []
    for pair in result.pairs:
        apart = interval_text(pair.mean_s, pair.low_s, pair.high_s)
        lines.append(
            f"{pair.group} - {pair.reference}: {apart} s in the mean up to {result.until_s:g} s, {result.test} "
            f"{unbroken(pair.chance(adjusted=several))}"
        )
    return "\n".join(lines)
