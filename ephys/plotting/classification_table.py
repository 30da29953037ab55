"""The 5-HT calls of several cells side by side: a row for each cell, a column for each criterion."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties

from ephys.classification import Classification, Criterion
from ephys.classification.evidence import chance_text
from ephys.errors import ParameterError
from ephys.plotting.criterion_strip import SIGNS, draw_sign
from ephys.plotting.labels import axes_width_pt, wrap_text
from ephys.plotting.palette import palette
from ephys.plotting.style import DOUBLE_MM, drawing

_ROW_MM = 4.4
_OVER, _UNDER = 3.0, 2.1  # rows for the heads, from the middle of the first cell's, and for the foot
_LINE, _FOOT_LINE = 0.62, 0.75
_SIGN_PT = 4.0
_WIDTHS = (1.3, 1.0, 2.2)  # of the names, of each number, and of the calls
_NARROW_PT = 330.0
_NONE = "\N{EN DASH}"


def plot_classification_table(calls: Sequence[Classification], *, ax: Axes | None = None) -> Axes:
    """Draw the calls of several cells as a table: values with the sign of their verdict, probability, call.

    Parameters
    ----------
    calls : sequence of Classification
        All by one rule, so that the columns mean the same.
    ax : Axes, optional
        Where to draw; by default a new figure two columns wide and as high as it takes.

    Returns
    -------
    Axes
        Without axes of its own; a row is one high, the first at 0. The limits are those of the presets named below.

    Raises
    ------
    ParameterError
        If the calls were made by different criteria.

    Examples
    --------
    >>> from ephys.classification import classify_features
    >>> calls = [classify_features({"rate_hz": rate_hz, "cv": 0.3}) for rate_hz in (1.4, 12.0)]
    >>> [text.get_text() for text in plot_classification_table(calls).texts if "serotonergic" in text.get_text()]
    ['serotonergic', 'not serotonergic']
    """
    kinds = {tuple(criterion.name for criterion in call.criteria) for call in calls}
    if len(kinds) > 1:
        raise ParameterError(f"calls of one table must be by the same criteria, got {' and '.join(map(str, kinds))}")
    n_rows = max(len(calls), 1)
    with drawing(ax, width_mm=DOUBLE_MM, height_mm=_ROW_MM * (n_rows - 1 + _OVER + _UNDER)) as axes:
        axes.set_axis_off()
        axes.set_xlim(0.0, 1.0)
        axes.set_ylim(n_rows - 1 + _UNDER, -_OVER)
        if not calls:
            axes.text(0.5, 0.0, "no cell was called", ha="center", va="center")
            return axes
        size = "small" if axes_width_pt(axes) < _NARROW_PT else "medium"
        places = _places(len(calls[0].criteria))
        _draw_heads(axes, calls[0].criteria, places, size)
        for row, call in enumerate(calls):
            _draw_call(axes, call, row, places, size)
        _draw_foot(axes, calls)
        return axes


def _places(n_criteria: int) -> list[float]:
    """Left ends of the columns, as shares of the width: cell, criteria, probability, call; and the right end."""
    name, number, call = _WIDTHS
    widths = [name, *[number] * (n_criteria + 1), call]
    return [sum(widths[:column]) / sum(widths) for column in range(len(widths) + 1)]


def _draw_heads(ax: Axes, criteria: Sequence[Criterion], places: Sequence[float], size: str) -> None:
    """Name the columns, each with its unit, over a line."""
    units = [f" ({criterion.unit})" if criterion.unit else "" for criterion in criteria]
    names = [f"{criterion.name}{unit}" for criterion, unit in zip(criteria, units, strict=True)]
    font = FontProperties(size=size)
    for head, (x, end) in zip(["cell", *names, "P (5-HT)", "call"], pairwise(places), strict=True):
        lines = wrap_text(head, (end - x) * axes_width_pt(ax), font)
        ax.text(x, -_LINE - 0.1, "\n".join(lines), ha="left", va="bottom", fontsize=size, in_layout=False)
    ax.plot([0.0, 1.0], [-_LINE, -_LINE], color=palette(ax).ink, lw=0.6)


def _draw_call(ax: Axes, call: Classification, row: int, places: Sequence[float], size: str) -> None:
    """Draw one cell."""
    probability = call.evidence.probability if call.evidence else math.nan
    told = [call.unit_id or f"cell {row + 1}", *(_number(criterion.value) for criterion in call.criteria)]
    told += [_NONE if math.isnan(probability) else chance_text(probability), call.label.replace("_", " ")]
    for text, x in zip(told, places[:-1], strict=True):
        ax.text(x, row, text, ha="left", va="center", fontsize=size, in_layout=False)
    for criterion, x in zip(call.criteria, places[1:-3], strict=True):
        draw_sign(ax, criterion.verdict, x, row, before_pt=_SIGN_PT)


def _number(value: float) -> str:
    """A number in two digits, or all before the point; a dash where there is none."""
    if math.isnan(value):
        return _NONE
    return f"{value:.0f}" if value >= 10.0 else f"{value:#.2g}"


def _draw_foot(ax: Axes, calls: Sequence[Classification]) -> None:
    """Say what the signs mean, and by which limits the cells were judged."""
    line = len(calls) - 1 + _LINE
    ax.plot([0.0, 1.0], [line, line], color=palette(ax).ink, lw=0.6)
    for place, (verdict, (_, _, word)) in enumerate(SIGNS.items()):
        x = 0.03 + 0.2 * place
        draw_sign(ax, verdict, x, line + 0.6 * _FOOT_LINE, before_pt=_SIGN_PT)
        ax.text(x, line + 0.6 * _FOOT_LINE, word, ha="left", va="center", fontsize="small", in_layout=False)
    presets = ", ".join(sorted({call.preset for call in calls}))
    said = f"n = {len(calls)} cells; preset {presets}; P: probability by published distributions"
    ax.text(0.0, line + 1.6 * _FOOT_LINE, said, ha="left", va="center", fontsize="small", in_layout=False)
