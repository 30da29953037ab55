"""A check that assumes no distribution: the labels of whole animals are permuted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.groups.estimates import p_text
from ephys.pharmacology.groups.relabelling import chance_as_large, count_relabellings, relabellings
from ephys.pharmacology.population.fit import PopulationFit

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class PermutationCheck:
    """How often labels at random set the means of animals as far apart as they are.

    Parameters
    ----------
    p : float
        Two-sided; NaN where there is one arrangement only.
    n : int
        Arrangements that were looked at.
    is_exact : bool
        Whether these were all that there are.
    least_p : float
        The smallest that P can be with these animals.
    what : str
        What was permuted.
    """

    p: float
    n: int
    is_exact: bool
    least_p: float
    what: str

    def __str__(self) -> str:
        """P, and what it rests on."""
        how = f"all {self.n:,}" if self.is_exact else f"{self.n:,} of the"
        return f"check by permutation ({how} {self.what}): {p_text(self.p)}, at least {self.least_p:.2g} here"


def permutation_check(
    fit: PopulationFit, group: str, reference: str, *, most: int, random: np.random.Generator
) -> PermutationCheck:
    """Permute the labels of whole animals, within blocks; flip the signs of animals that are compared with themselves.

    The statistic is the difference between the groups' means of their animals' means of the cells' ln ID50 at the
    common slope.

    Parameters
    ----------
    fit : PopulationFit
    group, reference : str
    most : int
        Arrangements to draw where there are more than so many.
    random : numpy.random.Generator
    """
    means = _animal_means(fit, (group, reference))
    if fit.model.paired:
        both = sorted({animal for animal, _ in means if (animal, group) in means and (animal, reference) in means})
        apart = np.array([means[animal, group] - means[animal, reference] for animal in both])
        return _flipped(apart, most, random)
    names = [key for key in means if key[1] in (group, reference)]
    stratum = _strata(fit, [animal for animal, _ in names])
    values = np.array([means[key] for key in names])
    for number in np.unique(stratum):
        # What blocks add to both groups alike has no part in the difference.
        values[stratum == number] -= values[stratum == number].mean()
    return _relabelled(values, np.array([key[1] == group for key in names]), stratum, most, random)


def _animal_means(fit: PopulationFit, groups: Sequence[str]) -> dict[tuple[str, str], float]:
    """Mean ln ID50 of each animal in each of two groups."""
    own: dict[tuple[str, str], list[float]] = {}
    for run, id50 in zip(fit.runs, fit.cell_id50, strict=True):
        if run.group in groups:
            own.setdefault((run.animal, run.group), []).append(math.log(id50))
    return {key: float(np.mean(values)) for key, values in own.items()}


def _strata(fit: PopulationFit, animals: Sequence[str]) -> NDArray[np.int_]:
    """Number of the block, or blocks, that each animal's cells are in."""
    values: dict[str, set[str]] = {}
    for run in fit.runs:
        values.setdefault(run.animal, set()).add(" · ".join(run.conditions.get(name, "") for name in fit.model.block))
    keys = [tuple(sorted(values[animal])) for animal in animals]
    found = sorted(set(keys))
    return np.array([found.index(key) for key in keys])


def _relabelled(
    values: FloatArray, treated: NDArray[np.bool_], stratum: NDArray[np.int_], most: int, random: np.random.Generator
) -> PermutationCheck:
    """Deal the labels anew within each stratum."""
    n_all = count_relabellings(treated, stratum)
    labels = relabellings(treated, stratum, most=most, random=random)
    weight = np.array([np.where(row, 1.0 / treated.sum(), -1.0 / (~treated).sum()) for row in labels])
    return _check(weight @ values, _difference(values, treated), n_all, most, "labels of animals")


def _difference(values: FloatArray, treated: NDArray[np.bool_]) -> float:
    """Difference of two means."""
    return float(values[treated].mean() - values[~treated].mean())


def _flipped(apart: FloatArray, most: int, random: np.random.Generator) -> PermutationCheck:
    """Flip the signs of differences within animals."""
    n_all = 2 ** len(apart)
    if n_all <= most:
        signs = np.array(list(product((-1.0, 1.0), repeat=len(apart))))
    else:
        signs = random.choice((-1.0, 1.0), size=(most, len(apart)))
    return _check(signs @ apart / len(apart), float(apart.mean()), n_all, most, "signs of differences within animals")


def _check(drawn: FloatArray, seen: float, n_all: int, most: int, what: str) -> PermutationCheck:
    """Share of the arrangements that are as far out; with that which was seen, where not all are looked at."""
    exact = n_all <= most
    if n_all < 2:
        return PermutationCheck(math.nan, n_all, exact, 1.0, what)
    # Both directions count: the mirror of an arrangement is as far out where the groups are equally large.
    p, least = chance_as_large(np.abs(drawn), abs(seen), exact=exact)
    return PermutationCheck(p, len(drawn), exact, least, what)
