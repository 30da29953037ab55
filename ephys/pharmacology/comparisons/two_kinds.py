"""Cells of two kinds in animals: the likelihood of a share of the treated cells being shifted, and its gradient.

A control cell's ln ID50 is mean + animal + cell; a treated cell's is the same, and with a chance, the share, a shift
is added. Each cell enters with its likelihood along ln ID50, so that one that was never halved counts for what it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from ephys.pharmacology.nested.grid import LEAST_SD, DoseGrid

FloatArray = NDArray[np.float64]

NAMES = ("mean", "shift", "ln_sd_animal", "ln_sd_cell", "share")
_REACH, _STEP, _RATIO = 4.0, 1.3, 3.0
"""Animals' deviations run over four SDs, in steps of 1.3 SDs of what the cells leave open where the SD between animals
is three times that between cells: there the trapezoidal rule is right to 1e-5."""
_LEAST_ANIMAL_SD, _MOST_SD, _MOST_SHIFT = 0.01, 3.0, 6.0
_SHARES, _SHIFTS, _NARROWER = (0.3, 0.7), (-1.0, 0.8, 1.8), np.log(0.7)
"""Where the search begins, and by how much the cells of one kind scatter less there than all."""
_UNIT = np.array([0.1, 0.2, 0.3, 0.2, 0.15])
"""By how much `NAMES` are uncertain, roughly: the climb is quicker in such units."""
_CLOSE, _FLAT = 3e-6, 1e-2


@dataclass(frozen=True, eq=False)
class _Integrated:
    """Likelihoods at every deviation of an animal: of a cell of the controls' kind (`like`), of the other, of each."""

    away: FloatArray
    by_mean: FloatArray
    by_ln_sd: FloatArray
    like: FloatArray
    other: FloatArray
    chance: FloatArray
    each: FloatArray
    likely: FloatArray
    ln_animal: FloatArray


