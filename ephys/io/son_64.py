"""Spike2's 64-bit files (`ephys.io.smrx`), handed on as the 32-bit ones are, so that both become sessions alike."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.errors import DamagedFileWarning
from ephys.io.blocks import BlockReader, HeldItems
from ephys.io.smrx import Kind, SmrxChannel, SmrxEvents, SmrxFile, SmrxWave, SmrxWaveMarks
from ephys.io.son import BLOCKS, TO_THE_END, SonChannel, SonFile
from ephys.model import Epoch

_AFTER_S = 1.0
"""Beyond the last tick of a file, and the last sample of any snippet."""

_NUMBERS = {kind: number for number, kind in enumerate(Kind, 1)}
"""Both formats number the kinds alike."""


def open_smrx(path: Path) -> SonFile:
    """Open a file: the header, and the heads of all blocks; what is damaged is in `remarks`, not warned of.

    Raises
    ------
    FileFormatError
        If its header is damaged or cut short.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DamagedFileWarning)
        with SmrxFile(path) as file:
            channels = tuple(_channel(file, channel) for channel in file.channels)
            stop_s = file.max_time_ticks * file.time_base_s
            return SonFile(path, file.time_base_s, file.started_at, channels, tuple(file.remarks), stop_s)


def _channel(file: SmrxFile, channel: SmrxChannel) -> SonChannel:
    """Return one channel, numbered as Spike2 shows it."""
    gain, offset = channel.gain
    marks = channel if isinstance(channel, SmrxWaveMarks) else None
    data, blocks = _data(file.path, channel)
    return SonChannel(
        number=channel.number + 1,
        kind=_NUMBERS[channel.kind],
        title=channel.title.strip(),
        unit=channel.units.strip(),
        interval_s=channel.divide * file.time_base_s,
        gain=gain,
        offset=offset,
        pre=marks.pre if marks else 0,
        traces=marks.traces if marks else 1,
        starts_low=not (isinstance(channel, SmrxEvents) and channel.starts_high),
        data=data,
        blocks=blocks,
        lost=_lost(file, channel),
    )


def _lost(file: SmrxFile, channel: SmrxChannel) -> tuple[Epoch, ...]:
    """When a channel of events may have had some that the file has lost; a pause of samples shows by itself.

    The last snippet before is left its whole length, for its spike is placed on its peak.
    """
    if not isinstance(channel, SmrxEvents):
        return ()
    length = channel.points * channel.divide if isinstance(channel, SmrxWaveMarks) else 0
    end_s = file.max_time_ticks * file.time_base_s + _AFTER_S
    before, after = channel.lost_ticks.T
    since = np.where(before < 0, 0, before + length + 1)
    bounds = np.clip(np.stack([since, after], axis=1) * file.time_base_s, 0.0, end_s).tolist()
    return tuple(Epoch(a, b, TO_THE_END if b == end_s else "lost") for a, b in bounds if a < b)


def _data(path: Path, channel: SmrxChannel) -> tuple[BlockReader | HeldItems, NDArray[Any]]:
    """Return what reads a channel, and its stretches: samples stay in the file, marks are few and are read now."""
    if isinstance(channel, SmrxWave):
        pieces = channel.pieces
        blocks = _stretches(pieces.at, pieces.count, pieces.start, pieces.start + (pieces.count - 1) * channel.divide)
        return BlockReader.of(path, channel.dtype, pieces.at, pieces.count), blocks
    assert isinstance(channel, SmrxEvents)
    items = _renamed(channel.items)
    items = items[np.argsort(items["tick"], kind="stable")]
    ticks = items["tick"].astype(np.int64)
    some = min(1, len(ticks))
    return HeldItems(items), _stretches([0] * some, [len(ticks)] * some, ticks[:some], ticks[len(ticks) - some :])


def _stretches(at: ArrayLike, items: ArrayLike, start: ArrayLike, end: ArrayLike) -> NDArray[Any]:
    """Return stretches of a channel: place, items, first and last tick of each."""
    return np.rec.fromarrays([np.asarray(part, np.int64) for part in (at, items, start, end)], dtype=BLOCKS)


def _renamed(items: NDArray[Any]) -> NDArray[Any]:
    """Return items by the names that those of a 32-bit file have; the four codes are one number."""
    own = items.dtype.fields
    assert own is not None
    formats = {"codes": ("marker", np.dtype("<u4")), "text": ("label", None)}
    fields = {name: (*formats.get(name, (name, None)), *own[name][:2]) for name in own}
    dtype = np.dtype(
        {
            "names": [name for name, *_ in fields.values()],
            "formats": [wanted or stored for _, wanted, stored, _ in fields.values()],
            "offsets": [at for *_, at in fields.values()],
            "itemsize": items.dtype.itemsize,
        }
    )
    return items.view(dtype)
