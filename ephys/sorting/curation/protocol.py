"""A log replayed on the drug record: marks moved, mended or taken out, windows drawn; the record itself stays."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ephys.errors import CurationError, ParameterError
from ephys.model import Administration, DoseProtocol, Epoch
from ephys.sorting.curation.log import CurationLog, Entry
from ephys.sorting.curation.operations import (
    DeleteDose,
    DrawBaseline,
    DrawWindow,
    EditDose,
    ExcludeDose,
    MarkOperation,
    MoveDose,
)

SAME_MARK_S = 0.01
"""A mark is known by its drug and its time in the record, to this much (convention)."""


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
    drawn, excluded = dict(protocol.drawn_windows), dict(protocol.excluded)
    marks = [
        _Mark(given, given, drawn.get(number), excluded.get(number, ""))
        for number, given in enumerate(protocol.administrations)
    ]
    baseline = protocol.drawn_baseline
    for entry in log.active:
        operation = entry.operation
        if isinstance(operation, DrawBaseline):
            baseline = _recorded(operation.start_s, operation.stop_s, "baseline", protocol, entry)
        elif isinstance(operation, MarkOperation):
            place = _place(operation, marks, entry)
            marks[place : place + 1] = _corrected(marks[place], operation, entry, protocol)
    marks.sort(key=lambda mark: mark.given.start_s)
    try:
        return replace(
            protocol,
            administrations=tuple(mark.given for mark in marks),
            drawn_baseline=baseline,
            drawn_windows=tuple((i, mark.window) for i, mark in enumerate(marks) if mark.window is not None),
            excluded=tuple((i, mark.excluded) for i, mark in enumerate(marks) if mark.excluded),
        )
    except ParameterError as error:
        raise CurationError(f"the drug record as curated cannot be: {error}") from error


@dataclass(frozen=True)
class _Mark:
    """An administration as the record has it, as it is now, its drawn window, and why it is excluded."""

    recorded: Administration
    given: Administration
    window: Epoch | None
    excluded: str


def _place(operation: MarkOperation, marks: list[_Mark], entry: Entry) -> int:
    """Which mark is meant."""
    for place, mark in enumerate(marks):
        apart_s = abs(mark.recorded.start_s - operation.given_s)
        if mark.recorded.drug == operation.drug.lower() and apart_s <= SAME_MARK_S:
            return place
    there = ", ".join(f"{mark.recorded.drug} at {mark.recorded.start_s:g} s" for mark in marks) or "no mark"
    raise CurationError(
        f"{entry.title}: no {operation.drug} at {operation.given_s:g} s in the drug record, but {there} "
        "(a mark that was moved keeps the name of its first time)"
    )


def _corrected(mark: _Mark, operation: MarkOperation, entry: Entry, protocol: DoseProtocol) -> list[_Mark]:
    """One mark once one entry is applied; none where it is deleted."""
    given = mark.given
    match operation:
        case MoveDose():
            shift_s = operation.to_s - given.start_s
            stop_s = None if given.stop_s is None else given.stop_s + shift_s
            _recorded(operation.to_s, max(operation.to_s + SAME_MARK_S, stop_s or 0.0), given.drug, protocol, entry)
            note = f"moved from {mark.recorded.start_s:g} s ({entry.signature})"
            return [replace(mark, given=replace(_noted(given, note), start_s=operation.to_s, stop_s=stop_s))]
        case EditDose():
            note = f"dose {given.dose:g} {given.dose_unit} before ({entry.signature})"
            changed = replace(
                _noted(given, note), dose=operation.dose, amount=operation.dose, unit=given.dose_unit,
                derivation="corrected by hand",
            )  # fmt: skip
            return [replace(mark, given=changed)]
        case DrawWindow():
            window = _recorded(operation.start_s, operation.stop_s, given.drug, protocol, entry)
            return [replace(mark, window=window)]
        case ExcludeDose():
            return [replace(mark, excluded=f"{entry.reason} ({entry.signature})")]
        case DeleteDose():
            return []


def _recorded(start_s: float, stop_s: float, label: str, protocol: DoseProtocol, entry: Entry) -> Epoch:
    """Window, if the recording holds it."""
    whole = protocol.recorded
    if start_s < whole.start_s or stop_s > whole.stop_s:
        raise CurationError(
            f"{entry.title}: {start_s:g} to {stop_s:g} s is not within the recording, {whole.start_s:g} to "
            f"{whole.stop_s:g} s"
        )
    return Epoch(start_s, stop_s, label)


def _noted(given: Administration, note: str) -> Administration:
    """Administration whose source says what was done to it."""
    return replace(given, source="; ".join(filter(None, (given.source, note))))
