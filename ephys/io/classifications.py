"""5-HT calls as files: every criterion as a row, and the whole as JSON."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from ephys.analysis import SessionClassification
from ephys.classification import Classification
from ephys.io.atomic import write_text
from ephys.io.provenance import classification_provenance
from ephys.io.staged import staged_folder
from ephys.model import Session

CRITERIA_COLUMNS = (
    "unit", "criterion", "value", "low", "high", "unit_of_value", "limit", "verdict", "note", "source", "label",
    "basis", "engine", "preset", "within_start_s", "within_stop_s", "n_spikes",
)  # fmt: skip

CALL_COLUMNS = (
    "label", "basis", "engine", "preset", "reasons", "probability", "probability_learned", "rate_verdict",
    "cv_collapsed", "regularity_verdict", "rhythm_verdict", "width_ms", "width_verdict", "soft_refractory_verdict",
)  # fmt: skip
"""What a row of a unit says of its call."""

_VALUES = {"regularity": "cv_collapsed", "width": "width_ms"}
"""Columns of the criteria whose value stands nowhere else."""


def call_row(classification: Classification) -> dict[str, Any]:
    """Columns of one unit: the call, who made it, and the verdict on each criterion."""
    evidence, learned = classification.evidence, classification.learned
    row: dict[str, Any] = {
        "label": classification.label,
        "basis": classification.basis,
        "engine": classification.engine,
        "preset": classification.preset,
        "reasons": "; ".join(classification.reasons),
        "probability": evidence.probability if evidence else math.nan,
        "probability_learned": learned.probability if learned else math.nan,
    }
    for criterion in classification.criteria:
        row[f"{criterion.name.replace(' ', '_')}_verdict"] = criterion.verdict
        if criterion.name in _VALUES:
            row[_VALUES[criterion.name]] = criterion.value
    return row


def criteria_table(session: Session, classifications: Iterable[Classification]) -> pd.DataFrame:
    """Table of the criteria of a session's units.

    Parameters
    ----------
    session : Session
        Whose: n is animals, not units.
    classifications : iterable of Classification
        One per unit.

    Returns
    -------
    pandas.DataFrame
        A row per unit and criterion, with the call that they led to.
    """
    tables = [call.as_table() for call in classifications]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(CRITERIA_COLUMNS))
    animal = {"session": session.id, "animal": session.subject.animal, "group": session.subject.group}
    for place, (name, value) in enumerate(animal.items()):
        table.insert(place, name, value)
    return table


def write_classifications(calls: SessionClassification, folder: str | os.PathLike[str], *, command: str = "") -> Path:
    """Write ``classification.csv`` and ``classification.json``, both or neither.

    Parameters
    ----------
    calls : SessionClassification
        The result.
    folder : path
        Where to; made if need be.
    command : str, optional
        The command line that made it.

    Returns
    -------
    Path
        The table of the criteria.
    """
    whole = {
        "calls": [call.as_dict() for call in calls.classifications],
        "notes": list(calls.notes),
        "provenance": classification_provenance(calls, command=command),
    }
    with staged_folder(folder) as stage:
        table = criteria_table(calls.session, calls.classifications)
        write_text(stage / "classification.csv", table.to_csv(index=False, lineterminator="\n"))
        write_text(stage / "classification.json", json.dumps(whole, indent=2, ensure_ascii=False) + "\n")
    return Path(folder) / "classification.csv"
