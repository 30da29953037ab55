"""What a reader hands on: the session as the file has it, and a list of the file's channels."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ephys.errors import FileFormatError
from ephys.model import Session

ChannelKind = Literal["voltage", "spikes", "event"]
Band = tuple[float | None, float | None]

WIRE_MIN_HZ = 5000.0
"""A channel sampled more slowly is no unit wire, but a monitor. Convention: it could not show a spike of 1 ms."""

_STEP_MAX_UV = 10.0
"""A converter's step coarser than this cannot be at the electrode: the amplifier's gain is missing. Convention."""

_MICROVOLTS = {
    "v": 1e6, "volt": 1e6, "volts": 1e6, "mv": 1e3, "millivolt": 1e3, "millivolts": 1e3, "nv": 1e-3,
    "uv": 1.0, "µv": 1.0, "μv": 1.0, "microvolt": 1.0, "microvolts": 1.0,
}  # fmt: skip


_NO_WIRE = re.compile(r"(^|[^a-z])(eeg|ecg|ekg|emg|lfp|resp\w*|temp\w*|pressure|bp|co2|flow|volume)([^a-z]|$)", re.I)
"""Names of channels that are never taken as the wire unless the user says so."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the user says of a file; it wins over what the file says.

    Parameters
    ----------
    wire : str or int, optional
        Name, or number as `session_info` lists it, of the channel that is the unit's wire.
    gain_uv : float, optional
        Microvolts at the electrode per stored number.
    band_hz : tuple, optional
        The amplifier's band.
    """

    wire: str | int | None = None
    gain_uv: float | None = None
    band_hz: Band | None = None


@dataclass(frozen=True, slots=True)
class Channel:
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


@dataclass(frozen=True)
class Contents:
    """A file as read: its session, its channels, its format."""

    session: Session
    channels: tuple[Channel, ...]
    format: str


def microvolts(unit: str) -> float | None:
    """Microvolts in one of `unit`; 1 where no unit is stated, ``None`` where it is no voltage.

    >>> microvolts(" Volt"), microvolts("mV"), microvolts(""), microvolts("mmHg")
    (1000000.0, 1000.0, 1.0, None)
    """
    word = unit.strip().strip("\x00").lower()
    return 1.0 if not word else _MICROVOLTS.get(word)


def scale_doubts(name: str, unit: str, step_uv: float | None) -> tuple[str, ...]:
    """Return what is odd about a channel's voltage scale, in words.

    Parameters
    ----------
    name, unit : str
        Of the channel.
    step_uv : float or None
        Microvolts per count, where the file holds counts.
    """
    if not unit.strip():
        return (f"channel {name!r} states no unit: its numbers are taken as µV; gain_uv says otherwise",)
    if step_uv is not None and step_uv > _STEP_MAX_UV:
        return (
            f"channel {name!r} claims {step_uv:.3g} µV per count, too coarse to be at the electrode: the amplifier's "
            "gain is probably missing; amplitudes are as the file has them; gain_uv sets the scale",
        )
    return ()


def choose_wire(channels: tuple[Channel, ...], wire: str | int | None, *, file: str) -> Channel | None:
    """Return the channel that is the unit's wire.

    Parameters
    ----------
    channels : tuple of Channel
        All channels of the file.
    wire : str, int or None
        What the user says; by default the fastest voltage channel from 5 kHz up that is not named as something
        else (EEG, respiration); of equals one that states its unit, then the first.
    file : str
        What messages call the file.

    Raises
    ------
    FileFormatError
        If `wire` names no continuous channel, or more than one.
    """
    voltage = [channel for channel in channels if channel.kind == "voltage"]
    if wire is None:
        fast = [c for c in _fast(voltage) if not _NO_WIRE.search(c.name)]
        return max(fast, key=lambda c: (c.sampling_hz, bool(c.unit)), default=None)
    named = [c for c in voltage if c.name == str(wire).strip()] or [c for c in voltage if str(c.number) == str(wire)]
    if len(named) == 1:
        return named[0]
    has = ", ".join(f"{c.number} {c.name!r}" for c in voltage) or "none"
    found = "no" if not named else f"{len(named)}"
    raise FileFormatError(f"{file}: {found} continuous channels are called {wire!r}; it has {has}")


def _fast(channels: Iterable[Channel]) -> list[Channel]:
    """Channels that could be a wire: voltage, or of no stated unit, and fast enough to show a spike."""
    voltage = [c for c in channels if c.kind == "voltage" and microvolts(c.unit) is not None]
    return [c for c in voltage if c.sampling_hz >= WIRE_MIN_HZ]


def wire_doubts(channels: tuple[Channel, ...], chosen: Channel | None, wire: str | int | None) -> tuple[str, ...]:
    """Say so where another channel could as well have been the wire."""
    if chosen is None or wire is not None:
        return ()
    rivals = [c for c in _fast(channels) if c != chosen]
    if not rivals:
        return ()
    others = ", ".join(f"{c.number} {c.name!r}" for c in rivals[:8]) + (" and more" if len(rivals) > 8 else "")
    return (
        f"channel {chosen.number} {chosen.name!r} is taken as the wire, the fastest; not read, though fast enough: "
        f"{others}; wire chooses",
    )
