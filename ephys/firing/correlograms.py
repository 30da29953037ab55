"""Autocorrelogram: how a spike predicts the ones after it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.model import Epoch, Unit
from ephys.model.epoch import FloatArray


@dataclass(frozen=True, eq=False)
class Correlogram:
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
