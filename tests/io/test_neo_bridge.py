"""To neo and back: elephant takes what leaves, and nothing is lost on the way."""

from __future__ import annotations

import gc
import warnings
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import elephant
import elephant.conversion
import elephant.spike_train_correlation
import elephant.statistics
import neo
import numpy as np
import pytest
import quantities as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ephys
from ephys.errors import FileFormatError, ParameterError
from ephys.io import from_neo, to_neo
from ephys.model import (
    Administration,
    ArraySource,
    DoseProtocol,
    Epoch,
    Event,
    Isolation,
    Monitor,
    ReadingSettings,
    Recording,
    Run,
    Session,
    Share,
    Source,
    Subject,
    Support,
    Unit,
    Waveform,
)

WHOLE = Support.of(Epoch(220.0, 260.0, "recorded"), Epoch(300.0, 400.0, "recorded"))
ELEPHANT = pytest.mark.filterwarnings("ignore:The 'copy' argument in Quantity is deprecated")


def _unit(**fields: object) -> Unit:
    return replace(
        Unit("a", np.array([221.0, 222.5, 350.0]), WHOLE, np.array([80.0, 82.0, np.nan]), multi_unit=True), **fields
    )


def _waveform() -> Waveform:
    shapes = np.random.default_rng(0).normal(0, 50, (2, 40, 1)).astype(np.float32)
    return Waveform(shapes, np.array([0, 2]), 20000.0, 0.0005, (None, 8000.0), 2, "zero", "wide_band")


def _session(**fields: object) -> Session:
    """Return a session with a pause, and something in every field."""
    traces = np.arange(1200.0, dtype=np.float32)[:, np.newaxis] * [0.5, -1.0]
    recording = Recording(
        ArraySource(traces), 20000.0, (Run(0, 400, 5.0), Run(400, 800, 7.25)), ("tip", "shaft"), (0.0, None), "wires"
    )
    drugs = (
        Administration(
            "ipsapirone", 5.01, None, 0.02, "mg/kg", 20.0, "ug/kg", "typed, in mg/kg", "cumulative", "hydrochloride",
            "i.v.", "agonist", "", "doses.csv", "ipsa 0.02",
        ),
        Administration("5-ht", 5.011, 7.27, 50.0, "nA", 50.0, "nA", role="other", barrel="2", route="iontophoresis",
            retention_na=-10.0),
        Administration("saline", 7.28, role="vehicle"),
    )  # fmt: skip
    protocol = DoseProtocol(
        drugs, recording.support, Epoch(5.001, 5.009, "mine"), ((0, Epoch(5.012, 5.018)),), ((2, "leak"),)
    )
    unit = Unit("1", np.array([5.001, 7.26]), recording.support)
    events = (Event(5.01, "ipsa", "a", "Keyboard", "rising"), Event(7.26, code="7F"))
    monitors = (Monitor("flow", np.array([1.0, np.nan, 3.0]), 100.0, 5.0, "L/s"),)
    whole = Session(
        "rat07", protocol, recording, (unit, _unit(id="2", waveform=_waveform())), events, monitors,
        Subject("R7", "rat", weight_g=310.0, anaesthetic="urethane"), (Source("rat07.smr", "ab12"),), ("an odd clock",),
        datetime(2024, 3, 1, 10, 30, tzinfo=UTC), "T2", 5600.0, "3",
        ReadingSettings(wire=("1",), band_hz=(0.1, float("nan"))),
    )  # fmt: skip
    return replace(whole, **fields)


