import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.model import ArraySource, Recording, Run


def _gapped() -> Recording:
    runs = (Run(0, 1000, 10.0), Run(1000, 500, 20.0))
    return Recording(ArraySource(np.arange(1500, dtype=np.int16)[:, np.newaxis]), 1000.0, runs)


def test_time_after_a_gap_stays_on_the_clock() -> None:
    recording = _gapped()
    samples = np.array([0, 999, 1000, 1499])
    np.testing.assert_allclose(recording.times_s(samples), [10.0, 10.999, 20.0, 20.499])
    np.testing.assert_array_equal(recording.samples(recording.times_s(samples)), samples)
    assert recording.samples(np.array([15.0]))[0] == -1


def test_no_chunk_crosses_a_gap() -> None:
    chunks = list(_gapped().chunks(chunk_s=0.6, margin_s=0.1))
    assert [(c[0], c[1]) for c in chunks] == [(0, 600), (600, 1000), (1000, 1500)]
    assert [(c[2], c[3]) for c in chunks] == [(0, 700), (500, 1000), (1000, 1500)]


def test_counts_become_microvolts() -> None:
    recording = Recording.from_array(np.array([[10], [-20]], dtype=np.int16), sampling_hz=2.0, gain_uv=0.5)
    np.testing.assert_array_equal(recording.read(0, 2), [[5.0], [-10.0]])


def test_a_transposed_array_is_asked_about() -> None:
    with pytest.raises(ParameterError, match="transpose"):
        Recording.from_array(np.zeros((4, 20000)), sampling_hz=20000.0)


def test_an_empty_recording_raises() -> None:
    with pytest.raises(ParameterError, match="no samples"):
        Recording.from_array(np.zeros((0, 1)), sampling_hz=20000.0)


def test_a_wire_can_be_chosen_by_number() -> None:
    recording = Recording.from_array(np.tile([1.0, 2.0, 3.0], (10, 1)), sampling_hz=10.0).select_channels((2,))
    assert recording.channel_names == ("ch2",)
    assert recording.read(0, 1)[0, 0] == 3.0
