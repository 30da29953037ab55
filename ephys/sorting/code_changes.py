"""Codes that change midway: one cell that is code 1 until some moment and code 2, or nothing, from then on.

The code that ends is silent from then on, and the cell is not: such a silence looks like total inhibition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from ephys.jupyter import Shown
from ephys.model import Unit
from ephys.sorting.agreement import pair_spikes
from ephys.sorting.curation.operations import Merge, Restrict, Split
from ephys.sorting.two_sortings import MAX_LAG_S, TOLERANCE_S

FEWEST_SPIKES = 20
"""On either side of a change (convention)."""

PURE = 0.9
"""Of the spikes with a code, that many have the same; and where a code has ended, so many have none (convention)."""

KNOWN = 0.5
"""Where a code holds, it has at least so many of the cell's spikes (convention)."""

ENDED = 0.25
"""A code that ends keeps at most a quarter of its rate: strays, beside a cell that the drug slows (convention)."""

_GAIN = 10.0
"""Log likelihood that a cut must gain beyond what one more choice of codes and moment costs (convention)."""

_NEAR = 2.0
"""Moments within 2 of the largest log likelihood are as good: 95 % (a likelihood interval)."""

Seen: TypeAlias = Literal["codes", "sorting", "crossing", "suspected"]


@dataclass(frozen=True, slots=True)
class CodeChange(Shown):
    """A moment at which the code of one cell changes.

    Parameters
    ----------
    unit : str
        The unit that goes on throughout; empty where there is none, and it is only suspected.
    before, after : str
        Names of the units that its spikes are until then, and from then on; empty: none.
    at_s, low_s, high_s : float
        The moment, and between which spikes it lies.
    n_before, n_after : int
        Spikes that it rests on.
    seen : {"codes", "sorting", "crossing", "suspected"}
        A unit found here goes on while the file's code changes; a code of the file goes on while the unit found here
        changes; likewise, but that unit goes on as well; or one code ends where another of the same shape begins.
    unsorted : tuple of str
        Which of the names are the file's unsorted spikes: they cannot be merged with a cell.
    """

    unit: str
    before: str
    after: str
    at_s: float
    low_s: float
    high_s: float
    n_before: int
    n_after: int
    seen: Seen = "codes"
    unsorted: tuple[str, ...] = ()

    @property
    def moment(self) -> str:
        """When, in words."""
        if self.high_s - self.low_s < 0.1:
            return f"{self.at_s:.1f} s"
        return f"{self.at_s:.1f} s ({self.low_s:.1f} to {self.high_s:.1f} s)"

    @property
    def brief(self) -> str:
        """When, in whole seconds; from and to where it is not known to 10 s."""
        wide = self.high_s - self.low_s >= 10.0
        return f"{self.low_s:.0f} to {self.high_s:.0f} s" if wide else f"{self.at_s:.0f} s"

    @property
    def units(self) -> tuple[str, ...]:
        """Units that are not one cell throughout: cut off by the change, or crossed by it."""
        if self.seen == "crossing":
            return (self.unit, self.before, self.after)
        return tuple(name for name in (self.before, self.after) if name and name not in self.unsorted)

    def doubt_of(self, name: str) -> str:
        """What stands beside the ID50 of one of `units`, which is not the cell throughout."""
        if self.seen == "crossing":
            return f"the two sortings cross at {self.brief}"
        ends = name == self.before
        if self.seen == "suspected":
            if ends:
                return f"suspected: code ends at {self.brief} and goes on as {self.after}"
            return f"suspected: code begins at {self.brief} and was {self.before} before"
        what = "code" if self.seen == "codes" else "unit"
        return f"{what} {'ends' if ends else 'begins'} at {self.brief}, not the cell"

    @property
    def text(self) -> str:
        """What changes, and what it rests on."""
        names = [self._named(name) for name in (self.before, self.after)]
        if self.seen == "suspected":
            return (
                f"{names[0]} ends where {names[1]}, of the same shape, begins, at {self.moment} ({self.n_before} and "
                f"{self.n_after} spikes): suspected to be one cell"
            )
        whose = "in the file" if self.seen == "codes" else "of the file, here"
        crossing = f"; {self.before} and {self.after} cross there" if self.seen == "crossing" else ""
        return (
            f"unit {self.unit} {whose}: {names[0]} until {self.moment}, {names[1]} from then on "
            f"({self.n_before} and {self.n_after} spikes){crossing}"
        )

    def _named(self, name: str) -> str:
        """A unit's name; what stands for none."""
        return (f"{name} (unsorted)" if name in self.unsorted else name) if name else "not sorted"


