"""What Spike2 exports to MATLAB: waveforms, events, markers, text marks and WaveMarks, one structure each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.io.assemble import Found, assemble
from ephys.io.contents import Channel, Contents, scale_uv
from ephys.io.matlab_values import Row, RowReader, Values, row_of, stretches
from ephys.io.signals import rate
from ephys.io.sources import CountSource
from ephys.io.spike2 import marker_code
from ephys.io.trains import Train, aligned, unique_names
from ephys.model import Epoch, Event, Monitor, ReadingSettings, Recording, Run, Support

_SPARSE = 0.5
"""A binned event channel is empty in more than this share of its bins. Convention: spikes are rarer by far."""


def is_spike2_export(values: Values) -> bool:
    """Whether a file has a channel of Spike2's in it.

    >>> is_spike2_export({"Ch1": {"title": "Unit", "times": 1.0}}), is_spike2_export({"cell1": [1.0, 2.0]})
    (True, False)
    """
    return any(_is_channel(value) for value in values.values())


def _is_channel(value: Any) -> bool:
    """Whether a variable is a channel that Spike2 exported."""
    if not isinstance(value, Mapping):
        return False
    return ("title" in value and ("times" in value or "values" in value)) or {"interval", "values"} <= set(value)


def spike2_export_contents(path: Path, values: Values, reading: ReadingSettings) -> Contents:
    """Return what a Spike2 export holds.

    Raises
    ------
    FileFormatError
        If there is nothing in it.
    """
    structs = {name: value for name, value in values.items() if _is_channel(value)}
    numbers = range(1, len(structs) + 1)
    names = unique_names([str(s.get("title", "") or key) for key, s in structs.items()], numbers)
    waves: list[_Wave] = []
    trains: list[Train] = []
    events: list[Event] = []
    channels: list[Channel] = []
    doubts: list[str] = []
    for number, name, struct in zip(numbers, names, structs.values(), strict=True):
        count = np.size(struct.get("times", ()))
        if "values" in struct and "codes" in struct:
            trains += _wavemarks(name, struct, reading)
            channels.append(Channel(number, name, "spikes", count, used="units"))
            continue
        if "values" in struct and not _is_binned(struct):
            waves.append(_wave(number, name, struct))
            continue
        marks = _binned(name, struct) if "values" in struct else _marks(name, struct)
        if "values" in struct:
            bin_s = float(struct["interval"])
            doubts.append(f"channel {name!r}: events counted in bins, their times are known to {bin_s * 1e3:.3g} ms")
        if "level" in struct:
            doubts.append(f"channel {name!r} marks changes of a level; which of them rise is not read from an export")
        events += marks
        channels.append(Channel(number, name, "event", len(marks), used="marks"))
    left = [name for name in values if name not in structs]
    doubts += [f"variables that are no channel, and are not read: {', '.join(left)}"] if left else []
    events.sort(key=lambda event: event.time_s)
    ends = [_ends_s(struct) for struct in structs.values()]
    binned = any(stop_s for _, stop_s in ends)  # counts in bins go on to the end, silent or not
    found = Found(tuple(trains), tuple(events), tuple(channels), tuple(doubts), end_is_known=binned)
    return assemble(path, "Spike2 export to MATLAB", reading, waves, found, lambda: _span(ends, found))


def _ends_s(struct: Values) -> tuple[float, float]:
    """When a sampled or binned channel begins and ends; twice 0 for one that has times alone."""
    if "interval" not in struct or "codes" in struct:
        return 0.0, 0.0
    first_s = _start_s(struct)
    return first_s, first_s + len(row_of(struct["values"])) * float(struct["interval"])


def _span(ends: list[tuple[float, float]], found: Found) -> Support:
    """From the first to the last datum: all that an export without a wire says of what was recorded."""
    times = [t for pair in ends for t in pair]
    times += [float(t) for train in found.trains for t in train.times_s] + [event.time_s for event in found.events]
    start_s = min(0.0, *times)
    return Support.of(Epoch(start_s, max(*times, start_s + 1.0), "recorded"))


def _number(struct: Values, field: str, otherwise: float) -> float:
    """Number of a field, or what stands for one that is missing or empty."""
    value = struct.get(field, otherwise)
    return float(value) if np.size(value) == 1 and value != "" else otherwise


def _word(struct: Values, field: str) -> str:
    """Text of a field; MATLAB's empty text arrives as an empty array."""
    value = struct.get(field, "")
    return str(value).strip() if np.size(value) else ""


# --- continuous channels ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Wave:
    """A continuous channel: its numbers as stored, with their scale, and its unbroken stretches."""

    channel: Channel
    numbers: Row
    scale: float
    offset: float
    runs: tuple[Run, ...]

    @property
    def step(self) -> float | None:
        """Channel's own unit per count; ``None`` where floating-point numbers are stored."""
        return self.scale if self.numbers.dtype.kind in "iu" else None

    def recording(self, reading: ReadingSettings, name: str) -> Recording:
        """Return the voltage."""
        channel = self.channel
        gain_uv, offset_uv = scale_uv(reading, channel.unit, self.scale, self.offset)
        source = CountSource(RowReader(self.numbers), channel.count, 1, self.numbers.dtype, gain_uv, offset_uv)
        return Recording(source, channel.sampling_hz, self.runs, (channel.name,), reading.band, name)

    def monitor(self) -> Monitor:
        """Return the values in their own unit; a pause is NaN."""
        channel, hz = self.channel, self.channel.sampling_hz
        values: NDArray[np.float64] = np.full(round((channel.stop_s - channel.start_s) * hz), np.nan)
        for run in self.runs:
            room = values[round((run.start_s - channel.start_s) * hz) :][: run.n_samples]
            room[:] = self.numbers[run.first_sample : run.first_sample + len(room)] * self.scale + self.offset
        return Monitor(channel.name, values, hz, channel.start_s, channel.unit)


