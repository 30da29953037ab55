"""What may move an ID50: named warnings, each with what it does to the number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ephys.jupyter import Shown

WarningName = Literal[
    "too few doses", "too few concentrations", "too few currents", "unstable baseline", "stationarity in doubt",
    "elimination during the series", "extrapolation", "amplitude run-down", "largest inhibition in doubt",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class FitWarning(Shown):
    """A named doubt about an ID50.

    Parameters
    ----------
    name : str
        One of "too few doses" (or concentrations, or currents), "unstable baseline", "stationarity in doubt",
        "elimination during the series", "extrapolation", "amplitude run-down" and "largest inhibition in doubt".
    cause : str
        What was seen.
    effect : str
        What it does to the number.
    """

    name: WarningName
    cause: str
    effect: str

    @property
    def text(self) -> str:
        """All three, as they are printed."""
        return f"{self.name} ({self.cause}): {self.effect}"
