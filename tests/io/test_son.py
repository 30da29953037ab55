"""Spike2's 32-bit files as the tests write them: large, paused, odd; and the real ones as neo reads them."""

from __future__ import annotations

import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from neo.core import NeoReadWriteError
from neo.rawio import Spike2RawIO
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io import read_session
from ephys.io.son import open_son

ADC, EVENT_RISE, MARKER, ADC_MARK, TEXT_MARK = 1, 3, 5, 6, 8


@dataclass
class Block:
    """One block: where it lies, its first and last tick, its items."""

    start: int
    end: int
    items: int
    data: bytes
    at: int = 0


@dataclass
class Written:
    """One channel to be written."""

    kind: int
    title: str
    blocks: list[Block] = field(default_factory=list)
    unit: str = "mV"
    every: int = 5
    extra: int = 0
    pre: int = 0
    scale: float = 6.5536


def wave(title: str, stretches: Sequence[tuple[int, Sequence[int]]], *, every: int = 5, unit: str = "mV") -> Written:
    """A waveform channel: (first tick, samples) of each block; a count is 1 µV."""
    blocks = [
        Block(tick, tick + every * (len(samples) - 1), len(samples), np.asarray(samples, dtype="<i2").tobytes())
        for tick, samples in stretches
    ]
    return Written(ADC, title, blocks, unit, every)


