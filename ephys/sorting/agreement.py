"""How well two sortings of the same spikes agree: ours and the user's, or ours and the truth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ephys.jupyter import Shown
from ephys.model import Unit
from ephys.model.epoch import FloatArray

DEFAULT_TOLERANCE_S = 0.0005
"""Two spikes within 0.5 ms of one another are the same spike: the field's benchmark convention."""


@dataclass(frozen=True, slots=True)
class UnitMatch(Shown):
    """One unit of the reference and the unit that agrees with it best.

    Parameters
    ----------
    reference : str
        Unit of the reference.
    found : str
        Its partner, one to one; empty where there is none.
    hits, misses, extra : int
        Spikes in both, in the reference alone, in the partner alone.
    lag_s : float, optional
        By how much the partner's times come later (median); taken out before spikes were counted.
    differs : tuple of str, optional
        What differs, in words.
    """

    reference: str
    found: str
    hits: int
    misses: int
    extra: int
    lag_s: float = 0.0
    differs: tuple[str, ...] = ()

    @property
    def accuracy(self) -> float:
        """Hits over hits, misses and extra spikes together."""
        total = self.hits + self.misses + self.extra
        return self.hits / total if total else 0.0

    @property
    def share_found(self) -> float:
        """Share of the reference's spikes that the partner has; NaN where the reference has none."""
        total = self.hits + self.misses
        return self.hits / total if total else math.nan

    @property
    def share_extra(self) -> float:
        """Share of the partner's spikes that the reference has not; NaN where there is no partner."""
        total = self.hits + self.extra
        return self.extra / total if total else math.nan


@dataclass(frozen=True, slots=True)
class SpikePairs:
    """Spikes that two trains have in common, one to one.

    Parameters
    ----------
    first, second : array (pairs,)
        Which spike of either train, in order.
    lag_s : float
        By how much the second train's times come later; taken out.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    lag_s: float = 0.0


def count_coincidences(first_s: FloatArray, second_s: FloatArray, *, tolerance_s: float = DEFAULT_TOLERANCE_S) -> int:
    """Spikes of two ordered trains that pair off one to one within `tolerance_s`.

    >>> count_coincidences(np.array([1.0, 2.0]), np.array([1.0003, 1.0004, 2.1]))
    1
    """
    return len(pair_spikes(first_s, second_s, tolerance_s=tolerance_s).first)


def pair_spikes(
    first_s: FloatArray, second_s: FloatArray, *, tolerance_s: float = DEFAULT_TOLERANCE_S, max_lag_s: float = 0.0
) -> SpikePairs:
    """Pair two ordered trains off one to one, spikes within `tolerance_s` once a lag of at most `max_lag_s` is out.

    >>> pairs = pair_spikes(np.array([1.0, 2.0]), np.array([1.001, 2.001]), max_lag_s=0.002)
    >>> pairs.first, pairs.lag_s.__round__(6)
    (array([0, 1]), 0.001)
    """
    lag_s = measure_lag(first_s, second_s, tolerance_s=tolerance_s, max_lag_s=max_lag_s) if max_lag_s else 0.0
    ours, theirs = first_s.tolist(), (second_s - lag_s).tolist()
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        late = theirs[j] - ours[i]
        if abs(late) <= tolerance_s:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif late > 0:
            i += 1
        else:
            j += 1
    first, second = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return SpikePairs(first, second, lag_s)


def measure_lag(first_s: FloatArray, second_s: FloatArray, *, tolerance_s: float, max_lag_s: float) -> float:
    """By how much the second train comes later: the median where lags lie densest.

    0 where fewer than half of the smaller train's spikes have that lag: then it is chance.

    >>> measure_lag(np.array([1.0, 2.0]), np.array([1.001, 2.001]), tolerance_s=0.0005, max_lag_s=0.002).__round__(6)
    0.001
    """
    low = np.searchsorted(second_s, first_s - max_lag_s)
    many = np.searchsorted(second_s, first_s + max_lag_s, side="right") - low
    within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    lags = np.sort(second_s[np.repeat(low, many) + within] - np.repeat(first_s, many))
    last = np.searchsorted(lags, lags + tolerance_s, side="right")
    held = last - np.arange(len(lags))
    if not held.size or 2 * held.max() < min(len(first_s), len(second_s)):
        return 0.0
    densest = int(np.argmax(held))
    return float(np.median(lags[densest : last[densest]]))


def compare_units(
    reference: Sequence[Unit], found: Sequence[Unit], *, tolerance_s: float = DEFAULT_TOLERANCE_S
) -> tuple[UnitMatch, ...]:
    """Match the units of two sortings one to one so that their accuracies add up to the most.

    Parameters
    ----------
    reference, found : sequence of Unit
        Sortings of the same recording.
    tolerance_s : float, optional
        Largest distance of two spikes that are the same spike.

    Returns
    -------
    tuple of UnitMatch
        One per unit of the reference, in its order.

    Examples
    --------
    >>> from ephys.model import Epoch
    >>> whole = Epoch(0.0, 10.0)
    >>> ours = [Unit.from_times([1.0, 2.0, 3.0], support=whole, id="1")]
    >>> theirs = [Unit.from_times([1.0001, 2.0001], support=whole, id="A")]
    >>> compare_units(theirs, ours)[0].accuracy.__round__(2)
    0.67
    """
    matches = [
        [match_of(one, other, pair_spikes(one.times_s, other.times_s, tolerance_s=tolerance_s)) for other in found]
        for one in reference
    ]
    partner = assign_partners([[match.accuracy for match in row] for row in matches], len(found))
    return tuple(
        matches[i][partner[i]] if i in partner else UnitMatch(one.id, "", 0, one.n_spikes, 0)
        for i, one in enumerate(reference)
    )


def match_of(one: Unit, other: Unit, pairs: SpikePairs) -> UnitMatch:
    """Count how two units agree whose spikes were paired."""
    hits = len(pairs.first)
    return UnitMatch(one.id, other.id, hits, one.n_spikes - hits, other.n_spikes - hits, pairs.lag_s)


def assign_partners(accuracies: Sequence[Sequence[float]], n_found: int, *, least: float = 0.0) -> dict[int, int]:
    """Row to column, one to one, so that the accuracies above `least` add up to the most.

    >>> assign_partners([[0.9, 0.8], [0.7, 0.0]], 2)
    {0: 1, 1: 0}
    """
    scores = np.array(accuracies, dtype=np.float64).reshape(len(accuracies), n_found)
    scores = np.where(scores > least, scores, 0.0)
    rows, columns = linear_sum_assignment(scores, maximize=True)
    return {int(r): int(c) for r, c in zip(rows, columns, strict=True) if scores[r, c] > 0}
