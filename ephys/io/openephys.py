"""Open Ephys folders, the older format (``.continuous``) and the binary one (``structure.oebin``), with their pauses.

Read through neo's raw layer, round its faults: it fills the gaps of the older format with zeros, and passes over those
that the binary one's sample numbers show.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from neo.rawio import OpenEphysBinaryRawIO, OpenEphysRawIO
from numpy.typing import NDArray

from ephys.io.blocks import BlockReader
from ephys.io.contents import Contents
from ephys.io.raw_spikes import Opened
from ephys.io.rawio import raw_signals, untried_contents
from ephys.io.signals import StoredSignal, joined, voltage_channel
from ephys.io.sources import ChainReader
from ephys.model import ReadingSettings, Run

_HEADER_BYTES = 1024
_RECORD = np.dtype(
    [("stamp", "<i8"), ("count", "<u2"), ("take", "<u2"), ("samples", ">i2", (1024,)), ("mark", "u1", (10,))]
)
_SAMPLES_AT = 12

_NUMBERS = ("sample_numbers.npy", "timestamps.npy")
"""Numbers of the samples: from version 0.6 on, and before."""

_CHUNK = 10_000_000


def legacy_contents(folder: Path, reading: ReadingSettings) -> Contents:
    """Read a folder of ``.continuous`` files.

    Raises
    ------
    FileFormatError
        If a file is damaged.
    """
    return untried_contents(folder, reading, OpenEphysRawIO, signals=_legacy_signals)


def binary_contents(folder: Path, reading: ReadingSettings) -> Contents:
    """Read a folder with a ``structure.oebin`` in it.

    Raises
    ------
    FileFormatError
        If a file is damaged.
    """
    return untried_contents(folder, reading, OpenEphysBinaryRawIO, signals=_binary_signals)


def _legacy_signals(file: Opened) -> Sequence[StoredSignal]:
    """List the continuous channels as their records' time stamps place them."""
    return [_legacy_signal(file, signal) for signal in raw_signals(file)]


def _legacy_signal(file: Opened, signal: StoredSignal) -> StoredSignal:
    """Return a channel without the zeros that neo puts in its gaps."""
    parts, pieces, hz = [], [], signal.channel.sampling_hz
    takes = sorted(file.raw._info["continuous"].items())
    for _, paths in (takes[segment] for segment in file.segments):
        path = Path(paths[signal.channel.number - 1])
        records = np.memmap(
            path, _RECORD, "r", _HEADER_BYTES, ((path.stat().st_size - _HEADER_BYTES) // _RECORD.itemsize,)
        )
        sizes = np.minimum(records["count"], _RECORD["samples"].shape[0]).astype(np.int64)
        at = _HEADER_BYTES + _SAMPLES_AT + _RECORD.itemsize * np.arange(len(records))
        reader = BlockReader.of(path, np.dtype(">i2"), at, sizes)
        parts.append((reader, reader.count))
        pieces += [(int(n), float(stamp) / hz) for n, stamp in zip(sizes, records["stamp"], strict=True)]
    return _with_runs(replace(signal, read_counts=ChainReader(tuple(parts)), dtype=np.dtype(">i2")), joined(pieces, hz))


def _with_runs(signal: StoredSignal, runs: tuple[Run, ...]) -> StoredSignal:
    """Return a signal with other stretches."""
    channel = signal.channel
    listed = voltage_channel(channel.number, channel.name, channel.unit, channel.sampling_hz, runs)
    return replace(signal, channel=listed, runs=runs)


def _binary_signals(file: Opened) -> Sequence[StoredSignal]:
    """List the continuous channels; where the numbers of their samples jump, there is a pause."""
    header = file.raw.header["signal_channels"]
    buffers = [int(row["buffer_id"]) for row in header]
    pauses = {buffer: _pauses(file, buffer) for buffer in dict.fromkeys(buffers)}
    signals = []
    for signal in raw_signals(file):
        found = pauses[buffers[signal.channel.number - 1]]
        signals.append(_with_runs(signal, _parted(signal, found)) if found else signal)
    return signals


def _pauses(file: Opened, buffer: int) -> list[tuple[int, int]]:
    """First sample after each pause of a stream, counted through all stretches, and how many are missing before it."""
    found, before = [], 0
    for segment in file.segments:
        data = Path(file.raw._sig_streams[0][segment][buffer]["raw_filename"])
        numbers = next(
            (np.load(data.parent / name, mmap_mode="r") for name in _NUMBERS if (data.parent / name).is_file()), None
        )
        if numbers is not None and numbers.dtype.kind in "iu":
            found += [(before + at, missing) for at, missing in _jumps(numbers)]
            before += len(numbers)
    return found


def _jumps(numbers: NDArray[Any]) -> Iterator[tuple[int, int]]:
    """Where the numbers of the samples jump, and by how many; a stream without a pause is not read.

    >>> list(_jumps(np.array([7, 8, 9, 20, 21])))
    [(3, 10)]
    """
    if not len(numbers) or int(numbers[-1]) - int(numbers[0]) == len(numbers) - 1:
        return
    for start in range(0, len(numbers) - 1, _CHUNK):
        steps = np.diff(np.asarray(numbers[start : start + _CHUNK + 1], dtype=np.int64))
        for at in np.flatnonzero(steps != 1):
            yield start + int(at) + 1, int(steps[at]) - 1


def _parted(signal: StoredSignal, pauses: Sequence[tuple[int, int]]) -> tuple[Run, ...]:
    """Return the stretches of a signal, parted where samples are missing; what follows is as much later."""
    hz, pieces = signal.channel.sampling_hz, []
    for run in signal.runs:
        within = [(at, n) for at, n in pauses if run.first_sample < at < run.first_sample + run.n_samples]
        bounds = [run.first_sample, *(at for at, _ in within), run.first_sample + run.n_samples]
        missing = np.cumsum([0, *(n for _, n in within)])
        for first, last, lost in zip(bounds, bounds[1:], missing, strict=False):
            pieces.append((last - first, run.start_s + (first - run.first_sample + int(lost)) / hz))
    return joined(pieces, hz)
