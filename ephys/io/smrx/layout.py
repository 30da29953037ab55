"""The 64-bit SON format as bytes: what lies where. docs/smrx_format.md says how each field was established."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

MAGIC = b"S64"

PAGE = 0x10000
"""The file grows by so many bytes: a page is a data block, sixteen nodes of indices, or more of the header."""

NODE = 0x1000
"""Bytes of a node of a channel's index."""

FAN_OUT = (NODE - 16) // 16
"""Entries that a node has room for: 255."""

HEADER = np.dtype(
    {
        "names": [
            "magic", "version", "creator", "hundredths", "second", "minute", "hour", "day", "month", "year", "tick_s",
            "channels_at", "strings_at", "n_channels", "channel_bytes", "comments", "n_pages", "allocated",
            "max_time", "pages",
        ],
        "formats": [
            "S6", "<u2", "S8", "u1", "u1", "u1", "u1", "u1", "u1", "<u2", "<f8",
            "<u4", "<u4", "<u4", "<u4", ("<u4", 8), "<u4", "<u8", "<i8", ("<u8", 128),
        ],
        "offsets": [
            0x00, 0x06, 0x10, 0x18, 0x19, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x20,
            0x30, 0x34, 0x38, 0x3C, 0x40, 0x3E4, 0x3E8, 0x3F8, 0x400,
        ],
        "itemsize": 0x800,
    }
)  # fmt: skip
"""First bytes of a file. `pages`: where the header goes on, 65,520 bytes each; `allocated`: bytes given out so far."""

CHANNEL = np.dtype(
    {
        "names": [
            "root", "last_tick", "n_blocks", "n_earlier", "item_bytes", "points", "traces", "pre", "id", "kind",
            "deleted_kind", "physical", "title", "units", "comment", "divide", "ideal_hz", "scale", "offset", "low",
            "high", "starts_high",
        ],
        "formats": [
            "<u8", "<i8", "<u8", "<u8", "<u4", "<u2", "<u2", "<u2", "<u2", "u1", "u1",
            "<i4", "<u4", "<u4", "<u4", "<i8", "<f8", "<f8", "<f8", "<f8", "<f8",
            "u1",
        ],
        "offsets": [
            0x00, 0x08, 0x10, 0x18, 0x20, 0x24, 0x26, 0x28, 0x2C, 0x2E, 0x2F,
            0x30, 0x34, 0x38, 0x3C, 0x40, 0x48, 0x50, 0x58, 0x60, 0x68,
            0x70,
        ],
        "itemsize": 0x71,
    }
)  # fmt: skip
"""One row of the channel table; its rows are as long as the header says (272 bytes in every file seen).

`n_earlier`: blocks that its index had when its number was used before, while these are more than are used now; else 0.
"""

BLOCK = np.dtype([("parent", "<u8"), ("channel", "<u2"), ("id", "<u2"), ("items", "<u4"), ("start", "<i8")])
"""How a data block or a node of an index begins; `items` are runs in a block of samples, entries in a node.

`parent` is the node above (a multiple of 4096), the entry in it (lowest byte) and the level (the four bits between): 0
for data, 1 for nodes that list data blocks, and so on up. `start` is already of the first item, run or entry.
"""

BLOCK_BYTES = 16
"""Bytes of a block before its first item."""

ENTRY = np.dtype([("start", "<i8"), ("at", "<u8")])
"""An entry of a node: first tick, and place, of what it points to."""

RUN = np.dtype([("start", "<i8"), ("count", "<u4"), ("unused", "<u4")])
"""What stands before each run of samples in a block; the next run begins at a multiple of 8 bytes."""

CONTINUED = 0xFFFF
"""The channel of a page that goes on with the header."""


LATEST = 0x7000_0000_0000_0000
"""Last tick that the vendor's library allows; with it, no sum of a tick and the length of a block overflows."""

WIDEST = 1 << 40
"""More ticks than lie between two samples."""


class Kind(StrEnum):
    """What a channel holds, by the names that the vendor's library has for them.

    >>> Kind.ADC, str(Kind.ADC), Kind.ADC == "Adc"
    (<Kind.ADC: 'Adc'>, 'Adc', True)
    """

    ADC = "Adc"
    EVENT_FALL = "EventFall"
    EVENT_RISE = "EventRise"
    EVENT_BOTH = "EventBoth"
    MARKER = "Marker"
    ADC_MARK = "AdcMark"
    REAL_MARK = "RealMark"
    TEXT_MARK = "TextMark"
    REAL_WAVE = "RealWave"


KINDS = (None, *Kind)
"""Kinds by the number that stands for them in the file; 0 is a channel that is off."""


def decoded(label: bytes) -> str:
    r"""Text of a file, ended by its first NUL: UTF-8, as Spike2 writes now, or the Western Windows encoding.

    >>> decoded(b"20 \xb5g/kg\x00rubbish"), decoded("20 µg/kg".encode())
    ('20 µg/kg', '20 µg/kg')
    """
    label = label.split(b"\x00", 1)[0]
    try:
        return label.decode("utf-8")
    except UnicodeDecodeError:
        return label.decode("cp1252", errors="replace")
