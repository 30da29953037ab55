"""A silence, a burst or another phase of the spike does not make a second cell."""

from __future__ import annotations

import numpy as np

from ephys.sorting.joining import Cluster, JoiningSettings, is_echo, join_clusters, phase_lag

SHAPE = np.r_[6.0, -4.0, 2.0, 0.0]
OTHER = np.r_[-2.0, 5.0, 6.0, 0.0]
FLAT = np.zeros((100, 1), dtype=np.float32)


def cluster(times_s: np.ndarray, size: float, shape: np.ndarray = SHAPE, mean_uv: np.ndarray = FLAT) -> Cluster:
    rng = np.random.default_rng(len(times_s))
    return Cluster(rng.normal(0, 1, (len(times_s), 4)) + size * shape, np.sort(times_s), mean_uv)


def joined(*clusters: Cluster) -> int:
    return len(np.unique(join_clusters(list(clusters))))


def test_a_cell_that_comes_back_smaller_after_a_silence_is_the_same_cell() -> None:
    before, after = cluster(np.arange(0, 300.0), 1.5), cluster(np.arange(600.0, 900.0), 1.1)
    assert joined(before, after) == 1


def test_another_shape_after_a_silence_is_another_cell() -> None:
    assert joined(cluster(np.arange(0, 300.0), 1.5), cluster(np.arange(600.0, 900.0), 1.5, OTHER)) == 2


def test_two_sizes_of_one_shape_at_the_same_time_are_two_cells() -> None:
    assert joined(cluster(np.arange(0, 300.0), 1.8), cluster(np.arange(0.4, 300.0), 1.1)) == 2


def test_the_smaller_second_spike_of_doublets_belongs_to_the_cell() -> None:
    first = np.arange(0, 300.0)
    assert joined(cluster(first, 1.8), cluster(first[::4] + 0.006, 1.2)) == 1


def test_the_trough_detected_again_is_an_echo_and_a_doublet_is_not() -> None:
    rng = np.random.default_rng(0)
    spikes = np.cumsum(rng.gamma(10, 0.1, 300))
    cell = cluster(spikes, 1.8)
    assert is_echo(cluster(spikes + 0.0018 + rng.normal(0, 3e-5, 300), 0.8), cell, JoiningSettings())
    assert not is_echo(cluster(spikes + rng.uniform(0.004, 0.012, 300), 0.8), cell, JoiningSettings())


def test_a_spike_aligned_on_its_other_phase_is_recognised_with_its_lag() -> None:
    time = np.arange(200)
    spike = np.exp(-0.5 * ((time - 90) / 4) ** 2) - 0.95 * np.exp(-0.5 * ((time - 104) / 5) ** 2)
    on_peak = cluster(np.arange(0, 50.0), 1.5, mean_uv=100 * spike[:, np.newaxis].astype(np.float32))
    on_trough = cluster(np.arange(0.5, 50.0), 1.5, mean_uv=100 * np.roll(spike, -14)[:, np.newaxis].astype(np.float32))
    assert phase_lag(on_peak, on_trough, sampling_hz=20000.0, settings=JoiningSettings()) == 14
    assert phase_lag(on_peak, on_peak, sampling_hz=20000.0, settings=JoiningSettings()) is None


def test_followers_of_which_some_follow_spikes_aligned_on_another_phase_are_of_the_burst() -> None:
    rng = np.random.default_rng(3)
    first_s = np.cumsum(rng.uniform(0.4, 1.2, 600))
    on_the_usual_phase = np.arange(600) % 10 < 6
    follower_s = first_s + rng.uniform(0.004, 0.015, 600)
    assert joined(cluster(first_s[on_the_usual_phase], 3.0), cluster(follower_s, 2.0)) == 1


def test_a_small_cell_beside_a_fast_one_of_its_shape_is_a_cell_of_its_own() -> None:
    """Six in ten of its spikes come within 20 ms of one of the other's, by chance."""
    rng = np.random.default_rng(4)
    fast_s, slow_s = np.sort(rng.uniform(0.0, 100.0, 5000)), np.sort(rng.uniform(0.0, 100.0, 200))
    after = np.searchsorted(fast_s, slow_s - 0.0015) - np.searchsorted(fast_s, slow_s - 0.020)
    assert np.mean(after > 0) > 0.55
    assert joined(cluster(fast_s, 3.0), cluster(slow_s, 1.5)) == 2
