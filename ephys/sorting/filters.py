"""Zero-phase filtering of a recording, chunk by chunk, with margins in which the filter settles."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

from ephys.errors import ParameterError
from ephys.model import Recording

FloatTraces = NDArray[np.float32]

NYQUIST_SHARE = 0.95
"""A low-pass above this share of Nyquist would filter nothing: it is left out (convention)."""

CHUNK_VALUES = 2_000_000
"""Most values, of all channels together, in a chunk: it is held in memory some four times over (convention)."""

SETTLED = 1e-8
"""Share of a step at which a filter has settled: a rail of 10 mV leaves 0.0001 µV."""

LEAST_SETTLINGS = 4
"""Stretches shorter than this many settling times are nearly all ends: the recursive filter is as fast."""

BLOCK, BLOCKS_AT_ONCE = 16384, 8
"""Samples of a block and blocks filtered together: they fit in a processor's cache (measured)."""


@dataclass(frozen=True, eq=False)
class FilteredChunk:
    """A stretch of filtered voltage: what lies in ``[start, stop)`` is settled, the rest is margin.

    Parameters
    ----------
    start, stop : int
        Sample numbers of the stretch.
    read_start : int
        Sample number of the first row of `traces_uv`.
    traces_uv : array (samples, channels)
        Filtered voltage, margins included.
    """

    start: int
    stop: int
    read_start: int
    traces_uv: FloatTraces


def design_filter(
    band_hz: tuple[float | None, float | None], *, sampling_hz: float, order: int
) -> NDArray[np.float64] | None:
    """Second-order sections of a Butterworth filter; ``None`` where the band asks for none.

    Parameters
    ----------
    band_hz : tuple of (float or None, float or None)
        Pass band; ``None`` leaves that side open, and so does an upper edge beyond 0.95 Nyquist.
    sampling_hz : float
        Samples per second.
    order : int
        Order of the filter; run forwards and backwards, it acts twice.

    Raises
    ------
    ParameterError
        If the edges are reversed, or the lower one is not below Nyquist.

    Examples
    --------
    >>> design_filter((150.0, 6000.0), sampling_hz=20000.0, order=2).shape
    (2, 6)
    >>> design_filter((150.0, 6000.0), sampling_hz=10000.0, order=2).shape   # 6000 Hz is beyond Nyquist
    (1, 6)
    """
    low, high = band_hz
    nyquist = sampling_hz / 2.0
    if high is not None and high >= NYQUIST_SHARE * nyquist:
        high = None
    if low is not None and not 0 < low < (nyquist if high is None else high):
        raise ParameterError(
            f"a band must run upwards from above 0 Hz to below Nyquist ({nyquist:g} Hz), "
            f"got {band_hz[0]} to {band_hz[1]} Hz"
        )
    if low is not None and high is not None:
        return signal.butter(order, (low, high), "bandpass", fs=sampling_hz, output="sos")
    if low is not None:
        return signal.butter(order, low, "highpass", fs=sampling_hz, output="sos")
    if high is not None:
        return signal.butter(order, high, "lowpass", fs=sampling_hz, output="sos")
    return None


def filter_zero_phase(traces_uv: FloatTraces, sections: NDArray[np.float64] | None) -> FloatTraces:
    """Filter (samples, channels) forwards and backwards, so that no peak moves and no lobe trails.

    Source: a causal high-pass invents an after-wave (Quian Quiroga 2009, J Neurosci Methods 177:194).

    Examples
    --------
    >>> step = np.full((1000, 1), 5.0, dtype=np.float32)
    >>> high_pass = design_filter((150.0, None), sampling_hz=20000.0, order=2)
    >>> bool(abs(filter_zero_phase(step, high_pass)).max() < 1e-3)   # a constant voltage holds no spike
    True
    """
    if sections is None:
        return traces_uv
    settle = settling_samples(sections)
    if len(traces_uv) < LEAST_SETTLINGS * settle:
        return _filter_both_ways(traces_uv, sections)
    filtered = np.empty(traces_uv.shape, dtype=np.float32)
    filtered[:settle] = _filter_both_ways(traces_uv[: 2 * settle], sections)[:settle]
    filtered[-settle:] = _filter_both_ways(traces_uv[-2 * settle :], sections)[-settle:]
    for channel in range(traces_uv.shape[1]):
        filtered[settle:-settle, channel] = _filter_by_blocks(traces_uv[:, channel], sections, settle)
    return filtered


def settling_samples(sections: NDArray[np.float64]) -> int:
    """Samples after which nothing is left of what a filter met: its slowest pole has died away.

    >>> settling_samples(design_filter((150.0, None), sampling_hz=30000.0, order=2))
    830
    """
    slowest = float(np.abs(signal.sos2zpk(sections)[1]).max())
    return max(1, math.ceil(math.log(SETTLED) / math.log(slowest))) if slowest > 0 else 1


