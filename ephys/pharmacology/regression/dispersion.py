"""Dispersion of counts round a curve, by maximum likelihood."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from ephys.pharmacology.regression.families import Scatter

FloatArray = NDArray[np.float64]

_LN_DISPERSION = (-18.0, 6.0)
LEAST_DISPERSION = math.exp(_LN_DISPERSION[0])
"""Below this the counts scatter as Poisson's."""
_HALVINGS = 60


def likely_dispersion(curve: FloatArray, scatter: Scatter) -> FloatArray:
    """Maximum-likelihood dispersion round a curve, per row; 0 where the counts scatter no more than Poisson's."""
    mean, y = np.maximum(curve, 1e-12) * scatter.exposure, scatter.response

    def rise(ln_dispersion: FloatArray) -> FloatArray:
        """Derivative of the log-likelihood by the dispersion."""
        a = np.exp(ln_dispersion)
        terms = (digamma(1.0 / a) - digamma(y + 1.0 / a) + np.log1p(a * mean)) / a**2 + (y - mean) / (
            a * (1.0 + a * mean)
        )
        slope: FloatArray = (scatter.weight * terms).sum(axis=0)
        return slope

    rows = np.broadcast_shapes(curve.shape, y.shape)[1]
    low, high = np.full(rows, _LN_DISPERSION[0]), np.full(rows, _LN_DISPERSION[1])
    # As the dispersion goes to 0 the derivative goes to half of this; the closed form spares a cancellation.
    none = (scatter.weight * ((y - mean) ** 2 - y)).sum(axis=0) <= 0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        rising = rise(middle) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return np.where(none, 0.0, np.exp(0.5 * (low + high)))
