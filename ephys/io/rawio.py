"""Any format that neo reads, through its raw layer: voltage stays in the file, clocks and marks are kept."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import neo.rawio
import numpy as np
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io.assemble import Found, assemble
from ephys.io.contents import Channel, Contents, scale_uv
from ephys.io.foreign import foreign, with_remarks
from ephys.io.sources import ChainReader, CountSource, GridValues, NeoReader
from ephys.io.trains import Train, unique_names
from ephys.model import Epoch, Event, Monitor, ReadingSettings, Recording, Run, Support

with np.printoptions():  # pyabf sets numpy's print options when it is imported: they are the user's, not a reader's
    import pyabf

_UNSORTED = ("#0", "#255")
"""Codes of spikes that are no unit: 0 is unsorted in every format, 255 is noise in Blackrock's."""


def raw_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read a file of any format that neo knows by its extension.

    Raises
    ------
    FileFormatError
        If no reader knows it, or every one that does fails.
    """
    readers = [r for r in neo.rawio.get_rawio(path, exclusive_rawio=False) if r is not neo.rawio.RawBinarySignalRawIO]
    if path.suffix.lower() in (".raw", ".bin", ".dat") and not readers:
        raise FileFormatError(
            f"{path}: raw binary says neither its rate nor its channels; read it with numpy and give it to "
            "Recording.from_array(traces, sampling_hz=..., gain_uv=...)"
        )
    errors = []
    for reader in readers:
        try:
            return _read(reader, path, reading)
        except FileFormatError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    raise FileFormatError(
        f"{path}: not a format that is known; read so far: Spike2 .smr and .mat, NWB, spike times as .csv or .npy, "
        "and what neo's raw layer opens by its extension"
    )


def _read(reader: Any, path: Path, reading: ReadingSettings) -> Contents:
    """Read a file with one of neo's readers."""
    kind = reader.__name__.removesuffix("RawIO")
    with foreign(path, kind) as said:
        raw = open_raw(reader, path)
        signals = raw_signals(raw, range(1, len(raw.header["signal_channels"]) + 1))
        found = _found(raw, path, len(signals))
        contents = assemble(path, kind, reading, signals, found, lambda: whole(raw, found.trains))
    return with_remarks(contents, said)


def open_raw(reader: Any, path: Path, **keywords: Any) -> Any:
    """Open a file with one of neo's raw readers and parse its header."""
    if "progress_bar" in inspect.signature(reader).parameters:
        keywords["progress_bar"] = False
    raw = reader(**{"dirname" if reader.rawmode == "one-dir" else "filename": str(path)}, **keywords)
    raw.parse_header()
    return raw


def whole(raw: Any, trains: Iterable[Train]) -> Support:
    """When a session without a wire was recorded: the stretches of its file, out to its first and last spike."""
    count = raw.segment_count(0)
    bounds = [[float(raw.segment_t_start(0, i)), float(raw.segment_t_stop(0, i))] for i in range(count)]
    spikes = [train.times_s for train in trains if len(train.times_s)]
    bounds[0][0] = min([bounds[0][0], *(float(times[0]) for times in spikes)])
    bounds[-1][1] = max([bounds[-1][1], *(float(times[-1]) for times in spikes)])
    return Support(tuple(Epoch(start, stop, "recorded") for start, stop in bounds))


# --- continuous channels ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class RawSignal:
    """A continuous channel, and where neo keeps it."""

    raw: Any = field(repr=False)
    channel: Channel
    stream: int
    index: int
    gain: float
    offset: float
    dtype: np.dtype[Any]

    @property
    def step(self) -> float | None:
        """Channel's own unit per count; ``None`` where floating-point numbers are stored."""
        return self.gain if self.dtype.kind in "iu" else None

    def recording(self, reading: ReadingSettings, name: str) -> Recording:
        """Return the voltage in µV, unread."""
        gain_uv, offset_uv = scale_uv(reading, self.channel.unit, self.gain, self.offset)
        source = CountSource(self._reader(), self.channel.count, 1, self.dtype, gain_uv, offset_uv)
        hz = self.channel.sampling_hz
        return Recording(source, hz, _runs(self.raw, self.stream, hz), (self.channel.name,), reading.band, name)

    def monitor(self) -> Monitor:
        """Return the values in their own unit, unread; a pause is NaN."""
        hz = self.channel.sampling_hz
        values = GridValues(self._reader(), _runs(self.raw, self.stream, hz), hz, self.gain, self.offset)
        return Monitor(self.channel.name, values, hz, self.channel.start_s, self.channel.unit)

    def _reader(self) -> ChainReader:
        """Return what reads the stored numbers, the pauses left out."""
        sizes = [size for size, _ in _segments(self.raw, self.stream)]
        return ChainReader(
            tuple((NeoReader(self.raw, seg, self.stream, (self.index,)), n) for seg, n in enumerate(sizes))
        )


