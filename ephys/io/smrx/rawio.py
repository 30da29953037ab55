"""Spike2's ``.smrx`` files for neo, without the vendor's library: `SmrxRawIO`, and `SmrxIO` on top of it.

Pauses become segments. Within one, every channel is unbroken, or has no sample at all. Marks lie where their ticks
say, and none is lost: one that was made in a pause belongs to the segment before it.
"""

# ruff: noqa: ARG002  # neo calls with block_index, of which there is one, and by position

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from neo.io.basefromrawio import BaseFromRaw
from neo.rawio.baserawio import (
    BaseRawIO,
    _event_channel_dtype,
    _signal_buffer_dtype,
    _signal_channel_dtype,
    _signal_stream_dtype,
    _spike_channel_dtype,
)
from numpy.typing import NDArray

from ephys.io.smrx.channels import SmrxChannel, SmrxEvents, SmrxRealMarks, SmrxWaveMarks
from ephys.io.smrx.file import SmrxFile
from ephys.io.smrx.marks import Marks, marks_of
from ephys.io.smrx.segments import bounds_of, cuts_of, sections_of, streams_of
from ephys.io.smrx.waves import SmrxWave

_SPIKES = (SmrxWaveMarks, SmrxRealMarks)

_NO_RATE_HZ = 1.0
"""Stands for the rate of a RealMark's numbers, which have none: without one, neo refuses to load any waveform."""


