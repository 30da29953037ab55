"""How cells fire, compared between groups: the values that `compare_firing` returns."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.pharmacology.firing_groups.measured import AnimalValue, MeasuredCell, animal_values
from ephys.pharmacology.groups.estimates import GroupDifference, GroupEstimate, count_text, interval_text

Effect = Literal["ratio", "difference", "odds ratio"]


@dataclass(frozen=True, slots=True)
class MeasureComparison(Shown):
    """One measure of firing, of every group and against the reference.

    Parameters
    ----------
    name : str
        ``rate``, ``cv``, ``width``, ``bursting_cells``, ``spikes_in_bursts``, ``cells_per_track`` or ``inhibition``.
    label : str
        The same in words, with the unit.
    effect : {"ratio", "difference", "odds ratio"}
        What a difference is: group over reference, or group less reference.
    method : str
        Model and test, in words.
    groups : tuple of GroupEstimate
        Means (of rates: geometric), shares (0 to 1), counts, or percent of baseline; the reference first.
    differences : tuple of GroupDifference
        Each other group against the reference.
    sd_animal, sd_cell : float
        Between animals, and between cells (tracks) of one: of logarithms for the rate and the counts, of log-odds
        for shares; `sd_cell` is NaN where it is no part of the model or cannot be told apart.
    counted : {"cells", "tracks"}
        What ``n_cells`` of the groups counts.
    welch : tuple of GroupDifference
        The same differences by Welch's test on the means of animals, which lets each group have a variance of its own:
        of rate, CV and width, where no block is taken out. Empty otherwise.
    left_out : tuple of str
        What is not in the numbers, how many, and why.
    notes : tuple of str
        What to know before the numbers are used.
    cells : tuple of MeasuredCell
        Every cell (track) with a value, those among them that are in no number.
    n_missing : int
        Cells without a value.
    """

    name: str
    label: str
    effect: Effect
    method: str
    groups: tuple[GroupEstimate, ...]
    differences: tuple[GroupDifference, ...]
    sd_animal: float
    sd_cell: float
    counted: Literal["cells", "tracks"] = "cells"
    welch: tuple[GroupDifference, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    cells: tuple[MeasuredCell, ...] = ()
    n_missing: int = 0

    @property
    def is_geometric(self) -> bool:
        """Whether means are geometric: of rates, and of what is left of them."""
        return self.effect == "ratio" and self.counted == "cells"

    @property
    def animals(self) -> tuple[AnimalValue, ...]:
        """Mean of each animal that has a cell (track) in the numbers."""
        return animal_values(self.cells, geometric=self.is_geometric)

    @property
    def n_animals(self) -> int:
        """Animals of all groups."""
        return sum(group.n_animals for group in self.groups)

    @property
    def n_cells(self) -> int:
        """Cells (tracks) of all groups."""
        return sum(group.n_cells for group in self.groups)

    def __str__(self) -> str:
        """Sentences of a paper's results."""
        told = "; ".join(
            [", ".join(self.group_text(group) for group in self.groups), *map(self.difference_text, self.differences)]
        )
        own = "; ".join(
            f"{self.difference_text(one)} (t with {one.df:.3g} df)" for one in self.welch if not math.isnan(one.df)
        )
        welch = f" Welch's test on animal means, each group with its own variance: {own}." if own else ""
        out = f" Left out: {'; '.join(self.left_out)}." if self.left_out else ""
        notes = f" Note: {'; '.join(self.notes)}." if self.notes else ""
        return f"{self.label[0].upper()}{self.label[1:]}: {told} ({self.method}).{welch}{out}{notes}"

    def __repr__(self) -> str:
        """What is compared, of how many."""
        return f"MeasureComparison({self.name!r}, {self.n_animals} animals, {self.n_cells} {self.counted})"

    def group_text(self, group: GroupEstimate) -> str:
        """A group in words, with its interval and numbers; shares in percent.

        Parameters
        ----------
        group : GroupEstimate
            One of `groups`.

        Returns
        -------
        str
        """
        scale, unit = (100.0, " %") if self.effect == "odds ratio" else (1.0, "")
        value, low, high = (f"{scale * number:.3g}" for number in (group.value, group.low, group.high))
        ends = "" if math.isnan(group.low) else f"{low} to {high}; "
        counted = count_text(group.n_cells, self.counted.removesuffix("s"))
        return f"{group.group} {value}{unit} ({ends}{count_text(group.n_animals, 'animal')}, {counted})"

    def difference_text(self, difference: GroupDifference) -> str:
        """A difference in words, with its interval and p-value, and the adjusted one where there are several.

        Parameters
        ----------
        difference : GroupDifference
            One of `differences` or `welch`.

        Returns
        -------
        str
        """
        sign, kind = ("-", "difference") if self.effect == "difference" else ("/", self.effect)
        told = interval_text(difference.value, difference.low, difference.high)
        chance = difference.chance(adjusted=len(self.differences) > 1)
        return f"{difference.group} {sign} {difference.reference} {kind} {told}, {chance}"


