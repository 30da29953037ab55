"""A zero-phase filter moves no peak, and a chunk more or less changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from ephys.errors import ParameterError
from ephys.model import ArraySource, Recording, Run
from ephys.sorting.filters import chunk_readers, design_filter, filter_zero_phase

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
        readers = chunk_readers(recording, band_hz=(150.0, 6000.0), order=2, chunk_s=chunk_s)
        chunks = [read() for read in readers]
        return np.concatenate([c.traces_uv[c.start - c.read_start : c.stop - c.read_start] for c in chunks])

    np.testing.assert_allclose(whole(0.3), whole(60.0), atol=0.02)


def test_a_filter_never_crosses_a_gap() -> None:
    quiet, loud = np.zeros((10000, 1)), np.full((10000, 1), 5000.0)
    source = ArraySource(np.concatenate([quiet, loud]))
    recording = Recording(source, FS, (Run(0, 10000, 0.0), Run(10000, 10000, 60.0)))
    chunks = [read() for read in chunk_readers(recording, band_hz=(150.0, None), order=2)]
    assert len(chunks) == 2
    assert max(float(np.abs(chunk.traces_uv).max()) for chunk in chunks) < 1.0


def test_a_stretch_shorter_than_the_filter_is_filtered_all_the_same() -> None:
    sections = design_filter((150.0, 6000.0), sampling_hz=FS, order=2)
    assert filter_zero_phase(np.ones((3, 1), dtype=np.float32), sections).shape == (3, 1)


@pytest.mark.parametrize(
    ("band", "order", "sampling_hz"),
    [
        ((150.0, 6000.0), 2, 30000.0),
        ((100.0, None), 2, 15000.0),
        ((None, 3000.0), 4, FS),
        ((300.0, 3000.0), 8, 24000.0),
    ],
)
def test_single_precision_by_blocks_is_the_recursive_filter_in_double(
    band: tuple[float | None, float | None], order: int, sampling_hz: float
) -> None:
    """On an offset of 5 mV and a rail of 10 mV, ends included: far below any noise."""
    wires = np.random.default_rng(0).normal(5000.0, 10.0, (100_000, 2)).astype(np.float32)
    wires[50_000:50_100] = 10_000.0
    sections = design_filter(band, sampling_hz=sampling_hz, order=order)
    assert sections is not None
    exact = signal.sosfiltfilt(sections, wires.astype(np.float64), axis=0, padlen=3 * (2 * len(sections) + 1))
    filtered = filter_zero_phase(wires, sections)
    assert filtered.dtype == np.float32
    np.testing.assert_allclose(filtered, exact, rtol=0, atol=0.01)


def test_many_channels_are_read_in_shorter_chunks() -> None:
    recording = Recording.from_array(np.zeros((300_000, 32), dtype=np.int16), sampling_hz=FS)
    chunks = [read() for read in chunk_readers(recording, band_hz=(150.0, None), order=2)]
    assert [chunk.stop for chunk in chunks] == [62_500, 125_000, 187_500, 250_000, 300_000]
    assert max(chunk.traces_uv.size for chunk in chunks) < 1.04 * 2_000_000


@pytest.mark.parametrize("band", [(6000.0, 150.0), (-5.0, None), (20000.0, None)])
def test_a_band_that_cannot_be_is_refused_with_its_figures(band: tuple[float, float | None]) -> None:
    with pytest.raises(ParameterError, match=f"{band[0]:g}"):
        design_filter(band, sampling_hz=FS, order=2)
