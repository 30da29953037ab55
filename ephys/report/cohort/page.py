"""The page of a cohort: what it says first, then what it looks like, then what it rests on."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from ephys.analysis import CohortAnalysis
from ephys.analysis.cohort_findings import cohort_findings
from ephys.io.atomic import write_text
from ephys.pharmacology import AffinityTable, find_compound, published_affinities
from ephys.pharmacology.groups.estimates import count_text
from ephys.report.cohort.drawing import FigureSection, draw_cohort
from ephys.report.cohort.summary import answer_tables, asked_text, full_answers, groups_table, read_first
from ephys.report.cohort.tables import (
    cell_lines,
    drugs_of,
    exclusions_table,
    failures_table,
    flow_table,
    paper_tables,
    provenance_tables,
)
from ephys.report.findings.page import told_findings
from ephys.report.methods import methods_text
from ephys.report.tables import nested_table
from ephys.report.templating import filled

Relabel = Callable[[str], str]

_KEPT = ("mark", "report", "anchor")
"""What is no text: a class of the style sheet, and an address."""


def write_cohort_report(
    analysis: CohortAnalysis,
    path: str | os.PathLike[str],
    *,
    provenance: Mapping[str, Any],
    command: str = "",
    relabel: Relabel = str,
    reports: Mapping[str, str] | None = None,
    figures: Sequence[FigureSection] | None = None,
) -> Path:
    """Write the report of a cohort as one HTML file.

    Parameters
    ----------
    analysis : CohortAnalysis
        As `analyse_cohort` gives it.
    path : path
        Where to write; the file appears whole or not at all.
    provenance : mapping
        As `collect_cohort_provenance` gives it.
    command : str, optional
        What was typed.
    relabel : callable, optional
        What to write in place of each text, in a blind study say.
    reports : mapping of str to str, optional
        Addresses of the sessions' own reports as seen from `path`, by session: the table of cells refers to them.
    figures : sequence of FigureSection, optional
        As `ephys.report.cohort.draw_cohort` drew them, where they are needed elsewhere, too; by default they are drawn
        here.

    Returns
    -------
    Path
        Where it was written.

    Examples
    --------
    >>> import ephys
    >>> analysis = ephys.analyse_cohort("cohort.csv")  # doctest: +SKIP
    >>> provenance = ephys.collect_cohort_provenance(analysis)  # doctest: +SKIP
    >>> ephys.write_cohort_report(analysis, "report.html", provenance=provenance)  # doctest: +SKIP
    PosixPath('report.html')
    """
    page = render_cohort_report(
        analysis, provenance=provenance, command=command, relabel=relabel, reports=reports, figures=figures
    )
    return write_text(path, page)


def render_cohort_report(
    analysis: CohortAnalysis,
    *,
    provenance: Mapping[str, Any],
    command: str = "",
    relabel: Relabel = str,
    reports: Mapping[str, str] | None = None,
    figures: Sequence[FigureSection] | None = None,
) -> str:
    """Report of a cohort as HTML, with styles and figures inside.

    Parameters
    ----------
    analysis, provenance, command, relabel, reports, figures
        As in `write_cohort_report`.

    Returns
    -------
    str
        The same text each time for the same analysis and provenance.

    Examples
    --------
    >>> from ephys.analysis import CohortAnalysis
    >>> from ephys.model import Cohort
    >>> from ephys.pharmacology import ExclusionSettings, Exclusions
    >>> from ephys.settings import Settings
    >>> none = Exclusions((), ExclusionSettings(), (), (), (), ())
    >>> nobody = CohortAnalysis(Cohort((), ()), Settings(), (), (), none, (), (), ())
    >>> "No cell was found that could be analysed." in render_cohort_report(nobody, provenance={"ephys": "0.1.0"})
    True
    """
    values = _values(analysis, provenance, command, reports or {})
    if relabel is not str:  # what is published of a drug would tell it
        values["affinities"] = ()
    told = _relabelled(values, relabel)
    drawn = draw_cohort(analysis, relabel=relabel) if figures is None else figures
    return filled("cohort.html.j2", **told, figure_sections=drawn)


def _values(
    analysis: CohortAnalysis, provenance: Mapping[str, Any], command: str, reports: Mapping[str, str]
) -> dict[str, Any]:
    """Everything that the template shows besides the figures."""
    exclusions, beside = analysis.exclusions, cohort_findings(analysis)
    animals, cells = count_text(len(analysis.cohort.animals), "animal"), count_text(len(analysis.cells), "cell")
    return {
        "title": f"Cohort of {animals}, {cells}",
        "called": analysis.words,
        "asked": asked_text(analysis),
        "answers": answer_tables(analysis),
        "notes": read_first(analysis),
        "groups": groups_table(analysis) if analysis.cohort.animals else None,
        "exclusions": f"{exclusions}",
        "flow": flow_table(exclusions) if exclusions.facts else None,
        "rules": exclusions_table(exclusions) if exclusions.rows else None,
        "papers": paper_tables(analysis) if analysis.cohort.animals else (),
        "drugs": drugs_of(analysis),
        "cells": tuple(cell_lines(analysis, reports)),
        "failures": failures_table(analysis) if analysis.failures else None,
        "full_answers": full_answers(analysis),
        "findings": told_findings(beside.told, prefix="beside"),
        "untold": beside.not_told,
        "affinities": told_findings(_affinities(analysis), prefix="affinities"),
        "method_text": methods_text(analysis),
        "settings": nested_table("Settings", analysis.settings.as_dict()),
        "provenance": provenance_tables(provenance),
        "command": command,
    }


def _affinities(analysis: CohortAnalysis) -> tuple[AffinityTable, ...]:
    """What is published of the affinities of the agonists."""
    compounds = (find_compound(drug) for drug in drugs_of(analysis))
    tables = (published_affinities(compound) for compound in compounds if compound is not None)
    return tuple(table for table in tables if table.rows)


def _relabelled(value: Any, relabel: Relabel) -> Any:
    """Every text within a value with other names in it, whatever holds it."""
    if isinstance(value, str):
        return relabel(value)
    if isinstance(value, Mapping):
        return {name: _relabelled(each, relabel) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return tuple(_relabelled(each, relabel) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        texts = {one.name: getattr(value, one.name) for one in fields(value) if one.name not in _KEPT}
        return replace(value, **{name: _relabelled(each, relabel) for name, each in texts.items()})
    return value
