"""What is no number is refused as it is read, with where it is in the whole recording."""

from __future__ import annotations

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.model import ArraySource, Recording, Run
from ephys.sorting.finite import require_finite


def test_samples_are_counted_over_the_whole_recording_and_the_first_is_told_on_the_clock() -> None:
    traces = np.zeros((200_000, 3))
    traces[[150_000, 150_001, 190_000], 2] = np.nan
    traces[170_000, 0] = -np.inf
    runs = (Run(0, 140_000, 0.0), Run(140_000, 60_000, 500.0))
    checked = require_finite(Recording(ArraySource(traces), 1000.0, runs, ("a", "b", "c"), name="rat"))
    np.testing.assert_array_equal(checked.read(0, 150_000), 0.0)
    message = "rat: 1 sample of channel a, 3 samples of channel c are NaN or infinite, the first at 510 s"
    with pytest.raises(ParameterError, match=message):
        checked.read(180_000, 200_000)


def test_whole_numbers_pass_as_they_are() -> None:
    counts = Recording.from_array(np.arange(1000, dtype=np.int16), sampling_hz=1000.0, gain_uv=0.5, name="rat")
    checked = require_finite(counts)
    np.testing.assert_array_equal(checked.read(10, 20), counts.read(10, 20))
    assert (checked.name, checked.n_samples, checked.source.shape) == ("rat", 1000, (1000, 1))
