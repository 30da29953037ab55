"""Doses with the same effect before and after inactivation: the points of Furchgott's plot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.jupyter import Shown
from ephys.pharmacology.curve_fit import CurveFit
from ephys.pharmacology.shared_fits.points import CurvePoints

FloatArray = NDArray[np.float64]

_LEVELS = (0.2, 0.35, 0.5, 0.65, 0.8)
"""Of the largest effect of the inactivated curve, at which equieffective doses are read (convention)."""


@dataclass(frozen=True, slots=True)
class EquieffectiveDose(Shown):
    """Doses with one effect, read off two curves that were fitted each by itself.

    Parameters
    ----------
    curve : str
        The inactivated one.
    effect : float
        Response less that without agonist.
    control_dose, dose : float
        Before and after inactivation.
    """

    curve: str
    effect: float
    control_dose: float
    dose: float


def equieffective_doses(points: CurvePoints, alone: tuple[CurveFit, ...]) -> tuple[EquieffectiveDose, ...]:
    """Read both doses off the curves, at effects that both reach within the doses given.

    Parameters
    ----------
    points : CurvePoints
    alone : tuple of CurveFit
        Each curve by itself, rising from 0, the control first.
    """
    found = []
    for number in range(1, len(alone)):
        largest = alone[number].estimate["d"]
        for effect in (part * largest for part in _LEVELS):
            pair = [alone[place].dose_at(effect, method="delta").estimate for place in (0, number)]
            if all(_inside(points, place, dose) for place, dose in zip((0, number), pair, strict=True)):
                found.append(EquieffectiveDose(points.labels[number], effect, *pair))
    return tuple(found)


def reciprocal_line(pairs: tuple[EquieffectiveDose, ...]) -> tuple[float, float]:
    """KA and q by the plain regression of 1 / A on 1 / A', as it is done by hand; NaN where it gives none.

    The points come from two curves and share their errors, and the lowest doses weigh most: no interval
    follows from it.

    Examples
    --------
    >>> pairs = [EquieffectiveDose("t", 0.0, 1.0 / (1.0 / (0.2 * a) + 0.8 / (0.2 * 100.0)), a) for a in (10.0, 50.0)]
    >>> [round(number, 6) for number in reciprocal_line(tuple(pairs))]
    [100.0, 0.2]
    """
    if len(pairs) < 2:
        return float("nan"), float("nan")
    x, y = (
        np.array([1.0 / dose for dose in doses])
        for doses in zip(*((p.dose, p.control_dose) for p in pairs), strict=True)
    )
    slope = float(np.sum((x - x.mean()) * (y - y.mean())) / np.sum((x - x.mean()) ** 2))
    intercept = float(y.mean() - slope * x.mean())
    if not (slope > 1 and intercept > 0):
        return float("nan"), 1.0 / slope if slope > 0 else float("nan")
    return (slope - 1.0) / intercept, 1.0 / slope


def _inside(points: CurvePoints, curve: int, dose: float) -> bool:
    """Whether a dose lies among those given."""
    given = points.dose[(points.curve == curve) & (points.dose > 0)]
    return bool(given.min() <= dose <= given.max())
