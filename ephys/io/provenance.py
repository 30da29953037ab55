"""Where a result comes from: versions, machine, seed, settings, checksums of the inputs."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

import ephys
from ephys.analysis import SessionAnalysis, SessionClassification
from ephys.classification import LearnedClassifier, preset_tables
from ephys.io.checksums import source_of
from ephys.io.curation import curation_facts
from ephys.model import Source
from ephys.sorting.foreign import SPIKEINTERFACE, packages_of

_PACKAGES = ("numpy", "scipy", "scikit-learn", "pandas", "neo", "elephant", "quantities", "pynwb", "matplotlib")


def collect_provenance(
    analysis: SessionAnalysis,
    *,
    command: str = "",
    curation: str | os.PathLike[str] | None = None,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Collect what is needed to get the same numbers again.

    Parameters
    ----------
    analysis : SessionAnalysis
        The result; it knows its settings, seed and sources.
    command : str, optional
        The command line that made it.
    curation : path, optional
        The file of the corrections, where they came from one.
    now : datetime, optional
        When it was made; by default now.

    Returns
    -------
    dict
        Of plain values, as `write_results` writes it to ``provenance.json``.
    """
    corrections = (source_of(curation),) if curation else ()
    return _origin(analysis, (*analysis.session.sources, *corrections), command, now) | {
        "curation": curation_facts(analysis.curation)
    }


def classification_provenance(
    calls: SessionClassification, *, command: str = "", now: datetime | None = None
) -> dict[str, Any]:
    """Collect what is needed to get the same calls again. Parameters as in `collect_provenance`."""
    return _origin(calls, calls.session.sources, command, now)


def _origin(
    result: SessionAnalysis | SessionClassification, inputs: Iterable[Source], command: str, now: datetime | None
) -> dict[str, Any]:
    """Versions, machine, seed, settings, checksums; and the limits themselves where they are a laboratory's own."""
    own = result.preset.endswith(".toml")
    return circumstances(command, now, packages=_further_packages(result)) | {
        "session": result.session.id,
        "seed": result.settings.analysis.seed,
        "preset": {"name": result.preset} | ({"tables": preset_tables(result.preset)} if own else {}),
        "classifier": _classifier_facts(result.classifier) if result.classifier else None,
        "inputs": [source.as_dict() for source in inputs],
        "settings": result.settings.as_dict(),
    }


def _further_packages(result: SessionAnalysis | SessionClassification) -> tuple[str, ...]:
    """Packages that not every result rests on: SpikeInterface, where one of its sorters was asked, or gave units."""
    cells = result.cells if isinstance(result, SessionAnalysis) else ()
    brought = any(SPIKEINTERFACE in cell.unit.origin for cell in cells)
    return packages_of(SPIKEINTERFACE if brought else result.settings.sorting.sorter)


def circumstances(command: str, now: datetime | None, *, packages: Iterable[str] = ()) -> dict[str, Any]:
    """Program, machine, time and command: where and when a result was made, and by what, `packages` among it."""
    return {
        "ephys": ephys.__version__,
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "packages": {name: _version(name) for name in (*_PACKAGES, *packages)},
        "created_at": (now or datetime.now(UTC)).isoformat(timespec="seconds"),
        "command": command,
    }


def _version(package: str) -> str:
    """Version of a package, in words where it is not here."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _classifier_facts(classifier: LearnedClassifier) -> dict[str, Any]:
    """What a classifier was made from and how it decides, and a checksum of all of it."""
    whole = asdict(classifier)
    checksum = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
    return {"sha256": checksum} | {name: whole[name] for name in ("features", "settings", "provenance")}
