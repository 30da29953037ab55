"""The plan of a simulated slice: concentrations that wash in and out of a bath, on one another or one by one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model import Administration, DoseProtocol, Epoch, Subject, Support

FloatArray = NDArray[np.float64]

SIMULATED_SLICE = Subject(
    animal="simulated rat",
    species="Rattus norvegicus",
    sex="M",
    group="control",
    preparation="simulated: slice, dorsal raphe, one wire",
)
"""The animal that a simulated slice pretends to be of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuperfusionSchedule(Shown):
    """What a slice is superfused with, and when. Everything in it is invented.

    The drug record has the turns of the tap. The concentration at the cell follows `bath_delay_s` later, and comes near
    that of the tap as ``1 - exp(-t / wash_in_s)``, or falls with `wash_out_s`.

    Parameters
    ----------
    drug : str
        Name of the agonist.
    concentrations_nm : tuple of float
        One for each application, in nM.
    design : {"cumulative", "separate"}
        Whether each follows on the last, or on a wash.
    baseline_s : float
        Before the first.
    application_s : float
        Length of each.
    wash_s : float
        Between two, where they are separate.
    recovery_s : float
        From the end of the last to the end of the session.
    bath_delay_s : float
        From the tap to the cell.
    wash_in_s, wash_out_s : float
        Time constants of the exchange in the bath.

    Raises
    ------
    ParameterError
        If a time is not positive (a delay negative), or a concentration is not above 0.

    Examples
    --------
    >>> schedule = SuperfusionSchedule(concentrations_nm=(10.0, 30.0), design="separate", bath_delay_s=45.0)
    >>> [(given.start_s, given.stop_s) for given in schedule.protocol().administrations]
    [(240.0, 540.0), (1140.0, 1440.0)]
    >>> schedule.concentration_nm(np.array([284.0, 540.0, 1140.0])).round(2)
    array([ 0., 10.,  0.])
    """

    drug: str = "ipsapirone"
    concentrations_nm: tuple[float, ...] = (10.0, 30.0, 100.0, 300.0, 1000.0)
    design: Literal["cumulative", "separate"] = "cumulative"
    baseline_s: float = 240.0
    application_s: float = 300.0
    wash_s: float = 600.0
    recovery_s: float = 900.0
    bath_delay_s: float = 30.0
    wash_in_s: float = 30.0
    wash_out_s: float = 60.0

    def __post_init__(self) -> None:
        for name in ("baseline_s", "application_s", "wash_s", "recovery_s", "wash_in_s", "wash_out_s"):
            if not getattr(self, name) > 0:
                raise ParameterError(f"{name} of a schedule must be positive, got {getattr(self, name)} s")
        if self.bath_delay_s < 0:
            raise ParameterError(f"bath_delay_s of a schedule must not be negative, got {self.bath_delay_s} s")
        if not self.concentrations_nm or min(self.concentrations_nm) <= 0:
            raise ParameterError(f"concentrations must be above 0 nM, got {self.concentrations_nm}")
        if self.design not in ("cumulative", "separate"):
            raise ParameterError(f"design must be cumulative or separate, got {self.design!r}")

    @property
    def dose_unit(self) -> str:
        """Unit of the concentrations."""
        return "nM"

    @property
    def brings_back(self) -> str:
        """What brings silenced cells back: the wash."""
        return "wash-out"

    @property
    def dose_times_s(self) -> tuple[float, ...]:
        """When the tap is turned to each concentration."""
        apart_s = self.application_s + (self.wash_s if self.design == "separate" else 0.0)
        return tuple(self.baseline_s + apart_s * step for step in range(len(self.concentrations_nm)))

    @property
    def stop_s(self) -> float:
        """When the session ends."""
        return self.dose_times_s[-1] + self.application_s + self.recovery_s

    def protocol(self) -> DoseProtocol:
        """Drug record of the session, as a dose table would give it: turns of the tap, in nM of base."""
        given = tuple(
            Administration(
                self.drug, start_s, start_s + self.application_s, amount=nm, unit="nM", dose=nm, dose_unit="nM",
                form="base", route="bath", source="simulated",
            )
            for start_s, nm in zip(self.dose_times_s, self.concentrations_nm, strict=True)
        )  # fmt: skip
        return DoseProtocol(given, Support.of(Epoch(0.0, self.stop_s, "recorded")))

    def concentration_nm(self, times_s: FloatArray) -> FloatArray:
        """Concentration at the cell at each time.

        Parameters
        ----------
        times_s : array (points,)
            Seconds on the session's clock.
        """
        at_cell = np.zeros_like(times_s)
        reached = 0.0
        for (start_s, inflow), (stop_s, _) in pairwise([*self._inflows(), (np.inf, 0.0)]):
            tau_s = self.wash_in_s if inflow > reached else self.wash_out_s
            inside = (times_s >= start_s) & (times_s < stop_s)
            at_cell[inside] = inflow + (reached - inflow) * np.exp(-(times_s[inside] - start_s) / tau_s)
            reached = inflow + (reached - inflow) * float(np.exp(-(stop_s - start_s) / tau_s))
        return at_cell

    def _inflows(self) -> list[tuple[float, float]]:
        """From when on what concentration flows past the cell, in order."""
        turns = {self.bath_delay_s + given.end_s: 0.0 for given in self.protocol().administrations}
        turns |= {self.bath_delay_s + given.start_s: given.dose for given in self.protocol().administrations}
        return sorted(turns.items())
