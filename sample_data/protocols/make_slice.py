"""Write a simulated slice: spike times of one cell and the table of its solutions.

Run it as ``python sample_data/protocols/make_slice.py [FOLDER]``; the folder is this one unless another is named.

True in it, and all invented: the cell fires at 1 Hz (CV 0.25) and is silenced by an agonist with an IC50 of 80 nM, a
Hill slope of 1.5 and a largest effect of 100 %. Five concentrations follow on one another for 150 s each; a solution
reaches the cell 75 s after the tap was turned, and washes in with a time constant of 10 s, out with 60 s. The session
lasts 1500 s. It says nothing of any drug.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from ephys.simulation import SIMULATED_SLICE, CellSpec, SuperfusionSchedule, simulate_session

SEED = 5
SCHEDULE = SuperfusionSchedule(
    drug="agonist",
    concentrations_nm=(10.0, 30.0, 100.0, 300.0, 1000.0),
    baseline_s=180.0,
    application_s=150.0,
    recovery_s=570.0,
    bath_delay_s=75.0,
    wash_in_s=10.0,
    wash_out_s=60.0,
)
CELL = CellSpec(name="1", rate_hz=1.0, cv=0.25, id50=80.0, hill=1.5)


def main(folder: Path) -> None:
    """Write both tables into `folder`."""
    simulated = simulate_session(
        SEED, cells=[CELL], schedule=SCHEDULE, with_voltage=False, subject=SIMULATED_SLICE, session_id="slice"
    )
    (unit,) = simulated.session.units
    _write(folder / "slice_spikes.csv", ("time_s",), [(f"{time_s:.2f}",) for time_s in unit.times_s.tolist()])
    given = [
        (f"{a.start_s:g}", f"{a.end_s:g}", a.drug, f"{a.dose:g}", "nM", "base", "bath", "agonist")
        for a in simulated.session.protocol.administrations
    ]
    _write(folder / "slice_doses.csv", ("time_s", "stop_s", "drug", "amount", "unit", "form", "route", "role"), given)


def _write(path: Path, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Write one table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
