"""Neuralynx: a folder of ``.ncs`` (continuous), ``.nse`` and ``.ntt`` (spikes) and ``.nev`` (events), or one of them.

Headers are read with neo's parser, the records here: neo takes folders and its own extensions only, gives each unit of
a tetrode four times, refuses a pause, and refuses a folder whose files pause at different times. The session's second 0
is the first time stamp of all files that are read together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from neo.rawio.neuralynxrawio.nlxheader import NlxHeader
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io.assemble import Found, assemble
from ephys.io.blocks import BlockReader
from ephys.io.clocks import one_clock
from ephys.io.contents import WIRE_MIN_HZ, Channel, Contents, scale_uv
from ephys.io.foreign import foreign, with_remarks
from ephys.io.header_bands import Passed, neuralynx_passed, with_passed
from ephys.io.signals import StoredSignal, believable, joined, rate, rate_doubt, voltage_channel
from ephys.io.son import text
from ephys.io.trains import Train, aligned, unique_names
from ephys.model import Epoch, Event, ReadingSettings, Run, Support

MAGIC = b"######## Neuralynx"
"""How every file begins; some older ones only with the eight signs."""

SUFFIXES = (".ncs", ".nse", ".ntt", ".nev")

_HEADER_BYTES = 16384
_SAMPLES, _NCS_SAMPLES_AT = 512, 20
"""Of a record of a continuous channel, and the byte at which they begin."""

_NCS = np.dtype(
    [("stamp", "<u8"), ("channel", "<u4"), ("hz", "<u4"), ("valid", "<u4"), ("samples", "<i2", (_SAMPLES,))]
)
_NEV = np.dtype(
    [("reserved", "<i2", (3,)), ("stamp", "<u8"), ("id", "<i2"), ("ttl", "<u2"), ("crc", "<i2", (3,)),
     ("extra", "<i4", (8,)), ("label", "S128")]
)  # fmt: skip

GAP_TOLERANCE_MS = 1.0
"""Records further apart than this are parted by a pause. Convention: no unit fires twice in it."""

_SPIKE_BYTES, _SNIPPET = 48, 32
"""Bytes of a spike's record before its samples, and their number per wire where the header does not say."""

_OF_THE_PROGRAM = ("Starting Recording", "Stopping Recording")
_TTL = re.compile(r"(?P<line>TTL Input .*) value \((?P<value>0x[0-9a-fA-F]+)\)\.?")


@dataclass(frozen=True, eq=False)
class _File:
    """One file: its kind (of `SUFFIXES`), its header, and its records, mapped."""

    path: Path
    kind: str
    header: Any
    records: NDArray[Any]

    @property
    def name(self) -> str:
        """Name of the wire, electrode or list of events."""
        name = str(self.header["channel_names"][0])
        return self.path.stem if name == "unknown" else name


