"""What the fit of one cell gives: an ID50 that knows its bounds, and what it assumes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.errors import ParameterError
from ephys.pharmacology.compounds import find_compound
from ephys.pharmacology.curves import absolute_shift, hill_remaining
from ephys.pharmacology.response_window import ResponseWindow
from ephys.pharmacology.responses import DoseResponse

FloatArray = NDArray[np.float64]

ASSUMED = "assumed"
Status = Literal[
    "interpolated", "above_top_dose", "below_lowest_dose", "no_effect", "all_or_none", "not_fitted"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class FitSettings:
    """What the fit assumes.

    Parameters
    ----------
    emax_percent : float
        Largest inhibition, fixed; 0 takes the compound's own from the table of compounds, and 100 %, as an assumption,
        where it has none. It is printed with every ID50, and says so where it is assumed.
    dispersion : float
        Relative standard deviation of the cell's rate between windows. Convention, until a data set tells its own.
    least_fano : float
        Least variance over mean of a window's count. The cell's own is the squared CV of its baseline intervals; a cell
        that is slowed may fire less regularly. Convention.
    hill_prior, hill_prior_sd : float
        Centre of the prior on the slope, and its SD on the natural logarithm: weak. Convention.
    level : float
        Coverage of the intervals.
    """

    emax_percent: float = 0.0
    dispersion: float = 0.10
    least_fano: float = 0.25
    hill_prior: float = 1.5
    hill_prior_sd: float = 0.5
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.emax_percent != 0 and not 50 < self.emax_percent <= 100:
            raise ParameterError(
                f"fit.emax_percent must be above 50 and at most 100 (or 0 for the compound's own), got "
                f"{self.emax_percent}: a drug that cannot take away half of the rate has no absolute ID50"
            )
        if not 50 < 100 * self.level < 100:
            raise ParameterError(f"fit.level must be between 0.5 and 1, got {self.level}")
        if self.dispersion < 0 or not min(self.least_fano, self.hill_prior, self.hill_prior_sd) > 0:
            raise ParameterError(
                "fit.dispersion must not be negative; least_fano, hill_prior and hill_prior_sd must be positive, "
                f"got {self.dispersion}, {self.least_fano}, {self.hill_prior} and {self.hill_prior_sd}"
            )

    def emax_of(self, drug: str) -> tuple[float, str]:
        """Largest inhibition of a drug in percent, and where it comes from.

        >>> FitSettings().emax_of("lesopitron")
        (100.0, 'assumed')
        """
        if self.emax_percent:
            return self.emax_percent, "set by hand"
        compound = find_compound(drug)
        if compound is None or math.isnan(compound.emax_percent):
            return 100.0, ASSUMED
        return compound.emax_percent, compound.emax_source


@dataclass(frozen=True)
class DoseResponseFit:
    """An ID50 with its interval, or the reason why there is none.

    Parameters
    ----------
    response : DoseResponse
        What was fitted.
    status : str
        ``"interpolated"``, ``"above_top_dose"``, ``"below_lowest_dose"``, ``"no_effect"``, ``"all_or_none"`` (a
        bracket) or ``"not_fitted"``.
    fate : str
        ``"held"``, ``"lost"`` (fitted on the windows before the loss), ``"undetermined"`` or ``"not assessed"``.
    id50, id50_low, id50_high : float
        Dose that takes away half of the baseline rate (absolute), with its profile-likelihood interval. The value is
        NaN unless `status` is ``"interpolated"``; an end that the data do not bound is 0 or infinite.
    midpoint, hill : float
        Where the fitted curve falls to half, and its slope (positive). For drawing the curve: outside the doses given
        it is an extrapolation, and not an ID50.
    emax_percent, baseline_hz : float
        Largest inhibition (fixed), and the fitted baseline rate.
    emax_source : str
        Who says so: a citation, "assumed", or "set by hand".
    windows : tuple of ResponseWindow
        Baseline and every window of the response; ``used`` where this fit took it, which it does not after a loss.
    doses : tuple of float
        Doses that the fit used.
    misfit_p : float
        Chance of counts at least as far from the curve, if it were true; small where another shape, a plateau or a
        wandering rate is at work.
    id50_interpolated, id50_least_squares : float
        The model-free value between the two doses round 50 %, and what least squares on percent of baseline gives.
    id50_censored_text : str
        For an undetermined cell: the ID50 without the windows after its last proven spike.
    reason : str
        Why nothing was fitted; empty otherwise.
    flags : tuple of str
        What to know before the number is used, in words.
    """

    response: DoseResponse
    settings: FitSettings
    status: Status
    fate: str
    id50: float = math.nan
    id50_low: float = math.nan
    id50_high: float = math.nan
    midpoint: float = math.nan
    hill: float = math.nan
    emax_percent: float = math.nan
    emax_source: str = ASSUMED
    baseline_hz: float = math.nan
    windows: tuple[ResponseWindow, ...] = ()
    doses: tuple[float, ...] = ()
    misfit_p: float = math.nan
    id50_interpolated: float = math.nan
    id50_least_squares: float = math.nan
    id50_censored_text: str = ""
    reason: str = ""
    flags: tuple[str, ...] = ()

    @property
    def unit_text(self) -> str:
        """Dose unit as it is printed."""
        return self.response.dose_unit.replace("ug/", "µg/")

    @property
    def id50_text(self) -> str:
        """The ID50 as it may be quoted: a value with its interval, a bound, a bracket or a reason."""
        if self.status != "not_fitted" and self.fate == "lost":
            return f"{self._value_text}, before its loss"
        if self.id50_censored_text:
            return f"{self._value_text}; up to its last spike {self.id50_censored_text}"
        return self._value_text

    @property
    def _value_text(self) -> str:
        """Value, bound or bracket, whatever the fate."""
        if self.status == "not_fitted":
            return "not fitted"
        if self.status == "no_effect":
            return f"no detectable inhibition up to {max(self.doses):g} {self.unit_text}"
        if self.status == "above_top_dose":
            sure = f" (at least {_figures(self.id50_low)})" if self.id50_low < max(self.doses) else ""
            return f"> {max(self.doses):g} {self.unit_text}{sure}"
        if self.status == "below_lowest_dose":
            return f"< {min(self.doses):g} {self.unit_text}"
        if self.status == "all_or_none":
            high = f"{self.id50_high:g}" if math.isfinite(self.id50_high) else f"more than {max(self.doses):g}"
            return f"between {self.id50_low:g} and {high} {self.unit_text}"
        return f"{_figures(self.id50)} ({self._end(self.id50_low)} to {self._end(self.id50_high)}) {self.unit_text}"

    @property
    def emax_text(self) -> str:
        """Largest inhibition as it is printed, with a word where it is assumed."""
        return f"Emax fixed {self.emax_percent:g} %" + (f" ({ASSUMED})" if self.emax_source == ASSUMED else "")

    def _end(self, value: float) -> str:
        """End of an interval; outside the doses given it is a bound, too."""
        if value > max(self.doses):
            return f"> {max(self.doses):g}"
        return f"< {min(self.doses):g}" if value < min(self.doses) else _figures(value)

    @property
    def baseline_percent(self) -> float:
        """Fitted baseline as percent of the measured one: where the curve begins on the scale of the windows."""
        measured = self.response.baseline
        return math.nan if measured is None else 100.0 * self.baseline_hz / measured.rate_hz

    def percent(self, dose: ArrayLike) -> FloatArray:
        """Fitted rate at each dose as percent of the measured baseline, as the windows have it.

        At the ID50 it is half of `baseline_percent`.
        """
        share = hill_remaining(dose, ln_id50=self._ln_ed50, ln_hill=np.log(self.hill), emax=self.emax_percent / 100.0)
        return self.baseline_percent * share

    @property
    def _ln_ed50(self) -> float:
        """Natural logarithm of the dose at half of Emax (relative ED50)."""
        return math.log(self.midpoint) - absolute_shift(self.emax_percent / 100.0, math.log(self.hill))

    def __str__(self) -> str:
        """The sentence that goes into the paper, with its conditions."""
        where = f"{self.response.drug} {self.response.route}".strip()
        if self.status == "not_fitted":
            return f"unit {self.response.unit_id}, {where}: not fitted, {self.reason}"
        level = f"{100 * self.settings.level:g} % CI"
        value = self.id50_text.replace("(", f"({level} ") if self.status == "interpolated" else self.id50_text
        doses = f"{len(self.doses)} doses {min(self.doses):g} to {max(self.doses):g} {self.unit_text}"
        name = "" if self.status == "no_effect" else "ID50 "
        slope = f", Hill {self.hill:.2g}" if self.status == "interpolated" else ""
        fate = "" if self.fate in ("held", "lost") else f", cell {self.fate}"
        return f"unit {self.response.unit_id}: {name}{value}{slope}, {self.emax_text}, {doses}, {where}{fate}"


def _figures(value: float) -> str:
    """Three figures, without an exponent for the usual doses."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
