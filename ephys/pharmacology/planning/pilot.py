"""What a pilot says of how animals and cells differ, and how much they may differ for all it says."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.pharmacology.counts.variance import count_variance
from ephys.pharmacology.fit_settings import FitSettings
from ephys.pharmacology.nested.search import profile_shape
from ephys.pharmacology.population.fit import PopulationFit

FloatArray = NDArray[np.float64]

_ERROR = 0.5
"""To step by where an SD is at its bound, and has no standard error."""


@dataclass(frozen=True)
class Spread:
    """SDs of a logarithm: between animals (NaN where each gave one cell) and between cells, with an upper end.

    The upper end is that of the SD between animals, or between cells where each animal gave one; NaN where unknown.
    """

    animal: float
    cell: float
    high: float

    @property
    def highest(self) -> Spread:
        """The same with the upper end in place of the SD that it is of."""
        return replace(self, **{"cell" if math.isnan(self.animal) else "animal": self.high})


def spread_of_id50(pilot: PopulationFit) -> Spread:
    """SDs of ln ID50; the upper end is the profile likelihood's, calibrated as the pilot's shifts are."""
    alone = math.isnan(pilot.sd_animal)
    name = "ln_sd_curve" if alone else "ln_sd_animal"
    error = pilot.standard_errors[name]
    high = math.nan
    if math.isfinite(pilot.drop):
        _, high = profile_shape(
            pilot.problem, pilot.best, pilot.problem.names.index(name), drop=pilot.drop,
            error=error if math.isfinite(error) else _ERROR, curvature=pilot.curvature,
        )  # fmt: skip
    return Spread(math.log(pilot.sd_animal), math.log(pilot.sd_cell), math.exp(high))


def fano_of(pilot: PopulationFit) -> float:
    """Median squared CV of the intervals; Poisson's 1 where the pilot does not know it, and was fitted so."""
    known = [run.fano for run in pilot.runs if math.isfinite(run.fano)]
    return max(float(np.median(known)), FitSettings().least_fano) if known else 1.0


def rates_of(pilot: PopulationFit) -> tuple[float, Spread]:
    """Geometric mean rate of the reference without drug, in Hz, and SDs of ln rate.

    From the mean squares between animals of a group and between cells of an animal (Searle, Casella & McCulloch 1992,
    Variance Components, section 3.6), less what counting and wander add to the latter. The upper end takes the mean
    square between animals at the end of its chi-squared interval.
    """
    none = [run.taking(run.dose == 0) for run in pilot.runs]
    count = np.array([(run.value - run.false_count).sum() for run in none])
    covered_s = np.array([run.exposure_s.sum() for run in none])
    ln_rate = np.log(count / covered_s)
    fano = np.array([run.fano if math.isfinite(run.fano) else 1.0 for run in pilot.runs])
    noise = float((count_variance(count, fano, pilot.dispersion) / count**2).mean())
    group = np.array([pilot.groups.index(run.group) for run in pilot.runs])
    animal = np.unique([f"{run.group}\n{run.animal}" for run in pilot.runs], return_inverse=True)[1]
    rate_hz = float(np.exp(ln_rate[group == 0].mean()))
    return rate_hz, mean_square_spread(ln_rate, animal, group, noise=noise, level=pilot.level)


def mean_square_spread(
    values: FloatArray, animal: NDArray[np.int_], group: NDArray[np.int_], *, noise: float, level: float
) -> Spread:
    """SDs between animals and cells from mean squares."""
    n = np.bincount(animal).astype(np.float64)
    mean = np.bincount(animal, values) / n
    of_animal = np.zeros(n.size, dtype=np.int_)
    of_animal[animal] = group
    cells = np.bincount(group).astype(np.float64)
    centre = np.bincount(group, values) / cells
    between_df, within_df = n.size - cells.size, values.size - n.size
    if between_df < 1:
        return Spread(math.nan, math.nan, math.nan)
    between = float((n * (mean - centre[of_animal]) ** 2).sum() / between_df)
    most = between * between_df / float(stats.chi2.ppf(0.5 * (1.0 - level), between_df))
    if within_df == 0:
        return Spread(math.nan, _root(between - noise), _root(most - noise))
    within = float(((values - mean[animal]) ** 2).sum() / within_df)
    each = (values.size - float((n**2 / cells[of_animal]).sum())) / between_df
    return Spread(_root((between - within) / each), _root(within - noise), _root((most - within) / each))


def _root(variance: float) -> float:
    """SD of a variance; 0 where less than nothing is left of it."""
    return math.sqrt(max(variance, 0.0))
