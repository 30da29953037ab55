"""Counting in half-open windows, and the rate histogram."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ephys.errors import ParameterError
from ephys.firing import count, firing_rate, gamma_interval, measure_rate, poisson_interval, rate_histogram
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


@pytest.mark.parametrize("spikes", [0, 1, 3, 60, 2000])
def test_the_gamma_interval_of_an_irregular_train_is_the_poisson_interval(spikes: int) -> None:
    assert gamma_interval(spikes, 60.0, cv=1.0) == pytest.approx(poisson_interval(spikes, 60.0), rel=1e-9)


def test_the_gamma_interval_of_a_clock_is_a_spike_more_or_fewer() -> None:
    """A window that begins anywhere in a clock's interval holds n spikes of n - 1 to n + 1 intervals."""
    assert gamma_interval(30, 60.0, cv=0.0) == pytest.approx((29.025 / 60, 30.975 / 60))
    assert gamma_interval(30, 60.0, cv=1e-3) == pytest.approx((29.025 / 60, 30.975 / 60), rel=1e-4)
    assert gamma_interval(0, 60.0, cv=0.0) == pytest.approx((0.0, 0.975 / 60))


def test_the_more_regular_a_train_the_narrower_its_interval() -> None:
    for spikes in (0, 2, 40):
        widths = [high - low for low, high in (gamma_interval(spikes, 30.0, cv=cv) for cv in (0.2, 0.5, 1.0, 1.5))]
        assert widths == sorted(widths)


def _counts(rate_hz: float, seconds: float, cv: float, n_windows: int) -> np.ndarray:
    """Spikes in windows that begin anywhere in gamma trains, long after their first spike."""
    random = np.random.default_rng(11)
    before_s = 40.0 / rate_hz
    size = int(rate_hz * seconds + 80 + 12 * max(cv, 1.0) * np.sqrt(rate_hz * seconds + 50))
    spikes = np.cumsum(random.gamma(cv**-2, cv**2 / rate_hz, (n_windows, size)), axis=1)
    starts = before_s + random.uniform(0.0, 5.0 / rate_hz, (n_windows, 1))
    return np.sum((spikes >= starts) & (spikes < starts + seconds), axis=1)


@pytest.mark.parametrize("cv", [0.2, 0.6, 1.5])
@pytest.mark.parametrize(("rate_hz", "seconds"), [(0.2, 10.0), (0.2, 60.0), (1.0, 60.0), (5.0, 60.0)])
def test_the_gamma_interval_holds_the_true_rate_as_often_as_it_says(cv: float, rate_hz: float, seconds: float) -> None:
    counts, windows = np.unique(_counts(rate_hz, seconds, cv, 2000), return_counts=True)
    held, by_poisson = (
        sum(n for n, (low, high) in zip(windows, ends, strict=True) if low <= rate_hz <= high)
        for ends in (
            [gamma_interval(int(spikes), seconds, cv=cv) for spikes in counts],
            [poisson_interval(int(spikes), seconds) for spikes in counts],
        )
    )
    # 2000 at 95 %: 93.5 % is three standard errors below.
    assert held / 2000 > 0.935
    assert (by_poisson > held) == (cv < 1) or held == by_poisson == 2000


def test_no_time_and_no_cv_are_unknown_and_a_cv_below_zero_is_refused() -> None:
    assert np.isnan(gamma_interval(3, 0.0, cv=0.5)).all()
    assert np.isnan(gamma_interval(3, 10.0, cv=np.nan)).all()
    for wrong in (-0.1, np.inf):
        with pytest.raises(ParameterError, match="a finite cv >= 0"):
            gamma_interval(3, 10.0, cv=wrong)


def test_a_units_rate_comes_with_the_interval_of_what_was_recorded() -> None:
    unit = Unit.from_times(np.arange(0.25, 20.0, 0.5), support=Support.of(Epoch(0.0, 20.0), Epoch(40.0, 60.0)))
    whole = measure_rate(unit, Epoch(0.0, 60.0))
    assert (whole.value, whole.low, whole.high) == pytest.approx((1.0, *poisson_interval(40, 40.0)))
    regular = measure_rate(unit, Epoch(0.0, 60.0), cv=0.3)
    assert (regular.low, regular.high) == pytest.approx(gamma_interval(40, 40.0, cv=0.3))
    silent, absent = measure_rate(unit, Epoch(40.0, 60.0)), measure_rate(unit, Epoch(22.0, 38.0))
    assert (silent.value, silent.low) == (0.0, 0.0)
    assert np.isnan([absent.value, absent.low, absent.high]).all()
