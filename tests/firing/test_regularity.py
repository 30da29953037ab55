"""Regularity with intervals that hold the truth as often as they say, in trains that remember, too."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.firing import (
    BootstrapSettings,
    BurstSettings,
    RegularitySettings,
    block_estimate,
    cv,
    cv2,
    cv_interval,
    log_isi_mean,
    log_isi_sd,
    lv,
    lvr,
    measure_regularity,
    resampled_means,
)
from ephys.model import Epoch, Support, Unit

MEASURES = ("mean_isi_s", "cv", "cv2", "lv", "lvr", "log_isi_mean", "log_isi_sd")
QUICK = RegularitySettings(bootstrap=BootstrapSettings(n_resamples=300))


def _gamma_intervals(cv_wanted: float, n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).gamma(cv_wanted**-2, cv_wanted**2, n)


def _alike_neighbours(correlation: float, n: int, seed: int) -> np.ndarray:
    """Lognormal intervals whose logarithms correlate with the next."""
    noise = np.random.default_rng(seed).normal(size=n)
    logs = np.empty(n)
    logs[0] = noise[0]
    for i in range(1, n):
        logs[i] = correlation * logs[i - 1] + np.sqrt(1 - correlation**2) * noise[i]
    return np.exp(0.4 * logs)


def _train(intervals: np.ndarray) -> np.ndarray:
    return np.concatenate([[0.0], np.cumsum(intervals)])


def test_every_value_is_that_of_the_function_of_its_name() -> None:
    train = _train(_gamma_intervals(0.6, 150, 1))
    found = measure_regularity(train)
    assert found.n_intervals == 150
    assert found.mean_isi_s.value == pytest.approx(np.diff(train).mean())
    for name, measure in (("cv", cv), ("cv2", cv2), ("lv", lv), ("lvr", lvr)):
        assert getattr(found, name).value == pytest.approx(measure(train))
    assert (
        found.log_isi_mean.value == pytest.approx(log_isi_mean(train)) == pytest.approx(np.log10(np.diff(train)).mean())
    )
    assert found.log_isi_sd.value == pytest.approx(log_isi_sd(train)) == pytest.approx(np.log10(np.diff(train)).std())
    assert (found.cv.low, found.cv.high) == pytest.approx(cv_interval(train))


@pytest.mark.parametrize("n", [50, 200])
@pytest.mark.parametrize("wanted", [0.2, 0.5, 1.2])
def test_the_intervals_hold_the_truth_of_a_gamma_train_as_often_as_they_say(wanted: float, n: int) -> None:
    truth = measure_regularity(
        _train(_gamma_intervals(wanted, 200_000, 999)),
        settings=RegularitySettings(bootstrap=BootstrapSettings(n_resamples=99)),
    )
    held = dict.fromkeys(MEASURES, 0)
    for seed in range(120):
        found = measure_regularity(_train(_gamma_intervals(wanted, n, seed)), settings=QUICK)
        for name in MEASURES:
            held[name] += getattr(found, name).low <= getattr(truth, name).value <= getattr(found, name).high
    # 120 trains at 95 %: 107 is three standard errors below.
    assert min(held.values()) >= 105, held


def test_an_interval_that_forgets_the_order_is_too_short_where_neighbours_are_alike() -> None:
    many = _alike_neighbours(0.6, 100_000, 1)
    true_cv, true_mean = many.std() / many.mean(), many.mean()
    alone = BootstrapSettings(n_resamples=300, block_factor=1e-6)
    blocks = BootstrapSettings(n_resamples=300)
    held = np.zeros((2, 2))
    for seed in range(150):
        values = _alike_neighbours(0.6, 100, seed)
        for row, settings in enumerate((blocks, alone)):
            for column, (statistic, true) in enumerate((("cv", true_cv), ("positive_mean", true_mean))):
                found = block_estimate(values, statistic, settings=settings)  # type: ignore[arg-type]
                held[row, column] += found.low <= true <= found.high
    assert (held[0] / 150 > 0.85).all()
    assert held[1, 1] / 150 < 0.8


def test_a_clock_has_no_variation_and_no_width() -> None:
    found = measure_regularity(np.arange(0.0, 60.0, 0.75))
    for name in ("cv", "cv2", "lv", "lvr", "log_isi_sd"):
        estimate = getattr(found, name)
        assert (estimate.value, estimate.low, estimate.high) == pytest.approx((0.0, 0.0, 0.0), abs=1e-9)
    assert found.mean_isi_s.value == pytest.approx(0.75)


def test_too_few_intervals_are_nan_with_the_number_in_words() -> None:
    found = measure_regularity(np.arange(20.0))
    assert all(np.isnan(getattr(found, name).value) for name in MEASURES)
    assert found.note == "19 intervals, fewer than 50"
    assert measure_regularity(np.arange(20.0), settings=RegularitySettings(min_intervals=19)).cv.value == pytest.approx(
        0
    )


def test_gaps_and_bursts_are_no_irregularity() -> None:
    clock = np.concatenate([np.arange(0.5, 60.0), np.arange(200.25, 260.0)])
    doublets = np.sort(np.concatenate([clock, clock[::3] + 0.008]))
    unit = Unit.from_times(doublets, support=Support.of(Epoch(0.0, 60.0), Epoch(200.0, 260.0)))
    assert measure_regularity(unit).cv.value > 0.5
    collapsed = measure_regularity(unit, settings=RegularitySettings(bursts=BurstSettings()))
    assert collapsed.n_intervals == 118
    assert collapsed.cv.value == pytest.approx(0.0, abs=1e-9)
    assert measure_regularity(unit, Epoch(0.0, 30.0)).n_intervals == 39


def test_one_pause_longer_than_all_the_rest_does_not_send_the_interval_to_the_sky() -> None:
    intervals = _gamma_intervals(0.5, 200, 3)
    intervals[90] = 20.0
    found = measure_regularity(_train(intervals)).cv
    assert found.low < found.value < found.high < 10.0


def test_the_refractoriness_raises_the_lvr_of_a_fast_cell() -> None:
    fast = _train(_gamma_intervals(0.5, 300, 2) / 50)
    assert lvr(fast, refractoriness_s=0.0) == pytest.approx(lv(fast))
    assert lvr(fast) > 1.3 * lv(fast)
    with pytest.raises(ParameterError, match="refractoriness_s of LvR must be 0 or more"):
        lvr(fast, refractoriness_s=-0.1)


def test_resampled_means_scatter_as_means_do() -> None:
    values = np.random.default_rng(0).normal(3.0, 2.0, (1, 400))
    means = resampled_means(values)
    assert means.mean() == pytest.approx(values.mean(), abs=0.02)
    assert means.std() == pytest.approx(2.0 / 20, rel=0.2)


@pytest.mark.parametrize("wrong", [{"level": 1.0}, {"n_resamples": 10}, {"block_factor": 0.0}])
def test_a_bootstrap_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ParameterError, match="a bootstrap needs"):
        BootstrapSettings(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="3 intervals or more"):
        RegularitySettings(min_intervals=1)
    with pytest.raises(ParameterError, match="two values or more, got 1"):
        block_estimate(np.ones(1), "mean")


@pytest.mark.real_data
def test_real_noradrenergic_cells_are_less_regular_than_clocks_and_most_no_more_irregular_than_chance(
    shared_data: Path,
) -> None:
    cells = json.loads((shared_data / "lc_juxtacellular" / "data_electrophysiology.json").read_text())["spikes"]
    found = [measure_regularity(np.sort(np.array(times)), settings=QUICK) for times in cells.values()]
    judged = [regularity for regularity in found if not regularity.note]
    assert (len(found), len(judged)) == (50, 47)
    for regularity in judged:
        for name in MEASURES:
            estimate = getattr(regularity, name)
            assert estimate.low <= estimate.value <= estimate.high
    assert np.median([regularity.cv.value for regularity in judged]) == pytest.approx(0.75, abs=0.1)
    assert all(0.1 < regularity.lv.value < 2.0 for regularity in judged)
