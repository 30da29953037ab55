"""One cohort as one self-contained page: what it says first, then its figures, its tables and what they rest on."""

from ephys.report.cohort.drawing import FigureSection, draw_cohort
from ephys.report.cohort.page import render_cohort_report, write_cohort_report

__all__ = ["FigureSection", "draw_cohort", "render_cohort_report", "write_cohort_report"]
