"""When a rate changed: one step from a level to another, how sure it is, and between which times it lies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.firing.drawn_trains import batches, draw_trains, shuffle_intervals
from ephys.firing.intervals import cv2
from ephys.jupyter import Shown
from ephys.model import Epoch, Unit
from ephys.model.epoch import FloatArray


@dataclass(frozen=True, slots=True)
class ChangePointSettings(Shown):
    """How a change is looked for.

    Parameters
    ----------
    edge_s : float
        No change is looked for nearer to the ends of the window. Convention.
    min_spikes : int
        With fewer spikes nothing is judged. Convention.
    replicates : int
        Trains drawn for the chance, and again for the interval.
    level : float
        Coverage of the interval; a change is detected where its chance is below ``1 - level``.
    least_cv : float
        The train is taken for no more regular than this. Convention.
    blocks : tuple of int
        Nor for more regular than the train's sixths, twelfths and 24ths say, each compared with the next. Convention.
    set_aside : int
        So many steps are no wander: the fall and the recovery after a dose. Convention.
    shuffle : bool
        Ask also how often the same intervals step as sharply in another order; the larger chance counts. Without it a
        step is called in 6 to 11 % of steady trains whose intervals have a long tail (log-normal, CV 0.75 to 1).
    """

    edge_s: float = 5.0
    min_spikes: int = 10
    replicates: int = 399
    level: float = 0.95
    least_cv: float = 0.2
    blocks: tuple[int, ...] = (6, 12, 24)
    set_aside: int = 2
    shuffle: bool = False

    def __post_init__(self) -> None:
        if not all(blocks >= 4 for blocks in self.blocks) or self.set_aside < 0:
            raise ParameterError(
                f"change point compares 4 blocks or more and sets no fewer than 0 steps aside, got {self.blocks} "
                f"and {self.set_aside}"
            )
        if not (self.edge_s > 0 and self.replicates >= 99 and 0.5 < self.level < 1 and self.least_cv > 0):
            raise ParameterError(
                "change point needs edge_s and least_cv above 0, 99 replicates or more and a level between 0.5 and 1, "
                f"got {self.edge_s}, {self.least_cv}, {self.replicates} and {self.level}"
            )


@dataclass(frozen=True, slots=True)
class ChangePoint(Shown):
    """The likeliest single change of rate in a window.

    Parameters
    ----------
    time_s, low_s, high_s : float
        When, with the interval; NaN where nothing was judged, the interval also where no change was detected.
    before_hz, after_hz : float
        Rates on either side.
    p : float
        Chance of a step as sharp in a train of that regularity without any.
    detected : bool
        Whether that chance is small enough.
    """

    time_s: float = math.nan
    low_s: float = math.nan
    high_s: float = math.nan
    before_hz: float = math.nan
    after_hz: float = math.nan
    p: float = math.nan
    detected: bool = False


def find_change_point(
    unit: Unit, window: Epoch, *, cv: float = math.nan, seed: int = 0, settings: ChangePointSettings | None = None
) -> ChangePoint:
    """Look for one step of the rate in a window.

    The step maximises the Poisson likelihood of the counts on either side. Its chance comes from trains drawn with
    gamma intervals of the cell's own regularity; its interval is every time whose likelihood falls short of the best by
    no more than the true time's does in 95 % of trains drawn with that step. The regularity is that of the scale at
    which the train is least regular, from neighbouring intervals to neighbouring sixths of the train, so that a cell
    whose rate wanders is judged less sharply than its intervals alone would have it.

    Of simulated steady trains 2 to 5 % are called (5 % meant), and the interval holds the true time in 95 to 100 %
    where the rate falls to 40 % or less: it errs to the long side in regular cells, which real ones need. Real
    spontaneous rates do change. Of windows of 30 s, of 60 s, and of 100 to 200 spikes, 5 to 10 % are called in
    noradrenergic cells in vivo, and 5 of 19 of 400 spikes; 8 to 17 % in hippocampal bursters; 13 to 17 % in fast nigral
    cells, and 8 of 29 of 400 spikes; 34 to 61 % in Purkinje cells that pause. Where two real trains are joined, or the
    clock of one is slowed 1.5 to 5 times from a time on, the interval holds that time in 93 to 100 % of steps called
    in noradrenergic cells, in 98 to 100 % in nigral cells (joined sweeps with stimulation in them: 72 of 99), and in
    40 to 97 % in cells that burst or pause: there the sharpest step may be the cell's own, and not the drug's.

    Parameters
    ----------
    unit : Unit
        Gaps of its support count neither as time nor as silence.
    window : Epoch
    cv : float, optional
        Of the cell's intervals, from its baseline say; from neighbours in the window (CV2) without it. Wander is always
        the window's own.
    seed : int, optional
    settings : ChangePointSettings, optional

    Returns
    -------
    ChangePoint

    Examples
    --------
    >>> spikes = np.concatenate([np.arange(0.25, 60.0, 0.5), np.arange(60.5, 120.0, 2.0)])
    >>> step = find_change_point(Unit.from_times(spikes, support=Epoch(0.0, 120.0)), Epoch(0.0, 120.0))
    >>> step.detected, bool(step.low_s <= 60.0 <= step.high_s), round(step.before_hz, 1), round(step.after_hz, 1)
    (True, True, 2.0, 0.5)
    """
    settings = settings or ChangePointSettings()
    clock = _CoveredClock(unit, window)
    times = clock.times
    if times.size < settings.min_spikes or clock.seconds <= 4 * settings.edge_s:
        return ChangePoint()
    interval_cv = cv if math.isfinite(cv) else cv2(unit.times_s[window.mask(unit.times_s)], support=unit.support)
    regularity = max(
        interval_cv if math.isfinite(interval_cv) else 1.0, settings.least_cv, _wander(times, clock.seconds, settings)
    )
    at, before, after, height = (float(a[0]) for a in _steps(times[np.newaxis], clock.seconds, settings.edge_s))
    random = np.random.default_rng(seed)
    steady = partial(draw_trains, times.size / clock.seconds, 0.0, math.inf, clock.seconds, regularity, random=random)
    sharpest = partial(_sharpest, seconds=clock.seconds, edge_s=settings.edge_s)
    replicates = batches(settings.replicates, times.size)
    p = _chance(np.concatenate([sharpest(steady(count)) for count in replicates]), height)
    if settings.shuffle:
        shuffled = [sharpest(shuffle_intervals(times, count, random)) for count in replicates]
        p = max(p, _chance(np.concatenate(shuffled), height))
    if p > 1.0 - settings.level:
        return ChangePoint(clock.to_session(at), before_hz=before, after_hz=after, p=p)
    stepping = partial(draw_trains, before, after, at, clock.seconds, regularity, random=random)
    short = np.concatenate([_shortfall(stepping(count), at, clock.seconds, settings.edge_s) for count in replicates])
    allowed = max(float(np.quantile(short[np.isfinite(short)], settings.level)), 0.0)
    low, high = _interval(times, clock.seconds, settings.edge_s, height - allowed)
    low, high = min(low, at), max(high, at)
    return ChangePoint(clock.to_session(at), clock.to_session(low), clock.to_session(high), before, after, p, True)


def find_change_points(
    unit: Unit,
    window: Epoch,
    *,
    cv: float = math.nan,
    seed: int = 0,
    settings: ChangePointSettings | None = None,
    sharpest: ChangePoint | None = None,
) -> tuple[ChangePoint, ...]:
    """Look for every step of the rate in a window, in order of time.

    Where a step is found, either side of it is searched again (binary segmentation; Vostrikova 1981): the chance of any
    step in a steady train is that of the first search. Parameters as in `find_change_point`, and `sharpest`: what that
    found here, if it was asked.

    Examples
    --------
    >>> slow, fast = np.arange(61.0, 120.0, 2.0), np.arange(0.25, 60.0, 0.5)
    >>> spikes = np.concatenate([fast, slow, fast + 120.0])
    >>> steps = find_change_points(Unit.from_times(spikes, support=Epoch(0.0, 180.0)), Epoch(0.0, 180.0))
    >>> [round(step.time_s) for step in steps]
    [60, 120]
    """
    step = sharpest or find_change_point(unit, window, cv=cv, seed=seed, settings=settings)
    if not step.detected or not window.start_s < step.time_s < window.stop_s:
        return ()
    sides = Epoch(window.start_s, step.time_s), Epoch(step.time_s, window.stop_s)
    earlier, later = (find_change_points(unit, side, cv=cv, seed=seed, settings=settings) for side in sides)
    return (*earlier, step, *later)


class _CoveredClock:
    """Time of a window with its gaps taken out."""

    def __init__(self, unit: Unit, window: Epoch) -> None:
        pieces = [(max(e.start_s, window.start_s), min(e.stop_s, window.stop_s)) for e in unit.support.epochs]
        kept = np.array([(a, b) for a, b in pieces if a < b]).reshape(-1, 2)
        self.starts = kept[:, 0]
        lengths = kept[:, 1] - kept[:, 0]
        self.offsets = np.concatenate([[0.0], np.cumsum(lengths)])
        self.seconds = float(self.offsets[-1])
        inside = unit.times_s[window.mask(unit.times_s) & unit.support.mask(unit.times_s)]
        piece = np.searchsorted(self.starts, inside, side="right") - 1
        self.times = inside - self.starts[piece] + self.offsets[piece]

    def to_session(self, covered_s: float) -> float:
        """Time on the session's clock."""
        piece = min(int(np.searchsorted(self.offsets, covered_s, side="right")) - 1, self.starts.size - 1)
        return float(self.starts[piece] + covered_s - self.offsets[piece])


