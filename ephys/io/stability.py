"""Columns of how steady a baseline is."""

from __future__ import annotations

from typing import Any

from ephys.firing import DriftProjection, Stability

STABILITY_COLUMNS = (
    "stability", "slope_percent_per_min", "slope_low", "slope_high", "baseline_change_percent", "baseline_change_low",
    "baseline_change_high", "baseline_steps_s", "drift_left_percent", "drift_left_low", "drift_left_high",
    "drift_per_dose_percent", "drift_per_dose_low", "drift_per_dose_high",
)  # fmt: skip


def stability_row(stability: Stability, drift: DriftProjection | None) -> dict[str, Any]:
    """Columns of one unit; those of the drift are empty where no dose was read.

    >>> from ephys.model import Epoch
    >>> stability_row(Stability("1", Epoch(0.0, 30.0), 30.0, 15, 0.5), None)["stability"]
    'not_judged'
    """
    row: dict[str, Any] = {
        "stability": stability.verdict,
        "slope_percent_per_min": stability.slope_percent_per_min,
        "slope_low": stability.slope_low,
        "slope_high": stability.slope_high,
        "baseline_change_percent": stability.change.value,
        "baseline_change_low": stability.change.low,
        "baseline_change_high": stability.change.high,
        "baseline_steps_s": "; ".join(f"{step.time_s:.1f}" for step in stability.steps),
    }
    if drift is not None:
        row |= {
            "drift_left_percent": drift.left.value,
            "drift_left_low": drift.left.low,
            "drift_left_high": drift.left.high,
            "drift_per_dose_percent": drift.per_dose.value,
            "drift_per_dose_low": drift.per_dose.low,
            "drift_per_dose_high": drift.per_dose.high,
        }
    return row
