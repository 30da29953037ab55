"""Groups of animals compared over the whole course, fraction by fraction, and in area and nadir."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.pharmacology.groups.animal_means import AnimalMeans
from ephys.pharmacology.groups.design import LEAST_ANIMALS, group_design
from ephys.pharmacology.groups.estimates import count_text, holm, p_text
from ephys.pharmacology.groups.nested_means import check_level
from ephys.pharmacology.microdialysis.aligning import check_comparable, common_numbers, fraction_of, percents
from ephys.pharmacology.microdialysis.comparison import (
    CourseDifference,
    DialysisComparison,
    FractionDifference,
    GroupFraction,
)
from ephys.pharmacology.microdialysis.course import DialysisCourse, Part
from ephys.pharmacology.microdialysis.max_t import MaxT, max_t
from ephys.pharmacology.microdialysis.means import animal_values, compare_means

FloatArray = NDArray[np.float64]


def compare_dialysis(
    courses: Iterable[DialysisCourse],
    *,
    reference: str | None = None,
    keep_unstable: bool = False,
    permutations: int = 20_000,
    seed: int = 0,
    level: float = 0.95,
) -> DialysisComparison:
    """Compare the courses of groups, animal by animal.

    The primary answer is a permutation of the animals' labels with the largest Welch t of all fractions after the drug
    (max-T): it takes fractions of one animal for no more than one animal, and adjusts for their number. A mixed model,
    and Welch's comparison of areas and nadirs, stand beside it.

    Parameters
    ----------
    courses : iterable of DialysisCourse
        Of one analyte, unit, flow and settings; an animal once.
    reference : str, optional
        Group that the others are held against; else the first.
    keep_unstable : bool, optional
        Compare animals without a stable baseline, too; else they are left out and named.
    permutations : int, optional
        Arrangements to draw where there are more than so many.
    seed : int, optional
        Of what is drawn.
    level : float, optional
        Of the intervals.

    Returns
    -------
    DialysisComparison
        Without intervals and p-values where a group has under three animals.

    Raises
    ------
    ParameterError
        If courses do not belong together, there is one group alone, or the fractions of animals do not lie at the same
        times.

    Notes
    -----
    Where values are below the detection limit, all is reckoned with the limit in their place, and again with 0: course,
    areas, nadirs and mixed model. Both are told, and neither is a number that was measured.

    Examples
    --------
    >>> from ephys.pharmacology.microdialysis.dialysis import Dialysis, DialysisFraction
    >>> from ephys.pharmacology.microdialysis.measuring import measure_dialysis
    >>> def course(animal, group, *values):
    ...     parts = tuple(DialysisFraction(20.0 * n, 20.0 * (n + 1), value) for n, value in enumerate(values))
    ...     return measure_dialysis(Dialysis(animal, group, "5-HT", "nM", 60.0, parts, "", 0.0, 2.0))
    >>> found = compare_dialysis(
    ...     [course(f"v{n}", "vehicle", 2.0, 2.1, 1.9, 2.0 + 0.1 * n, 2.1) for n in range(4)]
    ...     + [course(f"d{n}", "drug", 2.0, 1.9, 2.1, 0.9 + 0.1 * n, 1.4) for n in range(4)]
    ... )
    >>> print(found)
    5-HT, drug (4 animals) against vehicle (4 animals): course p = 0.029 by permutation (adjusted p < 0.05 in the
    fractions 0 to 20, 20 to 40 min); area drug - vehicle -1800 (95 % CI -2023 to -1577) % min, p < 0.001.
    Beside it, mixed model: drug - vehicle -45 (-50.6 to -39.4), t(6), p < 0.001; group x fraction F(1, 6) = 19.2,
    p = 0.0047.
    """
    everything = list(courses)
    check_comparable(everything)
    check_level(level)
    if permutations < 1:
        raise ParameterError(f"permutations must be 1 or more, got {permutations}")
    used = [one for one in everything if one.is_stable or keep_unstable]
    left_out = tuple(
        f"animal {one.animal} ({one.group}), baseline not stable: {'; '.join(one.baseline.faults)}"
        for one in everything if one not in used
    )  # fmt: skip
    if len({one.group for one in used}) < 2:
        why = f"; left out: {'; '.join(left_out)}" if left_out else ""
        raise ParameterError(f"two groups are needed, got {', '.join({one.group for one in used}) or 'none'}{why}")
    design = group_design(
        len(used), animal=[one.animal for one in used], group=[one.group for one in used], reference=reference
    )
    names = design.groups
    used.sort(key=lambda one: names.index(one.group))
    numbers = common_numbers(used)
    after = [number for number in numbers if number > 0]
    if not after:
        raise ParameterError("no fraction wholly after the drug is there in every animal: nothing to compare")
    by_number = [_fraction_means(used, number, names[0], level) for number in numbers]
    pairs = _pairs(used, names, after, dict(zip(numbers, by_number, strict=True)), permutations, seed)
    means = compare_means(used, after, at_limit=True, reference=names[0], level=level)
    if_zero = None
    if any(one.is_bound for course in used for one in course.fractions if one.number in after):
        if_zero = compare_means(used, after, at_limit=False, reference=names[0], level=level)
    return DialysisComparison(
        used[0].analyte, used[0].unit, names[0], tuple(_group_fractions(used, names, numbers, by_number)), pairs,
        means.mixed, means.areas, means.nadirs, tuple(used), left_out, level, seed,
        _notes(used, pairs, means.areas, design.notes, keep_unstable), if_zero,
    )  # fmt: skip


def _fraction_means(courses: Sequence[DialysisCourse], number: int, reference: str, level: float) -> AnimalMeans | None:
    """Compare one fraction of each animal."""
    return animal_values(courses, percents(courses, [number], share=1.0)[:, 0].tolist(), reference, level)


def _group_fractions(
    courses: Sequence[DialysisCourse],
    names: Sequence[str],
    numbers: Sequence[int],
    means: Sequence[AnimalMeans | None],
) -> Iterable[GroupFraction]:
    """Mean course of each group."""
    for name in names:
        own = [course for course in courses if course.group == name]
        for number, found in zip(numbers, means, strict=True):
            fractions = [fraction_of(course, number) for course in own]
            start_min = float(np.mean([one.start_min for one in fractions]))
            stop_min = float(np.mean([one.stop_min for one in fractions]))
            one = next((e for e in found.groups if e.group == name), None) if found else None
            ends = (one.value, one.low, one.high, one.n_animals) if one else (math.nan, math.nan, math.nan, 0)
            n_below = int(sum(fraction.is_bound for fraction in fractions))
            if n_below:
                ends = (ends[0], math.nan, math.nan, ends[3])
            part: Part = "baseline" if number < 0 else "after" if number > 0 else "straddles"
            yield GroupFraction(name, number, part, start_min, stop_min, *ends, n_below)


def _pairs(
    courses: Sequence[DialysisCourse],
    names: Sequence[str],
    after: Sequence[int],
    means: dict[int, AnimalMeans | None],
    permutations: int,
    seed: int,
) -> tuple[CourseDifference, ...]:
    """Each other group against the reference."""
    found = []
    for name in names[1:]:
        two = [course for course in courses if course.group in (names[0], name)]
        at_limit, at_zero = (_permuted(two, name, after, share, permutations, seed) for share in (1.0, 0.0))
        bounds = any(fraction_of(course, number).is_bound for course in two for number in after)
        fractions = tuple(
            _fraction_difference(two, name, number, means[number], float(p))
            for number, p in zip(after, at_limit.adjusted, strict=True)
        )
        found.append(
            CourseDifference(
                name, names[0], at_limit.p, math.nan, at_zero.p if bounds else math.nan, at_limit.n, at_limit.is_exact,
                at_limit.least_p, fractions,
            )
        )  # fmt: skip
    adjusted = holm([pair.p for pair in found])
    return tuple(replace(pair, p_holm=p) for pair, p in zip(found, adjusted, strict=True))


def _permuted(
    courses: Sequence[DialysisCourse], name: str, after: Sequence[int], share: float, permutations: int, seed: int
) -> MaxT:
    """Permutation over all fractions; without p-values where a group has too few animals."""
    treated = np.array([course.group == name for course in courses])
    found = max_t(percents(courses, after, share=share), treated, most=permutations, random=np.random.default_rng(seed))
    if min(int(treated.sum()), int((~treated).sum())) < LEAST_ANIMALS:
        return replace(found, p=math.nan, adjusted=np.full(len(after), math.nan))
    return found


def _fraction_difference(
    courses: Sequence[DialysisCourse], name: str, number: int, means: AnimalMeans | None, p: float
) -> FractionDifference:
    """Two groups in one fraction."""
    fractions = [fraction_of(course, number) for course in courses]
    apart = next((one for one in means.differences if one.group == name), None) if means else None
    ends = (apart.value, apart.low, apart.high) if apart else (math.nan, math.nan, math.nan)
    if any(one.is_bound for one in fractions):
        ends = (ends[0], math.nan, math.nan)
    start_min = float(np.mean([one.start_min for one in fractions]))
    stop_min = float(np.mean([one.stop_min for one in fractions]))
    return FractionDifference(number, start_min, stop_min, *ends, p)


def _notes(
    courses: Sequence[DialysisCourse],
    pairs: Sequence[CourseDifference],
    areas: AnimalMeans | None,
    of_design: Sequence[str],
    keep_unstable: bool,
) -> tuple[str, ...]:
    """What to know before the numbers are used."""
    unstable = [course.animal for course in courses if not course.is_stable]
    without = [course.animal for course in courses if math.isnan(course.area)]
    straddling = [course.animal for course in courses if any(one.part == "straddles" for one in course.fractions)]
    bounds = [pair for pair in pairs if not math.isnan(pair.p_if_zero)]
    drawn = [f"{pair.n_arrangements:,}" for pair in pairs if not pair.is_exact]
    coarse = [f"{pair.group} {pair.least_p:.2g}" for pair in pairs if pair.least_p > 0.01 and not math.isnan(pair.p)]
    told = (
        (f"the smallest p-value that a permutation of these animals can give: {', '.join(coarse)}", bool(coarse)),
        (f"{', '.join(drawn)} of the arrangements were drawn", bool(drawn)),
        ("values below the detection limit stand at it, which makes a fall look smaller and animals more alike; with 0 "
         "in their place: course " + ", ".join(f"{pair.group} {p_text(pair.p_if_zero)}" for pair in bounds),
         bool(bounds)),
        (f"{count_text(len(straddling), 'animal')} with a fraction that straddles the drug: shown, and in no "
         "test, area "
         "or nadir", bool(straddling)),
        (f"no area, a fraction was not measured: {', '.join(without)}", bool(without)),
        (f"baseline not stable, kept because asked for: {', '.join(unstable)}", keep_unstable and bool(unstable)),
        ("no area compared", areas is None),
        ("intervals of fractions are for each alone; p-values of fractions are adjusted for all of them", True),
        ("nadirs are lowest values, biased low in every group; the area is not", True),
    )  # fmt: skip
    return (*of_design, *(text for text, is_so in told if is_so))
