"""A forest: cells, groups, ratios or studies below each other, each with its interval and its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from ephys.errors import ParameterError
from ephys.jupyter import potency_words
from ephys.pharmacology import FoldShift, ForestRow, GroupId50, PopulationFit, forest_rows
from ephys.pharmacology.forest.rows import RATIO, ForestSource
from ephys.pharmacology.groups.estimates import count_text
from ephys.plotting.labels import text_width_pt, wrap_text
from ephys.plotting.log_ticks import log_range, one_two_five
from ephys.plotting.palette import palette
from ephys.plotting.style import SINGLE_MM, drawing
from ephys.plotting.timeline import dose_text

Summary = PopulationFit | GroupId50 | FoldShift | ForestRow
Kind = Literal["heading", "row", "summary"]

_PT_PER_MM = 72.0 / 25.4
_FONT = 6.5
_LINE_MM = 3.0
_FRAME_MM = 21.0
_NAMES = 0.3
_NUMBERS = 0.27
"""Of the figure's width, at most, for the names and for the numbers."""
_GAP_PT = 5.0
_REACH = 10.0
"""Ends of intervals that are so many times further out than any value leave the axis with an arrow."""
_HALF_DIAMOND = 0.38


def plot_forest(
    rows: Sequence[ForestSource] | Mapping[str, Sequence[ForestSource]],
    *,
    summary: Summary | None = None,
    quantity: str | None = None,
    reference: float | None = None,
    width_mm: float = SINGLE_MM,
    ax: Axes | None = None,
) -> Axes:
    """Draw a line for each cell, group, ratio or study: name, value and interval on a log axis, and the numbers.

    Where there is only a bound there is no point; an end that the data do not set is an arrow.

    Parameters
    ----------
    rows : sequence, or mapping of heading to sequence
        Of DoseResponseFit, GroupId50, FoldShift, ForestRow, or (name, value, low, high) of published studies, from the
        top down; the figure grows with them.
    summary : PopulationFit, GroupId50, FoldShift or ForestRow, optional
        Drawn as a diamond: of a PopulationFit the ID50 of each group, under its heading where it has one.
    quantity : str, optional
        What the axis shows, with its unit; needed where rows do not tell it.
    reference : float, optional
        Where a line is drawn; by default at 1 for ratios.
    width_mm : float, optional
        Of a new figure: `SINGLE_MM`, or `DOUBLE_MM`.
    ax : Axes, optional
        Where to draw; names and numbers need room beside it.

    Returns
    -------
    Axes

    Raises
    ------
    ParameterError
        If there is no row, rows are on several scales, or nothing tells which.

    Examples
    --------
    >>> studies = [("study A", 36.0, 25.0, 52.0), ("study B", 48.0, 30.0, 75.0)]
    >>> axes = plot_forest(studies, quantity="ID50 of ipsapirone (µg/kg i.v.)")
    >>> [text.get_text() for text in axes.texts]
    ['36 (25 to 52)', '48 (30 to 75)']
    """
    blocks = {heading: forest_rows(own) for heading, own in (rows if isinstance(rows, Mapping) else {"": rows}).items()}
    shown = [row for own in blocks.values() for row in own]
    if not shown:
        raise ParameterError("a forest needs a row at least")
    items = _items(blocks, summary, width_mm)
    every = [item.row for item in items if item.row is not None]
    label = _quantity(every, quantity)
    height_mm = _FRAME_MM + _LINE_MM * sum(item.lines for item in items)
    with drawing(ax, width_mm=width_mm, height_mm=height_mm) as axes:
        _lay_out(axes, items, every, width_mm)
        at = reference if reference is not None else 1.0 if every[0].scale == RATIO else None
        if at is not None:
            axes.axvline(at, color=palette(axes).faint, lw=0.6, ls=":", zorder=0, gid="reference")
        for item, y in zip(items, _heights(items), strict=True):
            if item.row is not None:
                _draw(axes, item, y)
        axes.set_xlabel(f"{label}\n{_n(shown)}" if _n(shown) and "" in blocks else label)
        _draw_legend(axes, items)
        return axes


@dataclass(frozen=True)
class _Item:
    """A heading, a row or a summary, as it is printed."""

    kind: Kind
    names: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    row: ForestRow | None = None

    @property
    def lines(self) -> int:
        """Height in lines of text."""
        return max(len(self.names), len(self.numbers), 1)


