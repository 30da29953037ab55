"""Files that are either whole or not there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary name beside `path`; move it into place once the block has ended without an error.

    A job that is killed leaves no half-written file under the final name.

    Parameters
    ----------
    path : path
        Where the file is to be; its folder is made if need be.

    Yields
    ------
    Path
        The name to write to, in the same folder and with the same suffix.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_path(Path(folder) / "fits.csv") as temporary:
    ...         _ = temporary.write_text("unit,id50")
    ...     [file.name for file in Path(folder).iterdir()]
    ['fits.csv']
    """
    final = Path(path)
    final.parent.mkdir(parents=True, exist_ok=True)
    temporary = final.with_name(f".{final.stem}-{os.getpid()}-{os.urandom(4).hex()}{final.suffix}")
    try:
        yield temporary
        temporary.replace(final)
    finally:
        temporary.unlink(missing_ok=True)


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
    """
    final = Path(folder)
    final.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f".{final.name}-", dir=final.parent))
    try:
        yield stage
        final.mkdir(exist_ok=True)
        for file in sorted(stage.iterdir()):
            file.replace(final / file.name)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write a text file, whole, in UTF-8; return its path."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return Path(path)
