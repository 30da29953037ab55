"""How well two sortings of the same spikes agree: ours and the user's, or ours and the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from ephys.model import Unit
from ephys.model.epoch import FloatArray

DEFAULT_TOLERANCE_S = 0.0005
"""Two spikes within 0.5 ms of one another are the same spike: the field's benchmark convention."""


@dataclass(frozen=True, slots=True)
class UnitMatch:
    """One unit of the reference and the unit that agrees with it best.

    Parameters
    ----------
    reference : str
        Unit of the reference.
    found : str
        Its partner, one to one; empty where there is none.
    hits, misses, extra : int
        Spikes in both, in the reference alone, in the partner alone.
    """

    reference: str
    found: str
    hits: int
    misses: int
    extra: int

    @property
    def accuracy(self) -> float:
        """Hits over hits, misses and extra spikes together."""
        total = self.hits + self.misses + self.extra
        return self.hits / total if total else 0.0


def count_coincidences(first_s: FloatArray, second_s: FloatArray, *, tolerance_s: float = DEFAULT_TOLERANCE_S) -> int:
    """Spikes of two ordered trains that pair off one to one within `tolerance_s`.

    >>> count_coincidences(np.array([1.0, 2.0]), np.array([1.0003, 1.0004, 2.1]))
    1
    """
    i = j = hits = 0
    while i < len(first_s) and j < len(second_s):
        lag = second_s[j] - first_s[i]
        if abs(lag) <= tolerance_s:
            hits, i, j = hits + 1, i + 1, j + 1
        elif lag > 0:
            i += 1
        else:
            j += 1
    return hits


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
    matches = [[_match(one, other, tolerance_s) for other in found] for one in reference]
    scores = np.array([[match.accuracy for match in row] for row in matches]).reshape(len(reference), len(found))
    rows, columns = linear_sum_assignment(scores, maximize=True)
    partner = {int(r): int(c) for r, c in zip(rows, columns, strict=True) if scores[r, c] > 0}
    return tuple(
        matches[i][partner[i]] if i in partner else UnitMatch(one.id, "", 0, one.n_spikes, 0)
        for i, one in enumerate(reference)
    )


def _match(one: Unit, other: Unit, tolerance_s: float) -> UnitMatch:
    """Count how two units agree."""
    hits = count_coincidences(one.times_s, other.times_s, tolerance_s=tolerance_s)
    return UnitMatch(one.id, other.id, hits, one.n_spikes - hits, other.n_spikes - hits)
