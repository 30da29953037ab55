"""One analysed session to the record that a cohort keeps of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ephys.analysis import CellAnalysis, CellRecord, SessionAnalysis, SessionRecord
from ephys.batch.jobs import SessionJob
from ephys.firing import Stability
from ephys.io import fits_table, responses_table, units_table
from ephys.model import Administration, Epoch, Monitor, Session, Source
from ephys.pharmacology import DoseResponseFit, SeriesFacts
from ephys.pharmacology.exclusions.facts import Physiology, Where

_LEVELS = ("temperature", "blood pressure", "CO2")
"""Monitors whose mean over a window means something; a rhythm's is its frequency."""


_SAME = 0.5
"""Two units that share more of the spikes of either than this are one cell: no third can share as much (convention)."""


def record_of(
    job: SessionJob,
    key: str,
    whole: Session,
    analysis: SessionAnalysis,
    *,
    sources: Sequence[Source],
    sorted_anew: bool,
) -> SessionRecord:
    """Return what a cohort keeps of a session.

    Parameters
    ----------
    job : SessionJob
        What was asked for.
    key : str
        As `record_key` gives it.
    whole : Session
        As it was read, before a part was cut out: a cell of the second hour had the drugs of the first.
    analysis : SessionAnalysis
        Of the part.
    sources : sequence of Source
        Every file that it rests on.
    sorted_anew : bool
        Whether the sorter found the units.
    """
    units, given = _by_unit(units_table(analysis)), _given(whole, analysis)
    responses, fits = _by_unit(responses_table(analysis)), _by_unit(fits_table(analysis))
    support = analysis.session.support
    return SessionRecord(
        key=key,
        session=job.name,
        sources=tuple(sources),
        cells=tuple(
            CellRecord(
                unit=cell.unit.id,
                unit_row=units[cell.unit.id][0],
                response_rows=tuple(responses.get(cell.unit.id, ())),
                fit_rows=tuple(fits.get(cell.unit.id, ())),
                responses=tuple(replace(one, courses=(), alternatives=()) for one in cell.responses),
                facts=tuple(_facts(cell, analysis, given)),
                reversals=cell.reversals,
                recoveries=cell.recoveries,
                ejections=cell.ejections,
            )
            for cell in analysis.cells
        ),
        sorted_anew=sorted_anew,
        twins={row.match.reference: row.match.found for row in analysis.agreement if row.accuracy > _SAME},
        started_at=job.started_at or (whole.started_at and whole.started_at.replace(tzinfo=None)),
        start_s=support.start_s,
        stop_s=support.stop_s,
        systemic=tuple(one for one in given if one.is_systemic_drug),
        notes=analysis.notes,
        parts=dict(_parts(analysis)),
    )


def _parts(analysis: SessionAnalysis) -> Iterator[tuple[str, str]]:
    """Units whose code ends or begins midway, each with the one that goes on; where sortings cross, neither does."""
    for cell in analysis.cells:
        for change in cell.changes[:1]:
            if change.seen in ("codes", "sorting"):
                yield cell.unit.id, change.unit


def _given(whole: Session, analysis: SessionAnalysis) -> tuple[Administration, ...]:
    """What was given in the whole file; within the part that was analysed, as a person corrected it."""
    uncorrected = analysis.session.protocol.administrations
    beside = [given for given in whole.protocol.administrations if given not in uncorrected]
    return tuple(sorted((*beside, *analysis.protocol.administrations), key=lambda one: one.start_s))


def _by_unit(table: pd.DataFrame) -> dict[str, list[Mapping[str, Any]]]:
    """Rows of a table by their unit."""
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for row in table.to_dict("records"):
        rows.setdefault(row["unit"], []).append({str(name): value for name, value in row.items()})
    return rows


