"""Slow wide cells are found beside fast ones, through silence and run-down; what cannot be told apart is said so."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat

from ephys.errors import ParameterError
from ephys.model import ArraySource, Epoch, Recording, Run, Unit
from ephys.simulation import CellSpec, DoseSchedule, SimulatedSession, simulate_session
from ephys.simulation.cells import DEFAULT_CELLS
from ephys.sorting import SortingSettings, compare_units, sort_units, sorter
from ephys.sorting.agreement import count_coincidences
from ephys.sorting.detection import DetectionSettings
from ephys.sorting.islands import Reach, find_islands

FS = 20000.0
SHORT = DoseSchedule(baseline_s=120.0, interval_s=60.0, cumulative_ug_kg=(80.0, 320.0, 1280.0), recovery_s=60.0)
WIDE = CellSpec(name="wide", rate_hz=2.0, doublet_share=0.05, hill=4.0)
FAST = CellSpec(name="fast", cell_type="fast", rate_hz=10.0, cv=0.5, amplitude_uv=80.0, polarity=-1, emax_percent=0.0)


def accuracy(simulated: SimulatedSession, found: list[Unit], name: str) -> float:
    true = [unit for unit in simulated.true_units if unit.id == name]
    return compare_units(true, found)[0].accuracy


def partner(simulated: SimulatedSession, found: list[Unit], name: str) -> Unit:
    true = [unit for unit in simulated.true_units if unit.id == name]
    match = compare_units(true, found)[0]
    return next(unit for unit in found if unit.id == match.found)


@pytest.mark.parametrize("polarity", [1, -1])
def test_a_slow_wide_cell_is_found_beside_a_fast_one(polarity: int) -> None:
    wide = CellSpec(name="wide", rate_hz=2.0, doublet_share=0.05, hill=4.0, polarity=polarity)  # type: ignore[arg-type]
    simulated = simulate_session(3, cells=(wide, FAST), schedule=SHORT)
    assert simulated.session.recording is not None
    found = sort_units(simulated.session.recording)
    assert accuracy(simulated, found, "wide") >= 0.95
    assert accuracy(simulated, found, "fast") >= 0.95


def test_a_silenced_cell_is_silent_and_the_same_unit_afterwards() -> None:
    """Few spikes return in one short session, so that several are counted together; hits are matched one to one."""
    small = CellSpec(name="wide", rate_hz=2.0, amplitude_uv=50.0, id50=20.0, hill=4.0)
    silence, back = Epoch(210.0, SHORT.antagonist_s), Epoch(SHORT.antagonist_s, SHORT.stop_s)
    returned = found = 0
    for seed in range(4):
        simulated = simulate_session(seed, cells=(small, FAST), schedule=SHORT)
        assert simulated.session.recording is not None
        unit = partner(simulated, sort_units(simulated.session.recording), "wide")
        assert np.median(unit.amplitudes_uv) / unit.noise_uv < 7
        (true,) = (cell for cell in simulated.true_units if cell.id == "wide")
        false = int(silence.mask(unit.times_s).sum()) - _hits(true, unit, silence)
        assert false <= silence.duration_s / 60.0
        returned += int(back.mask(true.times_s).sum())
        found += _hits(true, unit, back)
    assert found >= 0.9 * returned > 60


def _hits(true: Unit, unit: Unit, epoch: Epoch) -> int:
    """True spikes of a window that the unit has."""
    return count_coincidences(true.times_s[epoch.mask(true.times_s)], unit.times_s[epoch.mask(unit.times_s)])


def test_a_cell_that_runs_down_stays_one_unit_while_it_can_be_seen() -> None:
    lost = CellSpec(
        name="lost",
        rate_hz=2.0,
        amplitude_uv=100.0,
        rundown_from_s=60.0,
        lost_at_s=240.0,
        fate="lost",
        emax_percent=0.0,
    )
    simulated = simulate_session(1, cells=(lost, FAST), schedule=SHORT)
    assert simulated.session.recording is not None
    unit = partner(simulated, sort_units(simulated.session.recording), "lost")
    (true,) = (cell for cell in simulated.true_units if cell.id == "lost")
    seen = true.amplitudes_uv > 5.5 * unit.noise_uv
    visible = Unit.from_times(true.times_s[seen], support=true.support)
    assert compare_units([visible], [unit])[0].hits >= 0.93 * seen.sum()
    assert (unit.times_s > 300.0).sum() <= 4


def test_two_cells_of_one_shape_and_different_size_are_two_units() -> None:
    cells = (WIDE, CellSpec(name="small", rate_hz=1.5, amplitude_uv=70.0, emax_percent=0.0))
    simulated = simulate_session(2, cells=cells, schedule=SHORT)
    assert simulated.session.recording is not None
    found = sort_units(simulated.session.recording)
    assert accuracy(simulated, found, "wide") >= 0.93
    assert accuracy(simulated, found, "small") >= 0.9


def test_noise_alone_gives_no_single_unit() -> None:
    noise = np.random.default_rng(0).normal(0, 10, round(60 * FS))
    assert all(unit.multi_unit for unit in sort_units(Recording.from_array(noise, sampling_hz=FS)))


@pytest.mark.parametrize("noise_uv", [0.0, 0.03, 0.3])
@pytest.mark.parametrize("mains_hz", [50.0, 49.987])
def test_hum_alone_gives_no_single_unit(mains_hz: float, noise_uv: float) -> None:
    turns = 2.0 * np.pi * mains_hz * np.arange(int(15 * FS)) / FS
    wave = 60.0 * sum(np.sin(order * turns + order) / order for order in range(1, 40, 2))
    noise = noise_uv * np.random.default_rng(0).normal(size=len(turns))
    units = sort_units(Recording.from_array(wave + noise, sampling_hz=FS))
    assert all(unit.multi_unit for unit in units)


def wire_with(times_s: np.ndarray, channels: tuple[float, ...], *, seconds: float = 60.0) -> np.ndarray:
    traces = np.random.default_rng(0).normal(0, 10, (round(seconds * FS), len(channels)))
    time_ms = np.arange(-40, 100) / FS * 1e3
    spike = np.exp(-0.5 * (time_ms / 0.25) ** 2) - 0.45 * np.exp(-0.5 * ((time_ms - 1.2) / 0.4) ** 2)
    for spike_s in times_s:
        start = round(spike_s * FS) - 40
        traces[start : start + 140] += np.outer(spike, channels)
    return traces


def test_a_few_channels_are_sorted_together_and_read_where_the_cell_is_largest() -> None:
    times_s = np.arange(0.5, 59.5, 0.7)
    recording = Recording.from_array(wire_with(times_s, (40.0, 110.0, 60.0, 20.0)), sampling_hz=FS)
    unit = sort_units(recording)[0]
    assert compare_units([Unit.from_times(times_s, support=recording.support)], [unit])[0].accuracy > 0.97
    assert np.median(unit.amplitudes_uv) == pytest.approx(100.0, abs=12.0)
    assert unit.waveform is not None
    assert unit.waveform.snippets_uv.shape[2] == 4


def test_a_unit_crosses_a_gap_and_knows_it() -> None:
    times_s = np.arange(0.5, 59.5, 0.7)
    traces = wire_with(times_s, (100.0,))
    runs = (Run(0, round(20 * FS), 100.0), Run(round(20 * FS), round(40 * FS), 500.0))
    unit = sort_units(Recording(ArraySource(traces), FS, runs))[0]
    shifted = np.where(times_s < 20.0, times_s + 100.0, times_s + 480.0)
    truth = Unit.from_times(shifted, support=unit.support)
    assert compare_units([truth], [unit])[0].accuracy > 0.97
    assert len(unit.support.gaps) == 1


@pytest.mark.parametrize("last", [1, 100, 4000])
def test_a_run_in_which_nothing_crosses_the_threshold_is_sorted_too(last: int) -> None:
    times_s = np.arange(0.5, 59.5, 0.7)
    traces = wire_with(times_s, (100.0,))
    rest = len(traces) - last
    runs = (Run(0, rest, 0.0), Run(rest, last, 100.0))
    units = sort_units(Recording(ArraySource(traces), FS, runs))
    assert [unit.n_spikes for unit in units if not unit.multi_unit] == [len(times_s)]


def test_thirty_spikes_in_ten_minutes_are_a_unit() -> None:
    times_s = np.linspace(5.0, 595.0, 30)
    recording = Recording.from_array(wire_with(times_s, (110.0,), seconds=600.0), sampling_hz=FS)
    single = [unit for unit in sort_units(recording) if not unit.multi_unit]
    assert [unit.n_spikes for unit in single] == [30]


def test_one_seed_one_answer_and_the_unit_of_the_voltage_does_not_matter() -> None:
    traces = wire_with(np.arange(0.5, 59.5, 0.7), (90.0,))
    first, second, in_mv = (
        sort_units(Recording.from_array(traces * scale, sampling_hz=FS), seed=7)[0] for scale in (1.0, 1.0, 1e-3)
    )
    np.testing.assert_array_equal(first.times_s, second.times_s)
    np.testing.assert_array_equal(first.amplitudes_uv, second.amplitudes_uv)
    assert in_mv.n_spikes == pytest.approx(first.n_spikes, abs=1)


def test_a_silent_wire_has_no_units_and_a_flat_one_is_refused() -> None:
    quiet = np.sin(np.arange(40000) / 5.0)
    assert sort_units(Recording.from_array(quiet, sampling_hz=FS)) == []
    with pytest.raises(ParameterError, match="flat"):
        sort_units(Recording.from_array(np.zeros(40000), sampling_hz=FS))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("at_s", [0.0, 7.3, 59.99995])
def test_what_is_no_number_is_refused_with_where_it_is(bad: float, at_s: float) -> None:
    traces = wire_with(np.arange(0.5, 59.5, 0.7), (100.0, 50.0))
    first = round(at_s * FS)
    traces[first : first + 30, 1] = bad
    count = len(traces[first : first + 30])
    recording = Recording.from_array(traces, sampling_hz=FS, start_s=100.0, channel_names=("a", "b"), name="rat 3")
    with pytest.raises(ParameterError) as raised:
        sort_units(recording)
    message = str(raised.value)
    what = "1 sample of channel b is" if count == 1 else f"{count} samples of channel b are"
    assert f"rat 3: {what} NaN or infinite, the first at {100.0 + at_s:.9g} s" in message
    assert "stretches before and after" in message


def test_numbers_that_are_cut_out_as_a_gap_do_no_harm() -> None:
    times_s = np.arange(0.5, 59.5, 0.7)
    traces = wire_with(times_s, (100.0,))
    traces[round(20.2 * FS) : round(20.3 * FS)] = np.nan
    kept = np.concatenate([traces[: round(20.2 * FS)], traces[round(20.3 * FS) :]])
    first = round(20.2 * FS)
    runs = (Run(0, first, 0.0), Run(first, len(kept) - first, 20.3))
    unit = sort_units(Recording(ArraySource(kept), FS, runs))[0]
    assert unit.n_spikes == len(times_s)


def test_a_unit_threshold_below_the_detection_threshold_is_refused() -> None:
    with pytest.raises(ParameterError, match="unit_threshold_sd"):
        SortingSettings(unit_threshold_sd=3.0, detection=DetectionSettings(threshold_sd=4.0))


@pytest.mark.real_data
def test_each_of_three_similar_cells_is_found(shared_data: Path) -> None:
    known = loadmat(shared_data / "groundtruth" / "wave_clus" / "C_Easy1_noise01_short.mat")
    recording = Recording.from_array(known["data"].ravel() * 100.0, sampling_hz=24000.0)
    starts_s, cells = known["spike_times"][0, 0].ravel() / 24000.0, known["spike_class"][0, 0].ravel()
    found = sort_units(recording)
    for cell in (1, 2, 3):
        # The labels mark where a spike begins; its peak comes some samples later, alike for all spikes of a cell.
        begins_s = starts_s[cells == cell]
        lags_s = [np.median(_next(unit.times_s, begins_s) - begins_s) for unit in found]
        trains = [
            Unit.from_times(begins_s + lag_s, support=Epoch(0.0, 10.1), id=str(cell))
            for lag_s in lags_s
            if lag_s < 2e-3
        ]
        assert max(match.accuracy for train in trains for match in compare_units([train], found)) >= 0.97


def _next(times_s: np.ndarray, after_s: np.ndarray) -> np.ndarray:
    """First of `times_s` after each of `after_s`."""
    return times_s[np.minimum(np.searchsorted(times_s, after_s), len(times_s) - 1)]


@pytest.mark.real_data
def test_a_locust_tetrode_gives_isolated_units(shared_data: Path) -> None:
    counts = np.fromfile(shared_data / "groundtruth" / "tridesclous" / "locust_trial_01.raw", dtype=np.int16)
    found = sort_units(Recording.from_array(counts.reshape(-1, 4), sampling_hz=15000.0))
    isolated = [unit for unit in found if not unit.multi_unit]
    assert len(isolated) >= 3
    assert all(np.diff(unit.times_s).min() >= 1e-3 for unit in isolated)


@pytest.mark.real_data
def test_a_juxtacellular_cell_is_one_large_unit(shared_data: Path) -> None:
    volts = np.fromfile(shared_data / "groundtruth" / "tridesclous" / "purkinje_cell_attached.raw", dtype=np.float32)
    unit = sort_units(Recording.from_array(volts * 1e3, sampling_hz=15000.0))[0]
    assert np.median(unit.amplitudes_uv) > 30 * unit.noise_uv
    assert 500 <= unit.n_spikes <= 975  # a threshold counts about 975, the small last spikes of bursts among them
    assert np.diff(unit.times_s).min() > 2e-3


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_the_default_session_is_sorted(seed: int) -> None:
    simulated = simulate_session(seed)
    assert simulated.session.recording is not None
    found = sort_units(simulated.session.recording)
    assert accuracy(simulated, found, "held") >= 0.95
    assert accuracy(simulated, found, "fast") >= 0.95
    (true,) = (cell for cell in simulated.true_units if cell.id == "lost")
    unit = partner(simulated, found, "lost")
    visible = Unit.from_times(true.times_s[true.amplitudes_uv > 5.5 * unit.noise_uv], support=true.support)
    assert compare_units([visible], [unit])[0].hits >= 0.93 * visible.n_spikes


def test_volts_taken_for_microvolts_are_asked_about() -> None:
    volts = np.random.default_rng(0).normal(0.0, 10e-6, 100_000)
    with pytest.raises(ParameterError, match="must be in µV"):
        sort_units(Recording.from_array(volts, sampling_hz=20000.0))


def test_a_cell_that_runs_down_to_the_threshold_is_isolated_by_what_it_was() -> None:
    """Whether it is one cell must not depend on what became of it after the first dose."""
    rng = np.random.default_rng(4)
    wire = rng.normal(0.0, 10.0, 400 * 20_000).astype(np.float32)
    shape = np.hanning(31)
    for peak_s in np.arange(0.6, 399.0, 0.8) + rng.normal(0, 0.05, 498):
        middle = round(peak_s * 20_000)
        wire[middle - 15 : middle + 16] += np.interp(peak_s, [120.0, 300.0], [150.0, 45.0]) * shape
    whole = sort_units(Recording.from_array(wire, sampling_hz=20_000.0))
    early = sort_units(Recording.from_array(wire[: 120 * 20_000], sampling_hz=20_000.0))
    assert [unit.multi_unit for unit in (whole[0], early[0])] == [False, False]


def test_a_run_down_shows_in_full_where_noise_and_drift_move_the_spikes_to_another_phase() -> None:
    rng = np.random.default_rng(1)
    wire = rng.normal(0.0, 10.0, round(400 * FS)).astype(np.float32)
    time_ms = np.arange(-60, 100) / FS * 1e3
    peak, trough = (np.exp(-0.5 * ((time_ms - at) / width) ** 2) for at, width in ((0.0, 0.22), (0.7, 0.24)))
    for peak_s in np.arange(0.6, 399.0, 0.4) + rng.normal(0.0, 0.03, 996):
        size, ratio = np.interp(peak_s, [0.0, 400.0], [130.0, 71.5]), np.interp(peak_s, [0.0, 400.0], [1.15, 0.87])
        first = round(peak_s * FS) - 60
        wire[first : first + 160] += size * (peak * np.sqrt(ratio) - trough / np.sqrt(ratio))
    unit = sort_units(Recording.from_array(wire, sampling_hz=FS))[0]
    medians = [np.median(unit.amplitudes_uv[Epoch(at, at + 50.0).mask(unit.times_s)]) for at in (0.0, 200.0, 350.0)]
    assert medians[1] / medians[0] == pytest.approx(0.77, abs=0.05)
    assert medians[2] / medians[0] == pytest.approx(0.61, abs=0.05)


def test_the_number_of_jobs_changes_nothing() -> None:
    stayed = tuple(cell for cell in DEFAULT_CELLS if cell.lost_at_s is None)
    recording = simulate_session(2, cells=stayed, schedule=SHORT).session.recording
    assert recording is not None
    one, *others = (sort_units(recording, jobs=jobs) for jobs in (1, 2, None))
    for other in others:
        assert_same_units(one, other)


def assert_same_units(ones: list[Unit], others: list[Unit]) -> None:
    assert [unit.id for unit in ones] == [unit.id for unit in others] != []
    for one, other in zip(ones, others, strict=True):
        np.testing.assert_array_equal(one.times_s, other.times_s)
        np.testing.assert_array_equal(one.amplitudes_uv, other.amplitudes_uv)
        assert one.waveform is not None
        assert other.waveform is not None
        np.testing.assert_array_equal(one.waveform.snippets_uv, other.waveform.snippets_uv)


def test_islands_that_do_not_fit_in_memory_are_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = simulate_session(2, cells=(WIDE, FAST), schedule=SHORT).session.recording
    assert recording is not None
    kept = sort_units(recording)
    for kept_bytes in (0, 400_000):  # none, and those of the first chunks
        monkeypatch.setattr(sorter, "find_islands", partial(find_islands, kept_bytes=kept_bytes))
        assert_same_units(kept, sort_units(recording))


def test_islands_give_what_the_whole_voltage_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spikes overlap, so that rounds follow one another; one chunk, so that both are filtered alike."""
    rng = np.random.default_rng(6)
    times_s = np.sort(rng.uniform(0.5, 54.5, 150))
    small = wire_with(times_s + rng.uniform(0.0, 0.006, len(times_s)), (60.0, 20.0), seconds=55.0)
    traces = wire_with(times_s, (30.0, 120.0), seconds=55.0) + 0.8 * small
    recording = Recording.from_array(traces, sampling_hz=FS)
    on_islands = sort_units(recording)
    monkeypatch.setattr(sorter, "_reach", lambda *_: Reach(recording.n_samples, recording.n_samples))
    whole = sort_units(recording)
    assert [unit.multi_unit for unit in on_islands] == [unit.multi_unit for unit in whole] == [False, False, True]
    # Spectra of another length are rounded elsewhere.
    for one, other in zip(on_islands, whole, strict=True):
        np.testing.assert_allclose(one.times_s, other.times_s, atol=1e-9)
        np.testing.assert_allclose(one.amplitudes_uv, other.amplitudes_uv, rtol=1e-5)
