"""Correlograms: how a spike predicts the ones after it, of its own unit or of another."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model import Epoch, Unit
from ephys.model.epoch import FloatArray

_AT_ONCE = 5000
"""Spikes whose pairs are held at a time."""


@dataclass(frozen=True, eq=False)
class Correlogram(Shown):
    """Counts of spike pairs by their lag.

    Parameters
    ----------
    unit_id : str
        The unit.
    lags_ms : array (bins + 1,)
        Edges of the bins, symmetric round 0.
    counts : array (bins,)
        Pairs in each bin, a spike with itself left out.
    n_spikes : int
        Spikes that each stood once at lag 0.
    within : Epoch or None
        The window; ``None`` for the whole recording.
    """

    unit_id: str
    lags_ms: FloatArray
    counts: NDArray[np.int64]
    n_spikes: int
    within: Epoch | None

    @property
    def rate_hz(self) -> FloatArray:
        """Rate at each lag from a spike (bins,), a little low for want of neighbours at the ends; NaN if no spikes."""
        if self.n_spikes == 0:
            return np.full(self.counts.shape, np.nan)
        return self.counts / (self.n_spikes * np.diff(self.lags_ms) * 1e-3)


def autocorrelogram(
    unit: Unit, within: Epoch | None = None, *, bin_ms: float = 20.0, max_lag_ms: float = 2000.0
) -> Correlogram:
    """Count the pairs of a unit's spikes by their lag.

    Parameters
    ----------
    unit : Unit
        The unit.
    within : Epoch, optional
        Both spikes of a pair lie in it.
    bin_ms, max_lag_ms : float, optional
        Width of a bin and longest lag (a whole number of bins, rounded up). Convention: two or three mean intervals
        of a slow cell.

    Raises
    ------
    ParameterError
        If `bin_ms` is not positive, or `max_lag_ms` less than a bin.

    Examples
    --------
    >>> unit = Unit.from_times([0.0, 1.0, 2.0], support=Epoch(0.0, 3.0))
    >>> autocorrelogram(unit, bin_ms=500.0, max_lag_ms=1500.0).counts
    array([2, 0, 0, 0, 0, 2])
    """
    if not 0 < bin_ms <= max_lag_ms:
        raise ParameterError(f"a correlogram needs 0 < bin_ms <= max_lag_ms, got {bin_ms} and {max_lag_ms}")
    times_s = unit.times_s if within is None else unit.times_s[within.mask(unit.times_s)]
    edges_ms = np.arange(math.ceil(max_lag_ms / bin_ms) + 1, dtype=np.float64) * bin_ms
    lags_apart_ms = np.sort(forward_pairs(times_s * 1e3, float(edges_ms[-1]))[1])
    forward = np.diff(np.searchsorted(lags_apart_ms, edges_ms, side="left"))
    lags_ms = np.concatenate([-edges_ms[:0:-1], edges_ms])
    return Correlogram(unit.id, lags_ms, np.concatenate([forward[::-1], forward]), len(times_s), within)


@dataclass(frozen=True, eq=False)
class CrossCorrelogram(Correlogram):
    """Counts of pairs of a spike of one unit with one of another, by their lag.

    Parameters
    ----------
    unit_id, lags_ms, counts, n_spikes, within
        As in `Correlogram`; a positive lag is a spike of the other unit that comes after one of this.
    other_id : str
        The other unit.
    n_other : int
        Its spikes.
    expected : float
        Pairs per bin of two units of these rates that do not know of one another; NaN where they were never recorded at
        the same time.
    """

    other_id: str
    n_other: int
    expected: float


def crosscorrelogram(
    unit: Unit, other: Unit, within: Epoch | None = None, *, bin_ms: float = 1.0, max_lag_ms: float = 100.0
) -> CrossCorrelogram:
    """Count the pairs of one unit's spikes with another's by their lag, where both were recorded.

    Parameters
    ----------
    unit, other : Unit
        Two units of one session. A lag is positive where `other` fires after `unit`.
    within : Epoch, optional
        Both spikes of a pair lie in it.
    bin_ms, max_lag_ms : float, optional
        Width of a bin and longest lag (a whole number of bins, rounded up). Bins are half-open: two spikes of one
        moment are counted in the first bin after 0.

    Raises
    ------
    ParameterError
        If `bin_ms` is not positive, or `max_lag_ms` less than a bin.

    Examples
    --------
    >>> whole = Epoch(0.0, 100.0)
    >>> first = Unit.from_times([10.0, 20.0, 30.0], support=whole, id="1")
    >>> second = Unit.from_times([10.005, 20.005, 60.0], support=whole, id="2")
    >>> crosscorrelogram(first, second, bin_ms=10.0, max_lag_ms=20.0).counts
    array([0, 0, 2, 0])
    """
    if not 0 < bin_ms <= max_lag_ms:
        raise ParameterError(f"a correlogram needs 0 < bin_ms <= max_lag_ms, got {bin_ms} and {max_lag_ms}")
    n_bins = math.ceil(max_lag_ms / bin_ms)
    lags_ms = np.arange(-n_bins, n_bins + 1, dtype=np.float64) * bin_ms
    own_ms, others_ms = (1e3 * _times_of(one, beside, within) for one, beside in ((unit, other), (other, unit)))
    covered_s = _shared_s(unit, other, within)
    expected = len(own_ms) * len(others_ms) * 1e-3 * bin_ms / covered_s if covered_s else math.nan
    counts = np.zeros(2 * n_bins, dtype=np.int64)
    for start in range(0, len(own_ms), _AT_ONCE):
        lags = _lags_between(own_ms[start : start + _AT_ONCE], others_ms, lags_ms[0], lags_ms[-1])
        counts += np.diff(np.searchsorted(np.sort(lags), lags_ms, side="left"))
    return CrossCorrelogram(unit.id, lags_ms, counts, len(own_ms), within, other.id, len(others_ms), expected)


def _times_of(unit: Unit, beside: Unit, within: Epoch | None) -> FloatArray:
    """Spike times of a unit in a window, where another was recorded, too."""
    seen = beside.support.mask(unit.times_s)
    return unit.times_s[seen if within is None else seen & within.mask(unit.times_s)]


def _shared_s(unit: Unit, other: Unit, within: Epoch | None) -> float:
    """Seconds of a window in which both were recorded."""
    support = unit.support if within is None else unit.support.within(within)
    return sum(other.support.covered_s(epoch) for epoch in support.epochs) if support else 0.0


def _lags_between(times: FloatArray, others: FloatArray, shortest: float, longest: float) -> FloatArray:
    """Lag from each time to every one of the others that lies so near."""
    first = np.searchsorted(others, times + shortest, side="left")
    n_near = np.searchsorted(others, times + longest, side="right") - first
    starts = np.repeat(np.cumsum(n_near) - n_near, n_near)
    nearby = np.repeat(first, n_near) + np.arange(n_near.sum()) - starts
    lags: FloatArray = others[nearby] - np.repeat(times, n_near)
    return lags


def forward_pairs(times: FloatArray, reach: float) -> tuple[NDArray[np.int64], FloatArray]:
    """Every spike with every later one up to a lag: which it is, and the lag, in the unit of the times.

    >>> forward_pairs(np.array([0.0, 1.0, 3.0]), 2.5)
    (array([0, 1]), array([1., 2.]))
    """
    origins, lags = [np.empty(0, dtype=np.int64)], [np.empty(0)]
    for order in range(1, len(times)):
        steps = times[order:] - times[:-order]
        near = np.flatnonzero(steps <= reach)
        if near.size == 0:
            break
        origins.append(near)
        lags.append(steps[near])
    return np.concatenate(origins), np.concatenate(lags)