def _filter_both_ways(traces_uv: FloatTraces, sections: NDArray[np.float64]) -> FloatTraces:
    """Recursive filter, which knows what to do at the ends of a stretch."""
    padding = min(3 * (2 * len(sections) + 1), len(traces_uv) - 1)
    filtered: FloatTraces = signal.sosfiltfilt(sections, traces_uv, axis=0, padlen=padding).astype(np.float32)
    return filtered


def _filter_by_blocks(wire_uv: FloatTraces, sections: NDArray[np.float64], settle: int) -> FloatTraces:
    """Filter one channel by its spectrum, block by block; `settle` samples at either end are left out.

    In single precision, a third of the time of the recursive filter, which would need double precision.
    """
    kept = len(wire_uv) - 2 * settle
    size = fft.next_fast_len(min(max(BLOCK, 8 * settle), len(wire_uv)), real=True)
    step = size - 2 * settle
    padded = np.zeros(-(-kept // step) * step + 2 * settle, dtype=np.float32)
    padded[: len(wire_uv)] = wire_uv
    blocks = np.lib.stride_tricks.sliding_window_view(padded, size)[::step]
    filtered = np.empty((len(blocks), step), dtype=np.float32)
    for first in range(0, len(blocks), BLOCKS_AT_ONCE):
        few = slice(first, first + BLOCKS_AT_ONCE)
        filtered[few] = filter_middles(blocks[few, :, np.newaxis], sections, settle)[:, :, 0]
    return filtered.ravel()[:kept]


def filter_middles(stretches_uv: FloatTraces, sections: NDArray[np.float64], settle: int) -> FloatTraces:
    """Filter (stretches, samples, channels) both ways; `settle` samples at either end of each are left out.

    >>> steady = np.ones((3, 2000, 1), dtype=np.float32)
    >>> high_pass = design_filter((150.0, None), sampling_hz=20000.0, order=2)
    >>> bool(abs(filter_middles(steady, high_pass, settling_samples(high_pass))).max() < 1e-6)
    True
    """
    samples = stretches_uv.shape[1]
    size = fft.next_fast_len(samples, real=True)
    gain = _power_gain(tuple(map(tuple, sections.tolist())), size)[:, np.newaxis]
    filtered: FloatTraces = fft.irfft(fft.rfft(stretches_uv, n=size, axis=1) * gain, n=size, axis=1)
    return filtered[:, settle : samples - settle]


@lru_cache(maxsize=16)
def _power_gain(sections: tuple[tuple[float, ...], ...], size: int) -> FloatTraces:
    """What a filter run both ways makes of each frequency of a block."""
    response = signal.sosfreqz(np.array(sections), 2.0 * np.pi * fft.rfftfreq(size))[1]
    gain: FloatTraces = (np.abs(response) ** 2).astype(np.float32)
    return gain


def chunk_readers(
    recording: Recording,
    *,
    band_hz: tuple[float | None, float | None],
    order: int,
    margin_s: float = 0.0,
    chunk_s: float = 60.0,
) -> list[Callable[[], FilteredChunk]]:
    """Functions that read and filter successive chunks of a recording; none crosses a gap, and memory stays bounded.

    Parameters
    ----------
    recording : Recording
        Voltage of any length.
    band_hz, order
        The filter, see `design_filter`.
    margin_s : float, optional
        Least margin round each chunk; five periods of the lower edge are added for the filter to settle.
    chunk_s : float, optional
        Longest chunk: a minute, since shorter ones cost more in overhead than in work; less with many channels.
    """
    sections = design_filter(band_hz, sampling_hz=recording.sampling_hz, order=order)
    settle_s = 5.0 / band_hz[0] if band_hz[0] else 0.01
    bounds = bounded_chunks(recording, chunk_s=chunk_s, margin_s=margin_s + settle_s)
    return [partial(_read_chunk, recording, sections, *chunk) for chunk in bounds]


def bounded_chunks(recording: Recording, *, chunk_s: float, margin_s: float) -> list[tuple[int, int, int, int]]:
    """Bounds of successive chunks, as `Recording.chunks` has them; shorter ones where there are many channels."""
    chunk_s = min(chunk_s, CHUNK_VALUES / (recording.n_channels * recording.sampling_hz))
    return list(recording.chunks(chunk_s=chunk_s, margin_s=margin_s))


def _read_chunk(
    recording: Recording, sections: NDArray[np.float64] | None, start: int, stop: int, read_start: int, read_stop: int
) -> FilteredChunk:
    """Read and filter one chunk."""
    return FilteredChunk(start, stop, read_start, filter_zero_phase(recording.read(read_start, read_stop), sections))
