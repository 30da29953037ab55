"""The best curve of cells whose largest effect is estimated, too."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.counts.model import CellCounts, HillModel, Values
from ephys.pharmacology.counts.profile import begin, range_of_doses
from ephys.pharmacology.counts.search import climb_from_all

FloatArray = NDArray[np.float64]
FreeEmax = Literal["auto", "always", "never"]
"""Whether the largest effect is estimated: where the counts say so, in any case, or in none."""

_STARTS_OF_EMAX, _STARTS_OF_DOSE = (0.95, 0.75, 0.45, 0.2), (0.1, 0.5, 0.9)


def climb_emax(cells: CellCounts, model: HillModel, drift: tuple[str, ...]) -> tuple[Values, FloatArray]:
    """Best curve whatever its largest effect (relative ED50), from several of them and from several doses."""
    relative = replace(model, relative=True)
    lowest, highest = range_of_doses(cells)
    slope = np.full(cells.n_cells, model.ln_hill_mean)
    starts = [
        begin(
            cells,
            relative,
            ln_id50=lowest + along * (highest - lowest),
            ln_hill=slope,
            emax=np.full(cells.n_cells, emax),
        )
        for emax in _STARTS_OF_EMAX
        for along in _STARTS_OF_DOSE
    ]
    return climb_from_all(cells, relative, starts, ("ln_id50", "ln_rate", "ln_hill", "emax", *drift))
