"""The page of `end_to_end_study.py`: cells found, ID50s held, shifts seen."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy
from end_to_end_figure import draw
from end_to_end_table import OUTCOMES, Share, cell_table, false_calls, outcomes, shift_table

Row = dict[str, Any]

_METHOD = """
Each experiment: ten simulated rats, five control and five chronic, a session of one wire each (20 kHz): 180 s of
baseline, saline, five doses of 25 to 400 µg/kg i.v., doubling, 90 s apart, then WAY-100635 and 120 s of recovery. One
5-HT cell per animal (rate 1.5 Hz ×/÷ 1.3, CV 0.2 to 0.38, spikes of 90 to 160 µV in noise of 7.5 µV, ID50 60 µg/kg with
an SD of ln ID50 of 0.25 between animals, tripled in the chronic animals of the experiments that have a shift; all
invented); in two of five animals a fast or a slow irregular cell on the same wire. `analyse_session` gets the session
as it is read, with default settings, and knows nothing of the truth; what it calls serotonergic and fits is analysed.
How many cells of the published range are called at all is another question ([classification](classification.md)).
"""
_SCENARIOS = """
Amplitude run-down: 5-HT spikes of 65 to 105 µV, all of them shrinking by 4 to 5 % of their first size per dose, so that
they end at 3.4 to 5.4 noise SD. Urethane states: rates swing by ±20 % with a cycle of about 11 min that starts
anywhere. Mixed: noise of 9 µV, 5-HT spikes of 70 to 120 µV, two pops a minute, injection artefacts; two of five animals
get no antagonist, and their cells have a steep curve, so that sensitive ones are silent to the end.
"""
_READING = """
Bias and SD are those of ln(ID50 / true ID50), where there is a number; a bound covers what lies beyond it. The true
ID50 is on the dose that acts; elimination (half-life 100 min) puts it 1 to 2 % higher on the cumulative dose. ×/÷:
median half width of the interval. A lone cell's fit (what `analyse_session` gives) takes 10 % of scatter between
windows and a slope's prior by convention, which is too much here, where nothing but the drug moves the rate of a plain
session; `fit_dose_responses` learns both from the experiment's cells. Shares have Wilson's
95 % interval, over cells or experiments.
"""
_STATES = """
Under urethane the error is the states': the baseline is read in one, doses in others. Saline is given in the state of
the baseline, and the recovery is read 12 min after it, one cycle on, so that both can be at the baseline and nothing
in the data warns: every ID50 under urethane says "stationarity in doubt" for that. No interval of one cell holds what
it says there. Between animals, whose cycles start anywhere, the errors have either sign, and pass for differences
between animals, which an interval of the shift holds. It is narrower for the population fit than for a t test of lone
ID50s because ID50s at one slope for all cells err less under the states (SD 0.18 in ln units) than those of lone fits,
each with a slope of its own (0.29).
"""
_SLOPES = """
p: of no shift. Scatter: dispersion between windows that the population fit finds. It has one slope for all cells. In
the mixed sessions slopes differ (1.5 to 2.2, and 3.5 in the animals without an antagonist): that misfit passes for
scatter and moves single cells, here about alike in both groups. A t test has a slope for each cell.
"""


def write_page(rows: Sequence[Row], scenarios: Sequence[str], folder: Path) -> None:
    """Write end_to_end.md, end_to_end.csv, end_to_end_shifts.csv and end_to_end.svg."""
    cells, shifts = cell_table(rows), shift_table(rows)
    cells.round(4).to_csv(folder / "end_to_end.csv", index=False, lineterminator="\n")
    shifts.round(4).to_csv(folder / "end_to_end_shifts.csv", index=False, lineterminator="\n")
    draw(cells, shifts, scenarios, folder / "end_to_end.svg")
    text = _page(rows, cells, shifts, scenarios)
    (folder / "end_to_end.md").write_text(text)
    print(text)


def _page(rows: Sequence[Row], cells: pd.DataFrame, shifts: pd.DataFrame, scenarios: Sequence[str]) -> str:
    """Turn the figures into a page."""
    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}"
    paragraphs = [
        "# From voltage to ID50 and group shift, with sorter and classifier in the path",
        f"{len(rows)} sessions. {machine}, {versions}. Made by `make bench-end-to-end`; every cell is in "
        "end_to_end.csv, every experiment in end_to_end_shifts.csv.",
        " ".join(_METHOD.split()),
        " ".join(_SCENARIOS.split()),
        "![end to end](end_to_end.svg)",
        "## Which cells arrive",
        _found(rows, scenarios),
        _wrong(rows),
        "## Their ID50",
        _id50(cells, scenarios),
        _within(cells),
        " ".join(_READING.split()),
        " ".join(_STATES.split()),
        "## The group shift",
        _shift(shifts, scenarios),
        _drawn(shifts),
        _experiments(shifts),
        " ".join(_SLOPES.split()),
        _times(rows),
    ]
    return "\n\n".join(paragraphs) + "\n"


def _table(head: Sequence[str], lines: Sequence[Sequence[Any]]) -> str:
    """A table in Markdown."""
    body = [f"| {' | '.join(map(str, line))} |" for line in lines]
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *body])


def _found(rows: Sequence[Row], scenarios: Sequence[str]) -> str:
    """What became of every true cell."""
    head = ["scenario", "5-HT cells", *OUTCOMES, "other cells", "of them called"]
    lines = []
    for scenario in scenarios:
        part = [row for row in rows if row["scenario"] == scenario]
        counts = outcomes(part)
        others = [cell for row in part for cell in row["truth"] if cell["type"] != "serotonergic"]
        slipped = sum(cell["outcome"].startswith("called") for cell in others)
        lines.append([scenario, sum(counts.values()), *counts.values(), len(others), slipped])
    return _table(head, lines)


def _wrong(rows: Sequence[Row]) -> str:
    """Units that are called and are no cell's, or one's a second time."""
    wrong = false_calls(rows)
    if not wrong:
        return "No unit was called serotonergic that is not one 5-HT cell, once."
    told = "; ".join(
        f"{row['scenario']}, experiment {row['experiment'] + 1}, animal {row['animal'] + 1}: "
        f"{unit['is'] or 'no one cell'} ({100 * unit['purity']:.0f} % pure, {100 * unit['recall']:.0f} % of its spikes)"
        for row, unit in wrong
    )
    return f"Called serotonergic although they are no 5-HT cell, or one that was counted already: {told}."


def _id50(cells: pd.DataFrame, scenarios: Sequence[str]) -> str:
    """Coverage, bias and scatter by scenario, and apart for the cells with a warning."""
    head = ["scenario", "cells", "with a number", "bias", "SD", "lone cell: holds the truth", "×/÷"]
    head += ["experiment's scatter and slope: holds the truth", "×/÷", "warned", "holds, warned", "holds, not warned"]
    lines = []
    for scenario in scenarios:
        part = cells[(cells.scenario == scenario) & (cells["is"] == "serotonergic")]
        numbers, warned = part[part.status == "interpolated"], part[part.warns != ""]
        error = numbers.error.astype(float)
        lines.append([
            scenario,
            len(part),
            len(numbers),
            f"{error.mean():+.3f} ± {error.std() / math.sqrt(len(error)):.3f}",
            f"{error.std():.3f}",
            Share(int(part.covers.sum()), len(part)),
            f"{_half_width(part.low, part.high):.2f}",
            Share(int(part.shared_covers.sum()), len(part)),
            f"{_half_width(part.shared_low, part.shared_high):.2f}",
            len(warned),
            _of(warned),
            _of(part[part.warns == ""]),
        ])  # fmt: skip
    return _table(head, lines)


def _within(cells: pd.DataFrame) -> str:
    """How many of the ID50s lie within the doses given."""
    own = cells[cells["is"] == "serotonergic"]
    inside = int((own.status == "interpolated").sum())
    return (
        f"{inside} of {len(own)} ID50s lie within the doses given: what becomes of cells beyond them is measured on "
        "counts ([shifts](population.md))."
    )


def _of(part: pd.DataFrame) -> str:
    """How many of some cells have an interval that holds the truth."""
    return f"{int(part.covers.sum())} of {len(part)}" if len(part) else "none"


def _half_width(low: pd.Series, high: pd.Series) -> float:
    """Median half width of the intervals that have two ends, as a factor."""
    whole = (low > 0) & np.isfinite(high)
    return math.exp(float(np.median(np.log(high[whole] / low[whole]))) / 2)


def _shift(shifts: pd.DataFrame, scenarios: Sequence[str]) -> str:
    """Coverage and bias of the shift by scenario, for the population fit and for the numbers alone."""
    head = ["scenario", "experiments", "population fit holds the truth", "×/÷", "bias"]
    head += ["t test on the numbers holds it", "×/÷", "bias", "bias against the animals drawn"]
    lines = []
    for scenario in (*scenarios, "all"):
        part = shifts if scenario == "all" else shifts[shifts.scenario == scenario]
        line: list[Any] = [scenario, len(part)]
        for way in ("population", "numbers"):
            value, low, high = (part[name].to_numpy(float) for name in (way, f"{way}_low", f"{way}_high"))
            covers = (low <= part.true) & (part.true <= high)
            width = math.exp(float(np.median(np.log(high / low))) / 2)
            line += [Share(int(covers.sum()), len(part)), f"{width:.2f}", _bias(value / part.true)]
        lines.append([*line, _bias(part.population / part.drawn)])
    return _table(head, lines)


def _drawn(shifts: pd.DataFrame) -> str:
    """Where the estimate is off from what the drawn animals had, beyond chance."""
    off = []
    for scenario, part in shifts.groupby("scenario", sort=False):
        logs = np.log((part.population / part.drawn).to_numpy(float))
        if len(logs) > 1 and abs(logs.mean()) > 2.0 * logs.std(ddof=1) / math.sqrt(len(logs)):
            off.append(f"{scenario} ({100 * math.expm1(logs.mean()):+.0f} %)")
    told = f"It is off by more than two standard errors in: {', '.join(off)}." if off else "It is off in none."
    return f"The last column leaves out which animals were drawn: what is left is the method's own error. {told}"


def _bias(ratio: pd.Series) -> str:
    """Mean of a logarithm, with its standard error."""
    logs = np.log(ratio.to_numpy(float))
    return f"{logs.mean():+.3f} ± {logs.std(ddof=1) / math.sqrt(len(logs)):.3f}" if len(logs) > 1 else f"{logs[0]:+.3f}"


def _experiments(shifts: pd.DataFrame) -> str:
    """A line per experiment."""
    head = ["scenario", "experiment", "true shift", "of the animals drawn", "cells", "population fit", "p"]
    head += ["slope", "scatter", "t test"]
    lines = [
        [
            row.scenario,
            row.experiment,
            f"{row.true:g}",
            f"{row.drawn:.2f}",
            f"{row.control} + {row.chronic}",
            f"{row.population:.2f} ({row.population_low:.2f} to {row.population_high:.2f})",
            f"{row.population_p:.2g}",
            f"{row.hill:.2f}",
            f"{row.dispersion:.2f}",
            f"{row.numbers:.2f} ({row.numbers_low:.2f} to {row.numbers_high:.2f})",
        ]
        for row in shifts.itertuples()
    ]
    return _table(head, lines)


def _times(rows: Sequence[Row]) -> str:
    """What a session costs."""
    simulated, analysed = ([row[name] for row in rows] for name in ("simulate_s", "analyse_s"))
    return (
        f"A session of 14 min costs {np.median(analysed):.1f} s of one core to analyse ({min(analysed):.1f} to "
        f"{max(analysed):.1f}), and {np.median(simulated):.1f} s to simulate."
    )
