"""Indices of more levels than a small file has, and what breaks them: made by putting nodes above a sound root."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ephys.errors import DamagedFileWarning
from ephys.io.smrx import SmrxFile
from ephys.io.smrx.layout import CHANNEL, HEADER, NODE, PAGE


class Patched:
    """Bytes of a file whose indices can be changed."""

    def __init__(self, path: Path) -> None:
        self.data = bytearray(path.read_bytes())
        header = np.frombuffer(self.data, HEADER, count=1)[0]
        self.table, self.row_bytes = int(header["channels_at"]), int(header["channel_bytes"])
        self.allocated = int(header["allocated"])

    def root(self, number: int) -> int:
        """Place of the root of a channel's index, the first field of its row."""
        (place,) = struct.unpack_from("<Q", self.data, self.table + number * self.row_bytes + CHANNEL.fields["root"][1])
        return int(place)

    def raise_root(self, number: int, *, level: int, slot: int = 0) -> None:
        """Put a node of one entry above the root of a channel, on a new page at the end."""
        old, new = self.root(number), len(self.data)
        (start,) = struct.unpack_from("<q", self.data, old + 16)
        node = struct.pack("<QHHIqQ", level << 8, number, 0, 1, start, old)
        self.data += node + bytes(PAGE - len(node))
        struct.pack_into("<Q", self.data, old, new | (level - 1) << 8 | slot)
        struct.pack_into("<Q", self.data, self.table + number * self.row_bytes, new)
        struct.pack_into("<Q", self.data, HEADER.fields["allocated"][1], len(self.data))

    def write(self, path: Path) -> Path:
        path.write_bytes(self.data)
        return path


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_an_index_may_be_three_or_more_levels_deep(levels: int, smrx: Callable[[str], Path], tmp_path: Path) -> None:
    patched = Patched(smrx("levels"))
    for level in range(3, 3 + levels):  # two levels are there
        for number in (0, 1):
            patched.raise_root(number, level=level)
    with SmrxFile(patched.write(tmp_path / "deep.smrx")) as deep, SmrxFile(smrx("levels")) as sound:
        start = int(sound.channel(0).run_start_ticks[1]) - 5_000
        for mine, its in zip(
            deep.channel(0).read_between(start, start + 400_000),
            sound.channel(0).read_between(start, start + 400_000),
            strict=True,
        ):
            assert mine[0] == its[0]
            np.testing.assert_array_equal(mine[1], its[1])
        np.testing.assert_array_equal(deep.channel(0).read_raw(), sound.channel(0).read_raw())
        np.testing.assert_array_equal(deep.channel(1).ticks, sound.channel(1).ticks)
        assert deep.remarks == []


def _wrong_place(patched: Patched) -> None:
    patched.raise_root(0, level=3, slot=7)


def _wrong_channel(patched: Patched) -> None:
    struct.pack_into("<H", patched.data, patched.root(0) + 8, 1)


def _no_entries(patched: Patched) -> None:
    struct.pack_into("<I", patched.data, patched.root(0) + 12, 0)


def _beyond_the_end(patched: Patched) -> None:
    struct.pack_into("<Q", patched.data, patched.root(0) + 24, len(patched.data) + NODE)


def _loop(patched: Patched) -> None:
    struct.pack_into("<Q", patched.data, patched.root(0) + 24, patched.root(0))


def _root_is_data(patched: Patched) -> None:
    struct.pack_into("<Q", patched.data, patched.root(0), 0)


@pytest.mark.parametrize("breaks", [_wrong_place, _wrong_channel, _no_entries, _beyond_the_end, _loop, _root_is_data])
def test_a_broken_index_is_said_and_its_blocks_are_found_without_it(
    breaks: Callable[[Patched], None], smrx: Callable[[str], Path], tmp_path: Path
) -> None:
    patched = Patched(smrx("levels"))
    breaks(patched)
    with SmrxFile(patched.write(tmp_path / "broken.smrx")) as broken, SmrxFile(smrx("levels")) as sound:
        start = int(sound.channel(0).run_start_ticks[1])
        with pytest.warns(DamagedFileWarning, match=r"looked for page by page: 261 of 261 blocks") as said:
            part = broken.channel(0).read_between(start, start + 1000)
        assert len(said) == 1
        np.testing.assert_array_equal(part[0][1], sound.channel(0).read_between(start, start + 1000)[0][1])
        np.testing.assert_array_equal(broken.channel(0).read_raw(), sound.channel(0).read_raw())
        np.testing.assert_array_equal(broken.channel(1).ticks, sound.channel(1).ticks)  # the other is sound