def raw_signals(raw: Any, numbers: Sequence[int]) -> tuple[RawSignal, ...]:
    """List the continuous channels.

    Parameters
    ----------
    raw : neo raw reader
        With its header parsed.
    numbers : sequence of int
        Number of each channel, as the acquisition program shows it.
    """
    header = raw.header["signal_channels"]
    streams = list(raw.header["signal_streams"]["id"])
    names = unique_names([clean(row["name"]) for row in header], numbers)
    found = []
    for row, name, number in zip(header, names, numbers, strict=True):
        stream = streams.index(row["stream_id"])
        index = [other["id"] for other in header if other["stream_id"] == row["stream_id"]].index(row["id"])
        hz = rate(row["sampling_rate"])
        runs = _runs(raw, stream, hz)
        start, stop = (runs[0].start_s, runs[-1].start_s + runs[-1].n_samples / hz) if runs else (np.nan, np.nan)
        samples = sum(run.n_samples for run in runs)
        channel = Channel(number, name, "voltage", samples, clean(row["units"]), hz, start, stop)
        found.append(
            RawSignal(raw, channel, stream, index, float(row["gain"]), float(row["offset"]), np.dtype(row["dtype"]))
        )
    return tuple(found)


def clean(text: Any) -> str:
    """Text of a header, ended by its first NUL, without padding."""
    return str(text).split("\x00")[0].strip()


def rate(hz: Any) -> float:
    """Sampling rate without the rounding error of an interval: 1 / 40 µs is 25000, not 25000.000000000004."""
    return float(f"{float(hz):.12g}")


def _segments(raw: Any, stream: int) -> list[tuple[int, float]]:
    """Samples and start of each stretch of a stream, as neo cuts it."""
    count = raw.segment_count(0)
    return [(int(raw.get_signal_size(0, i, stream)), float(raw.get_signal_t_start(0, i, stream))) for i in range(count)]


def _runs(raw: Any, stream: int, hz: float) -> tuple[Run, ...]:
    """Return the unbroken stretches of a stream; those that follow without a pause are one."""
    runs: list[Run] = []
    first = 0
    for size, start_s in _segments(raw, stream):
        if size and runs and abs(runs[-1].start_s + runs[-1].n_samples / hz - start_s) < 0.5 / hz:
            runs[-1] = replace(runs[-1], n_samples=runs[-1].n_samples + size)
        elif size:
            runs.append(Run(first, size, start_s))
        first += size
    return tuple(runs)


# --- spikes and marks of formats that have no reader of their own ----------------------------------------------------


def _found(raw: Any, path: Path, before: int) -> Found:
    """Read spikes and marks as neo has them."""
    segments = range(raw.segment_count(0))
    spike_rows, event_rows = raw.header["spike_channels"], raw.header["event_channels"]
    numbers = [before + i + 1 for i in range(len(spike_rows) + len(event_rows))]
    names = unique_names([clean(row["name"]) for row in (*spike_rows, *event_rows)], numbers)
    trains, events, channels = [], [], []
    for i, row in enumerate(spike_rows):
        times = np.sort(np.concatenate([_spike_times(raw, segment, i) for segment in segments]))
        trains.append(Train(names[i], times, "file", multi_unit=clean(row["id"]).endswith(_UNSORTED)))
        channels.append(Channel(numbers[i], names[i], "spikes", len(times), used="units"))
    for i in range(len(event_rows)):
        name, number = names[len(spike_rows) + i], numbers[len(spike_rows) + i]
        marks = [mark for segment in segments for mark in _marks(raw, segment, i, name)]
        events += marks
        channels.append(Channel(number, name, "event", len(marks), used="marks"))
    if type(raw).__name__ == "AxonRawIO":  # neo gives the tags of ABF1 at 0 s, and some of ABF2 four times too late
        events = _abf_tags(path)
    doubts = ("formats other than Spike2 and NWB are read as neo has them; check times and units",)
    return Found(tuple(trains), tuple(sorted(events, key=lambda e: e.time_s)), tuple(channels), doubts)


def _spike_times(raw: Any, segment: int, index: int) -> NDArray[np.float64]:
    """Spike times of one channel in one stretch, in seconds."""
    stamps = raw.get_spike_timestamps(block_index=0, seg_index=segment, spike_channel_index=index)
    times: NDArray[np.float64] = raw.rescale_spike_timestamp(stamps, dtype="float64")
    return times


def _marks(raw: Any, segment: int, index: int, channel: str) -> list[Event]:
    """Marks of one channel in one stretch."""
    stamps, _, labels = raw.get_event_timestamps(block_index=0, seg_index=segment, event_channel_index=index)
    times = raw.rescale_event_timestamp(stamps, dtype="float64", event_channel_index=index)
    return [Event(float(t), clean(label), channel=channel) for t, label in zip(times, labels, strict=True)]


def _abf_tags(path: Path) -> list[Event]:
    """Tags of an Axon file, times and comments as pyabf reads them."""
    abf = pyabf.ABF(str(path), loadData=False)
    return [Event(float(t), str(c), channel="Tag") for t, c in zip(abf.tagTimesSec, abf.tagComments, strict=True)]