def neuralynx_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read a folder, or one file.

    Raises
    ------
    FileFormatError
        If a file is damaged, or none holds anything; if the files of a folder are of different recordings.
    """
    with foreign(path, "Neuralynx") as said:
        within = sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES) if path.is_dir() else [path]
        files = [_file(p) for p in within if p == path or p.stat().st_size > _HEADER_BYTES]
        one_clock(path, {file.path.name: _span_s(file) for file in files if len(file.records)})
        zero = min((int(file.records["stamp"].min()) for file in files if len(file.records)), default=0)
        signals, odd = _signals([file for file in files if file.kind == ".ncs"], zero)
        found = _found([file for file in files if file.kind != ".ncs"], zero, reading, len(signals))
        opened = [when for file in files if isinstance(when := file.header.get("recording_opened"), datetime)]
        doubts = (*(doubt for file in files for doubt in _cut(file)), *odd, *found.doubts)
        found = replace(found, doubts=doubts, started_at=min(opened, default=None))
        contents = assemble(path, "Neuralynx", reading, signals, found, lambda: _whole(signals, found))
    return with_remarks(contents, said)


def _span_s(file: _File) -> tuple[float, float]:
    """First and last time stamp of a file, in seconds of its clock."""
    stamps = file.records["stamp"]
    return float(stamps.min()) * 1e-6, float(stamps.max()) * 1e-6


def _file(path: Path) -> _File:
    """Map a file's records.

    Raises
    ------
    FileFormatError
        If its header does not say what it holds.
    """
    try:
        header = NlxHeader(path)
    except OSError:  # its date is written in a way that is not known
        header = NlxHeader(path, props_only=True)
    kind, record = _kind(path, header)
    count = max(0, path.stat().st_size - _HEADER_BYTES) // record.itemsize
    records = np.memmap(path, record, mode="r", offset=_HEADER_BYTES, shape=(count,)) if count else np.empty(0, record)
    return _File(path, kind, header, records)


def _kind(path: Path, header: Any) -> tuple[str, np.dtype[Any]]:
    """Kind of a file and type of its records, by the header, and by the extension only where that does not tell."""
    size = int(header.get("RecordSize", 0))
    kind = {_NCS.itemsize: ".ncs", _NEV.itemsize: ".nev"}.get(size, ".ntt" if size else path.suffix.lower())
    if kind in (".ncs", ".nev"):
        return kind, _NCS if kind == ".ncs" else _NEV
    wires = max(1, len(header["channel_ids"]))
    samples = (size - _SPIKE_BYTES) // 2 // wires if size else _SNIPPET
    if kind not in SUFFIXES or not 0 < samples <= _SAMPLES:
        raise FileFormatError(f"{path}: a Neuralynx file of a kind that is not read: records of {size} bytes")
    shape = [("features", "<i4", (8,)), ("samples", "<i2", (samples, wires))]
    return ".ntt", np.dtype([("stamp", "<u8"), ("channel", "<u4"), ("unit", "<u4"), *shape])


def _cut(file: _File) -> tuple[str, ...]:
    """Say so where a file ends within a record."""
    size = file.path.stat().st_size
    rest = (size - _HEADER_BYTES) % file.records.dtype.itemsize
    if size < _HEADER_BYTES or not rest:
        return ()
    return (f"{file.path.name} is cut short: it ends within record {len(file.records) + 1}, which is left out",)


def _whole(signals: Sequence[StoredSignal], found: Found) -> Support:
    """When a session without a wire was recorded: while its fastest signal was, else from first to last datum."""
    times = [float(t) for train in found.trains for t in train.times_s[[0, -1]]] + [e.time_s for e in found.events]
    if not signals:
        return Support.of(Epoch(min(times), max(max(times), min(times) + 1e-3), "recorded"))
    fastest = max(signals, key=lambda signal: signal.channel.sampling_hz)
    hz = fastest.channel.sampling_hz
    bounds = [[run.start_s, run.start_s + run.n_samples / hz] for run in fastest.runs]
    spikes = [float(t) for train in found.trains for t in train.times_s[[0, -1]]]
    bounds[0][0], bounds[-1][1] = min([bounds[0][0], *spikes]), max([bounds[-1][1], *spikes])
    return Support(tuple(Epoch(start, stop, "recorded") for start, stop in bounds))


# --- continuous channels ---------------------------------------------------------------------------------------------


def _signals(files: Sequence[_File], zero: int) -> tuple[tuple[StoredSignal, ...], tuple[str, ...]]:
    """List the continuous channels, unread, with what is odd about their rates."""
    numbers = range(1, len(files) + 1)
    names = unique_names([file.name for file in files], numbers)
    signals: list[StoredSignal] = []
    doubts: list[str] = []
    for number, name, file in zip(numbers, names, files, strict=True):
        claimed = float(file.header.get("sampling_rate", 0.0))
        if not believable(claimed):
            doubts += rate_doubt(name, claimed)
            continue
        stamps, sizes = file.records["stamp"].astype(np.int64) - zero, file.records["valid"].clip(0, _SAMPLES)
        hz = _true_rate(stamps, sizes, claimed)
        if hz != claimed:
            doubts.append(
                f"channel {name!r} claims {claimed:g} Hz; by its time stamps it is {hz:.7g} Hz, as it is read"
            )
        runs = _runs(stamps, sizes, hz)
        at = _HEADER_BYTES + _NCS_SAMPLES_AT + _NCS.itemsize * np.arange(len(sizes))
        data = BlockReader.of(file.path, np.dtype("<i2"), at, sizes)
        channel = voltage_channel(number, name, "uV", hz, runs)
        gain, band_hz = float(_gains(file)[0]), _passed(file).band_hz
        signals.append(StoredSignal(channel, runs, data, data.item, gain, band_hz=band_hz))
    return tuple(signals), tuple(doubts)


def _passed(file: _File) -> Passed:
    """Band that a file's header states."""
    with file.path.open("rb") as opened:
        return neuralynx_passed(opened.read(_HEADER_BYTES))


def _gains(file: _File) -> NDArray[np.float64]:
    """Microvolts per count of each wire, at the electrode and of the electrode's polarity."""
    gains = np.atleast_1d(np.asarray(file.header.get("bit_to_microVolt", 0.0), dtype=np.float64))
    return -gains if file.header.get("input_inverted") else gains


def _breaks(stamps: NDArray[np.int64], sizes: NDArray[np.uint32], hz: float) -> NDArray[np.int64]:
    """Numbers of the records before which there is a pause; the first is one of them."""
    missing_us = np.diff(stamps) - sizes[:-1] / hz * 1e6
    return np.append(0, np.flatnonzero(np.abs(missing_us) > GAP_TOLERANCE_MS * 1e3) + 1)


