"""How often a cell leaves which interval: counts in bins that are equal, or equal on a logarithmic axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.firing.intervals import MIN_INTERVALS, cv, isi
from ephys.jupyter import Shown
from ephys.model import Epoch, Unit
from ephys.model.epoch import FloatArray

_FAST_MS = 200.0  # cells whose median interval is shorter are shown on a finer axis
_FAST_BINS_MS = (5.0, 500.0)
_SLOW_BINS_MS = (20.0, 2000.0)


@dataclass(frozen=True, eq=False)
class IntervalHistogram(Shown):
    """Histogram of inter-spike intervals.

    Parameters
    ----------
    unit_id : str
        The unit.
    edges_ms : array (bins + 1,)
        Edges of the half-open bins.
    counts : array (bins,)
        Intervals in each bin.
    within : Epoch or None
        The window; ``None`` for the whole recording.
    n_intervals : int
        All intervals, those beyond the last edge included.
    mean_ms, cv : float, optional
        Of all intervals; NaN where there are none, and the CV below 50 of them.
    bins_per_decade : int, optional
        Where the bins are equal on a logarithmic axis; 0 where they are equal.
    """

    unit_id: str
    edges_ms: FloatArray
    counts: NDArray[np.int64]
    within: Epoch | None
    n_intervals: int
    mean_ms: float = math.nan
    cv: float = math.nan
    bins_per_decade: int = 0

    @property
    def n_beyond(self) -> int:
        """Intervals longer than the last edge; on a logarithmic axis those of 0 ms, which have no place there."""
        return self.n_intervals - int(self.counts.sum())


def suited_bins_ms(unit: Unit, within: Epoch | None = None) -> tuple[float, float]:
    """Width of a bin and end of the last that suit the cell: fine where it is fast.

    Parameters
    ----------
    unit : Unit
    within : Epoch, optional
        Where its intervals are looked at.

    Examples
    --------
    >>> suited_bins_ms(Unit.from_times([0.0, 1.0, 2.0], support=Epoch(0.0, 3.0)))
    (20.0, 2000.0)
    """
    intervals_ms = _intervals_ms(unit, within)
    fast = intervals_ms.size > 0 and float(np.median(intervals_ms)) < _FAST_MS
    return _FAST_BINS_MS if fast else _SLOW_BINS_MS


def interval_histogram(
    unit: Unit, within: Epoch | None = None, *, bin_ms: float = 20.0, max_ms: float = 2000.0
) -> IntervalHistogram:
    """Count the inter-spike intervals of a unit in equal bins.

    Parameters
    ----------
    unit : Unit
        The unit; intervals that span a gap of its support are left out.
    within : Epoch, optional
        Both spikes of an interval lie in it.
    bin_ms, max_ms : float, optional
        Width of a bin and end of the last (a whole number of bins, rounded up). Convention: a slow cell's intervals
        lie round 1 s.

    Raises
    ------
    ParameterError
        If `bin_ms` is not positive, or `max_ms` less than a bin.

    Examples
    --------
    >>> unit = Unit.from_times([0.0, 0.5, 1.0, 9.0], support=Epoch(0.0, 10.0))
    >>> histogram = interval_histogram(unit, bin_ms=500.0)
    >>> histogram.counts, histogram.n_intervals, histogram.n_beyond
    (array([0, 2, 0, 0]), 3, 1)
    """
    if not 0 < bin_ms <= max_ms:
        raise ParameterError(f"an interval histogram needs 0 < bin_ms <= max_ms, got {bin_ms} and {max_ms}")
    intervals_ms = _intervals_ms(unit, within)
    edges_ms = np.arange(math.ceil(max_ms / bin_ms) + 1, dtype=np.float64) * bin_ms
    return _histogram(unit, within, edges_ms, intervals_ms)


def log_interval_histogram(unit: Unit, within: Epoch | None = None, *, bins_per_decade: int = 10) -> IntervalHistogram:
    """Count the inter-spike intervals of a unit in bins that are equal on a logarithmic axis: bursts stand apart there.

    Parameters
    ----------
    unit : Unit
        The unit; intervals that span a gap of its support are left out.
    within : Epoch, optional
        Both spikes of an interval lie in it.
    bins_per_decade : int, optional
        Convention.

    Returns
    -------
    IntervalHistogram
        Over whole decades that hold every interval above 0, of 1 to 10 ms, 10 to 100 ms and so on.

    Raises
    ------
    ParameterError
        If there is not one bin per decade at least.

    Examples
    --------
    >>> unit = Unit.from_times([0.0, 0.005, 1.0, 3.0], support=Epoch(0.0, 10.0))
    >>> histogram = log_interval_histogram(unit, bins_per_decade=1)
    >>> histogram.edges_ms, histogram.counts
    (array([1.e+00, 1.e+01, 1.e+02, 1.e+03, 1.e+04]), array([1, 0, 1, 1]))
    """
    if bins_per_decade < 1:
        raise ParameterError(f"an interval histogram needs 1 bin per decade or more, got {bins_per_decade}")
    intervals_ms = _intervals_ms(unit, within)
    above = intervals_ms[intervals_ms > 0]
    logs = np.log10(above) if above.size else np.array([0.0, 3.0])
    first, last = math.floor(logs.min()), max(math.floor(logs.max()), math.floor(logs.min())) + 1
    edges_ms = 10.0 ** (first + np.arange((last - first) * bins_per_decade + 1) / bins_per_decade)
    return _histogram(unit, within, edges_ms, intervals_ms, bins_per_decade)


def _histogram(
    unit: Unit, within: Epoch | None, edges_ms: FloatArray, intervals_ms: FloatArray, bins_per_decade: int = 0
) -> IntervalHistogram:
    """Counts in half-open bins, with mean and CV of all intervals."""
    counts = np.diff(np.searchsorted(np.sort(intervals_ms), edges_ms, side="left"))
    mean_ms = float(intervals_ms.mean()) if intervals_ms.size else math.nan
    spread = cv(_times_s(unit, within), support=unit.support, min_intervals=MIN_INTERVALS)
    return IntervalHistogram(
        unit.id, edges_ms, counts, within, int(intervals_ms.size), mean_ms, spread, bins_per_decade
    )


def _intervals_ms(unit: Unit, within: Epoch | None) -> FloatArray:
    """Intervals between spikes that both lie in a window."""
    return isi(_times_s(unit, within), support=unit.support) * 1e3


def _times_s(unit: Unit, within: Epoch | None) -> FloatArray:
    """Spikes in a window."""
    return unit.times_s if within is None else unit.times_s[within.mask(unit.times_s)]
