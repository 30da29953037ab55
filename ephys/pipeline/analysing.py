"""The order of the steps, and nothing else: a session in, its cells analysed out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ephys.analysis import CellAnalysis, SessionAnalysis
from ephys.classification import LearnedClassifier
from ephys.errors import ParameterError
from ephys.firing import Stability, assess_stability, baseline_flags, baseline_notes, measure_firing
from ephys.model import Epoch, Session, Unit, UnitRhythms
from ephys.pharmacology import DoseResponse, dose_response, fit_dose_response, other_readouts, plan_windows
from ephys.pharmacology.confirming import drug_evidence
from ephys.pharmacology.pretreatment import series_baseline
from ephys.pharmacology.response_flags import excised_flags
from ephys.pharmacology.series_drift import series_drift
from ephys.pipeline.agreeing import apart, change_notes, changes_of_code, side_by_side, told_of_changes, told_of_matches
from ephys.pipeline.beside import affinities_of, drugs_in_windows, ejections_of, recoveries_of, reversals_of
from ephys.pipeline.gathering import (
    as_read,
    band_notes,
    gather_units,
    log_of,
    preset_notes,
    preset_of,
    sorter_notes,
    unit_notes,
    wire_notes,
)
from ephys.pipeline.judging import Judge
from ephys.settings import Settings
from ephys.sorting import (
    CurationLog,
    UnitQuality,
    assess_quality,
    assess_rhythms,
    compare_sortings,
    curate_protocol,
    curate_units,
)
from ephys.sorting.amplitudes import completeness_of_windows
from ephys.sorting.curation import CuratedUnits
from ephys.sorting.curation.operations import Delete, DeleteDose, EditDose, ExcludeCell, OverrideCall, UnitOperation

NO_BASELINE = "no baseline: nothing was recorded before the first mark, so no call and no percent"
NOT_IN_BASELINE = "not recorded during the baseline, so no call and no percent"


def analyse_session(
    session: Session,
    settings: Settings | None = None,
    *,
    curation: CurationLog | None = None,
    classifier: LearnedClassifier | None = None,
    found: Sequence[Unit] | None = None,
    progress: bool = False,
    jobs: int | None = None,
) -> SessionAnalysis:
    """Sort, judge, classify, measure and fit: all of one session.

    Parameters
    ----------
    session : Session
        As `read_session` or a simulation gives it.
    settings : Settings, optional
        Of every step.
    curation : CurationLog, optional
        A person's corrections, replayed on the units and the drug record. To make one, add to the `curation` of an
        analysis without.
    classifier : LearnedClassifier, optional
        One of your own for the 5-HT call: it stands beside, or decides where the settings say so.
    found : sequence of Unit, optional
        What `sort_units` found in the session's voltage before, with these settings; without it, it is sorted here.
    progress : bool, optional
        Show a progress bar.
    jobs : int, optional
        Stretches of the recording sorted at the same time; the results do not depend on it.

    Returns
    -------
    SessionAnalysis

    Raises
    ------
    ParameterError
        If there is neither voltage nor a unit, a drug was asked for that was not given, or `jobs` is below 1.
    CurationError
        If the log is of another session, or a correction cannot be made, or not on these units any more.

    Examples
    --------
    >>> from ephys.model import DoseProtocol, Epoch, Session, Support, Unit
    >>> whole = Epoch(0.0, 100.0)
    >>> unit = Unit.from_times([0.5 + i for i in range(99)], support=whole)
    >>> analyse_session(Session("demo", DoseProtocol((), Support.of(whole)), units=(unit,)))
    SessionAnalysis('demo': 1 units, 0 serotonergic)
    """
    settings = as_read(session, settings or Settings())
    log = log_of(session, curation)
    protocol = curate_protocol(session.protocol, log)
    if settings.analysis.drug and settings.analysis.drug not in protocol.drugs:
        given = ", ".join(protocol.drugs) or "none"
        raise ParameterError(f"session {session.id}: agonists given: {given}; not {settings.analysis.drug!r}")
    units = gather_units(session, settings, found=found, progress=progress, jobs=jobs)
    curated = curate_units(units, log)
    preset = preset_of(session, settings)
    used = replace(session, protocol=protocol)
    planned = replace(session, protocol=session.protocol.as_planned) if log.corrects_doses or protocol.chosen else None
    judge = Judge(preset, settings, classifier)
    analysed = _analyse_cells(curated.units, used, planned, judge)
    both = settings.analysis.units == "both"
    changes = changes_of_code(curated.units, both=both)
    matches = compare_sortings(*apart(curated.units)) if both else ()
    told = told_of_matches(told_of_changes(analysed, changes), matches)
    cells = tuple(corrected_cell(cell, curated) for cell in told)
    return SessionAnalysis(
        session=session,
        protocol=protocol,
        settings=settings,
        preset=preset,
        baseline=protocol.baseline,
        cells=cells,
        agreement=side_by_side(cells, matches, changes),
        notes=(
            *_notes(used, protocol.baseline, settings),
            *unit_notes(units),
            *sorter_notes(units),
            *curated.notes,
            *change_notes(changes),
            *_session_corrections(log, session),
        ),
        curation=replace(curated.log, session=session.id),
        classifier=classifier,
        affinities=affinities_of(protocol.drugs),
    )


def _analyse_cells(
    units: tuple[Unit, ...], session: Session, planned: Session | None, judge: Judge
) -> tuple[CellAnalysis, ...]:
    """Analyse units, with what the drug record, baseline and windows fixed in advance give beside."""
    cells = _measured_cells(units, session, judge)
    if planned is None:
        return cells
    pairs = zip(cells, _measured_cells(units, planned, judge), strict=True)
    return tuple(_with_planned(cell, beside) for cell, beside in pairs)


def _with_planned(cell: CellAnalysis, beside: CellAnalysis) -> CellAnalysis:
    """Return a cell with what was fixed in advance gives, in words where it differs."""
    texts = [f"call {beside.call}"] if beside.call != cell.call else []
    texts += [f"{fit.response.drug} {beside.quote(fit)}" for fit in beside.fits]
    flags = [f"with the drug record as it came, and as planned: {text}" for text in texts]
    return replace(cell, planned=beside, flags=(*cell.flags, *flags))


def _measured_cells(units: tuple[Unit, ...], session: Session, judge: Judge) -> tuple[CellAnalysis, ...]:
    """Judge each unit on the baseline, then measure what each agonist did to it; the rhythms are the session's."""
    baseline, settings = session.protocol.baseline, judge.settings
    if baseline is None:
        return tuple(unmeasured(unit, NO_BASELINE) for unit in units)
    rhythms = assess_rhythms(session, units, within=baseline, settings=settings.rhythms, seed=settings.analysis.seed)
    return tuple(
        _measured_cell(unit, session, baseline, one, judge)
        if unit.support.covered_s(baseline)
        else unmeasured(unit, NOT_IN_BASELINE)
        for unit, one in zip(units, rhythms, strict=True)
    )


