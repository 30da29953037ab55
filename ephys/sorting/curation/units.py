"""A log replayed on units: each operation makes new units, and none is changed in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ephys.errors import CurationError, ParameterError
from ephys.model import Epoch, Unit
from ephys.sorting.curation.entry import Entry
from ephys.sorting.curation.following import known_again
from ephys.sorting.curation.log import CurationLog, RecordedUnit
from ephys.sorting.curation.operations import (
    Delete,
    ExcludeCell,
    Merge,
    Operation,
    OverrideCall,
    Relabel,
    Restrict,
    Split,
    SplitSpikes,
    UnitOperation,
    units_named,
)
from ephys.sorting.curation.reshaping import (
    merge_units,
    restrict_unit,
    split_by_amplitude,
    split_by_spikes,
    split_by_time,
)
from ephys.sorting.curation.standing import Standing, stand


@dataclass(frozen=True, eq=False)
class CuratedUnits:
    """Units after a log was replayed.

    Parameters
    ----------
    units : tuple of Unit
        What is left, in the order in which they were found.
    entries : dict of str to tuple of Entry
        Which corrections each unit went through, by its name.
    log : CurationLog
        What was replayed; units of today that it did not know are in it now, so that they can be corrected, too.
    notes : tuple of str
        Where the units underneath were not quite those that were curated.
    """

    units: tuple[Unit, ...]
    entries: dict[str, tuple[Entry, ...]]
    log: CurationLog
    notes: tuple[str, ...] = ()

    def last(self, unit: str, kind: type[OverrideCall] | type[ExcludeCell]) -> Entry | None:
        """Last override or exclusion of a unit, if there is one."""
        found = [entry for entry in self.entries.get(unit, ()) if isinstance(entry.operation, kind)]
        return found[-1] if found else None


def curate_units(units: Sequence[Unit], log: CurationLog) -> CuratedUnits:
    """Replay a log on the units of its session.

    Parameters
    ----------
    units : sequence of Unit
        As sorted, or as they came with the file.
    log : CurationLog
        The corrections. A unit that it remembers is found again by its spikes, whatever it is called now.

    Returns
    -------
    CuratedUnits

    Raises
    ------
    CurationError
        If a unit that was corrected is not there any more, or an operation cannot be done.

    Examples
    --------
    >>> whole = Epoch(0.0, 10.0)
    >>> units = [Unit.from_times([1.0, 2.0], support=whole, id="1"), Unit.from_times([3.0], support=whole, id="2")]
    >>> log = CurationLog.begin("rat07", units, by="A. Name").merge("1", "2", reason="one bursting cell")
    >>> curate_units(units, log).units
    (Unit('1': 3 spikes in 10 s, 0.3 Hz),)
    """
    present, notes = known_again(units, log)
    known = {unit.id for unit in log.units}
    new = tuple(RecordedUnit(name, unit.times_s) for name, unit in present.items() if name not in known)
    log = replace(log, units=(*log.units, *new))
    standing = {name: Standing() for name in present}
    histories: dict[str, tuple[Entry, ...]] = {}
    for entry in log.active:
        operation = entry.operation
        if not isinstance(operation, UnitOperation):
            continue
        rejoined = isinstance(operation, Merge) and _is_rejoined(operation, standing)
        standing = stand(standing, [entry])
        made = _applied(entry, [present[name] for name in units_named(operation)], rejoined=rejoined)
        before = {e.number: e for name in units_named(operation) for e in histories.get(name, ())}
        history = tuple(before[number] for number in sorted(before))
        present = {name: (present | made)[name] for name in standing}
        histories |= dict.fromkeys(made, (*history, entry))
    return CuratedUnits(tuple(present.values()), {name: histories.get(name, ()) for name in present}, log, notes)


def _is_rejoined(merge: Merge, standing: Mapping[str, Standing]) -> bool:
    """Whether a merge puts the parts of one split together again: only a split makes several units."""
    makers = {standing[name].made_by for name in merge.units if name in standing}
    return len(makers) == 1 and makers != {0}


def _applied(entry: Entry, units: list[Unit], *, rejoined: bool) -> dict[str, Unit]:
    """Units that one entry makes of those that it names, by name."""
    try:
        made = _made(entry.operation, units, rejoined=rejoined)
    except (CurationError, ParameterError) as error:
        raise CurationError(f"{entry.title}: {error}") from error
    return {unit.id: unit for unit in made}


def _made(operation: Operation, units: list[Unit], *, rejoined: bool) -> Sequence[Unit]:
    """Units that one operation makes."""
    match operation:
        case Merge():
            return [merge_units(units, operation.new_name, rejoined=rejoined)]
        case Split(along="time"):
            return split_by_time(units[0], operation.cut, operation.new_names)
        case Split():
            return split_by_amplitude(units[0], operation.cut, operation.new_names)
        case SplitSpikes():
            return split_by_spikes(units[0], operation.parts, operation.new_names)
        case Restrict():
            return [restrict_unit(units[0], Epoch(operation.start_s, operation.stop_s))]
        case Relabel():
            return [replace(units[0], multi_unit=operation.label == "multi_unit")]
        case Delete():
            return []
        case _:
            return units
