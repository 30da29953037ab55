"""The log-rank test and the rank test of Gehan and Breslow: as scores of animals, whose labels are permuted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.pharmacology.groups.relabelling import chance_as_large, count_relabellings, relabellings
from ephys.pharmacology.latencies.survival import survival_curve

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

Test = Literal["log-rank", "rank"]


@dataclass(frozen=True)
class RankTest:
    """Whether two groups differ in their latencies.

    Parameters
    ----------
    observed, expected : float
        Latencies that ended in the group, and as many as would if it were like the other: fewer than expected means
        longer ones.
    chi2, p_asymptotic : float
        Squared sum of the scores over its variance, and its p-value for many animals (1 degree of freedom).
    p : float
        By permutation.
    n, is_exact, least_p : int, bool, float
        Arrangements looked at, whether these are all, and the smallest that P can be.
    """

    observed: float
    expected: float
    chi2: float
    p_asymptotic: float
    p: float
    n: int
    is_exact: bool
    least_p: float


def rank_test(
    times: FloatArray, ended: BoolArray, treated: BoolArray, *, test: Test, most: int, random: np.random.Generator
) -> RankTest:
    """Test whether a group's latencies are longer or shorter than the other's.

    Each time at which latencies end counts alike ("log-rank": Mantel 1966), or by how many are still watched ("rank":
    Gehan 1965, Breslow 1970, which is Wilcoxon's test where all ended).

    Parameters
    ----------
    times, ended : (n,) array
        As of `survival_curve`.
    treated : (n,) array of bool
        Who is in the group.
    test : {"log-rank", "rank"}
    most : int
        Arrangements to draw where there are more than so many.
    random : numpy.random.Generator

    Examples
    --------
    >>> found = rank_test(np.arange(6.0), np.ones(6, dtype=bool), np.arange(6) > 2, test="rank", most=99,
    ...                   random=np.random.default_rng(0))  # fmt: skip
    >>> found.p, found.n
    (0.1, 20)
    """
    curve = survival_curve(times, ended)
    at_risk, left = curve.at_risk, curve.ended
    weight = np.ones(len(at_risk)) if test == "log-rank" else at_risk.astype(np.float64)
    hazard = left / np.maximum(at_risk, 1)
    place = np.searchsorted(curve.times, times, side="right")
    expected = np.concatenate([[0.0], np.cumsum(hazard)])[place]
    scores = -np.concatenate([[0.0], np.cumsum(weight * hazard)])[place]
    scores[ended] += weight[np.searchsorted(curve.times, times[ended])]
    share = np.array([(times[treated] >= time).sum() for time in curve.times]) / np.maximum(at_risk, 1)
    spread = share * (1 - share) * left * (at_risk - left) / np.maximum(at_risk - 1, 1)
    variance = float((weight**2 * spread).sum())
    seen = float(scores[treated].sum())
    chi2 = seen**2 / variance if variance > 0 else math.nan
    stratum = np.zeros(len(times), dtype=np.int_)
    drawn = np.array([scores[row].sum() for row in relabellings(treated, stratum, most=most, random=random)])
    exact = count_relabellings(treated, stratum) <= most
    p, least = chance_as_large(np.abs(drawn), abs(seen), exact=exact)
    return RankTest(
        float(ended[treated].sum()), float(expected[treated].sum()), chi2, float(stats.chi2.sf(chi2, 1)), p, len(drawn),
        exact, least,
    )  # fmt: skip