def _same(one: object, other: object) -> bool:
    """Whether two values of the model hold the same, NaN being NaN."""
    if hasattr(one, "__dataclass_fields__") and type(one) is type(other):
        if isinstance(one, Recording) and isinstance(other, Recording):
            voltage = _same(one.read(0, one.n_samples), other.read(0, other.n_samples))
            return voltage and all(_same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one)[1:])
        if isinstance(one, Monitor) and isinstance(other, Monitor):
            return _same(one.values, other.values) and (one.name, one.sampling_hz, one.start_s, one.unit) == (
                other.name, other.sampling_hz, other.start_s, other.unit,
            )  # fmt: skip
        return all(_same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.shape == other.shape and bool(np.array_equal(one, other, equal_nan=True))
    return one == other or (one != one and other != other)


# --- elephant --------------------------------------------------------------------------------------------------------


@ELEPHANT
def test_elephant_takes_units_as_they_are() -> None:
    clock = Unit("clock", np.arange(0.5, 100.0, 0.5), Support.of(Epoch(0.0, 100.0)), waveform=None)
    train, other = to_neo(clock), to_neo(replace(clock, id="b", times_s=clock.times_s[::2], amplitudes_uv=np.empty(0)))
    np.testing.assert_allclose(elephant.statistics.isi(train).rescale(pq.s).magnitude, 0.5)
    rate = elephant.statistics.mean_firing_rate(train, t_start=10.25 * pq.s, t_stop=20.25 * pq.s)
    assert float(rate.rescale(pq.Hz)) == pytest.approx(2.0)
    assert elephant.statistics.cv2(elephant.statistics.isi(train)) == pytest.approx(0.0, abs=1e-9)
    counts = elephant.statistics.time_histogram([train, other], bin_size=20 * pq.s, output="counts")
    assert counts.magnitude.ravel().tolist() == [59, 60, 60, 60, 60]
    smooth = elephant.statistics.instantaneous_rate(train, sampling_period=1 * pq.s, border_correction=True)
    assert smooth.magnitude[20:80].mean() == pytest.approx(2.0, rel=0.02)
    binned = elephant.conversion.BinnedSpikeTrain([train, other], bin_size=0.2 * pq.s)
    together = elephant.spike_train_correlation.correlation_coefficient(binned)
    assert together[0, 1] == pytest.approx(np.corrcoef(binned.to_bool_array())[0, 1])


@ELEPHANT
def test_elephant_takes_a_unit_with_a_pause_and_waveforms() -> None:
    train = to_neo(_unit(waveform=_waveform()))
    rate = elephant.statistics.mean_firing_rate(train, t_start=220 * pq.s, t_stop=260 * pq.s)
    assert float(rate.rescale(pq.Hz)) == pytest.approx(2 / 40)
    assert train.waveforms.shape == (3, 1, 40)


# --- there and back --------------------------------------------------------------------------------------------------


def test_a_unit_comes_back_whole() -> None:
    isolation = Isolation("2", Share(0.1, 0.05, 0.2), Share(0.02, 0.01, 0.03), 0.9)
    unit = _unit(waveform=_waveform(), threshold_uv=42.5, noise_uv=9.5, isolation=isolation, origin="sort")
    assert _same(from_neo(to_neo(unit)), unit)


def test_a_unit_that_was_cut_in_neo_was_seen_only_between_the_cuts() -> None:
    cut = to_neo(_unit(waveform=_waveform())).time_slice(222 * pq.s, 310 * pq.s)
    back = from_neo(cut)
    assert isinstance(back, Unit)
    assert [(e.start_s, e.stop_s) for e in back.support.epochs] == [(222.0, 260.0), (300.0, 310.0)]
    assert back.times_s.tolist() == [222.5]
    before_the_pause = from_neo(to_neo(_unit()).time_slice(222 * pq.s, 262 * pq.s))
    assert isinstance(before_the_pause, Unit)
    assert [(e.start_s, e.stop_s) for e in before_the_pause.support.epochs] == [(222.0, 260.0)]


def test_a_recording_with_a_pause_comes_back_whole() -> None:
    recording = _session().recording
    assert recording is not None
    assert _same(from_neo(to_neo(recording)), recording)


def test_a_session_comes_back_whole() -> None:
    assert _same(from_neo(to_neo(_session())), _session())


def test_the_rate_of_voltage_that_is_not_there_comes_back() -> None:
    assert from_neo(to_neo(_session(recording=None, sampling_hz=25_000.0))).sampling_hz == 25_000.0


@pytest.mark.parametrize("io", [neo.io.PickleIO, neo.io.NixIO])
def test_a_session_comes_back_whole_through_a_file_of_neos(io: type, tmp_path: Path) -> None:
    if io is neo.io.NixIO:
        pytest.importorskip("nixio")
    file = str(tmp_path / ("session.nix" if io is neo.io.NixIO else "session.pkl"))
    writer = io(file, "ow") if io is neo.io.NixIO else io(file)
    writer.write_block(to_neo(_session()))
    if io is neo.io.NixIO:
        writer.close()
    reader = io(file, "ro") if io is neo.io.NixIO else io(file)
    back = reader.read_block()
    if io is neo.io.NixIO:
        reader.close()
    assert _same(from_neo(back), _session())


TIMES = st.lists(st.floats(0.0, 999.0, allow_nan=False), max_size=12, unique=True).map(sorted)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs",)), max_size=12)
NUMBER = st.floats(0.0, 1e6) | st.just(float("nan"))
UNIT_NAMES = st.sampled_from(["ug/kg", "nmol/kg", "nM", "nA", "ml/kg", ""])


@st.composite
def _supports(draw: st.DrawFn) -> Support:
    edges = draw(st.lists(st.integers(0, 1000), min_size=2, max_size=8, unique=True).map(sorted))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return Support(tuple(Epoch(float(a), float(b), draw(st.sampled_from(["recorded", ""]))) for a, b in pairs))


@st.composite
def _sessions(draw: st.DrawFn) -> Session:
    support = draw(_supports())
    trains = [
        np.array([t for t in draw(TIMES) if support.mask(np.array([t]))[0]]) for _ in range(draw(st.integers(0, 2)))
    ]
    units = tuple(Unit(str(i), times, support, threshold_uv=draw(NUMBER)) for i, times in enumerate(trains))
    samples = [max(1, round(epoch.duration_s * 2)) for epoch in support.epochs]
    firsts = np.cumsum([0, *samples[:-1]])
    runs = tuple(Run(int(f), n, e.start_s) for f, n, e in zip(firsts, samples, support.epochs, strict=True))
    voltage = np.random.default_rng(draw(st.integers(0, 99))).normal(size=(sum(samples), draw(st.integers(1, 2))))
    recording = Recording(ArraySource(voltage.astype(np.float32)), 2.0, runs, name=draw(TEXT))
    events = tuple(Event(t, draw(TEXT), draw(TEXT), draw(TEXT), draw(TEXT)) for t in draw(TIMES))
    drugs = tuple(
        Administration(
            draw(TEXT), t, draw(st.none() | st.just(t + 2.5)), draw(NUMBER), draw(TEXT), draw(NUMBER), draw(UNIT_NAMES),
            draw(TEXT), draw(st.sampled_from(["increment", "cumulative"])), draw(TEXT), draw(TEXT),
            draw(st.sampled_from(["vehicle", "antagonist", "anaesthetic", "wash", "challenge", "other"])), draw(TEXT),
            draw(TEXT), draw(TEXT),
        )
        for t in draw(TIMES)
    )  # fmt: skip
    subject = Subject(animal=draw(TEXT), weight_g=draw(NUMBER), group=draw(TEXT))
    return Session(
        draw(TEXT) or "s", DoseProtocol(drugs, support), draw(st.sampled_from([recording, None])), units, events,
        tuple(Monitor(draw(TEXT), np.arange(3.0), 7.0, t, draw(TEXT)) for t in draw(TIMES)[:2]), subject,
        doubts=tuple(draw(st.lists(TEXT, max_size=2))), depth_um=draw(NUMBER),
    )  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_sessions())
