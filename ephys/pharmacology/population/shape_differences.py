"""Slope and largest effect of each group: how they differ, with intervals; no test chooses between models."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student_t

from ephys.pharmacology.nested.search import profile_shape
from ephys.pharmacology.population.estimates import GroupValue, ShapeDifference

if TYPE_CHECKING:
    from ephys.pharmacology.population.fit import PopulationFit

FloatArray = NDArray[np.float64]
_Interval = tuple[float, float, float]  # value, low, high

SLOPE, EMAX = "slope", "Emax"
REDUCED = "reduced maximum; the shift alone does not describe it"
_FULL = 99.95
_AT_BOUND = 1e-6


def shape_differences(fit: PopulationFit, quantity: str) -> tuple[ShapeDifference, ...]:
    """Differences of the slope or of Emax, in a fit in which every group has its own.

    Each group's value has its profile-likelihood interval; that of their difference (of Emax) or ratio (of slopes)
    is put together from both (method of variance estimates recovery: Zou & Donner 2008, Stat Med 27:1693), which holds
    where one of them is at its bound. Such an interval takes all cells of a group to have one slope and one Emax: a
    single steep cell would make a difference out of nothing. Where it claims one, it is widened to what the animals
    leave of it, each left out in turn (jackknife; Efron & Stein 1981, Ann Stat 9:586).
    """
    ratio = quantity.startswith(SLOPE)
    names = [f"{'ln_hill' if ratio else 'emax'}:{group}" for group in fit.groups]
    own = [_of_group(fit, group, name) for group, name in zip(fit.groups, names, strict=True)]
    differences = [_recovered(group, own[0]) for group in own[1:]]
    claims = any(not low <= 0 <= high for _, low, high in differences) or (not ratio and _any_reduced(own))
    if claims:
        left = _left_out_in_turn(fit, names)
        bounds = (-math.inf, math.inf) if ratio else (0.0, 1.0)
        own = [_widened(value, left.reach(left.values[:, place]), bounds) for place, value in enumerate(own)]
        differences = [
            _reaching(found, left.reach(left.values[:, place] - left.values[:, 0]))
            for place, found in enumerate(differences, start=1)
        ]
    return tuple(
        _difference(_scaled(group, ratio), _scaled(own[0], ratio), found, fit.level, ratio=ratio, over_animals=claims)
        for group, found in zip(own[1:], differences, strict=True)
    )


def _difference(
    group: GroupValue, reference: GroupValue, found: _Interval, level: float, *, ratio: bool, over_animals: bool
) -> ShapeDifference:
    """Difference as it is told: a ratio of slopes, or points of Emax."""
    value, low, high = (math.exp(end) if ratio else 100.0 * end for end in found)
    return ShapeDifference(SLOPE if ratio else EMAX, group, reference, value, low, high, level, over_animals)


def _any_reduced(own: Sequence[GroupValue]) -> bool:
    """Whether the interval of any group's Emax excludes 100 %."""
    return any(100.0 * value.high < _FULL for value in own)


def is_reduced(differences: Sequence[ShapeDifference]) -> tuple[str, ...]:
    """Groups whose interval of Emax excludes 100 %."""
    values = [value for one in differences if one.quantity == EMAX for value in (one.reference, one.group)]
    return tuple(dict.fromkeys(value.group for value in values if value.high < _FULL))


def shape_doubts(differences: Sequence[ShapeDifference]) -> Iterator[str]:
    """What one ratio of ID50s does not say, where slopes or largest effects differ beyond their intervals."""
    for one in differences:
        names = f"{one.group.group} and {one.reference.group}"
        if one.quantity == EMAX and not one.low <= 0 <= one.high:
            yield (
                f"Emax of {one.group.group} ({one.group.value:.3g} %) and {one.reference.group} "
                f"({one.reference.value:.3g} %) differ by {one.value:.3g} points ({one.low:.3g} to {one.high:.3g})"
            )
        if one.quantity == SLOPE and not one.low <= 1 <= one.high:
            yield (
                f"slopes of {names} differ {one.value:.3g}-fold ({one.low:.3g} to {one.high:.3g}): the curves are not "
                f"parallel, and at other effects than half the ratio of their doses is another"
            )
    yield from (f"{group}: {REDUCED}" for group in is_reduced(differences))


