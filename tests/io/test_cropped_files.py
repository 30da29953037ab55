"""A part of a real file is the slice that it says, still in its file, and comes back as such."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from ephys.io import read_session, write_nwb
from ephys.io.sources import CountSource
from ephys.model import Epoch, crop_session


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["Cricket_Song.smr", "CAP.smr", "motor_units.smr"])
def test_voltage_of_a_part_of_a_real_file_is_its_slice(shared_data: Path, name: str) -> None:
    whole = read_session(shared_data / "spike2" / name)
    part = crop_session(whole, start_s=3.25, stop_s=7.5)
    assert whole.recording is not None
    assert part.recording is not None
    times_s = whole.recording.times_s(np.arange(whole.recording.n_samples))
    first, stop = np.searchsorted(times_s + 1e-9, [3.25, 7.5])
    np.testing.assert_array_equal(part.recording.read(0, stop - first), whole.recording.read(first, stop))
    assert part.recording.n_samples == stop - first
    assert part.recording.start_s == pytest.approx(times_s[first], abs=1e-9)
    for one, two in zip(whole.units, part.units, strict=True):
        np.testing.assert_array_equal(two.times_s, one.times_s[Epoch(3.25, 7.5).mask(one.times_s)])


@pytest.mark.real_data
def test_a_part_of_a_real_file_is_written_as_the_counts_that_it_has_and_comes_back(
    shared_data: Path, tmp_path: Path
) -> None:
    part = crop_session(read_session(shared_data / "spike2" / "motor_units.smr"), start_s=3.25001, id="cell 2")
    back = read_session(write_nwb(part, tmp_path / "part.nwb"))
    assert part.recording is not None
    assert back.recording is not None
    assert isinstance(back.recording.source, CountSource)
    assert back.recording.source.dtype == np.int16
    assert back.support == part.support
    assert back.recording.support.start_s == part.recording.support.start_s
    np.testing.assert_allclose(back.recording.read(0, 5000), part.recording.read(0, 5000), rtol=1e-6)
    assert back.doubts[: len(part.doubts)] == part.doubts
    assert pickle.loads(pickle.dumps(part.recording)).n_samples == part.recording.n_samples  # workers get it so
