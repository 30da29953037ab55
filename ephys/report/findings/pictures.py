"""Figures of a finding, ready for a page."""

from __future__ import annotations

from collections.abc import Iterator

from ephys.analysis import Finding
from ephys.plotting.style import figure_of
from ephys.report.findings.drawings import drawings
from ephys.report.picture import Picture, picture


def finding_pictures(finding: Finding, *, prefix: str) -> Iterator[Picture]:
    """Draw a finding for a page.

    Parameters
    ----------
    finding : Finding
    prefix : str
        Of the identifiers inside the figures.
    """
    for number, one in enumerate(drawings(finding), start=1):
        yield picture(
            figure_of(one.figure),
            prefix=f"{prefix}-{number}",
            description=one.description,
            caption=one.caption,
            marks=one.marks,
            wide=one.wide,
        )
