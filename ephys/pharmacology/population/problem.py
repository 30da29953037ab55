"""From curves with their animals and groups to the problem whose maximum describes the population."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.pharmacology.counts.model import CellCounts
from ephys.pharmacology.fit_settings import FitSettings
from ephys.pharmacology.nested.calibration import Calibration
from ephys.pharmacology.nested.count_curves import CountCurves
from ephys.pharmacology.nested.curves import Curves
from ephys.pharmacology.nested.gaussian_curves import GaussianCurves
from ephys.pharmacology.nested.grid import DoseGrid
from ephys.pharmacology.nested.problem import Problem
from ephys.pharmacology.nested.tree import Tree
from ephys.pharmacology.population.runs import Run

FloatArray = NDArray[np.float64]
Family = Literal["negbin", "gaussian"]

SHAPES: dict[Family, dict[str, str]] = {
    "negbin": {"hill": "ln_hill", "emax_percent": "emax", "dispersion": "ln_tau"},
    "gaussian": {"hill": "ln_hill", "top": "top", "bottom": "bottom", "sd": "ln_sd"},
}
"""What may be fixed, and the name that it has in the search."""
_LEAST_FANO = FitSettings().least_fano


@dataclass(frozen=True)
class PopulationModel:
    """What is assumed of a population.

    Parameters
    ----------
    family : {"negbin", "gaussian"}
        Spike counts, or responses that scatter normally.
    groups : tuple of str
        The reference first.
    fixed : mapping of str to float
        Shape parameters that are not estimated, by the names of `SHAPES`; "name:group" where a group's is another.
    apart : tuple of str
        Shape parameters of which every group has its own, by the same names.
    paired : bool
        Whether animals are compared with themselves.
    bottom_varies : tuple of str
        For responses: levels between which the bottom varies, too ("animal", "cell").
    block : tuple of str
        Conditions, or columns, whose values shift the ID50 of all groups alike.
    """

    family: Family
    groups: tuple[str, ...]
    fixed: Mapping[str, float] = field(default_factory=dict)
    apart: tuple[str, ...] = ()
    paired: bool = False
    bottom_varies: tuple[str, ...] = ()
    block: tuple[str, ...] = ()

    def with_apart(self, name: str) -> PopulationModel:
        """The same with a shape parameter of every group's own, estimated."""
        fixed = {key: value for key, value in self.fixed.items() if key.partition(":")[0] != name}
        return replace(self, apart=(*self.apart, name), fixed=fixed)

    @property
    def internal(self) -> dict[str, float]:
        """What is fixed, as the search names and scales it."""
        names = SHAPES[self.family]
        scaled = {"emax_percent": lambda value: value / 100.0, "top": float, "bottom": float}
        return {
            names[name] + sign + group: scaled.get(name, math.log)(value)
            for key, value in self.fixed.items()
            for name, sign, group in (key.partition(":"),)
        }


def in_order(runs: Sequence[Run], model: PopulationModel) -> list[Run]:
    """Curves in the order of their animals, and of the groups within one."""
    animals = {name: number for number, name in enumerate(dict.fromkeys(run.animal for run in runs))}
    return sorted(runs, key=lambda run: (animals[run.animal], model.groups.index(run.group)))


def build_problem(runs: Sequence[Run], model: PopulationModel, *, step: float) -> Problem:
    """Problem of curves that are in order.

    Raises
    ------
    ParameterError
        If a block cannot be told from the groups.
    """
    curves = _curves(runs, model)
    return assemble(runs, model, curves, DoseGrid.around(curves.doses, step))


