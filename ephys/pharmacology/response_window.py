"""What was counted in one read-out window."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ephys.model import Epoch


@dataclass(frozen=True, slots=True)
class ResponseWindow:
    """What was counted in one window.

    Parameters
    ----------
    epoch : Epoch
        The window.
    role, drug : str
        Of the administration that it follows; ``"baseline"`` and empty for the baseline.
    given_s : float
        When the administration began; NaN for the baseline.
    dose : float
        Cumulative dose of the series' drug at this window.
    count : int
        Spikes.
    covered_s : float
        Seconds of the window that were recorded.
    completeness : float
        Share of the cell's spikes above threshold; NaN where unknown.
    rate_hz, percent, percent_low, percent_high : float
        Rate, and rate as percent of baseline with its 95 % interval; NaN where not measured.
    used : bool
        Whether the fit takes it.
    flags : tuple of str
        What is doubtful, in words.
    """

    epoch: Epoch
    role: str
    drug: str
    given_s: float
    dose: float
    count: int
    covered_s: float
    completeness: float = math.nan
    percent: float = math.nan
    percent_low: float = math.nan
    percent_high: float = math.nan
    used: bool = True
    flags: tuple[str, ...] = ()

    @property
    def exposure_s(self) -> float:
        """Seconds in which the cell's spikes could be counted: covered time × completeness (1 where unknown)."""
        return self.covered_s * (1.0 if math.isnan(self.completeness) else self.completeness)

    @property
    def rate_hz(self) -> float:
        """Spikes per second of exposure; NaN where nothing was covered."""
        return self.count / self.exposure_s if self.exposure_s > 0 else math.nan
