"""The shapes of dose-response curves: shares of the height between 0 and 1, with their derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

FloatArray = NDArray[np.float64]

_STEEPEST = 700.0
"""Beyond this exponent exp overflows, and every shape is flat to the last digit."""


@dataclass(frozen=True)
class Sigmoid:
    """A share S(z) of the height.

    Parameters
    ----------
    share : callable
        (z, exponent or None) -> S.
    slopes : callable
        (z, exponent or None) -> S, dS/dz, dS/d exponent (None without one).
    inverse : callable
        (share, exponent or None) -> z.
    falls : bool
        Whether S falls from 1 to 0 as z grows.
    odd : bool
        Whether S(-z) = 1 - S(z): such a curve is the same with b negative and its limits exchanged.
    z_half, slope_half : float
        z where S is 0.5, and dS/dz there (without an exponent): they carry a start from one shape to another.
    """

    share: Callable[[FloatArray, FloatArray | None], FloatArray]
    slopes: Callable[[FloatArray, FloatArray | None], tuple[FloatArray, FloatArray, FloatArray | None]]
    inverse: Callable[[FloatArray, FloatArray | None], FloatArray]
    falls: bool
    odd: bool
    z_half: float
    slope_half: float


def _logistic(z: FloatArray) -> FloatArray:
    """1 / (1 + exp(z)), without overflow."""
    small = np.exp(-np.abs(z))
    share: FloatArray = np.where(z > 0, small, 1.0) / (1.0 + small)
    return share


def _power(z: FloatArray, exponent: FloatArray) -> FloatArray:
    """1 / (1 + exp(z))**exponent, also where the base underflows."""
    power: FloatArray = np.exp(-exponent * np.logaddexp(0.0, z))
    return power


def _logistic_share(z: FloatArray, exponent: FloatArray | None) -> FloatArray:
    return _logistic(z) if exponent is None else _power(z, exponent)


def _logistic_slopes(z: FloatArray, exponent: FloatArray | None) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    share = _logistic(z)
    if exponent is None:
        return share, share * (share - 1.0), None
    power = _power(z, exponent)
    by_exponent: FloatArray = -power * np.where(power > 0, np.logaddexp(0.0, z), 0.0)
    return power, exponent * power * (share - 1.0), by_exponent


def _logistic_inverse(share: FloatArray, exponent: FloatArray | None) -> FloatArray:
    base = share if exponent is None else share ** (1.0 / exponent)
    return np.log1p(-base) - np.log(base)


def _exp(z: FloatArray) -> FloatArray:
    # Far below, exp has to be exactly 0: it is multiplied by the stand-in for ln 0.
    grown: FloatArray = np.exp(np.minimum(z, _STEEPEST))
    return grown


def _weibull_1_slopes(z: FloatArray, _exponent: FloatArray | None) -> tuple[FloatArray, FloatArray, None]:
    grown = _exp(z)
    share = np.exp(-grown)
    return share, -grown * share, None


def _weibull_2_slopes(z: FloatArray, _exponent: FloatArray | None) -> tuple[FloatArray, FloatArray, None]:
    grown = _exp(z)
    return -np.expm1(-grown), grown * np.exp(-grown), None


def _normal_slopes(z: FloatArray, _exponent: FloatArray | None) -> tuple[FloatArray, FloatArray, None]:
    near = np.clip(z, -40.0, 40.0)
    return ndtr(near), np.exp(-0.5 * near**2) / math.sqrt(2.0 * math.pi), None


LOG_LOGISTIC = Sigmoid(_logistic_share, _logistic_slopes, _logistic_inverse, True, True, 0.0, -0.25)
WEIBULL_1 = Sigmoid(
    lambda z, _: np.exp(-_exp(z)), _weibull_1_slopes, lambda share, _: np.log(-np.log(share)),
    True, False, math.log(math.log(2.0)), -0.5 * math.log(2.0),
)  # fmt: skip
WEIBULL_2 = Sigmoid(
    lambda z, _: -np.expm1(-_exp(z)), _weibull_2_slopes, lambda share, _: np.log(-np.log1p(-share)),
    False, False, math.log(math.log(2.0)), 0.5 * math.log(2.0),
)  # fmt: skip
LOG_NORMAL = Sigmoid(
    lambda z, _: ndtr(np.clip(z, -40.0, 40.0)), _normal_slopes, lambda share, _: ndtri(share),
    False, True, 0.0, 1.0 / math.sqrt(2.0 * math.pi),
)  # fmt: skip
