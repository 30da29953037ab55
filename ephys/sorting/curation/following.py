"""Whether the units underneath are still those that were curated: known by their spikes, not by their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ephys.errors import CurationError
from ephys.model import Epoch, Support, Unit
from ephys.sorting.agreement import DEFAULT_TOLERANCE_S, compare_units
from ephys.sorting.curation.log import TIME_STEP_S, CurationLog, RecordedUnit
from ephys.sorting.curation.operations import units_named

SAME_UNIT = 0.9
"""A unit found anew is the one that was curated if they agree at least so well (convention)."""

_TOLERANCE_S = DEFAULT_TOLERANCE_S + TIME_STEP_S


def known_again(units: Sequence[Unit], log: CurationLog) -> tuple[dict[str, Unit], tuple[str, ...]]:
    """Units of today under the names that a log has for them.

    Parameters
    ----------
    units : sequence of Unit
        As they are found now.
    log : CurationLog
        It remembers the units that were curated by their spikes.

    Returns
    -------
    units : dict of str to Unit
        By the log's name; units that it does not need keep theirs, or take a free one.
    notes : tuple of str
        What is to be said of it.

    Raises
    ------
    CurationError
        If a unit that an active entry needs is not there any more.
    """
    present = {unit.id: unit for unit in units}
    wanted = {name for entry in log.active for name in units_named(entry.operation)}
    recorded = [unit for unit in log.units if unit.id in wanted]
    if not recorded:
        unknown = wanted and not log.units
        return present, (("curation log without a record of its units: they were taken by name",) if unknown else ())
    if all(unit.id in present and _same_times(unit, present[unit.id]) for unit in recorded):
        return present, ()
    return _followed(units, log)


def _same_times(recorded: RecordedUnit, unit: Unit) -> bool:
    """Whether a unit is to the spike the one that was curated."""
    return recorded.times_s.shape == unit.times_s.shape and bool(
        np.allclose(recorded.times_s, unit.times_s, rtol=0.0, atol=TIME_STEP_S)
    )


def _followed(units: Sequence[Unit], log: CurationLog) -> tuple[dict[str, Unit], tuple[str, ...]]:
    """Find each curated unit again by its spikes; the others keep their names, or take a free one."""
    reference = [Unit.from_times(unit.times_s, support=_span(log, units), id=unit.id) for unit in log.units]
    matches = {match.reference: match for match in compare_units(reference, units, tolerance_s=_TOLERANCE_S)}
    wanted = {name for entry in log.active for name in units_named(entry.operation)} & matches.keys()
    gone = sorted(name for name in wanted if matches[name].accuracy < SAME_UNIT)
    if gone:
        raise CurationError("; ".join(_gone_text(name, matches[name].found, matches[name].accuracy) for name in gone))
    names = {match.found: name for name, match in matches.items() if match.accuracy >= SAME_UNIT}
    followed: dict[str, Unit] = {}
    for unit in units:
        name = names.get(unit.id, unit.id)
        if unit.id not in names:  # not in the log: it must not take the name of one that is
            while name in names.values() or name in followed:
                name += " (new)"
        followed[name] = replace(unit, id=name)
    changed = [
        f"unit {name} as curated is unit {matches[name].found} of this sorting (agreement {matches[name].accuracy:.3f})"
        for name in sorted(wanted)
    ]
    return followed, ("the sorting changed since it was curated: " + "; ".join(changed),)


def _span(log: CurationLog, units: Sequence[Unit]) -> Support:
    """Time that holds every spike of the log's units and of today's."""
    trains = [*(unit.times_s for unit in log.units), *(unit.times_s for unit in units)]
    trains = [train for train in trains if train.size]
    first, last = min(train[0] for train in trains), max(train[-1] for train in trains)
    return Support.of(Epoch(float(first) - 1.0, float(last) + 1.0))


def _gone_text(name: str, found: str, accuracy: float) -> str:
    """Why a correction cannot be replayed."""
    nearest = f"the nearest, {found}, agrees only {accuracy:.2f}" if found else "none shares a spike with it"
    return (
        f"unit {name} that was curated is not among the units any more ({nearest}; {SAME_UNIT:g} is needed): sort with "
        "the settings and seed of the log's own results, or curate anew"
    )
