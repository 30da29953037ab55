"""The page: each finding with its figures and its table, then how it was made, then with what."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ephys.analysis import Finding
from ephys.errors import ParameterError
from ephys.io.atomic import write_text
from ephys.report.findings.answers import answer_lines
from ephys.report.findings.pictures import finding_pictures
from ephys.report.methods.findings import finding_sentences
from ephys.report.methods.software import program_sentence
from ephys.report.methods.text import MethodsText, put_together
from ephys.report.picture import Picture
from ephys.report.svg import page_style
from ephys.report.tables import Table, nested_table
from ephys.report.templating import filled


@dataclass(frozen=True)
class ShownFinding:
    """One finding as a template shows it.

    Parameters
    ----------
    anchor, title : str
    answer, notes : tuple of str
        Lines, and what must be known of them.
    pictures : tuple of Picture
    table : Table or None
        ``None`` where it has no row.
    """

    anchor: str
    title: str
    answer: tuple[str, ...]
    notes: tuple[str, ...]
    pictures: tuple[Picture, ...]
    table: Table | None


def write_findings_report(
    findings: Sequence[Finding],
    path: str | os.PathLike[str],
    *,
    title: str,
    provenance: Mapping[str, Any],
    command: str = "",
) -> Path:
    """Write findings as one HTML file.

    Parameters
    ----------
    findings : sequence of Finding
        Reversals, ejections, an antagonist's shift, receptor reserve, binding, dialysis, latencies: whatever has a
        title, rows, notes and methods.
    path : path
        Where to write; the file appears whole or not at all.
    title : str
        Heading of the page.
    provenance : mapping
        Versions and checksums, nested as need be.
    command : str, optional
        What was typed.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    ParameterError
        If there is none, or one of them is no finding.
    """
    return write_text(path, render_findings_report(findings, title=title, provenance=provenance, command=command))


def render_findings_report(
    findings: Sequence[Finding], *, title: str, provenance: Mapping[str, Any], command: str = ""
) -> str:
    """Report of findings as HTML, with styles and figures inside. Parameters as in `write_findings_report`.

    Returns
    -------
    str
        The same text each time for the same findings and provenance.
    """
    if not findings:
        raise ParameterError("findings must hold at least one, got none")
    return filled(
        "findings.html.j2",
        title=title,
        findings=shown_findings(findings),
        method_text=findings_methods(findings),
        provenance=nested_table("Provenance", provenance),
        command=command,
    )


def findings_methods(findings: Sequence[Finding]) -> MethodsText:
    """What each finding tells of its methods, and the program; what another tells as well is told once."""
    steps: dict[str, list[str]] = {}
    for text in finding_sentences(findings):
        title = next(one.title for one in findings if text in one.methods.splitlines())
        steps.setdefault(title, []).append(text)
    return put_together([*steps.items(), ("Software", [program_sentence(("numpy", "scipy"))])])


@page_style()
def shown_findings(findings: Sequence[Finding], *, prefix: str = "finding") -> tuple[ShownFinding, ...]:
    """Draw and lay out each result for a page.

    Parameters
    ----------
    findings : sequence of Finding
    prefix : str, optional
        Of the anchors, and of the identifiers inside the figures.

    Raises
    ------
    ParameterError
        If one of them is no finding.
    """
    return tuple(_shown(one, f"{prefix}-{number}") for number, one in enumerate(findings, start=1))


def told_findings(findings: Sequence[Finding], *, prefix: str) -> tuple[ShownFinding, ...]:
    """Lay out findings whose figures stand elsewhere on the page. Parameters as in `shown_findings`."""
    return tuple(_told(one, f"{prefix}-finding-{number}") for number, one in enumerate(findings, start=1))


def _shown(finding: Finding, anchor: str) -> ShownFinding:
    """One finding with its figures."""
    if not isinstance(finding, Finding):
        raise ParameterError(f"findings have title, rows, notes and methods; got {finding!r}")
    return replace(_told(finding, anchor), pictures=tuple(finding_pictures(finding, prefix=anchor)))


def _told(finding: Finding, anchor: str) -> ShownFinding:
    """One finding without its figures."""
    table = finding_table(finding) if finding.rows else None
    return ShownFinding(anchor, finding.title, answer_lines(finding), finding.notes, (), table)


def finding_table(finding: Finding) -> Table:
    """Rows of a finding as the page's table."""
    return Table(finding.title, finding.columns, finding.rows)
