"""A formula of several curves: which of its parameters are estimated, and what may be asked of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.shared_fits.points import CurvePoints

FloatArray = NDArray[np.float64]
Values = Mapping[str, float]


@dataclass(frozen=True)
class Formula:
    """Response of every point as a function of parameters with names.

    Parameters
    ----------
    response : callable
        Parameters by name and points, to the response at each.
    names : tuple of str
        What is estimated, in the order of the vector.
    held : mapping of str to float
        What is not.
    """

    response: Callable[[Values, CurvePoints], FloatArray]
    names: tuple[str, ...]
    held: Values

    def values(self, theta: FloatArray) -> dict[str, float]:
        """Every parameter by its name."""
        return {**self.held, **dict(zip(self.names, theta.tolist(), strict=True))}

    def residuals(self, theta: FloatArray, points: CurvePoints) -> FloatArray:
        """Formula less what was measured."""
        return self.response(self.values(theta), points) - points.response


@dataclass(frozen=True)
class Quantity:
    """Something that is asked of a fit: a parameter, or what follows from several.

    Parameters
    ----------
    of : callable
        Parameters by name to its value, on a scale on which it is about normal.
    name : str
        Parameter that follows from the value and the others.
    solve : callable
        The others by name and the value, to that parameter; NaN where there is none.
    report : callable
        The value as it is told; must rise or fall throughout.
    is_log : bool
        Whether it is a logarithm, along which no search may leap.
    """

    of: Callable[[Values], float]
    name: str
    solve: Callable[[Values, float], float]
    report: Callable[[float], float]
    is_log: bool = True


def parameter(name: str, report: Callable[[float], float] = float) -> Quantity:
    """One of the estimates, and how it is told.

    >>> parameter("slope").of({"slope": 1.5})
    1.5
    """
    return Quantity(lambda values: values[name], name, lambda _values, value: value, report, name.startswith("ln_"))
