"""Spikes and marks as neo's raw layer has them: which of its rows is a unit, where its peak lies, what a mark says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.io.contents import WIRE_MIN_HZ, Channel, scale_doubts, scale_uv
from ephys.io.trains import Train, aligned, unique_names
from ephys.model import Event, ReadingSettings
from ephys.model.unit import Phase


@dataclass(frozen=True)
class Opened:
    """A file that neo's reader has opened.

    Parameters
    ----------
    raw : neo raw reader
        With its header parsed.
    segments : tuple of int
        Stretches of the file, as neo cuts it, whose clock goes on.
    doubts : tuple of str
        What was left out.
    """

    raw: Any
    segments: tuple[int, ...]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """One of neo's spike channels, as its format means it.

    Parameters
    ----------
    index : int
        Among neo's spike channels.
    channel : str
        The wire's name.
    code : str
        The sorter's code.
    unsorted : bool
        Whether the code means "unclassified".
    hz : float
        Samples per second of the snippets; 0 where there are none.
    unit : str
        Of the snippets, after neo's gain.
    stamped : int or None
        Sample of a snippet that the spike's time means; ``None`` where the format does not say.
    band_hz, phase : tuple of (float or None, float or None), {"zero", "causal", "unknown"}
        What the snippets passed through, where the file states it.
    """

    index: int
    channel: str
    code: str
    unsorted: bool = False
    hz: float = 0.0
    unit: str = "uV"
    stamped: int | None = None
    band_hz: tuple[float | None, float | None] = (None, None)
    phase: Phase = "unknown"


def clean(text: Any) -> str:
    """Text of a header, ended by its first NUL, without padding."""
    return str(text).split("\x00")[0].strip()


# --- spikes ----------------------------------------------------------------------------------------------------------


def plain_cells(raw: Any) -> list[Cell]:
    """Return neo's spike channels under their own names, without snippets."""
    rows = raw.header["spike_channels"]
    return [Cell(i, clean(row["name"]), "", unsorted=clean(row["id"]).endswith("#0")) for i, row in enumerate(rows)]


def read_cells(
    file: Opened, cells: Sequence[Cell], reading: ReadingSettings, before: int
) -> tuple[tuple[Train, ...], tuple[Channel, ...], tuple[str, ...]]:
    """Read spikes with their snippets.

    Parameters
    ----------
    file : Opened
        The file.
    cells : sequence of Cell
        What to read.
    reading : ReadingSettings
        What the user says.
    before : int
        Number of the channel before the first.

    Returns
    -------
    trains : tuple of Train
    channels : tuple of Channel
    doubts : tuple of str
    """
    numbers = range(before + 1, before + 1 + len(cells))
    names = unique_names([f"{c.channel}:{c.code}" if c.code else c.channel for c in cells], numbers)
    trains: list[Train] = []
    doubts: list[str] = []
    for cell, name in zip(cells, names, strict=True):
        row = file.raw.header["spike_channels"][cell.index]
        step = abs(float(row["wf_gain"]))
        times, shapes = spikes(file, cell, reading)
        if shapes is not None and not (reading.gain_uv or 0.0 < step < np.inf):
            doubts.append(f"channel {cell.channel!r}: its snippets have no scale and are not read; gain_uv sets it")
            shapes = None
        if shapes is None:
            trains.append(Train(name, times, "file", multi_unit=cell.unsorted))
            continue
        pre = -1 if cell.stamped is None else cell.stamped
        train = aligned(name, times, shapes, cell.hz, pre, unsorted=cell.unsorted, stamped=cell.stamped, origin="file")
        trains.append(replace(train, band_hz=cell.band_hz, phase=cell.phase))
        doubts += scale_doubts(reading, cell.channel, cell.unit, step)
    spans = [(float(t.times_s[0]), float(t.times_s[-1])) if len(t.times_s) else (np.nan, np.nan) for t in trains]
    listed = [
        Channel(number, name, "spikes", len(train.times_s), "", cell.hz or np.nan, *span, used="units")
        for number, name, train, cell, span in zip(numbers, names, trains, cells, spans, strict=True)
    ]
    return tuple(trains), tuple(listed), tuple(dict.fromkeys(doubts))


def spikes(
    file: Opened, cell: Cell, reading: ReadingSettings
) -> tuple[NDArray[np.float64], NDArray[np.float32] | None]:
    """Spike times in order, in seconds, and snippets in µV as (spikes, samples, channels) where the file has them."""
    raw = file.raw
    stamps = [raw.get_spike_timestamps(0, segment, cell.index) for segment in file.segments]
    times = np.concatenate([np.ravel(raw.rescale_spike_timestamp(s, dtype="float64")) for s in stamps])
    order = np.argsort(times, kind="stable")
    if not (cell.hz >= WIRE_MIN_HZ and len(times)):
        return times[order], None
    stored = [raw.get_spike_raw_waveforms(0, segment, cell.index) for segment in file.segments]
    if any(s is None or s.ndim != 3 or not s.shape[2] for s in stored) or sum(map(len, stored)) != len(times):
        return times[order], None
    row = raw.header["spike_channels"][cell.index]
    gain, offset = scale_uv(reading, cell.unit, float(row["wf_gain"]), float(row["wf_offset"]))
    shapes = np.concatenate(stored).astype(np.float32).swapaxes(1, 2) * np.float32(gain) + np.float32(offset)
    return times[order], shapes[order]


# --- marks -----------------------------------------------------------------------------------------------------------


def raw_marks(file: Opened) -> list[Event]:
    """Marks as neo has them; an interval is a mark where it begins and one where it ends."""
    rows = file.raw.header["event_channels"]
    names = unique_names([clean(row["name"]) for row in rows], range(1, len(rows) + 1))
    marks: list[Event] = []
    for index, name in enumerate(names):
        found = [mark for segment in file.segments for mark in _marks(file.raw, segment, index, name)]
        marks += dict.fromkeys(found)  # some formats give every stretch all marks
    return marks


def _marks(raw: Any, segment: int, index: int, channel: str) -> list[Event]:
    """Marks of one channel in one stretch; a label that is a number is a code."""
    stamps, durations, labels = raw.get_event_timestamps(0, segment, index)
    times = raw.rescale_event_timestamp(stamps, dtype="float64", event_channel_index=index)
    words = [words_of(clean(label), channel) for label in labels]
    if durations is None:
        return [Event(float(t), said, code, channel, edge) for t, (said, code, edge) in zip(times, words, strict=True)]
    lasting = raw.rescale_epoch_duration(durations, dtype="float64", event_channel_index=index)
    return [
        Event(float(time), said, code, channel, edge)
        for t, seconds, (said, code, _) in zip(times, lasting, words, strict=True)
        for time, edge in ((t, "rise"), (t + seconds, "fall"))
    ]


def words_of(label: str, channel: str) -> tuple[str, str, str]:
    """Text, code and polarity of a label: a number is a code, a line that went on or off is an edge.

    >>> words_of("lesop 5", "Comments"), words_of("00017", "Strobed"), words_of("XD0 ON", "XD0")
    (('lesop 5', '', ''), ('', '00017', ''), ('', '', 'rise'))
    """
    if label in (f"{channel} ON", f"{channel} OFF"):
        return "", "", "rise" if label.endswith("ON") else "fall"
    return ("", label, "") if label.replace("#", "").isdigit() else (label, "", "")
