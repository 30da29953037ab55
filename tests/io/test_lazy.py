"""What lies in a file stays there until it is asked for."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ephys.io import read_session, source_of
from ephys.io.checksums import CHANGED
from ephys.io.sources import GridValues
from ephys.model import Monitor, Run


def test_a_checksum_is_that_of_the_content_whenever_it_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "rat07.csv"
    file.write_bytes(b"time_s\n1.0\n")
    source = source_of(file)
    assert source.sha256 == hashlib.sha256(b"time_s\n1.0\n").hexdigest()
    assert source == source_of(file)


def test_a_file_that_changed_after_it_was_read_has_no_checksum_of_what_was_read(tmp_path: Path) -> None:
    file = tmp_path / "rat07.csv"
    file.write_bytes(b"time_s\n1.0\n")
    changed, gone = source_of(file), source_of(file)
    file.write_bytes(b"time_s\n1.0\n2.0\n")
    assert changed.sha256 == CHANGED
    file.unlink()
    assert gone.sha256 == CHANGED


def test_the_checksum_of_a_folder_is_of_names_and_contents(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / "CSC1.ncs").write_bytes(b"same")
    assert source_of(tmp_path / "a").sha256 == source_of(tmp_path / "b").sha256
    (tmp_path / "b" / "deep" / "CSC1.ncs").rename(tmp_path / "b" / "deep" / "CSC2.ncs")
    assert source_of(tmp_path / "a").sha256 != source_of(tmp_path / "b").sha256


def test_a_slow_channel_with_a_pause_reads_the_same_in_pieces_as_whole() -> None:
    counts = np.arange(30, dtype=np.int16)[:, np.newaxis]
    asked = []

    def read(start: int, stop: int) -> NDArray[np.int16]:
        asked.append((start, stop))
        return counts[start:stop]

    runs = (Run(0, 10, 5.0), Run(10, 5, 7.0), Run(15, 15, 9.0))
    monitor = Monitor("resp", GridValues(read, runs, 10.0, gain=0.5, offset=1.0), 10.0, 5.0, "L/s")
    whole = monitor.values
    assert (monitor.n_samples, monitor.stop_s) == (55, 10.5)
    expected = np.full(55, np.nan)
    for first, run in zip((0, 20, 40), runs, strict=True):
        expected[first : first + run.n_samples] = counts[run.first_sample :, 0][: run.n_samples] * 0.5 + 1.0
    np.testing.assert_array_equal(whole, expected)
    for start, stop in ((0, 7), (5, 23), (12, 18), (38, 55), (50, 99), (-3, 4)):
        np.testing.assert_array_equal(monitor.read(start, stop), expected[max(0, start) : stop])
    asked.clear()
    monitor.read(41, 44)
    assert asked == [(16, 19)]


@pytest.mark.real_data
def test_a_monitor_of_a_spike2_file_is_read_where_it_is_asked_for(shared_data: Path) -> None:
    session = read_session(shared_data / "spike2" / "File_spike2_1.smr")
    (respiration,) = (monitor for monitor in session.monitors if monitor.name == "Respi")
    whole = respiration.values
    assert np.isfinite(whole).all()
    np.testing.assert_array_equal(respiration.read(1000, 1100), whole[1000:1100])
