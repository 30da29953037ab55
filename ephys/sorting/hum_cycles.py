"""One cycle of the mains hum, out of voltage that holds spikes as well."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from ephys.sorting.detection import DetectionSettings, noise_sd
from ephys.sorting.filters import filter_zero_phase

FloatArray = NDArray[np.float64]
FloatTraces = NDArray[np.float32]

BINS = 256
"""Points of one hum cycle."""

FINE = 8
"""Turns tried for each point of the cycle."""

SPIKE_MS = 1.5
"""What lies this close to a threshold crossing may be of its spike (convention)."""


def mean_cycle(
    traces_uv: FloatTraces, cycles: FloatArray, sampling_hz: float, sections: FloatArray | None
) -> FloatTraces:
    """Mean over a stretch at each point of the hum cycle, what crosses the threshold in the sorting band left out.

    A regular cell of 10 Hz fires in step with 50 Hz for seconds: every mean of all would hold a fifth of its spike.
    """
    centred = (traces_uv - np.median(traces_uv, axis=0)).astype(np.float32)
    place = cycles % 1.0 * BINS
    nearest = np.rint(place)
    point, beside = nearest.astype(np.int64) % BINS, place - nearest
    sorted_uv = filter_zero_phase(centred - _median_cycle(centred, cycles)[point], sections)
    beyond = (np.abs(sorted_uv) > DetectionSettings().threshold_sd * noise_sd(sorted_uv)).any(axis=1)
    kept = ~maximum_filter1d(beyond, 2 * round(SPIKE_MS * 1e-3 * sampling_hz) + 1)
    # What crosses at the same point of most cycles is the hum's own.
    kept |= (np.bincount(point[kept], minlength=BINS) < 0.5 * np.bincount(point, minlength=BINS))[point]
    counts = np.bincount(point[kept], minlength=BINS)
    seen = np.flatnonzero(counts)
    means = [
        np.bincount(point[kept], weights=weights[kept], minlength=BINS)[seen] / counts[seen]
        for weights in (beside, *centred.T)
    ]
    shape = np.stack([np.interp(np.arange(BINS), seen + means[0], wire, period=BINS) for wire in means[1:]], axis=1)
    mean: FloatTraces = (shape - shape.mean(axis=0)).astype(np.float32)
    return mean


def _median_cycle(centred_uv: FloatTraces, cycles: FloatArray) -> FloatTraces:
    """Median over the whole cycles of a stretch: however large, what is not in half of them does not count."""
    first, last = int(np.ceil(cycles[0])), int(np.floor(cycles[-1]))
    if last <= first:
        return np.zeros((BINS, centred_uv.shape[1]), dtype=np.float32)
    rows = np.rint(np.interp(np.arange(first * BINS, last * BINS) / BINS, cycles, np.arange(len(cycles))))
    folded = centred_uv[rows.astype(np.int64)].reshape(last - first, BINS, -1)
    median: FloatTraces = np.median(folded, axis=0)
    return median


def fit_cycle(shape_uv: FloatTraces, like_uv: FloatTraces) -> FloatTraces:
    """Cycle turned to the phase of another, and as large: two numbers can be told where 256 points cannot.

    >>> sine = np.sin(2 * np.pi * np.arange(BINS) / BINS)[:, np.newaxis].astype(np.float32)
    >>> bool(np.allclose(fit_cycle(sine, 3.0 * np.roll(sine, 40, axis=0)), 3.0 * np.roll(sine, 40, axis=0), atol=0.01))
    True
    """
    spectrum, other = np.fft.rfft(shape_uv, axis=0), np.fft.rfft(like_uv, axis=0)
    alike = np.fft.irfft((other * spectrum.conj()).sum(axis=1), n=FINE * BINS)
    turn = alike.argmax() / (FINE * BINS)
    turned = np.fft.irfft(spectrum * np.exp(-2j * np.pi * turn * np.arange(len(spectrum)))[:, np.newaxis], axis=0)
    size = (turned * like_uv).sum() / max(float((turned**2).sum()), 1e-30)
    fitted: FloatTraces = (size * turned).astype(np.float32)
    return fitted
