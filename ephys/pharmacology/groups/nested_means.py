"""Means of groups when cells lie in animals: value = group + animal + cell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.pharmacology.groups.design import GroupDesign, group_design
from ephys.pharmacology.groups.estimates import GroupDifference, GroupEstimate, with_holm
from ephys.pharmacology.groups.nested_search import NestedSolution, solve_nested

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NestedMeans(Shown):
    """Means of groups and their differences, in the unit of the values.

    Parameters
    ----------
    groups : tuple of GroupEstimate
        The reference first.
    differences : tuple of GroupDifference
        Each other group less the reference.
    sd_animal, sd_cell : float
        Between animals, and between cells of an animal; where every animal has one cell, all scatter is `sd_animal`
        and `sd_cell` is NaN.
    n_animals, n_cells : int
        Of all groups.
    df : int
        Of the intervals and p-values: animals less groups, and less blocks where animals differ in them.
    level : float
        Of the intervals.
    log_likelihood : float
        Restricted.
    notes : tuple of str
        What could not be told, and why.
    """

    groups: tuple[GroupEstimate, ...]
    differences: tuple[GroupDifference, ...]
    sd_animal: float
    sd_cell: float
    n_animals: int
    n_cells: int
    df: int
    level: float
    log_likelihood: float
    notes: tuple[str, ...]

    def __str__(self) -> str:
        """Means and differences, as a paper gives them."""
        means = ", ".join(group.told(cells=True) for group in self.groups)
        apart = "".join(f"; {one.told(' - {}')}" for one in self.differences)
        cells = "" if math.isnan(self.sd_cell) else f", between cells of an animal {self.sd_cell:.3g}"
        notes = "".join(f"; {note}" for note in self.notes)
        return (
            f"{means}{apart} (t with {self.df} df, {100 * self.level:g} % intervals); "
            f"SD between animals {self.sd_animal:.3g}{cells}{notes}"
        )

    def __repr__(self) -> str:
        """How many groups, animals and cells."""
        return f"NestedMeans({len(self.groups)} groups, {self.n_animals} animals, {self.n_cells} cells)"


def fit_nested_means(
    values: ArrayLike,
    *,
    animal: Sequence[object],
    group: Sequence[object],
    error: ArrayLike | None = None,
    block: Sequence[object] | None = None,
    reference: str | None = None,
    level: float = 0.95,
) -> NestedMeans:
    """Fit value = group (+ block) + animal + cell by restricted maximum likelihood.

    The animal is a random intercept, as in lme4's ``value ~ group + (1 | animal)``; with `error`, each value's known
    variance is added to that between cells, as in metafor's ``rma.mv(value, error², random = ~ 1 | animal/cell)``.
    Intervals and p-values are Student's with animals - groups degrees of freedom: more cells of the same animals tell
    no more of animals.

    Parameters
    ----------
    values : (n,) array_like
        One per cell, finite.
    animal, group : sequence of n names
        Whose the cell is.
    error : (n,) array_like, optional
        Standard error of each value, above 0.
    block : sequence of n names, optional
        What else differs between cells and is taken out; a group's mean is then that over the blocks, each once.
    reference : str, optional
        Group that the others are held against; else the first.
    level : float, optional
        Of the intervals.

    Returns
    -------
    NestedMeans
        Without an interval and p-value where a group has fewer than three animals.

    Raises
    ------
    ParameterError
        If a value or error is not what it must be, an animal is in two groups, or groups and blocks coincide.

    Examples
    --------
    >>> means = fit_nested_means(
    ...     [1.0, 1.2, 0.8, 1.1, 1.9, 2.1, 2.2, 1.8],
    ...     animal=["a", "a", "b", "c", "d", "d", "e", "f"],
    ...     group=["control"] * 4 + ["treated"] * 4,
    ... )
    >>> difference = means.differences[0]
    >>> f"{difference.value:.2f} ({difference.low:.2f} to {difference.high:.2f})"
    '0.98 (0.62 to 1.35)'
    """
    y = _numbers("values", values)
    check_level(level)
    design = group_design(len(y), animal=animal, group=group, block=block, reference=reference)
    solved = solve_nested(y, design, None if error is None else _errors(error, len(y)))
    notes = design.notes
    if math.isinf(solved.log_likelihood):
        notes += ("the values do not scatter at all: no interval and no p-value",)
    if design.one_row_each:
        notes += ("one cell per animal: the scatter between cells is part of that between animals",)
    differences = [_difference(design, solved, number, level) for number in range(1, len(design.groups))]
    return NestedMeans(
        groups=tuple(_mean(design, solved, number, level) for number in range(len(design.groups))),
        differences=with_holm(differences),
        sd_animal=math.sqrt(solved.var_animal),
        sd_cell=math.sqrt(solved.var_cell),
        n_animals=len(design.animals),
        n_cells=len(y),
        df=design.df,
        level=level,
        log_likelihood=solved.log_likelihood,
        notes=notes,
    )


def check_level(level: float) -> None:
    """Check that a level is a probability.

    >>> check_level(0.95)
    """
    if not 0 < level < 1:
        raise ParameterError(f"level must lie between 0 and 1, got {level:g}")


def student_ends(value: float, se: float, df: float, level: float) -> tuple[float, float, float]:
    """Lower and upper end of Student's interval, and the two-sided p-value of 0.

    >>> [round(number, 3) for number in student_ends(2.0, 1.0, 10, 0.95)]
    [-0.228, 4.228, 0.073]
    """
    reach = float(stats.t.ppf(0.5 + level / 2, df)) * se
    return value - reach, value + reach, float(2 * stats.t.sf(abs(value) / se, df))


def _mean(design: GroupDesign, solved: NestedSolution, number: int, level: float) -> GroupEstimate:
    """Mean of one group."""
    value, se = float(solved.beta[number]), math.sqrt(solved.covariance[number, number])
    known = design.enough(number) and se > 0
    low, high, _ = student_ends(value, se, design.df, level) if known else (math.nan,) * 3
    n_animals, n_cells = design.animals_in[number], design.rows_in[number]
    return GroupEstimate(design.groups[number], value, low, high, n_animals, n_cells, se)


def _difference(design: GroupDesign, solved: NestedSolution, number: int, level: float) -> GroupDifference:
    """One group less the reference."""
    contrast = np.zeros(len(solved.beta))
    contrast[[0, number]] = -1.0, 1.0
    value, se = float(contrast @ solved.beta), math.sqrt(contrast @ solved.covariance @ contrast)
    known = design.enough(0, number) and se > 0
    low, high, p = student_ends(value, se, design.df, level) if known else (math.nan,) * 3
    return GroupDifference(design.groups[number], design.groups[0], value, low, high, p, design.df, se=se)


def _numbers(what: str, given: ArrayLike) -> FloatArray:
    """Finite numbers in a row."""
    found = np.asarray(given, dtype=np.float64)
    if found.ndim != 1:
        raise ParameterError(f"{what} must be one row of numbers, got the shape {found.shape}")
    if not np.isfinite(found).all():
        place = int(np.flatnonzero(~np.isfinite(found))[0])
        raise ParameterError(f"{what} must be finite, got {found[place]} in row {place + 1}: leave it out and say so")
    return found


def _errors(given: ArrayLike, n: int) -> FloatArray:
    """Standard errors, one per value."""
    found = _numbers("error", given)
    if len(found) != n:
        raise ParameterError(f"error must have a standard error for each of the {n} values, got {len(found)}")
    if (found <= 0).any():
        place = int(np.flatnonzero(found <= 0)[0])
        raise ParameterError(f"error must be above 0, got {found[place]:g} in row {place + 1}")
    return found
