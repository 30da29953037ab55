"""Courses of several animals side by side: what may be compared, and fraction by fraction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.pharmacology.microdialysis.course import CourseFraction, DialysisCourse

FloatArray = NDArray[np.float64]

_SAME = 0.02
"""Share by which lengths may differ and count as equal."""
_APART = 0.5
"""Of a fraction's length: animals whose fractions of one number lie further apart are not compared."""


def check_comparable(courses: Sequence[DialysisCourse]) -> None:
    """Refuse what does not belong together: analytes, units, flows, settings, or an animal twice.

    Parameters
    ----------
    courses : sequence of DialysisCourse

    Raises
    ------
    ParameterError
        With what there is of each.
    """
    if not courses:
        raise ParameterError("there is no course to compare")
    for what, name in (("analyte", "analytes"), ("unit", "units"), ("flow_ul_min", "flows (µl/min)")):
        found = list(dict.fromkeys(f"{getattr(course, what)}" for course in courses))
        if len(found) > 1:
            raise ParameterError(f"courses have different {name}: {', '.join(found)}; compare those of one")
    if any(course.settings != courses[0].settings for course in courses):
        raise ParameterError("courses were measured with different settings; measure all with the same")
    for course in courses:
        if not course.group:
            raise ParameterError(f"animal {course.animal} is in no group")
    twice = [animal for animal, n in Counter(course.animal for course in courses).items() if n > 1]
    if twice:
        raise ParameterError(f"animal {twice[0]} has {courses[0].analyte} twice; an animal counts once")


def common_numbers(courses: Sequence[DialysisCourse]) -> tuple[int, ...]:
    """Numbers of the fractions that all courses have: of the baseline, the one that straddles the drug, the window.

    Parameters
    ----------
    courses : sequence of DialysisCourse

    Raises
    ------
    ParameterError
        If the windows cover unequal lengths of time, or fractions of one number lie too far apart.
    """
    covered = {course.animal: course.covered_min for course in courses}
    shortest, longest = min(covered, key=covered.__getitem__), max(covered, key=covered.__getitem__)
    if covered[longest] > (1 + _SAME) * covered[shortest]:
        raise ParameterError(
            f"fractions after the drug cover {covered[shortest]:g} min in animal {shortest} and "
            f"{covered[longest]:g} min in animal {longest}: their areas cannot be compared. Set "
            "the window (window_min) to what all cover, or leave the animal out"
        )
    n_baseline = courses[0].settings.baseline_fractions
    stop_min = courses[0].settings.window_min + 1e-6
    wanted = [
        {f.number for f in course.fractions if f.number >= -n_baseline and (f.number <= 0 or f.stop_min <= stop_min)}
        for course in courses
    ]
    numbers = tuple(sorted(set.intersection(*wanted)))
    for number in numbers:
        _check_times([(course.animal, fraction_of(course, number)) for course in courses])
    return numbers


def fraction_of(course: DialysisCourse, number: int) -> CourseFraction:
    """A course's fraction of some number."""
    return next(one for one in course.fractions if one.number == number)


def percents(courses: Sequence[DialysisCourse], numbers: Sequence[int], *, share: float) -> FloatArray:
    """Percent of baseline, (animals, fractions); NaN where not measured.

    Parameters
    ----------
    courses : sequence of DialysisCourse
    numbers : sequence of int
    share : float
        Of the detection limit, that stands for what is below it.
    """
    return np.array([[fraction_of(course, number).at(share) for number in numbers] for course in courses])


def _check_times(fractions: Sequence[tuple[str, CourseFraction]]) -> None:
    """Refuse fractions of one number that were collected at different times."""
    (first, early), *_, (last, late) = sorted(fractions, key=lambda one: one[1].middle_min)
    apart_min = late.middle_min - early.middle_min
    if apart_min > _APART * min(one.length_min for _, one in fractions):
        raise ParameterError(
            f"fraction {early.number:+d} from the drug is {early.start_min:.1f} to {early.stop_min:.1f} min in animal "
            f"{first} and {late.start_min:.1f} to {late.stop_min:.1f} min in animal {last}: {apart_min:.1f} min apart. "
            "Check drug_min, dead volumes and missing rows (a fraction that was lost is a row without a value)"
        )
