"""Trains of known steps, and simulated cells whose recovery is known."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ephys.model import Administration, DoseProtocol, Epoch, Fate, Subject, Unit
from ephys.pharmacology import DoseResponse, Recovery, Return, dose_response
from ephys.pharmacology.reversal.timing import Origin
from ephys.simulation import CellSpec, DoseSchedule, Kinetics, simulate_session

Cell = tuple[DoseResponse, Unit, DoseProtocol]
BASELINE_S, DOSE_S, ANTAGONIST_S = 180.0, 180.0, 300.0
HELD = Fate("held", math.inf, "simulated")


def dose(start_s: float = DOSE_S, amount: float = 100.0) -> Administration:
    """One dose of the agonist."""
    return Administration("ipsapirone", start_s, dose=amount, dose_unit="ug/kg", route="i.v.", form="base")


def against(start_s: float = ANTAGONIST_S, drug: str = "way-100635") -> Administration:
    """One dose of an antagonist."""
    return Administration(drug, start_s, dose=10.0, dose_unit="ug/kg", route="i.v.", form="base", role="antagonist")


def stepped(levels: Sequence[tuple[float, float]], stop_s: float, *, seed: int = 0, cv: float = 0.3) -> Unit:
    """A gamma train whose rate steps to each level at its time."""
    random = np.random.default_rng(seed)
    shape = 1.0 / cv**2
    own = np.cumsum(random.gamma(shape, 1.0 / shape, 20_000))
    starts, rates = np.array(levels).T
    passed = np.concatenate([[0.0], np.cumsum(np.diff([*starts, stop_s]) * rates)])
    edges = np.concatenate([starts, [stop_s]])
    rising = np.concatenate([[True], np.diff(passed) > 0])
    # A silent level takes no time of the train's own clock: its end is where the next spikes are drawn from.
    times = [
        edges[k] + (own[(own > passed[k]) & (own <= passed[k + 1])] - passed[k]) / rates[k]
        for k in range(len(rates)) if rising[k + 1]
    ]  # fmt: skip
    spikes = np.concatenate(times) if times else np.empty(0)
    return Unit.from_times(spikes[spikes < stop_s], support=Epoch(0.0, stop_s))


def cell(
    levels: Sequence[tuple[float, float]],
    stop_s: float = 500.0,
    *,
    given: Sequence[Administration] = (dose(), against()),
    seed: int = 0,
    cv: float = 0.3,
    fate: Fate | None = HELD,
    animal: str = "r1",
    group: str = "",
) -> Cell:
    """A stepped train with what was measured on it."""
    unit = stepped(levels, stop_s, seed=seed, cv=cv)
    protocol = DoseProtocol(tuple(given), unit.support)
    subject = Subject(animal=animal, group=group)
    return dose_response(unit, protocol, fate=fate, subject=subject, beside=False), unit, protocol


def simulated(
    seed: int, kinetics: Kinetics, *, animal: str, antagonist: str = "way-100635", recovery_s: float = 300.0,
    emax_percent: float = 100.0,
) -> Cell:  # fmt: skip
    """A simulated cell under two doses, in the animal named."""
    schedule = DoseSchedule(antagonist=antagonist, recovery_s=recovery_s, cumulative_ug_kg=(125.0, 250.0))
    spec = CellSpec(name="1", kinetics=kinetics, emax_percent=emax_percent)
    session = simulate_session(seed, cells=[spec], schedule=schedule, with_voltage=False).session
    unit, subject = session.units[0], Subject(animal=animal)
    return dose_response(unit, session.protocol, fate=HELD, subject=subject, beside=False), unit, session.protocol


def recovery(
    animal: str, return_s: float = math.nan, *, watched_s: float = 900.0, amount: float = 100.0, percent: float = 0.0,
    group: str = "", origin: Origin = "dose", drug: str = "ipsapirone",
) -> Recovery:  # fmt: skip
    """A recovery that was timed to within 5 s, or not back (NaN)."""
    returned = math.isfinite(return_s)
    back = Return(return_s, return_s - 5.0, return_s + 5.0, watched_s, returned)
    state = "returned" if returned else "not back"
    return Recovery(animal, "1", group, drug, amount, "ug/kg", origin, state, back, ((0.0, percent),))
