"""A person's decisions to SpikeInterface: the curation log in the words of its curation format."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from ephys.errors import CurationError, LeftOutWarning
from ephys.io.atomic import write_text
from ephys.io.spikeinterface_steps import CALL, EXCLUSION, QUALITY, CurationSteps
from ephys.model import Unit
from ephys.sorting.curation import CuratedUnits, CurationLog, curate_units
from ephys.sorting.curation.following import remembered_units
from ephys.sorting.curation.operations import (
    ExcludeCell,
    Merge,
    OverrideCall,
    Relabel,
    Restrict,
    Split,
    UnitOperation,
)


def write_spikeinterface_curation(
    log: CurationLog, path: str | os.PathLike[str], *, units: Sequence[Unit] | None = None
) -> Path:
    """Write what holds of a log as a curation of SpikeInterface, for its ``apply_curation`` and its GUI.

    Merges, splits of any kind and deletions become theirs; labels, 5-HT calls and exclusions by hand become labels. It
    is one curation where that can say it, else several steps (``SequentialCuration``). Who decided, when and why stays
    in the log.

    Parameters
    ----------
    log : CurationLog
        What was decided. It begins from the units as they were found, and so does the curation.
    path : path
        Where to; the file appears whole or not at all.
    units : sequence of Unit, optional
        As they were found. Without them, what the log remembers is used: enough but for splits by amplitude.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    CurationError
        If the log does not remember its units and they are not given, or it cannot be replayed on them.

    Warns
    -----
    LeftOutWarning
        If something has no word there, or means something else: doses and windows, times outside which nothing is known
        of a unit.

    Examples
    --------
    >>> import tempfile
    >>> from ephys.model import Epoch
    >>> whole = Epoch(0.0, 9.0)
    >>> units = [Unit.from_times([1.0], support=whole, id="1"), Unit.from_times([4.0], support=whole, id="2")]
    >>> log = CurationLog.begin("rat07", units, by="A. Name").merge("1", "2", reason="one bursting cell")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = write_spikeinterface_curation(log, Path(folder) / "curation.json")
    ...     json.loads(file.read_text())["merges"]
    [{'unit_ids': ['1', '2'], 'new_unit_id': '1'}]
    """
    found = found_units(log, units)
    plain = _without_restrictions(log)
    curated = curate_units(found, plain)
    steps = CurationSteps.of(_renumbered(found, plain), plain.active)
    notes = [*_notes(log), *curated.notes, *steps.notes]
    labels = _labels(curated, remembered=units is None)
    content = steps.as_json({steps.theirs[name]: each for name, each in labels.items()})
    written = write_text(path, json.dumps(content, ensure_ascii=False) + "\n")
    if notes:
        warnings.warn(f"{path} does not say all that the log says: {'; '.join(notes)}", LeftOutWarning, stacklevel=2)
    return written


# --- the units underneath --------------------------------------------------------------------------------------------


def found_units(log: CurationLog, units: Sequence[Unit] | None) -> Sequence[Unit]:
    """Units that were given, or that the log remembers.

    Raises
    ------
    CurationError
        If that is not enough.
    """
    if units is not None:
        return units
    if not log.units:
        raise CurationError("the log does not remember its units: give them as units=...")
    for entry in log.active:
        if isinstance(entry.operation, Split) and entry.operation.along == "amplitude":
            raise CurationError(f"{entry.title}: parted by amplitude, which the log does not remember: give units=...")
    return remembered_units(log)


def _without_restrictions(log: CurationLog) -> CurationLog:
    """Log whose units keep the spikes outside the times to which they were restricted, as SpikeInterface has them."""
    for entry in log.active:
        if isinstance(entry.operation, Restrict):
            log = log.signed(entry.by).undo(entry.number, reason="SpikeInterface knows no time without a unit")
    return log


def _renumbered(units: Sequence[Unit], log: CurationLog) -> list[Unit]:
    """Units under the log's names, before any correction."""
    begun = CurationLog(log.session, log.units)
    return list(curate_units(units, begun).units)


def _notes(log: CurationLog) -> Iterator[str]:
    """What holds, and cannot be said there or means something else."""
    for entry in log.active:
        operation = entry.operation
        if not isinstance(operation, UnitOperation):
            yield f"{entry.title}: {entry.text}: doses, baseline and windows are not in it"
        elif isinstance(operation, Restrict):
            yield f"{entry.title}: {entry.text}: there it keeps its spikes outside that time, and is silent"
        elif isinstance(operation, Split) and operation.along == "time":
            yield f"{entry.title}: {entry.text}: there each part is silent in the other's time, where it is unknown"


# --- labels ----------------------------------------------------------------------------------------------------------


def _labels(curated: CuratedUnits, *, remembered: bool) -> dict[str, dict[str, str]]:
    """What a person said of each unit, by its name.

    Raises
    ------
    CurationError
        If a unit was put together after its label, so that it hangs on parts whose labels are not remembered.
    """
    labels: dict[str, dict[str, str]] = {}
    for unit in curated.units:
        kinds = [type(entry.operation) for entry in curated.entries[unit.id]]
        call, excluded = curated.last(unit.id, OverrideCall), curated.last(unit.id, ExcludeCell)
        said: dict[str, str] = {}
        if Relabel in kinds:
            if remembered and not unit.multi_unit and Merge in kinds[kinds[::-1].index(Relabel) * -1 - 1 :]:
                raise CurationError(
                    f"unit {unit.id} was labelled before it was merged, and the log does not remember what the others "
                    "are: give units=..."
                )
            said[QUALITY] = "MUA" if unit.multi_unit else "good"
        if call is not None and isinstance(call.operation, OverrideCall):
            said[CALL] = call.operation.call
        if excluded is not None:
            said[EXCLUSION] = "excluded"
        if said:
            labels[unit.id] = said
    return labels
