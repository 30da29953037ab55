"""Cells of known identity as arrays, and animals dealt out to folds: an animal is wholly in one of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.classification.validation import TRUTHS
from ephys.model.epoch import FloatArray

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

MIN_ANIMALS = 5
"""Animals that a classifier needs (convention)."""

MIN_CELLS = 10
"""Cells of each label that it needs (convention)."""

MIN_ANIMALS_PER_LABEL = 3
"""Animals that each label needs: with one left out to validate and one to choose the penalty, one remains."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Cells to learn from.

    Parameters
    ----------
    features : tuple of str
        Columns of `values`.
    animals : array of int (cells,)
        Number of the animal.
    positive : array of bool (cells,)
        Whether the cell is serotonergic.
    values : array (cells, features)
        NaN where a feature was not measured.
    """

    features: tuple[str, ...]
    animals: IntArray
    positive: BoolArray
    values: FloatArray

    def take(self, chosen: BoolArray) -> Sample:
        """Some of the cells."""
        return Sample(self.features, self.animals[chosen], self.positive[chosen], self.values[chosen])

    def having(self, subset: tuple[str, ...]) -> Sample:
        """Cells that have some of the features, with these alone."""
        values = self.values[:, [self.features.index(name) for name in subset]]
        whole = np.isfinite(values).all(axis=1)
        return Sample(subset, self.animals[whole], self.positive[whole], values[whole])

    def measured(self, place: int) -> dict[str, float]:
        """Features of one cell by name, without those that were not measured."""
        row = self.values[place]
        return {name: float(v) for name, v in zip(self.features, row, strict=True) if np.isfinite(v)}

    @property
    def lack(self) -> str:
        """What the cells are short of to learn from; empty where they are enough."""
        n_animals = len(np.unique(self.animals))
        if n_animals < MIN_ANIMALS:
            return f"there are {n_animals} animals, at least {MIN_ANIMALS} are needed"
        for truth, chosen in zip(TRUTHS, (self.positive, ~self.positive), strict=True):
            n_cells, n_with = int(chosen.sum()), len(np.unique(self.animals[chosen]))
            if n_cells < MIN_CELLS or n_with < MIN_ANIMALS_PER_LABEL:
                return (
                    f"there are {n_cells} cells labelled {truth}, of {n_with} animals; "
                    f"at least {MIN_CELLS} cells of {MIN_ANIMALS_PER_LABEL} animals are needed"
                )
        return ""


def deal_animals(animals: IntArray, positive: BoolArray, n_folds: int, *, seed: int = 0) -> IntArray:
    """Deal animals out to folds, those with most cells of the rarer label first, so that it is in as many as can be.

    Parameters
    ----------
    animals : array of int (cells,)
        Animal of each cell.
    positive : array of bool (cells,)
        Its label.
    n_folds : int
        At most; with no more animals than that, each is a fold.
    seed : int, optional
        Of the order among animals that have as many.

    Returns
    -------
    array of int (cells,)
        Fold of each cell: that of its animal.

    Examples
    --------
    >>> deal_animals(np.array([0, 0, 1, 2, 3]), np.array([True, False, True, False, False]), 2).tolist()[:2]
    [0, 0]
    """
    codes, inverse = np.unique(animals, return_inverse=True)
    rarer = positive if positive.mean() <= 0.5 else ~positive
    shuffled = np.random.default_rng(seed).permutation(len(codes))
    counts = np.bincount(inverse, weights=rarer)[shuffled]
    dealt = shuffled[np.argsort(-counts, kind="stable")]
    fold = np.empty(len(codes), dtype=np.int64)
    fold[dealt] = np.arange(len(codes)) % n_folds
    return np.asarray(fold[inverse])
