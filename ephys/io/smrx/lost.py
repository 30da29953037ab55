"""Which times a channel of events says nothing about, since part of what it held is gone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ephys.io.smrx.layout import LATEST


def blank(ticks: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which items are zeros from a disk that lost or never got them: none is at tick 0 after a later one.

    >>> blank(np.array([0, 70, 0, 90])).tolist()
    [False, False, True, False]
    """
    zeros: NDArray[np.bool_] = (ticks == 0) & (np.maximum.accumulate(ticks) > 0)
    return zeros


def lost_stretches(
    ticks: NDArray[np.int64],
    kept: NDArray[np.bool_],
    counts: NDArray[np.int64],
    sound: NDArray[np.bool_],
    *,
    begins: bool,
    ends: bool,
) -> NDArray[np.int64]:
    """Return between which events others may be lost.

    Parameters
    ----------
    ticks : array (events,)
        Of all events, block after block.
    kept : array (events,)
        False for what is no event (`blank`).
    counts : array (blocks,)
        Events of each block.
    sound : array (blocks - 1,)
        Whether a block is whole and the next follows it.
    begins, ends : bool
        Whether the first block is the first of the channel, and the last event its last.

    Returns
    -------
    array (stretches, 2)
        Tick of the last event before and of the first after; where there is none, -1 and `LATEST`.

    Examples
    --------
    >>> kept = np.ones(4, bool)
    >>> lost_stretches(np.array([5, 9, 30, 41]), kept, np.array([2, 2]), np.array([False]), begins=True, ends=True)
    array([[ 9, 30]])
    """
    at = np.flatnonzero(kept)
    flawed = np.zeros(len(at) + 1, bool)  # before each event, and after the last
    flawed[np.searchsorted(at, np.cumsum(counts)[:-1][~sound])] = True
    flawed[1:-1] |= np.diff(at) > 1
    flawed[0] |= not begins or bool(len(at) and at[0] > 0)
    flawed[-1] |= not ends
    edges = np.concatenate([[-1], ticks[at], [LATEST]])
    stretches = np.sort(np.stack([edges[:-1], edges[1:]], axis=1)[flawed])  # a wrong tick may lie beside a loss
    return np.unique(stretches, axis=0)
