"""The bands in which spikes are sorted and measured; apart from the sorter, so that it is not judged by itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import signal

FloatArray = NDArray[np.float64]

SORTING_BAND_HZ = (300.0, 6000.0)
"""Band in which noise, threshold and amplitudes of the simulator are stated (convention)."""

WIDE_BAND_HZ = (100.0, None)
"""Band of the snippets from which shape is measured: a higher edge takes the width of a wide spike away."""

FILTER_ORDER = 2
"""Order of the Butterworth filter, which runs both ways (convention)."""


def band_sections(band_hz: tuple[float, float | None], *, sampling_hz: float) -> FloatArray:
    """Second-order sections of the Butterworth filter of a band, which `filter_band` runs both ways.

    >>> band_sections(WIDE_BAND_HZ, sampling_hz=20000.0).shape
    (1, 6)
    """
    low, high = band_hz
    if high is None:
        return signal.butter(FILTER_ORDER, low, "highpass", fs=sampling_hz, output="sos")
    return signal.butter(FILTER_ORDER, (low, high), "bandpass", fs=sampling_hz, output="sos")


def filter_band(traces_uv: FloatArray, band_hz: tuple[float, float | None], *, sampling_hz: float) -> FloatArray:
    """Zero-phase copy of voltage within a band.

    Parameters
    ----------
    traces_uv : array (samples, ...)
        µV; filtered along the first axis.
    band_hz : tuple of (float, float or None)
        Edges; ``None`` leaves the upper one open.
    sampling_hz : float
        Samples per second.

    Returns
    -------
    array (samples, ...)
        µV.

    Examples
    --------
    >>> constant = np.full(2000, 5.0)
    >>> bool(abs(filter_band(constant, WIDE_BAND_HZ, sampling_hz=20000.0)).max() < 1e-6)
    True
    """
    sections = band_sections(band_hz, sampling_hz=sampling_hz)
    filtered: FloatArray = signal.sosfiltfilt(sections, traces_uv, axis=0)
    return filtered
