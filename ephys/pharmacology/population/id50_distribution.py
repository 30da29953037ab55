"""How the ID50s of a group's cells are distributed, cells with only a bound taken for what they are."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.special import ndtr

from ephys.errors import ParameterError
from ephys.jupyter import Shown, shown
from ephys.pharmacology.groups.design import LEAST_ANIMALS
from ephys.pharmacology.population.curves_html import distribution_lines, distribution_table, distribution_told
from ephys.pharmacology.population.fit import PopulationFit
from ephys.pharmacology.population.mean_curve import spread_of

FloatArray = NDArray[np.float64]

_CLOSE, _MOST_ROUNDS = 1e-10, 20_000


@dataclass(frozen=True, eq=False)
class Id50Distribution(Shown):
    """Share of a group's cells whose ID50 is at most a dose.

    Parameters
    ----------
    group, drug, dose_unit : str
    id50 : array (steps,)
        Where the share rises.
    share : array (steps,)
        From there on, 0 to 1.
    low, high : array (steps,)
        Its interval, were all cells independent (Greenwood's variance on the scale log(-log)); NaN where there is
        none: at a share of 1, under three animals, and where cells are halved by doses above others' ID50.
    above : array
        Last doses of the cells whose ID50 lies above theirs, in order: they were never halved, or only just.
    below : array
        First doses of those whose ID50 lies below theirs.
    ln_mean, ln_sd : float
        Of the normal distribution of ln ID50 that the population has; NaN where its ID50 is open.
    lowest_dose, top_dose : float
        That the group was given.
    n_animals, n_cells : int
        n is animals.
    level : float
    """

    group: str
    drug: str
    dose_unit: str
    id50: FloatArray = field(repr=False)
    share: FloatArray = field(repr=False)
    low: FloatArray = field(repr=False)
    high: FloatArray = field(repr=False)
    above: FloatArray = field(repr=False)
    below: FloatArray = field(repr=False)
    ln_mean: float
    ln_sd: float
    lowest_dose: float
    top_dose: float
    n_animals: int
    n_cells: int
    level: float

    def _repr_html_(self) -> str:
        """Half of the cells, those with only a bound, and the steps, for Jupyter."""
        beside = {"about": distribution_lines(self)}
        return shown(self, distribution_table(self), told=distribution_told(self), beside=beside)

    @property
    def path(self) -> FloatArray:
        """Dose, share, low and high at the lowest dose, each step and the top dose, (4, points).

        It begins with the first step where a cell's ID50 lies below its first dose: what the share is under it, nobody
        knows.
        """
        start = [] if self.below.size else [(self.lowest_dose, 0.0, math.nan, math.nan)]
        steps = [*start, *zip(self.id50, self.share, self.low, self.high, strict=True)]
        return np.array([*steps, (self.top_dose, *steps[-1][1:])]).T

    def at(self, dose: ArrayLike) -> FloatArray:
        """Share of the cells whose ID50 is at most each dose.

        It is 0 below the first step, though nothing is known there of cells that were halved by their first dose.
        """
        place = np.searchsorted(self.id50, np.asarray(dose, dtype=np.float64), side="right")
        found: FloatArray = np.concatenate([[0.0], self.share])[place]
        return found

    def fitted(self, dose: ArrayLike) -> FloatArray:
        """The same by the population's normal distribution, without the noise of the cells' own ID50s."""
        found: FloatArray = ndtr((np.log(np.asarray(dose, dtype=np.float64)) - self.ln_mean) / self.ln_sd)
        return found


def id50_distribution(fit: PopulationFit, *, group: str) -> Id50Distribution:
    """Cumulative distribution of the ID50s of a group's cells.

    A cell whose rate was never halved counts as above its last dose, one that was halved by its first dose as below
    it: neither has a value. The estimate is Kaplan and Meier's; where a cell was halved by a first dose that lies above
    other cells' values, it is Turnbull's.

    Parameters
    ----------
    fit : PopulationFit
        Of spike counts.
    group : str

    Returns
    -------
    Id50Distribution
        Of the cells' own ID50s at the common slope, each with its own noise: somewhat wider than the distribution that
        the population has. A value beyond the cell's own doses is a bound there.

    Raises
    ------
    ParameterError
        If there is no such group, or the fit is not of counts.

    Examples
    --------
    >>> from ephys.pharmacology import fit_population
    >>> rows = [
    ...     {"animal": f"r{n}", "unit": "1", "group": "control", "dose": dose, "exposure_s": 60.0,
    ...      "count": round(120 / (1 + (dose / id50) ** 2))}
    ...     for n, id50 in enumerate((40.0, 50.0, 65.0, 900.0)) for dose in (0.0, 25.0, 50.0, 100.0, 200.0)]
    >>> found = id50_distribution(fit_population(rows), group="control")
    >>> found.id50.round().tolist(), found.share.tolist(), found.above.tolist()
    ([41.0, 50.0, 65.0], [0.25, 0.5, 0.75], [200.0])
    """
    if fit.model.family != "negbin" or group not in fit.groups:
        raise ParameterError(
            f"a distribution of ID50s needs a fit of counts and one of its groups ({', '.join(fit.groups)}), got "
            f"family {fit.model.family!r} and group {group!r}"
        )
    low, high = _bounds(fit, group)
    enough = fit.n_animals[group] >= LEAST_ANIMALS
    is_open = fit.id50[group].is_open
    first = fit.runs[0]
    return Id50Distribution(
        group, first.drug, first.dose_unit, *_estimated(low, high, level=fit.level, enough=enough),
        above=np.sort(low[np.isinf(high)]), below=np.sort(high[low == 0]),
        ln_mean=math.nan if is_open else fit.estimates[f"mean:{group}"],
        ln_sd=math.nan if is_open else spread_of(fit, fit.best.values),
        lowest_dose=fit.id50[group].lowest_dose, top_dose=fit.id50[group].top_dose,
        n_animals=fit.n_animals[group], n_cells=fit.n_cells[group], level=fit.level,
    )  # fmt: skip


def turnbull(low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Likeliest distribution of values of which each is only known to lie in (low, high], or to be the one of both.

    Turnbull's self-consistent estimate (1976, J R Stat Soc B 38:290), its mass in an interval put at the upper end.

    Parameters
    ----------
    low, high : array (values,)
        0 and infinite where there is no end.

    Returns
    -------
    place, share : array (steps,)
        Where the distribution rises, and to what; it stays below 1 where the last of the values have no upper end.

    Examples
    --------
    One value at most 3, one at 2, one above 1:

    >>> place, share = turnbull(np.array([0.0, 2.0, 1.0]), np.array([3.0, 2.0, np.inf]))
    >>> place.tolist(), share.round(3).tolist()
    ([2.0], [1.0])
    """
    place = np.unique(high)
    exact = low == high
    holds = np.where(
        exact[:, np.newaxis], place == high[:, np.newaxis],
        (place > low[:, np.newaxis]) & (place <= high[:, np.newaxis]),
    )  # fmt: skip
    mass = np.full(place.size, 1.0 / place.size)
    for _ in range(_MOST_ROUNDS):
        likely = holds * mass
        new = (likely / likely.sum(axis=1, keepdims=True)).mean(axis=0)
        moved, mass = np.abs(new - mass).max(), new
        if moved < _CLOSE:
            break
    kept = np.isfinite(place) & (mass > math.sqrt(_CLOSE))
    return place[kept], np.cumsum(mass[kept])


def _bounds(fit: PopulationFit, group: str) -> tuple[FloatArray, FloatArray]:
    """Between which values each cell's ID50 lies; both are its value where it has one."""
    ends = []
    for run, value in zip(fit.runs, fit.cell_id50, strict=True):
        if run.group != group:
            continue
        first, last = float(run.dose[run.dose > 0].min()), float(run.dose.max())
        if run.reach == "not reached" or value > last:
            ends.append((last, math.inf))
        elif run.reach == "from the first dose" or value < first:
            ends.append((0.0, first))
        else:
            ends.append((float(value), float(value)))
    low, high = np.array(ends).T
    return low, high


def _estimated(
    low: FloatArray, high: FloatArray, *, level: float, enough: bool
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Steps, shares and their interval; a first dose below every other value is a step of Kaplan and Meier's."""
    is_below, is_above = low == 0, np.isinf(high)
    others = np.where(is_above, low, high)[~is_below]
    if is_below.any() and others.size and high[is_below].max() > others.min():
        place, share = turnbull(low, high)
        return place, share, np.full(share.shape, np.nan), np.full(share.shape, np.nan)
    if is_above.all():
        none = np.empty(0)
        return none, none, none, none
    data = stats.CensoredData(uncensored=high[~is_above], right=low[is_above])
    found = stats.ecdf(data).cdf
    steps = np.isin(found.quantiles, high[~is_above])
    ends = _interval(data, level)[:, steps] if enough else np.full((2, int(steps.sum())), np.nan)
    return found.quantiles[steps], found.probabilities[steps], ends[0], ends[1]


def _interval(data: stats.CensoredData, level: float) -> FloatArray:
    """Ends of the interval of each share, (2, steps); NaN where the formula has none, which scipy warns of."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The confidence interval is undefined")
        ends = stats.ecdf(data).cdf.confidence_interval(level, method="log-log")
    low, high = (end.probabilities for end in ends)  # type: ignore[attr-defined]  # the stubs have numbers here
    return np.stack([low, high])
