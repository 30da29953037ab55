"""Filtered voltage round every threshold crossing: all that sorting looks at again, a small part of the whole.

The recording is read and filtered once; each crossing is kept with enough on either side for every later step. What
does not fit in memory is filtered again when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ephys.model import Recording
from ephys.sorting.detection import DetectionSettings, detect_peaks, relative_size
from ephys.sorting.faint import MatchedFilters
from ephys.sorting.filters import FilteredChunk, FloatTraces, chunk_readers
from ephys.sorting.stretches import Stretches
from ephys.sorting.threads import in_order
from ephys.sorting.waveforms import Window, aligned_snippets

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Result = TypeVar("Result")

KEPT_BYTES = 96 * 2**20
"""Memory for filtered voltage: about half an hour of one wire at 30 kHz (convention)."""

FURTHER_STAGES = ("pairs", "faint spikes")
"""Stages of matching beside its rounds, each of which subtracts spikes."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Samples kept before and after each sample beyond the threshold."""

    before: int
    after: int

    @classmethod
    def of_matching(cls, window: Window, long_window: Window, *, rounds: int, dead_samples: int) -> Reach:
        """Reach within which matching sees what it would see in the whole voltage.

        Each stage may find spikes where the one before has subtracted, one template further from the crossings: pairs,
        the rounds, and faint spikes. A spike of a pair lies beside its crossing, too, by less than the template's
        shorter side. One window round each spike is looked at. Two islands are so far apart that no dead time and no
        template reaches from one into the other.
        """
        wide, stages = window.widened(), rounds + len(FURTHER_STAGES)
        aside = min(long_window.pre, long_window.post) + dead_samples
        return cls(aside + stages * long_window.pre + wide.pre, aside + stages * long_window.post + wide.post)


@dataclass(frozen=True, eq=False)
class Islands:
    """Filtered voltage of one chunk round its crossings, end to end.

    Parameters
    ----------
    start, stop : int
        Sample numbers of the chunk; islands in its margins are there to be seen whole, and belong to its neighbours.
    stretches : Stretches
        Sample numbers of the islands.
    traces_uv : array (rows, channels)
        Their voltage in the sorting band.
    crossings : array (crossings,)
        Rows of the peaks of the chunk's crossings.
    """

    start: int
    stop: int
    stretches: Stretches
    traces_uv: FloatTraces
    crossings: IntArray

    def numbers(self, rows: IntArray) -> IntArray:
        """Sample numbers of rows."""
        return self.stretches.positions(rows)

    def own(self, rows: IntArray) -> NDArray[np.bool_]:
        """Which rows lie in the chunk, not in its margins."""
        numbers = self.numbers(rows)
        inside: NDArray[np.bool_] = (numbers >= self.start) & (numbers < self.stop)
        return inside


def cut_islands(
    chunk: FilteredChunk,
    noise_uv: FloatArray,
    *,
    sampling_hz: float,
    reach: Reach,
    detection: DetectionSettings,
    filters: MatchedFilters | None = None,
) -> Islands:
    """Islands of one chunk.

    Parameters
    ----------
    chunk : FilteredChunk
        In the sorting band.
    noise_uv : array (channels,)
        Noise SD.
    sampling_hz : float
        Samples per second.
    reach : Reach
        How much to keep round each crossing.
    detection : DetectionSettings
        What a crossing is.
    filters : MatchedFilters, optional
        What else is worth an island.
    """
    beyond = relative_size(chunk.traces_uv, noise_uv) >= detection.threshold_sd
    if filters is not None:
        beyond = beyond | filters.beyond(chunk.traces_uv)
    near = Stretches.around(np.flatnonzero(beyond), before=reach.before, after=reach.after, length=len(chunk.traces_uv))
    traces_uv = near.cut(chunk.traces_uv)
    places = Stretches(near.starts + chunk.read_start, near.stops + chunk.read_start)
    rows = detect_peaks(traces_uv, noise_uv, sampling_hz=sampling_hz, settings=detection)
    islands = Islands(chunk.start, chunk.stop, places, traces_uv, rows)
    return Islands(chunk.start, chunk.stop, places, traces_uv, rows[islands.own(rows)])


