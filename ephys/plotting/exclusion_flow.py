"""The flow of a cohort: what was recorded, what was left out and why, what is analysed."""

from __future__ import annotations

import math
import re
from contextlib import nullcontext
from dataclasses import dataclass, replace

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle

from ephys.errors import ParameterError
from ephys.pharmacology import Exclusions, FlowStage
from ephys.pharmacology.groups.estimates import count_text
from ephys.plotting.labels import axes_height_pt, axes_width_pt, wrap_text
from ephys.plotting.palette import palette
from ephys.plotting.style import DOUBLE_MM, SINGLE_MM, drawing, house_style

_MOST_GROUPS = 4
_SIZES_PT = (6.5, 6.0, 5.5, 5.0)  # the house's, and what is still readable where the caller's axes are small
_LINE = 1.28  # of the size of the font
_PAD_PT = 3.5
_HINTING = 0.94  # letters that are fitted to the dots of a screen take up to a twentieth more than those on paper
_STEP_PT = 10.0
_ASIDE_PT = 5.0
_BETWEEN_PT = 7.0
_EDGE_PT = 1.0
_LAYOUT_PAD_PT = 6.0  # what matplotlib's constrained layout keeps free at both sides together
_NUMBER = re.compile(r"(?<=\d) (?=(?:h|s)\b)")
_GLUE = "\u00a0"  # holds a number and its unit together
_POINTS_PER_MM = 72.0 / 25.4

Line = tuple[str, bool]
"""Text, and whether it is bold."""

Point = tuple[float, float]
Arrow = tuple[Point, Point]


