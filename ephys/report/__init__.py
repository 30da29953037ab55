"""One session, analysed or to be corrected, as one self-contained page: without a network and without JavaScript."""

from ephys.report.curating import curate
from ephys.report.curation import Curation
from ephys.report.curation_commands import typed_option
from ephys.report.page import render_report, write_report
from ephys.report.sheets import write_cell_sheets

__all__ = ["Curation", "curate", "render_report", "typed_option", "write_cell_sheets", "write_report"]
