"""WAV files: voltage as a sound card or SpikeRecorder writes it, with its markers; read as it is asked for.

RIFF and its kin for more than 4 GiB, RF64 (EBU Tech 3306); whole numbers of 8 to 64 bits and floating-point ones, plain
or as WAVE_FORMAT_EXTENSIBLE. Written here and not left to scipy, which maps no 24-bit file and drops the markers.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io.assemble import Found, assemble
from ephys.io.contents import Channel, Contents
from ephys.io.foreign import foreign, with_remarks
from ephys.io.raw_binary import BinaryReader, BinarySignal
from ephys.model import Epoch, Event, ReadingSettings, Support

_MAGIC = (b"RIFF", b"RF64", b"RIFX")
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_UNKNOWN_SIZE = 0xFFFFFFFF
"""What RF64, and a program that never finished its file, write in place of a size."""

_MAX_MARKER_BYTES = 1 << 24
"""Longer lists of markers are not read: no recording has a million. Convention."""


def is_wav(first: bytes) -> bool:
    """Whether a file that begins so is a WAV.

    >>> is_wav(b"RIFF1234WAVEfmt "), is_wav(b"RIFF1234AVI LIST")
    (True, False)
    """
    return first[:4] in _MAGIC and first[8:12] == b"WAVE"


@dataclass(frozen=True)
class _Chunks:
    """Where the chunks of a file lie, and the small ones' content."""

    order: str
    small: Mapping[bytes, bytes]
    first_byte: int
    n_bytes: int
    stated_bytes: int


@dataclass(frozen=True)
class _Int24Reader:
    """Reads numbers of three bytes as whole numbers."""

    reader: BinaryReader
    big_endian: bool

    def __call__(self, start: int, stop: int) -> NDArray[Any]:
        """Stored numbers ``[start, stop)`` as (samples, 1)."""
        three = self.reader(start, stop).view(np.uint8).reshape(-1, 3)
        four = np.zeros((len(three), 4), np.uint8)
        four[:, 1:] = three[:, ::-1] if self.big_endian else three  # the sign in the highest byte, then shifted down
        return four.view("<i4") >> 8


