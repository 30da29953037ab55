"""The channels of a file by what they hold: marks of every kind, read whole when asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.io.smrx.blocks import Blocks
from ephys.io.smrx.header import Bytes
from ephys.io.smrx.layout import BLOCK_BYTES, PAGE, Kind, decoded
from ephys.io.smrx.lost import blank, lost_stretches
from ephys.io.smrx.places import LastTick, channel_name


@dataclass(frozen=True)
class Storage:
    """How a channel gets at its file.

    Parameters
    ----------
    data : callable () -> array of bytes
        The mapped file; raises once that is closed.
    blocks : callable (LastTick) -> Blocks
        Where the channel's data lie; is given how to tell their last tick.
    ends : callable (int) -> bool
        Whether an item at this tick is the channel's last, as far as the file tells.
    doubt : callable (str)
        Takes what is damaged.
    """

    data: Callable[[], Bytes]
    blocks: Callable[[LastTick], Blocks]
    ends: Callable[[int], bool]
    doubt: Callable[[str], None]


@dataclass(frozen=True, eq=False)
class SmrxChannel:
    """What every channel has.

    Parameters
    ----------
    number : int
        As the vendor's library counts, from 0; Spike2 shows one more.
    kind : Kind
        What it holds; equals the vendor's name for it, as in ``kind == "Adc"``.
    title, units, comment : str
        As in the file.
    scale, offset : float
        A 16-bit sample means ``raw * scale / 6553.6 + offset`` in `units`; samples stored as float are in `units`.
    divide : int
        Ticks between two samples, of waves and WaveMarks; 0 for the rest.
    ideal_rate_hz : float
        The rate that the user asked for, or expects of events.
    y_range : tuple of (float, float)
        What Spike2 shows by default.
    physical : int
        Port of the interface, -1 where the file has none.
    storage : Storage
        How it gets at the file.
    """

    number: int
    kind: Kind
    title: str
    units: str
    comment: str
    scale: float
    offset: float
    divide: int
    ideal_rate_hz: float
    y_range: tuple[float, float]
    physical: int
    storage: Storage = field(repr=False)

    def last_tick_of(self, blocks: Blocks) -> int:
        """Tick of the last item of the last of these blocks; -1 without any."""
        raise NotImplementedError

    def in_units(self, stored: ArrayLike) -> NDArray[np.float64]:
        """Turn stored numbers, samples or snippets, into `units`.

        >>> from ephys.io.smrx import SmrxFile
        >>> with SmrxFile("sample_data/spike2_session.smrx") as file:
        ...     pressure = file.channel("BP")
        ...     pressure.in_units(pressure.read_raw(0, 3)).round(1), pressure.units
        (array([ 95.3, 104.7,  96.9]), 'mmHg')
        """
        gain, offset = self.gain
        return np.asarray(stored, np.float64) * gain + offset

    @property
    def gain(self) -> tuple[float, float]:
        """What a stored number is multiplied by, and what is then added; 16-bit samples alone are not in `units`."""
        return (self.scale / 6553.6, self.offset) if self.kind in (Kind.ADC, Kind.ADC_MARK) else (1.0, 0.0)

    @property
    def last_tick(self) -> int:
        """Tick of the channel's last item on disk; -1 without any."""
        return self.last_tick_of(self.blocks)

    @property
    def blocks(self) -> Blocks:
        """Where the channel's data lie."""
        return self.storage.blocks(self.last_tick_of)

    def _doubt(self, what: str) -> None:
        """Say what is damaged in the channel."""
        self.storage.doubt(f"{channel_name(self.number, self.title)}: {what}")


