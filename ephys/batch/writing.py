"""The folder of a cohort's results: report, tables, database, figures, and last of all where they come from."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ephys.analysis import CohortAnalysis
from ephys.analysis.cohort_findings import cohort_findings
from ephys.batch.blinding import Blinding
from ephys.batch.coding import coded_tables
from ephys.batch.linking import report_links
from ephys.batch.provenance import placed_in
from ephys.batch.tables import cohort_tables
from ephys.errors import ParameterError
from ephys.io import source_of, staged_folder, write_database, write_prism, write_tables, write_workbook
from ephys.io.atomic import write_text
from ephys.io.settings_file import settings_text
from ephys.report.cohort import draw_cohort, write_cohort_report
from ephys.report.methods import METHODS, methods_text
from ephys.report.paper_tables import write_paper_tables

PROVENANCE = "provenance.json"
REPORT = "report.html"
DATABASE = "cohort.sqlite"
WORKBOOK = "cohort.xlsx"
PRISM = "cohort.pzfx"


def check_outputs(*, parquet: bool, excel: bool) -> None:
    """Raise before the work begins if its results could not be written.

    Raises
    ------
    ParameterError
        If a library is missing.
    """
    for wanted, library, extra in ((parquet, "pyarrow", "parquet"), (excel, "openpyxl", "excel")):
        if wanted and find_spec(library) is None:
            raise ParameterError(f'--{extra} needs {library}: pip install "ephys[{extra}]"')


def write_cohort(
    analysis: CohortAnalysis,
    folder: str | os.PathLike[str],
    *,
    provenance: Mapping[str, Any],
    parquet: bool = False,
    excel: bool = False,
    prism: bool = False,
    label: str = "",
    blinding: Blinding | None = None,
) -> Path:
    """Write a cohort's report and tables with what they rest on.

    ``report.html`` (`write_cohort_report`), one CSV per table, ``data_dictionary.csv``, the paper's tables
    (``paper_tables.html`` and CSV), ``answers.txt``, ``methods.txt``, figures as SVG, ``cohort.sqlite``,
    ``settings.toml`` and, last, ``provenance.json`` with the checksum of report and tables: a folder without it is
    not whole.

    Parameters
    ----------
    analysis : CohortAnalysis
    folder : path
        Where to; made if need be.
    provenance : mapping
        As `collect_cohort_provenance` gives it.
    parquet : bool, optional
        Each table as Parquet, too; needs ``ephys[parquet]``.
    excel : bool, optional
        One workbook, ``cohort.xlsx``; needs ``ephys[excel]``.
    prism : bool, optional
        Dose-response and group tables for GraphPad Prism, ``cohort.pzfx``, if any cell is analysed.
    label : str, optional
        What this run is called in ``cohort.sqlite``, which keeps every run that was written to it.
    blinding : Blinding, optional
        Of an analysis under codes: nothing is written that tells a name.

    Returns
    -------
    Path
        `folder`.
    """
    folder = Path(folder)
    told, named = (blinding.text, blinding.cell) if blinding else (str, str)
    tables = coded_tables(cohort_tables(analysis), blinding) if blinding else cohort_tables(analysis)
    (folder / PROVENANCE).unlink(missing_ok=True)
    with staged_folder(folder) as stage:
        write_tables(tables, stage, parquet=parquet)
        if excel:
            write_workbook(tables, stage / WORKBOOK)
        if prism and tables["fits"].analysed.any():  # of nothing, there is nothing for Prism
            write_prism(tables, stage / PRISM)
        sums = {name: source_of(stage / f"{name}.csv").sha256 for name in tables}
        written = {**(provenance if blinding else placed_in(provenance, folder)), "tables": sums}
        write_cohort_report(
            analysis, stage / REPORT, provenance=written, command=provenance["command"], relabel=named,
            reports=report_links(analysis, folder, blinding), figures=draw_cohort(analysis, stage, relabel=named),
        )  # fmt: skip
        written["report"] = source_of(stage / REPORT).sha256
        write_paper_tables(analysis, stage, relabel=named)
        answers = "\n\n".join(filter(None, (str(analysis), str(cohort_findings(analysis)))))
        write_text(stage / "answers.txt", f"{told(answers)}\n")
        write_text(stage / METHODS, f"{told(str(methods_text(analysis)))}\n")
        write_text(stage / "settings.toml", told(settings_text(analysis.settings)))
        now = {file.name for file in stage.iterdir()}
    _delete_former(folder, tables, now)
    run = {
        "key": provenance["run"], "label": blinding.typed(label) if blinding else label, "ephys": provenance["ephys"],
        "settings": told(settings_text(analysis.settings)), "cohort": provenance["cohort"][0]["path"],
    }  # fmt: skip
    write_database(tables, folder / DATABASE, run=run)
    write_text(folder / PROVENANCE, json.dumps(written, indent=2, ensure_ascii=False) + "\n")
    return folder


def _delete_former(folder: Path, names: Iterable[str], now: Collection[str]) -> None:
    """Delete what an earlier run wrote into the folder and this one did not: it would stand beside other numbers."""
    optional = [f"{name}.parquet" for name in names] + [WORKBOOK, PRISM, "overview.svg", "flow.svg", "id50_*.svg"]
    for file in (found for pattern in optional for found in folder.glob(pattern)):
        if file.name not in now:
            file.unlink()
