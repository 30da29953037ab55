"""Whether two trains avoid one another as one cell avoids itself, and whether one follows the other in bursts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.model import Support, Unit
from ephys.model.unit_parts import choose_spikes
from ephys.sorting.curation.suggesting.settings import SuggestionSettings

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SURE = 0.975
"""One-sided level of the bounds of a count."""


@dataclass(frozen=True, slots=True)
class Avoidance:
    """How many intervals two trains leave across the pair in a stretch of time in which one cell would leave none.

    Parameters
    ----------
    count : int
        Intervals between a spike of one and a later spike of the other.
    expected : float
        So many independent trains of the same rates would leave.
    own_share : float
        Share of what chance would leave that the two leave within themselves.
    window_ms : tuple of float
        The stretch.
    """

    count: int
    expected: float
    own_share: float
    window_ms: tuple[float, float]

    @property
    def share(self) -> float:
        """Intervals as a share of what independent trains leave; NaN where that is nothing."""
        return self.count / self.expected if self.expected > 0 else math.nan

    @property
    def least_share(self) -> float:
        """Lower bound of that share."""
        if not self.expected > 0 or not self.count:
            return 0.0
        return float(stats.chi2.ppf(1.0 - SURE, 2 * self.count)) / 2.0 / self.expected

    @property
    def most_share(self) -> float:
        """Upper bound of that share; infinite where there is no power."""
        return _most(self.count) / self.expected if self.expected > 0 else math.inf

    @property
    def chance(self) -> float:
        """Chance of so few intervals in independent trains."""
        return float(stats.poisson.cdf(self.count, self.expected)) if self.expected > 0 else 1.0

    def avoid(self, settings: SuggestionSettings) -> bool:
        """Whether the two certainly avoid one another."""
        return self.chance <= settings.chance and self.most_share < settings.independent_share

    def independent(self, settings: SuggestionSettings) -> bool:
        """Whether the two certainly do not avoid one another as one cell would."""
        return self.least_share > settings.independent_share

    @property
    def text(self) -> str:
        """Figures in words."""
        low, high = self.window_ms
        return f"{self.count} intervals of {low:g} to {high:.3g} ms between them ({self.expected:.3g} by chance)"


def _most(count: int) -> float:
    """Upper bound of the mean of a Poisson count (Garwood 1936, Biometrika 28:437)."""
    return float(stats.chi2.ppf(SURE, 2 * count + 2)) / 2.0


@dataclass(frozen=True, eq=False)
class _Events:
    """Firing events of one unit: a burst is one, and what comes after it is not counted."""

    starts_s: FloatArray
    single_s: FloatArray
    support: Support

    @classmethod
    def of(cls, unit: Unit) -> _Events:
        """Every spike as an event."""
        return cls(unit.times_s, unit.times_s, unit.support)


def measure_avoidance(first: Unit, second: Unit, settings: SuggestionSettings) -> Avoidance | None:
    """Count the intervals across two units in the longest stretch of time that they leave empty themselves.

    Parameters
    ----------
    first, second : Unit
        Known at the same time, at least in part.
    settings : SuggestionSettings
        Which stretches.

    Returns
    -------
    Avoidance or None
        ``None`` where neither train has such a stretch: nothing can be said then.

    Examples
    --------
    >>> from ephys.model import Epoch
    >>> rng, whole = np.random.default_rng(0), Epoch(0.0, 900.0)
    >>> cell, other = (np.cumsum(rng.gamma(10.0, 0.06, 1400)) for _ in range(2))
    >>> larger = rng.random(1400) < 0.5
    >>> units = [Unit.from_times(times, support=whole) for times in (cell[larger], cell[~larger], other)]
    >>> measure_avoidance(units[0], units[1], SuggestionSettings()).avoid(SuggestionSettings())
    True
    >>> measure_avoidance(units[0], units[2], SuggestionSettings()).independent(SuggestionSettings())
    True
    """
    quiet = settings.quiet
    slow = _events(first, second, quiet.burst_ms)
    mean_ms = 1e3 * first.support.duration_s / max(1, len(slow[0].starts_s) + len(slow[1].starts_s))
    quiet_ms = min(quiet.longest_quiet_ms, max(quiet.quiet_ms, quiet.quiet_share * mean_ms))
    fast = _Events.of(first), _Events.of(second)
    windows = [(slow, (quiet.burst_ms, quiet_ms))]
    windows += [(fast, (quiet.dead_time_ms, end_ms)) for end_ms in (*settings.refractory_ms, quiet.refractory_ms)]
    for (one, other), window_ms in windows:
        own = _counts([(one, one), (other, other)], window_ms, settings)
        if own[1] > 0 and _most(own[0]) / own[1] <= settings.emptiest_share:
            count, expected = _counts([(one, other), (other, one)], window_ms, settings)
            return Avoidance(count, expected, own[0] / own[1], window_ms)
    return None


def measure_turns(first: Unit, second: Unit, settings: SuggestionSettings) -> Avoidance:
    """Count the intervals across two units just beyond the quiet time, beside those that their neighbourhood leaves.

    One cell in two units is there in both at once; two cells that take turns (states, a drug that wakes one and
    silences the other) leave few intervals of any length, so that an empty quiet time says nothing of them.

    Examples
    --------
    >>> from ephys.model import Epoch
    >>> rng, whole = np.random.default_rng(0), Epoch(0.0, 900.0)
    >>> cell = np.cumsum(rng.gamma(10.0, 0.06, 1400))
    >>> by_lot, by_turns = rng.random(1400) < 0.5, cell % 60.0 < 30.0
    >>> for held in (by_lot, by_turns):
    ...     pair = [Unit.from_times(cell[part], support=whole) for part in (held, ~held)]
    ...     print(measure_turns(*pair, SuggestionSettings()).most_share < SuggestionSettings().independent_share)
    False
    True
    """
    window_ms = settings.quiet.longest_quiet_ms, 1e3 * settings.nearby_s / 4.0
    pairs = (_Events.of(first), _Events.of(second)), (_Events.of(second), _Events.of(first))
    count, expected = _counts(list(pairs), window_ms, settings)
    return Avoidance(count, expected, math.nan, window_ms)


def _events(first: Unit, second: Unit, burst_ms: float) -> tuple[_Events, _Events]:
    """Firing events of two units taken together, each the unit's that began it."""
    times_s = np.concatenate([first.times_s, second.times_s])
    order = np.argsort(times_s, kind="stable")
    of_first = (np.arange(len(times_s)) < first.n_spikes)[order]
    intervals_ms = 1e3 * np.diff(times_s[order], prepend=-math.inf, append=math.inf)
    starts = intervals_ms[:-1] >= burst_ms
    single = starts & (intervals_ms[1:] >= burst_ms)
    made = [
        _Events(times_s[order][starts & mine], times_s[order][single & mine], unit.support)
        for mine, unit in ((of_first, first), (~of_first, second))
    ]
    return made[0], made[1]


