"""Two stages: an ID50 for every cell at a common slope, a mean for every animal, and a test on the animals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.pharmacology.nested.grid import DoseGrid

FloatArray = NDArray[np.float64]

_REACH = math.log(10.0)


@dataclass(frozen=True)
class TwoStage:
    """Fold shift between the means of animals, with Welch's interval, or that of paired differences.

    Parameters
    ----------
    group, reference : str
    value, low, high : float
        Ratio of the geometric means.
    p : float
        Student's t; NaN under three animals a group.
    df : float
        Welch's degrees of freedom, or pairs - 1.
    level : float
        Coverage of the interval.
    n_at_ends : int
        Cells whose own ID50 has no maximum within a factor of ten of the doses, and was taken there.
    paired : bool
    """

    group: str
    reference: str
    value: float
    low: float
    high: float
    p: float
    df: float
    level: float
    n_at_ends: int
    paired: bool = False

    def __str__(self) -> str:
        """Ratio, interval and test in words."""
        test = "paired t" if self.paired else "Welch"
        chance = "" if math.isnan(self.p) else f", P = {self.p:.2g}"
        ends = f"; {self.n_at_ends} cells at the end of the range" if self.n_at_ends else ""
        return (
            f"{self.value:.3g}-fold ({100 * self.level:g} % CI {self.low:.3g} to {self.high:.3g}), {test} on animal "
            f"means, {self.df:.1f} df{chance}{ends}"
        )


def cell_id50s(height: FloatArray, grid: DoseGrid, doses: FloatArray) -> FloatArray:
    """ID50 of each cell on its own: where its likelihood is highest, at most ten times past the doses.

    Parameters
    ----------
    height : array (cells, points)
        Log-likelihood along the grid.
    grid : DoseGrid
    doses : array
        Above 0.
    """
    low, high = math.log(doses.min()) - _REACH, math.log(doses.max()) + _REACH
    inside = np.where((grid.ln_dose >= low) & (grid.ln_dose <= high), height, -np.inf)
    best = np.clip(inside.argmax(axis=1), 1, height.shape[1] - 2)
    rows = np.arange(len(height))
    before, at, after = (height[rows, best + step] for step in (-1, 0, 1))
    bend = before - 2.0 * at + after
    # The vertex of a parabola through three points of the grid; none where the likelihood only rises, or is flat.
    step = np.where(bend < 0, 0.5 * (before - after) / np.where(bend < 0, bend, -1.0), 0.0)
    ln_id50 = grid.ln_dose[best] + grid.step * np.clip(step, -1.0, 1.0)
    id50: FloatArray = np.exp(np.clip(ln_id50, low, high))
    return id50


def two_stage(
    id50: FloatArray, animals: Sequence[str], groups: Sequence[str], *, group: str, reference: str, doses: FloatArray,
    level: float, within: bool,
) -> TwoStage:  # fmt: skip
    """Compare a group with the reference on the means of their animals.

    Parameters
    ----------
    id50 : array (cells,)
    animals, groups : sequence of str (cells,)
    group, reference : str
    doses : array
    level : float
    within : bool
        Whether animals are compared with themselves.
    """
    ln_id50, named, edge = np.log(id50), np.array(groups), _REACH - 1e-6
    means = [animal_means(ln_id50[named == one], [a for a, g in zip(animals, groups, strict=True) if g == one])
             for one in (group, reference)]  # fmt: skip
    at_ends = (ln_id50 <= np.log(doses.min()) - edge) | (ln_id50 >= np.log(doses.max()) + edge)
    n_at_ends = int(at_ends[(named == group) | (named == reference)].sum())
    if within:
        both = [animal for animal in means[0] if animal in means[1]]
        found = paired(np.array([means[0][a] - means[1][a] for a in both]), level=level)
    else:
        found = welch(np.array([*means[0].values()]), np.array([*means[1].values()]), level=level)
    difference, low, high, p, df = found
    fewest = len(both) if within else min(len(one) for one in means)
    return TwoStage(
        group, reference, math.exp(difference), math.exp(low), math.exp(high), p if fewest > 2 else math.nan, df, level,
        n_at_ends, within,
    )  # fmt: skip


def animal_means(values: FloatArray, animals: Sequence[str]) -> dict[str, float]:
    """Mean of each animal's cells."""
    names = np.array(animals)
    return {name: float(values[names == name].mean()) for name in dict.fromkeys(animals)}


def welch(treated: FloatArray, control: FloatArray, *, level: float) -> tuple[float, float, float, float, float]:
    """Difference of two means with its interval, P and degrees of freedom (Welch 1947, Biometrika 34:28).

    >>> difference, low, high, p, df = welch(np.array([3.0, 4.0, 5.0]), np.array([1.0, 2.0, 3.0]), level=0.95)
    >>> difference, round(p, 3), round(df, 6)
    (2.0, 0.07, 4.0)
    """
    difference = float(treated.mean() - control.mean())
    if min(treated.size, control.size) < 2:
        return difference, -math.inf, math.inf, math.nan, math.nan
    found = stats.ttest_ind(treated, control, equal_var=False)
    ends = found.confidence_interval(level)
    return difference, float(ends.low), float(ends.high), float(found.pvalue), float(found.df)


def paired(differences: FloatArray, *, level: float) -> tuple[float, float, float, float, float]:
    """Mean of paired differences with its interval, P and degrees of freedom."""
    if differences.size < 2:
        return float(differences.mean()), -math.inf, math.inf, math.nan, math.nan
    found = stats.ttest_1samp(differences, 0.0)
    ends = found.confidence_interval(level)
    return float(differences.mean()), float(ends.low), float(ends.high), float(found.pvalue), float(found.df)
