"""The log of a results folder is never lost: what would write over corrections that it does not have, stops."""

from __future__ import annotations

import os
from pathlib import Path

from ephys.errors import CurationError
from ephys.io.curation import entries_as_written, read_curation
from ephys.sorting import CurationLog

LOG = "curation.json"
"""The log, within a folder of results."""

_ADVICE = (
    "begin from it (curation=ephys.read_curation(...); of a cohort, column 'curation' of its table), move it, or "
    "write elsewhere"
)


def log_in(folder: str | os.PathLike[str]) -> CurationLog | None:
    """Return the log of a folder; ``None`` where there is none.

    Raises
    ------
    CurationError
        If it cannot be read: half-written, or of a later version.
    """
    path = Path(folder) / LOG
    return read_curation(path) if path.exists() else None


def check_kept(folder: str | os.PathLike[str], log: CurationLog | None, *, advice: str = _ADVICE) -> None:
    """Raise if results with `log` would write over corrections of a folder that are not in it.

    Parameters
    ----------
    folder : path
        Of results; it need not be there.
    log : CurationLog or None
        That is to be written there.
    advice : str, optional
        What to do, with ``{0}`` for the log that is there.

    Raises
    ------
    CurationError
        If so, or what is there cannot be read.
    """
    there = log_in(folder)
    if there is None:
        return
    kept, entries = entries_as_written(there), entries_as_written(log) if log else []
    if kept != entries[: len(kept)]:
        path = Path(folder) / LOG
        raise CurationError(f"{path} has {len(kept)} entries that would be lost: {advice.format(str(path))}")
