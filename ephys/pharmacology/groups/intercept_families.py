"""Laws of counts, each given a linear predictor: log-likelihood, and its slopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

FloatArray = NDArray[np.float64]
Slopes: TypeAlias = tuple[FloatArray, FloatArray]
Family: TypeAlias = Literal["binomial", "beta_binomial", "poisson", "negbin"]
"""Shares of trials, without and with scatter of their own; counts, likewise."""

FAMILIES: tuple[Family, ...] = ("binomial", "beta_binomial", "poisson", "negbin")
"""Names of the laws."""

LEAST_SCATTER = 1e-5
"""Scatter below which a law is the one without: less would lose digits."""

_LARGEST_LOG_RATE = 40.0  # exp of more has no meaning as a count


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of counts, and the law that they follow.

    The predictor is the log-odds of a trial, or the logarithm of the count per exposure. The scatter of rows is 0
    where the law has none; negative binomial, variance = mean + scatter × mean²; beta-binomial, two trials of a row
    correlate by scatter / (1 + scatter).

    Parameters
    ----------
    count : (n, 1) array
        Successes, or counts.
    trials : (n, 1) array
        Of which the successes are; of counts, the exposure.
    family : str
        One of `FAMILIES`.
    """

    count: FloatArray
    trials: FloatArray
    family: Family

    @property
    def scatters(self) -> bool:
        """Whether rows scatter by more than chance, animals apart."""
        return self.family in ("beta_binomial", "negbin")

    @property
    def are_shares(self) -> bool:
        """Whether the rows are successes of trials."""
        return self.family in ("binomial", "beta_binomial")

    def at(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Counts:
        """Some of the rows."""
        return Counts(self.count[rows], self.trials[rows], self.family)

    def log_likelihood(self, eta: FloatArray, scatter: float) -> FloatArray:
        """Log-likelihood of each row at each predictor, with every constant.

        Parameters
        ----------
        eta : (n, n_nodes) array
            Linear predictor.
        scatter : float
            Of the rows.
        """
        y, n, size = self.count, self.trials, 1.0 / max(scatter, LEAST_SCATTER)
        if self.are_shares:
            ways = special.gammaln(n + 1) - special.gammaln(y + 1) - special.gammaln(n - y + 1)
            if self.family == "binomial":
                return np.asarray(ways + y * eta - n * np.logaddexp(0.0, eta))
            a, b = _beta_shapes(eta, size)
            return np.asarray(ways - _rising(size, n) + _rising(a, y) + _rising(b, n - y))
        log_mean = self._log_mean(eta)
        if self.family == "poisson":
            return np.asarray(y * log_mean - np.exp(log_mean) - special.gammaln(y + 1))
        below = np.logaddexp(np.log(size), log_mean)  # log (size + mean)
        ways = _rising(size, y) - special.gammaln(y + 1)
        return np.asarray(ways + size * (np.log(size) - below) + y * (log_mean - below))

    def slopes(self, eta: FloatArray, scatter: float) -> Slopes:
        """Derivatives of the log-likelihood by the predictor, and by the scatter (0 below the least)."""
        y, n, size = self.count, self.trials, 1.0 / max(scatter, LEAST_SCATTER)
        if self.family == "binomial":
            return np.asarray(y - n * special.expit(eta)), np.zeros_like(eta)
        if self.family == "poisson":
            return np.asarray(y - np.exp(self._log_mean(eta))), np.zeros_like(eta)
        slopes = self._beta_slopes(eta, size) if self.are_shares else self._negbin_slopes(eta, size)
        return slopes if scatter > LEAST_SCATTER else (slopes[0], np.zeros_like(eta))

    def _log_mean(self, eta: FloatArray) -> FloatArray:
        """Logarithm of the expected count."""
        return np.asarray(np.minimum(eta, _LARGEST_LOG_RATE) + np.log(self.trials))

    def _beta_slopes(self, eta: FloatArray, size: float) -> Slopes:
        """Slopes of the beta-binomial."""
        a, b = _beta_shapes(eta, size)
        rise_a = special.digamma(self.count + a) - special.digamma(a)
        rise_b = special.digamma(self.trials - self.count + b) - special.digamma(b)
        rise = special.digamma(self.trials + size) - special.digamma(size)
        return (rise_a - rise_b) * a * b / size, size * (size * rise - a * rise_a - b * rise_b)

    def _negbin_slopes(self, eta: FloatArray, size: float) -> Slopes:
        """Slopes of the negative binomial."""
        y, mean = self.count, np.exp(self._log_mean(eta))
        over = mean / size
        rise = special.digamma(y + size) - special.digamma(size)
        by_scatter = size * (y - (y + size) * over / (1.0 + over)) + size**2 * (np.log1p(over) - rise)
        return (y - mean) / (1.0 + over), by_scatter


def _beta_shapes(eta: FloatArray, size: float) -> tuple[FloatArray, FloatArray]:
    """Shapes of the beta law of the share; their sum is `size`."""
    return np.maximum(special.expit(eta) * size, 1e-300), np.maximum(special.expit(-eta) * size, 1e-300)


def _rising(start: FloatArray | float, steps: FloatArray) -> FloatArray:
    """Logarithm of start (start + 1) ... (start + steps - 1)."""
    return np.asarray(special.gammaln(start + steps) - special.gammaln(start))
