"""The trough and the side peak of the autocorrelogram, against renewal theory."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from scipy.io import loadmat

from ephys.errors import ParameterError
from ephys.firing import RhythmicitySettings, measure_rhythmicity
from ephys.model import Epoch, Support, Unit

QUICK = RhythmicitySettings(replicates=99)


def _unit(cv: float, n: int, seed: int, *, mean_s: float = 1.0) -> Unit:
    times = np.cumsum(np.random.default_rng(seed).gamma(cv**-2, mean_s * cv**2, n))
    return Unit.from_times(times, support=Epoch(0.0, float(times[-1]) + 0.001))


def _renewal(cv: float) -> tuple[float, float, float]:
    """Trough, height and lag of the first peak of a gamma train: the densities of 1, 2, ... intervals, summed."""
    lag = np.arange(0.001, 1.5, 0.001)
    rate = sum(stats.gamma.pdf(lag, order * cv**-2, scale=cv**2) for order in range(1, 30))
    return float(lag[np.argmax(rate >= 0.5)]), float(rate.max()), float(lag[np.argmax(rate)])


@pytest.mark.parametrize("cv", [0.15, 0.25, 0.4])
def test_trough_and_peak_are_those_of_renewal_theory_and_their_intervals_hold_them(cv: float) -> None:
    truth = _renewal(cv)
    found = [measure_rhythmicity(_unit(cv, 200, seed), settings=QUICK) for seed in range(40)]
    for name, true, near in zip(("trough_s", "peak", "peak_lag_s"), truth, (0.03, 0.08, 0.08), strict=True):
        estimates = [getattr(cell, name) for cell in found]
        assert np.nanmedian([estimate.value for estimate in estimates]) == pytest.approx(true, rel=near)
        # 40 at 90 %: 30 is three standard errors below.
        assert sum(estimate.low <= true <= estimate.high for estimate in estimates) >= 30
    assert sum(cell.rhythmic for cell in found) >= (28 if cv == 0.4 else 40)


def test_a_train_without_memory_has_no_trough_and_is_rhythmic_no_more_often_than_chance_says() -> None:
    found = [measure_rhythmicity(_unit(1.0, 150, seed), settings=QUICK) for seed in range(100)]
    assert sum(cell.rhythmic for cell in found) <= 12
    assert np.median([cell.trough_s.value for cell in found]) == 0.0


def test_a_slow_change_of_rate_is_no_rhythm() -> None:
    rhythmic = 0
    for seed in range(60):
        events = np.cumsum(np.random.default_rng(seed).exponential(1.0, 300))
        slowed = events * (1.0 + events / events[-1])  # the rate falls to a third
        rhythmic += measure_rhythmicity(Unit.from_times(slowed, support=Epoch(0.0, 1000.0)), settings=QUICK).rhythmic
    assert rhythmic <= 9


def test_a_train_whose_rate_only_falls_off_after_a_spike_has_no_side_peak() -> None:
    random = np.random.default_rng(0)
    parents = np.cumsum(random.exponential(4.0, 120))
    clustered = np.sort((parents[:, np.newaxis] + random.exponential(0.8, (120, 3))).ravel())
    cell = measure_rhythmicity(Unit.from_times(clustered, support=Epoch(0.0, 1000.0)), settings=QUICK)
    assert np.isnan([cell.peak.value, cell.peak_lag_s.value, cell.p]).all()
    assert not cell.rhythmic
    assert cell.note.startswith("no side peak: the rate is highest at")
    assert cell.trough_s.value == 0.0


def test_doublets_hide_neither_trough_nor_rhythm() -> None:
    events = _unit(0.2, 200, 5)
    doublets = np.sort(np.concatenate([events.times_s, events.times_s[::2] + 0.009]))
    bursting = Unit.from_times(doublets, support=Epoch(0.0, events.support.stop_s + 1.0))
    plain = measure_rhythmicity(events, settings=QUICK)
    assert measure_rhythmicity(bursting, settings=QUICK).trough_s.value == pytest.approx(plain.trough_s.value, rel=0.02)


def test_the_trough_scales_with_the_cell_and_lags_into_a_gap_are_left_out() -> None:
    slow, fast = (measure_rhythmicity(_unit(0.3, 300, 7, mean_s=mean), settings=QUICK) for mean in (2.0, 0.1))
    assert slow.trough_s.value == pytest.approx(20 * fast.trough_s.value, rel=1e-6)
    whole = _unit(0.3, 300, 7)
    early = whole.times_s[whole.times_s < 100.0]
    ahead_s = 5.5 * np.median(np.diff(early))
    windowed = measure_rhythmicity(whole, Epoch(0.0, 100.0), settings=QUICK)
    assert windowed.n_events == np.count_nonzero(early + ahead_s <= 100.0) < early.size - 3
    support = Support.of(Epoch(0.0, 100.0), Epoch(130.0, whole.support.stop_s))
    torn = Unit.from_times(whole.times_s[support.mask(whole.times_s)], support=support)
    cell = measure_rhythmicity(torn, settings=QUICK)
    assert cell.n_events == pytest.approx(300 - 30 - 2 * 5.5, abs=6)
    assert cell.trough_s.value == pytest.approx(measure_rhythmicity(whole, settings=QUICK).trough_s.value, rel=0.1)


def test_pairs_of_spikes_far_apart_have_no_plateau_and_say_so() -> None:
    times = np.cumsum([1.0, *[0.03, 30.0] * 60, *[0.03] * 2])
    cell = measure_rhythmicity(Unit.from_times(times, support=Epoch(0.0, 2000.0)), settings=QUICK)
    assert np.isnan([cell.trough_s.value, cell.peak.value]).all()
    assert cell.note == f"no plateau: 1 of {cell.n_events} events have a spike at its lags"


def test_too_few_spikes_are_nan_with_the_reason() -> None:
    few = measure_rhythmicity(_unit(0.3, 40, 1))
    assert np.isnan([few.trough_s.value, few.peak.value, few.p]).all()
    assert few.note == "39 intervals (a burst is one event), fewer than 50"
    nearly = measure_rhythmicity(_unit(0.3, 53, 1))
    assert nearly.note.endswith("events followed by 5.5 median intervals of recording, fewer than 50")
    with pytest.raises(ParameterError, match="rhythmicity needs 0 < peak_from"):
        RhythmicitySettings(peak_from=2.0)
    with pytest.raises(ParameterError, match="99 replicates"):
        RhythmicitySettings(replicates=10)


@pytest.mark.real_data
def test_real_noradrenergic_cells_rest_after_a_spike_and_hardly_a_hippocampal_burster_does(shared_data: Path) -> None:
    cells = json.loads((shared_data / "lc_juxtacellular" / "data_electrophysiology.json").read_text())["spikes"]
    noradrenergic = [np.sort(np.array(times)) for times in cells.values() if len(times) > 200]
    tetrode = loadmat(shared_data / "spike_trains" / "SynaptiConn" / "all_unit.mat")["unit_t"].ravel()
    hippocampal = [np.sort(times.ravel()) for times in tetrode]
    troughs = []
    for trains in (noradrenergic, hippocampal):
        units = [Unit.from_times(train, support=Epoch(0.0, float(train[-1]) + 0.001)) for train in trains]
        troughs.append([measure_rhythmicity(unit, settings=QUICK).trough_s for unit in units])
    assert all(0.05 < trough.value < 0.5 for trough in troughs[0])
    assert all(trough.low <= trough.value <= trough.high for trough in troughs[0])
    assert all(trough.value < 0.02 for trough in troughs[1])
