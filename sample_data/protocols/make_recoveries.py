"""Write ``recoveries.csv``: simulated times to recovery without an antagonist, as `spontaneous_recovery` measured them.

Run it as ``python sample_data/protocols/make_recoveries.py [FOLDER]``; one seed, one table.

Everything is simulated and says nothing of any drug; the agonist has no name. True is: each cell fires 2 Hz (gamma
intervals, CV 0.3), is brought to 0.1 Hz 10 s after one dose of 100 µg/kg, and steps back to 2 Hz 300 s after the dose
in animals of the group control, 120 s after it in the group treated. Two cells of the controls were watched for 200 s
only, and are bounds.
"""

from __future__ import annotations

import csv
import math
import sys
from pathlib import Path

import numpy as np

from ephys.model import Administration, DoseProtocol, Epoch, Fate, Subject, Unit
from ephys.pharmacology import Recovery, spontaneous_recovery

SEED = 0
DOSE_S, INHIBITED_HZ, RATE_HZ, CV = 180.0, 0.1, 2.0, 0.3
BACK_S = {"control": 300.0, "treated": 120.0}
WATCHED_S = {("control", 4): 200.0, ("control", 5): 200.0}
CELLS = {"control": 6, "treated": 4}


def main(folder: Path) -> None:
    """Write the table into `folder`."""
    random = np.random.default_rng(SEED)
    rows = [
        row for group, n in CELLS.items() for number in range(n) for row in simulated(group, number, random).as_rows()
    ]
    with (folder / "recoveries.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: text(value) for name, value in row.items()} for row in rows)


def simulated(group: str, number: int, random: np.random.Generator) -> Recovery:
    """One cell of one animal."""
    back_s = DOSE_S + BACK_S[group]
    stop_s = DOSE_S + WATCHED_S.get((group, number), 700.0)
    levels = [(0.0, DOSE_S + 10.0, RATE_HZ), (DOSE_S + 10.0, back_s, INHIBITED_HZ), (back_s, stop_s, RATE_HZ)]
    times = np.concatenate(
        [train(start, min(stop, stop_s), hz, random) for start, stop, hz in levels if start < stop_s]
    )
    unit = Unit.from_times(times, support=Epoch(0.0, stop_s))
    given = Administration("agonist", DOSE_S, dose=100.0, dose_unit="ug/kg", route="i.v.", form="base")
    return spontaneous_recovery(
        unit, DoseProtocol((given,), unit.support), fate=Fate("held", math.inf, "simulated"),
        subject=Subject(animal=f"{group} {number + 1}", group=group),
    )  # fmt: skip


def train(start_s: float, stop_s: float, rate_hz: float, random: np.random.Generator) -> np.ndarray:
    """Gamma train of an even rate, that begins somewhere within an interval."""
    shape = 1.0 / CV**2
    intervals = random.gamma(shape, 1.0 / shape / rate_hz, int(4 * (stop_s - start_s) * rate_hz) + 20)
    times = start_s + np.cumsum(intervals) - intervals[0] * random.uniform()
    return times[(times >= start_s) & (times < stop_s)]


def text(value: object) -> str:
    """A value of the table; nothing for what is unknown."""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.1f}"
    return str(value)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
