"""Sessions from Spike2's .smrx files by way of neo: pauses, slow channels beside fast ones, keys and edges."""

from __future__ import annotations

from pathlib import Path

import elephant.statistics
import neo
import numpy as np
import pytest
import quantities as pq

import ephys
from ephys.errors import ParameterError
from ephys.io.smrx import SmrxIO
from ephys.model import Session


def _signal(start_s: float, samples: int, hz: float, name: str) -> neo.AnalogSignal:
    return neo.AnalogSignal(np.ones((samples, 1)), "mV", sampling_rate=hz * pq.Hz, t_start=start_s * pq.s, name=name)


def _block(*segments: tuple[neo.AnalogSignal, ...]) -> neo.Block:
    block = neo.Block()
    for signals in segments:
        segment = neo.Segment()
        segment.analogsignals.extend(signals)
        block.segments.append(segment)
    return block


def test_a_slow_channel_whose_last_sample_goes_on_into_the_next_segment_is_no_overlap() -> None:
    """The wire pauses from 0.1 s to 0.205 s; the belt has a sample every 10 ms, so that one lasts until 0.21 s."""
    block = _block(
        (_signal(0.0, 1000, 1e4, "wire"), _signal(0.0, 21, 100.0, "belt")),
        (_signal(0.205, 1000, 1e4, "wire"), _signal(0.21, 9, 100.0, "belt")),
    )
    session = ephys.from_neo(block)
    assert isinstance(session, Session)
    assert [(e.start_s, pytest.approx(e.stop_s)) for e in session.support.epochs] == [(0.0, 0.1), (0.205, 0.305)]
    assert not np.isnan(session.monitors[0].values).any()


def test_segments_that_overlap_by_more_than_a_sample_are_refused() -> None:
    block = _block((_signal(0.0, 21, 100.0, "belt"),), (_signal(0.19, 9, 100.0, "belt"),))
    with pytest.raises(ParameterError, match=r"before segment 0 ends at 0\.21 s"):
        ephys.from_neo(block)


def test_a_channel_without_samples_in_a_segment_pauses_there() -> None:
    block = _block(
        (_signal(0.0, 1000, 1e4, "wire"), _signal(0.0, 0, 1e4, "late"), _signal(0.0, 0, 1e4, "never")),
        (_signal(0.5, 1000, 1e4, "wire"), _signal(0.5, 10, 1e4, "late"), _signal(0.5, 0, 1e4, "never")),
        (_signal(1.0, 1000, 1e4, "wire"), _signal(1.0, 0, 1e4, "late"), _signal(1.0, 0, 1e4, "never")),
    )
    session = ephys.from_neo(block, wire="wire")
    assert isinstance(session, Session)
    assert session.recording is not None
    assert session.recording.n_samples == 3000
    late = ephys.from_neo(block, wire="late")
    assert isinstance(late, Session)
    assert late.recording is not None
    assert [(run.n_samples, run.start_s) for run in late.recording.runs] == [(10, 0.5)]


def test_a_key_is_a_code_and_an_edge_no_drug() -> None:
    segment = _block((_signal(0.0, 1000, 1e4, "wire"),)).segments[0]
    for labels, kind in ((["k", "7"], "Marker"), (["fall", "s"], "TextMark"), (["rise", "fall"], "EventBoth")):
        segment.events.append(neo.Event([0.01, 0.02] * pq.s, labels=labels, name=kind, channel_kind=kind))
    session = ephys.from_neo(segment)
    assert isinstance(session, Session)
    assert [(e.text, e.code, e.polarity) for e in session.events] == [
        ("", "k", ""), ("fall", "", ""), ("", "", "rise"), ("", "7", ""), ("s", "", ""), ("", "", "fall"),
    ]  # fmt: skip


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["smrx/wavemarks", "spike2_transcoded/Extracellular_Spikes"])
def test_each_spike_has_one_time_by_whatever_way_it_is_read(shared_data: Path, name: str) -> None:
    """The peak is sought where the file says that it is, by both; of random snippets, too."""
    path = shared_data / f"{name}.smrx"
    own, through_neo = ephys.read_session(path), ephys.from_neo(SmrxIO(path).read_block(load_waveforms=True))
    assert len(own.units) == len(through_neo.units) > 0
    for unit, other in zip(own.units, through_neo.units, strict=True):
        np.testing.assert_allclose(unit.times_s, other.times_s, atol=1e-9)
        np.testing.assert_allclose(unit.amplitudes_uv, other.amplitudes_uv, rtol=1e-4)


