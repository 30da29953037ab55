"""MATLAB files of every version give the same session, and what is not clearly a recording is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from scipy.io import loadmat, savemat

from ephys.errors import FileFormatError
from ephys.io import read_session
from ephys.io.session import read_contents
from ephys.model import ReadingSettings

Write = Callable[[Path, Mapping[str, Any]], None]


def _cells(values: list[Any]) -> np.ndarray:
    """Return a cell array."""
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return cells


def _save5(path: Path, values: Mapping[str, Any]) -> None:
    savemat(path, dict(values))


def _save73(path: Path, values: Mapping[str, Any]) -> None:
    """Write HDF5 as MATLAB lays it out: a header of 512 bytes, columns first, references for cells and structures."""
    with h5py.File(path, "w", userblock_size=512) as file:
        file.create_group("#refs#")
        for name, value in values.items():
            _put(file, file, name, value)
    with path.open("r+b") as raw:
        raw.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Mon Jan  1 00:00:00 2024".ljust(116) + bytes(8))
        raw.write(b"\x00\x02IM")


def _put(file: Any, group: Any, name: str, value: Any) -> Any:
    """Write one variable or field."""
    if isinstance(value, Mapping):
        struct = group.create_group(name)
        struct.attrs["MATLAB_class"] = np.bytes_("struct")
        for field, one in value.items():
            _put(file, struct, field, one)
        return struct
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        struct = group.create_group(name)
        struct.attrs["MATLAB_class"] = np.bytes_("struct")
        for field in value[0]:
            struct.create_dataset(field, data=_references(file, [one[field] for one in value]))
        return struct
    if isinstance(value, str) or (isinstance(value, list) and value and isinstance(value[0], str)):
        lines = [value] if isinstance(value, str) else value
        width = max(map(len, lines))
        codes = np.array([[ord(c) for c in line.ljust(width)] for line in lines], dtype=np.uint16).T
        return _dataset(group, name, codes if codes.size else np.zeros(2, np.uint64), "char", empty=not codes.size)
    if isinstance(value, np.ndarray) and value.dtype == object:
        return _dataset(group, name, _references(file, list(value)), "cell")
    numbers = np.atleast_2d(np.asarray(value))
    kind = {"float64": "double", "float32": "single", "bool": "logical"}.get(numbers.dtype.name, numbers.dtype.name)
    return _dataset(group, name, np.ascontiguousarray(numbers.T), kind)


def _references(file: Any, values: list[Any]) -> np.ndarray:
    refs = file["#refs#"]
    made = [_put(file, refs, f"r{len(refs) + 1}", value).ref for value in values]
    return np.array(made, dtype=h5py.ref_dtype).reshape(-1, 1)


def _dataset(group: Any, name: str, data: np.ndarray, kind: str, *, empty: bool = False) -> Any:
    dataset = group.create_dataset(name, data=data, dtype=h5py.ref_dtype if kind == "cell" else None)
    dataset.attrs["MATLAB_class"] = np.bytes_(kind)
    if empty:
        dataset.attrs["MATLAB_empty"] = np.uint8(1)
    return dataset


versions = pytest.mark.parametrize("save", [_save5, _save73])


def _export() -> dict[str, Any]:
    """What Spike2 exports: a wire in counts and one in volts, a binned and a plain event channel, marks, WaveMarks."""
    counts = np.random.default_rng(0).normal(0, 300, 50_000).astype(np.int16)
    binned = np.zeros(50_000, dtype=np.uint8)
    binned[[100, 40_000]] = [1, 2]
    snippets = np.zeros((3, 40, 2), dtype=np.int16)
    snippets[:, 12, 1] = [500, -10, 600]
    four = np.array([[1, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]], dtype=np.uint8)
    return {
        "w": {"title": "Unit", "comment": "No comment", "interval": 5e-5, "scale": 1e-4, "offset": 0.01, "units": "mV",
              "start": 1.0, "length": 50_000.0, "values": counts[:, np.newaxis]},
        "v": {"title": "Double", "comment": "", "interval": 5e-5, "scale": 1e-4, "offset": 0.01, "units": "mV",
              "start": 1.0, "length": 50_000.0, "values": (counts * 1e-4 + 0.01)[:, np.newaxis]},
        "b": {"title": "Pulses", "interval": 5e-5, "start": 1.0, "length": 50_000.0, "values": binned[:, np.newaxis]},
        "e": {"title": "Stim", "resolution": 1e-6, "length": 2.0, "times": np.array([[1.25], [2.5]])},
        "t": {"title": "TextMark", "times": np.array([[1.2], [1.5], [1.75]]), "codes": four,
              "text": ["saline", "ipsa 20", "wash"]},
        "k": {"title": "Keyboard", "times": np.array([[1.3]]), "codes": np.array([[105, 0, 0, 0]], dtype=np.uint8)},
        "m": {"title": "Cell", "interval": 5e-5, "units": "mV", "scale": 1e-4, "offset": 0.0, "trigger": 12.0,
              "traces": 2.0, "times": np.array([[1.1], [1.2], [1.3]]), "codes": four, "values": snippets},
    }  # fmt: skip


@versions
def test_a_spike2_export_of_any_version_is_read_whole(tmp_path: Path, save: Write) -> None:
    save(tmp_path / "rat07.mat", _export())
    session = read_session(tmp_path / "rat07.mat", wire=["Unit", "Double"])
    assert session.recording is not None
    counts = _export()["w"]["values"][:, 0]
    wires = session.recording.read(0, session.recording.n_samples)
    np.testing.assert_allclose(wires[:, 0], counts * 0.1 + 10.0, rtol=1e-5)
    np.testing.assert_allclose(wires[:, 1], wires[:, 0], rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose([e.time_s for e in session.events if e.channel == "Pulses"], [1.005, 3.0, 3.0])
    assert [e.time_s for e in session.events if e.channel == "Stim"] == [1.25, 2.5]
    assert [(e.text, e.code) for e in session.events if e.text or e.channel == "Keyboard"] == [
        ("saline", "1"), ("", "i"), ("ipsa 20", "0"), ("wash", "1"),
    ]  # fmt: skip
    assert [(u.id, u.multi_unit) for u in session.units] == [("Cell:0", True), ("Cell:1", False)]
    np.testing.assert_allclose(session.units[1].times_s, np.array([1.1, 1.3]) + 12 * 5e-5)
    np.testing.assert_allclose(session.units[1].amplitudes_uv, [50.0, 60.0], rtol=1e-5)
    assert session.units[1].waveform is not None
    assert session.units[1].waveform.snippets_uv.shape == (2, 40, 2)


@versions
def test_a_binned_event_channel_is_never_the_wire(tmp_path: Path, save: Write) -> None:
    export = _export()
    save(tmp_path / "rat07.mat", {"b": export["b"], "e": export["e"]})
    session = read_session(tmp_path / "rat07.mat")
    assert session.recording is None
    assert session.support.stop_s == pytest.approx(3.5)
    assert any("counted in bins" in doubt for doubt in session.doubts)


@versions
def test_times_of_samples_show_the_pauses(tmp_path: Path, save: Write) -> None:
    times = np.concatenate([1.0 + np.arange(3000) * 5e-5, 9.0 + np.arange(2000) * 5e-5])
    values = np.arange(5000, dtype=np.int16)[:, np.newaxis]
    wave = {"title": "Unit", "interval": 5e-5, "units": "uV", "times": times[:, np.newaxis], "values": values}
    save(tmp_path / "rat07.mat", {"w": wave})
    session = read_session(tmp_path / "rat07.mat")
    assert session.units == ()
    assert [(round(gap.start_s, 6), gap.stop_s) for gap in session.support.gaps] == [(1.15, 9.0)]
    assert session.support.duration_s == pytest.approx(0.25)


def test_long_voltage_stays_in_a_7_3_file(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(0, 30, 1_200_000)
    _save73(tmp_path / "rat07.mat", {"data": values, "sr": 24000.0})
    recording = read_contents(tmp_path / "rat07.mat", ReadingSettings(gain_uv=2.0)).session.recording
    assert recording is not None
    assert recording.n_samples == 1_200_000
    np.testing.assert_allclose(recording.read(1_199_990, 1_200_000)[:, 0], values[-10:] * 2.0, rtol=1e-5)
    (tmp_path / "rat07.mat").unlink()
    with pytest.raises(OSError, match=r"rat07\.mat"):
        recording.read(0, 1)


@versions
def test_wires_of_wave_clus_are_not_strung_together(tmp_path: Path, save: Write) -> None:
    data = np.random.default_rng(0).normal(0, 30, (2, 24_000))
    save(tmp_path / "rat07.mat", {"data": data, "samplingInterval": 1 / 24})
    recording = read_session(tmp_path / "rat07.mat", wire="data2").recording
    assert recording is not None
    assert (recording.sampling_hz, recording.duration_s) == (24000.0, 1.0)
    np.testing.assert_allclose(recording.read(0, 50)[:, 0], data[1, :50], rtol=1e-5)


def _sorted_by_wave_clus() -> dict[str, Any]:
    shape = -np.exp(-0.5 * ((np.arange(64) - 19) / 3.0) ** 2)
    sizes = np.array([50.0, 100.0, 60.0, 110.0])
    return {
        "cluster_class": np.array([[1.0, 10.5], [0.0, 20.0], [1.0, 30.0], [2.0, 25.25]]),
        "spikes": sizes[:, np.newaxis] * shape,
        "par": {"sr": 24000.0, "w_pre": 20.0},
        "inspk": np.random.default_rng(0).normal(size=(4, 10)),
    }


@versions
def test_classes_of_wave_clus_are_units_at_their_peaks(tmp_path: Path, save: Write) -> None:
    save(tmp_path / "times_rat07.mat", _sorted_by_wave_clus())
    session = read_session(tmp_path / "times_rat07.mat")
    assert {u.id: (u.multi_unit, u.times_s.tolist()) for u in session.units} == {
        "0": (True, [0.02]), "1": (False, [0.0105, 0.03]), "2": (False, [0.02525]),
    }  # fmt: skip
    unit = session.units[1]
    np.testing.assert_allclose(unit.amplitudes_uv, [50.0, 60.0], rtol=0.02)
    assert unit.waveform is not None
    assert unit.waveform.pre_s == pytest.approx(19 / 24000)
    assert any("class 0" in doubt for doubt in session.doubts)


@versions
def test_detected_spikes_of_wave_clus_are_one_multi_unit(tmp_path: Path, save: Write) -> None:
    found = _sorted_by_wave_clus()
    save(tmp_path / "rat07_spikes.mat", {"index": np.array([10.5, 20.0, 25.25, 30.0]), "spikes": found["spikes"]})
    session = read_session(tmp_path / "rat07_spikes.mat")
    assert [(u.id, u.multi_unit, u.times_s.tolist()) for u in session.units] == [
        ("unsorted", True, [0.0105, 0.02, 0.02525, 0.03])
    ]
    assert any("no sampling rate" in doubt for doubt in session.doubts)


ONE, TWO = np.array([0.5, 1.25, 7.0]), np.array([0.75, 2.5])


@versions
@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"a": ONE, "b": TWO, "animal": "rat 7"}, ["a", "b"]),
        ({"a": ONE[:, np.newaxis], "b": TWO[:, np.newaxis]}, ["a", "b"]),
        ({"cells": _cells([ONE, TWO])}, ["cells(1)", "cells(2)"]),
        ({"spikes": [{"times": ONE, "name": "a"}, {"times": TWO, "name": "b"}]}, ["a", "b"]),
        ({"spikes": [{"ts": ONE, "rate": 1.0}, {"ts": TWO, "rate": 2.0}]}, ["spikes(1)", "spikes(2)"]),
        (
            {"spikes": {"spiketimes": np.sort(np.r_[ONE, TWO]), "assigns": np.array([3.0, 5.0, 3.0, 5.0, 3.0])}},
            ["3", "5"],
        ),
        ({"a": np.array([500, 1250, 7000]), "b": np.array([750, 2500]), "fs": 1000.0}, ["a", "b"]),
    ],
)
def test_spike_times_are_read_however_they_are_kept(
    tmp_path: Path, save: Write, values: dict[str, Any], names: list[str]
) -> None:
    save(tmp_path / "rat07.mat", values)
    assert {u.id: u.times_s.tolist() for u in read_session(tmp_path / "rat07.mat").units} == dict(
        zip(names, [ONE.tolist(), TWO.tolist()], strict=True)
    )


@versions
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"spikes": np.ones((3, 64))}, r"holds spikes \(3 x 64 numbers\); spikes is no vector of numbers"),
        ({"a": ONE, "isi": np.array([0.75, 0.2, 5.75])}, r"isi is not in order"),
        ({"t": np.arange(200) / 1000.0}, r"t is evenly spaced, as a time axis is"),
        ({"a": np.array([100.0, 250.0])}, r"rat07\.mat, a: .*sample numbers.*say sampling_hz"),
        ({"s": {"depth": 5.0, "note": "x"}}, r"s has no field of times, only depth, note"),
        ({"sr": 24000.0}, r"no spike times among them"),
        ({"s": {"times": ONE, "unit": np.array([1.0, 2.0])}}, r"names the units of 2 spikes and has 3 times"),
    ],
)
def test_what_is_not_clearly_spike_times_is_refused_with_what_the_file_holds(
    tmp_path: Path, save: Write, values: dict[str, Any], message: str
) -> None:
    save(tmp_path / "rat07.mat", values)
    with pytest.raises(FileFormatError, match=message):
        read_session(tmp_path / "rat07.mat")


@versions
@pytest.mark.parametrize("make", [_export, _sorted_by_wave_clus])
def test_a_cut_or_zeroed_matlab_file_is_refused(
    tmp_path: Path, save: Write, make: Callable[[], dict[str, Any]]
) -> None:
    save(tmp_path / "rat07.mat", make())
    whole = (tmp_path / "rat07.mat").read_bytes()
    damaged = [whole[: len(whole) * tenth // 10] for tenth in range(1, 10)]
    damaged += [bytes(1024) + whole[1024:], b"x" * 200 + whole[200:]]
    for data in damaged:
        (tmp_path / "rat07.mat").write_bytes(data)
        with pytest.raises(FileFormatError, match=r"rat07\.mat"):
            read_session(tmp_path / "rat07.mat")


@pytest.mark.parametrize("compressed", [True, False])
def test_a_single_wrong_byte_never_ends_the_process(tmp_path: Path, *, compressed: bool) -> None:
    savemat(tmp_path / "rat07.mat", _sorted_by_wave_clus(), do_compression=compressed)
    whole = (tmp_path / "rat07.mat").read_bytes()
    refused = 0
    for at in range(128, 300):
        (tmp_path / "rat07.mat").write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            assert read_contents(tmp_path / "rat07.mat", ReadingSettings()).session.units
        except FileFormatError as error:
            refused += "rat07.mat" in str(error)
    assert refused > (160 if compressed else 60)


def test_a_cell_that_refers_to_itself_is_refused(tmp_path: Path) -> None:
    _save73(tmp_path / "rat07.mat", {"c": _cells([ONE])})
    with h5py.File(tmp_path / "rat07.mat", "r+") as file:
        file["c"][0, 0] = file["c"].ref
    with pytest.raises(FileFormatError, match=r"rat07\.mat"):
        read_session(tmp_path / "rat07.mat")


@pytest.mark.real_data
def test_binned_events_of_a_real_export_lie_in_the_bins_of_its_markers(shared_data: Path) -> None:
    events = read_session(shared_data / "spike2_mat" / "markerchan_demodata.mat").events
    binned, marked = (
        np.array([e.time_s for e in events if e.channel == channel]) for channel in ("LTSbinned", "LTSmarker")
    )
    assert len(binned) == len(marked) == 98
    assert np.all((marked - binned > -1e-6) & (marked - binned < 1 / 17000))


@pytest.mark.real_data
def test_everything_in_a_real_export_of_a_day_is_read(shared_data: Path) -> None:
    path = shared_data / "spike2_mat" / "kjx127a01_0-20_int16.mat"
    session = read_session(path)
    counts = {c: sum(e.channel == c for e in session.events) for c in ("onset", "LTS", "LTSmk", "probeA07e")}
    assert counts == {"onset": 7, "LTS": 14, "LTSmk": 14, "probeA07e": 18}
    assert session.recording is None
    (eeg,) = session.monitors
    stored = loadmat(path, squeeze_me=True)["EEG"]["values"].item()
    np.testing.assert_allclose(eeg.values, stored * 7.62939453125e-05)
    assert (eeg.name, eeg.unit, eeg.sampling_hz) == ("EEG", "mV", 17000.0)
    (unit,) = read_session(path, spikes="probeA07e").units
    assert (unit.n_spikes, unit.support.duration_s) == (18, 20.0)


@pytest.mark.real_data
def test_labelled_snippets_without_times_are_refused_with_what_there_is(shared_data: Path) -> None:
    for name in ("spikes_C_Difficult2_noise005.mat", "spikes_C_Difficult2_noise015.mat"):
        with pytest.raises(FileFormatError, match=r"spikes_labels \(\d+ numbers\), spikes \(\d+ x 64 numbers\)"):
            read_session(shared_data / "groundtruth" / "wave_clus" / name)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("file", "units"), [("kramer_eden/08_spikes-1.mat", [750, 969]), ("SynaptiConn/all_unit.mat", [3238, 2532, 1167])]
)
def test_real_files_of_spike_times_are_their_units(shared_data: Path, file: str, units: list[int]) -> None:
    session = read_session(shared_data / "spike_trains" / file)
    assert [unit.n_spikes for unit in session.units][: len(units)] == units


@pytest.mark.real_data
def test_trials_in_a_matrix_are_refused(shared_data: Path) -> None:
    with pytest.raises(FileFormatError, match=r"train \(50 x 2000 numbers\)"):
        read_session(shared_data / "spike_trains" / "kramer_eden" / "10_spikes-1.mat")
