"""Laws of counts, each given a linear predictor: log-likelihood, and its slope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

FloatArray = NDArray[np.float64]
Family: TypeAlias = Literal["binomial", "beta_binomial", "poisson", "negbin"]
"""Shares of trials, without and with scatter of their own; counts, likewise."""

FAMILIES: tuple[Family, ...] = ("binomial", "beta_binomial", "poisson", "negbin")
"""Names of the laws."""

LEAST_SCATTER = 1e-6
"""Scatter below which a law is the one without: less would lose digits."""

_LARGEST_LOG_RATE = 40.0  # exp of more has no meaning as a count


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of counts, and the law that they follow.

    Parameters
    ----------
    count : (n, 1) array
        Successes, or counts.
    trials : (n, 1) array
        Of which the successes are; of counts, the exposure.
    family : str
        One of `FAMILIES`. The predictor is the log-odds of a trial, or the logarithm of the count per exposure.
    """

    count: FloatArray
    trials: FloatArray
    family: Family

    @property
    def scatters(self) -> bool:
        """Whether rows scatter by more than chance, animals apart."""
        return self.family in ("beta_binomial", "negbin")

    def at(self, rows: NDArray[np.bool_]) -> Counts:
        """The same of some rows."""
        return Counts(self.count[rows], self.trials[rows], self.family)

    def log_likelihood(self, eta: FloatArray, scatter: float) -> FloatArray:
        """Log-likelihood of each row at each predictor, with every constant.

        Parameters
        ----------
        eta : (n, n_nodes) array
            Linear predictor.
        scatter : float
            Square of the root that the fit searches: negative binomial, variance = mean + scatter × mean²;
            beta-binomial, variance of the share's law over mean × (1 - mean), as scatter / (1 + scatter).
        """
        y, n = self.count, self.trials
        if self.family == "binomial":
            ways = special.gammaln(n + 1) - special.gammaln(y + 1) - special.gammaln(n - y + 1)
            return np.asarray(ways + y * eta - n * np.logaddexp(0.0, eta))
        if self.family == "beta_binomial":
            ways = special.gammaln(n + 1) - special.gammaln(y + 1) - special.gammaln(n - y + 1)
            a, b = _beta_shapes(eta, scatter)
            return np.asarray(ways + _rising(a, y) + _rising(b, n - y) - _rising(a + b, n))
        log_mean = np.minimum(eta, _LARGEST_LOG_RATE) + np.log(n)
        if self.family == "poisson":
            return np.asarray(y * log_mean - np.exp(log_mean) - special.gammaln(y + 1))
        size = 1.0 / max(scatter, LEAST_SCATTER)
        below = np.logaddexp(np.log(size), log_mean)  # log (size + mean)
        ways = _rising(size, y) - special.gammaln(y + 1)
        return np.asarray(ways + size * (np.log(size) - below) + y * (log_mean - below))

    def slope(self, eta: FloatArray, scatter: float) -> FloatArray:
        """Derivative of the log-likelihood by the predictor."""
        y, n = self.count, self.trials
        if self.family == "binomial":
            return np.asarray(y - n * special.expit(eta))
        if self.family == "beta_binomial":
            a, b = _beta_shapes(eta, scatter)
            rises = special.digamma(y + a) - special.digamma(a) - special.digamma(n - y + b) + special.digamma(b)
            return np.asarray(rises * a * b / (a + b))
        mean = np.exp(np.minimum(eta, _LARGEST_LOG_RATE)) * n
        if self.family == "poisson":
            return np.asarray(y - mean)
        return np.asarray((y - mean) / (1.0 + max(scatter, LEAST_SCATTER) * mean))


def _beta_shapes(eta: FloatArray, scatter: float) -> tuple[FloatArray, FloatArray]:
    """Shapes of the beta law of the share."""
    size = 1.0 / max(scatter, LEAST_SCATTER)
    return np.maximum(special.expit(eta) * size, 1e-300), np.maximum(special.expit(-eta) * size, 1e-300)


def _rising(start: FloatArray | float, steps: FloatArray) -> FloatArray:
    """Logarithm of start (start + 1) ... (start + steps - 1)."""
    return np.asarray(special.gammaln(start + steps) - special.gammaln(start))
