"""Where the answers of a cohort come from: versions, machine, command, seed, and the checksum of every input."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from ephys.analysis import CohortAnalysis
from ephys.batch.jobs import OF_THE_COHORT
from ephys.batch.keys import code_version
from ephys.io import source_of
from ephys.io.provenance import circumstances
from ephys.sorting.foreign import packages_of


def collect_cohort_provenance(
    analysis: CohortAnalysis, *, command: str = "", now: datetime | None = None
) -> dict[str, Any]:
    """Collect what is needed to get the same numbers again.

    Parameters
    ----------
    analysis : CohortAnalysis
        The result; it knows its settings, seed, tables and files.
    command : str, optional
        The command line that made it.
    now : datetime, optional
        When it was made; by default now.

    Returns
    -------
    dict
        Of plain values, as `write_cohort` writes it to ``provenance.json``.
    """
    return circumstances(command, now, packages=packages_of(analysis.settings.sorting.sorter)) | {
        "code": code_version(),
        "run": run_key(analysis),
        "seed": analysis.settings.analysis.seed,
        "cohort": [source.as_dict() for source in analysis.cohort.sources],
        "sessions": [
            {"session": one.session, "key": one.key, "files": [source.as_dict() for source in one.sources]}
            for one in analysis.sessions
        ],
        "failures": [str(failure) for failure in analysis.failures],
        "settings": analysis.settings.as_dict(),
        "curation": {
            cell.session.session: source_of(cell.planned.curation).sha256
            for cell in analysis.cells
            if cell.planned.curation and cell.planned.curation.exists()
        },
    }


def placed_in(provenance: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Provenance whose tables of the cohort are found again, with the results moved beside them or alone."""
    tables = [
        {**table, "absolute": str(Path(table["path"]).absolute()), "relative": _relative(table["path"], folder)}
        for table in provenance["cohort"]
    ]
    return {**provenance, "cohort": tables}


def _relative(path: str, folder: Path) -> str:
    """Path as seen from a folder; empty where they are on different drives."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return ""


def run_key(analysis: CohortAnalysis) -> str:
    """Digest of all that the tables of a cohort rest on: the same key, the same tables.

    Parameters
    ----------
    analysis : CohortAnalysis
    """
    settings = {name: value for name, value in asdict(analysis.settings).items() if name in OF_THE_COHORT}
    rests_on = [
        code_version(),
        settings,
        [source.sha256 for source in analysis.cohort.sources],
        [record.key for record in analysis.sessions],
        [str(failure) for failure in analysis.failures],
        [analysis.settings.fit.level, analysis.settings.analysis.seed],
    ]
    return hashlib.sha256(json.dumps(rests_on, sort_keys=True).encode()).hexdigest()[:16]
