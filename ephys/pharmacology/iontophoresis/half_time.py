"""When a rate passed half of its baseline: the change point of the cumulative spikes against a line of half the slope.

Where a rate only falls, its most likely course is the slope of the least concave line above the cumulative spikes
(Grenander 1956), and that passes half the baseline rate where the cumulative spikes stand highest above a line of that
slope. No shape of the fall is assumed. The interval inverts the likelihood ratio of the time, the baseline rate at its
best for each; its limit distribution is the same for all falling rates (Banerjee & Wellner 2001, Ann Stat 29:1699).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression
from scipy.special import xlogy

from ephys.firing import gamma_interval
from ephys.jupyter import UNKNOWN, Shown
from ephys.model import Estimate

FloatArray = NDArray[np.float64]
HalfStatus = Literal["reached", "not_reached", "undetermined", "not_measured"]

_CRITICAL = 2.29
"""95 % quantile of the limit of twice the likelihood ratio (Banerjee & Wellner 2001)."""
_LEAST_DISPERSION = 0.25
"""Counts are taken for no more regular than this, as variance over mean: over a few spikes no train is. Convention."""
_MISSING = 2.0
"""Spikes that must be missing against half the baseline rate, or half was not reached. Convention."""
_SURE = 1.96
"""And so many SDs of a count at half the baseline rate, or it is undetermined: 60 % and 40 % of it look alike."""
_PLACES = 101
_RATES = 25
_NO_GAP_S = 1e-9


@dataclass(frozen=True, slots=True)
class HalfTime(Shown):
    """Time to half of the baseline rate, in seconds from the start of the stretch.

    Parameters
    ----------
    value, low, high : float
        `value` is NaN where it was not told; then `low` is the bound, and `high` is infinite.
    status : {"reached", "not_reached", "undetermined", "not_measured"}
        Reached: the interval lies within the stretch, and too few spikes follow for more than half the baseline.
        Undetermined: the best time does, and the interval does not.
    within_s : float
        Length of the stretch.
    """

    value: float = np.nan
    low: float = np.nan
    high: float = np.nan
    status: HalfStatus = "not_measured"
    within_s: float = np.nan

    @property
    def text(self) -> str:
        """Value with its interval in seconds, a bound, or a dash.

        >>> HalfTime(12.34, 9.0, 16.0, "reached", 50.0).text
        '12.3 (9 to 16)'
        >>> HalfTime(low=41.0, high=np.inf, status="not_reached", within_s=50.0).text
        '> 41'
        >>> HalfTime(low=20.6, high=np.inf, status="undetermined", within_s=50.0).text
        '20.6 or more, not told within 50'
        """
        if self.status == "not_measured":
            return UNKNOWN
        if self.status == "reached":
            return Estimate(self.value, self.low, self.high).text
        if not self.low > 0.0:
            return f"not told within {self.within_s:.3g}"
        if self.status == "not_reached":
            return f"> {self.low:.3g}"
        return f"{self.low:.3g} or more, not told within {self.within_s:.3g}"


def half_time(
    times_s: FloatArray, seconds: float, baseline_count: int, baseline_s: float, *, cv: float, rising: bool = False
) -> HalfTime:
    """Time at which a falling (or rising) rate passes half of its baseline.

    Of simulated ejections of 50 s (0.6 to 3 Hz, CV 0.3 to 1; a step, an exponential and a sigmoid fall that pass half
    at 15 s) the interval held the time in 88 to 100 %, the least for a step in a fast cell. The value errs to the early
    side in slow irregular cells: a median of 12 to 13.5 s at 1 Hz and a CV of 1.

    Parameters
    ----------
    times_s : array (spikes,)
        In order, from the start of the stretch.
    seconds : float
        Length of the stretch.
    baseline_count, baseline_s : int, float
        Spikes, and seconds, before it.
    cv : float
        Of the cell's intervals.
    rising : bool, optional
        Whether the rate comes back to its baseline, rather than leaves it.

    Returns
    -------
    HalfTime
        A value where the interval says that half was passed within the stretch, else a bound.

    Examples
    --------
    >>> found = half_time(np.arange(0.25, 20.0, 0.5), 50.0, 120, 60.0, cv=0.3)   # 2 Hz, silent from 20 s on
    >>> found.status, round(found.value), found.low < 20.0 < found.high
    ('reached', 20, True)
    >>> half_time(np.arange(0.25, 50.0, 0.5), 50.0, 120, 60.0, cv=0.3).status
    'not_reached'
    """
    if baseline_count == 0 or not (seconds > 0 and baseline_s > 0):
        return HalfTime()
    ordered = seconds - times_s[::-1] if rising else times_s
    half_hz = 0.5 * baseline_count / baseline_s
    # Highest above the line right at a spike, or at the start.
    reached_s = np.concatenate([[0.0], ordered])
    above = np.arange(reached_s.size) - half_hz * reached_s
    best = int(np.argmax(above))
    at_s = float(reached_s[best])
    places = np.unique(np.append(np.linspace(0.0, seconds, _PLACES), at_s))
    kept = places[_accepted(ordered, seconds, places, (baseline_count, baseline_s), cv)]
    if rising:  # what comes after the time of the reversed stretch lies before it
        at_s, kept, past = seconds - at_s, seconds - kept[::-1], float(above[best])
    else:
        past = float(above[best] - (ordered.size - half_hz * seconds))
    enough = _SURE * cv * math.sqrt(half_hz * (seconds - at_s))
    finest_s = 0.5 / half_hz  # an interval of the baseline: spikes tell no time more closely
    low = max(min(float(kept[0]), at_s) - finest_s, 0.0)
    high = max(float(kept[-1]), at_s) + finest_s
    if past < max(_MISSING, enough) or high >= seconds:
        status: HalfStatus = "not_reached" if past < _MISSING else "undetermined"
        return HalfTime(np.nan, low, np.inf, status, seconds)
    return HalfTime(at_s, low, high, "reached", seconds)


def _accepted(
    times_s: FloatArray, seconds: float, places: FloatArray, baseline: tuple[int, float], cv: float
) -> NDArray[np.bool_]:
    """At which times a falling rate may pass half the baseline, for all that spikes and baseline say."""
    dispersion = max(cv**2, _LEAST_DISPERSION)
    rates = np.linspace(*gamma_interval(*baseline, cv=max(cv, _LEAST_DISPERSION**0.5), level=0.999), _RATES)
    rates = rates[rates > 0]
    of_rate = xlogy(baseline[0], rates) - rates * baseline[1]
    found = np.array([_constrained(times_s, seconds, place, rates) for place in places]) + of_rate
    best = _log_likelihood(*_falling(times_s, 0.0, seconds)) + np.max(of_rate)
    reach = 2.0 * (max(best, float(found.max())) - found.max(axis=1)) / dispersion
    return np.asarray((reach <= _CRITICAL) | (reach == reach.min()), dtype=np.bool_)


def _constrained(times_s: FloatArray, seconds: float, place: float, rates: FloatArray) -> FloatArray:
    """Log-likelihood of a falling rate that passes half of each baseline rate at a time."""
    split = int(np.searchsorted(times_s, place, side="right"))
    before, after = _falling(times_s[:split], 0.0, place), _falling(times_s[split:], place, seconds)
    half = 0.5 * rates[:, np.newaxis]
    return np.asarray(
        _log_likelihood(np.maximum(before[0], half), before[1]) + _log_likelihood(np.minimum(after[0], half), after[1])
    )


def _falling(times_s: FloatArray, start_s: float, stop_s: float) -> tuple[FloatArray, FloatArray]:
    """Likeliest falling rate in the gap before each spike and after the last, and the lengths of these gaps."""
    gaps = np.maximum(np.diff(np.concatenate([[start_s], times_s, [stop_s]])), _NO_GAP_S)
    rate = np.append(1.0 / gaps[:-1], 0.0)
    return np.asarray(isotonic_regression(rate, weights=gaps, increasing=False).x), gaps


def _log_likelihood(rate: FloatArray, gaps: FloatArray) -> FloatArray:
    """Log-likelihood of a spike at the end of every gap but the last (last axis)."""
    return np.asarray(np.log(np.maximum(rate[..., :-1], 1e-300)).sum(axis=-1) - (rate * gaps).sum(axis=-1))
