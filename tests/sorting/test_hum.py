"""Hum is found, followed as the mains wander, and taken off; spikes keep their shape."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ephys.model import ArraySource, Recording, Run
from ephys.sorting.filters import design_filter, filter_zero_phase
from ephys.sorting.hum import remove_hum

FS, BAND = 20000.0, (150.0, 6000.0)
SECONDS = 40.0


def humming(frequency_hz: Callable[[np.ndarray], np.ndarray], *, size_uv: float = 50.0, seed: int = 0) -> Recording:
    """Noise and the odd harmonics of a mains frequency that is a function of time."""
    times_s = np.arange(int(SECONDS * FS)) / FS
    turns = 2.0 * np.pi * np.cumsum(frequency_hz(times_s)) / FS
    wave = sum(size * np.sin(order * turns + order) for order, size in ((1, 1.0), (3, 0.5), (5, 0.3), (9, 0.1)))
    noise = np.random.default_rng(seed).normal(0.0, 10.0, len(times_s))
    return Recording.from_array(noise + size_uv * wave, sampling_hz=FS)


def in_band(recording: Recording, start: int = 0, stop: int = 10**7) -> np.ndarray:
    return filter_zero_phase(recording.read(start, stop), design_filter(BAND, sampling_hz=FS, order=2))


@pytest.mark.parametrize(
    "frequency_hz",
    [
        lambda t: np.full_like(t, 50.0),
        lambda t: np.full_like(t, 60.0),
        lambda t: np.full_like(t, 49.87),
        lambda t: 50.0 + 0.05 * np.sin(2.0 * np.pi * t / 20.0),
    ],
    ids=["50", "60", "49.87", "wandering"],
)
def test_hum_is_taken_off_whatever_the_mains_do(frequency_hz: Callable[[np.ndarray], np.ndarray]) -> None:
    recording = humming(frequency_hz)
    noise_sd = in_band(
        Recording.from_array(np.random.default_rng(0).normal(0.0, 10.0, int(SECONDS * FS)), sampling_hz=FS)
    ).std()
    assert in_band(recording).std() > 2.0 * noise_sd
    clean, hum = remove_hum(recording, band_hz=BAND)
    assert hum is not None
    assert hum.frequency_hz == pytest.approx(frequency_hz(np.arange(SECONDS)).mean(), abs=0.01)
    assert hum.share > 0.5
    assert in_band(clean).std() == pytest.approx(noise_sd, rel=0.03)


def test_without_hum_nothing_is_touched() -> None:
    quiet = humming(lambda t: np.full_like(t, 50.0), size_uv=0.0)
    clean, hum = remove_hum(quiet, band_hz=BAND)
    assert hum is None
    assert clean is quiet


def test_a_regular_cell_at_a_mains_frequency_of_its_own_is_no_hum() -> None:
    """A cell of 2 Hz has harmonics at 50 Hz, too: its jitter smears them."""
    rng = np.random.default_rng(1)
    wire = rng.normal(0.0, 10.0, int(SECONDS * FS))
    for at in np.cumsum(rng.normal(0.5, 0.02, 75)):
        row = int(at * FS)
        if row < len(wire) - 40:
            wire[row : row + 40] += 150.0 * np.hanning(40)
    assert remove_hum(Recording.from_array(wire, sampling_hz=FS), band_hz=BAND)[1] is None


def test_a_spike_keeps_its_shape_under_the_notches() -> None:
    recording = humming(lambda t: np.full_like(t, 50.0))
    spikes = np.zeros(int(SECONDS * FS))
    rows = np.arange(5000, len(spikes) - 5000, 12347)
    shape = 200.0 * np.hanning(60)
    for row in rows:
        spikes[row : row + 60] += shape
    with_spikes = Recording.from_array(recording.read(0, 10**7)[:, 0] + spikes, sampling_hz=FS)
    clean, _ = remove_hum(with_spikes, band_hz=BAND)
    mean = np.mean([clean.read(row, row + 60)[:, 0] for row in rows], axis=0)
    assert np.abs(mean - shape).max() < 10.0 * 4.0 / np.sqrt(len(rows)) + 1.0


def test_what_is_read_does_not_depend_on_where_one_reads() -> None:
    clean, _ = remove_hum(humming(lambda t: np.full_like(t, 50.03)), band_hz=BAND)
    whole = clean.read(0, 10**7)
    np.testing.assert_allclose(clean.read(123_456, 234_567), whole[123_456:234_567], atol=1e-3)


def test_hum_is_followed_across_a_pause() -> None:
    times_s = np.arange(int(SECONDS * FS)) / FS
    wave = 80.0 * np.sin(2.0 * np.pi * 150.0 * times_s)
    noise = np.random.default_rng(2).normal(0.0, 10.0, len(times_s))
    half, pause = len(times_s) // 2, int(1.2345 * FS)
    traces = np.delete(noise + wave, np.s_[half : half + pause])[:, np.newaxis]
    runs = (Run(0, half, 0.0), Run(half, len(traces) - half, (half + pause) / FS))
    clean, hum = remove_hum(Recording(ArraySource(traces), FS, runs), band_hz=BAND)
    assert hum is not None
    filtered = [in_band(clean, half - 4000, half), in_band(clean, half, half + 4000)]
    assert max(part.std() for part in filtered) < 1.15 * in_band(clean, 20000, 200_000).std()


@pytest.mark.parametrize("rest", [1, 37, 400, 3000, 6000])
@pytest.mark.parametrize("frequency_hz", [50.0, 49.87])
def test_hum_is_followed_to_the_last_sample_however_long_the_recording(rest: int, frequency_hz: float) -> None:
    whole = humming(lambda t: np.full_like(t, frequency_hz))
    stop = int(30.0 * FS) + rest
    clean, hum = remove_hum(Recording.from_array(whole.read(0, stop), sampling_hz=FS), band_hz=BAND)
    assert hum is not None
    noise = np.random.default_rng(0).normal(0.0, 10.0, int(SECONDS * FS))[:stop]
    left = clean.read(0, stop)[:, 0] - noise
    assert np.std(left[-8000:]) < 5.0
