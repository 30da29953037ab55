"""What the user says of a file wins, wherever it is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from ephys.errors import FileFormatError, ParameterError, SettingsError, TableError
from ephys.io import read_session, read_settings, session_info, write_nwb, write_settings
from ephys.io.told import told
from ephys.model import DoseProtocol, ReadingSettings, Recording, Session, Subject, Unit
from ephys.pipeline import analyse_session
from ephys.settings import Settings


def _export(path: Path) -> Path:
    """A Spike2 export of four wires in volts, a fifth of another length, and breathing sampled as fast."""
    counts = np.random.default_rng(0).normal(0, 300, (5, 40_000)).astype(np.int16)
    wires = {
        f"wire{i}": {"title": f"W{i}", "interval": 5e-5, "start": 1.0, "scale": 1e-7, "offset": 0.0, "units": "V",
                     "values": counts[i][: 20_000 if i == 4 else None]}
        for i in range(5)
    }  # fmt: skip
    breath = {"title": "Chest", "interval": 5e-5, "start": 1.0, "scale": 1.0, "offset": 0.0, "units": "V",
              "values": counts[0]}  # fmt: skip
    savemat(path, {**wires, "chest": breath})
    return path


def test_several_wires_make_one_electrode(tmp_path: Path) -> None:
    path = _export(tmp_path / "rat07.mat")
    four = read_session(path, wire=["W0", 2, "W2", "W3"]).recording
    assert four is not None
    assert four.channel_names == ("W0", "W1", "W2", "W3")
    alone = [read_session(path, wire=name).recording for name in four.channel_names]
    np.testing.assert_array_equal(
        four.read(5, 900), np.concatenate([one.read(5, 900) for one in alone if one is not None], axis=1)
    )
    with pytest.raises(FileFormatError, match=r"'W0' \(40000 samples.*'W4' \(20000 samples"):
        read_session(path, wire=["W0", "W4"])
    with pytest.raises(FileFormatError, match="named twice"):
        read_session(path, wire=["W0", 1])


def test_a_channel_that_is_named_for_breathing_is_a_monitor_however_fast_and_the_others_are_asked_about(
    tmp_path: Path,
) -> None:
    path = _export(tmp_path / "rat07.mat")
    session = read_session(path)
    assert [(monitor.name, monitor.kind) for monitor in session.monitors] == [("Chest", "respiration")]
    (asked,) = [doubt for doubt in session.doubts if "taken as the wire" in doubt]
    assert all(name in asked for name in ("'W1'", "'W4'", "--wire", "--monitor"))
    assert "Chest" not in asked


def test_a_channel_that_the_user_calls_a_monitor_is_kept_and_asked_about_no_more(tmp_path: Path) -> None:
    session = read_session(_export(tmp_path / "rat07.mat"), monitors="W4")
    assert [monitor.name for monitor in session.monitors] == ["W4", "Chest"]
    (asked,) = [doubt for doubt in session.doubts if "taken as the wire" in doubt]
    assert "'W3'" in asked
    assert "'W4'" not in asked


def test_the_users_unit_takes_the_place_of_the_files(tmp_path: Path) -> None:
    path = _export(tmp_path / "rat07.mat")
    as_stored, as_told = (read_session(path, wire="W0", unit=unit).recording for unit in (None, "mV"))
    assert as_stored is not None
    assert as_told is not None
    np.testing.assert_allclose(as_told.read(0, 50) * 1000.0, as_stored.read(0, 50), rtol=1e-5)
    with pytest.raises(ParameterError, match="one of V, mV, uV, nV, got 'kV'"):
        read_session(path, unit="kV")


def test_arguments_win_over_settings_and_what_was_said_travels(tmp_path: Path) -> None:
    settings = Settings().override("reading.wire", '["W1"]').override("reading.gain_uv", "0.2")
    reading = read_settings(write_settings(settings, tmp_path / "settings.toml")).reading
    assert reading == settings.reading
    session = read_session(_export(tmp_path / "rat07.mat"), reading=reading, gain_uv=0.5, band_hz=(None, 8000.0))
    assert (session.reading.wire, session.reading.gain_uv) == (("W1",), 0.5)
    assert session.recording is not None
    assert session.recording.band_hz == (None, 8000.0)
    assert analyse_session(session).settings.reading == session.reading
    with pytest.raises(ParameterError, match=r"give settings\.reading to read_session"):
        analyse_session(session, settings)


def test_one_channel_in_the_settings_needs_no_brackets_and_a_number_no_quotes() -> None:
    assert Settings().override("reading.wire", "Unit").reading.wire == ("Unit",)
    assert Settings().override("reading.wire", "3").reading.wire == ("3",)
    assert Settings().override("reading.band_hz", "[1, 8000]").reading.band == (1.0, 8000.0)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("reading.gain_uv", "-1.0", "gain_uv must be positive"),
        ("reading.gain_uv", "nan", "gain_uv must be positive"),
        ("reading.band_hz", "[300, 1]", "0 <= low < high"),
        ("reading.band_hz", "300", "0 <= low < high"),
        ("reading.clock_offset_s", "inf", "must be finite"),
        ("reading.wires", "x", "did you mean 'wire'"),
    ],
)
def test_nonsense_about_a_file_is_refused(name: str, value: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Settings().override(name, value)


def test_a_call_without_a_word_leaves_the_settings_as_they_are() -> None:
    said = ReadingSettings(wire=("2",), band_hz=(1.0, 8000.0), clock_offset_s=0.5)
    assert told(said) == said
    assert told(said, clock_offset_s=0.0).clock_offset_s == 0.0


def test_info_takes_the_same_words(tmp_path: Path) -> None:
    info = session_info(_export(tmp_path / "rat07.mat"), wire=["W0", "W1"], monitors=["Chest"])
    assert [channel.used for channel in info.channels] == ["wire", "wire", *["not read"] * 3, "monitor"]


def test_beside_the_files_own_units_the_voltage_is_the_wire_that_was_named(tmp_path: Path) -> None:
    traces = np.random.default_rng(0).normal(0.0, 10.0, (40_000, 2)).astype(np.float32)
    recording = Recording.from_array(traces, sampling_hz=20_000.0, channel_names=("A", "B"))
    own = Unit.from_times([0.5, 1.0], support=recording.support, id="own")
    session = Session("rat07", DoseProtocol((), recording.support), recording=recording, units=(own,))
    path = write_nwb(session, tmp_path / "rat07.nwb")
    for wire, column in (("A", 0), ("B", 1)):
        named = read_session(path, wire=wire)
        assert named.recording is not None
        assert named.recording.channel_names == (wire,)
        np.testing.assert_allclose(named.recording.read(0, 100)[:, 0], traces[:100, column], atol=0.01)
        assert [unit.id for unit in named.units] == ["own"]


def test_the_animal_that_the_user_describes_takes_the_place_of_the_files(tmp_path: Path) -> None:
    path = _export(tmp_path / "rat07.mat")
    said = Settings().override("reading.subject", '["species=Mus musculus", "sex=female"]').reading
    session = read_session(path, reading=said, subject=Subject(animal="m7", sex="male"))
    assert (session.subject.animal, session.subject.species, session.subject.sex) == ("m7", "Mus musculus", "female")
    assert analyse_session(session).preset == "mouse_in_vivo"
    for entry, message in (
        ("specis=rat", "did you mean 'species'"),
        ("species", "entries like 'species="),
        ("weight_g=heavy", "number of grams, got 'heavy'"),
    ):
        with pytest.raises(ParameterError, match=message):
            ReadingSettings(subject=(entry,))


def test_a_cell_silenced_to_the_end_is_silent_until_the_end_that_the_user_states(tmp_path: Path) -> None:
    (tmp_path / "rat07.csv").write_text("time_s\n" + "\n".join(f"{t}" for t in np.arange(0.5, 300.0)) + "\n")
    doses = tmp_path / "doses.csv"
    doses.write_text("time_s,drug,amount,unit\n290,ipsapirone,100,ug/kg\n400,WAY-100635,0.1,mg/kg\n")
    with pytest.raises(TableError, match=r"400 s is after the end of the recording .*--stop-s states it.* at 299\.5 s"):
        read_session(tmp_path / "rat07.csv", doses=doses)
    session = read_session(tmp_path / "rat07.csv", doses=doses, stop_s=500.0)
    assert session.units[0].support.stop_s == session.support.stop_s == 500.0
    assert not any("how long was recorded" in doubt for doubt in session.doubts)
    given = analyse_session(session).cells[0].fits[0].response.windows[-1]
    assert (given.epoch.start_s > 300.0, given.count, given.percent) == (True, 0, 0.0)
    with pytest.raises(FileFormatError, match=r"goes on to 299\.5 s; stop_s cannot be 100 s"):
        read_session(tmp_path / "rat07.csv", stop_s=100.0)
    with pytest.raises(FileFormatError, match="stop_s is for spikes alone"):
        read_session(_export(tmp_path / "rat07.mat"), stop_s=100.0)
