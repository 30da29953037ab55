"""A session, analysed or to be corrected, or a cohort, as one self-contained page; and its methods in sentences."""

from ephys.report.cohort import render_cohort_report, write_cohort_report
from ephys.report.curating import curate
from ephys.report.curation import Curation
from ephys.report.curation_commands import typed_option
from ephys.report.findings import render_findings_report, write_findings, write_findings_report
from ephys.report.methods import MethodsText, methods_text, write_methods
from ephys.report.page import render_report, write_report
from ephys.report.sheets import write_cell_sheets

__all__ = [
    "Curation",
    "MethodsText",
    "curate",
    "methods_text",
    "render_cohort_report",
    "render_findings_report",
    "render_report",
    "typed_option",
    "write_cell_sheets",
    "write_cohort_report",
    "write_findings",
    "write_findings_report",
    "write_methods",
    "write_report",
]
