"""What a session's result depends on, as one digest: the same digest, the same result."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import ephys
from ephys.batch.jobs import OF_THE_COHORT, SessionJob
from ephys.io import source_of
from ephys.io.doses import rows_of_session
from ephys.model import Source
from ephys.settings import Settings
from ephys.sorting.foreign import packages_of

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "pandas", "neo", "pynwb")
_SOURCES = (".py", ".toml", ".csv")
_OF_MARKS = ("legend", "stocks", "weight_g", "dose_kind", "subject", "clock_offset_s")
"""What is said of a file that moves no spike."""


def sorting_key(job: SessionJob, files: Sequence[Source]) -> str:
    """Digest of all that the sorted units of a job depend on.

    Parameters
    ----------
    job : SessionJob
    files : sequence of Source
        Of the recording, and of what lies beside it.
    """
    return units_key(job.settings, files, part=_part(job))


def units_key(
    settings: Settings,
    files: Sequence[Source],
    *,
    part: Sequence[float | None] = (None, None),
    joined_at_s: Sequence[float] | None = None,
) -> str:
    """Digest of all that the sorted units of a recording depend on.

    Parameters
    ----------
    settings : Settings
        With what is said of the file.
    files : sequence of Source
        Of the recording, and of what lies beside it.
    part : sequence of (float or None), optional
        Bounds of the part of it that is meant.
    joined_at_s : sequence of float, optional
        Where several files lie on the first one's clock, where somebody said so.
    """
    reading = {name: value for name, value in asdict(settings.reading).items() if name not in _OF_MARKS}
    of_sorting = asdict(settings.sorting), settings.analysis.units, settings.analysis.seed
    placed = None if joined_at_s is None else list(joined_at_s)
    return _digest("units", code_version(), _sorter(settings), _content(files), list(part), reading, of_sorting, placed)


def record_key(job: SessionJob, files: Sequence[Source]) -> str:
    """Digest of all that the record of a job depends on, the cohort's own settings and names of cells left out."""
    settings = {name: value for name, value in asdict(job.settings).items() if name not in OF_THE_COHORT}
    first = job.cells[0]
    placed = first.track, _known(first.depth_um), first.order, str(job.started_at or "")
    beside = [path and source_of(path).sha256 for path in (job.curation, own_preset(job.settings))]
    return _digest(
        "record", code_version(), _sorter(job.settings), _content(files), _part(job), settings, _doses(job), job.name,
        job.session, placed, beside,
    )  # fmt: skip


def _sorter(settings: Settings) -> list[str]:
    """Versions of what another sorter rests on; none for our own."""
    return [f"{name} {metadata.version(name)}" for name in packages_of(settings.sorting.sorter)]


def own_preset(settings: Settings) -> Path | None:
    """File of a laboratory's own limits; ``None`` where they are the package's."""
    name = settings.analysis.preset
    return Path(name) if name.endswith(".toml") else None


def further_sources(job: SessionJob) -> tuple[Source, ...]:
    """Files that a job's record rests on beside the recording: doses, corrections, settings, a laboratory's limits."""
    others = (job.doses, job.curation, job.cells[0].settings, own_preset(job.settings))
    return tuple(source_of(path) for path in others if path)


@cache
def code_version() -> str:
    """Version of the package, of the libraries that numbers come from, and a digest of the code itself.

    Two states of the code under one version number do not share results.
    """
    versions = [f"{name} {metadata.version(name)}" for name in _LIBRARIES]
    code = hashlib.sha256()
    for name, content in _code(resources.files("ephys"), ""):
        code.update(f"{name}\n{hashlib.sha256(content).hexdigest()}\n".encode())
    return f"ephys {ephys.__version__} {code.hexdigest()[:16]}, {', '.join(versions)}"


def _code(folder: Traversable, above: str) -> list[tuple[str, bytes]]:
    """Every source file of the package by its name, in order."""
    found: list[tuple[str, bytes]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{above}{entry.name}"
        if entry.is_dir():
            found += _code(entry, f"{name}/")
        elif entry.name.endswith(_SOURCES):
            found.append((name, entry.read_bytes()))
    return found


def _doses(job: SessionJob) -> object:
    """Rows of the dose table that are the session's; the whole table where its name is the file's to say.

    How a comma in them is read is told by the other rows, too.
    """
    if job.doses is None:
        return None
    if not job.session:
        return source_of(job.doses).sha256
    rows = rows_of_session(Path(job.doses), job.session)
    return [(dict(row.cells), row.decimal_comma, row.sure_comma, row.parted_point) for row in rows]


def _content(files: Sequence[Source]) -> list[str]:
    """Checksums: a file that was moved is the same file."""
    return [source.sha256 for source in files]


def _part(job: SessionJob) -> list[float | None]:
    """Bounds of the part, as JSON has them."""
    return [_known(bound) for bound in (job.from_s, job.to_s)]


def _known(value: float) -> float | None:
    """Number as JSON has it; ``None`` where it is not stated."""
    return None if math.isnan(value) else value


def _digest(*values: Any) -> str:
    """SHA-256 of plain values."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
