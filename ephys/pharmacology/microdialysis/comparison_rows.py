"""A comparison of courses as rows: every number in a column of its own, the same columns for every group."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ephys.pharmacology.groups.animal_means import AnimalMeans
from ephys.pharmacology.groups.estimates import GroupDifference, GroupEstimate
from ephys.pharmacology.microdialysis.means import DialysisMeans

if TYPE_CHECKING:
    from ephys.pharmacology.microdialysis.comparison import DialysisComparison

NO_CHANGE = GroupDifference("", "", math.nan, math.nan, math.nan, math.nan, math.nan)
_NOTHING = DialysisMeans(None, None, None)
_ENDS = ("value", "low", "high")
_CHANGE = (*_ENDS, "p", "p_holm")
_COURSE = ("p", "p_holm", "p_if_zero", "least_p")


def comparison_rows(found: DialysisComparison) -> Iterator[dict[str, Any]]:
    """Yield a row per group and fraction, with its difference from the reference and those of the whole course."""
    whole = {group: _of_group(found, group) for group in found.group_names}
    for one in found.groups:
        pair = next((p for p in found.pairs if p.group == one.group), None)
        apart = next((f for f in pair.fractions if f.number == one.number), None) if pair else None
        yield (
            {"analyte": found.analyte, "unit": found.unit, "reference": found.reference}
            | asdict(one)
            | {f"difference_{name}": getattr(apart, name, math.nan) for name in (*_ENDS, "p")}
            | {f"course_{name}": getattr(pair, name, math.nan) for name in _COURSE}
            | whole[one.group]
        )


def _of_group(found: DialysisComparison, group: str) -> dict[str, Any]:
    """What the whole course says of a group: means, and differences from the reference, with the limit and with 0."""
    row: dict[str, Any] = {}
    for end, means in (("", found.means), ("_if_zero", found.if_zero or _NOTHING)):
        for name, values in (("area", means.areas), ("nadir", means.nadirs)):
            own = estimate_of(values, group)
            row |= {f"{name}{end}_{what}": getattr(own, what, math.nan) for what in _ENDS}
            row |= {f"{name}{end}_difference_{what}": getattr(difference_of(values, group), what) for what in _CHANGE}
        mixed = mixed_difference(means, group)
        row |= {f"mixed{end}_difference_{what}": getattr(mixed, what) for what in _CHANGE}
        row |= {f"mixed{end}_interaction_p": means.mixed.p if means.mixed else math.nan}
    return row | {"level": found.level, "left_out": "; ".join(found.left_out), "notes": "; ".join(found.notes)}


def estimate_of(means: AnimalMeans | None, group: str) -> GroupEstimate | None:
    """A group's mean; ``None`` where no animal of it has a value."""
    return next((one for one in means.groups if one.group == group), None) if means else None


def difference_of(means: AnimalMeans | None, group: str) -> GroupDifference:
    """A group less the reference; NaN where it is not known."""
    return next((one for one in means.differences if one.group == group), NO_CHANGE) if means else NO_CHANGE


def mixed_difference(means: DialysisMeans, group: str) -> GroupDifference:
    """A group less the reference by the mixed model; NaN where it is not known."""
    found = means.mixed.differences if means.mixed else ()
    return next((one for one in found if one.group == group), NO_CHANGE)


def course_chance(p: float, p_holm: float) -> GroupDifference:
    """A p-value with its adjusted one, to be told as others are."""
    return GroupDifference("", "", math.nan, math.nan, math.nan, p, math.nan, p_holm)


def bare(chance: str) -> str:
    """A p-value under a heading that says so."""
    return chance.removeprefix("p ").removeprefix("= ")
