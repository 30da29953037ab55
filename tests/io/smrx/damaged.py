"""What the tests on damage share: a file damaged at named places, and all that can be read of it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.errors import DamagedFileWarning, FileFormatError
from ephys.io.smrx import SmrxChannel, SmrxEvents, SmrxFile, SmrxWave
from ephys.io.smrx.layout import BLOCK, CHANNEL, ENTRY, HEADER, RUN

LONGEST_REMARK = 600


@dataclass(frozen=True)
class Reading:
    """All data of a file, each channel as ticks and values of the same length, and what was said of damage."""

    channels: dict[int, tuple[NDArray[np.int64], list[NDArray[Any]]]]
    remarks: list[str]
    was_closed: bool
    max_time_ticks: int


def read(path: Path) -> Reading | str:
    """All that can be read of a file, or the message of the one error that may be raised."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            with SmrxFile(path) as file:
                channels = {channel.number: _contents(channel) for channel in file.channels}
                reading = Reading(channels, list(file.remarks), file.was_closed, file.max_time_ticks)
        except FileFormatError as error:
            message = str(error)
            assert message.startswith(f"{path}: ")
            assert len(message) < LONGEST_REMARK + len(str(path))
            return message
    assert [(w.category, str(w.message)) for w in said] == [(DamagedFileWarning, f"{path}: {r}") for r in file.remarks]
    assert max(map(len, file.remarks), default=0) < LONGEST_REMARK
    return reading


def _contents(channel: SmrxChannel) -> tuple[NDArray[np.int64], list[NDArray[Any]]]:
    """Ticks of all items of a channel, and their values."""
    if isinstance(channel, SmrxWave):
        runs = zip(channel.run_start_ticks.tolist(), channel.run_lengths.tolist(), strict=True)
        ticks = [start + channel.divide * np.arange(n) for start, n in runs]
        pieces = channel.read_between(0, 1 << 62)
        assert sum(len(samples) for _, samples in pieces) == channel.count
        return np.concatenate([np.empty(0, np.int64), *ticks]), [channel.read_raw()]
    assert isinstance(channel, SmrxEvents)
    assert channel.count == len(channel.items)
    return channel.ticks, [channel.items[name] for name in channel.item.names or () if name != "tick"]


def is_part_of(part: Reading, whole: Reading) -> bool:
    """Whether no channel has an item that is not in the whole, or in another order."""
    for number, (ticks, values) in part.channels.items():
        true_ticks, true_values = whole.channels[number]
        at = np.searchsorted(true_ticks, ticks)
        if np.any(np.diff(at) <= 0) or np.any(at >= len(true_ticks)) or np.any(true_ticks[at] != ticks):
            return False
        if any(value.tobytes() != true[at].tobytes() for value, true in zip(values, true_values, strict=True)):
            return False
    return True


def lacks(part: Reading, whole: Reading) -> bool:
    """Whether a channel, or an item of one, is not there."""
    return any(
        number not in part.channels or len(part.channels[number][0]) < len(ticks)
        for number, (ticks, _) in whole.channels.items()
    )


class Damaged:
    """A copy of a file whose fields can be set."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.path = folder / f"damaged_{source.name}"
        self.data = bytearray(source.read_bytes())
        self.sound = source

    def field(self, dtype: np.dtype[Any], name: str, at: int, value: Any) -> None:
        """Set a field of the record at a place."""
        kind, offset = dtype.fields[name][:2]  # type: ignore[index]
        field = np.frombuffer(self.data, kind, 1, at + offset)
        field[0] = value

    def header(self, name: str, value: Any) -> None:
        """Set a field of the header."""
        self.field(HEADER, name, 0, value)

    def row_at(self, number: int) -> int:
        """Where a channel's row lies."""
        first = np.frombuffer(self.data, HEADER, 1)[0]
        return int(first["channels_at"]) + number * int(first["channel_bytes"])

    def row(self, number: int, name: str, value: Any) -> None:
        """Set a field of a channel's row."""
        self.field(CHANNEL, name, self.row_at(number), value)

    def root(self, number: int) -> int:
        """Where the topmost node of a channel's index lies."""
        return int(np.frombuffer(self.data, CHANNEL, 1, self.row_at(number))[0]["root"])

    def entry_at(self, number: int, slot: int) -> int:
        """Where an entry of that node lies."""
        return self.root(number) + 16 + slot * ENTRY.itemsize

    def block_at(self, number: int, slot: int) -> int:
        """What that entry points to: a block, in an index of one level."""
        return int(np.frombuffer(self.data, ENTRY, 1, self.entry_at(number, slot))[0]["at"])

    def block(self, number: int, slot: int, name: str, value: Any) -> None:
        """Set a field of the head of a block."""
        self.field(BLOCK, name, self.block_at(number, slot), value)

    def run(self, number: int, slot: int, name: str, value: Any) -> None:
        """Set a field of the first run of a block."""
        self.field(RUN, name, self.block_at(number, slot) + 16, value)

    def read(self) -> Reading | str:
        """Write it, and read all of it."""
        self.path.write_bytes(self.data)
        return read(self.path)
