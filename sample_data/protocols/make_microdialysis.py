"""Write ``microdialysis.csv``: 5-HT in dialysate of invented animals, six under vehicle and six under a test drug.

Simulated; "test drug" is no drug. What is true: fractions of 20 min at 2 µl/min behind 8 µl of dead volume (4 min), the
drug at 80 min, so that the fraction collected from 80 min straddles it: 4 min of it are before. It has the basal level
in every animal; in the four after it the test drug brings the true level to 50, 40, 60 and 90 % of baseline, vehicle
leaves it at 100 %. Fractions scatter by 6 % (standard deviation of the logarithm), animals differ in their basal level.
The true area of the test drug over the four fractions is (-50 - 60 - 40 - 10) x 20 = -3200 % min. One fraction of v3
was lost, and is empty.

Run it as ``python sample_data/protocols/make_microdialysis.py [FOLDER]``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

TRUE_PERCENT = {"vehicle": (100, 100, 100, 100), "test drug": (50, 40, 60, 90)}
"""Of the fractions after the one that straddles the drug; the five before are at 100."""

SCATTER = 0.06
LOST = ("v3", 1)
"""Animal and fraction: before the baseline is complete."""


def main(folder: Path) -> None:
    """Write the table."""
    random = np.random.default_rng(5)
    lines = ["animal,group,analyte,start_min,length_min,value,unit,dead_volume_ul,flow_ul_min,drug_min,drug"]
    for group, percents in TRUE_PERCENT.items():
        for number in range(1, 7):
            animal = f"{group[0]}{number}"
            basal = 2.0 * np.exp(0.3 * random.standard_normal())
            once = f"nM,8,2,80,{group}"
            for place, percent in enumerate((100,) * 5 + percents):
                value = basal * percent / 100 * np.exp(SCATTER * random.standard_normal())
                text = "" if (animal, place) == LOST else f"{value:.3f}"
                lines.append(f"{animal},{group},5-HT,{20 * place},20,{text},{once}")
                once = ",,,,"
    (folder / "microdialysis.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
