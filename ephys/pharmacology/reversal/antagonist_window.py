"""The rate after one dose of an antagonist, or of its vehicle."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ephys.jupyter import UNKNOWN, Shown, unit_text
from ephys.model import Estimate
from ephys.pharmacology.dose_text import figures
from ephys.pharmacology.groups.estimates import cell_text
from ephys.pharmacology.response_window import ResponseWindow


@dataclass(frozen=True, slots=True)
class AntagonistWindow(Shown):
    """The rate after an antagonist or its vehicle.

    Parameters
    ----------
    drug, role : str
    dose, dose_unit : float, str
        Of this administration; NaN where not stated.
    window : ResponseWindow
        Where it was read, and its percent of baseline with the interval.
    of_agonist : Estimate
        Rate over that in the last agonist window before; unknown where there is none, infinite where that was silent.
    earlier : str
        Of an antagonist before any agonist: other drugs that were given before it, whose effect it may be.
    held_s : float
        Until when the cell is known to have been there.
    """

    drug: str
    role: str
    dose: float
    dose_unit: str
    window: ResponseWindow
    of_agonist: Estimate = field(default_factory=Estimate)
    earlier: str = ""
    held_s: float = math.inf

    @property
    def how(self) -> str:
        """Whether it was given alone."""
        return f"after {self.earlier}" if self.earlier else "alone"

    @property
    def stands_for(self) -> str:
        """What an administration that is no step of a reversal is."""
        if self.role != "antagonist":
            return "vehicle"
        return "own effect, before any agonist" if not self.earlier else f"before any agonist, after {self.earlier}"

    @property
    def is_held(self) -> bool:
        """Whether the cell is known to have been there to the end of the window; else silence may be its loss."""
        return self.window.epoch.stop_s <= self.held_s

    @property
    def row(self) -> tuple[str, ...]:
        """An administration that is no step, as a row of `Reversal`."""
        given_s = f"{self.window.given_s:.0f}"
        return (self.name, given_s, UNKNOWN, self.percent_text, self.fold_text, UNKNOWN, self.stands_for)

    @property
    def of_baseline(self) -> Estimate:
        """Rate in percent of baseline."""
        return Estimate(self.window.percent, self.window.percent_low, self.window.percent_high)

    @property
    def name(self) -> str:
        """What was given, and how much."""
        amount = f" {figures(self.dose)} {unit_text(self.dose_unit)}".rstrip() if math.isfinite(self.dose) else ""
        return f"{self.drug or self.role}{amount}"

    @property
    def rose(self) -> bool:
        """Whether the rate is surely above that under the agonist."""
        return self.of_agonist.low > 1.0

    @property
    def overshoots(self) -> bool:
        """Whether the rate is surely above the baseline."""
        return self.of_baseline.low > 100.0

    @property
    def percent_text(self) -> str:
        """Percent of baseline with its interval."""
        told = self.of_baseline
        return cell_text(told.value, told.low, told.high, places=0) if math.isfinite(told.value) else UNKNOWN

    @property
    def fold_text(self) -> str:
        """Times the rate under the agonist, with its interval, or a bound.

        >>> from ephys.model import Epoch
        >>> window = ResponseWindow(Epoch(0.0, 60.0), "antagonist", "x", 0.0, 0.0, 50, 60.0)
        >>> AntagonistWindow("x", "antagonist", 1.0, "mg/kg", window, Estimate(math.inf, 13.1, math.inf)).fold_text
        '> 13.1'
        """
        fold = self.of_agonist
        if math.isinf(fold.value):
            return f"> {fold.low:.3g}"
        return cell_text(fold.value, fold.low, fold.high) if math.isfinite(fold.value) else UNKNOWN
