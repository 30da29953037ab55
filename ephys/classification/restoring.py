"""The slow part of a spike that a zero-phase high-pass took, put back."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import fft, linalg

from ephys.model import Waveform
from ephys.model.epoch import FloatArray

RESTORED_HZ = 100.0
"""Highest high-pass that is undone: of no spike of 8 ms does it leave less than a sixth (computed)."""

SHOWN = 0.5
"""Least share of the dip before the spike that a high-pass must have left; without one it is 0 ± 0.3 (simulated)."""

MOST_RESTORED = 1.25
"""With its slow part a spike is at most so many times as long: 100 Hz makes 3.2 ms of 3.5 ms (simulated)."""

_PERIODS = 10.0  # of the corner: by then, what the filter makes of an instant is over


def is_restorable(waveform: Waveform) -> bool:
    """Whether the high-pass is one that is known and can be undone: a Butterworth run both ways, at most 100 Hz.

    >>> still = np.zeros((1, 160, 1))
    >>> is_restorable(Waveform(still, np.array([0]), 20000.0, 0.002, (100.0, None), 2, "zero", "wide_band"))
    True
    >>> is_restorable(Waveform(still, np.array([0]), 20000.0, 0.002, (300.0, None), 2, "zero", "wide_band"))
    False
    """
    low_hz = waveform.band_hz[0]
    known = waveform.source == "wide_band" and waveform.phase == "zero" and waveform.order > 0
    return known and low_hz is not None and 0 < low_hz <= RESTORED_HZ


def restore_slow_part(
    traces_uv: FloatArray, *, low_hz: float, order: int, sampling_hz: float, still: int
) -> FloatArray:
    """Put back what a Butterworth high-pass, run both ways, took from spikes that begin and end in their snippets.

    The filtered snippet is the filter's matrix times a spike that is 0 in its first samples: least squares gives the
    spike, and with it the slow part to be added. Nothing that the filter passed is changed.

    Parameters
    ----------
    traces_uv : array (spikes, samples)
        Filtered snippets.
    low_hz, order : float, int
        Corner and order of the filter.
    sampling_hz : float
        Samples per second.
    still : int
        Samples at the beginning in which the spike has not begun.

    Returns
    -------
    array (spikes, samples)
        µV.

    Examples
    --------
    >>> from scipy import signal
    >>> time_ms = np.arange(-100.0, 100.0, 0.05)
    >>> spike, cut = 100.0 * np.exp(-(time_ms / 0.5) ** 2), slice(1960, 2120)
    >>> sections = signal.butter(2, 100.0, "high", fs=20000.0, output="sos")
    >>> filtered = signal.sosfiltfilt(sections, spike)[np.newaxis, cut]
    >>> restored = restore_slow_part(filtered, low_hz=100.0, order=2, sampling_hz=20000.0, still=10)
    >>> [round(float(np.abs(one - spike[cut]).max()), 1) for one in (filtered, restored)]
    [19.3, 0.0]
    """
    restored: FloatArray = traces_uv + traces_uv @ _slow_part(traces_uv.shape[1], low_hz, order, sampling_hz, still)
    return restored


def shows_high_pass(filtered_uv: FloatArray, restored_uv: FloatArray, *, still: int) -> bool:
    """Whether a mean spike dips before it begins as the filter that it is said to have passed makes it dip.

    Snippets that bear the wrong band do not: to restore them would make a slow part that never was.

    Parameters
    ----------
    filtered_uv, restored_uv : array (samples,)
        Mean as it came, and restored.
    still : int
        Samples at the beginning in which the spike has not begun.
    """
    dip_uv = (filtered_uv - restored_uv)[:still]
    return bool(filtered_uv[:still] @ dip_uv >= SHOWN * (dip_uv @ dip_uv))


@lru_cache(maxsize=8)
def _slow_part(samples: int, low_hz: float, order: int, sampling_hz: float, still: int) -> FloatArray:
    """Matrix (filtered samples, samples) that gives the slow part of a filtered snippet."""
    length = fft.next_fast_len(round(_PERIODS * sampling_hz / low_hz) + samples, real=True)
    frequency_hz = fft.rfftfreq(length, 1 / sampling_hz)
    taken = linalg.toeplitz(fft.irfft(1 / (1 + (frequency_hz / low_hz) ** (2 * order)), n=length)[:samples])
    passed = (np.eye(samples) - taken)[:, still:]
    spike_of: FloatArray = linalg.solve(passed.T @ passed, passed.T, assume_a="pos")
    return np.asarray((taken[:, still:] @ spike_of).T)
