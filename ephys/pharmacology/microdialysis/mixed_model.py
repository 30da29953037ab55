"""Courses of groups in a mixed model: group, fraction and their interaction, each animal with its own level."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.jupyter import Shown
from ephys.pharmacology.groups.design import GroupDesign
from ephys.pharmacology.groups.estimates import GroupDifference, interval_text, p_text, with_holm
from ephys.pharmacology.groups.nested_means import student_ends
from ephys.pharmacology.groups.nested_search import solve_nested

FloatArray = NDArray[np.float64]

_PLACES = 9
"""Decimals of a difference of percents beyond which there is rounding alone."""


@dataclass(frozen=True, slots=True)
class DialysisMixedModel(Shown):
    """Percent = group x fraction + animal, by restricted maximum likelihood.

    Parameters
    ----------
    differences : tuple of GroupDifference
        Each group less the reference, averaged over the fractions.
    f : float
        Of the interaction: whether the groups' courses differ in shape.
    df_1, df_2 : int
        Degrees of freedom of its p-value, Geisser & Greenhouse's lower bound: groups - 1 and animals - groups.
    p : float
        Of the interaction. NaN where too few animals tell it.
    sd_animal, sd_fraction : float
        Between animals, and what is left within an animal.
    n_animals, n_fractions, n_values : int
        That went in.
    """

    differences: tuple[GroupDifference, ...]
    f: float
    df_1: int
    df_2: int
    p: float
    sd_animal: float
    sd_fraction: float
    n_animals: int
    n_fractions: int
    n_values: int

    def __str__(self) -> str:
        """Differences, and the interaction."""
        several = len(self.differences) > 1
        apart = "; ".join(
            f"{one.group} - {one.reference} {interval_text(one.value, one.low, one.high)}, t({one.df:g}), "
            f"{one.chance(adjusted=several)}"
            for one in self.differences
        )
        shape = f"F({self.df_1}, {self.df_2}) = {self.f:.3g}, {p_text(self.p)}"
        return f"mixed model: {apart}; group x fraction {'not tested' if math.isnan(self.p) else shape}"


def fit_dialysis_mixed(
    values: FloatArray, *, animal: Sequence[str], group: Sequence[str], reference: str, level: float
) -> DialysisMixedModel | None:
    """Fit the courses of animals; ``None`` where fewer than two fractions have a value in every group.

    Parameters
    ----------
    values : (animals, fractions) array
        NaN where a fraction was not measured.
    animal, group : sequence of str
        One per row.
    reference : str
    level : float
        Of the intervals.

    Notes
    -----
    A random intercept takes any two fractions of an animal for equally alike. Neighbours are more alike than that,
    which makes the usual degrees of freedom too many: the interaction is judged with the lower bound of Geisser &
    Greenhouse (1958, Ann Math Stat 29:885), which holds for any likeness.

    Examples
    --------
    >>> values = np.array([[98.0, 101.0], [103.0, 99.0], [95.0, 99.0], [60.0, 80.0], [52.0, 77.0], [66.0, 74.0]])
    >>> print(fit_dialysis_mixed(values, animal=list("abcdef"), group=list("xxxyyy"), reference="x", level=0.95))
    mixed model: y - x -31 (-38 to -24), t(4), p < 0.001; group x fraction F(1, 4) = 11, p = 0.03
    """
    groups = [reference, *(name for name in dict.fromkeys(group) if name != reference)]
    of = np.array([groups.index(name) for name in group])
    known = np.isfinite(values)
    everywhere = np.array([known[of == number].any(axis=0) for number in range(len(groups))]).all(axis=0)
    if everywhere.sum() < 2:
        return None
    design, y = _design(values[:, everywhere], groups, of, animal)
    solved = solve_nested(y, design, None)
    n_groups, n_fractions = len(groups), int(everywhere.sum())
    enough = design.enough(*range(n_groups)) and bool(np.linalg.det(solved.covariance) > 0)
    f = _wald_f(_interaction(n_groups, n_fractions), solved.beta, solved.covariance) if enough else math.nan
    differences = []
    for number in range(1, n_groups):
        contrast = np.zeros((n_groups, n_fractions))
        contrast[0], contrast[number] = -1.0 / n_fractions, 1.0 / n_fractions
        value, se = round(float(contrast.ravel() @ solved.beta), _PLACES), math.nan
        low = high = p = math.nan
        if enough:
            se = math.sqrt(contrast.ravel() @ solved.covariance @ contrast.ravel())
            low, high, p = student_ends(value, se, design.df, level)
        differences.append(GroupDifference(groups[number], reference, value, low, high, p, design.df, se=se))
    return DialysisMixedModel(
        with_holm(differences), f, n_groups - 1, design.df, float(stats.f.sf(f, n_groups - 1, design.df)),
        math.sqrt(solved.var_animal), math.sqrt(solved.var_cell), len(design.animals), n_fractions, len(y),
    )  # fmt: skip


def _design(
    values: FloatArray, groups: Sequence[str], of: NDArray[np.int_], animal: Sequence[str]
) -> tuple[GroupDesign, FloatArray]:
    """A column for each fraction of each group, a row for each value; animals without any value have no part."""
    rows, places = np.nonzero(np.isfinite(values))
    present = np.unique(rows)
    matrix = np.zeros((len(rows), len(groups) * values.shape[1]))
    matrix[np.arange(len(rows)), of[rows] * values.shape[1] + places] = 1.0
    animal_of = np.searchsorted(present, rows)
    names = tuple(animal[place] for place in present)
    df = len(names) - len(groups)
    return GroupDesign(tuple(groups), names, of[rows], animal_of, matrix, df), values[rows, places]


def _interaction(n_groups: int, n_fractions: int) -> FloatArray:
    """Contrasts that are 0 where all groups' courses are parallel."""
    between = np.hstack([-np.ones((n_groups - 1, 1)), np.eye(n_groups - 1)])
    within = np.hstack([-np.ones((n_fractions - 1, 1)), np.eye(n_fractions - 1)])
    return np.asarray(np.kron(between, within), dtype=np.float64)


def _wald_f(contrasts: FloatArray, beta: FloatArray, covariance: FloatArray) -> float:
    """Mean square of contrasts over that of chance."""
    apart = contrasts @ beta
    return float(apart @ np.linalg.solve(contrasts @ covariance @ contrasts.T, apart)) / len(apart)
