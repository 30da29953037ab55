"""What the wire shows between the spikes: its size on each channel, and how its samples hang together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.model import Epoch, Recording, Support
from ephys.sorting.detection import DetectionSettings, detect_peaks, noise_sd
from ephys.sorting.filters import FloatTraces, design_filter, filter_zero_phase
from ephys.sorting.waveforms import Window, cut_snippets

Bounds = tuple[int, int, int, int]

PROBES = 40
"""Stretches, spread evenly over the recording, that the noise is estimated from (convention)."""

PROBE_S = 1.0
"""Length of one such stretch (convention)."""

SETTLE_S = 0.05
"""Margin of a stretch in which the filter settles: five periods of 100 Hz."""

MOST_EXCISED, MOST_LOST = 0.1, 0.95
"""A stretch tells of the noise if no larger share of it was excised; with a larger share of the whole nothing is left
to sort (convention)."""

LEAST_NOISE_UV = 0.001
"""No electrode and amplifier are this quiet: such numbers are volts (convention)."""


@dataclass(frozen=True, eq=False)
class Noise:
    """Noise of a recording in the sorting band.

    Parameters
    ----------
    sd_uv : array (channels,)
        Robust SD of each channel: the median over stretches.
    snippets_uv : array (windows, samples, channels)
        Quiet windows, as long as a spike's, for the covariance.
    """

    sd_uv: NDArray[np.float64]
    snippets_uv: FloatTraces


def measure_noise(
    recording: Recording,
    *,
    band_hz: tuple[float | None, float | None],
    order: int,
    window: Window,
    detection: DetectionSettings,
    least_uv: NDArray[np.float64] | float = 0.0,
    artefacts: Sequence[Epoch] = (),
) -> Noise:
    """Estimate the noise from stretches spread evenly over the recording.

    Parameters
    ----------
    recording : Recording
        Voltage.
    band_hz, order
        The sorting band.
    window : Window
        Length of a spike.
    detection : DetectionSettings
        What counts as a spike, to be kept clear of.
    least_uv : array (channels,) or float, optional
        The noise is no less than what may be left of hum that was taken off.
    artefacts : sequence of Epoch, optional
        What was excised: a flat line teaches nothing of the noise.

    Raises
    ------
    ParameterError
        If a channel is flat.
    """
    sections = design_filter(band_hz, sampling_hz=recording.sampling_hz, order=order)
    bounds = _least_excised(list(recording.chunks(chunk_s=PROBE_S, margin_s=SETTLE_S)), recording, artefacts)
    picked = [bounds[i] for i in np.unique(np.linspace(0, len(bounds) - 1, PROBES).astype(int))]
    stretches = []
    for start, stop, read_start, read_stop in picked:
        traces = filter_zero_phase(recording.read(read_start, read_stop), sections)
        stretches.append(traces[start - read_start : stop - read_start])
    sd_uv = np.maximum(np.median([noise_sd(traces) for traces in stretches], axis=0), least_uv)
    if sum(epoch.duration_s for epoch in artefacts) > MOST_LOST * (recording.stop_s - recording.start_s):
        raise ParameterError(
            f"{recording.name}: nearly all of it was excised as artefacts ({artefacts[0].label!r} first); look at the "
            "voltage, or sort with sorting.artefacts.excise=false"
        )
    if (sd_uv < LEAST_NOISE_UV).all() and (sd_uv > 0).all():
        raise ParameterError(
            f"{recording.name}: noise of {float(sd_uv.max()):.2g} µV is less than any amplifier has; "
            "traces must be in µV (volts × 1e6), or give the gain in µV per count"
        )
    flat = [name for name, sd in zip(recording.channel_names, sd_uv, strict=True) if not sd > 0]
    if flat:
        raise ParameterError(
            f"{recording.name}: channel {', '.join(flat)} is flat (noise 0 µV) and cannot be sorted; "
            "choose another wire (select_channels, or --wire on the command line)"
        )
    quiet = [
        _quiet_windows(traces, sd_uv, sampling_hz=recording.sampling_hz, window=window, detection=detection)
        for traces in stretches
    ]
    return Noise(sd_uv, np.concatenate(quiet))


def _least_excised(bounds: list[Bounds], recording: Recording, artefacts: Sequence[Epoch]) -> list[Bounds]:
    """Stretches from which nearly nothing was excised, or else the best quarter."""
    if not artefacts:
        return bounds
    starts_s = recording.times_s(np.array([start for start, _, _, _ in bounds]))
    stops_s = starts_s + np.array([stop - start for start, stop, _, _ in bounds]) / recording.sampling_hz
    holes = Support(tuple(artefacts))
    excised_s = holes.elapsed_s(stops_s) - holes.elapsed_s(starts_s)
    most_s = max(MOST_EXCISED * float((stops_s - starts_s).max()), float(np.quantile(excised_s, 0.25)))
    return [bounds[i] for i in np.flatnonzero(excised_s <= most_s)]


def _quiet_windows(
    traces: FloatTraces,
    sd_uv: NDArray[np.float64],
    *,
    sampling_hz: float,
    window: Window,
    detection: DetectionSettings,
) -> FloatTraces:
    """Windows, end to end, that no spike reaches into; all of them where no window is quiet."""
    rows = np.arange(window.pre, len(traces) - window.post, window.samples, dtype=np.int64)
    peaks = detect_peaks(traces, sd_uv, sampling_hz=sampling_hz, settings=detection)
    far = np.array([-len(traces), 2 * len(traces)])
    known = np.sort(np.concatenate([peaks, far]))
    after = np.searchsorted(known, rows)
    distance = np.minimum(known[after] - rows, rows - known[after - 1])
    quiet = rows[distance > window.samples]
    return cut_snippets(traces, quiet if quiet.size else rows, window)
