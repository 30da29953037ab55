"""A table as a journal prints it: three rules, no vertical lines, notes beneath."""

from __future__ import annotations

import math
import re
from contextlib import nullcontext
from dataclasses import dataclass

from matplotlib.axes import Axes

from ephys.analysis import PaperTable
from ephys.errors import ParameterError
from ephys.plotting.columns import GLUE, Cell, cell_font, share_width, wrapped_cell
from ephys.plotting.labels import axes_height_pt, axes_width_pt
from ephys.plotting.palette import palette
from ephys.plotting.style import DOUBLE_MM, SINGLE_MM, drawing, house_style

_SIZES_PT = (6.5, 6.0, 5.5, 5.0)  # the house's, and what is still readable where the caller's axes are small
_LINE = 1.28  # of the size of the font
_GAP_PT = 7.0  # between columns
_ROW_PAD_PT = 1.7  # above and below a row
_LAYOUT_PAD_PT = 6.0  # what matplotlib's constrained layout keeps free at both sides together
_POINTS_PER_MM = 72.0 / 25.4
_THICK, _THIN = 0.9, 0.5
_WIDEST_GAP_PT = 30.0
_MOST_LINES = 3.5  # of a row; a table that needs more in one column takes two
_GLUED = re.compile(r"(?<=\d) (?=to\b)|(?<=to) (?=\d)|(?<=\d,) (?=\d)|(?<=[<>]) (?=\d)")
"""Blanks within an interval, and between two numbers: a line does not break there if it can be helped."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where everything stands at one size of the font; lengths in points, counted from the upper left corner."""

    size_pt: float
    lefts: tuple[float, ...]
    title: Cell
    lines: tuple[tuple[Cell, ...], ...]
    notes: Cell
    width: float

    @property
    def step(self) -> float:
        """From line to line."""
        return _LINE * self.size_pt

    def height_of(self, line: tuple[Cell, ...]) -> float:
        """Height of a row."""
        return max(len(cell) for cell in line) * self.step + 2 * _ROW_PAD_PT

    @property
    def height(self) -> float:
        """Of everything."""
        rows = sum(map(self.height_of, self.lines))
        return (len(self.title) + len(self.notes)) * self.step + rows + 4 * _ROW_PAD_PT


def plot_table(table: PaperTable, *, ax: Axes | None = None) -> Axes:
    """Draw a table as a journal prints it: three rules, headings that wrap, notes beneath.

    Parameters
    ----------
    table : PaperTable
        As `group_table` or `id50_table` gives it.
    ax : Axes, optional
        Where to draw; by default a new figure as wide as one column of a journal where that holds the table, else as
        two, and as high as it needs.

    Returns
    -------
    Axes
        Without axis lines; its data are points of 1/72 inch.

    Raises
    ------
    ParameterError
        If the table does not fit into the axes that were given, or two columns, at a size that can be read.

    Examples
    --------
    >>> from ephys.analysis import PaperTable
    >>> table = PaperTable("Rates.", ("group", "rate (Hz)"), (("control", "1.42"),), ({"rate": 1.42},), ("Means.",))
    >>> [text.get_text() for text in plot_table(table).texts]
    ['Rates.', 'group', 'rate (Hz)', 'control', '1.42', 'Means.']
    """
    with house_style() if ax is None else nullcontext():
        layout, width_mm = _placed(table, ax)
    height_mm = (layout.height + _LAYOUT_PAD_PT) / _POINTS_PER_MM
    with drawing(ax, width_mm=width_mm, height_mm=height_mm) as axes:
        _draw(axes, layout, layout.height if ax is None else axes_height_pt(axes))
        return axes


