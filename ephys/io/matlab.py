"""MATLAB files: what Spike2 exports, and voltage as wave_clus has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat
from scipy.io.matlab import mat_struct

from ephys.errors import FileFormatError
from ephys.io.assemble import Found, assemble
from ephys.io.contents import Channel, Contents, scale_doubts, scale_uv
from ephys.io.foreign import foreign, with_remarks
from ephys.io.signals import rate
from ephys.io.spike2 import marker_code
from ephys.io.trains import Train, aligned, unique_names
from ephys.model import DoseProtocol, Epoch, Event, Monitor, ReadingSettings, Recording, Session, Support


def matlab_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read a MATLAB file (version 5 to 7.2): a Spike2 export, or ``data`` with its sampling as wave_clus has it.

    Raises
    ------
    FileFormatError
        If the file is damaged, or holds neither.
    """
    with foreign(path, "MATLAB") as said:
        values = loadmat(path, squeeze_me=True, struct_as_record=False)
        structs = {name: v for name, v in values.items() if isinstance(v, mat_struct)}
        if "data" in values and ({"samplingInterval", "sr"} & set(values)):
            contents = _wave_clus(path, values, reading)
        elif any(hasattr(s, "times") or hasattr(s, "values") for s in structs.values()):
            contents = _spike2_export(path, structs, reading)
        else:
            names = ", ".join(name for name in values if not name.startswith("__")) or "nothing"
            raise FileFormatError(
                f"{path}: holds {names}; expected a Spike2 export (structures with times or values), or data with "
                "samplingInterval (ms) or sr (Hz)"
            )
    return with_remarks(contents, said)


def _wave_clus(path: Path, values: Mapping[str, Any], reading: ReadingSettings) -> Contents:
    """Return the one wire of a wave_clus file; the classes that simulated ones carry are a truth, not units."""
    hz = rate(values["sr"] if "sr" in values else 1e3 / float(values["samplingInterval"]))
    data = np.atleast_1d(np.asarray(values["data"])).reshape(-1, 1)
    recording = Recording.from_array(
        data, sampling_hz=hz, gain_uv=scale_uv(reading, "", 1.0, 0.0)[0], channel_names=("data",),
        band_hz=reading.band, name=path.stem,
    )  # fmt: skip
    doubts = scale_doubts(reading, "data", "", None)
    channel = Channel(
        1, "data", "voltage", recording.n_samples, "", hz, recording.start_s, recording.stop_s, "wire"
    )  # fmt: skip
    session = Session(path.stem, DoseProtocol((), recording.support), recording=recording, doubts=doubts)
    return Contents(session, (channel,), "MATLAB, wave_clus")


# --- Spike2 exports --------------------------------------------------------------------------------------------------


def _spike2_export(path: Path, structs: Mapping[str, Any], reading: ReadingSettings) -> Contents:
    """Return what a Spike2 export holds: waveforms, events, markers, text marks, WaveMarks."""
    numbers = range(1, len(structs) + 1)
    names = unique_names([str(getattr(s, "title", "") or key) for key, s in structs.items()], numbers)
    waves: list[_Wave] = []
    trains: list[Train] = []
    events: list[Event] = []
    channels: list[Channel] = []
    for number, name, struct in zip(numbers, names, structs.values(), strict=True):
        if not hasattr(struct, "times"):
            waves.append(_wave(number, name, struct))
        elif hasattr(struct, "values"):
            trains += _wavemarks(name, struct, reading)
            channels.append(Channel(number, name, "spikes", np.size(struct.times), used="units"))
        else:
            events += _marks(name, struct)
            channels.append(Channel(number, name, "event", np.size(struct.times), used="marks"))
    events.sort(key=lambda event: event.time_s)
    found = Found(tuple(trains), tuple(events), tuple(channels))
    return assemble(path, "Spike2 export to MATLAB", reading, waves, found, lambda: _span(waves, found))


