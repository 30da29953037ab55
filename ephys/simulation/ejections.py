"""A cell beside a multibarrel electrode, whose answer to every ejected charge is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.model import Administration

FloatArray = NDArray[np.float64]


def ejection_rate(
    grid_s: FloatArray,
    given: Iterable[Administration],
    *,
    rate_hz: float,
    charge50_nc: Mapping[str, float],
    hill: float = 3.0,
    washout_s: float = 15.0,
) -> FloatArray:
    """Rate of a cell that answers to the charge ejected: ``rate / (1 + (q / q50)^hill)``.

    The charge q of an ejection grows with current and time, and falls exponentially after its stop. T50 is then
    ``q50 / I`` at every current, and I·T50 is q50. The kinetics are invented.

    Parameters
    ----------
    grid_s : array (points,)
        Times.
    given : iterable of Administration
        Ejections, each with its current in nA and its stop.
    rate_hz : float
        Without drug.
    charge50_nc : mapping of str to float
        Charge that halves the rate, by drug; a drug that is not in it does nothing.
    hill : float, optional
        Slope.
    washout_s : float, optional
        Time constant of the fall after an ejection.

    Returns
    -------
    array (points,)
        In Hz.

    Raises
    ------
    ParameterError
        If an ejection has no stop.

    Examples
    --------
    >>> ejected = Administration("drug a", 100.0, 150.0, dose=10.0, dose_unit="nA")
    >>> ejection_rate(np.array([99.0, 115.0, 150.0]), [ejected], rate_hz=2.0, charge50_nc={"drug a": 150.0}).round(2)
    array([2.  , 1.  , 0.05])
    """
    load = np.zeros_like(grid_s)
    for one in given:
        if one.drug not in charge50_nc:
            continue
        if one.stop_s is None:
            raise ParameterError(f"{one.drug} at {one.start_s:g} s: a simulated ejection needs a stop_s")
        on_s = np.clip(grid_s - one.start_s, 0.0, one.stop_s - one.start_s)
        off_s = np.maximum(grid_s - one.stop_s, 0.0)
        load += one.dose * on_s * np.exp(-off_s / washout_s) / charge50_nc[one.drug]
    rate: FloatArray = rate_hz / (1.0 + load**hill)
    return rate
