"""Corrections as they are typed: on the command line, and in Python."""

from __future__ import annotations

import shlex

from ephys.sorting.curation import Operation
from ephys.sorting.curation.operations import Delete, Merge, Relabel, Split, SplitSpikes


def typed_option(operation: Operation) -> str:
    """Option of ``ephys curate`` that makes a suggested correction.

    >>> typed_option(Merge(("2", "5"))), typed_option(Split("sorted 3", "time", 812.0))
    ('--merge 2,5', "--split 'sorted 3@812s'")
    """
    match operation:
        case Merge():
            return f"--merge {shlex.quote(','.join(operation.units))}"
        case Split():
            place = f"{operation.cut:.10g}{'s' if operation.along == 'time' else 'uV'}"
            return f"--split {shlex.quote(f'{operation.unit}@{place}')}"
        case SplitSpikes():
            return f"--split {shlex.quote(f'{operation.unit}@shape{_more_parts(operation)}')}"
        case Delete():
            return f"--drop {shlex.quote(operation.unit)}"
        case Relabel():
            return f"--relabel {shlex.quote(f'{operation.unit}={operation.label}')}"
        case _:
            raise TypeError(f"nothing suggests {operation!r}")


def typed_call(operation: Operation) -> str:
    """Call of a `Curation` that makes a suggested correction.

    >>> typed_call(Merge(("2", "5"))), typed_call(Split("3", "amplitude", 80.0))
    ("curation.merge('2', '5')", "curation.split('3', at_uv=80)")
    """
    match operation:
        case Merge():
            return f"curation.merge({', '.join(map(repr, operation.units))})"
        case Split():
            keyword = "at_s" if operation.along == "time" else "at_uv"
            return f"curation.split({operation.unit!r}, {keyword}={operation.cut:.10g})"
        case SplitSpikes():
            return f"curation.split({operation.unit!r}, by_shape={len(operation.new_names)})"
        case Delete():
            return f"curation.delete({operation.unit!r})"
        case Relabel():
            return f"curation.relabel({operation.unit!r}, {operation.label!r})"
        case _:
            raise TypeError(f"nothing suggests {operation!r}")


def _more_parts(operation: SplitSpikes) -> str:
    """How many parts, where there are more than two."""
    parts = len(operation.new_names)
    return f"={parts}" if parts > 2 else ""
