"""What is said of a group, and of two: an estimate with its interval, a difference with its interval and p-value."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ephys.jupyter import Shown

_LARGE = 1e4
"""No data set tells a ratio beyond it."""


@dataclass(frozen=True, slots=True)
class GroupEstimate(Shown):
    """A group's value.

    Parameters
    ----------
    group : str
        Its name.
    value, low, high : float
        Estimate and the ends of its interval; NaN where too few animals tell it.
    n_animals, n_cells : int
        That it rests on: n is animals. For counts per track, `n_cells` is the number of tracks.
    se : float
        Standard error (of the logarithm, where a geometric mean is given); NaN where the interval is a profile.
    """

    group: str
    value: float
    low: float
    high: float
    n_animals: int
    n_cells: int
    se: float = math.nan

    def told(self, *, cells: bool = False) -> str:
        """Value and interval, and how many tell it."""
        n = count_text(self.n_animals, "animal") + (f", {count_text(self.n_cells, 'cell')}" if cells else "")
        return f"{self.group} {interval_text(self.value, self.low, self.high)} ({n})"


@dataclass(frozen=True, slots=True)
class GroupDifference(Shown):
    """A group against the reference.

    Parameters
    ----------
    group, reference : str
        Their names.
    value, low, high : float
        Difference, or ratio (group over reference), with the ends of its interval: NaN where too few animals tell it,
        0 or infinite where the data set no end.
    p : float
        Two-sided p-value; NaN where too few animals tell it.
    df : float
        Degrees of freedom that interval and p-value rest on.
    p_holm : float
        The same, adjusted for the other groups held against the same reference (Holm 1979).
    se : float
        Standard error (of the logarithm, where a ratio is given); NaN where the interval is a profile.
    """

    group: str
    reference: str
    value: float
    low: float
    high: float
    p: float
    df: float
    p_holm: float = math.nan
    se: float = math.nan

    def told(self, sign: str, test: str = "") -> str:
        """Difference and interval, the test where it is named, and the p-value."""
        named = f"{test}, " if test else ""
        interval = interval_text(self.value, self.low, self.high)
        return f"{self.group}{sign.format(self.reference)} {interval}, {named}{p_text(self.p)}"

    def chance(self, *, adjusted: bool) -> str:
        """p-value, and the adjusted one where it is wanted and known."""
        known = adjusted and not math.isnan(self.p_holm)
        holm = f" (Holm {p_text(self.p_holm).removeprefix('p ').removeprefix('= ')})" if known else ""
        return f"{p_text(self.p)}{holm}"


def holm(p: Sequence[float]) -> tuple[float, ...]:
    """p-values adjusted for their number (Holm 1979, Scand J Stat 6:65); NaN takes no part.

    Parameters
    ----------
    p : sequence of float
        p-values of one family.

    Examples
    --------
    >>> holm([0.01, float("nan"), 0.04, 0.03])
    (0.03, nan, 0.06, 0.06)
    """
    values = np.asarray(p, dtype=np.float64)
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    factors = len(known) - np.arange(len(known))
    adjusted = np.full(len(values), np.nan)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(values[order] * factors))
    return tuple(float(value) for value in adjusted)


def with_holm(differences: Sequence[GroupDifference]) -> tuple[GroupDifference, ...]:
    """Differences from one reference with the adjusted p-value beside each.

    Examples
    --------
    >>> told = with_holm([GroupDifference(g, "control", 1.0, 0.1, 1.9, p, 10) for g, p in (("a", 0.01), ("b", 0.04))])
    >>> [d.p_holm for d in told]
    [0.02, 0.04]
    """
    adjusted = holm([difference.p for difference in differences])
    return tuple(replace(d, p_holm=value) for d, value in zip(differences, adjusted, strict=True))


def transformed(
    estimates: Sequence[GroupEstimate], differences: Sequence[GroupDifference], change: Callable[[float], float]
) -> tuple[tuple[GroupEstimate, ...], tuple[GroupDifference, ...]]:
    """Value and interval of each on another scale; standard errors stay on the one that they were estimated on.

    Examples
    --------
    >>> groups, _ = transformed([GroupEstimate("a", 0.0, -1.0, 1.0, 3, 9)], [], math.exp)
    >>> groups[0].value, round(groups[0].high, 3)
    (1.0, 2.718)
    """
    return (
        tuple(replace(e, value=change(e.value), low=change(e.low), high=change(e.high)) for e in estimates),
        tuple(replace(d, value=change(d.value), low=change(d.low), high=change(d.high)) for d in differences),
    )


def p_text(p: float) -> str:
    """A p-value as papers print it.

    >>> p_text(0.0321), p_text(0.00002), p_text(float("nan"))
    ('p = 0.032', 'p < 0.001', 'no p-value')
    """
    if math.isnan(p):
        return "no p-value"
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def interval_text(value: float, low: float, high: float) -> str:
    """A value with its interval, where there is one.

    >>> interval_text(1.234, 1.0, 2.0), interval_text(1.234, float("nan"), float("nan")), interval_text(3.0, 0.2, 7e5)
    ('1.23 (1 to 2)', '1.23', '3 (0.2 to over 10000)')
    """
    told = "none" if math.isnan(value) else number_text(value)
    return told if math.isnan(low) or math.isnan(high) else f"{told} ({number_text(low)} to {number_text(high)})"


def cell_text(value: float, low: float, high: float, *, places: int | None = None) -> str:
    """A value with its interval as a cell of a table has them: all with the places of the value's three figures.

    >>> cell_text(1.2, 0.9968, 1.41), cell_text(0.3, float("nan"), float("nan")), cell_text(20.0, 0.027, 53.0, places=0)
    ('1.20 (1.00 to 1.41)', '0.300', '20 (0 to 53)')
    """
    if math.isnan(value):
        return "none"
    if places is None:
        places = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 2
    told = f"{value:.{places}f}"
    if math.isnan(low) or math.isnan(high):
        return told
    ends = (f"{end:.{places}f}" if abs(end) <= _LARGE else number_text(end) for end in (low, high))
    return f"{told} ({' to '.join(ends)})"


def turned_ends(low: float, high: float) -> tuple[float, float]:
    """Ends of the interval of a ratio's inverse.

    >>> turned_ends(0.0, 4.0)
    (0.25, inf)
    """
    return 1.0 / high, math.inf if low == 0 else 1.0 / low


def number_text(value: float) -> str:
    """Three figures; of what no data set tells, that it is large."""
    return f"over {_LARGE:g}" if _LARGE < value < math.inf else f"{float(f'{value:.3g}'):g}"


def count_text(n: int, noun: str) -> str:
    """How many of what.

    >>> count_text(1, "animal"), count_text(0, "cell")
    ('1 animal', '0 cells')
    """
    return f"{n} {noun}{'s' * (n != 1)}"
