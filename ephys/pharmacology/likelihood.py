"""Likelihood of spike counts under a Hill curve, with the baseline rate profiled out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from ephys.pharmacology.curves import hill_remaining

FloatArray = NDArray[np.float64]

_NEWTON_STEPS = 30
_GRID_STEP = 0.04
_GRID_MARGIN = 4.0
_SLOPES = np.linspace(-1.6, 2.3, 79)


@dataclass(frozen=True)
class CountModel:
    """Counts of one cell at their doses, and what is assumed about them.

    The expected count mu of a window is exposure × r0 × `hill_remaining`; its variance is
    ``fano * mu + dispersion**2 * mu**2``: a regular cell scatters less than Poisson, and a rate that wanders between
    windows is not taken for an effect of the dose. It is the negative binomial of counts divided by `fano`.

    Parameters
    ----------
    dose, count, exposure_s : array (windows,)
        The baseline is a window at dose 0 like any other: its noise is carried, not assumed away.
    emax : float
        Largest share of the rate that the drug takes away.
    fano : float
        Variance over mean of the counts of a steady cell: 1 for Poisson, CV² for a renewal train.
    dispersion : float
        Relative standard deviation of the rate between windows.
    ln_hill_mean, ln_hill_sd : float
        Prior on the natural logarithm of the slope.
    """

    dose: FloatArray
    count: FloatArray
    exposure_s: FloatArray
    emax: float
    fano: float
    dispersion: float
    ln_hill_mean: float
    ln_hill_sd: float

    def log_posterior(self, ln_id50: FloatArray, ln_hill: FloatArray) -> FloatArray:
        """Log-likelihood, maximised over the baseline rate, plus the log prior of the slope; broadcasts."""
        ln_id50, ln_hill = np.broadcast_arrays(ln_id50, ln_hill)
        shape = hill_remaining(
            self.dose, ln_id50=ln_id50[..., np.newaxis], ln_hill=ln_hill[..., np.newaxis], emax=self.emax
        )
        prior: FloatArray = -0.5 * ((ln_hill - self.ln_hill_mean) / self.ln_hill_sd) ** 2
        return self._profiled(shape)[0] + prior

    def flat(self) -> float:
        """Log-likelihood of a rate that no dose changes."""
        return float(self._profiled(np.ones((1, len(self.dose))))[0][0])

    def baseline_hz(self, ln_id50: float, ln_hill: float) -> float:
        """Most likely baseline rate under one curve."""
        shape = hill_remaining(self.dose, ln_id50=ln_id50, ln_hill=ln_hill, emax=self.emax)
        return float(np.exp(self._profiled(shape[np.newaxis])[1][0]))

    def misfit(self, ln_id50: float, ln_hill: float) -> float:
        """Pearson's chi-squared of the counts under one curve: about one per window, where the curve describes them."""
        shape = hill_remaining(self.dose, ln_id50=ln_id50, ln_hill=ln_hill, emax=self.emax)
        mean = np.maximum(shape * self.exposure_s * self.baseline_hz(ln_id50, ln_hill), 1e-3)
        variance = self.fano * mean + (self.dispersion * mean) ** 2
        return float(np.sum((self.count - mean) ** 2 / variance))

    def _profiled(self, shape: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log-likelihood at its best ln r0, and that ln r0, by Fisher scoring from the Poisson value."""
        tiny = 1e-12
        count = self.count / self.fano
        seconds = np.maximum(shape * self.exposure_s / self.fano, tiny)
        ln_rate = np.log(max(count.sum(), 0.5) / seconds.sum(axis=-1))
        spread = self.dispersion**2
        for _ in range(_NEWTON_STEPS):
            mean = seconds * np.exp(ln_rate)[..., np.newaxis]
            weight = 1.0 / (1.0 + spread * mean)
            score = ((count - mean) * weight).sum(axis=-1)
            information = (mean * weight).sum(axis=-1)
            step = np.clip(score / np.maximum(information, tiny), -1.0, 1.0)
            ln_rate = ln_rate + step
            if np.all(np.abs(step) < 1e-9):
                break
        mean = seconds * np.exp(ln_rate)[..., np.newaxis]
        return _log_negative_binomial(count, mean, spread).sum(axis=-1), ln_rate


def _log_negative_binomial(count: FloatArray, mean: FloatArray, spread: float) -> FloatArray:
    """Log-probability up to terms that depend on the count alone; Poisson where `spread` is 0."""
    if spread == 0.0:
        poisson: FloatArray = count * np.log(mean) - mean
        return poisson
    terms: FloatArray = count * np.log(mean / (1.0 + spread * mean)) - np.log1p(spread * mean) / spread
    return terms


@dataclass(frozen=True)
class Peak:
    """Where the posterior is highest, and how far ln ID50 can go before it falls by `drop`."""

    ln_id50: float
    ln_hill: float
    height: float
    low: float
    high: float


def find_peak(model: CountModel, *, drop: float) -> Peak:
    """Maximise over ln ID50 and ln hill, and profile ln ID50.

    The grid runs `exp(4)`-fold past the doses, in steps of 4 %; an end that it does not reach is infinite: the data do
    not bound the ID50 on that side.
    """
    given = model.dose[model.dose > 0]
    low, high = np.log(given.min()) - _GRID_MARGIN, np.log(given.max()) + _GRID_MARGIN
    grid = np.arange(low, high + _GRID_STEP, _GRID_STEP)
    surface = model.log_posterior(grid[:, np.newaxis], _SLOPES[np.newaxis, :])
    profile = surface.max(axis=1)
    row, column = divmod(int(np.argmax(surface)), len(_SLOPES))

    def misfit(x: FloatArray) -> float:
        return -float(model.log_posterior(x[0], x[1]))

    refined = optimize.minimize(
        misfit,
        x0=[float(grid[row]), float(_SLOPES[column])],
        method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-9, "initial_simplex": _simplex(grid[row], _SLOPES[column])},
    )
    best = refined.x if low <= refined.x[0] <= high else np.array([grid[row], _SLOPES[column]])
    height = max(-float(refined.fun), float(profile[row]))
    ends = _crossings(grid, profile - (height - drop), row)
    return Peak(float(best[0]), float(best[1]), height, *ends)


def _simplex(x: float, y: float) -> FloatArray:
    """Start of the search, one grid step wide."""
    return np.array([[x, y], [x + _GRID_STEP, y], [x, y + _GRID_STEP]])


def _crossings(grid: FloatArray, above: FloatArray, peak: int) -> tuple[float, float]:
    """Where a profile falls below zero on either side of its peak, by linear interpolation."""
    left = np.flatnonzero(above[:peak] < 0)
    right = np.flatnonzero(above[peak + 1 :] < 0) + peak + 1
    low = -np.inf if left.size == 0 else _between(grid, above, int(left[-1]), int(left[-1]) + 1)
    high = np.inf if right.size == 0 else _between(grid, above, int(right[0]) - 1, int(right[0]))
    return low, high


def _between(grid: FloatArray, above: FloatArray, first: int, second: int) -> float:
    """Zero of the line through two neighbouring points of the profile."""
    rise = above[second] - above[first]
    return float(grid[first] - above[first] / rise * (grid[second] - grid[first]))
