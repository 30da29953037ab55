"""Cells by two of their features, with the groups that they fall into and what the rule calls them."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ephys.classification import CellClusters, Label
from ephys.classification.cell_table import Cells, as_table, feature_values
from ephys.errors import ParameterError
from ephys.plotting.palette import palette
from ephys.plotting.style import SINGLE_MM, drawing

_FINE_TICKS = (1.0, 2.0, 5.0)
_FEW_DECADES = 2.7  # with more, numbers at 2 and 5 would touch
_DASHES = ("-", (0, (4, 1.5)), (0, (1, 1)), (0, (4, 1, 1, 1)), (0, (6, 2)), (0, (2, 2)))
_ELLIPSE_SHARE = 0.95

_CALLS = MappingProxyType(
    {
        "serotonergic": ("agonist", "o", "serotonergic"),
        "uncertain": ("faint", "^", "uncertain"),
        "not_serotonergic": ("antagonist", "s", "not serotonergic"),
        "": ("faint", "o", "cells"),
    }
)
"""Colour of the palette, marker and name of each call, and of cells that nobody called."""

_AXES = MappingProxyType(
    {
        "rate_hz": "firing rate (Hz)",
        "cv_collapsed": "CV of intervals, bursts collapsed",
        "cv": "CV of intervals",
        "cv2": "CV2 of intervals",
        "lv": "local variation of intervals",
        "total_ms": "total width (ms)",
        "peak_to_trough_ms": "peak to trough (ms)",
        "half_width_ms": "half width (ms)",
        "first_phase_ms": "first phase (ms)",
    }
)


def plot_cell_clusters(
    clusters: CellClusters, cells: Cells, *, calls: Sequence[Label] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw cells by the first two features of their clusters, with an ellipse round each group.

    Parameters
    ----------
    clusters : CellClusters
        By two features or more. An ellipse holds 95 % of a group's normal distribution.
    cells : DataFrame or sequence of mappings
        A row per cell with the features; those of the fit, or others. A cell that lacks one of the two is not drawn.
    calls : sequence of str, optional
        What a rule says of each cell ("serotonergic", "uncertain", "not_serotonergic"): its colour and its marker.
    ax : Axes, optional
        Where to draw; by default a new figure one column wide.

    Returns
    -------
    Axes
        With both features on logarithmic axes, and how many cells are drawn in the legend.

    Raises
    ------
    ParameterError
        If the clusters have one feature only, or there are not as many calls as cells.

    Examples
    --------
    >>> from ephys.classification import cluster_cells
    >>> rng = np.random.default_rng(0)
    >>> cells = [{"rate_hz": rng.lognormal(), "cv": rng.lognormal()} for _ in range(40)]
    >>> plot_cell_clusters(cluster_cells(cells, features=("rate_hz", "cv"), max_groups=1), cells).get_xlabel()
    'firing rate (Hz)'
    """
    shown = clusters.features[:2]
    if len(shown) < 2:
        raise ParameterError(f"two features are drawn, the clusters have {', '.join(clusters.features)} alone")
    values = feature_values(as_table(cells), shown)
    labels = _labels(calls, len(values))
    with drawing(ax, width_mm=SINGLE_MM, height_mm=78.0) as axes:
        axes.set_xscale("log")
        axes.set_yscale("log")
        handles = [_draw_group(axes, clusters, number) for number in range(1, len(clusters.groups) + 1)]
        for label in _CALLS:
            chosen = (labels == label) & np.isfinite(values).all(axis=1)
            if chosen.any():
                handles.append(_draw_cells(axes, label, values[chosen, 0], values[chosen, 1]))
        _draw_axes(axes, shown)
        axes.legend(
            handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, columnspacing=1.2,
            title=f"ellipse: {100 * _ELLIPSE_SHARE:g} % of a group, as fitted", title_fontsize="small",
            alignment="left",
        )  # fmt: skip
        return axes


def _labels(calls: Sequence[Label] | None, n_cells: int) -> np.ndarray:
    """Call of each cell, empty where none is given."""
    labels = [""] * n_cells if calls is None else [str(call) for call in calls]
    if len(labels) != n_cells:
        raise ParameterError(f"there must be as many calls as cells, got {len(labels)} for {n_cells}")
    for row, label in enumerate(labels):
        if calls is not None and (not label or label not in _CALLS):
            raise ParameterError(f"call {row}: must be serotonergic, uncertain or not_serotonergic, got {label!r}")
    return np.array(labels)


def _draw_group(ax: Axes, clusters: CellClusters, number: int) -> Line2D:
    """Draw the ellipse of a group."""
    x, y = clusters.outline(number, clusters.features[:2], share=_ELLIPSE_SHARE)
    group = clusters.groups[number - 1]
    (line,) = ax.plot(x, y, color=palette(ax).ink, lw=0.8, ls=_DASHES[(number - 1) % len(_DASHES)], zorder=3)
    line.set_label(f"group {group.name}")
    return line


def _draw_cells(ax: Axes, label: str, x: np.ndarray, y: np.ndarray) -> Line2D:
    """Draw the cells of one call."""
    colours = palette(ax)
    named, marker, name = _CALLS[label]
    colour = getattr(colours, named)
    (points,) = ax.plot(x, y, ls="none", marker=marker, ms=3.6, color=colour, mec=colours.paper, mew=0.4, zorder=2)
    points.set_label(f"{name} (n = {len(x)})")
    return points


def _draw_axes(ax: Axes, shown: Sequence[str]) -> None:
    """Draw plain numbers, at 1, 2 and 5 of every decade where there is room."""
    for axis, name in zip((ax.xaxis, ax.yaxis), shown, strict=True):
        low, high = axis.get_view_interval()
        axis.set_major_locator(LogLocator(subs=_FINE_TICKS if high < low * 10**_FEW_DECADES else (1.0,)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())
        axis.set_label_text(_AXES[name])
