"""Spike counts without and with a drug along the ln ratio of their rates, the baseline rate of each at its best."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.pharmacology.counts.variance import log_quasi_likelihood
from ephys.pharmacology.nested.baseline_rate import best_rate
from ephys.pharmacology.nested.curves import Shape
from ephys.pharmacology.nested.grid import DoseGrid

FloatArray = NDArray[np.float64]

_PAST = 6.0
"""How far the grid runs past the ratios that were counted: there half a spike more or less has no say any more."""
_HALVINGS = 40
_FARTHEST = 40.0
"""A ratio of exp(40) is none that a cell could have."""


@dataclass(frozen=True, eq=False)
class RatioCurves:
    """Likelihood of the ratio of two rates, with the noise of both counts.

    Where counts are Poisson's it is the binomial likelihood of the first, given their sum. It is flat towards a ratio
    of 0 for a cell that was silent, and wide for one that hardly fired before.

    Parameters
    ----------
    count, exposure_s, false : array (curves, 2)
        Spikes, seconds in which they could be counted, and spikes expected that are not the cell's: without the drug,
        and with it.
    steady : array (curves,)
        Squared CV of the intervals.
    dispersion : float
        Relative standard deviation of the rate between windows. Two windows cannot tell it.
    """

    count: FloatArray
    exposure_s: FloatArray
    false: FloatArray
    steady: FloatArray
    dispersion: float

    @property
    def n_curves(self) -> int:
        """Curves."""
        return len(self.count)

    @property
    def doses(self) -> FloatArray:
        """Ratios that were counted, which stand where curves have their doses; half a spike for silence."""
        return np.unique(self._rate(0.5)[:, 1] / self._rate(0.5)[:, 0])

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Nothing is shared."""
        return ()

    @property
    def node_weight(self) -> FloatArray:
        """Nothing is shared by the cells of an animal."""
        return np.ones(1)

    @property
    def ratio(self) -> FloatArray:
        """Ratio of the rates of each cell; 0 where nothing of its own was counted."""
        return self._rate(0.0)[:, 1] / self._rate(0.0)[:, 0]

    def grid(self, step: float) -> DoseGrid:
        """Values of the ln ratio, well past those that were counted on both sides."""
        low, high = np.log(self.doses[[0, -1]]) + np.array([-_PAST, _PAST])
        return DoseGrid(low + step * np.arange(int(np.ceil((high - low) / step)) + 1), step)

    def focused(self, ln_dose: FloatArray, values: FloatArray) -> RatioCurves:  # noqa: ARG002
        """Themselves: they have no shapes, and are reckoned once."""
        return self

    def table(self, ln_dose: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:  # noqa: ARG002
        """Log-likelihood at every ln ratio; see `Curves`."""
        if ln_dose.size not in self._kept:
            self._kept[ln_dose.size] = self.height(np.broadcast_to(ln_dose, (self.n_curves, ln_dose.size)))
        tall = self._kept[ln_dose.size][:, np.newaxis, :]
        return tall, np.zeros((0, *tall.shape))

    def height(self, ln_ratio: FloatArray) -> FloatArray:
        """Log-likelihood of each curve at values of its own, less that of its best.

        Parameters
        ----------
        ln_ratio : array (curves, points)

        Returns
        -------
        height : array (curves, points)
        """
        points = ln_ratio.shape[1]
        count, exposure_s, false, steady = (
            np.repeat(part, points, axis=0) for part in (self.count, self.exposure_s, self.false, self.steady)
        )
        left = np.stack([np.ones(ln_ratio.size), np.exp(ln_ratio.ravel())])
        mean = best_rate(count.T, exposure_s.T * left, false.T, steady, self.dispersion)[1]
        best = np.maximum(count, false).T
        fallen = [log_quasi_likelihood(count.T, at, steady, self.dispersion) for at in (mean, best)]
        found: FloatArray = (fallen[0] - fallen[1]).sum(axis=0).reshape(ln_ratio.shape)
        return found

    def intervals(self, level: float) -> FloatArray:
        """Ends of each curve's own interval of the ln ratio, (curves, 2); infinite where there is none.

        Where the likelihood falls by the chi-squared of one degree of freedom; past a silent window where silence has
        half the chance that the level leaves, which for Poisson counts is the exact end.
        """
        known = np.log(np.maximum(self.ratio, np.exp(-_FARTHEST)))
        silent = self.ratio <= 0
        drop = np.full((self.n_curves, 2), 0.5 * stats.chi2.ppf(level, 1))
        drop[silent, 1] = -np.log(0.5 * (1.0 - level))
        near = np.stack([known, known], axis=1)
        far = np.broadcast_to([-_FARTHEST, _FARTHEST], near.shape)
        open_ended = self.height(far) > -drop
        for _ in range(_HALVINGS):
            middle = 0.5 * (near + far)
            inside = self.height(middle) > -drop
            near, far = np.where(inside, middle, near), np.where(inside, far, middle)
        return np.where(open_ended, np.array([-np.inf, np.inf]), 0.5 * (near + far))

    @cached_property
    def _kept(self) -> dict[int, FloatArray]:
        """Tables by the size of their grid."""
        return {}

    def _rate(self, least: float) -> FloatArray:
        """The cells' own rates, with at least so many spikes."""
        rate: FloatArray = np.maximum(self.count - self.false, least) / self.exposure_s
        return rate
