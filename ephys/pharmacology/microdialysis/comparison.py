"""Courses of groups of animals: the value that `compare_dialysis` returns."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from ephys.jupyter import Shown, shown, table
from ephys.pharmacology.groups.animal_means import AnimalMeans
from ephys.pharmacology.groups.estimates import (
    GroupDifference,
    GroupEstimate,
    cell_text,
    count_text,
    interval_text,
    p_text,
)
from ephys.pharmacology.microdialysis.course import DialysisCourse, Part, dialysis_methods
from ephys.pharmacology.microdialysis.mixed_model import DialysisMixedModel

NO_CHANGE = GroupDifference("", "", math.nan, math.nan, math.nan, math.nan, math.nan)


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
        Percent of baseline, with Student's interval over animals; NaN where too few animals tell it.
    n_animals : int
        With a value.
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
        Difference in percent of baseline, with Welch's interval for this fraction alone.
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
        return (
            "group", "animals", f"area (% min) {level}", f"nadir (%) {level}",
            f"area less {self.reference} (% min) {level}", "p (area)", "p (nadir)", "p (course, permutation)",
        )  # fmt: skip

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """A row per group."""
        return tuple(self._row(group) for group in self.group_names)

    def _row(self, group: str) -> tuple[str, ...]:
        """What is told of one group."""
        pair = next((one for one in self.pairs if one.group == group), None)
        area, nadir = _estimate(self.areas, group), _estimate(self.nadirs, group)
        means = [cell_text(one.value, one.low, one.high, places=0) if one else "none" for one in (area, nadir)]
        own = (group, str(len(self.animals(group))), *means)
        if pair is None:
            return (*own, "", "", "", "")
        apart = [_difference(found, group) for found in (self.areas, self.nadirs)]
        several = len(self.pairs) > 1
        area_apart = cell_text(apart[0].value, apart[0].low, apart[0].high, places=0)
        course = replace_p(pair.p, pair.p_holm).chance(adjusted=several)
        return (*own, area_apart, *(_bare(one.chance(adjusted=several)) for one in apart), _bare(course))

    def as_rows(self) -> list[dict[str, Any]]:
        """A row per group and fraction, with its difference from the reference and those of the whole course."""
        found = []
        for one in self.groups:
            pair = next((p for p in self.pairs if p.group == one.group), None)
            row: dict[str, Any] = {
                "analyte": self.analyte,
                "unit": self.unit,
                "reference": self.reference,
                **asdict(one),
            }
            if pair is not None:
                apart = next((f for f in pair.fractions if f.number == one.number), None)
                if apart is not None:
                    row |= {f"difference_{name}": getattr(apart, name) for name in ("value", "low", "high", "p")}
                row |= {"course_p": pair.p, "course_p_holm": pair.p_holm, "course_least_p": pair.least_p}
                for name, means in (("area", self.areas), ("nadir", self.nadirs)):
                    between = _difference(means, one.group)
                    row |= {f"{name}_difference_{end}": getattr(between, end) for end in ("value", "low", "high", "p")}
            found.append(row)
        return found

    @property
    def methods(self) -> str:
        """What was reckoned, for a Methods section."""
        exact = all(pair.is_exact for pair in self.pairs)
        how = "all arrangements" if exact else f"{max(p.n_arrangements for p in self.pairs):,} arrangements"
        holm = " p-values of several groups were adjusted by Holm's method." if len(self.pairs) > 1 else ""
        mixed = (
            " A mixed model (group x fraction, random intercept of the animal, restricted maximum likelihood) stood "
            "beside it, its interaction judged with the lower bound of the degrees of freedom (Geisser & Greenhouse "
            "1958)."
            if self.mixed else ""
        )  # fmt: skip
        return (
            f"{dialysis_methods(self.courses[0].settings)} Courses were compared between animals by permutation "
            "of their "
            f"labels ({how}) with the largest Welch t of all fractions as the statistic, which adjusts each "
            "fraction for "
            f"their number (Westfall & Young 1993).{mixed} Areas and nadirs of the animals were compared by Welch's "
            f"t-test.{holm}"
        )

    def __str__(self) -> str:
        """A line per group with course and area, the mixed model, and who is left out."""
        lines = []
        for pair in self.pairs:
            area = _difference(self.areas, pair.group)
            where = ", ".join(f"{one.start_min:.0f} to {one.stop_min:.0f}" for one in pair.different)
            fractions = f" (adjusted p < 0.05 in the fractions {where} min)" if where else ""
            lines.append(
                f"{self.analyte}, {pair.group} ({count_text(len(self.animals(pair.group)), 'animal')}) against "
                f"{pair.reference} ({count_text(len(self.animals(pair.reference)), 'animal')}): course "
                f"{replace_p(pair.p, pair.p_holm).chance(adjusted=len(self.pairs) > 1)} by "
                f"permutation{fractions}; area "
                f"{interval_text(area.value, area.low, area.high)} % min, {p_text(area.p)}."
            )
        beside = [f"Beside it, {self.mixed}."] if self.mixed else []
        return "\n".join([*lines, *beside, *(f"Left out: {reason}." for reason in self.left_out)])

    def __repr__(self) -> str:
        """What, and how many."""
        return f"DialysisComparison({self.analyte!r}, {len(self.group_names)} groups, {len(self.courses)} animals)"

    def _repr_html_(self) -> str:
        """The answer, a row per group, and what to know."""
        return shown(self, table(self.columns, self.rows, name=self.title), beside={"notes": self.notes})


def replace_p(p: float, p_holm: float) -> GroupDifference:
    """A p-value with its adjusted one, to be told as others are."""
    return GroupDifference("", "", math.nan, math.nan, math.nan, p, math.nan, p_holm)


def _estimate(means: AnimalMeans | None, group: str) -> GroupEstimate | None:
    """A group's mean."""
    return next((one for one in means.groups if one.group == group), None) if means else None


def _difference(means: AnimalMeans | None, group: str) -> GroupDifference:
    """A group less the reference; NaN where it is not known."""
    return next((one for one in means.differences if one.group == group), NO_CHANGE) if means else NO_CHANGE


def _bare(chance: str) -> str:
    """A p-value under a heading that says so."""
    return chance.removeprefix("p ").removeprefix("= ")
