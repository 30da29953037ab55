"""What a reader must know before an antagonist's constant is used."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ephys.pharmacology.antagonism.schild_fit import VAGUE_SLOPE, SchildFit
from ephys.pharmacology.groups.estimates import p_text
from ephys.pharmacology.shared_fits.text import animals_note, estimate_text, holds

_FEW = 3
"""Concentrations from which a Schild slope is worth much (convention)."""
_DOUBTED = 0.05


def schild_notes(found: SchildFit) -> SchildFit:
    """The fit with its notes."""
    return replace(found, notes=(*_of_slope(found), *_of_shape(found), *_of_animals(found), *_of_doses(found)))


def _of_slope(found: SchildFit) -> Iterator[str]:
    """Whether the shift is what a competitive antagonist makes."""
    slope = found.slope
    tried = len(found.ratios) - 1
    if math.isnan(slope.estimate):
        yield (
            "one concentration of the antagonist cannot test the Schild slope: the value is a pA2 under a slope of 1, "
            "and no pKB"
        )
    elif math.isinf(slope.low) or math.isinf(slope.high):
        yield "the Schild slope is not told by these points: no pKB"
    elif not math.isnan(slope.low) and not holds(slope, 1.0):
        yield (
            f"the Schild slope is not 1 ({estimate_text(slope, places=2)}): not simple competition at equilibrium; the "
            "pA2 is where the EC50 doubles, and no affinity"
        )
    elif slope.high - slope.low > VAGUE_SLOPE:
        yield f"the Schild slope is told only as {estimate_text(slope, places=2)}: that it may be 1 says little; no pKB"
    if 2 <= tried < _FEW:
        yield f"{tried} concentrations of the antagonist: three or more tell a slope"
    if found.p_straight < _DOUBTED:
        yield (
            f"dose ratios do not follow one Schild line ({p_text(found.p_straight)}, F-test of points"
            f"{', which are not independent within an animal' if found.fit.points.animals else ''})"
        )
    for one in found.ratios[1:]:
        if not one.is_told:
            yield f"the dose ratio at {one.antagonist:g} {found.antagonist_unit} is not told: not in the regression"
    unshifted = [one for one in found.ratios[1:] if one.is_told and not one.ratio.estimate > 1]
    for one in unshifted:
        yield (
            f"no shift at {one.antagonist:g} {found.antagonist_unit} (dose ratio {one.ratio.estimate:.2f}): in the "
            "fit, and not in the classical regression, which cannot hold it"
        )


def _of_shape(found: SchildFit) -> Iterator[str]:
    """Whether the curves are parallel and equally high."""
    left, hill = found.effect_left_percent, found.hill_ratio
    if math.isnan(left.low):
        yield "whether the antagonist changes the largest effect is not told: the value is not called a pKB"
    elif not holds(left, 100.0):
        yield (
            f"the largest effect with the antagonist is {estimate_text(left, lowest=0.0, places=1)} % of that without: "
            "not a parallel shift, and no pKB"
        )
    if not math.isnan(hill.low) and not holds(hill, 1.0):
        yield (
            "curves with the antagonist are not parallel to that without: Hill ratio "
            f"{estimate_text(hill, lowest=0)}; no pKB"
        )


def _of_animals(found: SchildFit) -> Iterator[str]:
    """What the interval rests on."""
    note = animals_note(found.fit)
    if note is not None:
        yield note


def _of_doses(found: SchildFit) -> Iterator[str]:
    """EC50s that no dose reaches."""
    points = found.fit.points
    for number, one in enumerate(found.ratios):
        highest = float(np.max(points.dose[points.curve == number]))
        if one.ec50.estimate > highest:
            yield (
                f"the EC50 at {one.antagonist:g} {found.antagonist_unit} of the antagonist lies beyond the highest "
                f"dose given ({highest:g} {found.dose_unit}): its dose ratio rests on the other curves' shape"
            )
