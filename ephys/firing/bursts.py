"""Bursts of the raphe kind: doublets and triplets opened by a short interval.

A doublet halves nothing in how regularly a cell fires, but doubles its CV: regularity is measured once each burst
counts as one event.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.firing.intervals import isi
from ephys.model.epoch import FloatArray

BURST_INTERVAL_S = 0.020
"""An interval shorter than this opens or continues a burst (convention; limits of 10 to 50 ms are in use)."""


@dataclass(frozen=True, eq=False)
class Bursts:
    """The bursts of one train.

    Parameters
    ----------
    first : array (bursts,)
        Which spike opens each burst.
    n_spikes : array (bursts,)
        Spikes in each: 2 is a doublet, 3 a triplet.
    start_s, stop_s : array (bursts,)
        Times of its first and last spike.
    n_train : int
        Spikes of the whole train.
    max_interval_s : float
        The limit that was used.
    """

    first: NDArray[np.int64]
    n_spikes: NDArray[np.int64]
    start_s: FloatArray
    stop_s: FloatArray
    n_train: int
    max_interval_s: float

    @property
    def share(self) -> float:
        """Share of all spikes that lie in bursts; NaN in an empty train."""
        return int(self.n_spikes.sum()) / self.n_train if self.n_train else math.nan

    def __len__(self) -> int:
        return len(self.first)


def find_bursts(times_s: FloatArray, *, max_interval_s: float = BURST_INTERVAL_S) -> Bursts:
    """Find the runs of spikes less than `max_interval_s` apart.

    Parameters
    ----------
    times_s : array (spikes,)
        Spike times in order, in seconds.
    max_interval_s : float, optional
        A shorter interval opens or continues a burst.

    Raises
    ------
    ParameterError
        If the limit is not positive, or the times are not in order.

    Examples
    --------
    >>> bursts = find_bursts(np.array([0.0, 1.0, 1.008, 2.0, 2.010, 2.018]))
    >>> bursts.n_spikes, round(bursts.share, 2)
    (array([2, 3]), 0.83)
    """
    opens = np.flatnonzero(_opens_event(times_s, max_interval_s))
    sizes = np.diff(np.append(opens, len(times_s)))
    first, n_spikes = opens[sizes > 1], sizes[sizes > 1]
    last = first + n_spikes - 1
    return Bursts(first, n_spikes, times_s[first], times_s[last], len(times_s), max_interval_s)


def collapse_bursts(times_s: FloatArray, *, max_interval_s: float = BURST_INTERVAL_S) -> FloatArray:
    """Train in which each burst is one event, at its first spike. Parameters as in `find_bursts`.

    Examples
    --------
    >>> collapse_bursts(np.array([0.0, 1.0, 1.008, 1.015, 2.0]))
    array([0., 1., 2.])
    """
    return times_s[_opens_event(times_s, max_interval_s)]


def _opens_event(times_s: FloatArray, max_interval_s: float) -> NDArray[np.bool_]:
    """Return which spikes stand alone or open a burst."""
    if not max_interval_s > 0:
        raise ParameterError(f"max_interval_s of a burst must be positive, got {max_interval_s}")
    opens = np.ones(len(times_s), dtype=np.bool_)
    opens[1:] = isi(times_s) >= max_interval_s
    return opens
