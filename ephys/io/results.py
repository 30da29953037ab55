"""Results as tables: a row per unit, per window, per fit; and the folder that holds them."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ephys.analysis import AgreementRow, CellAnalysis, SessionAnalysis
from ephys.io.atomic import write_text
from ephys.io.classifications import CALL_COLUMNS, call_row, criteria_table
from ephys.io.courses import COURSE_COLUMNS, course_row
from ephys.io.curation import write_curation
from ephys.io.findings import finding_rows
from ephys.io.firing import FIRING_COLUMNS, firing_row
from ephys.io.fits import FIT_VALUE_COLUMNS, fit_row
from ephys.io.kept_log import LOG, check_kept
from ephys.io.quality import QUALITY_COLUMNS, quality_row
from ephys.io.rhythms import RHYTHM_COLUMNS, rhythm_row
from ephys.io.rows import write_rows
from ephys.io.settings_file import write_settings
from ephys.io.shapes import SHAPE_COLUMNS, shape_row
from ephys.io.stability import STABILITY_COLUMNS, stability_row
from ephys.model import Support
from ephys.pharmacology import DoseResponse, DoseResponseFit, ResponseWindow

Row = dict[str, Any]

_ANIMAL = ("session", "animal", "group", "unit")
_EXPERIMENT = ("species", "preparation", "anaesthetic", "track")
"""What cells that are compared must share, or differ by: comparisons of `units.csv` look for it."""
_SERIES = ("drug", "dose_unit", "route", "form", "pretreatment")
UNIT_COLUMNS = (
    *_ANIMAL, *_EXPERIMENT, "origin", "multi_unit", "n_spikes", "recorded_s", "excised_s", "mean_rate_hz", "call",
    *CALL_COLUMNS,
    "confirming", "baseline_spikes", "baseline_rate_hz", *FIRING_COLUMNS, *QUALITY_COLUMNS, *SHAPE_COLUMNS,
    *RHYTHM_COLUMNS, *STABILITY_COLUMNS, "stability_planned", "flags", "call_by_hand", "call_planned", "final_label",
    "excluded", "curation", "code_change",
)  # fmt: skip
RESPONSE_COLUMNS = (
    *_ANIMAL, *_SERIES, "role", "given", "given_s", "cumulative_dose", "start_s", "stop_s", "covered_s", "count",
    "completeness", "completeness_low", "completeness_high", "false_hz", "rate_hz", "percent", "percent_low",
    "percent_high", "used", "flags", "excluded", *COURSE_COLUMNS,
)  # fmt: skip
FIT_COLUMNS = (
    *_ANIMAL, *_SERIES, "call", "potency", "status", "fate", "stability", "id50_text", *FIT_VALUE_COLUMNS,
    "reason", "warnings", "flags", "id50_text_planned", "excluded", "code_change",
)  # fmt: skip

AGREEMENT_COLUMNS = (
    *_ANIMAL, "found", "accuracy", "matched", "missed", "extra", "share_found", "share_extra", "lag_ms", "rate_hz",
    "found_rate_hz", "call", "found_call", "id50_text", "found_id50_text", "code_changes", "differs",
)  # fmt: skip

_CORRECTED = "drug record, baseline, windows or doses to fit corrected by hand"


def units_table(analysis: SessionAnalysis) -> pd.DataFrame:
    """Table of the units: quality, stability, call with every criterion, flags.

    Parameters
    ----------
    analysis : SessionAnalysis
        The result.

    Returns
    -------
    pandas.DataFrame
        A row per unit; rates in Hz, amplitudes in µV, times in s. Empty means not measured.
    """
    session = analysis.session
    known = _animal(analysis) | {name: getattr(session.subject, name) for name in _EXPERIMENT if name != "track"}
    known["track"] = session.track
    return _table([known | _unit_row(cell, session.support) for cell in analysis.cells], UNIT_COLUMNS)


def responses_table(analysis: SessionAnalysis) -> pd.DataFrame:
    """Table of the read-out windows: what was counted, and the rate as percent of baseline.

    Returns
    -------
    pandas.DataFrame
        A row per unit, drug and window, the baseline first.
    """
    rows = [
        _animal(analysis)
        | _series(fit.response)
        | _window_row(window)
        | course_row(fit.response, window)
        | {"excluded": cell.excluded}
        for cell in analysis.cells
        for fit in cell.fits
        for window in fit.windows
    ]
    return _table(rows, RESPONSE_COLUMNS)


def fits_table(analysis: SessionAnalysis) -> pd.DataFrame:
    """Table of the fits: ID50 with its interval or bound, slope, and what it rests on.

    Returns
    -------
    pandas.DataFrame
        A row per unit and drug.
    """
    rows = [
        _animal(analysis) | _series(fit.response) | row
        for cell in analysis.cells
        for fit, row in (*_fit_rows(cell), *_planned_only(cell))
    ]
    return _table(rows, FIT_COLUMNS)


def agreement_table(analysis: SessionAnalysis) -> pd.DataFrame:
    """Table of the file's own units beside those sorted here, where both were asked for.

    Returns
    -------
    pandas.DataFrame
        A row per own unit with its partner, then one per found unit that is nobody's: spikes in both, in the own unit
        alone, in the found one alone; accuracy is what both have of what either has; rate, call and ID50 of each.
    """
    rows = [_animal(analysis) | _agreement_row(row) for row in analysis.agreement]
    return _table(rows, AGREEMENT_COLUMNS)


def _agreement_row(row: AgreementRow) -> Row:
    """Return one unit of the file and its partner."""
    match, paired = row.match, bool(row.match.reference and row.match.found)
    return {
        "unit": match.reference,
        "found": match.found,
        "accuracy": match.accuracy,
        "matched": match.hits,
        "missed": match.misses,
        "extra": match.extra,
        "share_found": match.share_found if paired else math.nan,
        "share_extra": match.share_extra if paired else math.nan,
        "lag_ms": match.lag_s * 1e3 if paired else math.nan,
        **{f"{of}{name}": value for of, cell in (("", row.own), ("found_", row.found)) if cell for name, value in
           (("rate_hz", cell.rate_hz), ("call", cell.call), ("id50_text", cell.id50_text))},
        "code_changes": "; ".join(change.text for change in row.changes),
        "differs": "; ".join(match.differs),
    }  # fmt: skip


def _fit_rows(cell: CellAnalysis) -> list[tuple[DoseResponseFit, Row]]:
    """Every fit of a cell."""
    return [(fit, fit_row(fit) | _cell_of(cell, fit)) for fit in cell.fits]


def _planned_only(cell: CellAnalysis) -> list[tuple[DoseResponseFit, Row]]:
    """Fits that only the drug record as it came has: what a correction took away is not lost from the table."""
    drugs = {fit.response.drug for fit in cell.fits}
    planned = [fit for fit in cell.planned.fits if fit.response.drug not in drugs] if cell.planned else []
    return [
        (fit, _cell_of(cell, fit) | {"potency": fit.potency, "id50_text": "", "flags": _CORRECTED}) for fit in planned
    ]


def write_results(
    analysis: SessionAnalysis, folder: str | os.PathLike[str], *, provenance: Mapping[str, object]
) -> Path:
    """Write the tables and what they rest on.

    ``units.csv``, ``criteria.csv``, ``responses.csv``, ``fits.csv``, ``settings.toml``, ``curation.json`` and
    ``provenance.json``; where the file's own units were compared with those sorted here, ``agreement.csv``; and
    what `finding_rows` has: ``superfusion.csv``, ``reversals.csv``, ``recoveries.csv``, ``ejections.csv``.

    Parameters
    ----------
    analysis : SessionAnalysis
        The result.
    folder : path
        Where to; made if need be. Each file is written whole or not at all.
    provenance : mapping
        As `collect_provenance` gives it.

    Returns
    -------
    Path
        `folder`.

    Raises
    ------
    CurationError
        If the folder has a log with corrections that are not in the analysis: they would be lost.
    """
    folder = Path(folder)
    check_kept(folder, analysis.curation)
    tables = {"units": units_table, "criteria": _criteria, "responses": responses_table, "fits": fits_table}
    if analysis.agreement:
        tables["agreement"] = agreement_table
    for name, table in tables.items():
        write_text(folder / f"{name}.csv", table(analysis).to_csv(index=False, lineterminator="\n"))
    for name, rows in finding_rows(analysis).items():
        write_rows(rows, folder / f"{name}.csv")
    write_settings(analysis.settings, folder / "settings.toml")
    write_curation(analysis.curation, folder / LOG)
    write_text(folder / "provenance.json", json.dumps(dict(provenance), indent=2, ensure_ascii=False) + "\n")
    return folder


def _criteria(analysis: SessionAnalysis) -> pd.DataFrame:
    """Table of the criteria of the units that were judged."""
    calls = (cell.classification for cell in analysis.cells if cell.classification is not None)
    return criteria_table(analysis.session, calls)


def _table(rows: list[Row], columns: tuple[str, ...]) -> pd.DataFrame:
    """Table of the rows, with every column whatever the session holds."""
    return pd.DataFrame(rows, columns=list(columns))


def _animal(analysis: SessionAnalysis) -> Row:
    """Return the columns that every table begins with: n is animals, not units."""
    session = analysis.session
    return {"session": session.id, "animal": session.subject.animal, "group": session.subject.group}


def _unit_row(cell: CellAnalysis, recorded: Support) -> Row:
    """Return one unit."""
    unit, quality, stability = cell.unit, cell.quality, cell.stability
    row: Row = {
        "unit": unit.id,
        "origin": unit.origin,
        "multi_unit": unit.multi_unit,
        "n_spikes": unit.n_spikes,
        "recorded_s": unit.support.duration_s,
        "excised_s": unit.excised_s(recorded),
        "mean_rate_hz": unit.n_spikes / unit.support.duration_s,
        "call": cell.call,
    }
    if quality is not None:
        row |= quality_row(quality)
    if cell.rhythms is not None:
        row |= rhythm_row(cell.rhythms)
    if stability is not None:
        row |= stability_row(stability, cell.drift)
    if cell.firing is not None:
        row |= firing_row(cell.firing)
    if cell.planned is not None and cell.planned.stability is not None:
        row["stability_planned"] = cell.planned.stability.verdict
    if cell.classification is not None:
        row |= call_row(cell.classification)
        shape = cell.classification.features.shape
        row |= shape_row(shape) if shape is not None else {}
    by_hand = {
        "call_by_hand": cell.call_by_hand,
        "call_planned": cell.planned.call if cell.planned else "",
        "final_label": cell.final_label,
        "excluded": cell.excluded,
        "curation": "; ".join(cell.corrections),
        "confirming": "; ".join(cell.confirming),
        "code_change": cell.code_change,
    }
    return row | {"flags": "; ".join(cell.flags)} | by_hand


def _series(response: DoseResponse) -> Row:
    """Return what an ID50 never travels without."""
    stated = {name: getattr(response, name) for name in _SERIES}
    return {"unit": response.unit_id} | stated | {"pretreatment": str(response.pretreatment or "")}


def _window_row(window: ResponseWindow) -> Row:
    """Return one window."""
    return {
        "role": window.role,
        "given": window.drug,
        "given_s": window.given_s,
        "cumulative_dose": window.dose,
        "start_s": window.epoch.start_s,
        "stop_s": window.epoch.stop_s,
        "covered_s": window.covered_s,
        "count": window.count,
        "completeness": window.completeness,
        "completeness_low": window.completeness_low,
        "completeness_high": window.completeness_high,
        "false_hz": window.false_hz,
        "rate_hz": window.rate_hz,
        "percent": window.percent,
        "percent_low": window.percent_low,
        "percent_high": window.percent_high,
        "used": window.used,
        "flags": "; ".join(window.flags),
    }


def _cell_of(cell: CellAnalysis, fit: DoseResponseFit) -> Row:
    """Return what the fit alone does not know of its cell."""
    stability = cell.stability_of(fit)
    return {
        "call": cell.call,
        "stability": stability.verdict if stability else "",
        "id50_text": cell.quote(fit),
        "flags": "; ".join((*fit.flags, _CORRECTED) if cell.planned else fit.flags),
        "id50_text_planned": cell.quote_planned(fit),
        "excluded": cell.excluded,
        "code_change": cell.code_change,
    }
