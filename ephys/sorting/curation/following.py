"""Whether the units underneath are still those that were curated: known by their spikes, not by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ephys.errors import CurationError
from ephys.model import Epoch, Support, Unit
from ephys.model.unit import rename_units
from ephys.sorting.agreement import DEFAULT_TOLERANCE_S, UnitMatch, compare_units
from ephys.sorting.curation.log import CurationLog, RecordedUnit
from ephys.sorting.curation.operations import names_made, units_named
from ephys.sorting.curation.settling import TIME_STEP_S

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
    if not log.units:
        by_name = "curation log without a record of its units: they were taken by name"
        return present, ((by_name,) if wanted else ())
    same = all(unit.id in present and _same_times(unit, present[unit.id]) for unit in log.units)
    if same and len(units) == len(log.units):
        return present, ()
    return _followed(units, log, sorted(unit.id for unit in log.units if unit.id in wanted))


def _same_times(recorded: RecordedUnit, unit: Unit) -> bool:
    """Whether a unit is to the spike the one that was curated."""
    return recorded.times_s.shape == unit.times_s.shape and bool(
        np.allclose(recorded.times_s, unit.times_s, rtol=0.0, atol=TIME_STEP_S)
    )


def _followed(units: Sequence[Unit], log: CurationLog, wanted: list[str]) -> tuple[dict[str, Unit], tuple[str, ...]]:
    """Find each recorded unit again by its spikes; the others keep their names, or take one that the log has not."""
    reference = remembered_units(log, beside=units)
    matches = {match.reference: match for match in compare_units(reference, units, tolerance_s=_TOLERANCE_S)}
    names = {match.found: name for name, match in matches.items() if match.accuracy >= SAME_UNIT}
    gone = [unit for unit in reference if unit.id in wanted and matches[unit.id].accuracy < SAME_UNIT]
    if gone:
        raise CurationError(
            f"{'; '.join(_gone_text(unit, units, names) for unit in gone)}: sort with the settings (units, wire, "
            "sorting) and the seed of the log's own results, or curate anew"
        )
    taken = {unit.id for unit in log.units} | {name for entry in log.active for name in names_made(entry.operation)}
    called: dict[str, str] = {}
    for unit in units:
        name = names.get(unit.id, unit.id)
        while unit.id not in names and (name in taken or name in called.values()):  # the log's names are not its own
            name += " (new)"
        called[unit.id] = name
    followed = {unit.id: unit for unit in rename_units(units, called)}
    changed = [
        f"unit {name} as curated is unit {match.found} of this sorting (agreement {match.accuracy:.3f})"
        for name, match in matches.items()
        if match.accuracy >= SAME_UNIT and (match.found != name or match.accuracy < 1.0)
    ]
    copies = [
        f"unit {name} of today is a copy of unit {match.reference}, and is not corrected with it"
        for name, unit in followed.items()
        if name not in names.values()
        for match in (_one_match(recorded, unit) for recorded in reference if recorded.id in wanted)
        if match.accuracy >= SAME_UNIT
    ]
    notes = (f"the units changed since the log was begun: {'; '.join(changed)}",) if changed else ()
    return followed, (*notes, *copies)


def remembered_units(log: CurationLog, *, beside: Sequence[Unit] = ()) -> list[Unit]:
    """Units underneath, as the log remembers them: names and spike times to 0.1 ms, and nothing else.

    Their time holds every spike of theirs and of those `beside`; it is not what was recorded.
    """
    trains = [*(unit.times_s for unit in log.units), *(unit.times_s for unit in beside)]
    ends = [float(end) for train in trains if train.size for end in (train[0], train[-1])]
    span = Support.of(Epoch(min(ends, default=0.0) - 1.0, max(ends, default=0.0) + 1.0))
    return [Unit.from_times(unit.times_s, support=span, id=unit.id) for unit in log.units]


def _gone_text(recorded: Unit, units: Sequence[Unit], names: Mapping[str, str]) -> str:
    """Which unit is gone, and how near the nearest comes, whatever else that one may be."""
    nearest = max((_one_match(recorded, unit) for unit in units), key=lambda match: match.accuracy, default=None)
    if nearest is None or not nearest.found:
        agrees = "none shares a spike with it"
    elif nearest.accuracy >= SAME_UNIT:
        agrees = f"the nearest, {nearest.found}, is the log's unit {names.get(nearest.found, nearest.found)}"
    else:
        agrees = f"the nearest, {nearest.found}, agrees {nearest.accuracy:.2f}, and {SAME_UNIT:g} is needed"
    return f"unit {recorded.id} that was curated is not among the units any more ({agrees})"


def _one_match(recorded: Unit, unit: Unit) -> UnitMatch:
    """How well two units agree."""
    return compare_units([recorded], [unit], tolerance_s=_TOLERANCE_S)[0]
