"""Cells as a faultless sorter would hand them on: what cleared the threshold, with amplitudes and snippets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ephys.model import Support, Unit, Waveform
from ephys.simulation.activity import Activity
from ephys.simulation.bands import FILTER_ORDER, WIDE_BAND_HZ, filter_band
from ephys.simulation.noise import NoiseSettings, noise_chunks
from ephys.simulation.spikes import SETTLE_MS, sorting_band_peak, spike_shape

MAX_SNIPPETS = 60
"""Enough for a mean shape and its interval, and small as a file (convention)."""

SNIPPET_MS = (-2.0, 6.0)
"""Window round the peak in which shape is measured."""


def true_unit(activity: Activity, *, support: Support, noise: NoiseSettings, sampling_hz: float) -> Unit:
    """Every spike that a cell fired, with its size in the sorting band before any noise.

    Parameters
    ----------
    activity : Activity
        What the cell did.
    support : Support
        When it was recorded.
    noise : NoiseSettings
        Of the wire.
    sampling_hz : float
        Of the wire.

    Returns
    -------
    Unit
        Also with the spikes below its threshold; without snippets.
    """
    seen_share = sorting_band_peak(spike_shape(activity.cell), sampling_hz=sampling_hz)
    return Unit(
        activity.cell.name,
        activity.times_s,
        support,
        amplitudes_uv=activity.amplitudes_uv * seen_share,
        threshold_uv=noise.threshold_uv,
        noise_uv=noise.noise_uv,
        origin="simulated",
    )


def sorted_unit(
    activity: Activity, truth: Unit, *, noise: NoiseSettings, sampling_hz: float, seed: int | np.random.Generator = 0
) -> Unit:
    """What a faultless sorter makes of a cell: the spikes that clear the threshold, each amplitude with its noise.

    Parameters
    ----------
    activity, truth : Activity, Unit
        What the cell did, and its `true_unit`.
    noise : NoiseSettings
        Of the wire.
    sampling_hz : float
        Of the snippets.
    seed : int or numpy.random.Generator, optional
        Source of chance.

    Returns
    -------
    Unit
        With wide-band snippets spread over its spikes.
    """
    rng = np.random.default_rng(seed)
    peaks_uv = truth.amplitudes_uv + rng.normal(0.0, noise.noise_uv, truth.n_spikes)
    seen = np.flatnonzero(peaks_uv >= truth.threshold_uv)
    waveform = _wide_band_waveform(activity, seen, noise, sampling_hz, rng)
    return replace(truth, times_s=truth.times_s[seen], amplitudes_uv=peaks_uv[seen], waveform=waveform)


def _wide_band_waveform(
    activity: Activity, seen: NDArray[np.int64], noise: NoiseSettings, sampling_hz: float, rng: np.random.Generator
) -> Waveform | None:
    """Noisy snippets of some of the spikes seen, filtered as `measure_waveforms` filters a recording."""
    if not seen.size:
        return None
    kept = np.unique(np.linspace(0, seen.size - 1, min(MAX_SNIPPETS, seen.size)).astype(np.int64))
    pre, post = round(-SNIPPET_MS[0] * 1e-3 * sampling_hz), round(SNIPPET_MS[1] * 1e-3 * sampling_hz)
    margin = round(SETTLE_MS * 1e-3 * sampling_hz)
    samples = np.arange(-margin - pre, post + margin)
    # No spike peaks on a sample: its place between two of them is chance.
    time_ms = (samples[:, np.newaxis] - rng.uniform(-0.5, 0.5, len(kept))) / sampling_hz * 1e3
    sizes_uv = activity.amplitudes_uv[seen[kept]]
    background = np.concatenate([*noise_chunks(time_ms.size, noise, sampling_hz=sampling_hz, seed=rng)])
    traces_uv = sizes_uv * spike_shape(activity.cell).at(time_ms) + background.reshape(len(kept), -1).T
    filtered = filter_band(traces_uv, WIDE_BAND_HZ, sampling_hz=sampling_hz)[margin : margin + pre + post]
    return Waveform(
        filtered.T[:, :, np.newaxis].astype(np.float32),
        kept,
        sampling_hz,
        pre / sampling_hz,
        band_hz=(WIDE_BAND_HZ[0], noise.low_pass_hz),
        order=FILTER_ORDER,
        phase="zero",
        source="wide_band",
    )
