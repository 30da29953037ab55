"""How many spikes a second of a unit are not its cell's, from intervals that one cell alone does not leave."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.errors import CoverageError, ParameterError
from ephys.jupyter import Shown
from ephys.model import Epoch, Unit
from ephys.sorting.detection import DetectionSettings

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

LEAST_OWN = 0.05
"""Forbidden intervals that a clean cell may always leave: so much for the law of its intervals (convention). With it
a single one is never evidence, two are."""


@dataclass(frozen=True, slots=True)
class FalseSpikeSettings(Shown):
    """Which intervals a cell does not leave. All limits are conventions.

    Parameters
    ----------
    burst_ms : float
        Shorter intervals are doublets and bursts: nothing is concluded from them.
    quiet_ms : float
        The after-hyperpolarisation of a slow cell keeps it silent from `burst_ms` up to here...
    quiet_share, longest_quiet_ms : float
        ...or to this share of the mean interval where that is longer, but not beyond the last.
    refractory_ms, dead_time_ms : float
        No cell fires twice within the first; closer than the second, the detection sees one spike.
    fullest_dip : float
        If a cell as irregular as the unit would itself leave more than this share of what chance leaves, the quiet
        time says nothing, and the refractory time is used.
    least_spikes : int
        Fewer say nothing.
    level : float
        Coverage of the interval.
    """

    burst_ms: float = 20.0
    quiet_ms: float = 75.0
    quiet_share: float = 0.1
    longest_quiet_ms: float = 150.0
    refractory_ms: float = 2.0
    dead_time_ms: float = field(default_factory=lambda: DetectionSettings().dead_time_ms)
    fullest_dip: float = 0.25
    least_spikes: int = 20
    level: float = 0.95

    def __post_init__(self) -> None:
        ordered = (self.dead_time_ms, self.refractory_ms, self.burst_ms, self.quiet_ms, self.longest_quiet_ms)
        if not all(before < after for before, after in zip((0.0, *ordered), ordered, strict=False)):
            raise ParameterError(
                "false spikes need 0 < dead_time_ms < refractory_ms < burst_ms < quiet_ms < longest_quiet_ms, got "
                + ", ".join(f"{value:g} ms" for value in ordered)
            )
        if not 0 < self.level < 1:
            raise ParameterError(f"level of the false-spike rate must lie between 0 and 1, got {self.level}")


@dataclass(frozen=True, slots=True)
class FalseSpikes(Shown):
    """Rate of the spikes of a unit that are not its cell's.

    Parameters
    ----------
    unit_id : str
        Whose.
    rate_hz : float
        Estimate: 0 unless `low_hz` is above 0; NaN where the spikes exclude neither that none nor that all are false,
        or come as if by chance, so that there is no cell for one to be false to.
    low_hz, high_hz : float
        Interval of the rate.
    n_violations : int
        Intervals counted that the cell alone would not leave.
    own_violations : float
        So many a clean cell as irregular as this unit would leave by itself.
    evidence : str
        How it was found, in words, with the figures.
    """

    unit_id: str
    rate_hz: float
    low_hz: float
    high_hz: float
    n_violations: int
    own_violations: float
    evidence: str

    @property
    def used_hz(self) -> float:
        """Rate to reckon with: 0 where unknown, since spikes are the cell's until shown otherwise."""
        return 0.0 if math.isnan(self.rate_hz) else self.rate_hz