def _wave(number: int, name: str, struct: Values) -> _Wave:
    """Return a continuous channel; scale and offset are of counts, floating-point values are scaled already."""
    values = row_of(struct["values"])
    hz = rate(1.0 / float(struct["interval"]))
    runs = _runs(struct, len(values), hz)
    stop_s = runs[-1].start_s + runs[-1].n_samples / hz if runs else _start_s(struct)
    unit, start_s = _word(struct, "units"), runs[0].start_s if runs else _start_s(struct)
    channel = Channel(number, name, "voltage", len(values), unit, hz, start_s, stop_s)
    counts = values.dtype.kind in "iu"
    scale, offset = (_number(struct, "scale", 1.0), _number(struct, "offset", 0.0)) if counts else (1.0, 0.0)
    return _Wave(channel, values, scale, offset, runs)


def _start_s(struct: Values) -> float:
    """When a channel begins."""
    times = struct.get("times", ())
    return float(row_of(times)[:1][0]) if len(row_of(times)) else _number(struct, "start", 0.0)


def _runs(struct: Values, samples: int, hz: float) -> tuple[Run, ...]:
    """Return the unbroken stretches: by the times of the samples where they were exported, too, else one."""
    times = row_of(struct.get("times", ()))
    if samples == 0 or len(times) != samples:
        return (Run(0, samples, _start_s(struct)),) if samples else ()
    starts = [0]
    for first, part in stretches(times):
        before = times[max(first - 1, 0) : first]
        steps = np.diff(np.concatenate([before, part]))
        starts += [int(i) + first - len(before) + 1 for i in np.flatnonzero(steps > 1.5 / hz)]
    stops = [*starts[1:], samples]
    return tuple(Run(a, b - a, float(times[a : a + 1][0])) for a, b in zip(starts, stops, strict=True))


# --- marks -----------------------------------------------------------------------------------------------------------


def _is_binned(struct: Values) -> bool:
    """Whether a channel counts events in bins: no scale, no unit, and mostly zeros among whole numbers."""
    if {"scale", "offset", "units"} & set(struct):
        return False
    row = row_of(struct["values"])
    counted = 0
    for _, part in stretches(row):
        if part.dtype.kind not in "iufb" or not np.all((part >= 0) & (part == np.floor(part))):
            return False
        counted += int(np.count_nonzero(part))
    return counted <= _SPARSE * len(row)


def _binned(name: str, struct: Values) -> list[Event]:
    """Return the events of a channel that was exported as counts: each at the start of its bin."""
    start_s, bin_s = _start_s(struct), float(struct["interval"])
    events = []
    for first, part in stretches(row_of(struct["values"])):
        for at in np.flatnonzero(part):
            events += [Event(start_s + (first + int(at)) * bin_s, channel=name)] * int(part[at])
    return events


def _marks(name: str, struct: Values) -> list[Event]:
    """Return the marks of one channel: events, markers with codes, or text marks."""
    times = row_of(struct["times"])[:].astype(np.float64)
    texts = [str(text).strip("\x00 ") for text in np.atleast_1d(struct.get("text", [""] * len(times)))]
    keyboard = name.lower().startswith("keyboard")
    coded = "codes" in struct
    codes = [marker_code(code, keyboard=keyboard) if coded else "" for code in _first_codes(struct, len(times))]
    return [Event(float(t), text, code, name) for t, text, code in zip(times, texts, codes, strict=True)]


def _first_codes(struct: Values, count: int) -> list[int]:
    """First of the four codes of each marker."""
    if not count:
        return []
    codes = np.asarray(struct.get("codes", np.zeros((count, 4)))).reshape(count, -1)
    return [int(code) for code in codes[:, 0]]


def _wavemarks(name: str, struct: Values, reading: ReadingSettings) -> list[Train]:
    """Return the units of a WaveMark channel, one per code; several traces are several wires."""
    times = row_of(struct["times"])[:].astype(np.float64)
    if not len(times):
        return []
    codes = np.array(_first_codes(struct, len(times)))
    traces = max(1, int(_number(struct, "traces", 1.0)))
    values = np.asarray(struct["values"])
    counts = values.dtype.kind in "iu"
    gain, offset = scale_uv(
        reading, _word(struct, "units"), _number(struct, "scale", 1.0) if counts else 1.0,
        _number(struct, "offset", 0.0) if counts else 0.0,
    )  # fmt: skip
    shapes = (values.reshape(len(times), -1, traces) * gain + offset).astype(np.float32)
    hz, pre = rate(1.0 / float(struct["interval"])), int(_number(struct, "trigger", 0.0))
    return [
        aligned(f"{name}:{c}", times[codes == c], shapes[codes == c], hz, pre, unsorted=c == 0)
        for c in np.unique(codes)
    ]
