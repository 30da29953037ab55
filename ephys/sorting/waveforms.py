"""Spike snippets: cut, aligned on an upsampled peak, and measured again on a wide-band copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from ephys.errors import ParameterError
from ephys.model import Recording, Unit, Waveform
from ephys.model.unit import HARMLESS_HIGH_PASS_HZ, Phase
from ephys.sorting.filters import (
    FloatTraces,
    bounded_chunks,
    design_filter,
    filter_middles,
    filter_zero_phase,
    settling_samples,
)
from ephys.sorting.threads import in_order

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SHIFT_MARGIN = 8
"""Samples on either side of a snippet that take up the ringing of a shift by part of a sample."""

WIDE_BAND_ORDER = 2
"""Order of the wide-band high-pass, run both ways (convention)."""

STRETCH_S = 10.0
"""Of each stretch of the recorded time so long, as many snippets are kept."""

EARLY_S = 900.0
"""Baselines lie in the first recorded time: of that more are kept (convention)."""

WIDE_BAND_LIMIT_HZ = 100.0
"""Highest high-pass that leaves a wide spike its width: 1.8 ms reads 0.67 ms after 300 Hz (simulated)."""


@dataclass(frozen=True, slots=True)
class Window:
    """Samples before and from the peak; a window's length is in ms, never in samples."""

    pre: int
    post: int

    @classmethod
    def of_ms(cls, window_ms: tuple[float, float], sampling_hz: float) -> Window:
        """Window from ``(-2.0, 6.0)`` ms, say.

        >>> Window.of_ms((-2.0, 6.0), 20000.0)
        Window(pre=40, post=121)
        """
        start_ms, stop_ms = window_ms
        if not start_ms < 0 < stop_ms:
            raise ParameterError(f"a spike window must span the peak at 0 ms, got {start_ms} to {stop_ms} ms")
        return cls(round(-start_ms * 1e-3 * sampling_hz), round(stop_ms * 1e-3 * sampling_hz) + 1)

    @property
    def samples(self) -> int:
        """Length in samples."""
        return self.pre + self.post

    def columns_of(self, shorter: Window) -> slice:
        """Columns of a shorter window within snippets of this one."""
        return slice(self.pre - shorter.pre, self.pre + shorter.post)

    def widened(self) -> Window:
        """With a margin for the ringing of a shift, and of a length whose spectrum is fast to compute."""
        length = fft.next_fast_len(self.samples + 2 * SHIFT_MARGIN, real=True)
        return Window(self.pre + SHIFT_MARGIN, length - self.pre - SHIFT_MARGIN)


def cut_snippets(traces_uv: FloatTraces, rows: IntArray, window: Window) -> FloatTraces:
    """Snippets (spikes, samples, channels) round `rows`; beyond the ends of the traces they are 0."""
    columns = rows[:, np.newaxis] + np.arange(-window.pre, window.post)
    outside = (columns < 0) | (columns >= len(traces_uv))
    snippets: FloatTraces = traces_uv[np.clip(columns, 0, len(traces_uv) - 1)]
    snippets[outside] = 0.0
    return snippets


def aligned_snippets(traces_uv: FloatTraces, rows: IntArray, window: Window) -> tuple[FloatTraces, FloatArray]:
    """Snippets aligned on the peak between the samples.

    Parameters
    ----------
    traces_uv : array (samples, channels)
        Voltage.
    rows : array (spikes,)
        Where the peaks are, to the sample.
    window : Window
        What to cut.

    Returns
    -------
    snippets : array (spikes, samples, channels)
        Interpolated so that the peak lies on sample ``window.pre``.
    offsets : array (spikes,)
        How far the peak lay from its row, in samples, within ±0.5.
    """
    wide = window.widened()
    snippets = cut_snippets(traces_uv, rows, wide)
    offsets = peak_offsets(snippets, wide.pre)
    return shift_snippets(snippets, offsets)[:, SHIFT_MARGIN : SHIFT_MARGIN + window.samples], offsets


def peak_offsets(snippets: FloatTraces, peak: int) -> FloatArray:
    """Distance in samples from sample `peak` to the vertex of the parabola through it and its neighbours.

    >>> peak_offsets(np.array([[[3.0], [4.0], [3.5]]], dtype=np.float32), 1).round(2)
    array([0.17])
    """
    size = np.abs(snippets[:, peak])
    channel = size.argmax(axis=1)
    spikes = np.arange(len(snippets))
    before, at, after = (snippets[spikes, peak + step, channel].astype(np.float64) for step in (-1, 0, 1))
    curvature = before - 2 * at + after
    offsets = np.divide(before - after, 2 * curvature, out=np.zeros_like(at), where=curvature != 0)
    clipped: FloatArray = np.clip(offsets, -0.5, 0.5)
    return clipped


