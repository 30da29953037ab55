"""Files of the vendor's library through neo: ticks, samples, codes and waveforms as that library reads them."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import quantities as pq

from ephys.io.smrx import SmrxFile, SmrxIO, SmrxRawIO

pytestmark = pytest.mark.real_data

MADE = (
    "deleted_channel", "empty", "events", "interleaved", "long_wave", "many_channels", "markers_and_drugs", "one_wave",
    "real_wave", "wave_with_gaps", "wavemarks",
)  # fmt: skip


def _parsed(path: Path, **how: Any) -> SmrxRawIO:
    raw = SmrxRawIO(path, **how)
    raw.parse_header()
    return raw


def _runs(truth: Any, channel: str, divide: int) -> tuple[list[int], list[int]]:
    """First ticks and lengths of unbroken runs; the truth was read in pieces of 500,000 samples."""
    starts, lengths = truth[f"chan{channel}_run_start_tick"], truth[f"chan{channel}_run_length"]
    new = np.r_[True, starts[1:] != (starts + lengths * divide)[:-1]][: len(starts)]
    return starts[new].tolist(), (np.add.reduceat(lengths, np.flatnonzero(new)) if len(starts) else lengths).tolist()


@pytest.mark.parametrize("name", MADE)
def test_signals_are_those_of_the_file_run_by_run(shared_data: Path, name: str) -> None:
    truth, raw = np.load(shared_data / "smrx" / f"{name}.npz"), _parsed(shared_data / "smrx" / f"{name}.smrx")
    tick_s, segments = float(truth["time_base_s"]), range(raw.segment_count(0))
    waves = [key[4:-5] for key in truth if key.endswith("_kind") and str(truth[key]) in ("Adc", "RealWave")]
    header = raw.header["signal_channels"]
    assert sorted(header["id"], key=int) == sorted(waves, key=int)
    for row in header:
        channel, stream = row["id"], int(row["stream_id"])
        divide = int(truth[f"chan{channel}_divide"])
        read: dict[str, Any] = {"stream_index": stream, "channel_ids": [channel]}
        parts = [raw.get_analogsignal_chunk(0, i, **read) for i in segments]
        np.testing.assert_array_equal(np.concatenate(parts)[:, 0], truth[f"chan{channel}_samples"])
        starts, lengths = _runs(truth, channel, divide)
        assert [round(raw.get_signal_t_start(0, i, stream) / tick_s) for i in segments if len(parts[i])] == starts
        assert [len(part) for part in parts if len(part)] == lengths
        assert row["sampling_rate"] == float(f"{1 / (divide * tick_s):.10g}")
        title, units = (str(truth[f"chan{channel}_{word}"]) for word in ("title", "units"))
        assert (row["name"], row["units"]) == (title or "untitled", units)
        if str(truth[f"chan{channel}_kind"]) == "Adc":
            assert (row["gain"], row["dtype"]) == (truth[f"chan{channel}_scale"] / 6553.6, "int16")
            assert row["offset"] == truth[f"chan{channel}_offset"]
        else:
            assert (row["gain"], row["offset"], row["dtype"]) == (1.0, 0.0, "float32")


@pytest.mark.parametrize("name", ["events", "interleaved", "markers_and_drugs"])
def test_events_are_those_of_the_file_tick_by_tick(shared_data: Path, name: str) -> None:
    truth, raw = np.load(shared_data / "smrx" / f"{name}.npz"), _parsed(shared_data / "smrx" / f"{name}.smrx")
    tick_s = float(truth["time_base_s"])
    assert len(raw.header["event_channels"]) > 0
    for index, row in enumerate(raw.header["event_channels"]):
        times, durations, labels = raw.get_event_timestamps(0, 0, index)
        np.testing.assert_array_equal(times, truth[f"chan{row['id']}_ticks"])
        assert durations is None
        np.testing.assert_array_equal(raw.rescale_event_timestamp(times, "float64", index), times * tick_s)
        match str(truth[f"chan{row['id']}_kind"]):
            case "TextMark":
                assert labels.tolist() == truth[f"chan{row['id']}_texts"].tolist()
            case "Marker":
                codes = truth[f"chan{row['id']}_codes"]
                assert labels.tolist() == [chr(c) if chr(c).isprintable() else str(c) for c in codes[:, 0]]
                kept = raw.raw_annotations["blocks"][0]["segments"][0]["events"][index]["__array_annotations__"]
                np.testing.assert_array_equal(np.stack([kept[f"code{i}"] for i in (1, 2, 3, 4)], axis=1), codes)
            case "EventFall":
                assert set(labels.tolist()) <= {"fall"}


def test_every_spike_and_its_waveform_is_there(shared_data: Path) -> None:
    truth, path = np.load(shared_data / "smrx" / "wavemarks.npz"), shared_data / "smrx" / "wavemarks.smrx"
    raw, whole = _parsed(path), _parsed(path, ced_units=False)
    assert whole.header["spike_channels"]["id"].tolist() == ["ch4#all", "ch5#all", "ch6#all"]
    for reader in (raw, whole):
        for index, row in enumerate(reader.header["spike_channels"]):
            channel, code = row["id"][2:].split("#")
            codes = truth[f"chan{channel}_codes"][:, 0]
            own = np.ones(len(codes), bool) if code == "all" else codes == int(code)
            np.testing.assert_array_equal(reader.get_spike_timestamps(0, 0, index), truth[f"chan{channel}_ticks"][own])
            np.testing.assert_array_equal(
                reader.get_spike_raw_waveforms(0, 0, index), truth[f"chan{channel}_waves"][own].transpose(0, 2, 1)
            )
            assert row["wf_left_sweep"] == truth[f"chan{channel}_rows_cols_pre"][2]
            assert (row["wf_gain"], row["wf_units"], row["wf_sampling_rate"]) == (0.5 / 6553.6, "mV", 25000.0)


def test_limits_that_are_the_time_of_a_spike_hold_that_spike(shared_data: Path) -> None:
    raw = _parsed(shared_data / "smrx" / "wavemarks.smrx", ced_units=False)
    times = raw.rescale_spike_timestamp(raw.get_spike_timestamps(0, 0, 1), "float64")
    for first, last in ((0, 5), (3, 3), (1000, 1499)):
        low, high = times[first], times[last]
        assert len(raw.get_spike_timestamps(0, 0, 1, t_start=low, t_stop=high)) == last - first + 1
        assert len(raw.get_spike_raw_waveforms(0, 0, 1, t_start=low, t_stop=high)) == last - first + 1
        inside = raw.get_spike_timestamps(0, 0, 1, t_start=np.nextafter(low, 1e9), t_stop=np.nextafter(high, 0))
        assert len(inside) == max(last - first - 1, 0)
    assert not len(raw.get_spike_timestamps(0, 0, 1, t_start=5.0, t_stop=1.0))


def test_chunks_are_as_slices_are(shared_data: Path) -> None:
    raw = _parsed(shared_data / "smrx" / "deleted_channel.smrx")
    whole = raw.get_analogsignal_chunk(stream_index=0)
    for start, stop in ((0, 0), (5, 17), (29990, 40000), (None, 3), (29999, None), (7, 2)):
        part = raw.get_analogsignal_chunk(stream_index=0, i_start=start, i_stop=stop, channel_indexes=slice(0, 1))
        np.testing.assert_array_equal(part, whole[start:stop])


@pytest.mark.parametrize("lazy", [False, True])
def test_pauses_are_segments_of_neos_block(shared_data: Path, lazy: bool) -> None:
    truth = np.load(shared_data / "smrx" / "wave_with_gaps.npz")
    block = SmrxIO(shared_data / "smrx" / "wave_with_gaps.smrx").read_block(lazy=lazy)
    signals = [segment.analogsignals[0] for segment in block.segments]
    assert [signal.shape for signal in signals] == [(33000, 1), (70001, 1), (17, 1)]
    assert [float(signal.t_start.rescale(pq.ms)) for signal in signals] == [1.0, 9000.0, 30000.0]
    loaded = [signal.load() if lazy else signal for signal in signals]
    values = np.concatenate([signal.magnitude[:, 0] for signal in loaded])
    np.testing.assert_allclose(values, truth["chan3_samples"] / 6553.6, rtol=1e-6)


def test_comments_ports_and_codes_are_annotations(shared_data: Path) -> None:
    path = shared_data / "spike2_transcoded" / "Extracellular_Spikes.smrx"
    block = SmrxIO(path).read_block()
    with SmrxFile(path) as file:
        assert block.rec_datetime == block.segments[0].rec_datetime == file.started_at
        assert block.annotations["file_comments"] == list(file.file_comments)
        ports = [file.channel(int(event.annotations["id"])).physical for event in block.segments[0].events]
    assert [event.annotations["physical_channel_index"] for event in block.segments[0].events] == ports
    train = block.segments[0].spiketrains[1]
    assert (train.name, train.annotations["id"].split("#")[1]) == ("Spikes", "1")
    assert set(train.array_annotations["code1"]) == {1}


def test_the_file_is_let_go_with_the_reader(shared_data: Path) -> None:
    maps = Path("/proc/self/maps")
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux says what is mapped")
    raw = _parsed(shared_data / "smrx" / "markers_and_drugs.smrx")
    held = raw.get_analogsignal_chunk(i_stop=5)
    assert "markers_and_drugs.smrx" in maps.read_text()
    gc.disable()
    try:
        del raw
        assert "markers_and_drugs.smrx" not in maps.read_text()
    finally:
        gc.enable()
    assert held.shape == (5, 1)
