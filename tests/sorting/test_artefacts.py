"""Artefacts are found and excised, cells are not; what is excised is neither silence nor spikes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

import ephys
from ephys.errors import ParameterError
from ephys.firing import firing_rate
from ephys.io import read_nwb, write_nwb
from ephys.model import ArraySource, DoseProtocol, Epoch, Recording, Run, Session, Support, Unit
from ephys.simulation import (
    CellSpec,
    Disturbances,
    DoseSchedule,
    Hum,
    InjectionArtefact,
    Pops,
    SimulatedSession,
    simulate_session,
    tetrode,
)
from ephys.sorting import ArtefactSettings, SortingSettings, assess_fate, compare_units, find_artefacts, sort_units
from ephys.sorting.excision import excise
from ephys.sorting.filters import design_filter, filter_zero_phase
from ephys.sorting.hum import remove_hum

FS = 20000.0
SCHEDULE = DoseSchedule(cumulative_ug_kg=(100.0, 1000.0), baseline_s=60.0, interval_s=40.0, vehicle="", recovery_s=20.0)
WIDE = CellSpec(name="wide", amplitude_uv=110.0, rate_hz=2.0, emax_percent=0.0)
FAST = CellSpec(name="fast", cell_type="fast", amplitude_uv=90.0, polarity=-1, rate_hz=9.0, cv=0.5, emax_percent=0.0)
KNOCKS = Disturbances(pops=Pops(per_min=12.0), injection=InjectionArtefact())


def simulated(disturbances: Disturbances, *cells: CellSpec, **given: object) -> SimulatedSession:
    return simulate_session(1, cells=cells or (WIDE, FAST), schedule=SCHEDULE, disturbances=disturbances, **given)  # type: ignore[arg-type]


def wire_of(session: SimulatedSession) -> Recording:
    assert session.session.recording is not None
    return session.session.recording


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 10.0, round(seconds * FS))


def decay(seconds: float, *, size_uv: float = 800.0, decay_ms: float = 4.0) -> np.ndarray:
    since_ms = np.arange(round(seconds * FS)) / FS * 1e3
    return size_uv * np.exp(-since_ms / decay_ms)


def shared_s(some: Sequence[Epoch], others: Sequence[Epoch]) -> float:
    return sum(one.overlap(other) for one in some for other in others)


@pytest.fixture(scope="module")
def knocked() -> SimulatedSession:
    return simulated(KNOCKS)


@pytest.fixture(scope="module")
def found_units(knocked: SimulatedSession) -> list[Unit]:
    return sort_units(wire_of(knocked))


def test_every_pop_and_volley_is_found_and_hardly_any_clean_time(knocked: SimulatedSession) -> None:
    found = find_artefacts(wire_of(knocked))
    assert all(any(span.overlap(one) > 0 for one in found) for span in knocked.artefacts)
    assert {one.label for one in found} == {"pop", "volley"}
    total_s = sum(one.duration_s for one in found)
    # What lies outside is half a millisecond before each onset.
    assert total_s - shared_s(found, knocked.artefacts) < 1e-3 * len(found)
    assert total_s < 0.01 * wire_of(knocked).duration_s


def test_a_pop_costs_some_milliseconds(knocked: SimulatedSession) -> None:
    longest_s = max(one.duration_s for one in find_artefacts(wire_of(knocked)) if one.label == "pop")
    assert longest_s < 0.03


def test_sorting_is_better_without_artefacts_and_false_spikes_in_them_are_gone(
    knocked: SimulatedSession, found_units: list[Unit]
) -> None:
    """Even if every true spike in excised time counts as missed."""
    left = sort_units(wire_of(knocked), SortingSettings(artefacts=ArtefactSettings(excise=False)))
    assert all(unit.support.duration_s == SCHEDULE.stop_s for unit in left)
    matches, before = (compare_units(knocked.true_units, units) for units in (found_units, left))
    assert np.mean([m.accuracy for m in matches]) >= np.mean([m.accuracy for m in before])
    assert sum(m.extra for m in matches) <= 3
    assert len([unit for unit in found_units if not unit.multi_unit]) == 2


def test_what_is_excised_is_out_of_each_units_support(knocked: SimulatedSession, found_units: list[Unit]) -> None:
    artefacts = find_artefacts(wire_of(knocked))
    for unit in found_units:
        assert shared_s(artefacts, unit.support.epochs) == 0.0
        assert unit.excised_s(wire_of(knocked).support) == pytest.approx(sum(one.duration_s for one in artefacts))
        assert unit.waveform is not None
        assert len(unit.waveform.spike_index) <= unit.n_spikes


def test_excision_can_be_turned_off_from_the_command_line() -> None:
    assert not ephys.Settings().override("sorting.artefacts.excise", "false").sorting.artefacts.excise


def test_volleys_are_excised_whole_if_asked_to(knocked: SimulatedSession) -> None:
    found = find_artefacts(wire_of(knocked), ArtefactSettings(join_ms=1000.0))
    volleys = [span for span in knocked.artefacts if span.label == "injection"]
    assert shared_s(found, volleys) > 0.8 * sum(span.duration_s for span in volleys)


@pytest.mark.parametrize("decay_ms", [3.0, 4.0, 10.0, 100.0])
def test_a_pop_is_found_however_it_decays(decay_ms: float) -> None:
    wire = noise(20.0)
    wire[200_000:] += decay(10.0, decay_ms=decay_ms)
    (pop,) = find_artefacts(Recording.from_array(wire, sampling_hz=FS))
    assert pop.start_s < 10.0 < pop.stop_s
    assert pop.duration_s < 0.04


@pytest.mark.parametrize(
    "cells",
    [
        (CellSpec(name="a", amplitude_uv=300.0, emax_percent=0.0),),
        (CellSpec(name="a", amplitude_uv=6000.0, emax_percent=0.0),),
        (CellSpec(name="a", cell_type="fast", amplitude_uv=3000.0, polarity=-1, rate_hz=80.0, emax_percent=0.0),),
        (CellSpec(name="a", amplitude_uv=400.0, doublet_share=0.5, burst_continue=0.7, emax_percent=0.0),),
        tuple(
            CellSpec(name=str(i), amplitude_uv=size, rate_hz=15.0, polarity=(-1) ** i, emax_percent=0.0)
            for i, size in enumerate((400.0, 300.0, 250.0, 200.0, 150.0))
        ),
    ],
    ids=["30 SD", "600 SD", "80 a second", "bursts", "many at once"],
)
def test_no_cell_is_an_artefact(cells: tuple[CellSpec, ...]) -> None:
    assert find_artefacts(wire_of(simulated(Disturbances(), *cells))) == ()


def test_steps_that_are_all_alike_are_a_cells_plateaus() -> None:
    wire = noise(60.0)
    for at in range(20_000, 1_180_000, 40_000):
        wire[at : at + 2000] += decay(0.1)
    assert find_artefacts(Recording.from_array(wire, sampling_hz=FS)) == ()


def test_a_volley_of_one_polarity_is_no_volley() -> None:
    """Short steps of one polarity after a pop may be a burst of wide spikes: the pop alone goes."""
    wire = noise(20.0)
    wire[200_000:] += decay(10.0)
    for number in range(1, 9):
        at = 200_000 + 3000 * number
        wire[at : at + 2000] += decay(0.1, size_uv=300.0, decay_ms=2.0)
    assert [one.label for one in find_artefacts(Recording.from_array(wire, sampling_hz=FS))] == ["pop"]


def test_the_rail_is_excised_till_the_amplifier_is_back() -> None:
    wire = noise(30.0)
    wire[200_000:260_000] = 5000.0
    wire[260_000:280_000] += decay(1.0, size_uv=5000.0, decay_ms=20.0)
    wire[400_000:400_060] = 5000.0
    long, short = find_artefacts(Recording.from_array(np.minimum(wire, 5000.0), sampling_hz=FS))
    assert (long.label, short.label) == ("clipping", "clipping")
    assert long.start_s == pytest.approx(10.0, abs=0.002)
    assert 13.02 < long.stop_s < 13.15
    assert short.duration_s < 0.02


@pytest.mark.parametrize("level_uv", [2000.0, 0.0], ids=["at a rail that jitters", "switched off"])
def test_voltage_without_noise_is_no_silence_whatever_its_level(level_uv: float) -> None:
    """An amplifier saturates before its converter does: the last count still jitters."""
    wire = noise(30.0)
    wire[round(10.0 * FS) : round(14.0 * FS)] = level_uv + np.random.default_rng(1).normal(0.0, 1.0, round(4.0 * FS))
    # A length that the grid does not divide.
    (still,) = find_artefacts(Recording.from_array(np.rint(wire[:-7]), sampling_hz=FS))
    assert still.start_s == pytest.approx(10.0, abs=0.02)
    assert still.stop_s == pytest.approx(14.0, abs=0.06)


def test_a_wire_at_its_rail_for_most_of_the_session_is_sorted_where_it_was_not() -> None:
    session = simulated(Disturbances(), WIDE)
    traces = wire_of(session).read(0, wire_of(session).n_samples).astype(np.float64)
    kept_s = 60.0
    traces[round(kept_s * wire_of(session).sampling_hz) :] = 2000.0
    recording = Recording.from_array(traces, sampling_hz=wire_of(session).sampling_hz)
    unit = sort_units(recording, jobs=1)[0]
    assert unit.support.duration_s == pytest.approx(kept_s, abs=0.1)
    seen = session.true_units[0].times_s < kept_s
    assert unit.n_spikes == pytest.approx(seen.sum(), abs=3)


def test_a_session_that_is_all_artefact_is_refused_in_so_many_words() -> None:
    wire = np.concatenate([noise(1.0), np.full(round(59.0 * FS), 2000.0)])
    with pytest.raises(ParameterError, match="nearly all of it was excised"):
        sort_units(Recording.from_array(wire, sampling_hz=FS))


def test_hum_does_not_hide_a_pop_nor_shorten_its_hole() -> None:
    pops, hum = Pops(per_min=20.0, amplitude_uv=1500.0, decay_ms=10.0), Hum(amplitude_uv=60.0)
    quiet, humming = (simulated(Disturbances(pops=pops, hum=one)) for one in (None, hum))
    recording = wire_of(humming)
    humless, _ = remove_hum(recording, band_hz=(150.0, 6000.0))
    with_hum, without = find_artefacts(recording, humless=humless), find_artefacts(wire_of(quiet))
    excised = [sum(epoch.duration_s for epoch in some) for some in (with_hum, without)]
    assert excised[0] == pytest.approx(excised[1], rel=0.15)
    assert len(with_hum) == pytest.approx(len(without), rel=0.1)


def test_what_is_spared_as_a_cells_shields_no_other_pop() -> None:
    wire = noise(60.0)
    alike, others = np.arange(1.0, 55.0, 1.7), np.arange(1.8, 55.0, 9.0)
    for at_s, size_uv in [*((at, 800.0) for at in alike), *((at, -1500.0) for at in others)]:
        start = round(at_s * FS)
        wire[start:] += decay(60.0, size_uv=size_uv)[: len(wire) - start]
    found = find_artefacts(Recording.from_array(wire, sampling_hz=FS))
    assert len(found) == len(others)
    assert all(any(abs(pop.start_s - at) < 0.01 for at in others) for pop in found)


def test_clipped_spikes_stay() -> None:
    recording = wire_of(simulated(Disturbances(clip_uv=60.0), CellSpec(name="a", amplitude_uv=120.0)))
    top = recording.read(0, 10**7)
    assert (top == top.max()).sum() > 100
    assert find_artefacts(recording) == ()


def test_every_channel_of_a_tetrode_is_looked_at() -> None:
    session = simulated(Disturbances(pops=Pops(per_min=12.0)), WIDE, electrode=tetrode())
    found = find_artefacts(wire_of(session))
    assert len(found) == len(session.artefacts)
    traces = wire_of(session).read(0, 10**7).copy()
    traces[:, :3] = noise(SCHEDULE.stop_s)[: len(traces), np.newaxis]
    assert len(find_artefacts(Recording.from_array(traces, sampling_hz=FS))) == len(session.artefacts)


def test_no_artefact_crosses_a_pause_and_none_is_made_of_it() -> None:
    wire = noise(20.0)
    wire[200_000 - 100 : 200_000] = 5000.0
    wire[200_000 : 200_000 + 100] = 5000.0
    wire[300_000:] += 3000.0
    traces = wire[:, np.newaxis]
    runs = (Run(0, 200_000, 0.0), Run(200_000, 100_000, 50.0), Run(300_000, 100_000, 90.0))
    before, after = find_artefacts(Recording(ArraySource(traces), FS, runs))
    assert before.stop_s == 10.0
    assert after.start_s == 50.0


def test_the_filter_does_not_ring_from_a_hole() -> None:
    wire = noise(20.0)
    wire[200_000:] += decay(10.0, size_uv=2000.0)
    wire[300_000:] += 3000.0
    recording = Recording.from_array(wire, sampling_hz=FS)
    artefacts = find_artefacts(recording)
    clean = excise(recording, artefacts).read(0, 400_000)
    band = filter_zero_phase(clean, design_filter((150.0, 6000.0), sampling_hz=FS, order=2))[:, 0]
    for one in artefacts:
        around = np.abs(band[round(one.start_s * FS) - 400 : round(one.stop_s * FS) + 2000])
        assert around.max() < 5.0 * band[:100_000].std()


def test_excised_voltage_does_not_depend_on_where_one_reads(knocked: SimulatedSession) -> None:
    clean = excise(wire_of(knocked), find_artefacts(wire_of(knocked)))
    whole = clean.read(0, 10**7)
    for start in range(0, len(whole) - 70_000, 99_991):
        np.testing.assert_array_equal(clean.read(start, start + 70_000), whole[start : start + 70_000])


def test_without_artefacts_nothing_is_touched() -> None:
    recording = Recording.from_array(noise(5.0), sampling_hz=FS)
    assert find_artefacts(recording) == ()
    assert excise(recording, ()) is recording


@pytest.mark.parametrize("values", [np.zeros(60_000), np.tile([0.0, 1.0], 30_000), np.ones(300)])
def test_wires_with_nothing_on_them_have_no_artefacts(values: np.ndarray) -> None:
    assert find_artefacts(Recording.from_array(values, sampling_hz=FS)) == ()


@pytest.mark.parametrize("changes", [{"pop_sd": 0.0}, {"volley_steps": 1}, {"join_ms": -1.0}])
def test_settings_that_cannot_be_are_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ParameterError, match=next(iter(changes))):
        ArtefactSettings(**changes)  # type: ignore[arg-type]


def test_the_rate_is_that_of_the_time_in_which_the_cell_could_be_seen() -> None:
    """Five pops a second: a twentieth of the time is excised, and no spike of the cell is taken for one."""
    session = simulated(Disturbances(pops=Pops(per_min=300.0, decay_ms=10.0)), FAST)
    recording, (cell,) = wire_of(session), session.true_units
    unit, *_ = sort_units(recording)
    excised_s = unit.excised_s(recording.support)
    assert excised_s > 0.05 * recording.duration_s
    window = Epoch(10.0, SCHEDULE.stop_s - 10.0)
    rate_hz = firing_rate(unit.times_s, window, support=unit.support)
    assert rate_hz == pytest.approx(firing_rate(cell.times_s, window), rel=0.015)
    seen = unit.support.mask(cell.times_s)
    assert unit.n_spikes == pytest.approx(seen.sum(), rel=0.01)


def test_silence_is_no_longer_than_what_was_seen_of_it() -> None:
    whole = Support.of(Epoch(0.0, 200.0))
    times_s = np.arange(0.5, 165.0)
    silent = Unit.from_times(times_s, support=whole)
    assert assess_fate(silent, within=Epoch(0.0, 60.0)).state == "undetermined"
    hidden = Unit.from_times(times_s, support=whole.without([Epoch(170.0, 190.0)]))
    fate = assess_fate(hidden, within=Epoch(0.0, 60.0))
    assert fate.state == "held"
    assert "16 s" in fate.evidence


def test_much_that_was_excised_is_said_of_window_and_baseline() -> None:
    session = simulated(Disturbances(pops=Pops(per_min=400.0, decay_ms=12.0)), FAST)
    analysis = ephys.analyse_session(session.session)
    cell = analysis.cells[0]
    assert any(flag.startswith("baseline: ") and flag.endswith("% excised as artefacts") for flag in cell.flags)
    windows = [window for fit in cell.fits for window in fit.windows]
    assert all(any("excised as artefacts" in flag for flag in window.flags) for window in windows)
    assert all(window.covered_s < window.epoch.duration_s for window in windows)


def test_the_holes_of_a_support_come_back_from_nwb(
    tmp_path: Path, knocked: SimulatedSession, found_units: list[Unit]
) -> None:
    session = Session("rat07", DoseProtocol((), wire_of(knocked).support), units=tuple(found_units))
    back = read_nwb(write_nwb(session, tmp_path / "session.nwb")).units
    for unit, again in zip(found_units, back, strict=True):
        bounds, read = ([(e.start_s, e.stop_s) for e in one.support.epochs] for one in (unit, again))
        np.testing.assert_allclose(bounds, read, atol=1e-12)
        assert len(bounds) > 10


@pytest.mark.real_data
def test_nothing_is_excised_from_real_recordings(shared_data: Path) -> None:
    truth = shared_data / "groundtruth"
    recordings = [
        Recording.from_array(wavfile.read(truth / "starling" / f"st11_1_2_A8_{sweep}.wav")[1], sampling_hz=20_000.0)
        for sweep in (1, 2, 3)
    ]
    purkinje = np.fromfile(truth / "tridesclous" / "purkinje_cell_attached.raw", dtype=np.float32)
    locust = np.fromfile(truth / "tridesclous" / "locust_trial_01.raw", dtype=np.int16).reshape(-1, 4)
    recordings += [Recording.from_array(counts, sampling_hz=15_000.0) for counts in (purkinje, locust)]
    files = ["groundtruth/wave_clus/C_Easy1_noise01_short.mat", "spike2/CAP.smr", "spike2/motor_units.smr"]
    sessions = [ephys.read_session(shared_data / name) for name in files]
    recordings += [session.recording for session in sessions if session.recording is not None]
    assert [find_artefacts(recording) for recording in recordings] == [()] * 8


def test_nothing_is_excised_from_the_sample_session() -> None:
    recording = ephys.load_raw_session().recording
    assert recording is not None
    assert find_artefacts(recording) == ()
