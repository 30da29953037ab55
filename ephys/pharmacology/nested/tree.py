"""The likelihood of curves in branches in animals, integrated exactly, and its gradient.

A curve's ln ID50 is the mean of its kind + its animal's deviation + its branch's deviation + its own. Branches are the
conditions under which one animal was recorded; they matter where animals are compared with themselves, and one
condition has several cells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.nested.grid import DoseGrid, deviations

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int_]


@dataclass(frozen=True)
class Tree:
    """Which curve belongs where. Curves lie in order of their branch, and branches in order of their animal.

    Parameters
    ----------
    kind : array (curves,)
        Number of the kind of curve (group and block), which has a mean of its own.
    branch_start : array (branches,)
        First curve of each branch.
    animal_start : array (animals,)
        First branch of each animal.
    """

    kind: IntArray
    branch_start: IntArray
    animal_start: IntArray

    @property
    def n_animals(self) -> int:
        """Animals."""
        return len(self.animal_start)

    @property
    def branch_of_curve(self) -> IntArray:
        """Branch of each curve."""
        return np.repeat(np.arange(len(self.branch_start)), np.diff([*self.branch_start, len(self.kind)]))

    @property
    def animal_of_branch(self) -> IntArray:
        """Animal of each branch."""
        return np.repeat(np.arange(self.n_animals), np.diff([*self.animal_start, len(self.branch_start)]))


@dataclass(frozen=True)
class Slopes:
    """Log-likelihood of a population, and its gradient.

    Parameters
    ----------
    value : float
    by_mean : array (kinds,)
        By the mean ln ID50 of each kind.
    by_ln_sd : array (3,)
        By ln SD between animals, between branches of one, and between curves of one branch.
    posterior : array (curves, nodes, points)
        By each entry of the curves' log-likelihoods: how likely each curve's ID50 is, given everything.
    """

    value: float
    by_mean: FloatArray
    by_ln_sd: FloatArray
    posterior: FloatArray


def log_likelihood(
    tree: Tree, grid: DoseGrid, curves: FloatArray, node_weight: FloatArray, means: FloatArray, sds: Sequence[float]
) -> Slopes:
    """Integrate the curves' likelihoods over the population.

    Parameters
    ----------
    tree : Tree
    grid : DoseGrid
    curves : array (curves, nodes, points)
        Log-likelihood of each curve, along the grid, at each value of what else an animal's curves share.
    node_weight : array (nodes,)
        Probability of these values.
    means : array (kinds,)
        Mean ln ID50.
    sds : sequence of float
        SD between animals, between branches of one, and between curves of one branch; 0 for a level that is not there.
    """
    sd_animal, sd_branch, sd_curve = sds
    across = grid.offsets(sd_animal)
    wide = grid.offsets(sd_animal + sd_branch)
    height = curves.max(axis=(1, 2), keepdims=True)
    risen = np.exp(curves - height)
    kernels = [grid.normal(mean + wide, sd_curve) for mean in means]
    own = np.empty((*curves.shape[:2], wide.size))
    members = [np.flatnonzero(tree.kind == kind) for kind in range(len(means))]
    for rows, (weight, _, _) in zip(members, kernels, strict=True):
        own[rows] = risen[rows] @ weight.T
    own = np.maximum(own, 1e-300)
    branch = np.add.reduceat(np.log(own) + height, tree.branch_start, axis=0)
    spread, down_branch = _between_branches(branch, across, wide, sd_branch)
    animal = np.add.reduceat(spread, tree.animal_start, axis=0)
    chance, by_ln_animal = deviations(across, sd_animal) if sd_animal > 0 else (np.ones(1), np.zeros(1))
    joint = animal + np.log(np.maximum(chance, 1e-300)) + np.log(node_weight)[:, np.newaxis]
    top = joint.max(axis=(1, 2), keepdims=True)
    likely = np.exp(joint - top)
    total = likely.sum(axis=(1, 2), keepdims=True)
    value = float((np.log(total) + top).sum())
    likely /= total
    below, by_ln_branch = down_branch(likely[tree.animal_of_branch])
    pull = below[tree.branch_of_curve] / own
    by_mean, by_ln_curve = np.empty(len(means)), 0.0
    posterior = np.empty_like(risen)
    for kind, (rows, (weight, by_shift, by_ln_sd)) in enumerate(zip(members, kernels, strict=True)):
        posterior[rows] = risen[rows] * (pull[rows] @ weight)
        flow = pull[rows].reshape(-1, wide.size).T @ risen[rows].reshape(-1, len(grid.ln_dose))
        by_mean[kind] = (flow * by_shift).sum()
        by_ln_curve += float((flow * by_ln_sd).sum())
    by_ln_sds = np.array([float((likely * by_ln_animal).sum()), by_ln_branch, by_ln_curve])
    return Slopes(value, by_mean, by_ln_sds, posterior)


def _between_branches(
    branch: FloatArray, across: FloatArray, wide: FloatArray, sd: float
) -> tuple[FloatArray, Callable[[FloatArray], tuple[FloatArray, float]]]:
    """Integrate over the branches' own deviations; and how to carry a gradient back through it.

    Parameters
    ----------
    branch : array (branches, nodes, wide)
        Log-likelihoods along animal's plus branch's deviation.

    Returns
    -------
    spread : array (branches, nodes, across)
        Along the animal's deviation alone.
    back : callable
        From how likely each animal's deviation is (branches, nodes, across) to the same along both (branches, nodes,
        wide), and the derivative by ln SD.
    """
    if sd == 0:
        return branch, lambda likely: (likely, 0.0)
    square = ((wide - across[:, np.newaxis]) / sd) ** 2
    weight = np.exp(-0.5 * square)
    weight /= weight.sum(axis=1, keepdims=True)
    by_ln_sd = weight * (square - (weight * square).sum(axis=1, keepdims=True))
    height = branch.max(axis=2, keepdims=True)
    risen = np.exp(branch - height)
    mixed = np.maximum(risen @ weight.T, 1e-300)

    def back(likely: FloatArray) -> tuple[FloatArray, float]:
        pull = likely / mixed
        return risen * (pull @ weight), float((pull * (risen @ by_ln_sd.T)).sum())

    return np.log(mixed) + height, back
