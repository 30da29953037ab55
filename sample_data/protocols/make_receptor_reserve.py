"""Write receptor_reserve.csv: simulated animals, an agonist's curve in controls and after partial inactivation.

True here, and of no real drug: the operational model with a largest inhibition (Em) of 100 %, KA 400 µg/kg, n 1.3, tau
10 in controls, and a fifth of the receptors left after inactivation (q 0.2, tau 2). Six animals a group; ln KA differs
between animals with an SD of 0.2, points scatter with an SD of 3 %.

Run it as ``python sample_data/protocols/make_receptor_reserve.py [FOLDER]``.
"""

import sys
from pathlib import Path

import numpy as np

SEED, EM, KA, N, TAU, Q = 20262, 100.0, 400.0, 1.3, 10.0, 0.2
SD_ANIMAL, SD_PERCENT = 0.2, 3.0
DOSES = {
    "control": (6.25, 12.5, 25.0, 50.0, 100.0, 200.0, 400.0),
    "inactivated": (25.0, 50.0, 100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0),
}


def main(folder: Path) -> None:
    """Write the table."""
    (folder / "receptor_reserve.csv").write_text("\n".join(rows()) + "\n", encoding="utf-8")


def rows() -> list[str]:
    """Lines of the table."""
    random = np.random.default_rng(SEED)
    found = ["animal,curve,dose_ug_kg,inhibition_percent"]
    for group, doses in DOSES.items():
        tau = TAU * (Q if group == "inactivated" else 1.0)
        for number in range(6):
            ka = KA * np.exp(random.normal(0.0, SD_ANIMAL))
            for dose in doses:
                true = EM / (1.0 + ((ka + dose) / (tau * dose)) ** N)
                found.append(f"{group[0]}{number + 1},{group},{dose:g},{true + random.normal(0.0, SD_PERCENT):.1f}")
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
