"""What share of the treated cells answers less: the estimate, and everything that it must not be read without."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from ephys.jupyter import Shown, rows_table, shown
from ephys.pharmacology.comparisons.beyond_limit import BeyondLimit
from ephys.pharmacology.groups.estimates import p_text
from ephys.pharmacology.population.fit import PopulationFit


@dataclass(frozen=True)
class TreatedCell:
    """One treated cell.

    Parameters
    ----------
    animal, unit : str
    id50 : float
        Its own, at the common slope; at most ten times past the doses.
    chance_shifted : float
        How likely it is one of the shifted, under the two kinds.
    """

    animal: str
    unit: str
    id50: float
    chance_shifted: float


@dataclass(frozen=True, eq=False)
class DesensitisedShare(Shown):
    """Treated cells as a mixture of cells like the controls' and cells whose ID50 is shifted by a fold.

    Parameters
    ----------
    control, treated : str
    share, share_low, share_high : float
        Of treated cells that are shifted, with the expanded percentile interval of a bootstrap over animals.
    fold, fold_low, fold_high : float
        By how much they are.
    homogeneous_fold : float
        Shift where all treated cells are shifted alike.
    p : float
        Of two kinds against one that is shifted as a whole: share of data sets that were drawn under one kind, animals
        and cells anew, with as large a likelihood ratio.
    likelihood_ratio : float
        2 (ln L of two kinds - ln L of one).
    sd_animal, sd_cell : float
        Between animals, and between the cells of one kind in an animal, as folds; the first is NaN where each animal
        gave one cell.
    beyond : BeyondLimit
        The description beside: treated cells above the controls' prediction limit.
    cells : tuple of TreatedCell
    n_bootstrap, seed : int
    level : float
    fit : PopulationFit
        From which slope and dispersion are taken.
    """

    control: str
    treated: str
    share: float
    share_low: float
    share_high: float
    fold: float
    fold_low: float
    fold_high: float
    homogeneous_fold: float
    p: float
    likelihood_ratio: float
    sd_animal: float
    sd_cell: float
    beyond: BeyondLimit
    cells: tuple[TreatedCell, ...] = field(repr=False)
    n_bootstrap: int
    seed: int
    level: float
    fit: PopulationFit = field(repr=False)

    @property
    def is_told_apart(self) -> bool:
        """Whether one kind of treated cells, shifted as a whole, is refuted at 1 - level."""
        return self.p <= 1.0 - self.level

    def __str__(self) -> str:
        """Sentences of a paper's results."""
        unit = self.fit.runs[0].dose_unit.replace("ug/", "µg/")
        return "\n".join([self._estimate, self._test, *self._doubts, self.beyond.text(unit)])

    def __repr__(self) -> str:
        """Share and how many."""
        n_animals, n_cells = self.fit.n_animals[self.treated], len(self.cells)
        return f"DesensitisedShare({100 * self.share:.0f} %, {n_cells} cells of {n_animals} animals, p={self.p:.2g})"

    def _repr_html_(self) -> str:
        """The sentences, and a row for each treated cell, for Jupyter."""
        return shown(self, rows_table(self.as_rows(), name="treated cells", dose_unit=self.fit.runs[0].dose_unit))

    def as_rows(self) -> list[dict[str, Any]]:
        """A row for each treated cell."""
        return [
            {"animal": cell.animal, "unit": cell.unit, "id50": cell.id50, "chance_shifted": cell.chance_shifted,
             "is_beyond_limit": cell.id50 > self.beyond.limit}
            for cell in self.cells
        ]  # fmt: skip

    @property
    def _estimate(self) -> str:
        """Share and fold with their intervals."""
        ends = f"{100 * self.level:g} % CI {100 * self.share_low:.0f} to {100 * self.share_high:.0f} %"
        n = {
            group: f"{self.fit.n_cells[group]} cells of {self.fit.n_animals[group]} animals"
            for group in self.fit.groups
        }
        return (
            f"{100 * self.share:.0f} % of {self.treated} cells shifted ({ends}, bootstrap over animals), by "
            f"{self.fold:.3g}-fold ({self.fold_low:.3g} to {self.fold_high:.3g}); {self.treated} {n[self.treated]}, "
            f"{self.control} {n[self.control]}"
        )

    @property
    def _test(self) -> str:
        """Two kinds against one."""
        return (
            f"two kinds of treated cells against one shifted {self.homogeneous_fold:.3g}-fold as a whole: likelihood "
            f"ratio {self.likelihood_ratio:.3g}, {p_text(self.p)} ({self.n_bootstrap} data sets drawn under one kind)"
        )

    @property
    def _doubts(self) -> list[str]:
        """What the numbers are not."""
        told = []
        if not self.is_told_apart:
            told.append("one kind is not refuted: the share is no finding")
        if self.fold < 1:
            told.append("the shifted cells are more sensitive than the controls', not less")
        if math.isnan(self.sd_animal):
            told.append("one cell of each animal: animals and cells are not told apart")
        return told
