"""How well a unit stands apart from its neighbours, and whether it is one cell from one stretch of time to the next."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import gamma, poisson

from ephys.model import Isolation, Share
from ephys.sorting.matches import Matches

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LEVEL = 0.95
"""Coverage of the intervals."""

MODEL_FACTOR = 2.0
"""Spikes of units that resemble each other are so many times more or fewer than the model of their shapes expects: no
spike is quite Gaussian about its template (simulated)."""

OVERLAPPED = 0.005
"""Share of spikes, at most, that were put down to the wrong unit with no doubt about their shape: overlaps, mostly
(simulated: 0 to 0.008)."""

LINK_SPIKES = 30
"""Spikes on either side of a moment whose mean shapes are compared (convention)."""

LEAST_LINKED = 5
"""With fewer spikes on a side nothing is said of a link (convention)."""

SILENCE_S, SILENCE_INTERVALS = 30.0, 10.0
"""A silence longer than this and than so many median intervals is looked across (convention; as for a cell's fate)."""

SAME_CELL, OTHER_CELL = 0.1, 0.6
"""Distance of two mean shapes, size set aside, as a share of their size: of one cell half a minute apart (0.02 to 0.15
in recordings), and of two cells (0.2 to 1.0)."""

SHAPE_DIMENSIONS = 3.0
"""Dimensions in which the shapes of cells differ, for the most part (convention)."""


def assess_isolation(
    matches: Matches, members: Sequence[IntArray], names: Sequence[str], times_s: Sequence[FloatArray]
) -> list[Isolation]:
    """Isolation of every unit from the others, and its links through time.

    Parameters
    ----------
    matches : Matches
        Of the whole recording.
    members : sequence of array (spikes,)
        Numbers of the matches that are each unit's spikes.
    names : sequence of str
        Names of the units.
    times_s : sequence of array (spikes,)
        When, in order.

    Returns
    -------
    list of Isolation
        In the order of the units.
    """
    rivals = _expected_elsewhere(matches, members)
    found = []
    for number, (mine, at_s) in enumerate(zip(members, times_s, strict=True)):
        false, missed = rivals[number], rivals[:, number]
        nearest = int((false + missed).argmax())
        # A spike aligned on another of its phases looks different: the usual ones are laid side by side.
        kinds, which, counts = np.unique(matches.template[mine], return_inverse=True, return_counts=True)
        usual = which == counts.argmax() if len(kinds) else np.empty(0, dtype=bool)
        confidence, moment_s = weakest_link(matches.features[mine[usual]].astype(np.float64), at_s[usual])
        found.append(
            Isolation(
                neighbour=names[nearest] if false[nearest] + missed[nearest] > 0 else "",
                false=_share(float(false.sum()), len(mine)),
                missed=_share(float(missed.sum()), len(mine)),
                link_confidence=confidence,
                link_s=moment_s,
            )
        )
    return found


def _expected_elsewhere(matches: Matches, members: Sequence[IntArray]) -> FloatArray:
    """How many of each unit's spikes (rows) are expected to be each other unit's (columns)."""
    # The last template stands for none.
    owner = np.full(int(max(matches.template.max(initial=-1), matches.rival.max(initial=-1))) + 2, -1)
    for number, mine in enumerate(members):
        owner[np.unique(matches.template[mine])] = number
    owner[-1] = -1
    expected = np.zeros((len(members), len(members)))
    for number, mine in enumerate(members):
        rival = owner[matches.rival[mine]]
        other = (rival >= 0) & (rival != number)
        np.add.at(expected[number], rival[other], matches.doubt[mine][other])
    return expected


def _share(expected: float, count: int) -> Share:
    """Share of a unit's spikes, from how many are expected; with chance, and doubt about the model of the shapes."""
    tail = (1.0 - LEVEL) / 2.0
    low = max(0.0, float(poisson.ppf(tail, expected / MODEL_FACTOR))) if expected > 0 else 0.0
    high = float(poisson.ppf(1.0 - tail, expected * MODEL_FACTOR + OVERLAPPED * count))
    return Share(min(1.0, expected / count), min(1.0, low / count), min(1.0, high / count))


def weakest_link(features: FloatArray, times_s: FloatArray) -> tuple[float, float]:
    """Moment at which a unit's mean shape changes most, and the chance that the cell is the same on both sides.

    Parameters
    ----------
    features : array (spikes, dimensions)
        In noise SD, in order of time.
    times_s : array (spikes,)
        When.

    Returns
    -------
    confidence : float
        At even odds beforehand; NaN with too few spikes.
    moment_s : float
        In the middle between the spikes on its sides; NaN likewise.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> cell, other = (np.array(axis) + rng.normal(0, 1, (60, 3)) for axis in ([12, 0, 0], [9, 7, 0]))
    >>> confidence, moment_s = weakest_link(np.concatenate([cell, other]), np.arange(120.0))
    >>> confidence < 0.01, moment_s
    (True, 59.5)
    """
    weakest, moment_s = math.nan, math.nan
    for seam in _seams(times_s):
        before, after = features[max(0, seam - LINK_SPIKES) : seam], features[seam : seam + LINK_SPIKES]
        if min(len(before), len(after)) < LEAST_LINKED:
            continue
        confidence = same_cell(before, after)
        if not weakest <= confidence:
            weakest, moment_s = confidence, float(times_s[seam - 1 : seam + 1].mean())
    return weakest, moment_s


def _seams(times_s: FloatArray) -> IntArray:
    """Numbers of the spikes that begin a new stretch: every so many spikes, and after each long silence."""
    intervals_s = np.diff(times_s)
    if not intervals_s.size:
        return np.empty(0, dtype=np.int64)
    limit_s = max(SILENCE_S, SILENCE_INTERVALS * float(np.median(intervals_s)))
    silences = np.flatnonzero(intervals_s > limit_s) + 1
    return np.union1d(np.arange(LINK_SPIKES, len(times_s), LINK_SPIKES), silences).astype(np.int64)


def same_cell(before: FloatArray, after: FloatArray) -> float:
    """Chance that two groups of spikes are one cell's, by the shape of their means alone, at even odds beforehand.

    The squared distance of the means, size set aside, is that of the noise and of two shapes; it is laid beside what
    it would be for one cell, and for two. Either is a gamma law with the mean and the variance that it would have.
    """
    large, small = sorted((before, after), key=lambda group: float(np.linalg.norm(group.mean(axis=0))), reverse=True)
    base, other = large.mean(axis=0), small.mean(axis=0)
    scale = float(other @ base) / float(base @ base)
    apart = float(((other - scale * base) ** 2).sum())
    dimensions = len(base) - 1
    noise = 1.0 / len(small) + scale**2 / len(large)
    size = float(other @ other)
    log_laws = []
    for distance in (SAME_CELL, OTHER_CELL):
        shape = distance**2 * size
        mean, variance = dimensions * noise + shape, 2.0 * (dimensions * noise**2 + shape**2 / SHAPE_DIMENSIONS)
        log_laws.append(float(gamma.logpdf(apart, mean**2 / variance, scale=variance / mean)))
    return float(expit(log_laws[0] - log_laws[1]))
