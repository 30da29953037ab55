"""Counts of many cells at their doses, and what a Hill curve expects of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.counts.variance import count_variance, log_quasi_likelihood

FloatArray = NDArray[np.float64]
Values = dict[str, FloatArray]

_NO_DOSE = -1e3
"""Stands for the logarithm of dose 0: so far below every ID50 that nothing is left of the effect."""
_LEAST_SHARE = 1e-12
"""A curve leaves so much at least: a spike there is next to impossible, and its logarithm still a number."""


@dataclass(frozen=True)
class CellCounts:
    """Counts of cells in windows. A cell with fewer windows than the others has the rest with an exposure of 0.

    Parameters
    ----------
    dose, count, exposure_s : array (cells, windows)
        The baseline is a window at dose 0 like any other: its noise is carried, not assumed away. Exposure is covered
        time × completeness.
    false_count : array (cells, windows)
        Spikes of others expected in the window: false-spike rate × covered time.
    minutes : array (cells, windows)
        When each window was, in minutes from the first, for a drift.
    steady : array (cells,)
        Squared CV of the intervals.
    reference_sd : array (cells, windows), optional
        Relative standard error of what a window is read against, where that is not the baseline that the others share:
        it scatters the window's counts as a wandering rate does.
    """

    dose: FloatArray
    count: FloatArray
    exposure_s: FloatArray
    false_count: FloatArray
    minutes: FloatArray
    steady: FloatArray
    reference_sd: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))

    def __post_init__(self) -> None:
        if self.reference_sd.shape != self.dose.shape:
            object.__setattr__(self, "reference_sd", np.zeros_like(self.dose))

    def dispersion(self, shared: float) -> float | FloatArray:
        """Relative SD of the rate in each window: the wander that all share, and the error of its reference."""
        if not self.reference_sd.any():
            return shared
        # A reference of its own is a window like any other: its rate wandered, too.
        wander = np.where(self.reference_sd > 0, math.sqrt(2.0) * shared, shared)
        return np.hypot(wander, self.reference_sd)

    @property
    def n_cells(self) -> int:
        """Cells."""
        return len(self.steady)

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Windows that exist, (cells, windows)."""
        return self.exposure_s > 0

    def take(self, cells: NDArray[np.int_] | NDArray[np.bool_]) -> CellCounts:
        """Some of the cells, or some of them repeatedly."""
        return CellCounts(*(getattr(self, field.name)[cells] for field in fields(self)))

    def alone(self, cell: int) -> CellCounts:
        """One of the cells, with no windows but its own."""
        own = self.seen[cell]
        table = (self.dose, self.count, self.exposure_s, self.false_count, self.minutes, self.reference_sd)
        dose, count, exposure_s, false_count, minutes, error = (values[cell : cell + 1, own] for values in table)
        return CellCounts(dose, count, exposure_s, false_count, minutes, self.steady[cell : cell + 1], error)

    def with_counts(self, count: FloatArray) -> CellCounts:
        """Other counts in the same windows."""
        return replace(self, count=count)


@dataclass(frozen=True)
class HillModel:
    """What is assumed of the curve, and of the counts round it.

    The expected count of a window is ``exposure r0 exp(drift minutes) s(dose) + false``, with
    ``s = 1 - Emax D**h / (ED50**h + D**h)``. Values are arrays (cells,) named ``ln_rate``, ``ln_id50``, ``ln_hill``,
    ``emax`` and ``drift``.

    Parameters
    ----------
    dispersion : float
        Relative standard deviation of the rate between windows.
    ln_hill_mean, ln_hill_sd : float
        Normal prior on the logarithm of the slope; an infinite SD for none.
    relative : bool
        Whether ``ln_id50`` stands for the dose of half the largest effect (relative ED50), or for that of half the
        baseline rate (absolute), which exists where Emax is above one half.
    """

    dispersion: float
    ln_hill_mean: float = 0.0
    ln_hill_sd: float = np.inf
    relative: bool = False

    def share(self, dose: FloatArray, values: Values) -> tuple[FloatArray, Values]:
        """Share of the rate that is left at `dose` (cells, windows), and its derivatives."""
        ln_dose = np.where(dose > 0, np.log(np.where(dose > 0, dose, 1.0)), _NO_DOSE)
        emax, hill = values["emax"][:, np.newaxis], np.exp(values["ln_hill"])[:, np.newaxis]
        half = np.ones_like(emax) if self.relative else np.maximum(2.0 * emax - 1.0, 1e-300)
        steep = hill * (ln_dose - values["ln_id50"][:, np.newaxis])
        taken = 0.5 * (1.0 + np.tanh(0.5 * (steep - np.log(half))))
        slope = emax * taken * (1.0 - taken)
        by_emax = -taken if self.relative else -taken + 2.0 * slope / half
        left = np.maximum(1.0 - emax * taken, _LEAST_SHARE)
        return left, {"ln_id50": slope * hill, "ln_hill": -slope * steep, "emax": by_emax}

    def expected(self, cells: CellCounts, values: Values) -> tuple[FloatArray, Values]:
        """Expected counts (cells, windows), and their derivatives by each value."""
        share, slopes = self.share(cells.dose, values)
        ln_rate = values["ln_rate"][:, np.newaxis] + values["drift"][:, np.newaxis] * cells.minutes
        full = cells.exposure_s * np.exp(np.minimum(ln_rate, 50.0))
        own = full * share
        by = {name: full * slope for name, slope in slopes.items()}
        return own + cells.false_count, by | {"ln_rate": own, "drift": own * cells.minutes}

    def log_likelihood(self, cells: CellCounts, mean: FloatArray) -> FloatArray:
        """Quasi-log-likelihood of each cell, without the prior."""
        each = log_quasi_likelihood(cells.count, mean, cells.steady[:, np.newaxis], cells.dispersion(self.dispersion))
        total: FloatArray = np.where(cells.seen, each, 0.0).sum(axis=1)
        return total

    def log_prior(self, values: Values) -> FloatArray:
        """Log-density of the slope, up to a constant."""
        prior: FloatArray = -0.5 * ((values["ln_hill"] - self.ln_hill_mean) / self.ln_hill_sd) ** 2
        return prior

    def variance(self, cells: CellCounts, mean: FloatArray) -> FloatArray:
        """Variance of the counts, (cells, windows)."""
        return count_variance(mean, cells.steady[:, np.newaxis], cells.dispersion(self.dispersion))

    def weight(self, cells: CellCounts, mean: FloatArray) -> FloatArray:
        """One over the variance; 0 where there is no window, or nothing can be expected."""
        known = cells.seen & (mean > 0)
        weight: FloatArray = np.where(known, 1.0 / np.maximum(self.variance(cells, mean), 1e-300), 0.0)
        return weight
