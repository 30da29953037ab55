"""The plan of a simulated session: baseline, vehicle, cumulative doses, antagonist, recovery."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model import Administration, DoseProtocol, Epoch, Support

IPSAPIRONE_UG_KG = (15.625, 31.25, 62.5, 125.0, 250.0, 500.0)
"""Cumulative doses, i.v.: the doubling series to 500 µg/kg of Basse-Tomusk & Rebec 1986, one step further down."""

LESOPITRON_UG_KG = (12.5, 25.0, 50.0, 100.0, 200.0, 400.0)
"""Cumulative doses, i.v.: a doubling series round the simulator's own invented ID50s."""

WAY_100635_UG_KG = 10.0
"""Dose that brought silenced raphe cells back to baseline (J Neurosci 2001;21:9856, caption of figure 8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseSchedule(Shown):
    """What is given and when; the steps follow one another at one interval.

    Parameters
    ----------
    drug : str
        Name of the agonist.
    cumulative_ug_kg : tuple of float
        Totals after each step, in µg/kg i.v. of base, rising; what is added each time is the difference.
    baseline_s : float
        Time before the first injection (convention: 2 to 5 min).
    interval_s : float
        From one injection to the next (convention: 1 to 3 min), here a 60-s window from 30 s after each.
    vehicle : str
        Given first; empty for none.
    antagonist : str
        Given one interval after the last dose; empty for none.
    antagonist_ug_kg : float
        Its dose.
    recovery_s : float
        From the antagonist to the end of the session.
    pretreatment : str
        An antagonist given first of all, before vehicle and doses; empty for none. By itself it does nothing to the
        rate, and its shift of the curve is in the `CellSpec.id50`.
    pretreatment_ug_kg : float
        Its dose.
    pretreatment_s : float
        From there to what is given next.

    Raises
    ------
    ParameterError
        If a time is not positive, or the doses do not rise from above 0.

    Examples
    --------
    >>> schedule = DoseSchedule()
    >>> schedule.stop_s
    930.0
    >>> [given.drug for given in schedule.protocol().administrations][:2]
    ['saline', 'ipsapirone']
    """

    drug: str = "ipsapirone"
    cumulative_ug_kg: tuple[float, ...] = IPSAPIRONE_UG_KG
    baseline_s: float = 180.0
    interval_s: float = 90.0
    vehicle: str = "saline"
    antagonist: str = "way-100635"
    antagonist_ug_kg: float = WAY_100635_UG_KG
    recovery_s: float = 120.0
    pretreatment: str = ""
    pretreatment_ug_kg: float = WAY_100635_UG_KG
    pretreatment_s: float = 300.0

    def __post_init__(self) -> None:
        times = {"baseline_s": self.baseline_s, "interval_s": self.interval_s, "recovery_s": self.recovery_s}
        times |= {"pretreatment_s": self.pretreatment_s}
        for name, seconds in times.items():
            if not seconds > 0:
                raise ParameterError(f"{name} of a schedule must be positive, got {seconds} s")
        if not self.cumulative_ug_kg or any(
            before >= after for before, after in pairwise((0.0, *self.cumulative_ug_kg))
        ):
            raise ParameterError(f"cumulative doses must rise from above 0, got {self.cumulative_ug_kg}")

    @property
    def dose_unit(self) -> str:
        """Unit of the doses."""
        return "ug/kg"

    @property
    def brings_back(self) -> str:
        """What brings silenced cells back; empty for nothing."""
        return self.antagonist

    @property
    def pretreated_s(self) -> float:
        """When vehicle and doses begin: after the baseline, and after a pretreatment."""
        return self.baseline_s + (self.pretreatment_s if self.pretreatment else 0.0)

    @property
    def first_dose_s(self) -> float:
        """When the first dose of the agonist is given."""
        return self.pretreated_s + (self.interval_s if self.vehicle else 0.0)

    @property
    def antagonist_s(self) -> float:
        """When the antagonist is given, or would be."""
        return self.first_dose_s + self.interval_s * len(self.cumulative_ug_kg)

    @property
    def stop_s(self) -> float:
        """When the session ends."""
        return self.antagonist_s + self.recovery_s

    @property
    def increments_ug_kg(self) -> tuple[float, ...]:
        """What each injection of the agonist adds."""
        return tuple(after - before for before, after in pairwise((0.0, *self.cumulative_ug_kg)))

    @property
    def dose_times_s(self) -> tuple[float, ...]:
        """When each dose of the agonist is given."""
        return tuple(self.first_dose_s + self.interval_s * step for step in range(len(self.cumulative_ug_kg)))

    def protocol(self) -> DoseProtocol:
        """Drug record of the session, as a dose table would give it: increments, in µg/kg of base, i.v."""
        given: list[Administration] = []
        if self.pretreatment:
            given.append(_injection(self.pretreatment, self.baseline_s, self.pretreatment_ug_kg, antagonist=True))
        if self.vehicle:
            given.append(
                Administration(
                    self.vehicle, self.pretreated_s, amount=1.0, unit="ml/kg", dose=1.0, dose_unit="ml/kg",
                    route="i.v.", role="vehicle", source="simulated",
                )
            )  # fmt: skip
        for time_s, added in zip(self.dose_times_s, self.increments_ug_kg, strict=True):
            given.append(_injection(self.drug, time_s, added))
        if self.antagonist:
            given.append(_injection(self.antagonist, self.antagonist_s, self.antagonist_ug_kg, antagonist=True))
        return DoseProtocol(tuple(given), Support.of(Epoch(0.0, self.stop_s, "recorded")))


def _injection(drug: str, time_s: float, amount: float, *, antagonist: bool = False) -> Administration:
    """One i.v. bolus of base."""
    return Administration(
        drug,
        time_s,
        amount=amount,
        unit="ug/kg",
        dose=amount,
        dose_unit="ug/kg",
        form="base",
        route="i.v.",
        role="antagonist" if antagonist else "agonist",
        source="simulated",
    )
