"""What the fit of one cell gives: an ID50 that knows its bounds, and what it assumes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.jupyter import Shown, fields_table, shown
from ephys.pharmacology.cell_warnings import FitWarning
from ephys.pharmacology.curves import hill_remaining
from ephys.pharmacology.dose_text import end_text, figures
from ephys.pharmacology.fit_settings import ASSUMED, ESTIMATED, FitSettings
from ephys.pharmacology.iontophoresis.currents import CURRENT_UNIT, THIS_ELECTRODE
from ephys.pharmacology.response_html import windows_table
from ephys.pharmacology.response_window import ResponseWindow
from ephys.pharmacology.responses import DoseResponse

FloatArray = NDArray[np.float64]

Status = Literal[
    "interpolated", "above_top_dose", "below_lowest_dose", "plateau", "no_effect", "all_or_none", "not_fitted"
]  # fmt: skip


@dataclass(frozen=True)
class DoseResponseFit(Shown):
    """An ID50 with its interval, or the reason why there is none.

    Parameters
    ----------
    response : DoseResponse
        What was fitted.
    settings : FitSettings
        What was assumed.
    status : str
        ``"interpolated"``, ``"above_top_dose"``, ``"below_lowest_dose"``, ``"plateau"`` (the largest inhibition leaves
        more than half of the rate), ``"no_effect"``, ``"all_or_none"`` (a bracket) or ``"not_fitted"``.
    fate : str
        ``"held"``, ``"lost"`` (fitted on the windows before the loss), ``"undetermined"`` or ``"not assessed"``.
    id50, id50_low, id50_high : float
        Absolute ID50: dose that takes away half of the baseline rate, with its profile-likelihood interval. The value
        is NaN unless `status` is ``"interpolated"``; an end that the data do not bound is 0 or infinite.
    ed50, ed50_low, ed50_high : float
        Relative ED50: dose of half the largest inhibition, with its profile-likelihood interval. The same as the
        absolute ID50 where the largest inhibition is 100 %. The value is NaN where it lies outside the doses given.
    curve_ed50, hill : float
        Relative ED50 of the fitted curve and its slope (positive), for drawing: outside the doses given it is an
        extrapolation, and no result.
    emax_percent, emax_low, emax_high : float
        Largest inhibition, with its profile-likelihood interval where it was estimated (the value thrice where not).
    emax_source : str
        A citation, "assumed", "set by hand" or "estimated".
    baseline_hz : float
        Fitted baseline rate.
    drift_percent_per_min, drift_low, drift_high : float
        Drift that was estimated beside the drug's effect; NaN where none was.
    windows : tuple of ResponseWindow
        Baseline and every window of the response; ``used`` where this fit took it, which it does not after a loss.
    doses : tuple of float
        Doses that the fit used.
    no_effect_p : float
        Chance, without any effect, of counts that a curve describes so much better than a constant (bootstrap; an upper
        bound where it is below 0.0001).
    misfit_p : float
        Chance of counts at least as far from the curve, if it were true; small where another shape, a plateau or a
        wandering rate is at work.
    id50_interpolated, id50_least_squares, id50_log_linear : float
        What papers report: the value between the two doses round 50 %, the Hill curve by least squares on percent of
        baseline, and the straight line through percent against log dose.
    id50_by_window : tuple of (str, str)
        The ID50 under other read-out windows.
    decayed : DoseResponseFit or None
        The fit on what elimination has left of the cumulative dose; ``None`` where the series was short against it.
    censored : DoseResponseFit or None
        For an undetermined cell: the fit without the windows after its last proven spike.
    warnings : tuple of FitWarning
        What may move the number, and by how much.
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
    ed50: float = math.nan
    ed50_low: float = math.nan
    ed50_high: float = math.nan
    curve_ed50: float = math.nan
    hill: float = math.nan
    emax_percent: float = math.nan
    emax_low: float = math.nan
    emax_high: float = math.nan
    emax_source: str = ASSUMED
    baseline_hz: float = math.nan
    drift_percent_per_min: float = math.nan
    drift_low: float = math.nan
    drift_high: float = math.nan
    windows: tuple[ResponseWindow, ...] = ()
    doses: tuple[float, ...] = ()
    no_effect_p: float = math.nan
    misfit_p: float = math.nan
    id50_interpolated: float = math.nan
    id50_least_squares: float = math.nan
    id50_log_linear: float = math.nan
    id50_by_window: tuple[tuple[str, str], ...] = ()
    decayed: DoseResponseFit | None = None
    censored: DoseResponseFit | None = None
    warnings: tuple[FitWarning, ...] = ()
    reason: str = ""
    flags: tuple[str, ...] = ()

    @property
    def unit_text(self) -> str:
        """Dose unit as it is printed."""
        return self.response.dose_unit.replace("ug/", "µg/")

    @property
    def id50_text(self) -> str:
        """The absolute ID50 as it may be quoted: a value with its interval, a bound, a bracket or a reason."""
        if self.status != "not_fitted" and self.fate == "lost":
            return f"{self.value_text}, before its loss"
        if self.censored is not None:
            return f"{self.value_text}; up to its last spike {self.id50_censored_text}"
        return self.value_text

    @property
    def id50_censored_text(self) -> str:
        """For an undetermined cell: the ID50 without the windows after its last proven spike; else empty."""
        return "" if self.censored is None else self.censored.value_text

    @property
    def id50_decayed(self) -> float:
        """ID50 on what elimination has left of the dose; NaN where the series was short, or it lies outside."""
        return math.nan if self.decayed is None else self.decayed.id50

    @property
    def value_text(self) -> str:
        """Value, bound or bracket, whatever the fate."""
        if self.status == "not_fitted":
            return "not fitted"
        top, unit = max(self.doses), self.unit_text
        if self.status == "no_effect":
            weak = f" (an ID50 above {figures(self.id50_low)} is not excluded)" if self.id50_low < top else ""
            return f"no detectable inhibition up to {top:g} {unit}{weak}"
        if self.status == "plateau":
            level = f"{self.emax_percent:.0f} % ({self.emax_low:.0f} to {self.emax_high:.0f})"
            sure = "none" if self.emax_high < 50 else "not decided"
            return f"{sure} up to {top:g} {unit}: inhibition levels off at {level}"
        if self.status == "above_top_dose":
            sure = f" (at least {figures(self.id50_low)})" if self.id50_low < top else ""
            return f"> {top:g} {unit}{sure}"
        if self.status == "below_lowest_dose":
            low = min(self.doses)
            ends = "upper end not bounded" if self.id50_high > top else f"at most {figures(self.id50_high)}"
            return f"< {low:g} {unit}" + (f" ({ends})" if self.id50_high > low else "")
        if self.status == "all_or_none":
            high = f"{self.id50_high:g}" if math.isfinite(self.id50_high) else f"more than {top:g}"
            return f"between {self.id50_low:g} and {high} {unit}"
        return f"{figures(self.id50)} {self._range_text(self.id50_low, self.id50_high)} {unit}"

    @property
    def ed50_text(self) -> str:
        """The relative ED50 as it may be quoted; empty where it lies outside the doses given."""
        if math.isnan(self.ed50):
            return ""
        return f"{figures(self.ed50)} {self._range_text(self.ed50_low, self.ed50_high)} {self.unit_text}"

    @property
    def emax_text(self) -> str:
        """Largest inhibition as it is printed: with its interval where estimated, with a word where assumed."""
        if self.emax_source == ESTIMATED:
            return f"Emax {self.emax_percent:.0f} % ({self.emax_low:.0f} to {self.emax_high:.0f}, estimated)"
        return f"Emax fixed {self.emax_percent:g} %" + (f" ({ASSUMED})" if self.emax_source == ASSUMED else "")

    @property
    def by_window_text(self) -> str:
        """The ID50 under other read-out windows, in one line; empty where there are none."""
        return ", ".join(f"{name} {value}" for name, value in self.id50_by_window)

    def _range_text(self, low: float, high: float) -> str:
        """Interval; an end outside the doses given is a bound, too."""
        return f"({end_text(low, self.doses)} to {end_text(high, self.doses)})"

    @property
    def baseline_percent(self) -> float:
        """Fitted baseline as percent of the measured one: where the curve begins on the scale of the windows."""
        measured = self.response.baseline
        known = measured is not None and measured.rate_hz > 0
        return 100.0 * self.baseline_hz / measured.rate_hz if measured is not None and known else math.nan

    def percent(self, dose: ArrayLike) -> FloatArray:
        """Fitted rate at each dose as percent of the measured baseline, as the windows have it; no drift in it.

        At the ID50 it is half of `baseline_percent`.
        """
        share = hill_remaining(
            dose, ln_id50=math.log(self.curve_ed50), ln_hill=math.log(self.hill), emax=self.emax_percent / 100.0
        )
        return self.baseline_percent * share

    def _repr_html_(self) -> str:
        """The sentence, its doubts, and folded the windows and every number, for Jupyter."""
        windows = windows_table(self.windows, dose_unit=self.response.dose_unit, most_open=0)
        told = ("response", "windows", "warnings", "flags")
        numbers = fields_table(self, without=told, most_open=0, dose_unit=self.response.dose_unit)
        return shown(self, windows, numbers, beside={})

    def __str__(self) -> str:
        """The sentence that goes into the paper with its conditions, and a line for each warning and flag."""
        form = f"({self.response.form})" if self.response.form else ""
        where = " ".join(part for part in (self.response.drug, self.response.route, form) if part)
        if self.status == "not_fitted":
            return f"unit {self.response.unit_id}, {where}: not fitted, {self.reason}"
        level = f"{100 * self.settings.level:g} % CI"
        value = self.id50_text.replace("(", f"({level} ", 1) if self.status == "interpolated" else self.id50_text
        doses = f"{len(self.doses)} doses {min(self.doses):g} to {max(self.doses):g} {self.unit_text}"
        half = THIS_ELECTRODE if self.response.dose_unit == CURRENT_UNIT else "ID50"
        name = "" if self.status == "no_effect" else f"{half} "
        relative = f", relative ED50 {self.ed50_text}" if self.emax_percent < 100 and self.ed50_text else ""
        slope = f", Hill {self.hill:.2g}" if self.status == "interpolated" else ""
        fate = "" if self.fate in ("held", "lost") else f", cell {self.fate}"
        drifts = math.isfinite(self.drift_percent_per_min)
        drift = f", drift {self.drift_percent_per_min:+.1f} % per minute estimated" if drifts else ""
        read = f", read {self.response.readout_text}"
        sentence = f"{name}{value}{relative}{slope}, {self.emax_text}{drift}, {doses}, {where}{read}{fate}"
        doubts = (*(warning.text for warning in self.warnings), *self.flags)
        return "\n".join([f"unit {self.response.unit_id}: {sentence}", *(f"  {doubt}" for doubt in doubts)])
