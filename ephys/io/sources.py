"""Voltage that stays in its file: sources that read samples when asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from ephys.model import ArraySource, Recording, Run, VoltageSource
from ephys.model.cropping import PartOfVoltage
from ephys.model.recording import let_go

Counts = NDArray[Any]
ReadCounts = Callable[[int, int], Counts]


@dataclass(frozen=True, eq=False)
class CountSource:
    """Stored numbers with their scale: µV = number × `gain_uv` + `offset_uv`.

    Parameters
    ----------
    read_counts : callable (start, stop) -> array (samples, channels)
        Reads the stored numbers.
    n_samples, n_channels : int
        Size.
    dtype : numpy.dtype
        Type of the stored numbers.
    gain_uv, offset_uv : float
        Scale, the same for every channel.
    """

    read_counts: ReadCounts
    n_samples: int
    n_channels: int
    dtype: np.dtype[Any]
    gain_uv: float = 1.0
    offset_uv: float = 0.0

    @property
    def shape(self) -> tuple[int, int]:
        """(samples, channels)."""
        return (self.n_samples, self.n_channels)

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Samples ``[start, stop)`` as (samples, channels) in µV."""
        voltage: NDArray[np.float32] = self.read_counts(start, stop).astype(np.float32) * np.float32(self.gain_uv)
        return voltage if self.offset_uv == 0.0 else voltage + np.float32(self.offset_uv)


@dataclass(frozen=True)
class ChainReader:
    """Reads stretches that lie one after another, each with its own reader and length, as one."""

    parts: tuple[tuple[ReadCounts, int], ...]

    def __call__(self, start: int, stop: int) -> Counts:
        """Stored numbers ``[start, stop)``, counted through all stretches."""
        pieces, first = [], 0
        for read, length in self.parts:
            last = first + length
            if (start < last and stop > first) or (first == 0 and stop <= start):
                pieces.append(read(max(start, first) - first, min(stop, last) - first))
            first = last
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


@dataclass(frozen=True)
class Hdf5Reader:
    """Reads rows of a dataset; the file is opened for each read, so that no handle stays behind.

    Parameters
    ----------
    path : Path
        The file.
    dataset : str
        Path of the dataset in it.
    channels : tuple of int or None
        Columns to read; ``None`` for a dataset of one dimension.
    """

    path: Path
    dataset: str
    channels: tuple[int, ...] | None

    def __call__(self, start: int, stop: int) -> Counts:
        """Stored numbers of rows ``[start, stop)`` as (samples, channels)."""
        with h5py.File(self.path, "r") as file:
            rows: Counts = np.asarray(file[self.dataset][start:stop])
        return rows[:, np.newaxis] if self.channels is None else rows[:, list(self.channels)]


@dataclass(frozen=True, eq=False)
class GridValues:
    """Values of a slow channel at a steady rate, left in their file; pauses are NaN.

    Parameters
    ----------
    read_counts : callable (start, stop) -> array (samples, 1)
        Reads the stored numbers, the pauses left out.
    runs : tuple of Run
        The unbroken stretches.
    sampling_hz : float
        Values per second.
    gain, offset : float
        Value = number × `gain` + `offset`.
    """

    read_counts: ReadCounts
    runs: tuple[Run, ...]
    sampling_hz: float
    gain: float = 1.0
    offset: float = 0.0

    @property
    def n_samples(self) -> int:
        """Values from the first run's start to the last one's end."""
        return self._place(self.runs[-1]) + self.runs[-1].n_samples

    def read(self, start: int, stop: int) -> NDArray[np.float64]:
        """Values ``[start, stop)``."""
        values: NDArray[np.float64] = np.full(max(0, stop - start), np.nan)
        for run in self.runs:
            place = self._place(run)
            first, last = max(start, place), min(stop, place + run.n_samples)
            if first < last:
                skip = run.first_sample - place
                counts = self.read_counts(skip + first, skip + last)[:, 0]
                values[first - start : last - start] = counts * self.gain + self.offset
        return values

    def _place(self, run: Run) -> int:
        """Where a run begins on the grid that the first one starts."""
        return round((run.start_s - self.runs[0].start_s) * self.sampling_hz)


