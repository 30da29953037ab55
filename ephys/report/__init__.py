"""One session, analysed or to be corrected, or one cohort, as one self-contained page: no network, no JavaScript."""

from ephys.report.cohort import render_cohort_report, write_cohort_report
from ephys.report.curating import curate
from ephys.report.curation import Curation
from ephys.report.curation_commands import typed_option
from ephys.report.page import render_report, write_report

__all__ = [
    "Curation",
    "curate",
    "render_cohort_report",
    "render_report",
    "typed_option",
    "write_cohort_report",
    "write_report",
]
