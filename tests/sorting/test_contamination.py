"""Spikes that are not the cell's are counted where it is silent itself; doublets and irregularity are no fault."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat

from ephys.errors import CoverageError, ParameterError
from ephys.model import Epoch, Support, Unit
from ephys.simulation import CellSpec, DoseSchedule, add_doublets, renewal_train, simulate_session
from ephys.sorting import (
    FalseSpikes,
    FalseSpikeSettings,
    cluster_waveforms,
    compare_units,
    false_spike_rate,
    sort_units,
)
from ephys.sorting.agreement import count_coincidences

BASELINE = Epoch(0.0, 300.0, "baseline")


def steady(rate_hz: float, cv: float, rng: np.random.Generator, *, stop_s: float = BASELINE.stop_s) -> np.ndarray:
    return renewal_train(np.array([0.0, stop_s]), np.full(2, rate_hz), cv=cv, seed=rng)


def cell(rate_hz: float, cv: float, rng: np.random.Generator) -> np.ndarray:
    """A slow cell of which one event in ten is a doublet."""
    return add_doublets(steady(rate_hz, cv, rng), share=0.1, seed=rng)[0]


def strays(kind: str, rate_hz: float, rng: np.random.Generator) -> np.ndarray:
    """Spikes of a neighbour: at random, all of a regular one, or some of a fast one."""
    if kind == "poisson":
        return np.sort(rng.uniform(0.0, BASELINE.stop_s, rng.poisson(rate_hz * BASELINE.duration_s)))
    if kind == "regular":
        return steady(rate_hz, 0.3, rng)
    fast = steady(12.0, 0.5, rng)
    return fast[rng.random(len(fast)) < rate_hz / 12.0]


def judged(*trains: np.ndarray, within: Epoch = BASELINE) -> FalseSpikes:
    return false_spike_rate(Unit.from_times(np.sort(np.concatenate(trains)), support=within), within=within)


@pytest.mark.parametrize(("rate_hz", "cv"), [(0.6, 0.3), (1.0, 0.2), (1.5, 0.3), (1.5, 0.45), (1.2, 0.6), (3.0, 0.4)])
def test_a_clean_cell_is_hardly_ever_accused(rate_hz: float, cv: float) -> None:
    rng = np.random.default_rng(1)
    accused = [judged(cell(rate_hz, cv, rng)).used_hz > 0 for _ in range(200)]
    assert np.mean(accused) <= 0.05


@pytest.mark.parametrize("kind", ["poisson", "regular", "fast"])
@pytest.mark.parametrize("share", [0.05, 0.1, 0.2])
def test_the_rate_is_recovered_whoever_the_neighbour_is(share: float, kind: str) -> None:
    rng = np.random.default_rng(2)
    truth, found, covered = [], [], []
    for _ in range(200):
        own = cell(1.5, 0.3, rng)
        false = strays(kind, share / (1.0 - share) * len(own) / BASELINE.duration_s, rng)
        seen = judged(own, false)
        truth.append(len(false) / BASELINE.duration_s)
        found.append(seen.used_hz)
        covered.append(seen.low_hz <= truth[-1] <= seen.high_hz)
    assert np.mean(found) == pytest.approx(np.mean(truth), rel=0.15)
    assert np.mean(covered) >= 0.95


def test_count_and_bounds_are_what_the_equation_gives_by_hand() -> None:
    clock = np.arange(0.25, 300.0, 0.5)
    found = judged(clock, clock[100:600:100] + 0.04)
    n, chance_per_pair = 605, 0.055 / 300.0
    by_hand = (2 * n - math.sqrt(4 * n**2 - 4 * 5 / chance_per_pair)) / 2
    lowest = (2 * n - math.sqrt(4 * n**2 - 4 * (1.6235 - 0.05) / chance_per_pair)) / 2
    highest = (2 * n - math.sqrt(4 * n**2 - 8 * 11.6683 / chance_per_pair)) / 4
    assert found.n_violations == 5
    assert found.rate_hz == pytest.approx(by_hand / 300.0, rel=1e-6)
    assert (found.low_hz, found.high_hz) == pytest.approx((lowest / 300.0, highest / 300.0), rel=1e-3)
    assert found.evidence.startswith("5 intervals of 20 to 75 ms in 300 s")


def test_one_such_interval_is_no_evidence_and_two_are() -> None:
    clock = np.arange(0.25, 300.0, 0.5)
    assert judged(clock, clock[100:101] + 0.04).rate_hz == 0.0
    assert judged(clock, clock[100:102] + 0.04).rate_hz > 0.0


def test_doublets_and_what_trails_them_are_the_cell_s_own() -> None:
    rng = np.random.default_rng(3)
    own = steady(1.5, 0.3, rng)
    first = own[:-1][np.diff(own) > 0.2][::3]
    second = first + rng.uniform(0.002, 0.0199, len(first))
    assert judged(own, second).rate_hz == 0.0
    trailing = judged(own, second, second + 0.03)
    assert (trailing.n_violations, trailing.rate_hz) == (0, 0.0)


def test_only_the_baseline_counts() -> None:
    rng = np.random.default_rng(4)
    own, later = cell(1.5, 0.3, rng), BASELINE.stop_s + strays("poisson", 0.5, rng)
    unit = Unit.from_times(np.concatenate([own, later]), support=Epoch(0.0, 600.0))
    assert false_spike_rate(unit, within=BASELINE) == judged(own)


def test_nothing_is_concluded_across_a_gap_and_seconds_are_those_recorded() -> None:
    clock = np.arange(0.25, 300.0, 0.5)
    parts = [Epoch(0.0, 100.02), Epoch(100.07, 200.02), Epoch(200.07, 300.0)]
    around = np.array([100.01, 100.08, 200.01, 200.08])
    times_s = np.sort(np.concatenate([clock, around]))
    gappy = false_spike_rate(Unit.from_times(times_s, support=Support(tuple(parts))), within=BASELINE)
    assert (gappy.n_violations, gappy.rate_hz) == (0, 0.0)
    assert judged(times_s).n_violations == 2
    false = clock[20:200:20] + 0.04
    half = Support.of(Epoch(0.0, 150.0), Epoch(250.0, 300.0))
    kept = np.sort(np.concatenate([clock, false]))
    kept = kept[half.mask(kept)]
    split = false_spike_rate(Unit.from_times(kept, support=half), within=BASELINE)
    joined = np.where(kept < 200.0, kept, kept - 100.0)
    assert split.rate_hz == pytest.approx(judged(joined, within=Epoch(0.0, 200.0)).rate_hz, rel=1e-3)


def test_a_silent_baseline_has_no_false_spikes_up_to_its_bound() -> None:
    silent = false_spike_rate(Unit.from_times([400.0], support=Epoch(0.0, 600.0)), within=BASELINE)
    assert (silent.rate_hz, silent.low_hz) == (0.0, 0.0)
    assert silent.high_hz == pytest.approx(3.689 / 300.0, rel=1e-3)


def test_what_cannot_be_known_is_nan_and_reckoned_as_none() -> None:
    rng = np.random.default_rng(5)
    few = judged(np.arange(0.5, 10.0))
    chance = judged(strays("poisson", 1.5, rng))
    irregular = judged(steady(1.5, 0.9, rng))
    whole = Support.of(BASELINE)
    hash_unit = false_spike_rate(Unit("m", cell(1.5, 0.3, rng), whole, multi_unit=True), within=BASELINE)
    for unknown in (few, chance, irregular, hash_unit):
        assert math.isnan(unknown.rate_hz)
        assert unknown.used_hz == 0.0
        assert unknown.high_hz > 0.0
        assert unknown.evidence.startswith("unknown")


def test_spike_times_alone_are_enough() -> None:
    rng = np.random.default_rng(6)
    times_s = np.sort(np.concatenate([cell(1.5, 0.3, rng), strays("poisson", 0.2, rng)]))
    sorted_here = Unit("1", times_s, Support.of(BASELINE), np.full(len(times_s), 90.0), threshold_uv=45.0, noise_uv=9.0)
    assert false_spike_rate(sorted_here, within=BASELINE) == judged(times_s)


def test_a_fast_cell_is_judged_by_its_refractory_time() -> None:
    rng = np.random.default_rng(7)
    clean, truth, found = [], [], []
    for _ in range(60):
        own, false = steady(12.0, 0.5, rng), strays("poisson", 1.2, rng)
        clean.append(judged(own))
        truth.append(len(false) / BASELINE.duration_s)
        found.append(judged(own, false))
    assert all("1.5 to 2 ms" in seen.evidence for seen in clean)
    assert np.mean([seen.used_hz > 0 for seen in clean]) <= 0.05
    assert np.mean([seen.used_hz for seen in found]) == pytest.approx(np.mean(truth), rel=0.2)


def test_more_short_intervals_than_chance_can_leave_are_no_neighbour_s() -> None:
    clock = np.arange(0.025, 300.0, 0.05)
    twice = judged(clock, clock[::3] + 0.0017)
    assert twice.n_violations == 2000
    assert math.isnan(twice.rate_hz)


def test_the_quiet_time_lasts_longer_in_a_slower_cell_but_not_for_ever() -> None:
    evidence = [judged(np.arange(0.25, 300.0, step_s)).evidence for step_s in (0.5, 1.0, 3.0)]
    for text, end_ms in zip(evidence, (75, 100, 150), strict=True):
        assert f"intervals of 20 to {end_ms} ms" in text


def test_a_doublet_at_the_very_end_changes_nothing() -> None:
    own = steady(1.5, 0.6, np.random.default_rng(9))
    before, after = judged(own), judged(own, own[-1:] + 0.008)
    assert before.own_violations > 1.0
    assert after.own_violations == pytest.approx(before.own_violations, rel=1e-6)


def test_a_window_that_was_not_recorded_is_refused() -> None:
    with pytest.raises(CoverageError, match="nothing was recorded"):
        false_spike_rate(Unit.from_times([1.0], support=Epoch(0.0, 10.0)), within=Epoch(20.0, 30.0, "baseline"))


def test_windows_out_of_order_are_refused() -> None:
    with pytest.raises(ParameterError, match="dead_time_ms < refractory_ms"):
        FalseSpikeSettings(refractory_ms=1.0)
    with pytest.raises(ParameterError, match="level"):
        FalseSpikeSettings(level=95.0)


@pytest.mark.real_data
def test_no_cell_heard_alone_is_accused(shared_data: Path) -> None:
    """Juxtacellular: whatever such a monoamine cell fires is its own, in any three minutes of it."""
    cells = json.loads((shared_data / "lc_juxtacellular" / "data_electrophysiology.json").read_text())
    seen = []
    for name, times in cells["spikes"].items():
        stop_s = cells["recording_dur"][name]
        unit = Unit.from_times(np.sort(times), support=Epoch(0.0, stop_s), id=name)
        starts_s = np.arange(0.0, max(stop_s - 180.0, 1.0), 60.0)
        seen += [false_spike_rate(unit, within=Epoch(start_s, start_s + 180.0)) for start_s in starts_s]
    known = [found for found in seen if not math.isnan(found.rate_hz)]
    assert len(known) > 30
    assert np.mean([found.rate_hz > 0 for found in known]) <= 0.05


@pytest.mark.real_data
@pytest.mark.parametrize("noise", ["005", "015"])
def test_snippets_taken_for_the_wrong_cell_are_counted(shared_data: Path, noise: str) -> None:
    """Labelled shapes, clustered by us, on trains of slow cells: the strays are the clustering's own mistakes."""
    known = loadmat(shared_data / "groundtruth" / "wave_clus" / f"spikes_C_Difficult2_noise{noise}.mat")
    labels, clusters = known["spikes_labels"].ravel(), cluster_waveforms(known["spikes"], sampling_hz=24000.0)
    rng = np.random.default_rng(8)
    truth, found, covered = [], [], []
    for _ in range(10):
        fired_s = _fired(labels, rng)
        for number in range(3):
            mine = clusters == number
            owner = np.bincount(labels[mine & (labels > 0)]).argmax()
            inside = mine & (fired_s < BASELINE.stop_s)
            truth.append(np.count_nonzero(inside & (labels != owner)) / BASELINE.duration_s)
            seen = judged(fired_s[inside])
            found.append(seen.used_hz)
            covered.append(seen.low_hz <= truth[-1] <= seen.high_hz)
    assert np.mean(truth) > 0.1
    assert np.mean(found) == pytest.approx(np.mean(truth), rel=0.2)
    assert np.mean(covered) >= 0.9


