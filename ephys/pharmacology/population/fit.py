"""What the fit of a population gives: ID50s of groups, and fold shifts whose degrees of freedom are animals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.jupyter import PotencyWords, Shown, potency_words, shown
from ephys.pharmacology.nested.calibration import Calibration
from ephys.pharmacology.nested.grid import STEP
from ephys.pharmacology.nested.inference import fine_enough
from ephys.pharmacology.nested.problem import Problem
from ephys.pharmacology.nested.search import Maximum, climb_focused, covariance, information
from ephys.pharmacology.population.contrasts import (
    fold_shift_of,
    interval_of,
    lost_where_held,
    mean_of,
    shift_of,
    two_stage_of,
)
from ephys.pharmacology.population.estimates import FoldShift, GroupId50, ShapeDifference
from ephys.pharmacology.population.fit_html import population_table
from ephys.pharmacology.population.problem import SHAPES, PopulationModel, build_problem, calibration_of
from ephys.pharmacology.population.rows import population_rows
from ephys.pharmacology.population.runs import Run
from ephys.pharmacology.population.shape_differences import is_reduced, shape_differences
from ephys.pharmacology.population.text import population_lines
from ephys.pharmacology.population.two_stage import TwoStage, cell_id50s

FloatArray = NDArray[np.float64]

PRIMARY = "common slope and Emax"


@dataclass(frozen=True, eq=False)
class PopulationFit(Shown):
    """ID50s of groups and their shifts, from one likelihood over all cells; everything beside is reckoned when asked.

    ln ID50 = group + animal + cell, the counts of every cell under one slope; cells that were silent early, late or
    never are ordinary counts. `fit_population` makes it.

    Parameters
    ----------
    model : PopulationModel
        What was assumed.
    runs : tuple of Run
        The curves.
    problem : Problem
        The likelihood.
    best : Maximum
        Where it is highest.
    level : float
        Coverage of the intervals.
    emax_source : str
        Where a fixed largest effect comes from.
    left_out : tuple of str
        Cells that could not be fitted, and why.
    notes : tuple of str
        What to know before the numbers are used.
    """

    model: PopulationModel
    runs: tuple[Run, ...] = field(repr=False)
    problem: Problem = field(repr=False)
    best: Maximum = field(repr=False)
    level: float = 0.95
    emax_source: str = ""
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, runs: tuple[Run, ...], model: PopulationModel, *, step: float | None = None,
        known: Mapping[str, float] | None = None, **beside: object,
    ) -> PopulationFit:  # fmt: skip
        """Maximise the likelihood of curves that are in order, from what is known of another fit."""
        problem = build_problem(runs, model, step=step or STEP)
        start = problem.start(known)
        if step is None:
            problem = build_problem(runs, model, step=fine_enough(problem, start))
        problem, best = climb_focused(problem, start)
        finer = fine_enough(problem, best.values)
        if step is None and finer < 0.9 * problem.grid.step:
            problem, best = climb_focused(build_problem(runs, model, step=finer), best.values)
        return cls(model, runs, problem, best, **beside)  # type: ignore[arg-type]  # its own fields

    @property
    def groups(self) -> tuple[str, ...]:
        """The reference first."""
        return self.model.groups

    @property
    def log_likelihood(self) -> float:
        """At the maximum."""
        return self.best.top

    @property
    def estimates(self) -> dict[str, float]:
        """Every parameter as the search has it: means of ln ID50, ln SDs, ln slope..."""
        return dict(zip(self.problem.names, self.best.values.tolist(), strict=True))

    @cached_property
    def standard_errors(self) -> dict[str, float]:
        """Of `estimates`, from the observed information; NaN at a bound."""
        with np.errstate(invalid="ignore"):
            return dict(zip(self.problem.names, np.sqrt(np.diag(self.covariance)).tolist(), strict=True))

    @property
    def df(self) -> int:
        """Degrees of freedom of a shift: animals - groups (and blocks) between, animals - 1 within."""
        return self.calibration.df

    @property
    def calibration(self) -> Calibration:
        """What a loss of log-likelihood means with so many animals."""
        return calibration_of(self.runs, self.model, self.problem)

    @property
    def n_animals(self) -> dict[str, int]:
        """Of each group."""
        return {group: len({run.animal for run in self.runs if run.group == group}) for group in self.groups}

    @property
    def n_cells(self) -> dict[str, int]:
        """Curves of each group."""
        return {group: sum(run.group == group for run in self.runs) for group in self.groups}

    @property
    def n_censored(self) -> dict[str, int]:
        """Cells of each group whose rate was never halved, or was from the first dose; counts only."""
        if self.model.family == "gaussian":
            return dict.fromkeys(self.groups, 0)
        return {g: sum(run.group == g and run.reach != "crossed" for run in self.runs) for g in self.groups}

    @property
    def sd_animal(self) -> float:
        """SD of ln ID50 between animals, as a fold; NaN where every animal gave one curve, and `sd_cell` has both."""
        return math.exp(math.exp(self.estimates.get("ln_sd_animal", math.nan)))

    @property
    def sd_cell(self) -> float:
        """SD of ln ID50 between the curves of one animal, as a fold; between all where each animal gave one."""
        return math.exp(math.exp(self.estimates["ln_sd_curve"]))

    @property
    def hill(self) -> float:
        """Slope that all cells share."""
        return self._shape("hill")

    @property
    def emax_percent(self) -> float:
        """Largest effect that all cells share, fixed or estimated."""
        return self._shape("emax_percent")

    @property
    def dispersion(self) -> float:
        """Relative SD of a cell's rate between windows."""
        return self._shape("dispersion")

    @cached_property
    def id50(self) -> dict[str, GroupId50]:
        """Geometric-mean ID50 of each group, with its profile-likelihood interval.

        Where the largest effect is below 100 % it is the dose of half the largest effect.
        """
        return {group: self._group_id50(group) for group in self.groups}

    @cached_property
    def fold_shift(self) -> dict[str, FoldShift]:
        """Shift of each group against the reference, slope and Emax common: the primary answer."""
        return {group: fold_shift_of(self, group, self.groups[0]) for group in self.groups[1:]}

    @cached_property
    def shift_under(self) -> dict[str, dict[str, FoldShift]]:
        """The shifts under a common slope and Emax, under group slopes, and under group Emax. No test chooses."""
        return {PRIMARY: self.fold_shift} | {name: fit.fold_shift for name, fit in self._apart.items()}

    @cached_property
    def differences(self) -> tuple[ShapeDifference, ...]:
        """Slope and Emax of each group and how they differ, with intervals."""
        return tuple(
            difference
            for name, fit in self._apart.items()
            for difference in shape_differences(fit, name.removeprefix("group "))
        )

    @property
    def reduced_maximum(self) -> tuple[str, ...]:
        """Groups whose interval of Emax excludes 100 %: of them the shift is not the whole story."""
        return is_reduced(self.differences)

    @cached_property
    def two_stage(self) -> dict[str, TwoStage]:
        """Beside it: an ID50 of each cell at the common slope, a mean of each animal, Welch's test (or paired)."""
        return {group: two_stage_of(self, group, self.groups[0]) for group in self.groups[1:]}

    @cached_property
    def cell_id50(self) -> FloatArray:
        """ID50 of each curve in `runs` at the common slope, on its own; at most ten times past the doses."""
        shapes = self.problem.shapes_of(self.best.values)
        height, _ = self.problem.curves.table(self.problem.grid.ln_dose, shapes)
        return cell_id50s(height.max(axis=1), self.problem.grid, self.problem.curves.doses)

    @cached_property
    def censored(self) -> PopulationFit | None:
        """The same without the windows of undetermined cells after their last proven spike; `None` without such cells.

        A cell of which no dose is left leaves the fit, and is named; `None`, too, where it is every cell of a group.
        """
        if all(run.proven.all() for run in self.runs):
            return None
        shorter = [run.taking(run.proven) for run in self.runs]
        dosed = [run for run in shorter if (run.dose > 0).any()]
        gone = tuple(f"{run.name}: no dose before its last proven spike" for run in shorter if run not in dosed)
        return self._again(dosed, self.model, gone) if {run.group for run in dosed} == set(self.groups) else None

    @cached_property
    def decayed(self) -> PopulationFit | None:
        """The same on what elimination has left of the doses; `None` where every series was short against it."""
        if all(np.array_equal(run.decayed_dose, run.dose) for run in self.runs):
            return None
        return self._again([replace(run, dose=run.decayed_dose) for run in self.runs], self.model)

    def without(self, animal: str) -> PopulationFit:
        """The same without one animal.

        Parameters
        ----------
        animal : str
            One of several in each of its groups.
        """
        return self._again([run for run in self.runs if run.animal != animal], self.model)

    def lr_test(self, group: str, fold: float = 1.0) -> float:
        """Twice the log-likelihood that is lost where a group's shift is held; `calibration` says how much is chance.

        Parameters
        ----------
        group : str
        fold : float, optional

        Raises
        ------
        ParameterError
            If the group is not one of those compared with the reference, or the fold is not positive.
        """
        if group not in self.groups[1:] or not fold > 0:
            raise ParameterError(
                f"group must be one of {', '.join(self.groups[1:])} and fold positive, got {group!r} and {fold}"
            )
        return lost_where_held(self, shift_of(self, group, self.groups[0]), math.log(fold))

    @property
    def words(self) -> PotencyWords:
        """What its potencies, and its doses, are called: by their unit."""
        return potency_words(self.runs[0].dose_unit)

    @property
    def ic50(self) -> dict[str, GroupId50]:
        """IC50 of each group: `id50` under its name where concentrations were given.

        Raises
        ------
        ParameterError
            If these are no concentrations.
        """
        if self.words.name != "IC50":
            unit = self.runs[0].dose_unit or "no stated unit"
            raise ParameterError(f"doses in {unit} give an {self.words.name}, no IC50: read fit.id50")
        return self.id50

    def as_rows(self) -> list[dict[str, Any]]:
        """A row for each group, every number in a column of its own."""
        return population_rows(self)

    def __str__(self) -> str:
        """ID50s, shifts and what they rest on, as sentences."""
        return "\n".join(population_lines(self))

    def _repr_html_(self) -> str:
        """The sentences, and a row for each group, for Jupyter."""
        return shown(self, population_table(self))

    @cached_property
    def _apart(self) -> dict[str, PopulationFit]:
        """Fits in which every group has a slope of its own, and a largest effect of its own."""
        if len(self.groups) < 2:
            return {}
        wanted = {"group slopes": "hill", "group Emax": "emax_percent"}
        known = {label: name for label, name in wanted.items() if name in SHAPES[self.model.family]}
        return {label: self._again(self.runs, self.model.with_apart(name)) for label, name in known.items()}

    @cached_property
    def curvature(self) -> FloatArray:
        """Observed information of the parameters; NaN for those at a bound."""
        return information(self.problem, self.best)

    @cached_property
    def covariance(self) -> FloatArray:
        """Of the parameters, from the observed information; NaN for those at a bound."""
        return covariance(self.curvature)

    @property
    def drop(self) -> float:
        """By how much 2 ln L may be lower within an interval."""
        return self.calibration.drop(self.level)

    def _again(self, runs: Sequence[Run], model: PopulationModel, gone: tuple[str, ...] = ()) -> PopulationFit:
        """Fit of other curves, or under another model, from where this one ended."""
        return PopulationFit.of(
            tuple(runs), model, step=self.problem.grid.step, known=self.estimates, level=self.level,
            emax_source=self.emax_source, left_out=(*self.left_out, *gone), notes=self.notes,
        )  # fmt: skip

    def _shape(self, name: str) -> float:
        """Shape parameter that all cells share; NaN where groups have their own, or the family has none."""
        if name in self.model.fixed:
            return self.model.fixed[name]
        found = self.estimates.get(SHAPES[self.model.family].get(name, ""), math.nan)
        return 100.0 * found if name == "emax_percent" else math.exp(found)

    def _group_id50(self, group: str) -> GroupId50:
        """Mean of a group, with the doses that it was given."""
        doses = np.concatenate([run.dose[run.dose > 0] for run in self.runs if run.group == group])
        contrast = mean_of(self, group)
        low, high = interval_of(self, contrast, level=self.level)
        return GroupId50(
            group, math.exp(contrast.of(self.best.values)), low, high, float(doses.min()), float(doses.max()),
            self.runs[0].dose_unit, self.n_animals[group], self.n_cells[group], self.n_censored[group], self.level,
        )  # fmt: skip
