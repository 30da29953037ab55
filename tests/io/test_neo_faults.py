"""What neo gets wrong on real files, and what is read in its place.

Each test first says what is right, then looks at neo's own answer: where that has become right, the test is skipped,
and says which way round can go.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, NoReturn

import neo.io
import neo.rawio
import numpy as np
import pyabf
import pytest

from ephys.io import read_session

pytestmark = pytest.mark.real_data


def _mended(what: str, where: str) -> NoReturn:
    pytest.skip(f"neo has mended {what}: the way round in ephys/io/{where} can go")


def _parsed(raw: Any) -> Any:
    raw.parse_header()
    return raw


# --- Spike2 ----------------------------------------------------------------------------------------------------------


def test_a_wavemark_peaks_where_its_header_says_and_not_at_half_the_window(shared_data: Path) -> None:
    path = shared_data / "spike2" / "motor_units.smr"
    for unit in read_session(path).units:
        assert unit.waveform is not None
        assert unit.waveform.pre_s * 25_000 == pytest.approx(132, abs=2)
    raw = _parsed(neo.rawio.Spike2RawIO(str(path), try_signal_grouping=False))
    if set(raw.header["spike_channels"]["wf_left_sweep"]) != {128}:
        _mended("the alignment of WaveMarks", "spike2.py")


def test_units_of_one_wavemark_channel_are_told_apart_by_their_code(shared_data: Path) -> None:
    path = shared_data / "spike2" / "Extracellular_Spikes.smr"
    counts = {unit.id: unit.n_spikes for unit in read_session(path).units}
    assert counts == {"Spikes:0": 9, "Spikes:1": 290, "Spikes:2": 171, "Spikes:3": 139, "Spikes:4": 37}
    segment = neo.io.Spike2IO(str(path)).read_segment()
    if len({train.name for train in segment.spiketrains}) > 1:
        _mended("the names of WaveMark units", "spike2.py")


def test_an_event_channel_is_a_spike_train_where_the_user_says_so(shared_data: Path) -> None:
    path = shared_data / "spike2" / "BURST.SMR"
    (unit,) = read_session(path, spikes="Spikes").units
    ticks = np.concatenate(
        [np.frombuffer(path.read_bytes(), "<i4", count, at) for at, count in _event_blocks(path.read_bytes())]
    )
    np.testing.assert_allclose(unit.times_s, ticks * struct.unpack_from("<h", path.read_bytes(), 20)[0] * 1e-6)
    segment = neo.io.Spike2IO(str(path)).read_segment()
    if len(segment.spiketrains):
        _mended("spikes kept as events", "session.py")


def _event_blocks(data: bytes) -> list[tuple[int, int]]:
    """Byte of the first event and number of events of each block of the first channel."""
    found, where = [], struct.unpack_from("<i", data, 512 + 6)[0]
    while where > 0:
        following, items = struct.unpack_from("<4xi8xxxH", data, where)
        found.append((where + 20, items))
        where = following
    return found


def test_a_keyboard_mark_is_its_key(shared_data: Path) -> None:
    path = shared_data / "spike2" / "File_spike2_1.smr"
    marks = [event for event in read_session(path).events if event.channel == "Keyboard"]
    assert "".join(mark.code for mark in marks) == "cymmakani"
    (keys,) = [event for event in neo.io.Spike2IO(str(path)).read_segment().events if event.name == "Keyboard"]
    if keys.labels[0] != "99":
        _mended("the codes of keyboard marks", "spike2.py")


def test_a_spike_rate_of_200_hz_is_not_believed(shared_data: Path) -> None:
    path = shared_data / "spike2" / "File_spike2_1.smr"
    session = read_session(path)
    assert sum(unit.n_spikes for unit in session.units) == 247
    assert all(unit.waveform is None for unit in session.units)
    assert any("200.8 Hz for its spikes, which cannot be" in doubt for doubt in session.doubts)
    raw = _parsed(neo.rawio.Spike2RawIO(str(path)))
    if set(np.round(raw.header["spike_channels"]["wf_sampling_rate"], 1)) != {200.8}:
        _mended("the rate of WaveMarks", "spike2.py")


def test_channels_of_several_rates_are_one_session(shared_data: Path) -> None:
    path = shared_data / "spike2" / "motor_units.smr"
    session = read_session(path)
    assert session.recording is not None
    assert {session.recording.sampling_hz, *(monitor.sampling_hz for monitor in session.monitors)} == {25e3, 1e3}
    if len(_parsed(neo.rawio.Spike2RawIO(str(path))).header["signal_streams"]) == 1:
        _mended("channels of several rates", "spike2.py")


def test_the_clock_of_a_file_that_starts_late_is_kept(shared_data: Path) -> None:
    """Neo's is right; it is here so that the two never part."""
    path = shared_data / "spike2" / "File_spike2_1.smr"
    raw = _parsed(neo.rawio.Spike2RawIO(str(path)))
    session = read_session(path)
    assert session.support.start_s == pytest.approx(raw.segment_t_start(0, 0), abs=1e-9)
    assert session.monitors[0].start_s == pytest.approx(220.0, abs=0.01)


