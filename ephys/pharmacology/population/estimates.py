"""Numbers that a population gives, each with its interval and what it compares."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ephys.jupyter import Shown, potency_words
from ephys.pharmacology.dose_text import end_text, figures
from ephys.pharmacology.groups.estimates import p_text


@dataclass(frozen=True)
class GroupId50(Shown):
    """Geometric-mean ID50 of a group.

    Parameters
    ----------
    group : str
    value, low, high : float
        Of the distribution's centre, with the profile-likelihood interval. Outside the doses given, the value rests on
        the slope that cells share, and is printed as a bound.
    lowest_dose, top_dose : float
        Doses that the group was given.
    dose_unit : str
    n_animals, n_cells, n_censored : int
        Censored: cells whose rate was never halved, or was from the first dose.
    level : float
    """

    group: str
    value: float
    low: float
    high: float
    lowest_dose: float
    top_dose: float
    dose_unit: str
    n_animals: int
    n_cells: int
    n_censored: int
    level: float

    @property
    def status(self) -> str:
        """Where it lies: "interpolated", "above_top_dose" or "below_lowest_dose"."""
        if self.value > self.top_dose:
            return "above_top_dose"
        return "below_lowest_dose" if self.value < self.lowest_dose else "interpolated"

    @property
    def text(self) -> str:
        """As it may be quoted."""
        doses, unit = (self.lowest_dose, self.top_dose), self.dose_unit.replace("ug/", "µg/")
        if self.status == "interpolated":
            ends = f"{100 * self.level:g} % CI {end_text(self.low, doses)} to {end_text(self.high, doses)}"
            return f"{figures(self.value)} {unit} ({ends})".replace("  ", " ")
        if self.is_open:
            known = f"at least {figures(self.low)}" if math.isinf(self.high) else f"at most {figures(self.high)}"
            return f"{end_text(self.value, doses)} {unit} ({100 * self.level:g} % CI {known}; no value)".replace(
                "  ", " "
            )
        beyond = f"by the common slope {figures(self.value)}, {figures(self.low)} to {figures(self.high)}"
        return f"{end_text(self.value, doses)} {unit} ({beyond})".replace("  ", " ")

    @property
    def cell_text(self) -> str:
        """As a cell of a table has it, whose head says unit and level; beyond the doses given it is a bound."""
        doses = (self.lowest_dose, self.top_dose)
        value, ends = end_text(self.value, doses), [end_text(end, doses) for end in (self.low, self.high)]
        if self.status != "interpolated" and self.is_open:
            if math.isinf(self.high) and self.low <= 0:
                return f"{value} (no end)"
            return f"{value} ({f'at least {figures(self.low)}' if self.low > 0 else f'at most {figures(self.high)}'})"
        return f"{value} ({' to '.join(dict.fromkeys(ends))})"

    @property
    def is_open(self) -> bool:
        """Whether an end of the interval is: then there is no value."""
        return math.isinf(self.high) or self.low <= 0

    def __str__(self) -> str:
        """Group, value and n."""
        words = potency_words(self.dose_unit)
        censored = (
            f", {self.n_censored} censored (never halved, or by the first {words.dose})" if self.n_censored else ""
        )
        n = f"{_counted(self.n_animals, 'animal')}, {_counted(self.n_cells, 'cell')}{censored}"
        return f"{self.group}: {words.of_groups} {self.text}, {n}"


@dataclass(frozen=True)
class FoldShift(Shown):
    """How many times the ID50 of a group is that of the reference.

    Parameters
    ----------
    group, reference : str
    value, low, high : float
        With the profile-likelihood interval, calibrated by F(1, `df`).
    f, p : float
        Of no shift; p and the interval are NaN where they are withheld, and `withheld` says why.
    df : int
        Animals - groups between animals, animals - 1 within.
    level : float
    withheld : str
    potency : str
        What it is a ratio of: "ID50", "IC50" or "I50".
    """

    group: str
    reference: str
    value: float
    low: float
    high: float
    p: float
    df: int
    level: float
    withheld: str = ""
    f: float = math.nan
    potency: str = "ID50"

    @property
    def status(self) -> str:
        """What there is: "estimated", "at_least" or "at_most" (a bound, no value), "not_determined" (no end at all)."""
        if math.isinf(self.high):
            return "at_least" if self.low > 0 else "not_determined"
        return "at_most" if self.low <= 0 else "estimated"

    def __str__(self) -> str:
        """Ratio, interval and P in words."""
        if self.withheld:
            return f"{self.group} / {self.reference}: {self.value:.3g}-fold, no interval and no p: {self.withheld}"
        tested = f"F(1, {self.df}) = {self.f:.3g}, {p_text(self.p)}"
        return f"{self.group} / {self.reference}: {self._value_text}, {tested}"

    @property
    def cell_text(self) -> str:
        """As a cell of a table has it, whose head says the level."""
        told = {
            "not_determined": "not determined",
            "at_least": f"at least {self.low:.3g}",
            "at_most": f"at most {self.high:.3g}",
        }
        if self.withheld:
            return f"{self.value:.3g} (no interval)"
        return told.get(self.status, f"{self.value:.3g} ({_end(self.low)} to {_end(self.high)})")

    @property
    def _value_text(self) -> str:
        """Value and interval; an end alone where the other is open, since the value is then the grid's."""
        level = f"{100 * self.level:g} % CI"
        if self.status == "not_determined":
            return f"not determined ({level} open at both ends)"
        if math.isinf(self.high) and self.low > 0:
            return f"at least {self.low:.3g}-fold ({level}; no value)"
        if self.low <= 0 and math.isfinite(self.high):
            return f"at most {self.high:.3g}-fold ({level}; no value)"
        return f"{self.value:.3g}-fold ({level} {_end(self.low)} to {_end(self.high)})"


@dataclass(frozen=True)
class GroupValue(Shown):
    """A shape parameter of one group, with its interval; not known where that is all that the parameter can be."""

    group: str
    value: float
    low: float
    high: float
    known: bool = True

    def __str__(self) -> str:
        """Value and interval; the range where nothing within it is more likely than the rest."""
        interval = f" ({_end(self.low)} to {_end(self.high)})"
        return f"{self.group} {f'{self.value:.3g}{interval}' if self.known else 'not determined'}"


@dataclass(frozen=True)
class ShapeDifference(Shown):
    """How a shape parameter differs between a group and the reference, where every group has its own.

    Parameters
    ----------
    quantity : str
        "slope" (a ratio) or "Emax" (a difference in percent).
    group, reference : GroupValue
    value, low, high : float
    level : float
    over_animals : bool
        Whether the intervals hold how much hangs on each animal, too; else they are those of the counts, with one
        slope and one Emax for all cells of a group.
    """

    quantity: str
    group: GroupValue
    reference: GroupValue
    value: float
    low: float
    high: float
    level: float
    over_animals: bool = False

    def __str__(self) -> str:
        """Both values, and their difference."""
        how = "ratio" if self.quantity == "slope" else "difference"
        told = f"{self.value:.3g} ({_end(self.low)} to {_end(self.high)})"
        if not (self.group.known and self.reference.known):
            told = "not determined"
        basis = "; intervals over animals, each left out in turn" if self.over_animals else ""
        return f"{self.quantity} of each group: {self.reference}; {self.group}; {how} {told}{basis}"


def _end(value: float) -> str:
    """End of an interval; a sign where there is none."""
    if math.isinf(value):
        return "no upper end" if value > 0 else "no lower end"
    return f"{value:.3g}" if value else "0"


def _counted(number: int, noun: str) -> str:
    """Number and noun."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
