"""Columns of ``units.csv`` that say how well a cell was isolated, and whether it was held."""

from __future__ import annotations

from typing import Any

from ephys.io.isolation import ISOLATION_COLUMNS, isolation_row
from ephys.sorting import UnitQuality

QUALITY_COLUMNS = (
    "soft_refractory_share", "refractory_share", "peak_to_noise", "completeness", "completeness_low",
    "completeness_high", "false_hz", "false_low_hz", "false_high_hz", *ISOLATION_COLUMNS, "amplitude_trend_percent",
    "fate", "held_until_s", "lost_at_s", "fate_evidence",
)  # fmt: skip


def quality_row(quality: UnitQuality) -> dict[str, Any]:
    """Columns of one unit, with the spikes and the rate that they rest on."""
    row = {
        "baseline_spikes": quality.n_spikes,
        "baseline_rate_hz": quality.rate_hz,
        "peak_to_noise": quality.peak_to_noise,
        "soft_refractory_share": quality.soft_refractory_share,
        "refractory_share": quality.refractory_share,
        "completeness": quality.completeness.value,
        "completeness_low": quality.completeness.low,
        "completeness_high": quality.completeness.high,
        "false_hz": quality.false_spikes.rate_hz,
        "false_low_hz": quality.false_spikes.low_hz,
        "false_high_hz": quality.false_spikes.high_hz,
        "amplitude_trend_percent": quality.amplitude_trend_percent,
        "fate": quality.fate.state,
        "held_until_s": quality.fate.held_until_s,
        "lost_at_s": quality.fate.lost_at_s,
        "fate_evidence": quality.fate.evidence,
    }
    return row if quality.isolation is None else row | isolation_row(quality.isolation)