# --- Axon ------------------------------------------------------------------------------------------------------------


def test_tags_of_an_abf_file_lie_where_they_were_set_and_say_what_was_typed(shared_data: Path) -> None:
    path = shared_data / "axon" / "multichannelAbf1WithTags.abf"
    tags = [(event.text, event.time_s) for event in read_session(path).events]
    abf = pyabf.ABF(str(path), loadData=False)
    assert [text for text, _ in tags] == abf.tagComments == ["+TGOT", "-TGOT"]
    assert [time_s for _, time_s in tags] == pytest.approx(abf.tagTimesSec)
    assert [time_s for _, time_s in tags] == pytest.approx([173.9776, 294.8608])
    raw = _parsed(neo.rawio.AxonRawIO(str(path)))
    stamps, _, labels = raw.get_event_timestamps(0, 0, 0)
    times = raw.rescale_event_timestamp(stamps, dtype="float64", event_channel_index=0)
    if np.allclose(times, [173.9776, 294.8608]) and list(labels) == ["+TGOT", "-TGOT"]:
        _mended("times and comments of ABF tags", "axon.py")


def test_each_sweep_lies_on_the_clock_where_it_was_recorded(shared_data: Path) -> None:
    """The file lists start and length of its 187 sweeps in units of 12.5 µs; pyabf lays them end to end."""
    path = shared_data / "axon" / "multichannelAbf1WithTags.abf"
    data = path.read_bytes()
    block, count = struct.unpack_from("<ii", data, 92)
    unit_us = struct.unpack_from("<f", data, 130)[0]
    listed = np.frombuffer(data, "<i4", 2 * count, 512 * block).reshape(count, 2)
    session = read_session(path, wire="AO #0")
    assert session.recording is not None
    assert len(session.support.epochs) == count == 187
    starts_s = [epoch.start_s for epoch in session.support.epochs]
    np.testing.assert_allclose(starts_s, listed[:, 0] * unit_us * 1e-6)
    assert session.recording.duration_s == pytest.approx(listed[:, 1].sum() / 2 / 20_000)
    assert any("187 sweeps" in doubt and "15.46 s of 372.1 s" in doubt for doubt in session.doubts)
    abf = pyabf.ABF(str(path))
    for sweep in (0, 100, 186):
        abf.setSweep(sweep, channel=1)
        first = session.recording.runs[sweep].first_sample
        found = session.recording.read(first, first + len(abf.sweepY))[:, 0]
        np.testing.assert_allclose(found, abf.sweepY * 1e3, atol=0.02)  # mV there, µV here


# --- Neuralynx -------------------------------------------------------------------------------------------------------

_NTT = np.dtype(
    [("stamp", "<u8"), ("channel", "<u4"), ("unit", "<u4"), ("features", "<i4", 8), ("samples", "<i2", (32, 4))]
)


def test_a_unit_on_a_tetrode_is_one_unit_on_four_wires(shared_data: Path) -> None:
    path = shared_data / "neuralynx" / "TT3_1m.ntt"
    records = np.fromfile(path, _NTT, offset=16384)
    labels = np.loadtxt(shared_data / "groundtruth" / "klustakwik_ntt" / "TT3_1m.clu.1", dtype=int)[1:]
    units = read_session(path).units
    assert [(unit.id, unit.n_spikes) for unit in units] == [
        (f"TT3:{code}", int((records["unit"] == code).sum())) for code in range(1, 9)
    ]
    assert sum(unit.n_spikes for unit in units) == len(records) == len(labels) == 3245
    for code, unit in enumerate(units, 1):
        own = records[records["unit"] == code]
        np.testing.assert_allclose(unit.times_s, (own["stamp"] - records["stamp"][0]) * 1e-6, atol=1e-9)
        assert unit.waveform is not None
        np.testing.assert_allclose(unit.waveform.snippets_uv, own["samples"] * -0.00610370198828, rtol=1e-5)
        assert unit.waveform.pre_s * 32_000 in (7, 8)  # the header aligns the peak at sample 8
    raw = _parsed(neo.rawio.NeuralynxRawIO(dirname=str(path.parent), include_filenames=[path.name]))
    if len(raw.header["spike_channels"]) != 32:
        _mended("tetrode units that come four times", "neuralynx.py")


