"""A cohort at a glance: every animal, every cell, what became of it, and its ID50."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ephys.analysis import CohortAnalysis
from ephys.analysis.overview import SeenSeries, overview_of
from ephys.errors import ParameterError
from ephys.jupyter import common_words
from ephys.pharmacology.groups.estimates import count_text
from ephys.plotting.columns import Cell, cell_font, share_width, wrapped_cell
from ephys.plotting.overview_panels import Place, draw_id50s, draw_rates
from ephys.plotting.overview_rows import EDGE_PT, HEAD_PT, HEADINGS, MARK_PT, PAD_PT, Sheet, lay_out
from ephys.plotting.palette import palette
from ephys.plotting.style import DOUBLE_MM, house_style, new_figure

_FOOT_PT = 14.0  # lower numbers of the panels
_RATE_PT = 38.0
_ID50_PT, _OF_SEVERAL_PT = 100.0, 62.0  # width of the one panel of ID50s, and of each where doses have several units
_PANEL_GAP_PT = 12.0
_OVERHANG_PT = 8.0  # of the last number of an axis
_POINTS_PER_MM = 72.0 / 25.4
_SHAPES = {"serotonergic": "o", "uncertain": "D", "not serotonergic": "s", "not judged": "^", "failed": "x"}
"""How identity is drawn; the word stands beside it."""


def plot_cohort_overview(analysis: CohortAnalysis, *, relabel: Callable[[str], str] = str) -> Figure:
    """Draw every animal of a cohort with its cells: identity, baseline, fate, whether it counts, rate and ID50.

    Cells stand by group and animal, in the order in which they were recorded; a cell that had two drugs has two lines.
    The shape of a mark tells the identity, an open one that the cell is left out. An ID50 of which only a bound is
    known is an arrow, and no point.

    Parameters
    ----------
    analysis : CohortAnalysis
        As `analyse_cohort` gives it.
    relabel : callable, optional
        What to write in place of each text, before it is broken into lines.

    Returns
    -------
    Figure
        Two columns of a journal wide, as high as the cohort needs; its first axes carry the text.

    Raises
    ------
    ParameterError
        If the cohort has no animal, or names are too long for a line.

    Examples
    --------
    >>> import ephys
    >>> analysis = ephys.analyse_cohort("cohort.csv")  # doctest: +SKIP
    >>> figure = plot_cohort_overview(analysis)  # doctest: +SKIP
    """
    groups = overview_of(analysis)
    if not groups:
        raise ParameterError("the cohort has no animal; there is nothing to draw")
    shown = [series for group in groups for animal in group.animals for series in animal.series]
    units = tuple(dict.fromkeys(series.dose_unit for series in shown if series.reach))
    width = DOUBLE_MM * _POINTS_PER_MM
    with house_style():
        sheet = lay_out(groups, _panel_lefts(units, width)[0] - _PANEL_GAP_PT - EDGE_PT, relabel=relabel)
        notes = wrapped_cell(_notes(shown, analysis.settings.fit.level), width - 2 * EDGE_PT, sheet.size_pt)
        height = sheet.rows[-1].bottom + _FOOT_PT + (len(notes) + 1.5) * sheet.step + EDGE_PT
        figure = new_figure(width_mm=DOUBLE_MM, height_mm=height / _POINTS_PER_MM)
        figure.set_layout_engine("none")
        texts = _text_axes(figure, width, height)
        _draw_rows(texts, sheet)
        _draw_legend(texts, sheet, shown, notes)
        _draw_panels(figure, sheet, units, (width, height))
    return figure


def _panel_lefts(units: Sequence[str], width: float) -> list[float]:
    """Where each panel begins: that of the rates, and one of ID50s for each unit of the doses."""
    across = [_RATE_PT, *[_id50_width(units)] * len(units)]
    free = width - EDGE_PT - _OVERHANG_PT - sum(across) - len(units) * _PANEL_GAP_PT
    return [free + sum(across[:place]) + place * _PANEL_GAP_PT for place in range(len(across))]


def _id50_width(units: Sequence[str]) -> float:
    """Width of a panel of ID50s."""
    return _ID50_PT if len(units) == 1 else _OF_SEVERAL_PT


def _text_axes(figure: Figure, width: float, height: float) -> Axes:
    """Axes over the whole figure, whose data are points counted from the upper left corner."""
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0.0, width)
    axes.set_ylim(height, 0.0)
    return axes


def _draw_panels(figure: Figure, sheet: Sheet, units: Sequence[str], size: tuple[float, float]) -> None:
    """Draw rates and ID50s beside the lines, on their scale from above."""
    width, height = size
    places = [Place(row.y, row.seen) for row in sheet.rows if row.seen is not None]
    top, bottom = EDGE_PT + HEAD_PT, sheet.rows[-1].bottom
    for place, left in enumerate(_panel_lefts(units, width)):
        across = _RATE_PT if place == 0 else _id50_width(units)
        frame = (left / width, 1.0 - bottom / height, across / width, (bottom - top) / height)
        axes = figure.add_axes(frame, ylim=(bottom, top))
        if place == 0:
            draw_rates(axes, places)
        else:
            draw_id50s(axes, places, units[place - 1])


def _draw_rows(axes: Axes, sheet: Sheet) -> None:
    """Write headings and lines, with a rule above each animal and each group."""
    colours, right = palette(axes), axes.get_xlim()[1] - EDGE_PT
    for left, text in zip(sheet.lefts, HEADINGS, strict=True):
        _write(axes, sheet, (text,), left, EDGE_PT + HEAD_PT - sheet.step - PAD_PT, bold=True)
    for row in sheet.rows:
        for left, lines in zip(sheet.lefts, row.cells, strict=False):
            _write(axes, sheet, lines, left, row.y - sheet.step / 2, bold=row.is_heading)
        if row.opens or row.is_heading:
            lw, colour = (0.6, colours.ink) if row.is_heading else (0.3, colours.faint)
            axes.plot([EDGE_PT, right], [row.top, row.top], color=colour, lw=lw, zorder=0)
        if row.seen is not None and row.seen.is_first:
            mark = _mark(axes, _shape(row.seen), filled=row.seen.is_analysed)
            axes.plot(sheet.lefts[1] - MARK_PT / 2 - 1.0, row.y, **mark)


def _shape(seen: SeenSeries) -> str:
    """What the shape of a cell's mark says, in a word."""
    if seen.is_failed:
        return "failed"
    return next((word for word in _SHAPES if seen.identity.startswith(word)), "not judged")