def false_spike_rate(unit: Unit, *, within: Epoch, settings: FalseSpikeSettings | None = None) -> FalseSpikes:
    """Estimate how many spikes a second of a unit are a neighbour's, or noise, from its baseline.

    When a drug silences the cell they stay, and look like incomplete inhibition.

    Of N events in T s (a burst is one; B are) let F be false, at times that have nothing to do with the cell. Each true
    one has a false one in a window of w s before it with chance F w/T, and as often after it, unless it is a burst; a
    false one has another before it likewise. That makes ``V = (w/T) (F (2N - B) - F²)`` intervals that end in the
    window, if the cell leaves none itself; it is solved for F. So it is with several sources, or with a neighbour some
    of whose spikes stray. A single regular neighbour, wholly in the unit, leaves none of its own either: 2F² is taken
    off then, and the same V means more F. The lower bound is of the former, the upper of the latter, each from the
    exact bounds of a Poisson V.

    The refractory time of 2 ms, less the dead time, has no power at 1 to 2 Hz: 20 % false spikes leave 0.1 interval in
    3 min. The after-hyperpolarisation is a hundred times as long. A slow regular cell leaves no interval in it but
    those of a burst, which are shorter or follow a shorter one and do not count. What an irregular one leaves is taken
    from a gamma law of the unit's CV (false spikes raise it, which errs on the safe side), and taken off the lower
    bound. If that is more than a quarter of what chance would leave, the refractory time is used, beyond the
    detection's dead time; to a fast cell that is enough.

    Parameters
    ----------
    unit : Unit
        Spike times are enough: amplitudes near those of the cell would not tell a neighbour from it, and what
        threshold and noise say of chance crossings (Rice 1944, Bell Syst Tech J 23:282) is what they would be
        without a template. Such crossings come at any time, and are counted like a neighbour's spikes.
    within : Epoch
        Baseline: where the cell is silent, nothing tells its neighbours' spikes from its own.
    settings : FalseSpikeSettings, optional
        Limits.

    Returns
    -------
    FalseSpikes
        In 3 min of a regular cell at 1.5 Hz, 5 % of false spikes are found twice in three times, 10 % nearly always;
        fewer mostly read 0. A neighbour that the drug silences too takes its spikes with it: then the rate is an upper
        bound. Where two regular cells of like rate are one unit, it is too low, by a third to a half. Second
        detections of the cell's own spikes, silent when it is, can raise it where the refractory time is used.

    Raises
    ------
    CoverageError
        If nothing of the baseline was recorded.

    References
    ----------
    Hill, Mehta & Kleinfeld 2011, J Neurosci 31:8699. Llobet, Wyngaard & Barbour 2022, bioRxiv 2022.02.08.479192.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> cell = np.arange(0.5, 600.0, 0.5)                                   # 2 Hz
    >>> strays = rng.uniform(0.0, 600.0, 120)                               # 0.2 Hz
    >>> whole = Epoch(0.0, 600.0)
    >>> clean = false_spike_rate(Unit.from_times(cell, support=whole), within=whole)
    >>> clean.rate_hz, clean.high_hz < 0.05
    (0.0, True)
    >>> found = false_spike_rate(Unit.from_times(np.sort(np.r_[cell, strays]), support=whole), within=whole)
    >>> round(found.rate_hz, 1), found.low_hz > 0.05
    (0.2, True)
    """
    settings = settings or FalseSpikeSettings()
    covered_s = unit.support.covered_s(within)
    if covered_s == 0:
        raise CoverageError(
            f"unit {unit.id}: nothing was recorded in {within.label or 'the window'!r} "
            f"[{within.start_s:g} s, {within.stop_s:g} s); its false spikes cannot be counted there. "
            "Choose another baseline."
        )
    n_spikes = int(within.mask(unit.times_s).sum())
    all_hz = _poisson_bounds(n_spikes, settings.level)[1] / covered_s
    if n_spikes == 0:
        return FalseSpikes(unit.id, 0.0, 0.0, all_hz, 0, 0.0, f"no spike in {covered_s:.0f} s, so no false one")
    if unit.multi_unit or n_spikes < settings.least_spikes:
        why = (
            "multi-unit: no one cell to be false to"
            if unit.multi_unit
            else f"only {n_spikes} spike{'' if n_spikes == 1 else 's'}"
        )
        return FalseSpikes(unit.id, math.nan, 0.0, all_hz, 0, math.nan, f"unknown: {why}")
    seen = _in_quiet_time(unit, within, covered_s, settings)
    if seen.own > settings.fullest_dip * seen.chance:
        seen = _in_refractory_time(unit, within, covered_s, settings)
    return _estimate(unit.id, seen, all_hz, settings.level)


@dataclass(frozen=True, slots=True)
class _Forbidden:
    """Intervals counted in one window of time, what a clean cell leaves there, and how many events could leave one."""

    count: int
    own: float
    n_events: int
    neighbours: float
    window_ms: tuple[float, float]
    covered_s: float

    @property
    def chance(self) -> float:
        """Intervals in the window if all spikes came by chance."""
        return self.n_events**2 * (self.window_ms[1] - self.window_ms[0]) * 1e-3 / self.covered_s


def _in_quiet_time(unit: Unit, within: Epoch, covered_s: float, settings: FalseSpikeSettings) -> _Forbidden:
    """Intervals as long as the after-hyperpolarisation, but for those after a burst, which may trail."""
    intervals_ms = _intervals_ms(unit, within)
    in_burst = intervals_ms < settings.burst_ms
    after_burst = np.concatenate([[False], in_burst[:-1]])
    n_events = len(intervals_ms) + 1 - int(in_burst.sum())
    n_bursts = int((in_burst & ~after_burst).sum())
    lasting_ms = settings.quiet_share * covered_s * 1e3 / n_events
    quiet_ms = settings.burst_ms, min(settings.longest_quiet_ms, max(settings.quiet_ms, lasting_ms))
    count = int((_lie_in(intervals_ms, quiet_ms) & ~after_burst).sum())
    own = max(LEAST_OWN, _expected_of_gamma(_between_events(intervals_ms, in_burst), quiet_ms))
    return _Forbidden(count, own, n_events, 2.0 - n_bursts / n_events, quiet_ms, covered_s)


