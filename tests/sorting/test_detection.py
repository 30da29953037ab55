"""Spikes of either polarity are found once, against a noise that spikes hardly move."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from ephys.errors import ParameterError
from ephys.sorting.detection import DetectionSettings, detect_peaks, noise_sd

FS = 20000.0


def test_the_noise_estimate_does_not_rise_with_the_firing_rate() -> None:
    rng = np.random.default_rng(0)
    quiet = rng.normal(0, 10, (200_000, 1)).astype(np.float32)
    firing = quiet.copy()
    firing[::400] += 300.0
    assert noise_sd(firing)[0] == pytest.approx(noise_sd(quiet)[0], rel=0.02)
    assert firing.std() > 1.5 * quiet.std()


def test_both_phases_of_one_wide_spike_are_one_event_and_a_doublet_is_two() -> None:
    wire = np.zeros((1000, 1), dtype=np.float32)
    wire[[200, 224], 0] = [120.0, -70.0]  # trough 1.2 ms after the peak
    wire[[600, 680], 0] = [-90.0, -80.0]  # two spikes 4 ms apart
    peaks = detect_peaks(wire, np.array([10.0]), sampling_hz=FS, settings=DetectionSettings())
    assert peaks.tolist() == [200, 600, 680]


def test_a_spike_counts_where_it_stands_out_most_from_the_noise() -> None:
    wires = np.zeros((400, 2), dtype=np.float32)
    wires[200] = [60.0, 45.0]
    assert detect_peaks(wires, np.array([20.0, 10.0]), sampling_hz=FS, settings=DetectionSettings()).tolist() == [200]
    assert detect_peaks(wires, np.array([20.0, 20.0]), sampling_hz=FS, settings=DetectionSettings()).size == 0


def test_a_threshold_must_be_positive() -> None:
    with pytest.raises(ParameterError, match="0"):
        DetectionSettings(threshold_sd=0.0)


def test_looking_only_near_the_threshold_finds_what_looking_everywhere_finds() -> None:
    wires = np.random.default_rng(1).normal(0.0, 10.0, (200_000, 2)).astype(np.float32)
    wires[1000:1006] = wires[-3:] = 90.0  # a plateau, and a rise at the very end that is no peak
    noise_uv = np.array([10.0, 8.0])
    settings = DetectionSettings(threshold_sd=3.1)
    distance = round(settings.dead_time_ms * 1e-3 * FS)
    everywhere = signal.find_peaks((np.abs(wires) / noise_uv).max(axis=1), height=3.1, distance=distance)[0]
    assert len(everywhere) > 1000
    np.testing.assert_array_equal(detect_peaks(wires, noise_uv, sampling_hz=FS, settings=settings), everywhere)
