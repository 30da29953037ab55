"""Likelihood of counts in animals, the animal's intercept integrated out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from ephys.pharmacology.intercept_families import Counts

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

LARGEST_SD = 10.0
"""Largest scatter between animals that is tried, on the scale of the predictor."""

_LARGEST_ROOT = 4.0  # of the rows' scatter; a beta law of scatter 16 is nearly all 0s and 1s
_LARGEST_BETA = 30.0
_NODES = np.linspace(-8.0, 8.0, 201)  # equal steps converge exponentially for smooth integrands on the whole line
_LOG_WEIGHTS = -0.5 * _NODES**2 - 0.5 * math.log(2.0 * math.pi) + math.log(_NODES[1] - _NODES[0])
_STEP = 1e-4  # of the central difference by the root of the scatter
_LEAST_START = 0.3  # the likelihood is even in the roots of the variances: a search that begins at 0 stays there


@dataclass(frozen=True, slots=True)
class InterceptLikelihood:
    """Counts in animals.

    Parameters
    ----------
    counts : Counts
        The rows, an animal's next to each other.
    matrix : (n, n_columns) array
        Of the coefficients.
    offset : (n,) array
        Known part of the predictor.
    first_rows : array of int
        First row of each animal.
    """

    counts: Counts
    matrix: FloatArray
    offset: FloatArray
    first_rows: IntArray

    def value(self, theta: FloatArray) -> float:
        """Log-likelihood at coefficients, SD between animals and, where rows scatter, the root of their scatter."""
        return self._by_animal(theta, _root(theta, self.counts))[0]

    def gradient(self, theta: FloatArray) -> FloatArray:
        """Derivatives of `value`: the mean of the rows' slopes, weighted by what each intercept makes likely."""
        root = _root(theta, self.counts)
        _, within = self._by_animal(theta, root)
        n_rows = np.diff(np.append(self.first_rows, len(self.offset)))
        weighted = np.repeat(within, n_rows, axis=0) * self.counts.slope(self._eta(theta), root**2)
        found = [*(self.matrix.T @ weighted.sum(axis=1)), float((weighted @ _NODES).sum())]
        if self.counts.scatters:
            up, down = (self._by_animal(theta, root + step)[0] for step in (_STEP, -_STEP))
            found.append((up - down) / (2.0 * _STEP))
        return np.array(found)

    def _eta(self, theta: FloatArray) -> FloatArray:
        """Predictor of each row at each intercept."""
        n_columns = self.matrix.shape[1]
        fixed = self.offset + self.matrix @ theta[:n_columns]
        return np.asarray(fixed[:, None] + theta[n_columns] * _NODES)

    def _by_animal(self, theta: FloatArray, root: float) -> tuple[float, FloatArray]:
        """Log-likelihood, and how likely each intercept is for each animal."""
        rows = self.counts.log_likelihood(self._eta(theta), root**2)
        joint = np.add.reduceat(rows, self.first_rows, axis=0) + _LOG_WEIGHTS
        highest = joint.max(axis=1, keepdims=True)
        parts = np.exp(joint - highest)
        total = parts.sum(axis=1, keepdims=True)
        return float((np.log(total) + highest).sum()), parts / total

    def maximise(self, start: FloatArray) -> tuple[FloatArray, float]:
        """Most likely coefficients and scatters, and the log-likelihood there.

        Parameters
        ----------
        start : array
            Where the search begins; scatters of nearly 0 are begun above it.
        """
        n_columns = self.matrix.shape[1]
        begin = np.array(start, dtype=np.float64)
        begin[n_columns:] = np.maximum(np.abs(begin[n_columns:]), _LEAST_START)
        ends = [_LARGEST_BETA] * n_columns + [LARGEST_SD] + [_LARGEST_ROOT] * self.counts.scatters
        found = optimize.minimize(
            lambda theta: -self.value(theta),
            begin,
            jac=lambda theta: -self.gradient(theta),
            method="L-BFGS-B",
            bounds=[(-end, end) for end in ends],
            options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-7},
        )
        theta = np.asarray(found.x)
        theta[n_columns:] = np.abs(theta[n_columns:])
        return theta, -float(found.fun)


def _root(theta: FloatArray, counts: Counts) -> float:
    """Root of the rows' scatter."""
    return float(theta[-1]) if counts.scatters else 0.0
