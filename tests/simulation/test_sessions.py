"""A simulated session does what its truth says."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.model import Unit
from ephys.simulation import CellSpec, DoseSchedule, SimulatedSession, simulate_session
from ephys.simulation.bands import SORTING_BAND_HZ, filter_band
from ephys.simulation.cells import DEFAULT_CELLS

SHORT = DoseSchedule(baseline_s=20.0, interval_s=10.0, cumulative_ug_kg=(50.0, 100.0), recovery_s=10.0)
HELD = CellSpec(name="held")


@cache
def with_voltage() -> SimulatedSession:
    return simulate_session(0)


def true(simulated: SimulatedSession, name: str) -> Unit:
    return next(unit for unit in simulated.true_units if unit.id == name)


def rate(unit: Unit, start_s: float, stop_s: float) -> float:
    return float(((unit.times_s >= start_s) & (unit.times_s < stop_s)).sum() / (stop_s - start_s))


def test_the_rate_in_each_window_follows_the_hill_truth_within_counting_error() -> None:
    cell = CellSpec(name="1", rate_hz=2.0, id50=80.0, hill=1.8)
    schedule = DoseSchedule()
    units = [simulate_session(seed, cells=[cell], with_voltage=False).true_units[0] for seed in range(40)]
    for given_s, dose in zip(schedule.dose_times_s, schedule.cumulative_ug_kg, strict=True):
        counts = np.array([60.0 * rate(unit, given_s + 30.0, given_s + 90.0) for unit in units])
        expected = 120.0 / (1.0 + (dose / 80.0) ** 1.8)
        error = 4.0 * max(counts.std(), 1.0) / np.sqrt(len(counts))
        # Elimination and the end of the onset leave up to 4 % of the dose out.
        assert abs(counts.mean() - expected) < error + 0.04 * 1.8 * expected * (1.0 - expected / 120.0)


def test_a_fast_cell_ignores_the_drug() -> None:
    fast = true(with_voltage(), "fast")
    assert rate(fast, 750.0, 810.0) == pytest.approx(rate(fast, 0.0, 180.0), rel=0.15)


def test_a_held_cell_falls_almost_silent_and_returns_after_the_antagonist() -> None:
    held = true(with_voltage(), "held")
    before = rate(held, 0.0, 180.0)
    assert rate(held, 750.0, 810.0) < 0.15 * before
    assert rate(held, 870.0, 930.0) > 0.75 * before


def test_a_lost_cell_runs_down_in_a_straight_line_through_the_threshold() -> None:
    lost, row = true(with_voltage(), "lost"), with_voltage().truth[1]
    assert row.lost_at_s == 440.0
    steady = lost.amplitudes_uv[lost.times_s < 200.0]
    assert np.polyfit(lost.times_s[: len(steady)], steady, 1)[0] == pytest.approx(0.0, abs=0.02)
    near = np.abs(lost.times_s - 440.0) < 30.0
    assert lost.amplitudes_uv[near].mean() == pytest.approx(lost.threshold_uv, rel=0.1)
    assert (lost.amplitudes_uv[lost.times_s > 440.0] < 1.1 * lost.threshold_uv).all()
    assert lost.amplitudes_uv[-1] == 0.0


def test_a_lost_cell_still_fires_unseen() -> None:
    simulated = simulate_session(0, with_voltage=False)
    seen = next(unit for unit in simulated.session.units if unit.id == "lost")
    fired = true(simulated, "lost")
    assert rate(fired, 870.0, 930.0) > 0.8
    assert rate(seen, 870.0, 930.0) == 0.0
    assert np.isin(seen.times_s, fired.times_s).all()


def test_a_sensitive_cell_without_antagonist_is_silent_to_the_end() -> None:
    cell = CellSpec(name="1", id50=40.0, hill=4.0, fate="undetermined")
    alone = DoseSchedule(antagonist="")
    last_s = [
        simulate_session(seed, cells=[cell], schedule=alone, with_voltage=False).true_units[0].times_s[-1]
        for seed in range(20)
    ]
    assert sum(time_s > alone.dose_times_s[-1] + 30.0 for time_s in last_s) <= 1


def test_one_seed_gives_one_session_to_the_last_sample() -> None:
    first, second = (simulate_session(11, schedule=SHORT, cells=[HELD]) for _ in range(2))
    other = simulate_session(12, schedule=SHORT, cells=[HELD])
    voltages = [s.session.recording.read(0, 10**7) for s in (first, second, other) if s.session.recording]
    np.testing.assert_array_equal(voltages[0], voltages[1])
    assert (voltages[0] != voltages[2]).any()


def test_one_more_cell_changes_nothing_for_the_others() -> None:
    alone, both = (simulate_session(5, cells=c, with_voltage=False) for c in (DEFAULT_CELLS[:1], DEFAULT_CELLS[:2]))
    np.testing.assert_array_equal(alone.session.units[0].amplitudes_uv, both.session.units[0].amplitudes_uv)


def test_voltage_and_sorted_units_tell_of_the_same_spikes() -> None:
    for heard, told in zip(with_voltage().true_units, simulate_session(0, with_voltage=False).true_units, strict=True):
        np.testing.assert_array_equal(heard.times_s, told.times_s)


def test_the_voltage_holds_each_cell_at_its_true_size() -> None:
    recording = with_voltage().session.recording
    assert recording is not None
    traces = recording.read(0, 180 * 20000)[:, 0].astype(np.float64)
    filtered = filter_band(traces, SORTING_BAND_HZ, sampling_hz=20000.0)
    for unit in with_voltage().true_units:
        rows = recording.samples(unit.times_s[(unit.times_s > 1.0) & (unit.times_s < 179.0)])
        assert abs(filtered[rows].mean()) == pytest.approx(np.median(unit.amplitudes_uv[:100]), rel=0.06)
    noise_uv = np.median(np.abs(filtered)) * 1.4826
    assert 7.5 < noise_uv < 10.0


def test_the_recording_is_one_wire_of_whole_microvolts() -> None:
    recording = with_voltage().session.recording
    assert recording is not None
    assert (recording.n_channels, recording.sampling_hz, recording.duration_s) == (1, 20000.0, 930.0)
    traces = recording.read(0, 20000)
    np.testing.assert_array_equal(traces, np.rint(traces))


def test_snippets_of_a_sorted_unit_show_its_wide_band_shape() -> None:
    held, _, fast = simulate_session(0, with_voltage=False).session.units
    for unit, sign in ((held, 1.0), (fast, -1.0)):
        assert unit.waveform is not None
        mean = sign * unit.waveform.snippets_uv[:, :, 0].mean(axis=0)
        assert abs(unit.waveform.time_ms[mean.argmax()]) <= 0.1
        assert (unit.waveform.band_hz[0], unit.waveform.phase, unit.waveform.source) == (100.0, "zero", "wide_band")
        baseline = unit.times_s[unit.waveform.spike_index] < 180.0
        assert baseline.sum() >= 10
    assert held.waveform is not None
    mean = held.waveform.snippets_uv[:, :, 0].mean(axis=0)
    assert held.waveform.time_ms[mean.argmin()] - held.waveform.time_ms[mean.argmax()] >= 1.0


@pytest.mark.parametrize(
    ("cell", "schedule", "message"),
    [
        (CellSpec(name="1", fate="undetermined"), DoseSchedule(), "cannot stay undetermined"),
        (
            CellSpec(name="1", fate="lost", rundown_from_s=10.0, lost_at_s=500.0),
            SHORT,
            "after the session ends at 60 s",
        ),
        (
            CellSpec(name="1", fate="lost", rundown_from_s=10.0, lost_at_s=30.0, amplitude_uv=20.0),
            SHORT,
            "never clears the threshold of 30 µV",
        ),
    ],
)
def test_a_fate_that_cannot_come_about_is_refused(cell: CellSpec, schedule: DoseSchedule, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        simulate_session(cells=[cell], schedule=schedule, with_voltage=False)


def test_the_size_of_a_drifting_cell_changes_in_a_straight_line() -> None:
    cell = CellSpec(name="1", rate_hz=4.0, emax_percent=0.0, amplitude_drift_percent=-40.0)
    unit = simulate_session(0, cells=[cell], with_voltage=False).true_units[0]
    share = unit.times_s / DoseSchedule().stop_s
    slope, start = np.polyfit(share, unit.amplitudes_uv, 1)
    assert slope / start == pytest.approx(-0.4, abs=0.01)


def test_spikes_of_a_burst_run_down_by_the_decrement() -> None:
    cell = CellSpec(
        name="1", emax_percent=0.0, doublet_share=0.5, burst_continue=0.5, burst_decrement=0.7, amplitude_uv=200.0
    )
    unit = simulate_session(0, cells=[cell], with_voltage=False).true_units[0]
    place = np.zeros(unit.n_spikes, dtype=int)
    for i in np.flatnonzero(np.diff(unit.times_s) < 0.015):
        place[i + 1] = place[i] + 1
    sizes = [np.median(unit.amplitudes_uv[place == rank]) for rank in range(4)]
    assert [after / before for before, after in pairwise(sizes)] == pytest.approx([0.7] * 3, abs=0.02)


def test_a_cell_overlaps_the_one_that_it_follows() -> None:
    leader = CellSpec(name="1", rate_hz=2.0, emax_percent=0.0)
    follower = CellSpec(name="2", cell_type="fast", rate_hz=4.0, emax_percent=0.0, follows="1", follow_share=0.4)
    first, second = simulate_session(0, cells=[leader, follower], with_voltage=False).true_units
    near = np.abs(second.times_s[:, None] - first.times_s).min(axis=0) <= 0.0010001
    assert near.mean() == pytest.approx(0.4, abs=0.05)
    with pytest.raises(ParameterError, match="cell 2: follows '1', which must come before it; before it come no cells"):
        simulate_session(0, cells=[follower, leader], with_voltage=False)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"follows": "2", "doublet_share": 0.1}, "fire single spikes"),
        ({"amplitude_drift_percent": -100.0}, "must stay above -100"),
        ({"state_depth": 1.5}, "state_depth must lie in 0 to 1, got 1.5"),
        (
            {"fate": "lost", "rundown_from_s": 1.0, "lost_at_s": 9.0, "amplitude_drift_percent": 5.0},
            "already says how the amplitude falls",
        ),
    ],
)
def test_a_cell_that_cannot_be_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        CellSpec(name="1", **given)
