"""A small cohort's tables, with every column that they have."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from ephys.io.firing import FIRING_COLUMNS
from ephys.io.results import FIT_COLUMNS, RESPONSE_COLUMNS, UNIT_COLUMNS

_CELL = ("session", "animal", "group", "cell")
_SUMMARY = ("animals", "cells")


def _without(columns: tuple[str, ...], *left_out: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(column for column in columns if not any(column in names for names in left_out))


_UNITS = (*_CELL, "track", "depth_um", "order", "date", "time", "file", "histology", "earlier_drug")
_FIRING = (
    *_CELL, "unit", "species", "preparation", "anaesthetic", "track", "final_label", "multi_unit", "excluded",
    "baseline_rate_hz", "baseline_spikes", "cv_collapsed", "total_ms", "band",
)  # fmt: skip
COLUMNS: dict[str, tuple[str, ...]] = {
    "animals": (
        "animal", "group", "sex", "strain", "species", "weight_g", "age", "treatment", "dose", "days", "last_dose_h",
        "anaesthetic", "temperature", "batch", "histology", "experimenter", "tracks", "sessions", "recorded",
        "serotonergic", "stable", "held", "analysed",
    ),
    "tracks": (
        "animal", "group", "track", "depth_low_um", "depth_high_um", "recorded", "serotonergic", "cells", "known",
    ),
    "units": (*_UNITS, *_without(UNIT_COLUMNS, FIRING_COLUMNS, _UNITS), "exclude", "analysed", "excluded_by"),
    "firing": (*_FIRING, *_without(FIRING_COLUMNS, _FIRING), "analysed"),
    "responses": (*_CELL, *_without(RESPONSE_COLUMNS, _CELL)),
    "fits": (*_CELL, *_without(FIT_COLUMNS, _CELL), "analysed", "excluded_by"),
    "groups": (
        "drug", "dose_unit", "selection", "measure", "group", "value", "low", "high", "level", "unit_of_value",
        *_SUMMARY, "censored", "status", "method", "note",
    ),
    "comparisons": (
        "drug", "selection", "measure", "group", "reference", "kind", "value", "low", "high", "level", "statistic",
        "df", "p", "p_holm", *_SUMMARY, "method", "note",
    ),
    "exclusions": (*_CELL, "unit", "drug", "rule", "value", "limit", "applied", "reason"),
    "flow": ("group", "stage", *_SUMMARY, "left_out_cells", "reason"),
    "failures": (*_CELL, "file", "step", "reason"),
}  # fmt: skip
"""Columns of a cohort's tables."""
TREATED, CONTROL = "treated", "control"
CELLS = [("8", TREATED, "1"), ("7", CONTROL, "1"), ("7", CONTROL, "2"), ("8", TREATED, "2")]
"""Animal, group and cell: the treated animal's cell comes first in the tables, the control in that of the animals."""
ID50 = {("7", "1"): 20.0, ("7", "2"): 5.0, ("8", "1"): 0.1 + 0.2, ("8", "2"): math.nan}


@pytest.fixture
def tables(whole_cohort: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The cohort, to be changed."""
    return {name: table.copy() for name, table in whole_cohort.items()}


@pytest.fixture(scope="session")
def whole_cohort() -> dict[str, pd.DataFrame]:
    """Two animals of two cells; the second cell of the second has a bound and no ID50."""
    cells = [{"session": f"r{a}c{c}", "animal": a, "group": g, "cell": c, "unit": "1"} for a, g, c in CELLS]
    series = {"drug": "ipsapirone", "dose_unit": "ug/kg", "route": "i.v.", "form": "base"}
    rows: dict[str, list[dict[str, Any]]] = {
        "animals": [
            {"animal": "7", "group": CONTROL, "weight_g": 310.5, "tracks": 3, "analysed": 2, "experimenter": "=A1"},
            {"animal": "8", "group": TREATED, "weight_g": math.nan, "tracks": None, "analysed": 2, "dose": "1e3"},
        ],
        "tracks": [{"animal": "7", "group": CONTROL, "track": "02", "known": True, "depth_low_um": 5400.0}],
        "units": [
            cell | {"analysed": True, "multi_unit": None, "flags": 'a, "b"\nµ', "date": "2024-05-06"} for cell in cells
        ],
        "firing": [
            cell | {"baseline_rate_hz": 1.0 + n / 3, "cv_collapsed": 0.3, "burst_share": 0.0, "analysed": n != 3}
            for n, cell in enumerate(cells)
        ],
        "responses": [
            cell | series | {"role": role, "cumulative_dose": d, "percent": p - n / 7, "used": used, "count": 3}
            for n, cell in enumerate(cells)
            for role, d, p, used in (
                ("baseline", 0.0, 100.0, True), ("agonist", 5.0, 90.0, True), ("agonist", 20.0, 40.0, True),
                ("agonist", 40.0, 0.0, n != 1), ("antagonist", 40.0, 80.0, False),
            )
        ],
        "fits": [cell | series | {"id50": ID50[cell["animal"], cell["cell"]], "analysed": True} for cell in cells],
        "groups": [{"measure": "log10 ID50", "group": CONTROL, "value": 1.0, "high": math.inf, "animals": 1}],
        "comparisons": [{"kind": "ratio", "p": 5e-324, "animals": 2}],
        "exclusions": [cells[0] | {"rule": "lost", "value": "at 300 s", "applied": False}],
        "flow": [{"group": CONTROL, "stage": "recorded", "animals": 1, "cells": 2, "left_out_cells": 0}],
        "failures": [],
    }  # fmt: skip
    return {name: pd.DataFrame(rows[name], columns=list(columns)) for name, columns in COLUMNS.items()}
