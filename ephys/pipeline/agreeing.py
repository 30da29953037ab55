"""The file's own sorting beside ours, and what each cell must be told of codes that change midway."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ephys.analysis import Agreement, AgreementRow, CellAnalysis
from ephys.model import Unit
from ephys.pharmacology import DoseResponseFit
from ephys.sorting import CodeChange, compare_sortings, correction_of, find_code_changes, suspect_code_changes
from ephys.sorting.curation import operation_text


def apart(units: Sequence[Unit]) -> tuple[tuple[Unit, ...], tuple[Unit, ...]]:
    """The file's own units, and those that were sorted here; corrections by hand keep where a unit comes from."""
    own = tuple(unit for unit in units if unit.origin != "sort")
    return own, tuple(unit for unit in units if unit.origin == "sort")


def changes_of_code(units: Sequence[Unit], *, both: bool) -> tuple[CodeChange, ...]:
    """Changes of code midway: against the sorting here where there are both, else as the file's shapes suggest."""
    if not both:
        own = [unit for unit in units if unit.origin != "sort"]
        return suspect_code_changes(own)
    own_units, found = apart(units)
    forward = [change for unit in found for change in find_code_changes(unit, own_units)]
    converse = [change for unit in own_units for change in find_code_changes(unit, found, seen="sorting")]
    return (*forward, *converse)


def side_by_side(cells: Sequence[CellAnalysis], changes: Sequence[CodeChange]) -> Agreement:
    """Each of the file's units with its partner here, and what either gives."""
    own, found = apart([cell.unit for cell in cells])
    known = {cell.unit.id: cell for cell in cells}
    return Agreement(
        tuple(
            AgreementRow(
                match,
                known.get(match.reference),
                known.get(match.found),
                tuple(one for one in changes if match.reference and match.reference in (one.unit, *one.units)),
            )
            for match in compare_sortings(own, found)
        )
    )


def told_of_changes(cells: Sequence[CellAnalysis], changes: Sequence[CodeChange]) -> tuple[CellAnalysis, ...]:
    """Cells that know of the changes: as flags, and beside the ID50 of a code that does not last."""
    return tuple(_told(cell, changes) for cell in cells)


def _told(cell: CellAnalysis, changes: Sequence[CodeChange]) -> CellAnalysis:
    """One cell with what it must be told."""
    name = cell.unit.id
    cut = [change for change in changes if name in change.units]
    flags = [_cut_flag(cell, change) for change in cut]
    flags += [f"{change.text}; two cells in one unit, or one cell" for change in changes if change.unit == name]
    if not flags:
        return cell
    doubts = dict.fromkeys(_doubt(name, change) for change in cut if change.seen != "suspected")
    return _doubted(cell, ", ".join(doubts), flags)


def _doubted(cell: CellAnalysis, doubt: str, flags: Sequence[str]) -> CellAnalysis:
    """Cell with a doubt beside its ID50, as planned, too."""
    planned = replace(cell.planned, code_change=doubt) if cell.planned else None
    return replace(cell, flags=(*flags, *cell.flags), code_change=doubt, planned=planned)


def _doubt(name: str, change: CodeChange) -> str:
    """What stands beside the ID50 of a unit that does not last."""
    what = "code" if change.seen == "codes" else "unit"
    return f"{what} {'ends' if name == change.before else 'begins'} at {change.brief}, not the cell"


def _cut_flag(cell: CellAnalysis, change: CodeChange) -> str:
    """What a unit that does not last must be told: which windows its silence counterfeits."""
    windows = ", ".join(_silent_windows(cell, change)) or "no read-out window lies there, but its fate is judged on it"
    certain = "may be" if change.seen == "suspected" else "is"
    correction = correction_of(change, cell.unit)
    suggested = f"; if so: {operation_text(correction)} (curation)" if correction else ""
    return (
        f"{change.text}; its silence then {certain} no silence of the cell, and {certain} no inhibition: {windows}"
        f"{suggested}"
    )


def _silent_windows(cell: CellAnalysis, change: CodeChange) -> Iterator[str]:
    """Windows in the time in which the unit was not told, as they are named."""
    ends = cell.unit.id == change.before
    for fit in cell.fits:
        doses = []
        for window in fit.windows:
            silent = window.epoch.stop_s > change.high_s if ends else window.epoch.start_s < change.low_s
            if silent and window.covered_s > 0:
                doses.append(_window_name(fit, window.role, window.drug, window.dose))
        if doses:
            yield f"{fit.response.drug} ({', '.join(doses)})"


def _window_name(fit: DoseResponseFit, role: str, drug: str, dose: float) -> str:
    """How a read-out window is named: its cumulative dose, or what was given."""
    return f"{dose:g} {fit.unit_text}" if role == "agonist" else drug or role


def change_notes(changes: Sequence[CodeChange]) -> tuple[str, ...]:
    """What the session must be told."""
    return tuple(f"{change.text}; see the flags of {' and '.join(change.units)}" for change in changes)
