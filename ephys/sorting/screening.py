"""The best pair among all pairs of candidates, without weighing them all exactly.

Candidates are templates at lags. What a pair explains changes little from one lag to the next: all pairs on a coarser
grid of lags are weighed first, in single precision and in batches that stay in the processor's cache, and the best few
are followed uphill from lag to lag, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ephys.sorting.filters import FloatTraces

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

BATCH = 256
"""Crossings worked on together: what is made of them stays in the cache."""

STEPS = np.array([(one, other) for one in (0, -1, 1) for other in (0, -1, 1)])
"""Of the two lags, from a pair to itself and to those next to it."""


@dataclass(frozen=True, eq=False)
class PairSearch:
    """Finds the pair of candidates that explains most; made once for a recording.

    With ``u`` what a candidate explains of a crossing, as a length with a sign, with ``r`` what its size's distance
    from the expected one costs, and with ``c`` the correlation of two candidates, they explain
    ``u1^2 - r1 + (u2 - c u1)^2 / (1 - c^2) - r2``.

    Parameters
    ----------
    correlation : array (candidates, candidates)
        Of their voltages, with what is known of their sizes.
    allowed : array (candidates, candidates)
        Which pairs there are, each once: the first has the lower number.
    template : array (candidates,)
        Of each candidate; those of one template follow one another, in order of their lags.
    grid : array (points,)
        Candidates on the coarser grid, in order.
    coarse, factors : array (points, points)
        Their correlations, and ``1 / (1 - c^2)``; 0 for pairs that there are not.
    kept : int
        Pairs on the grid from which the way leads uphill.
    climbs : int
        Steps uphill.
    """

    correlation: FloatArray
    allowed: NDArray[np.bool_]
    template: IntArray
    grid: IntArray
    coarse: FloatTraces
    factors: FloatTraces
    kept: int
    climbs: int

    @classmethod
    def of(
        cls, correlation: FloatArray, allowed: NDArray[np.bool_], template: IntArray, *, stride: int, kept: int
    ) -> PairSearch:
        """Search on a grid of every `stride`-th lag of each template, and its last."""
        runs = np.split(np.arange(len(template)), np.flatnonzero(np.diff(template)) + 1)
        grid = np.unique(np.concatenate([np.append(run[::stride], run[-1:]) for run in runs]))
        coarse = correlation[np.ix_(grid, grid)].astype(np.float32)
        apart = np.maximum(1.0 - coarse * coarse, np.finfo(np.float32).eps)
        factors = np.where(allowed[np.ix_(grid, grid)], 1.0 / apart, 0.0).astype(np.float32)
        return cls(correlation, allowed, template, grid, coarse, factors, kept, stride)

    def __len__(self) -> int:
        """Number of pairs on the grid."""
        return int(np.count_nonzero(self.factors))

    def among(self, free: NDArray[np.bool_]) -> PairSearch:
        """Search among some of the candidates: of each template all, or none."""
        points = np.flatnonzero(free[self.grid])
        inside = np.ix_(points, points)
        return replace(self, grid=self.grid[points], coarse=self.coarse[inside], factors=self.factors[inside])

    def best(self, lengths: FloatArray, costs: FloatArray) -> tuple[FloatArray, IntArray]:
        """What the best pair explains of each crossing, and the numbers (crossings, 2) of its candidates.

        Parameters
        ----------
        lengths, costs : array (crossings, candidates)
            ``u`` and ``r`` above.

        Returns
        -------
        explained : array (crossings,)
            -inf where there is no pair to choose.
        pairs : array (crossings, 2)
            Numbers of candidates.
        """
        rows = np.arange(len(lengths))
        if not len(self):
            return np.full(len(rows), -np.inf), np.zeros((len(rows), 2), dtype=np.int64)
        pairs = self._starts(lengths, costs)
        for _ in range(self.climbs):
            pairs = self._uphill(lengths, costs, pairs)
        explained = self._explained(lengths, costs, pairs)
        highest = explained.argmax(axis=1)
        return explained[rows, highest], pairs[rows, highest]

    def _starts(self, lengths: FloatArray, costs: FloatArray) -> IntArray:
        """Pairs (crossings, kept, 2) of the points that explain most with their best partners on the grid."""
        u, r = lengths[:, self.grid].astype(np.float32), costs[:, self.grid].astype(np.float32)
        firsts = self._firsts(np.ascontiguousarray(u.T), np.ascontiguousarray(r.T))
        seconds = np.empty_like(firsts)
        for number, first in enumerate(firsts.T):
            mine = np.take_along_axis(u, first[:, np.newaxis], axis=1)
            added = _added(mine, u, r, self.coarse[first], self.factors[first])
            added[self.factors[first] == 0.0] = -np.inf
            seconds[:, number] = added.argmax(axis=1)
        return self.grid[np.stack([firsts, seconds], axis=2)]

    def _firsts(self, u: FloatTraces, r: FloatTraces) -> IntArray:
        """Points (crossings, kept) that explain most with their best partners, from lengths and costs by point."""
        points = np.flatnonzero(self.factors.any(axis=1))
        explained = u[points] ** 2 - r[points]
        for number, first in enumerate(points.tolist()):
            partners = slice(int((self.factors[first] > 0.0).argmax()), None)
            coarse, factors = self.coarse[first, partners, np.newaxis], self.factors[first, partners, np.newaxis]
            explained[number] += _added(u[first], u[partners], r[partners], coarse, factors).max(axis=0)
        kept = min(self.kept, len(points))
        return points[np.argpartition(-explained, kept - 1, axis=0)[:kept].T]

    def _uphill(self, lengths: FloatArray, costs: FloatArray, pairs: IntArray) -> IntArray:
        """The best of each pair (crossings, kept, 2) and those a step of one or both lags away."""
        tried = np.clip(pairs[:, :, np.newaxis] + STEPS, 0, len(self.template) - 1)
        same = self.template[tried] == self.template[pairs][:, :, np.newaxis]
        tried = np.where(same, tried, pairs[:, :, np.newaxis])
        each = tried.reshape(len(pairs), pairs.shape[1] * len(STEPS), 2)
        best = self._explained(lengths, costs, each).reshape(tried.shape[:3]).argmax(axis=2)[:, :, None, None]
        return np.take_along_axis(tried, best, axis=2)[:, :, 0]

    def _explained(self, lengths: FloatArray, costs: FloatArray, pairs: IntArray) -> FloatArray:
        """What pairs (crossings, tried, 2) explain; -inf for those that there are not."""
        first, second = pairs[..., 0], pairs[..., 1]
        rows = np.arange(len(pairs))[:, np.newaxis]
        u, v, c = lengths[rows, first], lengths[rows, second], self.correlation[first, second]
        # A pair that there is not may be one candidate twice, of correlation 1.
        apart = np.where(self.allowed[first, second], 1.0 - c * c, np.inf)
        explained = (u * u - 2.0 * c * u * v + v * v) / apart - costs[rows, first] - costs[rows, second]
        return np.where(np.isinf(apart), -np.inf, explained)


def _added(
    first: FloatTraces, partners: FloatTraces, costs: FloatTraces, correlation: FloatTraces, factors: FloatTraces
) -> FloatTraces:
    """What second candidates explain beside a first one; in one array, made once."""
    added: FloatTraces = correlation * first
    np.subtract(partners, added, out=added)
    added *= added
    added *= factors
    added -= costs
    return added