class SmrxRawIO(BaseRawIO):  # type: ignore[misc]  # neo has no types
    """Spike2's 64-bit ``.smrx`` files.

    Channels that were sampled at the very same ticks, and are stored as the same type, are one stream. Every pause of
    any channel begins a segment; a channel that has no samples there has the size 0. Waveforms of WaveMarks begin at
    the spike's time; ``wf_left_sweep`` is the number of samples before the one that triggered. The numbers of RealMarks
    stand as waveforms at a nominal 1 Hz.

    Parameters
    ----------
    filename : str or Path, default: ''
        The .smrx file to be loaded.
    ced_units : bool, default: True
        If True, every first code of a WaveMark channel is a spike channel of its own, ``ch4#1``; else the whole channel
        is one, ``ch4#all``.

    Raises
    ------
    ephys.errors.FileFormatError
        By `parse_header`, if it is no such file, or its header is damaged.

    Examples
    --------
    >>> from ephys.io.smrx import SmrxRawIO
    >>> reader = SmrxRawIO("sample_data/spike2_session.smrx")
    >>> reader.parse_header()
    >>> reader.get_analogsignal_chunk(i_start=0, i_stop=1024, stream_index=0).shape
    (1024, 1)
    """

    extensions: ClassVar[list[str]] = ["smrx"]
    rawmode = "one-file"

    def __init__(self, filename: str | Path = "", ced_units: bool = True) -> None:
        BaseRawIO.__init__(self)
        self.filename = filename
        self.ced_units = ced_units
        self._file: SmrxFile | None = None

    def __del__(self) -> None:
        """Let go of the file, which is mapped into memory."""
        file: SmrxFile | None = getattr(self, "_file", None)  # it has none where __init__ failed
        if file is not None:
            file.close()

    def _source_name(self) -> str:
        return str(self.filename)

    # --- header ------------------------------------------------------------------------------------------------------

    def _parse_header(self) -> None:
        self._file = file = SmrxFile(self.filename)
        self._tick_s = file.time_base_s
        self._streams = streams_of(channel for channel in file.channels if isinstance(channel, SmrxWave))
        cuts = cuts_of(self._streams)
        marks = [marks_of(channel, cuts) for channel in file.channels if isinstance(channel, SmrxEvents)]
        self._events = [own for own in marks if not isinstance(own.channel, _SPIKES)]
        self._units = [unit for own in marks if isinstance(own.channel, _SPIKES) for unit in self._units_of(own, cuts)]
        self._waveforms: dict[int, NDArray[Any]] = {}
        self._sections = [sections_of(stream, cuts) for stream in self._streams]
        self._start, self._stop = bounds_of(cuts, self._sections, [(own.ticks, own.edges) for own in marks])
        self._set_header()
        self._generate_minimal_annotations()
        self._annotate(file)

    def _units_of(self, marks: Marks, cuts: NDArray[np.int64]) -> list[tuple[str, Marks]]:
        """Return the spikes of each code of a channel, or all of them as one, by what stands for them in the id."""
        if not self.ced_units:
            return [("all", marks)]
        return [(str(code), marks.of_code(code, cuts)) for code in np.unique(marks.codes[:, 0]).tolist()]

    def _set_header(self) -> None:
        """Fill in what neo wants to know of all channels."""
        streams = [(f"Signal stream {i}", str(i), "") for i in range(len(self._streams))]
        signals = [self._signal_row(c, str(i)) for i, stream in enumerate(self._streams) for c in stream.waves]
        spikes = [self._spike_row(name, unit.channel) for name, unit in self._units]
        events = [(_name(own.channel), str(own.channel.number), "event") for own in self._events]
        self.header = {
            "nb_block": 1,
            "nb_segment": [len(self._start)],
            "signal_buffers": np.array([], dtype=_signal_buffer_dtype),
            "signal_streams": np.array(streams, dtype=_signal_stream_dtype),
            "signal_channels": np.array(signals, dtype=_signal_channel_dtype),
            "spike_channels": np.array(spikes, dtype=_spike_channel_dtype),
            "event_channels": np.array(events, dtype=_event_channel_dtype),
        }

    def _signal_row(self, channel: SmrxWave, stream_id: str) -> tuple[Any, ...]:
        gain, offset = channel.gain
        rate_hz, dtype = self._rate_hz(channel), channel.dtype.name
        return _name(channel), str(channel.number), rate_hz, dtype, channel.units, gain, offset, stream_id, ""

    def _spike_row(self, unit: str, channel: Any) -> tuple[Any, ...]:
        identity = f"ch{channel.number}#{unit}"
        return _name(channel), identity, channel.units, *channel.gain, channel.pre, self._rate_hz(channel)

    def _rate_hz(self, channel: SmrxChannel) -> float:
        """Samples per second, without the rounding error of an interval: 25000, not 25000.000000000004."""
        return float(f"{1.0 / (channel.divide * self._tick_s):.12g}") if channel.divide else _NO_RATE_HZ

    def _annotate(self, file: SmrxFile) -> None:
        """Hand on what neo has no place for in the header: date, comments, ports, and all codes of marks."""
        block = self.raw_annotations["blocks"][0]
        block.update(rec_datetime=file.started_at, file_comments=list(file.file_comments), creator=file.creator)
        lost = {own.channel.number: self._lost_s(own.channel) for own in (*self._events, *(u for _, u in self._units))}
        signals, spikes, events = (block["segments"][0][kind] for kind in ("signals", "spikes", "events"))
        for notes, stream in zip(signals, self._streams, strict=True):
            columns = {key: [_notes(c)[key] for c in stream.waves] for key in _notes(stream.waves[0])}
            notes["__array_annotations__"].update({key: np.array(column) for key, column in columns.items()})
        for i, segment in enumerate(block["segments"]):
            segment["rec_datetime"] = file.started_at
            if file.remarks:
                segment["file_damage"] = list(file.remarks)
            segment["spikes"] = [
                {**self._noted(notes, unit, i), **lost[unit.channel.number]}
                for notes, (_, unit) in zip(spikes, self._units, strict=True)
            ]
            segment["events"] = [
                {**self._noted(notes, own, i), **lost[own.channel.number]}
                for notes, own in zip(events, self._events, strict=True)
            ]

    def _lost_s(self, channel: SmrxEvents) -> dict[str, Any]:
        """Return when a channel may have held more than the file has, and where its snippets' peaks are."""
        lost = (channel.lost_ticks * self._tick_s).tolist()
        peak: dict[str, Any] = {"pre_samples": channel.pre} if isinstance(channel, SmrxWaveMarks) else {}
        return {**peak, "lost_s": lost} if lost else peak

    def _noted(self, notes: dict[str, Any], marks: Marks, seg_index: int) -> dict[str, Any]:
        """Return the annotations of a segment's marks, with their codes."""
        codes = marks.codes[marks.within(seg_index, None, None, self._tick_s)].T
        arrays = {f"code{i}": code for i, code in enumerate(codes, 1)}
        return {**notes, **_notes(marks.channel), "__array_annotations__": {**notes["__array_annotations__"], **arrays}}

    # --- segments and signals ----------------------------------------------------------------------------------------

    def _segment_t_start(self, block_index: int, seg_index: int) -> float:
        return float(self._start[seg_index] * self._tick_s)

    def _segment_t_stop(self, block_index: int, seg_index: int) -> float:
        return float(self._stop[seg_index] * self._tick_s)

    def _get_signal_size(self, block_index: int, seg_index: int, stream_index: int) -> int:
        return int(self._sections[stream_index].size[seg_index])

    def _get_signal_t_start(self, block_index: int, seg_index: int, stream_index: int) -> float:
        sections = self._sections[stream_index]
        start = sections.start if sections.size[seg_index] else self._start
        return float(start[seg_index] * self._tick_s)

    def _get_analogsignal_chunk(
        self,
        block_index: int,
        seg_index: int,
        i_start: int | None,
        i_stop: int | None,
        stream_index: int,
        channel_indexes: Any,
    ) -> NDArray[Any]:
        waves, first = self._streams[stream_index].waves, int(self._sections[stream_index].edges[seg_index])
        size = self._get_signal_size(block_index, seg_index, stream_index)
        start, stop, _ = slice(i_start, i_stop).indices(size)
        columns = np.arange(len(waves))[slice(None) if channel_indexes is None else channel_indexes]
        chunk = np.empty((max(stop - start, 0), len(columns)), waves[0].dtype)
        for column, channel in enumerate(columns):
            chunk[:, column] = waves[channel].read_raw(first + start, first + max(start, stop))
        return chunk

    # --- spikes ------------------------------------------------------------------------------------------------------

    def _spike_count(self, block_index: int, seg_index: int, spike_channel_index: int) -> int:
        return len(self._get_spike_timestamps(block_index, seg_index, spike_channel_index, None, None))

    def _get_spike_timestamps(
        self, block_index: int, seg_index: int, spike_channel_index: int, t_start: float | None, t_stop: float | None
    ) -> NDArray[np.int64]:
        _, unit = self._units[spike_channel_index]
        return unit.ticks[unit.within(seg_index, t_start, t_stop, self._tick_s)]

    def _rescale_spike_timestamp(self, spike_timestamps: NDArray[np.int64], dtype: Any) -> NDArray[Any]:
        times_s: NDArray[Any] = (spike_timestamps * self._tick_s).astype(dtype)
        return times_s

    def _get_spike_raw_waveforms(
        self, block_index: int, seg_index: int, spike_channel_index: int, t_start: float | None, t_stop: float | None
    ) -> NDArray[Any]:
        _, unit = self._units[spike_channel_index]
        chosen = unit.rows[unit.within(seg_index, t_start, t_stop, self._tick_s)]
        number = unit.channel.number
        if number not in self._waveforms:  # kept: a file of sweeps asks for them thousands of times
            self._waveforms[number] = unit.channel.items["waveform"].transpose(0, 2, 1)
        return self._waveforms[number][chosen]

    # --- events ------------------------------------------------------------------------------------------------------

    def _event_count(self, block_index: int, seg_index: int, event_channel_index: int) -> int:
        chosen = self._events[event_channel_index].within(seg_index, None, None, self._tick_s)
        return int(chosen.stop - chosen.start)

    def _get_event_timestamps(
        self, block_index: int, seg_index: int, event_channel_index: int, t_start: float | None, t_stop: float | None
    ) -> tuple[NDArray[np.int64], None, NDArray[np.str_]]:
        marks = self._events[event_channel_index]
        chosen = marks.within(seg_index, t_start, t_stop, self._tick_s)
        return marks.ticks[chosen], None, marks.labels(chosen)

    def _rescale_event_timestamp(
        self, event_timestamps: NDArray[np.int64], dtype: Any, event_channel_index: int
    ) -> NDArray[Any]:
        return self._rescale_spike_timestamp(event_timestamps, dtype)


