"""The log of a results folder is never lost: what is typed to begin from it."""

from __future__ import annotations

from pathlib import Path

import ephys


def check_log_kept(folder: Path, log: ephys.CurationLog | None) -> None:
    """Raise before the work begins if its results would write over corrections of a folder.

    Raises
    ------
    CurationError
        If so, or what is there cannot be read.
    """
    from ephys.io.kept_log import check_kept  # here: it brings in all of the reading

    check_kept(folder, log, advice="begin from it (--curation {0}), or write elsewhere (--out)")
