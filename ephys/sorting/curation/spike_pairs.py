"""Which spike is which: the same spikes under two sets of names, told by their times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

_NEVER = 1e6


def pair_spikes(
    before: Sequence[NDArray[np.float64]], after: Sequence[NDArray[np.float64]], *, tolerance_s: float
) -> list[NDArray[np.int64]]:
    """Of each spike before, the train that has it after; -1 for none.

    Spikes pair off one to one within the tolerance. Where several could, trains that share most of their other spikes
    go first: two cells that fired together once did not change places.

    Parameters
    ----------
    before, after : sequence of array (spikes,)
        Trains in order.
    tolerance_s : float
        Times of one spike may differ by this much.

    Returns
    -------
    list of array (spikes,)
        One per train of `before`: places in `after`.

    Examples
    --------
    >>> one, other = np.array([1.0, 2.0, 5.0]), np.array([3.0, 5.0])
    >>> pair_spikes([one, other], [other, one], tolerance_s=1e-4)
    [array([1, 1, 1]), array([0, 0])]
    """
    first, of_first = _flat(before)
    second, of_second = _flat(after)
    owner = np.full(len(first), -1, dtype=np.int64)
    clumps = _clumps(first, second, tolerance_s)
    shared = np.zeros((len(before), len(after)))
    for i, j in clumps:
        if len(i) == len(j) == 1:
            owner[i] = of_second[j]
            shared[of_first[i], of_second[j]] += 1
    for i, j in clumps:
        if len(i) > 1 or len(j) > 1:
            lag = np.abs(first[i][:, None] - second[j])
            like = shared[of_first[i]][:, of_second[j]] / max(float(shared.max()), 1.0)
            cost = np.where(lag <= tolerance_s * (1 + 1e-6), lag / tolerance_s - 2.0 * like, _NEVER)
            rows, columns = linear_sum_assignment(cost)
            fits = cost[rows, columns] < _NEVER
            owner[i[rows[fits]]] = of_second[j[columns[fits]]]
    return [owner[of_first == train] for train in range(len(before))]


def _flat(trains: Sequence[NDArray[np.float64]]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """All times in order of train, and the train of each."""
    times = np.concatenate([np.empty(0), *trains])
    return times, np.repeat(np.arange(len(trains)), [len(train) for train in trains])


def _clumps(
    first: NDArray[np.float64], second: NDArray[np.float64], tolerance_s: float
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Spikes of both that stand closer than the tolerance to the next, as places in each; of one alone, none."""
    times = np.concatenate([first, second])
    order = np.argsort(times, kind="stable")
    breaks = np.flatnonzero(np.diff(times[order]) > tolerance_s * (1 + 1e-6)) + 1
    clumps = []
    for clump in np.split(order, breaks):
        i, j = clump[clump < len(first)], clump[clump >= len(first)] - len(first)
        if len(i) and len(j):
            clumps.append((i, j))
    return clumps
