"""The large file on which reading is timed is sound, and compared before anything is timed."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from ephys.io.smrx import SmrxFile, SmrxWave

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def speed(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("smrx")


def test_a_file_whose_index_has_two_levels_is_read_as_it_was_written(speed: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "large.smrx"
    samples = speed.write_recording(path, 20_000_000)
    assert samples // speed.FULL > 255  # more blocks than one node of an index can list
    assert speed.check(path, samples) == 2
    with SmrxFile(path) as file:
        channel = file.channel(speed.WIRE)
        assert isinstance(channel, SmrxWave)
        assert np.array_equal(channel.read_raw(100_000, 100_004), np.arange(100_000, 100_004) % 30011)


def test_a_sample_that_is_read_wrong_stops_the_benchmark(speed: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "large.smrx"
    samples = speed.write_recording(path, 2_000_000)
    with path.open("r+b") as file:
        file.seek(0x10000 + 16 + 16 + 2 * 77)
        file.write(b"\x99\x99")
    with pytest.raises(AssertionError):
        speed.check(path, samples)


def test_every_way_of_reading_is_timed_against_the_same_bytes(speed: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "large.smrx"
    samples = speed.write_recording(path, 2_000_000)
    found = speed.costs(path, samples, rounds=1)
    assert all(0.0 < one.warm_s < np.inf for one in found.values())
    lines = speed.table(path, samples, 2, found)
    assert [line for line in lines if line.startswith(f"| {speed.YARDSTICK} |") and "| 1.000 |" in line]