@dataclass(frozen=True, eq=False)
class SmrxEvents(SmrxChannel):
    """A channel of events, each a tick.

    Parameters
    ----------
    item : numpy.dtype
        One event as stored.
    starts_high : bool
        Level before the first event, of a channel that marks both edges.
    """

    item: np.dtype[Any]
    starts_high: bool = False

    @property
    def items(self) -> NDArray[Any]:
        """All events as stored, in the order of the file."""
        self._doubt_counts(self.blocks)
        items = self._read(self.blocks)
        zeros = blank(items["tick"])
        if zeros.any():
            self._doubt(
                f"{np.count_nonzero(zeros)} of {len(items)} items are zeros, or begin with zeros, and are left out"
            )
            items = items[~zeros]
        back = np.count_nonzero(np.diff(items["tick"]) < 0)
        if back:
            self._doubt(f"{back} of {len(items)} items lie before the one that they follow: their ticks may be wrong")
        return items

    @property
    def count(self) -> int:
        """Events."""
        return len(self.items)

    @property
    def ticks(self) -> NDArray[np.int64]:
        """Times in ticks."""
        return np.ascontiguousarray(self.items["tick"]).astype(np.int64, copy=False)

    @property
    def lost_ticks(self) -> NDArray[np.int64]:
        """Stretches of time in which the file may have lost events: no event there is not silence.

        Returns
        -------
        array (stretches, 2)
            Tick of the last event before and of the first after; where there is none, -1 and `LATEST`.
        """
        blocks, items = self.blocks, self._read(self.blocks)
        counts, kept = self._counts(blocks), ~blank(items["tick"])
        sound = blocks.follows[1:] & (counts == self._capacity)[:-1]  # all blocks are full but the last
        last = int(items["tick"][kept][-1]) if kept.any() else -1
        first = bool(blocks.follows[:1].all())
        return lost_stretches(items["tick"], kept, counts, sound, begins=first, ends=self.storage.ends(last))

    def last_tick_of(self, blocks: Blocks) -> int:
        """Tick of the last event of the last of these blocks; -1 without any."""
        items = self._read(blocks.last)
        return int(items["tick"][-1]) if len(items) else -1

    @property
    def _capacity(self) -> int:
        """Events that a block has room for."""
        return (PAGE - BLOCK_BYTES) // self.item.itemsize

    def _read(self, blocks: Blocks) -> NDArray[Any]:
        """Read what blocks hold."""
        data, counts = self.storage.data(), self._counts(blocks)
        out = np.empty(int(counts.sum()), self.item)
        first = 0
        for at, n in zip(blocks.at.tolist(), counts.tolist(), strict=True):
            start = at + BLOCK_BYTES
            out[first : first + n] = data[start : start + n * self.item.itemsize].view(self.item)
            first += n
        return out

    def _counts(self, blocks: Blocks) -> NDArray[np.int64]:
        """Events of each block, as far as the file holds them; none of one that claims more than any block can hold."""
        room = (len(self.storage.data()) - blocks.at - BLOCK_BYTES) // self.item.itemsize
        return np.where(blocks.items > self._capacity, 0, np.minimum(blocks.items, room))

    def _doubt_counts(self, blocks: Blocks) -> None:
        """Say which blocks hold fewer events than they claim, or than they must: all are full but the last."""
        lost = np.minimum(blocks.items, self._capacity) - self._counts(blocks)
        short = self._capacity - blocks.items[:-1]
        for less, what in (
            (lost, "claim events that they or the file cannot hold: up to {} are lost"),
            (short, "are not full though others follow: {} events are lost, or were never written"),
        ):
            at = blocks.at[: len(less)][less > 0]
            if len(at):
                total = int(less[less > 0].sum())
                self._doubt(f"{len(at)} of {len(blocks.at)} blocks, from byte {at.min()}, {what.format(total)}")


class SmrxMarkers(SmrxEvents):
    """A channel of events with four codes each; one that marks both edges, where code 1 is the level after it."""

    @property
    def codes(self) -> NDArray[np.uint8]:
        """Codes as (marks, 4)."""
        return np.ascontiguousarray(self.items["codes"])


class SmrxTextMarks(SmrxMarkers):
    """A channel of markers with a text each."""

    @property
    def texts(self) -> list[str]:
        """Texts, from UTF-8 or the Western Windows encoding."""
        return [decoded(bytes(text)) for text in self.items["text"]]


@dataclass(frozen=True, eq=False)
class SmrxAttached(SmrxMarkers):
    """A channel of markers with a table of numbers each.

    Parameters
    ----------
    points, traces : int
        Its rows and columns: samples of a snippet, and wires.
    pre : int
        Rows before the one that triggered it.
    """

    points: int = 0
    traces: int = 1
    pre: int = 0


class SmrxWaveMarks(SmrxAttached):
    """A channel of markers with a snippet of every wire."""

    @property
    def waves(self) -> NDArray[np.int16]:
        """Snippets as stored, (marks, points, traces)."""
        return np.ascontiguousarray(self.items["waveform"])


class SmrxRealMarks(SmrxAttached):
    """A channel of markers with numbers."""

    @property
    def values(self) -> NDArray[np.float32]:
        """Numbers as (marks, points, traces)."""
        return np.ascontiguousarray(self.items["waveform"])
