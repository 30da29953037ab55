"""Where a result comes from: versions, machine, seed, settings, checksums of the inputs."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

import ephys
from ephys.analysis import SessionAnalysis
from ephys.io.checksums import source_of
from ephys.io.curation import curation_facts

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
    corrections = [source_of(curation)] if curation else []
    return {
        "ephys": ephys.__version__,
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "packages": {name: metadata.version(name) for name in _PACKAGES},
        "created_at": (now or datetime.now(UTC)).isoformat(timespec="seconds"),
        "command": command,
        "session": analysis.session.id,
        "seed": analysis.settings.analysis.seed,
        "preset": analysis.preset,
        "inputs": [asdict(source) for source in (*analysis.session.sources, *corrections)],
        "curation": curation_facts(analysis.curation),
        "settings": analysis.settings.as_dict(),
    }