def test_any_session_comes_back_as_it_was(session: Session) -> None:
    assert _same(from_neo(to_neo(session)), session)


# --- from elsewhere --------------------------------------------------------------------------------------------------


def _elsewhere(*segments: neo.Segment) -> neo.Block:
    block = neo.Block(name="theirs")
    block.segments.extend(segments)
    return block


def _segment(start_s: float, *, hz: float = 20000.0) -> neo.Segment:
    """Return what another program would hold of 0.1 s: a voltage in mV, a belt, spikes in ms, marks."""
    segment = neo.Segment()
    begin = start_s * pq.s
    segment.analogsignals.append(
        neo.AnalogSignal(
            np.full((round(0.1 * hz), 1), 0.25), units="mV", sampling_rate=hz * pq.Hz, t_start=begin, name="wire"
        )
    )
    segment.analogsignals.append(
        neo.AnalogSignal(np.arange(10.0), units="mV", sampling_rate=0.1 * pq.kHz, t_start=begin, name="belt")
    )
    spikes = (start_s + np.array([0.02, 0.05])) * 1e3 * pq.ms
    segment.spiketrains.append(neo.SpikeTrain(spikes, t_start=begin, t_stop=begin + 100 * pq.ms, name="cell"))
    segment.events.append(neo.Event([start_s + 0.03] * pq.s, labels=["ipsa 20"], name="TextMark"))
    return segment


