"""What the sessions of `end_to_end_study.py` add up to: cells, ID50s and the shift of each experiment."""

from __future__ import annotations

import base64
import math
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from ephys.pharmacology import DoseResponse, fit_dose_responses, fit_population

Row = dict[str, Any]

OUTCOMES = ("called and fitted", "called, not fitted", "uncertain", "not serotonergic", "multi-unit", "not found")


@dataclass(frozen=True)
class Share:
    """So many of so many, with Wilson's 95 % interval."""

    hits: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval, each end a share."""
        low, high = stats.binomtest(self.hits, self.of).proportion_ci(method="wilson")
        return float(low), float(high)

    def __str__(self) -> str:
        if not self.of:
            return "none"
        low, high = self.interval
        return f"{self.hits} of {self.of} ({100 * low:.0f} to {100 * high:.0f} %)"


def analysed_units(rows: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    """Every unit that was called serotonergic and fitted, with its session."""
    return ((row, unit) for row in rows for unit in row["cells"] if unit["analysed"])


def cell_table(rows: Sequence[Row]) -> pd.DataFrame:
    """A line per unit that was called serotonergic and fitted, as a lone cell and as one of its experiment."""
    lines = []
    for part in experiments_of(rows):
        fits = fit_dose_responses([one for row in part for one in responses_of(row)])
        for (row, unit), fit in zip(analysed_units(part), fits, strict=True):
            truth = unit["true_id50"]
            lines.append({
                "scenario": row["scenario"],
                "experiment": row["experiment"] + 1,
                "animal": row["animal"] + 1,
                "group": row["group"],
                "is": unit["is"],
                "true_id50": truth,
                "id50": unit["id50"],
                "low": unit["low"],
                "high": math.inf if unit["high"] is None else unit["high"],
                "covers": unit["covers"],
                "error": unit["error"],
                "status": unit["status"],
                "fate": unit["fate"],
                "warns": "; ".join(dict.fromkeys(unit["warns"])),
                "purity": unit["purity"],
                "recall": unit["recall"],
                "shared_id50": fit.id50,
                "shared_low": fit.id50_low,
                "shared_high": fit.id50_high,
                "shared_covers": truth is not None and bool(fit.id50_low <= truth <= fit.id50_high),
                "dispersion": fit.settings.dispersion,
            })  # fmt: skip
    return pd.DataFrame(lines)


def experiments_of(rows: Sequence[Row]) -> list[list[Row]]:
    """The sessions of each experiment."""
    keys = dict.fromkeys((row["scenario"], row["experiment"]) for row in rows)
    return [[row for row in rows if (row["scenario"], row["experiment"]) == key] for key in keys]


def outcomes(rows: Sequence[Row]) -> dict[str, int]:
    """What became of the true serotonergic cells."""
    found = [cell["outcome"] for row in rows for cell in row["truth"] if cell["type"] == "serotonergic"]
    return {outcome: found.count(outcome) for outcome in OUTCOMES}


def false_calls(rows: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Units called serotonergic and fitted that are no serotonergic cell, or one that was counted already."""
    wrong = []
    for row in rows:
        called = [unit for unit in row["cells"] if unit["analysed"]]
        own = [unit for unit in called if unit["is"] == "serotonergic"]
        best = max(own, key=lambda unit: unit["recall"], default=None)
        wrong += [(row, unit) for unit in called if unit is not best]
    return wrong


def shift_table(rows: Sequence[Row]) -> pd.DataFrame:
    """The shift of each experiment: of the population fit, and of the numbers alone."""
    lines = []
    for part in experiments_of(rows):
        responses = [one for row in part for one in responses_of(row)]
        fit = fit_population(responses, reference="control")
        population = fit.fold_shift["chronic"]
        value, low, high = numbers_alone(part)
        lines.append({
            "scenario": part[0]["scenario"],
            "experiment": part[0]["experiment"] + 1,
            "true": part[0]["fold_shift"],
            "drawn": drawn_shift(part),
            "control": sum(row["group"] == "control" for row, _ in analysed_units(part)),
            "chronic": sum(row["group"] == "chronic" for row, _ in analysed_units(part)),
            "population": population.value,
            "population_low": population.low,
            "population_high": population.high,
            "population_p": population.p,
            "hill": fit.hill,
            "dispersion": fit.dispersion,
            "numbers": value,
            "numbers_low": low,
            "numbers_high": high,
        })  # fmt: skip
    return pd.DataFrame(lines)


def responses_of(row: Row) -> list[DoseResponse]:
    """The responses that a session gave; written by `run_session`."""
    read: list[DoseResponse] = pickle.loads(base64.b64decode(row["responses"]))
    return read


def drawn_shift(rows: Sequence[Row]) -> float:
    """Ratio of the geometric means of the true ID50s that the animals of an experiment happened to have."""
    means = {
        group: np.mean([math.log(row["truth"][0]["id50"]) for row in rows if row["group"] == group])
        for group in ("control", "chronic")
    }
    return math.exp(means["chronic"] - means["control"])


def numbers_alone(rows: Sequence[Row]) -> tuple[float, float, float]:
    """Fold shift with Welch's 95 % interval on ln ID50, from the cells that have a number, as papers have it."""
    logs = {
        group: np.log([u["id50"] for row, u in analysed_units(rows) if row["group"] == group and u["id50"]])
        for group in ("control", "chronic")
    }
    if min(len(one) for one in logs.values()) < 2:
        return math.nan, math.nan, math.nan
    difference = float(logs["chronic"].mean() - logs["control"].mean())
    interval = stats.ttest_ind(logs["chronic"], logs["control"], equal_var=False).confidence_interval(0.95)
    return math.exp(difference), math.exp(interval.low), math.exp(interval.high)