def unmeasured(unit: Unit, reason: str) -> CellAnalysis:
    """A unit that there is no baseline to judge on."""
    return CellAnalysis(unit, None, None, None, (), (), (*unit_flags(unit), reason))


def _measured_cell(unit: Unit, session: Session, baseline: Epoch, rhythms: UnitRhythms, judge: Judge) -> CellAnalysis:
    """Judge one unit on the baseline, then measure what each agonist did to it."""
    settings = judge.settings
    quality = assess_quality(unit, within=baseline, settings=settings.quality)
    seed, limits = settings.analysis.seed, settings.stability
    stability = assess_stability(unit, baseline, seed=seed, settings=limits)
    measuring = settings.features
    firing = measure_firing(unit, baseline, bursts=measuring.bursts, min_intervals=measuring.min_intervals, seed=seed)
    classification = judge.call(unit, baseline, rhythms)
    single = () if unit.multi_unit else drugs_in_windows(session, settings.analysis.drug)
    responses = tuple(_response(unit, session, drug, quality, stability, settings) for drug in single)
    fits = tuple(fit_dose_response(response, settings.fit) for response in responses)
    doubt = next(criterion.note for criterion in classification.criteria if criterion.name == "rhythm")
    excised = excised_flags(unit, baseline, session.support, settings.readout.most_excised)
    flags = [*unit_flags(unit), *([doubt] if doubt else []), *quality.flags, *rhythms.flags]
    flags.extend(f"baseline: {text}" for text in excised)
    drift = series_drift(responses, stability, settings=limits)
    flags.extend(baseline_flags(unit, session.protocol, stability, drift=drift, seed=seed, settings=limits))
    for fit in fits:
        flags.extend(warning.text for warning in fit.warnings if fit.status != "no_effect")
        flags.extend(fit.flags)
    ejections, not_measured = ejections_of(unit, session, quality, settings) if not unit.multi_unit else (None, "")
    shown = tuple(dict.fromkeys((*flags, *filter(None, (not_measured,)))))
    confirming = tuple(text for text in map(drug_evidence, responses) if text)
    return CellAnalysis(
        unit,
        quality,
        stability,
        classification,
        responses,
        fits,
        shown,
        rhythms=rhythms,
        firing=firing,
        confirming=confirming,
        drift=drift,
        reversals=reversals_of(unit, session, responses, quality, settings) if not unit.multi_unit else (),
        recoveries=recoveries_of(unit, session, responses, settings),
        ejections=ejections,
    )


