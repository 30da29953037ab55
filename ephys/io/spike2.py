"""Spike2 files, ``.smr`` and ``.smrx``: WaveMarks become units at their peaks, marks keep text, code and polarity.

A WaveMark's time is that of its first sample (measured on a file that has the wire beside it); its peak is where the
channel's header says, and not at half the window. Each channel keeps its own rate, start and pauses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io.assemble import Found, assemble
from ephys.io.contents import WIRE_MIN_HZ, Channel, Contents, scale_doubts, scale_uv
from ephys.io.foreign import foreign, with_remarks
from ephys.io.signals import StoredSignal, believable, joined, rate, rate_doubt, voltage_channel
from ephys.io.son import (
    ADC,
    ADC_MARK,
    EVENT_BOTH,
    EVENT_FALL,
    EVENT_RISE,
    MARKER,
    REAL_MARK,
    REAL_WAVE,
    TEXT_MARK,
    TO_THE_END,
    SonChannel,
    SonFile,
    open_son,
    text,
)
from ephys.io.son_64 import open_smrx
from ephys.io.trains import Train, aligned, unique_names
from ephys.model import Epoch, Event, ReadingSettings, Support

_KEYBOARD = 31
"""This channel holds the keyboard's markers: their code is the key."""


def smr_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read a 32-bit ``.smr`` file.

    Raises
    ------
    FileFormatError
        If the file is damaged, cut short or empty.
    """
    return _contents(path, reading, "Spike2 .smr", open_son)


def smrx_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read a 64-bit ``.smrx`` file; damage that can be read around is a doubt.

    Raises
    ------
    FileFormatError
        If the file's header is damaged or cut short, or it is empty.
    """
    return _contents(path, reading, "Spike2 .smrx", open_smrx)


def _contents(path: Path, reading: ReadingSettings, kind: str, opened: Callable[[Path], SonFile]) -> Contents:
    """Read a file of either format."""
    with foreign(path, "Spike2") as said:
        son = opened(path)
        if son.remarks and not any(channel.count for channel in son.channels):
            raise FileFormatError(f"{path}: holds no data that can be read: {'; '.join(son.remarks)}")
        signals, doubts = _signals(son)
        found = _found(son, reading, (*son.remarks, *doubts))
        contents = assemble(path, kind, reading, signals, found, lambda: _whole(son, found))
    return with_remarks(contents, said)


def _whole(son: SonFile, found: Found) -> Support:
    """When a session without a wire was recorded: from 0, or where its slow signals begin, to the last datum."""
    held = [channel for channel in son.channels if channel.count]
    waves = [c for c in held if c.kind in (ADC, REAL_WAVE)]
    start_s = min((float(c.blocks["start"][0]) * son.tick_s for c in waves), default=0.0)
    stop_s = max([son.stop_s, *(float(c.blocks["end"][-1]) * son.tick_s for c in waves or held)])
    spikes = [train.times_s for train in found.trains if len(train.times_s)]
    start_s = min([start_s, *(float(times[0]) for times in spikes)])
    stop_s = max([stop_s, *(float(times[-1]) for times in spikes)])
    return Support.of(Epoch(start_s, max(stop_s, start_s + son.tick_s), "recorded"))


# --- continuous channels ---------------------------------------------------------------------------------------------


def _signals(son: SonFile) -> tuple[tuple[StoredSignal, ...], tuple[str, ...]]:
    """List the continuous channels, unread, and say which claim a rate that cannot be."""
    waves = [c for c in son.channels if c.kind in (ADC, REAL_WAVE)]
    names = unique_names([c.title or "untitled" for c in waves], [c.number for c in waves])
    rates = [rate(1 / c.interval_s) if c.interval_s > 0 else 0.0 for c in waves]
    signals = tuple(
        _signal(c, son.tick_s, name, hz) for c, name, hz in zip(waves, names, rates, strict=True) if believable(hz)
    )
    return signals, tuple(doubt for name, hz in zip(names, rates, strict=True) for doubt in rate_doubt(name, hz))


def _signal(channel: SonChannel, tick_s: float, name: str, hz: float) -> StoredSignal:
    """Return one continuous channel."""
    blocks = channel.blocks
    starts_s = blocks["start"] * tick_s
    runs = joined([(int(n), float(t)) for n, t in zip(blocks["items"], starts_s, strict=True)], hz)
    listed = voltage_channel(channel.number, name, channel.unit, hz, runs)
    return StoredSignal(listed, runs, channel.data, channel.data.item, channel.gain, channel.offset)


# --- marks -----------------------------------------------------------------------------------------------------------


def _found(son: SonFile, reading: ReadingSettings, doubts: tuple[str, ...]) -> Found:
    """Read spikes and marks, channel by channel."""
    kept = [channel for channel in son.channels if channel.kind not in (ADC, REAL_WAVE)]
    names = unique_names([channel.title or "untitled" for channel in kept], [channel.number for channel in kept])
    trains: list[Train] = []
    events: list[Event] = []
    channels: list[Channel] = []
    for channel, name in zip(kept, names, strict=True):
        doubts += _losses(channel, name)
        if channel.kind == ADC_MARK or (channel.kind == REAL_MARK and channel.interval_s > 0):
            listed, found, odd = _wavemarks(son, channel, name, reading)
            trains += [replace(train, lost=channel.lost) for train in found]
            doubts += odd
        else:
            marks = [*_marks(son, channel, name), *_lost_marks(channel, name)]
            listed, events = _listed(channel, name, [mark.time_s for mark in marks]), events + marks
        channels.append(listed)
    events.sort(key=lambda mark: mark.time_s)
    return Found(tuple(trains), tuple(events), tuple(channels), doubts, son.started_at, son.says_its_end)


