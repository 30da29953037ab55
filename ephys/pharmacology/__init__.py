"""Unit and protocol to effect: read-out windows, dose-response, ID50."""

from ephys.pharmacology.curves import hill_remaining
from ephys.pharmacology.fitted import DoseResponseFit, FitSettings
from ephys.pharmacology.fitting import fit_dose_response
from ephys.pharmacology.ratios import rate_ratio_interval
from ephys.pharmacology.readout import ReadoutSettings, plan_windows
from ephys.pharmacology.responses import DoseResponse, ResponseWindow, dose_response

__all__ = [
    "DoseResponse",
    "DoseResponseFit",
    "FitSettings",
    "ReadoutSettings",
    "ResponseWindow",
    "dose_response",
    "fit_dose_response",
    "hill_remaining",
    "plan_windows",
    "rate_ratio_interval",
]