def test_a_pause_is_a_gap_and_neither_an_error_nor_silence(shared_data: Path) -> None:
    path = shared_data / "neuralynx" / "mne_LAHC1_3_gaps.ncs"
    session = read_session(path)
    gaps = [(gap.start_s, gap.stop_s) for gap in session.support.gaps]
    expected = [(2.51, 2.559999), (4.092499, 4.095998), (5.364498, 5.375998)]
    np.testing.assert_allclose(gaps, expected, atol=2e-6)
    (lfp,) = session.monitors
    whole = read_session(path.with_name("mne_LAHC1.ncs")).monitors[0]
    shared = ~np.isnan(lfp.values)
    assert shared.sum() == 5020 + 3065 + 2537 + 939
    np.testing.assert_array_equal(lfp.values[:5020], whole.values[:5020])
    try:
        _parsed(neo.rawio.NeuralynxRawIO(dirname=str(path.parent), include_filenames=[path.name]))
    except ValueError:
        return
    _mended("pauses that are errors", "neuralynx.py")


def test_one_file_of_a_neuralynx_session_reads_alone(shared_data: Path) -> None:
    """By its extension neo takes the ``.nev`` for Blackrock's, and a file in place of a folder is an error to it."""
    events = read_session(shared_data / "neuralynx" / "mne_Events.nev").events
    assert [event.channel for event in events] == [
        f"Events: {what} Recording" for what in ("Starting", "Starting", "Stopping", "Stopping")
    ]
    assert not any(event.text for event in events)  # the program's words are not the user's: no drug was given
    (lfp,) = read_session(shared_data / "neuralynx" / "mne_LAHC1.ncs").monitors
    assert (lfp.name, lfp.sampling_hz, lfp.unit, lfp.n_samples) == ("LAHC1", 2000.0, "uV", 11_691)
    try:
        _parsed(neo.rawio.NeuralynxRawIO(dirname=str(shared_data / "neuralynx" / "mne_LAHC1.ncs")))
    except NotADirectoryError:
        return
    _mended("single files of Neuralynx", "neuralynx.py")


# --- Plexon, NeuroExplorer -------------------------------------------------------------------------------------------


def test_a_name_ends_at_its_nul(shared_data: Path) -> None:
    path = shared_data / "plexon" / "sigTOOL_explore1.plx"
    assert [(e.channel, e.time_s) for e in read_session(path).events] == [("Start", 0.0), ("Stop", 61.6679)]
    raw = _parsed(neo.rawio.PlexonRawIO(str(path), progress_bar=False))
    if not any("\0" in name for name in raw.header["event_channels"]["name"]):
        _mended("NUL bytes in names", "raw_spikes.py")


def test_plexon_and_neuroexplorer_have_the_same_spikes_of_the_same_cell(shared_data: Path) -> None:
    """Times by the clock of 40 kHz; snippets alike but for the preamplifier's 1000, which NeuroExplorer leaves out."""
    plexon = read_session(shared_data / "plexon" / "File_plexon_1.plx").units[0]
    nex = read_session(shared_data / "neuroexplorer" / "File_neuroexplorer_2.nex")
    (other,) = [unit for unit in nex.units if unit.id == "sig01i_wf"]
    assert plexon.n_spikes == other.n_spikes == 5376
    assert plexon.multi_unit
    np.testing.assert_allclose(plexon.times_s, other.times_s + 1 / 40_000, atol=1e-9)  # sample 8 crossed, 9 is the peak
    assert plexon.waveform is not None
    assert other.waveform is not None
    assert plexon.waveform.sampling_hz == other.waveform.sampling_hz == 40_000.0
    np.testing.assert_allclose(plexon.waveform.snippets_uv * 1000, other.waveform.snippets_uv, rtol=1e-6)
    assert any("gain is probably missing" in doubt for doubt in nex.doubts)
    raw = _parsed(neo.rawio.PlexonRawIO(str(shared_data / "plexon" / "File_plexon_1.plx"), progress_bar=False))
    if raw.header["spike_channels"]["wf_sampling_rate"][0] > 0:
        _mended("the rate of Plexon's snippets", "plexon.py")