def _gain(
    first: NDArray[np.int64], total: NDArray[np.int64] | int, at_s: FloatArray, seconds: float
) -> NDArray[np.float64]:
    """Gain of likelihood by a step at a time with so many spikes before it, of so many."""
    rest = np.maximum(total - first, 0)
    split = _log_likelihood(first, at_s) + _log_likelihood(rest, seconds - at_s)
    return np.asarray(split - _log_likelihood(np.asarray(total), seconds), dtype=np.float64)


def _log_likelihood(spikes: NDArray[np.int64], seconds: FloatArray | float) -> FloatArray:
    """``n ln(n / T)``, 0 without a spike; numpy's logarithm takes a fraction of the time of scipy's ``xlogy``."""
    return np.asarray(spikes * np.log(np.maximum(spikes, 1) / seconds), dtype=np.float64)


def _steps(times: FloatArray, seconds: float, edge_s: float) -> tuple[FloatArray, ...]:
    """Sharpest step of each train (rows; infinite times fill up): when, rate before, rate after, gain of likelihood."""
    total = np.isfinite(times).sum(axis=1, keepdims=True)
    times = times[:, : max(int(total.max()), 1)]
    number = np.arange(times.shape[1])
    inside = (times >= edge_s) & (times <= seconds - edge_s)
    at = np.where(inside, times, 0.5 * seconds)
    # The likelihood jumps at every spike: the step may lie just before it or just after.
    sides = number, number + 1
    gain = np.concatenate([np.where(inside, _gain(n, total, at, seconds), -np.inf) for n in sides], axis=1)
    first = np.concatenate([np.broadcast_to(n, times.shape) for n in sides], axis=1)
    rows, best = np.arange(len(times)), np.argmax(gain, axis=1)
    height, spikes = gain[rows, best], first[rows, best]
    when = np.where(np.isfinite(height), np.concatenate([at, at], axis=1)[rows, best], np.nan)
    return when, spikes / when, (total[:, 0] - spikes) / (seconds - when), height


