"""Formats read through neo's raw layer: voltage stays in the file, clocks and marks are kept.

What neo gets wrong, or does not say, is put right format by format (`axon`, `blackrock`, `neuroexplorer`, `plexon`);
here is what they share.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import neo.rawio
import numpy as np

from ephys.errors import FileFormatError
from ephys.io.assemble import Found, assemble
from ephys.io.contents import Channel, Contents
from ephys.io.foreign import foreign, with_remarks
from ephys.io.raw_spikes import Cell, Opened, clean, plain_cells, raw_marks, read_cells
from ephys.io.signals import StoredSignal, believable, joined, rate, rate_doubt, voltage_channel
from ephys.io.sources import ChainReader, NeoReader
from ephys.io.trains import Train, unique_names
from ephys.model import Epoch, Event, ReadingSettings, Support


def raw_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read a file of any other format that neo knows by its extension.

    Raises
    ------
    FileFormatError
        If no reader knows it, or every one that does fails.
    """
    known = neo.rawio.get_rawio(path, exclusive_rawio=False)
    readers = [r for r in known if r.rawmode != "one-dir" and r is not neo.rawio.RawBinarySignalRawIO]
    errors = []
    for reader in readers:
        try:
            return untried_contents(path, reading, reader)
        except FileFormatError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    raise FileFormatError(
        f"{path}: not a format that is known: neither by how it begins nor, to neo's raw layer, by its extension; "
        "docs/formats.md lists what is read"
    )


def untried_contents(
    path: Path,
    reading: ReadingSettings,
    reader: Any,
    *,
    signals: Callable[[Opened], Sequence[StoredSignal]] | None = None,
) -> Contents:
    """Read a file, or a folder, of a format that was tried on no real file; the session says so.

    Parameters
    ----------
    path, reading : Path, ReadingSettings
        The file or folder, and what the user says of it.
    reader : neo raw reader
        Its class.
    signals : callable, optional
        Reads continuous channels, where neo's are not to be had as they are.
    """
    kind = reader.__name__.removesuffix("RawIO")
    doubt = f"no real {kind} recording was at hand to try this on: it is read as neo has it; check times and units"
    return read_raw(path, reading, kind, lambda: open_raw(reader, path), signals=signals, remarks=lambda _: (doubt,))


def read_raw(
    path: Path,
    reading: ReadingSettings,
    kind: str,
    opened: Callable[[], Any],
    *,
    cells: Callable[[Any], Sequence[Cell]] | None = None,
    signals: Callable[[Opened], Sequence[StoredSignal]] | None = None,
    marks: Callable[[Opened], Sequence[Event]] | None = None,
    remarks: Callable[[Opened], tuple[str, ...]] | None = None,
) -> Contents:
    """Read a file with one of neo's readers.

    Parameters
    ----------
    path, reading : Path, ReadingSettings
        The file, and what the user says of it.
    kind : str
        What messages call the format.
    opened : callable
        Gives neo's reader with its header parsed.
    cells : callable, optional
        Says what neo's spike channels mean in this format.
    signals, marks : callable, optional
        Read continuous channels and marks, where neo's are not to be had as they are.
    remarks : callable, optional
        Says what is odd about the file.

    Raises
    ------
    FileFormatError
        If the file is damaged, or holds nothing.
    """
    with foreign(path, kind) as said:
        file = kept(opened())
        waves = (signals or raw_signals)(file)
        rows = file.raw.header["signal_channels"]
        trains, listed, odd = read_cells(file, (cells or plain_cells)(file.raw), reading, len(rows))
        events, channels = _events(file, marks, len(rows) + len(listed))
        odd = (*file.doubts, *_rates(rows), *odd, *(remarks(file) if remarks else ()))
        found = Found(trains, events, (*_unread(rows), *listed, *channels), odd, started_at(file.raw))
        contents = assemble(path, kind, reading, waves, found, lambda: whole(file, trains))
    return with_remarks(contents, said)


def open_raw(reader: Any, path: Path) -> Any:
    """Open a file, or a folder, with one of neo's raw readers and parse its header."""
    quiet = {"progress_bar": False} if "progress_bar" in inspect.signature(reader).parameters else {}
    return parsed(reader(**{"dirname" if reader.rawmode == "one-dir" else "filename": str(path)}, **quiet))


def parsed(raw: Any) -> Any:
    """Return neo's reader with its header parsed."""
    raw.parse_header()
    return raw


def kept(raw: Any) -> Opened:
    """Choose the stretches of a file whose clock goes on; where it starts anew, the longest part is kept."""
    if raw.segment_count(0) < 1:
        raise FileFormatError("holds no data: no stretch was recorded")
    spans = [_span(raw, i) for i in range(raw.segment_count(0))]
    parts: list[list[int]] = []
    for i, (start_s, _) in enumerate(spans):
        if parts and start_s >= spans[parts[-1][-1]][1] - _OVERLAP_S:
            parts[-1].append(i)
        else:
            parts.append([i])
    seconds = [sum(spans[i][1] - spans[i][0] for i in part) for part in parts]
    doubts = []
    if raw.block_count() > 1:
        doubts.append(f"holds {raw.block_count()} experiments: the first is read")
    if len(parts) > 1:
        doubts.append(
            f"the file's clock starts anew {len(parts) - 1} times: its longest part is read, "
            f"{sum(seconds) - max(seconds):.3g} s are left out"
        )
    return Opened(raw, tuple(parts[int(np.argmax(seconds))]), tuple(doubts))