def _placed(table: PaperTable, ax: Axes | None) -> tuple[_Layout, float]:
    """Lay out in the caller's axes, else in one column of a journal if it fits well, else in two; and its width."""
    if ax is not None:
        return _fitted(table, axes_width_pt(ax), axes_height_pt(ax)), math.nan
    single = _lay_out(table, SINGLE_MM * _POINTS_PER_MM - _LAYOUT_PAD_PT, _SIZES_PT[0])
    if single is not None and max(map(single.height_of, single.lines)) <= _MOST_LINES * single.step:
        return single, SINGLE_MM
    return _fitted(table, DOUBLE_MM * _POINTS_PER_MM - _LAYOUT_PAD_PT, math.inf), DOUBLE_MM


def _fitted(table: PaperTable, width: float, height: float) -> _Layout:
    """Lay out in the largest size of the font that fits."""
    layout = None
    for size_pt in _SIZES_PT:
        layout = _lay_out(table, width, size_pt)
        if layout is not None and layout.height <= height:
            return layout
    needs = "more width for its longest words"
    if layout is not None:
        needs = f"{layout.height / _POINTS_PER_MM:.0f} mm of height"
    raise ParameterError(
        f"{table.title!r} needs {needs} than there are: {width / _POINTS_PER_MM:.0f} by "
        f"{height / _POINTS_PER_MM:.0f} mm; make the axes larger, or draw table.turned(), whose rows are its columns"
    )


def _lay_out(table: PaperTable, width: float, size_pt: float) -> _Layout | None:
    """Share the width among the columns and wrap every cell; ``None`` where the longest words do not fit."""
    lines = (table.columns, *table.rows)
    for texts in ([[_GLUED.sub(GLUE, text) for text in line] for line in lines], lines):
        widths = share_width(texts, width - (len(table.columns) - 1) * _GAP_PT, size_pt)
        if widths:
            break
    else:
        return None
    gap = (width - sum(widths)) / max(len(widths) - 1, 1)
    wrapped = tuple(
        tuple(wrapped_cell(text, across, size_pt, bold=place == 0) for text, across in zip(line, widths, strict=True))
        for place, line in enumerate(texts)
    )
    return _Layout(
        size_pt,
        tuple(sum(widths[:place]) + place * min(gap, _WIDEST_GAP_PT) for place in range(len(widths))),
        wrapped_cell(table.title, width, size_pt, bold=True) if table.title else (),
        wrapped,
        tuple(part for note in table.notes for part in wrapped_cell(note, width, size_pt)),
        width,
    )


def _draw(ax: Axes, layout: _Layout, height: float) -> None:
    """Draw title, rules, rows and notes from above; a point of the layout is a point on paper."""
    ax.set_axis_off()
    ax.set_xlim(0.0, layout.width)
    ax.set_ylim(height, 0.0)
    y = _write(ax, layout, layout.title, 0.0, 0.0, bold=True) + _ROW_PAD_PT
    _rule(ax, layout, y, _THICK)
    for place, line in enumerate(layout.lines):
        for left, cell in zip(layout.lefts, line, strict=True):
            _write(ax, layout, cell, left, y + _ROW_PAD_PT, bold=place == 0)
        y += layout.height_of(line)
        if place == 0:
            _rule(ax, layout, y, _THIN)
    _rule(ax, layout, y, _THICK)
    _write(ax, layout, layout.notes, 0.0, y + _ROW_PAD_PT)


def _rule(ax: Axes, layout: _Layout, y: float, width_pt: float) -> None:
    """Draw a line across the table."""
    ax.plot([0.0, layout.width], [y, y], color=palette(ax).ink, lw=width_pt, solid_capstyle="butt", clip_on=False)


def _write(ax: Axes, layout: _Layout, lines: Cell, left: float, top: float, *, bold: bool = False) -> float:
    """Write lines below each other; return where they end."""
    for number, text in enumerate(lines):
        y = top + (number + 0.5) * layout.step
        font = cell_font(layout.size_pt, bold=bold)
        if text:
            written = ax.text(left, y, text, va="center_baseline", fontproperties=font, color=palette(ax).ink)
            written.set_in_layout(False)  # it is laid out already; the axes need no room beside them
    return top + len(lines) * layout.step
