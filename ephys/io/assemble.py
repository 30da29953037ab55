"""From what a reader found in a file to a session: the wire, the monitors, the units, the marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

import numpy as np

from ephys.errors import FileFormatError
from ephys.io.contents import (
    Channel,
    Contents,
    choose_wires,
    find_channel,
    scale_doubts,
    wire_doubts,
)
from ephys.io.sources import stacked
from ephys.io.trains import Train, as_units
from ephys.model import DoseProtocol, Event, Monitor, ReadingSettings, Recording, Session, Support

_STRAY_SHARE = 0.05
"""With more of a unit's spikes outside the sampled wire than this, the wire does not cover the session. Convention."""


class Signal(Protocol):
    """A continuous channel of any format."""

    @property
    def channel(self) -> Channel:
        """What the list of contents says of it."""
        ...

    @property
    def step(self) -> float | None:
        """Channel's own unit per count; ``None`` where floating-point numbers are stored."""
        ...

    def recording(self, reading: ReadingSettings, name: str) -> Recording:
        """Return its voltage, unread where the format allows."""
        ...

    def monitor(self) -> Monitor:
        """Return its values in its own unit."""
        ...


@dataclass(frozen=True)
class Found:
    """What else a reader found: spikes, marks, their channels, and what is odd."""

    trains: tuple[Train, ...] = ()
    events: tuple[Event, ...] = ()
    channels: tuple[Channel, ...] = ()
    doubts: tuple[str, ...] = ()
    started_at: datetime | None = None


def assemble(
    path: Path,
    kind: str,
    reading: ReadingSettings,
    signals: Sequence[Signal],
    found: Found,
    whole: Callable[[], Support],
) -> Contents:
    """Put a session together.

    Parameters
    ----------
    path, kind : Path, str
        The file, and the name of its format.
    reading : ReadingSettings
        What the user says.
    signals : sequence of Signal
        Continuous channels.
    found : Found
        Spikes and marks.
    whole : callable
        Gives the time that the file covers, for sessions that no wire covers.

    Raises
    ------
    FileFormatError
        If the file holds nothing at all.
    """
    held = tuple(s for s in signals if s.channel.count)
    if not (held or found.events or any(len(train.times_s) for train in found.trains)):
        raise FileFormatError(f"{path}: holds no data: no continuous signal, no spikes, no marks")
    listed = tuple(s.channel for s in held)
    wires = choose_wires(listed, reading, file=str(path))
    named = [find_channel(listed, name, file=str(path)) for name in reading.monitors]
    rest = [s for s in held if s.channel not in wires]
    slow = [s for s in rest if s.channel in named or s.channel.is_slow]
    chosen = [next(s for s in held if s.channel == wire) for wire in wires]
    recording = stacked([signal.recording(reading, path.stem) for signal in chosen]) if chosen else None
    recorded, doubts = _recorded(recording, found, whole)
    units, outside = as_units(found.trains, recorded)
    for signal in chosen:
        doubts += scale_doubts(reading, signal.channel.name, signal.channel.unit, signal.step)
    use = {s.channel.number: "monitor" for s in slow} | {wire.number: "wire" for wire in wires}
    channels = [replace(s.channel, used=use.get(s.channel.number, "not read")) for s in signals]
    session = Session(
        id=path.stem,
        protocol=DoseProtocol((), recorded),
        recording=recording,
        units=units,
        events=found.events,
        monitors=tuple(signal.monitor() for signal in slow),
        doubts=(*found.doubts, *doubts, *wire_doubts(listed, wires, reading), *outside),
        started_at=found.started_at,
    )
    spare = {s.channel.number: s.monitor for s in rest if s not in slow}
    return Contents(session, tuple(sorted((*channels, *found.channels), key=lambda c: c.number)), kind, spare)


def _recorded(
    recording: Recording | None, found: Found, whole: Callable[[], Support]
) -> tuple[Support, tuple[str, ...]]:
    """When the session was recorded: while the wire was sampled, unless the units fire far beyond that."""
    if recording is None:
        return whole(), ()
    stray = [np.mean(~recording.support.mask(t.times_s)) for t in found.trains if len(t.times_s)]
    if max(stray, default=0.0) <= _STRAY_SHARE:
        return recording.support, ()
    recorded = whole()
    return recorded, (
        f"the wire was sampled from {recording.start_s:g} to {recording.stop_s:g} s, the units fire beyond: "
        f"their time is taken as the file's, {recorded.start_s:g} to {recorded.stop_s:g} s",
    )
