"""The page and the figure of `coverage_study.py`: what the data sets add up to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from monte_carlo import Row, Share, made_by

mpl.use("svg")
from matplotlib import pyplot as plt

WAYS = {
    "shared": "counts, scatter and slope learnt from the data set",
    "lone": "counts, conventions for a lone cell",
    "percent": "least squares on percent of baseline, Wald",
}
PROMISED = (0.93, 0.97)
_OTHER_CAUSES = ("ID50 ", "lower end", "upper end", "fixed at")
"""Beginnings of the causes of warnings that are not about a steady rate."""
_SHORT = {"shared": "counts, data set", "lone": "counts, lone cell", "percent": "least squares on percent"}
_METHOD = """
Simulated gamma-renewal trains (CV 0.3 or 1.0; 1.6 Hz ×/÷ 1.3; ID50 50 ×/÷ 1.4, Hill 1.8 ×/÷ 1.2, all invented),
baseline 180 s, 90 s a dose, the last 60 s read, no vehicle and no recovery window, in data sets of 20 cells. Coverage
in percent with its 95 % Monte-Carlo interval over data sets; a bound covers what lies beyond it. ×/÷: median half width
of the interval, where both ends are finite. Doubt: cells whose result says "stationarity in doubt" (without vehicle or
recovery it always does), and those for which something in the data says so: a baseline that slopes, counts that stray
from the curve, a data set whose rates wander, an amplitude that runs down.
"""
_OUTSIDE = """
A lone cell's scatter is a convention (10 % between windows), so that its interval is too long where the rate does not
wander at all. Outside the stationary scenarios no interval holds what it says: a cell whose rate takes a walk, or
swings with the state of the anaesthetic, cannot be told from one on which the drug acts, and the result says so.
"""


def summarise(rows: Sequence[Row], scenarios: Sequence[tuple[str, bool]]) -> pd.DataFrame:
    """A line per scenario and way: coverage, width, error, and what was said."""
    lines = []
    for scenario, stationary in scenarios:
        sets = [row for row in rows if row["scenario"] == scenario]
        for way in WAYS if sets else ():
            cells = [cell for row in sets for cell in row[way]]
            covered = Share.of([[c["covers"] for c in row[way] if c["covers"] is not None] for row in sets])
            widths = [c["width"] for c in cells if c["width"] is not None]
            errors = [c["error"] for c in cells if c.get("error") is not None]
            lines.append({
                "scenario": scenario,
                "promised": stationary,
                "way": way,
                "cells": len(cells),
                "coverage": covered.value,
                "coverage_low": covered.low,
                "coverage_high": covered.high,
                "no_interval": float(np.mean([c["covers"] is None for c in cells])),
                "half_width_fold": math.exp(float(np.median(widths))),
                "rmse_ln_id50": float(np.sqrt(np.mean(np.square(errors)))) if errors else math.nan,
                "interpolated": float(np.mean([c.get("status") == "interpolated" for c in cells])),
                "dispersion": float(np.mean([row["dispersion"] for row in sets])),
                "stationarity_doubted": _share_of(cells, "warns", "stationarity in doubt"),
                "with_sign": float(np.mean([_has_sign(c) for c in cells])),
            })  # fmt: skip
    return pd.DataFrame(lines)


def _has_sign(cell: Row) -> bool:
    """Whether something in the data speaks against a steady rate; other warnings have other causes."""
    return any(not cause.startswith(_OTHER_CAUSES) for cause in cell.get("signs", ()))


def _share_of(cells: Sequence[Row], field: str, name: str) -> float:
    """Share of the cells that say something."""
    return float(np.mean([name in c.get(field, ()) for c in cells]))


def write_page(rows: Sequence[Row], scenarios: Sequence[tuple[str, bool]], folder: Path) -> None:
    """Write coverage.md, coverage.csv and coverage.svg."""
    table = summarise(rows, scenarios)
    table.round(4).to_csv(folder / "coverage.csv", index=False, lineterminator="\n")
    _draw(table, folder / "coverage.svg")
    page = _page(table)
    (folder / "coverage.md").write_text(page)
    print(page)


def _page(table: pd.DataFrame) -> str:
    """Turn the figures into a page."""
    head = " | ".join(["scenario", *(f"{name} | ×/÷" for name in _SHORT.values()), "doubt / with a sign"])
    lines = [
        "# How often the 95 % interval of one cell's ID50 holds the truth\n",
        f"{made_by('make bench-coverage', 'coverage.csv')}\n",
        "![coverage](coverage.svg)\n",
        f"{' '.join(_METHOD.split())}\n",
        f"| {head} |",
        "|---" * (2 * len(WAYS) + 2) + "|",
    ]
    for scenario, part in table.groupby("scenario", sort=False):
        by_way = {line.way: line for line in part.itertuples()}
        cells = [f"{_covered(by_way[way])} | {by_way[way].half_width_fold:.2f}" for way in WAYS]
        doubt = f"{by_way['shared'].stationarity_doubted:.0%} / {by_way['shared'].with_sign:.0%}"
        lines.append(f"| {scenario} | {' | '.join(cells)} | {doubt} |")
    stationary = int(table[table.promised].scenario.nunique())
    met = ", ".join(f"{_SHORT[way]} {_met(table, way)} of {stationary}" for way in WAYS)
    lines.append(
        f"\nStationary scenarios (no drift, or independent between epochs up to 10 %) whose Monte-Carlo interval meets "
        f"93 to 97 %: {met}. {' '.join(_OUTSIDE.split())}"
    )
    return "\n".join(lines) + "\n"


def _covered(line: Any) -> Share:
    """Coverage as it is printed."""
    return Share(line.coverage, line.coverage_low, line.coverage_high)


def _met(table: pd.DataFrame, way: str) -> int:
    """Stationary scenarios that meet what was promised."""
    part = table[table.promised & (table.way == way)]
    return sum(_covered(line).meets(PROMISED) for line in part.itertuples())


def _draw(table: pd.DataFrame, path: Path) -> None:
    """Coverage of every scenario, with the band that was promised."""
    names = list(dict.fromkeys(table.scenario))
    marks = {"shared": ("o", "#0b5394"), "lone": ("s", "#7f9fbf"), "percent": ("^", "#b45309")}
    mpl.rcParams.update({"svg.hashsalt": "ephys", "font.size": 8, "svg.fonttype": "none"})
    figure, ax = plt.subplots(figsize=(7.2, 0.24 * len(names) + 1.2), layout="constrained")
    ax.axvspan(*(100 * share for share in PROMISED), color="#dbe7d3", lw=0)
    for offset, (way, (mark, colour)) in zip((-0.22, 0.0, 0.22), marks.items(), strict=True):
        part = table[table.way == way].set_index("scenario").loc[names]
        y = np.arange(len(names)) + offset
        ends = 100 * np.array([part.coverage - part.coverage_low, part.coverage_high - part.coverage])
        ax.errorbar(
            100 * part.coverage, y, xerr=ends, fmt=mark, color=colour, ms=3.5, lw=0.9, label=WAYS[way], capsize=0
        )
    ax.set_yticks(np.arange(len(names)), names)
    ax.invert_yaxis()
    ax.set_xlabel("intervals that hold the true ID50 (%), with 95 % Monte-Carlo interval")
    ax.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper left", frameon=False, fontsize=7.5)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
