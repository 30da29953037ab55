"""The mean of each animal, then Welch's t-test: the plainest comparison in which n is animals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.pharmacology.groups.design import LEAST_ANIMALS, GroupDesign, group_design
from ephys.pharmacology.groups.estimates import GroupDifference, GroupEstimate, with_holm
from ephys.pharmacology.groups.nested_means import check_level, student_ends

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AnimalMeans(Shown):
    """Means of the animals' means, and Welch's t-tests of each group against the reference.

    Parameters
    ----------
    groups : tuple of GroupEstimate
        The reference first; intervals from the group's own animals.
    differences : tuple of GroupDifference
        Each other group less the reference, each with its own degrees of freedom.
    level : float
        Of the intervals.
    notes : tuple of str
        What could not be told, and why.
    """

    groups: tuple[GroupEstimate, ...]
    differences: tuple[GroupDifference, ...]
    level: float
    notes: tuple[str, ...]

    def __str__(self) -> str:
        """Means and differences, as a paper gives them."""
        means = ", ".join(group.told() for group in self.groups)
        apart = "".join("; " + one.told(" - {}", f"Welch's t({one.df:.1f})") for one in self.differences)
        return means + apart + "".join(f"; {note}" for note in self.notes)


def welch_animal_means(
    values: ArrayLike,
    *,
    animal: Sequence[object],
    group: Sequence[object],
    reference: str | None = None,
    level: float = 0.95,
) -> AnimalMeans:
    """Average the cells of each animal and compare the animals by Welch's t-test.

    It takes an animal with one cell for as well known as one with ten, and cannot take out blocks; it assumes next to
    nothing. It stands beside `fit_nested_means`.

    Parameters
    ----------
    values : (n,) array_like
        One per cell, finite.
    animal, group : sequence of n names
        Whose the cell is.
    reference : str, optional
        Group that the others are held against; else the first.
    level : float, optional
        Of the intervals.

    Returns
    -------
    AnimalMeans
        Without an interval and p-value where a group has fewer than three animals.

    Raises
    ------
    ParameterError
        If a value is not finite, or an animal is in two groups.

    Examples
    --------
    >>> print(welch_animal_means([1.0, 3.0, 3.0, 4.0, 7.0, 8.0, 9.0], animal=list("aabcdef"), group=list("xxxxyyy")))
    x 3 (0.516 to 5.48) (3 animals), y 8 (5.52 to 10.5) (3 animals); y - x 5 (2.73 to 7.27), Welch's t(4.0),
    p = 0.0036
    """
    y = np.asarray(values, dtype=np.float64)
    if y.ndim != 1 or not np.isfinite(y).all():
        raise ParameterError("values must be one row of finite numbers: leave out what was not measured, and say so")
    check_level(level)
    design = group_design(len(y), animal=animal, group=group, reference=reference)
    means = _means_by_group(y, design)
    differences = [_welch(design, means, number, level) for number in range(1, len(design.groups))]
    return AnimalMeans(
        groups=tuple(_mean(design, means, number, level) for number in range(len(design.groups))),
        differences=with_holm(differences),
        level=level,
        notes=design.notes,
    )


def _means_by_group(y: FloatArray, design: GroupDesign) -> list[FloatArray]:
    """Means of the animals of each group."""
    n = np.bincount(design.animal_of)
    means = np.bincount(design.animal_of, weights=y) / n
    return [means[np.unique(design.animal_of[design.group_of == number])] for number in range(len(design.groups))]


def _squared_error(means: FloatArray) -> float:
    """Squared standard error of the mean of some animals; NaN of one."""
    return float(np.var(means, ddof=1)) / len(means) if len(means) > 1 else math.nan


def _mean(design: GroupDesign, means: list[FloatArray], number: int, level: float) -> GroupEstimate:
    """Mean of one group's animals."""
    own = means[number]
    value, se = float(own.mean()), math.sqrt(_squared_error(own))
    known = len(own) >= LEAST_ANIMALS and se > 0
    low, high, _ = student_ends(value, se, len(own) - 1, level) if known else (math.nan,) * 3
    return GroupEstimate(design.groups[number], value, low, high, len(own), design.rows_in[number], se)


def _welch(design: GroupDesign, means: list[FloatArray], number: int, level: float) -> GroupDifference:
    """One group's animals against the reference's, each group with a variance of its own."""
    reference, own = means[0], means[number]
    value = float(own.mean() - reference.mean())
    parts = [_squared_error(own), _squared_error(reference)]
    se, df, low, high, p = math.sqrt(sum(parts)), math.nan, math.nan, math.nan, math.nan
    if min(len(own), len(reference)) >= LEAST_ANIMALS and se > 0:
        df = sum(parts) ** 2 / (parts[0] ** 2 / (len(own) - 1) + parts[1] ** 2 / (len(reference) - 1))
        low, high, p = student_ends(value, se, df, level)
    return GroupDifference(design.groups[number], design.groups[0], value, low, high, p, df, se=se)
