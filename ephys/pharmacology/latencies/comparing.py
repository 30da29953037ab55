"""Groups of animals compared in their latencies, the cut-off respected."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import numpy as np

from ephys.errors import ParameterError
from ephys.pharmacology.groups.design import LEAST_ANIMALS, group_design
from ephys.pharmacology.groups.estimates import count_text, holm
from ephys.pharmacology.groups.nested_means import check_level, student_ends
from ephys.pharmacology.latencies.animals import Repeated, animal_latencies
from ephys.pharmacology.latencies.comparison import LatencyComparison, LatencyDifference, LatencyGroup
from ephys.pharmacology.latencies.latency import Latencies, Latency
from ephys.pharmacology.latencies.log_rank import Test, rank_test
from ephys.pharmacology.latencies.survival import SurvivalCurve, median_latency, restricted_mean, survival_curve


def compare_latencies(
    latencies: Latencies,
    *,
    reference: str | None = None,
    test: Test = "log-rank",
    repeated: Repeated = "median",
    permutations: int = 20_000,
    seed: int = 0,
    level: float = 0.95,
) -> LatencyComparison:
    """Compare latencies of groups: an animal that stays to the cut-off stays longer, by an unknown time.

    n is animals: trials of one animal are reduced to one latency. The p-value is that of the log-rank test (or of Gehan
    and Breslow's rank test), from the permutation of the animals' labels; the effect is the difference of the mean
    latencies up to the cut-off.

    Parameters
    ----------
    latencies : Latencies
        From `read_latencies`.
    reference : str, optional
        Group that the others are held against; else the first.
    test : {"log-rank", "rank"}, optional
        Log-rank weighs all times alike; the rank test weighs early ones more. Choose it before the data are seen.
    repeated : {"median", "first"}, optional
        What stands for the trials of an animal.
    permutations : int, optional
        Arrangements to draw where there are more than so many.
    seed : int, optional
        Of what is drawn.
    level : float, optional
        Of the intervals.

    Returns
    -------
    LatencyComparison
        Without intervals and p-values where a group has under three animals. Where cut-offs differ, all are read up to
        the shortest, and a note says so.

    Raises
    ------
    ParameterError
        If there is one group alone, or no such reference, test or way to reduce trials.

    Examples
    --------
    >>> trials = [Latency(f"v{n}", "vehicle", 4.0 + n, cutoff_s=180.0) for n in range(5)]
    >>> trials += [Latency(f"d{n}", "drug", s, s == 180.0, 180.0) for n, s in enumerate((60.0, 90.0, 120.0, 180.0))]
    >>> print(compare_latencies(Latencies(tuple(trials))))  # doctest: +NORMALIZE_WHITESPACE
    Median latency (95 % CI): drug 105 (60 to > 180) s (3 of 4 animals ended), vehicle 6 (4 to > 8) s (5 of 5 animals
    ended); mean up to 180 s drug - vehicle 106 (25 to 180) s; p = 0.0079 (log-rank test, permutation).
    """
    _check(test, repeated, permutations)
    check_level(level)
    reduced = animal_latencies(latencies, repeated=repeated)
    design = group_design(
        len(reduced), animal=[one.animal for one in reduced], group=[one.group for one in reduced], reference=reference
    )
    if len(design.groups) < 2:
        raise ParameterError(f"two groups are needed, got {design.groups[0]!r} alone")
    cutoff_s = min((one.cutoff_s for one in reduced if not math.isnan(one.cutoff_s)), default=math.inf)
    animals = tuple(_up_to(one, cutoff_s) for one in reduced)
    by_group = {name: [one for one in animals if one.group == name] for name in design.groups}
    curves = {name: _curve(own) for name, own in by_group.items()}
    until_s = _limit(by_group, cutoff_s)
    groups = tuple(_group(name, curves[name], until_s, level) for name in design.groups)
    pairs = [
        _pair(by_group, curves, (name, design.groups[0]), until_s, test, permutations, seed, level)
        for name in design.groups[1:]
    ]
    adjusted = holm([pair.p for pair in pairs])
    pairs = [replace(pair, p_holm=p) for pair, p in zip(pairs, adjusted, strict=True)]
    most_trials = max(len(latencies.of(animal)) for animal in latencies.animals)
    notes = (*design.notes, *_notes(latencies, reduced, animals, groups, pairs, until_s, most_trials, repeated))
    return LatencyComparison(
        test, design.groups[0], groups, tuple(pairs), animals, until_s, repeated, most_trials, level, seed, notes
    )


def _check(test: str, repeated: str, permutations: int) -> None:
    """Check the words and numbers that a call has."""
    for name, word, known in (("test", test, get_args(Test)), ("repeated", repeated, get_args(Repeated))):
        if word not in known:
            raise ParameterError(f"{name} must be {' or '.join(known)}, got {word!r}")
    if permutations < 1:
        raise ParameterError(f"permutations must be 1 or more, got {permutations}")


def _up_to(one: Latency, cutoff_s: float) -> Latency:
    """A latency as it would be under a shorter cut-off."""
    if one.latency_s <= cutoff_s:
        return one
    return replace(one, latency_s=cutoff_s, censored=True, cutoff_s=cutoff_s)


def _curve(animals: Sequence[Latency]) -> SurvivalCurve:
    """Curve of some animals."""
    return survival_curve(np.array([one.latency_s for one in animals]), np.array([not one.censored for one in animals]))


def _limit(by_group: dict[str, list[Latency]], cutoff_s: float) -> float:
    """Time up to which every group's curve is known: a curve ends where its last animal was no longer watched."""
    longest = {name: max(own, key=lambda one: (one.latency_s, one.censored)) for name, own in by_group.items()}
    ends = [one.latency_s for one in longest.values() if one.censored]
    known = min([*ends, cutoff_s])
    return known if math.isfinite(known) else max(one.latency_s for one in longest.values())


def _group(name: str, curve: SurvivalCurve, until_s: float, level: float) -> LatencyGroup:
    """Median and mean of one group."""
    median, is_bound = median_latency(curve, level=level)
    mean_s, squared = restricted_mean(curve, until_s)
    low = high = low_median = high_median = math.nan
    if curve.n >= LEAST_ANIMALS:
        low_median, high_median = median.low, median.high
        if squared > 0:
            low, high, _ = student_ends(mean_s, math.sqrt(squared), curve.n - 1, level)
            low, high = max(low, 0.0), min(high, until_s)
    return LatencyGroup(
        name, curve.n, int(curve.ended.sum()), median.value, low_median, high_median, is_bound, mean_s, low, high,
        curve.last,
        tuple(curve.times.tolist()), tuple(curve.survival.tolist()), tuple(curve.at_risk.tolist()),
    )  # fmt: skip


def _pair(
    by_group: dict[str, list[Latency]], curves: dict[str, SurvivalCurve], names: tuple[str, str], until_s: float,
    test: Test, permutations: int, seed: int, level: float,
) -> LatencyDifference:  # fmt: skip
    """A group against the reference."""
    both = [one for name in names for one in by_group[name]]
    found = rank_test(
        np.array([one.latency_s for one in both]), np.array([not one.censored for one in both]),
        np.array([one.group == names[0] for one in both]), test=test, most=permutations,
        random=np.random.default_rng(seed),
    )  # fmt: skip
    enough = min(len(by_group[name]) for name in names) >= LEAST_ANIMALS
    value, low, high = _mean_difference(curves[names[0]], curves[names[1]], until_s, level)
    return LatencyDifference(
        *names, value, low, high, found.observed, found.expected, found.chi2,
        found.p_asymptotic if enough else math.nan, found.p if enough else math.nan, math.nan, found.n, found.is_exact,
        found.least_p,
    )  # fmt: skip


def _mean_difference(
    curve: SurvivalCurve, reference: SurvivalCurve, until_s: float, level: float
) -> tuple[float, float, float]:
    """Difference of the means up to a limit, each group with a variance of its own."""
    (mean, own), (other_mean, other) = (restricted_mean(one, until_s) for one in (curve, reference))
    value = mean - other_mean
    if min(curve.n, reference.n) < LEAST_ANIMALS or not own + other > 0:
        return value, math.nan, math.nan
    df = (own + other) ** 2 / (own**2 / (curve.n - 1) + other**2 / (reference.n - 1))
    low, high, _ = student_ends(value, math.sqrt(own + other), df, level)
    return value, max(low, -until_s), min(high, until_s)


def _notes(
    latencies: Latencies, reduced: Sequence[Latency], animals: Sequence[Latency], groups: Sequence[LatencyGroup],
    pairs: Sequence[LatencyDifference], until_s: float, most_trials: int, repeated: Repeated,
) -> tuple[str, ...]:  # fmt: skip
    """What to know before the numbers are used."""
    cutoffs = sorted({one.cutoff_s for one in reduced if not math.isnan(one.cutoff_s)})
    early = [one.animal for one in animals if one.censored and one.latency_s < until_s]
    zeros = [one.animal for one in latencies.trials if one.latency_s == 0]
    longest = max(one.latency_s for one in animals)
    stated = bool(cutoffs) or any(one.censored for one in animals)
    at_end = sum(one.latency_s == longest for one in animals)
    flat = [group.group for group in groups if group.n_ended == 0]
    coarse = [f"{pair.group} {pair.least_p:.2g}" for pair in pairs if pair.least_p > 0.01 and not math.isnan(pair.p)]
    n_trials = {animal: len(latencies.of(animal)) for animal in latencies.animals}
    usual = statistics.mode(n_trials.values())
    more = [f"{animal} ({n}, else {usual})" for animal, n in n_trials.items() if n > usual]
    drawn = [f"{pair.n_arrangements:,}" for pair in pairs if not pair.is_exact]
    which = "the median of its trials" if repeated == "median" else "its first trial"
    told = (
        (f"up to {most_trials} trials of an animal, which is counted once: {which}", most_trials > 1),
        (f"cut-offs differ ({', '.join(f'{one:g}' for one in cutoffs)} s): all are read up to the shortest",
         len(cutoffs) > 1),
        (f"no longer watched before {until_s:g} s: {', '.join(early)}; the permutation takes it for chance that these "
         "are in their groups", bool(early)),
        (f"a latency of 0 s: {', '.join(dict.fromkeys(zeros))}; if such an animal was not tested, leave it out",
         bool(zeros)),
        (f"{count_text(at_end, 'animal')} at the longest latency, {longest:g} s, and no cut-off is stated: if that is "
         "the cut-off, say so", not stated and at_end > 1),
        (f"no latency ended in {', '.join(flat)}: its mean has no scatter, the difference rests on the other's",
         0 < len(flat) < len(groups)),
        ("no latency ended in any group: the cut-off hides whatever difference there is, and p = 1 says nothing",
         len(flat) == len(groups)),
        (f"animals with more trials than others: {', '.join(more)}; is a row there twice?", bool(more)),
        (f"the smallest p-value that a permutation of these animals can give: {', '.join(coarse)}", bool(coarse)),
        (f"{', '.join(drawn)} of the arrangements were drawn", bool(drawn)),
        (f"means are those up to {until_s:g} s, not of latencies that were never seen to end", stated),
    )  # fmt: skip
    return tuple(text for text, is_so in told if is_so)
