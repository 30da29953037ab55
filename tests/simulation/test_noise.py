"""The wire's noise has its size and its colour, and joins without a seam."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from ephys.errors import ParameterError
from ephys.simulation import NoiseSettings
from ephys.simulation.bands import SORTING_BAND_HZ, filter_band
from ephys.simulation.noise import hash_spikes, noise_chunks

RATE = 20000.0


def noise(seconds: float, settings: NoiseSettings, chunk_s: float = 30.0) -> np.ndarray:
    return np.concatenate([*noise_chunks(round(seconds * RATE), settings, sampling_hz=RATE, seed=3, chunk_s=chunk_s)])


@pytest.mark.parametrize("noise_uv", [5.0, 8.0, 15.0])
def test_the_noise_in_the_sorting_band_is_as_large_as_asked_for(noise_uv: float) -> None:
    traces = noise(20.0, NoiseSettings(noise_uv=noise_uv))
    assert filter_band(traces, SORTING_BAND_HZ, sampling_hz=RATE).std() == pytest.approx(noise_uv, rel=0.04)


def test_below_its_knee_the_noise_rises_as_one_over_f() -> None:
    frequencies, power = signal.welch(noise(120.0, NoiseSettings()), RATE, nperseg=2**16)
    at = {hz: power[(frequencies > 0.8 * hz) & (frequencies < 1.25 * hz)].mean() for hz in (5, 50, 1000, 4000, 9000)}
    assert at[5] / at[50] == pytest.approx(10.0, rel=0.3)
    assert at[1000] / at[4000] == pytest.approx(1.0, abs=0.2)
    assert at[9000] < 0.05 * at[4000]


def test_stretches_of_noise_join_without_a_step() -> None:
    np.testing.assert_allclose(noise(3.0, NoiseSettings(), chunk_s=1.0), noise(3.0, NoiseSettings()), atol=1e-9)


def test_no_hash_spike_can_be_mistaken_for_a_cell() -> None:
    settings = NoiseSettings()
    times_s, sizes = hash_spikes(1000.0, settings)
    assert len(times_s) / 1000.0 == pytest.approx(settings.hash_rate_hz, rel=0.02)
    assert np.abs(sizes).max() < settings.threshold_uv


def test_a_wire_without_noise_is_refused() -> None:
    with pytest.raises(ParameterError, match="noise_uv of the noise must be positive, got 0"):
        NoiseSettings(noise_uv=0.0)
