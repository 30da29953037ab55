"""Igor Pro: a binary wave (``.ibw``), or every numeric wave of a packed experiment (``.pxp``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io.assemble import Found, assemble
from ephys.io.blocks import HeldItems
from ephys.io.contents import Contents
from ephys.io.foreign import foreign, with_remarks
from ephys.io.signals import StoredSignal, believable, joined, rate, voltage_channel
from ephys.io.son import text
from ephys.io.trains import unique_names
from ephys.model import Epoch, ReadingSettings, Support

_SECONDS = {"": 1.0, "s": 1.0, "sec": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6}
"""Seconds in one of a wave's unit of time; one without a unit is in seconds, as Igor has it."""


def igor_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read a wave or a packed experiment; each column of a wave is a channel.

    Raises
    ------
    FileFormatError
        If the file is damaged, holds no wave over time, or igor2 is not installed.
    """
    try:
        import igor2.binarywave
        import igor2.packed
    except ImportError:
        raise FileFormatError(
            f"{path}: Igor files need a package that is not here: pip install 'ephys[formats]'"
        ) from None
    with foreign(path, "Igor") as said:
        if path.suffix.lower() == ".pxp":
            found = list(_waves(igor2.packed.load(str(path))[1]))
        else:
            found = [igor2.binarywave.load(str(path))["wave"]]
        signals, doubts = _signals(found)
        if not signals:
            raise FileFormatError(f"{path}: holds no wave of numbers over time")
        contents = assemble(path, "Igor", reading, signals, Found(doubts=doubts), lambda: _whole(signals))
    return with_remarks(contents, said)


def _waves(folder: Mapping[bytes, Any]) -> Iterator[Mapping[str, Any]]:
    """Waves of a folder of an experiment and of those within it."""
    for item in folder.values():
        if isinstance(item, Mapping):
            yield from _waves(item)
        elif hasattr(item, "wave"):
            yield item.wave["wave"]


def _signals(waves: list[Mapping[str, Any]]) -> tuple[list[StoredSignal], tuple[str, ...]]:
    """Turn each column of a wave into a channel; what is no signal over time is passed over, and that is said."""
    named = [(text(bytes(wave["wave_header"]["bname"])) or "wave", wave) for wave in waves]
    timed = [(name, wave["wData"], _scaling(wave["wave_header"])) for name, wave in named]
    usable = [(name, np.asarray(data), axis) for name, data, axis in timed if axis and _is_signal(np.asarray(data))]
    rows = [(name, column, *axis) for name, data, axis in usable for column in data.reshape(len(data), -1).T]
    names = unique_names([row[0] for row in rows], range(1, len(rows) + 1))
    signals = []
    for number, (name, (_, values, hz, start_s, unit)) in enumerate(zip(names, rows, strict=True), 1):
        runs = joined([(len(values), start_s)], hz)
        channel = voltage_channel(number, name, unit, hz, runs)
        signals.append(StoredSignal(channel, runs, HeldItems(values), values.dtype))
    other = [name for name, _ in named if name not in {name for name, *_ in usable}]
    return signals, (f"waves that are no signals over time are not read: {', '.join(other)}",) if other else ()


def _is_signal(values: NDArray[Any]) -> bool:
    """Whether a wave holds real numbers, in one column or a few."""
    return values.dtype.kind in "iuf" and values.ndim in (1, 2) and len(values) > 1


def _scaling(header: Mapping[str, Any]) -> tuple[float, float, str] | None:
    """Sampling rate, start in seconds, and unit of the values; ``None`` where the wave is not over time.

    Waves of versions 1 to 3 have one scale, those of version 5 one for each dimension.
    """
    every, start = (float(np.ravel(header[new] if new in header else header[old])[0]) for new, old in _SCALES)
    words = header["dimUnits"][0] if "dimUnits" in header else header["xUnits"]
    seconds = _SECONDS.get(_word(words))
    if seconds is None or not every > 0 or not believable(1.0 / (every * seconds)):
        return None
    return rate(1.0 / (every * seconds)), start * seconds, _word(header["dataUnits"])


_SCALES = (("sfA", "hsA"), ("sfB", "hsB"))
"""Names of interval and start, in waves of version 5 and of those before."""


def _word(letters: Any) -> str:
    """Text of a unit, which is stored letter by letter."""
    return text(b"".join(bytes(letter) for letter in np.ravel(letters)))


def _whole(signals: list[StoredSignal]) -> Support:
    """When a session without a wire was recorded: while its longest channel was."""
    longest = max((signal.channel for signal in signals), key=lambda channel: channel.stop_s - channel.start_s)
    return Support.of(Epoch(longest.start_s, longest.stop_s, "recorded"))
