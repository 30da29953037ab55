"""Standard errors over animals: the whole fit again without each of them.

Points of one animal are not independent, and no formula for the scatter of points knows it. Animals that have points of
the same curves are a stratum: the variance is the sum over strata of (m - 1) / m times the squared deviations of the
estimates from that of all animals (the stratified jackknife, with what bends in it counted as scatter). Strata differ
in how much they add, so that the degrees of freedom are Satterthwaite's (1946), at most animals - strata: of the
difference of two means the interval is Welch's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from ephys.pharmacology.groups.design import LEAST_ANIMALS
from ephys.pharmacology.shared_fits.formula import Formula
from ephys.pharmacology.shared_fits.points import CurvePoints

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

_EXACT = 1e-10
_MOST_EVALUATIONS = 2000


@dataclass(frozen=True)
class Jackknife:
    """Estimates without each animal.

    Parameters
    ----------
    estimates : tuple of array
        One for each animal that was left out; empty where a curve has too few animals.
    stratum : tuple of int
        Of that animal.
    df : int
        Animals less strata, the most that an interval may have; 0 where a curve has fewer than three animals, and
        nothing is told.
    too_few : tuple of str
        Curves that have fewer than three.
    """

    estimates: tuple[FloatArray, ...]
    stratum: tuple[int, ...]
    df: int
    too_few: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[int, ...]:
        """Animals, by number, without which the search did not come to rest: nothing is told then."""
        return tuple(number for number, one in enumerate(self.estimates) if np.isnan(one).any())

    def spread(self, whole: float, values: Sequence[float]) -> tuple[float, float]:
        """Standard error of a quantity, and its degrees of freedom; NaN where animals do not tell them.

        Parameters
        ----------
        whole : float
            Its value of all animals.
        values : sequence of float
            Its value without each.

        Examples
        --------
        >>> se, df = Jackknife((), (0, 0, 0), 2).spread(2.0, [2.5, 2.0, 1.5])    # of the mean of 1, 2 and 3
        >>> round(se, 3), round(df, 3)
        (0.577, 2.0)
        """
        if self.df <= 0:
            return math.nan, math.nan
        away, strata = np.asarray(values, dtype=np.float64) - whole, np.asarray(self.stratum)
        sizes = np.array([np.sum(strata == number) for number in np.unique(strata)])
        squares = np.array([np.sum(away[strata == number] ** 2) for number in np.unique(strata)])
        parts = (sizes - 1) / sizes * squares
        variance = float(parts.sum())
        if not variance > 0:
            return math.sqrt(variance), float(self.df)
        shares = parts / variance
        return math.sqrt(variance), min(float(self.df), 1.0 / float(np.sum(shares**2 / (sizes - 1))))


def animal_strata(sets: Sequence[frozenset[int]]) -> tuple[int, ...]:
    """Stratum of each animal from the curves that it has; one for all where any would hold one animal alone.

    Parameters
    ----------
    sets : sequence of frozenset of int
        Curves of each animal.

    Examples
    --------
    >>> a, b = frozenset({0}), frozenset({1})
    >>> animal_strata([a, a, b, b]), animal_strata([a, a, b])
    ((0, 0, 1, 1), (0, 0, 0))
    """
    kinds = list(dict.fromkeys(sets))
    alone = any(sets.count(kind) < 2 for kind in kinds)
    return tuple(0 if alone else kinds.index(one) for one in sets)


def leave_out_animals(formula: Formula, points: CurvePoints, estimate: FloatArray) -> Jackknife:
    """Fit again without each animal, from the estimate of all.

    Parameters
    ----------
    formula : Formula
    points : CurvePoints
        With animals.
    estimate : array
        Of all points.

    Returns
    -------
    Jackknife
    """
    curves = range(len(points.labels))
    few = tuple(points.labels[number] for number in curves if len(points.animals_of(number)) < LEAST_ANIMALS)
    if few:
        return Jackknife((), (), 0, few)
    numbers = range(len(points.animals))
    strata = animal_strata([frozenset(points.curve[points.animal == number].tolist()) for number in numbers])
    estimates = tuple(_refit(formula, points.take(points.animal != number), estimate) for number in numbers)
    return Jackknife(estimates, strata, len(points.animals) - len(set(strata)))


def _refit(formula: Formula, points: CurvePoints, start: FloatArray) -> FloatArray:
    """Estimates from some of the points; NaN where the search did not come to rest."""

    def residuals(theta: FloatArray) -> FloatArray:
        return formula.residuals(theta, points)

    with np.errstate(over="ignore", invalid="ignore"):
        solved = optimize.least_squares(
            residuals, start, method="lm", x_scale="jac", ftol=_EXACT, xtol=_EXACT, gtol=_EXACT,
            max_nfev=_MOST_EVALUATIONS,
        )  # fmt: skip
    return np.asarray(solved.x) if solved.success else np.full_like(start, np.nan)
