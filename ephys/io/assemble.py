"""From what a reader found in a file to a session: the wire, the monitors, the units, the marks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io.contents import (
    Channel,
    Contents,
    choose_wires,
    find_channel,
    scale_doubts,
    wire_doubts,
)
from ephys.io.header_bands import without_bands
from ephys.io.sources import stacked
from ephys.io.trains import Train, as_units, unseen_end
from ephys.model import DoseProtocol, Epoch, Event, Monitor, ReadingSettings, Recording, Run, Session, Support

_STRAY_SHARE = 0.05
"""With more of a unit's spikes outside what was sampled than this, that does not cover the session. Convention."""


class Signal(Protocol):
    """A continuous channel of any format."""

    @property
    def channel(self) -> Channel:
        """What the list of contents says of it."""
        ...

    @property
    def runs(self) -> tuple[Run, ...]:
        """Its unbroken stretches on the session's clock."""
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
    """What else a reader found: spikes, marks, their channels, what is odd, and whether it is known when all ended."""

    trains: tuple[Train, ...] = ()
    events: tuple[Event, ...] = ()
    channels: tuple[Channel, ...] = ()
    doubts: tuple[str, ...] = ()
    started_at: datetime | None = None
    end_is_known: bool = False


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
        If the file holds nothing at all, or the wires of one electrode pause at different times.
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
    _pause_alike(chosen, file=str(path))
    recording = stacked([signal.recording(reading, path.stem) for signal in chosen]) if chosen else None
    spikes = _spike_times(found, reading)
    recorded, doubts = _recorded(recording, held, spikes, whole)
    if spikes and not (held or found.end_is_known):
        doubts += (unseen_end(recorded),)
    units, outside = as_units(without_bands(found.trains, reading), recorded)
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


def _pause_alike(wires: Sequence[Signal], *, file: str) -> None:
    """Raise if the wires of one electrode pause at different times: samples of one number would not be of one time.

    Raises
    ------
    FileFormatError
        If they do.
    """
    for wire in wires[1:]:
        first, hz = wires[0], wire.channel.sampling_hz
        alike = len(first.runs) == len(wire.runs) and all(
            a.first_sample == b.first_sample and abs(a.start_s - b.start_s) * hz < 0.999
            for a, b in zip(first.runs, wire.runs, strict=True)
        )
        if not alike:
            names = f"{first.channel.name!r} and {wire.channel.name!r}"
            raise FileFormatError(f"{file}: {names} pause at different times: they cannot be read as one electrode")


def _spike_times(found: Found, reading: ReadingSettings) -> tuple[NDArray[np.float64], ...]:
    """Times of every train that has spikes, with those of the event channel that the user says is one."""
    told = [e.time_s for e in found.events if reading.spikes and e.channel == reading.spikes]
    return tuple(times for times in (*(train.times_s for train in found.trains), np.array(told)) if len(times))


def _recorded(
    recording: Recording | None,
    signals: Sequence[Signal],
    spikes: Sequence[NDArray[np.float64]],
    whole: Callable[[], Support],
) -> tuple[Support, tuple[str, ...]]:
    """When the session was recorded: while the wire was sampled, unless the units fire far beyond that."""
    if recording is None:
        return _without_wire(signals, spikes, whole())
    if not _stray(spikes, recording.support):
        return recording.support, ()
    recorded = whole()
    return recorded, (
        f"the wire was sampled from {recording.start_s:g} to {recording.stop_s:g} s, the units fire beyond: "
        f"their time is taken as the file's, {recorded.start_s:g} to {recorded.stop_s:g} s",
    )


def _stray(spikes: Sequence[NDArray[np.float64]], sampled: Support) -> bool:
    """Whether a unit fires where nothing was sampled."""
    return max((float(np.mean(~sampled.mask(times))) for times in spikes), default=0.0) > _STRAY_SHARE


def _without_wire(
    signals: Sequence[Signal], spikes: Sequence[NDArray[np.float64]], whole: Support
) -> tuple[Support, tuple[str, ...]]:
    """When a session without a wire was recorded: not while every channel paused, unless the units fire then, too."""
    sampled = whole.without(_pauses(signals))
    if not _stray(spikes, sampled):
        return sampled, ()
    return whole, ("units fire where every channel pauses: their time is taken as unbroken",)


def _pauses(signals: Sequence[Signal]) -> Iterator[Epoch]:
    """Stretches between the first sample and the last in which no channel was sampled."""
    spans = sorted(
        (run.start_s, run.start_s + run.n_samples / signal.channel.sampling_hz)
        for signal in signals
        for run in signal.runs
    )
    reached_s = spans[0][1] if spans else 0.0
    for start_s, stop_s in spans:
        if start_s > reached_s:
            yield Epoch(reached_s, start_s, "gap")
        reached_s = max(reached_s, stop_s)
