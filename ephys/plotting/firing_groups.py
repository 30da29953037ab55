"""How cells of groups fire: every cell, every animal and the group's value, a panel for each measure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D

from ephys.errors import ParameterError
from ephys.pharmacology import FiringComparison, GroupEstimate, MeasureComparison
from ephys.pharmacology.groups.estimates import count_text
from ephys.plotting.group_axis import lay_out_values
from ephys.plotting.group_places import ESTIMATE_AT, Column, columns_of
from ephys.plotting.labels import text_width_pt, wrap_text
from ephys.plotting.legends import legend_columns
from ephys.plotting.palette import palette
from ephys.plotting.style import DOUBLE_MM, house_style, new_figure

_PT_PER_MM = 72.0 / 25.4
_BESIDE_AXES_MM = 15.0
"""What a panel needs left of its axes, and between it and the next."""
_PLACE_MM = 11.5
"""What a group needs on the axis for its numbers."""
_AXES_MM = 42.0
_LINE_MM = 2.9
_ASLANT_MM = 8.0
_ASLANT_LEFT_PT = 8.0
"""Names that stand aslant need room below, and left of the first."""
_LEGEND_MM = 10.0
_FONT = 6.5
_ROOM = 0.94
"""Of the room there is, that a line of text may fill."""
_MANY = 60  # cells of a group that are drawn smaller
_RASTER = 2000
_UNBROKEN = re.compile(r"(Welch )?p [=<] [^\s,;]+|\(Holm [^()]*\)|\([^()]* to [^()]*\)")
"""What stays on one line where it can."""


def plot_firing_groups(
    comparison: FiringComparison, *, measures: Sequence[str] | None = None, width_mm: float = DOUBLE_MM
) -> Figure:
    r"""Draw how cells of groups fire, a panel for each measure: every cell, every animal, the group and its interval.

    Cells of one animal stand above each other in a column, with the animal's mean: n is animals. Rates have a log axis
    with a place for silence below it; equal shares and counts are stacked. Above each panel stand the differences from
    the reference as the comparison has them, below it animals and cells (tracks) of each group.

    Parameters
    ----------
    comparison : FiringComparison
        From `compare_firing`.
    measures : sequence of str, optional
        Names of those to draw, in their order; by default all that were compared.
    width_mm : float, optional
        Of the figure: `DOUBLE_MM`, or `SINGLE_MM` for one column of a journal.

    Returns
    -------
    Figure
        One panel for each measure; `comparison.not_compared` and what is left out of all stand below.

    Raises
    ------
    ParameterError
        If a measure was not compared, or none was.

    Examples
    --------
    >>> from ephys.pharmacology import compare_firing
    >>> rows = [{"animal": f"{group}{n}", "group": group, "rate_hz": 0.5 + n} for group in "ab" for n in range(4)]
    >>> figure = plot_firing_groups(compare_firing(rows))
    >>> [label.get_text() for label in figure.axes[0].get_xticklabels()]
    ['a\n4 animals\n4 cells', 'b\n4 animals\n4 cells']
    """
    shown = [comparison[name] for name in measures] if measures is not None else list(comparison)
    if not shown:
        raise ParameterError(f"nothing to draw: no measure was {'named' if measures is not None else 'compared'}")
    groups = groups_shown(comparison)
    columns = max(1, min(len(shown), int(width_mm // (_BESIDE_AXES_MM + _PLACE_MM * len(groups)))))
    axes_pt = (width_mm / columns - _BESIDE_AXES_MM) * _PT_PER_MM
    aslant = _are_wide(shown, groups, _ROOM * axes_pt / len(groups))
    axes_pt -= aslant * _ASLANT_LEFT_PT
    told = [_told(measure, axes_pt) for measure in shown]
    below = _below(comparison, width_mm)
    rows = [range(first, min(first + columns, len(shown))) for first in range(0, len(shown), columns)]
    fixed_mm = _AXES_MM + (_ASLANT_MM if aslant else 0.0)
    heights_mm = [fixed_mm + _LINE_MM * (6 + max(told[place].count("\n") for place in row)) for row in rows]
    with house_style():
        figure = new_figure(
            width_mm=width_mm, height_mm=sum(heights_mm) + _LEGEND_MM + _LINE_MM * len(below)
        )  # fmt: skip
        panels = figure.subplots(len(rows), columns, squeeze=False, height_ratios=heights_mm).ravel().tolist()
        for axes, measure, text in zip(panels, shown, told, strict=False):
            _draw_panel(axes, measure, groups, None if aslant else _ROOM * axes_pt / len(groups))
            axes.set_title(text, loc="left", fontsize=_FONT)
        for axes in panels[len(shown) :]:
            axes.remove()
        handles = _handles(figure.axes[0], comparison, shown)
        ncols = legend_columns([str(handle.get_label()) for handle in handles], width_mm)
        figure.legend(handles=handles, loc="outside upper left", ncols=ncols)
        if below:
            figure.supxlabel("\n".join(below), x=0.01, ha="left", fontsize=_FONT)
        return figure


def groups_shown(comparison: FiringComparison) -> list[str]:
    """Every group that a measure has, the reference first: from left to right."""
    found = dict.fromkeys(group.group for measure in comparison for group in measure.groups)
    return sorted(found, key=lambda group: group != comparison.reference)


def _told(measure: MeasureComparison, width_pt: float) -> str:
    """Differences from the reference in words, Welch's p-value beside, and how many cells are not shown."""
    welch = {one.group: one for one in measure.welch if not math.isnan(one.p)}
    several = len(measure.differences) > 1
    texts = [
        measure.difference_text(one)
        + (f"; Welch {welch[one.group].chance(adjusted=several)}" if one.group in welch else "")
        for one in measure.differences
    ]
    if measure.n_missing:
        texts.append(f"{count_text(measure.n_missing, 'cell')} without a value, not shown")
    font = FontProperties(size=_FONT)
    return "\n".join(line for text in texts for line in wrap_text(_kept(text, width_pt), _ROOM * width_pt, font))


