"""What a population needs to know of its curves, of whatever kind they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Shape:
    """A parameter of the curves' shape, which cells share.

    Parameters
    ----------
    name : str
        As the fit names it; of one group, "name:group".
    start, low, high : float
        Where the search begins, and its bounds.
    error : float
        How uncertain it usually is, for the search to step by.
    """

    name: str
    start: float
    low: float
    high: float
    error: float = 0.05


class Curves(Protocol):
    """Curves whose log-likelihood is known at every ID50 of a grid, for given shapes."""

    @property
    def n_curves(self) -> int:
        """Curves."""
        ...

    @property
    def doses(self) -> FloatArray:
        """Doses above 0."""
        ...

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Parameters that the curves share."""
        ...

    @property
    def node_weight(self) -> FloatArray:
        """Probability of each node: values of what else the curves of one animal share."""
        ...

    def focused(self, ln_dose: FloatArray, values: FloatArray) -> Curves:
        """The same, reckoned only where a curve's likelihood can matter for shapes near these."""
        ...

    def table(self, ln_dose: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log-likelihood at every ln ID50, and its derivatives.

        Parameters
        ----------
        ln_dose : array (points,)
        values : array (shapes,)

        Returns
        -------
        height : array (curves, nodes, points)
        slopes : array (shapes, curves, nodes, points)
        """
        ...
