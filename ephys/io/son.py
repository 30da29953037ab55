"""Spike2's 32-bit files (SON) byte by byte: header, channels, and the chains of blocks that their data lie in.

Read here, and not through neo, because neo counts bytes in 32 bits and blocks in 15: beyond 2 GiB it loses channels
without a word, or reads others from the wrong place. Layout: the definitions that CED publishes with its SON library
(sonintl.h), revisions 1 to 9. Only the header and the chains are read on opening.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io.blocks import BlockReader, HeldItems
from ephys.io.smrx.layout import decoded
from ephys.model import Epoch

ADC, EVENT_FALL, EVENT_RISE, EVENT_BOTH, MARKER, ADC_MARK, REAL_MARK, TEXT_MARK, REAL_WAVE = range(1, 10)

_HEADER = struct.Struct("<h10s8s3hi5hidBBBBBBH")
"""Revision, copyright, creator, µs per tick, ticks per ADC, state, first data, channels, ..., tick base, date."""

_CHANNEL = struct.Struct("<HiiiHHhHHH72siih10sfBB")
"""Deleted chain, first and last block, blocks (low word), extra bytes, pre-trigger, blocks (high word), ..., kind."""

_BLOCK = struct.Struct("<iiiihH")
"""Previous and next block, first and last tick, channel, items."""

_CHANNELS_AT, _DISK_BLOCK = 512, 512
_BIG_REVISION = 9
"""From this revision on, places are counted in disk blocks of 512 bytes, and blocks in 32 bits."""

_TICK_BASE_REVISION = 6
"""From this revision on, the header has the unit of the clock, and each channel its own interval in ticks."""

TO_THE_END = "lost to the end"
"""Label of what a file has lost from some time on."""

BLOCKS = np.dtype([("at", "<i8"), ("items", "<i8"), ("start", "<i8"), ("end", "<i8")])
"""Byte of a block's first item, number of items, first and last tick."""


@dataclass(frozen=True, eq=False)
class SonChannel:
    """One channel of a file.

    Parameters
    ----------
    number : int
        As Spike2 shows it, from 1.
    kind : int
        What it holds: `ADC`, `EVENT_FALL` and so on.
    title, unit : str
        As in the file, stripped.
    interval_s : float
        Between two samples; 0 where the file has none.
    gain, offset : float
        Value = number × gain + offset.
    pre : int
        Sample of a snippet at which the file says that the peak lies.
    traces : int
        Wires of a WaveMark.
    starts_low : bool
        Of an event channel that marks both edges.
    data : BlockReader or HeldItems
        Reads its samples, events or marks.
    blocks : array
        Its blocks in order: ``at`` (byte of the first item), ``items``, ``start`` and ``end`` (ticks).
    lost : tuple of Epoch
        When it may have held spikes or marks that the file has lost.
    """

    number: int
    kind: int
    title: str
    unit: str
    interval_s: float
    gain: float
    offset: float
    pre: int
    traces: int
    starts_low: bool
    data: BlockReader | HeldItems
    blocks: NDArray[Any]
    lost: tuple[Epoch, ...] = ()

    @property
    def count(self) -> int:
        """Samples, events or marks."""
        return self.data.count


@dataclass(frozen=True, eq=False)
class SonFile:
    """A file, opened: nothing of it is held but where its data lie.

    Parameters
    ----------
    path : Path
        The file.
    tick_s : float
        Unit of its clock.
    started_at : datetime or None
        When second 0 was.
    channels : tuple of SonChannel
        Those in use.
    remarks : tuple of str
        What of it is damaged, and could be read around.
    stop_s : float
        When the recording ended, where the file says; 0 otherwise.
    """

    path: Path
    tick_s: float
    started_at: datetime | None
    channels: tuple[SonChannel, ...]
    remarks: tuple[str, ...] = ()
    stop_s: float = 0.0

    @property
    def says_its_end(self) -> bool:
        """Whether the recording went on, by what the file says, after its last datum."""
        last = max((int(c.blocks["end"].max()) for c in self.channels if len(c.blocks)), default=0)
        return not self.remarks and self.stop_s > (last + 0.5) * self.tick_s


