"""A session in, the 5-HT call of each of its units out: no dose table is needed."""

from __future__ import annotations

from ephys.analysis import SessionClassification
from ephys.classification import LearnedClassifier
from ephys.errors import ParameterError
from ephys.model import Administration, DoseProtocol, Epoch, Session
from ephys.pipeline.agreeing import call_notes, changes_of_code
from ephys.pipeline.gathering import as_read, band_notes, gather_units, preset_notes, preset_of, unit_notes, wire_notes
from ephys.pipeline.judging import Judge
from ephys.settings import Settings
from ephys.sorting import assess_rhythms

_MOSTLY = 0.99
"""Where less of a window was recorded, it is said (convention)."""

_NO_DRUG = ("anaesthetic", "vehicle", "wash")
"""Roles of what may be given before or within a baseline."""


def classify_session(
    session: Session,
    settings: Settings | None = None,
    *,
    within: Epoch | None = None,
    classifier: LearnedClassifier | None = None,
    progress: bool = False,
    jobs: int | None = None,
) -> SessionClassification:
    """Call each unit of a session serotonergic, uncertain or not.

    Parameters
    ----------
    session : Session
        As `read_session` or a simulation gives it.
    settings : Settings, optional
        Of sorting, rhythms, features and classification.
    within : Epoch, optional
        The window to look at; by default the baseline, and the whole recording where no drug was given.
    classifier : LearnedClassifier, optional
        One of your own, which stands beside, or decides where the settings say so.
    progress, jobs : bool, int, optional
        As in `analyse_session`.

    Returns
    -------
    SessionClassification

    Raises
    ------
    ParameterError
        If there is neither voltage nor a unit, nothing was recorded in the window, or a drug was given before its end:
        what the drug did must not enter the call.

    Examples
    --------
    >>> from ephys.model import Support, Unit
    >>> whole = Epoch(0.0, 100.0)
    >>> unit = Unit.from_times([0.5 + i for i in range(99)], support=whole)
    >>> classify_session(Session("demo", DoseProtocol((), Support.of(whole)), units=(unit,)))
    SessionClassification('demo': 0 serotonergic, 1 uncertain, 0 not serotonergic)
    """
    settings = as_read(session, settings or Settings())
    window = within or session.protocol.baseline
    held = () if window is None else _held_marks(session.protocol, window)
    units = gather_units(session, settings, progress=progress, jobs=jobs)
    preset, seed = preset_of(session, settings), settings.analysis.seed
    notes = [*session.doubts, *preset_notes(session, settings), *wire_notes(session, settings)]
    notes += [*band_notes(session), *unit_notes(units), *held]
    notes += call_notes(changes_of_code(units, both=settings.analysis.units == "both"))
    if window is None:
        notes.append("no baseline: nothing was recorded before the first mark, so no call; draw a window (--within)")
        return SessionClassification(session, settings, preset, None, (), tuple(notes), classifier)
    covered_s = session.support.covered_s(window)
    if covered_s < _MOSTLY * window.duration_s:
        notes.append(f"{covered_s:.0f} s of the window of {window.duration_s:.0f} s were recorded")
    seen = tuple(unit for unit in units if unit.support.covered_s(window))
    notes.extend(f"unit {unit.id}: not recorded in the window, so no call" for unit in units if unit not in seen)
    rhythms = assess_rhythms(session, seen, within=window, settings=settings.rhythms, seed=seed)
    judge = Judge(preset, settings, classifier)
    calls = tuple(judge.call(unit, window, one) for unit, one in zip(seen, rhythms, strict=True))
    return SessionClassification(session, settings, preset, window, calls, tuple(notes), classifier)


def _held_marks(protocol: DoseProtocol, window: Epoch) -> tuple[str, ...]:
    """Say what else was given before the end of a window.

    Raises
    ------
    ParameterError
        If nothing was recorded in it, or a drug was given before its end: a window that somebody drew.
    """
    if not protocol.recorded.covered_s(window):
        raise ParameterError(
            f"nothing was recorded from {window.start_s:g} to {window.stop_s:g} s; the recording runs from "
            f"{protocol.recorded.start_s:g} to {protocol.recorded.stop_s:g} s"
        )
    before = [given for given in protocol.administrations if given.start_s < window.stop_s]
    for given in before:
        if given.role not in _NO_DRUG and not _is_unread(given):
            raise ParameterError(
                f"the window {window.start_s:g} to {window.stop_s:g} s holds what {given.drug} at {given.start_s:g} s "
                "did: the drug response must not enter the call. End the window before it"
            )
    marks = (f"the mark {given.text or given.drug!r} at {given.start_s:g} s" for given in before if _is_unread(given))
    within = (
        f"{given.drug} ({given.role}) at {given.start_s:g} s"
        for given in before
        if given.role in _NO_DRUG and given.end_s >= window.start_s
    )
    return (
        *(f"before the end of the window stands {mark}: if it is a drug, its effect enters the call" for mark in marks),
        *(f"the window holds {given}" for given in within),
    )


def _is_unread(given: Administration) -> bool:
    """Whether it is a mark of which nobody said what it is."""
    return given.role == "other" and given.source == "mark"
