"""What the slope of a baseline would make of the rate by the end of a dose series."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ephys.errors import ParameterError
from ephys.firing.stability import Stability
from ephys.firing.stability_settings import StabilitySettings
from ephys.jupyter import Shown
from ephys.model import Estimate


@dataclass(frozen=True, slots=True)
class DriftProjection(Shown):
    """A baseline's slope carried on to the last read-out.

    Parameters
    ----------
    seconds : float
        From the middle of the baseline to the read-out.
    per_dose_s : float
        From one dose to the next, in the mean.
    left : Estimate
        Rate at the read-out in percent of baseline, the drug apart; unknown where the slope was not judged.
    per_dose : Estimate
        Change of the rate from one dose to the next, in percent.
    matters : bool
        Whether the slope is more than chance, and the change per dose larger than
        `StabilitySettings.max_drift_percent`.
    """

    seconds: float
    per_dose_s: float
    left: Estimate
    per_dose: Estimate
    matters: bool

    @property
    def text(self) -> str:
        """In words; empty where the slope was not judged."""
        return self.told()

    def told(self, dose: str = "dose") -> str:
        """The same, of doses that are called so."""
        if math.isnan(self.left.value):
            return ""
        left, step = self.left, self.per_dose
        at_end = f"{_percent(left.value)} % ({_percent(left.low)} to {_percent(left.high)}) of baseline"
        each = f"{_percent(step.value, '+')} % per {dose} ({_percent(step.low, '+')} to {_percent(step.high, '+')})"
        return f"if the slope went on, the rate at the last read-out would be {at_end}, {each}"


def drift_projection(
    stability: Stability, *, read_s: float, per_dose_s: float, settings: StabilitySettings | None = None
) -> DriftProjection:
    """Carry the slope of a baseline on, as the same share of the rate per minute, so that it never falls below zero.

    Nobody knows that a slope goes on: the projection says how much a run-down of that size would take away, which is
    the reason to mind it. The interval is that of the slope alone. A hidden loss of 5 % per dose turns an ID50 of 50
    into 41 (simulated); the warnings of a fit say what it makes of that cell's.

    Parameters
    ----------
    stability : Stability
        Of the baseline.
    read_s : float
        Middle of the last read-out window, after the baseline.
    per_dose_s : float
        Mean time from one dose to the next.
    settings : StabilitySettings, optional
        What matters.

    Returns
    -------
    DriftProjection

    Raises
    ------
    ParameterError
        If the read-out is not after the baseline, or doses do not follow one another.

    Examples
    --------
    >>> from ephys.model import Epoch
    >>> falling = Stability("1", Epoch(0.0, 180.0), 180.0, 270, 1.5, -3.0, -5.0, -1.0, slope_p=0.01, middle_s=90.0)
    >>> drift_projection(falling, read_s=780.0, per_dose_s=90.0).text
    'if the slope went on, the rate at the last read-out would be 71 % (56 to 89) of baseline, -4 % per dose (-7 to -1)'
    """
    settings = settings or StabilitySettings()
    if not (read_s >= stability.baseline.stop_s and per_dose_s > 0):
        raise ParameterError(
            f"a projection goes from the baseline, which ends at {stability.baseline.stop_s:g} s, to a later read-out "
            f"by doses that follow one another, got read_s={read_s:g} and per_dose_s={per_dose_s:g}"
        )
    seconds = read_s - stability.middle_s
    left = _of_slope(stability, lambda per_minute: 100.0 * math.exp(min(per_minute * seconds / 60.0, _MOST)))
    per_dose = _of_slope(stability, lambda per_minute: 100.0 * math.expm1(min(per_minute * per_dose_s / 60.0, _MOST)))
    matters = stability.slope_p <= settings.look_alarm and abs(per_dose.value) > settings.max_drift_percent
    return DriftProjection(seconds, per_dose_s, left, per_dose, matters)


_MOST = 100.0
"""Largest exponent: nobody reads a rate that grows by more, and it stays a number."""


def _of_slope(stability: Stability, become: Callable[[float], float]) -> Estimate:
    """What a slope, and each end of its interval, becomes; the rate changes by that share each minute."""
    slopes = (stability.slope_percent_per_min, stability.slope_low, stability.slope_high)
    return Estimate(*(become(slope / 100.0) if math.isfinite(slope) else math.nan for slope in slopes))


def _percent(value: float, sign: str = "") -> str:
    """Percent as printed; a large one says no more than that it is large."""
    return "more than 1000" if value > 1000 else f"{value:{sign}.0f}"
