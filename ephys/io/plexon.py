"""Plexon ``.plx`` files: sorted units with their snippets, events by name, continuous channels with their pauses.

Read through neo's raw layer, round its faults: it starts every continuous channel at 0 and joins its pauses, reads the
last block of one as zeros, keeps what follows the NUL in a name, reads snippets one by one, and does not use what the
header says of their rate (older files leave it to the clock's) and of the sample at which they crossed the threshold.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from neo.rawio import PlexonRawIO
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io.blocks import BlockReader
from ephys.io.contents import Contents
from ephys.io.raw_spikes import Cell, Opened, clean
from ephys.io.rawio import parsed, read_raw, signal_names
from ephys.io.signals import StoredSignal, believable, joined, rate, voltage_channel
from ephys.model import ReadingSettings

_HEADER = struct.Struct("<4si128s12i")
"""Magic, version, comment, clock (Hz), channels (3 kinds), samples of a snippet, those before the threshold, date."""

_LARGEST = 4096
"""A file has no more channels of a kind than this; a header that says more is damaged. Convention."""

_SPIKE_BLOCKS, _SIGNAL_BLOCKS = 1, 5


class _PlexonRawIO(PlexonRawIO):  # type: ignore[misc]  # neo has no types
    """Neo's reader, with the snippets of a unit read at once."""

    def _get_spike_raw_waveforms(self, *place: Any) -> NDArray[np.int16] | None:
        """Snippets of all spikes of a unit as (spikes, 1, samples); ``None`` where they differ in length."""
        _, _, unit, _, _ = place  # block, segment, and the bounds in time, which are never given
        channel, code = self.internal_unit_ids[unit]
        blocks = self._data_blocks[_SPIKE_BLOCKS][channel]
        blocks = blocks[blocks["unit_id"] == code]
        lengths = np.unique(blocks["size"])
        if len(lengths) != 1:
            return None
        shapes = self._memmap[blocks["pos"][:, np.newaxis] + np.arange(lengths[0])].view("<i2")
        return np.asarray(shapes[:, np.newaxis, :])


def plexon_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read a ``.plx`` file.

    Raises
    ------
    FileFormatError
        If the file is damaged.
    """
    return read_raw(
        path, reading, "Plexon .plx", lambda: _opened(path), cells=lambda raw: _cells(raw, path), signals=_signals
    )


def _opened(path: Path) -> Any:
    """Open the file.

    Raises
    ------
    FileFormatError
        If its header cannot be true: neo would ask for the memory that it claims.
    """
    _, _, _, clock, spikes, events, slow, points, before, *_ = _header(path)
    if not clock > 0 or not all(0 <= n <= _LARGEST for n in (spikes, events, slow, points, before)):
        raise FileFormatError(f"{path}: damaged: a header of {clock} Hz and {spikes}, {events} and {slow} channels")
    return parsed(_PlexonRawIO(str(path), progress_bar=False))


def _header(path: Path) -> tuple[Any, ...]:
    """Beginning of the file's header."""
    with path.open("rb") as file:
        return _HEADER.unpack(file.read(_HEADER.size))


def _cells(raw: Any, path: Path) -> list[Cell]:
    """Say what the file's spike channels are; snippets of files before version 103 are sampled by the clock."""
    _, _, _, clock, _, _, _, _, before, *_ = _header(path)
    return [
        Cell(i, clean(row["name"]), str(code), code == 0, float(row["wf_sampling_rate"]) or float(clock), "mV", before)
        for i, (row, (_, code)) in enumerate(zip(raw.header["spike_channels"], raw.internal_unit_ids, strict=True))
    ]


def _signals(file: Opened) -> Sequence[StoredSignal]:
    """List the continuous channels: each block is stamped with the time of its first sample."""
    raw, header = file.raw, file.raw.header["signal_channels"]
    signals = []
    for number, (row, name) in enumerate(zip(header, signal_names(header), strict=True), 1):
        hz = rate(row["sampling_rate"])
        if not believable(hz):
            continue
        blocks = raw._data_blocks[_SIGNAL_BLOCKS][int(row["id"])]
        sizes = blocks["size"] // 2
        starts_s = blocks["timestamp"] / raw._global_ssampling_rate
        runs = joined([(int(n), float(t)) for n, t in zip(sizes, starts_s, strict=True)], hz)
        data = BlockReader.of(Path(raw.filename), np.dtype("<i2"), blocks["pos"], sizes)
        channel = voltage_channel(number, name, "mV", hz, runs)
        signals.append(StoredSignal(channel, runs, data, data.item, float(row["gain"])))
    return signals
