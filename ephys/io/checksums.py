"""Checksums of the files that a result rests on."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ephys.model import Source


def source_of(path: str | os.PathLike[str]) -> Source:
    """File as named, with the SHA-256 of its content; of a folder, that of its files' names and checksums.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "empty.csv"
    ...     file.touch()
    ...     source_of(file).sha256[:12]
    'e3b0c44298fc'
    """
    if Path(path).is_dir():
        files = sorted(file for file in Path(path).rglob("*") if file.is_file())
        listed = "".join(f"{source_of(file).sha256} {file.relative_to(path).as_posix()}\n" for file in files)
        return Source(str(path), hashlib.sha256(listed.encode()).hexdigest())
    with Path(path).open("rb") as file:
        return Source(str(path), hashlib.file_digest(file, "sha256").hexdigest())
