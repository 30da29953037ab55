"""From doses to a rate over time: onset, elimination, reversal, and a Hill curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ephys.simulation.cells import CellSpec, Kinetics
from ephys.simulation.schedule import DoseSchedule
from ephys.simulation.superfusion import SuperfusionSchedule

FloatArray = NDArray[np.float64]


def effective_dose(
    times_s: FloatArray, schedule: DoseSchedule | SuperfusionSchedule, *, kinetics: Kinetics
) -> FloatArray:
    """Dose that acts at each time: what was injected, as it comes on, is eliminated and is antagonised.

    Parameters
    ----------
    times_s : array (points,)
        Seconds on the session's clock.
    schedule : DoseSchedule or SuperfusionSchedule
        What was given.
    kinetics : Kinetics
        Onset, elimination and reversal; those of a bath are its schedule's.

    Returns
    -------
    array (points,)
        µg/kg, or nM.

    Examples
    --------
    >>> schedule = DoseSchedule(cumulative_ug_kg=(50.0, 100.0), antagonist="")
    >>> effective_dose(np.array([0.0, 350.0, 440.0]), schedule, kinetics=Kinetics(half_life_s=1e9)).round(1)
    array([  0.,  50., 100.])
    """
    if isinstance(schedule, SuperfusionSchedule):
        return schedule.concentration_nm(times_s)
    dose = np.zeros_like(times_s)
    for given_s, added in zip(schedule.dose_times_s, schedule.increments_ug_kg, strict=True):
        since = np.maximum(times_s - given_s, 0.0)
        dose += added * -np.expm1(-since / kinetics.onset_s) * 0.5 ** (since / kinetics.half_life_s)
    if schedule.antagonist:
        dose *= np.exp(-np.maximum(times_s - schedule.antagonist_s, 0.0) / kinetics.reversal_s)
    return dose


def remaining_share(dose: FloatArray, *, id50: float, hill: float, emax_percent: float) -> FloatArray:
    """Share of the rate that a dose leaves: ``1 - Emax * D**h / (ID50**h + D**h)``.

    It is written apart from the curve that `fit_dose_response` fits, so that a fault in one shows in the other.

    >>> remaining_share(np.array([0.0, 50.0]), id50=50.0, hill=2.0, emax_percent=80.0)
    array([1. , 0.6])
    """
    ratio = (dose / id50) ** hill
    share: FloatArray = 1.0 - emax_percent / 100.0 * ratio / (1.0 + ratio)
    return share


def rate_profile(times_s: FloatArray, cell: CellSpec, schedule: DoseSchedule | SuperfusionSchedule) -> FloatArray:
    """True rate of a cell at each time, in Hz, doublets included.

    Parameters
    ----------
    times_s : array (points,)
        Seconds on the session's clock.
    cell : CellSpec
        Its rate, drift and sensitivity.
    schedule : DoseSchedule or SuperfusionSchedule
        What was given.

    Returns
    -------
    array (points,)
        Hz.

    Examples
    --------
    >>> rate_profile(np.array([100.0]), CellSpec(name="1", rate_hz=1.5), DoseSchedule())
    array([1.5])
    """
    dose = effective_dose(times_s, schedule, kinetics=cell.kinetics)
    share = remaining_share(dose, id50=cell.id50, hill=cell.hill, emax_percent=cell.emax_percent)
    # A constant share a minute: a drift in a straight line would end below 0.
    drift = (1.0 + cell.drift_percent_per_min / 100.0) ** (times_s / 60.0)
    rate_hz: FloatArray = cell.rate_hz * share * drift
    return rate_hz
