"""What a file holds is told: at the first look, right, within 80 columns, and in no more time for a long file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.io import savemat
from typer.testing import CliRunner

from ephys.cli import app
from ephys.errors import SettingsError
from ephys.io import SessionInfo, read_session, read_settings, save_reading, session_info
from ephys.io.contents import Channel, Contents
from ephys.io.looks import MOST_SAMPLES, look_at, spike_polarity
from ephys.io.oddities import Found, oddities, polarities_of
from ephys.model import (
    DoseProtocol,
    Epoch,
    Event,
    Monitor,
    ReadingSettings,
    Recording,
    Run,
    Session,
    Support,
    Unit,
    Waveform,
    monitor_kind,
)

RNG = np.random.default_rng(0)


def _contents(traces: NDArray[Any], *, hz: float = 20_000.0, unit: str = "uV", **session: Any) -> Contents:
    """A file of one wire."""
    recording = Recording.from_array(traces, sampling_hz=hz, channel_names=("Unit",), band_hz=(0.1, 8000.0))
    whole = recording.support
    channel = Channel(1, "Unit", "voltage", recording.n_samples, unit, hz, whole.start_s, whole.stop_s, "wire")
    return Contents(Session("rat07", DoseProtocol((), whole), recording=recording, **session), (channel,), "made")


def _odd(contents: Contents) -> str:
    return "\n".join(oddities(Found(contents, look_at(contents), polarities_of(contents.session))))


def _monitored(values: NDArray[Any], unit: str = "mV") -> str:
    """What is odd about a file with one slow signal."""
    stop_s = len(values) / 100.0
    session = Session(
        "rat07", DoseProtocol((), Support.of(Epoch(0.0, stop_s))), monitors=(Monitor("x", values, 100.0),)
    )
    channel = Channel(1, "x", "voltage", len(values), unit, 100.0, 0.0, stop_s, "monitor")
    return _odd(Contents(session, (channel,), "made"))


@dataclass(eq=False)
class _Hours:
    """Four hours of one wire at 30 kHz, which nobody has in memory; it counts what is read of it."""

    read_samples: int = 0
    shape: tuple[int, int] = field(default=(4 * 3600 * 30_000, 1))

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        self.read_samples += stop - start
        noise = np.random.default_rng(start).normal(0.0, 10.0, (stop - start, 1)).astype(np.float32)
        return noise if stop < self.shape[0] else noise + 5000.0


def test_four_hours_are_looked_at_here_and_there_from_the_first_sample_to_the_last() -> None:
    source = _Hours()
    recording = Recording(source, 30_000.0, (Run(0, source.shape[0], 0.0),), ("Unit",))
    channel = Channel(1, "Unit", "voltage", source.shape[0], "uV", 30_000.0, 0.0, recording.stop_s, "wire")
    contents = Contents(Session("rat07", DoseProtocol((), recording.support), recording=recording), (channel,), "made")
    look = look_at(contents)[1]
    assert source.read_samples <= MOST_SAMPLES
    assert not look.whole
    assert look.seen_s == pytest.approx(source.read_samples / 30_000.0)
    assert look.high > 4900
    page = SessionInfo("f", "made", contents.session, contents.channels, {1: look}).text()
    assert f"in {look.seen_s:.3g} s looked at" in page.replace("\n      ", " ")


def test_the_range_of_a_wire_is_in_microvolts_and_of_a_monitor_in_its_own_unit(tmp_path: Path) -> None:
    wire = RNG.normal(0, 100, 40_000).astype(np.int16)
    belt = np.linspace(-2.0, 3.0, 400)
    shared = {"start": 0.0, "offset": 0.0}
    savemat(
        tmp_path / "rat07.mat",
        {
            "a": {"title": "Unit", "interval": 5e-5, "scale": 1e-7, "units": "V", "values": wire, **shared},
            "b": {"title": "Resp", "interval": 5e-3, "scale": 1.0, "units": "mV", "values": belt, **shared},
        },
    )
    info = session_info(tmp_path / "rat07.mat")
    unit, resp = (info.looks[number] for number in (1, 2))
    assert (unit.low, unit.high, unit.unit) == (pytest.approx(wire.min() / 10), pytest.approx(wire.max() / 10), "µV")
    assert (resp.low, resp.high, resp.unit) == (-2.0, 3.0, "mV")
    assert unit.whole
    assert unit.noise_uv < 10.0
    shown = str(session_info(tmp_path / "rat07.mat", gain_uv=1.0, band_hz=(0.1, 8000.0)))
    assert "you said: gain 1 µV, band 0.1 to 8000 Hz" in shown
    assert f"{wire.min()} to {wire.max()} µV" in shown
    assert "monitor (respiration)" in shown


@pytest.mark.parametrize(("sign", "text"), [(-1.0, "point down: an inverted amplifier"), (1.0, "")])
def test_a_wire_whose_spikes_point_down_is_told(sign: float, text: str) -> None:
    wire = RNG.normal(0.0, 8.0, 200_000)
    bump = np.hanning(30) * 150.0
    for at in range(5000, 195_000, 5000):
        wire[at : at + 30] += sign * bump
    found = _odd(_contents(wire))
    assert text in found
    assert ("spikes seen" in found) is bool(text)


def _unit(name: str, shape: NDArray[Any], *, multi: bool = False) -> Unit:
    snippets = np.tile(shape.astype(np.float32)[:, np.newaxis], (3, 1, 1))
    wave = Waveform(snippets, np.arange(3), 20_000.0, 0.001)
    return Unit(name, np.array([1.0, 2.0, 3.0]), Support.of(Epoch(0.0, 10.0)), waveform=wave, multi_unit=multi)


def test_units_that_begin_negative_are_named_and_those_of_no_sure_polarity_too() -> None:
    time = np.arange(120.0)
    first, second = np.exp(-(((time - 40) / 8) ** 2)), np.exp(-(((time - 70) / 16) ** 2))
    shapes = {"pos": 90 * first - 40 * second, "neg": -90 * first + 40 * second, "both": 90 * first - 85 * second}
    shapes["turned"] = -50 * first + 90 * second  # a large phase before the main peak is the first
    units = tuple(_unit(name, shape) for name, shape in shapes.items())
    signs = {unit.id: spike_polarity(unit.waveform).first for unit in units if unit.waveform}
    assert signs == {"pos": "positive", "neg": "negative", "both": "unclear", "turned": "negative"}
    units += (_unit("noise", shapes["neg"], multi=True),)
    session = Session("rat07", DoseProtocol((), units[0].support), units=units)
    found = _odd(Contents(session, (), "made"))
    assert "negative-first in unit 'neg', 'turned', others are positive-first" in found
    assert "much alike: unit 'both'" in found
    assert "noise" not in found


def test_snippets_with_holes_do_not_hide_the_polarity_of_the_others() -> None:
    shape = -90 * np.exp(-(((np.arange(120.0) - 40) / 8) ** 2))
    snippets = np.tile(shape.astype(np.float32)[:, np.newaxis], (3, 1, 1))
    snippets[1, 100:] = np.nan
    holed = Waveform(snippets, np.arange(3), 20_000.0, 0.001)
    assert spike_polarity(holed).text == "negative-first, peak -90 µV"
    empty = Waveform(np.full_like(snippets, np.nan), np.arange(3), 20_000.0, 0.001)
    unit = Unit("1", np.array([1.0, 2.0, 3.0]), Support.of(Epoch(0.0, 10.0)), waveform=empty)
    assert polarities_of(Session("rat07", DoseProtocol((), unit.support), units=(unit,))) == {}


@pytest.mark.parametrize("level", [40.0, -25.0])
def test_a_wire_at_its_rail_is_told_and_a_wave_with_a_round_top_is_not(level: float) -> None:
    noise = RNG.normal(0.0, 20.0, 100_000)
    clipped = np.minimum(noise, level) if level > 0 else np.maximum(noise, level)
    assert "as if clipped: 1 'Unit'" in _odd(_contents(clipped))
    assert "clipped" not in _odd(_contents(np.rint(noise)))
    assert "clipped" not in _monitored(np.rint(100 * np.sin(np.arange(5000) / 40)))


def test_channels_that_stand_still_switch_or_hold_no_numbers_are_told() -> None:
    assert "one value throughout, as far as was looked: 1 'x' (3 mV): not connected?" in _monitored(np.full(500, 3.0))
    assert "two values only: 1 'x'" in _monitored(np.tile([0.0, 5.0], 200))
    assert "no numbers: 1 'x' (20 %)" in _monitored(np.tile([np.nan, 1.0, 2.0, 3.0, 4.0], 100))
    assert "no unit stated, numbers as stored: 1 'x'" in _monitored(np.arange(100.0), "")
    assert _monitored(np.arange(100.0)) == ""


@pytest.mark.parametrize(("scale", "text"), [(1e-3, "less than an electrode has"), (1e3, "more than an electrode has")])
def test_noise_that_no_electrode_has_is_told(scale: float, text: str) -> None:
    noise = RNG.normal(0.0, 10.0, 60_000)
    assert text in _odd(_contents(noise * scale))
    assert "electrode has" not in _odd(_contents(noise))


def test_a_wire_sampled_slowly_is_told() -> None:
    assert "sampled at 6000 Hz" in _odd(_contents(RNG.normal(0, 10, 60_000), hz=6000.0))
    assert "sampled at" not in _odd(_contents(RNG.normal(0, 10, 60_000)))


def test_marks_beyond_the_signal_and_in_its_gaps_and_a_late_clock_are_told() -> None:
    traces = RNG.normal(0.0, 10.0, (80_000, 1)).astype(np.float32)
    source = Recording.from_array(traces, sampling_hz=20_000.0).source
    recording = Recording(source, 20_000.0, (Run(0, 40_000, 220.0), Run(40_000, 40_000, 230.0)), band_hz=(1.0, 8000.0))
    events = tuple(Event(t, "drug", channel="Key") for t in (12.0, 221.0, 225.0, 231.5, 240.0))
    session = Session("rat07", DoseProtocol((), recording.support), recording=recording, events=events)
    found = _odd(Contents(session, (), "made"))
    assert "begins at 220 s of its clock" in found
    assert "2 of 5 marks of 'Key' lie outside what was recorded (220 to 232 s), the first at 12 s" in found
    assert "1 of 5 marks of 'Key' lie in gaps" in found
    page = SessionInfo("f", "made", session, ()).text()
    assert "gaps: 1, 8 s in all, the longest 8 s: 222 to 230 s" in page
    assert "session rat07: 4 s recorded, 220 to 232 s" in page


def test_a_recording_of_months_is_files_of_several_clocks() -> None:
    session = Session("folder", DoseProtocol((), Support.of(Epoch(0.0, 1.7e9))))
    assert "19676 days recorded, which cannot be" in _odd(Contents(session, (), "made"))


def test_a_channel_of_another_length_is_told() -> None:
    contents = _contents(RNG.normal(0, 10, 100_000))
    short = Channel(2, "EEG", "voltage", 200, "mV", 100.0, 0.0, 2.0, "not read")
    whole = Channel(3, "Resp", "voltage", 500, "mV", 100.0, 0.0, 5.0, "not read")
    found = _odd(Contents(contents.session, (*contents.channels, short, whole), "made"))
    assert "sampled for another time than the session's 0 to 5 s: 2 'EEG' (0 to 2 s)" in found
    assert "Resp" not in found


def test_a_bare_event_channel_of_a_file_without_a_wire_may_be_the_spikes() -> None:
    events = tuple(Event(float(t), channel=name) for name in ("Cell", "Trigger") for t in range(60))
    protocol = DoseProtocol((), Support.of(Epoch(0.0, 60.0)))
    assert "many marks without text in 'Cell': if" in _odd(
        Contents(Session("rat07", protocol, events=events), (), "made")
    )


def test_a_long_list_is_cut_short_unless_all_is_asked_for() -> None:
    whole = Support.of(Epoch(0.0, 600.0))
    units = tuple(Unit.from_times([1.0], support=whole, id=f"u{i}") for i in range(300))
    events = tuple(Event(float(i), f"text {i}", channel="Notes") for i in range(90))
    channels = tuple(Channel(i + 1, f"Event{i:03}", "event", 0) for i in range(200))
    info = SessionInfo("f", "made", Session("rat07", DoseProtocol((), whole), units=units, events=events), channels)
    page, full = info.text(), info.text(everything=True)
    assert len(page.splitlines()) < 60
    assert "and 280 more; --all shows them" in page
    assert "and 70 more; --all shows them" in page
    assert "and 194 more" in page
    digital = tuple(Event(float(i), str(i % 2), channel="Port") for i in range(90))
    ports = SessionInfo("f", "made", Session("rat07", DoseProtocol((), whole), events=digital), ())
    assert "'Port': 90; 45 x 0, 45 x 1; --all shows them" in ports.text()
    assert all(f"'u{i}'" in full and f"text {i % 90}" in full for i in range(300))
    assert "more; --all" not in full


@pytest.mark.parametrize(
    ("name", "unit", "kind"),
    [
        ("Resp", "V", "respiration"), ("Respi", "", "respiration"), ("Atmung", "V", "respiration"),
        ("thorax belt", "", "respiration"), ("EKG", "mV", "ECG"), ("rawECG", "", "ECG"), ("Heart rate", "bpm", "ECG"),
        ("BP", "", "blood pressure"), ("Art. P", "V", "blood pressure"), ("Blutdruck", "", "blood pressure"),
        ("AP WAVE", "mmHG", "blood pressure"), ("CO2", "%", "CO2"), ("etCO2", "", "CO2"), ("flow", "L/s", "airflow"),
        ("Temp", "", "temperature"), ("rectal", "°C", "temperature"), ("ch 7", "deg C", "temperature"),
        ("Körpertemperatur", "", "temperature"), ("EEG-L", "uV", "EEG"), ("ECoG", "", "EEG"), ("LFP_12", "uV", "LFP"),
        ("EMG neck", "", "EMG"), ("Stim", "V", "stimulus"), ("Trig 1", "V", "trigger"), ("AO #0", "mV", "command"),
        ("A-AUX1", "V", "movement"), ("Unit", "mV", ""), ("Response", "", ""), ("template", "", ""), ("IN 0", "pA", ""),
        ("Nerve1", "Volt", ""), ("V1", "", ""), ("artefacts", "", ""), ("wire 3", "V", ""),
    ],
)  # fmt: skip
def test_slow_signals_are_known_by_the_names_that_laboratories_give_them(name: str, unit: str, kind: str) -> None:
    assert monitor_kind(name, unit) == kind


def _table(path: Path, times_s: NDArray[Any]) -> Path:
    path.write_text("time_s\n" + "\n".join(f"{t:.4f}" for t in times_s), encoding="utf-8")
    return path


def test_info_takes_the_dose_table_and_shows_what_was_given_and_the_baseline(tmp_path: Path) -> None:
    file = _table(tmp_path / "rat07.csv", np.arange(0.5, 600.0))
    doses = tmp_path / "doses.csv"
    doses.write_text("time_s,drug,amount,unit,dose_kind\n290,ipsapirone,25,ug/kg,increment\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["info", str(file), "--doses", str(doses), "--clock-offset-s", "10"])
    assert result.exit_code == 0
    assert "300.000 s  ipsapirone, 25 ug/kg (increment)" in result.stdout
    assert "baseline: 120 to 300 s" in result.stdout
    assert "you said: clock offset 10 s" in result.stdout


def test_info_takes_every_word_that_reading_takes(tmp_path: Path) -> None:
    table = _table(tmp_path / "rat07.csv", np.arange(0.5, 600.0))
    doses = tmp_path / "doses.csv"
    doses.write_text("drug,amount,unit,route,time_s\nipsapirone,0.1,ml,iv,300\n", encoding="utf-8")
    found = session_info(table, doses=doses, stocks={"ipsapirone": "50 ug/ml"}, weight_g=250.0, dose_kind="increment")
    given = found.session.protocol.administrations[0]
    assert (given.dose, given.dose_unit, given.dose_kind) == (20.0, "ug/kg", "increment")


def test_the_json_is_strict_and_holds_what_the_page_holds(tmp_path: Path) -> None:
    file = _table(tmp_path / "rat07.csv", np.arange(0.5, 600.0))
    result = CliRunner().invoke(app, ["info", str(file), "--json", "--band-hz", "nan", "8000"])
    values = json.loads(result.stdout, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert values["units"][0]["n_spikes"] == 600
    assert values["said"] == {"band_hz": [None, 8000.0]}
    assert values["doubts"]


def test_the_band_of_a_rig_is_said_once_and_kept_with_what_the_settings_held(tmp_path: Path) -> None:
    file, rig = _table(tmp_path / "rat07.csv", np.arange(0.5, 600.0)), tmp_path / "rig.toml"
    rig.write_text("[fit]\nlevel = 0.9\n[reading]\ngain_uv = 0.5\n", encoding="utf-8")
    said = ["--band-hz", "0.1", "8000", "--wire", "Unit", "--save-settings", str(rig)]
    assert CliRunner().invoke(app, ["info", str(file), *said]).exit_code == 0
    kept = read_settings(rig)
    assert kept.reading == ReadingSettings(band_hz=(0.1, 8000.0), wire=("Unit",), gain_uv=0.5)
    assert kept.fit.level == 0.9
    assert "seed" not in rig.read_text(encoding="utf-8")
    shown = CliRunner().invoke(app, ["info", str(file), "--settings", str(rig)]).stdout
    assert "you said: wire Unit, gain 0.5 µV, band 0.1 to 8000 Hz" in shown
    assert read_session(file, reading=kept.reading).reading == kept.reading


def test_half_a_band_survives_the_settings_file_and_a_file_that_is_no_settings_is_left_alone(tmp_path: Path) -> None:
    rig = save_reading(ReadingSettings(band_hz=(float("nan"), 8000.0)), tmp_path / "rig.toml")
    assert read_settings(rig).reading.band == (None, 8000.0)
    other = tmp_path / "notes.toml"
    other.write_text("[shopping]\nmilk = 1\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"notes\.toml.*'shopping'"):
        save_reading(ReadingSettings(unit="mV"), other)
    assert other.read_text(encoding="utf-8") == "[shopping]\nmilk = 1\n"


def test_a_file_whose_band_nobody_stated_says_how_to_state_it_once() -> None:
    unstated = Recording.from_array(RNG.normal(0, 10, 50_000), sampling_hz=20_000.0)
    session = Session("rat07", DoseProtocol((), unstated.support), recording=unstated)
    assert "--band-hz LO HI --save-settings rig.toml" in _odd(Contents(session, (), "made"))
    assert "band" not in _odd(_contents(RNG.normal(0, 10, 50_000)))


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("motor_units.smr", ("2017-04-06", "monitor (airflow)", "'MU1:2': 62 spikes", "positive-first")),
        ("Extracellular_Spikes.smr", ("Drug added [6]", "'Spikes:0' (multi-unit)", "negative-first", "153 µV")),
        ("File_spike2_1.smr", ("begins at 220.0015 s", "monitor (respiration)", "'Stim': 6 (3 rise, 3 fall)", "[c]")),
        ("BURST.SMR", ("972 (fall)", "spikes (--spikes)")),
        ("Blood_Pressure_Waveform.smr", ("monitor (blood pressure)", "mmHG")),
        ("tremor_kinetic.smr", ("sampled at 5000 Hz", "not read, though fast enough: 2 'Ext'", "-0.127 to 0.0993 µV")),
    ],
)  # fmt: skip
def test_every_oddity_of_a_real_file_is_told_within_80_columns(
    shared_data: Path, name: str, parts: tuple[str, ...]
) -> None:
    file = shared_data / "spike2" / name
    page = str(session_info(file))
    flat = " ".join(page.split())
    assert [part for part in parts if part not in flat] == []
    assert max(len(line) for line in page.splitlines() if str(file) not in line) <= 80


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["plexon/sigTOOL_explore1.plx", "blackrock/ndr_example_1.nev", "phy"])
def test_the_json_of_a_real_file_is_json(shared_data: Path, name: str) -> None:
    result = CliRunner().invoke(app, ["info", str(shared_data / name), "--json"])
    assert json.loads(result.stdout)["units"][0]["multi_unit"] in (True, False)
