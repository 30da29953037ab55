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
    # 1 / variance = (turn + m) / (m (turn + slope m + spread m^2)): partial fractions over 0 and the two roots.
    slope = steady + spread * turn
    apart = np.sqrt((slope**2 - 4.0 * spread * turn).astype(np.complex128))
    apart = np.where(np.abs(apart) < 1e-7, 1e-7, apart)
    far = -(slope + apart) / (2.0 * spread)
    near = -2.0 * turn / (slope + apart)
    known = np.where(count > 0, count * np.log(np.where(mean > 0, mean, 1.0)), 0.0)
    for root, other in ((near, far), (far, near)):
        share = (count - root) * (turn + root) / (spread * root * (root - other))
        known = known + (share * np.log1p(-mean / root)).real
    return np.where((mean <= 0) & (count > 0), -np.inf, known)
