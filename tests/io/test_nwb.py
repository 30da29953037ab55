"""What lies where in an NWB file that ephys writes."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import h5py
import numpy as np
import pytest
from pynwb import NWBHDF5IO
from typer.testing import CliRunner

from ephys.cli import app
from ephys.errors import FileFormatError, MetadataWarning
from ephys.io import read_nwb, read_session, units_table, write_nwb
from ephys.io.nwb_analysis import NUMBER_COLUMNS, TEXT_COLUMNS
from ephys.io.nwb_layout import ADMINISTRATION_COLUMNS, APART_COLUMNS, MARK_COLUMNS, SNIPPET_COLUMNS, UNIT_COLUMNS
from ephys.model import (
    Administration,
    ArraySource,
    DoseProtocol,
    Epoch,
    Event,
    Monitor,
    Recording,
    Run,
    Session,
    Source,
    Subject,
    Support,
    Unit,
    Waveform,
)
from ephys.pipeline import analyse_session

FS = 20000.0


def _full_session() -> Session:
    rng = np.random.default_rng(0)
    counts = rng.normal(0, 9, (int(4 * FS), 2)).astype(np.int16)
    runs = (Run(0, 50000, 220.0), Run(50000, 30000, 300.5))
    recording = Recording(ArraySource(counts, 0.25), FS, runs, ("tip", "reference"), (1.0, 9000.0), "wires")
    support = recording.support
    times = np.sort(rng.uniform(220.0, 222.4, 40))
    waveform = Waveform(rng.normal(size=(30, 160, 2)), np.arange(30), FS, 0.002, (100.0, None), 2, "zero", "wide_band")
    units = (
        Unit("1", times, support, rng.normal(90, 5, 40), 40.0, 8.0, waveform, "sort"),
        Unit("silent", np.empty(0), Support.of(Epoch(220.0, 221.0), Epoch(300.5, 301.0)), origin="wavemark"),
        Unit("hash", times, support, multi_unit=True),
    )
    given = (
        Administration(
            "saline", 220.5, amount=1.0, unit="ml/kg", dose=1.0, dose_unit="ml/kg", route="i.v.", role="vehicle"
        ),
        Administration(
            "ipsapirone", 221.0, None, 0.02, "mg/kg", 20.0, "ug/kg", "typed, in mg/kg", form="base", route="i.v."
        ),
        Administration(
            "ipsapirone",
            300.6,
            300.9,
            40.0,
            "ug/kg",
            40.0,
            "ug/kg",
            dose_kind="cumulative",
            form="base",
            text="IPSA 40 µg/kg",
        ),
        Administration("wash", 300.95, role="wash"),
    )
    protocol = DoseProtocol(given, support, Epoch(220.1, 220.4, "drawn"), ((1, Epoch(222.0, 222.4, "by eye")),))
    return Session(
        "rat07",
        protocol,
        recording,
        units,
        (Event(220.5, "sal 1 ml/kg", "", "TextMark", ""), Event(221.0, "", "i", "Keyboard", "rise")),
        (Monitor("resp/flow", np.arange(50.0), 10.0, 220.0, "L/s"), Monitor("temp", np.full(9, np.nan), 1.5)),
        Subject("r7", "Rattus norvegicus", sex="male", weight_g=310.0, group="control", anaesthetic="urethane"),
        (Source("rat07.smr", "00ff"),),
        ("channel 'x' states no unit",),
        datetime(1986, 3, 4, 9, 30),
        track="2",
        depth_um=5400.0,
        order="3",
    )


def test_counts_are_stored_as_counts_and_floats_as_floats(tmp_path: Path) -> None:
    counts = np.arange(-500, 500, dtype=np.int16)
    for traces, kind in ((counts, np.int16), (counts / 7.0, np.float32)):
        recording = Recording.from_array(traces, sampling_hz=FS)
        path = write_nwb(Session("r", DoseProtocol((), recording.support), recording), tmp_path / "r.nwb")
        with h5py.File(path) as file:
            data = file["acquisition/ElectricalSeries/data"]
            assert data.dtype == kind
            assert (data.compression, data.shuffle) == ("gzip", True)
            assert data.attrs["conversion"] == pytest.approx(1e-6)


def test_a_bolus_is_written_as_one_assumed_second() -> None:
    with TemporaryDirectory() as folder:
        path = write_nwb(_full_session(), Path(folder) / "s.nwb")
        with NWBHDF5IO(str(path), "r") as io:
            table = io.read().intervals["drug_administrations"]
            lengths = table["stop_time"][:] - table["start_time"][:]
            assumed = list(table["duration_assumed"][:])
            cumulative = list(table["cumulative_dose"][:])
    assert assumed == [True, True, False, True]
    np.testing.assert_allclose(lengths, [1.0, 1.0, 0.3, 1.0])
    np.testing.assert_equal(cumulative, [np.nan, 20.0, 40.0, np.nan])


def _waveform(samples: int, *, sampling_hz: float = FS, pre_s: float = 0.002, peak_uv: float = 100.0) -> Waveform:
    """Ten snippets that are 0 but for their peak, which swings by 10 % to either side."""
    snippets = np.zeros((10, samples, 1))
    snippets[:, round(pre_s * sampling_hz), 0] = peak_uv * np.tile([0.9, 1.1], 5)
    return Waveform(snippets, np.arange(10), sampling_hz, pre_s, (100.0, None), 2, "zero", "wide_band")


def test_mean_waveforms_lie_with_their_peaks_at_one_sample_in_volts(tmp_path: Path) -> None:
    support = Support.of(Epoch(0.0, 10.0))
    waves = (_waveform(160), _waveform(100, pre_s=0.001), None, _waveform(80, sampling_hz=10000.0))
    units = tuple(
        Unit(str(i), np.arange(10) / 2, support, waveform=wave, origin="sort") for i, wave in enumerate(waves)
    )
    path = write_nwb(Session("s", DoseProtocol((), support), units=units), tmp_path / "s.nwb")
    with NWBHDF5IO(str(path), "r") as io:
        table = io.read().units
        mean, sd = table["waveform_mean"][:], table["waveform_sd"][:]
        assert (table.waveform_unit, table.waveform_rate) == ("volts", FS)
        assert "the peak at sample 40" in table["waveform_mean"].description
    assert mean.shape == sd.shape == (4, 160, 1)
    np.testing.assert_allclose(mean[:2, 40, 0], 100e-6, rtol=1e-6)
    np.testing.assert_allclose(sd[:2, 40, 0], 10e-6, rtol=1e-5)
    assert np.isfinite(mean[0]).all()
    assert np.flatnonzero(np.isfinite(mean[1, :, 0])).tolist() == list(range(20, 120))
    assert np.isnan(mean[2:]).all()


@pytest.mark.parametrize(
    ("sampling_hz", "waveform", "step_s"),
    [(25000.0, None, 1 / 25000), (np.nan, _waveform(100), 1 / FS), (np.nan, None, np.spacing(10.0))],
)
def test_the_resolution_is_a_sample_of_what_the_spikes_come_from(
    tmp_path: Path, sampling_hz: float, waveform: Waveform | None, step_s: float
) -> None:
    support = Support.of(Epoch(0.0, 10.0))
    unit = Unit("1", np.arange(10) / 2, support, waveform=waveform)
    session = Session("s", DoseProtocol((), support), units=(unit,), sampling_hz=sampling_hz)
    with NWBHDF5IO(str(write_nwb(session, tmp_path / "s.nwb")), "r") as io:
        assert io.read().units.resolution == pytest.approx(step_s)


def test_units_are_linked_to_the_wires_even_without_the_voltage(tmp_path: Path) -> None:
    for voltage in (True, False):
        with NWBHDF5IO(str(write_nwb(_full_session(), tmp_path / "s.nwb", voltage=voltage)), "r") as io:
            file = io.read()
            assert [list(row["channel_name"]) for row in file.units["electrodes"][:]] == [["tip", "reference"]] * 3
            assert any(name.startswith("ElectricalSeries") for name in file.acquisition) == voltage


def test_a_date_that_nobody_stated_is_not_read_back(tmp_path: Path) -> None:
    support = Support.of(Epoch(0.0, 10.0))
    session = Session("s", DoseProtocol((), support), units=(Unit.from_times([1.0], support=support),))
    assert read_nwb(write_nwb(session, tmp_path / "s.nwb")).started_at is None
    dated = replace(session, started_at=datetime(2024, 5, 6, 7, 8, tzinfo=UTC))
    assert read_nwb(write_nwb(dated, tmp_path / "s.nwb")).started_at == dated.started_at


def test_voltage_is_read_only_when_asked_for(tmp_path: Path) -> None:
    session = _full_session()
    recording = read_nwb(write_nwb(session, tmp_path / "s.nwb")).recording
    assert recording is not None
    assert session.recording is not None
    across_the_pause = recording.read(49990, 50010)
    np.testing.assert_array_equal(across_the_pause, session.recording.read(49990, 50010))
    assert recording.read(7, 7).shape == (0, 2)


def test_one_wire_of_several_is_chosen_by_name(tmp_path: Path) -> None:
    session = _full_session()
    assert session.recording is not None
    path = write_nwb(session, tmp_path / "s.nwb")
    chosen = read_session(path, wire="reference").recording
    assert chosen is not None
    assert chosen.channel_names == ("reference",)
    np.testing.assert_array_equal(chosen.read(0, 100)[:, 0], session.recording.read(0, 100)[:, 1])
    with pytest.raises(FileFormatError, match=r"no continuous channels are called 'depth'.*1 'tip', 2 'reference'"):
        read_session(path, wire="depth")


def test_what_is_empty_in_every_unit_is_written_without_a_warning(tmp_path: Path) -> None:
    whole = Support.of(Epoch(0.0, 60.0))
    unit = Unit.from_times(np.arange(0.5, 60.0), support=whole)
    given = Administration("saline", 0.0, dose=1.0, dose_unit="ml/kg", role="vehicle")
    analysis = analyse_session(Session("rat07", DoseProtocol((given,), whole), units=(unit,)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", MetadataWarning)
        path = write_nwb(analysis, tmp_path / "rat07.nwb")
    with NWBHDF5IO(str(path), "r") as io:
        assert io.read().units["label"][0] == ""


def test_a_retaining_current_comes_back_with_its_sign_and_a_file_without_the_column_is_read(tmp_path: Path) -> None:
    given = (
        Administration(
            "5-ht", 10.0, 20.0, 10.0, "nA", 10.0, "nA", route="iontophoresis", barrel="2", retention_na=-8.0
        ),
        Administration("5-ht", 40.0, 50.0, 20.0, "nA", 20.0, "nA", route="iontophoresis", barrel="2"),
    )
    session = Session("rat07", DoseProtocol(given, Support.of(Epoch(0.0, 60.0))))
    path = write_nwb(session, tmp_path / "rat07.nwb")
    assert read_nwb(path).protocol.administrations == given
    with h5py.File(path, "a") as file:  # as an earlier version wrote it
        table = file["intervals/drug_administrations"]
        table.attrs["colnames"] = [name for name in table.attrs["colnames"] if name != "retention_na"]
        del table["retention_na"]
    assert [a.dose for a in read_nwb(path).protocol.administrations if np.isnan(a.retention_na)] == [10.0, 20.0]


def test_a_doubt_is_said_once_however_often_the_file_is_read_and_written(tmp_path: Path) -> None:
    whole = Support.of(Epoch(0.0, 60.0))
    session = Session("rat07", DoseProtocol((), whole), events=(Event(3.0, code="7"),))
    once = read_session(write_nwb(session, tmp_path / "1.nwb"))
    assert len(once.doubts) == 1
    assert read_session(write_nwb(once, tmp_path / "2.nwb")).doubts == once.doubts


def test_what_an_analysis_found_stands_beside_each_unit(sample_data: Path, tmp_path: Path) -> None:
    cohort = sample_data / "cohort"
    session = read_session(cohort / "rat01_1.nwb", doses=sample_data / "cohort_doses.csv")
    analysis = analyse_session(session)
    table = units_table(analysis)
    path = write_nwb(analysis, tmp_path / "s.nwb")
    with NWBHDF5IO(str(path), "r") as io:
        units = io.read().units
        for column in (*TEXT_COLUMNS, *NUMBER_COLUMNS):
            assert units[column.name].description == column.description
            if column in NUMBER_COLUMNS:
                np.testing.assert_array_equal(units[column.name][:], table[column.name].astype(float))
            else:
                assert list(units[column.name][:]) == list(table[column.name].fillna("").astype(str))
        assert list(units["call"][:]) == [cell.call for cell in analysis.cells]
    back = read_nwb(path)
    assert back.doubts == session.doubts
    assert len(back.units) == len(analysis.cells)


@pytest.mark.parametrize(("option", "voltage"), [("--nwb", False), ("--nwb-raw", True)])
def test_the_command_line_writes_the_voltage_on_request(tmp_path: Path, option: str, voltage: bool) -> None:
    wire = np.random.default_rng(0).normal(0, 8, int(20 * FS)).astype(np.float32)
    recording = Recording.from_array(wire, sampling_hz=FS)
    session = Session("rat07", DoseProtocol((), recording.support), recording, (_steady(recording.support),))
    file = write_nwb(session, tmp_path / "rat07.nwb")
    arguments = ["analyse", str(file), "-o", str(tmp_path / "out"), "--units", "wavemark", option]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert (
        "note: rat07.nwb: subject.sex is not stated: NWB wants M, F, O (other) or U (unknown) as sex" in result.stderr
    )
    written = read_nwb(tmp_path / "out" / "rat07.nwb")
    assert (written.recording is not None) == voltage
    assert written.sampling_hz == FS
    assert written.support.epochs == recording.support.epochs


def _steady(support: Support) -> Unit:
    return Unit.from_times(np.arange(0.5, 19.5, 0.8), support=support)


def test_the_page_on_nwb_runs_with_pynwb_alone_and_names_every_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "nwb.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert found
    assert "ephys" not in found.group(1)
    monkeypatch.chdir(write_nwb(_full_session(), tmp_path / "rat07.nwb").parent)
    exec(compile(found.group(1), "nwb.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "silent 0.0 Hz" in printed
    assert "ipsapirone" in printed
    columns = (*ADMINISTRATION_COLUMNS, *MARK_COLUMNS, *UNIT_COLUMNS, *APART_COLUMNS, *SNIPPET_COLUMNS, *TEXT_COLUMNS)
    names = {column.name for column in (*columns, *NUMBER_COLUMNS)}
    ends = re.compile(r"_(low|high)(_hz|_ms)?$")  # of intervals, named once for all
    assert [name for name in sorted(names) if not ends.search(name) and f"`{name}`" not in page] == []