@pytest.mark.real_data
def test_a_recording_is_the_same_session_from_either_format(shared_data: Path) -> None:
    old = shared_data / "spike2" / "Extracellular_Spikes.smr"
    new = shared_data / "spike2_transcoded" / "Extracellular_Spikes.smrx"
    session = ephys.from_neo(SmrxIO(new).read_block(load_waveforms=True))
    own = ephys.read_session(old)
    assert [unit.n_spikes for unit in session.units] == [unit.n_spikes for unit in own.units] == [9, 290, 171, 139, 37]
    for unit, other in zip(session.units, own.units, strict=True):
        np.testing.assert_allclose(unit.times_s, other.times_s, atol=1e-5)
        assert unit.multi_unit == other.multi_unit
        assert unit.waveform is not None
        assert other.waveform is not None
        assert unit.waveform.pre_s == pytest.approx(other.waveform.pre_s)
    assert [(event.time_s, event.text) for event in session.events] == [(e.time_s, e.text) for e in own.events]


@pytest.mark.real_data
@pytest.mark.filterwarnings("ignore:The 'copy' argument in Quantity is deprecated")
def test_elephant_takes_what_the_reader_gives(shared_data: Path) -> None:
    path = shared_data / "spike2_transcoded" / "Extracellular_Spikes.smrx"
    (segment,) = SmrxIO(path).read_block().segments
    rates = [float(elephant.statistics.mean_firing_rate(train).rescale(pq.Hz)) for train in segment.spiketrains]
    lasts_s = float((segment.spiketrains[0].t_stop - segment.spiketrains[0].t_start).rescale(pq.s))
    np.testing.assert_allclose(rates, np.array([9, 290, 171, 139, 37]) / lasts_s)


@pytest.mark.real_data
@pytest.mark.parametrize("lazy", [False, True])
def test_a_wire_with_pauses_is_the_samples_of_the_file(shared_data: Path, lazy: bool) -> None:
    truth = np.load(shared_data / "smrx" / "wave_with_gaps.npz")
    session = ephys.from_neo(SmrxIO(shared_data / "smrx" / "wave_with_gaps.smrx").read_block(lazy=lazy))
    assert isinstance(session, Session)
    assert session.recording is not None
    assert [(run.n_samples, run.start_s) for run in session.recording.runs] == [
        (33000, 0.001), (70001, 9.0), (17, 30.0),
    ]  # fmt: skip
    assert session.recording.sampling_hz == 25000.0
    values = session.recording.read(0, session.recording.n_samples)[:, 0]
    np.testing.assert_allclose(values, truth["chan3_samples"] / 6553.6, rtol=1e-6)


@pytest.mark.real_data
def test_drug_marks_typed_in_spike2_are_read(shared_data: Path) -> None:
    truth = np.load(shared_data / "smrx" / "markers_and_drugs.npz")
    session = ephys.from_neo(SmrxIO(shared_data / "smrx" / "markers_and_drugs.smrx").read_block())
    assert isinstance(session, Session)
    typed = [(event.time_s, event.text) for event in session.events if event.channel == "TextMark"]
    assert [text for _, text in typed] == truth["chan29_texts"].tolist()
    np.testing.assert_allclose([time_s for time_s, _ in typed], truth["chan29_ticks"] * 1e-6)
