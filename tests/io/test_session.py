"""Any file to a session, or one clear line that names the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from ephys.errors import FileFormatError, TableError
from ephys.io import read_session, write_nwb
from ephys.model import DoseProtocol, Epoch, Event, Recording, Session, Subject, Support, Unit


def _nwb(path: Path) -> Path:
    traces = np.random.default_rng(0).normal(0, 9, (100_000, 1)).astype(np.int16)
    recording = Recording.from_array(traces, sampling_hz=20000.0)
    unit = Unit.from_times(np.arange(0.5, 4.5, 0.1), support=recording.support)
    events = (
        Event(1.0, "ipsapirone", channel="TextMark"),
        Event(2.0, channel="trigger"),
        Event(3.0, channel="trigger"),
    )
    return write_nwb(Session(path.stem, DoseProtocol((), recording.support), recording, (unit,), events), path)


def _mat(path: Path) -> Path:
    savemat(path, {"data": np.random.default_rng(0).normal(size=24000), "samplingInterval": 1 / 24})
    return path


def _npy(path: Path) -> Path:
    np.save(path, np.arange(0.5, 90.0))
    return path


def test_a_missing_an_empty_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"nowhere\.smr: no such file"):
        read_session(tmp_path / "nowhere.smr")
    (tmp_path / "empty.smr").touch()
    with pytest.raises(FileFormatError, match=r"empty\.smr: empty \(0 bytes\)"):
        read_session(tmp_path / "empty.smr")
    with pytest.raises(FileFormatError, match=r": is a folder; name a file in it"):
        read_session(tmp_path)


@pytest.mark.parametrize(
    "name", ["notes.docx", "rat07", "rat07.smr", "rat07.smrx", "rat07.nwb", "rat07.mat", "rat07.npy"]
)
def test_a_file_of_something_else_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(bytes(range(1, 200)))
    with pytest.raises(FileFormatError, match=name) as caught:
        read_session(tmp_path / name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "write"), [("a.nwb", _nwb), ("a.mat", _mat), ("a.npy", _npy)])
def test_a_file_cut_short_anywhere_is_refused(tmp_path: Path, name: str, write: object) -> None:
    assert callable(write)
    whole = write(tmp_path / name).read_bytes()
    for tenth in range(1, 10):
        (tmp_path / name).write_bytes(whole[: len(whole) * tenth // 10])
        with pytest.raises(FileFormatError, match=name):
            read_session(tmp_path / name)


def test_the_content_decides_not_the_extension(tmp_path: Path) -> None:
    _mat(tmp_path / "wire.mat").rename(tmp_path / "wire.dat")
    recording = read_session(tmp_path / "wire.dat").recording
    assert recording is not None
    assert recording.sampling_hz == 24000.0


def test_a_drugs_name_alone_is_a_drug_of_unknown_dose(tmp_path: Path) -> None:
    session = read_session(_nwb(tmp_path / "rat07.nwb"))
    (given,) = session.protocol.administrations
    assert (given.drug, given.start_s, given.role, given.text) == ("ipsapirone", 1.0, "other", "ipsapirone")
    assert session.protocol.drugs == ()
    assert session.protocol.baseline == Epoch(0.0, 1.0, "baseline")
    assert any("'ipsapirone' is read as ipsapirone, agonist; no amount is stated" in doubt for doubt in session.doubts)


def test_a_dose_table_takes_the_place_of_the_marks(tmp_path: Path) -> None:
    table = tmp_path / "doses.csv"
    table.write_text("mark,drug,amount,unit\nipsapirone,ipsapirone,20,ug/kg\n")
    session = read_session(_nwb(tmp_path / "rat07.nwb"), doses=table, clock_offset_s=0.25)
    (given,) = session.protocol.administrations
    assert (given.dose, given.start_s) == (20.0, 1.25)
    assert [Path(source.path).name for source in session.sources] == ["rat07.nwb", "doses.csv"]
    assert all(len(source.sha256) == 64 for source in session.sources)
    with pytest.raises(TableError, match="no such table"):
        read_session(tmp_path / "rat07.nwb", doses=tmp_path / "dose.csv")


def test_an_event_channel_can_be_the_spike_train(tmp_path: Path) -> None:
    session = read_session(_nwb(tmp_path / "rat07.nwb"), spikes="trigger")
    np.testing.assert_array_equal(session.units[-1].times_s, [2.0, 3.0])
    assert [event.channel for event in session.events] == ["TextMark"]
    with pytest.raises(FileFormatError, match=r"no events in a channel called 'Trigger'; it has 'TextMark', 'trigger'"):
        read_session(tmp_path / "rat07.nwb", spikes="Trigger")


def test_the_users_gain_band_name_and_animal_win(tmp_path: Path) -> None:
    path = _mat(tmp_path / "wire.mat")
    plain = read_session(path)
    told = read_session(path, gain_uv=50.0, band_hz=(1.0, 9000.0), session="rat07", subject=Subject("r7"))
    assert plain.recording is not None
    assert told.recording is not None
    np.testing.assert_allclose(told.recording.read(0, 99), 50.0 * plain.recording.read(0, 99), rtol=1e-6)
    assert (told.id, told.subject.animal, told.recording.band_hz) == ("rat07", "r7", (1.0, 9000.0))
    assert any("no unit" in doubt for doubt in plain.doubts)
    assert told.doubts == ()


def test_spike_times_alone_make_units_and_say_what_is_not_known(tmp_path: Path) -> None:
    table = tmp_path / "cells.csv"
    table.write_text("time_s;unit\n3,5;a\n1,0;b\n0,5;a\n")
    session = read_session(table)
    assert {unit.id: unit.times_s.tolist() for unit in session.units} == {"a": [0.5, 3.5], "b": [1.0]}
    assert any("silence after it is not seen" in doubt for doubt in session.doubts)


def test_sample_numbers_are_not_taken_for_seconds(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(100))
    with pytest.raises(FileFormatError, match=r"a\.npy: .*divide sample numbers by the sampling rate"):
        read_session(tmp_path / "a.npy")
    session = read_session(tmp_path / "a.npy", sampling_hz=50.0)
    assert session.units[0].times_s[-1] == 99 / 50
    assert any("sample numbers, read as seconds at 50 Hz" in doubt for doubt in session.doubts)


def test_a_shift_of_the_clock_changes_no_rate(tmp_path: Path) -> None:
    times = np.arange(0.5, 60.0, 0.7)
    rates = []
    for shift_s in (0.0, 1e5):
        whole = Support.of(Epoch(shift_s, shift_s + 60.0))
        session = Session("s", DoseProtocol((), whole), units=(Unit.from_times(times + shift_s, support=whole),))
        (unit,) = read_session(write_nwb(session, tmp_path / "s.nwb")).units
        rates.append(unit.n_spikes / unit.support.duration_s)
    assert rates[0] == rates[1]