def _sharpest(times: FloatArray, seconds: float, edge_s: float) -> FloatArray:
    """Gain of likelihood by the sharpest step of each train."""
    return _steps(times, seconds, edge_s)[3]


def _shortfall(times: FloatArray, at: float, seconds: float, edge_s: float) -> FloatArray:
    """By how much the true step of each train gains less than its sharpest."""
    before, total = np.sum(times <= at, axis=1), np.isfinite(times).sum(axis=1)
    return _sharpest(times, seconds, edge_s) - _gain(before, total, np.array(at), seconds)


def _chance(by_chance: FloatArray, height: float) -> float:
    """Chance of a gain as high, among those drawn and the one seen."""
    return (1.0 + float(np.sum(by_chance >= height))) / (by_chance.size + 1.0)


def _interval(times: FloatArray, seconds: float, edge_s: float, enough: float) -> tuple[float, float]:
    """First and last time at which a step gains enough."""
    probed = np.union1d(times, np.linspace(edge_s, seconds - edge_s, 10_001))
    probed = probed[(probed >= edge_s) & (probed <= seconds - edge_s)]
    just_before, just_after = (
        _gain(np.searchsorted(times, probed, side=side), times.size, probed, seconds) for side in ("left", "right")
    )
    kept = probed[np.maximum(just_before, just_after) >= enough]
    return (float(kept[0]), float(kept[-1])) if kept.size else (math.inf, -math.inf)


def _wander(times: FloatArray, seconds: float, settings: ChangePointSettings) -> float:
    """CV of independent intervals whose sums would differ from block to block as the train's do, at the worst scale."""
    even = _without_steps(times, seconds, settings)
    found = []
    for blocks in settings.blocks:
        # Two neighbours at least, or a block is an interval.
        size = max(times.size // blocks, 2)
        sums = even[size:] - even[:-size]
        if sums.size > size:
            both = sums[size:] + sums[:-size]
            contrast = 2.0 * np.abs(sums[size:] - sums[:-size])[both > 0] / both[both > 0]
            # Neighbouring sums of many intervals differ by 2 / sqrt(pi) standard deviations.
            found.append(0.5 * math.sqrt(math.pi * size) * float(np.mean(contrast)) if contrast.size else 0.0)
    return max(found, default=0.0)


def _without_steps(times: FloatArray, seconds: float, settings: ChangePointSettings) -> FloatArray:
    """Spikes on the clock on which the rate is one on every side of the sharpest steps: they are no wander."""
    bounds = [0.0, seconds]
    for _ in range(settings.set_aside):
        found = []
        for start, stop in pairwise(bounds):
            inside = times[(times > start) & (times <= stop)] - start
            if inside.size and stop - start > 2.0 * settings.edge_s:
                when, _, _, height = (float(a[0]) for a in _steps(inside[np.newaxis], stop - start, settings.edge_s))
                found.append((height, start + when))
        height, step = max(found, default=(-math.inf, math.nan))
        if math.isfinite(height):
            bounds = sorted([*bounds, step])
    counts = np.searchsorted(times, bounds, side="right")
    return np.interp(times, bounds, counts.astype(np.float64))
