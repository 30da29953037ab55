"""A population as a function of its parameters: means of ln ID50, SDs of its levels, and the shape that cells share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.nested.curves import Curves
from ephys.pharmacology.nested.grid import LEAST_SD, DoseGrid
from ephys.pharmacology.nested.tree import Tree, log_likelihood

FloatArray = NDArray[np.float64]

LEVELS = ("animal", "branch", "curve")
"""Between animals, between the conditions of one, and between the curves of one condition."""
_START_SD, _MOST_SD = 0.3, 3.0
_LEAST_ANIMAL_SD = 0.01
_USUAL_MEAN, _USUAL_LN_SD = 0.1, 0.3


@dataclass(frozen=True, eq=False)
class Problem:
    """What is to be maximised.

    Parameters
    ----------
    tree : Tree
    grid : DoseGrid
    curves : Curves
    design : array (kinds, effects)
        Mean ln ID50 of each kind of curve, as a sum of effects: a mean for every group, then what each block adds.
    effects : tuple of str
        Their names.
    levels : tuple of str
        Of `LEVELS`, those that there are; the last is always there.
    """

    tree: Tree
    grid: DoseGrid
    curves: Curves
    design: FloatArray
    effects: tuple[str, ...]
    levels: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the parameters, in order."""
        sds = tuple(f"ln_sd_{level}" for level in self.levels)
        return (*self.effects, *sds, *(shape.name for shape in self.curves.shapes))

    @property
    def bounds(self) -> FloatArray:
        """Lowest and highest value of each parameter, (parameters, 2)."""
        ends = self.grid.ln_dose[[0, -1]]
        least = [_LEAST_ANIMAL_SD if level != "curve" else LEAST_SD for level in self.levels]
        return np.array([
            *((ends[0], ends[1]) if name.startswith("mean:") else (-10.0, 10.0) for name in self.effects),
            *((np.log(low), np.log(_MOST_SD)) for low in least),
            *((shape.low, shape.high) for shape in self.curves.shapes),
        ])  # fmt: skip

    def start(self, known: Mapping[str, float] | None = None) -> FloatArray:
        """Where to begin: at what is known, else at a guess; each mean where its curves are likeliest."""
        known = dict(known or {})
        values = {shape.name: shape.start for shape in self.curves.shapes}
        values |= {f"ln_sd_{level}": np.log(_START_SD) for level in self.levels}
        values |= {name: value for name, value in known.items() if name in self.names}
        for shape in self.curves.shapes:
            values[shape.name] = known.get(shape.name, known.get(shape.name.partition(":")[0], values[shape.name]))
        missing = [name for name in self.effects if name not in values]
        if missing:
            shapes = np.array([values[shape.name] for shape in self.curves.shapes])
            values |= dict.fromkeys(missing, 0.0) | self._likeliest_means(shapes)
        low, high = self.bounds.T
        return np.clip([values[name] for name in self.names], low, high)

    @property
    def usual_errors(self) -> FloatArray:
        """Standard errors as they usually are, for a climb to step by."""
        return np.array([
            *(_USUAL_MEAN for _ in self.effects), *(_USUAL_LN_SD for _ in self.levels),
            *(shape.error for shape in self.curves.shapes),
        ])  # fmt: skip

    def focused(self, values: FloatArray) -> Problem:
        """The same, each curve reckoned only where it can matter for shapes near those of `values`."""
        curves = self.curves.focused(self.grid.ln_dose, self.shapes_of(values))
        return replace(self, curves=curves)

    def shapes_of(self, values: FloatArray) -> FloatArray:
        """The shape parameters among all."""
        return values[len(self.effects) + len(self.levels) :]

    def value_and_slope(self, values: FloatArray) -> tuple[float, FloatArray]:
        """Log-likelihood, and its gradient."""
        n_effects, n_levels = len(self.effects), len(self.levels)
        shapes = self.shapes_of(values)
        sds = dict(zip(self.levels, np.exp(values[n_effects : n_effects + n_levels]), strict=True))
        height, by_shape = self.curves.table(self.grid.ln_dose, shapes)
        means = self.design @ values[:n_effects]
        found = log_likelihood(
            self.tree, self.grid, height, self.curves.node_weight, means, [sds.get(level, 0.0) for level in LEVELS]
        )
        by_sd = dict(zip(LEVELS, found.by_ln_sd, strict=True))
        gradient = np.concatenate([
            found.by_mean @ self.design,
            [by_sd[level] for level in self.levels],
            np.einsum("cnp,scnp->s", found.posterior, by_shape),
        ])  # fmt: skip
        return found.value, gradient

    def _likeliest_means(self, shapes: FloatArray) -> dict[str, float]:
        """Mean of each group, where its curves are likeliest, none of them heeded beyond the doses."""
        height, _ = self.curves.table(self.grid.ln_dose, shapes)
        doses = np.log(self.curves.doses)
        best = self.grid.ln_dose[height.max(axis=1).argmax(axis=1)]
        best = np.clip(best, doses.min() - 0.5, doses.max() + 0.5)
        of_kind = [best[self.tree.kind == kind].mean() for kind in range(len(self.design))]
        return {
            name: float(np.mean([m for m, row in zip(of_kind, self.design, strict=True) if row[number] == 1.0]))
            for number, name in enumerate(self.effects)
            if name.startswith("mean:")
        }