def assemble(runs: Sequence[Run], model: PopulationModel, curves: Curves, grid: DoseGrid) -> Problem:
    """Likelihoods along a grid in the tree of their animals, with a mean for each group and block.

    Raises
    ------
    ParameterError
        If a block cannot be told from the groups.
    """
    group = _group_of(runs, model)
    blocks = [_block_of(run, model) for run in runs]
    kinds = list(dict.fromkeys(zip(group.tolist(), blocks, strict=True)))
    kind = np.array([kinds.index(pair) for pair in zip(group.tolist(), blocks, strict=True)])
    names = list(dict.fromkeys(blocks))
    design = np.zeros((len(kinds), len(model.groups) + len(names) - 1))
    for row, (number, block) in zip(design, kinds, strict=True):
        row[number] = 1.0
        # Coded to sum to 0, so that a group's mean is that over the blocks, whichever of them stands first.
        if names.index(block):
            row[len(model.groups) + names.index(block) - 1] = 1.0
        else:
            row[len(model.groups) :] = -1.0
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ParameterError(
            f"block {', '.join(model.block)} cannot be told from the groups: no group has cells under two of its "
            f"values ({', '.join(names)}), so that a shift may be either's"
        )
    tree = _tree(runs, model, kind)
    effects = (*(f"mean:{name}" for name in model.groups), *(f"block:{name}" for name in names[1:]))
    return Problem(tree, grid, curves, design, effects, _levels(tree))


def calibration_of(runs: Sequence[Run], model: PopulationModel, problem: Problem) -> Calibration:
    """Animals - groups and blocks between animals; within them, animals under several groups - 1 - blocks within."""
    if not model.paired:
        return Calibration(problem.tree.n_animals, problem.tree.n_animals - len(problem.effects))
    groups: dict[str, set[str]] = {}
    blocks: dict[str, set[str]] = {}
    for run in runs:
        groups.setdefault(run.animal, set()).add(run.group)
        blocks.setdefault(run.animal, set()).add(_block_of(run, model))
    animals = sum(len(of_animal) > 1 for of_animal in groups.values())
    within = any(len(of_animal) > 1 for of_animal in blocks.values())
    return Calibration(animals, animals - 1 - (len(problem.effects) - len(model.groups) if within else 0))


def _block_of(run: Run, model: PopulationModel) -> str:
    """Values of the blocks, together."""
    return " · ".join(run.conditions.get(name, "") for name in model.block)


def _group_of(runs: Sequence[Run], model: PopulationModel) -> NDArray[np.int_]:
    """Number of each curve's group."""
    return np.array([model.groups.index(run.group) for run in runs])


def _tree(runs: Sequence[Run], model: PopulationModel, kind: NDArray[np.int_]) -> Tree:
    """Where each curve belongs."""
    branch = [(run.animal, run.group if model.paired else "") for run in runs]
    starts = [n for n, key in enumerate(branch) if n == 0 or key != branch[n - 1]]
    animals = [branch[n][0] for n in starts]
    first = [n for n, name in enumerate(animals) if n == 0 or name != animals[n - 1]]
    return Tree(kind, np.array(starts), np.array(first))


def _levels(tree: Tree) -> tuple[str, ...]:
    """Levels that the design can tell apart."""
    several_curves = len(tree.kind) > len(tree.branch_start)
    several_branches = len(tree.branch_start) > tree.n_animals
    levels = ["animal"] if several_curves or several_branches else []
    return (*levels, *(["branch"] if several_curves and several_branches else []), "curve")


def _curves(runs: Sequence[Run], model: PopulationModel) -> Curves:
    """Counts or responses as arrays."""
    names, group = SHAPES[model.family], _group_of(runs, model)
    apart, fixed = tuple(names[name] for name in model.apart), model.internal
    if model.family == "gaussian":
        dose, response = (_padded(runs, part, math.nan) for part in ("dose", "value"))
        return GaussianCurves(dose, response, group, model.groups, fixed, apart, model.bottom_varies)
    dose, count, exposure_s, false = (_padded(runs, p, 0.0) for p in ("dose", "value", "exposure_s", "false_count"))
    cells = CellCounts(dose, count, exposure_s, false, np.zeros_like(dose), steady_of(runs))
    return CountCurves(cells, group, model.groups, fixed, apart)


def steady_of(runs: Sequence[Run]) -> FloatArray:
    """Squared CV of each cell's intervals; Poisson's where unknown."""
    return np.array([1.0 if math.isnan(run.fano) else max(run.fano, _LEAST_FANO) for run in runs])


def _padded(runs: Sequence[Run], part: str, empty: float) -> FloatArray:
    """One quantity of all curves, (curves, windows)."""
    rows = np.full((len(runs), max(len(run.dose) for run in runs)), empty)
    for row, run in zip(rows, runs, strict=True):
        row[: len(run.dose)] = getattr(run, part)
    return rows
