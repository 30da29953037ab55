"""The smoothed rate against a known rate: inside, at the edges, and at a gap."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from ephys.errors import ParameterError
from ephys.firing import smoothed_rate
from ephys.model import Epoch, Support, Unit


def _evenly(rate_hz: float, start_s: float, stop_s: float) -> np.ndarray:
    return np.arange(start_s + 0.5 / rate_hz, stop_s, 1 / rate_hz)


def _wave_hz(times_s: np.ndarray) -> np.ndarray:
    return 6.0 + 4.0 * np.sin(2 * np.pi * times_s / 300.0)


def test_a_steady_rate_is_steady_to_the_edges() -> None:
    rate = smoothed_rate(Unit.from_times(_evenly(4.0, 220.0, 340.0), support=Epoch(220.0, 340.0)), sigma_s=5.0)
    np.testing.assert_allclose(rate.rate_hz, 4.0, rtol=0.01)
    np.testing.assert_allclose(rate.times_s, np.arange(220.5, 340.0))


def test_a_step_is_blurred_by_the_kernel_named_and_stays_where_it_was() -> None:
    spikes = np.concatenate([_evenly(8.0, 0.0, 200.0), _evenly(2.0, 200.0, 400.0)])
    rate = smoothed_rate(Unit.from_times(spikes, support=Epoch(0.0, 400.0)), sigma_s=10.0)
    truth = gaussian_filter1d(np.where(np.arange(0.005, 400.0, 0.01) < 200.0, 8.0, 2.0), 1000.0, mode="nearest")
    np.testing.assert_allclose(rate.rate_hz, truth[50::100], atol=0.1)
    assert "sigma 10 s" in rate.kernel


def test_the_smoothed_rate_of_a_random_train_follows_its_truth() -> None:
    rng = np.random.default_rng(0)
    draws = np.sort(rng.uniform(0.0, 900.0, rng.poisson(10.0 * 900.0)))
    spikes = draws[rng.random(draws.size) < _wave_hz(draws) / 10.0]
    rate = smoothed_rate(Unit.from_times(spikes, support=Epoch(0.0, 900.0)), sigma_s=15.0)
    assert np.sqrt(np.mean((rate.rate_hz - _wave_hz(rate.times_s)) ** 2)) < 0.6


def test_a_gap_breaks_the_line_and_casts_no_shadow_of_silence() -> None:
    support = Support.of(Epoch(0.0, 60.0), Epoch(100.0, 160.0))
    spikes = np.concatenate([_evenly(4.0, 0.0, 60.0), _evenly(4.0, 100.0, 160.0)])
    rate = smoothed_rate(Unit.from_times(spikes, support=support), sigma_s=5.0)
    (gap,) = np.flatnonzero(np.isnan(rate.rate_hz))
    assert 60.0 < rate.times_s[gap] < 100.0
    np.testing.assert_allclose(np.delete(rate.rate_hz, gap), 4.0, rtol=0.02)


def test_a_silent_cell_is_at_zero_throughout() -> None:
    rate = smoothed_rate(Unit.from_times([], support=Epoch(0.0, 30.0)), sigma_s=3.0, step_s=0.1)
    assert rate.rate_hz.size == 300
    assert (rate.rate_hz == 0.0).all()


def test_a_kernel_without_width_is_refused() -> None:
    with pytest.raises(ParameterError, match="positive sigma_s"):
        smoothed_rate(Unit.from_times([1.0], support=Epoch(0.0, 10.0)), sigma_s=0.0)


def test_a_hole_of_milliseconds_neither_breaks_the_line_nor_lowers_it() -> None:
    whole = Support.of(Epoch(0.0, 120.0))
    holed = whole.without(Epoch(at, at + 0.02) for at in np.arange(10.06, 110.0, 0.25))
    times_s = np.arange(0.005, 120.0, 0.01)
    rate = smoothed_rate(Unit.from_times(times_s[holed.mask(times_s)], support=holed), sigma_s=5.0)
    assert np.isfinite(rate.rate_hz).all()
    np.testing.assert_allclose(rate.rate_hz, 100.0, rtol=0.02)
    assert rate.times_s[-1] > 118.0