@dataclass(frozen=True, eq=False)
class TwoKinds:
    """Likelihoods of cells, which lie in order of their animals.

    Parameters
    ----------
    grid : DoseGrid
    height : array (cells, points)
        Log-likelihood of each cell along the grid.
    is_treated : array (cells,)
    animal_start : array (animals,)
        First cell of each animal.
    times : array (animals,)
        How often each animal counts: 1, or as often as it was drawn.
    """

    grid: DoseGrid
    height: FloatArray
    is_treated: NDArray[np.bool_]
    animal_start: NDArray[np.int_]
    times: FloatArray

    def drawn(self, times: FloatArray) -> TwoKinds:
        """The same with other animals."""
        return replace(self, times=times)

    @property
    def bounds(self) -> FloatArray:
        """Lowest and highest of `NAMES`."""
        low, high = self.grid.ln_dose[[0, -1]]
        sds = [np.log([least, _MOST_SD]) for least in (_LEAST_ANIMAL_SD, LEAST_SD)]
        return np.array([(low, high), (-_MOST_SHIFT, _MOST_SHIFT), *sds, (0.0, 1.0)])

    def value_and_slope(self, values: FloatArray) -> tuple[float, FloatArray]:
        """Log-likelihood, and its gradient by `NAMES`."""
        at = self._integrated(values)
        pull = (at.likely * self.times[:, np.newaxis])[self._animal_of_cell] / at.each
        parts = [pull * (1.0 - at.chance), pull * at.chance]
        flow = np.concatenate(parts, axis=1).T @ self._risen
        by_node = (flow * at.by_mean).sum(axis=1)
        slope = np.array([
            by_node.sum(),
            by_node[len(at.away) :].sum(),
            by_node @ np.concatenate([at.away, at.away]),
            (flow * at.by_ln_sd).sum(),
            (pull * (at.other - at.like))[self.is_treated].sum(),
        ])  # fmt: skip
        return float(self.times @ at.ln_animal) + self._ground, slope

    def chance_shifted(self, values: FloatArray) -> FloatArray:
        """Of each cell, how likely it is one of the shifted, given everything; 0 for controls."""
        at = self._integrated(values)
        shifted: FloatArray = (at.likely[self._animal_of_cell] * at.chance * at.other / at.each).sum(axis=1)
        return shifted

    def _integrated(self, values: FloatArray) -> _Integrated:
        """Integrate the cells' likelihoods at every deviation of their animals."""
        mean, shift, ln_sd_animal, ln_sd_cell, share = values
        away = self._nodes * np.exp(ln_sd_animal)
        means = mean + np.concatenate([away, shift + away])
        weight, by_mean, by_ln_sd = self.grid.normal(means, float(np.exp(ln_sd_cell)))
        like, other = np.split(np.maximum(self._risen @ weight.T, 1e-300), 2, axis=1)
        chance = np.where(self.is_treated, share, 0.0)[:, np.newaxis]
        each = (1.0 - chance) * like + chance * other
        joint = np.add.reduceat(np.log(each), self.animal_start, axis=0) + np.log(self._node_weight)
        top = joint.max(axis=1, keepdims=True)
        likely = np.exp(joint - top)
        total = likely.sum(axis=1, keepdims=True)
        return _Integrated(
            away, by_mean, by_ln_sd, like, other, chance, each, likely / total, (np.log(total) + top)[:, 0]
        )

    def climb(self, start: FloatArray, *, held: dict[str, float] | None = None) -> tuple[FloatArray, float]:
        """Maximum from a start, with some of the parameters held."""
        values = np.array(start)
        for name, value in (held or {}).items():
            values[NAMES.index(name)] = value
        free = np.array([name not in (held or {}) and name not in self._absent for name in NAMES])

        def falling(part: FloatArray) -> tuple[float, FloatArray]:
            whole = values.copy()
            whole[free] = part * unit
            top, slope = self.value_and_slope(whole)
            # Against each cell's own best, so that the search stops where nothing is left to gain, however many cells.
            return self._ground - top, -slope[free] * unit

        unit, bounds = _UNIT[free], self.bounds
        found = optimize.minimize(
            falling, np.clip(values, *bounds.T)[free] / unit, jac=True, method="L-BFGS-B",
            bounds=bounds[free] / unit[:, np.newaxis], options={"ftol": _CLOSE, "gtol": _FLAT},
        )  # fmt: skip
        values[free] = found.x * unit
        return values, self._ground - float(found.fun)

    def one_kind(self, start: FloatArray) -> tuple[FloatArray, float]:
        """Maximum where all treated cells are shifted alike."""
        return self.climb(start, held={"share": 1.0})

    def two_kinds(self, one: FloatArray, *starts: FloatArray, climbs: int = 2) -> tuple[FloatArray, float]:
        """Maximum with a share, from the best of given starts and of guesses round the answer for one kind."""
        middle = one[NAMES.index("shift")]
        guesses = [
            np.array([one[0], shift, one[2], one[3] + _NARROWER, share])
            for share in _SHARES
            for shift in (middle / share, *_SHIFTS)
        ]
        ranked = sorted((*starts, *guesses), key=lambda guess: -self.value_and_slope(guess)[0])
        return max((self.climb(guess) for guess in ranked[:climbs]), key=lambda found: found[1])

    @cached_property
    def _risen(self) -> FloatArray:
        return np.asarray(np.exp(self.height - self.height.max(axis=1, keepdims=True)))

    @cached_property
    def _ground(self) -> float:
        of_animal = np.add.reduceat(self.height.max(axis=1), self.animal_start)
        return float(self.times @ of_animal)

    @cached_property
    def _animal_of_cell(self) -> NDArray[np.int_]:
        return np.repeat(np.arange(len(self.times)), np.diff([*self.animal_start, len(self.height)]))

    @property
    def _absent(self) -> tuple[str, ...]:
        """Where every animal gave one cell, what lies between animals is part of what lies between cells."""
        return () if len(self.height) > len(self.times) else ("ln_sd_animal",)

    @cached_property
    def _nodes(self) -> FloatArray:
        if self._absent:
            return np.zeros(1)
        most_cells = int(np.bincount(self._animal_of_cell).max())
        steps = int(np.ceil(_REACH * np.sqrt(most_cells * _RATIO**2 + 1.0) / _STEP))
        return np.linspace(-_REACH, _REACH, 2 * steps + 1)

    @cached_property
    def _node_weight(self) -> FloatArray:
        weight: FloatArray = np.exp(-0.5 * self._nodes**2)
        return np.asarray(weight / weight.sum())
