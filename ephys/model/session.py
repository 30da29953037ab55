"""One session: the animal, what was recorded, and what was given."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, cast

import numpy as np
from numpy.typing import ArrayLike

from ephys.errors import ParameterError
from ephys.jupyter import Shown, shown
from ephys.model.epoch import FloatArray, Support
from ephys.model.monitor_kinds import MonitorKind, monitor_kind
from ephys.model.protocol import Administration, DoseProtocol, Event
from ephys.model.reading import ReadingSettings
from ephys.model.recording import Recording
from ephys.model.session_html import monitors_table, session_parts
from ephys.model.subject import Subject
from ephys.model.unit import Unit


class ValueSource(Protocol):
    """What a monitor reads from: values by number, in its own unit, NaN where nothing was recorded."""

    @property
    def n_samples(self) -> int:
        """How many there are."""
        ...

    def read(self, start: int, stop: int) -> FloatArray:
        """Values ``[start, stop)``."""
        ...


@dataclass(frozen=True, eq=False)
class Monitor(Shown):
    """A slow signal on the session's clock (EEG, respiration, blood pressure); it never alters a count.

    Parameters
    ----------
    name : str
        Of the channel.
    source : array (samples,) or ValueSource
        Values in `unit`, NaN where nothing was recorded: in memory, or left in their file until they are read.
    sampling_hz, start_s : float
        Clock.
    unit : str
        As the file has it.

    Examples
    --------
    >>> belt = Monitor("chest", np.arange(50.0), 10.0, start_s=2.0)
    >>> belt.stop_s, belt.read(3, 5)
    (7.0, array([3., 4.]))
    """

    name: str
    source: ValueSource | ArrayLike
    sampling_hz: float
    start_s: float = 0.0
    unit: str = ""

    def __post_init__(self) -> None:
        if not self.sampling_hz > 0:
            raise ParameterError(f"monitor {self.name}: sampling_hz must be positive, got {self.sampling_hz}")
        if not hasattr(self.source, "read"):
            object.__setattr__(self, "source", _ArrayValues(np.array(self.source, dtype=np.float64)))

    def _repr_html_(self) -> str:
        """What it is and when, for Jupyter; no value is read."""
        return shown(self, monitors_table([self]), told=f"{self.name}, {self.start_s:g} to {self.stop_s:g} s")

    @property
    def kind(self) -> MonitorKind:
        """What it shows (respiration, ECG, blood pressure...), by name and unit; empty where neither tells."""
        return monitor_kind(self.name, self.unit)

    @property
    def n_samples(self) -> int:
        """How many values there are, pauses included."""
        return self._source.n_samples

    @property
    def stop_s(self) -> float:
        """When the last value ends."""
        return self.start_s + self.n_samples / self.sampling_hz

    @property
    def values(self) -> FloatArray:
        """Every value, read anew where they lie in a file."""
        return self._source.read(0, self.n_samples)

    def read(self, start: int, stop: int) -> FloatArray:
        """Values ``[start, stop)``, by number."""
        return self._source.read(max(0, start), min(self.n_samples, stop))

    @property
    def _source(self) -> ValueSource:
        return cast(ValueSource, self.source)


@dataclass(frozen=True, eq=False)
class _ArrayValues:
    """Values that are in memory."""

    array: FloatArray

    def __post_init__(self) -> None:
        self.array.flags.writeable = False

    @property
    def n_samples(self) -> int:
        return len(self.array)

    def read(self, start: int, stop: int) -> FloatArray:
        return self.array[start:stop]


@dataclass(frozen=True, eq=False)
class Source(Shown):
    """A file that the session came from, with its checksum.

    Parameters
    ----------
    path : str
        As it was named.
    digest : str or callable
        SHA-256 of the content, or what reckons it when it is first asked for: of hours of voltage it takes seconds.
    """

    path: str
    digest: str | Callable[[], str]

    @property
    def sha256(self) -> str:
        """Checksum of the content."""
        return self.digest if isinstance(self.digest, str) else self.digest()

    def as_dict(self) -> dict[str, str]:
        """Path and checksum as plain values."""
        return {"path": self.path, "sha256": self.sha256}

    def __eq__(self, other: object) -> bool:
        """Whether it is the same file with the same content."""
        return isinstance(other, Source) and self.as_dict() == other.as_dict()

    def __hash__(self) -> int:
        return hash(self.path)


@dataclass(frozen=True, eq=False)
class Session(Shown):
    """Everything that is known of one session before it is analysed.

    Parameters
    ----------
    id : str
        Name of the session, by default the file's stem.
    protocol : DoseProtocol
        What was given, and when; it knows when the session was recorded.
    recording : Recording, optional
        Voltage, where there is any.
    units : tuple of Unit, optional
        Units that came with the file.
    events : tuple of Event, optional
        Marks in the file, as they were made.
    monitors : tuple of Monitor, optional
        Slow signals.
    subject : Subject, optional
        The animal.
    sources : tuple of Source, optional
        The files, with checksums.
    doubts : tuple of str, optional
        What the reader found odd, in words.
    started_at : datetime, optional
        When second 0 of the clock was, where the file says.
    sampling_hz : float, optional
        Samples per second of the voltage that the spikes come from; kept where the voltage itself is not. NaN where
        unknown; that of `recording` where there is one.
    reading : ReadingSettings, optional
        What the user said of the file when it was read.

    Raises
    ------
    ParameterError
        If two units have the same name.
    """

    id: str
    protocol: DoseProtocol
    recording: Recording | None = None
    units: tuple[Unit, ...] = ()
    events: tuple[Event, ...] = ()
    monitors: tuple[Monitor, ...] = ()
    subject: Subject = field(default_factory=Subject)
    sources: tuple[Source, ...] = ()
    doubts: tuple[str, ...] = ()
    started_at: datetime | None = None
    track: str = ""
    depth_um: float = math.nan
    order: str = ""
    sampling_hz: float = math.nan
    reading: ReadingSettings = field(default_factory=ReadingSettings)

    def __post_init__(self) -> None:
        names = [unit.id for unit in self.units]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ParameterError(f"session {self.id}: units of the same name: {', '.join(twice)}")
        if self.recording is not None:
            object.__setattr__(self, "sampling_hz", self.recording.sampling_hz)

    def _repr_html_(self) -> str:
        """Channels, units, doses and windows, for Jupyter; no voltage is read."""
        return shown(self, *session_parts(self), beside={"doubts": self.doubts})

    @property
    def support(self) -> Support:
        """When the session was recorded."""
        return self.protocol.recorded

    @property
    def systemic_drugs(self) -> tuple[Administration, ...]:
        """What was given in this session that reached the whole animal: a cell recorded after it is not naive.

        Agonists, antagonists, challenges and what is not understood, in order of time; see
        `Administration.is_systemic_drug`.
        """
        return tuple(given for given in self.protocol.administrations if given.is_systemic_drug)

    def __repr__(self) -> str:
        """One line: name, length, what it holds."""
        voltage = f"{self.recording.n_channels}-channel voltage, " if self.recording else ""
        return (
            f"Session({self.id!r}: {self.support.start_s:g} to {self.support.stop_s:g} s, {voltage}"
            f"{len(self.units)} units, {len(self.protocol.administrations)} administrations)"
        )
