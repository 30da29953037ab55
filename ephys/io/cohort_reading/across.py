"""What only several rows of a cohort's tables show: doubles, overlaps, spellings, animals of two groups."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from ephys.errors import CohortFault, TableError
from ephys.io.cohort_reading.alike import Spellings, plain_name
from ephys.io.cohort_reading.faults import more_rows
from ephys.io.dose_rows import scan_doses
from ephys.io.schema import Row
from ephys.model import SORTED, CohortAnimal, CohortCell
from ephys.pharmacology.exclusions.flow import ALL

T = TypeVar("T")
Key = TypeVar("Key", bound=Hashable)
ReadCell = tuple[Row, CohortCell]
ReadAnimal = tuple[Row, CohortAnimal]

_FEWER = 3
"""A group is taken for a slip if the one it is nearly has this many times its rows. Convention."""


def twice(rows: Iterable[Row], columns: Sequence[str]) -> Iterator[CohortFault]:
    """Find rows of the same key."""
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        key = tuple(row[column] for column in columns)
        if not all(key):
            continue
        if key in seen:
            yield row.error(columns[-1], f"the same {' and '.join(columns)} as row {seen[key]}").fault
        seen.setdefault(key, row.number)


def overlaps(cells: Sequence[ReadCell]) -> Iterator[CohortFault]:
    """Find two cells that are one unit of one file at one time."""
    for same in _grouped(cells, _where).values():
        held: list[tuple[float, float, CohortCell, Row]] = sorted(
            ((_start(cell), _stop(cell), cell, row) for row, cell in same), key=lambda part: part[:2]
        )
        last = held[0]
        for start_s, stop_s, cell, row in held[1:]:
            first, second = sorted((last[3], row), key=lambda each: each.number)
            if start_s < last[1]:
                yield second.error("unit" if cell.unit else "file", _shared(cell, last[2], first.number)).fault
            last = max(last, (start_s, stop_s, cell, row), key=lambda part: part[1])


def parts_of_others(cells: Sequence[ReadCell]) -> Iterator[CohortFault]:
    """Find whole files that are a cell by themselves, and a part of a cell that spans files."""
    first: dict[Hashable, ReadCell] = {}
    for row, cell in sorted(cells, key=lambda read: -len(read[1].files)):
        if not (math.isnan(cell.from_s) and math.isnan(cell.to_s)):
            continue
        for path in cell.files:
            _, *unit = _where((row, cell))
            before, other = first.setdefault((path, *unit), (row, cell))
            if other.files != cell.files:
                yield row.error("file", f"is a part of the cell of row {before.number} already, its unit too").fault


def groups_of_animals(cells: Sequence[ReadCell], animals: Sequence[ReadAnimal]) -> Iterator[CohortFault]:
    """Find animals with two groups, groups that are probably misspelt, one whose name means every group."""
    rows = [row for row, _ in (*animals, *cells)]
    meant = _misspelt([row["group"] for row in rows])
    for group, rightly in meant.items():
        wrong = [row for row in rows if row["group"] == group]
        message = f"did you mean {rightly!r}{more_rows(wrong)}? A group of its own needs a name less alike"
        yield wrong[0].error("group", message).fault
    everyone = next((row for row in rows if row["group"] == ALL), None)
    if everyone is not None:
        yield everyone.error("group", "stands for every group together; call it something else").fault
    first: dict[str, Row] = {}
    told: set[tuple[str, str]] = set()
    for row in rows:
        animal, group = row["animal"], meant.get(row["group"], row["group"])
        if not (animal and group):
            continue
        before = first.setdefault(animal, row)
        known = meant.get(before["group"], before["group"])
        if group != known and (animal, group) not in told:
            told.add((animal, group))
            there = f"row {before.number}" + (f" of {before.table}" if before.table != row.table else "")
            yield row.error("group", f"animal {animal!r} is of group {known!r} in {there}; an animal has one").fault


def animals_named(cells: Sequence[ReadCell], animals: Sequence[ReadAnimal] | None) -> Iterator[CohortFault]:
    """Find animals of cells that the table of animals lacks; without one, names that differ by signs alone."""
    rows = [row for row, cell in cells if cell.animal]
    users = _grouped(((row, row["animal"]) for row in rows), lambda read: read[1])
    if animals is None:
        first: dict[str, str] = {}
        for name, used in users.items():
            other = first.setdefault(plain_name(name), name)
            if other != name:
                message = f"did you mean {other!r}{more_rows(used)}? Names of two animals differ by more than signs"
                yield used[0][0].error("animal", message).fault
        return
    known = Spellings(animal.subject.animal for _, animal in animals)
    table = animals[0][0].table if animals else "the table of animals"
    for name, used in users.items():
        if name not in known:
            yield used[0][0].error("animal", f"is not in {table}{more_rows(used)}{known.hint(name)}").fault


def recordings(cells: Sequence[ReadCell]) -> Iterator[CohortFault]:
    """Find sessions of two files, and files that began twice."""
    checks: tuple[tuple[str, Callable[[CohortCell], Hashable], Callable[[CohortCell], Hashable], str], ...] = (
        ("file", lambda c: c.session, lambda c: c.files, "session {key!r} has other files in row {row}"),
        ("date", lambda c: c.files, lambda c: c.date, "the same file has another date in row {row}"),
        ("time", lambda c: c.files, lambda c: c.time, "the same file has another time in row {row}"),
        ("doses", lambda c: (c.files, c.session), lambda c: c.doses, "the same session has another table in row {row}"),
    )
    for column, key_of, value_of, message in checks:
        first: dict[Hashable, tuple[Hashable, int]] = {}
        for row, cell in cells:
            key, value = key_of(cell), value_of(cell)
            if not (key and value and cell.files):
                continue
            known, number = first.setdefault(key, (value, row.number))
            if known != value:
                yield row.error(column, message.format(key=key, row=number)).fault


def tracks_counted(cells: Sequence[ReadCell], animals: Sequence[ReadAnimal]) -> Iterator[CohortFault]:
    """Find animals with cells of more tracks than were made."""
    met: Mapping[str, dict[str, None]] = defaultdict(dict)
    for _, cell in cells:
        if cell.track:
            met[cell.animal][cell.track] = None
    for row, animal in animals:
        of_cells = met.get(animal.subject.animal, {})
        if len(of_cells) > animal.tracks:
            yield row.error("tracks", f"its cells are of {len(of_cells)} tracks: {', '.join(of_cells)}").fault


def order_notes(cells: Sequence[ReadCell]) -> Iterator[str]:
    """Say of which animals the order of the recordings is not known from the tables."""
    files: dict[str, dict[Hashable, tuple[str, str, str]]] = defaultdict(dict)
    for row, cell in cells:
        files[cell.animal].setdefault(cell.files, (row["order"], row["date"], row["time"]))
    unknown = [animal for animal, stated in files.items() if len(stated) > 1 and not _in_order(list(stated.values()))]
    if unknown:
        yield (
            f"{_listed(unknown)} {'have' if len(unknown) > 1 else 'has'} several recordings without order, or date "
            "and time: their order is the files' own, where they know when they began"
        )


def dose_notes(cells: Sequence[ReadCell]) -> Iterator[str]:
    """Say which rows have no dose table where there is one: what was given is then the file's to say."""
    without = [f"{row.number}" for row, cell in cells if cell.doses is None]
    if without and len(without) == len(cells) and _has_rows(beside := cells[0][0].path.with_name("doses.csv")):
        yield (
            f"{beside.name} lies beside this table, and no row names it in the column doses: it is not read; what was "
            "given is read from the recordings themselves, if they say so"
        )
    elif without and len(without) < len(cells):
        rows = ", ".join(without[:5]) + (f" and {len(without) - 5} more" if len(without) > 5 else "")
        yield (
            f"no dose table in row{'s' if len(without) > 1 else ''} {rows}: what was given is read from the file "
            "itself, if it says so"
        )


