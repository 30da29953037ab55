"""Spike times alone are read as people and programs write them, and never in a unit that was guessed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from typer.testing import CliRunner

from ephys.cli import app
from ephys.errors import FileFormatError, ParameterError
from ephys.io import read_session


def _read(folder: Path, text: str, *, encoding: str = "utf-8", name: str = "rat07.txt") -> dict[str, list[float]]:
    (folder / name).write_bytes(text.encode(encoding))
    return {unit.id: unit.times_s.tolist() for unit in read_session(folder / name).units}


@pytest.mark.parametrize(
    "text",
    [
        "time_s,unit\n0.5,1\n1.25,2\n2.0,1\n",
        "Time (s);Unit\n0,5;1\n1,25;2\n2;1\n",
        '"Time (s)"\t"Cluster"\n0.5\t1\n1.25\t2\n2.0\t1\n',
        "# written on Monday\nTimestamps Code\n0.5 1\n1.25 2\n\n2.0 1\n",
        "Time [s] unit_id\n0.5   1\n1.25  2\n2.0   1\n",
        "% time_s cluster\n0.5 1\n1.25 2\n2.0 1\n",
        "t,cell,note\n1.25,2,\n0.5,1,first\n2e0,1,\n",
        "Time (ms)\tUnit\n500\t1\n1250\t2\n2000\t1\n",
        "spike time (µs),neuron\n500000,1\n1250000,2\n2000000,1\n",
        "sample,time_s,unit\n5,0.5,1\n12,1.25,2\n20,2.0,1\n",
    ],
)
def test_a_table_reads_the_same_however_it_is_written(tmp_path: Path, text: str) -> None:
    assert _read(tmp_path, text) == {"1": [0.5, 2.0], "2": [1.25]}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_that_windows_writes_is_read(tmp_path: Path, encoding: str) -> None:
    assert _read(tmp_path, "time_s;unit\n0,5;zellé\n", encoding=encoding) == {"zellé": [0.5]}


def test_a_bare_column_is_one_unit_if_it_is_in_order(tmp_path: Path) -> None:
    assert _read(tmp_path, "% exported\n0,5\n1,25\n12,0\n") == {"1": [0.5, 1.25, 12.0]}
    assert any("decimal commas" in doubt for doubt in read_session(tmp_path / "rat07.txt").doubts)
    assert _read(tmp_path, "0.5\n1.25\n") == {"1": [0.5, 1.25]}
    with pytest.raises(FileFormatError, match=r"rat07\.txt, row 3: the times are not in order: is it a signal"):
        _read(tmp_path, "0.5\n1.25\n-0.1\n")


def test_one_column_per_unit_is_read_and_said(tmp_path: Path) -> None:
    assert _read(tmp_path, "20220912a,20220912b\n0.5,0.25\n1.5,\n", name="cells.csv") == {
        "20220912a": [0.5, 1.5],
        "20220912b": [0.25],
    }
    assert any("each is taken as the spike times of one unit" in d for d in read_session(tmp_path / "cells.csv").doubts)


def test_units_of_two_channels_are_not_one(tmp_path: Path) -> None:
    text = "time_s,channel,unit\n0.5,1,1\n1.0,2,1\n"
    assert _read(tmp_path, text) == {"1:1": [0.5], "2:1": [1.0]}
    assert _read(tmp_path, text.replace("1.0,2", "1.0,1")) == {"1": [0.5, 1.0]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time_s,drug,amount\n1.0,ipsapirone,20\n", r"row 1: unknown column 'drug'"),
        ("tmie_s\n1.0\n", r"did you mean 'time_s' by 'tmie_s'"),
        ("time_s,unit\n1.0,a\nx,b\n", r"row 3: time_s must be a number, got 'x'"),
        ("time_s,unit\n1.0,a\n,b\n", r"row 3: time_s is empty"),
        ("time_s\nnan\n", r"row 2: time_s must be a number, got 'nan'"),
        ("time_s,unit\n1.0,a,b\n", r"row 2: more cells than columns"),
        ("time_s,time_ms\n1.0,1000\n", r"two columns say the same"),
        ("time_s;unit\n1,234;a\n2,345;a\n", r"row 2: time_s: '1,234' can be read two ways.*write 1234 or 1\.234"),
        ("0.5 1\n1.0 2\n", r"row 1: 2 numbers in a row and no heading"),
        ("a,b\n2.0,1.0\n1.0,2.0\n", r"'a' is not in order"),
        ("sample,unit\n100,1\n", r"sample numbers.*say sampling_hz"),
        ("\n# nothing\n\n", r"holds no spike times"),
        ("time_s\n", r"holds no spike times"),
        ("time_s\x00\n1.0\n\x00", r"not a text"),
    ],
)
def test_what_is_not_clearly_spike_times_is_refused_with_its_row(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FileFormatError, match=rf"rat07\.txt.*{message}"):
        _read(tmp_path, text)


def test_a_decimal_comma_that_one_number_settles_settles_all(tmp_path: Path) -> None:
    assert _read(tmp_path, "time_s;unit\n0,523;a\n1,234;a\n") == {"a": [0.523, 1.234]}


@pytest.mark.parametrize(("heading", "times"), [("Time (ms)", [500.5, 1500.0, 2500.0]), ("time_ms", [500, 1500, 1800])])
def test_a_column_that_is_called_milliseconds_is_converted(tmp_path: Path, heading: str, times: list[float]) -> None:
    seconds = [time / 1000.0 for time in times]
    rows = "\n".join(map(str, times))
    assert _read(tmp_path, f"{heading}\n{rows}\n")["1"] == pytest.approx(seconds, rel=1e-15)
    assert any("the column is in ms, read as seconds" in doubt for doubt in read_session(tmp_path / "rat07.txt").doubts)
    said = read_session(tmp_path / "rat07.txt", sampling_hz=20_000.0)
    assert said.units[0].times_s == pytest.approx(seconds, rel=1e-15)


@pytest.mark.parametrize("heading", ["", "time\n"])
@pytest.mark.parametrize(
    ("times", "seen"),
    [
        (range(500, 900_000, 700), r"from 500 to 899300 with a median interval of 700"),
        (range(500, 90_000, 50), r"from 500 to 89950 with a median interval of 50"),
        ([500.25, 1500.0, 2300.5, 3500.0], r"from 500\.25 to 3500 with a median interval of 999.75 "),
    ],
)
def test_milliseconds_that_are_called_nothing_are_refused(
    tmp_path: Path, heading: str, times: Sequence[float], seen: str
) -> None:
    text = heading + "\n".join(map(str, times)) + "\n"
    cures = r"--sampling-hz 1000 .*milliseconds.*sampling rate.*sample numbers.*--sampling-hz 1 .*seconds"
    with pytest.raises(FileFormatError, match=rf"rat07\.txt: times {seen}.*{cures}"):
        _read(tmp_path, text)
    for hz in (1.0, 1000.0):
        (unit,) = read_session(tmp_path / "rat07.txt", sampling_hz=hz).units
        np.testing.assert_allclose(unit.times_s, np.array(times) / hz, rtol=1e-15)


def test_seconds_that_are_stated_may_last_for_days_but_not_from_spike_to_spike(tmp_path: Path) -> None:
    days = [str(t) for t in range(0, 200_000, 50)]
    assert len(_read(tmp_path, "\n".join(("time_s", *days)))["1"]) == 4000
    slow = "\n".join(("time_s", *(str(t) for t in range(500, 9000, 700))))
    with pytest.raises(
        FileFormatError, match=r"median interval of 700 .*column is in s; call it time_ms.*--sampling-hz 1"
    ):
        _read(tmp_path, slow)
    assert read_session(tmp_path / "rat07.txt", sampling_hz=1.0).units[0].times_s[1] == 1200.0


def test_a_rare_unit_beside_a_cell_is_no_sign_of_milliseconds(tmp_path: Path) -> None:
    rare = {"rare": np.array([10.0, 900.0, 1800.0, 3000.0]), "cell": np.arange(0.5, 3600.0)}
    np.savez(tmp_path / "a.npz", **rare)  # type: ignore[arg-type]  # the stubs mistake the names for allow_pickle
    assert [unit.n_spikes for unit in read_session(tmp_path / "a.npz").units] == [4, 3600]


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.mat"])
def test_arrays_in_milliseconds_are_refused_until_it_is_said(tmp_path: Path, name: str) -> None:
    times = np.cumsum(np.random.default_rng(1).gamma(4.0, 200.0, 300))
    if name == "a.mat":
        scipy.io.savemat(tmp_path / name, {"cell": times})
    else:
        np.save(tmp_path / name, times) if name == "a.npy" else np.savez(tmp_path / name, cell=times)
    with pytest.raises(FileFormatError, match=rf"{name}: times .* are hardly seconds; say --sampling-hz 1000"):
        read_session(tmp_path / name)
    np.testing.assert_allclose(read_session(tmp_path / name, sampling_hz=1000.0).units[0].times_s, times / 1000.0)


def test_a_rate_beside_seconds_in_matlab_leaves_them_seconds(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"cell": np.array([0.5, 1.25, 2.75]), "sr": 20_000.0})
    assert read_session(tmp_path / "a.mat").units[0].times_s.tolist() == [0.5, 1.25, 2.75]


def test_a_slow_raphe_cell_of_an_hour_is_not_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.cumsum(np.random.default_rng(0).gamma(4.0, 2.5, 360)))
    assert read_session(tmp_path / "a.npy").units[0].n_spikes == 360


def test_sample_numbers_in_a_text_need_their_rate(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sample,unit\n100,1\n250,1\n")
    assert read_session(tmp_path / "a.csv", sampling_hz=100.0).units[0].times_s.tolist() == [1.0, 2.5]
    shown = CliRunner().invoke(app, ["info", str(tmp_path / "a.csv"), "--sampling-hz", "100"])
    assert "2 spikes, 0.8 Hz" in shown.stdout
    with pytest.raises(ParameterError, match="sampling_hz must be positive"):
        read_session(tmp_path / "a.csv", sampling_hz=-1.0)


def test_spike2s_own_text_keeps_its_marks(tmp_path: Path) -> None:
    (tmp_path / "rat07.txt").write_text(
        '"INFORMATION"\n"rat07.smr"\n""\n\n"SUMMARY"\n"1"\t"Waveform"\t"Unit"\t" volt"\t256\t255.7\t1\t0\n\n'
        '"CHANNEL"\t"1"\n"Waveform"\n"No comment"\n"Unit"\n\n" volt"\t256\n"START"\t0.00000\t0.00391\n-0.1\n0.2\n\n'
        '"CHANNEL"\t"2"\n"Evt+"\n"No comment"\n"Stim"\n\n0.75\n3.5\n\n'
        '"CHANNEL"\t"31"\n"Marker"\n"No comment"\n"Keyboard"\n\n1.5\t99\t0\t0\t0\n\n'
        '"CHANNEL"\t"30"\n"TextMark"\n"No comment"\n"TextMark"\n\n1.75\t1\t0\t0\t0\t"ipsa 20"\n'
    )
    session = read_session(tmp_path / "rat07.txt")
    assert [(e.time_s, e.channel, e.code, e.text) for e in session.events] == [
        (0.75, "Stim", "", ""),
        (1.5, "Keyboard", "c", ""),
        (1.75, "TextMark", "1", "ipsa 20"),
        (3.5, "Stim", "", ""),
    ]
    assert any("'Unit'" in doubt and "not read as text" in doubt for doubt in session.doubts)
    assert read_session(tmp_path / "rat07.txt", spikes="Stim").units[0].times_s.tolist() == [0.75, 3.5]


def test_an_archive_holds_one_array_per_unit(tmp_path: Path) -> None:
    np.savez(tmp_path / "rat07.npz", a=np.array([0.5, 1.5]), b=np.array([2.25]))
    assert {u.id: u.times_s.tolist() for u in read_session(tmp_path / "rat07.npz").units} == {
        "a": [0.5, 1.5],
        "b": [2.25],
    }
    np.savez(tmp_path / "rat07.npz", a=np.array([0.5, 1.5]), kind=np.array(["TsGroup"]))
    with pytest.raises(
        FileFormatError, match=r"rat07\.npz: every array must hold.*'kind' does not.*a \(2,\) of float64"
    ):
        read_session(tmp_path / "rat07.npz")
    np.savez(tmp_path / "rat07.npz", a=np.arange(5))
    with pytest.raises(FileFormatError, match=r"rat07\.npz, 'a'.*say sampling_hz"):
        read_session(tmp_path / "rat07.npz")


class _Bomb:
    """Unpickled, it would leave a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_python_objects_in_an_array_are_refused_and_not_run(tmp_path: Path, name: str) -> None:
    objects = np.array([_Bomb(tmp_path / "ran")], dtype=object)
    np.save(tmp_path / name, objects) if name == "a.npy" else np.savez(tmp_path / name, a=objects)
    with pytest.raises(FileFormatError, match=name):
        read_session(tmp_path / name)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["a.npz", "a.npy"])
