"""A log replayed on the drug record: marks moved, mended or taken out, windows drawn; the record itself stays."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace

from ephys.errors import CurationError, ParameterError
from ephys.model import READ_ROLES, Administration, DoseProtocol, Epoch
from ephys.sorting.curation.entry import Entry
from ephys.sorting.curation.log import CurationLog
from ephys.sorting.curation.operations import (
    DeleteDose,
    DrawBaseline,
    DrawWindow,
    EditDose,
    ExcludeDose,
    MarkOperation,
    MoveDose,
)
from ephys.sorting.curation.wording import seconds

SAME_MARK_S = 0.01
"""A mark is known by its drug and its time in the record, to this much (convention)."""

_FITTED_ROLES = ("agonist", "vehicle")
"""Administrations whose window can enter a fit."""


def curate_protocol(protocol: DoseProtocol, log: CurationLog) -> DoseProtocol:
    """Replay a log on a drug record.

    Parameters
    ----------
    protocol : DoseProtocol
        As the marks or the dose table have it.
    log : CurationLog
        The corrections; what concerns units is passed over.

    Returns
    -------
    DoseProtocol
        A new one. An administration that was changed says so in its `source`, its first time included.

    Raises
    ------
    CurationError
        If a mark that was corrected is not in the record, or a correction cannot be.

    Examples
    --------
    >>> from ephys.model import Support
    >>> given = (Administration("ipsapirone", 300.0, dose=25.0, dose_unit="ug/kg"),)
    >>> protocol = DoseProtocol(given, Support.of(Epoch(0.0, 600.0)))
    >>> log = CurationLog(by="A. Name").move_dose("ipsapirone", 300.0, 310.0, reason="key pressed early")
    >>> curate_protocol(protocol, log).administrations[0].start_s
    310.0
    """
    if not log.corrects_doses:
        return protocol
    drawn, excluded = dict(protocol.drawn_windows), dict(protocol.excluded)
    marks = [
        _Mark(given, given, drawn.get(number), excluded.get(number, ""))
        for number, given in enumerate(protocol.administrations)
    ]
    baseline = protocol.drawn_baseline
    for entry in log.active:
        operation = entry.operation
        if isinstance(operation, DrawBaseline):
            baseline = _within_recording(operation.start_s, operation.stop_s, "baseline", protocol, entry)
        elif isinstance(operation, MarkOperation):
            place = _place(operation, marks, entry)
            marks[place : place + 1] = _corrected(marks[place], operation, entry, protocol)
    marks.sort(key=lambda mark: mark.given.start_s)
    try:
        curated = replace(
            protocol,
            administrations=tuple(mark.given for mark in marks),
            drawn_baseline=baseline,
            drawn_windows=tuple((i, mark.window) for i, mark in enumerate(marks) if mark.window is not None),
            excluded=tuple((i, mark.excluded) for i, mark in enumerate(marks) if mark.excluded),
        )
    except ParameterError as error:
        raise CurationError(f"the drug record as curated cannot be: {error}") from error
    _check_choices(curated, own=protocol)
    return curated


@dataclass(frozen=True)
class _Mark:
    """An administration as the record has it, as it is now, its drawn window, and why it is excluded."""

    recorded: Administration
    given: Administration
    window: Epoch | None
    excluded: str


def _place(operation: MarkOperation, marks: list[_Mark], entry: Entry) -> int:
    """Which mark is meant."""
    drug = operation.drug.lower()
    apart_s = {
        place: abs(mark.recorded.start_s - operation.given_s)
        for place, mark in enumerate(marks)
        if mark.recorded.drug.lower() == drug
    }
    nearest = min(apart_s, key=lambda place: apart_s[place], default=None)
    if nearest is not None and apart_s[nearest] <= SAME_MARK_S:
        return nearest
    names = [f"{mark.recorded.drug} at {seconds(mark.recorded.start_s)}" for mark in marks]
    near = difflib.get_close_matches(f"{drug} at {seconds(operation.given_s)}", names, n=1, cutoff=0.8)
    there = (f"{near[0]}? There are " if near else "") + (", ".join(names) or "no marks")
    raise CurationError(
        f"{entry.title}: no {operation.drug} at {seconds(operation.given_s)} in the drug record; "
        f"{'did you mean ' if near else 'there are '}{there} (a moved mark keeps the name of its first time)"
    )


def _corrected(mark: _Mark, operation: MarkOperation, entry: Entry, protocol: DoseProtocol) -> list[_Mark]:
    """One mark once one entry is applied; none where it is deleted."""
    given = mark.given
    match operation:
        case MoveDose():
            shift_s = operation.to_s - given.start_s
            stop_s = None if given.stop_s is None else given.stop_s + shift_s
            _within_recording(operation.to_s, operation.to_s + SAME_MARK_S, given.drug, protocol, entry)
            moved = _noted(given, f"moved from {seconds(given.start_s)}", entry)
            return [replace(mark, given=replace(moved, start_s=operation.to_s, stop_s=stop_s))]
        case EditDose():
            return [replace(mark, given=_with_dose(mark, operation, entry))]
        case DrawWindow():
            _check_role(given, "window", READ_ROLES, entry)
            window = _within_recording(operation.start_s, operation.stop_s, given.drug, protocol, entry)
            return [replace(mark, window=window)]
        case ExcludeDose():
            _check_role(given, "exclusion", _FITTED_ROLES, entry)
            return [replace(mark, excluded=f"{entry.reason} ({entry.signature})")]
        case DeleteDose():
            return []


def _with_dose(mark: _Mark, operation: EditDose, entry: Entry) -> Administration:
    """Administration with another dose; a dose in the unit that was typed is converted as the record's own was."""
    given, typed = mark.given, mark.recorded
    if not given.dose > 0:
        raise CurationError(f"{entry.title}: {given.drug} at {seconds(given.start_s)} has no dose to correct")
    if operation.unit == given.dose_unit:
        dose, amount, unit = operation.dose, operation.dose, given.dose_unit
    elif operation.unit == typed.unit and typed.amount > 0:
        dose, amount, unit = operation.dose * typed.dose / typed.amount, operation.dose, typed.unit
    else:
        units = " or ".join(dict.fromkeys(filter(None, (typed.unit, given.dose_unit))))
        raise CurationError(f"{entry.title}: the record has this dose in {units}; state it so, got {operation.unit!r}")
    noted = _noted(given, f"corrected from {given.dose:g} {given.dose_unit}", entry)
    return replace(noted, dose=dose, amount=amount, unit=unit)


