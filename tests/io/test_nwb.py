"""A session written to NWB and read back is the same session."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from nwbinspector import Importance, inspect_nwbfile
from pynwb import NWBHDF5IO

from ephys.errors import FileFormatError
from ephys.io import read_nwb, read_session, write_nwb
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

FS = 20000.0


def _round_trip(session: Session) -> Session:
    with TemporaryDirectory() as folder:
        back = read_nwb(write_nwb(session, Path(folder) / "session.nwb"))
        if back.recording is not None:  # read what is lazy before the file is gone
            traces = back.recording.read(0, back.recording.n_samples)
            back = replace(back, recording=replace(back.recording, source=ArraySource(traces)))
    return back


def _assert_same_unit(a: Unit, b: Unit) -> None:
    assert (a.id, a.origin, a.multi_unit) == (b.id, b.origin, b.multi_unit)
    assert [(e.start_s, e.stop_s) for e in a.support.epochs] == [(e.start_s, e.stop_s) for e in b.support.epochs]
    np.testing.assert_array_equal(a.times_s, b.times_s)
    np.testing.assert_array_equal(a.amplitudes_uv, b.amplitudes_uv)
    np.testing.assert_array_equal([a.threshold_uv, a.noise_uv], [b.threshold_uv, b.noise_uv])
    assert (a.waveform is None) == (b.waveform is None)
    if a.waveform is not None and b.waveform is not None:
        np.testing.assert_array_equal(a.waveform.snippets_uv, b.waveform.snippets_uv)
        np.testing.assert_array_equal(a.waveform.spike_index, b.waveform.spike_index)
        for name in ("sampling_hz", "pre_s", "band_hz", "order", "phase", "source"):
            assert getattr(a.waveform, name) == getattr(b.waveform, name)


def _assert_same_session(a: Session, b: Session) -> None:
    for name in ("id", "events", "subject", "doubts", "sources", "started_at", "track", "order"):
        assert str(getattr(a, name)) == str(getattr(b, name)), name
    np.testing.assert_equal(a.depth_um, b.depth_um)
    np.testing.assert_equal(list(map(str, a.protocol.administrations)), list(map(str, b.protocol.administrations)))
    assert a.protocol.drawn_baseline == b.protocol.drawn_baseline
    assert a.protocol.drawn_windows == b.protocol.drawn_windows
    assert [(e.start_s, e.stop_s) for e in a.support.epochs] == [(e.start_s, e.stop_s) for e in b.support.epochs]
    assert len(a.units) == len(b.units)
    for mine, other in zip(a.units, b.units, strict=True):
        _assert_same_unit(mine, other)
    for slow, again in zip(a.monitors, b.monitors, strict=True):
        assert (slow.name, slow.sampling_hz, slow.start_s, slow.unit) == (
            again.name,
            again.sampling_hz,
            again.start_s,
            again.unit,
        )
        np.testing.assert_array_equal(slow.values, again.values)
    assert (a.recording is None) == (b.recording is None)
    if a.recording is not None and b.recording is not None:
        for name in ("sampling_hz", "runs", "channel_names", "band_hz", "name"):
            assert getattr(a.recording, name) == getattr(b.recording, name), name
        np.testing.assert_array_equal(
            a.recording.read(0, a.recording.n_samples), b.recording.read(0, b.recording.n_samples)
        )


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


def test_everything_a_session_holds_comes_back() -> None:
    session = _full_session()
    _assert_same_session(session, _round_trip(session))


times_s = st.lists(st.floats(0.0, 99.0, allow_subnormal=False), max_size=30).map(lambda t: np.sort(np.array(t)))


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    shift_s = draw(st.floats(-1e4, 1e5, allow_subnormal=False).map(lambda s: round(s, 3)))
    support = Support.of(Epoch(shift_s, shift_s + 40.0), Epoch(shift_s + 40.0, shift_s + 100.0))

    def unit(id: str, times: NDArray[np.float64]) -> Unit:
        known = draw(st.booleans())
        spikes = np.clip(times + shift_s, support.start_s, support.stop_s)
        amplitudes = np.where(np.arange(len(spikes)) % 3 == 0, np.nan, 80.0) if known else np.empty(0)
        kept = draw(st.integers(0, len(spikes)))
        snippets = np.full((kept, draw(st.integers(1, 8)), 1), 1.5, dtype=np.float32)
        waveform = Waveform(snippets, np.arange(kept), FS, 0.001) if known and kept else None
        return Unit(id, spikes, support, amplitudes, waveform=waveform, multi_unit=draw(st.booleans()))

    units = tuple(unit(str(i), t) for i, t in enumerate(draw(st.lists(times_s, min_size=1, max_size=3))))
    doses = draw(st.lists(st.floats(0.1, 1e3), max_size=4))
    given = tuple(
        Administration(
            draw(st.sampled_from(["ipsapirone", "lesopitron"])),
            shift_s + 10.0 * (i + 1),
            draw(st.sampled_from([None, shift_s + 10.0 * (i + 1) + 5.0])),
            dose=dose,
            dose_unit="ug/kg",
            text=draw(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=10)),
        )
        for i, dose in enumerate(doses)
    )
    return Session("any", DoseProtocol(given, support), units=units)


@given(sessions())
@settings(max_examples=25, deadline=None)
def test_any_session_comes_back(session: Session) -> None:
    _assert_same_session(session, _round_trip(session))


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


def test_mean_waveforms_are_in_volts() -> None:
    session = _full_session()
    one = replace(session, units=session.units[:1])
    waveform = one.units[0].waveform
    assert waveform is not None
    with TemporaryDirectory() as folder, NWBHDF5IO(str(write_nwb(one, Path(folder) / "s.nwb")), "r") as io:
        mean = io.read().units["waveform_mean"][0]
    np.testing.assert_allclose(mean, waveform.snippets_uv.mean(axis=0) * 1e-6, atol=1e-12)


def test_a_date_that_nobody_stated_is_not_read_back(tmp_path: Path) -> None:
    support = Support.of(Epoch(0.0, 10.0))
    session = Session("s", DoseProtocol((), support), units=(Unit.from_times([1.0], support=support),))
    assert read_nwb(write_nwb(session, tmp_path / "s.nwb")).started_at is None
    dated = replace(session, started_at=datetime(2024, 5, 6, 7, 8, tzinfo=UTC))
    assert read_nwb(write_nwb(dated, tmp_path / "s.nwb")).started_at == dated.started_at


def test_the_inspector_finds_no_violation_given_a_whole_subject(tmp_path: Path) -> None:
    subject = Subject("r7", "Rattus norvegicus", sex="male", age="P90D", weight_g=310.0)
    path = write_nwb(replace(_full_session(), subject=subject, monitors=()), tmp_path / "rat07.nwb")
    found = inspect_nwbfile(nwbfile_path=path, importance_threshold=Importance.BEST_PRACTICE_VIOLATION)
    assert [message.message for message in found] == []


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


@pytest.mark.real_data
def test_units_without_observation_intervals_are_read_with_a_doubt(shared_data: Path) -> None:
    session = read_nwb(shared_data / "nwb" / "A8604-211122.nwb")
    assert [unit.n_spikes for unit in session.units] == [11020, 4690, 5644]
    assert any("no obs_intervals" in doubt for doubt in session.doubts)