def _in_refractory_time(unit: Unit, within: Epoch, covered_s: float, settings: FalseSpikeSettings) -> _Forbidden:
    """Intervals too short for any cell and long enough for the detection."""
    intervals_ms = _intervals_ms(unit, within)
    window_ms = settings.dead_time_ms, settings.refractory_ms
    count = int(_lie_in(intervals_ms, window_ms).sum())
    return _Forbidden(count, LEAST_OWN, len(intervals_ms) + 1, 2.0, window_ms, covered_s)


def _intervals_ms(unit: Unit, within: Epoch) -> FloatArray:
    """Intervals of a unit in a window; infinite across a gap, where nobody knows what fired."""
    times_s = unit.times_s[within.mask(unit.times_s)]
    stretch = np.searchsorted([epoch.start_s for epoch in unit.support.epochs], times_s, side="right")
    intervals_ms: FloatArray = np.where(np.diff(stretch) == 0, np.diff(times_s) * 1e3, np.inf)
    return intervals_ms


def _between_events(intervals_ms: FloatArray, in_burst: BoolArray) -> FloatArray:
    """Intervals from the first spike of each event to the first of the next, those across a gap left out."""
    firsts = np.concatenate([[True], ~in_burst])
    number = np.cumsum(firsts)[:-1]
    between_ms = np.bincount(number, weights=intervals_ms)[1 : int(firsts.sum())].astype(np.float64)
    return between_ms[np.isfinite(between_ms)]


def _expected_of_gamma(intervals_ms: FloatArray, window_ms: tuple[float, float]) -> float:
    """How many of some intervals would lie in a window under a gamma law of their mean and CV."""
    if len(intervals_ms) < 2:
        return math.inf
    mean = float(intervals_ms.mean())
    # A clock's CV is 0, and no law of a real cell.
    shape = 1.0 / max(float(intervals_ms.std()) / mean, 0.01) ** 2
    below = [float(stats.gamma.cdf(end, shape, scale=mean / shape)) for end in window_ms]
    return len(intervals_ms) * (below[1] - below[0])


def _lie_in(intervals_ms: FloatArray, window_ms: tuple[float, float]) -> BoolArray:
    """Which intervals lie in a half-open window."""
    inside: BoolArray = (intervals_ms >= window_ms[0]) & (intervals_ms < window_ms[1])
    return inside


def _estimate(unit_id: str, seen: _Forbidden, all_hz: float, level: float) -> FalseSpikes:
    """From a count of forbidden intervals to a rate of false spikes."""
    fewest, most = _poisson_bounds(seen.count, level)
    shares = (
        _false_share(max(0.0, fewest - seen.own) / seen.chance, seen.neighbours, square=1.0),
        _false_share(seen.count / seen.chance, seen.neighbours, square=1.0),
        _false_share(most / seen.chance, seen.neighbours, square=2.0),
    )
    low_hz, rate_hz, high_hz = (min(share * seen.n_events / seen.covered_s, all_hz) for share in shares)
    if low_hz == 0:
        rate_hz = 0.0 if high_hz < all_hz else math.nan
    elif math.isinf(shares[1]):
        rate_hz = math.nan
    evidence = (
        f"{seen.count} intervals of {seen.window_ms[0]:g} to {seen.window_ms[1]:.3g} ms in {seen.covered_s:.0f} s; "
        f"a clean cell leaves up to {seen.own:.2g}, false spikes alone would leave {seen.chance:.2g}"
    )
    verdict = "unknown: " if math.isnan(rate_hz) else ""
    return FalseSpikes(unit_id, rate_hz, low_hz, high_hz, seen.count, seen.own, verdict + evidence)


def _false_share(filled: float, neighbours: float, *, square: float) -> float:
    """Share c of false spikes that fills the dip so far: ``c neighbours - square c² = filled``; infinite if none does.

    >>> round(_false_share(0.19, 2.0, square=1.0), 3), round(_false_share(0.18, 2.0, square=2.0), 3)
    (0.1, 0.1)
    """
    below = neighbours**2 - 4.0 * square * filled
    return (neighbours - math.sqrt(below)) / (2.0 * square) if below >= 0 else math.inf


def _poisson_bounds(count: int, level: float) -> tuple[float, float]:
    """Exact bounds of the mean of a Poisson count (Garwood 1936, Biometrika 28:437)."""
    tail = (1.0 - level) / 2.0
    low = float(stats.chi2.ppf(tail, 2 * count)) / 2.0 if count else 0.0
    return low, float(stats.chi2.isf(tail, 2 * count + 2)) / 2.0