def _of_group(fit: PopulationFit, group: str, name: str) -> GroupValue:
    """Estimate of one group, with its interval, as the search has it."""
    number = fit.problem.names.index(name)
    error = fit.standard_errors[name]
    low, high = profile_shape(
        fit.problem,
        fit.best,
        number,
        drop=fit.drop,
        error=error if math.isfinite(error) else 0.1,
        curvature=fit.curvature,
    )
    bounds = fit.problem.bounds[number]
    open_below, open_above = low <= bounds[0] + _AT_BOUND, high >= bounds[1] - _AT_BOUND
    if name.startswith("ln_hill"):  # its bounds are the search's; those of Emax are all that it can be
        low, high = -math.inf if open_below else low, math.inf if open_above else high
    return GroupValue(group, fit.estimates[name], low, high, not (open_below and open_above))


@dataclass(frozen=True, eq=False)
class _LeftOut:
    """Estimates with each animal left out in turn.

    Parameters
    ----------
    values : array (animals, groups)
    strata : array (animals,)
        Which animals stand for each other: those recorded in the same groups.
    level : float
    """

    values: FloatArray
    strata: NDArray[np.int64]
    level: float

    def reach(self, values: FloatArray) -> float:
        """How far the interval of an estimate reaches to either side; without end where a group is one animal."""
        sizes = np.bincount(self.strata)
        if sizes.min() < 2:
            return math.inf
        means = np.bincount(self.strata, values) / sizes
        spread = np.bincount(self.strata, (values - means[self.strata]) ** 2)
        variance = float((spread * (sizes - 1) / sizes).sum())
        return math.sqrt(variance) * float(student_t.ppf(0.5 + self.level / 2.0, sizes.sum() - len(sizes)))


def _left_out_in_turn(fit: PopulationFit, names: Sequence[str]) -> _LeftOut:
    """Estimates of some parameters without each animal; none are made where a group would be empty."""
    groups_of: dict[str, frozenset[str]] = {}
    for run in fit.runs:
        groups_of[run.animal] = groups_of.get(run.animal, frozenset()) | {run.group}
    kinds = list(dict.fromkeys(groups_of.values()))
    strata = np.array([kinds.index(groups) for groups in groups_of.values()])
    if np.bincount(strata).min() < 2:
        return _LeftOut(np.full((len(strata), len(names)), math.nan), strata, fit.level)
    without = [fit.without(animal) for animal in groups_of]
    return _LeftOut(np.array([[one.estimates[name] for name in names] for one in without]), strata, fit.level)


def _widened(value: GroupValue, reach: float, bounds: tuple[float, float]) -> GroupValue:
    """Value with an interval that reaches at least so far, within all that it can be."""
    _, low, high = _reaching((value.value, value.low, value.high), reach)
    return replace(
        value, low=max(low, bounds[0]), high=min(high, bounds[1]), known=value.known and math.isfinite(reach)
    )


def _reaching(found: _Interval, reach: float) -> _Interval:
    """Interval that reaches at least so far."""
    value, low, high = found
    return value, min(low, value - reach), max(high, value + reach)


def _recovered(group: GroupValue, reference: GroupValue) -> _Interval:
    """Difference of two values, its ends from the distances of their own ends."""
    difference = group.value - reference.value
    low = math.hypot(group.value - group.low, reference.high - reference.value)
    high = math.hypot(group.high - group.value, reference.value - reference.low)
    return difference, difference - low, difference + high


def _scaled(one: GroupValue, ratio: bool) -> GroupValue:
    """The same as a slope, or in percent."""
    scale = math.exp if ratio else (lambda value: 100.0 * value)
    return GroupValue(one.group, scale(one.value), scale(one.low), scale(one.high), one.known)
