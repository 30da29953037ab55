"""How responses scatter round a curve: what the search minimises, and the log-likelihood that is reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlog1py, xlogy

FloatArray = NDArray[np.float64]
_TINY = 1e-12
_NEARLY_POISSON = 1e-6


@dataclass(frozen=True)
class Scatter:
    """Responses with what is known of their scatter; arrays are (points, rows) or broadcast to it.

    Parameters
    ----------
    response : array
        Values, counts, or proportions.
    weight : array
        1 / variance (Gaussian), trials (binomial), 1 or 0 (counts: 0 leaves a point out).
    exposure : array
        What a count's mean is multiplied by.
    dispersion : array (rows,)
        Negative binomial: variance = mean + dispersion × mean².
    """

    response: FloatArray
    weight: FloatArray
    exposure: FloatArray
    dispersion: FloatArray

    def rows(self, rows: NDArray[np.intp]) -> Scatter:
        """Return some of the rows."""

        def pick(values: FloatArray) -> FloatArray:
            return values if values.shape[-1] == 1 else values[..., rows]

        return Scatter(self.response[:, rows], pick(self.weight), pick(self.exposure), pick(self.dispersion))


@dataclass(frozen=True)
class Family:
    """One law of scatter.

    Parameters
    ----------
    name : str
    half_deviance : callable
        (curve, scatter) -> (points, rows), 0 where the curve meets the response.
    score : callable
        (curve, scatter) -> derivative of the half deviance by the curve, and its expected second derivative.
    log_likelihood : callable
        (curve, scatter) -> (points, rows), with every constant.
    limits : (float, float)
        Range of curves that the law allows.
    """

    name: str
    half_deviance: Callable[[FloatArray, Scatter], FloatArray]
    score: Callable[[FloatArray, Scatter], tuple[FloatArray, FloatArray]]
    log_likelihood: Callable[[FloatArray, Scatter], FloatArray]
    limits: tuple[float, float]

    @property
    def learns_noise(self) -> bool:
        """Whether the residual variance is estimated, and intervals use Student's t."""
        return self.name == "gaussian"

    @property
    def counts(self) -> bool:
        """Whether responses are counts, which may have an exposure."""
        return self.name in ("poisson", "negbin")


def _gaussian_score(curve: FloatArray, scatter: Scatter) -> tuple[FloatArray, FloatArray]:
    return scatter.weight * (curve - scatter.response), scatter.weight


def _gaussian_log_likelihood(curve: FloatArray, scatter: Scatter) -> FloatArray:
    """With the most likely residual variance, spread over the points."""
    used = np.broadcast_to(scatter.weight > 0, curve.shape)
    count = used.sum(axis=0)
    mean_square = np.sum(scatter.weight * (scatter.response - curve) ** 2, axis=0) / count
    with np.errstate(divide="ignore"):
        constant = -0.5 * (np.log(2.0 * np.pi * mean_square) + 1.0)
        own: FloatArray = np.where(used, constant + 0.5 * np.log(np.where(used, scatter.weight, 1.0)), 0.0)
    return own


def _mean(curve: FloatArray, scatter: Scatter) -> FloatArray:
    """Expected count."""
    return np.maximum(curve, _TINY) * scatter.exposure


def _poisson_half_deviance(curve: FloatArray, scatter: Scatter) -> FloatArray:
    mean = _mean(curve, scatter)
    return scatter.weight * (mean - scatter.response + xlogy(scatter.response, scatter.response / mean))


def _poisson_score(curve: FloatArray, scatter: Scatter) -> tuple[FloatArray, FloatArray]:
    rate = np.maximum(curve, _TINY)
    per_rate = scatter.weight / rate
    return per_rate * (rate * scatter.exposure - scatter.response), per_rate * scatter.exposure


def _poisson_log_likelihood(curve: FloatArray, scatter: Scatter) -> FloatArray:
    mean = _mean(curve, scatter)
    return scatter.weight * (xlogy(scatter.response, mean) - mean - gammaln(scatter.response + 1.0))


def _negbin_half_deviance(curve: FloatArray, scatter: Scatter) -> FloatArray:
    mean, y = _mean(curve, scatter), scatter.response
    a = np.maximum(scatter.dispersion, _TINY)
    excess = (y + 1.0 / a) * np.log1p(a * (mean - y) / (1.0 + a * y))
    return scatter.weight * (excess + xlogy(y, y / mean))


def _negbin_score(curve: FloatArray, scatter: Scatter) -> tuple[FloatArray, FloatArray]:
    rate = np.maximum(curve, _TINY)
    mean = rate * scatter.exposure
    per_rate = scatter.weight / (rate * (1.0 + scatter.dispersion * mean))
    return per_rate * (mean - scatter.response), per_rate * scatter.exposure


def _negbin_log_likelihood(curve: FloatArray, scatter: Scatter) -> FloatArray:
    mean, y = _mean(curve, scatter), scatter.response
    a = np.maximum(scatter.dispersion, _NEARLY_POISSON)
    size = 1.0 / a
    grown = xlogy(y, a * mean) - (y + size) * np.log1p(a * mean)
    full = gammaln(y + size) - gammaln(size) - gammaln(y + 1.0) + grown
    # Close to Poisson the gamma functions cancel; two terms of the series are exact enough.
    near = _poisson_log_likelihood(curve, scatter) + 0.5 * scatter.dispersion * ((y - mean) ** 2 - y)
    return scatter.weight * np.where(scatter.dispersion < _NEARLY_POISSON, near, full)


def _share(curve: FloatArray) -> FloatArray:
    return np.clip(curve, _TINY, 1.0 - _TINY)


def _binomial_half_deviance(curve: FloatArray, scatter: Scatter) -> FloatArray:
    share, y = _share(curve), scatter.response
    return scatter.weight * (xlogy(y, y / share) + xlogy(1.0 - y, (1.0 - y) / (1.0 - share)))


def _binomial_score(curve: FloatArray, scatter: Scatter) -> tuple[FloatArray, FloatArray]:
    share = _share(curve)
    information = scatter.weight / (share * (1.0 - share))
    return information * (share - scatter.response), information


def _binomial_log_likelihood(curve: FloatArray, scatter: Scatter) -> FloatArray:
    share, y, trials = _share(curve), scatter.response, scatter.weight
    ways = gammaln(trials + 1.0) - gammaln(trials * y + 1.0) - gammaln(trials * (1.0 - y) + 1.0)
    return ways + trials * (xlogy(y, share) + xlog1py(1.0 - y, -share))


FAMILIES = {
    "gaussian": Family(
        "gaussian",
        lambda curve, scatter: 0.5 * scatter.weight * (curve - scatter.response) ** 2,
        _gaussian_score,
        _gaussian_log_likelihood,
        (-np.inf, np.inf),
    ),
    "poisson": Family("poisson", _poisson_half_deviance, _poisson_score, _poisson_log_likelihood, (0.0, np.inf)),
    "negbin": Family(
        "negbin",
        _negbin_half_deviance,
        _negbin_score,
        _negbin_log_likelihood,
        (0.0, np.inf),
    ),
    "binomial": Family(
        "binomial",
        _binomial_half_deviance,
        _binomial_score,
        _binomial_log_likelihood,
        (0.0, 1.0),
    ),
}
"""Every law of scatter by its name."""
