"""Names for codes, once and on record; and the folder of blind results before that."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ephys.analysis import CohortAnalysis
from ephys.batch.analysing import SESSIONS
from ephys.batch.blind_state import BlindState, Unblinding, check_may_be_blind, read_state, write_state
from ephys.batch.coding import coded_provenance, write_coded_reports
from ephys.batch.key_folder import KeyFolder
from ephys.batch.locking import lock_digest, note_changes
from ephys.batch.provenance import collect_cohort_provenance
from ephys.batch.store import FOLDER, Store
from ephys.batch.writing import PRISM, WORKBOOK, write_cohort
from ephys.errors import ParameterError


def write_blind_cohort(
    analysis: CohortAnalysis,
    results: str | os.PathLike[str],
    *,
    key: KeyFolder,
    parquet: bool = False,
    excel: bool = False,
    prism: bool = False,
    reports: bool = False,
    label: str = "",
    now: datetime | None = None,
) -> tuple[str, ...]:
    """Write a cohort's results under codes.

    Parameters
    ----------
    analysis : CohortAnalysis
        As `analyse_cohort` gives it with a key.
    results : path
        Where to; a folder without results under true names.
    key : KeyFolder
    parquet, excel, prism, label
        As in `write_cohort`.
    reports : bool, optional
        The sessions' reports, too, where `analyse_cohort` made them.
    now : datetime, optional
        When; by default now.

    Returns
    -------
    tuple of str
        What changed since a lock.

    Raises
    ------
    ParameterError
        If the folder has results under true names.
    """
    blinding = key.blinding()
    check_may_be_blind(results, blinding.id)
    write_state(results, BlindState(blinding.id))
    provenance = coded_provenance(collect_cohort_provenance(analysis, now=now), blinding, key.run().settings)
    if reports:  # before the cohort's own, which refers to them
        write_coded_reports(analysis, key.path, Path(results) / SESSIONS, blinding)
    write_cohort(
        analysis, results, provenance=provenance, parquet=parquet, excel=excel, prism=prism, label=label or "blind",
        blinding=blinding,
    )  # fmt: skip
    return note_changes(results)


def unblind_cohort(
    results: str | os.PathLike[str],
    *,
    key: str | os.PathLike[str] | None = None,
    person: str,
    without_lock: bool = False,
    now: datetime | None = None,
) -> CohortAnalysis:
    """Write blind results again under true names, from what the key's folder kept: no recording is read.

    Rules that rest on the treatment, the reference group, relative potency and the share of desensitised cells come
    back with the names. What is no longer as it was locked is listed in ``changes.csv``.

    Parameters
    ----------
    results : path
        Folder of blind results.
    key : path, optional
        Folder of the key; by default the one beside the results.
    person : str
        Who unblinds.
    without_lock : bool, optional
        Unblind results that nobody locked; it is recorded.
    now : datetime, optional
        When; by default now.

    Returns
    -------
    CohortAnalysis
        Under true names.

    Raises
    ------
    ParameterError
        If the results are not blind, or not locked, or the key is another's.
    """
    if not person.strip():
        raise ParameterError('an unblinding needs a person who answers for it: --person "A. Name"')
    folder, state = Path(results), read_state(results)
    if state is None:
        raise ParameterError(f"{folder}: these results are not blind; there is nothing to unblind")
    if state.unblinding is not None:
        raise ParameterError(f"{folder}: {state.unblinding}; it is done once, and ephys batch writes tables")
    apart = KeyFolder.beside(results, key)
    blinding = apart.blinding()
    if blinding.id != state.key:
        raise ParameterError(f"{apart.path}: is the key {blinding.id}, and {folder} is blind under {state.key}")
    lock = lock_digest(folder)
    if not lock and not without_lock:
        raise ParameterError(
            f"{folder}: nobody has locked calls and exclusions: ephys lock {folder} --person ..., or unblind with "
            "--without-lock, which is recorded"
        )
    run = apart.run()
    analysis = run.conclude(Store(apart.path / FOLDER))
    at = (now or datetime.now(UTC)).isoformat(timespec="seconds")
    write_state(folder, BlindState(state.key, Unblinding.by(person.strip(), blinding, at=at, lock=lock)))
    _move_kept(apart.path, folder)
    provenance = collect_cohort_provenance(analysis, command=f"ephys unblind {folder}", now=now)
    _write_again(analysis, folder, {**provenance, "curation": dict(run.curation)})
    _remove_coded(folder, blinding.codes.get("session", {}).values())
    note_changes(folder)
    return analysis


def _write_again(analysis: CohortAnalysis, folder: Path, provenance: Mapping[str, Any]) -> None:
    """Write results in every format that the blind ones have."""
    write_cohort(
        analysis,
        folder,
        provenance=provenance,
        parquet=any(folder.glob("*.parquet")),
        excel=(folder / WORKBOOK).exists(),
        prism=(folder / PRISM).exists(),
    )


def _remove_coded(folder: Path, sessions: Iterable[str]) -> None:
    """Delete reports under codes; what else there was is written over or deleted by then."""
    for code in sessions:
        shutil.rmtree(folder / SESSIONS / code, ignore_errors=True)


def _move_kept(key: Path, folder: Path) -> None:
    """Move records and reports to where later runs look for them; the key stays."""
    for name in (FOLDER, SESSIONS):
        if (key / name).is_dir():
            shutil.copytree(key / name, folder / name, dirs_exist_ok=True)
            shutil.rmtree(key / name)
