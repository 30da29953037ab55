"""Two groups' courses over all fractions at once: the largest t of any, under labels of animals dealt anew."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.groups.relabelling import chance_as_large, count_relabellings, relabellings

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_NONE = 1e-12
"""Of a fraction's variance: less is none."""


@dataclass(frozen=True)
class MaxT:
    """Chance of as large a t in any fraction, and of each fraction's own t.

    Parameters
    ----------
    p : float
        Of the whole course: NaN where no fraction could be tested.
    adjusted : (fractions,) array
        Of each fraction, family-wise; NaN where one could not be tested.
    n : int
        Arrangements that were looked at.
    is_exact : bool
        Whether these were all that there are.
    least_p : float
        The smallest that `p` can be with these animals.
    """

    p: float
    adjusted: FloatArray
    n: int
    is_exact: bool
    least_p: float


def max_t(values: FloatArray, treated: BoolArray, *, most: int, random: np.random.Generator) -> MaxT:
    """Permute the labels of whole animals and keep the largest of the fractions' absolute Welch t.

    Parameters
    ----------
    values : (animals, fractions) array
        NaN where a fraction was not measured. Fractions with under two animals in either group are not tested.
    treated : (animals,) array of bool
        The labels.
    most : int
        Arrangements to draw where there are more than so many.
    random : numpy.random.Generator

    Notes
    -----
    Single-step max-T (Westfall & Young 1993, Resampling-Based Multiple Testing): the chance that any fraction is called
    different where none is, is at most the level, however the fractions depend on each other. An arrangement that
    leaves a group under two animals in a fraction counts as infinitely large.

    Examples
    --------
    >>> values = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 1.5], [11.0, 1.0], [12.0, 2.0], [13.0, 1.5]])
    >>> found = max_t(values, np.arange(6) > 2, most=99, random=np.random.default_rng(0))
    >>> found.p, found.adjusted.tolist(), found.n
    (0.1, [0.1, 1.0], 20)
    """
    known = np.isfinite(values)
    tested = (known[treated].sum(axis=0) >= 2) & (known[~treated].sum(axis=0) >= 2)
    adjusted = np.full(values.shape[1], math.nan)
    if not tested.any():
        return MaxT(math.nan, adjusted, 0, True, math.nan)
    stratum = np.zeros(len(treated), dtype=np.int_)
    labels = np.array(list(relabellings(treated, stratum, most=most, random=random)))
    exact = count_relabellings(treated, stratum) <= most
    own = values[:, tested]
    largest = _absolute_t(own, labels).max(axis=1)
    seen = _absolute_t(own, treated[None, :])[0]
    chances = [chance_as_large(largest, float(t), exact=exact) for t in seen]
    adjusted[tested] = [p for p, _ in chances]
    return MaxT(min(p for p, _ in chances), adjusted, len(labels), exact, chances[0][1])


def _absolute_t(values: FloatArray, labels: BoolArray) -> FloatArray:
    """Welch's |t| of each fraction (columns) under each arrangement (rows)."""
    known = np.isfinite(values)
    centred = np.where(known, values - np.nanmean(values, axis=0), 0.0)
    scale = (centred**2).sum(axis=0) / known.sum(axis=0)
    (n_1, mean_1, error_1), (n_0, mean_0, error_0) = (
        _moments(chosen.astype(np.float64), known, centred) for chosen in (labels, ~labels)
    )
    apart, squared = np.abs(mean_1 - mean_0), error_1 + error_0
    none = squared <= _NONE * scale
    t = np.divide(apart, np.sqrt(np.where(none, 1.0, squared)))
    t = np.where(none, np.where(apart**2 <= _NONE * scale, 0.0, math.inf), t)
    return np.where((n_1 < 2) | (n_0 < 2), math.inf, t)


def _moments(chosen: FloatArray, known: BoolArray, centred: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Animals, mean and squared standard error of those chosen."""
    n = chosen @ known
    mean = (chosen @ centred) / np.maximum(n, 1)
    squares = np.maximum(chosen @ centred**2 - n * mean**2, 0.0)
    return n, mean, squares / np.maximum(n - 1, 1) / np.maximum(n, 1)
