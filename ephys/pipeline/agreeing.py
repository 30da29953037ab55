"""The file's own sorting beside ours, and what each cell must be told of codes that change midway."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ephys.analysis import Agreement, AgreementRow, CellAnalysis
from ephys.model import Unit
from ephys.pharmacology import DoseResponseFit
from ephys.sorting import CodeChange, UnitMatch, correction_of, find_changes_between, suspect_code_changes
from ephys.sorting.curation import operation_text

AGREED = 0.8
"""Sortings that agree less are said to differ, beside the unit itself (convention)."""


def apart(units: Sequence[Unit]) -> tuple[tuple[Unit, ...], tuple[Unit, ...]]:
    """The file's own units, and those that were sorted here; corrections by hand keep where a unit comes from."""
    own = tuple(unit for unit in units if not unit.is_sorted_here)
    return own, tuple(unit for unit in units if unit.is_sorted_here)


def changes_of_code(units: Sequence[Unit], *, both: bool) -> tuple[CodeChange, ...]:
    """Changes of code midway: against the sorting here where there are both, else as the file's shapes suggest."""
    own, found = apart(units)
    return find_changes_between(own, found) if both else suspect_code_changes(own)


def side_by_side(
    cells: Sequence[CellAnalysis], matches: Sequence[UnitMatch], changes: Sequence[CodeChange]
) -> Agreement:
    """Each of the file's units with its partner here, and what either gives."""
    known = {cell.unit.id: cell for cell in cells}
    rows = (
        AgreementRow(
            match,
            known.get(match.reference),
            known.get(match.found),
            tuple(one for one in changes if match.reference and match.reference in (one.unit, *one.units)),
        )
        for match in matches
    )
    return Agreement(tuple(rows))


def told_of_matches(cells: Sequence[CellAnalysis], matches: Sequence[UnitMatch]) -> tuple[CellAnalysis, ...]:
    """The file's cells with a flag where the sorting here is another: what differs moves the ID50."""
    by_name = {match.reference: match for match in matches if match.reference and match.accuracy < AGREED}
    return tuple(
        replace(cell, flags=(*cell.flags, _other_flag(by_name[cell.unit.id]))) if cell.unit.id in by_name else cell
        for cell in cells
    )


def _other_flag(match: UnitMatch) -> str:
    """How little the sorting here agrees, and why."""
    found = f"the sorting here, {match.found}, agrees {match.accuracy:.2f}" if match.found else "the sorting here"
    return f"{found}: {'; '.join(match.differs) or 'other spikes'}"


def told_of_changes(cells: Sequence[CellAnalysis], changes: Sequence[CodeChange]) -> tuple[CellAnalysis, ...]:
    """Cells that know of the changes: as flags, and beside the ID50 of a code that does not last."""
    return tuple(_told(cell, changes) for cell in cells)


def _told(cell: CellAnalysis, changes: Sequence[CodeChange]) -> CellAnalysis:
    """One cell with what it must be told."""
    name = cell.unit.id
    cut = [change for change in changes if name in change.units]
    flags = [_cut_flag(cell, change) for change in cut]
    goes_on = [change for change in changes if change.unit == name and change not in cut]
    flags += [f"{change.text}: one cell, or two in one unit" for change in goes_on]
    if not flags:
        return cell
    planned = replace(cell.planned, changes=tuple(cut)) if cell.planned else None
    return replace(cell, flags=(*flags, *cell.flags), changes=tuple(cut), planned=planned)


def _cut_flag(cell: CellAnalysis, change: CodeChange) -> str:
    """What a unit that does not last must be told: in which windows its silence is no inhibition."""
    correction = correction_of(change, cell.unit)
    suggested = f"; suggested if the shapes agree: {operation_text(correction)} (curation)" if correction else ""
    if change.seen == "crossing":
        return f"{change.text}: one of the two sortings changes cell{suggested}"
    windows = ", ".join(_silent_windows(cell, change)) or "no read-out window lies there, but its fate is judged on it"
    then = "from then on" if cell.unit.id == change.before else "until then"
    certain = "may be" if change.seen == "suspected" else "is"
    return f"{change.text}; its silence {then} {certain} no evidence of inhibition: {windows}{suggested}"


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


def call_notes(changes: Sequence[CodeChange]) -> tuple[str, ...]:
    """What the session must be told where its units are only called, and no flag says it."""
    return tuple(f"{change.text}; {_no_silence(change)}" for change in changes)


def _no_silence(change: CodeChange) -> str:
    """What a change is to the units that it cuts."""
    if change.seen == "crossing":
        return f"{', '.join(change.units)} are not one cell throughout"
    sides = ((change.before, "from then on"), (change.after, "until then"))
    silent = " and ".join(f"{name} {when}" for name, when in sides if name in change.units)
    return f"the silence of {silent} {'may not be' if change.seen == 'suspected' else 'is not'} the cell's"