@dataclass(frozen=True, slots=True)
class _Box:
    """A box with its lines; lengths in points, `top` counted down from the axes' upper edge."""

    left: float
    top: float
    width: float
    height: float
    lines: tuple[Line, ...]
    aside: bool = False

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.top + self.height

    @property
    def middle(self) -> float:
        """Half its height."""
        return self.top + self.height / 2


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where everything stands at one size of the font."""

    size_pt: float
    height: float
    boxes: tuple[_Box, ...]
    arrows: tuple[Arrow, ...]


@dataclass(frozen=True, slots=True)
class _Column:
    """Stages of one group, and where they stand: boxes on the way, the line between them, boxes aside."""

    name: str
    stages: tuple[FlowStage, ...]
    left: float
    width: float
    axis_share: float
    aside_share: float
    right: float

    @property
    def axis(self) -> float:
        """Where the line from stage to stage goes."""
        return self.left + self.axis_share * self.width

    @property
    def aside(self) -> float:
        """Where boxes of what was left out begin."""
        return self.left + self.aside_share * self.width


def plot_exclusion_flow(exclusions: Exclusions, *, ax: Axes | None = None) -> Axes:
    """Draw how many cells of how many animals went where, as a flow diagram.

    Up to four groups have a column each, between what was recorded and what is analysed of all of them; more are drawn
    together. A stage whose cells are not all what it says (lost cells beside held ones, where no rule takes these) has
    a neutral name, and its numbers below.

    Parameters
    ----------
    exclusions : Exclusions
        Of a cohort.
    ax : Axes, optional
        Where to draw; by default a new figure, one column wide and two for three groups or more, as high as it needs.

    Returns
    -------
    Axes
        Without axis lines; its data are points of 1/72 inch.

    Raises
    ------
    ParameterError
        If the text does not fit into the axes that were given at a size that can be read.

    Examples
    --------
    >>> from ephys.pharmacology import SeriesFacts, apply_exclusions
    >>> facts = SeriesFacts("rat01_1", "rat01", "", "1", "1", label="serotonergic", stability="stable")
    >>> ax = plot_exclusion_flow(apply_exclusions([facts]))
    >>> [text.get_text() for text in ax.texts if text.get_text()][:2]
    ['recorded', '1 cell of 1 animal']
    """
    wide = 2 < len(exclusions.groups) <= _MOST_GROUPS
    width_mm = DOUBLE_MM if wide else SINGLE_MM
    width, height = width_mm * _POINTS_PER_MM - _LAYOUT_PAD_PT, math.inf
    if ax is not None:
        width = axes_width_pt(ax)
        height = axes_height_pt(ax)
    with house_style() if ax is None else nullcontext():
        layout = _fitted(exclusions, width, height)
    height_mm = (layout.height + _LAYOUT_PAD_PT) / _POINTS_PER_MM
    with drawing(ax, width_mm=width_mm, height_mm=height_mm) as axes:
        _draw(axes, layout, width, layout.height if ax is None else height)
        return axes


def _fitted(exclusions: Exclusions, width: float, height: float) -> _Layout:
    """Lay out in the largest size of the font that fits."""
    for size_pt in _SIZES_PT:
        layout = _lay_out(exclusions, width, size_pt)
        if layout.height <= height:
            return layout
    raise ParameterError(
        f"the flow needs {layout.height / _POINTS_PER_MM:.0f} mm of height where it is {width / _POINTS_PER_MM:.0f} mm "
        f"wide, and the axes have {height / _POINTS_PER_MM:.0f} mm; make them larger"
    )


def _lay_out(exclusions: Exclusions, width: float, size_pt: float) -> _Layout:
    """Place every box and arrow: what all have in common above and below, stage by stage between."""
    columns = _columns(exclusions, width)
    whole = exclusions.stages()
    together = len(columns) > 1
    boxes: list[_Box] = []
    arrows: list[Arrow] = []
    bottom = -_STEP_PT + _EDGE_PT
    if together:
        boxes.append(_whole_box(whole[0], width, _EDGE_PT, size_pt))
        bottom = boxes[-1].bottom
    for number in range(len(columns[0].stages)):
        aside = _asides(columns, number, bottom, size_pt)
        top = max((box.bottom for _, box in aside), default=bottom) + _STEP_PT
        row = _row(columns, number, whole[number], top, size_pt)
        if boxes:
            arrows += [((column.axis, bottom), (column.axis, top)) for column in columns]
        arrows += [((column.axis, box.middle), (box.left, box.middle)) for column, box in aside]
        boxes += [*(box for _, box in aside), *row]
        bottom = row[0].bottom
    if together:
        boxes.append(_whole_box(whole[-1], width, bottom + _STEP_PT, size_pt))
        arrows += [((column.axis, bottom), (column.axis, boxes[-1].top)) for column in columns]
    return _Layout(size_pt, boxes[-1].bottom + _EDGE_PT, tuple(boxes), tuple(arrows))


def _columns(exclusions: Exclusions, width: float) -> list[_Column]:
    """Columns of the groups; one of everything where there is one group, or where there are too many."""
    groups = exclusions.groups
    inner = width - 2 * _EDGE_PT
    if not 1 < len(groups) <= _MOST_GROUPS:
        stages = exclusions.stages()
        return [_Column("", stages, _EDGE_PT, 0.6 * inner, axis_share=0.5, aside_share=0.6, right=_EDGE_PT + inner)]
    each = (inner - (len(groups) - 1) * _BETWEEN_PT) / len(groups)
    lefts = [_EDGE_PT + number * (each + _BETWEEN_PT) for number in range(len(groups))]
    return [
        _Column(
            group or "no group",
            exclusions.stages(group),
            left,
            each,
            axis_share=0.07,
            aside_share=0.2,
            right=left + each,
        )
        for group, left in zip(groups, lefts, strict=True)
    ]


def _row(columns: list[_Column], number: int, whole: FlowStage, top: float, size_pt: float) -> list[_Box]:
    """Boxes of one stage, side by side, named alike and equally high."""
    boxes = [
        _box(
            column.left, top, column.width, _told(column.stages[number], whole, column.name * (not number)), size_pt
        )
        for column in columns
    ]  # fmt: skip
    height = max(box.height for box in boxes)
    return [replace(box, height=height) for box in boxes]


def _asides(columns: list[_Column], number: int, above: float, size_pt: float) -> list[tuple[_Column, _Box]]:
    """Boxes of what was left out before a stage, in the columns where anything was."""
    top = above + _ASIDE_PT
    return [
        (column, _box(column.aside, top, column.right - column.aside, _left_out(stage), size_pt, aside=True))
        for column in columns
        if (stage := column.stages[number]).left_out
    ]


def _whole_box(stage: FlowStage, width: float, top: float, size_pt: float) -> _Box:
    """Box of all groups together, as wide as the figure."""
    return _box(_EDGE_PT, top, width - 2 * _EDGE_PT, _told(stage, stage, "all groups"), size_pt)


def _told(stage: FlowStage, whole: FlowStage, group: str) -> list[Line]:
    """Name and numbers of a stage; what its cells are, too, where those of the whole cohort are not all alike."""
    title = f"{group}: {whole.title}" if group else whole.title
    numbers = f"{count_text(stage.cells, 'cell')} of {count_text(stage.animals, 'animal')}"
    return [(title, True), (numbers, False), *([(stage.of_these, False)] if whole.is_mixed else [])]


def _left_out(stage: FlowStage) -> list[Line]:
    """How many were left out, and why."""
    return [
        (f"left out: {count_text(stage.left_out_cells, 'cell')}", True),
        *((f"{n} {told}", False) for told, n in stage.left_out),
    ]


def _box(left: float, top: float, width: float, lines: list[Line], size_pt: float, *, aside: bool = False) -> _Box:
    """Box as high as its lines, which are wrapped to its width."""
    free = _HINTING * (width - 2 * _PAD_PT)
    wrapped = [
        (part.replace(_GLUE, " "), bold)
        for text, bold in lines
        for part in wrap_text(_NUMBER.sub(_GLUE, text), free, _font(size_pt, bold=bold))
    ]
    return _Box(left, top, width, len(wrapped) * _LINE * size_pt + 2 * _PAD_PT, tuple(wrapped), aside)


def _font(size_pt: float, *, bold: bool) -> FontProperties:
    return FontProperties(size=size_pt, weight="bold" if bold else "normal")


def _draw(ax: Axes, layout: _Layout, width: float, height: float) -> None:
    """Draw boxes, arrows and text; a point of the layout is a point on paper."""
    colours = palette(ax)
    ax.set_axis_off()
    ax.set_xlim(0.0, width)
    ax.set_ylim(height, 0.0)
    for start, stop in layout.arrows:
        style = {
            "arrowstyle": "-|>,head_length=2.2,head_width=1.1",
            "lw": 0.6,
            "color": colours.ink,
            "shrinkA": 0,
            "shrinkB": 0,
            "mutation_scale": 1.0,
        }
        ax.annotate("", xy=stop, xytext=start, arrowprops=style)
    for box in layout.boxes:
        edge = colours.faint if box.aside else colours.ink
        at = (box.left, box.top)
        ax.add_patch(Rectangle(at, box.width, box.height, fc=colours.paper, ec=edge, lw=0.6, clip_on=False))
        _draw_lines(ax, box, layout.size_pt)


def _draw_lines(ax: Axes, box: _Box, size_pt: float) -> None:
    """Write the lines of a box: those of a stage in the middle, those of what was left out from the left."""
    step = _LINE * size_pt
    first = box.top + (box.height - len(box.lines) * step) / 2
    x, align = (box.left + _PAD_PT, "left") if box.aside else (box.left + box.width / 2, "center")
    for number, (text, bold) in enumerate(box.lines):
        y = first + (number + 0.5) * step
        ax.text(x, y, text, ha=align, va="center_baseline", fontproperties=_font(size_pt, bold=bold))
