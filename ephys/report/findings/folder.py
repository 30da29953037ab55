"""The folder of findings: report, tables, figures, methods, and where they come from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from matplotlib import pyplot as plt

from ephys.analysis import Finding
from ephys.io import source_of, staged_folder, write_rows
from ephys.io.atomic import write_text
from ephys.io.file_names import file_name
from ephys.io.provenance import circumstances
from ephys.plotting import save_figure
from ephys.plotting.style import figure_of
from ephys.report.findings.drawings import drawings
from ephys.report.findings.page import findings_methods, write_findings_report
from ephys.report.methods import METHODS


def write_findings(
    findings: Sequence[Finding],
    folder: str | os.PathLike[str],
    *,
    title: str,
    inputs: Iterable[str | os.PathLike[str]] = (),
    command: str = "",
    now: datetime | None = None,
) -> Path:
    """Write findings: a report, a CSV and figures for each, methods, provenance.

    Parameters
    ----------
    findings : sequence of Finding
    folder : path
        Where to; made if need be. Its files appear together.
    title : str
        Heading of the report.
    inputs : iterable of path, optional
        Tables that the results were read from: their checksums go with them.
    command : str, optional
        What was typed.
    now : datetime, optional
        When it was made; by default now.

    Returns
    -------
    Path
        `folder`.

    Raises
    ------
    ParameterError
        If there is none, or one of them is no finding.
    """
    provenance = circumstances(command, now) | {"inputs": [source_of(path).as_dict() for path in inputs]}
    with staged_folder(folder) as stage:
        write_findings_report(findings, stage / "report.html", title=title, provenance=provenance, command=command)
        for name, finding in _named(findings):
            write_rows(finding.as_rows(), stage / f"{name}.csv")
            _save_figures(finding, stage, name)
        write_text(stage / METHODS, f"{findings_methods(findings)}\n")
        write_text(stage / "provenance.json", json.dumps(provenance, indent=2, ensure_ascii=False) + "\n")
    return Path(folder)


def _named(findings: Sequence[Finding]) -> Iterator[tuple[str, Finding]]:
    """Each finding with the name of its files: its title, numbered where two have the same."""
    seen: dict[str, int] = {}
    for finding in findings:
        stem = file_name(finding.title).lower().replace(" ", "_")
        seen[stem] = seen.get(stem, 0) + 1
        yield (stem if seen[stem] == 1 else f"{stem}_{seen[stem]}"), finding


def _save_figures(finding: Finding, folder: Path, name: str) -> None:
    """Each figure of a finding as SVG."""
    for number, one in enumerate(drawings(finding), start=1):
        figure = figure_of(one.figure)
        save_figure(figure, folder / f"{name}{'' if number == 1 else f'_{number}'}.svg")
        plt.close(figure)