def _check_choices(protocol: DoseProtocol, *, own: DoseProtocol) -> None:
    """Raise if a baseline or window that the log chose (not the file's own) cannot mean what it says."""
    given = protocol.administrations
    acting = [a for a in given if a.role not in ("vehicle", "anaesthetic", "wash")]
    drawn = protocol.drawn_baseline
    if drawn and drawn != own.drawn_baseline and acting and drawn.stop_s > acting[0].start_s:
        first = acting[0]
        raise CurationError(
            f"the baseline drawn from {seconds(drawn.start_s, drawn.stop_s)} must end before the first drug, "
            f"{first.drug} at {seconds(first.start_s)}: identity is judged on it, and the effect is no part of that"
        )
    own_windows = {window for _, window in own.drawn_windows}
    for number, window in protocol.drawn_windows:
        if window in own_windows:
            continue
        start_s = given[number].start_s
        after = [a.start_s for a in given if a.role != "anaesthetic" and a.start_s > start_s]
        end_s = min(after, default=protocol.recorded.stop_s)
        if window.start_s < start_s or window.stop_s > end_s:
            raise CurationError(
                f"the window drawn from {seconds(window.start_s, window.stop_s)} for {given[number].drug} must lie "
                f"between its injection and what was given next, {seconds(start_s, end_s)}"
            )


def _check_role(given: Administration, kind: str, roles: tuple[str, ...], entry: Entry) -> None:
    """Raise if nothing of the kind is used of such an administration: the choice would do nothing in silence."""
    if given.role not in roles:
        raise CurationError(
            f"{entry.title}: {given.drug} at {seconds(given.start_s)} is {given.role}: no {kind} of it is used, "
            f"only of {', '.join(roles)}"
        )


def _within_recording(start_s: float, stop_s: float, label: str, protocol: DoseProtocol, entry: Entry) -> Epoch:
    """Window, if the recording holds it."""
    whole = protocol.recorded
    if start_s < whole.start_s or stop_s > whole.stop_s:
        raise CurationError(
            f"{entry.title}: {seconds(start_s, stop_s)} is not within the recording, "
            f"{seconds(whole.start_s, whole.stop_s)}"
        )
    return Epoch(start_s, stop_s, label)


def _noted(given: Administration, note: str, entry: Entry) -> Administration:
    """Administration that says what was done to it, and whose source says by whom."""
    source = "; ".join(filter(None, (given.source, f"{note} ({entry.signature})")))
    return replace(given, source=source, derivation=f"{given.derivation}; {note}")
