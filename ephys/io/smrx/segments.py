"""Pauses as segments: where a file is cut so that every channel is unbroken between two cuts, and what lies there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.io.smrx.waves import SmrxWave


@dataclass(frozen=True, eq=False)
class Stream:
    """Channels of samples that were taken at the very same ticks.

    Parameters
    ----------
    waves : tuple of SmrxWave
        The channels.
    divide : int
        Ticks between two samples.
    start, length : array (runs,)
        Tick of the first sample of each unbroken run, and its samples.
    """

    waves: tuple[SmrxWave, ...]
    divide: int
    start: NDArray[np.int64]
    length: NDArray[np.int64]

    @property
    def gaps(self) -> NDArray[np.int64]:
        """First and last tick of every cut that parts two runs, as (pauses, 2); a run begins at its first sample."""
        last = self.start + (self.length - 1) * self.divide
        return np.stack([last[:-1] + 1, self.start[1:]], axis=1)

    def before(self, ticks: NDArray[np.int64]) -> NDArray[np.int64]:
        """Count the samples before each tick."""
        counted = np.concatenate([[0], np.cumsum(self.length)])
        run = np.searchsorted(self.start, ticks, side="right") - 1  # -1: before the first
        if not len(self.start):
            return np.zeros(len(ticks), np.int64)
        within = np.clip(-(-(ticks - self.start[run]) // self.divide), 0, self.length[run])
        samples: NDArray[np.int64] = np.where(run < 0, 0, counted[run] + within)
        return samples

    def tick_of(self, samples: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the ticks of samples, which are counted through all runs."""
        first = np.cumsum(self.length) - self.length
        run = np.searchsorted(first, samples, side="right") - 1
        ticks: NDArray[np.int64] = self.start[run] + (samples - first[run]) * self.divide
        return ticks


@dataclass(frozen=True, eq=False)
class Sections:
    """What each segment holds of a stream.

    Parameters
    ----------
    edges : array (segments + 1,)
        Samples before each segment, counted through all runs, and all samples.
    start, stop : array (segments,)
        Tick of the first sample, and one interval after the last; what they are where there is none, has no meaning.
    """

    edges: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]

    @property
    def size(self) -> NDArray[np.int64]:
        """Samples of each segment."""
        return np.diff(self.edges)


def streams_of(waves: Iterable[SmrxWave]) -> tuple[Stream, ...]:
    """Group channels by type, rate and runs, in the order of their first channels."""
    groups: dict[tuple[str, int, bytes, bytes], list[SmrxWave]] = {}
    for wave in waves:
        runs = wave.run_start_ticks.tobytes(), wave.run_lengths.tobytes()
        groups.setdefault((wave.dtype.name, wave.divide, *runs), []).append(wave)
    return tuple(
        Stream(tuple(own), own[0].divide, own[0].run_start_ticks, own[0].run_lengths) for own in groups.values()
    )


def cuts_of(streams: Sequence[Stream]) -> NDArray[np.int64]:
    """Return the fewest ticks that part all runs of all streams; a segment begins at each.

    A cut lies where the first of the channels that were paused goes on. Channels whose pauses overlap share it, so
    that samplers which start or stop some ticks apart make no segments of their own.

    Examples
    --------
    >>> early = Stream((), 10, np.array([0, 1000]), np.array([50, 50]))
    >>> later = Stream((), 10, np.array([3, 1003]), np.array([50, 50]))
    >>> cuts_of([early, later])
    array([1000])
    """
    gaps = np.unique(np.concatenate([np.empty((0, 2), np.int64), *(stream.gaps for stream in streams)]), axis=0)
    cuts: list[int] = []
    for first, last in gaps[np.argsort(gaps[:, 1], kind="stable")].tolist():
        if not cuts or cuts[-1] < first:
            cuts.append(last)
    return np.array(cuts, np.int64)


def sections_of(stream: Stream, cuts: NDArray[np.int64]) -> Sections:
    """Return what each segment holds of a stream.

    Examples
    --------
    >>> sweeps = Stream((), 10, np.array([0, 1000]), np.array([50, 40]))
    >>> sections = sections_of(sweeps, np.array([700]))
    >>> sections.size, sections.start, sections.stop
    (array([50, 40]), array([   0, 1000]), array([ 500, 1400]))
    """
    edges = np.concatenate([[0], stream.before(cuts), [stream.length.sum()]]).astype(np.int64)
    if not edges[-1]:
        nowhere = np.zeros(len(edges) - 1, np.int64)
        return Sections(edges, nowhere, nowhere)
    stop = stream.tick_of(np.maximum(edges[1:] - 1, 0)) + stream.divide
    return Sections(edges, stream.tick_of(np.minimum(edges[:-1], edges[-1] - 1)), stop)


def bounds_of(
    cuts: NDArray[np.int64], sections: Sequence[Sections], marks: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return first tick of each segment, and the tick after its last; no two overlap, and each mark is in one.

    A segment lasts as long as its samples, and on to marks that were made in the pause after it; the first begins with
    its first sample, or with a mark before that. Without any sample there is one segment, which begins at tick 0.

    Parameters
    ----------
    cuts : array (segments - 1,)
        Where segments begin.
    sections : sequence of Sections
        What they hold of each stream.
    marks : sequence of (array, array)
        Ticks of each channel of marks, in order, and their `mark_edges`.
    """
    never = np.iinfo(np.int64)
    start, stop = (np.full(len(cuts) + 1, limit) for limit in (never.max, never.min))
    for one in sections:
        held = one.size > 0
        start[held] = np.minimum(start, one.start)[held]
        stop[held] = np.maximum(stop, one.stop)[held]
    if not np.any(stop > never.min):
        start[0], stop[0] = 0, 1
    stop[:-1] = np.minimum(stop[:-1], cuts)  # the last sample of a slow channel goes on over the cut
    for ticks, edges in marks:
        held = np.diff(edges) > 0
        start[held] = np.minimum(start[held], ticks[edges[:-1][held]])
        stop[held] = np.maximum(stop[held], ticks[edges[1:][held] - 1] + 1)
    return start, stop


def mark_edges(ticks: NDArray[np.int64], cuts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of marks before each segment, and of all marks; their ticks must be in order.

    >>> mark_edges(np.array([5, 700, 999, 1000]), np.array([1000]))
    array([0, 3, 4])
    """
    return np.concatenate([[0], np.searchsorted(ticks, cuts, side="left"), [len(ticks)]]).astype(np.int64)