def test_a_cut_or_zeroed_array_is_refused(tmp_path: Path, name: str) -> None:
    times = np.sort(np.random.default_rng(0).uniform(0, 100, 300))
    np.save(tmp_path / name, times) if name == "a.npy" else np.savez(tmp_path / name, a=times)
    whole = (tmp_path / name).read_bytes()
    damaged = [
        bytes(64) + whole[64:],
        *([whole[:11] + b"(" + whole[12:]] if name == "a.npy" else []),
        *(whole[: len(whole) * tenth // 10] for tenth in range(1, 10)),
    ]
    for data in damaged:
        (tmp_path / name).write_bytes(data)
        with pytest.raises(FileFormatError, match=name):
            read_session(tmp_path / name)


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.csv", "a.mat", "a.wav", "a.raw"])
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / name).write_bytes(b"1.0\n")

    def refused(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(FileFormatError, match=rf"{name}: cannot be opened: Permission denied"):
        read_session(tmp_path / name)


@pytest.mark.real_data
def test_columns_of_real_cells_are_their_units(shared_data: Path) -> None:
    session = read_session(shared_data / "drug_epochs" / "SNr_ZD7288" / "D1-wZD.csv")
    assert session.units[0].id == "EG20230404a1"
    np.testing.assert_allclose(session.units[0].times_s[:3], [0.0007, 0.0646, 0.1288], atol=1e-6)
    assert all(unit.n_spikes > 10 for unit in session.units)
    assert session.support.stop_s == pytest.approx(15.0, abs=0.01)


@pytest.mark.real_data
def test_a_text_of_sweeps_is_not_taken_for_one_train(shared_data: Path) -> None:
    with pytest.raises(FileFormatError, match=r"numbers in a row and no heading"):
        read_session(shared_data / "groundtruth" / "starling" / "spikes_st11_1_2_1_A8.txt")