def _fired(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """When each labelled snippet came, if each cell were slow and regular; what has no cell (-1) came at random."""
    fired_s = np.full(len(labels), np.inf)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        share = BASELINE.duration_s * 1.5 / np.count_nonzero(labels == max(label, 1))
        times_s = steady(1.5, 0.3, rng) if label > 0 else strays("poisson", share * len(members) / 300.0, rng)
        n_spikes = min(len(times_s), len(members))
        fired_s[members[:n_spikes]] = times_s[:n_spikes]
    return fired_s


@pytest.mark.slow
def test_what_the_sorter_takes_for_a_cell_lies_within_the_interval() -> None:
    """Cells of like size on one wire, faint ones among them: false spikes counted against the truth."""
    schedule = DoseSchedule(baseline_s=180.0, interval_s=60.0, cumulative_ug_kg=(1280.0,), recovery_s=60.0)
    baseline = Epoch(0.0, 180.0)
    slow = CellSpec(name="slow", amplitude_uv=55.0)
    hard = (
        CellSpec(
            name="irregular", cell_type="slow_irregular", cv=0.8, rate_hz=4.0, amplitude_uv=60.0, emax_percent=0.0
        ),
        CellSpec(name="fast", cell_type="fast", polarity=1, rate_hz=15.0, cv=0.6, amplitude_uv=55.0, emax_percent=0.0),
    )
    alike = (CellSpec(name="big"), CellSpec(name="near", rate_hz=1.3, amplitude_uv=80.0, width=0.9))
    truth, found = [], []
    for seed, others in ((0, hard), (1, hard), (0, alike), (1, alike)):
        simulated = simulate_session(seed, cells=(slow, *others), schedule=schedule)
        assert simulated.session.recording is not None
        units = sort_units(simulated.session.recording)
        match = compare_units(simulated.true_units, units)[0]
        unit, cell = next(unit for unit in units if unit.id == match.found), simulated.true_units[0]
        mine, true = (train.times_s[baseline.mask(train.times_s)] for train in (unit, cell))
        truth.append((len(mine) - count_coincidences(true, mine)) / baseline.duration_s)
        found.append(false_spike_rate(unit, within=baseline))
    assert all(seen.low_hz <= true_hz <= seen.high_hz for true_hz, seen in zip(truth, found, strict=True))
    assert all(seen.high_hz < 0.4 for seen in found)
    assert max(truth) < 0.08
