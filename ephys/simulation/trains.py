"""Spike trains whose regularity is known: renewal processes in rescaled time, with doublets."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import cumulative_trapezoid

from ephys.errors import ParameterError

FloatArray = NDArray[np.float64]
RenewalLaw = Literal["gamma", "inverse_gaussian"]

DOUBLET_MS = (5.0, 12.0)
"""Interval within a doublet: below the 20 ms that bound a burst by default (convention)."""

MOST_BURST = 5
"""Spikes of the longest burst (convention)."""

DOUBLET_ROOM_MS = 40.0
"""No doublet where the next spike is nearer than this: the cell has no time for both."""


def renewal_train(
    grid_s: FloatArray,
    rate_hz: FloatArray,
    *,
    cv: float,
    law: RenewalLaw = "gamma",
    seed: int | np.random.Generator = 0,
) -> FloatArray:
    """Spike times of a cell whose rate changes and whose regularity does not.

    A renewal process with mean interval 1 runs in operational time, the integral of the rate; read back on the clock
    it fires at the rate asked for. The first event is drawn from the equilibrium, so that the train has no transient.

    Parameters
    ----------
    grid_s : array (points,)
        Times at which the rate is given, in order; between them it is linear.
    rate_hz : array (points,)
        Rate at those times, not negative.
    cv : float
        Coefficient of variation of the intervals while the rate is constant.
    law : {"gamma", "inverse_gaussian"}, optional
        Distribution of the intervals.
    seed : int or numpy.random.Generator, optional
        Source of chance.

    Returns
    -------
    array (spikes,)
        Times in order, within the grid.

    Raises
    ------
    ParameterError
        If `cv` is not positive, a rate is negative or `law` is unknown.

    Examples
    --------
    >>> clock = renewal_train(np.array([0.0, 1000.0]), np.array([2.0, 2.0]), cv=0.2)
    >>> intervals = np.diff(clock)
    >>> round(float(intervals.mean()), 2), round(float(intervals.std() / intervals.mean()), 1)
    (0.5, 0.2)
    """
    if not cv > 0:
        raise ParameterError(f"cv of a renewal train must be positive, got {cv}")
    if (rate_hz < 0).any():
        raise ParameterError(f"a rate cannot be negative, got {rate_hz.min():g} Hz")
    operational = np.concatenate([[0.0], cumulative_trapezoid(rate_hz, grid_s)])
    events = _operational_events(float(operational[-1]), cv, law, np.random.default_rng(seed))
    times: FloatArray = np.interp(events, operational, grid_s)
    return times


def _operational_events(total: float, cv: float, law: RenewalLaw, rng: np.random.Generator) -> FloatArray:
    """Events of an equilibrium renewal process of mean interval 1, from 0 to `total`."""
    shape = 1.0 / cv**2
    # Ten SD more than are expected: running short has no chance worth a loop.
    n_intervals = int(total + 10.0 * cv * np.sqrt(total) + 10.0 * cv + 20.0)
    # The interval that spans the start is longer than most; the start lies anywhere within it.
    if law == "gamma":
        spanning = rng.gamma(shape + 1.0, 1.0 / shape)
        intervals = rng.gamma(shape, 1.0 / shape, n_intervals)
    elif law == "inverse_gaussian":
        spanning = 1.0 / rng.wald(1.0, shape)
        intervals = rng.wald(1.0, shape, n_intervals)
    else:
        raise ParameterError(f"law must be gamma or inverse_gaussian, got {law!r}")
    events = rng.random() * spanning + np.concatenate([[0.0], np.cumsum(intervals)])
    inside: FloatArray = events[events < total]
    return inside


def add_bursts(
    times_s: FloatArray, rank: NDArray[np.int64], *, chance: float, seed: int | np.random.Generator = 0
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Let doublets go on to a third spike, triplets to a fourth, each time with the same chance.

    Parameters
    ----------
    times_s : array (spikes,)
        Spike times, in order.
    rank : array (spikes,)
        0 for the first spike of an event, 1 for the second of a doublet.
    chance : float
        That a burst goes on, 0 to 1; at most to `MOST_BURST` spikes.
    seed : int or numpy.random.Generator, optional
        Source of chance.

    Returns
    -------
    times_s : array (spikes,)
        All spikes, in order.
    rank : array (spikes,)
        Number of each within its event, from 0.

    Examples
    --------
    >>> times, rank = add_bursts(np.array([1.0, 1.01, 2.0]), np.array([0, 1, 0]), chance=1.0)
    >>> rank
    array([0, 1, 2, 3, 4, 0])
    """
    if not 0.0 <= chance <= 1.0:
        raise ParameterError(f"the chance that a burst goes on must lie between 0 and 1, got {chance}")
    rng = np.random.default_rng(seed)
    for last in range(1, MOST_BURST - 1):
        room = np.append(np.diff(times_s) > DOUBLET_ROOM_MS * 1e-3, False)[: len(times_s)]
        goes_on = (rank == last) & room & (rng.random(len(times_s)) < chance)
        added = times_s[goes_on] + rng.uniform(*DOUBLET_MS, int(goes_on.sum())) * 1e-3
        order = np.argsort(np.concatenate([times_s, added]), kind="stable")
        times_s = np.concatenate([times_s, added])[order]
        rank = np.concatenate([rank, np.full(len(added), last + 1)])[order]
    return times_s, rank


