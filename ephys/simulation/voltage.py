"""The voltage of an electrode: cells, hash, noise and disturbances, rounded to whole microvolts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ephys.simulation.activity import Activity
from ephys.simulation.disturbances import Disturbances, Transients
from ephys.simulation.electrode import Electrode
from ephys.simulation.noise import NoiseSettings, contact_noise, hash_spikes
from ephys.simulation.rhythms import Beats
from ephys.simulation.spikes import SHAPES, add_spikes, spike_shape

FloatArray = NDArray[np.float64]


def render_voltage(
    activities: Sequence[Activity],
    *,
    duration_s: float,
    sampling_hz: float,
    noise: NoiseSettings,
    electrode: Electrode | None = None,
    disturbances: Disturbances | None = None,
    transients: Transients | None = None,
    beats: Sequence[Beats] = (),
    seed: int | np.random.Generator = 0,
) -> NDArray[np.int16]:
    """Voltage of a session, stretch by stretch, so that only the result is ever held whole.

    Parameters
    ----------
    activities : sequence of Activity
        What each cell did.
    duration_s, sampling_hz : float
        Length and sampling rate.
    noise : NoiseSettings
        Noise and hash.
    electrode : Electrode, optional
        By default one wire.
    disturbances, transients, beats
        What disturbs the session, and when it did; every contact hears it alike.
    seed : int or numpy.random.Generator, optional
        Source of chance.

    Returns
    -------
    array (samples, contacts) of int16
        1 µV per count.

    Examples
    --------
    >>> quiet = render_voltage([], duration_s=1.0, sampling_hz=20000.0, noise=NoiseSettings())
    >>> quiet.shape, str(quiet.dtype)
    ((20000, 1), 'int16')
    """
    electrode, disturbances = electrode or Electrode(), disturbances or Disturbances()
    rng = np.random.default_rng(seed)
    far_s, far_uv = hash_spikes(duration_s, noise, seed=rng)
    counts = np.empty((round(duration_s * sampling_hz), electrode.n_contacts), dtype=np.int16)
    limit_uv = min(disturbances.clip_uv or np.inf, np.iinfo(np.int16).max)
    coloured = contact_noise(
        len(counts),
        noise,
        n_contacts=electrode.n_contacts,
        shared=electrode.shared_noise,
        sampling_hz=sampling_hz,
        seed=rng,
    )
    start = 0
    for traces_uv in coloured:
        common_uv = np.zeros(len(traces_uv))
        add_spikes(
            common_uv,
            far_s,
            far_uv,
            shape=SHAPES["slow_irregular"],
            sampling_hz=sampling_hz,
            start_s=start / sampling_hz,
        )
        _add_disturbances(common_uv, disturbances, transients, beats, sampling_hz, start / sampling_hz)
        traces_uv += common_uv[:, np.newaxis]
        for activity in activities:
            _add_cell(traces_uv, activity, electrode, sampling_hz, start / sampling_hz)
        counts[start : start + len(traces_uv)] = np.rint(np.clip(traces_uv, -limit_uv, limit_uv))
        start += len(traces_uv)
    return counts


def _add_cell(
    traces_uv: FloatArray, activity: Activity, electrode: Electrode, sampling_hz: float, start_s: float
) -> None:
    """Add one cell's spikes to a stretch of every contact, in place."""
    alone_uv = np.zeros(len(traces_uv))
    add_spikes(
        alone_uv,
        activity.times_s,
        activity.amplitudes_uv,
        shape=spike_shape(activity.cell),
        sampling_hz=sampling_hz,
        start_s=start_s,
    )
    traces_uv += alone_uv[:, np.newaxis] * electrode.gains(activity.cell.place_um)


def _add_disturbances(
    traces_uv: FloatArray,
    disturbances: Disturbances,
    transients: Transients | None,
    beats: Sequence[Beats],
    sampling_hz: float,
    start_s: float,
) -> None:
    """Add hum, transients, pulses and slow potentials to a stretch, in place."""
    times_s = start_s + np.arange(len(traces_uv)) / sampling_hz
    if disturbances.hum is not None:
        traces_uv += disturbances.hum.voltage(times_s)
    if transients is not None:
        transients.add_to(traces_uv, sampling_hz=sampling_hz, start_s=start_s)
    for rhythm in beats:
        if rhythm.rhythm.slow_uv:
            traces_uv += rhythm.slow_potential(times_s)
        if rhythm.rhythm.pulse_uv:
            rhythm.add_pulses(traces_uv, sampling_hz=sampling_hz, start_s=start_s)
