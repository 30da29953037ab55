"""The channels of a file by what they hold: marks of every kind, read whole when asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.io.smrx.blocks import Blocks
from ephys.io.smrx.header import Bytes
from ephys.io.smrx.layout import BLOCK_BYTES, PAGE, Kind, decoded

_HEAD = 16
"""Bytes of a mark's tick and codes."""


@dataclass(frozen=True)
class Storage:
    """How a channel gets at its file.

    Parameters
    ----------
    data : callable () -> array of bytes
        The mapped file; raises once that is closed.
    blocks : callable () -> Blocks
        Where the channel's data lie.
    doubt : callable (str)
        Takes what is damaged.
    """

    data: Callable[[], Bytes]
    blocks: Callable[[], Blocks]
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
        data, blocks = self.storage.data(), self.storage.blocks()
        counts = self._counts(len(data), blocks)
        out = np.empty(int(counts.sum()), self.item)
        first = 0
        for at, n in zip(blocks.at.tolist(), counts.tolist(), strict=True):
            start = at + BLOCK_BYTES
            out[first : first + n] = data[start : start + n * self.item.itemsize].view(self.item)
            first += n
        return out

    @property
    def count(self) -> int:
        """Events."""
        return int(self._counts(len(self.storage.data()), self.storage.blocks()).sum())

    @property
    def ticks(self) -> NDArray[np.int64]:
        """Times in ticks."""
        return np.ascontiguousarray(self.items["tick"]).astype(np.int64, copy=False)

    def _counts(self, size: int, blocks: Blocks) -> NDArray[np.int64]:
        """Items of each block, as far as the block and the file hold them; what they do not is said."""
        room = (np.minimum(blocks.at + PAGE, size) - blocks.at - BLOCK_BYTES) // self.item.itemsize
        short = np.count_nonzero(blocks.items > room)
        if short:
            lost = int((blocks.items - room)[blocks.items > room].sum())
            self.storage.doubt(
                f"channel {self.number} ({self.title!r}): {short} of {len(room)} blocks claim {lost} items more than "
                "they or the file hold: these are lost"
            )
        impossible = blocks.items > (PAGE - BLOCK_BYTES) // self.item.itemsize
        return np.where(impossible, 0, np.minimum(blocks.items, np.maximum(room, 0)))


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
class SmrxWaveMarks(SmrxMarkers):
    """A channel of markers with a snippet of every wire.

    Parameters
    ----------
    points, traces : int
        Samples of a snippet, and wires.
    pre : int
        Samples before the one that triggered it.
    """

    points: int = 0
    traces: int = 1
    pre: int = 0

    @property
    def waves(self) -> NDArray[np.int16]:
        """Snippets as stored, (marks, points, traces)."""
        return np.ascontiguousarray(self.items["waveform"])


@dataclass(frozen=True, eq=False)
class SmrxRealMarks(SmrxMarkers):
    """A channel of markers with numbers.

    Parameters
    ----------
    points, traces : int
        Rows and columns of numbers.
    pre : int
        Rows before the one that triggered it.
    """

    points: int = 0
    traces: int = 1
    pre: int = 0

    @property
    def values(self) -> NDArray[np.float32]:
        """Numbers as (marks, points, traces)."""
        return np.ascontiguousarray(self.items["waveform"])


_EXTRA: dict[Kind, str] = {Kind.ADC_MARK: "<i2", Kind.REAL_MARK: "<f4"}


def item_of(kind: Kind, row: Any) -> np.dtype[Any]:
    """Return the type of a channel's events.

    Raises
    ------
    ValueError
        If they are of a size that cannot be.
    """
    size, shape = int(row["item_bytes"]), (int(row["points"]), int(row["traces"]))
    fields: list[tuple[str, Any, int]] = [("tick", "<i8", 0)]
    if kind not in (Kind.EVENT_FALL, Kind.EVENT_RISE):
        fields.append(("codes", ("u1", 4), 8))
    if kind in _EXTRA:
        fields.append(("waveform", (_EXTRA[kind], shape), _HEAD))
    if kind is Kind.TEXT_MARK and size > _HEAD:
        fields.append(("text", f"S{size - _HEAD}", _HEAD))
    names, formats, offsets = zip(*fields, strict=True)
    least = offsets[-1] + np.dtype(formats[-1]).itemsize
    if not least <= size <= PAGE - BLOCK_BYTES or 0 in shape * (kind in _EXTRA):
        raise ValueError(f"items of {size} bytes cannot be (at least {least}, at most {PAGE - BLOCK_BYTES})")
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": size})
