"""Intan ``.rhd`` and ``.rhs`` files, and the folders of an ``info.rhd``: amplifiers, auxiliary inputs, digital lines.

Read through neo's raw layer, round its faults: it knows a file by its extension alone, refuses one whose time stamps
have a break, though they say how long it was, and gives a digital line as a signal: here its edges are marks.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from neo.rawio import IntanRawIO

from ephys.errors import FileFormatError
from ephys.io.contents import Contents
from ephys.io.header_bands import intan_signals
from ephys.io.links import opened_as
from ephys.io.raw_spikes import Opened
from ephys.io.rawio import parsed, raw_signals, read_raw
from ephys.io.signals import StoredSignal, joined, voltage_channel
from ephys.model import Event, ReadingSettings, Run

RHD, RHS = b"\x02\x27\x91\xc6", b"\xac\x27\x91\xd6"
"""How the files begin: 0xC6912702 and 0xD69127AC."""

_NOTE_AT = {RHD: 48, RHS: 72}
"""Where the header's first text begins, with its length."""

_NO_TEXT = 0xFFFFFFFF
_DIGITAL = "digital"
_CHUNK = 1_000_000
"""Samples of a digital line read at a time."""


def intan_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read an ``.rhd`` or ``.rhs`` file.

    Raises
    ------
    FileFormatError
        If the file is damaged or cut short.
    """
    return read_raw(path, reading, "Intan", lambda: _opened(path), signals=_signals, marks=_marks)


def _opened(path: Path) -> Any:
    """Open the file; one with another extension is linked under its own.

    Raises
    ------
    FileFormatError
        If it does not begin as Intan's files do: neo would take what follows for numbers of channels.
    """
    with path.open("rb") as file:
        first = file.read(_NOTE_AT[RHS] + 4)
    own = {RHD: ".rhd", RHS: ".rhs"}.get(first[:4])
    if own is None or not _is_whole(first, path.stat().st_size):
        raise FileFormatError(f"{path}: damaged, or not what its name says: it does not begin as Intan's files do")
    if path.suffix == own:
        return _open(path)
    return opened_as({path: f"session{own}"}, lambda links: _open(links / f"session{own}"))


def _is_whole(first: bytes, size: int) -> bool:
    """Whether the version and the first note's length can be true: neo would ask for the memory that they claim."""
    at = _NOTE_AT[first[:4]]
    if len(first) < at + 4:
        return False
    version, _ = struct.unpack_from("<hh", first, 4)
    (note,) = struct.unpack_from("<I", first, at)
    return bool(0 < version < 100 and (note == _NO_TEXT or note <= size))


def _open(path: Path) -> Any:
    """Open the file, whatever its time stamps."""
    return parsed(IntanRawIO(str(path), ignore_integrity_checks=True))


def _digital(file: Opened) -> set[str]:
    """Streams of digital lines."""
    streams = file.raw.header["signal_streams"]
    return {str(row["id"]) for row in streams if _DIGITAL in str(row["name"]).lower()}


def _signals(file: Opened) -> Sequence[StoredSignal]:
    """List the continuous channels, with the pauses that the time stamps show; digital lines are marks."""
    raw = file.raw
    digital = [str(row["stream_id"]) in _digital(file) for row in raw.header["signal_channels"]]
    analogue = intan_signals(file, [s for s in raw_signals(file) if not digital[s.channel.number - 1]])
    return [_placed(signal, raw) for signal in analogue] if raw.discontinuous_timestamps else analogue


def _placed(signal: StoredSignal, raw: Any) -> StoredSignal:
    """Return a signal with its pauses; slow channels have a sample for every so many of the amplifiers'."""
    runs = _paused(raw, signal.channel.sampling_hz, signal.channel.count)
    channel = signal.channel
    listed = voltage_channel(channel.number, channel.name, channel.unit, channel.sampling_hz, runs)
    return replace(signal, channel=listed, runs=runs)


def _paused(raw: Any, hz: float, count: int) -> tuple[Run, ...]:
    """Return the stretches of a channel of this rate, by the numbers of the amplifiers' samples."""
    numbers = np.asarray(raw.get_intan_timestamps(), dtype=np.int64)
    fastest_hz = float(raw._global_info["sampling_rate"])
    every = max(1, round(fastest_hz / hz))
    firsts = np.append(0, np.flatnonzero(np.diff(numbers) != 1) + 1)
    bounds = np.append(-(-firsts // every), count)
    starts_s = (numbers[firsts] - numbers[0]) / fastest_hz
    return joined([(int(n), float(t)) for n, t in zip(np.diff(bounds), starts_s, strict=True)], hz)


def _marks(file: Opened) -> list[Event]:
    """Rising and falling edges of the digital lines."""
    wanted = _digital(file)
    rows = file.raw.header["signal_channels"]
    digital = [i for i, row in enumerate(rows) if str(row["stream_id"]) in wanted]
    signals = {signal.channel.number - 1: signal for signal in raw_signals(file)} if digital else {}
    return [mark for i in digital for mark in _edges(file.raw, signals[i])]


def _edges(raw: Any, line: StoredSignal) -> list[Event]:
    """Edges of one line, which is taken to have been low before the file began."""
    channel, low, numbers, rises = line.channel, 0, [], []
    for start in range(0, channel.count, _CHUNK):
        level = line.read_counts(start, min(start + _CHUNK, channel.count))[:, 0].astype(np.int8)
        steps = np.diff(level, prepend=np.int8(low))
        at = np.flatnonzero(steps)
        numbers.append(at + start)
        rises.append(steps[at] > 0)
        low = int(level[-1])
    runs = _paused(raw, channel.sampling_hz, channel.count) if raw.discontinuous_timestamps else line.runs
    samples = np.concatenate(numbers) if numbers else np.empty(0, dtype=np.int64)
    firsts = np.array([run.first_sample for run in runs])
    which = np.searchsorted(firsts, samples, side="right") - 1
    times = np.array([run.start_s for run in runs])[which] + (samples - firsts[which]) / channel.sampling_hz
    up = np.concatenate(rises) if rises else np.empty(0, dtype=bool)
    return [
        Event(float(t), channel=channel.name, polarity="rise" if rising else "fall")
        for t, rising in zip(times, up, strict=True)
    ]
