"""A large ``.smrx`` file of known content, written without the vendor's library: what benchmarks/smrx.py reads.

As the vendor's library does it, the pages of several channels lie interleaved, as they were recorded, and a page for
sixteen nodes is put between when one is needed. The vendor's library opens the file and reads the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.io.smrx.layout import (
    BLOCK,
    BLOCK_BYTES,
    CHANNEL,
    CONTINUED,
    ENTRY,
    FAN_OUT,
    HEADER,
    KINDS,
    NODE,
    PAGE,
    RUN,
    Kind,
)

TICK_S, WIRE_TICKS, SLOW_TICKS, MARK_TICKS = 1e-6, 50, 500, 10_000_000
"""Seconds per tick; ticks between two samples of the wire (20 kHz) and of the slow signal (2 kHz), and two marks."""

FULL = (PAGE - BLOCK_BYTES - RUN.itemsize) // 2
"""Samples of a block that holds one run: 32,752."""

ROW_BYTES, TABLE_AT = 272, 0x800
WIRE, SLOW, MARKS, N_CHANNELS = 0, 1, 2, 32
PERIOD = 30011
"""Sample i of a wave is i modulo this prime, so that no block equals the next."""


def wave(first: int, count: int) -> NDArray[np.int16]:
    """Samples of every wave, from this one on.

    >>> wave(30009, 4).tolist()
    [30009, 30010, 0, 1]
    """
    return (np.arange(first, first + count, dtype=np.int64) % PERIOD).astype("<i2")


_TWO_PERIODS = wave(0, 2 * PERIOD + FULL)


@dataclass
class _Index:
    """A channel's index while the file grows: a list of nodes per level, each with its place and entries."""

    channel: int
    levels: list[list[tuple[int, list[tuple[int, int]]]]] = field(default_factory=lambda: [[]])
    n_blocks: int = 0


