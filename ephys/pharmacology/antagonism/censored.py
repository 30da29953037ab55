"""Mean of values of which some are only known to lie above or below something, with its interval.

A normal law, its likelihood taken over the stretch in which each value lies (Tobin 1958). The interval is the profile
likelihood's, cut where it gives exactly Student's interval when every value is known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats
from scipy.special import log_ndtr

FloatArray = NDArray[np.float64]

_FURTHEST = 30.0
"""Standard deviations beyond the values at which an end is open."""
_EXACT = 1e-8
_ROUNDING = 1e-9
LEAST_KNOWN = 2
"""Values that must be known, and not be bounds, for a mean (convention): one tells nothing of the scatter."""


def is_known(stretch: tuple[float, float]) -> bool:
    """Whether a value is known, and is no bound; the ends of a sum of logarithms may differ by rounding.

    >>> is_known((2.0, 2.0)), is_known((2.0, math.inf))
    (True, False)
    """
    low, high = stretch
    return bool(high == low or high - low < _ROUNDING)


@dataclass(frozen=True, slots=True)
class CensoredMean:
    """A mean, or the difference of two, with its interval.

    Parameters
    ----------
    value, low, high : float
        NaN where too few values are known; the ends also where known values do not scatter.
    df : int
        Values less groups.
    """

    value: float
    low: float
    high: float
    df: int


def censored_difference(
    low: Sequence[float], high: Sequence[float], reference: Sequence[bool], *, level: float
) -> CensoredMean:
    """Mean of the values less the mean of those that are the reference, where there are any; one variance for both.

    Parameters
    ----------
    low, high : sequence of float
        Stretch in which each value lies: equal where it is known, infinite where nothing bounds it.
    reference : sequence of bool
        Values that the others are held against; none for a plain mean.
    level : float
        Of the interval.

    Examples
    --------
    >>> found = censored_difference([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [False] * 3, level=0.95)
    >>> round(found.value, 6), round(found.low, 3), round(found.high, 3)    # Student's interval
    (2.0, -0.484, 4.484)
    """
    values = _Values(np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64), np.asarray(reference))
    groups = 1 + bool(values.reference.any())
    df = len(values.low) - groups
    if not values.told or df < 1:
        return CensoredMean(values.without_scatter, math.nan, math.nan, df)
    best, value = values.best()
    reach = float(stats.t.ppf(0.5 + level / 2, df))
    cut = 0.5 * len(values.low) * math.log1p(reach**2 / df)

    def excess(held: float) -> float:
        return values.best(held)[0] - best - cut

    def end(sign: float) -> float:
        step = values.spread
        for _ in range(200):
            if excess(value + sign * step) >= 0:
                return float(optimize.brentq(excess, value, value + sign * step, xtol=1e-7))
            step *= 1.3
            if step > _FURTHEST * values.spread:
                break
        return sign * math.inf

    return CensoredMean(value, end(-1.0), end(1.0), df)


@dataclass(frozen=True)
class _Values:
    """Stretches, and what they make of a law."""

    low: FloatArray
    high: FloatArray
    reference: NDArray[np.bool_]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Values that are no bounds."""
        return np.array([is_known(one) for one in zip(self.low, self.high, strict=True)])

    @property
    def told(self) -> bool:
        """Whether each group has a known value, together enough of them that differ."""
        groups = [self.low[self.known & own] for own in (self.reference, ~self.reference) if own.any()]
        n = sum(len(group) for group in groups)
        return min(map(len, groups)) > 0 and n >= LEAST_KNOWN + len(groups) - 1 and self.scatters

    @property
    def scatters(self) -> bool:
        """Whether known values differ within their groups by more than rounding."""
        return self.spread > _ROUNDING * max(float(np.max(np.abs(self.low[self.known]))), 1.0)

    @property
    def without_scatter(self) -> float:
        """The difference where every value is known and none differs from its group; else NaN."""
        if not self.known.all() or self.scatters:
            return math.nan
        first = self.low[self.reference]
        return float(self.low[~self.reference].mean() - (first.mean() if first.size else 0.0))

    @property
    def spread(self) -> float:
        """Standard deviation of the known values within their groups."""
        groups = [self.low[self.known & own] for own in (self.reference, ~self.reference)]
        squares = sum(float(np.sum((group - group.mean()) ** 2)) for group in groups if len(group))
        return math.sqrt(squares / len(self.low))

    def best(self, difference: float | None = None) -> tuple[float, float]:
        """Smallest negative log-likelihood, and the difference there; with the difference held where it is given."""
        middles = self.low[self.known & self.reference]
        second = self.low[self.known & ~self.reference].mean() - (middles.mean() if len(middles) else 0.0)
        start = [*([middles.mean()] if len(middles) else []), math.log(self.spread)]
        start += [second] if difference is None else []

        def height(theta: FloatArray) -> float:
            at = list(theta)
            mean = at.pop(0) if len(middles) else 0.0
            return self._height(mean, difference if difference is not None else at[1], at[0])

        simplex = optimize.minimize(
            height, start, method="Nelder-Mead", options={"xatol": _EXACT, "fatol": _EXACT, "maxiter": 4000}
        )
        return float(simplex.fun), difference if difference is not None else float(simplex.x[-1])

    def _height(self, mean: float, difference: float, ln_sd: float) -> float:
        """Negative log-likelihood."""
        sd = math.exp(ln_sd)
        centre = np.where(self.reference, mean, mean + difference)
        above, below = (self.low - centre) / sd, (self.high - centre) / sd
        point = -0.5 * above**2 - ln_sd - 0.5 * math.log(2 * math.pi)
        with np.errstate(divide="ignore", invalid="ignore"):
            # The tail that the stretch lies in keeps its digits.
            flip = above > 0
            upper, lower = np.where(flip, -above, below), np.where(flip, -below, above)
            stretch = log_ndtr(upper) + np.log1p(-np.exp(log_ndtr(lower) - log_ndtr(upper)))
        return -float(np.sum(np.where(self.known, np.nan_to_num(point, neginf=-1e300), stretch)))
