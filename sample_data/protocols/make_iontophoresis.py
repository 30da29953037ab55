"""Write the sample ejections: a simulated cell beside a multibarrel electrode.

True in it: without drug the cell fires 1 Hz with a CV of 0.3. Compound-1 halves the rate at a charge of 150 nC and
compound-2 at 300 nC, at every current, so that I·T50 is 150 and 300 nC; the charge falls with a time constant of 15 s
after each ejection. Saline, ejected by the same current, does nothing. Compounds and numbers are invented.

Run it as ``python sample_data/protocols/make_iontophoresis.py [FOLDER]``.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

from ephys.model import Administration
from ephys.simulation import ejection_rate, renewal_train

STOP_S, RATE_HZ, CV = 900.0, 1.0, 0.3
CHARGE50_NC = {"compound-1": 150.0, "compound-2": 300.0}
EJECTED = (
    ("compound-1", 70.0, 10.0, "1"), ("compound-1", 210.0, 20.0, "1"), ("compound-1", 350.0, 5.0, "1"),
    ("compound-1", 490.0, 10.0, "1"), ("saline", 630.0, 10.0, "2"), ("compound-2", 770.0, 10.0, "3"),
)  # fmt: skip
EJECTION_S = 50.0


def main(folder: Path) -> None:
    """Write spikes and doses."""
    given = [
        Administration(drug, at, at + EJECTION_S, dose=current, dose_unit="nA") for drug, at, current, _ in EJECTED
    ]
    grid_s = np.arange(0.0, STOP_S, 0.01)
    rate_hz = ejection_rate(grid_s, given, rate_hz=RATE_HZ, charge50_nc=CHARGE50_NC)
    times_s = renewal_train(grid_s, rate_hz, cv=CV, seed=4)
    with (folder / "iontophoresis_spikes.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["time_s"], *([f"{time:.2f}"] for time in times_s)])
    columns = ["time_s", "stop_s", "drug", "amount", "unit", "route", "role", "barrel", "retention_na"]
    rows = [
        [f"{at:g}", f"{at + EJECTION_S:g}", drug, f"{current:g}", "nA", "iontophoresis",
         "vehicle" if drug == "saline" else "agonist", barrel, "-10"]
        for drug, at, current, barrel in EJECTED
    ]  # fmt: skip
    with (folder / "iontophoresis_doses.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *rows])


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