def _has_rows(table: Path) -> bool:
    """Whether there is a dose table with rows; one that cannot be read may have some."""
    try:
        return table.is_file() and bool(scan_doses(table).rows)
    except TableError:
        return True


def idle_notes(cells: Sequence[ReadCell], animals: Sequence[ReadAnimal]) -> Iterator[str]:
    """Say which animals have no cell."""
    with_cells = {cell.animal for _, cell in cells}
    idle = [animal.subject.animal for _, animal in animals if animal.subject.animal not in with_cells]
    if idle:
        yield f"{_listed(idle)} {'have' if len(idle) > 1 else 'has'} no cell"


def _grouped(items: Iterable[T], key: Callable[[T], Key]) -> dict[Key, list[T]]:
    """Items by their key, in their order."""
    groups: dict[Key, list[T]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


def _where(read: ReadCell) -> tuple[Hashable, ...]:
    """File and unit of a cell; a named unit is one whatever the wire. A row without a file is alone."""
    row, cell = read
    sorted_anew = not cell.unit or cell.unit.split()[0] == SORTED
    return (cell.files or row.number, cell.unit, cell.wires if sorted_anew else ())


def _start(cell: CohortCell) -> float:
    """When its part of the file begins."""
    return -math.inf if math.isnan(cell.from_s) else cell.from_s


def _stop(cell: CohortCell) -> float:
    """When its part of the file ends."""
    return math.inf if math.isnan(cell.to_s) else cell.to_s


def _shared(cell: CohortCell, other: CohortCell, number: int) -> str:
    """Say that two cells are one unit at one time."""
    unit = f"unit {cell.unit!r} of the same file" if cell.unit else "the same file, without a unit,"
    if (_start(cell), _stop(cell)) == (_start(other), _stop(other)):
        return f"{unit} is the cell of row {number} already"
    return f"{unit} is the cell of row {number} at a time that is in both: from_s and to_s overlap"


def _misspelt(groups: Sequence[str]) -> dict[str, str]:
    """Return groups that are probably another, misspelt."""
    counts = Counter(group for group in groups if group)
    spellings = Spellings(counts)
    place = {group: number for number, group in enumerate(counts)}
    meant: dict[str, str] = {}
    for group, count in counts.items():
        for other in spellings.near(group):
            same = plain_name(group) == plain_name(other)
            lesser = (count, -place[group]) < (counts[other], -place[other])
            if (same and lesser) or count * _FEWER <= counts[other]:
                meant[group] = other
    return {group: other for group, other in meant.items() if other not in meant}


def _in_order(stated: Sequence[tuple[str, str, str]]) -> bool:
    """Whether order, or date and time, put recordings in one order."""
    orders, dates = [order for order, _, _ in stated], [date for _, date, _ in stated]
    if all(orders) or (all(dates) and len(set(dates)) == len(dates)):
        return True
    return all(date and time for _, date, time in stated)


def _listed(animals: Sequence[str]) -> str:
    """Name some animals, and how many there are."""
    shown = ", ".join(animals[:_SHOWN]) + (", ..." if len(animals) > _SHOWN else "")
    return f"animal {shown}" if len(animals) == 1 else f"{len(animals)} animals ({shown})"


_SHOWN = 8
