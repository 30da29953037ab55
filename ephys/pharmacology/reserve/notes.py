"""What a reader must know before KA, q and tau are used."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ephys.pharmacology.reserve.result import ReceptorReserve, ReserveEstimate
from ephys.pharmacology.shared_fits.text import NOT_TOLD, animals_note, estimate_text, is_told

_FULL = 0.9
"""Share of Em from which a curve counts as that of a full agonist, and of a plateau from which it counts as reached
(convention)."""


def reserve_notes(found: ReceptorReserve) -> ReceptorReserve:
    """The result with its notes."""
    return replace(found, notes=(*_of_unit(found), *_of_curves(found), *_of_estimates(found), *_of_animals(found)))


def _of_unit(found: ReceptorReserve) -> Iterator[str]:
    """What KA is in."""
    if found.in_vivo:
        yield "doses are per kg: KA is apparent, in units of dose, and no affinity at the receptor"


def _of_curves(found: ReceptorReserve) -> Iterator[str]:
    """Whether the curves show what the methods need."""
    fit = found.operational.fit
    labels, points = fit.points.labels, fit.points
    for number, label in enumerate(labels):
        highest = float(np.max(points.dose[points.curve == number]))
        reached, largest = (
            float(fit.formula.response(fit.values, points.at([dose], number))[0]) for dose in (highest, 1e12 * highest)
        )
        if abs(reached) < _FULL * abs(largest):
            part = 100 * reached / largest
            yield f"the doses of {label} reach {part:.0f} % of its largest effect: the rest is extrapolated"
    control = float(fit.formula.response(fit.values, points.at([1e12 * float(points.dose.max())], 0))[0])
    if not found.em_held and abs(control) < _FULL * abs(found.em.estimate):
        yield (
            f"the control curve ends at {100 * control / found.em.estimate:.0f} % of Em: of a partial agonist the "
            "curves hardly tell Em, nor KA and tau; hold em at the largest effect of a full agonist"
        )
    if not found.em_held:
        yield "Em was estimated from these curves; another agonist with a larger effect would raise it"


def _of_estimates(found: ReceptorReserve) -> Iterator[str]:
    """Shares that cannot be, bounds, and whether there is a reserve."""
    for one in (found.operational, found.furchgott):
        for share in one.shares:
            told = estimate_text(share.q, lowest=0.0, highest=1.0 if one is found.furchgott else math.inf)
            if told == NOT_TOLD:
                yield f"{one.method}: q of {share.curve} is not told, as where nothing or everything was inactivated"
            elif share.q.low > 1:
                yield (
                    f"{one.method}: {share.curve} has more receptors than {found.control} (q above 1): the two may be "
                    "exchanged"
                )
            elif share.q.high >= 1:
                yield (
                    f"{one.method}: {share.curve} may have as many receptors as {found.control} (q includes 1): no "
                    "loss is shown"
                )
        if any(not share.q.high < 1 for share in one.shares) and is_told(one.ka):
            yield f"{one.method}: without a loss that is shown, KA rests on the shape of the curves alone"
        if not math.isnan(one.ka.low) and (one.ka.low <= 0 or math.isinf(one.ka.high)):
            yield f"{one.method}: these points set KA no end on one side; what is printed is a bound"
        if _no_reserve(one):
            yield f"{one.method}: a reserve is not shown, since KA / ED50 may be 1 or less"
    (first, second) = (one.ka for one in (found.operational, found.furchgott))
    if first.low > second.high or second.low > first.high:
        yield "the two methods disagree on KA beyond their intervals: the operational model's shape may not hold"


def _no_reserve(one: ReserveEstimate) -> bool:
    """Whether the interval of KA / ED50 includes 1 or less."""
    return one.ka_over_ed50.low <= 1


def _of_animals(found: ReceptorReserve) -> Iterator[str]:
    """What the intervals rest on."""
    notes = (animals_note(one.fit) for one in (found.operational, found.furchgott))
    yield from dict.fromkeys(note for note in notes if note is not None)