def wav_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read a WAV file: each channel's numbers as they are stored, the markers as marks.

    Raises
    ------
    FileFormatError
        If it is damaged, compressed, or holds not one sample.
    """
    with foreign(path, "WAV") as said:
        with path.open("rb") as file:
            chunks = _chunks(path, file)
        signals, doubts = _signals(path, chunks)
        channel = signals[0].channel
        events = _markers(chunks, channel.sampling_hz)
        marks = Channel(len(signals) + 1, "markers", "event", len(events), used="marks")
        found = Found(events=events, channels=(marks,) if events else (), doubts=doubts)
        recorded = Support.of(Epoch(0.0, channel.stop_s, "recorded"))
        contents = assemble(path, "WAV", reading, signals, found, lambda: recorded)
    return with_remarks(contents, said)


# --- chunks ----------------------------------------------------------------------------------------------------------


def _chunks(path: Path, file: BinaryIO) -> _Chunks:
    """Walk through the chunks of a file.

    Raises
    ------
    FileFormatError
        If the format or the voltage is missing.
    """
    size = path.stat().st_size
    order = ">" if file.read(12)[:4] == b"RIFX" else "<"
    small: dict[bytes, bytes] = {}
    voltage = None
    while len(head := file.read(8)) == 8:
        name, stated = struct.unpack(f"{order}4sI", head)
        if name == b"data":
            if stated == _UNKNOWN_SIZE and b"ds64" in small:
                stated = struct.unpack_from("<Q", small[b"ds64"], 8)[0]
            whole = stated if 0 < stated < _UNKNOWN_SIZE or b"ds64" in small else size
            voltage = (file.tell(), max(0, min(whole, size - file.tell())), stated)
            stated = whole
        elif stated <= _MAX_MARKER_BYTES:
            content = file.read(stated)
            small.setdefault(name + content[:4] if name == b"LIST" else name, content)
            file.seek(-len(content), 1)
        file.seek(min(file.tell() + stated + stated % 2, size))
    if b"fmt " not in small or voltage is None:
        missing = "format" if b"fmt " not in small else "voltage (data chunk)"
        raise FileFormatError(f"{path}: damaged or cut short WAV file: it has no {missing}")
    return _Chunks(order, small, *voltage)


def _signals(path: Path, chunks: _Chunks) -> tuple[list[BinarySignal], tuple[str, ...]]:
    """List the channels, with what is odd about their length.

    Raises
    ------
    FileFormatError
        If the numbers are compressed, the header makes no sense, or there is not one sample.
    """
    kind, channels, hz, _, frame, bits = struct.unpack_from(f"{chunks.order}HHIIHH", chunks.small[b"fmt "])
    if kind == _EXTENSIBLE:
        kind = struct.unpack_from(f"{chunks.order}H", chunks.small[b"fmt "], 24)[0]
    width = frame // channels if channels and frame % channels == 0 else 0
    dtype = _dtype(kind, width, chunks.order)
    if dtype is None or not hz:
        raise FileFormatError(
            f"{path}: {channels} channels at {hz} Hz of {bits} bits, {frame} bytes a sample, encoding {kind}, cannot "
            "be read; save it as uncompressed PCM or floating-point WAV"
        )
    samples, left = divmod(chunks.n_bytes, frame)
    if samples == 0:
        raise FileFormatError(f"{path}: holds no samples: {chunks.n_bytes} bytes of voltage, {frame} a sample")
    return [_signal(path, chunks, dtype, samples, channels, i, float(hz)) for i in range(channels)], _odd(
        path, chunks, samples, left
    )


def _signal(
    path: Path, chunks: _Chunks, dtype: np.dtype[Any], samples: int, channels: int, i: int, hz: float
) -> BinarySignal:
    """Return one channel."""
    name = f"ch{i}"
    channel = Channel(i + 1, name, "voltage", samples, "", hz, 0.0, samples / hz)
    reader = BinaryReader(path, dtype, samples, channels, i, chunks.first_byte)
    if dtype.kind == "V":
        return BinarySignal(channel, _Int24Reader(reader, chunks.order == ">"), np.dtype(np.int32))
    middle = -128.0 if dtype == np.uint8 else 0.0  # numbers of one byte have no sign: 128 is silence
    return BinarySignal(channel, reader, dtype, 1.0, middle)


def _dtype(kind: int, width: int, order: str) -> np.dtype[Any] | None:
    """Type of the stored numbers; bare bytes for those of three, ``None`` for what cannot be read."""
    if kind == _FLOAT and width in (4, 8):
        return np.dtype(f"{order}f{width}")
    if kind == _PCM and width in (1, 2, 3, 4, 8):
        return np.dtype({1: "u1", 3: "V3"}.get(width, f"{order}i{width}"))
    return None


def _odd(path: Path, chunks: _Chunks, samples: int, left: int) -> tuple[str, ...]:
    """Say where the file is not as long as its header states."""
    if chunks.stated_bytes in (0, _UNKNOWN_SIZE) and b"ds64" not in chunks.small:
        return (f"{path.name} was never finished: its header states no length; {samples} samples are read, to its end",)
    if chunks.n_bytes < chunks.stated_bytes:
        missing = chunks.stated_bytes - chunks.n_bytes
        return (f"{path.name} is cut short: {missing} of {chunks.stated_bytes} bytes of voltage are missing",)
    return (f"{path.name}: {left} bytes are left over after {samples} samples",) if left else ()


# --- markers ---------------------------------------------------------------------------------------------------------


def _markers(chunks: _Chunks, hz: float) -> tuple[Event, ...]:
    """Return the markers (cue points), with their labels, in order."""
    cue = chunks.small.get(b"cue ", b"")
    labels = _labels(chunks)
    events = []
    for at in range(4, len(cue) - 23, 24):
        number, _, _, _, _, sample = struct.unpack_from(f"{chunks.order}II4sIII", cue, at)
        events.append(Event(sample / hz, labels.get(number, ""), channel="markers"))
    return tuple(sorted(events, key=lambda event: event.time_s))


def _labels(chunks: _Chunks) -> dict[int, str]:
    """Return the markers' labels by number."""
    listed = chunks.small.get(b"LISTadtl", b"")
    labels, at = {}, 4
    while at + 12 <= len(listed):
        name, size, number = struct.unpack_from(f"{chunks.order}4sII", listed, at)
        if name == b"labl":
            text = listed[at + 12 : at + 8 + size].split(b"\x00")[0]
            labels[number] = text.decode("utf-8", errors="replace").strip()
        at += 8 + size + size % 2
    return labels
