"""What stands beside the course: areas, nadirs and the mixed model, with the detection limit or 0 for what is below."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ephys.jupyter import Shown
from ephys.pharmacology.groups.animal_means import AnimalMeans, welch_animal_means
from ephys.pharmacology.microdialysis.aligning import percents
from ephys.pharmacology.microdialysis.course import DialysisCourse
from ephys.pharmacology.microdialysis.mixed_model import DialysisMixedModel, fit_dialysis_mixed


@dataclass(frozen=True, slots=True)
class DialysisMeans(Shown):
    """Areas, nadirs and percents of groups, reckoned with one number for what is below the detection limit.

    Parameters
    ----------
    areas, nadirs : AnimalMeans or None
        Welch's comparison of the animals' areas (% min) and nadirs (%); ``None`` where no animal of the reference, or
        of any other group, has one.
    mixed : DialysisMixedModel or None
        ``None`` where under two fractions have a value in every group.
    """

    areas: AnimalMeans | None
    nadirs: AnimalMeans | None
    mixed: DialysisMixedModel | None


def compare_means(
    courses: Sequence[DialysisCourse], after: Sequence[int], *, at_limit: bool, reference: str, level: float
) -> DialysisMeans:
    """Compare areas, nadirs and percents of the animals.

    Parameters
    ----------
    courses : sequence of DialysisCourse
    after : sequence of int
        Numbers of the fractions that enter the mixed model.
    at_limit : bool
        Whether what is below the detection limit counts as the limit; else as 0.
    reference : str
    level : float
    """
    areas = [one.area if at_limit else one.area_if_zero for one in courses]
    nadirs = [0.0 if one.nadir_is_bound and not at_limit else one.nadir_percent for one in courses]
    return DialysisMeans(
        animal_values(courses, areas, reference, level),
        animal_values(courses, nadirs, reference, level),
        fit_dialysis_mixed(
            percents(courses, after, share=1.0 if at_limit else 0.0), animal=[one.animal for one in courses],
            group=[one.group for one in courses], reference=reference, level=level,
        ),
    )  # fmt: skip


def animal_values(
    courses: Sequence[DialysisCourse], values: Sequence[float], reference: str, level: float
) -> AnimalMeans | None:
    """Compare one value of each animal; those without one have no part."""
    known = [(course, value) for course, value in zip(courses, values, strict=True) if math.isfinite(value)]
    groups = [course.group for course, _ in known]
    if reference not in groups or len(set(groups)) < 2:
        return None
    animals = [course.animal for course, _ in known]
    return welch_animal_means(
        [value for _, value in known], animal=animals, group=groups, reference=reference, level=level
    )
