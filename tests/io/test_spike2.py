"""Spike2 files that nobody here made: their units, marks and clock as Spike2 itself has them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from ephys.errors import FileFormatError
from ephys.io import read_nwb, read_session, session_info, write_nwb
from ephys.model import Event

pytestmark = pytest.mark.real_data


def test_each_wavemark_code_is_a_unit_and_code_0_is_unsorted(shared_data: Path) -> None:
    session = read_session(shared_data / "spike2" / "Extracellular_Spikes.smr")
    assert {unit.id: unit.n_spikes for unit in session.units} == {
        "Spikes:0": 9,
        "Spikes:1": 290,
        "Spikes:2": 171,
        "Spikes:3": 139,
        "Spikes:4": 37,
    }
    assert [unit.multi_unit for unit in session.units] == [True, False, False, False, False]
    assert session.started_at == datetime(2003, 10, 7, 10, 15, 33, 590000)
    assert session.support.start_s == 0.0
    assert session.support.stop_s == pytest.approx(119.95, abs=0.01)


def test_a_drug_mark_at_the_start_leaves_no_baseline(shared_data: Path) -> None:
    session = read_session(shared_data / "spike2" / "Extracellular_Spikes.smr")
    assert session.events == (Event(0.0, "Drug added", "6", "Drug mark"),)
    assert session.protocol.baseline is None
    assert any("gain is probably missing" in doubt for doubt in session.doubts)


def test_a_wavemark_lies_on_the_peak_that_the_wire_shows(shared_data: Path) -> None:
    """A WaveMark is stamped at its first sample; the peak lies 132 samples later, and not at half the window (128)."""
    session = read_session(shared_data / "spike2" / "motor_units.smr")
    recording = session.recording
    assert recording is not None
    (mu1,) = [unit for unit in session.units if unit.id == "MU1:2"]
    assert mu1.waveform is not None
    assert mu1.waveform.pre_s * mu1.waveform.sampling_hz == pytest.approx(132, abs=2)
    trace = recording.read(0, recording.n_samples)[:, 0]
    peaks = recording.samples(mu1.times_s)
    windows = np.stack([trace[p - 100 : p + 100] for p in peaks])
    assert abs(int(np.argmax(np.abs(np.median(windows, axis=0)))) - 100) <= 1


def test_the_wire_is_the_fastest_voltage_and_the_rest_are_monitors(shared_data: Path) -> None:
    session = read_session(shared_data / "spike2" / "motor_units.smr")
    assert session.recording is not None
    assert session.recording.channel_names == ("DIA SMU",)
    assert session.recording.sampling_hz == 25000.0
    assert {unit.id: unit.n_spikes for unit in session.units} == {"MU2:1": 50, "MU1:2": 62}
    assert {(m.name, m.unit, m.sampling_hz) for m in session.monitors} == {
        ("flow", "L/s", 1000.0),
        ("volume", "L", 1000.0),
        ("CO2", "%", 1000.0),
    }
    assert np.abs(session.recording.read(0, 1000)).max() < 3000  # µV: its scale is stated, and right


def test_the_wire_can_be_named_or_numbered_as_spike2_shows_it(shared_data: Path) -> None:
    file = shared_data / "spike2" / "tremor_kinetic.smr"
    assert any("taken as the wire" in doubt for doubt in read_session(file).doubts)
    for wire in ("Ext", 2):
        session = read_session(file, wire=wire)
        assert session.recording is not None
        assert session.recording.channel_names == ("Ext",)
        assert not any("taken as the wire" in doubt for doubt in session.doubts)
    with pytest.raises(FileFormatError, match=r"no continuous channels are called 'Respi'"):
        read_session(file, wire="Respi")


def test_a_file_that_starts_at_220_s_starts_at_220_s(shared_data: Path) -> None:
    session = read_session(shared_data / "spike2" / "File_spike2_1.smr")
    assert session.support.start_s == pytest.approx(220.0, abs=0.01)
    keys = [event.code for event in session.events if event.channel == "Keyboard"]
    assert "".join(keys) == "cymmakani"
    stimuli = [event.polarity for event in session.events if event.channel == "Stim"]
    assert stimuli == ["rise", "fall"] * 3


def test_a_spike_rate_that_cannot_be_is_not_believed(shared_data: Path) -> None:
    session = read_session(shared_data / "spike2" / "File_spike2_1.smr")
    assert any("200.8 Hz" in doubt and "cannot be" in doubt for doubt in session.doubts)
    assert all(unit.waveform is None for unit in session.units)


def test_events_become_spikes_when_the_user_says_so(shared_data: Path) -> None:
    session = read_session(shared_data / "spike2" / "BURST.SMR", spikes="Spikes")
    (unit,) = session.units
    assert unit.n_spikes == 972
    assert session.events == ()
    assert any("silence after it is not seen" in doubt for doubt in session.doubts)


def test_every_file_cut_short_is_refused(shared_data: Path, tmp_path: Path) -> None:
    whole = (shared_data / "spike2" / "motor_units.smr").read_bytes()
    for tenth in range(1, 10):
        (tmp_path / "cut.smr").write_bytes(whole[: len(whole) * tenth // 10])
        with pytest.raises(FileFormatError, match=r"cut\.smr"):
            read_session(tmp_path / "cut.smr")


def test_a_real_session_survives_nwb(shared_data: Path, tmp_path: Path) -> None:
    session = read_session(shared_data / "spike2" / "motor_units.smr")
    back = read_nwb(write_nwb(session, tmp_path / "motor_units.nwb"))
    assert session.recording is not None
    assert back.recording is not None
    np.testing.assert_array_equal(session.recording.read(0, 99999), back.recording.read(0, 99999))
    for mine, other in zip(session.units, back.units, strict=True):
        np.testing.assert_array_equal(mine.times_s, other.times_s)
        np.testing.assert_array_equal(mine.amplitudes_uv, other.amplitudes_uv)


def test_what_a_file_holds_is_told(shared_data: Path) -> None:
    page = str(session_info(shared_data / "spike2" / "motor_units.smr"))
    for part in (
        "1 'DIA SMU': wire; 327858 samples at 25000 Hz; 13.1 s; -679 to 1498 µV",
        "6 'flow': monitor (airflow)",
    ):
        assert part in page