def _facts(cell: CellAnalysis, analysis: SessionAnalysis, given: Sequence[Administration]) -> Iterator[SeriesFacts]:
    """What exclusions ask of a cell: once per agonist, or once where none was given."""
    yield from (_facts_of(cell, analysis, given, fit) for fit in cell.fits or (None,))


def _facts_of(
    cell: CellAnalysis, analysis: SessionAnalysis, given: Sequence[Administration], fit: DoseResponseFit | None
) -> SeriesFacts:
    """What they ask of one series; what only the cohort knows is left empty."""
    subject = analysis.session.subject
    windows = [window for window in fit.windows if window.used] if fit else []
    series = [window.epoch for window in windows if window.epoch != analysis.baseline]
    epochs: list[tuple[Where, Epoch]] = [("series", epoch) for epoch in series]
    if analysis.baseline is not None:
        epochs.insert(0, ("baseline", analysis.baseline))
    fate = cell.quality.fate if cell.quality else None
    stability = _less_stable(cell.stability, cell.stability_of(fit) if fit else None)
    return SeriesFacts(
        session=analysis.session.id,
        animal=subject.animal,
        group=subject.group,
        cell=cell.unit.id,
        unit=cell.unit.id,
        drug=fit.response.drug if fit else "",
        label=cell.final_label,
        multi_unit=cell.unit.multi_unit,
        by_hand=cell.excluded,
        stability=stability.verdict if stability else "",
        baseline_change_percent=stability.change.value if stability else math.nan,
        fate=fate.state if fate else "",
        fate_evidence=fate.evidence if fate else "",
        pretreatment=str(fit.response.pretreatment or "") if fit else "",
        physiology=tuple(_physiology(cell, analysis.session, epochs)),
        supplement_gap_s=_supplement_gap_s(given, [epoch for _, epoch in epochs]),
        treated=bool(subject.treatment),
        n_doses=sum(window.role == "agonist" for window in windows),
        code_change=_code_change(cell),
    )


def _less_stable(cells: Stability | None, series: Stability | None) -> Stability | None:
    """Of a cell's baseline and that of its doses, where an antagonist came between: the one with the worse verdict."""
    order = ("stable", "not_judged", "unclear", "unstable")
    return max(filter(None, (cells, series)), key=lambda one: order.index(one.verdict), default=None)


def _code_change(cell: CellAnalysis) -> str:
    """What stands beside the ID50 of a code that changes midway, and what tells it; a suspicion is none."""
    told = [change.text for change in cell.changes if change.seen != "suspected"]
    return "; ".join((cell.code_change, *told)) if told else ""


def _physiology(cell: CellAnalysis, session: Session, epochs: Sequence[tuple[Where, Epoch]]) -> Iterator[Physiology]:
    """Mean of each monitor in the windows that are used, and the frequency of each rhythm on the baseline."""
    for monitor in session.monitors:
        if monitor.kind in _LEVELS:
            for where, epoch in epochs:
                yield Physiology(monitor.kind, _mean(monitor, epoch), monitor.unit, where)
    for locking in cell.rhythms.lockings if cell.rhythms else ():
        yield Physiology(locking.rhythm, locking.frequency_hz, "Hz", "baseline")


def _mean(monitor: Monitor, epoch: Epoch) -> float:
    """Mean of a slow signal in a window; NaN where it was not recorded."""
    first, last = (round((edge - monitor.start_s) * monitor.sampling_hz) for edge in (epoch.start_s, epoch.stop_s))
    values = monitor.read(first, last) if last > first else np.array([])
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else math.nan


def _supplement_gap_s(given: Sequence[Administration], epochs: Sequence[Epoch]) -> float:
    """Seconds between the nearest anaesthetic supplement and a window that is used; 0 within one, NaN without any."""
    begun_s = [one.start_s for one in given if one.role == "anaesthetic"]
    gaps = [max(epoch.start_s - at_s, at_s - epoch.stop_s, 0.0) for epoch in epochs for at_s in begun_s]
    return min(gaps, default=math.nan)
