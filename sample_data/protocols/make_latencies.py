"""Write ``latencies.csv``: step-down latencies of invented animals, three trials each, with a cut-off of 180 s.

Simulated; the groups are named for what they are: no drug is behind them. What is true: the latencies of a trial are
exponential around the animal's own mean, which scatters by 30 % around 8 s ("control"), 60 s ("shorter") and 240 s
("longer"). A trial ends at 180 s; latencies that had not ended by then are typed ``>180``.

Run it as ``python sample_data/protocols/make_latencies.py [FOLDER]``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

MEANS_S = {"control": 8.0, "shorter": 60.0, "longer": 240.0}
CUTOFF_S = 180.0


def main(folder: Path) -> None:
    """Write the table."""
    random = np.random.default_rng(11)
    lines = ["animal,group,trial,latency_s,cutoff_s"]
    for group, mean_s in MEANS_S.items():
        for number in range(1, 9):
            own_s = mean_s * np.exp(0.3 * random.standard_normal())
            for trial in range(1, 4):
                latency_s = own_s * random.standard_exponential()
                text = f">{CUTOFF_S:g}" if latency_s >= CUTOFF_S else f"{latency_s:.1f}"
                lines.append(f"{group[0]}{number},{group},{trial},{text},{CUTOFF_S:g}")
    (folder / "latencies.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
