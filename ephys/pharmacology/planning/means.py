"""The test that a plan counts on, for many experiments at once: Student's t on the means of animals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Differences:
    """Differences of means with standard errors and degrees of freedom, arrays (runs,)."""

    value: FloatArray
    error: FloatArray
    df: FloatArray

    def found(self, level: float) -> BoolArray:
        """Whether the interval of the level leaves out 0: the two-sided test."""
        return np.abs(self.value) > stats.t.ppf(0.5 + 0.5 * level, self.df) * self.error

    def within(self, ln_margin: float, level: float) -> BoolArray:
        """Whether two one-sided tests both exclude the margin (Schuirmann 1987, J Pharmacokinet Biopharm 15:657)."""
        return np.abs(self.value) + stats.t.ppf(level, self.df) * self.error < ln_margin


def animal_means(values: FloatArray) -> FloatArray:
    """Mean of each animal's cells that could be used, (runs, animals, cells) to (runs, animals); NaN for none."""
    return _mean(values)


def differences(treated: FloatArray, control: FloatArray | float) -> Differences:
    """Welch's difference between animals of two groups, or one group's from a value that is taken for exact.

    Parameters
    ----------
    treated, control : array (runs, animals)
        NaN for an animal without a cell.

    Examples
    --------
    >>> found = differences(np.array([[3.0, 4.0, 5.0]]), np.array([[1.0, 2.0, 3.0]]))
    >>> found.value, found.df.round(6)
    (array([2.]), array([4.]))
    """
    of_treated, variance, df = _of_mean(treated)
    if not isinstance(control, np.ndarray):
        return Differences(of_treated - control, np.sqrt(variance), df)
    of_control, other, other_df = _of_mean(control)
    both = variance + other
    with np.errstate(invalid="ignore"):
        welch = both**2 / (variance**2 / df + other**2 / other_df)
    return Differences(of_treated - of_control, np.sqrt(both), welch)


def _of_mean(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean along the last axis, its squared standard error, and degrees of freedom."""
    n = np.isfinite(values).sum(axis=-1).astype(np.float64)
    mean = _mean(values)
    square = np.nansum((values - mean[..., np.newaxis]) ** 2, axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return mean, square / (n - 1.0) / n, n - 1.0


def _mean(values: FloatArray) -> FloatArray:
    """Mean of what is known along the last axis; NaN where nothing is."""
    n = np.isfinite(values).sum(axis=-1)
    mean: FloatArray = np.where(n > 0, np.nansum(values, axis=-1) / np.maximum(n, 1), np.nan)
    return mean
