"""Dose-response curves as plain functions."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit


def hill_remaining(
    dose: ArrayLike, *, ln_id50: ArrayLike, ln_hill: ArrayLike, emax: float = 1.0
) -> NDArray[np.float64]:
    """Share of the baseline rate that is left at each dose.

    ``1 - emax * D**h / (ID50**h + D**h)``, written as a logistic in ln dose, so that dose 0 gives exactly 1. The
    arguments broadcast.

    Parameters
    ----------
    dose : array_like
        Cumulative doses, not negative.
    ln_id50, ln_hill : array_like
        Natural logarithms of the dose at half of `emax`, and of the slope.
    emax : float, optional
        Largest share that the drug can take away.

    Examples
    --------
    >>> hill_remaining([0.0, 50.0, 1e9], ln_id50=np.log(50.0), ln_hill=0.0).round(3)
    array([1. , 0.5, 0. ])
    """
    with np.errstate(divide="ignore"):
        ln_dose = np.log(np.asarray(dose, dtype=np.float64))
    effect: NDArray[np.float64] = expit(np.exp(ln_hill) * (ln_dose - np.asarray(ln_id50)))
    return 1.0 - emax * effect


def absolute_shift(emax: float, ln_hill: float) -> float:
    """Ln of the absolute ID50 (half of the rate lost) over the relative ED50 (half of `emax`).

    >>> absolute_shift(1.0, 0.0)
    0.0
    """
    return math.log(1.0 / (2.0 * emax - 1.0)) / math.exp(ln_hill)