def _kept(text: str, width_pt: float) -> str:
    """A text whose p-values and intervals will stay on one line where a line can hold them."""
    font = FontProperties(size=_FONT)

    def joined(found: re.Match[str]) -> str:
        fits = text_width_pt(found.group() + ",", font) <= _ROOM * width_pt
        return found.group().replace(" ", "\N{NO-BREAK SPACE}") if fits else found.group()

    return _UNBROKEN.sub(joined, text)


def _below(comparison: FiringComparison, width_mm: float) -> list[str]:
    """What is in no panel, in lines."""
    texts = [f"Left out of all: {'; '.join(comparison.left_out)}."] if comparison.left_out else []
    if comparison.not_compared:
        names = ", ".join(reason.split(":")[0] for reason in comparison.not_compared)
        texts.append(f"Not compared: {names}.")
    if comparison.block:
        texts.append(f"{' and '.join(comparison.block)} taken out of the groups' values, not out of the points.")
    font = FontProperties(size=_FONT)
    return [line for text in texts for line in wrap_text(text, _ROOM * width_mm * _PT_PER_MM, font)]


def _draw_panel(axes: Axes, measure: MeasureComparison, groups: Sequence[str], place_pt: float | None) -> None:
    """One measure, its groups side by side, their names upright in places of that width, or aslant."""
    foot = lay_out_values(axes, measure)
    for place, group in enumerate(groups):
        for column in columns_of(measure, group, place, foot=foot, span=float(np.ptp(axes.get_ylim()))):
            _draw_animal(axes, measure, column)
    for estimate in measure.groups:
        _draw_estimate(axes, estimate, groups.index(estimate.group) + ESTIMATE_AT)
    axes.set_xlim(-0.55, len(groups) - 0.45)
    _name_groups(axes, measure, groups, place_pt)
    percent = " (%)" if measure.effect == "odds ratio" else ""
    label = measure.label + percent
    axes.set_ylabel("\n".join(wrap_text(label, _AXES_MM * _PT_PER_MM, FontProperties(size=7.0))))


def _draw_animal(axes: Axes, measure: MeasureComparison, column: Column) -> None:
    """Cells of one animal, joined, with their mean."""
    colours = palette(axes)
    size = 2.6 if len(measure.cells) <= _MANY else 1.9
    alone = len({cell.value for cell in column.cells}) == 1  # its mean would hide it
    on_top, opacity = (4, 1.0) if alone else (2, 0.75)
    own = column.cell_y[[cell.used for cell in column.cells]]
    if own.size > 1:
        axes.plot([column.x] * 2, [own.min(), own.max()], color=colours.faint, lw=0.5, zorder=1)
    for sign, face, which in (
        ("o", colours.agonist, [cell.used and not _silent(measure, cell.value) for cell in column.cells]),
        ("v", colours.agonist, [cell.used and _silent(measure, cell.value) for cell in column.cells]),
        ("v", colours.paper, [not cell.used for cell in column.cells]),
    ):
        if any(which):
            axes.plot(
                column.cell_x[which], column.cell_y[which], sign, ls="", ms=size, mfc=face, mec=colours.agonist,
                mew=0.5, alpha=opacity, zorder=on_top, gid="cells", rasterized=len(measure.cells) > _RASTER,
            )  # fmt: skip
    if not math.isnan(column.value):
        axes.plot(
            column.x, column.value, "D", ms=3.4, mfc=colours.antagonist, mec=colours.paper, mew=0.4, zorder=3,
            gid="animal",
        )  # fmt: skip


def _silent(measure: MeasureComparison, value: float) -> bool:
    """Whether a value is a rate of 0, or what is left of one."""
    return measure.is_geometric and value == 0


