"""Voltage of an NWB file: the wires of one electrode as a recording, slow channels as monitors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pynwb.ecephys import ElectricalSeries, SpikeEventSeries

from ephys.io.contents import WIRE_MIN_HZ, Channel, choose_wires, find_channel, scale_doubts
from ephys.io.nwb_monitors import every_series
from ephys.io.nwb_series import Track, Wire, find_tracks, list_wires
from ephys.io.sources import stacked
from ephys.model import Monitor, ReadingSettings, Recording


@dataclass(frozen=True)
class Voltage:
    """What the electrical series of a file are: a recording, slow signals, the list of their channels, and doubts."""

    recording: Recording | None = None
    monitors: tuple[Monitor, ...] = ()
    channels: tuple[Channel, ...] = ()
    doubts: tuple[str, ...] = ()


def read_voltage(
    file: Any, path: Path, reading: ReadingSettings, notes: Mapping[str, Any] | None, *, slow: Collection[str] = ()
) -> Voltage:
    """Return the recording, slow channels, the list of channels, and what is odd.

    Where the user names neither wire nor group, all channels of a file that `write_nwb` wrote are the wires; in
    another's those that lie in the electrode group of the fastest channel.

    Parameters
    ----------
    file : pynwb.NWBFile
        Open.
    path : Path
        Where it lies; voltage is read from there later.
    reading : ReadingSettings
        Wire, group, monitors, gain and band, as the user has them.
    notes : mapping or None
        What `write_nwb` noted of the recording; ``None`` for another's file.
    slow : collection of str, optional
        Names of the slow signals that are no electrical series.
    """
    every = [series for series in every_series(file) if isinstance(series, ElectricalSeries)]
    held = [s for s in every if not isinstance(s, SpikeEventSeries) and s.data.ndim <= 2 and len(s.data)]
    doubts = [f"electrical series {s.name!r} holds no steady signal: not read" for s in every if s not in held]
    reading = replace(reading, monitors=tuple(name for name in reading.monitors if name not in slow))
    wires = list_wires(find_tracks(held, path))
    channels = tuple(wire.channel for wire in wires)
    chosen = wires if notes is not None and not (reading.wire or reading.group) else _choose(wires, reading, path)
    named = [find_channel(channels, name, file=str(path)) for name in reading.monitors]
    chosen = [wire for wire in chosen if wire.channel not in named]
    monitors = [w for w in wires if w not in chosen and (w.channel in named or (w.track.n_channels == 1 and _slow(w)))]
    used = {w.channel.number: "monitor" for w in monitors} | {w.channel.number: "wire" for w in chosen}
    listed = tuple(replace(c, used=used.get(c.number, c.used)) for c in channels)
    if notes is None:
        doubts += (*_unread(listed), *_scale_doubts(chosen, reading))
    return Voltage(
        _recording(chosen, path, reading, notes or {}) if chosen else None,
        tuple(w.track.monitor(w.column, reading, name=w.channel.name) for w in monitors),
        listed,
        tuple(doubts),
    )


def _slow(wire: Wire) -> bool:
    """Whether a channel was sampled too slowly to show a spike."""
    return wire.channel.sampling_hz < WIRE_MIN_HZ


def _choose(wires: Sequence[Wire], reading: ReadingSettings, path: Path) -> list[Wire]:
    """Return the wires of one electrode: those named, those of the group named, those of the fastest one's group."""
    if reading.group and not reading.wire:
        members = [w for w in wires if w.channel.group == reading.group and not _slow(w)]
        together = [w for w in members if _sampled(w) == _sampled(members[0])]
        kept = [w for i, w in enumerate(together) if w.electrode not in {v.electrode for v in together[:i]}]
        grouped = choose_wires(tuple(w.channel for w in kept or wires), reading, file=str(path))
        return [wire for wire in wires if wire.channel in grouped]
    channels = choose_wires(tuple(wire.channel for wire in wires), reading, file=str(path))
    chosen = [next(wire for wire in wires if wire.channel == channel) for channel in channels]
    if reading.wire or not chosen:
        return chosen
    return [w for w in wires if w.track is chosen[0].track and w.channel.group == chosen[0].channel.group]


def _sampled(wire: Wire) -> tuple[float, int, float]:
    """Rate, length and start: the wires of one electrode share them."""
    return wire.channel.sampling_hz, wire.channel.count, wire.channel.start_s


def _recording(wires: Sequence[Wire], path: Path, reading: ReadingSettings, notes: Mapping[str, Any]) -> Recording:
    """Return the voltage of the wires, in their order, unread."""
    low, high = reading.band if reading.band_hz else notes.get("band_hz") or (None, None)
    name = notes.get("name") or path.stem
    tracks: list[tuple[Track, list[int]]] = []
    for wire in wires:
        if tracks and tracks[-1][0] is wire.track:
            tracks[-1][1].append(wire.column)
        else:
            tracks.append((wire.track, [wire.column]))
    return stacked([track.recording(own, reading, name=name, band_hz=(low, high)) for track, own in tracks])


def _scale_doubts(wires: Sequence[Wire], reading: ReadingSettings) -> list[str]:
    """Say what is odd about the scale of the wires."""
    doubts: list[str] = []
    for wire in wires:
        gains_uv, _ = wire.track.scale(reading)
        step = gains_uv[wire.column] * 1e-6 if wire.track.counts else None
        doubts += scale_doubts(reading, wire.channel.name, "V", step)
    return doubts


def _unread(channels: Sequence[Channel]) -> list[str]:
    """Say which channels are not read: wires of other electrodes, and slow ones of many channels."""
    doubts = []
    for slow, what in ((False, "wire or group chooses"), (True, "monitors names those that are wanted")):
        left = [c for c in channels if c.used == "not read" and (c.sampling_hz < WIRE_MIN_HZ) == slow]
        if left:
            shown = ", ".join(f"{c.number} {c.name!r}" + (f" ({c.group})" if c.group else "") for c in left[:8])
            more = f" and {len(left) - 8} more" if len(left) > 8 else ""
            doubts.append(f"voltage channels that are not read: {shown}{more}; {what}")
    return doubts
