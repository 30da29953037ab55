"""Write schild.csv: simulated slices, an agonist's curve without an antagonist and with it.

True here, and of no real drug: the rate falls from 100 to 0 % of baseline with a Hill slope of 1.4 about an EC50 of 40
nM; the antagonist is competitive with a KB of 5 nM (pKB 8.301). Nine animals, each with a curve without antagonist and
one at 10, 30 or 100 nM (three animals each). ln EC50 differs between animals with an SD of 0.25, points scatter with an
SD of 4 %.

Run it as ``python sample_data/protocols/make_schild.py [FOLDER]``.
"""

import sys
from pathlib import Path

import numpy as np

SEED, EC50_NM, KB_NM, HILL = 20261, 40.0, 5.0, 1.4
SD_ANIMAL, SD_PERCENT = 0.25, 4.0
DOSES_NM = (10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)


def main(folder: Path) -> None:
    """Write the table."""
    (folder / "schild.csv").write_text("\n".join(rows()) + "\n", encoding="utf-8")


def rows() -> list[str]:
    """Lines of the table."""
    random = np.random.default_rng(SEED)
    found = ["animal,antagonist_nM,agonist_nM,percent_of_baseline"]
    for number in range(9):
        own = EC50_NM * np.exp(random.normal(0.0, SD_ANIMAL))
        for antagonist in (0.0, (10.0, 30.0, 100.0)[number % 3]):
            for dose in DOSES_NM:
                true = 100.0 / (1.0 + (dose / (own * (1.0 + antagonist / KB_NM))) ** HILL)
                found.append(f"s{number + 1},{antagonist:g},{dose:g},{true + random.normal(0.0, SD_PERCENT):.1f}")
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
