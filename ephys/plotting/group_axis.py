"""The axis of values of a panel in which groups stand beside each other, whatever the measure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from ephys.pharmacology import GroupEstimate, MeasureComparison
from ephys.plotting.log_ticks import log_range, one_two_five
from ephys.plotting.palette import palette
from ephys.plotting.timeline import dose_text

_FOOT = 1.7
_FOOT_SHARE = 0.09
"""Cells of 0 stand so many times, or this share of its length, below a log axis."""


def lay_out_values(axes: Axes, measure: MeasureComparison) -> float:
    """Lay out the axis of a measure's values: log for rates, percent for shares, whole numbers for counts.

    Parameters
    ----------
    axes : Axes
    measure : MeasureComparison

    Returns
    -------
    float
        Where cells of 0 stand on a log axis; NaN on others.
    """
    values = [cell.value for cell in measure.cells]
    if measure.is_geometric:
        return _lay_out_log(axes, values, measure.groups)
    if measure.effect == "odds ratio":
        top = _top_share([*values, *_finite_ends(measure.groups)])
        axes.set_ylim(-0.2 * top, 1.2 * top if top == 1 else top)
        axes.yaxis.set_major_locator(FixedLocator(np.linspace(0.0, top, 5).tolist()))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}"))
        return math.nan
    ends = [*values, *(group.value for group in measure.groups), *_finite_ends(measure.groups)]
    low, high = min(ends), max(ends)
    room = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    if measure.counted == "tracks":
        high = min(high, 2.0 * max(max(values), 1.0))
        axes.set_ylim(-0.25, high + 0.75)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    else:
        axes.set_ylim(low - room, high + room)
    return math.nan


def _top_share(values: Sequence[float]) -> float:
    """Share at which an axis ends that shows all of some."""
    return next(top for top in (0.04, 0.1, 0.2, 0.4, 1.0) if max(values) <= top * (top == 1 or 0.95))


def _finite_ends(groups: Sequence[GroupEstimate]) -> list[float]:
    """Ends of the intervals that there are."""
    return [end for group in groups for end in (group.low, group.high) if math.isfinite(end)]


def _lay_out_log(axes: Axes, values: Sequence[float], groups: Sequence[GroupEstimate]) -> float:
    """Log axis at 1, 2 and 5, with a place for silence below where there is any."""
    positive = [value for value in (*values, *(group.value for group in groups)) if value > 0]
    low, high = log_range([*positive, *_near(groups, positive)])
    silent = any(value == 0 for value in values)
    foot = float(low / max(_FOOT, (high / low) ** _FOOT_SHARE))
    axes.set_yscale("log")
    axes.set_ylim(foot * (foot / low) ** 0.5 if silent else low, high)
    axes.yaxis.set_major_locator(FixedLocator([*([foot] if silent else []), *one_two_five(low, high)]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: "0" if value <= foot * 1.001 else dose_text(value)))
    axes.yaxis.set_minor_locator(NullLocator())
    if silent:
        box = {"facecolor": palette(axes).paper, "edgecolor": "none", "pad": 0.2}
        axes.text(
            0.0, math.sqrt(foot * low), "//", transform=axes.get_yaxis_transform(), ha="center", va="center",
            rotation=90, fontsize="small", bbox=box,
        )  # fmt: skip
    return foot


def _near(groups: Sequence[GroupEstimate], positive: Sequence[float]) -> list[float]:
    """Ends of intervals that are not much further out than the values; others leave the axis with an arrow."""
    if not positive:
        return []
    return [end for end in _finite_ends(groups) if min(positive) / 3 <= end <= 3 * max(positive)]
