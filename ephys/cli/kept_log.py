"""The log of a results folder is never lost: what would write over corrections that it does not have, stops."""

from __future__ import annotations

from pathlib import Path

import ephys
from ephys.errors import CurationError

LOG = "curation.json"
"""The log, within a folder of results."""


def log_in(folder: Path) -> ephys.CurationLog | None:
    """Return the log of a folder; ``None`` where there is none.

    Raises
    ------
    CurationError
        If it cannot be read: half-written, or of a later version.
    """
    path = folder / LOG
    return ephys.read_curation(path) if path.exists() else None


def check_kept(folder: Path, log: ephys.CurationLog | None) -> None:
    """Raise if results with `log` would write over corrections of a folder that are not in it.

    Raises
    ------
    CurationError
        If so, or what is there cannot be read.
    """
    there = log_in(folder)
    entries = log.entries if log else ()
    if there is not None and there.entries != entries[: len(there.entries)]:
        raise CurationError(
            f"{folder / LOG} has {len(there.entries)} entries that would be lost: begin from it (--curation "
            f"{folder / LOG}), or write elsewhere (--out)"
        )
