"""Channels of samples: their unbroken runs, and any stretch of them without the rest."""

from __future__ import annotations

import math
import struct
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ephys.io.smrx.blocks import Blocks, gather
from ephys.io.smrx.channels import SmrxChannel
from ephys.io.smrx.header import Bytes
from ephys.io.smrx.layout import BLOCK_BYTES, LATEST, PAGE, RUN
from ephys.io.smrx.places import LastTick

Size = TypeVar("Size", int, NDArray[np.int64])

_RUN_HEAD = struct.Struct("<qI")
"""First tick and samples of a run, as in `RUN`."""


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


def pieces_of(data: Bytes, blocks: Blocks, item_bytes: int, divide: int) -> tuple[Pieces, list[str]]:
    """Read the heads of all runs in all blocks.

    Parameters
    ----------
    data : array
        The file.
    blocks : Blocks
        Of the channel.
    item_bytes, divide : int
        Bytes of a sample, ticks between two.

    Returns
    -------
    pieces, doubts : Pieces, list of str
        What is there, without what goes back in time; what is damaged.
    """
    alone, runs = _single_runs(data, blocks, item_bytes)
    found, number, whole = [runs[alone]], [np.flatnonzero(alone)], alone.copy()
    ends = runs[:, 0] + _padded(runs[:, 1] * item_bytes)
    for i in np.flatnonzero(~alone).tolist():
        runs, whole[i], ends[i] = _runs_of(data, int(blocks.at[i]), int(blocks.items[i]), item_bytes)
        found.append(runs)
        number.append(np.full(len(runs), i))
    order = np.argsort(np.concatenate(number), kind="stable")
    at, count, start = np.concatenate(found)[order].T
    remarks = _said(blocks, whole, blocks.at + PAGE - ends)
    kept = longest_chain(start, start + count * divide)
    if not kept.all():
        back = f"{np.count_nonzero(~kept)} runs of samples, from byte {at[~kept].min() - RUN.itemsize}"
        remarks.append(f"{back}, overlap others in time: {count[~kept].sum()} samples are left out")
    return Pieces(at[kept], count[kept], start[kept]), remarks