def write_smr(path: Path, channels: Sequence[Written], *, revision: int = 9, tick_us: int = 10) -> Path:
    """Write a file: header, one header per channel, blocks one after another, or where they say."""
    free, unit = 512 + 512 * (1 + 140 * len(channels) // 512), 512 if revision >= 9 else 1
    with path.open("wb") as file:
        head = struct.pack(
            "<h10s8s3hi5hi", revision, b"(C) CED 87", b"tests", tick_us, 1, 0, 0, len(channels), 0, 0, 0, 0, 0
        )
        file.write(head + struct.pack("<d6BH", 1e-6, 0, 30, 15, 9, 14, 3, 1994))
        for number, channel in enumerate(channels, 1):
            for block in channel.blocks:
                block.at = block.at or free
                free = block.at + 512 * (1 + (20 + len(block.data)) // 512)
            places = [block.at // unit for block in channel.blocks]
            for before, block, after in zip([-1, *places], channel.blocks, [*places[1:], -1], strict=False):
                file.seek(block.at)
                file.write(
                    struct.pack("<iiiihH", before, after, block.start, block.end, number, block.items) + block.data
                )
            file.seek(512 + 140 * (number - 1))
            count = len(places)
            file.write(
                struct.pack("<HiiiHHhHHH", 0, 0, *([places[0], places[-1]] if places else [-1, -1]), count & 0xFFFF,
                            channel.extra, channel.pre, count >> 16, 512, 1)
                + struct.pack("<72siih", b"", 0, channel.every, 0)
                + struct.pack("<B9sfBB", len(channel.title), channel.title.encode("latin-1"), 0.0, channel.kind, 0)
                + struct.pack("<ffB5sh", channel.scale, 0.0, len(channel.unit), channel.unit.encode("latin-1"), 1)
            )  # fmt: skip
        file.seek(0, 2)
        file.write(bytes(max(0, free - file.tell())))
    return path


def _ramp(block: int) -> NDArray[np.int16]:
    """Samples of a block that are no other's near it."""
    return (np.arange(100) + 100 * (block % 300)).astype("<i2")


def test_a_file_beyond_2_gib_reads_right_to_its_last_sample(tmp_path: Path) -> None:
    """More blocks than 15 bits count, and further apart than 31 bits say; the holes between them are on no disk."""
    size, count, near, hole = 100, 36_000, 35_800, 11_264_000
    at = [1024 + 512 * i + hole * max(0, i - near) for i in range(count)]
    blocks = [Block(5 * size * i, 5 * (size * (i + 1) - 1), size, _ramp(i).tobytes(), at[i]) for i in range(count)]
    path = write_smr(tmp_path / "long.smr", [Written(ADC, "wire", blocks)])
    assert path.stat().st_size > 2.2e9 > 2**31
    assert path.stat().st_blocks * 512 < 64e6
    open_son(path)  # the blocks' headers are in the system's memory now, as those of a file just recorded are
    began = time.perf_counter()
    recording = read_session(path).recording
    assert time.perf_counter() - began < 1.0
    assert recording is not None
    assert recording.n_samples == size * count
    assert recording.stop_s == pytest.approx(size * count / 20_000)
    for block in (0, 32_767, 32_768, 35_900, count - 2):
        found = recording.read(size * block + 30, size * (block + 1) + 70)[:, 0]
        np.testing.assert_allclose(found, [*_ramp(block)[30:], *_ramp(block + 1)[:70]])
    np.testing.assert_allclose(recording.read(size * count - 1, size * count), _ramp(count - 1)[-1])


def test_opening_takes_no_longer_than_neos_walk_along_the_blocks(tmp_path: Path) -> None:
    blocks = [Block(500 * i, 500 * i + 495, 100, bytes(200)) for i in range(3000)]
    path = write_smr(tmp_path / "many.smr", [Written(ADC, "wire", blocks)])
    neo = Spike2RawIO(str(path), try_signal_grouping=False)
    times = []
    for opened in (lambda: open_son(path), neo.parse_header):
        began = time.perf_counter()
        opened()
        times.append(time.perf_counter() - began)
    assert times[0] < times[1]


def test_channels_may_pause_at_different_times(tmp_path: Path) -> None:
    """Neo refuses the file: "Signal channels have different pauses"."""
    wire = wave("wire", [(0, range(1000)), (20_000, range(1000)), (40_000, range(500))])
    path = write_smr(tmp_path / "pauses.smr", [wire, wave("resp", [(0, range(10)), (50_000, range(10))], every=1000)])
    session = read_session(path)
    edges = [edge for epoch in session.support.epochs for edge in (epoch.start_s, epoch.stop_s)]
    assert edges == pytest.approx([0.0, 0.05, 0.2, 0.25, 0.4, 0.425])
    (resp,) = session.monitors
    assert np.isnan(resp.values).sum() == 40
    raw = Spike2RawIO(str(path))
    try:
        raw.parse_header()
    except (IndexError, NeoReadWriteError):
        return
    pytest.skip("neo has mended channels of different pauses: one reason less for ephys/io/son.py")


@pytest.mark.parametrize("every", [0, -5])
def test_a_rate_that_cannot_be_is_said_and_not_read(tmp_path: Path, every: int) -> None:
    path = write_smr(
        tmp_path / "odd.smr", [wave("wire", [(0, range(1000))]), wave("odd", [(0, range(9))], every=every)]
    )
    session = read_session(path)
    assert session.recording is not None
    assert session.recording.channel_names == ("wire",)
    assert session.monitors == ()
    assert any("'odd' claims" in doubt and "cannot be" in doubt for doubt in session.doubts)


def test_one_sample_in_27_s_is_read_and_doubted(tmp_path: Path) -> None:
    path = write_smr(tmp_path / "slow.smr", [wave("temp", [(0, range(4))], every=2_700_000, unit="C")])
    session = read_session(path)
    assert session.monitors[0].sampling_hz == pytest.approx(1 / 27)
    assert any("0.03704 Hz, one sample in 27 s" in doubt for doubt in session.doubts)


def test_wires_of_one_name_are_told_apart_by_their_number(tmp_path: Path) -> None:
    path = write_smr(tmp_path / "twins.smr", [wave("wire", [(0, range(100))]), wave("wire", [(0, range(100, 200))])])
    session = read_session(path, wire="wire (2)")
    assert session.recording is not None
    np.testing.assert_allclose(session.recording.read(0, 2)[:, 0], [100, 101])


def test_wires_that_a_converter_took_in_turn_are_those_of_one_electrode(tmp_path: Path) -> None:
    """CED's 1401 samples one channel after another: each starts some ticks later, and the last may lack a sample."""
    first, second = wave("a", [(0, range(100)), (9000, range(50))]), wave("b", [(2, range(100)), (9002, range(49))])
    path = write_smr(tmp_path / "stereotrode.smr", [first, second])
    recording = read_session(path, wire=["a", "b"]).recording
    assert recording is not None
    assert recording.support == read_session(write_smr(tmp_path / "a.smr", [
        wave("a", [(0, range(100)), (9000, range(49))])])).support  # fmt: skip
    np.testing.assert_allclose(recording.read(0, 149), np.tile([*range(100), *range(49)], (2, 1)).T)
    late = wave("late", [(5, range(100)), (9005, range(50))])
    with pytest.raises(FileFormatError, match="sampled together, and these are not"):
        read_session(write_smr(tmp_path / "late.smr", [first, late]), wire=["a", "late"])


def test_wires_that_pause_apart_are_not_one_electrode(tmp_path: Path) -> None:
    first, second = wave("a", [(0, range(100)), (9000, range(50))]), wave("b", [(0, range(50)), (8750, range(100))])
    path = write_smr(tmp_path / "apart.smr", [first, second])
    with pytest.raises(FileFormatError, match="'a' and 'b' pause at different times"):
        read_session(path, wire=["a", "b"])


def test_empty_channels_are_passed_over_and_empty_files_refused(tmp_path: Path) -> None:
    events = Written(EVENT_RISE, "stim", [Block(100, 300, 2, struct.pack("<2i", 100, 300))])
    session = read_session(
        write_smr(tmp_path / "a.smr", [Written(ADC, "none"), Written(ADC_MARK, "wm", extra=8), events])
    )
    assert [event.time_s for event in session.events] == pytest.approx([0.001, 0.003])
    assert session.recording is None
    with pytest.raises(FileFormatError, match=r"b\.smr: holds no data"):
        read_session(write_smr(tmp_path / "b.smr", [Written(ADC, "none")]))


def _wavemarks(times_s: Sequence[float]) -> Written:
    """One WaveMark channel without its wire, at 20 kHz, with the peak at the first of two samples."""
    items = [struct.pack("<iihh", round(1e5 * t), 1, 90, 0) for t in times_s]
    block = Block(round(1e5 * times_s[0]), round(1e5 * times_s[-1]), len(items), b"".join(items))
    return Written(ADC_MARK, "cell", [block], extra=4)


def test_a_pause_of_every_channel_is_no_silence_of_a_cell_whose_wire_was_not_kept(tmp_path: Path) -> None:
    breaths = wave("Resp", [(0, range(1000)), (2_000_000, range(1000))], every=1000)
    before, after = list(np.arange(0.5, 10.0)), list(np.arange(20.5, 30.0))
    session = read_session(write_smr(tmp_path / "pause.smr", [_wavemarks([*before, *after]), breaths]))
    (gap,) = session.support.gaps
    assert (gap.start_s, gap.stop_s) == pytest.approx((10.0, 20.0))
    assert session.units[0].n_spikes == 20
    assert session.units[0].n_spikes / session.support.duration_s == pytest.approx(1.0, rel=1e-3)
    firing_on = [*before, *np.arange(10.5, 20.0), *after]
    session = read_session(write_smr(tmp_path / "resp_alone_paused.smr", [_wavemarks(firing_on), breaths]))
    assert session.support.gaps == ()
    assert session.units[0].n_spikes == 30
    assert any("units fire where every channel pauses" in doubt for doubt in session.doubts)


def test_spikes_without_any_signal_do_not_say_when_the_recording_ended(tmp_path: Path) -> None:
    alone = read_session(write_smr(tmp_path / "alone.smr", [_wavemarks([0.5, 1.5])]))
    assert any("silence after it is not seen" in doubt for doubt in alone.doubts)
    with_signal = read_session(write_smr(tmp_path / "both.smr", [_wavemarks([0.5, 1.5]), wave("w", [(0, range(9))])]))
    assert not any("silence after it is not seen" in doubt for doubt in with_signal.doubts)


def test_a_mark_keeps_its_micro_sign_and_its_code(tmp_path: Path) -> None:
    said = "ipsapirone 20 \u00b5g/kg".encode("cp1252").ljust(40, b"\0")
    mark = Written(TEXT_MARK, "drugs", [Block(7, 7, 1, struct.pack("<ii", 7, 0x11220003) + said)], extra=40)
    (event,) = read_session(write_smr(tmp_path / "marks.smr", [mark])).events
    assert (event.text, event.code, event.time_s) == ("ipsapirone 20 µg/kg", "3", pytest.approx(7e-5))


def test_a_chain_that_leads_astray_is_refused_and_not_followed(tmp_path: Path) -> None:
    path = write_smr(tmp_path / "loop.smr", [wave("wire", [(0, range(100)), (500, range(100))])])
    whole = path.read_bytes()
    next_beyond_the_end = (1024 + 4, struct.pack("<i", 2**30), "ends at")
    next_is_itself = (1024 + 4, struct.pack("<i", 2), "goes back")
    next_of_another_channel = (1536 + 16, struct.pack("<H", 7), "belongs to channel 7")
    for at, bad, words in (next_beyond_the_end, next_is_itself, next_of_another_channel):
        path.write_bytes(whole[:at] + bad + whole[at + len(bad) :])
        with pytest.raises(FileFormatError, match=words):
            read_session(path)
    path.write_bytes(whole[:526] + struct.pack("<H", 60_000) + whole[528:])
    with pytest.raises(FileFormatError, match="claims 60000 blocks"):
        read_session(path)


@pytest.mark.real_data
def test_real_files_hold_what_neo_finds_in_them(shared_data: Path) -> None:
    """Every block and every sample of the nine small files, where neo's 32 bits are enough."""
    compared = 0
    for path in sorted((shared_data / "spike2").iterdir()):
        raw = Spike2RawIO(str(path), try_signal_grouping=False)
        raw.parse_header()
        son = {channel.number - 1: channel for channel in open_son(path).channels}
        for index, blocks in raw._all_data_blocks.items():
            if index in son:
                np.testing.assert_array_equal(blocks["pos"], son[index].blocks["at"])
                np.testing.assert_array_equal(blocks["size"], son[index].blocks["items"])
        for stream, row in enumerate(raw.header["signal_channels"]):
            counts = raw.get_analogsignal_chunk(0, 0, None, None, stream)[:, 0]
            np.testing.assert_array_equal(counts, son[int(row["id"])].data.read())
            compared += len(counts)
    assert compared > 1_500_000


def test_neo_loses_what_lies_beyond_2_gib(tmp_path: Path) -> None:
    far = Block(500, 995, 100, bytes(200), at=2**31 + 1024)
    path = write_smr(tmp_path / "far.smr", [Written(ADC, "wire", [Block(0, 495, 100, bytes(200)), far])])
    assert path.stat().st_blocks * 512 < 1e6
    assert read_session(path).support.stop_s == pytest.approx(0.01)
    raw = Spike2RawIO(str(path))
    try:
        with np.errstate(all="raise"), pytest.warns(RuntimeWarning):
            raw.parse_header()
    except BaseException:
        return
    pytest.skip("neo has mended offsets beyond 2 GiB: the way round in ephys/io/son.py can go")