def test_segments_that_follow_one_another_are_one_session_with_a_pause() -> None:
    session = from_neo(_elsewhere(_segment(1.0), _segment(3.0)))
    assert isinstance(session, Session)
    assert session.recording is not None
    assert [(e.start_s, round(e.stop_s, 9)) for e in session.support.epochs] == [(1.0, 1.1), (3.0, 3.1)]
    assert session.recording.read(0, 4000).max() == pytest.approx(250.0)
    assert session.units[0].times_s.tolist() == pytest.approx([1.02, 1.05, 3.02, 3.05])
    assert [(m.name, m.unit, m.n_samples) for m in session.monitors] == [("belt", "mV", 210)]
    assert np.isnan(session.monitors[0].values[50])
    assert [(e.time_s, e.text, e.channel) for e in session.events] == [
        (1.03, "ipsa 20", "TextMark"),
        (3.03, "ipsa 20", "TextMark"),
    ]


def test_sweeps_on_clocks_of_their_own_are_refused_with_what_to_do() -> None:
    with pytest.raises(ParameterError, match=r"segment 1 begins at 1 s, before segment 0 ends at 1.1 s.*segments\[0\]"):
        from_neo(_elsewhere(_segment(1.0), _segment(1.0)))
    with pytest.raises(ParameterError, match="the segments do not hold the same signals"):
        from_neo(_elsewhere(_segment(1.0), _segment(3.0, hz=10000.0)))
    assert isinstance(from_neo(_segment(1.0), id="first"), Session)


def test_the_wire_is_the_one_that_the_user_names() -> None:
    segment = _segment(0.0)
    other = neo.AnalogSignal(np.ones((2000, 1)), units="uV", sampling_rate=20 * pq.kHz, name="Flex")
    segment.analogsignals.append(other)
    by_default, named = from_neo(segment), from_neo(segment, wire="Flex")
    assert isinstance(by_default, Session)
    assert isinstance(named, Session)
    assert by_default.recording.channel_names == ("wire",)  # type: ignore[union-attr]
    assert any("'Flex'. If one is the wire, wire (--wire) takes it" in doubt for doubt in by_default.doubts)
    assert named.recording.channel_names == ("Flex",)  # type: ignore[union-attr]
    with pytest.raises(FileFormatError, match="no continuous channels are called 'Fleks'"):
        from_neo(segment, wire="Fleks")


def test_events_that_carry_doses_are_administrations() -> None:
    segment = _segment(0.0)
    doses = {"dose": np.array([0.02, 0.1]) * pq.mg / pq.kg, "dose_kind": np.array(["increment", ""])}
    drugs = ["ipsapirone", "WAY-100635"]
    segment.events.append(neo.Event([0.01, 0.06] * pq.s, labels=drugs, name="drugs", array_annotations=doses))
    session = from_neo(segment)
    assert isinstance(session, Session)
    given = session.protocol.administrations
    assert [(a.drug, a.dose, a.dose_unit, a.amount, a.unit, a.role) for a in given] == [
        ("ipsapirone", 20.0, "ug/kg", 0.02, "mg/kg", "agonist"),
        ("way-100635", 100.0, "ug/kg", 0.1, "mg/kg", "antagonist"),
    ]
    assert session.doubts[0] == "ipsapirone has no role: it counts as agonist, as in the table of compounds"
    assert len(session.events) == 1


def test_an_ejection_of_another_program_keeps_its_retaining_current() -> None:
    columns = {"dose": np.array([10.0]) * ephys.units.nA, "role": np.array(["other"]), "retention_na": np.array(["-8"])}
    segment = _segment(0.0)
    segment.epochs.append(
        neo.Epoch([0.01] * pq.s, [0.02] * pq.s, labels=["5-HT"], name="drugs", array_annotations=columns)
    )
    given = from_neo(segment).protocol.administrations  # type: ignore[union-attr]
    assert [(a.dose, a.dose_unit, a.retention_na) for a in given] == [(10.0, "nA", -8.0)]
    segment.epochs[-1].array_annotations["retention_na"][0] = "x"
    with pytest.raises(ParameterError, match=r"5-HT at 0.01 s: retention_na must be a number of nA, got 'x'"):
        from_neo(segment)


def _marked(*marks: neo.Event | neo.Epoch) -> neo.Segment:
    """Return a segment of 100 s with one unit and some marks."""
    segment = neo.Segment()
    segment.spiketrains.append(neo.SpikeTrain(np.arange(1.0, 99.0) * pq.s, t_stop=100 * pq.s, name="u"))
    for mark in marks:
        (segment.epochs if isinstance(mark, neo.Epoch) else segment.events).append(mark)
    return segment


