"""One session, analysed, as one self-contained page: it opens anywhere, without a network and without JavaScript."""

from ephys.report.page import render_report, write_report

__all__ = ["render_report", "write_report"]
