"""NWB files of other people are read as far as they go, and what is not read is said."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from pynwb import NWBHDF5IO, NWBFile, TimeSeries
from pynwb.ecephys import LFP, ElectricalSeries
from pynwb.epoch import TimeIntervals
from pynwb.misc import AnnotationSeries

from ephys.errors import FileFormatError
from ephys.io import read_session, session_info
from ephys.model import Epoch, Support

FS = 20000.0


def _file(groups: dict[str, int]) -> tuple[Any, dict[str, Any]]:
    """A file with electrode groups of so many wires, and the region of each group."""
    file = NWBFile("another's", "other", datetime(2020, 1, 2, tzinfo=UTC))
    device = file.create_device(name="probe")
    regions, first = {}, 0
    for name, count in groups.items():
        group = file.create_electrode_group(name=name, description="wires", location="DR", device=device)
        for _ in range(count):
            file.add_electrode(group=group, location="DR")
        regions[name] = file.create_electrode_table_region(list(range(first, first + count)), name)
        first += count
    if groups:
        regions["all"] = file.create_electrode_table_region(list(range(first)), "all")
    return file, regions


def _write(file: Any, path: Path) -> Path:
    with NWBHDF5IO(str(path), "w") as io:
        io.write(file)
    return path


def _counts(samples: int, wires: int) -> np.ndarray[Any, Any]:
    """Counts that tell sample and wire."""
    return (np.arange(samples)[:, None] % 1000 + 1000 * np.arange(wires)).astype(np.int16)


def _series(name: str, data: Any, wires: Any, **more: Any) -> ElectricalSeries:
    clock = {} if "timestamps" in more else {"rate": FS, "starting_time": 0.0}
    return ElectricalSeries(name=name, data=data, electrodes=wires, **{"conversion": 1e-6, **clock, **more})


# --- voltage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("apart", [False, True])
def test_the_wires_of_one_electrode_group_are_one_recording(tmp_path: Path, apart: bool) -> None:
    file, wires = _file({"tetrode 1": 4, "tetrode 3": 4})
    counts = _counts(500, 8)
    if apart:  # a series per wire
        for i in range(8):
            one = file.create_electrode_table_region([i], "wire")
            file.add_acquisition(_series(f"wire{i}", counts[:, i], one))
    else:
        file.add_acquisition(_series("raw", counts, wires["all"]))
    path = _write(file, tmp_path / "tetrodes.nwb")
    third = read_session(path, group="tetrode 3").recording
    assert third is not None
    np.testing.assert_array_equal(third.read(0, 500), counts[:, 4:])
    assert [c.group for c in session_info(path).channels] == ["tetrode 1"] * 4 + ["tetrode 3"] * 4
    plain = read_session(path)
    assert plain.recording is not None
    np.testing.assert_array_equal(plain.recording.read(0, 500), counts[:, : 1 if apart else 4])
    assert any("not read: " in doubt and "tetrode 3" in doubt for doubt in plain.doubts)
    with pytest.raises(FileFormatError, match=r"no electrode group 'tetrode 2'; it has 'tetrode 1', 'tetrode 3'"):
        read_session(path, group="tetrode 2")


def test_raw_and_filtered_voltage_of_the_same_wires_are_not_one_electrode(tmp_path: Path) -> None:
    file, wires = _file({"tetrode": 2})
    for name, factor in (("filtered", 1), ("raw", 2)):
        file.add_acquisition(_series(name, _counts(300, 2) * factor, wires["tetrode"]))
    recording = read_session(_write(file, tmp_path / "a.nwb"), group="tetrode").recording
    assert recording is not None
    assert recording.n_channels == 2
    np.testing.assert_array_equal(recording.read(0, 300), _counts(300, 2))


def test_channels_with_scales_of_their_own_are_each_read_in_theirs(tmp_path: Path) -> None:
    file, wires = _file({"tetrode": 3})
    gains = [1.0, 2.0, 0.5]
    file.add_acquisition(
        _series("raw", _counts(300, 3), wires["tetrode"], channel_conversion=gains, conversion=2e-6, offset=1e-5)
    )
    path = _write(file, tmp_path / "a.nwb")
    recording = read_session(path).recording
    assert recording is not None
    np.testing.assert_allclose(recording.read(50, 300), 10 + 2.0 * _counts(300, 3)[50:] * gains, rtol=1e-6)
    one = read_session(path, wire="raw 2").recording
    assert one is not None
    np.testing.assert_allclose(one.read(0, 300)[:, 0], 10 + _counts(300, 3)[:, 2], rtol=1e-6)
    told = read_session(path, gain_uv=0.25).recording
    assert told is not None
    np.testing.assert_allclose(told.read(0, 300), 0.25 * _counts(300, 3))


@pytest.mark.parametrize("rounded", [False, True])
def test_pauses_are_found_in_time_stamps(tmp_path: Path, rounded: bool) -> None:
    file, wires = _file({"wire": 1})
    stamps = 5.0 + np.arange(4000) / FS
    stamps[1500:] += 2.0
    stamps[3000:] += 60.0
    if rounded:  # to 0.1 ms, coarser than a sample
        stamps = np.round(stamps, 4)
    file.add_acquisition(_series("raw", _counts(4000, 1), wires["wire"], timestamps=stamps))
    recording = read_session(_write(file, tmp_path / "a.nwb")).recording
    assert recording is not None
    assert recording.sampling_hz == pytest.approx(FS, rel=1e-9 if not rounded else 1e-3)
    assert [(run.first_sample, run.n_samples) for run in recording.runs] == [(0, 1500), (1500, 1500), (3000, 1000)]
    np.testing.assert_allclose([run.start_s for run in recording.runs], stamps[[0, 1500, 3000]])


def test_series_that_follow_one_another_are_one_recording_with_a_pause(tmp_path: Path) -> None:
    file, wires = _file({"wire": 1})
    for number, start_s in ((2, 90.0), (1, 10.0)):
        file.add_acquisition(
            _series(f"part{number}", number * np.ones(200, np.int16), wires["wire"], starting_time=start_s)
        )
    recording = read_session(_write(file, tmp_path / "a.nwb")).recording
    assert recording is not None
    assert [run.start_s for run in recording.runs] == [10.0, 90.0]
    np.testing.assert_array_equal(recording.read(0, 400)[:, 0], np.repeat([1, 2], 200))


def test_slow_voltage_is_a_monitor_and_many_channels_of_it_wait_to_be_named(tmp_path: Path) -> None:
    file, wires = _file({"probe": 2, "screw": 1})
    file.add_acquisition(_series("raw", _counts(8000, 2), wires["probe"]))
    file.add_acquisition(_series("EEG", _counts(100, 1)[:, 0], wires["screw"], rate=250.0))
    module = file.create_processing_module("ecephys", "processed")
    module.add(LFP(electrical_series=_series("lfp", _counts(400, 2), wires["probe"], rate=1000.0)))
    module.add(TimeSeries(name="breathing", data=np.arange(40.0), unit="V", rate=100.0, conversion=2.0))
    path = _write(file, tmp_path / "a.nwb")
    session = read_session(path)
    assert [(m.name, m.unit, m.sampling_hz) for m in session.monitors] == [
        ("EEG", "uV", 250.0), ("breathing", "V", 100.0),
    ]  # fmt: skip
    np.testing.assert_allclose(session.monitors[0].values, np.arange(100))
    np.testing.assert_allclose(session.monitors[1].values, 2.0 * np.arange(40))
    assert any("'lfp 0' (probe)" in doubt and "monitors names those" in doubt for doubt in session.doubts)
    named = read_session(path, monitors=["lfp 1", "breathing"])
    assert [m.name for m in named.monitors] == ["EEG", "lfp 1", "breathing"]
    np.testing.assert_allclose(named.monitors[1].values, _counts(400, 2)[:, 1])
    assert named.recording is not None
    assert named.recording.n_channels == 2


def test_whole_numbers_without_a_scale_are_doubted(tmp_path: Path) -> None:
    file, wires = _file({"wire": 1})
    file.add_acquisition(_series("raw", _counts(300, 1), wires["wire"], conversion=1.0))
    assert any("too coarse" in doubt for doubt in read_session(_write(file, tmp_path / "a.nwb")).doubts)


def test_a_filter_that_is_not_installed_is_named(tmp_path: Path) -> None:
    file, wires = _file({"wire": 1})
    file.add_acquisition(_series("raw", _counts(300, 1), wires["wire"]))
    path = _write(file, tmp_path / "a.nwb")
    with h5py.File(path, "r+") as opened:
        series = opened["acquisition/raw"]
        attributes = dict(series["data"].attrs)
        del series["data"]
        packed = series.create_dataset(
            "data", (300, 1), np.int16, chunks=(300, 1), compression=32017, allow_unknown_filter=True
        )
        packed.attrs.update(attributes)
    with pytest.raises(FileFormatError, match=r"a\.nwb: 'raw' is compressed with HDF5 filter 32017.*hdf5plugin"):
        read_session(path)


# --- units -----------------------------------------------------------------------------------------------------------


def test_spikes_outside_what_was_observed_are_left_out_and_said(tmp_path: Path) -> None:
    file, _ = _file({})
    file.add_unit_column("quality", "by the sorter")
    file.add_unit_column("snr", "signal to noise")
    file.add_unit(spike_times=[1.0, 5.0, 12.0], obs_intervals=[[0.0, 10.0]], quality="good", snr=5.0)
    file.add_unit(spike_times=[1.0, 2.0], obs_intervals=[[4.0, 8.0], [0.0, 5.0]], quality="mua", snr=2.0)
    session = read_session(_write(file, tmp_path / "a.nwb"))
    assert [unit.times_s.tolist() for unit in session.units] == [[1.0, 5.0], [1.0, 2.0]]
    assert [unit.multi_unit for unit in session.units] == [False, True]
    assert [(e.start_s, e.stop_s) for e in session.units[1].support.epochs] == [(0.0, 8.0)]
    said = "; ".join(session.doubts)
    for words in (
        "unit 0: 1 of 3 spikes lie outside what was observed and are left out, the first at 12 s",
        "unit 1: its obs_intervals overlap",
        "not read: snr",
        "no single cells by the file's own quality: 1",
    ):
        assert words in said


def test_the_order_of_ids_that_occur_twice_is_kept(tmp_path: Path) -> None:
    file, _ = _file({})
    for start in (1.0, 2.0):
        file.add_unit(spike_times=[start, 3.5], id=7)
    assert [unit.id for unit in read_session(_write(file, tmp_path / "a.nwb")).units] == ["7 (row 0)", "7 (row 1)"]


def test_what_is_recorded_is_where_any_unit_was_observed(tmp_path: Path) -> None:
    file, _ = _file({})
    file.add_unit(spike_times=[1.0], obs_intervals=[[0.0, 10.0]])
    file.add_unit(spike_times=[35.0], obs_intervals=[[5.0, 12.0], [30.0, 40.0]])
    session = read_session(_write(file, tmp_path / "a.nwb"))
    assert session.support == Support.of(Epoch(0.0, 12.0, "recorded"), Epoch(30.0, 40.0, "recorded"))


@pytest.mark.real_data
def test_a_real_file_opens_and_says_what_is_not_read(shared_data: Path) -> None:
    session = read_session(shared_data / "nwb" / "A8604-211122.nwb")
    assert [(unit.id, unit.n_spikes) for unit in session.units] == [("6", 11020), ("191", 4690), ("206", 5644)]
    said = "; ".join(session.doubts)
    for words in ("no obs_intervals", "not read: location, group, electrode_group", "table 'epochs' of 1 intervals"):
        assert words in said


# --- what was given, and marks ---------------------------------------------------------------------------------------


def _with_units() -> Any:
    file, _ = _file({})
    file.add_unit(spike_times=[1.0, 50.0], obs_intervals=[[0.0, 100.0]])
    return file


def _drugs(name: str, columns: dict[str, list[Any]]) -> TimeIntervals:
    table = TimeIntervals(name=name, description="given")
    for column in columns:
        table.add_column(column, column)
    for i in range(len(next(iter(columns.values())))):
        table.add_row(
            start_time=20.0 + i, stop_time=20.5 + i, **{column: values[i] for column, values in columns.items()}
        )
    return table


def test_annotations_and_drugs_in_a_table_of_ones_own_are_marks(tmp_path: Path) -> None:
    file = _with_units()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pynwb would rather have another type for new files
        notes = AnnotationSeries(name="notes", data=["sal 1 ml/kg", "WAY 0.1 mg/kg"], timestamps=[10.0, 40.0])
    file.add_stimulus(notes)
    file.add_time_intervals(
        _drugs("injections", {"drug": ["ipsapirone"], "dose": [20.0], "unit": ["ug/kg"], "route": ["i.v."]})
    )
    file.add_trial(start_time=0.0, stop_time=5.0)
    session = read_session(_write(file, tmp_path / "a.nwb"))
    assert [(e.time_s, e.text, e.channel) for e in session.events] == [
        (10.0, "sal 1 ml/kg", "notes"),
        (40.0, "WAY 0.1 mg/kg", "notes"),
        (20.0, "ipsapirone 20 ug/kg i.v.", "injections"),
    ]
    said = "; ".join(session.doubts)
    assert "table 'injections' lists drugs, but it has no dose_kind, role: its 1 rows are read as marks" in said
    assert "trials" in said


def test_a_drug_record_that_leaves_increment_or_total_open_is_not_guessed_at(tmp_path: Path) -> None:
    columns: dict[str, list[Any]] = {
        "drug": ["ipsapirone"] * 2, "dose": [20.0, 40.0], "unit": ["ug/kg"] * 2, "role": ["agonist"] * 2
    }  # fmt: skip
    for number, (kinds, known) in enumerate((({}, False), ({"dose_kind": ["cumulative"] * 2}, True))):
        file = _with_units()
        file.add_time_intervals(_drugs("drug_administrations", {**columns, **kinds}))
        session = read_session(_write(file, tmp_path / f"{number}.nwb"))
        assert bool(session.protocol.drugs) == known
        assert bool(session.events) != known
    given = session.protocol.administrations[0]
    assert (given.start_s, given.stop_s, given.dose, given.dose_kind) == (20.0, 20.5, 20.0, "cumulative")


def test_a_role_that_does_not_exist_is_refused_by_row_and_word(tmp_path: Path) -> None:
    file = _with_units()
    columns: dict[str, list[Any]] = {"drug": ["x"], "dose": [1.0], "unit": ["nA"], "role": ["poison"]}
    file.add_time_intervals(_drugs("drug_administrations", {**columns, "dose_kind": ["increment"]}))
    with pytest.raises(FileFormatError, match=r"a\.nwb: table drug_administrations, x at 20 s: role .*got 'poison'"):
        read_session(_write(file, tmp_path / "a.nwb"))
