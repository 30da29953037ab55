"""Is a probability of 0.8 right in eight of ten? The evidence against simulated cells of known class.

Cells are drawn as the published distributions would have the next ones, and fire for three minutes; rate and CV are
measured on their spikes, a share of which are doublets, and the width is measured with the error of 100 spikes.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("svg")
from matplotlib import pyplot as plt

from ephys.classification import ClassificationSettings, classify_features, weigh_evidence
from ephys.firing import collapse_bursts, cv
from ephys.simulation import DrawnCell, add_doublets, draw_cells, renewal_train

N_CELLS = 40_000
BASELINE_S = 180.0
WIDTH_ERROR = 0.02
SUBSETS = (("rate_hz", "cv", "total_ms"), ("rate_hz", "cv"), ("rate_hz", "total_ms"), ("cv",))
CLASSES = ("serotonergic", "slow irregular", "fast")


@dataclass(frozen=True)
class Measured:
    """A cell's class and bursting, and its features."""

    cell_class: str
    doublets: bool
    features: dict[str, float]


def measure(cell: DrawnCell, random: np.random.Generator) -> Measured:
    """Let a cell fire for three minutes, one in four of the slow ones with doublets, and measure it."""
    bursting = cell.cell_class != "fast" and random.random() < 0.25
    regularity = float(np.clip(cell.cv, 0.05, 3.0))
    rate_hz = np.full(2, min(cell.rate_hz, 60.0))
    events = renewal_train(np.array([0.0, BASELINE_S]), rate_hz, cv=regularity, seed=random)
    times, _ = add_doublets(events, share=0.4 if bursting else 0.0, seed=random)
    times = times[times < BASELINE_S]
    collapsed = collapse_bursts(times)
    features = {
        "rate_hz": times.size / BASELINE_S,
        "event_rate_hz": collapsed.size / BASELINE_S,
        "cv_collapsed": cv(collapsed, min_intervals=50),
        "total_ms": cell.total_ms * math.exp(random.normal(0.0, WIDTH_ERROR)),
    }
    return Measured(cell.cell_class, bursting, features)


def calibration(cells: list[Measured], names: tuple[str, ...]) -> list[tuple[int, float, float]]:
    """Number, mean probability and share of serotonergic cells in each decile of the probability."""
    pairs = []
    for cell in cells:
        known = cell.features | {"rate_hz": cell.features["event_rate_hz"], "cv": cell.features["cv_collapsed"]}
        probability = weigh_evidence({name: known[name] for name in names}).probability
        if not math.isnan(probability):
            pairs.append((probability, cell.cell_class == "serotonergic"))
    known_pairs = np.array(pairs)
    decile = np.minimum((known_pairs[:, 0] * 10).astype(int), 9)
    found = []
    for number in range(10):
        inside = known_pairs[decile == number]
        found.append((len(inside), *(inside.mean(axis=0) if len(inside) else (math.nan, math.nan))))
    return found


def called(cells: list[Measured], engine: str) -> list[tuple[str, bool, int, int]]:
    """How many of each class, bursting or not, an engine calls serotonergic."""
    settings = ClassificationSettings(engine=engine)  # type: ignore[arg-type]
    rows = []
    for kind in CLASSES:
        for bursting in (False, True):
            some = [c for c in cells[:6000] if c.cell_class == kind and c.doublets == bursting]
            hits = sum(
                classify_features(c.features, band_hz=(10.0, None), settings=settings).is_serotonergic for c in some
            )
            if some:
                rows.append((kind, bursting, hits, len(some)))
    return rows


def page(folder: Path) -> None:
    """Write the page and its figure."""
    random = np.random.default_rng(1)
    cells = [measure(cell, random) for cell in draw_cells(N_CELLS, seed=random)]
    tables = {", ".join(names): calibration(cells, names) for names in SUBSETS}
    lines = ["# Is the probability right?", "", *(__doc__ or "").splitlines()[2:], ""]
    lines += [f"{N_CELLS} cells, seed 1. Share of serotonergic cells less the mean probability, by decile (cells).", ""]
    lines += ["| weighed | " + " | ".join(f"{n / 10:.1f}–{(n + 1) / 10:.1f}" for n in range(10)) + " |"]
    lines += ["|---|" + "---|" * 10]
    for names, table in tables.items():
        texts = [f"{share - mean:+.3f} ({n})" if n >= 100 else f"({n})" for n, mean, share in table]
        lines.append(f"| {names} | " + " | ".join(texts) + " |")
    worst = max(abs(s - m) for table in tables.values() for n, m, s in table if n >= 300)
    lines += ["", f"Largest difference in a decile of 300 cells or more: {worst:.3f}.", ""]
    lines += [
        "## Who is called",
        "",
        "Width through a wide band. 40 % of the events of bursting cells are doublets.",
        "",
    ]
    lines += ["| class | bursting | rule | evidence |", "|---|---|---|---|"]
    for rule, evidence in zip(called(cells, "rule"), called(cells, "evidence"), strict=True):
        texts = [f"{100 * hits / n:.1f} % of {n}" for _, _, hits, n in (rule, evidence)]
        lines.append(f"| {rule[0]} | {'yes' if rule[1] else 'no'} | {texts[0]} | {texts[1]} |")
    lines += [
        "",
        "Slow irregular cells differ from serotonergic ones in regularity alone: those that are regular are called.",
        "",
    ]
    (folder / "classification.md").write_text("\n".join(lines), encoding="utf-8")
    draw(tables, folder / "classification.svg")


def draw(tables: dict[str, list[tuple[int, float, float]]], path: Path) -> None:
    """Draw the share of serotonergic cells against the probability."""
    figure, axes = plt.subplots(figsize=(3.5, 3.4), layout="constrained")
    axes.fill_between([0, 1], [-0.05, 0.95], [0.05, 1.05], color="0.9", lw=0, label="within 0.05")
    axes.plot([0, 1], [0, 1], color="0.5", lw=0.8)
    for (names, table), marker in zip(tables.items(), "osd^", strict=True):
        known = [(mean, share) for n, mean, share in table if n >= 100]
        axes.plot(*zip(*known, strict=True), marker=marker, ms=4, lw=0.8, label=names)
    axes.set(xlabel="probability of being serotonergic", ylabel="share that is", xlim=(0, 1), ylim=(0, 1))
    axes.legend(frameon=False, fontsize=7)
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    page(Path(sys.argv[1]))