def test_what_is_typed_in_a_mark_is_read_as_that_of_a_file_is() -> None:
    typed = neo.Event([30.0] * pq.s, labels=["saline 1 ml/kg iv"], name="Drugs")
    session = from_neo(_marked(typed), reading=ReadingSettings(clock_offset_s=5.0, weight_g=310.0))
    assert isinstance(session, Session)
    given = session.protocol.administrations
    assert [(a.drug, a.start_s, a.dose, a.dose_unit, a.role) for a in given] == [
        ("saline", 35.0, 1.0, "ml/kg", "vehicle")
    ]
    assert session.subject.weight_g == 310.0


def test_an_interval_is_a_mark_where_it_begins_and_one_where_it_ends_and_gives_its_drug_once() -> None:
    lasting = neo.Epoch([10.0] * pq.s, durations=[5.0] * pq.s, labels=["saline 1 ml/kg iv"], name="Given")
    session = from_neo(_marked(lasting))
    assert isinstance(session, Session)
    assert [(e.time_s, e.polarity) for e in session.events] == [(10.0, "rise"), (15.0, "fall")]
    assert [a.start_s for a in session.protocol.administrations] == [10.0]


def test_names_end_at_their_first_nul_and_numbers_are_codes_so_that_nwb_takes_them(tmp_path: Path) -> None:
    stop = neo.Event([60.0] * pq.s, labels=["7"], name="Stop\x00019")
    session = from_neo(_marked(stop))
    assert isinstance(session, Session)
    assert session.events == (Event(60.0, "", "7", "Stop"),)
    assert ephys.read_session(ephys.write_nwb(session, tmp_path / "1.nwb")).events == session.events


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"dose": np.array([20.0])}, "ipsapirone at 0.01 s: a dose of 20.0 without a unit"),
        ({"dose": np.array([20.0]), "dose_unit": np.array(["ug/kg"])}, "dose_kind must be increment or cumulative"),
        ({"dose": np.array([20.0]), "role": np.array(["drug"])}, "role must be one of agonist, .*got 'drug'"),
        ({"dose": np.array([2.0]) * pq.s, "dose_kind": np.array(["increment"])}, "a dose must be one of ug/kg"),
    ],
)
def test_a_dose_that_is_not_complete_is_refused(columns: dict[str, np.ndarray], problem: str) -> None:
    segment = _segment(0.0)
    if "dose_kind" not in columns and "role" not in columns and "dose_unit" not in columns:
        columns = columns | {"dose_kind": np.array(["increment"])}
    segment.epochs.append(
        neo.Epoch([0.01] * pq.s, [0.0] * pq.s, labels=["ipsapirone"], name="drugs", array_annotations=columns)
    )
    with pytest.raises(ParameterError, match=problem):
        from_neo(segment)


def test_waveforms_of_another_program_become_snippets() -> None:
    shapes = np.random.default_rng(1).normal(size=(2, 4, 32))
    shapes[:, 2, 13] = -80.0  # three samples after the trigger
    train = neo.SpikeTrain(
        [1.0, 2.0] * pq.s,
        t_stop=10.0 * pq.s,
        waveforms=shapes * pq.mV,
        sampling_rate=25 * pq.kHz,
        left_sweep=0.4 * pq.ms,
    )
    segment = _segment(0.0, hz=20000.0)
    segment.spiketrains[0] = train
    segment.analogsignals.clear()
    session = from_neo(segment)
    assert isinstance(session, Session)
    wave = session.units[0].waveform
    assert wave is not None
    np.testing.assert_allclose(wave.snippets_uv, shapes.transpose(0, 2, 1) * 1e3, rtol=1e-6)
    assert (wave.sampling_hz, wave.pre_s) == (25000.0, 13 / 25000.0)
    np.testing.assert_allclose(session.units[0].times_s, [1.0 + 3 / 25000.0, 2.0 + 3 / 25000.0], rtol=1e-12)


def test_what_is_no_session_is_refused() -> None:
    current = neo.AnalogSignal([1.0, 2.0], units=pq.pA, sampling_rate=1 * pq.kHz)
    with pytest.raises(ParameterError, match="a recording is a voltage"):
        from_neo(current)
    with pytest.raises(ParameterError, match="got ndarray"):
        from_neo(np.zeros(3))
    with pytest.raises(ParameterError, match="holds neither a signal nor a spike train"):
        from_neo(_elsewhere(neo.Segment()))
    with pytest.raises(ParameterError, match="has no segment"):
        from_neo(_elsewhere())


