"""Slope and largest effect of each group: how they differ, with intervals; no test chooses between models."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ephys.pharmacology.nested.search import profile_shape
from ephys.pharmacology.population.estimates import GroupValue, ShapeDifference

if TYPE_CHECKING:
    from ephys.pharmacology.population.fit import PopulationFit

SLOPE, EMAX = "slope", "Emax"
REDUCED = "reduced maximum; the shift alone does not describe it"
_FULL = 99.95
_AT_BOUND = 1e-6


def shape_differences(fit: PopulationFit, quantity: str) -> tuple[ShapeDifference, ...]:
    """Differences of the slope or of Emax, in a fit in which every group has its own.

    Each group's value has its profile-likelihood interval; that of their difference (of Emax) or ratio (of slopes)
    is put together from both (method of variance estimates recovery: Zou & Donner 2008, Stat Med 27:1693), which holds
    where one of them is at its bound.
    """
    ratio = quantity.startswith(SLOPE)
    names = [f"{'ln_hill' if ratio else 'emax'}:{group}" for group in fit.groups]
    own = [_of_group(fit, group, name) for group, name in zip(fit.groups, names, strict=True)]
    reference, found = own[0], []
    for group in own[1:]:
        difference, low, high = _recovered(group, reference)
        if ratio:
            found.append(ShapeDifference(SLOPE, _scaled(group, ratio), _scaled(reference, ratio), math.exp(difference),
                                         math.exp(low), math.exp(high), fit.level))  # fmt: skip
        else:
            found.append(ShapeDifference(EMAX, _scaled(group, ratio), _scaled(reference, ratio), 100 * difference,
                                         100 * low, 100 * high, fit.level))  # fmt: skip
    return tuple(found)


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


def _recovered(group: GroupValue, reference: GroupValue) -> tuple[float, float, float]:
    """Difference of two values, its ends from the distances of their own ends."""
    difference = group.value - reference.value
    low = math.hypot(group.value - group.low, reference.high - reference.value)
    high = math.hypot(group.high - group.value, reference.value - reference.low)
    return difference, difference - low, difference + high


def _scaled(one: GroupValue, ratio: bool) -> GroupValue:
    """The same as a slope, or in percent."""
    scale = math.exp if ratio else (lambda value: 100.0 * value)
    return GroupValue(one.group, scale(one.value), scale(one.low), scale(one.high), one.known)
