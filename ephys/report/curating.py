"""Where correcting begins: a session, what was found in it, and a log to go on from."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from getpass import getuser

from ephys.classification import LearnedClassifier
from ephys.classification.classifier import check_engine
from ephys.model import Session, Unit
from ephys.pipeline import wants_sorting
from ephys.pipeline.gathering import as_read, gather_units, log_of
from ephys.report.blind_view import Veil, errors_hidden
from ephys.report.curation import Curation
from ephys.report.curation_state import CurationState
from ephys.settings import Settings
from ephys.sorting import CurationLog, sort_units


def curate(
    session: Session,
    settings: Settings | None = None,
    *,
    log: CurationLog | None = None,
    by: str = "",
    units: Sequence[Unit] | None = None,
    classifier: LearnedClassifier | None = None,
    blind: bool = False,
) -> Curation:
    """Begin, or go on, correcting the units and the drug record of a session.

    Parameters
    ----------
    session : Session
        As `read_session` or a simulation gives it.
    settings : Settings, optional
        Of every step.
    log : CurationLog, optional
        Corrections to begin from.
    by : str, optional
        Who signs the entries; by default the login name.
    units : sequence of Unit, optional
        What `sort_units` found in the session's voltage before, with these settings; without it, it is sorted here.
    classifier : LearnedClassifier, optional
        One of your own for the 5-HT call: it stands beside, or decides where the settings say so.
    blind : bool, optional
        Show no name of session, animal, group or drug, and no dose: marks are "mark 1", "mark 2"... What an error or
        an earlier reason could tell is hidden, too. The log is the ordinary one, and does name them.

    Returns
    -------
    Curation

    Raises
    ------
    ParameterError
        If there is neither voltage nor a unit, or a classifier is to decide and none is given.
    CurationError
        If the log is of another session, or cannot be replayed.

    Examples
    --------
    >>> from ephys.model import DoseProtocol, Epoch, Support
    >>> whole = Epoch(0.0, 100.0)
    >>> pair = [Unit.from_times([i + 0.1 * n for i in range(99)], support=whole, id=str(n)) for n in (1, 2)]
    >>> curation = curate(Session("demo", DoseProtocol((), Support.of(whole)), units=tuple(pair)), by="A. Name")
    >>> curation.merge(1, 2, reason="one bursting cell").units
    (Unit('1': 198 spikes in 100 s, 1.98 Hz),)
    >>> curation.undo().log
    CurationLog('demo': 2 units, 0 corrections, 1 undone)
    """
    chosen = settings or Settings()
    check_engine(chosen.classification, classifier)
    veil = Veil.over(session) if blind else None
    with errors_hidden("the session cannot be corrected") if veil else nullcontext():
        chosen = as_read(session, chosen)
        begun = log_of(session, log)
        found = units if units is not None else _sorted(session, chosen)
        gathered = gather_units(session, chosen, found=found)
    if not begun.entries:
        begun = CurationLog.begin(session.id, gathered, by=begun.by)
    seen = veil.session(session) if veil else session
    state = CurationState.replayed(
        begun, session=seen, settings=chosen, found=gathered, from_wire=found, classifier=classifier, veil=veil
    )
    return Curation(state, by=by or begun.by or _login())


def _sorted(session: Session, settings: Settings) -> Sequence[Unit] | None:
    """What is found in the voltage; ``None`` where it is not asked for, or there is none."""
    if session.recording is None or not wants_sorting(session, settings):
        return None
    return sort_units(session.recording, settings.sorting, settings.analysis.seed)


def _login() -> str:
    """Login name; empty where there is none."""
    try:
        return getuser()
    except (OSError, KeyError, ImportError):
        return ""
