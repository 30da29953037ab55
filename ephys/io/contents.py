"""What a reader hands on: the session as the file has it, and a list of the file's channels."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ephys.errors import FileFormatError
from ephys.jupyter import Shown
from ephys.model import Epoch, Monitor, MonitorKind, ReadingSettings, Session, Support, monitor_kind

ChannelKind = Literal["voltage", "spikes", "event"]

WIRE_MIN_HZ = 5000.0
"""A channel sampled more slowly is no unit wire, but a monitor. Convention: it could not show a spike of 1 ms."""

_STEP_MAX_UV = 10.0
"""A converter's step coarser than this cannot be at the electrode: the amplifier's gain is missing. Convention."""

_MICROVOLTS = {
    "v": 1e6, "volt": 1e6, "volts": 1e6, "mv": 1e3, "millivolt": 1e3, "millivolts": 1e3, "nv": 1e-3,
    "uv": 1.0, "µv": 1.0, "μv": 1.0, "microvolt": 1.0, "microvolts": 1.0,
}  # fmt: skip

_WIRE_NAME = re.compile(
    r"(?<![^\W\d_])(units?|wire|electrode|probe\w*|tetrode|spikes?|neurons?|extracell\w*|[sm]ua?)(?![^\W\d_])", re.I
)
"""Names that laboratories give to the wire: of equals such a channel is taken."""


@dataclass(frozen=True, slots=True)
class Channel(Shown):
    """One channel of a file.

    Parameters
    ----------
    number : int
        As `session_info` lists it, and the acquisition program shows it.
    name, unit : str
        As in the file, stripped.
    kind : {"voltage", "spikes", "event"}
        Continuous signal of any unit, sorted spikes, or marks.
    sampling_hz : float
        Of the signal or the spikes' snippets; NaN where there is none.
    count : int
        Samples, spikes or marks.
    start_s, stop_s : float
        First and last time on the session's clock; NaN where empty.
    used : str
        What it became: wire, monitor, units, marks, or not read.
    group : str
        Electrode group, in files that know groups.
    lost : tuple of Epoch
        When spikes or marks of it may have been that a damaged or unfinished file has lost.
    """

    number: int
    name: str
    kind: ChannelKind
    count: int
    unit: str = ""
    sampling_hz: float = math.nan
    start_s: float = math.nan
    stop_s: float = math.nan
    used: str = ""
    group: str = ""
    lost: tuple[Epoch, ...] = ()

    @property
    def shows(self) -> MonitorKind:
        """What a continuous channel shows that is no wire, by name and unit; empty where neither tells."""
        return monitor_kind(self.name, self.unit) if self.kind == "voltage" else ""

    @property
    def is_slow(self) -> bool:
        """Whether it is a monitor unless the user says otherwise: too slow for a spike, or something else by name."""
        return self.kind == "voltage" and (self.sampling_hz < WIRE_MIN_HZ or bool(self.shows))


@dataclass(frozen=True)
class Contents:
    """A file as read.

    Parameters
    ----------
    session : Session
        What it became.
    channels : tuple of Channel
        Every channel of the file.
    format : str
        In words.
    spare : mapping of int to callable
        Continuous channels that became neither wire nor monitor, by number: left in the file, not lost; each is what
        opens it as a monitor.
    """

    session: Session
    channels: tuple[Channel, ...]
    format: str
    spare: Mapping[int, Callable[[], Monitor]] = field(default_factory=dict)


_APART_S = 1.0
"""A channel that begins or ends further from the session's ends than this was sampled for another time (convention)."""


def covers(channel: Channel, support: Support) -> bool:
    """Whether a channel was sampled for the session's time, a second more or less."""
    return max(abs(channel.start_s - support.start_s), abs(channel.stop_s - support.stop_s)) <= _APART_S


def microvolts(unit: str) -> float | None:
    """Microvolts in one of `unit`; 1 where no unit is stated, ``None`` where it is no voltage.

    >>> microvolts(" Volt"), microvolts("mV"), microvolts(""), microvolts("mmHg")
    (1000000.0, 1000.0, 1.0, None)
    """
    word = unit.strip().strip("\x00").lower()
    return 1.0 if not word else _MICROVOLTS.get(word)


def scale_uv(reading: ReadingSettings, unit: str, gain: float, offset: float) -> tuple[float, float]:
    """Return a channel's gain and offset in µV: by the user's gain, or unit, else by the file's unit.

    >>> scale_uv(ReadingSettings(), "mV", 0.001, 0.0), scale_uv(ReadingSettings(unit="V"), "", 1e-6, 0.0)
    ((1.0, 0.0), (1.0, 0.0))
    """
    if reading.gain_uv:
        return reading.gain_uv, 0.0
    factor = microvolts(reading.unit or unit) or 1.0
    return gain * factor, offset * factor


