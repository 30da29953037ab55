"""A folder of Phy keeps the labels that a person gave, and the voltage that was sorted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ephys.errors import FileFormatError
from ephys.io import read_session, session_info

SAMPLES = np.array([500, 900, 1000, 1500, 4000, 9000, 9500, 30000], dtype=np.uint64)
CLUSTERS = np.array([2, 5, 2, 5, 7, 9, 2, 7], dtype=np.int32)
PARAMS = "dat_path = 'wire.dat'\nn_channels_dat = 3\ndtype = 'int16'\noffset = 0\nsample_rate = 10000.\n"


def _phy(folder: Path, *, params: str = PARAMS, voltage: bool = True) -> Path:
    """Four clusters: a good one, a multi-unit, noise, and one without a label."""
    folder.mkdir(exist_ok=True)
    np.save(folder / "spike_times.npy", SAMPLES[:, np.newaxis])
    np.save(folder / "spike_clusters.npy", CLUSTERS)
    np.save(folder / "spike_templates.npy", np.array([2, 0, 2, 0, 1, 1, 2, 1]))
    templates = np.zeros((3, 20, 3), np.float32)
    templates[0, 9, 0] = templates[1, 9, 1] = templates[2, 9, 2] = -4.0
    np.save(folder / "templates.npy", templates)
    np.save(folder / "channel_map.npy", np.arange(3))
    (folder / "cluster_group.tsv").write_text("cluster_id\tgroup\n2\tgood\n5\tmua\n9\tnoise\n7\tunsorted\n")
    (folder / "params.py").write_text(params)
    if voltage:
        np.arange(120_000, dtype="<i2").tofile(folder / "wire.dat")
    return folder


def test_labels_make_units_multi_units_and_nothing(tmp_path: Path) -> None:
    session = read_session(_phy(tmp_path / "rat07"))
    assert {u.id: (u.multi_unit, u.times_s.tolist()) for u in session.units} == {
        "2": (False, [0.05, 0.1, 0.95]),
        "5": (True, [0.09, 0.15]),
        "7": (True, [0.4, 3.0]),
    }
    assert all(np.isnan(unit.amplitudes_uv).all() and unit.waveform is None for unit in session.units)
    assert any("labelled noise are left out: 9" in doubt for doubt in session.doubts)
    assert any("without a label are taken as multi-units: 7" in doubt for doubt in session.doubts)
    assert any("sorter's own scale" in doubt for doubt in session.doubts)


def test_the_voltage_says_how_long_was_recorded_and_the_best_unit_where_the_wire_is(tmp_path: Path) -> None:
    session = read_session(_phy(tmp_path / "rat07"))
    assert session.support.stop_s == 4.0
    assert session.recording is not None
    assert session.recording.channel_names == ("ch2",)
    np.testing.assert_array_equal(session.recording.read(5, 8)[:, 0], [17.0, 20.0, 23.0])
    assert any("'ch2' is taken as the wire" in d and "5, 7" in d for d in session.doubts)
    chosen = read_session(tmp_path / "rat07", wire="ch0").recording
    assert chosen is not None
    assert chosen.channel_names == ("ch0",)


def test_without_the_voltage_the_last_spike_ends_what_is_known(tmp_path: Path) -> None:
    session = read_session(_phy(tmp_path / "rat07", voltage=False) / "params.py")
    assert (session.id, session.recording, session.support.stop_s) == ("rat07", None, 3.0)
    assert any("silence after it is not seen" in doubt for doubt in session.doubts)
    assert any("wire.dat" in doubt and "not there" in doubt for doubt in session.doubts)


def test_several_files_of_voltage_follow_one_another(tmp_path: Path) -> None:
    folder = _phy(tmp_path / "rat07", params=PARAMS.replace("'wire.dat'", "['wire.dat', 'more.dat']"))
    np.arange(30, dtype="<i2").tofile(folder / "more.dat")
    recording = read_session(folder, wire="ch1").recording
    assert recording is not None
    assert recording.n_samples == 40_010
    np.testing.assert_array_equal(recording.read(39_999, 40_002)[:, 0], [119_998 - 131_072, 1.0, 4.0])


def test_kilosorts_labels_stand_in_where_nobody_looked(tmp_path: Path) -> None:
    folder = _phy(tmp_path / "rat07")
    (folder / "cluster_KSLabel.tsv").write_text("cluster_id\tKSLabel\n2\tmua\n7\tgood\n")
    session = read_session(folder)
    assert {u.id: u.multi_unit for u in session.units} == {"2": False, "5": True, "7": False}
    assert any("Kilosort's own, looked at by nobody: 7" in doubt for doubt in session.doubts)
    (folder / "cluster_group.tsv").unlink()
    (folder / "cluster_info.tsv").write_text("id\tch\tgroup\n2\t0\tnoise\n5\t1\tgood\n")
    assert {u.id: u.multi_unit for u in read_session(folder).units} == {"5": False, "7": False, "9": True}


def test_parameters_are_read_and_never_run(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    code = f"import pathlib\npathlib.Path({str(ran)!r}).touch()\nsample_rate = 1 / 0\n"
    with pytest.raises(FileFormatError, match=r"no params\.py states sample_rate; say sampling_hz"):
        read_session(_phy(tmp_path / "rat07", params=code))
    assert read_session(tmp_path / "rat07", sampling_hz=1000.0).units[0].times_s[0] == 0.5
    assert not ran.exists()


@pytest.mark.parametrize(
    ("file", "values", "message"),
    [
        (
            "spike_times.npy",
            np.array([0.5, 1.25]),
            r"spike_times\.npy: must be one row of whole numbers.*sample numbers",
        ),
        ("spike_times.npy", np.ones((4, 2)), r"spike_times\.npy: must be one row"),
        ("spike_times.npy", np.array([{}], dtype=object), r"spike_times\.npy: damaged"),
        ("spike_clusters.npy", CLUSTERS[:-1], r"spike_clusters\.npy: 7 numbers for 8 spike times"),
        ("templates.npy", np.ones(3), r"templates\.npy"),
    ],
)
def test_files_that_do_not_fit_are_named(tmp_path: Path, file: str, values: np.ndarray, message: str) -> None:
    folder = _phy(tmp_path / "rat07")
    np.save(folder / file, values, allow_pickle=True)
    with pytest.raises(FileFormatError, match=message):
        read_session(folder)


@pytest.mark.parametrize("file", ["spike_times.npy", "spike_clusters.npy", "spike_templates.npy", "templates.npy"])
def test_a_folder_with_a_file_cut_short_is_refused(tmp_path: Path, file: str) -> None:
    folder = _phy(tmp_path / "rat07")
    whole = (folder / file).read_bytes()
    for damaged in (b"", bytes(len(whole)), *(whole[: len(whole) * tenth // 10] for tenth in range(1, 10))):
        (folder / file).write_bytes(damaged)
        with pytest.raises(FileFormatError, match=r"rat07"):
            read_session(folder)


@pytest.mark.parametrize("text", ["cluster_id\n2\n", "a\tb\n1\t2\n", "cluster_id\tgroup\nx\tgood\n"])
def test_a_damaged_table_of_labels_is_named(tmp_path: Path, text: str) -> None:
    folder = _phy(tmp_path / "rat07")
    (folder / "cluster_group.tsv").write_text(text)
    with pytest.raises(FileFormatError, match=r"cluster_group\.tsv"):
        read_session(folder)


def test_a_folder_of_noise_alone_or_without_clusters_is_refused(tmp_path: Path) -> None:
    folder = _phy(tmp_path / "rat07")
    (folder / "cluster_group.tsv").write_text("cluster_id\tgroup\n" + "".join(f"{c}\tnoise\n" for c in (2, 5, 7, 9)))
    with pytest.raises(FileFormatError, match=r"every cluster is labelled noise"):
        read_session(folder)
    (folder / "spike_clusters.npy").unlink()
    (folder / "spike_templates.npy").unlink()
    with pytest.raises(FileFormatError, match=r"neither spike_clusters\.npy nor spike_templates\.npy"):
        read_session(folder)
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileFormatError, match=r"empty"):
        read_session(tmp_path / "empty")


@pytest.mark.real_data
def test_a_kilosort_folder_has_its_314_spikes_and_one_good_cluster(shared_data: Path) -> None:
    info = session_info(shared_data / "phy")
    session = info.session
    assert sum(unit.n_spikes for unit in session.units) == 314
    assert len(session.units) == 62
    assert [unit.id for unit in session.units if not unit.multi_unit] == ["4"]
    assert session.support.stop_s == pytest.approx(298_403 / 25_000)
    assert any("sim_binary.dat" in doubt for doubt in session.doubts)
