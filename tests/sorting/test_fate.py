"""Silence is not loss: held, lost and undetermined are told apart by what came before and after."""

from __future__ import annotations

import numpy as np
import pytest

from ephys.model import Epoch, Support, Unit
from ephys.sorting import assess_fate
from ephys.sorting.amplitudes import mean_amplitude

BASELINE = Epoch(0.0, 180.0, "baseline")
THRESHOLD_UV, NOISE_UV = 45.0, 10.0


def unit_of(times_s: np.ndarray, amplitudes_uv: np.ndarray, *, stop_s: float = 900.0, seed: int = 0) -> Unit:
    """Unit with noisy amplitudes of which only those above the threshold are seen."""
    order = np.argsort(times_s, kind="stable")
    noisy = amplitudes_uv[order] + np.random.default_rng(seed).normal(0, NOISE_UV, len(times_s))
    seen = noisy >= THRESHOLD_UV
    support = Support.of(Epoch(0.0, stop_s))
    return Unit("1", times_s[order][seen], support, noisy[seen], threshold_uv=THRESHOLD_UV, noise_uv=NOISE_UV)


def clock(start_s: float, stop_s: float, interval_s: float = 0.8) -> np.ndarray:
    return np.arange(start_s, stop_s, interval_s)


def run_down(times_s: np.ndarray, *, from_s: float = 200.0, to_s: float = 450.0) -> np.ndarray:
    """Amplitude that falls in a straight line from 120 µV to the threshold."""
    return np.interp(times_s, [from_s, to_s], [120.0, THRESHOLD_UV])


def test_a_cell_that_returns_after_the_antagonist_is_held() -> None:
    times_s = np.concatenate([clock(0, 400), clock(780, 900)])
    fate = assess_fate(unit_of(times_s, np.full(len(times_s), 120.0)), within=BASELINE)
    assert fate.state == "held"
    assert fate.held_until_s == pytest.approx(900, abs=2)


def test_a_cell_silent_to_the_end_at_full_amplitude_is_undetermined() -> None:
    times_s = clock(0, 400)
    fate = assess_fate(unit_of(times_s, np.full(len(times_s), 120.0)), within=BASELINE)
    assert (fate.state, fate.lost_at_s) == ("undetermined", None)
    assert fate.held_until_s == pytest.approx(400, abs=2)


@pytest.mark.parametrize("seed", range(5))
def test_a_cell_that_ran_down_before_its_silence_is_lost(seed: int) -> None:
    times_s = clock(0, 900)
    falling = np.where(times_s < 460, run_down(times_s), 0.0)
    fate = assess_fate(unit_of(times_s, falling, seed=seed), within=BASELINE)
    assert fate.state == "lost"
    assert fate.lost_at_s is not None
    assert fate.lost_at_s == pytest.approx(450, abs=30)
    assert 300 < fate.held_until_s <= fate.lost_at_s


@pytest.mark.parametrize("size_uv", [50.0, 120.0], ids=["at the threshold", "of a larger neighbour"])
def test_false_spikes_after_the_loss_do_not_bring_the_cell_back(size_uv: float) -> None:
    times_s = clock(0, 460)
    strays = np.array([500.0, 560.0, 640.0, 690.0, 770.0, 850.0, 880.0])
    sizes = np.concatenate([run_down(times_s), np.full(len(strays), size_uv)])
    fate = assess_fate(unit_of(np.concatenate([times_s, strays]), sizes), within=BASELINE)
    assert fate.state == "lost"
    assert fate.lost_at_s == pytest.approx(450, abs=30)


def test_two_false_spikes_in_a_silence_to_the_end_do_not_make_a_cell_held() -> None:
    times_s = np.concatenate([clock(0, 400), [600.0, 750.0]])
    assert assess_fate(unit_of(times_s, np.full(len(times_s), 110.0)), within=BASELINE).state == "undetermined"


def test_a_cell_slowed_but_firing_to_the_end_is_held() -> None:
    times_s = np.concatenate([clock(0, 400), clock(400, 900, 12.0)])
    assert assess_fate(unit_of(times_s, np.full(len(times_s), 110.0)), within=BASELINE).state == "held"


def test_a_small_cell_is_not_lost_for_being_small() -> None:
    times_s = clock(0, 400)
    assert assess_fate(unit_of(times_s, np.full(len(times_s), 58.0)), within=BASELINE).state == "undetermined"


def test_silence_without_amplitudes_stays_undetermined() -> None:
    fate = assess_fate(Unit.from_times(clock(0, 400), support=Epoch(0.0, 900.0)), within=BASELINE)
    assert fate.state == "undetermined"
    assert "amplitudes unknown" in fate.evidence


def test_a_slow_cell_is_allowed_a_longer_pause_at_the_end() -> None:
    every_20_s = Unit.from_times(clock(0, 780, 20.0), support=Epoch(0.0, 900.0))
    assert assess_fate(every_20_s, within=BASELINE).state == "held"


def test_a_gap_at_the_end_is_not_silence() -> None:
    support = Support.of(Epoch(0.0, 400.0), Epoch(890.0, 900.0))
    assert assess_fate(Unit("1", clock(0, 400), support), within=BASELINE).state == "held"


def test_a_unit_that_never_fired_is_undetermined() -> None:
    fate = assess_fate(Unit.from_times([], support=Epoch(5.0, 900.0)), within=BASELINE)
    assert (fate.state, fate.held_until_s) == ("undetermined", 5.0)


def test_larger_spikes_after_a_silence_are_not_a_return() -> None:
    times_s = np.concatenate([clock(0, 400), np.arange(700.0, 900.0, 20.0)])
    sizes = np.where(times_s < 400, 120.0, 300.0)
    fate = assess_fate(unit_of(times_s, sizes), within=BASELINE)
    assert fate.state == "undetermined"
    assert fate.held_until_s == pytest.approx(400, abs=2)


def small_cell(to_uv: float, seed: int) -> Unit:
    """Cell of 5.5 noise SD near its threshold of 4.3, whose amplitude scatters by 0.65 noise SD and falls evenly."""
    times_s = clock(0, 900)
    sizes_uv = np.interp(times_s, [180.0, 900.0], [55.0, to_uv])
    noisy = sizes_uv + np.random.default_rng(seed).normal(0, 6.5, len(times_s))
    seen = noisy >= 43.0
    support = Support.of(Epoch(0.0, 900.0))
    return Unit("1", times_s[seen], support, noisy[seen], threshold_uv=43.0, noise_uv=NOISE_UV)


@pytest.mark.parametrize("seed", range(5))
def test_a_small_cell_of_which_most_spikes_are_found_is_not_lost(seed: int) -> None:
    assert assess_fate(small_cell(52.0, seed), within=BASELINE).state == "held"  # 92 % found at the end


def test_a_small_cell_that_sinks_below_its_threshold_is_lost_though_what_is_seen_stays_above() -> None:
    fates = [assess_fate(small_cell(36.0, seed), within=BASELINE) for seed in range(10)]  # 14 % found at the end
    assert sum(fate.state == "lost" for fate in fates) >= 8


def test_the_mean_of_what_was_fired_is_told_from_what_was_seen() -> None:
    unit = small_cell(36.0, seed=3)
    known = unit.times_s > 850.0
    assert np.median(unit.amplitudes_uv[known]) > 43.0
    assert mean_amplitude(unit.amplitudes_uv[known], unit) < 43.0
    assert mean_amplitude(unit.amplitudes_uv[unit.times_s < 180.0], unit) == pytest.approx(55.0, abs=2.0)
