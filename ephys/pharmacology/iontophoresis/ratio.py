"""What two drugs did from one electrode, as a ratio."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ephys.jupyter import Shown

CONTROL = "control"
"""In place of a drug: the control current of the electrode."""


@dataclass(frozen=True, slots=True)
class ElectrodeRatio(Shown):
    """Effect of a drug over that of another, from one electrode.

    Parameters
    ----------
    animal, group, electrode : str
    units : tuple of str
        Cells that it is the mean of.
    ln_ratio, se : float
        Its logarithm, and what counting noise alone makes of its error.
    doubtful : bool
        Whether the interval of one of the effects holds 0, so that a ratio, and its error, tell little.
    truncated : bool
        Whether a window ended before the cell had recovered.
    mixed : bool
        Whether ejections were of unlike length, or some came after another drug.
    drug_na, against_na : float
        Mean ejecting currents of the drug, and of what is below the line.
    """

    animal: str
    group: str
    electrode: str
    units: tuple[str, ...]
    ln_ratio: float
    se: float
    doubtful: bool = False
    truncated: bool = False
    mixed: bool = False
    drug_na: float = math.nan
    against_na: float = math.nan

    @property
    def current_ratio(self) -> float:
        """Mean current of the drug over that of what is below the line."""
        return self.drug_na / self.against_na

    @property
    def ratio(self) -> float:
        """The ratio itself."""
        return math.exp(self.ln_ratio)

    @property
    def ratios(self) -> dict[str, float]:
        """Its ratios, for a row of a table."""
        return {"ratio": self.ratio, "current_ratio": self.current_ratio}
