"""The page: what was found first, then how, then with what."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ephys.analysis import CellAnalysis, SessionAnalysis
from ephys.io.atomic import write_text
from ephys.report.courses import courses_table
from ephys.report.facts import session_facts, source_text
from ephys.report.figures import course_monitors, drawn_cells, monitors_picture, scale_sentence
from ephys.report.findings.page import ShownFinding, told_findings
from ephys.report.firing import firing_table
from ephys.report.fits import fits_table
from ephys.report.headline import headline
from ephys.report.identity import beside_table, criteria_table
from ephys.report.methods import methods_text
from ephys.report.picture import Picture
from ephys.report.shapes import shape_table
from ephys.report.spike_pictures import session_spikes
from ephys.report.svg import page_style
from ephys.report.tables import (
    Table,
    administrations_table,
    agreement_tables,
    curation_table,
    measures_table,
    nested_table,
    windows_table,
)
from ephys.report.templating import VERDICT_MARKS, filled
from ephys.report.voltage import voltage_picture


@dataclass(frozen=True)
class _Cell:
    """One cell as the template shows it."""

    anchor: str
    name: str
    call: str
    mark: str
    id50: str
    potency: str
    rate: str
    flags: tuple[str, ...]
    reasons: tuple[str, ...]
    pictures: tuple[Picture, ...]
    measures: Table
    tables: tuple[Table, ...]
    findings: tuple[ShownFinding, ...]


def write_report(
    analysis: SessionAnalysis,
    path: str | os.PathLike[str],
    *,
    provenance: Mapping[str, object],
    command: str = "",
) -> Path:
    """Write the report of one session as one HTML file.

    Parameters
    ----------
    analysis : SessionAnalysis
        As `analyse_session` gives it.
    path : path
        Where to write; the file appears whole or not at all.
    provenance : mapping
        Versions, seeds and checksums, nested as need be.
    command : str, optional
        What was typed.

    Returns
    -------
    Path
        Where it was written.
    """
    return write_text(path, render_report(analysis, provenance=provenance, command=command))


_FOLDED_FROM = 9
"""So many units, and the figures and tables of each can be folded away."""

_ENGINES = {
    "rule": "the classical rule",
    "evidence": "published distributions",
    "learned": "a learned classifier",
}


def render_report(analysis: SessionAnalysis, *, provenance: Mapping[str, object], command: str = "") -> str:
    """Report of one session as HTML, with styles and figures inside and nothing outside.

    Parameters
    ----------
    analysis, provenance, command
        As in `write_report`.

    Returns
    -------
    str
        The same text each time for the same analysis and provenance.

    Examples
    --------
    >>> from ephys.model import DoseProtocol, Epoch, Session, Support, Unit
    >>> from ephys.pipeline import analyse_session
    >>> whole = Epoch(0.0, 100.0)
    >>> unit = Unit.from_times([0.5 + i for i in range(99)], support=whole)
    >>> analysis = analyse_session(Session("demo", DoseProtocol((), Support.of(whole)), units=(unit,)))
    >>> "<title>demo" in render_report(analysis, provenance={"ephys": "0.1.0"})
    True
    """
    with page_style():
        voltage, unshown = voltage_picture(analysis)
        pictures = tuple(_session_pictures(analysis))
        drawn = drawn_cells(analysis, beside=(*pictures, *([voltage] if voltage else [])))
        return filled(
            "session.html.j2",
            title=analysis.session.id,
            headline=headline(analysis),
            notes=analysis.notes,
            facts=session_facts(analysis),
            sources=[(source_text(source), source.sha256) for source in analysis.session.sources],
            given=administrations_table(analysis.protocol) if analysis.protocol.administrations else None,
            pictures=pictures,
            columns=analysis.summary_columns,
            called=analysis.words,
            engine=_ENGINES[analysis.settings.classification.engine],
            cells=[
                _cell(cell, row, analysis, f"cell-{number}", pictures)
                for number, (cell, row, pictures) in enumerate(
                    zip(analysis.cells, analysis.summary, drawn, strict=True), start=1
                )
            ],
            affinities=told_findings(analysis.affinities, prefix="affinities"),
            folded=len(analysis.cells) >= _FOLDED_FROM,
            voltage=voltage,
            unshown=unshown,
            curation=curation_table(analysis.curation) if analysis.curation.entries else None,
            agreement=agreement_tables(analysis.agreement) if analysis.agreement else (),
            method_text=methods_text(analysis),
            settings=nested_table("Settings", analysis.settings.as_dict()),
            provenance=_provenance_table(provenance, analysis),
            command=command,
        )


def _provenance_table(provenance: Mapping[str, object], analysis: SessionAnalysis) -> Table:
    """Versions, seeds and checksums; settings that stand above already are not printed again."""
    settings = provenance.get("settings")
    same = isinstance(settings, Mapping) and nested_table("", settings) == nested_table("", analysis.settings.as_dict())
    return nested_table("Provenance", {**provenance, "settings": "as above"} if same else provenance)


def _session_pictures(analysis: SessionAnalysis) -> Iterator[Picture]:
    """What concerns all units: slow signals that stand under no course, spikes beside one another."""
    if analysis.session.monitors and not course_monitors(analysis):
        yield monitors_picture(analysis.session, analysis.protocol)
    yield from session_spikes(analysis, doubt=scale_sentence(analysis.session))


def _cell(
    cell: CellAnalysis, row: tuple[str, ...], analysis: SessionAnalysis, anchor: str, pictures: tuple[Picture, ...]
) -> _Cell:
    """Everything that the page says of one cell; `row` is its row of the summary."""
    call, beside, shape = cell.classification, beside_table(cell), cell.shape
    name, rate, call_text, id50, _ = row
    return _Cell(
        anchor=anchor,
        name=name,
        rate=rate,
        call=call_text,
        id50=id50,
        potency=cell.words.title,
        mark=VERDICT_MARKS.get(cell.final_label, "none"),
        flags=cell.flags,
        reasons=call.reasons if call else (),
        pictures=pictures,
        measures=measures_table(cell, analysis.session.support),
        tables=(
            *([criteria_table(call)] if call else []),
            *([beside] if beside and beside.rows else []),
            *([shape_table(shape, scale_known=not scale_sentence(analysis.session))] if shape else []),
            *([firing_table(cell.firing)] if cell.firing else []),
            *map(windows_table, cell.fits),
            *(courses_table(fit) for fit in cell.fits if fit.response.courses),
            *([fits_table(cell.fits)] if cell.fits else []),
        ),
        findings=told_findings(cell.findings, prefix=anchor),
    )