def shift_snippets(snippets: FloatTraces, shifts: FloatArray) -> FloatTraces:
    """Snippets, or one many times, read `shifts` samples later (band-limited); the outermost samples ring."""
    samples = snippets.shape[1]
    spectrum = fft.rfft(snippets, axis=1) * _turns(shifts, samples)[:, :, np.newaxis]
    shifted: FloatTraces = fft.irfft(spectrum, n=samples, axis=1)
    return shifted


def _turns(shifts: FloatArray, samples: int) -> NDArray[np.complex64]:
    """What a shift makes of each frequency of a snippet."""
    angles = (2.0 * np.pi * shifts).astype(np.float32)[:, np.newaxis] * fft.rfftfreq(samples).astype(np.float32)
    turns = np.empty(angles.shape, dtype=np.complex64)
    np.cos(angles, out=turns.real)
    np.sin(angles, out=turns.imag)
    return turns


def measure_waveforms(
    recording: Recording,
    units: Sequence[Unit],
    *,
    band_hz: tuple[float | None, float | None] = (WIDE_BAND_LIMIT_HZ, None),
    window_ms: tuple[float, float] = (-2.0, 6.0),
    most_per_10_s: tuple[int, int] = (100, 20),
    jobs: int | None = None,
) -> list[Unit]:
    """Give units the shape of their spikes, on a wide-band zero-phase copy of the voltage.

    Parameters
    ----------
    recording : Recording
        Voltage that the units fired in.
    units : sequence of Unit
        Sorted here or elsewhere; their spikes are taken where they are.
    band_hz : tuple of (float or None, float or None), optional
        Pass band, by default from 100 Hz.
    window_ms : tuple of float, optional
        From the spike, by default -2 to +6 ms.
    most_per_10_s : tuple of int, optional
        Most snippets of each unit in 10 s of recorded time, the first ones: in the first 15 min, and later; shared
        among the channels, but no fewer than 5. What the cell does later takes none from a baseline.
    jobs : int, optional
        As for `sort_units`.

    Returns
    -------
    list of Unit
        The same units, each with a `Waveform` that says its band: the amplifier's where that is narrower, and unknown
        where that is. A unit none of whose spikes lie whole within the recording keeps what it had.

    Raises
    ------
    ParameterError
        If the window does not span the spike, or `most_per_10_s` is not positive.
    """
    if min(most_per_10_s) < 1:
        raise ParameterError(f"most_per_10_s must be at least 1, got {most_per_10_s}")
    early, later = (max(most // recording.n_channels, min(most, 5)) for most in most_per_10_s)
    window = Window.of_ms(window_ms, recording.sampling_hz)
    chosen = [_spread_evenly(recording.support.elapsed_s(unit.times_s), early, later) for unit in units]
    samples = [recording.samples(unit.times_s[index]) for unit, index in zip(units, chosen, strict=True)]
    snippets, found = read_snippets(recording, samples, window, band_hz=band_hz, order=WIDE_BAND_ORDER, jobs=jobs)
    band, phase = joint_filter(band_hz, recording.band_hz)
    measured = []
    for unit, index, seen in zip(units, chosen, found, strict=True):
        cut = snippets.pop(0)[seen]  # those of all units together are large: none is held twice
        cut.flags.writeable = False
        waveform = Waveform(
            cut,
            index[seen],
            recording.sampling_hz,
            window.pre / recording.sampling_hz,
            band_hz=band,
            order=WIDE_BAND_ORDER,
            phase=phase,
            source="wide_band",
        )
        measured.append(replace(unit, waveform=waveform) if seen.any() else unit)
    return measured


def _spread_evenly(elapsed_s: FloatArray, early: int, later: int) -> IntArray:
    """Numbers of the first spikes of each stretch of recorded time: so many of an early one, and of a later.

    Which spikes are taken depends on none that come later, so that the shape on a baseline is the same whatever a drug
    does afterwards.
    """
    stretch = np.floor(elapsed_s / STRETCH_S).astype(np.int64)
    place = np.arange(stretch.size) - np.searchsorted(stretch, stretch)
    return np.flatnonzero(place < np.where(elapsed_s < EARLY_S, early, later)).astype(np.int64)


def joint_filter(
    filter_hz: tuple[float | None, float | None], amplifier_hz: tuple[float | None, float | None]
) -> tuple[tuple[float | None, float | None], Phase]:
    """Band and phase of a zero-phase filter behind an amplifier.

    An amplifier's high-pass runs one way and moves what it does not take; where nothing is known of it, nothing is
    known of the whole.

    >>> joint_filter((100.0, None), (0.1, 8000.0)), joint_filter((100.0, None), (300.0, 3000.0))
    (((100.0, 8000.0), 'zero'), ((300.0, 3000.0), 'causal'))
    >>> joint_filter((100.0, None), (None, 8000.0))
    ((None, 8000.0), 'unknown')
    """
    highs = [high for high in (filter_hz[1], amplifier_hz[1]) if high is not None]
    high_hz, amplifier_low_hz = min(highs) if highs else None, amplifier_hz[0]
    if amplifier_low_hz is None:
        return (None, high_hz), "unknown"
    low_hz = max(filter_hz[0] or 0.0, amplifier_low_hz)
    return (low_hz, high_hz), "zero" if amplifier_low_hz <= HARMLESS_HIGH_PASS_HZ else "causal"


def read_snippets(
    recording: Recording,
    samples: Sequence[IntArray],
    window: Window,
    *,
    band_hz: tuple[float | None, float | None],
    order: int,
    jobs: int | None = None,
) -> tuple[list[FloatTraces], list[NDArray[np.bool_]]]:
    """Filtered snippets of every unit, read in chunks.

    Parameters
    ----------
    recording : Recording
        Voltage.
    samples : sequence of arrays (spikes,)
        Sample numbers of each unit's spikes.
    window : Window
        What to cut.
    band_hz, order
        Of the filter, which is run both ways.
    jobs : int, optional
        As for `sort_units`.

    Returns
    -------
    snippets : list of arrays (spikes, samples, channels)
    found : list of arrays (spikes,)
        Which of them lie whole within a stretch; the others are 0.
    """
    if not samples:
        return [], []
    numbers = np.concatenate([np.empty(0, dtype=np.int64), *samples])
    ends = np.cumsum([len(some) for some in samples], dtype=np.int64)
    shape = (window.samples, recording.n_channels)
    snippets = [np.zeros((len(some), *shape), dtype=np.float32) for some in samples]
    found = np.zeros(len(numbers), dtype=bool)
    sections = design_filter(band_hz, sampling_hz=recording.sampling_hz, order=order)
    margin_s = 5.0 / band_hz[0] if band_hz[0] else 0.0
    margin_s += window.samples / recording.sampling_hz

    def read(bounds: tuple[int, int, int, int]) -> tuple[IntArray, FloatTraces]:
        start, stop, read_start, read_stop = bounds
        inside = (numbers >= max(start, read_start + window.pre)) & (numbers < stop)
        held = np.flatnonzero(inside & (numbers + window.post <= read_stop))
        if not held.size:
            return held, np.empty((0, *shape), dtype=np.float32)
        return held, filtered_snippets(
            recording.read(read_start, read_stop), numbers[held] - read_start, window, sections
        )

    for held, cut in in_order(read, bounded_chunks(recording, chunk_s=60.0, margin_s=margin_s), jobs=jobs):
        found[held] = True
        bounds = np.searchsorted(held, ends)[:-1]
        for own, end, rows, part in zip(snippets, ends, np.split(held, bounds), np.split(cut, bounds), strict=True):
            own[rows - (end - len(own))] = part
    return snippets, np.split(found, ends)[:-1]


def filtered_snippets(
    traces_uv: FloatTraces, rows: IntArray, window: Window, sections: NDArray[np.float64] | None
) -> FloatTraces:
    """Snippets of the filtered voltage, which is filtered round `rows` alone where that is less work.

    Parameters
    ----------
    traces_uv : array (samples, channels)
        Voltage, unfiltered.
    rows : array (spikes,)
        Where.
    window : Window
        What to cut, within the traces.
    sections : array, optional
        The filter, see `design_filter`.
    """
    settle = 0 if sections is None else settling_samples(sections)
    context = Window(window.pre + settle, window.post + settle)
    if sections is None or len(rows) * context.samples > len(traces_uv):
        return cut_snippets(filter_zero_phase(traces_uv, sections), rows, window)
    whole = (rows >= context.pre) & (rows + context.post <= len(traces_uv))
    snippets = np.empty((len(rows), window.samples, traces_uv.shape[1]), dtype=np.float32)
    snippets[whole] = filter_middles(cut_snippets(traces_uv, rows[whole], context), sections, settle)
    for spike in np.flatnonzero(~whole):  # at the ends of the voltage, where the recursive filter is needed
        first = max(0, int(rows[spike]) - context.pre)
        near = filter_zero_phase(traces_uv[first : rows[spike] + context.post], sections)
        snippets[spike] = cut_snippets(near, rows[spike : spike + 1] - first, window)[0]
    return snippets
