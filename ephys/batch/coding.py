"""What is written of a blind cohort: tables, figures, answers, provenance and reports, under codes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from ephys.analysis import CohortAnalysis, SessionRecord
from ephys.batch.blinding import HIDDEN, Blinding
from ephys.batch.nameless import NAMELESS, WITHHELD, coded_files
from ephys.batch.working import KEY
from ephys.io import staged_folder
from ephys.io.atomic import write_text
from ephys.io.file_names import file_name
from ephys.settings import Settings

_WHOSE = ("session", "animal", "cell")
"""Columns that are under codes already."""
_DRUGS = ("drug", "agonist", "given", "group", "reference")
"""Columns that may hold the name of a drug and nothing else."""
_KEPT = ("ephys", "python", "platform", "packages", "created_at", "code", "run", "seed")
"""What provenance says that tells nothing of an animal."""


def coded_tables(tables: Mapping[str, pd.DataFrame], blinding: Blinding) -> dict[str, pd.DataFrame]:
    """Tables with codes in every text.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Of a cohort whose groups, animals, sessions and cells are under codes.
    blinding : Blinding
    """
    return {
        name: frame.assign(**{
            str(column): [_coded(value, str(column), blinding) for value in frame[column]]
            for column in frame.columns
            if not is_numeric_dtype(frame[column]) and column not in _WHOSE
        })
        for name, frame in tables.items()
    }  # fmt: skip


def _coded(value: Any, column: str, blinding: Blinding) -> Any:
    """Value with codes, if it is a text."""
    if not isinstance(value, str):
        return value
    return blinding.cell(value) if column in _DRUGS else blinding.text(value)


def coded_provenance(provenance: Mapping[str, Any], blinding: Blinding, settings: Settings) -> dict[str, Any]:
    """Provenance without command, paths and checksums of files: who has the files could tell them by these.

    Parameters
    ----------
    provenance : mapping
        As `collect_cohort_provenance` gives it for an analysis under codes.
    blinding : Blinding
    settings : Settings
        As they are: of those that would tell, a checksum is kept that only the key can check.
    """
    return {name: provenance[name] for name in _KEPT} | {
        "blind": blinding.id,
        "command": HIDDEN,
        "cohort": [{"path": HIDDEN}],
        "sessions": [{"session": each["session"]} for each in provenance["sessions"]],
        "failures": [blinding.text(each) for each in provenance["failures"]],
        "settings": blinding.values(provenance["settings"]),
        "curation": {session: sealed(sha256, blinding.secret) for session, sha256 in provenance["curation"].items()},
        "withheld": withheld(settings.as_dict(), blinding.secret),
    }


def withheld(settings: Mapping[str, Any], secret: str) -> dict[str, str]:
    """Sealed values of the settings that would tell, by name."""
    named = {name: name.split(".") for name in WITHHELD}
    return {name: sealed(settings[step][setting], secret) for name, (step, setting) in named.items()}


def sealed(value: Any, secret: str) -> str:
    """Checksum of a value that only those who have the secret can make.

    >>> sealed("control", "one") == sealed("control", "other")
    False
    """
    return hashlib.sha256(json.dumps([secret, value]).encode()).hexdigest()


def record_mark(record: SessionRecord, blinding: Blinding) -> str:
    """What tells the record that a coded report is of; of which files it is, it tells to nobody."""
    return sealed(record.key, blinding.secret)


def write_coded_reports(analysis: CohortAnalysis, reports: Path, folder: Path, blinding: Blinding) -> None:
    """Write the sessions' reports under codes.

    Parameters
    ----------
    analysis : CohortAnalysis
        Under codes.
    reports : Path
        Folder of the key, in which the reports without names are.
    folder : Path
        Of the sessions' reports, within the results.
    blinding : Blinding
    """
    names = {code: name for name, code in blinding.codes.get("session", {}).items()}
    whose = {cell.session.session: cell for cell in analysis.cells}
    for session, cell in whose.items():
        codes = {"session": session, "animal": cell.planned.animal, "group": cell.planned.group}
        files = coded_files(reports / NAMELESS / file_name(names[session]), blinding, codes)
        with staged_folder(folder / session) as stage:
            for name, text in files.items():
                write_text(stage / name, text)
            write_text(stage / KEY, record_mark(cell.session, blinding) + "\n")
