"""The profile of ln ID50: for every dose on a grid, the best that the rest of the curve can do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.counts.model import CellCounts, HillModel, Values
from ephys.pharmacology.counts.search import climb, climb_from_all

FloatArray = NDArray[np.float64]

_STEP = 0.1
MARGIN = 4.0
"""The grid runs ``exp(MARGIN)``-fold past the doses."""
_SLOPES = (0.0, 1.2)
"""Slopes to begin with; the better end is taken."""


@dataclass(frozen=True)
class Profile:
    """Likelihood × prior along ln ID50, everything else at its best.

    Parameters
    ----------
    ln_id50 : array (cells, points)
        Grid, well past the doses given on both sides.
    height : array (cells, points)
    best : dict of array (cells,)
        Values at the highest point.
    top : array (cells,)
        Height there.
    """

    ln_id50: FloatArray
    height: FloatArray
    best: Values
    top: FloatArray

    def interval(self, drop: float) -> tuple[FloatArray, FloatArray]:
        """Where the profile has fallen by `drop` for good; infinite where it has not before the grid ends."""
        return ends_on_grid(self.ln_id50, self.height, centre=self.best["ln_id50"], top=self.top, drop=drop)


def ends_on_grid(
    grid: FloatArray, height: FloatArray, *, centre: FloatArray, top: FloatArray, drop: float
) -> tuple[FloatArray, FloatArray]:
    """Both ends of the interval in which a profile (cells, points) lies less than `drop` below its top.

    The outermost crossings count, if there are several. Between grid points the root of the fall is taken for a
    straight line, as it is for a parabola.
    """
    away = np.sqrt(np.maximum(top[:, np.newaxis] - height, 0.0)) - np.sqrt(drop)
    low = [_crossing(*row, drop) for row in zip(grid, away, centre, strict=True)]
    high = [-_crossing(-x[::-1], y[::-1], -middle, drop) for x, y, middle in zip(grid, away, centre, strict=True)]
    return np.array(low), np.array(high)


def _crossing(grid: FloatArray, away: FloatArray, centre: float, drop: float) -> float:
    """First crossing from the left on the way to the centre; minus infinity where the grid begins inside."""
    outside = np.flatnonzero((np.cumsum(away <= 0) == 0) & (grid < centre))
    if not outside.size:
        return -np.inf
    outer = int(outside[-1])
    inside = outer + 1 < grid.size and away[outer + 1] <= 0
    to, below = (grid[outer + 1], away[outer + 1]) if inside else (centre, -np.sqrt(drop))
    return float(grid[outer] + (to - grid[outer]) * away[outer] / (away[outer] - below))


def profile_id50(cells: CellCounts, model: HillModel, *, emax: FloatArray, free: tuple[str, ...] = ()) -> Profile:
    """Follow ln ID50 over a grid from well below the lowest dose to well above the highest.

    Parameters
    ----------
    cells : CellCounts
        Each with one dose above 0 at least.
    model : HillModel
    emax : array (cells,)
        Largest effect, or where to begin where it is free.
    free : tuple of str, optional
        "emax", "drift": what is estimated beside rate and slope.
    """
    lowest, highest = range_of_doses(cells)
    points = int(np.ceil((np.max(highest - lowest) + 2.0 * MARGIN) / _STEP)) + 1
    grid = np.linspace(lowest - MARGIN, highest + MARGIN, points, axis=1)
    inner = ("ln_rate", "ln_hill", *free)
    each = np.repeat(np.arange(cells.n_cells), points)
    many = cells.take(each)
    starts = [
        begin(many, model, ln_id50=grid.ravel(), ln_hill=np.full(grid.size, slope), emax=emax[each])
        for slope in _SLOPES
    ]
    values, height = climb_from_all(many, model, starts, inner)
    height = height.reshape(grid.shape)
    at = np.argmax(height, axis=1) + points * np.arange(cells.n_cells)
    peak = {name: value[at] for name, value in values.items()}
    best, top = climb(cells, model, peak, ("ln_id50", *inner))
    inside = (best["ln_id50"] >= grid[:, 0]) & (best["ln_id50"] <= grid[:, -1])
    best = {name: np.where(inside, best[name], peak[name]) for name in best}
    return Profile(grid, height, best, np.maximum(np.where(inside, top, -np.inf), height.max(axis=1)))


def range_of_doses(cells: CellCounts) -> tuple[FloatArray, FloatArray]:
    """Natural logarithms of the lowest and the highest dose above 0 of each cell."""
    used = np.where((cells.dose > 0) & cells.seen, cells.dose, np.nan)
    return np.log(np.nanmin(used, axis=1)), np.log(np.nanmax(used, axis=1))


def begin(cells: CellCounts, model: HillModel, *, ln_id50: FloatArray, ln_hill: FloatArray, emax: FloatArray) -> Values:
    """Values to begin with: the rate is what the counts make of that curve."""
    nothing = np.zeros(cells.n_cells)
    values = {"ln_id50": ln_id50, "ln_hill": ln_hill, "emax": emax, "drift": nothing, "ln_rate": nothing}
    seconds = np.maximum((cells.exposure_s * model.share(cells.dose, values)[0]).sum(axis=1), 1e-6)
    own = np.maximum((cells.count - cells.false_count).sum(axis=1), 0.5)
    return values | {"ln_rate": np.log(own / seconds)}
