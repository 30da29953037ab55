"""What a reader must know before an apparent pA2 is used."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ephys.pharmacology.antagonism.apparent_shift import AnimalShift
from ephys.pharmacology.antagonism.censored import CensoredMean, is_known
from ephys.pharmacology.curve_fit import ParameterEstimate
from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.shared_fits.text import FEW_ANIMALS


def apparent_notes(
    animals: Sequence[AnimalShift], mean: CensoredMean, ratio: ParameterEstimate, *, paired: bool
) -> Iterator[str]:
    """What to know before the number is used."""
    yield (
        "apparent: doses per kg are no concentrations at the receptor, and one dose cannot test Schild's slope; no "
        "pKB, and no affinity"
    )
    if paired:
        yield "an animal has one first exposure to the agonist: its second curve, with antagonist or without, is none"
    ratios = [one.ratio for one in animals if one.ratio is not None]
    none = sum(is_known(one) and one[1] <= 1 for one in ratios)
    if none:
        yield f"{count_text(none, 'animal')} with a dose ratio of 1 or less: in the mean, with a pA2 below any"
    control = [one.without for one in animals if one.ratio is None and one.without is not None]
    bounds = [one for one in ratios if not is_known(one)]
    of_control = sum(not is_known(one) for one in control)
    nothing = sum(low == 0 and math.isinf(high) for low, high in bounds)
    told = "in the mean as such" if not math.isnan(mean.value) else "told by animal"
    if len(bounds) > nothing:
        yield f"{count_text(len(bounds) - nothing, 'dose ratio')} known only as a bound: {told}"
    if of_control:
        yield f"{count_text(of_control, 'ID50')} without antagonist known only as a bound: {told}"
    if len(bounds) + of_control > nothing and len(ratios) < FEW_ANIMALS and not math.isnan(ratio.low):
        yield f"bounds among only {count_text(len(ratios), 'animal')} with a ratio: the interval is rough"
    if nothing:
        yield f"{count_text(nothing, 'animal')} with bounds that tell no ratio: not in the mean"
    if math.isnan(mean.value):
        yield "too few dose ratios are known: no mean"
    elif math.isnan(ratio.low):
        scatter = not math.isnan(mean.low) or mean.df < 1
        few = "fewer than three animals (or fewer in one of the groups) tell a ratio"
        yield f"{few if scatter else 'the values do not scatter at all'}: no interval, and no pA2"
    elif ratio.high < 1:
        yield "the dose ratio lies below 1 with its interval: no antagonism, and no pA2"
    elif ratio.low <= 1:
        yield "the interval of the dose ratio holds 1: a shift is not shown, and the pA2 is only a bound"
