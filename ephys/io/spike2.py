"""Spike2 ``.smr`` files: WaveMarks become units at their peaks, marks keep text, code and polarity.

Read through neo's raw layer, round its faults: a WaveMark's time is that of its first sample (measured on a file that
has the wire beside it), its peak is where the channel's header says and not at half the window; spikes and marks
outside the sampled signal are dropped by neo unless asked for; a text mark loses its code and every letter that is not
ASCII.
"""

from __future__ import annotations

import struct
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from neo.rawio import Spike2RawIO
from neo.rawio.spike2rawio import get_channel_dtype
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io.assemble import Found, assemble
from ephys.io.contents import WIRE_MIN_HZ, Channel, Contents, scale_doubts, scale_uv
from ephys.io.foreign import foreign, with_remarks
from ephys.io.rawio import clean, open_raw, rate, raw_signals, whole
from ephys.io.trains import Train, aligned, unique_names
from ephys.model import Event, ReadingSettings

_EVENT_FALL, _EVENT_RISE, _EVENT_BOTH, _MARKER, _ADC_MARK, _REAL_MARK, _TEXT_MARK = 2, 3, 4, 5, 6, 7, 8
_KEYBOARD = 30
"""Channel 31, counted from 0, holds the keyboard's markers: their code is the key."""

_DATE_AT = 52
"""Where the header holds hundredths, seconds, minutes, hours, day, month (bytes) and year (two)."""


def spike2_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read a ``.smr`` file.

    Raises
    ------
    FileFormatError
        If the file is damaged, cut short or empty.
    """
    with foreign(path, "Spike2") as said:
        # One stream per channel: channels of one rate may differ in length and start.
        raw = open_raw(Spike2RawIO, path, try_signal_grouping=False)
        _check_whole(raw, path)
        signals = raw_signals(raw, [int(row["id"]) + 1 for row in raw.header["signal_channels"]])
        found = _found(raw, path, reading)
        contents = assemble(path, "Spike2 .smr", reading, signals, found, lambda: whole(raw, found.trains))
    return with_remarks(contents, said)


def _check_whole(raw: Any, path: Path) -> None:
    """Raise if a block of data lies beyond the end of the file: neo would fill it with zeros."""
    size = path.stat().st_size
    for number, info in enumerate(raw._channel_infos):
        if info["kind"] == 0:
            continue
        blocks = raw._all_data_blocks[number]
        item = get_channel_dtype(info).itemsize
        end = int((blocks["pos"].astype(np.int64) + blocks["size"].astype(np.int64) * item).max()) if len(blocks) else 0
        if end > size or (len(blocks) and blocks["pos"].min() < 0):
            where = f"channel {number + 1} ({info['title']}) reaches to byte {end}"
            raise FileFormatError(f"{path}: cut short: {where}, the file ends at {size}")


def _found(raw: Any, path: Path, reading: ReadingSettings) -> Found:
    """Read spikes and marks, channel by channel."""
    kept = [i for i, info in enumerate(raw._channel_infos) if info["kind"] in range(_EVENT_FALL, _TEXT_MARK + 1)]
    titles = [clean(raw._channel_infos[i]["title"]) or "untitled" for i in kept]
    names = unique_names(titles, [i + 1 for i in kept])
    trains: list[Train] = []
    events: list[Event] = []
    channels: list[Channel] = []
    doubts: list[str] = []
    for i, name in zip(kept, names, strict=True):
        if raw._channel_infos[i]["kind"] in (_ADC_MARK, _REAL_MARK):
            channel, found, odd = _wavemarks(raw, i, name, reading)
            trains += found
            doubts += odd
        else:
            marks = _marks(raw, i, name)
            channel, events = _listed(i, name, [mark.time_s for mark in marks]), events + marks
        channels.append(channel)
    events.sort(key=lambda mark: mark.time_s)
    return Found(tuple(trains), tuple(events), tuple(channels), tuple(doubts), _started_at(path))


def _listed(number: int, name: str, times: list[float]) -> Channel:
    """Return an event channel for the list of contents."""
    first, last = (times[0], times[-1]) if times else (np.nan, np.nan)
    return Channel(number + 1, name, "event", len(times), start_s=first, stop_s=last, used="marks")


def _field(raw: Any, number: int, field: str | None) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Times of all items of a channel, whatever was sampled meanwhile, and one field of them."""
    end_s = (int(raw._global_info["max_ftime"]) + 1) * raw._time_factor
    ticks, values = raw._get_internal_timestamp_(0, number, 0.0, end_s, other_field=field or "tick")
    return np.asarray(ticks, dtype=np.float64) * raw._time_factor, values


