"""The likelihood of ratios of rates in animals in groups, at its maximum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.groups.design import LEAST_ANIMALS
from ephys.pharmacology.nested.calibration import Calibration
from ephys.pharmacology.nested.grid import STEP
from ephys.pharmacology.nested.inference import contrast_interval, fine_enough, lost
from ephys.pharmacology.nested.problem import Problem
from ephys.pharmacology.nested.ratio_curves import RatioCurves
from ephys.pharmacology.nested.search import Contrast, Maximum, information, maximise
from ephys.pharmacology.population.problem import PopulationModel, assemble, calibration_of
from ephys.pharmacology.population.runs import Run
from ephys.pharmacology.population.two_stage import TwoStage, two_stage

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class FittedRatios:
    """Cells in order, their likelihood and its maximum.

    Parameters
    ----------
    runs, model, problem, best
        As in `PopulationFit`.
    curves : RatioCurves
    curvature : array (parameters, parameters)
    level : float
    """

    runs: tuple[Run, ...]
    model: PopulationModel
    problem: Problem
    curves: RatioCurves
    best: Maximum
    curvature: FloatArray
    level: float

    @classmethod
    def of(cls, runs: Sequence[Run], model: PopulationModel, curves: RatioCurves, level: float) -> FittedRatios:
        """Maximise, on a grid that is fine enough for the sharpest of the cells."""
        rough = assemble(runs, model, curves, curves.grid(STEP))
        problem = assemble(runs, model, curves, curves.grid(fine_enough(rough, rough.start())))
        best = maximise(problem, problem.start())
        return cls(tuple(runs), model, problem, curves, best, information(problem, best), level)

    @property
    def calibration(self) -> Calibration:
        """What a loss of log-likelihood means with so many animals."""
        return calibration_of(self.runs, self.model, self.problem)

    @property
    def df(self) -> int:
        """Animals - groups (and blocks), or animals - 1."""
        return self.calibration.df

    def sd(self, level: str) -> float:
        """Standard deviation of the ln ratio; NaN for a level that is not there."""
        of = dict(zip(self.problem.names, self.best.values, strict=True))
        return math.exp(of.get(f"ln_sd_{level}", math.nan))

    @property
    def silent(self) -> tuple[str, ...]:
        """Groups of which no cell fired a spike at the dose."""
        return tuple(
            group for group in self.model.groups if not any(run.value[1] for run in self.runs if run.group == group)
        )

    def animals(self, group: str) -> int:
        """Animals of a group."""
        return len({run.animal for run in self.runs if run.group == group})

    def contrast(self, group: str, against: str = "") -> Contrast:
        """Mean of a group, or its difference from another."""
        weights = np.zeros(len(self.problem.effects))
        weights[self.model.groups.index(group)] = 1.0
        if against:
            weights[self.model.groups.index(against)] = -1.0
        return Contrast(weights)

    def told(self, contrast: Contrast, *groups: str) -> tuple[float, float, float]:
        """Ratio with its profile interval; NaN where groups have too few animals for one."""
        value = contrast.of(self.best.values)
        if self.df < 1 or any(self.animals(group) < LEAST_ANIMALS for group in groups):
            return math.exp(value), math.nan, math.nan
        drop = self.calibration.drop(self.level)
        low, high = contrast_interval(self.problem, self.best, contrast, drop=drop, curvature=self.curvature)
        return math.exp(value), math.exp(low), math.exp(high)

    def p(self, contrast: Contrast) -> float:
        """Chance of a difference as large, were there none."""
        return self.calibration.p(lost(self.problem, self.best, contrast, 0.0, curvature=self.curvature))

    def two_stage(self, group: str) -> TwoStage:
        """Beside it: the ratio of each cell's rates, the mean of each animal; groups may scatter differently."""
        silent = self.curves.ratio <= 0
        half = [0.5 / run.exposure_s[1] * run.exposure_s[0] / run.value[0] for run in self.runs]
        return two_stage(
            np.log(np.where(silent, half, self.curves.ratio)), [run.animal for run in self.runs],
            [run.group for run in self.runs], group=group, reference=self.model.groups[0], at_ends=silent,
            level=self.level, within=self.model.paired, taken="for half a spike",
        )  # fmt: skip
