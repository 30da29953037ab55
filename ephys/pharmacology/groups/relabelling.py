"""Labels of animals dealt anew: all ways where they are few, else some at random."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int_]

_TIE = 1e-9


def count_relabellings(treated: BoolArray, stratum: IntArray) -> int:
    """How many ways there are to label as many of each stratum as are labelled.

    >>> count_relabellings(np.array([True, True, False, False]), np.zeros(4, dtype=int))
    6
    """
    rows = _places(stratum)
    return math.prod(math.comb(len(places), int(treated[places].sum())) for places in rows)


def relabellings(
    treated: BoolArray, stratum: IntArray, *, most: int, random: np.random.Generator
) -> Iterator[BoolArray]:
    """Every way to label as many of each stratum as are labelled; where these are more than `most`, some at random.

    Parameters
    ----------
    treated : (n,) array of bool
        Labels as they are.
    stratum : (n,) array of int
        Labels are dealt within each; all 0 where there is one.
    most : int
    random : numpy.random.Generator

    Yields
    ------
    (n,) array of bool

    Examples
    --------
    >>> dealt = relabellings(np.array([True, False]), np.zeros(2, dtype=int), most=9, random=np.random.default_rng(0))
    >>> [row.tolist() for row in dealt]
    [[True, False], [False, True]]
    """
    places = _places(stratum)
    if count_relabellings(treated, stratum) <= most:
        yield from _all(places, [int(treated[rows].sum()) for rows in places], len(treated))
    else:
        yield from _some(places, treated, most, random)


def chance_as_large(drawn: FloatArray, seen: float, *, exact: bool) -> tuple[float, float]:
    """Share of the arrangements whose statistic is as large, and the smallest that it could be with these values.

    Parameters
    ----------
    drawn : array (arrangements,)
        What each of them gives.
    seen : float
        What the labels as they are give; it counts among them where not all were looked at.
    exact : bool
        Whether these are all that there are.

    Examples
    --------
    >>> chance_as_large(np.array([1.0, 2.0, 3.0, 3.0]), 3.0, exact=True)
    (0.5, 0.5)
    >>> chance_as_large(np.array([1.0, 2.0, 3.0, 3.0]), 5.0, exact=False)
    (0.2, 0.2)
    """
    extreme = int((drawn >= seen - _TIE).sum())
    if exact:
        return extreme / len(drawn), float((drawn >= drawn.max() - _TIE).mean())
    return (extreme + 1) / (len(drawn) + 1), 1 / (len(drawn) + 1)


def _places(stratum: IntArray) -> list[IntArray]:
    """Rows of each stratum."""
    return [np.flatnonzero(stratum == number) for number in np.unique(stratum)]


def _all(places: Sequence[IntArray], sizes: Sequence[int], n: int) -> Iterator[BoolArray]:
    """Every way."""
    choices = [combinations(rows.tolist(), size) for rows, size in zip(places, sizes, strict=True)]
    for chosen in product(*choices):
        row = np.zeros(n, dtype=np.bool_)
        row[[place for part in chosen for place in part]] = True
        yield row


def _some(
    places: Sequence[IntArray], treated: BoolArray, most: int, random: np.random.Generator
) -> Iterator[BoolArray]:
    """Labels at random."""
    for _ in range(most):
        row = treated.copy()
        for rows in places:
            row[rows] = random.permutation(treated[rows])
        yield row