@dataclass(frozen=True, eq=False)
class KeptIslands:
    """Islands of a whole recording, chunk by chunk; what is not in memory is read and filtered again when used.

    Parameters
    ----------
    chunks : sequence of Islands or callable
        Islands of each chunk, or what makes them.
    counts : array (chunks,)
        Crossings of each chunk.
    n_channels : int
        Channels of the recording.
    jobs : int, optional
        Chunks worked on at the same time.
    """

    chunks: Sequence[Islands | Callable[[], Islands]]
    counts: IntArray
    n_channels: int
    jobs: int | None = None

    def __len__(self) -> int:
        """Number of crossings."""
        return int(self.counts.sum())

    def process(self, work: Callable[[Islands], Result], *, label: str = "", progress: bool = False) -> list[Result]:
        """What `work` makes of the islands of each chunk, in order of time."""

        def one(number: int) -> Result:
            return work(self._islands(number))

        return list(in_order(one, range(len(self.chunks)), jobs=self.jobs, label=label, progress=progress))

    def snippets(self, numbers: IntArray, window: Window, columns: slice = slice(None)) -> FloatTraces:
        """Aligned snippets (crossings, samples, channels) of some of the crossings, by number, in order.

        Only `columns` of the window are returned, if so asked.
        """
        firsts = np.cumsum(self.counts) - self.counts
        wanted = np.split(numbers, np.searchsorted(numbers, firsts[1:]))

        def one(chunk: int) -> FloatTraces:
            islands = self._islands(chunk)
            rows = islands.crossings[wanted[chunk] - firsts[chunk]]
            return aligned_snippets(islands.traces_uv, rows, window)[0][:, columns]

        samples = len(range(window.samples)[columns])
        snippets = np.empty((len(numbers), samples, self.n_channels), dtype=np.float32)
        held = [chunk for chunk, some in enumerate(wanted) if some.size]
        first = 0
        for part in in_order(one, held, jobs=self.jobs):
            snippets[first : first + len(part)] = part
            first += len(part)
        return snippets

    def _islands(self, number: int) -> Islands:
        """Islands of one chunk, from memory or made again."""
        chunk = self.chunks[number]
        return chunk if isinstance(chunk, Islands) else chunk()


def find_islands(
    recording: Recording,
    noise_uv: FloatArray,
    *,
    band_hz: tuple[float | None, float | None],
    order: int,
    reach: Reach,
    detection: DetectionSettings,
    progress: bool = False,
    jobs: int | None = None,
    kept_bytes: int = KEPT_BYTES,
    filters: MatchedFilters | None = None,
    label: str = "detecting",
) -> KeptIslands:
    """Read, filter and detect, once through the recording.

    Parameters
    ----------
    recording : Recording
        Voltage of any length.
    noise_uv : array (channels,)
        Noise SD in the sorting band.
    band_hz, order
        The sorting band.
    reach : Reach
        How much to keep round each crossing; chunks overlap by as much.
    detection : DetectionSettings
        What a crossing is.
    progress, jobs
        As for `in_order`.
    kept_bytes : int, optional
        Most memory for the islands: those of later chunks are made again whenever they are used.
    filters : MatchedFilters, optional
        What else is worth an island.
    label : str, optional
        Name of the progress bar.
    """
    cut = partial(
        cut_islands,
        noise_uv=noise_uv,
        sampling_hz=recording.sampling_hz,
        reach=reach,
        detection=detection,
        filters=filters,
    )
    margin_s = (reach.before + reach.after) / recording.sampling_hz
    readers = chunk_readers(recording, band_hz=band_hz, order=order, margin_s=margin_s)
    makers = [partial(_make, read, cut) for read in readers]
    chunks: list[Islands | Callable[[], Islands]] = []
    counts, size = [], 0
    for maker, islands in zip(makers, in_order(_call, makers, jobs=jobs, label=label, progress=progress), strict=True):
        size += islands.traces_uv.nbytes
        chunks.append(islands if size <= kept_bytes else maker)
        counts.append(len(islands.crossings))
    return KeptIslands(chunks, np.array(counts, dtype=np.int64), recording.n_channels, jobs)


def _make(read: Callable[[], FilteredChunk], cut: Callable[[FilteredChunk], Islands]) -> Islands:
    """Islands of a chunk that is still to be read."""
    return cut(read())


def _call(make: Callable[[], Islands]) -> Islands:
    """What `make` makes."""
    return make()