def _single_runs(data: Bytes, blocks: Blocks, item_bytes: int) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which blocks have one run alone, in order and wholly in the file, and the first run of each block.

    A recording without gaps has no others: its thousands of blocks are looked at in one go.
    """
    within = blocks.at + PAGE <= len(data)
    heads = gather(data, np.where(within, blocks.at, 0) + BLOCK_BYTES, RUN)
    start, count = heads["start"], heads["count"].astype(np.int64)
    alone = within & (blocks.items == 1) & (count > 0) & (count <= (PAGE - BLOCK_BYTES - RUN.itemsize) // item_bytes)
    alone &= (start >= 0) & (start <= LATEST)
    return alone, np.stack([blocks.at + BLOCK_BYTES + RUN.itemsize, count, start], axis=1)


def _runs_of(data: Bytes, at: int, items: int, item_bytes: int) -> tuple[NDArray[np.int64], bool, int]:
    """Return the runs of a block (byte of the first sample, samples, first tick), if all can be and lie in the file.

    And the byte at which the last of them ends.
    """
    block = data[at : at + PAGE].tobytes()
    runs, whole, here = [], items > 0, BLOCK_BYTES
    for _ in range(items):  # ends with the block: each run moves on by 16 bytes or more
        first = here + RUN.itemsize
        start, claimed = _RUN_HEAD.unpack_from(block, here) if first <= len(block) else (0, 0)
        possible, told = 0 < claimed <= (PAGE - first) // item_bytes, 0 <= start <= LATEST
        count = min(claimed, (len(block) - first) // item_bytes) if possible else 0
        whole = whole and told and 0 < count == claimed
        if told and count:
            runs.append((at + first, count, start))
        if not count or count < claimed:
            break
        here = first + _padded(count * item_bytes)
    return np.array(runs, np.int64).reshape(-1, 3), whole, at + here


def _padded(size: Size) -> Size:
    """Return the bytes that samples take, up to a multiple of 8: there the next run begins."""
    return -(-size // 8) * 8


def _said(blocks: Blocks, whole: NDArray[np.bool_], room: NDArray[np.int64]) -> list[str]:
    """Say which blocks lack samples; `room`: bytes that each has left."""
    remarks = []
    unfilled = whole & (room > RUN.itemsize)  # in no more, no run begins
    unfilled[-1:] = False
    for some, what in (
        (~whole, "are cut short, or hold runs of samples that cannot be: not all of them is read"),
        (unfilled, "are not full though others follow: samples are lost, or were never written"),
    ):
        if some.any():
            remarks.append(f"{np.count_nonzero(some)} of {len(some)} blocks, from byte {blocks.at[some].min()}, {what}")
    return remarks


def longest_chain(start: NDArray[np.int64], stop: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Choose from stretches of time the most that follow one another; one wrong time leaves out one.

    >>> start = np.array([0, 10, 990, 20, 30])
    >>> longest_chain(start, start + 10).tolist()
    [True, True, False, True, True]
    """
    if np.all(start[1:] >= stop[:-1]):
        return np.ones(len(start), bool)
    stops: list[int] = []  # by length, the earliest at which a chain so long ends
    lasts: list[int] = []  # which stretch that chain ends with
    before = np.full(len(start), -1)
    for i, (begin, end) in enumerate(zip(start.tolist(), stop.tolist(), strict=True)):
        length = bisect_right(stops, begin)
        before[i] = lasts[length - 1] if length else -1
        if length == len(stops) or end < stops[length]:
            stops[length : length + 1], lasts[length : length + 1] = [end], [i]
    kept, i = np.zeros(len(start), bool), lasts[-1]
    while i >= 0:
        kept[i], i = True, int(before[i])
    return kept


@dataclass(frozen=True, eq=False)
class SmrxWave(SmrxChannel):
    """A channel of samples.

    Parameters
    ----------
    dtype : numpy.dtype
        Of the samples: int16, or float32.
    window : callable (start, stop, LastTick) -> Blocks
        Blocks that hold any tick of ``[start, stop)``, found by the index alone.
    """

    dtype: np.dtype[Any]
    window: Callable[[int, int, LastTick], Blocks] = field(repr=False)
    _kept: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def pieces(self) -> Pieces:
        """Where the samples lie; the heads of the blocks are read once."""
        if "pieces" not in self._kept:
            self._kept["pieces"] = self._pieces(self.blocks)
        pieces: Pieces = self._kept["pieces"]
        return pieces

    def _pieces(self, blocks: Blocks) -> Pieces:
        """Return where the samples of some blocks lie, and say what is damaged in them."""
        pieces, doubts = pieces_of(self.storage.data(), blocks, self.dtype.itemsize, self.divide)
        for doubt in doubts:
            self._doubt(doubt)
        return pieces

    def last_tick_of(self, blocks: Blocks) -> int:
        """Tick of the last sample of the last of these blocks; -1 without any."""
        pieces, _ = pieces_of(self.storage.data(), blocks.last, self.dtype.itemsize, self.divide)
        ends = pieces.start + (pieces.count - 1) * self.divide
        return int(ends[-1]) if len(ends) else -1

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

    def read_between(self, start_tick: float, stop_tick: float) -> list[tuple[int, NDArray[Any]]]:
        """Read the samples of ``[start_tick, stop_tick)``; only the index and the blocks that hold them are touched.

        Returns
        -------
        list of (int, array)
            For each unbroken run within: tick of its first sample, and its samples.
        """
        start_tick, stop_tick = (min(max(math.ceil(tick), 0), LATEST + 1) for tick in (start_tick, stop_tick))
        pieces = self._pieces(self.window(start_tick, stop_tick, self.last_tick_of))
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