def correction_of(change: CodeChange, unit: Unit) -> Merge | Restrict | Split | None:
    """Correction that a change suggests for one of its units: a merge of both, else the time in which it is known.

    A code that crosses over is split there, and the units that it crosses stay. A cell that is silent round the change
    is silent in the restricted code, too.

    Parameters
    ----------
    change : CodeChange
        Where the code changes.
    unit : Unit
        One of `change.units`.

    Returns
    -------
    Merge, Restrict, Split or None
        ``None`` where nothing of the unit would be left.

    Examples
    --------
    >>> from ephys.model import Epoch
    >>> change = CodeChange("A", "1", "", 59.5, 59.0, 60.0, 60, 38)
    >>> correction_of(change, Unit.from_times([1.0], support=Epoch(0.0, 100.0)))
    Restrict(unit='1', start_s=0.0, stop_s=60.0)
    """
    if change.seen == "crossing":
        return Split(unit.id, "time", change.at_s) if unit.id == change.unit else None
    if len(change.units) == 2:
        return Merge(change.units)
    start_s, stop_s = unit.support.start_s, unit.support.stop_s
    start_s, stop_s = (start_s, change.high_s) if unit.id == change.before else (change.low_s, stop_s)
    return Restrict(unit.id, start_s, stop_s) if start_s < stop_s else None


def find_code_changes(
    unit: Unit, codes: Sequence[Unit], *, seen: Literal["codes", "sorting"] = "codes"
) -> tuple[CodeChange, ...]:
    """Moments at which the spikes of one unit go over from one code to another, or to none.

    The sequence of codes is cut where that makes it likeliest. On either side of a change stand at least 20 spikes;
    90 % of those with a code have the same, which has at least half of all; or 90 % have none.

    Parameters
    ----------
    unit : Unit
        A cell that goes on throughout.
    codes : sequence of Unit
        Another sorting of the same wire. Spikes are paired within 1 ms, after a lag of at most 2 ms is taken out.
    seen : {"codes", "sorting"}, optional
        Whether `codes` are the file's or those found here.

    Returns
    -------
    tuple of CodeChange
        In order; none of a unit that is not one cell.

    Examples
    --------
    >>> from ephys.model import Epoch
    >>> whole = Epoch(0.0, 100.0)
    >>> cell = Unit.from_times(np.arange(1.0, 99.0), support=whole, id="A")
    >>> codes = [Unit.from_times(cell.times_s[:60], support=whole), Unit.from_times(cell.times_s[60:], support=whole,
    ...          id="2")]
    >>> print(find_code_changes(cell, codes)[0].text)
    unit A in the file: 1 until 60.5 s (60.0 to 61.0 s), 2 from then on (60 and 38 spikes)
    """
    if unit.multi_unit or not codes:
        return ()
    labels = _labels(unit, codes)
    known = np.any([code.support.mask(unit.times_s) for code in codes], axis=0)
    times, labels = unit.times_s[known], labels[known]
    names = ("", *(code.id for code in codes))
    unsorted = tuple(code.id for code in codes if code.multi_unit)
    changes = (
        CodeChange(unit.id, names[before], names[after], at, low, high, n, m, seen, unsorted)
        for before, after, at, low, high, n, m in label_changes(times, labels, len(names))
    )
    support = {code.id: code.support for code in codes}
    return tuple(
        one
        for one in changes
        if one.units
        and (
            (one.before != "" and support[one.before].stop_s > one.high_s)
            or (one.after != "" and support[one.after].start_s < one.low_s)
        )
    )


