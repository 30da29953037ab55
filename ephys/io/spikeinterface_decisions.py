"""What a person decided in SpikeInterface, or in its GUI: its curation files as entries of the curation log."""

from __future__ import annotations

import contextlib
import io
import json
import os
import warnings
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.errors import CurationError, LeftOutWarning, ParameterError
from ephys.io.spikeinterface_curation import found_units
from ephys.io.spikeinterface_labels import Labels, decided_by_label
from ephys.model import Unit
from ephys.sorting.curation import CurationLog, Operation, curate_units
from ephys.sorting.curation.operations import Delete, Merge, SplitSpikes, names_made, units_named
from ephys.sorting.curation.remaking import parting
from ephys.sorting.foreign import spikeinterface_at_work

_HOW = "SpikeInterface"


def read_spikeinterface_curation(
    path: str | os.PathLike[str],
    log: CurationLog,
    *,
    units: Sequence[Unit] | None = None,
    by: str,
    at: datetime | None = None,
    reason: str = "curated in SpikeInterface",
) -> CurationLog:
    """Add to a log what somebody decided in SpikeInterface, or in its GUI.

    Parameters
    ----------
    path : path
        A curation as JSON: of format 1 or 2, one or several steps.
    log : CurationLog
        What was decided before. The curation is of the units as the log leaves them, under their names.
    units : sequence of Unit, optional
        As they were found, before any correction. Without them, what the log remembers is used.
    by, reason : str
        Who decided, and why: the file says neither.
    at : datetime, optional
        When; by default when the file was last written.

    Returns
    -------
    CurationLog
        With merges, splits spike by spike, deletions (of what is labelled ``noise``, too), labels (``good``, ``MUA``)
        and what `write_spikeinterface_curation` made labels of.

    Raises
    ------
    CurationError
        If the file is missing or SpikeInterface does not accept it, its units are not those that the log leaves, a
        split is not one of their spikes, or a correction cannot be made.
    ParameterError
        If SpikeInterface is not installed.

    Warns
    -----
    LeftOutWarning
        If there are labels that ephys has no word for.
    """
    steps, complete = _steps(Path(path))
    when = at or datetime.fromtimestamp(Path(path).stat().st_mtime, UTC)
    found = found_units(log, units)
    result, labels = log.signed(by), Labels()
    try:
        for number, step in enumerate(steps):
            present = {unit.id: unit for unit in curate_units(found, result).units}
            _check_names(step, present, complete=complete, log=log if number == 0 else None)
            labels = labels.with_step(step)
            for operation in _operations(step, present):
                result = result.add(operation, reason=reason, at=when)
                labels = labels.after(units_named(operation), names_made(operation))
        curated = curate_units(found, result)
    except (CurationError, ParameterError) as error:
        raise CurationError(f"{path}: {error}") from error
    decisions, left = decided_by_label(labels, curated)
    for operation, said in decisions:
        result = result.add(operation, reason=f"{reason}; {said}" if said else reason, at=when)
    if left:
        warnings.warn(f"{path}: labels without a word in the log: {'; '.join(left)}", LeftOutWarning, stacklevel=2)
    return replace(result, by=by)


