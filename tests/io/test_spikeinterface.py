"""To SpikeInterface and back: its widgets and metrics take what leaves, and silence, pauses and clock come home."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ephys
from ephys.errors import ParameterError
from ephys.model import ArraySource, DoseProtocol, Epoch, Recording, Run, Session, Support, Unit
from ephys.sorting.filters import design_filter, filter_zero_phase

si = pytest.importorskip("spikeinterface.core")

HZ = 20_000.0
SPIKE_UV = -80.0 * np.hanning(21)


def _wire(times_s: list[float], *, starts_s: tuple[float, ...] = (5.0,), seed: int = 0) -> Recording:
    """One wire of 2-s stretches with spikes on it."""
    traces = np.random.default_rng(seed).normal(0.0, 5.0, (len(starts_s) * 40_000, 1)).astype(np.float32)
    runs = tuple(Run(i * 40_000, 40_000, start) for i, start in enumerate(starts_s))
    recording = Recording(ArraySource(traces), HZ, runs, band_hz=(0.1, 8000.0))
    samples = recording.samples(np.array(times_s))
    for sample in samples[samples >= 0]:
        traces[sample - 10 : sample + 11, 0] += SPIKE_UV
    return recording


TIMES = [5.2, 5.5, 6.1, 10.3, 10.9, 11.7]
PAUSED = (5.0, 10.0, 100.0)


def _units(recording: Recording) -> list[Unit]:
    return [
        Unit.from_times(np.array(TIMES) + 0.4 / HZ, support=recording.support, id="a"),
        Unit.from_times([], support=recording.support, id="silent"),
        replace(Unit.from_times([10.5], support=recording.support, id="hash"), multi_unit=True),
    ]


def test_units_come_back_with_their_names_labels_clock_and_silence_across_pauses() -> None:
    recording = _wire(TIMES, starts_s=PAUSED)
    units = _units(recording)
    sorting = ephys.to_spikeinterface(units, recording=recording)
    assert sorting.get_num_segments() == 3  # the last is silent, and SpikeInterface alone would forget it
    assert [sorting.get_start_time(i) for i in range(3)] == list(PAUSED)
    back = ephys.from_spikeinterface(sorting, recording)
    assert [unit.id for unit in back] == ["a", "silent", "hash"]
    assert [unit.multi_unit for unit in back] == [False, False, True]
    for before, after in zip(units, back, strict=True):
        assert after.n_spikes == before.n_spikes
        assert np.abs(after.times_s - before.times_s).max(initial=0.0) <= 0.5001 / HZ
        assert after.support == recording.support


def test_a_pause_is_no_time_in_the_sorting() -> None:
    recording = _wire(TIMES, starts_s=PAUSED)
    sorting = ephys.to_spikeinterface(_units(recording), recording=recording)
    assert list(sorting.get_unit_spike_train("a", segment_index=1)) == [6000, 18_000, 34_000]
    assert sorting.get_unit_spike_train("a", segment_index=1, return_times=True) == pytest.approx(TIMES[3:])


def test_what_comes_back_is_measured_on_the_voltage_and_claims_no_threshold() -> None:
    recording = _wire(TIMES[:3])
    unit = ephys.from_spikeinterface(
        ephys.to_spikeinterface([Unit.from_times(TIMES[:3], support=recording.support)], recording=recording), recording
    )[0]
    filtered = filter_zero_phase(recording.read(0, 40_000), design_filter((150.0, 6000.0), sampling_hz=HZ, order=2))
    expected = np.abs(filtered[recording.samples(np.array(TIMES[:3])), 0])
    assert unit.amplitudes_uv == pytest.approx(expected, rel=0.15)
    assert unit.noise_uv == pytest.approx(float(np.median(np.abs(filtered)) / 0.6745), rel=0.2)
    assert np.isnan(unit.threshold_uv)
    assert unit.waveform is not None
    assert (unit.waveform.source, unit.waveform.band_hz) == ("wide_band", (100.0, 8000.0))


def test_a_stretch_taken_out_of_a_unit_stays_out() -> None:
    recording = _wire(TIMES[:3])
    known = recording.support.without([Epoch(5.7, 5.8)])
    unit = Unit.from_times(TIMES[:3], support=known)
    back = ephys.from_spikeinterface(ephys.to_spikeinterface([unit], recording=recording), recording)[0]
    assert back.support.gaps == (Epoch(5.7, 5.8, "gap"),)


def test_units_merged_in_spikeinterface_come_back_as_one() -> None:
    from spikeinterface.curation import MergeUnitsSorting

    recording = _wire(TIMES, starts_s=PAUSED[:2])
    units = _units(recording)
    merged = MergeUnitsSorting(ephys.to_spikeinterface(units, recording=recording), [["a", "hash"]], ["both"])
    back = {unit.id: unit for unit in ephys.from_spikeinterface(merged, recording)}
    assert set(back) == {"both", "silent"}
    assert back["both"].n_spikes == 7
    assert back["both"].support == recording.support


def test_merged_units_known_in_different_times_must_be_told_theirs() -> None:
    from spikeinterface.curation import MergeUnitsSorting

    recording = _wire(TIMES[:3])
    early = Unit.from_times([5.2], support=Epoch(5.0, 6.0), id="early")
    late = Unit.from_times([6.1], support=Epoch(6.0, 7.0), id="late")
    merged = MergeUnitsSorting(ephys.to_spikeinterface([early, late], recording=recording), [["early", "late"]], ["x"])
    with pytest.raises(ParameterError, match="say support="):
        ephys.from_spikeinterface(merged, recording)
    assert ephys.from_spikeinterface(merged, recording, support=recording.support)[0].n_spikes == 2


def test_units_without_voltage_go_and_come_by_the_rate_of_the_file() -> None:
    whole = Support.of(Epoch(220.0, 260.0))
    session = Session("s", DoseProtocol((), whole), sampling_hz=25_000.0)
    session = ephys.with_units(session, [Unit.from_times([221.0, 259.99995], support=whole)])
    sorting = ephys.to_spikeinterface(session)
    assert sorting.get_sampling_frequency() == 25_000.0
    back = ephys.from_spikeinterface(sorting, session)[0]
    assert np.abs(back.times_s - session.units[0].times_s).max() <= 0.5001 / 25_000.0
    assert np.isnan(back.amplitudes_uv).all()
    with pytest.raises(ParameterError, match="needs the voltage, and there is none"):
        ephys.to_sorting_analyzer(session)


def test_a_label_of_noise_or_mua_makes_a_multi_unit() -> None:
    recording = _wire(TIMES[:3])
    sorting = si.NumpySorting.from_unit_dict({"1": np.array([4000]), "2": np.array([9000])}, HZ)
    sorting.set_property("quality", ["good", "MUA"])
    assert [unit.multi_unit for unit in ephys.from_spikeinterface(sorting, recording)] == [False, True]


def test_the_voltage_is_read_lazily_in_microvolts_on_the_session_s_clock() -> None:
    recording = _wire(TIMES, starts_s=PAUSED)
    lazy = ephys.to_spikeinterface(recording)
    assert isinstance(lazy, si.BaseRecording)
    assert [lazy.get_start_time(i) for i in range(3)] == list(PAUSED)
    part = lazy.get_traces(segment_index=1, start_frame=100, end_frame=300, return_in_uV=True)
    assert np.array_equal(part, recording.read(40_100, 40_300))


def test_a_filtered_chunk_is_the_same_wherever_it_begins() -> None:
    from ephys.sorting.foreign_voltage import VoltageRecording

    lazy = VoltageRecording(_wire(TIMES), band_hz=(150.0, 6000.0))
    whole = lazy.get_traces(segment_index=0)
    part = lazy.get_traces(segment_index=0, start_frame=17_001, end_frame=17_501)
    assert part == pytest.approx(whole[17_001:17_501], abs=1e-3)


def test_a_silenced_cell_stays_in_the_analyzer() -> None:
    recording = _wire(TIMES, starts_s=PAUSED)
    analyzer = ephys.to_sorting_analyzer(_units(recording), recording=recording, metrics=("snr",))
    assert list(analyzer.unit_ids) == ["a", "silent", "hash"]
    assert analyzer.sorting.get_num_segments() == 3
    assert analyzer.sorting.get_start_time(2) == 100.0
    assert [unit.n_spikes for unit in ephys.from_spikeinterface(analyzer, recording)] == [6, 0, 1]


@pytest.mark.parametrize("name", ["kept", "kept.zarr"])
def test_an_analyzer_on_disk_comes_back_whole(tmp_path: Path, name: str) -> None:
    recording = _wire(TIMES, starts_s=PAUSED)
    made = ephys.to_sorting_analyzer(_units(recording), recording=recording, folder=tmp_path / name)
    kept = si.load_sorting_analyzer(tmp_path / name)
    assert set(kept.extensions) == set(made.extensions) >= {"waveforms", "template_similarity", "spike_amplitudes"}
    assert [unit.n_spikes for unit in ephys.from_spikeinterface(kept, recording)] == [6, 0, 1]
    with pytest.raises(ParameterError, match="is not overwritten"):
        ephys.to_sorting_analyzer(_units(recording), recording=recording, folder=tmp_path / name)


@pytest.mark.real_data
def test_a_real_recording_of_four_wires_becomes_an_analyzer(shared_data: Path) -> None:
    raw = np.fromfile(shared_data / "groundtruth" / "tridesclous" / "locust_trial_01.raw", dtype=np.int16)
    recording = Recording.from_array(raw.reshape(-1, 4).astype(np.float32), sampling_hz=15_000.0, start_s=3.0)
    units = ephys.sort_units(recording)
    analyzer = ephys.to_sorting_analyzer(units, recording=recording, metrics=("snr", "isi_violation"))
    theirs = analyzer.get_extension("quality_metrics").get_data()
    single = [unit for unit in units if not unit.multi_unit]
    assert len(single) >= 2
    for unit in single:
        ours = np.median(unit.amplitudes_uv) / unit.noise_uv
        assert theirs.loc[unit.id, "snr"] == pytest.approx(ours, rel=0.25)
        assert theirs.loc[unit.id, "isi_violations_count"] == np.sum(np.diff(unit.times_s) < 0.0015)
    back = ephys.from_spikeinterface(analyzer, recording)
    assert [unit.n_spikes for unit in back] == [unit.n_spikes for unit in units]
    assert back[0].times_s[0] >= 3.0


class TestErrors:
    def test_a_sorting_of_another_rate_is_refused(self) -> None:
        sorting = si.NumpySorting.from_unit_dict({"1": np.array([100])}, 30_000.0)
        with pytest.raises(ParameterError, match="30000 frames a second, the recording 20000"):
            ephys.from_spikeinterface(sorting, _wire(TIMES))

    def test_a_sorting_of_joined_pauses_is_refused(self) -> None:
        sorting = si.NumpySorting.from_unit_dict({"1": np.array([100, 90_000])}, HZ)
        with pytest.raises(ParameterError, match="1 segments, and the recording 3 unbroken stretches"):
            ephys.from_spikeinterface(sorting, _wire(TIMES, starts_s=PAUSED))

    def test_a_spike_beyond_the_recording_is_refused(self) -> None:
        sorting = si.NumpySorting.from_unit_dict({"1": np.array([100, 90_000])}, HZ)
        with pytest.raises(ParameterError, match="spike at frame 90000 of segment 0, which was recorded for 40000"):
            ephys.from_spikeinterface(sorting, _wire(TIMES))

    def test_what_is_no_sorting_is_refused(self) -> None:
        with pytest.raises(ParameterError, match="takes a Sorting or a SortingAnalyzer, got list"):
            ephys.from_spikeinterface([], _wire(TIMES))

    def test_a_spike_in_a_pause_is_refused(self) -> None:
        unit = Unit.from_times([8.0], support=Epoch(0.0, 20.0))
        with pytest.raises(ParameterError, match="1 of 1 spikes of unit 1 lie where nothing was recorded"):
            ephys.to_spikeinterface([unit], recording=_wire(TIMES, starts_s=PAUSED))

    def test_without_a_rate_there_are_no_frames(self) -> None:
        session = Session("s", DoseProtocol((), Support.of(Epoch(0.0, 9.0))))
        session = ephys.with_units(session, [Unit.from_times([1.0], support=Epoch(0.0, 9.0))])
        with pytest.raises(ParameterError, match="counts in frames; say sampling_hz, got nan"):
            ephys.to_spikeinterface(session)
        with pytest.raises(ParameterError, match="session s: has no units"):
            ephys.to_spikeinterface(ephys.with_units(session, []), sampling_hz=HZ)

    def test_units_known_in_different_times_need_their_recording(self) -> None:
        units = [Unit.from_times([1.0], support=Epoch(0.0, stop), id=str(stop)) for stop in (2.0, 3.0)]
        with pytest.raises(ParameterError, match="give their recording, or the session"):
            ephys.to_spikeinterface(units, sampling_hz=HZ)

    def test_an_unknown_metric_is_refused_with_a_hint(self) -> None:
        recording = _wire(TIMES[:3])
        with pytest.raises(ParameterError, match="no quality metric 'snrs'; did you mean 'snr'"):
            ephys.to_sorting_analyzer(
                [Unit.from_times(TIMES[:3], support=recording.support)], recording=recording, metrics=("snrs",)
            )

    def test_without_spikeinterface_it_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import sys

        monkeypatch.setitem(sys.modules, "spikeinterface.core", None)
        with pytest.raises(ParameterError, match=r"pip install 'ephys\[spikeinterface\]'"):
            ephys.to_spikeinterface(_wire(TIMES))

    @pytest.mark.parametrize("mode", ["desktop", "web"])
    def test_without_the_gui_it_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch, mode: Any) -> None:
        import sys

        for name in ("panel", "pyqtgraph", "spikeinterface_gui"):
            monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(ParameterError, match=rf"pip install 'spikeinterface-gui\[{mode}\]'"):
            ephys.open_spikeinterface_gui(_units(_wire(TIMES, starts_s=PAUSED)), mode=mode)
