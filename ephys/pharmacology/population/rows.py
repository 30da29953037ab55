"""A population as rows of a table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ephys.jupyter import potency_name

if TYPE_CHECKING:
    from ephys.pharmacology.population.fit import PopulationFit


def population_rows(fit: PopulationFit) -> list[dict[str, Any]]:
    """A row for each group, the reference first: its ID50, its shift, and what all groups share."""
    shared = {
        "sd_animal": fit.sd_animal, "sd_cell": fit.sd_cell, "hill": fit.hill, "emax_percent": fit.emax_percent,
        "dispersion": fit.dispersion, "log_likelihood": fit.log_likelihood,
    }  # fmt: skip
    return [{"drug": fit.runs[0].drug, **_own(fit, group), **_shifted(fit, group), **shared} for group in fit.groups]


def _own(fit: PopulationFit, group: str) -> dict[str, Any]:
    """ID50 of a group, and what it rests on."""
    own = fit.id50[group]
    return {
        "group": group, "potency": potency_name(own.dose_unit), "id50": math.nan if own.is_open else own.value,
        "id50_low": own.low, "id50_high": own.high, "status": own.status,
        "dose_unit": own.dose_unit, "level": own.level, "n_animals": own.n_animals, "n_cells": own.n_cells,
        "n_censored": own.n_censored,
    }  # fmt: skip


def _shifted(fit: PopulationFit, group: str) -> dict[str, Any]:
    """Shift of a group against the reference, and the two stages beside it; empty for the reference itself."""
    shift, beside = fit.fold_shift.get(group), fit.two_stage.get(group)
    if shift is None or beside is None:
        missing = ("fold", "fold_low", "fold_high", "df", "f", "p", "fold_two_stage", "low_two_stage",
                   "high_two_stage", "p_two_stage")  # fmt: skip
        return {"reference": "", "fold_status": ""} | dict.fromkeys(missing, math.nan)
    return {
        "reference": shift.reference, "fold_status": shift.status,
        "fold": shift.value if shift.status == "estimated" else math.nan,
        "fold_low": shift.low, "fold_high": shift.high, "df": shift.df, "f": shift.f, "p": shift.p,
        "fold_two_stage": beside.value, "low_two_stage": beside.low,
        "high_two_stage": beside.high, "p_two_stage": beside.p,
    }  # fmt: skip
