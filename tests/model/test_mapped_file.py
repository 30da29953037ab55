"""A mapped file is read as an array is, and what was read of it does not pile up in memory."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from ephys.model import Recording


def mapped_kb() -> int:
    """Pages of files that this process holds."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssFile"))


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_a_mapped_file_reads_the_same_each_time(tmp_path: Path, mode: str) -> None:
    counts = np.random.default_rng(0).integers(-1000, 1000, (50_000, 2)).astype(np.int16)
    counts.tofile(tmp_path / "wire.i16")
    mapped = np.memmap(tmp_path / "wire.i16", np.int16, mode).reshape(-1, 2)  # type: ignore[call-overload]
    if mode == "c":
        mapped[100] = counts[100] = 7  # kept in memory only
    recording = Recording.from_array(mapped, sampling_hz=20000.0, gain_uv=0.5)
    for start in (0, 90, 40_000, 0):
        np.testing.assert_array_equal(recording.read(start, start + 500), 0.5 * counts[start : start + 500])


@pytest.mark.skipif(sys.platform != "linux", reason="the pages of a process are counted in /proc")
def test_what_was_read_of_a_mapped_file_is_let_go(tmp_path: Path) -> None:
    np.zeros(20_000_000, dtype=np.int16).tofile(tmp_path / "wire.i16")
    recording = Recording.from_array(np.memmap(tmp_path / "wire.i16", np.int16, "r"), sampling_hz=20000.0)
    before_kb = mapped_kb()
    for start in range(0, 20_000_000, 1_000_000):
        recording.read(start, start + 1_000_000)
    assert mapped_kb() - before_kb < 10_000
