"""Small cells are found by their whole shape; noise and the hash of distant cells are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ephys.model import Recording
from ephys.simulation import CellSpec, DoseSchedule, simulate_session, spike_shape
from ephys.simulation.spikes import sorting_band_peak
from ephys.sorting import compare_units, sort_units
from ephys.sorting.faint import FaintSettings, MatchedFilters, _faint, least_sizes, strongest_apart
from ephys.sorting.features import FeatureSpace
from ephys.sorting.templates import Template
from ephys.sorting.waveforms import Window

FS, NOISE_UV = 20000.0, 10.0
WINDOW = Window.of_ms((-0.8, 1.6), FS)
SHORT = DoseSchedule(baseline_s=120.0, interval_s=60.0, cumulative_ug_kg=(80.0,), vehicle="", recovery_s=60.0)


def cell(name: str, ratio: float, **given: object) -> CellSpec:
    """A cell of a peak-to-noise ratio."""
    spec = CellSpec(name=name, emax_percent=0.0, **given)  # type: ignore[arg-type]
    peak = sorting_band_peak(spike_shape(spec), sampling_hz=FS)
    return CellSpec(name=name, emax_percent=0.0, amplitude_uv=ratio * NOISE_UV / peak, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [0, 1])
def test_cells_of_four_noise_sd_are_found_though_half_their_spikes_cross_no_threshold(seed: int) -> None:
    cells = (cell("wide", 4.0, rate_hz=2.0), cell("fast", 4.5, cell_type="fast", rate_hz=8.0, cv=0.5, polarity=-1))
    simulated = simulate_session(seed, cells=cells, schedule=SHORT, noise_uv=NOISE_UV, sampling_hz=FS)
    assert simulated.session.recording is not None
    units = sort_units(simulated.session.recording)
    matches = compare_units(simulated.true_units, units)
    assert min(match.accuracy for match in matches) >= 0.75
    for match in matches:
        unit = next(unit for unit in units if unit.id == match.found)
        assert not unit.multi_unit
        assert unit.threshold_uv < 4.4 * unit.noise_uv
        assert unit.amplitudes_uv.min() >= unit.threshold_uv


def test_the_hash_of_distant_cells_is_no_unit() -> None:
    simulated = simulate_session(3, cells=(), schedule=SHORT, noise_uv=NOISE_UV, hash_rate_hz=120.0, sampling_hz=FS)
    assert simulated.session.recording is not None
    assert all(unit.multi_unit for unit in sort_units(simulated.session.recording))


def template(peak_uv: float, *, energy: float, spread: float, track: tuple[float, ...] = (1.0, 1.0)) -> Template:
    mean = -peak_uv * np.exp(-0.5 * (np.arange(-40, 80) / 4.0) ** 2)[:, np.newaxis].astype(np.float32)
    axis = np.array([np.sqrt(energy), 0.0])
    samples = np.linspace(0.0, 1e6, len(track))
    return Template(0, 0.0, mean, axis, samples, np.array(track), spread, 30.0, 5.0)


def least(one: Template, settings: FaintSettings | None = None) -> float:
    return float(least_sizes([one], np.array([10.0]), settings or FaintSettings(), unit_threshold_sd=4.5)[0])


def test_a_large_unit_keeps_the_usual_threshold() -> None:
    assert least(template(120.0, energy=600.0, spread=0.08)) == pytest.approx(4.5 / 12.0)


def test_a_small_unit_is_looked_for_as_far_down_as_its_spread_says_but_not_into_the_hash() -> None:
    assert least(template(55.0, energy=200.0, spread=0.07)) == pytest.approx(0.79)
    assert least(template(55.0, energy=200.0, spread=0.07, track=(1.1, 0.8))) == pytest.approx(4.2 / 5.5)
    assert least(template(50.0, energy=150.0, spread=0.1)) == pytest.approx(3.7 / 5.0)


def test_what_spreads_too_widely_for_one_cell_is_not_looked_for() -> None:
    assert least(template(50.0, energy=150.0, spread=0.3)) == pytest.approx(0.9)


@pytest.mark.parametrize(("peak_uv", "faint"), [(39.9, False), (40.0, True), (66.9, True), (67.0, False)])
def test_units_between_the_threshold_and_what_always_crosses_it_are_looked_for(peak_uv: float, faint: bool) -> None:
    one = template(peak_uv, energy=100.0, spread=0.1)
    assert _faint([one], np.array([10.0]), FaintSettings()).tolist() == [faint]


@pytest.mark.parametrize(("spread", "faint"), [(0.159, True), (0.161, False)])
def test_the_spread_of_one_small_cell_is_little_more_than_the_noise(spread: float, faint: bool) -> None:
    one = template(55.0, energy=100.0, spread=spread)
    assert _faint([one], np.array([10.0]), FaintSettings()).tolist() == [faint]


def test_of_two_templates_of_a_unit_the_one_on_its_usual_phase_is_looked_for() -> None:
    one = template(55.0, energy=100.0, spread=0.1)
    found = _faint([replace(one, lag=-8.0), one, replace(one, lag=8.0)], np.array([10.0]), FaintSettings())
    assert found.tolist() == [False, True, False]


def test_no_spike_counts_below_a_share_of_its_unit_or_that_the_filter_would_miss() -> None:
    """Each limit where it is the one that holds; where the usual threshold is lower, that stays."""
    deep = FaintSettings(least_peak_sd=2.0)
    assert least(template(60.0, energy=900.0, spread=0.05, track=(0.5, 0.5)), deep) == pytest.approx(0.6)
    assert least(template(65.0, energy=64.0, spread=0.16)) == pytest.approx(4.3 / 6.5)
    assert least(template(65.0, energy=64.0, spread=0.16), FaintSettings(least_sd=5.4)) == pytest.approx(5.4 / 8.0)
    assert least(template(65.0, energy=50.0, spread=0.16)) == pytest.approx(4.5 / 6.5)
    assert least(template(65.0, energy=200.0, spread=0.07, track=(1.5, 1.5))) == pytest.approx(4.5 / 6.5)


def test_a_unit_is_as_small_as_it_was_for_some_time_not_for_a_moment() -> None:
    track = np.full(1001, 1.1)
    track[:20] = 0.2
    assert least(template(55.0, energy=200.0, spread=0.1, track=tuple(track))) == pytest.approx(0.8)
    track[:60] = 0.2
    assert least(template(55.0, energy=200.0, spread=0.1, track=tuple(track))) == pytest.approx(4.2 / 5.5)


def filters(threshold: float) -> MatchedFilters:
    shape = np.exp(-0.5 * (np.arange(-WINDOW.pre, WINDOW.post) / 4.0) ** 2)
    one = template(50.0, energy=100.0, spread=0.1)
    space = FeatureSpace(np.stack([shape / np.sqrt((shape**2).sum()) / 3.0, np.zeros_like(shape)], axis=1))
    return MatchedFilters.of(
        [one],
        np.array([threshold / 10.0]),
        space,
        np.array([10.0]),
        window=WINDOW,
        sampling_hz=FS,
        settings=FaintSettings(),
    )


def test_a_matched_filter_peaks_where_the_spike_does_between_the_samples() -> None:
    time = np.arange(4000.0)
    wire = 30.0 * np.exp(-0.5 * ((time - 1500.3) / 4.0) ** 2)[:, np.newaxis].astype(np.float32)
    rows, offsets, outputs = filters(5.0).peaks(wire)
    assert rows.tolist() == [1500]
    assert offsets[0] == pytest.approx(0.3, abs=0.05)
    whole = 30.0 * np.sqrt((np.exp(-0.5 * (np.arange(-WINDOW.pre, WINDOW.post) / 4.0) ** 2) ** 2).sum()) / 3.0
    assert outputs[0] == pytest.approx(whole, rel=0.01)
    assert np.flatnonzero(filters(5.0).beyond(wire)).size > 3


def test_an_output_counts_from_the_threshold_that_the_least_size_of_the_unit_makes() -> None:
    time = np.arange(4000.0)
    wire = 30.0 * np.exp(-0.5 * ((time - 1500.0) / 4.0) ** 2)[:, np.newaxis].astype(np.float32)
    (output,) = filters(1.0).outputs(wire).max(axis=0)
    for factor, found in ((0.99, 1), (1.01, 0)):
        one = filters(factor * float(output))
        np.testing.assert_allclose(one.thresholds, [factor * float(output)])
        assert len(one.peaks(wire)[0]) == found
        assert one.beyond(wire).any() == bool(found)


def test_of_outputs_closer_than_a_spike_only_the_largest_counts() -> None:
    time = np.arange(4000.0)
    apart = round(0.7e-3 * FS)
    for distance, found in ((apart - 2, 1), (apart + 16, 2)):
        spikes = sum(np.exp(-0.5 * ((time - at) / 1.5) ** 2) for at in (1500.0, 1500.0 + distance))
        assert len(filters(3.0).peaks(60.0 * spikes[:, np.newaxis].astype(np.float32))[0]) == found
    assert filters(5.0).apart == apart == 14


def test_a_spike_of_the_other_polarity_is_passed_over() -> None:
    time = np.arange(4000.0)
    wire = -30.0 * np.exp(-0.5 * ((time - 1500.0) / 4.0) ** 2)[:, np.newaxis].astype(np.float32)
    assert filters(5.0).peaks(wire)[0].size == 0


@given(st.lists(st.tuples(st.integers(0, 200), st.floats(0.0, 100.0)), max_size=40), st.integers(1, 20))
def test_those_that_stay_are_apart_and_everything_else_lies_near_a_stronger_one(
    peaks: list[tuple[int, float]], apart: int
) -> None:
    rows = np.array([row for row, _ in peaks], dtype=np.int64)
    strength = np.array([size for _, size in peaks])
    kept = strongest_apart(rows, strength, apart)
    assert (np.diff(rows[kept]) >= apart).all()
    for lost in np.setdiff1d(np.arange(len(rows)), kept):
        near = np.abs(rows - rows[lost]) < apart
        assert (strength[near] >= strength[lost]).sum() >= 2


def test_one_seed_gives_one_answer_with_any_number_of_jobs() -> None:
    simulated = simulate_session(0, cells=(cell("wide", 4.5),), schedule=SHORT, noise_uv=NOISE_UV, sampling_hz=FS)
    recording = simulated.session.recording
    assert isinstance(recording, Recording)
    first, second = (sort_units(recording, jobs=jobs) for jobs in (1, 2))
    assert [unit.n_spikes for unit in first] == [unit.n_spikes for unit in second]
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.times_s, other.times_s)
        np.testing.assert_array_equal(one.amplitudes_uv, other.amplitudes_uv)


def test_what_is_below_the_threshold_in_the_mean_is_hash_that_noise_helped_over_it() -> None:
    hash_of_many = template(34.0, energy=49.0, spread=0.15)
    assert least(hash_of_many) == pytest.approx(4.5 / 3.4)
