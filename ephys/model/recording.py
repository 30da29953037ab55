"""A lazy, chunk-readable voltage source on the session's clock."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.errors import ParameterError
from ephys.jupyter import Shown, shown
from ephys.model.epoch import Epoch, FloatArray, Support
from ephys.model.session_html import channels_table


class VoltageSource(Protocol):
    """What a recording reads from: samples by number, pauses left out, in microvolts."""

    @property
    def shape(self) -> tuple[int, int]:
        """(samples, channels)."""
        ...

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Samples ``[start, stop)`` as a (samples, channels) array in µV."""
        ...


@dataclass(frozen=True, eq=False)
class ArraySource:
    """Voltage that is already in memory, or mapped into it.

    Parameters
    ----------
    traces : array (samples, channels)
        Any real type.
    gain_uv : float, optional
        Microvolts per count.
    """

    traces: NDArray[np.generic]
    gain_uv: float = 1.0

    @property
    def shape(self) -> tuple[int, int]:
        """(samples, channels)."""
        return (int(self.traces.shape[0]), int(self.traces.shape[1]))

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Samples ``[start, stop)`` in µV."""
        chunk: NDArray[np.float32] = np.asarray(self.traces[start:stop], dtype=np.float32)
        chunk = chunk if self.gain_uv == 1.0 else chunk * np.float32(self.gain_uv)
        let_go(self.traces)
        return chunk


def let_go(array: object) -> None:
    """Unload what was read of a file that is mapped for reading only: till then it counts as this process's memory.

    The system keeps it at hand as long as there is room. Maps that can be written to are left alone.
    """
    while isinstance(array, np.ndarray):
        mapped = getattr(array, "_mmap", None)
        if isinstance(mapped, mmap.mmap) and getattr(array, "mode", "") == "r" and hasattr(mmap, "MADV_DONTNEED"):
            mapped.madvise(mmap.MADV_DONTNEED)
            return
        array = array.base


@dataclass(frozen=True, slots=True)
class Run(Shown):
    """An unbroken stretch of samples: its first sample's number, its length, and when it begins."""

    first_sample: int
    n_samples: int
    start_s: float


