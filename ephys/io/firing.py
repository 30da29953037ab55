"""Columns of ``units.csv`` that say how a cell fires on the baseline."""

from __future__ import annotations

from typing import Any

from ephys.firing import FiringProfile

_REGULARITY = ("cv2", "lv", "lvr", "log_isi_sd")
FIRING_COLUMNS = (
    "baseline_rate_low_hz", "baseline_rate_high_hz", "burst_share", "doublets", "triplets", "longer_bursts",
    "cv_all", "cv_all_low", "cv_all_high",
    *(f"{name}{end}" for name in _REGULARITY for end in ("", "_low", "_high")),
    "trough_s", "trough_low_s", "trough_high_s", "rhythm_peak", "rhythm_lag_s", "rhythm_p", "oscillation_hz",
    "oscillation_depth", "oscillation_p",
)  # fmt: skip


def firing_row(firing: FiringProfile) -> dict[str, Any]:
    """Columns of one unit; empty where too little was seen."""
    rhythm, swing, bursts = firing.rhythmicity, firing.oscillation, firing.bursts
    row: dict[str, Any] = {
        "baseline_rate_low_hz": firing.rate_hz.low,
        "baseline_rate_high_hz": firing.rate_hz.high,
        "burst_share": bursts.share,
        "doublets": bursts.n_doublets,
        "triplets": bursts.n_triplets,
        "longer_bursts": bursts.n_longer,
        "cv_all": firing.all_intervals.cv.value,
        "cv_all_low": firing.all_intervals.cv.low,
        "cv_all_high": firing.all_intervals.cv.high,
        "trough_s": rhythm.trough_s.value,
        "trough_low_s": rhythm.trough_s.low,
        "trough_high_s": rhythm.trough_s.high,
        "rhythm_peak": rhythm.peak.value,
        "rhythm_lag_s": rhythm.peak_lag_s.value,
        "rhythm_p": rhythm.p,
        "oscillation_hz": swing.frequency_hz,
        "oscillation_depth": swing.depth.value,
        "oscillation_p": swing.p,
    }
    for name in _REGULARITY:
        measured = getattr(firing.regularity, name)
        row |= {name: measured.value, f"{name}_low": measured.low, f"{name}_high": measured.high}
    return row
