"""Units of one session that are sorted once, and kept beside its results as a batch keeps those of a cohort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ephys.batch.keys import units_key
from ephys.batch.store import FOLDER, Store
from ephys.io.companions import recording_sources
from ephys.model import Session, Unit
from ephys.pipeline import wants_sorting
from ephys.settings import Settings
from ephys.sorting import sort_units


def sort_once(
    session: Session,
    settings: Settings,
    files: Sequence[Path],
    folder: Path,
    *,
    joined_at_s: Sequence[float] | None = None,
    progress: bool = False,
    jobs: int | None = None,
) -> tuple[Unit, ...] | None:
    """Sort a session's voltage, unless an earlier call did, with the same files, settings and version.

    Parameters
    ----------
    session : Session
        As it was read from the files.
    settings : Settings
        Of every step.
    files : sequence of Path
        Of the recording.
    folder : Path
        Of the session's results; units are kept in a hidden folder there.
    joined_at_s : sequence of float, optional
        Where several files lie on the first one's clock, where somebody said so.
    progress : bool, optional
        Show progress bars.
    jobs : int, optional
        As for `sort_units`.

    Returns
    -------
    tuple of Unit or None
        ``None`` where no sorting is asked for, or there is no voltage.
    """
    recording = session.recording
    if recording is None or not wants_sorting(session, settings):
        return None
    store = Store(folder / FOLDER)
    sources = [store.known(source) for source in recording_sources(tuple(files))]
    key = units_key(replace(settings, reading=session.reading), sources, joined_at_s=joined_at_s)
    return store.sorted_once(
        key,
        lambda: sort_units(recording, settings.sorting, settings.analysis.seed, progress=progress, jobs=jobs),
    )
