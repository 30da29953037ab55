"""Memory does not grow with the length of a recording."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

import ephys

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """The benchmark that makes and measures recordings of any length."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        spec = importlib.util.spec_from_file_location("long_recording", BENCHMARKS / "long_recording.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["long_recording"] = module
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(BENCHMARKS))
    return module


@pytest.mark.slow
def test_ten_minutes_of_four_wires_need_no_more_memory_than_two_and_stay_below_600_mb(
    tmp_path: Path, benchmark: ModuleType
) -> None:
    peaks_mb = {}
    for minutes in (2, 10):
        (analysed,) = benchmark.measure_session(tmp_path, minutes, every=1, only=(benchmark.ANALYSE,)).values()
        peaks_mb[minutes] = analysed.peak_mb
    assert peaks_mb[10] < benchmark.LIMIT_MB
    # What is kept of the spikes may grow, to its limit; the voltage itself (115 MB more as counts, 461 MB more as
    # microvolts and filtered) may not.
    assert peaks_mb[10] - peaks_mb[2] < 150.0


def test_the_same_voltage_in_four_times_the_time_needs_the_same_memory(tmp_path: Path, benchmark: ModuleType) -> None:
    short, long = (benchmark.measure_session(tmp_path, minutes, every=every) for minutes, every in ((3, 1), (12, 4)))
    for name in short:
        assert long[name].peak_mb < 1.15 * short[name].peak_mb, name


def test_a_recording_of_hours_opens_at_once_and_reads_right_to_its_last_sample(
    tmp_path: Path, benchmark: ModuleType
) -> None:
    """2.2 GiB, of which next to nothing is on the disk."""
    file = tmp_path / "rat07.raw"
    frames = round(2.2 * 2**30) // 8
    with file.open("wb") as out:
        out.seek(8 * (frames - 1))
        out.write(b"\x01\x00\x02\x00\x03\x00\x04\x00")
    file.with_suffix(".toml").write_text(benchmark.DESCRIPTION)
    recording = ephys.read_session(file, wire=["1", "2", "3", "4"]).recording
    assert recording is not None
    assert recording.n_samples == frames
    last = recording.read(frames - 2, frames)
    assert last.tolist() == [[0.0] * 4, [0.25, 0.5, 0.75, 1.0]]
