"""Percent of baseline at each dose, a mean over animals: the values that `percent_by_dose` returns."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from ephys.jupyter import Shown, potency_words, shown
from ephys.pharmacology.dose_text import figures
from ephys.pharmacology.groups.estimates import count_text, interval_text
from ephys.pharmacology.inhibiting.percents_html import percents_parts
from ephys.pharmacology.inhibiting.result import named_cells


@dataclass(frozen=True, slots=True)
class AnimalPercent(Shown):
    """One animal at one dose.

    Parameters
    ----------
    animal, group : str
    dose : float
        Cumulative.
    percent : float
        Percent of baseline, the mean of its cells.
    cells : tuple of float
        Of each cell.
    """

    animal: str
    group: str
    dose: float
    percent: float
    cells: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class GroupPercent(Shown):
    """One group at one dose.

    Parameters
    ----------
    group : str
    dose : float
        Cumulative.
    percent, low, high : float
        Mean over the animals, with Student's interval from their own scatter; the interval is NaN under three animals,
        and where all animals are alike, since silence without exception tells no scatter. No end is below 0.
    n_animals, n_cells : int
        n is animals.
    n_silent : int
        Cells without a spike: they are in the mean.
    n_carried : int
        Cells that were silent, or nearly, at a lower dose and were given no more: they are in the mean as they were
        there.
    n_unproven : int
        Cells that fell silent and may have been lost.
    """

    group: str
    dose: float
    percent: float
    low: float
    high: float
    n_animals: int
    n_cells: int
    n_silent: int
    n_carried: int
    n_unproven: int

    @property
    def has_interval(self) -> bool:
        """Whether the animals tell one."""
        return not math.isnan(self.low)

    def __str__(self) -> str:
        """Mean, interval and n."""
        silent = f", {self.n_silent} silent" if self.n_silent else ""
        carried = f", {self.n_carried} carried on" if self.n_carried else ""
        n = f"{count_text(self.n_animals, 'animal')}, {count_text(self.n_cells, 'cell')}{silent}{carried}"
        return f"{self.group} {interval_text(self.percent, self.low, self.high)} % [{n}]"


@dataclass(frozen=True, eq=False)
class PercentByDose(Shown):
    """Percent of baseline of groups at each dose.

    Parameters
    ----------
    means : tuple of GroupPercent
        By dose, and by group within it; a group that was not given a dose has none there.
    animals : tuple of AnimalPercent
        What they are means of.
    groups : tuple of str
        The reference first.
    drug, dose_unit, route, form : str
        Empty where a table does not say them, or animals differ.
    level : float
        Of the intervals.
    carried : tuple of str
        Cells that were silent, or nearly, at a lower dose and were given no more.
    left_out : tuple of str
        Cells that are not in a mean, and why.
    notes : tuple of str
        What to know before the numbers are used.
    proven_only : PercentByDose or None
        The same without cells that fell silent and may have been lost; `None` where there are none, or nothing else.
    """

    means: tuple[GroupPercent, ...]
    animals: tuple[AnimalPercent, ...] = field(repr=False)
    groups: tuple[str, ...]
    drug: str
    dose_unit: str
    route: str
    form: str
    level: float
    carried: tuple[str, ...] = field(default=(), repr=False)
    left_out: tuple[str, ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()
    proven_only: PercentByDose | None = field(default=None, repr=False)

    @property
    def doses(self) -> tuple[float, ...]:
        """Cumulative doses at which there is a mean."""
        return tuple(sorted({mean.dose for mean in self.means}))

    @property
    def unit_text(self) -> str:
        """Dose unit as it is printed."""
        return self.dose_unit.replace("ug/", "µg/")

    @property
    def method(self) -> str:
        """What was averaged over what, in words."""
        return f"mean over animals of the means of their cells; {100 * self.level:g} % t interval over animals"

    def as_rows(self) -> list[dict[str, Any]]:
        """A row for each group and dose, every number in a column of its own."""
        return [
            {
                "drug": self.drug, "route": self.route, "form": self.form, "dose": mean.dose,
                "dose_unit": self.dose_unit, "group": mean.group, "percent": mean.percent, "percent_low": mean.low,
                "percent_high": mean.high, "level": self.level, "n_animals": mean.n_animals, "n_cells": mean.n_cells,
                "n_silent": mean.n_silent, "n_carried": mean.n_carried, "n_unproven": mean.n_unproven,
            }
            for mean in self.means
        ]  # fmt: skip

    def _repr_html_(self) -> str:
        """A row for each dose and group, for Jupyter."""
        lower = potency_words(self.dose_unit).dose
        drug = " ".join(part for part in (self.drug or "drug", self.form, self.route) if part)
        beside = {
            f"silent or nearly at a lower {lower}, given no more and taken as they were there": self.carried,
            "left out": self.left_out,
            "notes": self.notes,
        }
        return shown(self, *percents_parts(self), told=f"{drug}, percent of baseline ({self.method})", beside=beside)

    def __str__(self) -> str:
        """A line for each dose, and what to know."""
        lines = [f"{self.drug or 'Drug'}, percent of baseline ({self.method}):"]
        for dose in self.doses:
            told = "; ".join(str(mean) for mean in self.means if mean.dose == dose)
            lines.append(f"  {figures(dose)} {self.unit_text}".rstrip() + f": {told}")
        if self.carried:
            lines.append(
                f"Silent or nearly at a lower {potency_words(self.dose_unit).dose}, given no more and taken as they "
                "were "
                f"there: "
                f"{count_text(len(self.carried), 'cell')} ({named_cells(self.carried)})."
            )
        if self.left_out:
            lines.append(f"Left out: {named_cells(self.left_out)}.")
        return "\n".join([*lines, *(f"Note: {note}." for note in self.notes)])
