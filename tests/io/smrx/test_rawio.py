"""Spike2's .smrx files through neo: what neo asks of a reader, and the very ticks and samples of the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from neo.test.rawiotest import rawio_compliance

from ephys.errors import DamagedFileWarning, FileFormatError
from ephys.io.smrx import SmrxIO, SmrxRawIO
from ephys.io.smrx.marks import key

FILES = Path(__file__).resolve().parent / "files"

REAL = (
    "deleted_channel", "empty", "events", "interleaved", "long_wave", "many_channels", "markers_and_drugs", "one_wave",
    "real_wave", "wave_with_gaps", "wavemarks",
)  # fmt: skip
EVERY = (*(f"smrx/{name}" for name in REAL), "spike2_transcoded/Extracellular_Spikes")


def _parsed(path: Path, **how: Any) -> SmrxRawIO:
    raw = SmrxRawIO(path, **how)
    raw.parse_header()
    return raw


def _comply(path: Path, *, ced_units: bool) -> None:
    """Ask of a file's reader what neo asks of all its own."""
    raw = SmrxRawIO(str(path), ced_units=ced_units)
    assert "nb_block" not in repr(raw)
    raw.parse_header()
    assert "nb_block: 1" in repr(raw)
    assert "Raw annotations" in raw._repr_annotations()
    for check in (
        "header_is_total", "check_signal_stream_buffer_hierachy", "count_element", "read_analogsignals",
        "read_spike_times", "read_spike_waveforms", "read_events", "has_annotations",
    ):  # fmt: skip
        getattr(rawio_compliance, check)(raw)


SHIPPED = ("area", "emptied", "empty", "full_waves", "gaps", "kinds", "late", "mixture", "reused", "session", "woven")
"""Files of the reader's tests, but for those whose marks or headers alone are out of the ordinary."""


def _told(path: Path) -> tuple[Any, dict[int, dict[str, Any]], float]:
    """Arrays of the vendor's library, what it says of each channel, and seconds per tick."""
    arrays = np.load(FILES / f"{path.stem}.npz")
    facts = json.loads(bytes(arrays["facts"]))
    return arrays, {int(number): row for number, row in facts["channels"].items()}, facts["time_base_s"]


@pytest.mark.parametrize("name", SHIPPED)
def test_all_samples_of_all_segments_are_those_of_the_file(smrx: Callable[[str], Path], name: str) -> None:
    raw, (truth, told, tick_s) = _parsed(smrx(name)), _told(smrx(name))
    rows = raw.header["signal_channels"]
    assert {int(row["id"]) for row in rows} == {n for n, row in told.items() if row["kind"] in ("Adc", "RealWave")}
    for index, stream in enumerate(raw.header["signal_streams"]):
        own = [int(row["id"]) for row in rows if row["stream_id"] == stream["id"]]
        divide, segments = told[own[0]]["divide"], range(raw.segment_count(0))
        sizes = [raw.get_signal_size(0, i, index) for i in segments]
        starts = [round(raw.get_signal_t_start(0, i, index) / tick_s) for i in segments]
        ticks = np.concatenate([t + np.arange(n) * divide for t, n in zip(starts, sizes, strict=True)])
        values = np.concatenate([raw.get_analogsignal_chunk(0, i, stream_index=index) for i in segments])
        for column, number in enumerate(own):
            runs = zip(truth[f"chan{number}_run_start_tick"], truth[f"chan{number}_run_length"], strict=True)
            np.testing.assert_array_equal(ticks, np.concatenate([t + np.arange(n) * divide for t, n in runs] or [[]]))
            np.testing.assert_array_equal(values[:, column], truth[f"chan{number}_samples"])


def test_a_channel_without_samples_in_a_segment_begins_where_that_does(smrx: Callable[[str], Path]) -> None:
    raw = _parsed(smrx("gaps"))
    last, streams = raw.segment_count(0) - 1, range(raw.signal_streams_count())
    silent = [index for index in streams if not raw.get_signal_size(0, last, index)]
    assert len(silent) == len(streams) - 1
    assert {raw.get_signal_t_start(0, last, index) for index in silent} == {raw.segment_t_start(0, last)}


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("ced_units", [True, False])
def test_every_mark_of_a_file_is_in_one_segment_within_its_bounds(
    smrx: Callable[[str], Path], name: str, ced_units: bool
) -> None:
    raw, (truth, told, tick_s) = _parsed(smrx(name), ced_units=ced_units), _told(smrx(name))
    found: dict[int, list[int]] = {number: [] for number, row in told.items() if row["kind"] not in ("Adc", "RealWave")}
    for segment in range(raw.segment_count(0)):
        bounds = [round(edge / tick_s) for edge in (raw.segment_t_start(0, segment), raw.segment_t_stop(0, segment))]
        for index, row in enumerate(raw.header["event_channels"]):
            found[int(row["id"])] += _within(raw.get_event_timestamps(0, segment, index)[0], bounds)
        for index, row in enumerate(raw.header["spike_channels"]):
            ticks = _within(raw.get_spike_timestamps(0, segment, index), bounds)
            assert raw.spike_count(0, segment, index) == len(ticks)
            found[int(row["id"][2:].split("#")[0])] += ticks
    for number, ticks in found.items():
        assert sorted(ticks) == truth[f"chan{number}_ticks"].tolist()