class SmrxIO(SmrxRawIO, BaseFromRaw):  # type: ignore[misc]  # neo has no types
    """Spike2's 64-bit ``.smrx`` files as neo's objects; `SmrxRawIO` has the parameters.

    Examples
    --------
    >>> from ephys.io.smrx import SmrxIO
    >>> block = SmrxIO("sample_data/spike2_session.smrx").read_block(load_waveforms=True)
    >>> [str(train.annotations["id"]) for train in block.segments[0].spiketrains]
    ['ch4#0', 'ch4#1', 'ch4#2']
    """

    _prefered_signal_group_mode = "group-by-same-units"

    def __init__(self, filename: str | Path, ced_units: bool = True) -> None:
        SmrxRawIO.__init__(self, filename=filename, ced_units=ced_units)
        BaseFromRaw.__init__(self, filename)


def _name(channel: SmrxChannel) -> str:
    """Return the title; spikes and signals without a name cannot be told apart in neo's tables."""
    return channel.title or "untitled"


def _notes(channel: SmrxChannel) -> dict[str, Any]:
    """Return what neo's reader of ``.smr`` files says of a channel too, and what it holds."""
    return {
        "physical_channel_index": channel.physical,
        "comment": channel.comment,
        "channel_kind": str(channel.kind),
    }
