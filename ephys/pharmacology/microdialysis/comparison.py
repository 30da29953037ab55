"""Courses of groups of animals: the value that `compare_dialysis` returns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ephys.jupyter import Shown, shown, table
from ephys.pharmacology.groups.animal_means import AnimalMeans
from ephys.pharmacology.groups.estimates import (
    cell_text,
    count_text,
)
from ephys.pharmacology.microdialysis.comparison_methods import comparison_methods
from ephys.pharmacology.microdialysis.comparison_rows import (
    bare,
    comparison_rows,
    course_chance,
    difference_of,
    estimate_of,
    mixed_difference,
)
from ephys.pharmacology.microdialysis.course import DialysisCourse, Part, area_text
from ephys.pharmacology.microdialysis.means import DialysisMeans
from ephys.pharmacology.microdialysis.mixed_model import DialysisMixedModel


@dataclass(frozen=True, slots=True)
class GroupFraction(Shown):
    """Mean of a group's animals in one fraction.

    Parameters
    ----------
    group : str
    number : int
        From the drug on, as of `CourseFraction`.
    part : {"baseline", "straddles", "after"}
    start_min, stop_min : float
        From the drug, mean over the animals.
    mean, low, high : float
        Percent of baseline, with Student's interval over animals; NaN where too few animals tell it, and where some are
        below the detection limit: then the mean is the most that it can be.
    n_animals, n_below : int
        With a value or a bound; and how many of them are below the detection limit, and stand at it in the mean.
    """

    group: str
    number: int
    part: Part
    start_min: float
    stop_min: float
    mean: float
    low: float
    high: float
    n_animals: int
    n_below: int = 0

    @property
    def middle_min(self) -> float:
        """Middle of the fraction."""
        return (self.start_min + self.stop_min) / 2


@dataclass(frozen=True, slots=True)
class FractionDifference(Shown):
    """Two groups in one fraction after the drug.

    Parameters
    ----------
    number : int
    start_min, stop_min : float
    value, low, high : float
        Difference in percent of baseline, with Welch's interval for this fraction alone; without one where a value is
        below the detection limit.
    p : float
        By permutation, adjusted for all fractions of the course (max-T); NaN where it could not be tested.
    """

    number: int
    start_min: float
    stop_min: float
    value: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class CourseDifference(Shown):
    """One group's course against the reference's.

    Parameters
    ----------
    group, reference : str
    p, p_holm : float
        By permutation: whether any fraction differs; and adjusted for the other groups (Holm 1979). NaN under three
        animals in either group.
    p_if_zero : float
        The same with 0 in place of what is below the detection limit; NaN where nothing is.
    n_arrangements, is_exact, least_p : int, bool, float
        How many were looked at, whether these are all, and the smallest that P can be with these animals.
    fractions : tuple of FractionDifference
    """

    group: str
    reference: str
    p: float
    p_holm: float
    p_if_zero: float
    n_arrangements: int
    is_exact: bool
    least_p: float
    fractions: tuple[FractionDifference, ...]

    @property
    def different(self) -> tuple[FractionDifference, ...]:
        """Fractions whose adjusted p-value is below 0.05."""
        return tuple(one for one in self.fractions if one.p < 0.05)


@dataclass(frozen=True, slots=True)
class DialysisComparison(Shown):
    """An analyte's courses in groups of animals.

    Parameters
    ----------
    analyte, unit, reference : str
        What, in what, and the group that the others are held against.
    groups : tuple of GroupFraction
        Mean course of each group, baseline included.
    pairs : tuple of CourseDifference
        Each other group against the reference: the primary answer.
    mixed : DialysisMixedModel or None
        Beside it; ``None`` where under two fractions have a value in every group.
    areas, nadirs : AnimalMeans or None
        Welch's comparison of the animals' areas (% min) and nadirs (%); ``None`` where no animal of the reference, or
        of any other group, has one.
    courses : tuple of DialysisCourse
        That were compared.
    left_out : tuple of str
        Courses that were not, and why.
    level : float
        Of the intervals.
    seed : int
        Of the arrangements, where not all were looked at.
    notes : tuple of str
        What to know before the numbers are used.
    if_zero : DialysisMeans or None
        Areas, nadirs and mixed model again, with 0 in place of what is below the detection limit, where above the limit
        itself stands; ``None`` where nothing is below it.
    """

    analyte: str
    unit: str
    reference: str
    groups: tuple[GroupFraction, ...]
    pairs: tuple[CourseDifference, ...]
    mixed: DialysisMixedModel | None
    areas: AnimalMeans | None
    nadirs: AnimalMeans | None
    courses: tuple[DialysisCourse, ...]
    left_out: tuple[str, ...]
    level: float
    seed: int
    notes: tuple[str, ...] = ()
    if_zero: DialysisMeans | None = None

    def __getitem__(self, group: str) -> CourseDifference:
        """The comparison of a group with the reference."""
        for pair in self.pairs:
            if pair.group == group:
                return pair
        raise KeyError(group)

    @property
    def group_names(self) -> tuple[str, ...]:
        """Groups, the reference first."""
        return (self.reference, *(pair.group for pair in self.pairs))

    @property
    def means(self) -> DialysisMeans:
        """Areas, nadirs and mixed model, the detection limit in place of what is below it."""
        return DialysisMeans(self.areas, self.nadirs, self.mixed)

    def animals(self, group: str) -> tuple[str, ...]:
        """Animals of a group that were compared."""
        return tuple(course.animal for course in self.courses if course.group == group)

    @property
    def title(self) -> str:
        """What the table is of."""
        return f"{self.analyte} in dialysate, % of baseline"

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings."""
        level = f"({100 * self.level:g} %)"
        less = f"less {self.reference}"
        return (
            "group", "animals", f"area (% min) {level}", f"nadir (%) {level}", f"area {less} (% min) {level}",
            f"mixed model {less} (%) {level}", "p (area)", "p (nadir)", "p (mixed model)", "p (course, permutation)",
        )  # fmt: skip

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """A row per group, and one more with 0 in place of what is below the detection limit."""
        told = [self._row(group, self.means) for group in self.group_names]
        if self.if_zero is not None:
            told += [self._row(group, self.if_zero, zero=True) for group in self.group_names]
        return tuple(told)

    def _row(self, group: str, means: DialysisMeans, *, zero: bool = False) -> tuple[str, ...]:
        """What is told of one group."""
        area, nadir = estimate_of(means.areas, group), estimate_of(means.nadirs, group)
        name = f"{group} (0 for what is below the limit)" if zero else group
        cells = [
            area_text(area.value, area.low, area.high) if area else "none",
            cell_text(nadir.value, nadir.low, nadir.high, places=0) if nadir else "none",
        ]
        if not zero and any(course.nadir_is_bound for course in self.courses if course.group == group):
            # What the limit stands for is lower by an unknown amount: the most that a mean can be has no interval.
            cells = [cell if cell == "none" else f"≤ {cell.partition(' (')[0]}" for cell in cells]
        own = (name, str(len(self.animals(group))), *cells)
        if group == self.reference:
            return (*own, "", "", "", "", "", "")
        pair = self[group]
        apart = [difference_of(means.areas, group), difference_of(means.nadirs, group), mixed_difference(means, group)]
        course = course_chance(pair.p_if_zero, math.nan) if zero else course_chance(pair.p, pair.p_holm)
        between = (
            area_text(apart[0].value, apart[0].low, apart[0].high),
            cell_text(apart[2].value, apart[2].low, apart[2].high, places=1),
        )
        several = len(self.pairs) > 1
        return (*own, *between, *(bare(one.chance(adjusted=several)) for one in (*apart, course)))

    def as_rows(self) -> list[dict[str, Any]]:
        """A row per group and fraction, with its difference from the reference and those of the whole course."""
        return list(comparison_rows(self))

    @property
    def methods(self) -> str:
        """What was reckoned, for a Methods section."""
        return comparison_methods(self)

    def __str__(self) -> str:
        """A line per group with course and area, the mixed model, and who is left out."""
        lines = [self._told(pair) for pair in self.pairs]
        beside = [f"Beside it, {self.mixed}."] if self.mixed else []
        zero = [self._told_if_zero(self.if_zero)] if self.if_zero else []
        return "\n".join([*lines, *beside, *zero, *(f"Left out: {reason}." for reason in self.left_out)])

    def _told(self, pair: CourseDifference) -> str:
        """One group against the reference."""
        several = len(self.pairs) > 1
        where = ", ".join(f"{one.start_min:.0f} to {one.stop_min:.0f}" for one in pair.different)
        fractions = f" (adjusted p < 0.05 in the fractions {where} min)" if where else ""
        limit = ", what is below the detection limit taken at it" if self.if_zero else ""
        return (
            f"{self.analyte}, {pair.group} ({count_text(len(self.animals(pair.group)), 'animal')}) against "
            f"{pair.reference} ({count_text(len(self.animals(pair.reference)), 'animal')}): course "
            f"{course_chance(pair.p, pair.p_holm).chance(adjusted=several)} by permutation{fractions}; "
            f"{self._area(self.means, pair.group)}{limit}."
        )

    def _told_if_zero(self, means: DialysisMeans) -> str:
        """The same with 0 in place of what is below the detection limit."""
        areas = "; ".join(self._area(means, pair.group) for pair in self.pairs)
        return f"With 0 for what is below the detection limit: {areas}{f'; {means.mixed}' if means.mixed else ''}."

    def _area(self, means: DialysisMeans, group: str) -> str:
        """Area of a group less that of the reference."""
        area = difference_of(means.areas, group)
        if math.isnan(area.value):
            return "no area to compare"
        told = area_text(area.value, area.low, area.high).replace("(", f"({100 * self.level:g} % CI ")
        return f"area {group} - {self.reference} {told} % min, {area.chance(adjusted=len(self.pairs) > 1)}"

    def __repr__(self) -> str:
        """What, and how many."""
        return f"DialysisComparison({self.analyte!r}, {len(self.group_names)} groups, {len(self.courses)} animals)"

    def _repr_html_(self) -> str:
        """The answer, a row per group, and what to know."""
        return shown(self, table(self.columns, self.rows, name=self.title), beside={"notes": self.notes})