@dataclass(frozen=True, eq=False)
class _Wave:
    """A continuous channel: its numbers as stored, with their scale."""

    channel: Channel
    numbers: NDArray[Any]
    scale: float
    offset: float

    @property
    def step(self) -> float | None:
        """Channel's own unit per count; ``None`` where floating-point numbers are stored."""
        return self.scale if self.numbers.dtype.kind in "iu" else None

    def recording(self, reading: ReadingSettings, name: str) -> Recording:
        """Return the voltage."""
        gain_uv, offset_uv = scale_uv(reading, self.channel.unit, self.scale, self.offset)
        return Recording.from_array(
            (self.numbers + offset_uv / gain_uv if offset_uv else self.numbers).reshape(-1, 1),
            sampling_hz=self.channel.sampling_hz,
            start_s=self.channel.start_s,
            gain_uv=gain_uv,
            channel_names=(self.channel.name,),
            band_hz=reading.band,
            name=name,
        )

    def monitor(self) -> Monitor:
        """Return the values in their own unit."""
        values = self.numbers * self.scale + self.offset
        return Monitor(self.channel.name, values, self.channel.sampling_hz, self.channel.start_s, self.channel.unit)


def _wave(number: int, name: str, struct: Any) -> _Wave:
    """Return a continuous channel."""
    values = np.atleast_1d(struct.values)
    hz, start_s = rate(1.0 / float(struct.interval)), float(getattr(struct, "start", 0.0))
    stop_s = start_s + len(values) / hz
    channel = Channel(number, name, "voltage", len(values), _word(struct, "units"), hz, start_s, stop_s)
    return _Wave(channel, values, float(getattr(struct, "scale", 1.0)), float(getattr(struct, "offset", 0.0)))


def _word(struct: Any, field: str) -> str:
    """Text of a field; MATLAB's empty text arrives as an empty array."""
    value = getattr(struct, field, "")
    return str(value).strip() if np.size(value) else ""


def _marks(name: str, struct: Any) -> list[Event]:
    """Return the marks of one channel: events, markers with codes, or text marks."""
    times = np.atleast_1d(struct.times).astype(np.float64)
    texts = [str(text).strip() for text in np.atleast_1d(getattr(struct, "text", [""] * len(times)))]
    keyboard = name.lower().startswith("keyboard")
    coded = hasattr(struct, "codes")
    codes = [marker_code(code, keyboard=keyboard) if coded else "" for code in _first_codes(struct, len(times))]
    return [Event(float(t), text, code, name) for t, text, code in zip(times, texts, codes, strict=True)]


def _first_codes(struct: Any, count: int) -> list[int]:
    """First of the four codes of each marker."""
    codes = np.asarray(getattr(struct, "codes", np.zeros((count, 4)))).reshape(count, -1)
    return [int(code) for code in codes[:, 0]]


def _wavemarks(name: str, struct: Any, reading: ReadingSettings) -> list[Train]:
    """Return the units of a WaveMark channel, one per code."""
    times = np.atleast_1d(struct.times).astype(np.float64)
    codes = np.array(_first_codes(struct, len(times)))
    gain, _ = scale_uv(reading, _word(struct, "units"), float(getattr(struct, "scale", 1.0)), 0.0)
    shapes = (np.asarray(struct.values, dtype=np.float64).reshape(len(times), -1, 1) * gain).astype(np.float32)
    hz, pre = rate(1.0 / float(struct.interval)), int(getattr(struct, "trigger", 0) or 0)
    return [
        aligned(f"{name}:{c}", times[codes == c], shapes[codes == c], hz, pre, unsorted=c == 0)
        for c in np.unique(codes)
    ]


def _span(waves: list[_Wave], found: Found) -> Support:
    """From the first to the last datum: all that an export without a wire says of what was recorded."""
    times = [t for w in waves for t in (w.channel.start_s, w.channel.stop_s)]
    times += [float(t) for train in found.trains for t in train.times_s] + [event.time_s for event in found.events]
    start_s = min(0.0, *times)
    return Support.of(Epoch(start_s, max(*times, start_s + 1.0), "recorded"))
