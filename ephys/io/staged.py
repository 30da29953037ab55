"""Folders whose files appear together, once all of them are written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ephys.io.atomic import temporary_beside
from ephys.io.kept_log import LOG, check_kept, log_in


@contextmanager
def staged_folder(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """Give an empty folder to write into; move its files into `folder` once the block has ended without an error.

    Results that belong together appear together: an interrupted run leaves what was there before.

    Parameters
    ----------
    folder : path
        Where the files are to be; made if need be.

    Yields
    ------
    Path
        A temporary folder beside it.

    Raises
    ------
    CurationError
        If a log of corrections would be moved over one that has entries which it has not; nothing is moved then.
    """
    final = Path(folder)
    final.parent.mkdir(parents=True, exist_ok=True)
    stage = temporary_beside(final, final.name)
    stage.mkdir()
    try:
        yield stage
        if not final.exists():
            stage.rename(final)  # all at once
            return
        if (stage / LOG).exists():
            check_kept(final, log_in(stage))  # somebody may have corrected meanwhile
        for file in sorted(stage.iterdir()):
            file.replace(final / file.name)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
