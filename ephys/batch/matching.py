"""Rows of the cohort's table and units of their sessions: which cell is which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ephys.analysis import CellRecord, SessionFailure, SessionRecord
from ephys.batch.jobs import SessionJob
from ephys.model import SORTED, CohortCell


@dataclass(frozen=True)
class Matched:
    """Units of one session under the names of the cohort's table.

    Parameters
    ----------
    cells : tuple of (CohortCell, str, CellRecord)
        Row, name and unit.
    failures : tuple of SessionFailure
        Rows whose unit is not in the session.
    notes : tuple of str
    """

    cells: tuple[tuple[CohortCell, str, CellRecord], ...]
    failures: tuple[SessionFailure, ...]
    notes: tuple[str, ...]


def match_cells(job: SessionJob, record: SessionRecord) -> Matched:
    """Find the unit of each row.

    A row that names a unit has that one; ``sort 2`` has the sorter's second; ``sort``, or nothing where the file has
    no units of its own, has all single units that the sorter found and no other row names: a multi-unit is no cell. Of
    a code that ends midway and the unit that goes on, where both are in the table, the whole one is the cell.
    """
    cells, failures = [], []
    taken: set[str] = set()
    for row in sorted(job.cells, key=lambda cell: _rank(cell, record)):
        units = [unit for unit in _units_of(row, record) if unit.unit not in taken]
        if not units:
            failures.append(SessionFailure(record.session, (row,), "unit", _why_none(row, record, taken)))
        taken |= {name for unit in units for name in _names(unit, record)}
        cells += [(row, row.cell if len(units) == 1 else f"{row.cell}/{unit.unit}", unit) for unit in units]
    cells.sort(key=lambda cell: cell[0].row)
    left = [
        cell.unit if _is_cell(cell) else f"{cell.unit} (multi-unit)" for cell in record.cells if cell.unit not in taken
    ]
    notes = [f"{record.session}: units in no row of the cohort's table, and so in no number: {', '.join(left)}"]
    notes = [*(notes if left else ()), *_half_cells(cells, record)]
    return Matched(tuple(cells), tuple(failures), tuple(notes))


def _half_cells(cells: Sequence[tuple[CohortCell, str, CellRecord]], record: SessionRecord) -> Iterator[str]:
    """Say which units are a cell for a part of the time only, and which one goes on."""
    for _, name, unit in cells:
        if whole := record.parts.get(unit.unit):
            yield (
                f"{record.session}: unit {unit.unit} of cell {name} ends or begins midway, and {whole} goes on: if it "
                "is one cell, name that one in column 'unit'"
            )


def _rank(row: CohortCell, record: SessionRecord) -> int:
    """Rows that name a unit choose first; of a cell and a part of it, the whole one does, whoever names it."""
    if _is_open(row, record):
        return 1
    return 2 if any(unit.unit in record.parts for unit in _units_of(row, record)) else 0


def _is_open(row: CohortCell, record: SessionRecord) -> bool:
    """Whether a row takes whatever the sorter found."""
    return row.unit == SORTED or (not row.unit and record.sorted_anew)


def _units_of(row: CohortCell, record: SessionRecord) -> Iterator[CellRecord]:
    """Units that a row means."""
    if _is_open(row, record):
        yield from (cell for cell in record.cells if _is_sorted(cell) and _is_cell(cell))
    elif not row.unit:
        yield from record.cells if len(record.cells) == 1 else ()
    else:
        wanted, of_sorter = _named(row.unit)
        names = {wanted, f"{SORTED}ed {wanted}"} if of_sorter else {wanted}
        yield from (cell for cell in record.cells if cell.unit in names and (_is_sorted(cell) or not of_sorter))


def _names(unit: CellRecord, record: SessionRecord) -> Iterator[str]:
    """Names of a unit: its own, and those of the same cell among the file's units or the sorter's, or parts of it."""
    yield unit.unit
    yield from (found for own, found in record.twins.items() if own == unit.unit)
    yield from (own for own, found in record.twins.items() if found == unit.unit)
    yield from (part for part, whole in record.parts.items() if whole == unit.unit)
    yield from (whole for part, whole in record.parts.items() if part == unit.unit)


def _named(text: str) -> tuple[str, bool]:
    """Name of a unit, and whether it is one of the sorter's."""
    first, _, rest = text.partition(" ")
    return (rest.strip(), True) if first == SORTED and rest else (text, False)


def _is_sorted(cell: CellRecord) -> bool:
    """Whether the sorter found the unit."""
    return str(cell.unit_row["origin"]).startswith(SORTED)


def _is_cell(cell: CellRecord) -> bool:
    """Whether it is one cell."""
    return not cell.unit_row["multi_unit"]


def _why_none(row: CohortCell, record: SessionRecord, taken: set[str]) -> str:
    """Why a row has no unit."""
    names = _listed(record.cells)
    again = _listed([unit for unit in _units_of(row, record) if unit.unit in taken])
    whole = record.parts.get(again)
    if whole in taken:
        return (
            f"unit {again} of {record.session} ends or begins midway, and {whole}, which goes on, is the cell of "
            "another row: drop this row"
        )
    if again:
        return f"unit {again} of {record.session} is the cell of another row, there or as the sorter's: drop one row"
    if not record.cells:
        return f"no unit was found in {record.session}: {'; '.join(record.notes)}"
    if not row.unit:
        return f"the file has several units, {names}: say which in column 'unit'"
    return f"no unit {row.unit!r} in {record.session}; it has {names}"


def _listed(cells: Sequence[CellRecord]) -> str:
    """Names of units."""
    return ", ".join(cell.unit for cell in cells)
