"""Corrections read off their outcome: the operations that make the units that another program left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.errors import CurationError
from ephys.model import Unit
from ephys.sorting.curation.log import CurationLog
from ephys.sorting.curation.operations import Delete, Label, Relabel
from ephys.sorting.curation.remaking import RemakingPlan
from ephys.sorting.curation.settling import TIME_STEP_S
from ephys.sorting.curation.spike_pairs import pair_spikes
from ephys.sorting.curation.units import curate_units

_ROUNDED_S = 1.5 * TIME_STEP_S
"""Times of one spike differ by so much at most: a sample's rounding there, and the log's own."""


def derive_curation(
    log: CurationLog,
    units: Sequence[Unit],
    after: Mapping[str, ArrayLike],
    *,
    labels: Mapping[str, Label] | None = None,
    by: str,
    reason: str,
    how: str,
    at: datetime | None = None,
) -> CurationLog:
    """Log with the operations that turn its units into those that somebody made of the same spikes elsewhere.

    Each unit is parted at most once and each new one put together at most once, so that no spike passes through a unit
    that it belongs to neither before nor after; with that, they are the fewest.

    Parameters
    ----------
    log : CurationLog
        What was decided before.
    units : sequence of Unit
        As the log leaves them.
    after : mapping of str to array (spikes,)
        Spike times (s) of each unit afterwards. A unit that did not change keeps its name, whatever it is called here.
        Spikes that are in none of them are deleted.
    labels : mapping of str to {"single_unit", "multi_unit"}, optional
        What some of them are, by the names of `after`.
    by, reason, how : str
        Who decided, why, and what parted the spikes (a program, say).
    at : datetime, optional
        When; by default now.

    Returns
    -------
    CurationLog

    Raises
    ------
    CurationError
        If `after` has spikes that no unit has, `units` are not those that the log leaves, or an operation cannot be.

    Examples
    --------
    >>> from ephys.model import Epoch
    >>> whole = Epoch(0.0, 9.0)
    >>> units = [Unit.from_times([1, 2, 3], support=whole, id="1"), Unit.from_times([4], support=whole, id="2")]
    >>> log = CurationLog.begin("rat07", units)
    >>> after = {"1": [1.0, 4.0], "x": [2.0, 3.0]}
    >>> log = derive_curation(log, units, after, by="A. Name", reason="sorted anew", how="another program")
    >>> [(unit.id, unit.times_s.tolist()) for unit in curate_units(units, log).units]
    [('x', [2.0, 3.0]), ('1', [1.0, 4.0])]
    """
    _check_units(log, units)
    trains = _named(after)
    labels = {str(name).strip(): label for name, label in (labels or {}).items()}
    owners = _owners(units, trains)
    return assigned_curation(log, units, owners, tuple(trains), labels=labels, by=by, reason=reason, how=how, at=at)


def assigned_curation(
    log: CurationLog,
    units: Sequence[Unit],
    owners: Mapping[str, NDArray[np.int64]],
    names: Sequence[str],
    *,
    labels: Mapping[str, Label] | None = None,
    by: str,
    reason: str,
    how: str,
    at: datetime | None = None,
) -> CurationLog:
    """Do the same where it is known of each spike of each unit which of the `names` owns it (-1: none).

    Raises
    ------
    CurationError
        As `derive_curation`.
    """
    plan = RemakingPlan.of(units, owners, names, how)
    result, kept = log.signed(by), plan.kept
    for operation in plan.in_order([unit.id for unit in units]):
        gone = plan.lost.get(operation.unit) if isinstance(operation, Delete) else None
        result = result.add(operation, reason=f"{reason}; {gone} spikes are in no unit" if gone else reason, at=at)
    made = _replayed(units, result, len(log.entries))
    _check_made(made, units, owners, names, kept)
    for name, label in (labels or {}).items():
        unit = made.get(kept.get(name, name))
        if unit is None:
            raise CurationError(f"a label for {name!r}, which is not among the units afterwards: {', '.join(names)}")
        if unit.multi_unit != (label == "multi_unit"):
            result = result.add(Relabel(unit.id, label), reason=reason, at=at)
    return replace(result, by=by)


def _check_units(log: CurationLog, units: Sequence[Unit]) -> None:
    """Raise unless the units are those that the log leaves."""
    there, left = {unit.id for unit in units}, set(log.unit_names)
    if log.units and there != left:
        raise CurationError(
            f"the log leaves the units {', '.join(sorted(left)) or 'none'}, and these are "
            f"{', '.join(sorted(there)) or 'none'}: give those that curate_units(units, log) gives"
        )


def _named(after: Mapping[str, ArrayLike]) -> dict[str, NDArray[np.float64]]:
    """Trains in order by their names as the log writes them: whole numbers as text, nothing before and after.

    Raises
    ------
    CurationError
        If one has no name, or two have the same.
    """
    names = [str(name).strip() for name in after]
    if not all(names) or len(set(names)) < len(names):
        raise CurationError(f"each unit afterwards needs a name of its own, got {', '.join(map(repr, after))}")
    return {
        name: np.sort(np.asarray(times, dtype=np.float64)) for name, times in zip(names, after.values(), strict=True)
    }


# --- whose spike is whose --------------------------------------------------------------------------------------------


def _owners(units: Sequence[Unit], after: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.int64]]:
    """Of each spike of each unit, the place in `after` of the one that has it; -1 for none.

    Raises
    ------
    CurationError
        If some spikes there are none of the units'.
    """
    places = pair_spikes([unit.times_s for unit in units], list(after.values()), tolerance_s=_ROUNDED_S)
    owners = {unit.id: owner for unit, owner in zip(units, places, strict=True)}
    taken = np.bincount(np.concatenate([[0], *(o[o >= 0] for o in places)]).astype(np.int64), minlength=len(after))
    taken[:1] -= 1
    invented = {name: len(times) - int(taken[i]) for i, (name, times) in enumerate(after.items())}
    wrong = {name: count for name, count in invented.items() if count}
    if wrong:
        listed = ", ".join(f"{count} of {name}" for name, count in wrong.items())
        raise CurationError(
            f"{sum(wrong.values())} spikes afterwards are none of these units' ({listed}): a curation parts and joins "
            "the spikes that there are; are these the units that were corrected?"
        )
    return owners


# --- whether it is what was meant ------------------------------------------------------------------------------------


def _replayed(units: Sequence[Unit], log: CurationLog, known: int) -> dict[str, Unit]:
    """Units once the entries after the first `known` are replayed."""
    new = CurationLog.begin(log.session, units, by=log.by)
    for entry in log.entries[known:]:
        new = new.add(entry.operation, reason=entry.reason, at=entry.at)
    return {unit.id: unit for unit in curate_units(units, new).units}


def _check_made(
    made: Mapping[str, Unit],
    units: Sequence[Unit],
    owners: Mapping[str, NDArray[np.int64]],
    names: Sequence[str],
    kept: Mapping[str, str],
) -> None:
    """Raise unless replaying gives what was meant: spikes at one time, parted to two units, need not."""
    for place, name in enumerate(names):
        parts = [unit.times_s[owners[unit.id] == place] for unit in units]
        wanted = np.sort(np.concatenate(parts)) if parts else np.empty(0)
        found = made[kept.get(name, name)].times_s
        if not np.array_equal(wanted, found):
            raise CurationError(
                f"unit {name} cannot be made as it was: {len(wanted)} spikes are meant, and replaying gives "
                f"{len(found)}; some of its spikes lie within 0.6 ms of one another and cannot be told apart by time"
            )
