"""Any stretch of a wave is read as it is in the whole, and nothing but it is touched."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ephys.io.smrx import SmrxFile, SmrxWave

PAGE = 0x10000
STATE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


def wave(path: Path, number: int) -> SmrxWave:
    channel = SmrxFile(path).channel(number)
    assert isinstance(channel, SmrxWave)
    return channel


def all_ticks(channel: SmrxWave) -> np.ndarray:
    """Tick of every sample, told by the runs alone."""
    runs = zip(channel.run_start_ticks.tolist(), channel.run_lengths.tolist(), strict=True)
    return np.concatenate([start + channel.divide * np.arange(length) for start, length in runs])


WAVES = [("gaps", 0), ("gaps", 2), ("gaps", 5), ("full_waves", 6), ("full_waves", 32), ("mixture", 12), ("late", 0)]


@pytest.mark.parametrize(("name", "number"), WAVES)
def test_a_slice_of_a_wave_is_that_slice_of_all_its_samples(
    name: str, number: int, smrx: Callable[[str], Path]
) -> None:
    channel = wave(smrx(name), number)
    whole, rng = channel.read_raw(), np.random.default_rng(number)
    n = len(whole)
    assert n == channel.count
    edges = [None, 0, 1, -1, n - 1, n, n + 1, -n, -n - 1, 10 * n, *rng.integers(-2 * n, 2 * n, 6).tolist()]
    for start in edges:
        for stop in edges:
            part = channel.read_raw(start, stop)
            assert part.dtype == whole.dtype
            np.testing.assert_array_equal(part, whole[start:stop], err_msg=f"{start}:{stop}")


@STATE
@given(start=st.none() | st.integers(-(10**6), 10**6), stop=st.none() | st.integers(-(10**6), 10**6))
def test_whatever_the_slice(start: int | None, stop: int | None, smrx: Callable[[str], Path]) -> None:
    channel = wave(smrx("gaps"), 0)
    np.testing.assert_array_equal(channel.read_raw(start, stop), channel.read_raw()[start:stop])


@pytest.mark.parametrize(("name", "number"), WAVES)
def test_between_two_ticks_lie_the_samples_of_these_ticks(name: str, number: int, smrx: Callable[[str], Path]) -> None:
    channel = wave(smrx(name), number)
    ticks, whole, rng = all_ticks(channel), channel.read_raw(), np.random.default_rng(number)
    n = 40 if len(channel.run_lengths) < 1000 else 8  # so many runs take their time
    ends = rng.choice(ticks, (n, 2)) + rng.integers(-1, 2, (n, 2)) * rng.integers(0, 3 * channel.divide, (n, 2))
    fresh = wave(smrx(name), number)  # has not looked for all blocks
    for start, stop in [*np.sort(ends, axis=1).tolist(), (0, 1 << 62), (-5, 0), (int(ticks[-1]), int(ticks[-1]) + 1)]:
        found, within = fresh.read_between(start, stop), (ticks >= start) & (ticks < stop)
        read = [tick + channel.divide * np.arange(len(part)) for tick, part in found]
        np.testing.assert_array_equal(np.concatenate([np.empty(0, np.int64), *read]), ticks[within])
        parts = [part for _, part in found]
        np.testing.assert_array_equal(np.concatenate([whole[:0], *parts]), whole[within])
        joined = [a[-1] + channel.divide == b[0] for a, b in pairwise(read)]
        assert not any(joined)  # each is as long as can be


def test_between_no_ticks_lies_nothing(smrx: Callable[[str], Path]) -> None:
    channel = wave(smrx("gaps"), 5)
    first, last = int(channel.run_start_ticks[0]), int(channel.run_start_ticks[-1])
    assert channel.read_between(0, first) == []
    assert channel.read_between(first + 1, first + channel.divide) == []  # between two samples
    assert channel.read_between(last + 40_000 * channel.divide, 1 << 60) == []
    assert channel.read_between(first + 100, first) == []
    assert wave(smrx("kinds"), 13).read_between(0, 10**9) == []  # a channel without data
    assert len(wave(smrx("kinds"), 13).read_raw()) == 0


def test_a_short_stretch_is_read_though_all_other_blocks_are_destroyed(
    smrx: Callable[[str], Path], tmp_path: Path
) -> None:
    """So neither their samples nor their heads were looked at: any that is not sound would be warned of, or read."""
    data = bytearray(smrx("levels").read_bytes())
    sound = wave(smrx("levels"), 0)
    places, starts = sound.blocks.at, sound.pieces.start
    kept = 130  # of 261, the 131st is read: more than half way, beyond the gap
    for place in np.delete(places, [kept, 260]).tolist():  # the last tells whether the index leads to all of them
        data[place : place + PAGE] = b"\xa5" * PAGE
    (tmp_path / "torn.smrx").write_bytes(data)
    start, stop = int(starts[kept]) + 100, int(starts[kept]) + 60_000
    (torn_tick, torn), *more = wave(tmp_path / "torn.smrx", 0).read_between(start, stop)
    ((tick, samples),) = wave(smrx("levels"), 0).read_between(start, stop)
    assert (torn_tick, more) == (tick, [])
    np.testing.assert_array_equal(torn, samples)
    assert len(torn) == 59_900 // 2


def test_opening_a_file_and_listing_its_channels_touches_no_data(smrx: Callable[[str], Path], tmp_path: Path) -> None:
    data = bytearray(smrx("levels").read_bytes())
    with SmrxFile(smrx("levels")) as file:
        for channel in file.channels:
            for place in channel.blocks.at.tolist():
                data[place : place + PAGE] = bytes(PAGE)
    (tmp_path / "torn.smrx").write_bytes(data)
    with SmrxFile(tmp_path / "torn.smrx") as file:
        assert [channel.kind for channel in file.channels] == ["Adc", "TextMark"]
        assert file.max_time_ticks == SmrxFile(smrx("levels")).max_time_ticks