def corrected_cell(cell: CellAnalysis, curated: CuratedUnits) -> CellAnalysis:
    """Say what a person did to the unit; the numbers are not touched."""
    entries = curated.entries.get(cell.unit.id, ())
    call, excluded = curated.last(cell.unit.id, OverrideCall), curated.last(cell.unit.id, ExcludeCell)
    flags = tuple(f"corrected by hand: {entry.text}" for entry in entries)
    return replace(
        cell,
        flags=(*flags, *cell.flags),
        corrections=tuple(entry.text for entry in entries),
        call_by_hand=call.operation.call if call and isinstance(call.operation, OverrideCall) else "",
        excluded=f"{excluded.reason} ({excluded.signature})" if excluded else "",
    )


def _session_corrections(log: CurationLog, session: Session) -> tuple[str, ...]:
    """What a person changed that no unit's own flags can say: the drug record, and units that are no more."""
    totals = {given.drug for given in session.protocol.administrations if given.dose_kind == "cumulative"}
    notes = []
    for entry in log.active:
        if isinstance(entry.operation, UnitOperation) and not isinstance(entry.operation, Delete):
            continue
        stand = isinstance(entry.operation, DeleteDose | EditDose) and entry.operation.drug.lower() in totals
        notes.append(
            f"corrected by hand: {entry.text}{'; typed as totals, so the later totals stand' if stand else ''}"
        )
    return tuple(notes)


def _response(
    unit: Unit, session: Session, drug: str, quality: UnitQuality, stability: Stability, settings: Settings
) -> DoseResponse:
    """Read out one drug's series, with the share of spikes found in every window."""
    readouts = (settings.readout, *(other for _, other in other_readouts(settings.readout)))
    planned = {epoch for r in readouts for _, epoch in plan_windows(session.protocol, drug, r, unit=unit)}
    untreated, own = session.protocol.baseline, series_baseline(session.protocol, settings.readout)
    if own not in (None, untreated):  # an antagonist came first: the doses have a baseline after it
        stability = assess_stability(unit, own, seed=settings.analysis.seed, settings=settings.stability)
    return dose_response(
        unit,
        session.protocol,
        drug=drug,
        settings=settings.readout,
        fate=quality.fate,
        completeness=completeness_of_windows(unit, planned.union(filter(None, (untreated, own)))),
        false_hz=quality.false_spikes.used_hz,
        stability=stability,
        subject=session.subject,
    )


def unit_flags(unit: Unit) -> tuple[str, ...]:
    """Say what the spikes are, where they are not a cell's."""
    return ("multi-unit: not isolated to one cell",) if unit.multi_unit else ()


def _notes(session: Session, baseline: Epoch | None, settings: Settings) -> tuple[str, ...]:
    """What to know about the session as a whole."""
    anaesthetic = session.subject.anaesthetic
    notes = [*session.doubts, *baseline_notes(session.protocol, anaesthetic=anaesthetic, settings=settings.stability)]
    if baseline is None:
        first = session.protocol.administrations[0]
        notes.append(
            f"no baseline: the first mark ({first.drug!r} at {first.start_s:g} s) stands at the start of the recording"
        )
    notes.extend((*preset_notes(session, settings), *wire_notes(session, settings), *band_notes(session)))
    if not session.protocol.drugs:
        notes.append("no agonist in the drug record: no dose-response; give a dose table")
    return tuple(notes)