@dataclass(frozen=True, eq=False)
class NeoReader:
    """Reads one or more channels of one stretch ("segment") through neo's raw layer."""

    raw: Any = field(repr=False)
    segment: int
    stream: int
    channels: tuple[int, ...]

    def __call__(self, start: int, stop: int) -> Counts:
        """Stored numbers ``[start, stop)`` as (samples, channels)."""
        if stop <= start:
            return np.empty((0, len(self.channels)), dtype=np.int16)
        chunk: Counts = self.raw.get_analogsignal_chunk(
            block_index=0, seg_index=self.segment, i_start=start, i_stop=stop, stream_index=self.stream,
            channel_indexes=list(self.channels),
        )  # fmt: skip
        chunk = np.array(chunk)  # neo may hand out the map itself
        for held in vars(self.raw).values():
            _let_go_of(held)
        return chunk


def _let_go_of(held: Any) -> None:
    """Unload the files that a reader has mapped: what was read of them counts as this process's memory till then."""
    if isinstance(held, np.ndarray):
        let_go(held)
    elif isinstance(held, dict | list | tuple):
        for each in held.values() if isinstance(held, dict) else held:
            _let_go_of(each)


@dataclass(frozen=True, eq=False)
class _StackedSource:
    """Channels that lie apart in a file, read as one."""

    sources: tuple[VoltageSource, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """(samples, channels)."""
        return (min(source.shape[0] for source in self.sources), sum(source.shape[1] for source in self.sources))

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Samples ``[start, stop)`` as (samples, channels) in µV."""
        return np.concatenate([source.read(start, stop) for source in self.sources], axis=1)


def stacked(recordings: Sequence[Recording]) -> Recording:
    """Recording of several wires that were sampled together; one alone is itself.

    It is as long as the shortest of them, and on the clock of the first; its band is known where theirs is one.

    >>> one = Recording.from_array(np.zeros(4), sampling_hz=2.0, channel_names=("a",))
    >>> stacked([one, Recording.from_array(np.ones(4), sampling_hz=2.0, channel_names=("b",))]).channel_names
    ('a', 'b')
    """
    first = recordings[0]
    if len(recordings) == 1:
        return first
    names = tuple(name for recording in recordings for name in recording.channel_names)
    source = _StackedSource(tuple(recording.source for recording in recordings))
    runs = (*first.runs[:-1], replace(first.runs[-1], n_samples=source.shape[0] - first.runs[-1].first_sample))
    band_hz = first.band_hz if len({recording.band_hz for recording in recordings}) == 1 else (None, None)
    return Recording(source, first.sampling_hz, runs, names, band_hz, first.name)


def as_counts(source: VoltageSource) -> CountSource:
    """Source as numbers to be stored: 16-bit counts where it holds those, so that nothing is lost; else 32-bit µV.

    >>> as_counts(ArraySource(np.zeros((4, 1), dtype=np.int16), gain_uv=0.5)).gain_uv
    0.5
    """
    samples, channels = source.shape
    if isinstance(source, PartOfVoltage):
        whole, first = as_counts(source.source), source.first
        return replace(whole, read_counts=lambda a, b: whole.read_counts(first + a, first + b), n_samples=samples)
    if isinstance(source, CountSource) and source.dtype == np.int16:
        return source
    if isinstance(source, ArraySource) and source.traces.dtype == np.int16:
        traces = source.traces
        return CountSource(lambda a, b: traces[a:b], samples, channels, np.dtype(np.int16), source.gain_uv)
    return CountSource(source.read, samples, channels, np.dtype(np.float32))