def open_son(path: Path) -> SonFile:
    """Open a file: header, channels, chains of blocks.

    Raises
    ------
    FileFormatError
        If a chain of blocks leaves the file or is broken.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        revision, _, _, us, per_adc, _, _, channels, *_, base, hundredths, second, minute, hour, day, month, year = (
            _HEADER.unpack_from(data)
        )
        tick_s = us * (base if revision >= _TICK_BASE_REVISION else 1e-6)
        if not (0.0 < tick_s < 1.0):
            raise FileFormatError(f"{path}: damaged: its clock ticks every {tick_s:g} s")
        date = (year, month, day, hour, minute, second, hundredths * 10_000)
        found = [_channel(path, data, i, revision, tick_s, per_adc) for i in range(channels)]
    return SonFile(path, tick_s, _date(date), tuple(c for c in found if c is not None))


def _date(parts: tuple[int, int, int, int, int, int, int]) -> datetime | None:
    """When second 0 was; ``None`` where the header has no date."""
    year, month, day, hour, minute, second, microsecond = parts
    try:
        return datetime(year, month, day, hour, minute, second, microsecond) if year > 1980 else None
    except ValueError:
        return None


def _channel(
    path: Path, data: mmap.mmap, index: int, revision: int, tick_s: float, ticks_per_adc: int
) -> SonChannel | None:
    """Return one channel; ``None`` where it is not in use."""
    at = _CHANNELS_AT + 140 * index
    _, _, first, _, low, extra, pre, high, _, _, _, _, every, _, title, _, kind, _ = _CHANNEL.unpack_from(data, at)
    if not ADC <= kind <= REAL_WAVE:
        return None
    scale, offset, unit, divide = struct.unpack_from("<ff6sh", data, at + _CHANNEL.size)
    waves = kind in (ADC, ADC_MARK, REAL_MARK, REAL_WAVE)
    counts = kind in (ADC, ADC_MARK)
    ticks = (every if revision >= _TICK_BASE_REVISION else divide * ticks_per_adc) if waves else 0
    big = revision >= _BIG_REVISION
    name = text(title[1:][: title[0]])
    item = _item(kind, extra)
    count = low + (high << 16 if big else 0)
    blocks = _chain(path, data, (index + 1, name), first, count, _DISK_BLOCK if big else 1, item.itemsize)
    return SonChannel(
        number=index + 1,
        kind=kind,
        title=name,
        unit=text(unit[1:][: unit[0]]) if waves else "",
        interval_s=ticks * tick_s,
        gain=scale / 6553.6 if counts else 1.0,
        offset=offset if counts else 0.0,
        pre=pre,
        traces=max(1, divide) if waves and revision >= _TICK_BASE_REVISION else 1,
        starts_low=kind == EVENT_BOTH and bool(data[at + _CHANNEL.size]),
        data=BlockReader.of(path, item, blocks["at"], blocks["items"]),
        blocks=blocks,
    )


def _item(kind: int, extra: int) -> np.dtype[Any]:
    """Return the type of a channel's items."""
    if kind == ADC:
        return np.dtype("<i2")
    if kind == REAL_WAVE:
        return np.dtype("<f4")
    fields: list[Any] = [("tick", "<i4")]
    if kind >= MARKER:
        fields.append(("marker", "<i4"))
    if kind == ADC_MARK:
        fields.append(("waveform", "<i2", (extra // 2,)))
    if kind == REAL_MARK:
        fields.append(("waveform", "<f4", (extra // 4,)))
    if kind == TEXT_MARK:
        fields.append(("label", f"S{extra}"))
    return np.dtype(fields)


def _chain(
    path: Path, data: mmap.mmap, channel: tuple[int, str], first: int, count: int, unit: int, itemsize: int
) -> NDArray[Any]:
    """Follow the chain of a channel's blocks.

    Raises
    ------
    FileFormatError
        If there are more blocks than the file has room for, one lies beyond its end, or belongs to another channel.
    """
    number, title = channel
    size, where = len(data), first * unit
    if count > size // _BLOCK.size:
        raise FileFormatError(
            f"{path}: damaged: channel {number} ({title!r}) claims {count} blocks, the file has no room"
        )
    rows: list[tuple[int, int, int, int]] = []
    for _ in range(count):
        if not 0 < where <= size - _BLOCK.size:
            raise FileFormatError(
                f"{path}: cut short: channel {number} ({title!r}) has a block at byte {where}, the file ends at {size}"
            )
        _, following, start, end, owner, items = _BLOCK.unpack_from(data, where)
        stop = where + _BLOCK.size + items * itemsize
        if stop > size:
            raise FileFormatError(
                f"{path}: cut short: channel {number} ({title!r}) reaches to byte {stop}, the file ends at {size}"
            )
        if (owner - number) & 255 not in (0, 255):  # the low byte of its number, counted from 1, once from 0
            raise FileFormatError(
                f"{path}: damaged: a block of channel {number} ({title!r}) belongs to channel {owner}"
            )
        if rows and start < rows[-1][3]:
            raise FileFormatError(
                f"{path}: damaged: the time of channel {number} ({title!r}) goes back at byte {where}"
            )
        rows.append((where + _BLOCK.size, items, start, end))
        where = following * unit
    return np.array(rows, dtype=BLOCKS)


def text(label: bytes) -> str:
    r"""Text of a header or a mark, ended by its first NUL, in UTF-8 or the Western Windows encoding.

    >>> text(b"20 \xb5g/kg\x00junk"), text("20 µg/kg".encode())
    ('20 µg/kg', '20 µg/kg')
    """
    return decoded(label).strip()
