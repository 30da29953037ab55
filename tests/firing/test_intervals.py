"""Intervals and their regularity, against what is known and against elephant."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import quantities as pq
from elephant import statistics
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import loadmat

from ephys.errors import ParameterError
from ephys.firing import cv, cv2, cv_interval, firing_rate, interval_histogram, isi, log_isi, log_isi_sd, lv, lvr
from ephys.model import Epoch, Support, Unit

TRAINS = st.lists(st.floats(0.002, 20.0), min_size=3, max_size=60).map(lambda gaps: np.cumsum(np.array(gaps)))


def _gamma_train(cv_wanted: float, n: int, seed: int) -> np.ndarray:
    shape = cv_wanted**-2
    return np.cumsum(np.random.default_rng(seed).gamma(shape, 1 / shape, n))


@pytest.mark.parametrize("wanted", [0.2, 0.5, 1.0])
def test_cv_of_a_gamma_train_is_the_one_asked_for(wanted: float) -> None:
    assert cv(_gamma_train(wanted, 20_000, 1)) == pytest.approx(wanted, rel=0.03)


def test_a_poisson_train_has_cv_cv2_and_lv_of_one() -> None:
    train = _gamma_train(1.0, 50_000, 2)
    assert [cv(train), cv2(train), lv(train)] == pytest.approx([1.0, 1.0, 1.0], abs=0.03)


def test_a_slow_change_of_rate_moves_the_cv_and_hardly_cv2_and_lv() -> None:
    steady = _gamma_train(0.2, 4000, 3)
    slowing = steady + 4e-4 * steady**2
    assert cv(slowing) > 1.5 * cv(steady)
    assert cv2(slowing) == pytest.approx(cv2(steady), rel=0.02)
    assert lv(slowing) == pytest.approx(lv(steady), rel=0.02)


@given(TRAINS, st.floats(-1000.0, 1000.0), st.floats(0.1, 10.0))
def test_neither_shifting_nor_stretching_the_clock_changes_regularity(
    train: np.ndarray, shift: float, stretch: float
) -> None:
    moved = train * stretch + shift
    for measure in (cv, cv2, lv):
        assert measure(moved) == pytest.approx(measure(train), rel=1e-6, abs=1e-6)


def test_an_interval_across_a_gap_is_no_interval() -> None:
    support = Support.of(Epoch(0.0, 10.0), Epoch(100.0, 110.0))
    clock = np.concatenate([np.arange(0.5, 10.0), np.arange(100.25, 110.0)])
    assert isi(clock, support=support).size == clock.size - 2
    assert cv(clock) > 1.0
    assert [cv(clock, support=support), cv2(clock, support=support), lv(clock, support=support)] == [0.0, 0.0, 0.0]


def test_too_few_intervals_are_no_number() -> None:
    train = np.arange(10.0)
    assert np.isnan([cv(train[:1]), cv2(train[:2]), lv(train[:2]), cv(train, min_intervals=10)]).all()
    assert np.isnan(cv_interval(train)).all()
    assert isi(np.empty(0)).size == 0
    assert cv(train, min_intervals=9) == 0.0


def test_the_logarithm_of_an_interval_of_zero_is_left_out() -> None:
    train = np.array([0.0, 0.0, 0.1, 10.1])
    np.testing.assert_allclose(log_isi(train), [-1.0, 1.0])
    assert log_isi_sd(train) == pytest.approx(1.0)
    assert np.isnan(log_isi_sd(train, min_intervals=3))


def test_times_out_of_order_are_refused_with_the_spike_named() -> None:
    with pytest.raises(ParameterError, match="spike 2 at 1 s comes after 2 s"):
        isi(np.array([0.0, 2.0, 1.0]))


def test_the_bootstrap_interval_covers_the_true_cv_nearly_as_often_as_it_says() -> None:
    spans = [cv_interval(_gamma_train(0.4, 180, seed), n_resamples=300, seed=seed) for seed in range(150)]
    assert np.mean([low < 0.4 < high for low, high in spans]) > 0.88


def test_the_bootstrap_gives_one_answer_for_one_seed() -> None:
    train = _gamma_train(0.4, 100, 0)
    assert cv_interval(train, seed=7) == cv_interval(train, seed=7) != cv_interval(train, seed=8)


def test_the_interval_histogram_holds_every_interval_or_counts_it_beyond() -> None:
    train = _gamma_train(0.6, 500, 4)
    unit = Unit.from_times(train, support=Epoch(0.0, float(train[-1]) + 1))
    within = Epoch(20.0, 300.0)
    histogram = interval_histogram(unit, within, bin_ms=25.0, max_ms=1500.0)
    inside = isi(train[within.mask(train)])
    assert histogram.n_intervals == inside.size == histogram.counts.sum() + histogram.n_beyond
    assert histogram.n_beyond == np.count_nonzero(inside * 1e3 >= 1500.0) > 0
    assert histogram.edges_ms[-1] == 1500.0


def _assert_as_elephant(train: np.ndarray) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The 'copy' argument in Quantity is deprecated")
        theirs = statistics.isi(train)
    np.testing.assert_allclose(isi(train), theirs)
    assert cv(train) == pytest.approx(statistics.cv(theirs), rel=1e-9)
    assert cv2(train) == pytest.approx(statistics.cv2(theirs), rel=1e-9)
    assert lv(train) == pytest.approx(statistics.lv(theirs), rel=1e-9)
    assert lvr(train) == pytest.approx(statistics.lvr(theirs * pq.s, R=5 * pq.ms), rel=1e-9)
    # No spike lies on an edge, which elephant counts in both windows.
    window = Epoch(float(train[0]) - 1.0, float(train[-1]) + 1.0)
    theirs_hz = statistics.mean_firing_rate(train, t_start=window.start_s, t_stop=window.stop_s)
    assert firing_rate(train, window) == pytest.approx(float(theirs_hz), rel=1e-12)


@pytest.mark.real_data
def test_real_noradrenergic_trains_measure_as_in_elephant_and_fire_as_published(shared_data: Path) -> None:
    cells = json.loads((shared_data / "lc_juxtacellular" / "data_electrophysiology.json").read_text())
    trains = {cell: np.sort(np.array(times)) for cell, times in cells["spikes"].items() if len(times) > 3}
    assert len(trains) == 49
    for cell, train in trains.items():
        _assert_as_elephant(train)
        assert train.size / cells["recording_dur"][cell] == pytest.approx(cells["firing_rate"][cell], rel=1e-3)


@pytest.mark.real_data
def test_real_spontaneous_trains_measure_as_in_elephant(shared_data: Path) -> None:
    tables = loadmat(shared_data / "spike_trains" / "kramer_eden" / "08_spikes-1.mat")
    trains = [np.sort(table.ravel()) for name, table in tables.items() if name.startswith("Spikes")]
    hippocampal = loadmat(shared_data / "spike_trains" / "SynaptiConn" / "all_unit.mat")["unit_t"].ravel()
    trains += [np.sort(times.ravel()) for times in hippocampal]
    assert len(trains) == 18
    for train in trains:
        _assert_as_elephant(train)


def test_small_holes_do_not_take_the_long_intervals_from_a_train() -> None:
    """A hole of 10 ms falls into every other interval: they stay, and the CV with them; one of a second does not."""
    times_s = np.cumsum(np.random.default_rng(0).gamma(4.0, 0.25, 2000))
    whole = Support.of(Epoch(0.0, float(times_s[-1])))
    holed = whole.without(Epoch(at, at + 0.01) for at in np.arange(0.5, times_s[-1] - 1.0, 2.0))
    seen_s = times_s[holed.mask(times_s)]
    assert cv(seen_s, support=holed) == pytest.approx(cv(times_s), rel=0.03)
    assert isi(seen_s, support=holed).mean() == pytest.approx(isi(times_s).mean(), rel=0.02)
    torn = whole.without([Epoch(500.0, 501.0)])
    kept_s = times_s[torn.mask(times_s)]
    assert isi(kept_s, support=torn).size == kept_s.size - 2
