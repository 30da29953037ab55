"""How far a spike count strays from its mean, and the likelihood that goes with it.

The variance of a count with mean m is ``m F(m) + (tau m)**2``. The second term is the negative binomial's: a rate that
wanders between windows by a relative standard deviation tau. In the first, F(m) = (k + f m) / (k + m) with
k = (1 + f) / 6: a renewal train whose intervals have the squared CV f scatters by ``f m + (1 - f**2) / 6`` where many
spikes are expected (Cox 1962, Renewal Theory, section 4.5), and like a coin's toss, ``m``, where hardly one is; between
them, where about one spike is expected, F is up to a third short for a regular train. With f = 1 it is Poisson's, and
the whole the negative binomial.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

FloatArray = NDArray[np.float64]

LEAST_DISPERSION = 1e-3
"""Below this the closed form of the likelihood loses digits; it is a wander of 0.1 %."""


def count_variance(mean: FloatArray, steady: FloatArray, dispersion: ArrayLike) -> FloatArray:
    """Variance of counts.

    Parameters
    ----------
    mean : array
        Expected counts.
    steady : array
        Squared CV of the intervals: variance over mean of the count of a steady train, when it is long.
    dispersion : array
        Relative standard deviation of the rate between windows.

    Examples
    --------
    >>> count_variance(np.array([0.0, 100.0]), np.array(1.0), 0.1).round(6)
    array([  0., 200.])
    """
    turn = (1.0 + steady) / 6.0
    variance: FloatArray = mean * (turn + steady * mean) / (turn + mean) + (np.asarray(dispersion) * mean) ** 2
    return variance


def variance_and_slope(mean: FloatArray, steady: FloatArray, dispersion: float) -> tuple[FloatArray, FloatArray]:
    """`count_variance`, and its derivative by the mean."""
    turn = (1.0 + steady) / 6.0
    both = turn + mean
    share = (turn + steady * mean) / both
    spread = dispersion**2 * mean
    variance: FloatArray = mean * (share + spread)
    return variance, share + mean * (steady - share) / both + 2.0 * spread


def log_quasi_likelihood(count: FloatArray, mean: FloatArray, steady: FloatArray, dispersion: ArrayLike) -> FloatArray:
    """Integral of ``(count - m) / variance(m)`` up to the mean: the log-likelihood, up to what the mean does not touch.

    Quasi-likelihood (Wedderburn 1974, Biometrika 61:439) needs the variance alone; where `steady` is 1 it is the
    negative binomial's log-likelihood. 0 where nothing is expected and nothing was counted.

    Parameters
    ----------
    count, mean, steady, dispersion : array
        As in `count_variance`; they broadcast.

    Examples
    --------
    >>> from scipy import stats
    >>> mean, tau = np.array([40.0, 60.0]), 0.2
    >>> known = stats.nbinom.logpmf(50, tau**-2, 1 / (1 + tau**2 * mean))
    >>> ours = log_quasi_likelihood(np.array(50.0), mean, np.array(1.0), tau)
    >>> bool(np.isclose(np.diff(ours), np.diff(known), rtol=1e-9).all())
    True
    """
    spread = np.maximum(np.asarray(dispersion, dtype=np.float64), LEAST_DISPERSION) ** 2
    turn = (1.0 + steady) / 6.0
    # (count - m) / variance = (count - m) (turn + m) / (m (turn + slope m + spread m^2)): partial fractions over m and
    # the quadratic, whose own integral is a logarithm where it has roots and an arc tangent where it has none.
    slope = steady + spread * turn
    bend = -1.0 - count * spread
    rest = count - turn - count * slope - bend * slope / (2.0 * spread)
    square = slope**2 - 4.0 * spread * turn
    apart = np.sqrt(np.maximum(np.abs(square), 1e-14))
    mass = np.log1p(mean * (slope + spread * mean) / turn) * (bend / (2.0 * spread))
    known = np.where(count > 0, count * np.log(np.where(mean > 0, mean, 1.0)), 0.0)
    known = known + mass + rest * _inverse_quadratic(mean, slope, spread, turn, square > 0, apart)
    return np.where((mean <= 0) & (count > 0), -np.inf, known)


def _inverse_quadratic(
    mean: FloatArray,
    slope: FloatArray,
    spread: FloatArray,
    turn: FloatArray,
    rooted: NDArray[np.bool_],
    apart: FloatArray,
) -> FloatArray:
    """Integral of ``1 / (turn + slope m + spread m^2)`` from 0 to the mean."""
    if not rooted.any():
        return _angle(mean, slope, spread, apart)
    near, far = 2.0 * turn / (slope + apart), (slope + apart) / (2.0 * spread)
    logarithm: FloatArray = (np.log1p(mean / near) - np.log1p(mean / far)) / apart
    return logarithm if rooted.all() else np.where(rooted, logarithm, _angle(mean, slope, spread, apart))


def _angle(mean: FloatArray, slope: FloatArray, spread: FloatArray, apart: FloatArray) -> FloatArray:
    """Integral of one over a quadratic without roots, from 0."""
    turned: FloatArray = np.arctan((2.0 * spread * mean + slope) / apart) - np.arctan(slope / apart)
    return turned * 2.0 / apart


def log_normaliser(count: FloatArray, steady: FloatArray, dispersion: ArrayLike) -> FloatArray:
    """What makes the quasi-likelihood of a count a log-probability, which the dispersion can be estimated from.

    Exact where `steady` is 1; elsewhere the saddlepoint's: a variance that is smaller makes every count likelier by the
    ratio of the standard deviations (extended quasi-likelihood; Nelder & Pregibon 1987, Biometrika 74:221, with their
    1/6 for small counts).

    Parameters
    ----------
    count, steady, dispersion : array
        As in `count_variance`.

    Examples
    --------
    >>> from scipy import stats
    >>> one, tau, mean = np.array(1.0), 0.3, 12.0
    >>> ours = log_quasi_likelihood(np.array(7.0), np.array(mean), one, tau) + log_normaliser(np.array(7.0), one, tau)
    >>> bool(np.isclose(ours, stats.nbinom.logpmf(7, tau**-2, 1 / (1 + tau**2 * mean))))
    True
    """
    tau = np.maximum(np.asarray(dispersion, dtype=np.float64), LEAST_DISPERSION)
    size = tau**-2.0
    poisson = np.ones_like(steady)
    best = special.gammaln(count + size) - special.gammaln(size) - special.gammaln(count + 1.0)
    best = best - size * np.log1p(count / size) + special.xlogy(count, count / (size + count))
    near = count + 1.0 / 6.0
    ratio = count_variance(near, poisson, tau) / count_variance(near, steady, tau)
    own: FloatArray = best + 0.5 * np.log(ratio) - log_quasi_likelihood(count, count, steady, tau)
    return own
