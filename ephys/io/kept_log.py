"""The log of a results folder is never lost: what would write over corrections that it does not have, stops."""

from __future__ import annotations

import json
from pathlib import Path

from ephys.errors import CurationError
from ephys.io.curation import curation_facts, read_curation
from ephys.sorting import CurationLog

LOG = "curation.json"
"""The log, within a folder of results."""


def log_in(folder: Path) -> CurationLog | None:
    """Return the log of a folder; ``None`` where there is none.

    Raises
    ------
    CurationError
        If it cannot be read: half-written, or of a later version.
    """
    path = folder / LOG
    return read_curation(path) if path.exists() else None


def check_kept(folder: Path, log: CurationLog | None, *, may_be_copy: bool = False) -> None:
    """Raise if results with `log` would write over corrections of a folder that are not in it.

    Parameters
    ----------
    folder : Path
        Where results are to be written.
    log : CurationLog or None
        With which they were made.
    may_be_copy : bool, optional
        Let go of what the results there were made with themselves: the log was copied there from another place, which
        a person may have rewritten since.

    Raises
    ------
    CurationError
        If so, or what is there cannot be read.
    """
    there = log_in(folder)
    entries = log.entries if log else ()
    if there is None or there.entries == entries[: len(there.entries)]:
        return
    if may_be_copy and curation_facts(there)["sha256"] == _made_with(folder):
        return
    raise CurationError(
        f"{folder / LOG} has {len(there.entries)} entries that would be lost: begin from it (--curation "
        f"{folder / LOG}; in a cohort's table, column curation), or write elsewhere (--out)"
    )


def _made_with(folder: Path) -> str:
    """Checksum of the log with which the results of a folder were made; empty where they do not say."""
    try:
        said = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))["curation"]
        return str(said["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
