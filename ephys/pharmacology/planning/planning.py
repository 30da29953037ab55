"""The plan of an experiment, by simulation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.jupyter import potency_words
from ephys.jupyter.progress import tqdm
from ephys.pharmacology.planning.design import Aim, PlannedDesign, require_whole
from ephys.pharmacology.planning.means import animal_means, differences
from ephys.pharmacology.planning.plan import ExperimentPlan, PlannedPower
from ephys.pharmacology.planning.question import Question, Share
from ephys.pharmacology.planning.simulated import REACH, Simulated
from ephys.pharmacology.planning.variation import PlannedVariation
from ephys.pharmacology.population.fit import PopulationFit

Sizes = dict[tuple[int, int], tuple[Share, Share]]
FloatArray = NDArray[np.float64]

_LEAST_SPIKES = 10.0


def plan_experiment(
    aim: Aim = "shift",
    *,
    fold: float | None = None,
    margin: float | None = None,
    pilot: PopulationFit | None = None,
    variation: PlannedVariation | None = None,
    design: PlannedDesign | None = None,
    power: float = 0.8,
    level: float = 0.95,
    runs: int = 400,
    seed: int = 0,
    progress: bool = False,
) -> ExperimentPlan:
    """Animals and cells that an experiment needs, from a pilot or from variation that is stated.

    Experiments are simulated count by count: cells in animals in groups, cumulative doses that end at silence. Each is
    analysed as by `PopulationFit.two_stage`: an ID50 for every cell at the common slope, a mean for every animal, a
    test on the animals. Only animals are degrees of freedom.

    Parameters
    ----------
    aim : {"shift", "equivalence", "rate"}, optional
        Find a shift of the ID50; show that two ID50s are within a margin; find a change of the rate without drug (ln
        rate, cells in animals in groups).
    fold : float, optional
        True ratio of treated to control that is to be found; for an equivalence the true ratio, 1 if not said.
    margin : float, optional
        Of an equivalence: the ratio lies between 1 / margin and margin.
    pilot : PopulationFit, optional
        Says how cells and animals vary (`PlannedVariation.from_pilot`), doses and windows. Power is given at the upper
        end of the interval of its SD, too, since few animals say little of it.
    variation : PlannedVariation, optional
        Stated in place of a pilot.
    design : PlannedDesign, optional
        Numbers of animals and cells, doses and windows.
    power : float, optional
        That is wanted.
    level : float, optional
        1 - the chance of a false positive.
    runs, seed : int, optional
        Simulated experiments of each design, and where chance begins. A design's answer is the same whatever others are
        asked for.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    ExperimentPlan

    Raises
    ------
    ParameterError
        If something is missing that the plan needs, or cannot be.

    Notes
    -----
    The analysis takes the planned slope and dispersion for known; `ExperimentPlan.one_stage` estimates them.

    Examples
    --------
    Invented variation:

    >>> known = PlannedVariation(rate_sd_animal=1.3, rate_sd_cell=1.6, rate_hz=1.5, dispersion=0.1, fano=0.2)
    >>> plan = plan_experiment("rate", fold=2, variation=known, design=PlannedDesign(animals=(4, 8, 12, 16)))
    >>> [row.animals if row else None for row in plan.fewest.values()]
    [12, 8, 8]
    """
    question = Question.asked(aim, fold, margin, level)
    _check(power, runs, seed)
    if (pilot is None) == (variation is None):
        raise ParameterError("state one of pilot=fit_population(...) and variation=PlannedVariation(...)")
    if pilot is not None and not isinstance(pilot, PopulationFit):
        raise ParameterError(f"pilot must be a fit_population(...), or a comparison's fit, got {type(pilot).__name__}")
    known = PlannedVariation.from_pilot(pilot) if pilot is not None else variation
    assert known is not None
    if design is None:
        design = PlannedDesign() if pilot is None else PlannedDesign.from_pilot(pilot)
    design = design.for_aim(aim, pilot)
    for one in (known, known.upper):
        if one is not None:
            one.require(aim, design)
            _check_spikes(one, design)
    _check_doses(question, known, design)
    wanted = [known, known.upper] if known.upper else [known]
    bar = tqdm(wanted, desc="planning", unit="variation", disable=not progress)
    found = [_shares(Simulated(aim, one, design, runs, seed), question) for one in bar]
    table = tuple(
        PlannedPower(*size, design.n_groups, *(share for of in found for share in of[size])) for size in design.sizes
    )
    return ExperimentPlan(question, design, known, power, runs, seed, table)


def _shares(simulated: Simulated, question: Question) -> Sizes:
    """Share of experiments that say so, of every design: rightly, and falsely (the worse end of a margin)."""
    design = simulated.design
    most = {"animals": max(design.animals), "cells": max(design.cells_per_animal)}
    folds = (question.fold, *question.nulls)
    values = [simulated.ln_values(simulated.counts(treated=True, fold=fold, **most)) for fold in folds]
    control = None
    if design.n_groups == 2:
        control = simulated.ln_values(simulated.counts(treated=False, fold=1.0, **most))

    def answered(treated: FloatArray, animals: int, cells: int) -> Share:
        own = animal_means(treated[:, :animals, :cells])
        other = simulated.ln_reference if control is None else animal_means(control[:, :animals, :cells])
        return Share.of(question.answered(differences(own, other)))

    found = {}
    for size in design.sizes:
        power, *falsely = (answered(treated, *size) for treated in values)
        found[size] = power, max(falsely, key=lambda share: share.value)
    return found


def _check(power: float, runs: int, seed: int) -> None:
    """Check numbers.

    Raises
    ------
    ParameterError
        For a power that is no chance, too few experiments to tell, or a seed that is none.
    """
    if not 0 < power < 1:
        raise ParameterError(f"power must be between 0 and 1, got {power}")
    require_whole(runs=runs, seed=seed)
    if runs < 20:
        raise ParameterError(f"runs must be 20 or more, got {runs}: fewer experiments tell no power")
    if seed < 0:
        raise ParameterError(f"seed must be 0 or more, got {seed}")


def _check_doses(question: Question, variation: PlannedVariation, design: PlannedDesign) -> None:
    """Check that an equivalence can fail: cells are taken at ten times the doses where they have no ID50 within.

    Two groups whose cells are all taken there are the same, whatever their ID50s.

    Raises
    ------
    ParameterError
        If the typical cell of either group would be, at the true ratio or at an end of the margin.
    """
    if question.aim != "equivalence":
        return
    words = potency_words(design.dose_unit)
    low, high = design.doses[0] / REACH, design.doses[-1] * REACH
    for name, ratio in (
        (f"the {words.name} of the control group", 1.0), ("that of a group the margin above", question.margin),
        ("that of a group the margin below", 1 / question.margin),
    ):  # fmt: skip
        id50 = variation.id50 * ratio
        if not low < id50 < high:
            raise ParameterError(
                f"{name}, {id50:.3g}, lies {REACH:g}-fold or more outside the {words.dose}s, {design.doses[0]:g} to "
                f"{design.doses[-1]:g}: cells are taken at {low:.3g} or {high:.3g} there, and groups would be called "
                f"equivalent whatever they are (margin {question.margin:g}). Plan {words.dose}s around the {words.name}"
            )


def _check_spikes(variation: PlannedVariation, design: PlannedDesign) -> None:
    """Check that the baseline has spikes to be compared with.

    Raises
    ------
    ParameterError
        If it is too short for the rate.
    """
    expected = variation.rate_hz * design.baseline_s
    if expected < _LEAST_SPIKES:
        raise ParameterError(
            f"a baseline of {design.baseline_s:g} s at {variation.rate_hz:g} Hz has {expected:.3g} spikes, and "
            f"{_LEAST_SPIKES:g} or more are needed to divide by: lengthen baseline_s"
        )