def scale_doubts(reading: ReadingSettings, name: str, unit: str, step: float | None) -> tuple[str, ...]:
    """Return what is odd about a channel's voltage scale, in words; nothing where the user stated the gain.

    Parameters
    ----------
    reading : ReadingSettings
        What the user says.
    name, unit : str
        Of the channel.
    step : float or None
        The file's unit per count, where it holds counts.
    """
    if reading.gain_uv:
        return ()
    unit = reading.unit or unit
    factor = microvolts(unit)
    if factor is None:
        return (
            f"channel {name!r}: {unit!r} is no voltage; its numbers are taken as µV; unit or gain_uv says otherwise",
        )
    if not unit.strip():
        return (f"channel {name!r} states no unit: its numbers are taken as µV; unit or gain_uv says otherwise",)
    if step is not None and step * factor > _STEP_MAX_UV:
        return (
            f"channel {name!r} claims {step * factor:.3g} µV per count, too coarse to be at the electrode: the "
            "amplifier's gain is probably missing; amplitudes are as the file has them; gain_uv sets the scale "
            f"(--gain-uv {step * factor / 1000:.3g} for a gain of 1000)",
        )
    return ()


def is_of_scale(doubt: str) -> bool:
    """Whether a doubt of a session is about how large one µV is; all of these say how it is stated.

    >>> is_of_scale(scale_doubts(ReadingSettings(), "unit", "", None)[0]), is_of_scale("cut short")
    (True, False)
    """
    return "gain_uv" in doubt


def choose_wires(channels: tuple[Channel, ...], reading: ReadingSettings, *, file: str) -> tuple[Channel, ...]:
    """Return the channels that are the unit's wires: one, or those of one electrode; none where none could be.

    By default the fastest voltage channel from 5 kHz up that is not named as something else (EEG, respiration); of
    equals one that is named like a wire (unit, probe), then one that states its unit, then the first.

    Parameters
    ----------
    channels : tuple of Channel
        All channels of the file.
    reading : ReadingSettings
        What the user says.
    file : str
        What messages call the file.

    Raises
    ------
    FileFormatError
        If a wire or the group is not there, a name is not unique, or the wires were not sampled together.
    """
    voltage = [channel for channel in channels if channel.kind == "voltage"]
    if reading.wire:
        return _together([find_channel(voltage, wire, file=file) for wire in reading.wire], file)
    if reading.group:
        members = [c for c in voltage if c.group == reading.group]
        if not members:
            has = ", ".join(dict.fromkeys(repr(c.group) for c in voltage if c.group)) or "none"
            raise FileFormatError(f"{file}: no electrode group {reading.group!r}; it has {has}")
        return _together(members, file)
    slow = [find_channel(voltage, name, file=file) for name in reading.monitors]
    fast = [c for c in voltage if c not in slow and not c.is_slow and microvolts(c.unit) is not None]
    return tuple(fast and [max(fast, key=lambda c: (c.sampling_hz, bool(_WIRE_NAME.search(c.name)), bool(c.unit)))])


def find_channel(channels: Sequence[Channel], word: str, *, file: str) -> Channel:
    """Return the continuous channel of this name, or else of this number.

    Raises
    ------
    FileFormatError
        If there is none, or more than one.
    """
    named = [c for c in channels if c.name == word] or [c for c in channels if str(c.number) == word]
    if len(named) == 1:
        return named[0]
    has = ", ".join(f"{c.number} {c.name!r}" for c in channels) or "none"
    found = "no" if not named else f"{len(named)}"
    raise FileFormatError(f"{file}: {found} continuous channels are called {word!r}; it has {has}")


def _together(wires: Sequence[Channel], file: str) -> tuple[Channel, ...]:
    """Return the wires if they can be those of one electrode.

    A converter that takes the channels in turn (CED's 1401) starts each a little later than the one before, and may
    stop between two of them: less than a sample's time, and one sample, are no difference.

    Raises
    ------
    FileFormatError
        If one is named twice, or they differ in rate, start or length.
    """
    told = ", ".join(f"{c.name!r} ({c.count} samples at {c.sampling_hz:g} Hz from {c.start_s:g} s)" for c in wires)
    if len({c.number for c in wires}) < len(wires):
        raise FileFormatError(f"{file}: a wire is named twice: {told}")
    counts, starts_s = [c.count for c in wires], [c.start_s for c in wires]
    apart = max(counts) - min(counts) > 1 or (max(starts_s) - min(starts_s)) * wires[0].sampling_hz > 0.999
    if apart or len({c.sampling_hz for c in wires}) > 1:
        raise FileFormatError(f"{file}: the wires of one electrode are sampled together, and these are not: {told}")
    return tuple(wires)


def wire_doubts(
    channels: tuple[Channel, ...], chosen: tuple[Channel, ...], reading: ReadingSettings
) -> tuple[str, ...]:
    """Ask about fast channels that could be the wire as well, or a monitor."""
    if reading.wire or reading.group:
        return ()
    stated = set(reading.monitors)
    rivals = [c for c in channels if c.kind == "voltage" and not c.is_slow and c not in chosen]
    rivals = [c for c in rivals if not {c.name, str(c.number)} & stated]
    if not rivals:
        return ()
    others = ", ".join(f"{c.number} {c.name!r}" for c in rivals[:8]) + (" and more" if len(rivals) > 8 else "")
    first = f"channel {chosen[0].number} {chosen[0].name!r}" if chosen else "no channel"
    return (
        f"{first} is taken as the wire; not read, though fast enough: {others}. If one is the wire, wire (--wire) "
        "takes it; if one is a slow signal, monitors (--monitor) keeps it",
    )