def _true_rate(stamps: NDArray[np.int64], sizes: NDArray[np.uint32], claimed: float) -> float:
    """Sampling rate by the stamps of the longest run, where the one claimed is a gap's tolerance off at its end."""
    bounds = np.append(_breaks(stamps, sizes, claimed), len(stamps))
    longest = int(np.argmax(np.diff(bounds)))
    first, last = int(bounds[longest]), int(bounds[longest + 1]) - 1
    span_s, samples = (stamps[last] - stamps[first]) * 1e-6, int(sizes[first:last].sum())
    off = last > first and abs(span_s - samples / claimed) > GAP_TOLERANCE_MS * 1e-3
    return rate(samples / span_s) if off else claimed


def _runs(stamps: NDArray[np.int64], sizes: NDArray[np.uint32], hz: float) -> tuple[Run, ...]:
    """Return the stretches between pauses."""
    bounds = _breaks(stamps, sizes, hz)
    lengths = np.add.reduceat(sizes.astype(np.int64), bounds)
    return joined([(int(n), float(t) * 1e-6) for n, t in zip(lengths, stamps[bounds], strict=True)], hz)


# --- spikes and events -----------------------------------------------------------------------------------------------


def _found(files: Sequence[_File], zero: int, reading: ReadingSettings, before: int) -> Found:
    """Read spikes and events."""
    numbers = [before + 1 + i for i in range(len(files))]
    names = unique_names([file.name for file in files], numbers)
    trains: list[Train] = []
    events: list[Event] = []
    channels: list[Channel] = []
    for number, name, file in zip(numbers, names, files, strict=True):
        times = np.asarray((file.records["stamp"].astype(np.int64) - zero) * 1e-6, dtype=np.float64)
        span = (float(times[0]), float(times[-1])) if len(times) else (np.nan, np.nan)
        if file.kind == ".nev":
            events += [_event(float(t), name, record) for t, record in zip(times, file.records, strict=True)]
            channels.append(Channel(number, name, "event", len(times), "", np.nan, *span, used="marks"))
        else:
            hz = rate(file.header.get("sampling_rate", 0.0))
            trains += [with_passed(train, _passed(file)) for train in _units(file, name, times, hz, reading)]
            channels.append(Channel(number, name, "spikes", len(times), "uV", hz, *span, used="units"))
    doubts = tuple(doubt for file, name in zip(files, names, strict=True) for doubt in _scale(file, name, reading))
    return Found(tuple(trains), tuple(sorted(events, key=lambda e: e.time_s)), tuple(channels), doubts)


def _scale(file: _File, name: str, reading: ReadingSettings) -> tuple[str, ...]:
    """Say so where the header of spikes has no scale, or no rate that they could have."""
    if file.kind == ".nev":
        return ()
    if not rate(file.header.get("sampling_rate", 0.0)) >= WIRE_MIN_HZ:
        return (f"spikes of {name!r} claim {file.header.get('sampling_rate', 0.0):g} Hz: their shapes are not read",)
    if not (reading.gain_uv or np.all(_gains(file))):
        return (f"spikes of {name!r} state no scale: their numbers are taken as µV; gain_uv says otherwise",)
    return ()


def _units(file: _File, name: str, times: NDArray[np.float64], hz: float, reading: ReadingSettings) -> list[Train]:
    """Return the units of one electrode, each once, with the snippets of all its wires.

    The format does not say which sample of a snippet its time means: the times are taken as the peak's, and may be off
    by the snippet's lead, 0.25 ms.
    """
    order = np.argsort(times, kind="stable")
    codes, times = file.records["unit"][order], times[order]
    wanted = [int(code) for code in np.unique(codes)]
    if not hz >= WIRE_MIN_HZ:
        return [Train(f"{name}:{c}", times[codes == c], "file", multi_unit=c == 0) for c in wanted]
    gains = [scale_uv(reading, "uV", gain or 1.0, 0.0)[0] for gain in _gains(file)]
    shapes = file.records["samples"][order].astype(np.float32) * np.array(gains, dtype=np.float32)
    return [
        aligned(
            f"{name}:{c}", times[codes == c], shapes[codes == c], hz, -1, unsorted=c == 0, stamped=None, origin="file"
        )
        for c in wanted
    ]


def _event(time_s: float, channel: str, record: NDArray[Any]) -> Event:
    """Return a mark; what the program itself writes is no text of the user's, but says which line it is."""
    said = text(bytes(record["label"]))
    if said in _OF_THE_PROGRAM:
        return Event(time_s, channel=f"{channel}: {said}")
    if line := _TTL.fullmatch(said):
        value = int(line["value"], 16)
        return Event(
            time_s, code=str(value), channel=f"{channel}: {line['line']}", polarity="rise" if value else "fall"
        )
    return Event(time_s, said, str(int(record["ttl"])), channel)
