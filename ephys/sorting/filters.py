"""Zero-phase filtering of a recording, chunk by chunk, with margins in which the filter settles."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import signal
from tqdm import tqdm  # type: ignore[import-untyped]  # it ships no types

from ephys.errors import ParameterError
from ephys.model import Recording

FloatTraces = NDArray[np.float32]

NYQUIST_SHARE = 0.95
"""A low-pass above this share of Nyquist would filter nothing: it is left out (convention)."""


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
    padding = min(3 * (2 * len(sections) + 1), len(traces_uv) - 1)
    filtered: FloatTraces = signal.sosfiltfilt(sections, traces_uv, axis=0, padlen=padding).astype(np.float32)
    return filtered


Result = TypeVar("Result")


def process_chunks(
    recording: Recording,
    work: Callable[[FilteredChunk], Result],
    *,
    band_hz: tuple[float | None, float | None],
    order: int,
    margin_s: float = 0.0,
    chunk_s: float = 60.0,
    label: str = "",
    progress: bool = False,
    jobs: int = 1,
) -> list[Result]:
    """Filter a recording stretch by stretch and work on each; none crosses a gap, and memory stays bounded.

    Parameters
    ----------
    recording : Recording
        Voltage of any length.
    work : callable
        Takes a `FilteredChunk`; what it returns must not hold on to the chunk.
    band_hz, order
        The filter, see `design_filter`.
    margin_s : float, optional
        Least margin round each chunk; five periods of the lower edge are added for the filter to settle.
    chunk_s : float, optional
        Length of a chunk: a minute, since shorter ones cost more in overhead than in work.
    label, progress
        Name of the progress bar, and whether to show one.
    jobs : int, optional
        Chunks worked on at the same time; the results do not depend on it.

    Returns
    -------
    list
        What `work` made of each chunk, in order of time.
    """
    sections = design_filter(band_hz, sampling_hz=recording.sampling_hz, order=order)
    settle_s = 5.0 / band_hz[0] if band_hz[0] else 0.01
    bounds = list(recording.chunks(chunk_s=chunk_s, margin_s=margin_s + settle_s))

    def one(at: tuple[int, int, int, int]) -> Result:
        start, stop, read_start, read_stop = at
        traces = filter_zero_phase(recording.read(read_start, read_stop), sections)
        return work(FilteredChunk(start, stop, read_start, traces))

    with (
        ThreadPoolExecutor(jobs) as pool,
        tqdm(total=len(bounds), desc=label, unit="chunk", disable=not progress) as bar,
    ):
        results = []
        try:
            for result in pool.map(one, bounds):
                results.append(result)
                bar.update()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # an interrupt does not wait for the chunks still to come
            raise
    return results
