"""Slow oscillation of a cell's rate: its frequency, its depth, and whether shuffled intervals do as well."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import fft, stats
from scipy.optimize import brentq

from ephys.errors import ParameterError
from ephys.firing.bootstrap import UNMEASURED
from ephys.firing.bursts import BurstSettings, collapse_bursts
from ephys.firing.intervals import MIN_INTERVALS
from ephys.firing.rates import bin_edges, covered_per_bin
from ephys.jupyter import Shown
from ephys.model import Epoch, Estimate, Support, Unit
from ephys.model.epoch import FloatArray

# Frequencies looked at in each 1 / window: between two of them a peak loses less than 5 % of its power.
_FINER = 4


@dataclass(frozen=True, slots=True)
class OscillationSettings(Shown):
    """Where an oscillation is looked for.

    Parameters
    ----------
    slowest_hz, fastest_hz : float
        The band (Mlinar et al. 2016, Front Cell Neurosci 10:195: about 1 % of serotonergic cells oscillate in it).
    min_cycles : float
        A window with fewer cycles of the slowest is too short. Convention.
    min_intervals : int
        With fewer intervals nothing is judged. Convention.
    bursts : BurstSettings
        Each burst is one event: its spikes do not follow each other by chance.
    bin_s : float
        Spikes are counted in such bins; a tenth of the fastest cycle at most. Convention.
    replicates : int
        Trains of shuffled intervals.
    level : float
        Coverage of the interval; an oscillation is detected where its chance is no more than ``1 - level``.
    """

    slowest_hz: float = 0.02
    fastest_hz: float = 0.1
    min_cycles: float = 3.0
    min_intervals: int = MIN_INTERVALS
    bursts: BurstSettings = field(default_factory=BurstSettings)
    bin_s: float = 0.5
    replicates: int = 399
    level: float = 0.95

    def __post_init__(self) -> None:
        if not (0 < self.slowest_hz < self.fastest_hz and 0 < self.bin_s * self.fastest_hz <= 0.1):
            raise ParameterError(
                "an oscillation needs 0 < slowest_hz < fastest_hz and a bin_s of a tenth of the fastest cycle at most, "
                f"got {self.slowest_hz}, {self.fastest_hz} and {self.bin_s}"
            )
        if not (self.min_cycles >= 1 and self.min_intervals >= 2 and self.replicates >= 99 and 0.5 < self.level < 1):
            raise ParameterError(
                "an oscillation needs one cycle, two intervals and 99 replicates or more and a level between 0.5 and "
                f"1, got {self.min_cycles}, {self.min_intervals}, {self.replicates} and {self.level}"
            )


@dataclass(frozen=True, slots=True)
class SlowOscillation(Shown):
    """The strongest slow oscillation of a cell's rate in a window.

    Parameters
    ----------
    frequency_hz : float
        Where the spectrum is highest, to about one over the window; NaN where nothing was judged.
    depth : Estimate
        Amplitude of the rate's swing as a share of its mean: 0.5 swings between half and one and a half times the mean.
        Its interval reaches down to 0 where chance would do.
    p : float
        Chance of as much power, anywhere in the band, in a train of the same intervals in another order.
    detected : bool
        Whether that chance is small enough, and the spectrum has a peak in the band.
    note : str
        Why nothing was judged, in words.
    """

    frequency_hz: float = math.nan
    depth: Estimate = UNMEASURED
    p: float = math.nan
    detected: bool = False
    note: str = ""


def slow_oscillation(
    unit: Unit, within: Epoch, *, settings: OscillationSettings | None = None, seed: int = 0
) -> SlowOscillation:
    """Look for a slow oscillation of a unit's rate.

    The power of the binned counts, their straight line taken off and tapered (Hann), is highest at the frequency
    given. Its chance comes from trains in which the cell's own intervals follow each other in another order: they keep
    their distribution, and lose any slow change. A rate that wanders without a rhythm has more power than they, too;
    most of it lies below the band, and where the spectrum rises to the edge of the band nothing is detected.

    Of steady gamma trains (1 or 3 Hz, 180 to 600 s, CV 0.2 to 1) 4 to 8 % are called, in 300 each. Of trains whose rate
    swings by 40 % at 0.05 Hz, 37 % (1 Hz, 180 s, CV 1) to 100 % (CV 0.2) are; by 20 %, 23 to 100 %. The depth's
    interval holds the true one in 94 to 100 % of these.

    Parameters
    ----------
    unit : Unit
        The unit; gaps of its support count neither as time nor as silence.
    within : Epoch
        The window.
    settings : OscillationSettings, optional
    seed : int, optional
        Of the shuffles.

    Returns
    -------
    SlowOscillation

    Examples
    --------
    >>> clock = np.arange(0.0, 300.0, 0.5)
    >>> times = clock + 3.0 * np.sin(2 * np.pi * 0.05 * clock)     # 2 Hz, between about 1 and 30
    >>> found = slow_oscillation(Unit.from_times(times[1:], support=Epoch(0.0, 300.0)), Epoch(0.0, 300.0))
    >>> round(found.frequency_hz, 3), found.detected
    (0.05, True)
    >>> slow_oscillation(Unit.from_times(times[1:], support=Epoch(0.0, 300.0)), Epoch(0.0, 100.0)).note
    '100 s recorded hold 2.0 cycles of 0.02 Hz, fewer than 3'
    """
    settings = settings or OscillationSettings()
    times_s = unit.times_s[within.mask(unit.times_s) & unit.support.mask(unit.times_s)]
    events_s = collapse_bursts(times_s, support=unit.support, settings=settings.bursts)
    note = _why_not(unit.support.covered_s(within), events_s.size - 1, settings)
    if note:
        return SlowOscillation(note=note)
    trains = np.vstack([events_s, _shuffled(events_s, unit.support, settings.replicates, seed)])
    frequency_hz, swing = _spectra(trains, unit.support, within, settings)
    power = np.abs(swing) ** 2
    inside = np.flatnonzero((frequency_hz >= settings.slowest_hz) & (frequency_hz <= settings.fastest_hz))
    peak = int(inside[np.argmax(power[0, inside])])
    by_chance = power[1:, inside].max(axis=1)
    p = (1.0 + float(np.sum(by_chance >= power[0, peak]))) / (settings.replicates + 1.0)
    beside = slice(max(peak - _FINER, 0), peak + _FINER + 1)
    is_peak = bool(power[0, peak] >= power[0, beside].max())
    likely = p <= 1.0 - settings.level + 1e-12
    depth = _depth(float(power[0, peak]), float(power[1:, peak].mean()), settings.level)
    if not likely:  # the highest of many frequencies is never as low as nothing
        depth = Estimate(depth.value, 0.0, depth.high)
    return SlowOscillation(float(frequency_hz[peak]), depth, p, is_peak and likely)


def _why_not(covered_s: float, n_intervals: int, settings: OscillationSettings) -> str:
    """Say why nothing can be judged; empty where it can."""
    cycles = covered_s * settings.slowest_hz
    if cycles < settings.min_cycles - 1e-9:
        return (
            f"{covered_s:.0f} s recorded hold {cycles:.1f} cycles of {settings.slowest_hz:g} Hz, "
            f"fewer than {settings.min_cycles:g}"
        )
    if n_intervals < settings.min_intervals:
        return f"{max(n_intervals, 0)} intervals (a burst is one event), fewer than {settings.min_intervals}"
    return ""


def _shuffled(times_s: FloatArray, support: Support, replicates: int, seed: int) -> FloatArray:
    """Trains of the same intervals in another order, between the same first and last spike (replicates, spikes)."""
    edges_s = np.array([edge for epoch in support.epochs for edge in (epoch.start_s, epoch.stop_s)])
    elapsed = support.elapsed_s(times_s)
    order = np.random.default_rng(seed).permuted(np.tile(np.diff(elapsed), (replicates, 1)), axis=1)
    again = elapsed[0] + np.pad(np.cumsum(order, axis=1), ((0, 0), (1, 0)))
    return np.asarray(np.interp(again, support.elapsed_s(edges_s), edges_s))


def _spectra(
    trains_s: FloatArray, support: Support, within: Epoch, settings: OscillationSettings
) -> tuple[FloatArray, NDArray[np.complex128]]:
    """Frequencies, and the swing of each train's rate at each as a share of its mean (trains, frequencies)."""
    edges_s = bin_edges(within, settings.bin_s)
    covered_s = covered_per_bin(support, edges_s)
    n_bins = covered_s.size
    bins = np.clip(((trains_s - edges_s[0]) / settings.bin_s).astype(np.int64), 0, n_bins - 1)
    rows = np.arange(len(trains_s))[:, np.newaxis] * n_bins
    counts = np.bincount((bins + rows).ravel(), minlength=len(trains_s) * n_bins).reshape(len(trains_s), n_bins)
    line = covered_s[:, np.newaxis] * np.column_stack([np.ones(n_bins), np.linspace(-1.0, 1.0, n_bins)])
    even = counts - (counts @ np.linalg.pinv(line).T) @ line.T
    taper = np.sin(np.pi * (np.arange(n_bins) + 0.5) / n_bins) ** 2
    mean = trains_s.shape[1] / covered_s.sum() * np.sum(taper * covered_s)
    padded = _FINER * n_bins
    swing = 2.0 * fft.rfft(even * taper, padded, axis=1) / mean
    return fft.rfftfreq(padded, settings.bin_s), swing


def _depth(power: float, noise: float, level: float) -> Estimate:
    """Depth of a swing with its exact interval, of its power and of that of noise alone, whose two parts are normal."""
    if not noise > 0:
        return Estimate(math.sqrt(power), math.sqrt(power), math.sqrt(power))
    seen = 2.0 * power / noise

    def end(share: float) -> float:
        if stats.chi2.cdf(seen, 2) <= share:
            return 0.0
        most = (math.sqrt(seen) + 10.0) ** 2
        central = brentq(lambda strength: float(stats.ncx2.cdf(seen, 2, strength)) - share, 1e-9, most)
        return math.sqrt(central * noise / 2.0)

    return Estimate(math.sqrt(max(power - noise, 0.0)), end((1 + level) / 2), end((1 - level) / 2))
