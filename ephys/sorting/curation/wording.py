"""Corrections in words: what was done, and times as they must be typed to be found again."""

from __future__ import annotations

from ephys.sorting.curation.operations import (
    Delete,
    DeleteDose,
    DrawBaseline,
    DrawWindow,
    EditDose,
    ExcludeCell,
    ExcludeDose,
    MarkOperation,
    Merge,
    MoveDose,
    Operation,
    OverrideCall,
    Relabel,
    Restrict,
    Split,
    SplitSpikes,
    Undo,
)


def operation_text(operation: Operation) -> str:
    """What was done, in words.

    >>> operation_text(Merge(("2", "5"))), operation_text(Split("3", "time", 812.0))
    ('units 2 and 5 merged into 2', 'unit 3 split at 812 s into 3a and 3b')
    """
    match operation:
        case Merge():
            return f"units {' and '.join(operation.units)} merged into {operation.new_name}"
        case Split():
            place = seconds(operation.cut) if operation.along == "time" else f"{operation.cut:g} µV"
            return f"unit {operation.unit} split at {place} into {' and '.join(operation.new_names)}"
        case SplitSpikes():
            counts = ", ".join(str(len(part)) for part in operation.parts)
            by = f" ({operation.how})" if operation.how else ""
            named = " and ".join(operation.new_names)
            return (
                f"unit {operation.unit} split spike by spike{by} into {named}: {counts} spikes taken out of the first"
            )
        case Delete():
            return f"unit {operation.unit} deleted"
        case Relabel():
            return f"unit {operation.unit} labelled {operation.label.replace('_', '-')}"
        case Restrict():
            return f"unit {operation.unit} restricted to {seconds(operation.start_s, operation.stop_s)}"
        case OverrideCall():
            return f"unit {operation.unit} called {operation.call.replace('_', ' ')}"
        case ExcludeCell():
            return f"unit {operation.unit} excluded"
        case DrawBaseline():
            return f"baseline drawn from {seconds(operation.start_s, operation.stop_s)}"
        case Undo():
            return f"entry {operation.entry} undone"
        case _:
            return f"{operation.drug} at {seconds(operation.given_s)}: {_mark_text(operation)}"


def _mark_text(operation: MarkOperation) -> str:
    """What was done to a mark, in words."""
    match operation:
        case MoveDose():
            return f"moved to {seconds(operation.to_s)}"
        case EditDose():
            return f"dose corrected to {operation.dose:g} {operation.unit}"
        case DrawWindow():
            return f"window drawn from {seconds(operation.start_s, operation.stop_s)}"
        case ExcludeDose():
            return "excluded from the fit"
        case DeleteDose():
            return "mark deleted"


def seconds(*times_s: float) -> str:
    """Times as they must be typed to be found again.

    >>> seconds(12345.67, 12400.0)
    '12345.67 to 12400 s'
    """
    return " to ".join(f"{time_s:.10g}" for time_s in times_s) + " s"
