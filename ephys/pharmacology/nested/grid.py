"""The grid of ln ID50 on which a population is integrated, and normal distributions on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

FloatArray = NDArray[np.float64]

STEP = 0.05
"""A step of 0.08 agrees with one of 0.015 to 6e-8 in the log-likelihood where no curve is sharper than 0.06."""
LEAST_SD = 0.05
"""Least SD of ln ID50 between the curves that the grid can hold: a fold of 1.05, next to none."""
_BELOW, _ABOVE = 4.0, 4.6
"""How far the grid runs past the doses given: 55 times below the lowest, 100 times above the highest."""
_REACH = 6.0
"""SDs of the animals' distribution that are integrated over."""


@dataclass(frozen=True)
class DoseGrid:
    """Equally spaced values of ln ID50, well past the doses on both sides.

    Parameters
    ----------
    ln_dose : array (points,)
    step : float
    """

    ln_dose: FloatArray
    step: float

    @classmethod
    def around(cls, doses: FloatArray, step: float = STEP) -> DoseGrid:
        """Grid for doses above 0.

        >>> grid = DoseGrid.around(np.array([12.5, 200.0]))
        >>> len(grid.ln_dose), float(np.exp(grid.ln_dose[0]).round(2))
        (229, 0.23)
        """
        low, high = float(np.log(doses.min())) - _BELOW, float(np.log(doses.max())) + _ABOVE
        points: FloatArray = low + step * np.arange(int(np.ceil((high - low) / step)) + 1, dtype=np.float64)
        return cls(points, step)

    def normal(self, mean: FloatArray, sd: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Normal distributions on the grid; what lies beyond an end counts there, where curves do not change any more.

        Parameters
        ----------
        mean : array (means,)
        sd : float

        Returns
        -------
        weight, by_mean, by_ln_sd : array (means, points)
            Probabilities, and their derivatives by the mean and by ln SD.
        """
        z = (self.ln_dose - mean[:, np.newaxis]) / sd
        weight = np.exp(-0.5 * z**2) * (self.step / (sd * np.sqrt(2.0 * np.pi)))
        by_mean, by_ln_sd = weight * z / sd, weight * (z**2 - 1.0)
        for end, sign in ((0, 1.0), (-1, -1.0)):
            edge = z[:, end] + sign * 0.5 * self.step / sd
            density = np.exp(-0.5 * edge**2) / np.sqrt(2.0 * np.pi)
            weight[:, end] = special.ndtr(sign * edge)
            by_mean[:, end] = -sign * density / sd
            by_ln_sd[:, end] = -sign * density * edge
        return weight, by_mean, by_ln_sd

    def offsets(self, sd: float) -> FloatArray:
        """Deviations of animals from their group's mean: multiples of the step, to six SDs on either side."""
        most = int(np.ceil(_REACH * sd / self.step))
        offsets: FloatArray = self.step * np.arange(-most, most + 1, dtype=np.float64)
        return offsets


def deviations(offsets: FloatArray, sd: float) -> tuple[FloatArray, FloatArray]:
    """Probabilities of offsets that are normal round 0, and the derivatives of their logarithms by ln SD.

    They add up to 1, and become certainty of 0 where the SD vanishes.

    >>> weight, _ = deviations(np.array([-0.1, 0.0, 0.1]), 1e-3)
    >>> weight
    array([0., 1., 0.])
    """
    square = (offsets / sd) ** 2
    weight = np.exp(-0.5 * square)
    weight /= weight.sum()
    return weight, square - float((weight * square).sum())