def _steps(path: Path) -> tuple[list[Any], bool]:
    """Read the curations of a file, and whether they list all units (the oldest format lists some).

    Raises
    ------
    CurationError
        If it is missing, no JSON, or not accepted.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise CurationError(f"{path}: no such curation of SpikeInterface") from None
    except (json.JSONDecodeError, UnicodeDecodeError, OSError) as error:
        raise CurationError(f"{path}: not readable as JSON in UTF-8: {error}") from error
    sequence = content.get("curation_steps") if isinstance(content, dict) else content
    if isinstance(content, dict) and "ephys_curation" in content:
        raise CurationError(f"{path}: a curation log of ephys, which read_curation reads")
    with spikeinterface_at_work(), contextlib.redirect_stdout(io.StringIO()):  # it prints that it converts
        from spikeinterface.curation.curation_model import Curation, SequentialCuration

        try:
            if isinstance(sequence, list) and sequence:
                return list(SequentialCuration(curation_steps=sequence).curation_steps), True
            return [Curation(**content)], str(content.get("format_version", "0")) != "0"
        except Exception as error:  # pydantic's own, and what its checks stumble over
            why = " ".join(str(error).split())[:300]
            raise CurationError(f"{path}: SpikeInterface does not accept it as a curation: {why}") from error


def _check_names(step: Any, present: dict[str, Unit], *, complete: bool, log: CurationLog | None) -> None:
    """Raise unless the units of a step are those that are there.

    Raises
    ------
    CurationError
        With both lists.
    """
    theirs = [str(name) for name in step.unit_ids]
    if len(set(theirs)) < len(theirs):
        raise CurationError(f"units of the same name: {', '.join(theirs)}")
    if set(theirs) == set(present) or (not complete and set(theirs) <= set(present)):
        return
    before = log is not None and log.active and set(theirs) == {unit.id for unit in log.units}
    raise CurationError(
        f"it is of the units {', '.join(theirs) or 'none'}, and there are {', '.join(present) or 'none'}"
        + ("; it was begun before the log's corrections: give the log without them" if before else "")
    )


def _operations(step: Any, present: dict[str, Unit]) -> list[Operation]:
    """Corrections of one step, in SpikeInterface's order: removed, merged, split.

    Raises
    ------
    CurationError
        If a split cannot be.
    """
    operations: list[Operation] = [Delete(str(name)) for name in step.removed or ()]
    taken = set(present)
    for merge in step.merges or ():
        members = [str(name) for name in merge.unit_ids]
        if merge.new_unit_id is None:  # its GUI lists them in no order
            members.sort(key=list(present).index)
        operations.append(Merge(tuple(members), "" if merge.new_unit_id is None else str(merge.new_unit_id)))
    for split in step.splits or ():
        unit = present[str(split.unit_id)]
        part_of = _part_of_each(split, unit.n_spikes)
        named = tuple(str(name) for name in split.new_unit_ids or ()) or _free_names(unit.id, part_of, taken)
        if len(named) != len(np.unique(part_of)):
            raise CurationError(
                f"split of unit {unit.id}: {len(np.unique(part_of))} parts and {len(named)} names ({', '.join(named)})"
            )
        operation = parting(unit, part_of, dict(enumerate(named)), _HOW)
        taken |= set(operation.new_names)
        operations.append(operation)
    return operations


def _part_of_each(split: Any, n_spikes: int) -> NDArray[np.int64]:
    """Number of the part that each spike of a unit goes to.

    Raises
    ------
    CurationError
        If it is of other spikes, or makes one part.
    """
    what = f"split of unit {split.unit_id}"
    if split.mode == "labels":
        if len(split.labels) != n_spikes:
            raise CurationError(f"{what}: {len(split.labels)} labels, and the unit has {n_spikes} spikes")
        part_of: NDArray[np.int64] = np.unique(split.labels, return_inverse=True)[1].astype(np.int64)
    else:
        named = np.array([index for part in split.indices for index in part], dtype=np.int64)
        wrong = named[(named < 0) | (named >= n_spikes)]
        if wrong.size:
            raise CurationError(f"{what}: spike {wrong[0]} is named, and the unit has {n_spikes} spikes, from 0")
        empty = [number for number, part in enumerate(split.indices, start=1) if not part]
        if empty:
            raise CurationError(f"{what}: part {empty[0]} has no spikes")
        part_of = np.full(n_spikes, len(split.indices), dtype=np.int64)  # what is named in none is one part more
        part_of[named] = np.repeat(np.arange(len(split.indices)), [len(part) for part in split.indices])
    if len(np.unique(part_of)) < 2:
        raise CurationError(f"{what}: every spike goes to one part: nothing to split")
    return part_of


def _free_names(unit: str, part_of: NDArray[np.int64], taken: set[str]) -> tuple[str, ...]:
    """Names of parts that were given none: the log's own, or others where those are taken."""
    count, stem = len(np.unique(part_of)), unit
    while True:
        names = SplitSpikes(stem, tuple((float(i),) for i in range(count - 1))).new_names
        if not set(names) & taken:
            return names
        stem += "'"