def _items(blocks: Mapping[str, Sequence[ForestRow]], summary: Summary | None, width_mm: float) -> list[_Item]:
    """What stands below each other: each heading with its rows and, where there is one, its summary; then the rest."""
    summaries = _summaries(summary)
    found = []
    for heading, own in blocks.items():
        if heading:
            n = _n(own)
            found.append(_item("heading", ForestRow(f"{heading}: {n}" if n else heading, math.nan), width_mm))
        found += [_item("row", row, width_mm) for row in own]
        if heading in summaries:
            found.append(_item("summary", summaries.pop(heading), width_mm))
    return found + [_item("summary", row, width_mm) for row in summaries.values()]


def _summaries(summary: Summary | None) -> dict[str, ForestRow]:
    """Summaries by the heading that they stand under."""
    if summary is None:
        return {}
    if not isinstance(summary, PopulationFit):
        (row,) = forest_rows([summary])
        return {row.name: row}
    groups = forest_rows(summary.id50.values())
    return {
        group: replace(row, name=f"population of {row.name}, one model", drug=summary.runs[0].drug)
        for group, row in zip(summary.id50, groups, strict=True)
    }


def _item(kind: Kind, row: ForestRow, width_mm: float) -> _Item:
    """A line with its texts broken to the room there is."""
    font, width_pt = FontProperties(size=_FONT), width_mm * _PT_PER_MM
    if kind == "heading":
        return _Item(kind, tuple(wrap_text(row.name, (_NAMES + _NUMBERS) * width_pt, font)))
    numbers = tuple(wrap_text(row.text, _NUMBERS * width_pt, font))
    return _Item(kind, tuple(wrap_text(row.name, _NAMES * width_pt, font)), numbers, row)


def _heights(items: Sequence[_Item]) -> list[float]:
    """Middle of each line, in lines from the top down."""
    found, top = [], 0.0
    for item in items:
        found.append(top + item.lines / 2)
        top += item.lines
    return found


def _quantity(rows: Sequence[ForestRow], quantity: str | None) -> str:
    """What the axis shows."""
    scales = list(dict.fromkeys(row.scale for row in rows if row.scale))
    if len(scales) > 1:
        raise ParameterError(f"rows of a forest must be on one scale, got {' and '.join(scales)}")
    if quantity is not None:
        return quantity
    if not scales:
        raise ParameterError("rows do not say what they are: state quantity=, with its unit")
    if scales[0] == RATIO:
        return f"ratio of {' or '.join(dict.fromkeys(row.ratio_of for row in rows))}s"
    drugs = " or ".join(dict.fromkeys(row.drug for row in rows if row.drug))
    routes = " or ".join(dict.fromkeys(row.route for row in rows if row.route))
    name = potency_words(scales[0])
    told = name.of_groups if len(rows) > 1 else name.title
    return f"{told}{f' of {drugs}' if drugs else ''} ({f'{scales[0]} {routes}'.strip()})"


def _n(rows: Sequence[ForestRow]) -> str:
    """Cells and animals, where rows are cells."""
    animals = [row.animal for row in rows if row.animal]
    if not animals:
        return ""
    return f"{count_text(len(animals), 'cell')} of {count_text(len(set(animals)), 'animal')}"


def _lay_out(axes: Axes, items: Sequence[_Item], rows: Sequence[ForestRow], width_mm: float) -> None:
    """Names left, numbers right, and a log axis between them."""
    heights, font = _heights(items), FontProperties(size=_FONT)
    names_pt = max(text_width_pt(line, font) for item in items if item.kind != "heading" for line in item.names)
    axes.set_ylim(sum(item.lines for item in items) + 0.2, -0.2)
    axes.set_yticks(heights, ["\n".join(item.names) for item in items], ha="left")
    axes.tick_params(axis="y", length=0.0, pad=names_pt + _GAP_PT)
    axes.spines["left"].set_visible(False)
    for label, item in zip(axes.get_yticklabels(), items, strict=True):
        label.set_fontweight("bold" if item.kind == "heading" else "normal")
    for y, item in zip(heights, items, strict=True):
        if item.numbers:
            axes.annotate(
                "\n".join(item.numbers), (1.0, y), xycoords=axes.get_yaxis_transform(), xytext=(_GAP_PT, 0.0),
                textcoords="offset points", va="center_baseline", fontsize=_FONT,
            )  # fmt: skip
    numbers_pt = max(text_width_pt(line, font) for item in items for line in (*item.numbers, ""))
    room_pt = width_mm * _PT_PER_MM - names_pt - numbers_pt - 4 * _GAP_PT
    axes.set_xscale("log")
    low, high = log_range(_shown(rows))
    axes.set_xlim(low, high)
    axes.xaxis.set_major_locator(FixedLocator(_ticks(rows, low, high, room_pt)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: dose_text(value)))
    axes.xaxis.set_minor_locator(NullLocator())


