"""Voltage of an NWB file: one recording from its fastest electrical series, pauses kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pynwb.ecephys import ElectricalSeries

from ephys.errors import FileFormatError
from ephys.io.contents import WIRE_MIN_HZ, Channel, choose_wires, scale_uv
from ephys.io.sources import ChainReader, CountSource, Hdf5Reader
from ephys.model import ReadingSettings, Recording, Run


def read_voltage(
    file: Any, path: Path, reading: ReadingSettings, notes: Mapping[str, Any]
) -> tuple[Recording | None, tuple[Channel, ...], tuple[str, ...]]:
    """Return the recording, its channels, and what is odd.

    Parameters
    ----------
    file : pynwb.NWBFile
        Open.
    path : Path
        Where it lies; voltage is read from there later.
    reading : ReadingSettings
        Wire, gain and band, as the user has them.
    notes : mapping
        What `write_nwb` noted of the recording; empty for another's file.
    """
    every = [series for series in file.acquisition.values() if isinstance(series, ElectricalSeries)]
    fast = [s for s in every if _rate(s) >= WIRE_MIN_HZ or notes]
    if not fast:
        odd = tuple(f"electrical series {s.name!r} at {_rate(s):g} Hz is too slow for a wire: not read" for s in every)
        return None, (), odd
    first = max(fast, key=_rate)
    parts = sorted((s for s in fast if _alike(s, first)), key=_start)
    parts = [first] if _overlap(parts) else parts
    doubts = tuple(f"electrical series {s.name!r} is not read" for s in every if s not in parts)
    names = _channel_names(first)
    runs, listed = _runs(parts), _listed(parts, names)
    kept = tuple(range(len(names)))
    if reading.wire:
        kept = tuple(listed.index(wire) for wire in choose_wires(listed, reading, file=str(path)))
    gain_uv, offset_uv = scale_uv(reading, "V", *_scale(first, path))
    reader = ChainReader(
        tuple((Hdf5Reader(path, s.data.name, kept if s.data.ndim == 2 else None), len(s.data)) for s in parts)
    )
    source = CountSource(
        reader, sum(len(s.data) for s in parts), len(kept), np.dtype(first.data.dtype),
        gain_uv, offset_uv,
    )  # fmt: skip
    low, high = reading.band if reading.band_hz else notes.get("band_hz") or (None, None)
    name = notes.get("name") or path.stem
    recording = Recording(source, _rate(first), runs, tuple(names[c] for c in kept), (low, high), name)
    return recording, listed, doubts


def _rate(series: Any) -> float:
    """Samples per second, from the timestamps where none is stated."""
    if series.rate:
        return float(series.rate)
    stamps = series.timestamps[: min(len(series.timestamps), 1000)]
    return 1.0 / float(np.median(np.diff(stamps))) if len(stamps) > 1 else 0.0


def _start(series: Any) -> float:
    """When the series begins."""
    return float(series.starting_time or 0.0) if series.rate else float(series.timestamps[0])


def _alike(series: Any, first: Any) -> bool:
    """Whether two series can be stretches of one recording."""
    return all(
        (
            _rate(series) == _rate(first),
            series.data.shape[1:] == first.data.shape[1:],
            series.data.dtype == first.data.dtype,
            (series.conversion, series.offset) == (first.conversion, first.offset),
        )
    )


def _overlap(parts: list[Any]) -> bool:
    """Whether stretches, sorted by start, run into one another: then they are different wires."""
    ends = [_start(s) + (len(s.data) - 0.5) / _rate(s) for s in parts]
    return any(end > _start(later) for end, later in zip(ends, parts[1:], strict=False))


def _runs(parts: list[Any]) -> tuple[Run, ...]:
    """Return the unbroken stretches; timestamps are searched for pauses."""
    runs: list[Run] = []
    first_sample = 0
    for series in parts:
        length = len(series.data)
        starts = [(0, _start(series))] if series.rate else _breaks(series)
        ends = [*(first for first, _ in starts[1:]), length]
        runs += [Run(first_sample + a, b - a, t) for (a, t), b in zip(starts, ends, strict=True)]
        first_sample += length
    return tuple(runs)


def _breaks(series: Any) -> list[tuple[int, float]]:
    """First sample and time of each stretch of a series with timestamps."""
    stamps = np.asarray(series.timestamps[:], dtype=np.float64)
    after = np.flatnonzero(np.diff(stamps) > 1.5 / _rate(series)) + 1
    return [(int(i), float(stamps[i])) for i in (0, *after)]


def _channel_names(series: Any) -> tuple[str, ...]:
    """Names of the channels, by their electrodes where those have names."""
    table = series.electrodes.table
    rows = list(series.electrodes.data[:])
    count = series.data.shape[1] if series.data.ndim == 2 else 1
    if "channel_name" in table.colnames and len(rows) == count:
        return tuple(str(table["channel_name"][int(row)]) for row in rows)
    return tuple(f"{series.name} {i}" for i in range(count)) if count > 1 else (series.name,)


def _listed(parts: list[Any], names: tuple[str, ...]) -> tuple[Channel, ...]:
    """Return the channels for the list of contents."""
    count = sum(len(s.data) for s in parts)
    stop_s = _runs(parts)[-1].start_s + len(parts[-1].data) / _rate(parts[-1])
    return tuple(
        Channel(i + 1, name, "voltage", count, "uV", _rate(parts[0]), _start(parts[0]), stop_s, "wire")
        for i, name in enumerate(names)
    )


def _scale(series: Any, path: Path) -> tuple[float, float]:
    """Microvolts per stored number, and offset; one for all channels."""
    each = series.channel_conversion
    factors = {1.0} if each is None else {float(factor) for factor in each[:]}
    if len(factors) > 1:
        raise FileFormatError(f"{path}: channels of {series.name!r} have different scales; give gain_uv and one wire")
    return float(series.conversion) * factors.pop(), float(series.offset or 0.0)
