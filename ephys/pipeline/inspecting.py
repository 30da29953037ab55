"""Curated units in, what is to be seen of each out: the call and the quality, and nothing of what a drug did."""

from __future__ import annotations

from ephys.analysis import CellAnalysis
from ephys.classification import LearnedClassifier
from ephys.model import Epoch, Session, Unit, UnitRhythms
from ephys.pipeline.analysing import NO_BASELINE, NOT_IN_BASELINE, corrected_cell, unit_flags, unmeasured
from ephys.pipeline.gathering import preset_of
from ephys.pipeline.judging import Judge
from ephys.settings import Settings
from ephys.sorting import assess_quality, assess_rhythms
from ephys.sorting.curation import CuratedUnits


def inspect_units(
    curated: CuratedUnits, session: Session, settings: Settings, *, classifier: LearnedClassifier | None = None
) -> tuple[CellAnalysis, ...]:
    """Judge each unit on the baseline, for the eye that corrects: no response is read and no curve fitted.

    Parameters
    ----------
    curated : CuratedUnits
        Units after a log was replayed.
    session : Session
        With the drug record as curated.
    settings : Settings
        Of every step.
    classifier : LearnedClassifier, optional
        One of the user's own for the 5-HT call: it stands beside, or decides where the settings say so.

    Returns
    -------
    tuple of CellAnalysis
        Without responses and fits: to choose corrections by their effect on an ID50 would be circular.
    """
    baseline = session.protocol.baseline
    if baseline is None:
        return tuple(corrected_cell(unmeasured(unit, NO_BASELINE), curated) for unit in curated.units)
    judge = Judge(preset_of(session, settings), settings, classifier)
    seed = settings.analysis.seed
    rhythms = assess_rhythms(session, curated.units, within=baseline, settings=settings.rhythms, seed=seed)
    return tuple(
        corrected_cell(_judged(unit, baseline, one, judge), curated)
        for unit, one in zip(curated.units, rhythms, strict=True)
    )


def _judged(unit: Unit, baseline: Epoch, rhythms: UnitRhythms, judge: Judge) -> CellAnalysis:
    """Call and quality of one unit."""
    if not unit.support.covered_s(baseline):
        return unmeasured(unit, NOT_IN_BASELINE)
    quality = assess_quality(unit, within=baseline, settings=judge.settings.quality)
    call = judge.call(unit, baseline, rhythms)
    doubts = [criterion.note for criterion in call.criteria if criterion.name == "rhythm" and criterion.note]
    flags = tuple(dict.fromkeys((*unit_flags(unit), *doubts, *quality.flags, *rhythms.flags)))
    return CellAnalysis(unit, quality, None, call, (), (), flags, rhythms=rhythms)
