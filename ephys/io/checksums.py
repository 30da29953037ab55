"""Checksums of the files that a result rests on."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ephys.model import Source

CHANGED = "not known: the file was changed, moved or deleted after it was read"
"""What stands in place of a checksum that would be of another content."""


@dataclass(frozen=True, slots=True)
class _Digest:
    """Reckons the checksum of a file or folder when it is asked for, if it is still the one that was read."""

    path: Path
    files: tuple[tuple[Path, int, int], ...]

    def __call__(self) -> str:
        """SHA-256 of the content, in hexadecimal digits."""
        try:
            return _sha256(self) if self == _digest(self.path) else CHANGED
        except OSError:
            return CHANGED


def source_of(path: str | os.PathLike[str]) -> Source:
    """File or folder as named, with the SHA-256 of its content, which is reckoned when it is asked for.

    That of a folder is of the names and checksums of the files in it. Where the content is no longer what was read,
    words stand in place of the checksum.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "empty.csv"
    ...     file.touch()
    ...     source_of(file).sha256[:12]
    'e3b0c44298fc'
    """
    return Source(str(path), _digest(Path(path).absolute()))


def state_of(path: str | os.PathLike[str]) -> str:
    """Digest of a file's (or folder's) names, sizes and times of change: while it is the same, so is the content."""
    state = _digest(Path(path).absolute()).files
    listed = "".join(f"{file} {size} {changed}\n" for file, size, changed in state)
    return hashlib.sha256(listed.encode()).hexdigest()


def _digest(path: Path) -> _Digest:
    """Return what will reckon the checksum of a file or folder as it is now: names, sizes, times of change."""
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    return _Digest(path, tuple((file, file.stat().st_size, file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=256)
def _sha256(digest: _Digest) -> str:
    """SHA-256 of a file, or of the list of a folder's files; the same file is not read twice."""
    if not digest.path.is_dir():
        return _sha256_of_file(digest.path)
    listed = (f"{_sha256_of_file(file)}  {file.relative_to(digest.path)}\n" for file, _, _ in digest.files)
    return hashlib.sha256("".join(listed).encode()).hexdigest()


def _sha256_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
