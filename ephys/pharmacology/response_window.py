"""What was counted in one read-out window."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model import Epoch


@dataclass(frozen=True, slots=True)
class ResponseWindow(Shown):
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
        Share of the cell's spikes found; NaN where unknown.
    completeness_low, completeness_high : float
        Its 95 % interval.
    false_hz : float
        Rate of spikes that are not the cell's; NaN where unknown.
    decayed_dose : float
        What of the cumulative dose is left by then, at the compound's half-life; NaN where that is unknown.
    rate_hz, percent, percent_low, percent_high : float
        Rate, and rate as percent of baseline with its 95 % interval; NaN where not measured.
    used : bool
        Whether the fit takes it.
    flags : tuple of str
        What is doubtful, in words.
    reference, reference_sd : float
        Rate without drug that it is read against, as a share of the session's baseline, and its relative standard
        error: 1 and 0 but for a superfused concentration that is read against its own baseline.

    Raises
    ------
    ParameterError
        If a count, a time, a dose or a share cannot be.
    """

    epoch: Epoch
    role: str
    drug: str
    given_s: float
    dose: float
    count: int
    covered_s: float
    completeness: float = math.nan
    false_hz: float = math.nan
    decayed_dose: float = math.nan
    percent: float = math.nan
    percent_low: float = math.nan
    percent_high: float = math.nan
    completeness_low: float = math.nan
    completeness_high: float = math.nan
    used: bool = True
    flags: tuple[str, ...] = ()
    reference: float = field(default=1.0, repr=False)
    reference_sd: float = field(default=0.0, repr=False)

    def __post_init__(self) -> None:
        where = f"{self.role} window {self.epoch.start_s:g} to {self.epoch.stop_s:g} s"
        for name, value in (("count", self.count), ("covered_s", self.covered_s), ("dose", self.dose)):
            if not (math.isfinite(value) and value >= 0):
                raise ParameterError(f"{where}: {name} must be a number and not negative, got {value}")
        if self.completeness <= 0 or self.completeness > 1:
            raise ParameterError(f"{where}: completeness is a share above 0 and at most 1, got {self.completeness}")
        if self.false_hz < 0:
            raise ParameterError(f"{where}: false_hz must not be negative, got {self.false_hz} Hz")
        if not (0 < self.reference < math.inf and 0 <= self.reference_sd < math.inf):
            raise ParameterError(
                f"{where}: reference must be above 0 and reference_sd 0 or more, got {self.reference} and "
                f"{self.reference_sd}"
            )

    @property
    def exposure_s(self) -> float:
        """Seconds in which the cell's spikes could be counted: covered time × completeness (1 where unknown)."""
        return self.covered_s * (1.0 if math.isnan(self.completeness) else self.completeness)

    @property
    def expected_s(self) -> float:
        """Exposure in seconds of the session's baseline: a cell that has run down to half has half of it."""
        return self.exposure_s * self.reference

    @property
    def false_count(self) -> float:
        """Spikes expected in the window that are not the cell's (0 where unknown)."""
        return self.covered_s * (0.0 if math.isnan(self.false_hz) else self.false_hz)

    @property
    def rate_hz(self) -> float:
        """The cell's spikes per second of exposure; NaN where nothing was covered."""
        own = max(self.count - self.false_count, 0.0)
        return own / self.exposure_s if self.exposure_s > 0 else math.nan
