"""The slow alternation of states under urethane, which moves firing rates, breathing and heartbeat together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.jupyter import Shown

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class UrethaneStates(Shown):
    """Activated and deactivated states, one after the other.

    Parameters
    ----------
    period_s : float
        Of one cycle: about 11 min under urethane, 8 to 15 from animal to animal (Clement et al. 2008, PLoS ONE
        3:e2004).
    phase : float
        Where in its cycle the session begins, 0 to 1.
    sharpness : float
        0 gives a sine; the higher, the more abrupt the change of state (convention).

    Raises
    ------
    ParameterError
        If the period is not positive, or the sharpness negative.
    """

    period_s: float = 660.0
    phase: float = 0.0
    sharpness: float = 2.0

    def __post_init__(self) -> None:
        if not (self.period_s > 0 and self.sharpness >= 0):
            raise ParameterError(
                f"states need period_s > 0 and sharpness >= 0, got {self.period_s} and {self.sharpness}"
            )

    def level(self, times_s: FloatArray) -> FloatArray:
        """State at each time: 1 wholly activated, -1 wholly deactivated; it averages 0 over a cycle.

        >>> UrethaneStates(period_s=600.0).level(np.array([0.0, 150.0, 450.0])).round(2)
        array([ 0.,  1., -1.])
        """
        wave = np.sin(2.0 * np.pi * (times_s / self.period_s + self.phase))
        if self.sharpness == 0:
            return wave
        level: FloatArray = np.tanh(self.sharpness * wave) / np.tanh(self.sharpness)
        return level
