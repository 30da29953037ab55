"""The page and the figure of `population_study.py`: what the runs add up to."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from monte_carlo import Row, Share, made_by

mpl.use("svg")
from matplotlib import pyplot as plt

WAYS = {
    "ours": "population model, likelihood ratio with F",
    "two_stage": "one slope, animal means, Welch",
    "animals": "cells under 50 % dropped, animal means, Welch",
    "cells": "cells under 50 % dropped, t-test on cells",
    "pooled": "pooled curves, extra sum of squares",
}
_SHORT = {
    "ours": "population model",
    "two_stage": "two-stage",
    "animals": "dropped, animals",
    "cells": "dropped, cells",
    "pooled": "pooled curves",
}
_MARKS = {
    "ours": ("o", "#0b5394"),
    "two_stage": ("s", "#7f9fbf"),
    "animals": ("D", "#7a7a7a"),
    "cells": ("^", "#b45309"),
    "pooled": ("v", "#a61c1c"),
}
PROMISED, PROMISED_NULL = (0.93, 0.97), (0.04, 0.06)
SIGNIFICANT = 0.05
_MIDDLE = (0.1587, 0.8413)
"""One SD to either side, where no stray estimate counts for more than its place."""
_METHOD = """
Two groups of animals, invented: ID50 50 µg/kg in controls, ×/÷ 1.35 between animals and ×/÷ 1.22 between the cells of
one (SD of ln ID50 0.30 and 0.20), Hill 1.8 ×/÷ 1.2 between cells, which no model below knows of, rate 1.6 Hz ×/÷ 1.5,
regular firing (CV 0.3 ×/÷ 1.3), 12 % of rate that wanders between windows. Doses 12.5 to 200 µg/kg, cumulative, counted
over 60 s each after 180 s of baseline; no dose is given after a window below 3 % of the baseline rate. Counts are drawn
with the variance of such trains, and in one scenario real renewal trains are fired and read out as a user's would be.
Half of the treated cells of a 4-fold shift lie beyond the top dose. Before and after: the same animals under both
conditions, other cells, and a shift that varies by ×/÷ 1.16 between animals (SD of its ln 0.15).
"""
_THE_WAYS = """
Population model: `fit_population`, every cell with its counts, the shift tested by the likelihood ratio against
F(1, animals - groups). Two-stage: ID50s under one slope, means of animals, Welch's test; it comes with every fit of the
model. Dropped: each cell's own least-squares curve on percent of baseline from 100 to 0, cells that never come down to
50 % left out, as papers do; then a t-test on cells, or Welch's on means of animals (before and after: Student's on
their differences). Pooled (`fit_pseudoreplicated`): one curve a group through
the points of all cells, one slope, extra sum of squares. Percent with its 95 % Monte-Carlo interval (Wilson), of the
runs that gave an answer; where there is no shift, an interval holds the truth where the test does not reject.
"""
_NLME = """
R's nlme 3.1-162, measured once on the nested design with least-squares data (6 animals of 3 cells a group), for
comparison: with its own degrees of freedom, and with those of the animals, it rejects the null in 11.7 and 8.5 % of
runs and covers the shift in 87.7 and 92.5 %; with one cell per animal it rejects the null in 6.0 and 4.3 %.
"""


def summarise(rows: Sequence[Row], scenarios: Sequence[tuple[str, float]]) -> pd.DataFrame:
    """A line per scenario and way: how often it rejects and covers, what it estimates, how often it fails."""
    lines = []
    for scenario, fold in scenarios:
        runs = [row for row in rows if row["scenario"] == scenario]
        for way in WAYS if runs else ():
            said = [row["ways"][way] for row in runs]
            answers = [one for one in said if one["fold"] is not None]
            rejected = Share.of_runs([one["p"] < SIGNIFICANT for one in answers])
            covered = Share.of_runs([one["covers"] for one in answers])
            logs = [math.log(one["fold"]) for one in answers]
            lines.append({
                "scenario": scenario,
                "fold": fold,
                "way": way,
                "runs": len(runs),
                "failed": len(said) - len(answers),
                "rejected": rejected.value,
                "rejected_low": rejected.low,
                "rejected_high": rejected.high,
                "coverage": covered.value,
                "coverage_low": covered.low,
                "coverage_high": covered.high,
                "median_fold": math.exp(float(np.median(logs))) if logs else math.nan,
                "sd_ln_fold": float(np.diff(np.quantile(logs, _MIDDLE))[0]) / 2 if logs else math.nan,
                "never_reached": _share_of_cells(runs, "never_reached"),
                "no_best_fit": _share_of_cells(runs, "no_best_fit"),
                "model_s": float(np.median([row["fitted_s"] for row in runs])),
            })  # fmt: skip
    return pd.DataFrame(lines)


def _share_of_cells(runs: Sequence[Row], what: str) -> float:
    """Share of all cells of the runs."""
    return sum(row[what] for row in runs) / sum(row["cells"] for row in runs)


def write_page(rows: Sequence[Row], scenarios: Sequence[tuple[str, float]], folder: Path) -> None:
    """Write population.md, population.csv and population.svg."""
    table = summarise(rows, scenarios)
    table.round(4).to_csv(folder / "population.csv", index=False, lineterminator="\n")
    _draw(table, folder / "population.svg")
    page = "\n\n".join(_page(table, rows)) + "\n"
    (folder / "population.md").write_text(page)
    print(page)


def _page(table: pd.DataFrame, rows: Sequence[Row]) -> list[str]:
    """Turn the figures into a page."""
    null, shifted = table[table.fold == 1], table[table.fold != 1]
    sections = {
        "No shift: how often 5 % finds one": _by_way(null, _rejected),
        "A true shift: intervals that hold it": _by_way(shifted, _covered),
        "A true shift: how often it is found": _by_way(shifted, _rejected),
        "Estimated shift: median, and ×/÷ half of the middle 68 %": _by_way(table, _estimate),
        "Cells that are dropped (%)": _dropped(table),
        "What it comes to": "\n\n".join(
            [_verdict(table), _failures(rows), _checked(rows), _flowing(_NLME), _time(rows)]
        ),
    }
    return [
        "# How often the interval of the shift between two groups holds the truth",
        made_by("make bench-coverage", "population.csv"),
        "![shares](population.svg)",
        _flowing(_METHOD),
        _flowing(_THE_WAYS),
        *(f"## {title}\n\n{text}" for title, text in sections.items()),
    ]


def _flowing(text: str) -> str:
    """One paragraph."""
    return " ".join(text.split())


def _by_way(table: pd.DataFrame, told: Callable[[Any], str]) -> str:
    """A line per scenario, a column per way."""
    lines = [f"| scenario | {' | '.join(_SHORT.values())} |", "|---" * (len(WAYS) + 1) + "|"]
    for scenario, part in table.groupby("scenario", sort=False):
        by_way = {line.way: line for line in part.itertuples()}
        lines.append(f"| {scenario} | {' | '.join(told(by_way[way]) for way in WAYS)} |")
    return "\n".join(lines)


def _rejected(line: Any) -> str:
    return str(Share(line.rejected, line.rejected_low, line.rejected_high))


def _covered(line: Any) -> str:
    return str(Share(line.coverage, line.coverage_low, line.coverage_high))


def _estimate(line: Any) -> str:
    return f"{line.median_fold:.2f} ×/÷ {math.exp(line.sd_ln_fold):.2f}"


def _verdict(table: pd.DataFrame) -> str:
    """Where ours keeps what it promises, and where it does not."""
    ours = table[table.way == "ours"]
    covers = {line.scenario: Share(line.coverage, line.coverage_low, line.coverage_high) for line in ours.itertuples()}
    rejects = {
        line.scenario: Share(line.rejected, line.rejected_low, line.rejected_high)
        for line in ours[ours.fold == 1].itertuples()
    }
    return (
        f"{_kept('coverage', covers, PROMISED)} {_kept('null rejection', rejects, PROMISED_NULL)} "
        "Both by their Monte-Carlo intervals."
    )


def _kept(what: str, shares: dict[str, Share], promised: tuple[float, float]) -> str:
    """How many shares meet what was promised, and which do not."""
    missed = [f"{name}: {share}" for name, share in shares.items() if not share.meets(promised)]
    band = f"{100 * promised[0]:g} to {100 * promised[1]:g} %"
    text = f"The population model's {what} meets {band} in {len(shares) - len(missed)} of {len(shares)} scenarios"
    return f"{text}; not in: {'; '.join(missed)}." if missed else f"{text}."


def _failures(rows: Sequence[Row]) -> str:
    """Runs without an answer, and why."""
    parts = []
    for way, name in _SHORT.items():
        why = Counter(_cause(row["ways"][way]["failed"]) for row in rows if row["ways"][way].get("failed"))
        if why:
            causes = ", ".join(f"{number} × {cause}" for cause, number in why.most_common(3))
            parts.append(f"{name} {why.total()} ({causes})")
    return f"Runs without an answer, of {len(rows)} in each way: {'; '.join(parts) or 'none'}."


def _dropped(table: pd.DataFrame) -> str:
    """Which share of the cells is dropped where cells are dropped."""
    lines = ["| scenario | never came down to 50 % | came down, but no best fit |", "|---|---|---|"]
    for line in table[table.way == "ours"].itertuples():
        lines.append(f"| {line.scenario} | {100 * line.never_reached:.1f} | {100 * line.no_best_fit:.1f} |")
    return "\n".join(lines)


def _cause(why: str) -> str:
    """A cause without its numbers, so that like ones are counted together."""
    return " ".join("n" if any(c.isdigit() for c in word) else word for word in why.split())[:80]


def _checked(rows: Sequence[Row]) -> str:
    """Whether the profile interval says what the test of the truth says, and whether the search found the best."""
    ours = [(row, row["ways"]["ours"]) for row in rows]
    checked = [(row, one) for row, one in ours if "interval" in one]
    agree = sum((one["interval"][0] <= row["fold"] <= one["interval"][1]) == one["covers"] for row, one in checked)
    short = sum(one.get("lost", 1.0) <= 0.0 for _, one in ours)
    return (
        f"The profile interval was made in {len(checked)} runs and holds the true shift exactly where its test says so "
        f"in {agree}. In {short} of {len(rows)} runs a refit with the shift held at the truth lost nothing: there the "
        "search had missed the maximum."
    )


def _time(rows: Sequence[Row]) -> str:
    """Seconds a run."""
    fitted, beside, drawn = (
        float(np.median([row[part] for row in rows])) for part in ("fitted_s", "beside_s", "drawn_s")
    )
    return (
        f"Median time of a run: {fitted:.2f} s for the population model, {1000 * beside:.0f} ms for the other three "
        f"ways, {1000 * drawn:.0f} ms to draw."
    )


def _draw(table: pd.DataFrame, path: Path) -> None:
    """Draw coverage of every scenario and null rejection, each with the band that was promised."""
    names, nulls = list(dict.fromkeys(table.scenario)), list(dict.fromkeys(table[table.fold == 1].scenario))
    mpl.rcParams.update({"svg.hashsalt": "ephys", "font.size": 8, "svg.fonttype": "none"})
    heights = [len(names), max(len(nulls), 1)]
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(7.2, 0.3 * sum(heights) + 1.8), height_ratios=heights, layout="constrained"
    )
    _draw_shares(above, table, "coverage", PROMISED)
    above.set_xlabel("intervals that hold the true shift (%), with 95 % Monte-Carlo interval")
    _draw_shares(below, table[table.fold == 1], "rejected", PROMISED_NULL)
    below.set_xlabel("a shift found where there is none (%)")
    figure.legend(*above.get_legend_handles_labels(), loc="outside upper left", frameon=False, fontsize=7.5, ncols=2)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _draw_shares(ax: plt.Axes, table: pd.DataFrame, what: str, promised: tuple[float, float]) -> None:
    """Draw one share of every scenario and way."""
    names = list(dict.fromkeys(table.scenario))
    ax.axvspan(*(100 * share for share in promised), color="#dbe7d3", lw=0)
    for offset, (way, (mark, colour)) in zip(np.linspace(-0.3, 0.3, len(_MARKS)), _MARKS.items(), strict=True):
        part = table[table.way == way]
        value = 100 * part[what]
        ends = [value - 100 * part[f"{what}_low"], 100 * part[f"{what}_high"] - value]
        y = np.arange(len(names)) + offset
        ax.errorbar(value, y, xerr=ends, fmt=mark, color=colour, ms=3.5, lw=0.9, label=WAYS[way], capsize=0)
    ax.set_yticks(np.arange(len(names)), names)
    ax.invert_yaxis()
    ax.spines[["top", "right"]].set_visible(False)
