"""A small cohort's tables, with every column that they have."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from ephys.batch.tables import TABLE_COLUMNS

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
        "reversals": [cells[0] | {"agonist": "ipsapirone", "given": "way-100635", "returned": True, "recoveries": 3}],
        "recoveries": [cells[1] | {"drug": "ipsapirone", "state": "not back", "watched_s": 90.0}],
        "ejections": [cells[2] | {"drug": "5-ht", "number": 0, "current_na": 10.0, "t50_s_low": 8.0}],
        "groups": [{"measure": "log10 ID50", "group": CONTROL, "value": 1.0, "high": math.inf, "animals": 1}],
        "comparisons": [{"kind": "ratio", "p": 5e-324, "animals": 2}],
        "exclusions": [cells[0] | {"rule": "lost", "value": "at 300 s", "applied": False}],
        "flow": [{"group": CONTROL, "stage": "recorded", "animals": 1, "cells": 2, "left_out_cells": 0}],
        "failures": [],
    }  # fmt: skip
    return {name: pd.DataFrame(rows[name], columns=list(columns)) for name, columns in TABLE_COLUMNS.items()}
