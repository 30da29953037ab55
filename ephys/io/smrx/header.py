"""The header of a file: clock, date, comments, the table of channels, and the texts that it refers to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io.smrx.layout import (
    BLOCK,
    BLOCK_BYTES,
    CHANNEL,
    CONTINUED,
    FAN_OUT,
    HEADER,
    LATEST,
    MAGIC,
    NODE,
    PAGE,
    decoded,
)

_MOST_CHANNELS = 10_000
"""No file has more; Spike2 allows 2,000."""

_FASTEST_S = 1e-12
"""No clock ticks faster; Spike2's fastest takes nanoseconds."""

Bytes = NDArray[np.uint8]
"""A file, mapped."""


@dataclass(frozen=True, eq=False)
class Header:
    """What stands before the data.

    Parameters
    ----------
    version : tuple of (int, int)
        Of the format: major, minor.
    creator : str
        Program that wrote the file, eight characters; often empty.
    started_at : datetime or None
        When tick 0 was.
    time_base_s : float
        Seconds per tick.
    max_time_ticks : int
        Of the last item of any channel; -1 without any.
    channels : array of `CHANNEL`
        All of the table, those that are off too.
    strings : tuple of str
        The texts that channels and comments refer to by number, from 1; number 0 is no text.
    comments : tuple of str
        Of the file.
    allocated : int
        Bytes that the file had been given when the header was last written.
    accounted : int
        Bytes that header, channels and their indices take by what the header says; all of `allocated`, unless it was
        written while other parts of the file were not, or is damaged.
    remarks : tuple of str
        What is damaged in it.
    """

    version: tuple[int, int]
    creator: str
    started_at: datetime | None
    time_base_s: float
    max_time_ticks: int
    channels: NDArray[Any]
    strings: tuple[str, ...]
    comments: tuple[str, ...]
    allocated: int
    accounted: int
    remarks: tuple[str, ...]

    def string(self, number: int) -> str:
        """Return the text of this number; the empty text where there is none.

        >>> from ephys.io.smrx.header import Header
        >>> Header((1, 1), "", None, 1e-6, -1, np.empty(0, CHANNEL), ("", "Unit"), (), 0, 0, ()).string(1)
        'Unit'
        """
        return self.strings[number] if number < len(self.strings) else ""


def read_header(data: Bytes, path: Path) -> Header:
    """Read the header of a mapped file.

    Raises
    ------
    FileFormatError
        If it is not one, is cut short, or has a clock or a channel table that cannot be.
    """
    if len(data) < HEADER.itemsize or bytes(data[:3]) != MAGIC:
        raise FileFormatError(f"{path}: not a Spike2 .smrx file, or cut short within its first {HEADER.itemsize} bytes")
    first = data[: HEADER.itemsize].view(HEADER)[0]
    tick_s = float(first["tick_s"])
    if not _FASTEST_S <= tick_s < 1.0:
        raise FileFormatError(f"{path}: damaged: its clock ticks every {tick_s:g} s, not {_FASTEST_S:g} s to 1 s")
    whole = _unrolled(data, first, path)
    channels = _channel_table(whole, first, path)
    strings, lost = _strings(whole, int(first["strings_at"]))
    started_at = _date(first)
    return Header(
        version=(int(first["version"]) >> 8, int(first["version"]) & 255),
        creator=decoded(bytes(first["creator"])),
        started_at=started_at,
        time_base_s=tick_s,
        max_time_ticks=_max_time(first, channels),
        channels=channels,
        strings=strings,
        comments=_comments(first, strings),
        allocated=int(first["allocated"]),
        accounted=_accounted(channels, int(first["n_pages"])),
        remarks=(*lost, *_doubts(first, channels, strings, started_at)),
    )


def _unrolled(data: Bytes, first: Any, path: Path) -> Bytes:
    """Return the header as one stretch of bytes; beyond its first page it goes on in pages elsewhere in the file.

    Raises
    ------
    FileFormatError
        If a page that the channel table lies in is not there.
    """
    parts, length = [data[:PAGE]], min(len(data), PAGE)
    table_ends = int(first["channels_at"]) + int(first["n_channels"]) * int(first["channel_bytes"])
    for at in first["pages"][: min(int(first["n_pages"]), first["pages"].size)].astype(np.int64):
        page = data[at : at + PAGE] if at > 0 and at % PAGE == 0 else data[:0]
        starts = page[: BLOCK.itemsize].view(BLOCK) if len(page) >= BLOCK.itemsize else np.empty(0, BLOCK)
        if not len(starts) or starts[0]["channel"] != CONTINUED:
            if length < table_ends:
                raise FileFormatError(
                    f"{path}: damaged or cut short: its table of channels goes on at byte {at}, where it is not"
                )
            break
        parts.append(page[BLOCK_BYTES:])
        length += len(parts[-1])
    return np.concatenate(parts)


