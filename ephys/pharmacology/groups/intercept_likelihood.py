"""Likelihood of counts in animals, the animal's intercept integrated out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from ephys.pharmacology.groups.intercept_families import Counts

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

LARGEST_SD = 5.0
"""Largest scatter between animals that is tried, on the scale of the predictor (convention): odds of 150 to 1."""

_LARGEST_ROOT = 4.0  # of the rows' scatter; a beta law of scatter 16 is nearly all 0s and 1s
_LARGEST_BETA = 30.0
_REACH = 10.0  # of the nodes about the most likely intercept, in widths of what is likely
_WIDEST_STEP = 0.4  # in the same; equal steps converge exponentially for smooth integrands on the whole line
_WIDEST_ETA = 0.5  # of a step on the predictor: a share goes from 0 to 1 in a few
_NEWTON_STEPS = 4  # a node grid that is a little off its mode integrates as well
_LEAST_START = 0.1  # the likelihood is even in the roots of the variances: a search that begins at 0 stays there


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
    animal_of : (n,) array of int
        Of each row, by number from 0 on.
    first_rows : array of int
        First row of each animal.
    scatter_told : bool
        Whether animals and rows scatter; else they are held to scatter by chance alone.
    """

    counts: Counts
    matrix: FloatArray
    offset: FloatArray
    animal_of: IntArray
    first_rows: IntArray
    scatter_told: bool = True

    def evaluate(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """Log-likelihood and its gradient.

        Each animal's intercept, in SDs, is integrated over equal steps about its most likely value. By Fisher's
        identity the gradient is that of the rows, averaged over what the intercept may be.

        Parameters
        ----------
        theta : array
            Coefficients, SD between animals and, where rows scatter, the root of their scatter.
        """
        n_columns = self.matrix.shape[1]
        fixed, sd = self.offset + self.matrix @ theta[:n_columns], float(theta[n_columns])
        root = float(theta[-1]) if self.counts.scatters else 0.0
        centre, width = self._centres(fixed, sd, root**2)
        nodes = _nodes(sd, width)
        intercepts = centre[:, None] + width[:, None] * nodes
        of_row = intercepts[self.animal_of]
        eta = fixed[:, None] + sd * of_row
        joint = np.add.reduceat(self.counts.log_likelihood(eta, root**2), self.first_rows, axis=0)
        joint += (
            math.log(nodes[1] - nodes[0]) + np.log(width)[:, None] - 0.5 * intercepts**2 - 0.5 * math.log(2.0 * math.pi)
        )
        highest = joint.max(axis=1, keepdims=True)
        parts = np.exp(joint - highest)
        total = parts.sum(axis=1, keepdims=True)
        by_eta, by_scatter = self.counts.slopes(eta, root**2)
        likely = (parts / total)[self.animal_of]
        by_eta = likely * by_eta
        gradient = [*(self.matrix.T @ by_eta.sum(axis=1)), float((by_eta * of_row).sum())]
        if self.counts.scatters:
            gradient.append(2.0 * root * float((likely * by_scatter).sum()))
        return float((np.log(total) + highest).sum()), np.array(gradient)

    def maximise(self, start: FloatArray) -> tuple[FloatArray, float]:
        """Most likely coefficients and scatters, and the log-likelihood there.

        Parameters
        ----------
        start : array
            Where the search begins; scatters of nearly 0 are begun above it.
        """
        n_columns = self.matrix.shape[1]
        begin = np.array(start, dtype=np.float64)
        begin[n_columns:] = np.maximum(np.abs(begin[n_columns:]), _LEAST_START) * self.scatter_told
        scatters = [LARGEST_SD * self.scatter_told] + [_LARGEST_ROOT * self.scatter_told] * self.counts.scatters
        ends = [_LARGEST_BETA] * n_columns + scatters

        at_start = self.evaluate(begin)[0]  # the search stops on relative changes: what is common would hide them

        def lost(theta: FloatArray) -> tuple[float, FloatArray]:
            value, gradient = self.evaluate(theta)
            return at_start - value, -gradient

        found = optimize.minimize(
            lost,
            begin,
            jac=True,
            method="L-BFGS-B",
            bounds=[(-end, end) for end in ends],
            options={"maxiter": 500, "ftol": 1e-9, "gtol": 1e-5},
        )
        theta = np.array(found.x)
        theta[n_columns:] = np.abs(theta[n_columns:])
        return theta, at_start - float(found.fun)

    def _centres(self, fixed: FloatArray, sd: float, scatter: float) -> tuple[FloatArray, FloatArray]:
        """Most likely intercept of each animal, by Newton's steps, and the width of what is likely about it."""
        centre = np.zeros(len(self.first_rows))
        sharp = np.ones_like(centre)
        for _ in range(_NEWTON_STEPS):
            eta = (fixed + sd * centre[self.animal_of])[:, None] + np.array([0.0, 1e-3])
            here, above = np.add.reduceat(self.counts.slopes(eta, scatter)[0], self.first_rows, axis=0).T
            pull = sd * here - centre
            curve = (here - above) / 1e-3
            sharp = 1.0 + sd**2 * np.maximum(curve, 0.0)
            centre = centre + np.clip(pull / sharp, -2.0, 2.0)
        return centre, 1.0 / np.sqrt(sharp)


def _nodes(sd: float, width: FloatArray) -> FloatArray:
    """Equal steps about 0, in widths of what is likely; short enough for the predictor, too."""
    step = min(_WIDEST_STEP, _WIDEST_ETA / max(abs(sd) * float(width.max()), 1e-9))
    n_side = math.ceil(_REACH / step)
    return np.linspace(-_REACH, _REACH, 2 * n_side + 1)
