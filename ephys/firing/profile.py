"""How a cell fires in one window, all of it in one value."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ephys.firing.bursts import Bursts, BurstSettings, find_bursts
from ephys.firing.intervals import MIN_INTERVALS
from ephys.firing.oscillations import OscillationSettings, SlowOscillation, slow_oscillation
from ephys.firing.rates import measure_rate
from ephys.firing.regularity import Regularity, RegularitySettings, measure_regularity
from ephys.firing.rhythmicity import Rhythmicity, RhythmicitySettings, measure_rhythmicity
from ephys.jupyter import Shown
from ephys.model import Epoch, Estimate, Unit


@dataclass(frozen=True, eq=False)
class FiringProfile(Shown):
    """How one cell fires in one window.

    Parameters
    ----------
    unit_id : str
        Whose.
    within : Epoch
        The window.
    rate_hz : Estimate
        Mean rate; exact for a renewal train of the cell's regularity, Poisson where that is not known.
    bursts : Bursts
        Its bursts.
    all_intervals, regularity : Regularity
        Of every spike, and with each burst as one event.
    rhythmicity : Rhythmicity
        Trough and first side peak of the autocorrelogram.
    oscillation : SlowOscillation
        Of the rate, 0.02 to 0.1 Hz.
    """

    unit_id: str
    within: Epoch
    rate_hz: Estimate
    bursts: Bursts
    all_intervals: Regularity
    regularity: Regularity
    rhythmicity: Rhythmicity
    oscillation: SlowOscillation


def measure_firing(
    unit: Unit,
    within: Epoch,
    *,
    bursts: BurstSettings | None = None,
    min_intervals: int = MIN_INTERVALS,
    seed: int = 0,
) -> FiringProfile:
    """Measure rate, bursts, regularity, rhythm and slow oscillation of a unit in a window.

    Parameters
    ----------
    unit : Unit
        The unit; gaps of its support count neither as time nor as silence.
    within : Epoch
        The window.
    bursts : BurstSettings, optional
        What a burst is; each is one event of regularity, rhythm and oscillation.
    min_intervals : int, optional
        With fewer, no regularity, rhythm or oscillation is given.
    seed : int, optional
        Of the bootstraps.

    Returns
    -------
    FiringProfile
        NaN, with the reason, wherever there is too little to tell.

    Examples
    --------
    >>> import numpy as np
    >>> spikes = np.cumsum(np.random.default_rng(1).gamma(16.0, 0.75 / 16, 400))
    >>> profile = measure_firing(Unit.from_times(spikes, support=Epoch(0.0, 400.0)), Epoch(0.0, 180.0))
    >>> round(profile.rate_hz.value, 2), round(profile.regularity.cv.value, 1), profile.bursts.share
    (1.34, 0.2, 0.0)
    """
    bursts = bursts or BurstSettings()
    times_s = unit.times_s[within.mask(unit.times_s)]
    every = measure_regularity(unit, within, settings=RegularitySettings(min_intervals), seed=seed)
    return FiringProfile(
        unit.id,
        within,
        rate_hz=measure_rate(unit, within, cv=None if math.isnan(every.cv.value) else every.cv.value),
        bursts=find_bursts(times_s, support=unit.support, settings=bursts),
        all_intervals=every,
        regularity=measure_regularity(
            unit, within, settings=RegularitySettings(min_intervals, bursts=bursts), seed=seed
        ),
        rhythmicity=measure_rhythmicity(unit, within, settings=RhythmicitySettings(min_intervals, bursts), seed=seed),
        oscillation=slow_oscillation(
            unit, within, settings=OscillationSettings(min_intervals=min_intervals, bursts=bursts), seed=seed
        ),
    )