def _labels(unit: Unit, codes: Sequence[Unit]) -> NDArray[np.int64]:
    """Code of each spike: 0 for none, 1 for the first..."""
    labels = np.zeros(unit.n_spikes, dtype=np.int64)
    paired = [
        pair_spikes(unit.times_s, code.times_s, tolerance_s=TOLERANCE_S, max_lag_s=MAX_LAG_S).first for code in codes
    ]
    # A spike that two codes claim is the one's that shares more with the unit: the other met it by chance.
    for k in np.argsort([each.size for each in paired], kind="stable"):
        labels[paired[k]] = k + 1
    return labels


def label_changes(
    times: NDArray[np.float64], labels: NDArray[np.int64], kinds: int
) -> Iterator[tuple[int, int, float, float, float, int, int]]:
    """Changes between stretches that are one code's: both codes, the moment with its ends, spikes on either side."""
    counts = np.zeros((len(labels) + 1, kinds), dtype=np.int64)
    np.cumsum(np.eye(kinds, dtype=np.int64)[labels], axis=0, out=counts[1:])
    edges = [(0, 0, 0), *sorted(_cuts(counts, 0, len(labels))), (len(labels),) * 3]
    stretches = [
        (code, first, last)
        for first, last in pairwise(edges)
        if (code := _code(counts[last[1]] - counts[first[1]])) is not None
    ]
    for (before, start, left), (after, right, stop) in pairwise(stretches):
        parts = [(start[1], left[1]), (right[1], stop[1])]
        if before == after or not all(_ends(times, counts, code, parts) for code in (before, after) if code):
            continue
        low, high = float(times[left[0] - 1]), float(times[right[2]])
        at = float(times[left[1] - 1] + times[right[1]]) / 2
        yield before, after, at, low, high, left[1] - start[1], stop[1] - right[1]


def _ends(times: NDArray[np.float64], counts: NDArray[np.int64], code: int, parts: Sequence[tuple[int, int]]) -> bool:
    """Whether a code itself ends or begins, and is not only outnumbered in one of the parts."""
    rates = [
        (counts[last, code] - counts[first, code]) / max(times[last - 1] - times[first], 1e-9) for first, last in parts
    ]
    return bool(min(rates) <= ENDED * max(rates))


def _code(counts: NDArray[np.int64]) -> int | None:
    """Code of a stretch: one that has most of it, 0 if none has; ``None`` where codes are mixed."""
    total, coded = int(counts.sum()), int(counts[1:].sum())
    if total < FEWEST_SPIKES:
        return None
    if coded <= (1 - PURE) * total:
        return 0
    best = 1 + int(np.argmax(counts[1:]))
    return best if counts[best] >= PURE * coded and counts[best] >= KNOWN * total else None


def _cuts(counts: NDArray[np.int64], first: int, last: int) -> list[tuple[int, int, int]]:
    """Where a stretch of spikes is best cut, and its parts again: the cut, with the first and last that are as good."""
    ks = np.arange(first + FEWEST_SPIKES, last - FEWEST_SPIKES + 1)
    if not ks.size:
        return []
    whole = _log_likelihood((counts[last] - counts[first])[np.newaxis])[0]
    gains = _log_likelihood(counts[ks] - counts[first]) + _log_likelihood(counts[last] - counts[ks]) - whole
    best = int(np.argmax(gains))
    if gains[best] < _GAIN + counts.shape[1] * np.log(last - first):
        return []
    near = ks[gains >= gains[best] - _NEAR]
    cut = int(ks[best])
    return [*_cuts(counts, first, cut), (int(near[0]), cut, int(near[-1])), *_cuts(counts, cut, last)]


def _log_likelihood(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of each row of counts under its own shares."""
    total = counts.sum(axis=1)
    return np.asarray(xlogy(counts, counts).sum(axis=1) - xlogy(total, total), dtype=np.float64)
