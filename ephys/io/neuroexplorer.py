"""NeuroExplorer ``.nex`` files: neurons, waveforms, events, intervals, markers, continuous channels with their pauses.

Read through neo's raw layer, round its faults: it joins the pauses of a continuous channel as if nothing were missing,
and reads what a file that is cut short has not got.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from neo.rawio import NeuroExplorerRawIO

from ephys.errors import FileFormatError
from ephys.io.blocks import BlockReader
from ephys.io.contents import Contents
from ephys.io.raw_spikes import Cell, Opened, clean
from ephys.io.rawio import open_raw, read_raw, signal_names
from ephys.io.signals import StoredSignal, believable, joined, rate, voltage_channel
from ephys.model import ReadingSettings

_NEURON, _WAVEFORM, _CONTINUOUS = 0, 3, 5
_BYTES = {0: 4, 1: 4, 2: 8, 3: 4, 5: 8, 6: 4}
"""Bytes that an entry of a variable takes at least, by type: neuron, event, interval, waveform, continuous, marker."""

_PRETHRESHOLD_VERSION = 106
"""From this version on, the header says how long before a spike its waveform begins."""


def nex_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read a ``.nex`` file.

    Raises
    ------
    FileFormatError
        If the file is damaged or cut short.
    """
    return read_raw(path, reading, "NeuroExplorer .nex", lambda: _opened(path), cells=_cells, signals=_signals)


def _opened(path: Path) -> Any:
    """Open the file.

    Raises
    ------
    FileFormatError
        If a variable reaches beyond the end of the file: neo would read fewer entries, or other bytes.
    """
    raw = open_raw(NeuroExplorerRawIO, path)
    size = path.stat().st_size
    for entity in raw._entity_headers:
        entries, points = int(entity["n"]), int(entity["NPointsWave"])
        samples = points * (entries if entity["type"] == _WAVEFORM else entity["type"] == _CONTINUOUS)
        end = int(entity["offset"]) + _BYTES.get(int(entity["type"]), 0) * entries + 2 * samples
        if not clean(entity["name"]):
            raise FileFormatError(f"{path}: damaged: the header of a variable has no name")
        if min(entries, points) < 0 or end > size:
            raise FileFormatError(
                f"{path}: cut short: {clean(entity['name'])} reaches to byte {end}, the file ends at {size}"
            )
    if not raw.global_header["freq"] > 0:
        raise FileFormatError(f"{path}: damaged: its clock runs at {raw.global_header['freq']} Hz")
    return raw


def _cells(raw: Any) -> list[Cell]:
    """Say what the file's neurons are: sorted, as their names say, by the program that made the file."""
    known = raw.global_header["version"] >= _PRETHRESHOLD_VERSION
    return [
        Cell(
            i, clean(row["name"]), "", False, float(row["wf_sampling_rate"]), "mV",
            int(row["wf_left_sweep"]) if known and row["wf_left_sweep"] > 0 else None,
        )
        for i, row in enumerate(raw.header["spike_channels"])
    ]  # fmt: skip


def _signals(file: Opened) -> Sequence[StoredSignal]:
    """List the continuous channels: times of the fragments, numbers of their first samples, then all samples."""
    raw, header = file.raw, file.raw.header["signal_channels"]
    signals = []
    for number, (row, name) in enumerate(zip(header, signal_names(header), strict=True), 1):
        hz = rate(row["sampling_rate"])
        if not believable(hz):
            continue
        entity = raw._entity_headers[int(row["id"])]
        at, count, points = int(entity["offset"]), int(entity["n"]), int(entity["NPointsWave"])
        index = np.fromfile(raw.filename, dtype="<i4", count=2 * count, offset=at).reshape(2, count)
        starts_s, firsts = index[0] / raw.global_header["freq"], index[1].astype(np.int64)
        sizes = np.diff(np.append(firsts, points))
        runs = joined([(int(n), float(t)) for n, t in zip(sizes, starts_s, strict=True)], hz)
        data = BlockReader.of(Path(raw.filename), np.dtype("<i2"), at + 8 * count + 2 * firsts, sizes)
        channel = voltage_channel(number, name, "mV", hz, runs)
        signals.append(StoredSignal(channel, runs, data, data.item, float(row["gain"]), float(row["offset"])))
    return signals
