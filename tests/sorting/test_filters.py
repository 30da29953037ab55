"""A zero-phase filter moves no peak, and a chunk more or less changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.model import ArraySource, Recording, Run
from ephys.sorting.filters import design_filter, filter_zero_phase, process_chunks

FS = 20000.0


def bump(centre_s: float, width_s: float, *, seconds: float = 0.2) -> np.ndarray:
    time_s = np.arange(round(seconds * FS)) / FS
    return (100.0 * np.exp(-0.5 * ((time_s - centre_s) / width_s) ** 2)).astype(np.float32)[:, np.newaxis]


def test_the_peak_of_a_wide_spike_stays_where_it_was() -> None:
    sections = design_filter((150.0, 6000.0), sampling_hz=FS, order=2)
    assert abs(int(filter_zero_phase(bump(0.1, 0.0003), sections).argmax()) - 2000) <= 1


def test_a_300_hz_high_pass_takes_more_of_a_wide_spike_than_150_hz() -> None:
    left = [
        float(filter_zero_phase(bump(0.1, 0.0004), design_filter((low, 6000.0), sampling_hz=FS, order=2)).max())
        for low in (150.0, 300.0)
    ]
    assert left[0] > 65 > 50 > left[1]


def test_chunks_join_without_a_seam() -> None:
    rng = np.random.default_rng(0)
    recording = Recording.from_array(rng.normal(0, 10, 40000), sampling_hz=FS)

    def whole(chunk_s: float) -> np.ndarray:
        chunks = process_chunks(recording, lambda chunk: chunk, band_hz=(150.0, 6000.0), order=2, chunk_s=chunk_s)
        return np.concatenate([c.traces_uv[c.start - c.read_start : c.stop - c.read_start] for c in chunks])

    np.testing.assert_allclose(whole(0.3), whole(60.0), atol=0.02)


def test_a_filter_never_crosses_a_gap() -> None:
    quiet, loud = np.zeros((10000, 1)), np.full((10000, 1), 5000.0)
    source = ArraySource(np.concatenate([quiet, loud]))
    recording = Recording(source, FS, (Run(0, 10000, 0.0), Run(10000, 10000, 60.0)))
    chunks = process_chunks(recording, lambda chunk: chunk, band_hz=(150.0, None), order=2)
    assert len(chunks) == 2
    assert max(float(np.abs(chunk.traces_uv).max()) for chunk in chunks) < 1.0


def test_a_stretch_shorter_than_the_filter_is_filtered_all_the_same() -> None:
    sections = design_filter((150.0, 6000.0), sampling_hz=FS, order=2)
    assert filter_zero_phase(np.ones((3, 1), dtype=np.float32), sections).shape == (3, 1)


@pytest.mark.parametrize("band", [(6000.0, 150.0), (-5.0, None), (20000.0, None)])
def test_a_band_that_cannot_be_is_refused_with_its_figures(band: tuple[float, float | None]) -> None:
    with pytest.raises(ParameterError, match=f"{band[0]:g}"):
        design_filter(band, sampling_hz=FS, order=2)
