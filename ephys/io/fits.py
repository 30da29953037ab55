"""Columns of what a fit found: the ID50 with all that stands beside it."""

from __future__ import annotations

import math
from typing import Any

from ephys.pharmacology import DoseResponseFit

FIT_VALUE_COLUMNS = (
    "id50", "id50_low", "id50_high", "level", "ed50", "ed50_low", "ed50_high", "hill", "emax_percent", "emax_low",
    "emax_high", "emax_source", "baseline_hz", "drift_percent_per_min", "drift_low", "drift_high", "dispersion",
    "hill_prior", "hill_prior_sd", "shared_cells", "no_effect_p", "misfit_p", "n_doses", "lowest_dose", "top_dose",
    "id50_censored_text", "status_censored", "id50_censored", "id50_censored_low", "id50_censored_high",
    "id50_interpolated", "id50_least_squares", "id50_log_linear", "id50_by_window", "id50_decayed", "readout",
)  # fmt: skip


def fit_row(fit: DoseResponseFit) -> dict[str, Any]:
    """Return one fit; an end that the data do not bound is empty, and `id50_text` says so."""
    drawn = fit.status in ("interpolated", "plateau")
    row = {
        "potency": fit.potency,
        "status": fit.status,
        "fate": fit.fate,
        "id50": fit.id50,
        "id50_low": fit.id50_low,
        "id50_high": _bounded(fit.id50_high),
        "level": fit.settings.level,
        "ed50": fit.ed50,
        "ed50_low": fit.ed50_low,
        "ed50_high": _bounded(fit.ed50_high),
        "hill": fit.hill if drawn else math.nan,
        "emax_percent": fit.emax_percent,
        "emax_low": fit.emax_low,
        "emax_high": fit.emax_high,
        "emax_source": fit.emax_source,
        "baseline_hz": fit.baseline_hz,
        "drift_percent_per_min": fit.drift_percent_per_min,
        "drift_low": fit.drift_low,
        "drift_high": fit.drift_high,
        "dispersion": fit.settings.dispersion,
        "hill_prior": fit.settings.hill_prior,
        "hill_prior_sd": fit.settings.hill_prior_sd,
        "shared_cells": fit.settings.shared_cells,
        "no_effect_p": fit.no_effect_p,
        "misfit_p": fit.misfit_p,
        "n_doses": len(fit.doses),
        "lowest_dose": min(fit.doses, default=math.nan),
        "top_dose": max(fit.doses, default=math.nan),
        "id50_interpolated": fit.id50_interpolated,
        "id50_least_squares": fit.id50_least_squares,
        "id50_log_linear": fit.id50_log_linear,
        "id50_by_window": fit.by_window_text,
        "id50_decayed": fit.id50_decayed,
        "readout": fit.response.readout_text,
        "reason": fit.reason,
        "warnings": "; ".join(warning.text for warning in fit.warnings),
    }
    return row | _censored(fit)


def _censored(fit: DoseResponseFit) -> dict[str, Any]:
    """Return what an undetermined cell says without the windows after its last proven spike."""
    if fit.censored is None:
        return {}
    return {
        "id50_censored_text": fit.id50_censored_text,
        "status_censored": fit.censored.status,
        "id50_censored": fit.censored.id50,
        "id50_censored_low": fit.censored.id50_low,
        "id50_censored_high": _bounded(fit.censored.id50_high),
    }


def _bounded(value: float) -> float:
    """The value, where it is one."""
    return value if math.isfinite(value) else math.nan
