"""Files that are either whole or not there."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HOST = hashlib.sha256(platform.node().encode()).hexdigest()[:8]
"""This machine, in a temporary name: a folder may be shared by the nodes of a cluster."""
_TEMPORARY = re.compile(r"\.(?P<name>.+)-(?P<host>[0-9a-f]{8})-(?P<process>\d+)-[0-9a-f]{8}(\.[^.]*)?")
_DAY_S = 86400.0


def temporary_beside(final: Path, stem: str, suffix: str = "") -> Path:
    """Name beside the final one that tells who writes there."""
    return final.with_name(f".{stem}-{_HOST}-{os.getpid()}-{os.urandom(4).hex()}{suffix}")


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
    temporary = temporary_beside(final, final.stem, final.suffix)
    try:
        yield temporary
        temporary.replace(final)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write a text file, whole, in UTF-8; return its path."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return Path(path)


def clear_leftovers(folder: str | os.PathLike[str], *, of: str = "") -> None:
    """Delete what killed processes left half-written in a folder.

    Theirs is what a process of this machine wrote that is no more, and anything older than a day.

    Parameters
    ----------
    folder : path
        Where to look; it need not be there.
    of : str, optional
        Name of the file or folder that was to be written; by default any.
    """
    for path in Path(folder).glob(".*"):
        found = _TEMPORARY.fullmatch(path.name)
        if found and found["name"].lstrip(".").startswith(of) and _is_left(path, found["host"], int(found["process"])):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _is_left(path: Path, host: str, process: int) -> bool:
    """Whether nobody writes to a temporary file or folder any more."""
    try:
        if time.time() - path.stat().st_mtime > _DAY_S:
            return True
    except FileNotFoundError:
        return False  # its process has just finished
    return host == _HOST and not _is_running(process)


def _is_running(process: int) -> bool:
    """Whether a process of this machine is there and alive; Windows does not tell."""
    if sys.platform == "win32":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is somebody else's
    return not _is_zombie(process)


def _is_zombie(process: int) -> bool:
    """Whether a process has ended, and nobody has asked how; Linux alone tells."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(") ")[2].startswith("Z")
    except OSError:
        return False
