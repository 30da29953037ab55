"""Breathing and heartbeat move spikes and leave pulses at their own pace; urethane's states move rates."""

from __future__ import annotations

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.simulation import CellSpec, Disturbances, DoseSchedule, Rhythm, UrethaneStates, simulate_session
from ephys.simulation.rhythms import draw_beats

LONG = DoseSchedule(baseline_s=600.0, interval_s=30.0, cumulative_ug_kg=(50.0,), antagonist="", recovery_s=30.0)
STEADY = CellSpec(name="1", rate_hz=4.0, emax_percent=0.0)


def test_a_rhythm_keeps_its_frequency_and_its_regularity() -> None:
    beats = draw_beats(Rhythm(frequency_hz=6.0, cycle_cv=0.05), stop_s=300.0)
    cycles_s = np.diff(beats.times_s)
    assert 1.0 / cycles_s.mean() == pytest.approx(6.0, rel=0.01)
    assert cycles_s.std() / cycles_s.mean() == pytest.approx(0.05, rel=0.1)
    assert beats.times_s[0] < 0.0
    assert beats.times_s[-1] > 300.0


def test_breathing_makes_spikes_larger_as_a_cycle_begins_and_smaller_halfway() -> None:
    disturbances = Disturbances(rhythms=(Rhythm(movement=0.2),))
    simulated = simulate_session(1, cells=[STEADY], schedule=LONG, disturbances=disturbances, with_voltage=False)
    unit, (beats,) = simulated.true_units[0], simulated.beats
    phase = beats.cycles(unit.times_s) % 1.0
    at_start, halfway = np.minimum(phase, 1.0 - phase) < 0.05, np.abs(phase - 0.5) < 0.05
    ratio = unit.amplitudes_uv[at_start].mean() / unit.amplitudes_uv[halfway].mean()
    assert ratio == pytest.approx(1.2 / 0.8, rel=0.03)


def test_a_pulse_of_breathing_is_on_the_wire_at_every_cycle() -> None:
    short = DoseSchedule(baseline_s=40.0, interval_s=10.0, cumulative_ug_kg=(50.0,), antagonist="", recovery_s=10.0)
    rhythm = Rhythm(pulse_uv=200.0, pulse_ms=0.35)
    simulated = simulate_session(
        0, cells=[], schedule=short, hash_rate_hz=0.0, disturbances=Disturbances(rhythms=(rhythm,))
    )
    recording = simulated.session.recording
    assert recording is not None
    assert simulated.truth == ()
    wire, (beats,) = recording.read(0, 10**7)[:, 0], simulated.beats
    inside = (beats.times_s > 0.1) & (beats.times_s < 69.9)
    rows = recording.samples(beats.times_s[inside])
    np.testing.assert_allclose(wire[rows], beats.pulses_uv[inside], atol=60.0)
    assert wire[rows].mean() == pytest.approx(200.0, rel=0.05)
    between = np.ones(len(wire), dtype=bool)
    for row in recording.samples(beats.times_s[(beats.times_s > 0.0) & (beats.times_s < 70.0)]):
        between[max(0, row - 100) : row + 200] = False
    assert np.abs(wire[between]).max() < 100.0


def test_a_monitor_shows_the_phase_of_its_rhythm() -> None:
    disturbances = Disturbances(rhythms=(Rhythm(monitored=True), Rhythm(name="heartbeat", frequency_hz=6.0)))
    simulated = simulate_session(0, cells=[STEADY], schedule=LONG, disturbances=disturbances, with_voltage=False)
    (monitor,) = simulated.session.monitors
    assert (monitor.name, monitor.sampling_hz) == ("respiration", 100.0)
    begun = simulated.beats[0].times_s
    begun = begun[(begun > 0.0) & (begun < LONG.stop_s - 1.0)]
    assert monitor.values[np.rint(begun * 100.0).astype(int)].min() > 0.95


def test_states_move_the_rate_up_and_down_by_the_depth_of_the_cell() -> None:
    states = UrethaneStates(period_s=300.0)
    moved = CellSpec(name="1", rate_hz=8.0, emax_percent=0.0, state_depth=0.4)
    units = [
        simulate_session(seed, cells=[moved], schedule=LONG, states=states, with_voltage=False).true_units[0]
        for seed in range(5)
    ]
    level = np.concatenate([states.level(unit.times_s) for unit in units])
    # Spikes over time spent, at either extreme.
    time_s = np.arange(0.0, LONG.stop_s, 0.1)
    spent = states.level(time_s)
    rates = [(10.0 * (s * level > 0.9).sum()) / (len(units) * (s * spent > 0.9).sum()) for s in (1.0, -1.0)]
    assert rates == pytest.approx([8.0 * 1.4, 8.0 * 0.6], rel=0.06)


def test_a_rhythm_follows_the_state_by_its_share() -> None:
    states = UrethaneStates(period_s=600.0, sharpness=50.0)
    beats = draw_beats(Rhythm(frequency_hz=1.4, state_share=0.2), stop_s=600.0, states=states)
    cycles = beats.cycles(np.array([10.0, 290.0, 310.0, 590.0]))
    assert [(cycles[1] - cycles[0]) / 280.0, (cycles[3] - cycles[2]) / 280.0] == pytest.approx([1.68, 1.12], rel=0.02)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Rhythm(frequency_hz=0.0), "frequency_hz and pulse_ms must be positive"),
        (lambda: Rhythm(movement=1.0), r"movement and state_share must lie in \[0, 1\)"),
        (lambda: UrethaneStates(period_s=0.0), "period_s > 0"),
    ],
)
def test_a_rhythm_that_cannot_be_is_refused(make: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        make()  # type: ignore[operator]
