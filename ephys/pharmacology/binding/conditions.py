"""What Cheng and Prusoff's equation takes for granted, held against the experiment: one sentence for each doubt."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ephys.pharmacology.binding.bounds import Told, slope_text
from ephys.pharmacology.binding.displacement import Solved
from ephys.pharmacology.binding.experiment import BindingExperiment

MOST_BOUND = 0.10
"""Share of the added radioligand that may be bound: more is depletion. Convention."""
LEAST_SPECIFIC = 0.50
"""Share of total binding that should be specific. Convention."""
MISFIT = 0.05
"""p below which the curve is said not to go through the means. Convention."""
APPARENT = "Ki is only an apparent one"
"""Said where the slope is not 1, held or free."""
REPLICATES = (
    "tubes of one experiment are replicates: the interval tells how well this curve is known, not how far another "
    "experiment may lie"
)


def doubts(
    experiment: BindingExperiment, found: Solved, *, told: Told, hill: tuple[float, float, float], held: bool,
    misfit_p: float, level: float,
) -> tuple[str, ...]:  # fmt: skip
    """What to know before an IC50, and a Ki from it, are used.

    Parameters
    ----------
    experiment : BindingExperiment
    found : Solved
        The curve.
    told : {"interpolated", "above", "below", "bracket", "not_told"}
        How much is known of the IC50.
    hill : tuple of float
        Slope with its interval, as the tubes tell it.
    held : bool
        Whether the slope was held at 1 all the same.
    misfit_p : float
        Of the curve against the replicates.
    level : float
        Coverage of the interval of the slope.
    """
    return (
        *_of_range(experiment, told, hill),
        *_of_slope(hill, told, held=held, level=level),
        *_of_shape(experiment, found, misfit_p),
        *_of_depletion(experiment, found, told),
        REPLICATES,
    )


def _of_range(experiment: BindingExperiment, told: Told, hill: tuple[float, float, float]) -> Iterator[str]:
    """Where the IC50 lies among the concentrations."""
    doses = experiment.concentrations_nm
    ends = f"{doses[0]:g} to {doses[-1]:g} nM"
    if told in ("above", "below"):
        yield f"the IC50 lies outside the concentrations tested ({ends}): a bound, not a number"
    if told == "bracket":
        yield "binding falls from one limit to the other between two concentrations: a bracket, and no slope"
    if told == "not_told":
        yield f"no one-site curve falls through the tubes ({ends}); look at the counts"
    if told == "interpolated" and hill[1] == hill[2]:
        yield "the tubes lie on the curve exactly: they tell no scatter, and no interval has a width (rounded?)"
    if told == "interpolated" and not math.isfinite(hill[2]):
        yield "too few concentrations lie on the slope to tell how steep it is"


def _of_slope(hill: tuple[float, float, float], told: Told, *, held: bool, level: float) -> Iterator[str]:
    """Whether one site, of which little is bound, is believable."""
    value, low, high = hill
    if told != "interpolated" or low <= 1 <= high or math.isnan(low) or low == high:
        return
    interval = slope_text(value, low, high).replace("(", f"({100 * level:g} % CI ")
    reason = "several sites or states are likely" if high < 1 else "depletion or cooperativity is likely"
    held_text = ", though it was held at 1" if held else ""
    yield f"the slope is {interval}{held_text}: not 1, so {reason}, and {APPARENT}"


def _of_shape(experiment: BindingExperiment, found: Solved, misfit_p: float) -> Iterator[str]:
    """Whether the curve goes through the means, and how much of the binding is specific."""
    if misfit_p < MISFIT:
        yield (
            f"means lie further from the one-site curve than their replicates allow (p = {misfit_p:.2g}): another "
            "shape, a floor above non-specific binding, or errors of dilution"
        )
    if not experiment.has_controls:
        yield "percent of specific binding: 100 and 0 are taken as exact, and the interval is too narrow by their noise"
        return
    specific = found.specific / (found.nonspecific + found.specific)
    if specific < LEAST_SPECIFIC:
        yield f"only {100 * specific:.0f} % of total binding is specific"


def _of_depletion(experiment: BindingExperiment, found: Solved, told: Told) -> Iterator[str]:
    """Whether radioligand and competitor were free, as the equation has it."""
    if math.isnan(experiment.added) or not experiment.has_controls:
        yield "ligand depletion not checked: what was added to a tube is not stated"
        return
    bound = (found.nonspecific + found.specific) / experiment.added
    if bound > MOST_BOUND:
        yield (
            f"{100 * bound:.0f} % of the added radioligand is bound without competitor (over {100 * MOST_BOUND:g} %): "
            "ligand depletion, and the IC50 is too high"
        )
    receptors_nm = found.specific / experiment.added * experiment.ligand_nm
    ic50_nm = math.exp(found.ln_ic50)
    if told == "interpolated" and receptors_nm > MOST_BOUND * ic50_nm:
        yield (
            f"there are at least {receptors_nm:.2g} nM of receptors, against an IC50 of {ic50_nm:.2g} nM: the "
            "competitor is depleted, too"
        )
