"""Two stages: an ID50 for every cell at a common slope, a mean for every animal, and a test on the animals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.pharmacology.groups.animal_means import welch_animal_means
from ephys.pharmacology.groups.design import LEAST_ANIMALS
from ephys.pharmacology.groups.estimates import p_text, turned_ends
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
        Ratio of the geometric means; ends are NaN under three animals a group.
    p : float
        Student's t; NaN under three animals a group.
    df : float
        Welch's degrees of freedom, or pairs - 1.
    level : float
        Coverage of the interval.
    n_at_ends : int
        Cells whose own value has no estimate, and was taken to be that of `taken`.
    paired : bool
    taken : str
        For an ID50 without a maximum within a factor of ten of the doses: that end.
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
    taken: str = "at ten times the doses"

    @property
    def turned(self) -> TwoStage:
        """The same of the reference over the group."""
        low, high = turned_ends(self.low, self.high)
        return replace(self, group=self.reference, reference=self.group, value=1.0 / self.value, low=low, high=high)

    def __str__(self) -> str:
        """Ratio, interval and test in words."""
        test = "paired t" if self.paired else "Welch"
        known = math.isfinite(self.p)
        chance = f", {self.df:.1f} df, {p_text(self.p)}" if known else ", too few animals for an interval"
        range_text = f" ({100 * self.level:g} % CI {self.low:.3g} to {self.high:.3g})" if known else ""
        cells = f"{self.n_at_ends} cell{'s' * (self.n_at_ends != 1)}"
        ends = f"; {cells} taken {self.taken}, so not to be trusted far" if self.n_at_ends else ""
        return f"{self.value:.3g}-fold{range_text}, {test} on animal means{chance}{ends}"


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


def at_ends(id50: FloatArray, doses: FloatArray) -> NDArray[np.bool_]:
    """Which of `cell_id50s` are an end of what is looked at, and no estimate."""
    edge = _REACH - 1e-6
    beyond: NDArray[np.bool_] = np.abs(np.log(id50) - np.log([doses.min(), doses.max()]).mean()) >= (
        edge + 0.5 * math.log(doses.max() / doses.min())
    )
    return beyond


def two_stage(
    ln_value: FloatArray, animals: Sequence[str], groups: Sequence[str], *, group: str, reference: str,
    at_ends: NDArray[np.bool_], level: float, within: bool, taken: str = TwoStage.taken,
) -> TwoStage:  # fmt: skip
    """Compare a group with the reference on the means of their animals.

    Parameters
    ----------
    ln_value : array (cells,)
    animals, groups : sequence of str (cells,)
    group, reference : str
    at_ends : array (cells,)
        Cells without a value of their own.
    level : float
    within : bool
        Whether animals are compared with themselves.
    taken : str, optional
        What their values were taken to be.
    """
    kept = np.array([one in (group, reference) for one in groups])
    rows = [
        (animal, one, value) for animal, one, value, keep in zip(animals, groups, ln_value, kept, strict=True) if keep
    ]
    if within:
        difference, low, high, p, df = _paired(rows, group, reference, level)
    else:
        found = welch_animal_means(
            [value for _, _, value in rows], animal=[animal for animal, _, _ in rows],
            group=[one for _, one, _ in rows], reference=reference, level=level,
        ).differences[0]  # fmt: skip
        difference, low, high, p, df = found.value, found.low, found.high, found.p, found.df
    return TwoStage(
        group, reference, math.exp(difference), math.exp(low), math.exp(high), p, df, level,
        int(at_ends[kept].sum()), within, taken,
    )  # fmt: skip


def _paired(
    rows: Sequence[tuple[str, str, float]], group: str, reference: str, level: float
) -> tuple[float, float, float, float, float]:
    """Mean difference within animals, with its interval, P and degrees of freedom; NaN under three animals."""
    means = {
        one: _animal_means([(animal, value) for animal, of, value in rows if of == one]) for one in (group, reference)
    }
    apart = np.array(
        [means[group][animal] - means[reference][animal] for animal in means[group] if animal in means[reference]]
    )
    if apart.size < LEAST_ANIMALS:
        return float(apart.mean()) if apart.size else math.nan, math.nan, math.nan, math.nan, math.nan
    found = stats.ttest_1samp(apart, 0.0)
    ends = found.confidence_interval(level)
    return float(apart.mean()), float(ends.low), float(ends.high), float(found.pvalue), float(found.df)


def _animal_means(cells: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Mean of each animal's cells."""
    names = dict.fromkeys(animal for animal, _ in cells)
    return {name: float(np.mean([value for animal, value in cells if animal == name])) for name in names}
