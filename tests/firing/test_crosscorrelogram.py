"""Cross-correlograms count every pair, once, where both units were recorded."""

from __future__ import annotations

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.firing import autocorrelogram, crosscorrelogram
from ephys.firing.correlograms import _AT_ONCE
from ephys.model import Epoch, Support, Unit


def unit(times_s: np.ndarray, *epochs: tuple[float, float], id: str = "1") -> Unit:
    support = Support.of(*(Epoch(*ends) for ends in epochs or ((0.0, 1000.0),)))
    return Unit("1" if id is None else id, np.sort(times_s), support)


def test_every_pair_is_counted_once_however_many_there_are() -> None:
    rng = np.random.default_rng(0)
    first = unit(rng.uniform(0, 1000, 2 * _AT_ONCE + 7))
    second = unit(rng.uniform(0, 1000, 300), id="2")
    lags_ms = 1e3 * (second.times_s[:, None] - first.times_s).ravel()
    found = crosscorrelogram(first, second, bin_ms=5.0, max_lag_ms=100.0)
    assert found.counts.sum() > 0
    np.testing.assert_array_equal(found.counts, np.histogram(lags_ms[lags_ms < 100], found.lags_ms)[0])


def test_a_lag_is_positive_where_the_other_fires_later() -> None:
    first, second = unit(np.arange(1.0, 100.0)), unit(np.arange(1.0, 100.0) + 0.0105, id="2")
    found = crosscorrelogram(first, second, bin_ms=1.0, max_lag_ms=50.0)
    assert found.lags_ms[found.counts.argmax()] == 10.0
    back = crosscorrelogram(second, first, bin_ms=1.0, max_lag_ms=50.0)
    assert back.lags_ms[back.counts.argmax()] == -11.0


def test_a_unit_against_itself_has_its_autocorrelogram_and_its_own_spikes() -> None:
    train = unit(np.random.default_rng(1).uniform(0, 1000, 500))
    own, cross = autocorrelogram(train, bin_ms=10.0, max_lag_ms=100.0), crosscorrelogram(train, train, bin_ms=10.0)
    itself = np.zeros(20, dtype=int)
    itself[10] = train.n_spikes
    np.testing.assert_array_equal(cross.counts, own.counts + itself)


def test_independent_units_have_what_is_expected_in_every_bin() -> None:
    rng = np.random.default_rng(2)
    first, second = unit(rng.uniform(0, 1000, 4000)), unit(rng.uniform(0, 1000, 3000), id="2")
    found = crosscorrelogram(first, second, bin_ms=10.0, max_lag_ms=200.0)
    assert found.expected == pytest.approx(4000 * 3000 * 0.010 / 1000)
    assert found.counts.mean() == pytest.approx(found.expected, rel=0.05)


def test_only_time_in_which_both_were_recorded_counts() -> None:
    early, late = unit(np.arange(0.5, 60.0), (0, 60)), unit(np.arange(41.5, 100.0), (40, 100), id="2")
    found = crosscorrelogram(early, late, bin_ms=10.0)
    assert (found.n_spikes, found.n_other) == (20, 19)
    assert found.expected == pytest.approx(20 * 19 * 0.010 / 20)
    apart = crosscorrelogram(early, unit(np.arange(60.5, 100.0), (60, 100), id="3"))
    assert np.isnan(apart.expected)
    assert not apart.counts.any()


def test_a_window_holds_both_spikes_of_a_pair() -> None:
    first, second = unit(np.array([10.0, 20.0])), unit(np.array([10.01, 20.01]), id="2")
    assert crosscorrelogram(first, second, Epoch(0.0, 15.0)).counts.sum() == 1
    assert crosscorrelogram(first, second, Epoch(0.0, 10.005)).counts.sum() == 0


def test_a_bin_has_a_width() -> None:
    with pytest.raises(ParameterError, match="0 < bin_ms"):
        crosscorrelogram(unit(np.array([1.0])), unit(np.array([1.0])), bin_ms=0.0)
