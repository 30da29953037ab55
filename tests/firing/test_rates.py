"""Counting in half-open windows, and the rate histogram."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ephys.errors import ParameterError
from ephys.firing import count, firing_rate, poisson_interval, rate_histogram
from ephys.model import Epoch, Support, Unit

TIMES = st.lists(st.floats(0.0, 100.0), max_size=60).map(lambda times: np.sort(np.array(times, dtype=np.float64)))


@given(TIMES, st.floats(0.1, 99.9))
def test_adjacent_windows_add_up(times: np.ndarray, cut: float) -> None:
    whole = count(times, Epoch(0.0, 100.0))
    assert count(times, Epoch(0.0, cut)) + count(times, Epoch(cut, 100.0)) == whole


def test_a_spike_on_an_edge_belongs_to_the_later_window_only() -> None:
    times = np.array([10.0])
    assert (count(times, Epoch(0.0, 10.0)), count(times, Epoch(10.0, 20.0))) == (0, 1)


def test_silence_is_zero_and_absence_is_nan() -> None:
    recorded = Support.of(Epoch(0.0, 50.0))
    assert firing_rate(np.empty(0), Epoch(0.0, 50.0), support=recorded) == 0.0
    assert np.isnan(firing_rate(np.empty(0), Epoch(60.0, 80.0), support=recorded))


def test_a_gap_is_not_time_in_which_the_cell_was_silent() -> None:
    recorded = Support.of(Epoch(0.0, 20.0), Epoch(40.0, 60.0))
    clock = np.concatenate([np.arange(0.25, 20.0, 0.5), np.arange(40.25, 60.0, 0.5)])
    assert firing_rate(clock, Epoch(10.0, 50.0), support=recorded) == pytest.approx(2.0)


@pytest.mark.parametrize("spikes", [0, 1, 7, 180])
def test_at_the_ends_of_the_poisson_interval_such_a_count_has_probability_of_one_tail(spikes: int) -> None:
    low, high = poisson_interval(spikes, 60.0)
    assert stats.poisson.cdf(spikes, high * 60.0) == pytest.approx(0.025)
    if spikes:
        assert stats.poisson.sf(spikes - 1, low * 60.0) == pytest.approx(0.025)


def test_the_poisson_interval_of_no_time_is_unknown_and_of_a_negative_count_refused() -> None:
    assert np.isnan(poisson_interval(3, 0.0)).all()
    with pytest.raises(ParameterError, match="got -1"):
        poisson_interval(-1, 10.0)


@given(TIMES, st.floats(0.5, 30.0))
def test_the_bins_hold_every_spike_and_all_recorded_time(times: np.ndarray, bin_s: float) -> None:
    unit = Unit.from_times(times, support=Epoch(0.0, 100.0))
    histogram = rate_histogram(unit, bin_s=bin_s)
    assert histogram.counts.sum() == unit.n_spikes
    assert histogram.covered_s.sum() == pytest.approx(100.0)
    assert histogram.edges_s[-1] >= 100.0 - 1e-6


def test_a_steady_cell_keeps_its_rate_in_bins_that_a_gap_cuts() -> None:
    support = Support.of(Epoch(5.0, 33.0), Epoch(58.0, 95.0))
    clock = np.arange(5.05, 95.0, 0.1)
    unit = Unit.from_times(clock[support.mask(clock)], support=support)
    histogram = rate_histogram(unit)
    assert histogram.edges_s[0] == 5.0
    np.testing.assert_allclose(histogram.covered_s, [10, 10, 8, 0, 0, 7, 10, 10, 10])
    assert np.isnan(histogram.rate_hz[3:5]).all()
    np.testing.assert_allclose(np.delete(histogram.rate_hz, [3, 4]), 10.0)


def test_a_silenced_cell_has_bins_of_zero_not_of_nan() -> None:
    unit = Unit.from_times(np.arange(0.5, 60.0), support=Epoch(0.0, 120.0))
    assert (rate_histogram(unit).rate_hz[6:] == 0.0).all()


def test_a_histogram_of_the_session_leaves_the_time_in_which_the_unit_is_unknown_uncovered() -> None:
    unit = Unit.from_times([25.0, 39.0], support=Epoch(20.0, 40.0))
    histogram = rate_histogram(unit, within=Epoch(0.0, 60.0))
    assert histogram.covered_s.tolist() == [0.0, 0.0, 10.0, 10.0, 0.0, 0.0]
    assert histogram.counts.tolist() == [0, 0, 1, 1, 0, 0]
    assert rate_histogram(unit, within=Epoch(0.0, 30.0)).counts.tolist() == [0, 0, 1]