def _losses(channel: SonChannel, name: str) -> tuple[str, ...]:
    """Say when spikes or marks may have been that the file has lost: that is not silence, and a dose may be missing."""
    if not channel.lost:
        return ()
    when = ", ".join(f"{e.start_s:g} {'s on' if e.label == TO_THE_END else f'to {e.stop_s:g} s'}" for e in channel.lost)
    return (
        f"channel {name!r}: events from {when} may be lost with a part of the file that is damaged or was not written; "
        "its units count as not recorded there, and drug marks may be missing",
    )


def _lost_marks(channel: SonChannel, name: str) -> list[Event]:
    """Return a mark of its own where typed marks may be lost: what was given then is not known, and is asked about."""
    typed = channel.kind in (MARKER, TEXT_MARK)
    return [Event(lost.start_s, "marks may be lost from here", channel=name) for lost in channel.lost if typed]


def _listed(channel: SonChannel, name: str, times: list[float]) -> Channel:
    """Return an event channel for the list of contents."""
    first, last = (times[0], times[-1]) if times else (np.nan, np.nan)
    return Channel(
        channel.number, name, "event", len(times), start_s=first, stop_s=last, used="marks", lost=channel.lost
    )


def _marks(son: SonFile, channel: SonChannel, name: str) -> list[Event]:
    """Return the marks of one channel."""
    items = channel.data.read()
    times = items["tick"] * son.tick_s
    if channel.kind in (EVENT_FALL, EVENT_RISE, EVENT_BOTH):
        edges = _edges(channel, items)
        return [Event(float(t), channel=name, polarity=p) for t, p in zip(times, edges, strict=True)]
    codes = [marker_code(int(marker) & 255, keyboard=channel.number == _KEYBOARD) for marker in items["marker"]]
    texts = [text(bytes(label)) for label in items["label"]] if channel.kind == TEXT_MARK else [""] * len(times)
    return [Event(float(t), said, code, name) for t, said, code in zip(times, texts, codes, strict=True)]


def _edges(channel: SonChannel, items: NDArray[Any]) -> list[str]:
    """Polarity of each event: of the channel; where it marks both edges, as the code says, or in turn."""
    if channel.kind != EVENT_BOTH:
        return ["fall" if channel.kind == EVENT_FALL else "rise"] * len(items)
    if "marker" in (items.dtype.names or ()):
        return ["rise" if code else "fall" for code in items["marker"] & 255]
    turn = ("rise", "fall") if channel.starts_low else ("fall", "rise")
    return [turn[i % 2] for i in range(len(items))]


def marker_code(code: int, *, keyboard: bool) -> str:
    """Key of a keyboard marker, number of any other.

    >>> marker_code(99, keyboard=True), marker_code(2, keyboard=False)
    ('c', '2')
    """
    return chr(code) if keyboard and chr(code).isprintable() else str(code)


# --- WaveMarks -------------------------------------------------------------------------------------------------------


def _wavemarks(
    son: SonFile, channel: SonChannel, name: str, reading: ReadingSettings
) -> tuple[Channel, list[Train], tuple[str, ...]]:
    """Return the units of one WaveMark channel, one per code, with what is odd about it."""
    items = channel.data.read()
    times, codes = items["tick"] * son.tick_s, items["marker"] & 255
    hz = rate(1 / channel.interval_s) if channel.interval_s > 0 else 0.0
    span = (float(times[0]), float(times[-1])) if len(times) else (np.nan, np.nan)
    listed = Channel(
        channel.number, name, "spikes", len(times), channel.unit, hz, *span, used="units", lost=channel.lost
    )
    wanted = [int(code) for code in np.unique(codes)]
    if not wanted:
        return listed, [], ()
    if not hz >= WIRE_MIN_HZ:
        doubt = (
            f"channel {name!r} claims {hz:.4g} Hz for its spikes, which cannot be: their shapes are not read, and "
            "their times are those of the first sample, not of the peak"
        )
        trains = [Train(f"{name}:{c}", times[codes == c], "wavemark", multi_unit=c == 0) for c in wanted]
        return listed, trains, (doubt,)
    shapes = _shapes(items["waveform"], channel, reading)
    trains = [
        aligned(f"{name}:{c}", times[codes == c], shapes[codes == c], hz, channel.pre, unsorted=c == 0) for c in wanted
    ]
    step = channel.gain if channel.kind == ADC_MARK else None
    return listed, trains, scale_doubts(reading, name, channel.unit, step)


def _shapes(stored: NDArray[np.generic], channel: SonChannel, reading: ReadingSettings) -> NDArray[np.float32]:
    """Return snippets in µV as (spikes, samples, wires)."""
    gain, offset = scale_uv(reading, channel.unit, channel.gain, channel.offset)
    shapes: NDArray[np.float32] = stored.astype(np.float32) * np.float32(gain) + np.float32(offset)
    return shapes.reshape(len(stored), -1, channel.traces)
