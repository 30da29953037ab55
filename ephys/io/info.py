"""What a file holds, told before anything is analysed."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ephys.io.contents import Channel
from ephys.io.info_text import page
from ephys.io.looks import Look, Polarity, look_at
from ephys.io.oddities import Found, oddities, polarities_of
from ephys.io.session import open_contents
from ephys.io.told import Band, Channels, Entries, stated, told
from ephys.jupyter import Shown
from ephys.model import DoseProtocol, ReadingSettings, Session, Subject, Unit


@dataclass(frozen=True)
class SessionInfo(Shown):
    """A file's contents.

    Parameters
    ----------
    path, format : str
        The file.
    session : Session
        As it was read.
    channels : tuple of Channel
        Every channel of the file, with what it became.
    looks : mapping of int to Look
        What was seen of the values of each continuous channel, by its number.
    polarities : mapping of str to Polarity
        Which way the spikes of each unit begin, where the file holds their shapes.
    doubts : tuple of str
        What the reader found odd, and what the look found.
    """

    path: str
    format: str
    session: Session
    channels: tuple[Channel, ...]
    looks: Mapping[int, Look] = field(default_factory=dict)
    polarities: Mapping[str, Polarity] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Nested dictionary of plain values; ``None`` where nothing is known."""
        session, support = self.session, self.session.support
        values = {
            "path": self.path,
            "format": self.format,
            "session": session.id,
            "start_s": support.start_s,
            "stop_s": support.stop_s,
            "recorded_s": support.duration_s,
            "started_at": session.started_at.isoformat() if session.started_at else None,
            "said": stated(session.reading),
            "gaps_s": [[gap.start_s, gap.stop_s] for gap in support.gaps],
            "channels": [self._channel_row(channel) for channel in self.channels],
            "units": [_unit_row(unit, self.polarities.get(unit.id)) for unit in session.units],
            "events": [asdict(event) for event in session.events],
            "administrations": [asdict(given) for given in session.protocol.administrations],
            "baseline_s": _baseline_row(session.protocol),
            "subject": {name: value for name, value in asdict(session.subject).items() if value},
            "band_hz": list(session.recording.band_hz) if session.recording else None,
            "doubts": list(self.doubts),
        }
        plain: dict[str, Any] = _plain(values)
        return plain

    def text(self, *, everything: bool = False) -> str:
        """Return the contents as a page of text, 80 columns wide.

        Parameters
        ----------
        everything : bool, optional
            Every channel, unit, mark and gap, however many there are.
        """
        return page(
            self.session,
            self.channels,
            title=f"{self.path}: {self.format}",
            looks=self.looks,
            polarities=self.polarities,
            doubts=self.doubts,
            everything=everything,
        )

    def __str__(self) -> str:
        """Return the contents as a page of text, long lists cut short."""
        return self.text()

    def _channel_row(self, channel: Channel) -> dict[str, Any]:
        """Return a channel in plain values."""
        look = self.looks.get(channel.number)
        return {**asdict(channel), "shows": channel.shows, "look": asdict(look) if look else None}


def session_info(
    path: str | os.PathLike[str],
    *,
    doses: str | os.PathLike[str] | None = None,
    session: str | None = None,
    subject: Subject | None = None,
    reading: ReadingSettings | None = None,
    wire: Channels | None = None,
    group: str | None = None,
    monitors: Channels | None = None,
    spikes: str | None = None,
    gain_uv: float | None = None,
    unit: str | None = None,
    band_hz: Band | None = None,
    sampling_hz: float | None = None,
    clock_offset_s: float | None = None,
    legend: Entries | None = None,
    stocks: Entries | None = None,
    weight_g: float | None = None,
    dose_kind: str | None = None,
    stop_s: float | None = None,
) -> SessionInfo:
    r"""Say what a file holds: channels with unit, rate and range, units, marks, gaps, and every doubt.

    Of a long file the values are looked at here and there, so that it takes no longer than a short one.

    Parameters
    ----------
    path : path
        The recording.
    doses, session, subject, reading, wire, group, monitors, spikes, gain_uv, unit, band_hz, clock_offset_s, sampling_hz
        As in `read_session`.
    legend, stocks, weight_g, dose_kind, stop_s
        As in `read_session`: how marks and doses are understood.

    Returns
    -------
    SessionInfo
        Prints as a page; `as_dict` for programs.

    Raises
    ------
    FileFormatError
        If the file is missing, empty, damaged or of no known format.
    ParameterError
        If what is said of the file makes no sense.
    TableError
        If the dose table cannot be understood.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "rat07.csv"
    ...     _ = file.write_text("time_s\n1.0\n2.5\n4.0\n")
    ...     session_info(file).as_dict()["units"][0]["rate_hz"]
    0.75
    """
    said = told(
        reading, wire=wire, group=group, monitors=monitors, spikes=spikes, gain_uv=gain_uv, unit=unit, band_hz=band_hz,
        clock_offset_s=clock_offset_s, sampling_hz=sampling_hz, legend=legend, stocks=stocks, weight_g=weight_g,
        dose_kind=dose_kind, stop_s=stop_s,
    )  # fmt: skip
    contents = open_contents(path, said, doses=doses, session=session, subject=subject)
    found = Found(contents, look_at(contents), polarities_of(contents.session))
    return SessionInfo(
        str(path),
        contents.format,
        contents.session,
        contents.channels,
        found.looks,
        found.polarities,
        tuple(dict.fromkeys((*contents.session.doubts, *oddities(found)))),
    )


def _unit_row(unit: Unit, polarity: Polarity | None) -> dict[str, Any]:
    """Return a unit in plain values."""
    return {
        "id": unit.id,
        "origin": unit.origin,
        "n_spikes": unit.n_spikes,
        "rate_hz": unit.n_spikes / unit.support.duration_s,
        "multi_unit": unit.multi_unit,
        "polarity": polarity.first if polarity else None,
        "peak_uv": polarity.peak_uv if polarity else None,
    }


def _baseline_row(protocol: DoseProtocol) -> list[float] | None:
    """Return the bounds of the baseline."""
    return [protocol.baseline.start_s, protocol.baseline.stop_s] if protocol.baseline else None


def _plain(value: Any) -> Any:
    """Value as JSON knows it."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
