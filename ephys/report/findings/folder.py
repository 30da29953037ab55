"""The folder of findings: report, tables, figures, methods, and where they come from."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from ephys.analysis import Finding
from ephys.io import source_of, staged_folder, write_rows
from ephys.io.atomic import write_text
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
    """Write findings: a report, a CSV for each kind, figures, methods, provenance.

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
        for name, rows in _tables(findings).items():
            write_rows(rows, stage / f"{name}.csv")
        for name, figure in _figures(findings):
            save_figure(figure, stage / f"{name}.svg")
            plt.close(figure)
        write_text(stage / METHODS, f"{findings_methods(findings)}\n")
        write_text(stage / "provenance.json", json.dumps(provenance, indent=2, ensure_ascii=False) + "\n")
    return Path(folder)


def _tables(findings: Sequence[Finding]) -> dict[str, list[dict[str, Any]]]:
    """Rows of findings, those of one kind in one table: animals of a course, experiments of a compound."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for finding in findings:
        kind = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(finding).__name__).lower()
        tables.setdefault(kind, []).extend(finding.as_rows())
    return tables


def _figures(findings: Sequence[Finding]) -> Iterator[tuple[str, Figure]]:
    """Each figure with the name of its file: the title, numbered where there is another of that name."""
    seen: Counter[str] = Counter()
    for finding in findings:
        for one in drawings(finding):
            name = re.sub(r"[^\w.-]+", "_", finding.title).strip("_").lower()
            seen[name] += 1
            yield (name if seen[name] == 1 else f"{name}_{seen[name]}"), figure_of(one.figure)
