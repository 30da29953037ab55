"""Which operations make other units of the same spikes, and in which order their names are free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.errors import CurationError, ParameterError
from ephys.model import Unit
from ephys.sorting.curation.operations import Delete, Merge, SplitSpikes, names_made, units_named

Made = Merge | SplitSpikes | Delete


@dataclass(frozen=True)
class RemakingPlan:
    """Operations in any order, names of units that did not change, and how many spikes each part without owner has."""

    operations: tuple[Made, ...]
    kept: dict[str, str]
    lost: dict[str, int]

    @classmethod
    def of(
        cls, units: Sequence[Unit], owners: Mapping[str, NDArray[np.int64]], names: Sequence[str], how: str
    ) -> RemakingPlan:
        """Part each unit by the owners of its spikes, then put together what has one owner."""
        kept, empty = _unchanged(units, owners, names)
        parts = [_Part(unit, int(owner)) for unit in units for owner in np.unique(owners[unit.id])]
        found = {owner: [part for part in parts if part.owner == owner] for owner in range(len(names))}
        alone = {owner: own[0] for owner, own in found.items() if len(own) == 1}
        taken = {unit.id for unit in units} | set(names)
        called: dict[tuple[str, int], str] = {}
        operations: list[Made] = [Delete(unit.id) for unit in units if not unit.n_spikes and unit.id not in empty]
        lost: dict[str, int] = {}
        for unit in units:
            own = [part for part in parts if part.unit is unit]
            for part in own:
                named = names[part.owner] if part.owner in alone else _free(unit.id, taken)
                called[unit.id, part.owner] = unit.id if len(own) == 1 else named
                taken.add(named)
            if len(own) > 1:
                operations.append(parting(unit, owners[unit.id], {p.owner: called[unit.id, p.owner] for p in own}, how))
            if own and own[0].owner == -1:
                operations.append(Delete(called[unit.id, -1]))
                lost[called[unit.id, -1]] = int(np.count_nonzero(owners[unit.id] == -1))
        for owner, own in found.items():
            if len(own) > 1:
                operations.append(Merge(tuple(called[part.unit.id, owner] for part in own), names[owner]))
        return cls(tuple(operations), kept, lost)

    def in_order(self, there: Iterable[str]) -> list[Made]:
        """Put operations in an order in which no name is given before it is free.

        Raises
        ------
        CurationError
            If units swap their names.
        """
        standing, pending, done = set(there), list(self.operations), list[Made]()
        while pending:
            ready = [o for o in pending if set(units_named(o)) <= standing and not _clash(o, standing)]
            if not ready:
                clashes = sorted({name for o in pending for name in _clash(o, standing)})
                raise CurationError(f"names change places ({', '.join(clashes)}): call the units afterwards otherwise")
            standing = (standing - set(units_named(ready[0]))) | set(names_made(ready[0]))
            pending.remove(ready[0])
            done.append(ready[0])
        return done


@dataclass(frozen=True, eq=False)
class _Part:
    """Spikes of one unit that have one owner."""

    unit: Unit
    owner: int


def _clash(operation: Made, standing: set[str]) -> set[str]:
    """Names that an operation would give, and that others bear."""
    return set(names_made(operation)) & standing - set(units_named(operation))


def _unchanged(
    units: Sequence[Unit], owners: Mapping[str, NDArray[np.int64]], names: Sequence[str]
) -> tuple[dict[str, str], set[str]]:
    """Name that each unit that did not change keeps, by what it is called afterwards; and those without spikes."""
    held: dict[int, list[Unit]] = {}
    for unit in units:
        for owner in np.unique(owners[unit.id]):
            held.setdefault(int(owner), []).append(unit)
    empty = {unit.id for unit in units if not unit.n_spikes and unit.id in names}
    made = [name for i, name in enumerate(names) if i not in held and name not in empty]
    if made:
        raise CurationError(f"{', '.join(made)} has no spikes afterwards: a curation makes no unit without any")
    whole = {o: own[0] for o, own in held.items() if o >= 0 and len(own) == 1 and np.all(owners[own[0].id] == o)}
    return {names[owner]: unit.id for owner, unit in whole.items()}, empty


def _free(stem: str, taken: set[str]) -> str:
    """Name of a part that nothing else has."""
    number = 1
    while f"{stem} part {number}" in taken:
        number += 1
    return f"{stem} part {number}"


def parting(unit: Unit, owner: NDArray[np.int64], called: Mapping[int, str], how: str) -> SplitSpikes:
    """One unit parted by the owner of each spike; the largest part is what is left over, which keeps the log small.

    Parameters
    ----------
    unit : Unit
        The whole.
    owner : array (spikes,)
        Number of the part that each spike goes to.
    called : mapping of int to str
        Name of each part; without any, the log's own (3a, 3b...).
    how : str
        What parted them.

    Raises
    ------
    CurationError
        If two spikes that go apart cannot be told by their times.
    """
    order = sorted(np.unique(owner).tolist(), key=lambda each: -int(np.count_nonzero(owner == each)))
    parts = tuple(tuple(unit.times_s[owner == each].tolist()) for each in order[1:])
    try:
        return SplitSpikes(unit.id, parts, tuple(called[each] for each in order if called), how)
    except ParameterError as error:
        raise CurationError(f"unit {unit.id} cannot be parted as it was: {error}") from error