def _channel_table(whole: Bytes, first: Any, path: Path) -> NDArray[Any]:
    """Return the rows of the channel table.

    Raises
    ------
    FileFormatError
        If it cannot be, or is cut short.
    """
    at, n, size = (int(first[name]) for name in ("channels_at", "n_channels", "channel_bytes"))
    if at < HEADER.itemsize or not 0 < n <= _MOST_CHANNELS or not CHANNEL.itemsize <= size <= PAGE:
        raise FileFormatError(
            f"{path}: damaged: a table of {n} channels of {size} bytes each at byte {at} cannot be (1 to "
            f"{_MOST_CHANNELS} of {CHANNEL.itemsize} or more, after byte {HEADER.itemsize})"
        )
    if at + n * size > len(whole):
        raise FileFormatError(
            f"{path}: cut short: its table of {n} channels ends at byte {at + n * size} of a header of {len(whole)}"
        )
    rows = whole[at : at + n * size].reshape(n, size)[:, : CHANNEL.itemsize]
    return np.ascontiguousarray(rows).view(CHANNEL)[:, 0]


def _strings(whole: Bytes, at: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the texts by their numbers, and what is damaged.

    Each has a count of its uses, then its characters up to a NUL; of a text that is used no more the count 0 is left.
    """
    table = bytes(whole[at:])
    if len(table) < 8:
        return ("",), ("titles, units and comments are lost: the file ends before them, or they are out of place",)
    words, count = (int(number) for number in np.frombuffer(table[:8], "<u4"))
    texts, here = [""], 8
    while len(texts) <= count and here + 4 <= min(len(table), words * 4):
        if table[here : here + 4] == bytes(4):
            texts.append("")
            here += 4
            continue
        end = table.find(b"\x00", here + 4)
        if end < 0:
            break
        texts.append(decoded(table[here + 4 : end]))
        here = (end + 4) // 4 * 4  # at least one NUL, up to a multiple of 4 bytes
    if len(texts) <= count:
        lost = f"{count + 1 - len(texts)} of {count} titles, units and comments are lost: their table is cut short"
        return tuple(texts), (lost,)
    if here != words * 4:
        return tuple(texts), (
            f"titles, units and comments may be wrong: their table takes {here} bytes, not {words * 4}",
        )
    return tuple(texts), ()


def _doubts(first: Any, channels: NDArray[Any], strings: tuple[str, ...], date: datetime | None) -> list[str]:
    """Say what in the header cannot be."""
    used = channels[channels["kind"] > 0]
    numbers = np.concatenate([used[name] for name in ("title", "units", "comment")] + [first["comments"]])
    beyond = np.count_nonzero(numbers >= len(strings))
    doubts = [f"{beyond} titles, units or comments are not where the header refers to"] if beyond else []
    both = np.count_nonzero(used["deleted_kind"])
    if both:
        doubts.append(f"{both} channels are both in use and deleted")
    at, n, size, texts_at = (int(first[name]) for name in ("channels_at", "n_channels", "channel_bytes", "strings_at"))
    if texts_at != at + n * size:
        doubts.append(f"its table of channels ends at byte {at + n * size}, its table of texts begins at {texts_at}")
    if date is None and any(int(first[name]) for name in ("year", "month", "day")):
        doubts.append("its date is none: " + "-".join(str(first[name]) for name in ("year", "month", "day")))
    if not -1 <= first["max_time"] <= LATEST:
        doubts.append(f"its last tick cannot be {first['max_time']}: that of its channels is taken")
    return doubts


def _max_time(first: Any, channels: NDArray[Any]) -> int:
    """Return the last tick: what the header says, or what a channel says where that is later, or cannot be."""
    said = np.append(channels["last_tick"][channels["kind"] > 0], [first["max_time"], -1])
    return int(said[(said >= -1) & (said <= LATEST)].max())


def _accounted(channels: NDArray[Any], n_pages: int) -> int:
    """Return the bytes that the header, all channels' blocks, and the nodes that list these take."""
    blocks = [max(int(row["n_blocks"]), int(row["n_earlier"])) for row in channels[channels["root"] > 0]]
    per_page = PAGE // NODE
    return PAGE * (1 + n_pages + sum(blocks) + -(-sum(map(_nodes, blocks)) // per_page))


def _nodes(listed: int) -> int:
    """Return the nodes of an index of so many blocks."""
    nodes = listed = -(-listed // FAN_OUT)
    while listed > 1:
        listed = -(-listed // FAN_OUT)
        nodes += listed
    return nodes


def _comments(first: Any, strings: tuple[str, ...]) -> tuple[str, ...]:
    """Return the comments of the file: five, as Spike2 shows them, or up to eight where it holds more."""
    texts = [strings[i] if i < len(strings) else "" for i in first["comments"].tolist()]
    while len(texts) > 5 and not texts[-1]:
        texts.pop()
    return tuple(texts)


def _date(first: Any) -> datetime | None:
    """When tick 0 was; ``None`` where the header has no date."""
    year, month, day = (int(first[name]) for name in ("year", "month", "day"))
    hour, minute, second = (int(first[name]) for name in ("hour", "minute", "second"))
    try:
        return datetime(year, month, day, hour, minute, second, int(first["hundredths"]) * 10_000)
    except ValueError:
        return None