def _within(ticks: Any, bounds: list[int]) -> list[int]:
    """Return ticks, which must lie within bounds."""
    assert all(bounds[0] <= tick < bounds[1] for tick in ticks)
    return ticks.tolist()


def test_kinds_of_marks_have_their_labels(smrx: Callable[[str], Path]) -> None:
    truth, block = np.load(FILES / "kinds.npz"), SmrxIO(smrx("kinds")).read_block()
    labels: dict[str, list[str]] = {}
    for segment in block.segments:
        for event in segment.events:
            labels.setdefault(event.annotations["id"], []).extend(event.labels.tolist())
    assert set(labels["2"]) == {"fall"}
    assert set(labels["3"]) == {"rise"}
    assert labels["4"][:3] == ["fall", "rise", "fall"]  # it starts high
    assert labels["5"][:3] == ["rise", "fall", "rise"]
    assert labels["6"] == [str(code) for code in truth["chan6_codes"][:, 0]]
    assert labels["7"] == truth["chan7_texts"].tolist()
    assert labels["15"] == labels["17"] == labels["18"] == labels["19"] == []


def test_a_key_is_its_character_on_the_keyboards_channel_only(smrx: Callable[[str], Path]) -> None:
    """Channel 30 of a Spike2 file; `test_kinds_of_marks_have_their_labels` has numbers on another."""
    assert [key(code) for code in (ord("c"), ord("1"), 13, 0)] == ["c", "1", "13", "0"]
    raw = _parsed(smrx("session"))
    (keys,) = [i for i, row in enumerate(raw.header["event_channels"]) if row["id"] == "30"]
    codes = np.load(FILES / "session.npz")["chan30_codes"][:, 0]
    assert raw.get_event_timestamps(0, 0, keys)[2].tolist() == [key(code) for code in codes.tolist()]


def test_waveforms_of_several_wires_and_the_numbers_of_realmarks_load(smrx: Callable[[str], Path]) -> None:
    truth = np.load(FILES / "kinds.npz")
    block = SmrxIO(smrx("kinds"), ced_units=False).read_block(load_waveforms=True)
    trains = {
        number: [
            train for segment in block.segments for train in segment.spiketrains if train.annotations["id"] == name
        ]
        for number, name in ((10, "ch10#all"), (11, "ch11#all"))
    }
    waves, values = (np.concatenate([train.waveforms.magnitude for train in trains[number]]) for number in (10, 11))
    scale, offset = 2.5 - 10 / 16, 10 / 4 - 1
    np.testing.assert_allclose(waves, truth["chan10_waves"].transpose(0, 2, 1) * (scale / 6553.6) + offset, rtol=1e-5)
    np.testing.assert_allclose(values, truth["chan11_values"].transpose(0, 2, 1), rtol=1e-6)


def test_date_comments_and_names_of_a_file_are_annotations(smrx: Callable[[str], Path]) -> None:
    block = SmrxIO(smrx("kinds")).read_block(lazy=True)
    assert block.rec_datetime == block.segments[0].rec_datetime == datetime(2024, 11, 22, 15, 30, 45, 770_000)
    assert block.annotations["file_comments"] == [f"comment {i}: 20 µg/kg i.v." for i in range(8)]
    assert block.annotations["creator"] == "EPHYSTST"
    first = block.segments[0].analogsignals[0].array_annotations
    assert first["channel_names"].tolist() == ["Unité 0 µ"]
    assert first["comment"].tolist() == ["comment of 0: µg/kg"]
    assert first["physical_channel_index"].tolist() == [3]
    assert SmrxIO(smrx("empty")).read_block().segments[0].size == {
        "analogsignals": 0, "epochs": 0, "events": 0, "imagesequences": 0, "irregularlysampledsignals": 0,
        "spiketrains": 0,
    }  # fmt: skip


@pytest.mark.parametrize("name", SHIPPED)
def test_neo_finds_nothing_amiss_in_shipped_files(smrx: Callable[[str], Path], name: str) -> None:
    _comply(smrx(name), ced_units=True)


def test_a_file_that_was_not_closed_is_read_as_far_as_it_goes(smrx: Callable[[str], Path]) -> None:
    path = smrx("unclosed_at_end")
    with pytest.warns(DamagedFileWarning, match="was not closed properly"):
        raw = _parsed(path)
    truth = np.load(FILES / "unclosed_at_end.npz")
    np.testing.assert_array_equal(raw.get_analogsignal_chunk()[:, 0], truth["chan0_samples"])


def test_what_is_no_such_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.smrx").write_text("no recording")
    for name in ("text.smrx", "none.smrx"):
        with pytest.raises(FileFormatError, match=name.replace(".", r"\.")):
            SmrxIO(tmp_path / name)


@pytest.mark.real_data
@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("ced_units", [True, False])
def test_neo_finds_nothing_amiss(shared_data: Path, name: str, ced_units: bool) -> None:
    _comply(shared_data / f"{name}.smrx", ced_units=ced_units)