class _Writer:
    """Gives out pages, and keeps the index of each channel."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("wb")
        self.end = PAGE
        self.indices: dict[int, _Index] = {}
        self.spare: list[int] = []

    def page(self) -> int:
        """Give out a page."""
        self.end += PAGE
        return self.end - PAGE

    def node(self) -> int:
        """Give out a node; sixteen of them share a page."""
        if not self.spare:
            at = self.page()
            self.spare = list(range(at, at + PAGE, NODE))
        return self.spare.pop(0)

    def add(self, channel: int, start: int, items: int, content: bytes) -> None:
        """Write a block of data."""
        index = self.indices.setdefault(channel, _Index(channel))
        at = self.page()
        parent = self._entry(index, 0, start)
        node = index.levels[0][-1]
        node[1].append((start, at))
        index.n_blocks += 1
        head = np.zeros(1, BLOCK)
        head["parent"], head["channel"], head["items"] = parent, channel, items
        self.file.seek(at)
        self.file.write(head.tobytes()[:BLOCK_BYTES] + content)

    def _entry(self, index: _Index, level: int, start: int) -> int:
        """Make room for an entry in the last node of a level, and return what its target calls its parent."""
        nodes = index.levels[level]
        if not nodes or len(nodes[-1][1]) == FAN_OUT:
            nodes.append((self.node(), []))
            if len(nodes) == 2 and len(index.levels) == level + 1:  # a second node: both come under a new root
                index.levels.append([])
                self._entry(index, level + 1, start)
                index.levels[level + 1][-1][1].append((nodes[0][1][0][0], nodes[0][0]))
            if len(index.levels) > level + 1:
                self._entry(index, level + 1, start)
                index.levels[level + 1][-1][1].append((start, nodes[-1][0]))
        at, entries = nodes[-1]
        return at | level << 8 | len(entries)

    def close(self, rows: NDArray[Any], max_time: int) -> None:
        """Write every index, then the header."""
        for index in self.indices.values():
            for at, content in _nodes(index):
                self.file.seek(at)
                self.file.write(content)
            row = rows[index.channel]
            row["root"], row["n_blocks"] = index.levels[-1][0][0], index.n_blocks
        self.file.truncate(self.end)
        self.file.seek(0)
        self.file.write(_header(rows, self.end, max_time))
        self.file.close()


def _nodes(index: _Index) -> Iterator[tuple[int, bytes]]:
    """Place and bytes of each node."""
    for level, nodes in enumerate(index.levels):
        for number, (at, entries) in enumerate(nodes):
            head = np.zeros(1, BLOCK)
            above = index.levels[level + 1][number // FAN_OUT][0] if level + 1 < len(index.levels) else 0
            head["parent"] = above | (level + 1) << 8 | number % FAN_OUT
            head["channel"], head["items"] = index.channel, len(entries)
            yield at, head.tobytes()[:BLOCK_BYTES] + np.array(entries, ENTRY).tobytes()


def _header(rows: NDArray[Any], allocated: int, max_time: int) -> bytes:
    """The first page of the file."""
    page = np.zeros(PAGE, np.uint8)
    page[:BLOCK_BYTES].view("<u2")[4] = CONTINUED
    page[0x28:0x30].view("<u4")[1] = TABLE_AT  # where a user's own bytes would be
    first = page[: HEADER.itemsize].view(HEADER)
    first["magic"], first["version"], first["tick_s"] = b"S64pl", 0x0101, TICK_S
    first["channels_at"], first["n_channels"], first["channel_bytes"] = TABLE_AT, len(rows), ROW_BYTES
    first["allocated"], first["max_time"] = allocated, max_time
    ends = TABLE_AT + len(rows) * ROW_BYTES
    first["strings_at"] = ends
    page[TABLE_AT:ends].reshape(-1, ROW_BYTES)[:, : CHANNEL.itemsize] = rows.view(np.uint8).reshape(len(rows), -1)
    page[ends : ends + 4].view("<u4")[0] = 2  # an empty table of texts is two words long
    return page.tobytes()


def write_recording(path: Path, size: int) -> int:
    """Write a wire, a slow signal of a tenth of its rate, and a mark every ten seconds, until the file has a size.

    Parameters
    ----------
    path : Path
        Where to.
    size : int
        Bytes, about.

    Returns
    -------
    int
        Samples of the wire; the slow signal has a tenth of them, as far as those fill blocks.
    """
    writer = _Writer(path)
    samples = 0
    while writer.end < size:
        for _ in range(10):
            _add_samples(writer, WIRE, samples, WIRE_TICKS)
            samples += FULL
        _add_samples(writer, SLOW, samples // 10 - FULL, SLOW_TICKS)
    stop = samples * WIRE_TICKS
    marks = np.zeros(stop // MARK_TICKS, np.dtype([("tick", "<i8"), ("codes", "u1", 8)]))
    marks["tick"] = np.arange(len(marks)) * MARK_TICKS
    most = (PAGE - BLOCK_BYTES) // marks.itemsize
    for first in range(0, len(marks), most):
        some = marks[first : first + most]
        writer.add(MARKS, int(some["tick"][0]), len(some), some.tobytes())
    rows = np.zeros(N_CHANNELS, CHANNEL)
    rows["last_tick"] = -1
    rows["last_tick"][[WIRE, SLOW, MARKS]] = stop - WIRE_TICKS, stop - SLOW_TICKS, marks["tick"][-1]
    rows["divide"][[WIRE, SLOW]] = WIRE_TICKS, SLOW_TICKS
    rows["item_bytes"][[WIRE, SLOW, MARKS]] = 2, 2, marks.itemsize
    rows["kind"][[WIRE, SLOW, MARKS]] = KINDS.index(Kind.ADC), KINDS.index(Kind.ADC), KINDS.index(Kind.MARKER)
    rows["scale"] = 1.0
    writer.close(rows, stop - WIRE_TICKS)
    return samples


def _add_samples(writer: _Writer, channel: int, first: int, divide: int) -> None:
    """Write a full block of a wave."""
    run = np.zeros(1, RUN)
    run["start"], run["count"] = first * divide, FULL
    begins = first % PERIOD
    writer.add(channel, first * divide, 1, run.tobytes() + _TWO_PERIODS[begins : begins + FULL].tobytes())
