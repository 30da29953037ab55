"""Tables of counts drawn from a population whose ID50s are invented."""

from __future__ import annotations

from typing import Any

import numpy as np

from ephys.pharmacology.counts.draw import draw_counts

DOSES = 12.5 * 2.0 ** np.arange(5)


def drawn_rows(
    seed: int, *, animals: int = 6, cells: int = 3, fold: float = 3.0, id50: float = 50.0, sd_animal: float = 0.3,
    sd_cell: float = 0.2, hill: float = 1.8, emax: tuple[float, float] = (1.0, 1.0), squared_cv: float = 0.09,
    dispersion: float = 0.12, groups: tuple[str, ...] = ("control", "treated"), paired: bool = False,
) -> list[dict[str, Any]]:  # fmt: skip
    """A row per cell and dose; each group's ID50 is `fold` times that of the one before, dosing stops at silence."""
    random = np.random.default_rng(seed)
    dose, exposure_s = np.r_[0.0, DOSES], np.r_[180.0, np.full(DOSES.size, 60.0)]
    rows: list[dict[str, Any]] = []
    own = sd_animal * random.standard_normal((1 if paired else len(groups), animals))
    for number, group in enumerate(groups):
        for animal in range(animals):
            for cell in range(cells):
                ln_id50 = np.log(id50 * fold**number) + own[0 if paired else number, animal]
                ln_id50 += sd_cell * random.standard_normal()
                taken = np.where(dose > 0, 1.0 / (1.0 + (np.exp(ln_id50) / np.maximum(dose, 1e-9)) ** hill), 0.0)
                rate_hz = 1.6 * np.exp(0.4 * random.standard_normal())
                mean = rate_hz * exposure_s * (1.0 - emax[min(number, 1)] * taken)
                count = draw_counts(mean, np.array(squared_cv), dispersion, random)
                rate = count / exposure_s
                silent = np.flatnonzero(rate[1:] < 0.03 * rate[0])
                last = len(dose) if not silent.size else int(silent[0]) + 2
                rows += [
                    {"animal": f"r{animal}" if paired else f"{group}{animal}", "unit": f"{cell}", "group": group,
                     "drug": "ipsapirone", "dose_unit": "ug/kg", "dose": dose[i], "count": count[i],
                     "exposure_s": exposure_s[i], "fano": squared_cv}
                    for i in range(last)
                ]  # fmt: skip
    return rows