# --- marks -----------------------------------------------------------------------------------------------------------


def _marks(raw: Any, number: int, name: str) -> list[Event]:
    """Return the marks of one channel."""
    kind = raw._channel_infos[number]["kind"]
    if kind in (_EVENT_FALL, _EVENT_RISE, _EVENT_BOTH):
        times, _ = _field(raw, number, None)
        return [
            Event(float(t), channel=name, polarity=p)
            for t, p in zip(times, _edges(raw, number, len(times)), strict=True)
        ]
    times, markers = _field(raw, number, "marker")
    codes = [marker_code(int(marker) & 255, keyboard=number == _KEYBOARD) for marker in markers]
    texts = [""] * len(times)
    if kind == _TEXT_MARK:
        texts = [_text(bytes(label)) for label in _field(raw, number, "label")[1]]
    return [Event(float(t), text, code, name) for t, text, code in zip(times, texts, codes, strict=True)]


def _edges(raw: Any, number: int, count: int) -> list[str]:
    """Polarity of each event: of the channel, or in turn where it marks both edges."""
    info = raw._channel_infos[number]
    if info["kind"] == _EVENT_BOTH:
        turn = ("rise", "fall") if info["init_low"] else ("fall", "rise")
        return [turn[i % 2] for i in range(count)]
    return ["fall" if info["kind"] == _EVENT_FALL else "rise"] * count


def marker_code(code: int, *, keyboard: bool) -> str:
    """Key of a keyboard marker, number of any other.

    >>> marker_code(99, keyboard=True), marker_code(2, keyboard=False)
    ('c', '2')
    """
    return chr(code) if keyboard and chr(code).isprintable() else str(code)


def _text(label: bytes) -> str:
    r"""Text of a mark, ended by its first NUL, in UTF-8 or the Western Windows encoding.

    >>> _text(b"20 \xb5g/kg\x00junk"), _text("20 µg/kg".encode())
    ('20 µg/kg', '20 µg/kg')
    """
    label = label.split(b"\x00")[0]
    try:
        return label.decode("utf-8").strip()
    except UnicodeDecodeError:
        return label.decode("cp1252", errors="replace").strip()


def _started_at(path: Path) -> datetime | None:
    """When second 0 was, by the file's header; ``None`` where it has no date."""
    with path.open("rb") as file:
        file.seek(_DATE_AT)
        hundredths, second, minute, hour, day, month, year = struct.unpack("<6BH", file.read(8))
    try:
        return datetime(year, month, day, hour, minute, second, hundredths * 10_000) if year > 1980 else None
    except ValueError:
        return None


# --- WaveMarks -------------------------------------------------------------------------------------------------------


def _wavemarks(
    raw: Any, number: int, name: str, reading: ReadingSettings
) -> tuple[Channel, list[Train], tuple[str, ...]]:
    """Return the units of one WaveMark channel, one per code, with what is odd about it."""
    info = raw._channel_infos[number]
    rows = raw.header["spike_channels"]
    row = next((row for row in rows if str(row["id"]).startswith(f"ch{number}#")), None)
    times, markers = _field(raw, number, "marker")
    if row is None:
        return Channel(number + 1, name, "spikes", 0, used="units"), [], ()
    hz, unit = rate(row["wf_sampling_rate"]), clean(row["wf_units"])
    channel = Channel(
        number + 1, name, "spikes", len(times), unit, hz, float(times[0]), float(times[-1]), used="units"
    )  # fmt: skip
    codes = markers & 255
    wanted = [int(code) for code in np.unique(codes)]
    if not hz >= WIRE_MIN_HZ:
        doubt = (
            f"channel {name!r} claims {hz:.4g} Hz for its spikes, which cannot be: their shapes are not read, and "
            "their times are those of the first sample, not of the peak"
        )
        return (
            channel,
            [Train(f"{name}:{c}", times[codes == c], "wavemark", multi_unit=c == 0) for c in wanted],
            (doubt,),
        )
    gain, offset = scale_uv(reading, unit, float(row["wf_gain"]), float(row["wf_offset"]))
    shapes = _field(raw, number, "waveform")[1].astype(np.float32) * np.float32(gain) + np.float32(offset)
    shapes = shapes.reshape(len(times), -1, max(1, int(info.get("interleave", 1))))
    trains = [
        aligned(f"{name}:{c}", times[codes == c], shapes[codes == c], hz, int(info["pre_trig"]), unsorted=c == 0)
        for c in wanted
    ]
    return (
        channel,
        trains,
        scale_doubts(reading, name, unit, float(row["wf_gain"]) if info["kind"] == _ADC_MARK else None),
    )
