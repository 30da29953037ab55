"""The recordings in a folder, opened to see which units they have and when they began."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ephys.errors import EphysError, ParameterError
from ephys.io.formats import reader_of
from ephys.io.session import read_contents
from ephys.model import ReadingSettings

_TEXT = (".csv", ".tsv", ".txt")
_OF_TABLES = ("drug", "animal", "session")
"""Columns of tables that are no spike times."""
_NEVER = (".xlsx", ".xlsm", ".xls", ".ods", ".toml", ".json", ".md", ".pdf", ".docx", ".png", ".jpg", ".html", ".py")
_PARTS = (".nev", *(f".ns{i}" for i in range(1, 7)))
"""Blackrock's parts of one recording: the first stands for all."""


@dataclass(frozen=True)
class FoundRecording:
    """A recording, its units, and what it says of itself."""

    path: Path
    units: tuple[str, ...]
    started_at: datetime | None
    track: str
    depth_um: str
    order: str


def find_recordings(folder: Path) -> tuple[tuple[FoundRecording, ...], tuple[str, ...]]:
    """Find the recordings in a folder and those below it.

    Parameters
    ----------
    folder : Path
        Where to look.

    Returns
    -------
    recordings : tuple of FoundRecording
        In the order of their paths.
    passed_over : tuple of str
        Files that could not be read as recordings, each with the reason.

    Raises
    ------
    ParameterError
        If there is no such folder.
    """
    if not folder.is_dir():
        raise ParameterError(f"{folder}: no such folder of recordings")
    found: list[FoundRecording] = []
    passed_over: list[str] = []
    for path in [folder] if _is_recording(folder) else _candidates(folder):
        try:
            session = read_contents(path, ReadingSettings()).session
        except (EphysError, OSError) as error:
            passed_over.append(str(error))
            continue
        except Exception as error:  # of a library that a foreign file has confused
            passed_over.append(f"{path}: cannot be read ({type(error).__name__}: {error})")
            continue
        depth = "" if math.isnan(session.depth_um) else f"{session.depth_um:.10g}"
        units = tuple(unit.id for unit in session.units)
        found.append(FoundRecording(path, units, session.started_at, session.track, depth, session.order))
    return tuple(found), tuple(passed_over)


def _candidates(folder: Path) -> Iterator[Path]:
    """Files and folders that may be recordings, in order."""
    parts: set[Path] = set()
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if _is_recording(path):
                yield path
            else:
                yield from _candidates(path)
        elif path.suffix.lower() in _PARTS:
            if path.with_suffix("") not in parts:
                yield path
            parts.add(path.with_suffix(""))
        elif path.suffix.lower() not in _NEVER and not _is_table(path):
            yield path


def _is_recording(folder: Path) -> bool:
    """Whether a folder is one recording as a whole; one with several such folders in it holds them."""
    below = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return _has_reader(folder) and sum(map(_has_reader, below)) <= 1


def _has_reader(folder: Path) -> bool:
    """Whether a format is known for a folder."""
    try:
        reader_of(folder)
    except EphysError:
        return False
    return True


def _is_table(path: Path) -> bool:
    """Whether a text is a table of doses, cells or animals, which has times and units, too."""
    if path.suffix.lower() not in _TEXT:
        return False
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        first = file.readline().lower()
    return any(column in first for column in _OF_TABLES)