def overlap_spikes(
    times_s: FloatArray,
    leader_s: FloatArray,
    *,
    share: float,
    lag_ms: tuple[float, float],
    seed: int | np.random.Generator = 0,
) -> FloatArray:
    """Move spikes of a cell onto another's, so that a known share of that one's spikes is overlapped.

    Each overlapped spike takes the cell's nearest one away, so that its rate stays what it was.

    Parameters
    ----------
    times_s, leader_s : array (spikes,)
        Spike times of the cell and of the one that it follows, in order.
    share : float
        Of the leader's spikes.
    lag_ms : tuple of float
        Range of the lag, drawn evenly.
    seed : int or numpy.random.Generator, optional
        Source of chance.

    Returns
    -------
    array (spikes,)
        In order.

    Examples
    --------
    >>> own, leader = np.array([1.2, 2.2, 3.7]), np.array([1.0, 2.0])
    >>> overlap_spikes(own, leader, share=1.0, lag_ms=(0.5, 0.5))
    array([1.0005, 2.0005, 3.7   ])
    """
    rng = np.random.default_rng(seed)
    places = leader_s[rng.random(len(leader_s)) < share]
    places = places + rng.uniform(*lag_ms, len(places)) * 1e-3
    remaining = list(times_s)
    for place in places:
        if remaining:
            after = min(int(np.searchsorted(remaining, place)), len(remaining) - 1)
            nearest = after - 1 if after and place - remaining[after - 1] < remaining[after] - place else after
            remaining.pop(nearest)
    clear = [time for time in remaining if not places.size or np.abs(places - time).min() > DOUBLET_ROOM_MS * 1e-3]
    return np.sort(np.concatenate([places, clear]))


def add_doublets(
    times_s: FloatArray, *, share: float, seed: int | np.random.Generator = 0
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Let a share of the spikes be followed by a second one within milliseconds.

    Parameters
    ----------
    times_s : array (events,)
        Spike times, in order.
    share : float
        Share of the events that become doublets, 0 to 1.
    seed : int or numpy.random.Generator, optional
        Source of chance.

    Returns
    -------
    times_s : array (spikes,)
        All spikes, in order.
    is_second : array (spikes,)
        Which of them are the second of a doublet.

    Raises
    ------
    ParameterError
        If `share` is not between 0 and 1.

    Examples
    --------
    >>> times, is_second = add_doublets(np.arange(100.0), share=1.0)
    >>> len(times), int(is_second.sum())        # after the last one nothing is known
    (199, 99)
    """
    if not 0.0 <= share <= 1.0:
        raise ParameterError(f"the share of doublets must lie between 0 and 1, got {share}")
    rng = np.random.default_rng(seed)
    chosen = rng.random(len(times_s)) < share
    delays_s = rng.uniform(*DOUBLET_MS, len(times_s)) * 1e-3
    room = np.append(np.diff(times_s) > DOUBLET_ROOM_MS * 1e-3, False)[: len(times_s)]
    seconds = (times_s + delays_s)[chosen & room]
    everything = np.concatenate([times_s, seconds])
    order = np.argsort(everything, kind="stable")
    return everything[order], (np.arange(len(everything)) >= len(times_s))[order]
