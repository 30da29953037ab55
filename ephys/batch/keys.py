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
        Of the recording.
    """
    reading = {name: value for name, value in asdict(job.settings.reading).items() if name not in _OF_MARKS}
    settings = asdict(job.settings.sorting), job.settings.analysis.units, job.settings.analysis.seed
    return _digest("units", code_version(), _content(files), _part(job), reading, settings)


def record_key(job: SessionJob, files: Sequence[Source]) -> str:
    """Digest of all that the record of a job depends on, the cohort's own settings and names of cells left out."""
    settings = {name: value for name, value in asdict(job.settings).items() if name not in OF_THE_COHORT}
    return _digest(
        "record", code_version(), _content(files), _part(job), settings, _doses(job), job.name, job.session,
        source_of(job.curation).sha256 if job.curation else "",
    )  # fmt: skip


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
    """Rows of the dose table that are the session's; the whole table where its name is the file's to say."""
    if job.doses is None:
        return None
    if not job.session:
        return source_of(job.doses).sha256
    return [dict(row.cells) for row in rows_of_session(Path(job.doses), job.session)]


def _content(files: Sequence[Source]) -> list[str]:
    """Checksums: a file that was moved is the same file."""
    return [source.sha256 for source in files]


def _part(job: SessionJob) -> list[float | None]:
    """Bounds of the part, as JSON has them."""
    return [None if math.isnan(bound) else bound for bound in (job.from_s, job.to_s)]


def _digest(*values: Any) -> str:
    """SHA-256 of plain values."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
