"""The table of onsets, nadirs, plateaus, recoveries and areas, as text."""

from __future__ import annotations

import math

from ephys.pharmacology import DoseResponseFit, TimeCourse
from ephys.report.tables import UNKNOWN, Table, number


def courses_table(fit: DoseResponseFit) -> Table:
    """What the rate did after each administration, beside the read-out windows."""
    head = (
        "after", f"{fit.words.so_far} ({fit.unit_text})", "onset after (s, 95 %)", "chance of such a step",
        "lowest 30 s (% of baseline, biased low)", "at (s)", "plateau (% of baseline, 95 %)", "half recovery at (s)",
        "inhibition × time (% × min, 95 %)",
    )  # fmt: skip
    after = [(fit.response.course_of(window), window) for window in fit.response.windows]
    rows = []
    for course in fit.response.courses:
        window = next((window for found, window in after if found is course), None)
        name = UNKNOWN if window is None else window.role
        dose = UNKNOWN if window is None else number(window.dose, ".6g")
        rows.append((name, dose, *_cells(course)))
    return Table(f"Course after each administration, {fit.response.drug}", head, tuple(rows), frozenset(range(1, 9)))


def _cells(course: TimeCourse) -> tuple[str, ...]:
    onset = _interval(course.onset_s, course.onset_low_s, course.onset_high_s)
    return (
        onset if course.onset.detected or math.isnan(course.onset.p) else "none detected",
        number(course.onset.p, ".2g"),
        number(course.nadir_percent, ".0f"),
        number(course.nadir_s, ".0f"),
        _interval(course.plateau_percent, course.plateau_low, course.plateau_high),
        number(course.recovery_s, ".0f"),
        _interval(course.inhibition_area, course.area_low, course.area_high),
    )


def _interval(value: float, low: float, high: float) -> str:
    if math.isnan(value):
        return UNKNOWN
    return f"{number(value, '.0f')} ({number(low, '.0f')} to {number(high, '.0f')})"