def _shown(rows: Sequence[ForestRow]) -> list[float]:
    """Numbers that the axis must reach: all values, doses, 1 for ratios, and ends that are not far beyond these."""
    ends = [end for row in rows for end in (row.low, row.high) if 0 < end < math.inf]
    values = [row.value for row in rows if not math.isnan(row.value)] or ends
    values += [dose for row in rows for dose in row.doses] + [1.0 for row in rows[:1] if row.scale == RATIO]
    near = [end for end in ends if min(values) / _REACH <= end <= max(values) * _REACH]
    return [*values, *near]


def _ticks(rows: Sequence[ForestRow], low: float, high: float, room_pt: float) -> list[float]:
    """Ticks at the doses given; where these would touch at 1, 2 and 5, every second dose, or powers of ten."""
    doses = sorted({dose for row in rows for dose in row.doses if low <= dose <= high})
    fine = one_two_five(low, high)
    tens = [tick for tick in fine if math.isclose(math.log10(tick) % 1.0, 0.0, abs_tol=1e-9)]
    given = [doses, fine, doses[::2]] if len(doses) > 2 else [fine]
    tried = [*given, tens or fine[:1]]
    return next((ticks for ticks in tried if _fit(ticks, low, high, room_pt)), tried[-1])


def _fit(ticks: Sequence[float], low: float, high: float, room_pt: float) -> bool:
    """Whether the labels of ticks do not touch."""
    font = FontProperties(size=_FONT)
    places = [room_pt * math.log(tick / low) / math.log(high / low) for tick in ticks]
    halves = [text_width_pt(dose_text(tick), font) / 2 + 1.5 for tick in ticks]
    return all(places[i] + halves[i] <= places[i + 1] - halves[i + 1] for i in range(len(ticks) - 1))


def _draw(axes: Axes, item: _Item, y: float) -> None:
    """Value and interval of one line; arrows where an end is open or leaves the axis."""
    row, colours, (left, right) = item.row, palette(axes), axes.get_xlim()
    assert row is not None
    is_summary = item.kind == "summary"
    colour = colours.agonist if is_summary else colours.ink
    low, high = max(row.low, left), min(row.high, right)
    has_diamond = is_summary and not math.isnan(row.value) and left <= row.low <= row.high <= right
    if has_diamond:
        axes.fill(
            [row.low, row.value, row.high, row.value], [y, y - _HALF_DIAMOND, y, y + _HALF_DIAMOND], color=colour, lw=0,
            zorder=3, gid="diamond",
        )  # fmt: skip
    elif row.has_interval:
        axes.plot([low, high], [y, y], color=colour, lw=1.6 if is_summary else 0.9, zorder=2, gid="interval")
        for end, leaves, sign in ((left, row.low < left, "<"), (right, row.high > right, ">")):
            if leaves:
                axes.plot(end, y, sign, ms=4.0, color=colour, clip_on=False, zorder=3, gid="arrow")
    if not math.isnan(row.value) and not has_diamond:
        face = colour if row.proven else colours.paper
        axes.plot(
            row.value, y, "D" if is_summary else "o", ms=3.6, mfc=face, mec=colour, mew=0.8, zorder=4, gid="value"
        )


def _draw_legend(axes: Axes, items: Sequence[_Item]) -> None:
    """What the signs mean, above the axes; only those that are drawn."""
    colours = palette(axes)
    rows = [item.row for item in items if item.row is not None]
    left, right = axes.get_xlim()
    kinds = dict.fromkeys(row.interval or "interval as published" for row in rows if row.has_interval)
    ink = colours.ink
    signs = [Line2D([], [], color=ink, lw=0.9, marker="o", ms=3.6, label=" or\n".join(kinds) or "value")]
    if any(math.isnan(row.value) and row.has_interval for row in rows):
        signs.append(Line2D([], [], color=ink, lw=0.9, label="no value: a bound, or a bracket"))
    if any(row.low < left or row.high > right for row in rows):
        signs.append(Line2D([], [], color=ink, lw=0.9, marker=">", ms=4.0, label="no end, or one outside the axis"))
    if any(not row.proven and not math.isnan(row.value) for row in rows):
        lost = "silent to the end, may have been lost"
        signs.append(Line2D([], [], ls="", marker="o", ms=3.6, mfc=colours.paper, mec=ink, mew=0.8, label=lost))
    if any(item.kind == "summary" for item in items):
        signs.append(Line2D([], [], ls="", marker="D", ms=4.0, color=colours.agonist, label="summary"))
    axes.legend(handles=signs, loc="lower left", bbox_to_anchor=(0.0, 1.0), borderpad=0.0, labelspacing=0.3)
