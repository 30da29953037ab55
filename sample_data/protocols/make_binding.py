"""Write binding.csv: simulated competition experiments on two made-up compounds.

What is true: compound A has a Ki of 20 nM at a made-up receptor, with a Hill slope of 1, in three experiments whose
ln Ki scatter with an SD of 0.12. The radioligand stands at 1 nM, and its Kd is 2 nM, so that the IC50 is 1.5 times Ki.
Compound B, in the first experiment alone, has a Ki of 40,000 nM: its IC50 lies far beyond the concentrations, and is a
bound. A tube scatters by its counting error and by 3 % of pipetting. No number here says anything of a real drug.

Run it as ``python sample_data/protocols/make_binding.py [FOLDER]``.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np

SEED = 20
LIGAND_NM, KD_NM, KD_SE_NM = 1.0, 2.0, 0.15
KI_NM = {"compound A": 20.0, "compound B": 40_000.0}
LN_SD, PIPETTING = 0.12, 0.03
NONSPECIFIC, SPECIFIC, ADDED = 260.0, 2400.0, 42_000
CONCENTRATIONS_NM = (1, 3, 10, 30, 100, 300, 1000, 3000)
HEAD = (
    "experiment,compound,kind,concentration,unit,bound_dpm,receptor,radioligand,radioligand_nm,kd_nm,kd_se_nm,added_dpm"
)


def main(folder: Path) -> None:
    """Write the table into `folder`."""
    rng = np.random.default_rng(SEED)
    lines = [HEAD]

    def counts(mean: float) -> int:
        return int(rng.poisson(mean * math.exp(rng.normal(0.0, PIPETTING))))

    for number in range(1, 4):
        constants = f",simulated receptor,simulated ligand,{LIGAND_NM:g},{KD_NM:g},{KD_SE_NM:g},{ADDED}"
        for kind, mean in (("total", NONSPECIFIC + SPECIFIC), ("nonspecific", NONSPECIFIC)):
            for _ in range(3):
                lines.append(f"e{number},,{kind},,,{counts(mean)}{constants}")
                constants = ""
        for compound in KI_NM if number == 1 else ("compound A",):
            ic50_nm = KI_NM[compound] * (1 + LIGAND_NM / KD_NM) * math.exp(rng.normal(0.0, LN_SD))
            for concentration in CONCENTRATIONS_NM:
                mean = NONSPECIFIC + SPECIFIC / (1 + concentration / ic50_nm)
                lines += [f"e{number},{compound},sample,{concentration},nM,{counts(mean)}" for _ in range(2)]
    (folder / "binding.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
