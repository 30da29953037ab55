"""Stretches round points of interest, laid end to end: where each begins, and where that was in the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Stretches:
    """Stretches of something longer, in order, none touching the next.

    Parameters
    ----------
    starts, stops : array (stretches,)
        Where each begins and ends in the whole.
    """

    starts: IntArray
    stops: IntArray

    @classmethod
    def around(cls, points: IntArray, *, before: int, after: int, length: int) -> Stretches:
        """Stretches that reach from `before` ahead of each point to `after` behind it, within the whole.

        >>> stretches = Stretches.around(np.array([3, 20, 24]), before=5, after=5, length=40)
        >>> stretches.starts, stretches.stops
        (array([ 0, 15]), array([ 9, 30]))
        """
        apart = np.diff(points, prepend=-before - after - 2) > before + after + 1
        firsts = points[apart]
        lasts = points[np.roll(apart, -1)]
        return cls(np.maximum(firsts - before, 0), np.minimum(lasts + after + 1, length))

    def cut(self, whole: NDArray[Scalar]) -> NDArray[Scalar]:
        """The stretches of `whole`, end to end."""
        parts = [whole[start:stop] for start, stop in zip(self.starts.tolist(), self.stops.tolist(), strict=True)]
        return np.concatenate([whole[:0], *parts])

    def positions(self, rows: IntArray) -> IntArray:
        """Where `rows` of what was cut lie in the whole.

        >>> Stretches(np.array([10, 30]), np.array([14, 40])).positions(np.array([0, 3, 4, 13]))
        array([10, 13, 30, 39])
        """
        ends = np.cumsum(self.stops - self.starts)
        which = np.searchsorted(ends, rows, side="right")
        positions: IntArray = rows + (self.stops - ends)[which]
        return positions
