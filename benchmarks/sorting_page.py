"""The page and the figure of `sorting_study.py`: what its sessions add up to."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from scipy import stats
from sorting_conditions import CONDITIONS, NOISE_UV, SAMPLING_HZ, SCHEDULE

mpl.use("svg")
from matplotlib import pyplot as plt

Row = dict[str, Any]

OURS = "ephys"
WITHIN, ABOVE = 0.02, 0.5
"""How far the best peer may be ahead on a condition, and from which accuracy on it counts."""
SURE_SD = 6.0
"""Size, in noise SD, from which on the share of spikes found must not depend on the window."""
MOST_GAP = 0.03
"""By so much the share of spikes found may differ between two windows."""
LEAST_FIRED = 20
"""Spikes in a window below which a share says nothing."""
_METHOD = f"""
Simulated sessions of {SCHEDULE.stop_s:g} s at {SAMPLING_HZ:g} Hz, coloured noise of {NOISE_UV:g} µV (300 to 6000 Hz)
and the hash of distant cells; widths, rates and places are drawn anew for every seed. Accuracy of a cell: hits over
hits, misses and false spikes, units and cells matched one to one within 0.5 ms; what is not found counts 0. Mean over
the cells of a session, then over the seeds, with the 95 % interval of Student's t over the seeds. Each peer ran with
its defaults and with wide settings (high-pass at 100 Hz, wide windows, both polarities); for each condition the better
of the two counts. A session on which a peer failed counts 0.
"""


@dataclass(frozen=True)
class Mean:
    """A mean over seeds, and its 95 % interval."""

    value: float
    half: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Mean:
        """Of one value per seed."""
        spread = float(np.std(values, ddof=1)) if len(values) > 1 else math.nan
        half = float(stats.t.ppf(0.975, max(1, len(values) - 1))) * spread / math.sqrt(len(values))
        return cls(float(np.mean(values)), half)

    def __str__(self) -> str:
        return f"{self.value:.2f}" + (f" ± {self.half:.2f}" if math.isfinite(self.half) else "")


def session_accuracy(row: Row) -> float:
    """Mean over the cells of a session."""
    return float(np.mean([cell["accuracy"] for cell in row["cells"]]))


def summarise(rows: Sequence[Row]) -> pd.DataFrame:
    """Mean accuracy of every sorter (columns) on every condition (rows), of its better variant."""
    table: dict[str, dict[str, Mean]] = {}
    for sorter in sorted({row["sorter"] for row in rows}, key=lambda name: (name != OURS, name)):
        table[sorter] = {}
        for condition in CONDITIONS:
            mine = [row for row in rows if row["sorter"] == sorter and row["condition"] == condition.name]
            variants = [
                [session_accuracy(row) for row in mine if row["variant"] == v] for v in {r["variant"] for r in mine}
            ]
            if variants:
                table[sorter][condition.name] = max(map(Mean.of, variants), key=lambda mean: mean.value)
    order = [condition.name for condition in CONDITIONS if condition.name in table.get(OURS, {})]
    return pd.DataFrame(table, index=order)


def write_page(rows: Sequence[Row], folder: Path) -> None:
    """Write sorting.md, sorting.csv and sorting.svg."""
    table = summarise(rows)
    peers = [name for name in table.columns if name != OURS]
    lines = ["# Sorting, against sessions whose truth is known", _METHOD, *_table(table), ""]
    lines += [*_verdicts(table, peers), "", *_doses(rows), "", *_failures(rows), "", machine()]
    _replace(folder / "sorting.md", "\n".join(lines) + "\n")
    table.map(lambda mean: round(mean.value, 4) if isinstance(mean, Mean) else math.nan).to_csv(
        folder / "sorting.csv.new", index_label="condition"
    )
    (folder / "sorting.csv.new").replace(folder / "sorting.csv")
    _draw(table, peers, folder / "sorting.svg")


def _table(table: pd.DataFrame) -> list[str]:
    """Accuracy by condition; the best of each line in bold."""
    lines = [f"| varies | condition | {' | '.join(table.columns)} |", "|---|---|" + "--:|" * len(table.columns)]
    for condition in CONDITIONS:
        if condition.name not in table.index:
            continue
        means = [table.loc[condition.name, name] for name in table.columns]
        best = max(mean.value for mean in means if isinstance(mean, Mean))
        cells = [_cell(mean, best) for mean in means]
        lines.append(f"| {condition.group} | {condition.name} | {' | '.join(cells)} |")
    overall = [np.mean([m.value for m in table[name] if isinstance(m, Mean)]) for name in table.columns]
    lines.append("| | **all conditions** | " + " | ".join(f"**{value:.3f}**" for value in overall) + " |")
    return lines


def _cell(mean: Any, best: float) -> str:
    """One mean; bold where it is the best of its line."""
    if not isinstance(mean, Mean):
        return ""
    return f"**{mean}**" if mean.value >= best - 1e-9 else str(mean)


def _verdicts(table: pd.DataFrame, peers: list[str]) -> list[str]:
    """What was promised, beside what was measured."""
    if not peers:
        return ["No peer is installed (`pip install 'ephys[bench]'`): ours alone."]
    values = table.dropna().map(lambda mean: mean.value)
    best = values[peers].max(axis=1)
    behind = (best - values[OURS])[(best > ABOVE) & (best - values[OURS] > WITHIN)]
    single = values[peers].mean()
    gain = values[OURS].mean() - single.max()
    return [
        f"- Over all conditions ours is {gain:+.3f} against the best single peer, {single.idxmax()} "
        f"({single.max():.3f}).",
        f"- Behind the best peer by more than {WITHIN:g}, where one exceeds {ABOVE:g}, on {len(behind)} of "
        f"{len(values)} conditions" + "".join(f"; {name} by {by:.2f}" for name, by in behind.items()) + ".",
    ]


def _doses(rows: Sequence[Row]) -> list[str]:
    """What a dose-response needs beyond accuracy: false spikes in silence, and one share of spikes found."""
    ours = [row for row in rows if row["sorter"] == OURS]
    lines = ["What a dose-response needs beyond accuracy:", ""]
    for condition in sorted({row["condition"] for row in ours if row["condition"].startswith("silenced")}):
        lines += _silence(condition, [row for row in ours if row["condition"] == condition])
    cells = [cell for row in ours for cell in row["cells"]]
    gaps = np.array([gap for cell in cells if cell["isolated"] for gap in share_gaps(cell["windows"])])
    if gaps.size:
        lines.append(
            f"- Ratio of detected to true rate, windows of {SCHEDULE.interval_s:g} s against the baseline, wherever "
            f"the amplitude stays at {SURE_SD:g} noise SD: differs by {100 * np.median(gaps):.1f} points in the "
            f"median, {100 * np.quantile(gaps, 0.95):.1f} at the 95th percentile; by {100 * MOST_GAP:g} at most in "
            f"{100 * np.mean(gaps <= MOST_GAP):.1f} % of {len(gaps)} windows."
        )
    return lines + _completeness(cells)


def _silence(condition: str, rows: Sequence[Row]) -> list[str]:
    """False spikes of the cell that the drug had silenced."""
    cells = [row["cells"][0] for row in rows]
    silent = [window for cell in cells for window in cell["windows"] if not window["fired"]]
    minutes = sum(window["stop_s"] - window["start_s"] for window in silent) / 60.0
    false = sum(window["found"] for window in silent)
    return [f"- {condition}: {false} false spikes in {minutes:.0f} min of silence."] if minutes else []


def _completeness(cells: Sequence[Row]) -> list[str]:
    """How often the interval of the completeness holds the share that was found."""
    windows = [window for cell in cells if cell["isolated"] for window in cell["windows"] if "share" in window]
    small = [window for window in windows if window["fired"] and window["size_sd"] < SURE_SD]
    if not small:
        return []
    true = np.array([window["hits"] / window["fired"] for window in small])
    low, high, value = (np.array([window[name] for window in small]) for name in ("low", "high", "share"))
    # A share is a ratio of counts: the last digits decide nothing.
    held = (true >= low - 1e-9) & (true <= high + 1e-9)
    return [
        f"- Completeness of windows in which the amplitude is below that: its interval holds the true share in "
        f"{100 * held.mean():.1f} % of {len(small)} windows; the estimate is off by "
        f"{100 * np.median(np.abs(value - true)):.1f} points in the median."
    ]


def share_gaps(windows: Sequence[Row]) -> list[float]:
    """Differences of found over fired between the baseline and each later window."""
    known = [w for w in windows if w["fired"] and w["size_sd"] is not None]
    if not known or min(w["size_sd"] for w in known) < SURE_SD:
        return []
    before = [w for w in known if w["stop_s"] <= SCHEDULE.baseline_s]
    after = [w for w in known if w["start_s"] >= SCHEDULE.baseline_s and w["fired"] >= LEAST_FIRED]
    if not before:
        return []
    share = sum(w["found"] for w in before) / sum(w["fired"] for w in before)
    return [abs(w["found"] / w["fired"] - share) for w in after]


def _failures(rows: Sequence[Row]) -> list[str]:
    """Which peer failed or found nothing, and how often."""
    failed = [row for row in rows if row["error"] or not row["units"]]
    counts = pd.Series([f"{row['sorter']} ({row['variant']})" for row in failed], dtype=object).value_counts()
    if counts.empty:
        return ["No sorter failed on any session."]
    total = len({(row["condition"], row["seed"]) for row in rows})
    return [
        f"Failed or found nothing, of {total} sessions (counted 0): "
        + "; ".join(f"{name} {count}" for name, count in counts.items())
        + "."
    ]


def machine() -> str:
    """Where and with what it ran."""
    names = ("ephys", "numpy", "scipy", "scikit-learn", "spikeinterface", "mountainsort5")
    found = []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {', '.join(found)}."


def _draw(table: pd.DataFrame, peers: list[str], path: Path) -> None:
    """Accuracy against peak-to-noise ratio, with intervals."""
    swept = [condition for condition in CONDITIONS if math.isfinite(condition.ratio) and condition.name in table.index]
    with mpl.rc_context(
        {"svg.hashsalt": "ephys", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
    ):
        figure, axes = plt.subplots(figsize=(4.6, 3.2), layout="constrained")
        for number, name in enumerate([OURS, *peers]):
            known = [(c.ratio, table.loc[c.name, name]) for c in swept if isinstance(table.loc[c.name, name], Mean)]
            if not known:
                continue
            ratios = np.array([ratio for ratio, _ in known]) + 0.06 * (number - len(peers) / 2)
            values, halves = (np.array([getattr(mean, part) for _, mean in known]) for part in ("value", "half"))
            style = {"color": "black", "lw": 2, "zorder": 3} if name == OURS else {"lw": 1, "alpha": 0.8}
            axes.errorbar(ratios, values, np.nan_to_num(halves), fmt="o-", ms=3.5, capsize=2, label=name, **style)
        axes.set(xlabel="Peak-to-noise ratio", ylabel="Accuracy, mean of two cells", ylim=(0, 1.03))
        axes.legend(frameon=False, loc="lower right")
        figure.savefig(path.with_suffix(".svg.new"), format="svg", metadata={"Date": None})
        plt.close(figure)
    path.with_suffix(".svg.new").replace(path)


def _replace(path: Path, text: str) -> None:
    """Write a text under a temporary name and move it into place."""
    new = path.with_name(path.name + ".new")
    new.write_text(text)
    new.replace(path)
