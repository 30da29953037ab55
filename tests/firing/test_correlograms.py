"""The autocorrelogram of a slow regular cell: a silent trough, then peaks at multiples of its interval."""

from __future__ import annotations

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.firing import autocorrelogram
from ephys.model import Epoch, Unit


def _unit(cv: float, n: int = 600) -> Unit:
    times = np.cumsum(np.random.default_rng(0).gamma(cv**-2, 0.8 * cv**2, n))
    return Unit.from_times(times, support=Epoch(0.0, float(times[-1]) + 1.0))


def test_counts_are_those_of_every_pair_by_brute_force() -> None:
    unit = _unit(0.9, 120)
    lags_ms = 1e3 * (unit.times_s[None, :] - unit.times_s[:, None])
    forward = lags_ms[np.triu_indices(unit.n_spikes, k=1)]
    expected = np.histogram(forward[forward < 2000.0], bins=np.arange(0.0, 2000.1, 20.0))[0]
    correlogram = autocorrelogram(unit)
    np.testing.assert_array_equal(correlogram.counts[100:], expected)
    np.testing.assert_array_equal(correlogram.counts, correlogram.counts[::-1])


def test_a_regular_cell_is_silent_after_its_spike_and_peaks_at_its_interval() -> None:
    correlogram = autocorrelogram(_unit(0.15))
    centres = (correlogram.lags_ms[1:] + correlogram.lags_ms[:-1]) / 2
    assert correlogram.counts[np.abs(centres) < 300].sum() == 0
    near = (centres > 300) & (centres < 1200)
    assert centres[near][np.argmax(correlogram.counts[near])] == pytest.approx(800.0, abs=100.0)


def test_an_irregular_train_has_its_mean_rate_at_every_lag() -> None:
    unit = _unit(1.0, 5000)
    assert autocorrelogram(unit).rate_hz.mean() == pytest.approx(1.25, rel=0.05)


def test_only_spikes_of_the_window_are_paired_and_none_make_no_rate() -> None:
    unit = Unit.from_times([0.5, 1.0, 1.2], support=Epoch(0.0, 3.0))
    assert autocorrelogram(unit, Epoch(0.0, 1.0)).counts.sum() == 0
    assert np.isnan(autocorrelogram(unit, Epoch(2.0, 3.0)).rate_hz).all()
    with pytest.raises(ParameterError, match="0 < bin_ms <= max_lag_ms"):
        autocorrelogram(unit, bin_ms=0.0)