def _draw_estimate(axes: Axes, estimate: GroupEstimate, x: float) -> None:
    """A group's value with its interval: open where too few animals tell one, arrows where it leaves the axis."""
    colours = palette(axes)
    bottom, top = axes.get_ylim()
    known = not math.isnan(estimate.low)
    if known:
        low, high = max(estimate.low, bottom), min(estimate.high, top)
        axes.plot([x, x], [low, high], color=colours.ink, lw=1.2, solid_capstyle="butt", zorder=4, gid="interval")
        for end, leaves, sign in ((low, estimate.low < bottom, "v"), (high, estimate.high > top, "^")):
            if leaves:
                axes.plot(x, end, sign, ms=4.0, color=colours.ink, zorder=5, clip_on=False, gid="arrow")
    if bottom <= estimate.value <= top:
        face = colours.ink if known else colours.paper
        axes.plot(x, estimate.value, "s", ms=4.2, mfc=face, mec=colours.ink, mew=0.7, zorder=6, gid="group")


def _are_wide(shown: Sequence[MeasureComparison], groups: Sequence[str], place_pt: float) -> bool:
    """Whether a word or a number of a group is wider than its place."""
    counts = {text for measure in shown for group in groups for text in _counts(measure, group)}
    words = {word for group in groups for word in group.split()}
    font = FontProperties(size=_FONT)
    return max(text_width_pt(text, font) for text in counts | words) > place_pt


def _name_groups(axes: Axes, measure: MeasureComparison, groups: Sequence[str], place_pt: float | None) -> None:
    """Names and numbers of the groups under their places; aslant where none holds them."""
    counts = [_counts(measure, group) for group in groups]
    if place_pt is not None:
        font = FontProperties(size=_FONT)
        upright = [(*wrap_text(group, place_pt, font), *own) for group, own in zip(groups, counts, strict=True)]
        axes.set_xticks(range(len(groups)), ["\n".join(lines) for lines in upright])
    else:
        aslant = [
            f"{' '.join((group, *own[2:]))}\n{', '.join(own[:2])}" for group, own in zip(groups, counts, strict=True)
        ]
        axes.set_xticks(range(len(groups)), aslant, rotation=45, ha="right", rotation_mode="anchor")
    axes.tick_params(axis="x", length=0.0)


def _counts(measure: MeasureComparison, group: str) -> tuple[str, ...]:
    """Animals and cells (tracks) of a group, and those in no number."""
    estimate = next((one for one in measure.groups if one.group == group), None)
    aside = sum(not cell.used for cell in measure.cells if cell.group == group)
    silent = (f"+ {aside} silent",) if aside else ()
    if estimate is None:
        return ("no value", *silent)
    counted = measure.counted.removesuffix("s")
    return (count_text(estimate.n_animals, "animal"), count_text(estimate.n_cells, counted), *silent)


def _handles(axes: Axes, comparison: FiringComparison, shown: Sequence[MeasureComparison]) -> list[Line2D]:
    """What the signs mean; only those that are drawn."""
    colours = palette(axes)
    counted = " or ".join(dict.fromkeys(measure.counted.removesuffix("s") for measure in shown))
    cell = {"ls": "", "ms": 2.6, "mec": colours.agonist, "mew": 0.5}
    stacks = "; equal ones stacked" if any(_has_stacks(measure) for measure in shown) else ""
    level = f"{100 * comparison.level:g} % CI"
    found = [Line2D([], [], marker="o", mfc=colours.agonist, label=f"{counted}{stacks}", **cell)]  # type: ignore[arg-type]
    found += [
        Line2D([], [], marker="v", mfc=face, label=text, **cell)  # type: ignore[arg-type]
        for face, text in _silent_signs(shown, colours.agonist, colours.paper)
    ]
    found.append(
        Line2D(
            [], [], marker="D", ls="", ms=3.4, mfc=colours.antagonist, mec=colours.paper, mew=0.4, label="animal's mean"
        )
    )
    known = {not math.isnan(group.low) for measure in shown for group in measure.groups}
    square = {"marker": "s", "ms": 4.2, "color": colours.ink}
    if True in known:
        found.append(Line2D([], [], lw=1.2, label=f"group, {level}", **square))  # type: ignore[arg-type]
    if False in known:
        told = "group, too few animals for an interval"
        found.append(Line2D([], [], ls="", mfc=colours.paper, mew=0.7, label=told, **square))  # type: ignore[arg-type]
    return found


def _has_stacks(measure: MeasureComparison) -> bool:
    """Whether equal values are stacked."""
    return not measure.is_geometric and measure.effect != "difference"


def _silent_signs(shown: Sequence[MeasureComparison], filled: str, paper: str) -> Iterator[tuple[str, str]]:
    """Fill and meaning of the triangles for silence."""
    silent = [cell for measure in shown if measure.is_geometric for cell in measure.cells if cell.value == 0]
    if any(cell.used for cell in silent):
        yield filled, "silent at the dose (0 % left)"
    if any(not cell.used for cell in silent):
        yield paper, "silent (0 Hz), in no mean"
