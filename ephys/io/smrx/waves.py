"""Channels of samples: their unbroken runs, and any stretch of them without the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.io.smrx.blocks import Blocks, gather
from ephys.io.smrx.channels import SmrxChannel
from ephys.io.smrx.header import Bytes
from ephys.io.smrx.layout import BLOCK_BYTES, PAGE, RUN


@dataclass(frozen=True, eq=False)
class Pieces:
    """Stretches of samples as they lie in the file, in order of time; a run goes over as many as it needs blocks.

    Parameters
    ----------
    at, count, start : array (pieces,)
        Byte of the first sample, samples, tick of the first sample.
    """

    at: NDArray[np.int64]
    count: NDArray[np.int64]
    start: NDArray[np.int64]


def pieces_of(data: Bytes, blocks: Blocks, item_bytes: int, divide: int, doubt: Callable[[str], None]) -> Pieces:
    """Read the heads of all runs in all blocks.

    Parameters
    ----------
    data : array
        The file.
    blocks : Blocks
        Of the channel.
    item_bytes, divide : int
        Bytes of a sample, ticks between two.
    doubt : callable
        Takes what is damaged.
    """
    found: list[NDArray[np.int64]] = []
    at, left, number = blocks.at + BLOCK_BYTES, blocks.items.copy(), np.arange(len(blocks.at))
    end = np.minimum(blocks.at + PAGE, len(data))
    lost = 0
    while len(at):  # a round for the first runs of all blocks, for the second, ...: each moves on by 16 bytes or more
        fits = at <= end - RUN.itemsize
        lost += int(np.count_nonzero(~fits))
        at, left, number, end = at[fits], left[fits], number[fits], end[fits]
        heads = gather(data, at, RUN) if len(at) else np.empty(0, RUN)
        room = (end - at - RUN.itemsize) // item_bytes
        claimed = heads["count"].astype(np.int64)
        whole_room = (PAGE - (at % PAGE) - RUN.itemsize) // item_bytes
        count = np.where((claimed < 1) | (claimed > whole_room), 0, np.minimum(claimed, room))
        lost += int(np.count_nonzero(count != claimed))
        found.append(np.stack([number, at + RUN.itemsize, count, heads["start"]], axis=1))
        at, left = at + RUN.itemsize + -(-count * item_bytes // 8) * 8, left - 1
        on = (left > 0) & (count == claimed)
        at, left, number, end = at[on], left[on], number[on], end[on]
    rows = np.concatenate(found) if found else np.empty((0, 4), np.int64)
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    rows = rows[rows[:, 2] > 0]
    ends = rows[:, 3] + rows[:, 2] * divide
    back = np.concatenate([[False], rows[1:, 3] < np.maximum.accumulate(ends)[:-1]]) if len(rows) else np.empty(0, bool)
    if lost:
        doubt(f"{lost} runs of samples are cut short or claim what their block cannot hold: what they hold is read")
    if back.any():
        doubt(f"{np.count_nonzero(back)} runs of samples go back in time and are left out")
    rows = rows[~back]
    return Pieces(rows[:, 1], rows[:, 2], rows[:, 3])


@dataclass(frozen=True, eq=False)
class SmrxWave(SmrxChannel):
    """A channel of samples.

    Parameters
    ----------
    dtype : numpy.dtype
        Of the samples: int16, or float32.
    window : callable (start, stop) -> Blocks
        Blocks that hold any tick of ``[start, stop)``, found by the index alone.
    """

    dtype: np.dtype[Any]
    window: Callable[[int, int], Blocks] = field(repr=False)
    _kept: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def pieces(self) -> Pieces:
        """Where the samples lie; the heads of the blocks are read once."""
        if "pieces" not in self._kept:
            self._kept["pieces"] = self._pieces(self.storage.blocks())
        pieces: Pieces = self._kept["pieces"]
        return pieces

    def _pieces(self, blocks: Blocks) -> Pieces:
        def doubt(what: str) -> None:
            self.storage.doubt(f"channel {self.number} ({self.title!r}): {what}")

        return pieces_of(self.storage.data(), blocks, self.dtype.itemsize, self.divide, doubt)

    @property
    def count(self) -> int:
        """Samples of all runs."""
        return int(self.pieces.count.sum())

    @property
    def run_start_ticks(self) -> NDArray[np.int64]:
        """Tick at which each unbroken run of samples begins."""
        return self.pieces.start[self._first_pieces()]

    @property
    def run_lengths(self) -> NDArray[np.int64]:
        """Samples of each unbroken run."""
        first = self._first_pieces()
        return np.add.reduceat(self.pieces.count, first) if len(first) else np.empty(0, np.int64)

    def _first_pieces(self) -> NDArray[np.intp]:
        """Return the number of each run's first piece."""
        pieces = self.pieces
        follows = pieces.start[1:] == (pieces.start + pieces.count * self.divide)[:-1]
        return np.flatnonzero(np.concatenate([np.ones(min(1, len(pieces.start)), bool), ~follows]))

    def read_raw(self, start: int | None = None, stop: int | None = None) -> NDArray[Any]:
        """Read samples as stored, the runs one after the other.

        Parameters
        ----------
        start, stop : int, optional
            As in a slice, counted through all runs; all samples without.

        Returns
        -------
        array (samples,) of int16 or float32
        """
        pieces = self.pieces
        first = np.cumsum(pieces.count) - pieces.count
        low, high, _ = slice(start, stop).indices(self.count)
        if high <= low:
            return np.empty(0, self.dtype)
        a, b = (int(i) for i in np.searchsorted(first, [low, high - 1], side="right") - [1, 0])
        at, count = pieces.at[a:b].copy(), pieces.count[a:b].copy()
        skip = low - int(first[a])
        at[0] += skip * self.dtype.itemsize
        count[0] -= skip
        count[-1] -= int(count.sum()) - (high - low)
        return self._read(at, count)

    def _read(self, at: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[Any]:
        """Read pieces, one after the other."""
        size = self.dtype.itemsize
        out = np.empty(int(count.sum()) * size, np.uint8)
        source, target = self.storage.data().data, out.data  # to slice an array costs more
        to = 0
        for place, length in zip(at.tolist(), (count * size).tolist(), strict=True):
            target[to : to + length] = source[place : place + length]
            to += length
        return out.view(self.dtype)

    def read_between(self, start_tick: int, stop_tick: int) -> list[tuple[int, NDArray[Any]]]:
        """Read the samples of ``[start_tick, stop_tick)``; only the index and the blocks that hold them are touched.

        Returns
        -------
        list of (int, array)
            For each unbroken run within: tick of its first sample, and its samples.
        """
        pieces = self._pieces(self.window(start_tick, stop_tick))
        skip = np.maximum(-(-(start_tick - pieces.start) // self.divide), 0)
        keep = np.minimum(-(-(stop_tick - pieces.start) // self.divide), pieces.count) - skip
        held = keep > 0
        skip, keep = skip[held], keep[held]
        begins = pieces.start[held] + skip * self.divide
        at = pieces.at[held] + skip * self.dtype.itemsize
        samples = self._read(at, keep)
        new = np.flatnonzero(np.concatenate([[True], begins[1:] != (begins + keep * self.divide)[:-1]])[: len(begins)])
        firsts = (np.cumsum(keep) - keep)[new]
        return list(zip(begins[new].tolist(), np.split(samples, firsts[1:]), strict=True)) if len(new) else []