def _mark(axes: Axes, word: str, *, filled: bool) -> dict[str, Any]:
    """How a cell's mark is drawn."""
    ink, paper = palette(axes).ink, palette(axes).paper
    return {"marker": _SHAPES[word], "ls": "", "ms": 3.8, "mec": ink, "mew": 0.8, "mfc": ink if filled else paper}


def _write(axes: Axes, sheet: Sheet, lines: Cell, left: float, top: float, *, bold: bool = False) -> None:
    """Write lines below each other."""
    font = cell_font(sheet.size_pt, bold=bold)
    for number, text in enumerate(lines):
        if text:
            y = top + (number + 0.5) * sheet.step
            axes.text(left, y, text, va="center_baseline", fontproperties=font, color=palette(axes).ink)


def _notes(shown: Sequence[SeenSeries], level: float) -> str:
    """What the signs mean, and what is not drawn."""
    told = ["Cells of an animal stand in the order of recording: by the files' clocks, else by order, else as listed."]
    if any(seen.reach for seen in shown):
        told.append(
            f"{common_words(seen.dose_unit for seen in shown if seen.reach).of_groups} of each cell: value with its "
            f"{100 * level:g} % profile-likelihood interval; an arrow without a "
            "point is a bound, a bar without a point lies between two doses; dotted: lowest and top dose of each drug."
        )
    unmeasured = sum(seen.is_first and not seen.is_failed and math.isnan(seen.rate_hz) for seen in shown)
    if unmeasured:
        told.append(f"Rate not measured: {count_text(unmeasured, 'cell')}.")
    without = sum(bool(seen.drug) and not seen.reach for seen in shown)
    if without:
        told.append(f"Drug given, but nothing fitted: {count_text(without, 'cell')}.")
    return " ".join(told)


def _draw_legend(axes: Axes, sheet: Sheet, shown: Sequence[SeenSeries], notes: Cell) -> None:
    """Write what the marks mean, and the notes, beneath everything."""
    words = [word for word in _SHAPES if any(_shape(seen) == word for seen in shown)]
    told = [(word, word, True) for word in words]
    if any(not seen.is_analysed and not seen.is_failed for seen in shown):
        told.append(("serotonergic", "open: left out", False))
    left, top = EDGE_PT + MARK_PT, sheet.rows[-1].bottom + _FOOT_PT
    for shape, text, filled in told:
        axes.plot(left - MARK_PT / 2 - 1.0, top + sheet.step / 2, **_mark(axes, shape, filled=filled))
        _write(axes, sheet, (text,), left, top)
        left += share_width([(text,)], math.inf, sheet.size_pt)[0] + 2 * MARK_PT
    _write(axes, sheet, notes, EDGE_PT, top + 1.25 * sheet.step)
