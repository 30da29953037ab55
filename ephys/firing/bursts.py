"""Bursts of the raphe kind: doublets and triplets opened by a short interval.

A doublet halves nothing in how regularly a cell fires, but doubles its CV: regularity is measured once each burst
counts as one event.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.errors import ParameterError
from ephys.firing.intervals import differences, recorded_throughout
from ephys.jupyter import Shown
from ephys.model import Estimate, Support
from ephys.model.epoch import FloatArray

BURST_INTERVAL_S = 0.020
"""An interval shorter than this opens a burst (convention; limits of 10 to 50 ms are in use)."""


@dataclass(frozen=True, slots=True)
class BurstSettings(Shown):
    """What a burst is. All are conventions.

    Parameters
    ----------
    opening_s : float
        A shorter interval opens a burst.
    ending_s : float
        An interval of this or longer ends it; 0: as `opening_s`. Rules for other cells open a burst at 80 ms and end
        it at 160 ms.
    min_spikes : int
        A run of fewer spikes is no burst, and its spikes stand alone.
    """

    opening_s: float = BURST_INTERVAL_S
    ending_s: float = 0.0
    min_spikes: int = 2

    def __post_init__(self) -> None:
        if not (0 < self.opening_s <= self.continuing_s < math.inf and self.min_spikes >= 2):
            raise ParameterError(
                "a burst needs an opening_s above 0, an ending_s not below it and 2 spikes or more, "
                f"got {self.opening_s}, {self.ending_s} and {self.min_spikes}"
            )

    @property
    def continuing_s(self) -> float:
        """A shorter interval continues a burst."""
        return self.ending_s or self.opening_s


@dataclass(frozen=True, eq=False)
class Bursts(Shown):
    """The bursts of one train.

    Parameters
    ----------
    first : array (bursts,)
        Which spike opens each burst.
    n_spikes : array (bursts,)
        Spikes in each: 2 is a doublet, 3 a triplet.
    start_s, stop_s : array (bursts,)
        Times of its first and last spike.
    intervals_s : array (intervals,)
        Intervals within bursts, in order of time.
    n_train : int
        Spikes of the whole train.
    settings : BurstSettings
        The limits that were used.
    """

    first: NDArray[np.int64]
    n_spikes: NDArray[np.int64]
    start_s: FloatArray
    stop_s: FloatArray
    intervals_s: FloatArray
    n_train: int
    settings: BurstSettings

    @property
    def share(self) -> float:
        """Share of all spikes that lie in bursts; NaN in an empty train."""
        return int(self.n_spikes.sum()) / self.n_train if self.n_train else math.nan

    @property
    def n_events(self) -> int:
        """Events of the train: its bursts, and its spikes that stand alone."""
        return self.n_train - int(self.n_spikes.sum()) + len(self)

    @property
    def event_share(self) -> Estimate:
        """Share of events that are bursts, with its exact binomial interval; NaN in an empty train."""
        if self.n_events == 0:
            return Estimate()
        ends = stats.binomtest(len(self), self.n_events).proportion_ci(0.95)
        return Estimate(len(self) / self.n_events, float(ends.low), float(ends.high))

    @property
    def mean_spikes(self) -> float:
        """Spikes in a burst on average; NaN without one."""
        return float(self.n_spikes.mean()) if len(self) else math.nan

    @property
    def n_doublets(self) -> int:
        """Bursts of two spikes."""
        return int(np.count_nonzero(self.n_spikes == 2))

    @property
    def n_triplets(self) -> int:
        """Bursts of three spikes."""
        return int(np.count_nonzero(self.n_spikes == 3))

    @property
    def n_longer(self) -> int:
        """Bursts of four spikes or more."""
        return int(np.count_nonzero(self.n_spikes > 3))

    def __len__(self) -> int:
        return len(self.first)


def find_bursts(
    times_s: FloatArray, *, support: Support | None = None, settings: BurstSettings | None = None
) -> Bursts:
    """Find the runs of spikes that a short interval opens and a longer one ends.

    Parameters
    ----------
    times_s : array (spikes,)
        Spike times in order, in seconds.
    support : Support, optional
        When the cell was recorded; no burst spans a gap.
    settings : BurstSettings, optional
        Limits.

    Raises
    ------
    ParameterError
        If the times are not in order.

    Examples
    --------
    >>> train = np.array([0.0, 1.0, 1.008, 2.0, 2.010, 2.018, 2.1])
    >>> bursts = find_bursts(train)
    >>> bursts.n_spikes, round(bursts.share, 2), bursts.n_events
    (array([2, 3]), 0.71, 4)
    >>> find_bursts(train, settings=BurstSettings(0.080, 0.160)).n_spikes
    array([2, 4])
    """
    settings = settings or BurstSettings()
    # Nothing leads up to the first spike, or away from the last, or across a gap.
    intervals = np.full(times_s.size + 1, math.inf)
    intervals[1:-1] = np.where(recorded_throughout(times_s, support), differences(times_s), math.inf)
    run = np.cumsum(intervals[:-1] >= settings.continuing_s) - 1
    opens = np.flatnonzero(intervals[1:] < settings.opening_s)
    first = opens[np.unique(run[opens], return_index=True)[1]]
    last = np.searchsorted(run, run[first], side="right") - 1
    long_enough = last - first + 1 >= settings.min_spikes
    first, last = first[long_enough], last[long_enough]
    n_spikes = last - first + 1
    within = intervals[:-1][_followers(first, n_spikes, times_s.size)]
    return Bursts(first, n_spikes, times_s[first], times_s[last], within, times_s.size, settings)


def collapse_bursts(
    times_s: FloatArray, *, support: Support | None = None, settings: BurstSettings | None = None
) -> FloatArray:
    """Train in which each burst is one event, at its first spike. Parameters as in `find_bursts`.

    Examples
    --------
    >>> collapse_bursts(np.array([0.0, 1.0, 1.008, 1.015, 2.0]))
    array([0., 1., 2.])
    """
    bursts = find_bursts(times_s, support=support, settings=settings)
    return times_s[~_followers(bursts.first, bursts.n_spikes, times_s.size)]


def _followers(first: NDArray[np.int64], n_spikes: NDArray[np.int64], n_train: int) -> NDArray[np.bool_]:
    """Which spikes lie in a burst that an earlier one opened."""
    steps = np.zeros(n_train + 1, dtype=np.int64)
    steps[first + 1] += 1
    steps[first + n_spikes] -= 1
    return np.cumsum(steps)[:n_train] > 0