def _span(raw: Any, segment: int) -> tuple[float, float]:
    """First and last second of a stretch: its signals', where it does not contain them (neo's SpikeGLX)."""
    start_s, stop_s = float(raw.segment_t_start(0, segment)), float(raw.segment_t_stop(0, segment))
    for stream in range(len(raw.header["signal_streams"])):
        hz = float(raw.get_signal_sampling_rate(stream))
        first_s = float(raw.get_signal_t_start(0, segment, stream))
        last_s = first_s + raw.get_signal_size(0, segment, stream) / hz if believable(hz) else first_s
        if last_s > stop_s + _OVERLAP_S:
            return first_s, last_s
    return start_s, stop_s


_OVERLAP_S = 1e-3
"""Stretches that reach into one another by less still follow one another. Convention."""


def whole(file: Opened, trains: Iterable[Train]) -> Support:
    """When a session without a wire was recorded: the stretches of its file, out to its first and last spike."""
    starts, stops = (list(edges) for edges in zip(*(_span(file.raw, i) for i in file.segments), strict=True))
    spikes = [train.times_s for train in trains if len(train.times_s)]
    starts[0] = min([starts[0], *(float(times[0]) for times in spikes)])
    stops[-1] = max([stops[-1], *(float(times[-1]) for times in spikes)])
    starts = [starts[0], *np.maximum(starts[1:], stops[:-1]).tolist()]
    if not starts[0] < stops[-1]:  # one mark, or spikes at one instant: there is no time in which there is none
        stops[-1] = starts[0] + _OVERLAP_S
    return Support(tuple(Epoch(a, b, "recorded") for a, b in zip(starts, stops, strict=True) if a < b))


def started_at(raw: Any) -> datetime | None:
    """When second 0 was, where the file says; ``None`` otherwise."""
    when = raw.raw_annotations["blocks"][0].get("rec_datetime")
    return when if isinstance(when, datetime) and when.year > 1980 else None


# --- continuous channels ---------------------------------------------------------------------------------------------


def raw_signals(file: Opened) -> tuple[StoredSignal, ...]:
    """List the continuous channels as neo has them; those with a rate that cannot be are left out."""
    raw, header = file.raw, file.raw.header["signal_channels"]
    streams = list(raw.header["signal_streams"]["id"])
    found = []
    for number, (row, name) in enumerate(zip(header, signal_names(header), strict=True), 1):
        hz = rate(row["sampling_rate"])
        if not believable(hz):
            continue
        stream = streams.index(row["stream_id"])
        mates = [other["id"] for other in header if other["stream_id"] == row["stream_id"]]
        index = (mates.index(row["id"]),)
        sizes = [int(raw.get_signal_size(0, i, stream)) for i in file.segments]
        starts = [float(raw.get_signal_t_start(0, i, stream)) for i in file.segments]
        runs = joined(zip(sizes, starts, strict=True), hz)
        channel = voltage_channel(number, name, clean(row["units"]), hz, runs)
        parts = tuple((NeoReader(raw, i, stream, index), n) for i, n in zip(file.segments, sizes, strict=True))
        dtype, gain, offset = np.dtype(row["dtype"]), float(row["gain"]), float(row["offset"])
        found.append(StoredSignal(channel, runs, ChainReader(parts), dtype, gain, offset))
    return tuple(found)


def signal_names(header: Sequence[Any]) -> list[str]:
    """Names of neo's continuous channels, each once."""
    return unique_names([clean(row["name"]) for row in header], range(1, len(header) + 1))


def _rates(header: Sequence[Any]) -> tuple[str, ...]:
    """Say which channels claim a rate that cannot be."""
    rates = [rate(row["sampling_rate"]) for row in header]
    return tuple(doubt for name, hz in zip(signal_names(header), rates, strict=True) for doubt in rate_doubt(name, hz))


def _unread(header: Sequence[Any]) -> list[Channel]:
    """List the channels whose rate cannot be."""
    rates = [rate(row["sampling_rate"]) for row in header]
    return [
        Channel(number, name, "voltage", 0, clean(row["units"]), hz, used="not read")
        for number, (row, name, hz) in enumerate(zip(header, signal_names(header), rates, strict=True), 1)
        if not believable(hz)
    ]


def _events(
    file: Opened, marks: Callable[[Opened], Sequence[Event]] | None, before: int
) -> tuple[tuple[Event, ...], list[Channel]]:
    """Read the marks, and list the channels that have them."""
    events = raw_marks(file) if marks is None else marks(file)
    ordered = tuple(sorted(events, key=lambda event: event.time_s))
    names = dict.fromkeys(event.channel for event in events)
    channels = []
    for number, name in enumerate(names, before + 1):
        times = [event.time_s for event in ordered if event.channel == name]
        channels.append(Channel(number, name, "event", len(times), start_s=times[0], stop_s=times[-1], used="marks"))
    return ordered, channels
