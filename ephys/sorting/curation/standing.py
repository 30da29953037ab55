"""What a log says of its units by name alone: which are there, which entry made them, what was said of them.

A merge gives its cell the name of a part, so a name is not enough: an entry means the unit that bore the name when the
entry was made, and may not come to mean another because something before it is undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ephys.errors import CurationError
from ephys.sorting.curation.entry import Entry
from ephys.sorting.curation.operations import (
    Delete,
    ExcludeCell,
    Merge,
    OverrideCall,
    Split,
    SplitSpikes,
    Undo,
    UnitOperation,
    names_made,
    units_named,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Which entry made a unit (0: it was found so), and which calls and exclusions it bears."""

    made_by: int = 0
    said: tuple[Entry, ...] = ()


def active_entries(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Entries that hold: neither undone nor an undo."""
    undone = undone_numbers(entries)
    return tuple(e for e in entries if e.number not in undone and not isinstance(e.operation, Undo))


def undone_numbers(entries: Sequence[Entry]) -> frozenset[int]:
    """Numbers of the entries that no longer hold, undos that were themselves undone among them."""
    undone: set[int] = set()
    for entry in reversed(entries):
        if isinstance(entry.operation, Undo) and entry.number not in undone:
            undone.add(entry.operation.entry)
    return frozenset(undone)


def stand(units: Mapping[str, Standing], entries: Iterable[Entry]) -> dict[str, Standing]:
    """Units once the entries are applied, in order.

    Raises
    ------
    CurationError
        If an entry names a unit that is not there, makes a name that is taken, or merges or splits a unit of which
        something was said that would not hold of the result.
    """
    standing = dict(units)
    for entry in entries:
        operation = entry.operation
        if not isinstance(operation, UnitOperation):
            continue
        for name in units_named(operation):
            if name not in standing:
                raise CurationError(
                    f"{entry.title} needs unit {name!r}; there are {', '.join(standing) or 'none'}: was it merged, "
                    "split or deleted, or is an entry it rests on undone?"
                )
        if isinstance(operation, OverrideCall | ExcludeCell):
            before = standing[operation.unit]
            standing[operation.unit] = replace(before, said=(*before.said, entry))
        elif isinstance(operation, Merge | Split | SplitSpikes | Delete):
            standing = _remade(standing, operation, entry)
    return standing


def check_entries(entries: Sequence[Entry], names: Sequence[str] | None) -> None:
    """Raise unless each entry could be made when it was, and still means the unit that it meant then.

    Parameters
    ----------
    entries : sequence of Entry
        All of a log.
    names : sequence of str or None
        Units underneath; ``None`` where they are not known, and only the undoing is checked.

    Raises
    ------
    CurationError
        With the number of the entry.
    """
    found = None if names is None else {name: Standing() for name in names}
    standing, meant = found, dict[int, tuple[int, ...]]()
    for place, entry in enumerate(entries):
        if isinstance(entry.operation, Undo):
            _check_undo(entry, entries[:place])
            if found is not None:
                standing = _stand_as_meant(found, entries[: place + 1], meant)
        elif standing is not None:
            before, standing = standing, stand(standing, [entry])
            meant[entry.number] = _makers(before, entry)


def _check_undo(undo: Entry, before: Sequence[Entry]) -> None:
    """Raise unless what is to be undone is there, and holds."""
    number = undo.operation.entry if isinstance(undo.operation, Undo) else 0
    if not 1 <= number <= len(before):
        raise CurationError(f"{undo.title} takes back entry {number}, which is not before it")
    if number in undone_numbers(before):
        raise CurationError(f"{undo.title} takes back entry {number}, which is undone already")


def _stand_as_meant(
    found: Mapping[str, Standing], entries: Sequence[Entry], meant: Mapping[int, tuple[int, ...]]
) -> dict[str, Standing]:
    """Units once the active entries are applied, if each still names the unit that it meant."""
    standing = dict(found)
    for entry in active_entries(entries):
        before, standing = standing, stand(standing, [entry])
        now = _makers(before, entry)
        if now != meant[entry.number]:
            changed = next(max(pair) for pair in zip(now, meant[entry.number], strict=True) if pair[0] != pair[1])
            raise CurationError(
                f"{entries[-1].title}: {entry.title} was made on a unit of the same name, but not the same: entry "
                f"{changed} made one of them; undo entry {entry.number} first"
            )
    return standing


def _makers(standing: Mapping[str, Standing], entry: Entry) -> tuple[int, ...]:
    """Which entries made the units that an entry names."""
    return tuple(standing[name].made_by for name in units_named(entry.operation))


def _remade(
    standing: dict[str, Standing], operation: Merge | Split | SplitSpikes | Delete, entry: Entry
) -> dict[str, Standing]:
    """Units once some are merged, split or deleted; what is made stands where the first of those used stood."""
    used = units_named(operation)
    said = [each for name in used for each in standing[name].said]
    lost = said if isinstance(operation, Merge) else [e for e in said if isinstance(e.operation, OverrideCall)]
    if lost and not isinstance(operation, Delete):
        raise CurationError(
            f"{entry.title}: {lost[0].title} says something of a unit that would not hold of the result; undo "
            f"entry {lost[0].number} first, and say it again afterwards"
        )
    made = names_made(operation)
    taken = [name for name in made if name in standing and name not in used]
    if taken:
        raise CurationError(f"{entry.title} makes a unit {taken[0]!r}, and there is one already")
    remade: dict[str, Standing] = {}
    for name, unit in standing.items():
        if name == used[0]:
            remade |= {each: Standing(entry.number, tuple(said)) for each in made}
        if name not in used:
            remade[name] = unit
    return remade
