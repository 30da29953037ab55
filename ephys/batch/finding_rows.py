"""Rows of what stands beside the dose-responses of a cohort: antagonists, recoveries, ejections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ephys.analysis import CohortAnalysis, FoundCell
from ephys.analysis.cohort_findings import cohort_findings, counts_beside

Row = dict[str, Any]

_ESTIMATES = (
    "baseline_hz", "percent_inhibition", "onset_s", "t50_s", "charge50_nc", "rt50_s", "suppressed",
    "suppressed_per_na", "fixed_per_na", "less_control", "before_next",
)  # fmt: skip
"""What an ejection has with an interval."""

REVERSAL_COLUMNS = (
    "unit", "agonist", "agonist_dose", "dose_unit", "given", "role", "given_dose", "given_unit", "given_s", "since_s",
    "agonist_percent", "agonist_low", "agonist_high", "count", "exposure_s", "rate_hz", "percent", "percent_low",
    "percent_high", "overshoot", "fold", "fold_low", "fold_high", "returned", "return_s", "return_low_s",
    "return_high_s", "below_again_s", "watched_s", "recoveries", "recovery_animals", "chance", "verdict",
    "reason", "analysed",
)  # fmt: skip
RECOVERY_COLUMNS = (
    "unit", "drug", "dose", "dose_unit", "origin", "state", "return_s", "low_s", "high_s", "watched_s", "levels",
    "reason", "analysed",
)  # fmt: skip
EJECTION_COLUMNS = (
    "unit", "electrode", "electrode_from", "cv", "number", "drug", "role", "barrel", "source", "current_na",
    "retention_na", "start_s", "stop_s", "baseline_start_s", "baseline_stop_s", "window_start_s", "window_stop_s",
    "truncated", *(f"{name}{end}" for name in _ESTIMATES for end in ("", "_low", "_high")), "onset_p", "t50_s_status",
    "rt50_s_status", "after", "flags", "analysed",
)  # fmt: skip


def reversal_rows(analysis: CohortAnalysis) -> Iterator[tuple[FoundCell, Row]]:
    """Each dose of an antagonist of each cell; cells that count are held against the recoveries of the cohort."""
    told = cohort_findings(analysis).reversals
    judged = {(one.subject.animal, one.unit_id, one.drug): one for reversals in told for one in reversals.cells}
    for cell in analysis.cells:
        for one in cell.reversals:
            key = (one.subject.animal, one.unit_id, one.drug)
            for row in judged.get(key, one).as_rows():
                yield cell, {**row, "unit": cell.record.unit, "analysed": key in judged}


def recovery_rows(analysis: CohortAnalysis) -> Iterator[tuple[FoundCell, Row]]:
    """Each recovery without an antagonist, and whether it is compared with."""
    for cell in analysis.cells:
        for one in cell.recoveries:
            for row in one.as_rows():
                yield cell, {**row, "unit": cell.record.unit, "analysed": counts_beside(analysis, cell)}


def ejection_rows(analysis: CohortAnalysis) -> Iterator[tuple[FoundCell, Row]]:
    """Each ejection beside each cell."""
    for cell in analysis.cells:
        for row in cell.ejections.as_rows() if cell.ejections is not None else ():
            yield cell, {**row, "unit": cell.record.unit, "analysed": counts_beside(analysis, cell)}
