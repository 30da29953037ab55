"""What a file holds, told before anything is analysed."""

from __future__ import annotations

import math
import os
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from ephys.io.contents import Channel
from ephys.io.session import read_contents
from ephys.io.told import Band, Channels, told
from ephys.model import Administration, ReadingSettings, Session, Unit

_MAX_EVENTS = 20


@dataclass(frozen=True)
class SessionInfo:
    """A file's contents.

    Parameters
    ----------
    path, format : str
        The file.
    session : Session
        As it was read.
    channels : tuple of Channel
        Every channel of the file, with what it became.
    """

    path: str
    format: str
    session: Session
    channels: tuple[Channel, ...]

    def as_dict(self) -> dict[str, Any]:
        """Nested dictionary of plain values; ``None`` where nothing is known."""
        session = self.session
        return {
            "path": self.path,
            "format": self.format,
            "session": session.id,
            "start_s": session.support.start_s,
            "stop_s": session.support.stop_s,
            "started_at": session.started_at.isoformat() if session.started_at else None,
            "gaps_s": [[gap.start_s, gap.stop_s] for gap in session.support.gaps],
            "channels": [{k: _plain(v) for k, v in asdict(channel).items()} for channel in self.channels],
            "units": [_unit_row(unit) for unit in session.units],
            "events": [asdict(event) for event in session.events],
            "administrations": [{k: _plain(v) for k, v in asdict(a).items()} for a in session.protocol.administrations],
            "subject": {k: _plain(v) for k, v in asdict(session.subject).items() if v},
            "doubts": list(session.doubts),
        }  # fmt: skip

    def __str__(self) -> str:
        """Return the contents as a page of text."""
        session, support = self.session, self.session.support
        began = f", begun {session.started_at:%Y-%m-%d %H:%M:%S}" if session.started_at else ""
        span = f"{support.start_s:g} to {support.stop_s:g} s, {_duration(support.duration_s)}{began}"
        lines = [f"{self.path}: {self.format}", f"session {session.id}: {span}"]
        lines += _block("channels", [_channel_line(channel) for channel in self.channels])
        lines += _block("units", [f"{unit!r}".removeprefix("Unit(").removesuffix(")") for unit in session.units])
        lines += _block("marks", _event_lines(session))
        lines += _block("given", [_administration_line(a) for a in session.protocol.administrations])
        lines += _block("gaps", [f"{gap.start_s:g} to {gap.stop_s:g} s" for gap in support.gaps[:_MAX_EVENTS]])
        return "\n".join(lines + _block("doubts", list(session.doubts)))


def session_info(
    path: str | os.PathLike[str],
    *,
    reading: ReadingSettings | None = None,
    wire: Channels | None = None,
    group: str | None = None,
    monitors: Channels | None = None,
    spikes: str | None = None,
    gain_uv: float | None = None,
    unit: str | None = None,
    band_hz: Band | None = None,
    sampling_hz: float | None = None,
) -> SessionInfo:
    """Say what a file holds: channels with unit, rate and range, units, marks, gaps, and every doubt.

    Parameters
    ----------
    path : path
        The recording.
    reading, wire, group, monitors, spikes, gain_uv, unit, band_hz, sampling_hz
        As in `read_session`.

    Returns
    -------
    SessionInfo
        Prints as a page; `as_dict` for programs.

    Raises
    ------
    FileFormatError
        If the file is missing, empty, damaged or of no known format.
    """
    said = told(
        reading, wire=wire, group=group, monitors=monitors, spikes=spikes, gain_uv=gain_uv, unit=unit, band_hz=band_hz,
        sampling_hz=sampling_hz,
    )  # fmt: skip
    contents = read_contents(path, said)
    return SessionInfo(str(path), contents.format, contents.session, contents.channels)


def _unit_row(unit: Unit) -> dict[str, Any]:
    """Return a unit in plain values."""
    rate_hz = unit.n_spikes / unit.support.duration_s
    return {"id": unit.id, "n_spikes": unit.n_spikes, "rate_hz": rate_hz, "multi_unit": unit.multi_unit}


def _plain(value: Any) -> Any:
    """Value as JSON knows it."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _duration(seconds: float) -> str:
    """Length as minutes and seconds.

    >>> _duration(935.5)
    '15 min 35.5 s recorded'
    """
    minutes, rest = divmod(round(seconds, 1), 60)
    return f"{int(minutes)} min {rest:.1f} s recorded"


def _block(title: str, lines: list[str]) -> list[str]:
    """Return a titled list; nothing for an empty one."""
    return [f"{title}:", *(f"  {line}" for line in lines)] if lines else []


def _channel_line(channel: Channel) -> str:
    """One channel on a line."""
    rate = "" if math.isnan(channel.sampling_hz) else f" at {channel.sampling_hz:g} Hz"
    unit = f" {channel.unit}" if channel.unit else (" (no unit)" if channel.kind == "voltage" else "")
    span = "" if math.isnan(channel.start_s) else f", {channel.start_s:g} to {channel.stop_s:g} s"
    what = {"voltage": "samples", "spikes": "spikes", "event": "marks"}[channel.kind]
    return f"{channel.number:>3} {channel.name!r}{unit}: {channel.count} {what}{rate}{span} -> {channel.used}"


def _event_lines(session: Session) -> list[str]:
    """Marks with text or code one by one, bare ones counted by channel."""
    told = [event for event in session.events if event.text or event.code]
    lines = [
        f"{event.time_s:10.3f} s  {event.channel}: {' '.join(filter(None, (event.text, f'[{event.code}]')))}"
        for event in told[:_MAX_EVENTS]
    ]
    lines += [f"and {len(told) - _MAX_EVENTS} more"] if len(told) > _MAX_EVENTS else []
    bare = Counter(event.channel for event in session.events if not (event.text or event.code))
    return lines + [f"{channel}: {count} events without text" for channel, count in bare.items()]


def _administration_line(given: Administration) -> str:
    """One administration on a line."""
    dose = "dose unknown" if math.isnan(given.dose) else f"{given.dose:g} {given.dose_unit} ({given.dose_kind})"
    return f"{given.start_s:10.3f} s  {given.drug} {dose} {given.route}".rstrip() + f", {given.role}"