def test_units_without_snippets_are_read_without(shared_data: Path) -> None:
    for file in ("plexon/sigTOOL_explore1.plx", "neuroexplorer/File_neuroexplorer_1.nex"):
        assert all(unit.waveform is None and unit.n_spikes for unit in read_session(shared_data / file).units)
    failed = []
    for reader, file in (
        (neo.io.PlexonIO, "plexon/sigTOOL_explore1.plx"),
        (neo.io.NeuroExplorerIO, "neuroexplorer/File_neuroexplorer_1.nex"),
    ):
        try:
            reader(str(shared_data / file)).read_segment(load_waveforms=True)
        except Exception as error:
            failed.append(error)
    if not failed:
        _mended("load_waveforms for units that have none", "raw_spikes.py")


def test_a_continuous_channel_keeps_its_pauses(shared_data: Path) -> None:
    """The file lists its fragments: neo joins the four, and is 19 s short by the end."""
    path = shared_data / "neuroexplorer" / "File_neuroexplorer_1.nex"
    header = next(
        path.read_bytes()[544 + 208 * i :][:208]
        for i in range(16)
        if b"ContChannel02" in path.read_bytes()[544 + 208 * i :][:208]
    )
    offset, count = struct.unpack_from("<2i", header, 72)
    stamps, firsts = np.frombuffer(path.read_bytes(), "<i4", 2 * count, offset).reshape(2, count)
    (slow,) = read_session(path).monitors
    known = np.flatnonzero(~np.isnan(slow.values))
    begins = known[np.append(True, np.diff(known) > 1)]
    np.testing.assert_allclose(slow.start_s + begins / 2000, stamps / 40_000, atol=0.5 / 2000)
    assert len(firsts) == 4
    raw = _parsed(neo.rawio.NeuroExplorerRawIO(str(path)))
    if raw.segment_count(0) > 1 or raw.get_signal_size(0, 0, 1) != 70_031:
        _mended("pauses of NeuroExplorer's continuous channels", "neuroexplorer.py")


# --- Blackrock -------------------------------------------------------------------------------------------------------


def test_noise_is_no_unit_and_unsorted_is_multi_unit(shared_data: Path) -> None:
    path = shared_data / "blackrock" / "ndr_example_1.nev"
    data = path.read_bytes()
    begin, packet = struct.unpack_from("<2I", data, 12)
    packets = np.frombuffer(data, np.dtype({"names": ["stamp", "id", "code"], "formats": ["<u4", "<u2", "u1"],
                                            "offsets": [0, 4, 6], "itemsize": packet}), -1, begin)  # fmt: skip
    spikes = packets[(packets["id"] >= 1) & (packets["id"] <= 2048)]
    sorted_spikes = spikes[spikes["code"] != 255]
    session = read_session(path)
    found = {unit.id: unit for unit in session.units}
    expected = {f"ch{i}:{c}" for i, c in zip(sorted_spikes["id"], sorted_spikes["code"], strict=True)}
    assert set(found) == expected
    for name, unit in found.items():
        channel, code = (int(part) for part in name.removeprefix("ch").split(":"))
        stamps = spikes["stamp"][(spikes["id"] == channel) & (spikes["code"] == code)]
        assert unit.n_spikes == len(stamps)
        assert unit.multi_unit == (code == 0)
        shift = unit.times_s - np.sort(stamps) / 30_000  # to the peak, alike for all spikes of a unit
        assert np.ptp(shift) < 1e-6
        assert abs(shift[0]) < 0.0013
    assert any("159 spikes on 85 channels have the code 255" in doubt for doubt in session.doubts)
    raw = _parsed(neo.rawio.BlackrockRawIO(str(path)))
    if not any(name.endswith("#255") for name in raw.header["spike_channels"]["name"]):
        _mended("noise as a unit", "blackrock.py")


def test_the_files_of_one_name_are_one_session(shared_data: Path) -> None:
    sessions = [read_session(shared_data / "blackrock" / f"ndi_testData.{end}") for end in ("nev", "ns2")]
    for session in sessions:
        assert len(session.units) == 32
        assert len(session.monitors) == 33
        assert session.monitors[0].sampling_hz == 1000.0
        assert all(unit.waveform is not None for unit in session.units)
    assert sessions[0].support == sessions[1].support


def test_packets_of_a_kind_that_neo_passes_over_are_counted(shared_data: Path) -> None:
    session = read_session(shared_data / "blackrock" / "ndi_testData.nev")
    assert any(doubt.startswith("320 packets of the .nev are of a kind that is not read") for doubt in session.doubts)
