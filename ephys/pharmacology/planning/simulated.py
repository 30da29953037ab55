"""Experiments drawn at random, and the ID50 or rate of each of their cells."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.counts.draw import draw_counts
from ephys.pharmacology.counts.model import CellCounts
from ephys.pharmacology.counts.variance import LEAST_DISPERSION
from ephys.pharmacology.fit_settings import FitSettings
from ephys.pharmacology.nested.count_curves import CountCurves
from ephys.pharmacology.nested.grid import DoseGrid
from ephys.pharmacology.planning.design import Aim, PlannedDesign
from ephys.pharmacology.planning.variation import PlannedVariation
from ephys.pharmacology.population.two_stage import cell_id50s

FloatArray = NDArray[np.float64]

_STEP = 0.2
"""Of the grid of ln ID50 on which a cell's best is sought, to a parabola's vertex; 0.006 (rms) from a step of 0.02."""
REACH = 10.0
"""How far past the doses cells are taken where they have no best within, as `cell_id50s` takes them."""
_PAST = math.log(REACH) + 2 * _STEP
_AT_ONCE = 1000


@dataclass(frozen=True)
class Simulated:
    """Experiments that can be drawn: each animal and each cell has a random stream of its own.

    So the first animals of a large design are those of a small one, whatever else is asked for.

    Parameters
    ----------
    aim : {"shift", "equivalence", "rate"}
    variation : PlannedVariation
    design : PlannedDesign
    runs : int
        Experiments.
    seed : int
    """

    aim: Aim
    variation: PlannedVariation
    design: PlannedDesign
    runs: int
    seed: int

    @property
    def exposure_s(self) -> FloatArray:
        """Of the baseline and each dose, (windows,)."""
        return np.array([self.design.baseline_s, *(self.design.exposure_s for _ in self.design.doses)])

    @property
    def ln_reference(self) -> float:
        """Ln ID50, or ln rate, of the control group."""
        known = self.variation.rate_hz if self.aim == "rate" else self.variation.id50
        assert known is not None
        return math.log(known)

    def counts(self, *, treated: bool, fold: float, animals: int, cells: int) -> FloatArray:
        """Counts of one group, (runs, animals, cells, windows); NaN where a dose was not given."""
        table = np.empty((self.runs, animals, cells, self.exposure_s.size))
        group = int(treated)
        for animal in range(animals):
            shared = np.random.default_rng([self.seed, group, animal, 0]).standard_normal((2, self.runs))
            for cell in range(cells):
                random = np.random.default_rng([self.seed, group, animal, cell + 1])
                # A stream apart, so that a plan with one slope for all is the same experiments but for the slopes.
                slopes = np.random.default_rng([self.seed, group, animal, cell + 1, 1]).standard_normal(self.runs)
                table[:, animal, cell] = self._cell(shared, fold, slopes, random)
        return table

    def ln_values(self, counts: FloatArray) -> FloatArray:
        """Ln ID50, or ln rate, that is measured in each cell of `counts`, (runs, animals, cells).

        NaN for a cell without a spike before the first dose: no inhibition can be measured of it, and its rate has no
        logarithm.
        """
        fires = counts[..., 0] > 0
        if self.aim == "rate":
            return np.log(np.where(fires, counts[..., 0], np.nan) / self.design.baseline_s)
        flat = counts.reshape(-1, counts.shape[-1])
        found = np.concatenate([self._ln_id50(flat[at : at + _AT_ONCE]) for at in range(0, len(flat), _AT_ONCE)])
        return np.where(fires, found.reshape(counts.shape[:-1]), np.nan)

    def _cell(self, shared: FloatArray, fold: float, slopes: FloatArray, random: np.random.Generator) -> FloatArray:
        """Counts of one cell in every experiment, (runs, windows)."""
        known = self.variation
        own = random.standard_normal((2, self.runs))
        deviations = [
            animal_sd * of_animal + cell_sd * of_cell
            for (animal_sd, cell_sd), of_animal, of_cell in zip(
                (known.ln_sds(), known.ln_sds("rate_")), shared, own, strict=True
            )
        ]
        rate_hz = known.rate_hz * np.exp(deviations[1]) * (fold if self.aim == "rate" else 1.0)
        left = np.ones((self.runs, 1))
        if self.aim != "rate":
            left = np.hstack([left, self._left(fold * np.exp(deviations[0]), known.hill * known.hill_spread**slopes)])
        counts = draw_counts(rate_hz[:, np.newaxis] * self.exposure_s * left, known.fano, known.dispersion, random)
        return self._until_silent(counts)

    def _left(self, relative: FloatArray, hill: FloatArray) -> FloatArray:
        """Share of the rate that each dose leaves, (runs, doses); ID50s relative to the control group's."""
        known = self.variation
        steep = hill[:, np.newaxis] * np.log(np.array(self.design.doses) / (known.id50 * relative[:, np.newaxis]))
        left: FloatArray = 1.0 - 0.01 * known.emax_percent * 0.5 * (1.0 + np.tanh(0.5 * steep))
        return left

    def _until_silent(self, counts: FloatArray) -> FloatArray:
        """The same with NaN for the doses after the first that silenced the cell."""
        rates_hz = counts / self.exposure_s
        silent = rates_hz[:, 1:] < self.design.stop_below * rates_hz[:, :1]
        over = np.cumsum(silent, axis=1)[:, :-1] > 0
        counts[:, 2:][over] = np.nan
        return counts

    def _ln_id50(self, counts: FloatArray) -> FloatArray:
        """Ln ID50 at which each cell's counts are likeliest under the planned slope and dispersion."""
        known = self.variation
        doses, given = np.array(self.design.doses), np.isfinite(counts)
        dose = np.broadcast_to(np.concatenate([[0.0], doses]), counts.shape)
        cells = CellCounts(
            dose=np.where(given, dose, 0.0), count=np.where(given, counts, 0.0),
            exposure_s=np.where(given, self.exposure_s, 0.0), false_count=np.zeros(counts.shape),
            minutes=np.zeros(counts.shape), steady=np.full(len(counts), max(known.fano, FitSettings().least_fano)),
        )  # fmt: skip
        fixed = {
            "ln_hill": math.log(known.hill), "emax": 0.01 * known.emax_percent,
            "ln_tau": math.log(max(known.dispersion, LEAST_DISPERSION)),
        }  # fmt: skip
        curves = CountCurves(cells, np.zeros(len(counts), dtype=np.int_), ("",), fixed)
        points = np.arange(np.log(doses[0]) - _PAST, np.log(doses[-1]) + _PAST + _STEP, _STEP)
        height, _ = curves.table(points, np.empty(0))
        return np.log(cell_id50s(height[:, 0, :], DoseGrid(points, _STEP), doses))
