"""Spikes that are breathing or a heart are told from cells that breathing or a heart only moves."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.model import DoseProtocol, Epoch, Monitor, Recording, Session, Support, Unit, Waveform
from ephys.simulation import CellSpec, Disturbances, DoseSchedule, Hum, Pops, Rhythm, SimulatedSession, simulate_session
from ephys.simulation.rhythms import Beats, draw_beats
from ephys.simulation.spikes import add_spikes, spike_shape
from ephys.simulation.trains import renewal_train
from ephys.sorting import RhythmSettings, assess_rhythms
from ephys.sorting.locking import amplitude_swing, chance_of, vector_strength
from ephys.sorting.phases import RhythmPhase, SlowTrace, follow_rhythm, read_wire, spectral_peak
from ephys.sorting.slow_energy import slow_share

FloatArray = NDArray[np.float64]

BASELINE = Epoch(0.0, 180.0, "baseline")
SHORT = DoseSchedule(cumulative_ug_kg=(40.0,), interval_s=40.0, recovery_s=10.0)
GRID_S = np.arange(0.0, 180.25, 0.25)


def beside(seed: int, cells: list[CellSpec], *rhythms: Rhythm, hum: bool = False) -> tuple[SimulatedSession, Session]:
    """A session with voltage that carries the units which a faultless sorter finds, and its truth."""
    disturbances = Disturbances(rhythms=rhythms, pops=Pops(), hum=Hum(amplitude_uv=20.0) if hum else None)
    seen, sorted_ = (
        simulate_session(seed, cells=cells, schedule=SHORT, disturbances=disturbances, with_voltage=with_voltage)
        for with_voltage in (True, False)
    )
    return sorted_, replace(seen.session, units=sorted_.session.units)


def pulses(beats: Beats, *, missing: float = 0.0, foreign: float = 0.0, seed: int = 0) -> Unit:
    """What a sorter makes of a rhythm's pulses: some are missed, and others are somebody else's."""
    rng = np.random.default_rng(seed)
    times_s = beats.times_s[(beats.times_s > 0.1) & (beats.times_s < 179.9)]
    times_s = times_s[rng.random(len(times_s)) >= missing] if missing else times_s
    others_s = rng.uniform(0.0, 179.9, round(foreign * len(times_s)))
    times_s = np.sort(np.concatenate([times_s + rng.normal(0.0, 0.001, len(times_s)), others_s]))
    return Unit.from_times(times_s, support=BASELINE)


def train(rate_hz: float, cv: float, seed: int) -> FloatArray:
    times_s = renewal_train(GRID_S, np.full(len(GRID_S), rate_hz), cv=cv, law="gamma", seed=seed)
    return times_s[times_s < 180.0]


def clock(frequency_hz: float = 1.4, stop_s: float = 180.0) -> RhythmPhase:
    cycles = np.arange(0.0, stop_s, 0.01) * frequency_hz
    return RhythmPhase("respiration", "test", frequency_hz, 100.0, 1.0, cycles, 100.0, 0.0)


@pytest.mark.parametrize("strength", [0.05, 0.1, 0.3, 0.7, 0.95])
def test_the_interval_of_the_vector_strength_covers(strength: float) -> None:
    rng = np.random.default_rng(7)
    # A wrapped normal has the vector strength exp(-sd²/2).
    sd = math.sqrt(-2.0 * math.log(strength))
    found = [vector_strength(rng.normal(0.0, sd, 250)) for _ in range(300)]
    covered = np.mean([one.low <= strength <= one.high for one in found])
    assert covered >= 0.92
    if strength > 0.1:
        assert np.mean([one.value for one in found]) == pytest.approx(strength, abs=0.01)


def test_without_any_locking_the_interval_reaches_zero() -> None:
    rng = np.random.default_rng(1)
    lows = [vector_strength(rng.uniform(0.0, 2.0 * np.pi, 250)).low for _ in range(300)]
    assert np.mean(np.array(lows) == 0.0) > 0.93


@pytest.mark.parametrize("cv", [0.02, 0.15, 0.4])
def test_a_regular_train_at_the_pace_of_breathing_is_in_step_by_chance_only(cv: float) -> None:
    rng = np.random.default_rng(3)
    beats = draw_beats(Rhythm(cycle_cv=0.05), stop_s=180.0)
    phase = replace(clock(), cycles=beats.cycles(np.arange(0.0, 180.0, 0.01)))
    chances = [chance_of(train(1.4 * rng.uniform(0.92, 1.08), cv, seed), phase, BASELINE) for seed in range(60)]
    assert np.mean(np.array(chances) <= 0.05) < 0.12


def test_clocks_that_keep_step_for_a_whole_baseline_are_locked() -> None:
    """Turned round the window, a clock stays a clock; run at another pace, it does not keep step."""
    times_s = np.arange(0.1, 179.9, 1.0 / 1.4)
    assert chance_of(times_s, clock(), BASELINE) <= RhythmSettings().most_chance
    assert chance_of(times_s, clock(1.41), BASELINE) > RhythmSettings().most_chance


@pytest.mark.parametrize("name", ["respiration", "heartbeat"])
@pytest.mark.parametrize("cycle_cv", [0.03, 0.12])
@pytest.mark.parametrize("slow_uv", [10.0, 40.0])
def test_pulses_are_locked_to_the_rhythm_that_makes_them(name: str, cycle_cv: float, slow_uv: float) -> None:
    rhythm = Rhythm(
        name=name,
        frequency_hz=1.4 if name == "respiration" else 6.0,
        cycle_cv=cycle_cv,
        slow_uv=slow_uv,
        pulse_uv=120.0,
    )
    simulated, session = beside(2, [], rhythm, hum=True)
    (beats,) = simulated.beats
    units = [pulses(beats), pulses(beats, missing=0.5), pulses(beats, foreign=1 / 6)]
    for found in assess_rhythms(session, units, within=BASELINE):
        assert found.artefact
        assert found.artefact[0].startswith(f"locked to {name}: vector strength")
        assert found.artefact[0].endswith("from the wire")


def test_a_monitor_shows_the_lock_where_the_wire_shows_nothing() -> None:
    simulated, session = beside(2, [], Rhythm(cycle_cv=0.12, monitored=True))
    (unit,) = (pulses(simulated.beats[0]),)
    for source in (session, replace(session, recording=None)):
        (found,) = assess_rhythms(source, [unit], within=BASELINE)
        assert found.artefact[0].endswith("from monitor 'respiration'")
    (blind,) = assess_rhythms(replace(session, recording=None, monitors=()), [unit], within=BASELINE)
    assert not blind.artefact
    assert blind.not_judged == "no monitor shows a rhythm, and no voltage"


def test_a_monitor_of_cortical_waves_is_no_monitor_of_breathing() -> None:
    simulated, session = beside(2, [], Rhythm(cycle_cv=0.12, monitored=True))
    (belt,) = session.monitors
    for name, believed in (("EEG", False), ("ECG", False), ("channel 7", True)):
        renamed = replace(session, recording=None, monitors=(replace(belt, name=name),))
        (found,) = assess_rhythms(renamed, [pulses(simulated.beats[0])], within=BASELINE)
        assert bool(found.artefact) == believed


@pytest.mark.parametrize("seed", range(10))
def test_cells_beside_breathing_or_a_heart_are_cells(seed: int) -> None:
    rng = np.random.default_rng(seed)
    name, frequency_hz = (("respiration", 1.4), ("heartbeat", 6.0))[seed % 2]
    rhythm = Rhythm(name=name, frequency_hz=frequency_hz, movement=0.15, slow_uv=40.0, cycle_cv=(0.03, 0.12)[seed % 2])
    cells = [
        CellSpec(name=str(i), rate_hz=rng.uniform(1.3, 1.5), cv=cv, doublet_share=0.0, amplitude_uv=200.0, width=width)
        for i, (cv, width) in enumerate([(0.12, 0.8), (0.15, 1.3), (0.3, 1.0)])
    ]
    _, session = beside(seed, cells, rhythm, hum=seed % 3 == 0)
    for found in assess_rhythms(session, session.units, within=BASELINE):
        (locking,) = found.lockings
        assert not found.artefact
        assert locking.low < 0.2
        assert locking.depth == pytest.approx(0.15, abs=0.03)
        assert any(flag.startswith("amplitude swings by") for flag in found.flags)


@pytest.mark.parametrize("amplitude_uv", [120.0, 3000.0])
@pytest.mark.parametrize("after_share", [0.0, 0.03])
def test_a_regular_cell_makes_no_rhythm_of_its_own(amplitude_uv: float, after_share: float) -> None:
    """Not by its spikes, nor by an after-potential of 0.2 s that they leave on the wire."""
    for seed in range(3):
        times_s = train(1.4, 0.15, seed)
        _, session = beside(seed, [])
        assert session.recording is not None
        wire = session.recording.read(0, 180 * 20_000)[:, 0].astype(np.float64)
        shape = spike_shape(CellSpec(name="1"))
        add_spikes(wire, times_s, np.full(len(times_s), amplitude_uv), shape=shape, sampling_hz=20_000.0)
        since_s = np.arange(0.0, 180.0, 1 / 20_000)
        since_s -= np.concatenate([[-9.0], times_s])[np.searchsorted(times_s, since_s)]
        wire -= after_share * amplitude_uv * np.exp(-since_s / 0.2)
        recording = Recording.from_array(wire, sampling_hz=20_000.0)
        unit = replace(Unit.from_times(times_s, support=BASELINE), amplitudes_uv=np.full(len(times_s), amplitude_uv))
        (found,) = assess_rhythms(replace(session, recording=recording), [unit], within=BASELINE)
        assert not found.artefact


def test_a_cell_that_breathing_modulates_is_reported_and_not_barred() -> None:
    rhythm = Rhythm(cycle_cv=0.08, slow_uv=40.0)
    simulated, session = beside(4, [], rhythm)
    rng = np.random.default_rng(4)
    fired_s = train(3.0, 0.3, 4)
    # Thinned by 1 + 0.5 cos, an even train is left with a vector strength of 0.25.
    phase = 2.0 * np.pi * simulated.beats[0].cycles(fired_s)
    kept_s = fired_s[rng.random(len(fired_s)) < (1.0 + 0.5 * np.cos(phase)) / 1.5]
    (found,) = assess_rhythms(session, [Unit.from_times(kept_s, support=BASELINE)], within=BASELINE)
    (locking,) = found.lockings
    assert not found.artefact
    assert locking.low < 0.25 < locking.high
    assert found.flags[0].startswith("follows respiration: vector strength 0.")


def test_the_share_missed_in_each_part_of_the_cycle_is_the_true_one() -> None:
    errors, worst = [], []
    for seed in range(6):
        cells = [CellSpec(name="1", rate_hz=3.0, amplitude_uv=60.0, doublet_share=0.0, emax_percent=0.0)]
        simulated, session = beside(seed, cells, Rhythm(movement=0.25, slow_uv=40.0))
        (found,) = assess_rhythms(session, session.units, within=BASELINE)
        fired = simulated.true_units[0]
        early = BASELINE.mask(fired.times_s)
        part = np.floor(8.0 * (simulated.beats[0].cycles(fired.times_s[early]) % 1.0)).astype(int)
        missed = ~np.isin(fired.times_s[early], session.units[0].times_s)
        true = np.array([missed[part == i].mean() for i in range(8)])
        errors.append(np.array(found.lockings[0].missed) - true)
        worst.append(true.max())
    assert max(worst) > 0.3
    assert np.sqrt(np.mean(np.square(errors))) < 0.08
    assert abs(np.mean(errors)) < 0.03


def test_the_swing_is_not_flattened_by_the_spikes_that_it_hides() -> None:
    rng = np.random.default_rng(5)
    found = []
    for _ in range(60):
        phase = rng.uniform(0.0, 2.0 * np.pi, 600)
        sizes = 70.0 * (1.0 + 0.2 * np.cos(phase)) + rng.normal(0.0, 10.0, 600)
        seen = sizes > 60.0
        swing = amplitude_swing(phase[seen], sizes[seen], threshold_uv=60.0, noise_uv=10.0)
        assert swing is not None
        found.append((swing.depth, swing.low <= 0.2 <= swing.high))
    depths, covered = np.transpose(found)
    assert depths.mean() == pytest.approx(0.2, abs=0.02)
    assert covered.mean() > 0.88


@pytest.mark.parametrize("noise_uv", [10.0, math.nan])
def test_a_swing_is_measured_without_a_threshold(noise_uv: float) -> None:
    """Units that a file brings along state none: nothing of them is missed."""
    rng = np.random.default_rng(7)
    phase = rng.uniform(0.0, 2.0 * np.pi, 600)
    swing = amplitude_swing(phase, 70.0 * (1.0 + 0.2 * np.cos(phase)) + rng.normal(0.0, 10.0, 600), noise_uv=noise_uv)
    assert swing is not None
    assert swing.depth == pytest.approx(0.2, abs=0.03)
    assert swing.low < 0.2 < swing.high
    assert swing.missed == ()


def test_amplitudes_about_zero_have_no_share_that_swings() -> None:
    rng = np.random.default_rng(8)
    assert amplitude_swing(rng.uniform(0.0, 6.28, 400), rng.normal(-1.0, 10.0, 400)) is None


def test_the_tail_of_a_distribution_gives_no_swing() -> None:
    rng = np.random.default_rng(6)
    sizes = 50.0 + rng.exponential(5.0, 400)
    assert amplitude_swing(rng.uniform(0.0, 6.28, 400), sizes, threshold_uv=50.0, noise_uv=10.0) is None


def test_the_energy_of_a_spike_lies_above_300_hz_and_of_a_movement_below() -> None:
    cells = [CellSpec(name=str(width), width=width, amplitude_uv=120.0) for width in (0.8, 1.0, 1.3)]
    _, session = beside(0, cells, hum=True)
    shares = [found.slow_share for found in assess_rhythms(session, session.units, within=BASELINE)]
    assert sorted(shares) == shares
    assert 0.1 < shares[0] < shares[-1] < 0.6
    time_ms = np.arange(-2.0, 6.0, 0.05)
    wide = Rhythm(pulse_ms=3.0).pulse_shape.at(time_ms)
    waveform = Waveform(np.tile(wide[None, :, None], (50, 1, 1)), np.arange(50), 20_000.0, 0.002, (100.0, None))
    assert slow_share(waveform) > RhythmSettings().most_slow_share
    movement = replace(Unit.from_times(np.arange(1.0, 51.0), support=BASELINE), waveform=waveform)
    (found,) = assess_rhythms(session, [movement], within=BASELINE)
    assert "% of its mean waveform's energy lies below 300 Hz" in found.artefact[0]


@pytest.mark.parametrize(
    "changes", [{"band_hz": (300.0, None)}, {"band_hz": (None, None)}, {"pre_s": 0.0001}, {"snippets": 5}]
)
def test_a_share_below_300_hz_is_not_read_from_a_waveform_that_cannot_tell(changes: dict[str, object]) -> None:
    snippets = np.random.default_rng(0).normal(size=(int(changes.pop("snippets", 20)), 160, 1))  # type: ignore[call-overload]
    fields = {"sampling_hz": 20_000.0, "pre_s": 0.002, "band_hz": (100.0, None), **changes}
    assert math.isnan(slow_share(Waveform(snippets, np.arange(len(snippets)), **fields)))  # type: ignore[arg-type]
    assert math.isnan(slow_share(None))


def test_noise_has_no_rhythm() -> None:
    for seed in range(5):
        _, session = beside(seed, [], hum=True)
        assert session.recording is not None
        trace = read_wire(session.recording, BASELINE)
        assert trace is not None
        for range_hz in RhythmSettings().ranges_hz.values():
            assert spectral_peak(trace.values, trace.sampling_hz, range_hz)[1] < RhythmSettings().least_prominence


def test_the_harmonics_of_breathing_are_no_heartbeat() -> None:
    times_s = np.arange(0.0, 180.0, 0.01)
    beats = draw_beats(Rhythm(cycle_cv=0.05), stop_s=180.0)
    cycles = beats.cycles(times_s)
    belt = Monitor("chest", np.cos(2 * np.pi * cycles) + 0.4 * np.cos(8 * np.pi * cycles), 100.0)
    pressure = replace(belt, name="pressure")
    session = Session("s", DoseProtocol((), Support.of(BASELINE)), monitors=(belt, pressure))
    (found,) = assess_rhythms(session, [pulses(beats)], within=BASELINE)
    assert [one.rhythm for one in found.lockings] == ["respiration"]
    assert found.lockings[0].source == "monitor 'chest'"


def test_a_wire_in_sweeps_or_behind_a_high_pass_is_not_judged() -> None:
    simulated, session = beside(1, [], Rhythm(slow_uv=40.0))
    assert session.recording is not None
    narrow = replace(session, recording=replace(session.recording, band_hz=(300.0, None)))
    (found,) = assess_rhythms(narrow, [pulses(simulated.beats[0])], within=BASELINE)
    assert found.not_judged == "no monitor shows a rhythm, and the amplifier's band begins at 300 Hz"
    late = Epoch(200.0, 290.0)
    few = Unit.from_times(np.linspace(200.0, 269.0, 100), support=Epoch(200.0, 290.0))
    (found,) = assess_rhythms(session, [few], within=late)
    assert found.not_judged.endswith("the voltage of the window has gaps")


@pytest.mark.parametrize(
    ("n_spikes", "stop_s", "why"),
    [(19, 180.0, "19 spikes"), (30, 39.0, "a window of 39 s"), (30, 0.027, "a window of 0.027 s")],
)
def test_too_little_is_not_judged(n_spikes: int, stop_s: float, why: str) -> None:
    unit = Unit.from_times(np.linspace(0.01 * stop_s, 0.97 * stop_s, n_spikes), support=BASELINE)
    _, session = beside(1, [], Rhythm(slow_uv=40.0))
    (found,) = assess_rhythms(session, [unit], within=Epoch(0.0, stop_s))
    assert found.not_judged.startswith(why)
    assert not found.lockings


def test_a_flat_monitor_has_no_rhythm() -> None:
    flat = SlowTrace(np.zeros(20_000), 100.0, 0.0, "monitor 'resp'")
    assert follow_rhythm(flat, "respiration", (0.7, 3.0), least_prominence=6.0) is None


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(ParameterError, match="within"):
        RhythmSettings(heartbeat_hz=(4.0, 20.0))
    with pytest.raises(ParameterError, match="at least 20"):
        RhythmSettings(least_spikes=5)