def _counts(
    pairs: list[tuple[_Events, _Events]], window_ms: tuple[float, float], settings: SuggestionSettings
) -> tuple[int, float]:
    """Intervals from the events of one to those of the other in a window, and how many chance would leave."""
    count, expected = 0, 0.0
    for before, after in pairs:
        low_s, high_s = window_ms[0] * 1e-3, window_ms[1] * 1e-3
        count += _lags(before.single_s, after.starts_s, low_s, high_s)
        expected += _expected(before.single_s, after.starts_s, after.support, (low_s, high_s), settings.nearby_s)
    return count, expected


def _lags(before_s: FloatArray, after_s: FloatArray, low_s: float, high_s: float) -> int:
    """How many pairs lie so far apart."""
    return int((np.searchsorted(after_s, before_s + high_s) - np.searchsorted(after_s, before_s + low_s)).sum())


def _expected(
    before_s: FloatArray, after_s: FloatArray, support: Support, window_s: tuple[float, float], nearby_s: float
) -> float:
    """Pairs that chance would leave in a window of lags, from the pairs somewhat further apart on either side."""
    low_s, high_s = window_s
    pairs = _lags(before_s, after_s, high_s, nearby_s) + _lags(before_s, after_s, -nearby_s, -high_s)
    around_s = _covered(support, before_s, high_s, nearby_s) + _covered(support, before_s, -nearby_s, -high_s)
    return pairs * _covered(support, before_s, low_s, high_s) / around_s if around_s > 0 else 0.0


def _covered(support: Support, times_s: FloatArray, from_s: float, to_s: float) -> float:
    """Seconds recorded within a stretch of lags of some times, summed."""
    return float((support.elapsed_s(times_s + to_s) - support.elapsed_s(times_s + from_s)).sum())


@dataclass(frozen=True, slots=True)
class Following:
    """How one unit follows another within bursts.

    Parameters
    ----------
    n_spikes, count, before : int
        Spikes of the follower; of them, those that come within a burst after the leader; and before it.
    expected : float
        So many would come after it by chance.
    size : float
        Median size of those that follow against the spikes that they follow; NaN where unknown.
    others : Unit
        The follower without them.
    """

    n_spikes: int
    count: int
    before: int
    expected: float
    size: float
    others: Unit

    @property
    def share(self) -> float:
        """Share of the follower's spikes that follow, beyond chance."""
        return max(0.0, self.count - self.expected) / max(self.n_spikes - self.expected, 1.0)

    def in_bursts(self, settings: SuggestionSettings) -> bool:
        """Whether it follows as the later, smaller spikes of bursts do."""
        return (
            float(stats.poisson.sf(self.count - 1, self.expected)) <= settings.chance
            and self.share >= settings.burst_share
            and self.count - self.expected >= settings.burst_asymmetry * (self.before - self.expected)
            and not self.size > settings.burst_size
        )


def measure_following(leader: Unit, follower: Unit, settings: SuggestionSettings) -> Following:
    """Count the spikes of one unit that come within a burst after another's."""
    from_s, to_s = (limit * 1e-3 for limit in settings.burst_ms)
    follows = _within(leader.times_s, follower.times_s - to_s, follower.times_s - from_s)
    leads = _within(leader.times_s, follower.times_s + from_s, follower.times_s + to_s) & ~follows
    expected = _expected(leader.times_s, follower.times_s, follower.support, (from_s, to_s), settings.nearby_s)
    last = np.searchsorted(leader.times_s, follower.times_s[follows] - from_s, side="right") - 1
    ratios = follower.amplitudes_uv[follows] / leader.amplitudes_uv[last]
    known = ratios[np.isfinite(ratios)]
    return Following(
        follower.n_spikes,
        int(follows.sum()),
        int(leads.sum()),
        expected,
        float(np.median(known)) if known.size else math.nan,
        choose_spikes(follower, ~follows, follower.id),
    )


def _within(times_s: FloatArray, from_s: FloatArray, to_s: FloatArray) -> BoolArray:
    """Whether a spike lies in each of several windows."""
    found: BoolArray = np.searchsorted(times_s, to_s, side="right") > np.searchsorted(times_s, from_s)
    return found
