"""The voltage of one wire: cells, hash and noise, rounded to whole microvolts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ephys.simulation.activity import Activity
from ephys.simulation.noise import NoiseSettings, hash_spikes, noise_chunks
from ephys.simulation.spikes import SHAPES, add_spikes, spike_shape


def render_voltage(
    activities: Sequence[Activity],
    *,
    duration_s: float,
    sampling_hz: float,
    noise: NoiseSettings,
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
    seed : int or numpy.random.Generator, optional
        Source of chance.

    Returns
    -------
    array (samples, 1) of int16
        1 µV per count.

    Examples
    --------
    >>> quiet = render_voltage([], duration_s=1.0, sampling_hz=20000.0, noise=NoiseSettings())
    >>> quiet.shape, str(quiet.dtype)
    ((20000, 1), 'int16')
    """
    rng = np.random.default_rng(seed)
    far_s, far_uv = hash_spikes(duration_s, noise, seed=rng)
    counts = np.empty((round(duration_s * sampling_hz), 1), dtype=np.int16)
    start = 0
    for traces_uv in noise_chunks(len(counts), noise, sampling_hz=sampling_hz, seed=rng):
        stretch = {"sampling_hz": sampling_hz, "start_s": start / sampling_hz}
        add_spikes(traces_uv, far_s, far_uv, shape=SHAPES["slow_irregular"], **stretch)
        for activity in activities:
            shape = spike_shape(activity.cell)
            add_spikes(traces_uv, activity.times_s, activity.amplitudes_uv, shape=shape, **stretch)
        counts[start : start + len(traces_uv), 0] = np.rint(traces_uv)
        start += len(traces_uv)
    return counts
