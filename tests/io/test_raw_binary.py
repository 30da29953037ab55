"""Raw voltage without a header is read by what describes it, of any size, and never without a description."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from ephys.errors import FileFormatError
from ephys.io import read_session
from ephys.io.session import read_contents
from ephys.model import ReadingSettings

COUNTS = np.random.default_rng(0).integers(-3000, 3000, (8000, 4)).astype("<i2")


def _described(folder: Path, *, data: bytes = COUNTS.tobytes(), name: str = "rat07.raw", **values: object) -> Path:
    """Raw voltage, with a description beside it in JSON."""
    (folder / name).write_bytes(data)
    described = {"sampling_hz": 20000.0, "n_channels": 4, "dtype": "int16", **values}
    (folder / name).with_suffix(".json").write_text(json.dumps(described))
    return folder / name


def _voltage(path: Path, **said: object) -> np.ndarray:
    recording = read_session(path, **said).recording  # type: ignore[arg-type]
    assert recording is not None
    return recording.read(0, recording.n_samples)


def test_voltage_is_read_as_its_description_says(tmp_path: Path) -> None:
    (tmp_path / "rat07.dat").write_bytes(b"head" + COUNTS.tobytes())
    (tmp_path / "rat07.toml").write_text(
        'sampling_hz = 20000.0\nn_channels = 4\ndtype = "int16"\ngain_uv = 0.195\noffset_uv = 5.0\nstart_s = 2.5\n'
        'first_byte = 4\nchannel_names = ["a", "b", "c", "d"]\nband_hz = [1.0, 8000.0]\n'
    )
    recording = read_session(tmp_path / "rat07.dat", wire=["b", "d"]).recording
    assert recording is not None
    assert (recording.sampling_hz, recording.start_s, recording.stop_s) == (20000.0, 2.5, 2.9)
    assert (recording.channel_names, recording.band_hz) == (("b", "d"), (1.0, 8000.0))
    np.testing.assert_allclose(recording.read(100, 200), COUNTS[100:200, [1, 3]] * 0.195 + 5.0, rtol=1e-5)


@pytest.mark.parametrize("dtype", ["<i2", ">i2", "uint16", "float32", ">f8", "int32", "int8"])
@pytest.mark.parametrize("order", ["interleaved", "planar"])
def test_every_type_byte_order_and_order_of_channels_gives_the_same_voltage(
    tmp_path: Path, dtype: str, order: str
) -> None:
    counts = (COUNTS // 100 + 30).astype(dtype)
    data = (counts.T if order == "planar" else counts).tobytes()
    path = _described(tmp_path, data=data, dtype=dtype, order=order, gain_uv=0.5)
    np.testing.assert_array_equal(_voltage(path, wire=3)[:, 0], (COUNTS[:, 2] // 100 + 30) * 0.5)


def test_each_channel_has_its_own_gain(tmp_path: Path) -> None:
    path = _described(tmp_path, gain_uv=[1.0, 2.0, 4.0, 8.0])
    np.testing.assert_array_equal(_voltage(path, wire=4)[:, 0], COUNTS[:, 3] * 8.0)
    np.testing.assert_array_equal(_voltage(path, wire=4, gain_uv=0.25)[:, 0], COUNTS[:, 3] * 0.25)


def test_a_file_beyond_2_gib_is_open_at_once_and_right_to_its_last_sample(tmp_path: Path) -> None:
    path = _described(tmp_path, data=b"", n_channels=1)
    size = int(2.2 * 2**30) // 2 * 2
    with path.open("r+b") as file:
        file.truncate(size)
        file.seek(-6, 2)
        file.write(np.array([7, -8, 9], "<i2").tobytes())
    began = time.perf_counter()
    recording = read_contents(path, ReadingSettings(gain_uv=1.0)).session.recording
    assert time.perf_counter() - began < 0.25
    assert recording is not None
    assert recording.n_samples == size // 2
    np.testing.assert_array_equal(recording.read(size // 2 - 4, size // 2)[:, 0], [0.0, 7.0, -8.0, 9.0])


def test_without_a_description_the_error_says_what_to_write(tmp_path: Path) -> None:
    for name in ("rat07.raw", "rat07.bin", "rat07.dat", "rat07.i16"):
        (tmp_path / name).write_bytes(COUNTS.tobytes())
        with pytest.raises(FileFormatError, match=rf"{name}.*rat07\.toml.*sampling_hz = .*n_channels = .*dtype = "):
            read_session(tmp_path / name)


def test_the_template_of_the_error_reads_the_file(tmp_path: Path) -> None:
    (tmp_path / "rat07.raw").write_bytes(COUNTS.tobytes())
    with pytest.raises(FileFormatError) as caught:
        read_session(tmp_path / "rat07.raw")
    template = str(caught.value).partition("one a line: ")[2].partition(" (and")[0]
    (tmp_path / "rat07.toml").write_text(template.replace(" / ", "\n"))
    np.testing.assert_allclose(_voltage(tmp_path / "rat07.raw")[:, 0], COUNTS.ravel() * 0.195, rtol=1e-5)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"n_channels": 0}, r"n_channels must be a whole number from 1 up, got 0"),
        ({"n_channels": True}, r"n_channels must be a whole number from 1 up, got True"),
        ({"dtype": "int17"}, r"dtype must be one of .*got 'int17'; did you mean 'int16'"),
        ({"dtype": "object"}, r"dtype must be one of"),
        ({"sampling_hz": None}, r"does not state sampling_hz"),
        ({"sampling_hz": -1.0}, r"sampling_hz must be a number above 0, got -1\.0"),
        ({"gain_uv": 0.0}, r"gain_uv must not be 0"),
        ({"gain_uv": [1.0, 2.0]}, r"2 gain_uv for n_channels = 4"),
        ({"first_byte": -1}, r"first_byte must be a whole number from 0 up, got -1"),
        ({"order": "F"}, r"order must be 'interleaved'.*got 'F'"),
        ({"channel_names": ["a"]}, r"1 channel_names for n_channels = 4"),
        ({"channel_names": ["a", "a", "b", "c"]}, r"channel_names must be a list of different names"),
        ({"band_hz": [300.0, 1.0]}, r"band_hz needs 0 <= low < high"),
        ({"band_hz": 300.0}, r"band_hz must be two numbers"),
        ({"sampling_rate": 1.0}, r"unknown key 'sampling_rate', got 1\.0; did you mean 'sampling_hz'"),
        ({"offset": 3.0}, r"unknown key 'offset', got 3\.0; did you mean 'offset_uv'"),
    ],
)
def test_a_wrong_description_names_file_key_and_value(tmp_path: Path, values: dict[str, object], message: str) -> None:
    with pytest.raises(FileFormatError, match=rf"rat07\.json: .*{message}"):
        read_session(_described(tmp_path, **values))


def test_the_users_rate_wins_over_the_descriptions(tmp_path: Path) -> None:
    recording = read_session(_described(tmp_path, sampling_hz=None), sampling_hz=25000.0).recording
    assert recording is not None
    assert recording.sampling_hz == 25000.0


def test_what_is_left_over_is_counted(tmp_path: Path) -> None:
    data = COUNTS.tobytes()[:-3]
    session = read_session(_described(tmp_path, data=data))
    assert session.support.stop_s == 7999 / 20000
    assert any("5 bytes are left over after 7999 samples" in doubt for doubt in session.doubts)
    with pytest.raises(FileFormatError, match=r"not a whole number of samples"):
        read_session(_described(tmp_path, data=data, order="planar"))
    with pytest.raises(FileFormatError, match=r"rat07\.raw: 7 bytes of voltage hold not one sample"):
        read_session(_described(tmp_path, data=data[:7]))


def test_notes_of_another_program_are_no_description(tmp_path: Path) -> None:
    (tmp_path / "rat07.raw").write_bytes(COUNTS.tobytes())
    (tmp_path / "rat07.json").write_text('{"animal": "rat 7"}')
    with pytest.raises(FileFormatError, match=r"rat07\.toml"):
        read_session(tmp_path / "rat07.raw")


@pytest.mark.parametrize("text", ["{", "[1]\x00\xff", "sampling_hz ="])
@pytest.mark.parametrize("name", ["rat07.json", "rat07.toml", "info.json", "binary.json", "params.py"])
def test_a_damaged_description_is_an_error_and_never_run(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "rat07.raw").write_bytes(COUNTS.tobytes())
    (tmp_path / name).write_bytes(text.encode("latin-1"))
    with pytest.raises(FileFormatError, match=r"rat07\.|info\.json|binary\.json|params\.py"):
        read_session(tmp_path / "rat07.raw")


def test_a_folder_of_spikeinterface_is_read_with_the_gains_beside_it(tmp_path: Path) -> None:
    for segment in (0, 1):
        (tmp_path / f"traces_cached_seg{segment}.raw").write_bytes(COUNTS.tobytes())
    kwargs = {
        "file_paths": ["traces_cached_seg0.raw", "traces_cached_seg1.raw"], "sampling_frequency": 25000.0,
        "t_starts": [0.0, 10.0], "num_channels": 4, "dtype": "<i2", "channel_ids": ["A1", "A2", "A3", "A4"],
        "time_axis": 0, "file_offset": 0, "gain_to_uV": None, "offset_to_uV": None, "is_filtered": True,
    }  # fmt: skip
    (tmp_path / "binary.json").write_text(json.dumps({"class": "BinaryRecordingExtractor", "kwargs": kwargs}))
    (tmp_path / "properties").mkdir()
    np.save(tmp_path / "properties" / "gain_to_uV.npy", np.full(4, 0.195))
    session = read_session(tmp_path / "traces_cached_seg1.raw", wire="A2")
    assert session.recording is not None
    assert (session.recording.start_s, session.recording.sampling_hz) == (10.0, 25000.0)
    np.testing.assert_allclose(session.recording.read(0, 99)[:, 0], COUNTS[:99, 1] * 0.195, rtol=1e-5)
    assert any("filtered" in doubt for doubt in session.doubts)
    (tmp_path / "other.raw").write_bytes(COUNTS.tobytes())
    with pytest.raises(FileFormatError, match=r"other\.toml"):
        read_session(tmp_path / "other.raw")


@pytest.mark.parametrize("shape", ["rows", "columns", "fortran"])
def test_a_voltage_array_needs_its_rate_alone(tmp_path: Path, shape: str) -> None:
    stored = {"rows": COUNTS, "columns": np.ascontiguousarray(COUNTS.T), "fortran": np.asfortranarray(COUNTS)}[shape]
    np.save(tmp_path / "rat07.npy", stored)
    with pytest.raises(FileFormatError, match=r"rat07\.npy: does not state sampling_hz"):
        read_session(tmp_path / "rat07.npy")
    np.testing.assert_array_equal(_voltage(tmp_path / "rat07.npy", sampling_hz=2e4, wire=2)[:, 0], COUNTS[:, 1])
    (tmp_path / "rat07.toml").write_text("sampling_hz = 20000.0\ngain_uv = 2.0\n")
    np.testing.assert_array_equal(_voltage(tmp_path / "rat07.npy", wire=2)[:, 0], COUNTS[:, 1] * 2.0)
    (tmp_path / "rat07.toml").write_text("sampling_hz = 20000.0\nn_channels = 3\n")
    with pytest.raises(FileFormatError, match=r"rat07\.npy: holds 8000 samples of 4 channels.*rat07\.toml states 3"):
        read_session(tmp_path / "rat07.npy")


def test_a_recording_keeps_no_file_open(tmp_path: Path) -> None:
    path = _described(tmp_path)
    recording = read_session(path).recording
    assert recording is not None
    recording.read(0, 10)
    assert not any(str(path) in line for line in Path("/proc/self/maps").read_text().splitlines())


@pytest.mark.real_data
def test_a_locust_tetrode_is_read_by_the_description_of_its_folder(shared_data: Path) -> None:
    path = shared_data / "groundtruth" / "tridesclous" / "locust_trial_01.raw"
    session = read_session(path, wire=["ch0", "ch1", "ch2", "ch3"])
    assert session.recording is not None
    truth = np.fromfile(path, "<i2").reshape(-1, 4)
    assert session.recording.source.shape == truth.shape
    np.testing.assert_array_equal(session.recording.read(400_000, 400_100), truth[400_000:400_100])
    assert any("info.json speaks of the folder" in d and "purkinje" in d for d in session.doubts)


@pytest.mark.real_data
def test_a_description_of_its_own_wins_over_that_of_the_folder(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "groundtruth" / "tridesclous"
    for name in ("purkinje_cell_attached.raw", "info.json"):
        (tmp_path / name).symlink_to(folder / name)
    (tmp_path / "purkinje_cell_attached.toml").write_text('sampling_hz = 15000.0\nn_channels = 1\ndtype = "float32"\n')
    session = read_session(tmp_path / "purkinje_cell_attached.raw")
    assert session.support.stop_s == pytest.approx(56.7)
    assert not any("info.json" in doubt for doubt in session.doubts)