@dataclass(frozen=True, eq=False)
class Recording(Shown):
    """Extracellular voltage: any length, read in chunks, in microvolts.

    Parameters
    ----------
    source : VoltageSource
        Gives samples by number, the pauses left out.
    sampling_hz : float
        Samples per second.
    runs : tuple of Run
        The unbroken stretches, in order; between two of them nothing was recorded.
    channel_names : tuple of str
        One per channel.
    band_hz : tuple of (float or None, float or None), optional
        The amplifier's band; ``None`` where unknown, 0 for a low edge that lets everything pass. A width is believed
        only from a wide band that is known.
    name : str, optional
        What messages call it.

    Raises
    ------
    ParameterError
        If the sampling rate is not positive, the runs do not match the source, or overlap in time.

    Examples
    --------
    >>> import numpy as np
    >>> recording = Recording.from_array(np.zeros((20000, 1)), sampling_hz=20000.0, start_s=5.0)
    >>> recording.start_s, recording.stop_s, recording.n_channels
    (5.0, 6.0, 1)
    """

    source: VoltageSource
    sampling_hz: float
    runs: tuple[Run, ...]
    channel_names: tuple[str, ...] = ()
    band_hz: tuple[float | None, float | None] = (None, None)
    name: str = "recording"
    support: Support = field(init=False)

    def __post_init__(self) -> None:
        if not self.sampling_hz > 0:
            raise ParameterError(f"{self.name}: sampling_hz must be positive, got {self.sampling_hz}")
        samples, channels = self.source.shape
        if samples == 0 or not self.runs:
            raise ParameterError(f"{self.name}: the recording holds no samples")
        expected = 0
        for run in self.runs:
            if run.first_sample != expected or run.n_samples <= 0:
                raise ParameterError(f"{self.name}: runs must follow one another sample by sample, got {run}")
            expected += run.n_samples
        if expected != samples:
            raise ParameterError(f"{self.name}: runs hold {expected} samples, the source holds {samples}")
        if not self.channel_names:
            object.__setattr__(self, "channel_names", tuple(f"ch{i}" for i in range(channels)))
        if len(self.channel_names) != channels:
            raise ParameterError(f"{self.name}: {len(self.channel_names)} channel names for {channels} channels")
        epochs = (Epoch(r.start_s, r.start_s + r.n_samples / self.sampling_hz, "recorded") for r in self.runs)
        object.__setattr__(self, "support", Support(tuple(epochs)))

    @classmethod
    def from_array(
        cls,
        traces_uv: ArrayLike,
        *,
        sampling_hz: float,
        start_s: float = 0.0,
        gain_uv: float = 1.0,
        channel_names: tuple[str, ...] = (),
        band_hz: tuple[float | None, float | None] = (None, None),
        name: str = "recording",
    ) -> Recording:
        """Recording from an array that is in memory, or mapped into it.

        Parameters
        ----------
        traces_uv : array (samples, channels)
            In µV, or counts with `gain_uv` µV each; one wire may be 1-D.
        sampling_hz : float
            Samples per second.
        start_s : float, optional
            When the first sample was taken, on the session's clock.
        gain_uv : float, optional
            Microvolts per count.
        channel_names, band_hz, name
            As for `Recording`.

        Raises
        ------
        ParameterError
            If the array is empty, transposed or of the wrong shape.

        Examples
        --------
        >>> import numpy as np
        >>> Recording.from_array(np.zeros(40000, dtype=np.int16), sampling_hz=20000.0, gain_uv=0.1)
        Recording('recording': 1 channel at 20000 Hz, 0 to 2 s)
        """
        traces = np.asarray(traces_uv)
        if traces.ndim == 1:
            traces = traces[:, np.newaxis]
        if traces.ndim != 2:
            raise ParameterError(f"{name}: traces must be (samples, channels), got shape {traces.shape}")
        if traces.shape[1] > traces.shape[0] > 0:
            raise ParameterError(
                f"{name}: {traces.shape[1]} channels of {traces.shape[0]} samples; "
                "traces are (samples, channels): transpose them?"
            )
        runs = (Run(0, int(traces.shape[0]), start_s),) if traces.shape[0] else ()
        source = ArraySource(traces, gain_uv)
        return cls(source, sampling_hz, runs, channel_names=channel_names, band_hz=band_hz, name=name)

    def _repr_html_(self) -> str:
        """A row for each channel, for Jupyter; no voltage is read."""
        return shown(self, channels_table(self))

    @property
    def n_samples(self) -> int:
        """Samples per channel, pauses left out."""
        return self.source.shape[0]

    @property
    def n_channels(self) -> int:
        """Number of channels."""
        return self.source.shape[1]

    @property
    def start_s(self) -> float:
        """When the first sample was taken."""
        return self.support.start_s

    @property
    def stop_s(self) -> float:
        """When the recording ends."""
        return self.support.stop_s

    @property
    def duration_s(self) -> float:
        """Seconds recorded, gaps left out."""
        return self.support.duration_s

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Samples ``[start, stop)`` as (samples, channels) in µV."""
        return self.source.read(max(0, start), min(self.n_samples, stop))

    def times_s(self, samples: NDArray[np.int64]) -> FloatArray:
        """When each of `samples` was taken, on the session's clock."""
        first = np.array([run.first_sample for run in self.runs], dtype=np.int64)
        start = np.array([run.start_s for run in self.runs], dtype=np.float64)
        which = np.searchsorted(first, samples, side="right") - 1
        times: FloatArray = start[which] + (samples - first[which]) / self.sampling_hz
        return times

    def samples(self, times_s: FloatArray) -> NDArray[np.int64]:
        """Nearest sample number of each time; -1 where nothing was recorded."""
        numbers = np.full(times_s.shape, -1, dtype=np.int64)
        for run, epoch in zip(self.runs, self.support.epochs, strict=True):
            inside = epoch.mask(times_s)
            offset = np.rint((times_s[inside] - run.start_s) * self.sampling_hz).astype(np.int64)
            numbers[inside] = run.first_sample + np.minimum(offset, run.n_samples - 1)
        return numbers

    def chunks(self, *, chunk_s: float = 60.0, margin_s: float = 0.0) -> Iterator[tuple[int, int, int, int]]:
        """Sample bounds of successive chunks that never cross a gap.

        Yields
        ------
        (start, stop, read_start, read_stop) : int
            The chunk, and the chunk with its margins (as far as its run holds) for filters to settle in.
        """
        size, margin = max(1, round(chunk_s * self.sampling_hz)), round(margin_s * self.sampling_hz)
        for run in self.runs:
            end = run.first_sample + run.n_samples
            for start in range(run.first_sample, end, size):
                stop = min(start + size, end)
                yield start, stop, max(run.first_sample, start - margin), min(end, stop + margin)

    def select_channels(self, channels: tuple[int, ...]) -> Recording:
        """Recording of some of the channels, by number."""
        bad = [c for c in channels if not 0 <= c < self.n_channels]
        if bad or not channels:
            raise ParameterError(f"{self.name}: channels must be among 0 to {self.n_channels - 1}, got {channels}")
        source = _ChannelSource(self.source, channels)
        names = tuple(self.channel_names[c] for c in channels)
        return Recording(source, self.sampling_hz, self.runs, names, self.band_hz, self.name)

    def __repr__(self) -> str:
        """One line: name, channels, rate, length, gaps."""
        gaps = f", {len(self.support.gaps)} gaps" if self.support.gaps else ""
        wires = f"{self.n_channels} channel" + ("s" if self.n_channels > 1 else "")
        return (
            f"Recording({self.name!r}: {wires} at {self.sampling_hz:g} Hz, {self.start_s:g} to {self.stop_s:g} s{gaps})"
        )


@dataclass(frozen=True, eq=False)
class _ChannelSource:
    """Some channels of another source."""

    source: VoltageSource
    channels: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, int]:
        return (self.source.shape[0], len(self.channels))

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        return self.source.read(start, stop)[:, list(self.channels)]
