"""What is left of the rate at one dose: the values that `compare_inhibition` returns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ephys.jupyter import Shown, potency_words
from ephys.pharmacology.dose_text import figures
from ephys.pharmacology.groups.estimates import GroupDifference, count_text, interval_text
from ephys.pharmacology.population.two_stage import TwoStage

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class CellPercent(Shown):
    """One cell at the dose.

    Parameters
    ----------
    animal, unit, group : str
    count, exposure_s : float
        Spikes at the dose, and the seconds in which they could be counted.
    baseline_count, baseline_s : float
        The same without drug.
    percent, low, high : float
        Rate as percent of baseline, with the interval of the cell's own likelihood: 0 or infinite where there is no
        end.
    proven : bool
        Whether the cell is known to have been there.
    """

    animal: str
    unit: str
    group: str
    count: float
    exposure_s: float
    baseline_count: float
    baseline_s: float
    percent: float
    low: float
    high: float
    proven: bool = True

    @property
    def silent(self) -> bool:
        """Whether it fired no spike at the dose."""
        return self.count == 0


@dataclass(frozen=True, slots=True)
class GroupInhibition(Shown):
    """Inhibition of a group.

    Parameters
    ----------
    group : str
        Its name.
    ratio, ratio_low, ratio_high : float
        What is left of the rate: geometric mean over cells and animals, with its profile interval. The interval is NaN
        where too few animals tell it; an end is 0 where nothing says that anything is left.
    n_animals, n_cells, n_silent : int
        That it rests on: n is animals. Silent: no spike at the dose.
    """

    group: str
    ratio: float
    ratio_low: float
    ratio_high: float
    n_animals: int
    n_cells: int
    n_silent: int

    @property
    def percent(self) -> float:
        """Percent inhibition; negative where the rate rose."""
        return 100.0 * (1.0 - self.ratio)

    @property
    def low(self) -> float:
        """Lower end of the interval of `percent`."""
        return 100.0 * (1.0 - self.ratio_high)

    @property
    def high(self) -> float:
        """Upper end of the interval of `percent`."""
        return 100.0 * (1.0 - self.ratio_low)

    def __str__(self) -> str:
        """Inhibition with interval and numbers."""
        silent = f", {self.n_silent} silent" if self.n_silent else ""
        numbers = f"{count_text(self.n_animals, 'animal')}, {count_text(self.n_cells, 'cell')}{silent}"
        return f"{self.group} {interval_text(self.percent, self.low, self.high)} % inhibition [{numbers}]"


@dataclass(frozen=True, eq=False)
class InhibitionComparison(Shown):
    """Inhibition of groups at one dose, on counts: ln ratio = group + animal + cell.

    Parameters
    ----------
    groups : tuple of GroupInhibition
        The reference first.
    differences : tuple of GroupDifference
        Ratio of what is left, each group over the reference.
    cells : tuple of CellPercent
        What was counted, cell by cell.
    drug, dose_unit : str
        Empty where a table does not say them.
    dose : float
        NaN where a table does not say it.
    reference : str
        Group that the others are held against.
    level : float
        Of the intervals.
    df : int
        Degrees of freedom: animals - groups (and blocks); animals - 1 where they are compared with themselves.
    sd_animal, sd_cell : float
        Of the ln ratio, between animals, and between cells of one; `sd_animal` is NaN where every animal gave one
        cell, and `sd_cell` has both.
    dispersion : float
        Relative standard deviation of a rate between windows, as assumed.
    dispersion_source : str
        Where that is from.
    carried : tuple of str
        Cells that were silent, or nearly, at a lower dose and were given no more: they enter as they were there.
    left_out : tuple of str
        Cells that are in no number, and why.
    notes : tuple of str
        What to know before the numbers are used.
    two_stage : dict of str to TwoStage
        Of each group against the reference: means of animals, Welch's t-test (paired: of the differences). It assumes
        no common scatter, and takes a silent cell for half a spike.
    proven_only : InhibitionComparison or None
        The same without cells that fell silent and may have been lost; `None` where there are none, or nothing else.
    """

    groups: tuple[GroupInhibition, ...]
    differences: tuple[GroupDifference, ...]
    cells: tuple[CellPercent, ...] = field(repr=False)
    drug: str
    dose: float
    dose_unit: str
    reference: str
    level: float
    df: int
    sd_animal: float
    sd_cell: float
    dispersion: float
    dispersion_source: str
    carried: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    two_stage: dict[str, TwoStage] = field(default_factory=dict)
    proven_only: InhibitionComparison | None = None

    @property
    def cell_percents(self) -> list[dict[str, Any]]:
        """A row per cell: what was counted, and percent of baseline with its interval."""
        return [asdict(cell) | {"silent": cell.silent} for cell in self.cells]

    @property
    def where(self) -> str:
        """Drug and dose, as far as they are known."""
        if math.isnan(self.dose):
            return "one dose"
        return f"{figures(self.dose)} {self.dose_unit.replace('ug/', 'µg/')} {self.drug}".rstrip().replace("  ", " ")

    @property
    def method(self) -> str:
        """Model and test, in words."""
        return (
            f"ln ratio = group + animal + cell on counts, profile likelihood, F with 1 and {self.df} df; rates wander "
            f"by {100 * self.dispersion:.3g} % between windows: {self.dispersion_source}"
        )

    def __str__(self) -> str:
        """Sentences of a paper's results."""
        told = "; ".join([*map(str, self.groups), *map(_apart, self.differences)])
        lines = [f"At {self.where}: {told} ({100 * self.level:g} % intervals; {self.method})."]
        beside = self.two_stage.values()
        lines += [f"Beside it, what is left in two stages: {one.group} / {one.reference} {one}." for one in beside]
        if self.carried:
            cells = count_text(len(self.carried), "cell")
            lines.append(
                f"Silent or nearly at a lower {potency_words(self.dose_unit).dose}, given no more and taken as they "
                "were "
                f"there: {cells} "
                f"({named_cells(self.carried)})."
            )
        if self.proven_only is not None:
            answers = "; ".join([*map(str, self.proven_only.groups), *map(_apart, self.proven_only.differences)])
            lines.append(f"Without cells that fell silent and may have been lost: {answers}.")
        if self.left_out:
            lines.append(f"Left out: {count_text(len(self.left_out), 'cell')} ({named_cells(self.left_out)}).")
        return "\n".join([*lines, *(f"Note: {note}." for note in self.notes)])

    def as_rows(self) -> list[dict[str, Any]]:
        """A row for each group, every number in a column of its own; `cell_percents` has a row per cell."""
        apart = {one.group: one for one in self.differences}
        return [self._row(group, apart.get(group.group)) for group in self.groups]

    def _row(self, group: GroupInhibition, apart: GroupDifference | None) -> dict[str, Any]:
        """Row of one group; without a ratio for the reference."""
        against = ("value", "low", "high", "p", "p_holm")
        return {
            "drug": self.drug, "dose": self.dose, "dose_unit": self.dose_unit, "group": group.group,
            "inhibition_percent": group.percent, "inhibition_low": group.low, "inhibition_high": group.high,
            "level": self.level, "n_animals": group.n_animals, "n_cells": group.n_cells, "n_silent": group.n_silent,
            "reference": apart.reference if apart else "", "df": self.df,
            **{f"ratio_{name}".replace("ratio_p", "p"): getattr(apart, name, math.nan) for name in against},
        }  # fmt: skip

    def __repr__(self) -> str:
        """Where, and of how many."""
        animals = sum(group.n_animals for group in self.groups)
        return f"InhibitionComparison({self.where!r}, {animals} animals, {len(self.cells)} cells)"


def _apart(difference: GroupDifference) -> str:
    """A ratio with its interval and p-value, and the adjusted one where there is one."""
    told = interval_text(difference.value, difference.low, difference.high)
    chance = difference.chance(adjusted=True)
    return f"left, {difference.group} / {difference.reference} ratio {told}, {chance}"


def named_cells(cells: Sequence[str]) -> str:
    """The first of some cells, and how many more there are."""
    more = f"; and {len(cells) - _MOST_NAMED} more" if len(cells) > _MOST_NAMED else ""
    return "; ".join(cells[:_MOST_NAMED]) + more
