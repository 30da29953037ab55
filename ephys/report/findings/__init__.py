"""What was found by protocols beside the dose-response: each finding with its answer, figures, table and methods."""

from ephys.report.findings.drawings import drawings
from ephys.report.findings.folder import write_findings
from ephys.report.findings.page import render_findings_report, write_findings_report

__all__ = ["drawings", "render_findings_report", "write_findings", "write_findings_report"]
