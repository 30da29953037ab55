"""Changes of code between two whole sortings, and where the two cross: neither is silent there, but one is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ephys.model import Unit
from ephys.sorting.code_changes import CodeChange, find_code_changes


def find_changes_between(own: Sequence[Unit], found: Sequence[Unit]) -> tuple[CodeChange, ...]:
    """Changes of code in the units found here, and of units in the file's codes.

    Where a code goes over from one unit to another, and the first goes on under another code or none, no code falls
    silent: the sortings cross, and that is told once.

    Parameters
    ----------
    own, found : sequence of Unit
        The file's units, and those sorted from its voltage.

    Returns
    -------
    tuple of CodeChange

    Examples
    --------
    >>> import numpy as np
    >>> from ephys.model import Epoch
    >>> whole = Epoch(0.0, 100.0)
    >>> a, b = np.arange(1.0, 99.0), np.arange(1.5, 99.0)
    >>> found = [Unit.from_times(a, support=whole, id="A"), Unit.from_times(b, support=whole, id="B")]
    >>> code = Unit.from_times([*a[:50], *b[50:]], support=whole)
    >>> [(change.seen, change.unit, change.before, change.after) for change in find_changes_between([code], found)]
    [('crossing', '1', 'A', 'B')]
    """
    codes = [change for unit in found for change in find_code_changes(unit, own)]
    units = [change for unit in own for change in find_code_changes(unit, found, seen="sorting")]
    crossed = [change for change in units if any(_is_other_side(one, change) for one in codes)]
    left = [one for one in codes if not any(_is_other_side(one, change) for change in crossed)]
    return (*left, *(replace(one, seen="crossing") if one in crossed else one for one in units))


def _is_other_side(code: CodeChange, unit: CodeChange) -> bool:
    """Whether a code leaves (or joins) a unit at the moment at which that unit's code goes over from (or to) it."""
    leaves = code.unit == unit.before and code.before == unit.unit
    joins = code.unit == unit.after and code.after == unit.unit
    return (leaves or joins) and code.low_s <= unit.high_s and unit.low_s <= code.high_s