@pytest.mark.real_data
@pytest.mark.parametrize("lazy", [False, True])
def test_what_neo_read_of_a_real_file_is_a_session(shared_data: Path, lazy: bool) -> None:
    block = neo.io.Spike2IO(str(shared_data / "spike2" / "motor_units.smr")).read_block(lazy=lazy)
    session = from_neo(block, id="motor")
    assert isinstance(session, Session)
    assert session.recording is not None
    assert (session.recording.channel_names, session.recording.n_samples) == (("DIA SMU",), 327858)
    assert [(unit.id, unit.n_spikes) for unit in session.units] == [("MU2", 50), ("MU1", 62)]
    assert [monitor.unit for monitor in session.monitors] == ["%", "L", "L/s"]


@pytest.mark.real_data
@pytest.mark.parametrize("file", ["motor_units.smr", "Extracellular_Spikes.smr"])
def test_wavemarks_lie_where_the_files_own_reader_puts_them(shared_data: Path, file: str) -> None:
    path = shared_data / "spike2" / file
    units = from_neo(neo.io.Spike2IO(str(path)).read_block(load_waveforms=True)).units
    own = ephys.read_session(path).units
    assert [unit.n_spikes for unit in units] == [unit.n_spikes for unit in own]
    for unit, other in zip(units, own, strict=True):
        np.testing.assert_allclose(unit.times_s, other.times_s, atol=1e-5)
        assert unit.waveform is not None
        assert other.waveform is not None
        assert unit.waveform.pre_s == pytest.approx(other.waveform.pre_s)
    without = from_neo(neo.io.Spike2IO(str(path)).read_block())
    assert "came without their shapes: their times are those of the first sample" in str(without.doubts)


@pytest.mark.real_data
def test_a_snippet_rate_of_200_hz_is_doubted_here_too(shared_data: Path) -> None:
    path = shared_data / "spike2" / "File_spike2_1.smr"
    session = from_neo(neo.io.Spike2IO(str(path)).read_block(load_waveforms=True))
    assert any("claim 200.8 Hz, which cannot be: their shapes are not read" in doubt for doubt in session.doubts)
    shaped = {unit.n_spikes for unit in session.units if unit.waveform is not None}
    assert shaped == {unit.n_spikes for unit in ephys.read_session(path).units if unit.waveform is not None}


@pytest.mark.real_data
def test_blackrock_noise_is_no_unit_here_either(shared_data: Path) -> None:
    path = shared_data / "blackrock" / "ndr_example_1.nev"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # neo's Blackrock reader leaves its files open
        session = from_neo(neo.io.BlackrockIO(str(path)).read_block(load_waveforms=True))
        gc.collect()
    own = ephys.read_session(path)
    assert any("159 spikes on 85 channels have the code 255" in doubt for doubt in session.doubts)
    assert [unit.id.replace("#", ":") for unit in session.units] == [unit.id for unit in own.units]
    for unit, other in zip(session.units, own.units, strict=True):
        np.testing.assert_allclose(unit.times_s, other.times_s, atol=1e-9)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("io", "file", "units", "monitors", "events"),
    [
        ("Spike2IO", "spike2/BURST.SMR", 0, 0, 972),
        ("Spike2IO", "spike2/Extracellular_Spikes.smr", 5, 0, 1),
        ("Spike2IO", "spike2/File_spike2_1.smr", 15, 1, 5711),
        ("BlackrockIO", "blackrock/ndi_testData.nev", 32, 33, 10042),
        ("PlexonIO", "plexon/sigTOOL_explore1.plx", 4, 0, 2),
    ],
)
def test_real_files_of_several_formats_open(
    shared_data: Path, io: str, file: str, units: int, monitors: int, events: int
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # neo's Blackrock reader leaves its files open
        session = from_neo(getattr(neo.io, io)(str(shared_data / file)).read_block())
        gc.collect()
    assert isinstance(session, Session)
    assert (len(session.units), len(session.monitors), len(session.events)) == (units, monitors, events)


def test_the_names_are_in_the_table_of_contents() -> None:
    assert ephys.to_neo is to_neo
    assert ephys.from_neo is from_neo
