"""Columns of the course of the rate after each administration, beside its read-out window."""

from __future__ import annotations

from ephys.pharmacology import DoseResponse, ResponseWindow

COURSE_COLUMNS = (
    "onset_s", "onset_low_s", "onset_high_s", "onset_p", "nadir_percent", "nadir_s", "plateau_percent", "plateau_low",
    "plateau_high", "recovery_s", "inhibition_area", "area_low", "area_high",
)  # fmt: skip


def course_row(response: DoseResponse, window: ResponseWindow) -> dict[str, object]:
    """Return the course after the administration that a window follows; empty for the baseline."""
    course = response.course_of(window)
    if course is None:
        return {}
    own = {name: getattr(course, name) for name in COURSE_COLUMNS if name != "onset_p"}
    return own | {"onset_p": course.onset.p}
