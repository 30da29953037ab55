"""What a simulated cell did: when it fired, and how large each spike was at the electrode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.model import Support
from ephys.simulation.cells import CellSpec
from ephys.simulation.effects import rate_profile
from ephys.simulation.noise import NoiseSettings
from ephys.simulation.rhythms import Beats
from ephys.simulation.schedule import DoseSchedule
from ephys.simulation.spikes import sorting_band_peak, spike_shape
from ephys.simulation.states import UrethaneStates
from ephys.simulation.superfusion import SuperfusionSchedule
from ephys.simulation.trains import add_bursts, add_doublets, overlap_spikes, renewal_train

FloatArray = NDArray[np.float64]

RATE_STEP_S = 0.25
"""Grid of the rate, fine against the 8 s in which a dose comes on."""

AMPLITUDE_CV = 0.03
"""Spread of a cell's own spike sizes, apart from the noise (convention)."""


@dataclass(frozen=True, eq=False)
class Activity:
    """Every spike of one cell, detectable or not.

    Parameters
    ----------
    cell : CellSpec
        The cell.
    times_s : array (spikes,)
        When it fired.
    amplitudes_uv : array (spikes,)
        Wide-band size of the main peak, without noise.
    """

    cell: CellSpec
    times_s: FloatArray
    amplitudes_uv: FloatArray

    def within(self, support: Support) -> Activity:
        """What of it fell into the time that was recorded."""
        kept = support.mask(self.times_s)
        return self if kept.all() else Activity(self.cell, self.times_s[kept], self.amplitudes_uv[kept])


def fire_cell(
    cell: CellSpec,
    schedule: DoseSchedule | SuperfusionSchedule,
    *,
    noise: NoiseSettings,
    sampling_hz: float,
    seed: int | np.random.Generator = 0,
    beats: Sequence[Beats] = (),
    states: UrethaneStates | None = None,
    leader_s: FloatArray | None = None,
) -> Activity:
    """Let a cell fire through a session.

    Parameters
    ----------
    cell : CellSpec
        The cell.
    schedule : DoseSchedule or SuperfusionSchedule
        What is given.
    noise : NoiseSettings
        Of the wire: a cell that is lost sinks to its threshold.
    sampling_hz : float
        Of the recording.
    seed : int or numpy.random.Generator, optional
        Source of chance.
    beats : sequence of Beats, optional
        Rhythms that move the electrode.
    states : UrethaneStates, optional
        Which the rate follows, by the cell's `state_depth`.
    leader_s : array (spikes,), optional
        Spikes of the cell that this one follows.

    Raises
    ------
    ParameterError
        If a cell that is to be lost never cleared the threshold.

    Examples
    --------
    >>> activity = fire_cell(CellSpec(name="1"), DoseSchedule(), noise=NoiseSettings(), sampling_hz=20000.0)
    >>> round(float((activity.times_s < 180.0).sum() / 180.0), 1)
    1.6
    """
    rng = np.random.default_rng(seed)
    grid_s = np.arange(0.0, schedule.stop_s + RATE_STEP_S, RATE_STEP_S)
    rate_hz = rate_profile(grid_s, cell, schedule) / (1.0 + cell.doublet_share)
    if states is not None:
        rate_hz = rate_hz * (1.0 + cell.state_depth * states.level(grid_s))
    events = renewal_train(grid_s, rate_hz, cv=cell.cv, law=cell.law, seed=rng)
    times_s, is_second = add_doublets(events[events < schedule.stop_s], share=cell.doublet_share, seed=rng)
    rank = is_second.astype(np.int64)
    if cell.burst_continue:
        times_s, rank = add_bursts(times_s, rank, chance=cell.burst_continue, seed=rng)
    if leader_s is not None:
        times_s = overlap_spikes(times_s, leader_s, share=cell.follow_share, lag_ms=cell.follow_lag_ms, seed=rng)
        times_s = times_s[(times_s >= 0.0) & (times_s < schedule.stop_s)]
        rank = np.zeros(len(times_s), dtype=np.int64)
    sizes = cell.amplitude_uv * rng.normal(1.0, AMPLITUDE_CV, len(times_s)) * cell.burst_decrement**rank
    sizes *= _run_down(times_s, cell, noise.threshold_uv, sampling_hz)
    sizes *= 1.0 + cell.amplitude_drift_percent / 100.0 * times_s / schedule.stop_s
    for rhythm in beats:
        sizes *= rhythm.movement(times_s)
    return Activity(cell, times_s, sizes)


def _run_down(times_s: FloatArray, cell: CellSpec, threshold_uv: float, sampling_hz: float) -> FloatArray:
    """Share of its amplitude that a cell still has: a straight line through the threshold at `lost_at_s`, down to 0."""
    if cell.lost_at_s is None or cell.rundown_from_s is None:
        return np.ones_like(times_s)
    seen_uv = cell.amplitude_uv * sorting_band_peak(spike_shape(cell), sampling_hz=sampling_hz)
    if not threshold_uv < seen_uv:
        raise ParameterError(
            f"cell {cell.name}: {seen_uv:.0f} µV in the sorting band never clears the threshold of "
            f"{threshold_uv:.0f} µV; raise amplitude_uv or lower the noise"
        )
    fall = (1.0 - threshold_uv / seen_uv) / (cell.lost_at_s - cell.rundown_from_s)
    left: FloatArray = np.clip(1.0 - fall * (times_s - cell.rundown_from_s), 0.0, 1.0)
    return left
