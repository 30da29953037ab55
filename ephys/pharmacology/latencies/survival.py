"""How many still stay, by Kaplan and Meier: the curve, its median, and the mean up to a limit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.model import Estimate

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_HALF = 1e-12


@dataclass(frozen=True, eq=False)
class SurvivalCurve:
    """Share that still stay, at each time at which one left.

    Parameters
    ----------
    times : (k,) array
        At which latencies ended, each once.
    at_risk, ended : (k,) array of int
        Still watched just before, and ended then.
    survival : (k,) array
        Share that stay from then on.
    n : int
        Animals.
    last : float
        Until when any was watched.
    """

    times: FloatArray
    at_risk: NDArray[np.int_]
    ended: NDArray[np.int_]
    survival: FloatArray
    n: int
    last: float


def survival_curve(times: FloatArray, ended: BoolArray) -> SurvivalCurve:
    """Kaplan and Meier's curve (1958, J Am Stat Assoc 53:457).

    Parameters
    ----------
    times : (n,) array
        Latency of each, or until when it was watched.
    ended : (n,) array of bool
        Which of the two.

    Examples
    --------
    >>> curve = survival_curve(np.array([5.0, 10.0, 20.0, 20.0]), np.array([True, True, False, False]))
    >>> curve.times.tolist(), curve.survival.tolist()
    ([5.0, 10.0], [0.75, 0.5])
    """
    at = np.unique(times[ended])
    at_risk = np.array([(times >= time).sum() for time in at], dtype=np.int_)
    left = np.array([(times[ended] == time).sum() for time in at], dtype=np.int_)
    survival = np.cumprod(1 - left / np.maximum(at_risk, 1), dtype=np.float64)
    return SurvivalCurve(at, at_risk, left, survival, len(times), float(times.max()))


def median_latency(curve: SurvivalCurve, *, level: float) -> tuple[Estimate, bool]:
    """Median with its interval, and whether it is only a bound that the median exceeds.

    Where the curve stays at one half, the middle of that stretch, as for a plain median; where that stretch never ends,
    its begin is a bound, and where one half is not reached, the last time watched. The interval holds the times at
    which the curve's log-log interval holds one half (Brookmeyer & Crowley 1982, Biometrics 38:29); an end that was not
    reached is infinite. Where all end at once, or none ends and so few are watched that a sign test would not place the
    median beyond, there is no interval: its ends are NaN.

    Parameters
    ----------
    curve : SurvivalCurve
    level : float

    Examples
    --------
    >>> curve = survival_curve(np.array([5.0, 10.0, 20.0, 20.0]), np.array([True, True, False, False]))
    >>> estimate, is_bound = median_latency(curve, level=0.95)
    >>> estimate.value, is_bound
    (10.0, True)
    """
    low_curve, high_curve = _log_log_ends(curve, level)
    low, high = (_first(curve.times, ends <= 0.5) for ends in (low_curve, high_curve))
    reached = np.flatnonzero(curve.survival <= 0.5 + _HALF)
    if not reached.size:
        if not curve.times.size and 0.5**curve.n > (1 - level) / 2:
            low = high = math.nan
        return Estimate(curve.last, low, high), True
    first = reached[0]
    if low > curve.times[first]:
        low = high = math.nan
    if curve.survival[first] < 0.5 - _HALF:
        return Estimate(float(curve.times[first]), low, high), False
    if first + 1 == len(curve.times):
        return Estimate(float(curve.times[first]), low, high), True
    return Estimate(float(curve.times[first : first + 2].mean()), low, high), False


def _first(times: FloatArray, where: BoolArray) -> float:
    """First of the times for which something holds; infinite where none is."""
    return float(times[where][0]) if where.any() else math.inf


def _log_log_ends(curve: SurvivalCurve, level: float) -> tuple[FloatArray, FloatArray]:
    """Interval of the curve on the scale of log(-log), by Greenwood's variance; NaN where all or none stay."""
    inside = (curve.survival > 0) & (curve.survival < 1)
    low, high = np.full(len(curve.times), math.nan), np.full(len(curve.times), math.nan)
    s, d, n = curve.survival[inside], curve.ended[inside], curve.at_risk[inside]
    error = np.sqrt(np.cumsum(d / (n * (n - d)))) / np.abs(np.log(s))
    reach = float(stats.norm.ppf(0.5 + level / 2)) * error
    low[inside], high[inside] = s ** np.exp(reach), s ** np.exp(-reach)
    return low, high


def restricted_mean(curve: SurvivalCurve, until: float) -> tuple[float, float]:
    """Mean latency up to a limit, and its squared standard error.

    The area under the curve from 0 to the limit. Its variance is Greenwood's times n / (n - 1), which is that of a
    plain mean where all who had not ended were watched to the limit.

    Parameters
    ----------
    curve : SurvivalCurve
    until : float
        Not beyond what was watched.

    Examples
    --------
    >>> curve = survival_curve(np.array([5.0, 10.0, 20.0, 20.0]), np.array([True, True, False, False]))
    >>> restricted_mean(curve, 20.0)[0]  # of 5, 10, 20 and 20
    13.75
    """
    inside = curve.times < until
    edges = np.concatenate([[0.0], curve.times[inside], [until]])
    heights = np.concatenate([[1.0], curve.survival[inside]])
    areas = np.diff(edges) * heights
    later = areas.sum() - np.cumsum(areas)[:-1]
    d, n = curve.ended[inside], curve.at_risk[inside]
    # Where all end at once nothing stays, and no area is left.
    terms = np.where(n > d, later**2 * d / (n * np.maximum(n - d, 1)), 0.0)
    bias = curve.n / (curve.n - 1) if curve.n > 1 else math.nan
    return float(areas.sum()), float(terms.sum()) * bias