@dataclass(frozen=True, slots=True)
class FiringComparison(Shown):
    """How cells of groups fire: every measure that the table tells.

    Parameters
    ----------
    measures : tuple of MeasureComparison
        That were compared.
    not_compared : tuple of str
        Measures that were not, and why.
    reference : str
        Group that the others are held against.
    level : float
        Of the intervals.
    block : tuple of str
        Columns that were taken out.
    left_out : tuple of str
        Rows that are in no measure, and why.
    notes : tuple of str
        What to know of the table.
    """

    measures: tuple[MeasureComparison, ...]
    not_compared: tuple[str, ...]
    reference: str
    level: float
    block: tuple[str, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...]

    def __iter__(self) -> Iterator[MeasureComparison]:
        return iter(self.measures)

    def __getitem__(self, name: str) -> MeasureComparison:
        """Measure by its name."""
        found = [measure for measure in self.measures if measure.name == name]
        if not found:
            why = [reason for reason in self.not_compared if reason.startswith(name)]
            have = ", ".join(measure.name for measure in self.measures)
            raise ParameterError(why[0] if why else f"no measure {name!r}; compared are {have}")
        return found[0]

    def as_rows(self) -> list[dict[str, Any]]:
        """A row per measure and group, the difference from the reference beside; NaN for the reference itself."""
        return [_row(measure, group, self.reference) for measure in self.measures for group in measure.groups]

    def __str__(self) -> str:
        """A paragraph per measure; then what was not compared, and why."""
        block = f", {' and '.join(self.block)} taken out" if self.block else ""
        head = f"Reference {self.reference}; {100 * self.level:g} % intervals; n is animals{block}."
        lines = [head, *(str(measure) for measure in self.measures)]
        lines += [f"Not compared: {reason}." for reason in self.not_compared]
        lines += [f"Left out of everything: {reason}." for reason in self.left_out]
        return "\n".join([*lines, *(f"Note: {note}." for note in self.notes)])

    def __repr__(self) -> str:
        """Names of the measures."""
        return f"FiringComparison({', '.join(measure.name for measure in self.measures) or 'nothing compared'})"


def _row(measure: MeasureComparison, group: GroupEstimate, reference: str) -> dict[str, Any]:
    """One line of the table."""
    unknown = GroupDifference(group.group, reference, *[math.nan] * 5)
    apart, welch = (
        next((d for d in differences if d.group == group.group), unknown)
        for differences in (measure.differences, measure.welch)
    )
    return {
        "measure": measure.name,
        "group": group.group,
        "value": group.value,
        "low": group.low,
        "high": group.high,
        "n_animals": group.n_animals,
        "n_cells": group.n_cells,
        "counted": measure.counted,
        "effect": measure.effect,
        "reference": reference,
        "difference": apart.value,
        "difference_low": apart.low,
        "difference_high": apart.high,
        "p": apart.p,
        "p_holm": apart.p_holm,
        "df": apart.df,
        "welch_difference": welch.value,
        "welch_low": welch.low,
        "welch_high": welch.high,
        "welch_p": welch.p,
        "welch_p_holm": welch.p_holm,
        "welch_df": welch.df,
        "sd_animal": measure.sd_animal,
        "sd_cell": measure.sd_cell,
        "method": measure.method,
        "left_out": "; ".join(measure.left_out),
        "notes": "; ".join(measure.notes),
    }
