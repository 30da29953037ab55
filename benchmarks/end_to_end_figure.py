"""The figure of `end_to_end_study.py`: every cell's ID50 against its truth, and every experiment's shift."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd

mpl.use("svg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

COLOURS = ("#0b5394", "#b45309")
"""Of intervals that hold the truth, and of those that do not."""

_FAR = 30.0
"""Factor to which an open end of an interval is drawn."""


def draw(cells: pd.DataFrame, shifts: pd.DataFrame, scenarios: Sequence[str], path: Path) -> None:
    """Intervals of the ID50s by scenario above, shifts of the experiments below."""
    mpl.rcParams.update({"svg.hashsalt": "ephys", "font.size": 8, "svg.fonttype": "none"})
    figure = plt.figure(figsize=(7.2, 5.6), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(1.25, 1.0))
    panels = above.subplots(1, len(scenarios), sharey=True, squeeze=False)[0]
    for ax, scenario in zip(panels, scenarios, strict=True):
        _draw_cells(ax, cells[(cells.scenario == scenario) & (cells["is"] == "serotonergic")])
        ax.set_title(scenario, fontsize=8)
    panels[0].set_ylabel("ID50 / true ID50")
    above.supxlabel("cells, in order of their true ID50", fontsize=8)
    above.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", frameon=False, ncols=2)
    _draw_shifts(below.subplots(), shifts, scenarios)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _draw_cells(ax: Axes, cells: pd.DataFrame) -> None:
    """Interval of every cell, as a factor of its truth."""
    ordered = cells.sort_values("true_id50")
    truth = ordered.true_id50.to_numpy(float)
    low = np.maximum(ordered.low.to_numpy(float) / truth, 1.0 / _FAR)
    high = np.minimum(ordered.high.to_numpy(float) / truth, _FAR)
    place = np.arange(len(ordered))
    for held, colour in zip((True, False), COLOURS, strict=True):
        here = ordered.covers.to_numpy(bool) == held
        said = f"a cell's interval, {'holds' if held else 'misses'} its ID50"
        ax.vlines(place[here], low[here], high[here], color=colour, lw=1.1, label=said)
        ax.plot(place[here], (ordered.id50.to_numpy(float) / truth)[here], ".", color=colour, ms=3)
    ax.axhline(1.0, color="0.3", lw=0.7)
    ax.set_yscale("log")
    ax.set_ylim(0.3, 3.3)
    ax.set_yticks([0.33, 0.5, 1.0, 2.0, 3.0], ["0.33", "0.5", "1", "2", "3"])
    ax.yaxis.set_minor_locator(mpl.ticker.NullLocator())
    ax.set_xticks([])
    ax.spines[["top", "right"]].set_visible(False)


def _draw_shifts(ax: Axes, shifts: pd.DataFrame, scenarios: Sequence[str]) -> None:
    """Shift of every experiment with its interval, what was true, and what the animals drawn had."""
    order = pd.Categorical(shifts.scenario, scenarios, ordered=True)
    ordered = shifts.assign(order=order).sort_values(["order", "experiment"], ignore_index=True)
    x = (ordered.index + 1.2 * ordered.order.cat.codes).to_numpy(float)
    held = ((ordered.population_low <= ordered.true) & (ordered.true <= ordered.population_high)).to_numpy()
    for inside, colour in zip((True, False), COLOURS, strict=True):
        part, at = ordered[held == inside], x[held == inside]
        ax.vlines(at, part.population_low, part.population_high, color=colour, lw=1.6)
        ax.plot(
            at, part.population, "o", color=colour, ms=4, label=f"population fit, {'holds' if inside else 'misses'}"
        )
    ax.plot(x, ordered.true, "_", color="0.2", ms=12, label="true shift")
    ax.plot(x, ordered.drawn, "x", color="0.4", ms=4, label="of the animals drawn")
    ax.set_yscale("log")
    ax.set_yticks([0.5, 1.0, 2.0, 3.0, 5.0], ["0.5", "1", "2", "3", "5"])
    ax.yaxis.set_minor_locator(mpl.ticker.NullLocator())
    ax.set_ylabel("fold shift, chronic / control")
    there = [scenario for scenario in scenarios if (ordered.scenario == scenario).any()]
    ax.set_xticks([x[(ordered.scenario == scenario).to_numpy()].mean() for scenario in there], there)
    ax.tick_params(axis="x", length=0)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=7, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=4)
