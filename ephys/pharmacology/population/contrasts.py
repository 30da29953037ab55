"""Shifts and means within a fitted population: their intervals, and what the likelihood loses where they are held."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ephys.pharmacology.groups.design import LEAST_ANIMALS
from ephys.pharmacology.nested.inference import contrast_interval, lost
from ephys.pharmacology.nested.search import Contrast, maximise
from ephys.pharmacology.population.estimates import FoldShift
from ephys.pharmacology.population.two_stage import TwoStage, at_ends, two_stage

if TYPE_CHECKING:
    from ephys.pharmacology.population.fit import PopulationFit


def mean_of(fit: PopulationFit, group: str) -> Contrast:
    """Mean ln ID50 of a group."""
    weights = np.zeros(len(fit.problem.effects))
    weights[fit.groups.index(group)] = 1.0
    return Contrast(weights)


def shift_of(fit: PopulationFit, group: str, reference: str) -> Contrast:
    """Mean ln ID50 of a group less that of another."""
    return Contrast(mean_of(fit, group).weights - mean_of(fit, reference).weights)


def lost_where_held(fit: PopulationFit, contrast: Contrast, value: float) -> float:
    """Twice the log-likelihood that is lost where a contrast is held."""
    return lost(fit.problem, fit.best, contrast, value, curvature=fit.curvature)


def lost_where_equal(fit: PopulationFit) -> float:
    """Twice the log-likelihood that is lost where all groups have one mean."""
    n_groups = len(fit.groups)
    one = np.zeros((len(fit.problem.effects), len(fit.problem.effects) - n_groups + 1))
    one[:n_groups, 0] = 1.0
    one[n_groups:, 1:] = np.eye(len(fit.problem.effects) - n_groups)
    effects = ("mean:all", *fit.problem.effects[n_groups:])
    problem = replace(fit.problem, design=fit.problem.design @ one, effects=effects)
    middle = float(np.mean(fit.best.values[:n_groups]))
    held = maximise(problem, problem.start({**fit.estimates, "mean:all": middle}), scale=problem.usual_errors)
    return max(2.0 * (fit.best.top - held.top), 0.0)


def interval_of(fit: PopulationFit, contrast: Contrast, *, level: float) -> tuple[float, float]:
    """Profile-likelihood interval of a contrast, as folds or doses; 0 and infinity without degrees of freedom."""
    if fit.df < 1:
        return 0.0, math.inf
    drop = fit.calibration.drop(level)
    low, high = contrast_interval(fit.problem, fit.best, contrast, drop=drop, curvature=fit.curvature)
    return math.exp(low), math.exp(high)


def fold_shift_of(fit: PopulationFit, group: str, reference: str) -> FoldShift:
    """Shift of a group against another, with the chance of none."""
    contrast = shift_of(fit, group, reference)
    value, withheld = math.exp(contrast.of(fit.best.values)), too_few(fit, group, reference)
    if withheld:
        return FoldShift(
            group, reference, value, math.nan, math.nan, math.nan, fit.df, fit.level, withheld, potency=fit.words.name
        )
    low, high = interval_of(fit, contrast, level=fit.level)
    lost = lost_where_held(fit, contrast, 0.0)
    f, p = fit.calibration.f(lost), fit.calibration.p(lost)
    return FoldShift(group, reference, value, low, high, p, fit.df, fit.level, f=f, potency=fit.words.name)


def two_stage_of(fit: PopulationFit, group: str, reference: str) -> TwoStage:
    """Shift of a group against another from an ID50 of each cell, at the slope that cells share."""
    return two_stage(
        np.log(fit.cell_id50), [run.animal for run in fit.runs], [run.group for run in fit.runs], group=group,
        reference=reference, at_ends=at_ends(fit.cell_id50, fit.problem.curves.doses), level=fit.level,
        within=fit.model.paired,
    )  # fmt: skip


def too_few(fit: PopulationFit, *groups: str) -> str:
    """Why no P is given; empty where there is one."""
    few = [
        f"{one} has {n} animal{'s' * (n != 1)}"
        for one, n in fit.n_animals.items()
        if one in groups and n < LEAST_ANIMALS
    ]
    if not few and fit.model.paired:
        of_groups = [{run.animal for run in fit.runs if run.group == one} for one in groups]
        both = len(set.intersection(*of_groups)) if len(groups) == 2 else fit.df + 1
        few = [f"{both} animals are in both {' and '.join(groups)}"] if both < LEAST_ANIMALS else []
    if not few and fit.df < 1:
        return "no degrees of freedom are left"
    return f"{' and '.join(few)}, a test needs {LEAST_ANIMALS}" if few else ""
