"""Threshold crossings of either polarity, against a robust noise estimate, with a dead time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from ephys.errors import ParameterError
from ephys.sorting.filters import FloatTraces
from ephys.sorting.stretches import Stretches

MAD_TO_SD = 1.4826
"""SD of Gaussian noise per median absolute deviation."""


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """How spikes are detected.

    Parameters
    ----------
    threshold_sd : float
        Threshold in noise SD, either polarity (4: Quian Quiroga et al. 2004, Neural Comput 16:1661).
    dead_time_ms : float
        Of crossings closer than this only the largest counts, so that the phases of one wide spike are one event
        (convention: longer than the first phase of a wide spike, shorter than the interval of a doublet).
    """

    threshold_sd: float = 4.0
    dead_time_ms: float = 1.5

    def __post_init__(self) -> None:
        if not (self.threshold_sd > 0 and self.dead_time_ms > 0):
            raise ParameterError(
                "threshold_sd and dead_time_ms must be positive, "
                f"got {self.threshold_sd} noise SD and {self.dead_time_ms} ms"
            )


def noise_sd(traces_uv: FloatTraces) -> NDArray[np.float64]:
    """Noise SD of each channel from the median absolute deviation, which spikes hardly move.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(0.0, 10.0, (20000, 1)).astype(np.float32)
    >>> noise[::500] = 200.0                                       # spikes
    >>> [round(float(sd)) for sd in noise_sd(noise)]
    [10]
    """
    spread: NDArray[np.float64] = np.median(np.abs(traces_uv - np.median(traces_uv, axis=0)), axis=0) * MAD_TO_SD
    return spread.astype(np.float64)


def detect_peaks(
    traces_uv: FloatTraces, noise_uv: NDArray[np.float64], *, sampling_hz: float, settings: DetectionSettings
) -> NDArray[np.int64]:
    """Row numbers of the peaks beyond the threshold, of either polarity, on whichever channel is largest.

    Parameters
    ----------
    traces_uv : array (samples, channels)
        Voltage in the sorting band.
    noise_uv : array (channels,)
        Noise SD of each channel.
    sampling_hz : float
        Samples per second.
    settings : DetectionSettings
        Threshold and dead time.

    Returns
    -------
    array (peaks,)
        In order.

    Examples
    --------
    >>> wire = np.zeros((200, 1), dtype=np.float32)
    >>> wire[[50, 60, 150], 0] = [-80.0, 60.0, 70.0]               # 60 lies 0.5 ms after a larger peak
    >>> detect_peaks(wire, np.array([10.0]), sampling_hz=20000.0, settings=DetectionSettings())
    array([ 50, 150])
    """
    relative = relative_size(traces_uv, noise_uv)
    beyond = np.flatnonzero(relative >= settings.threshold_sd)
    distance = max(1, round(settings.dead_time_ms * 1e-3 * sampling_hz))
    # Peaks are sought only round what is beyond the threshold: the rest has thousands of them each second.
    near = Stretches.around(beyond, before=distance, after=distance, length=len(relative))
    peaks, _ = signal.find_peaks(near.cut(relative), height=settings.threshold_sd, distance=distance)
    return near.positions(np.asarray(peaks, dtype=np.int64))


def relative_size(traces_uv: FloatTraces, noise_uv: NDArray[np.float64]) -> FloatTraces:
    """Size of each sample in noise SD, on the channel where it is largest."""
    scale = 1.0 / np.maximum(noise_uv, np.finfo(np.float32).tiny)
    largest = np.zeros(len(traces_uv), dtype=np.float32)
    for channel, per_uv in enumerate(scale.astype(np.float32)):
        np.maximum(largest, np.abs(traces_uv[:, channel]) * per_uv, out=largest)
    return largest
