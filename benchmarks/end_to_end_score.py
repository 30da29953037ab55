"""What an analysis made of a simulated session: which true cell each unit is, and whether its interval holds."""

from __future__ import annotations

import math
from typing import Any

from ephys.analysis import CellAnalysis, SessionAnalysis
from ephys.pharmacology import DoseResponseFit
from ephys.simulation import CellTruth, SimulatedSession
from ephys.sorting.agreement import count_coincidences

MOSTLY = 0.5
"""A unit is a true cell's if more than this share of its spikes are that cell's."""


def score_session(simulated: SimulatedSession, analysis: SessionAnalysis) -> dict[str, Any]:
    """Lay an analysis beside the truth.

    Parameters
    ----------
    simulated : SimulatedSession
        With its truth.
    analysis : SessionAnalysis
        Of its session.

    Returns
    -------
    dict
        ``cells``: one entry per unit, with the true cell that it is; ``truth``: one per true cell, with its outcome.
    """
    cells = [_unit(cell, simulated) for cell in analysis.cells]
    return {"cells": cells, "truth": [_cell(row, cells, simulated, analysis) for row in simulated.truth]}


def _unit(cell: CellAnalysis, simulated: SimulatedSession) -> dict[str, Any]:
    """What was said of one unit, and which true cell it is."""
    hits = {row.unit: count_coincidences(row.times_s, cell.unit.times_s) for row in simulated.truth}
    best = max(hits, key=hits.__getitem__)
    share = hits[best] / cell.unit.n_spikes if cell.unit.n_spikes else 0.0
    (truth,) = (row for row in simulated.truth if row.unit == best)
    called = cell.final_label == "serotonergic" and bool(cell.fits)
    entry: dict[str, Any] = {
        "unit": cell.unit.id,
        "is": truth.cell_type if share > MOSTLY else "",
        "purity": share,
        "recall": hits[best] / len(truth.times_s),
        "n_spikes": cell.unit.n_spikes,
        "rate_hz": cell.rate_hz,
        "label": cell.final_label,
        "multi_unit": cell.unit.multi_unit,
        "against": _against(cell),
        "flags": list(cell.flags),
        "analysed": called and cell.fits[0].status != "not_fitted",
    }
    return entry | (_fitted(cell.fits[0], truth) if called else {})


def _against(cell: CellAnalysis) -> list[str]:
    """Criteria of the call that a unit did not pass."""
    if cell.classification is None:
        return []
    return [f"{one.name} {one.verdict}" for one in cell.classification.criteria if one.verdict != "pass"]


def _fitted(fit: DoseResponseFit, truth: CellTruth) -> dict[str, Any]:
    """What the fit said; against the ID50 of the true cell where it has one."""
    interpolated = fit.status == "interpolated"
    return {
        "status": fit.status,
        "fate": fit.fate,
        "id50": fit.id50 if interpolated else None,
        "low": fit.id50_low,
        "high": fit.id50_high if math.isfinite(fit.id50_high) else None,
        "true_id50": truth.id50 if math.isfinite(truth.id50) else None,
        "covers": bool(fit.id50_low <= truth.id50 <= fit.id50_high),
        "error": math.log(fit.id50 / truth.id50) if interpolated and math.isfinite(truth.id50) else None,
        "misfit_p": fit.misfit_p if math.isfinite(fit.misfit_p) else None,
        "warns": [warning.name for warning in fit.warnings],
        "censored": None if fit.censored is None else _fitted(fit.censored, truth),
    }


def _cell(
    row: CellTruth, cells: list[dict[str, Any]], simulated: SimulatedSession, analysis: SessionAnalysis
) -> dict[str, Any]:
    """What became of one true cell."""
    hits = [count_coincidences(row.times_s, cell.unit.times_s) for cell in analysis.cells]
    best = max(range(len(hits)), key=hits.__getitem__, default=None)
    found = best is not None and hits[best] > MOSTLY * min(len(row.times_s), cells[best]["n_spikes"])
    spec = {
        "id50": row.id50 if math.isfinite(row.id50) else None,
        "hill": row.hill if math.isfinite(row.hill) else None,
    }
    baseline = simulated.session.protocol.baseline
    fired = int(baseline.mask(row.times_s).sum()) if baseline is not None else 0
    return {
        "cell": row.unit,
        "type": row.cell_type,
        "n_spikes": len(row.times_s),
        "n_baseline": fired,
        **spec,
        "unit": cells[best]["unit"] if found and best is not None else "",
        "outcome": _outcome(cells[best]) if found and best is not None else "not found",
    }


def _outcome(unit: dict[str, Any]) -> str:
    """What was made of the unit that a true cell became."""
    if unit["multi_unit"]:
        return "multi-unit"
    if unit["label"] != "serotonergic":
        return str(unit["label"]).replace("_", " ")
    return "called and fitted" if unit["analysed"] else "called, not fitted"
