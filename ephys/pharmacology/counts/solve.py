"""Everything that the counts of cells say about their curves: doses with intervals, slope, largest effect, chance."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.pharmacology.counts.emax import climb_emax
from ephys.pharmacology.counts.model import CellCounts, HillModel, Values
from ephys.pharmacology.counts.null import chance_of_no_effect, climb_constant
from ephys.pharmacology.counts.profile import ends_on_grid, profile_id50
from ephys.pharmacology.counts.search import climb, slopes

FloatArray = NDArray[np.float64]
Interval = tuple[FloatArray, FloatArray]

_OTHERS = ("ln_id50", "ln_rate", "ln_hill")
_EMAX = np.linspace(0.02, 1.0, 50)


@dataclass(frozen=True)
class HillFits:
    """Curves of many cells, arrays (cells,).

    Parameters
    ----------
    best : dict of array
        Values at the highest point, ``ln_id50`` being the relative ED50.
    top : array
        Log-likelihood plus log-prior there.
    id50, ed50 : tuple of three arrays
        ln of the dose that halves the rate (absolute), and of that of half the largest effect (relative), with both
        ends. NaN and open above where the rate is never halved.
    emax : tuple of three arrays
        Largest effect with its interval; the value thrice where it was fixed.
    drift : tuple of three arrays
        Change of ln rate per minute with its interval (from the curvature); 0 where there is none.
    chance : array
        How likely a gain over a constant rate as large is without any effect.
    misfit_p : array
        Chance of counts so far from the curve.
    """

    best: Values
    top: FloatArray
    id50: tuple[FloatArray, FloatArray, FloatArray]
    ed50: tuple[FloatArray, FloatArray, FloatArray]
    emax: tuple[FloatArray, FloatArray, FloatArray]
    drift: tuple[FloatArray, FloatArray, FloatArray]
    chance: FloatArray
    misfit_p: FloatArray


def solve(
    cells: CellCounts, model: HillModel, *, emax: FloatArray, free_emax: bool = False, drift: bool = False,
    level: float, replicates: int, seed: int,
) -> HillFits:  # fmt: skip
    """Fit every cell.

    Parameters
    ----------
    cells : CellCounts
    model : HillModel
    emax : array (cells,)
        Largest effect, as a share; where to begin where it is free.
    free_emax, drift : bool
        Whether they are estimated.
    level : float
        Coverage of the intervals.
    replicates, seed : int
        Of the chance of no effect.
    """
    drop = 0.5 * float(stats.chi2.ppf(level, 1))
    drifts = ("drift",) if drift else ()
    if free_emax:
        best, top = climb_emax(cells, model, drifts)
        id50, ed50 = _both_doses(cells, model, best, top, drop, ("emax", *drifts))
        largest = (best["emax"], *_emax_ends(cells, model, best, top, drop, drifts))
    else:
        profile = profile_id50(cells, model, emax=emax, free=drifts)
        top, largest = profile.top, (emax, emax, emax)
        id50 = (profile.best["ln_id50"], *profile.interval(drop))
        shift = np.log(2.0 * emax - 1.0) / np.exp(profile.best["ln_hill"])
        best = profile.best | {"ln_id50": id50[0] + shift}
        whole = bool(np.all(emax == 1.0))
        ed50 = id50 if whole else _relative(cells, model, best, top, drop, drifts)
    gain = 2.0 * (top - climb_constant(cells, model, drifts)[1])
    chance = chance_of_no_effect(
        cells, model, emax=largest[0], gain=gain, free_emax=free_emax, drift=drifts, replicates=replicates, seed=seed
    )
    relative = replace(model, relative=True)
    misfit_p = _misfit(cells, relative, best, 3 + free_emax + drift)
    still = (best["drift"], best["drift"], best["drift"])
    others = (*_OTHERS, "emax") if free_emax else _OTHERS
    moved = _drift(cells, relative, best, ("drift", *others), level) if drift else still
    return HillFits(best, top, id50, ed50, largest, moved, chance, misfit_p)


def _both_doses(
    cells: CellCounts, model: HillModel, best: Values, top: FloatArray, drop: float, free: tuple[str, ...]
) -> tuple[tuple[FloatArray, FloatArray, FloatArray], tuple[FloatArray, FloatArray, FloatArray]]:
    """Absolute and relative dose where the largest effect is free; the absolute one is open where it may not exist."""
    absolute = profile_id50(cells, model, emax=np.maximum(best["emax"], 0.55), free=free)
    ends = replace(absolute, top=np.maximum(top, absolute.top)).interval(drop)
    halved = best["emax"] > 0.5
    id50 = np.where(halved, absolute.best["ln_id50"], np.nan)
    return (id50, ends[0], np.where(halved, ends[1], np.inf)), _relative(cells, model, best, top, drop, free)


def _relative(
    cells: CellCounts, model: HillModel, best: Values, top: FloatArray, drop: float, free: tuple[str, ...]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Relative ED50 with its interval."""
    profile = profile_id50(cells, replace(model, relative=True), emax=best["emax"], free=free)
    ends = replace(profile, top=np.maximum(top, profile.top)).interval(drop)
    return best["ln_id50"], ends[0], ends[1]


def _emax_ends(
    cells: CellCounts, model: HillModel, best: Values, top: FloatArray, drop: float, drift: tuple[str, ...]
) -> Interval:
    """Profile interval of the largest effect, which lies between 0 and 1."""
    each = np.repeat(np.arange(cells.n_cells), _EMAX.size)
    start = {name: value[each] for name, value in best.items()} | {"emax": np.tile(_EMAX, cells.n_cells)}
    relative = replace(model, relative=True)
    _, height = climb(cells.take(each), relative, start, (*_OTHERS, *drift))
    grid = np.tile(_EMAX, (cells.n_cells, 1))
    low, high = ends_on_grid(grid, height.reshape(grid.shape), centre=best["emax"], top=top, drop=drop)
    return np.maximum(low, 0.0), np.minimum(high, 1.0)


def _drift(
    cells: CellCounts, relative: HillModel, best: Values, names: tuple[str, ...], level: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Drift, the first of the names, with its interval from the curvature."""
    information = slopes(cells, relative, best, names)[2] + 1e-9 * np.eye(len(names))
    error = stats.norm.ppf(0.5 + level / 2) * np.sqrt(np.linalg.inv(information)[:, 0, 0])
    return best["drift"], best["drift"] - error, best["drift"] + error


def _misfit(cells: CellCounts, relative: HillModel, best: Values, n_free: int) -> FloatArray:
    """Chance of Pearson's chi-squared at least as large; where hardly a spike is expected, one weighs no more."""
    mean, _ = relative.expected(cells, best)
    variance = np.maximum(relative.variance(cells, mean), 0.05)
    chi2 = np.where(cells.seen, (cells.count - mean) ** 2 / variance, 0.0).sum(axis=1)
    freedom = np.maximum(cells.seen.sum(axis=1) - n_free, 1)
    return np.asarray(stats.chi2.sf(chi2, freedom), dtype=np.float64)
