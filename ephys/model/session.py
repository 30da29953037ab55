"""One session: the animal, what was recorded, and what was given."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from ephys.errors import ParameterError
from ephys.model.epoch import FloatArray, Support
from ephys.model.protocol import DoseProtocol, Event
from ephys.model.reading import ReadingSettings
from ephys.model.recording import Recording
from ephys.model.unit import Unit


@dataclass(frozen=True, slots=True)
class Subject:
    """The animal. Empty or NaN means not stated; nothing is invented."""

    animal: str = ""
    species: str = ""
    strain: str = ""
    sex: str = ""
    weight_g: float = math.nan
    age: str = ""
    group: str = ""
    treatment: str = ""
    anaesthetic: str = ""
    preparation: str = ""


@dataclass(frozen=True, eq=False)
class Monitor:
    """A slow signal on the session's clock (EEG, respiration, blood pressure); it never alters a count."""

    name: str
    values: FloatArray
    sampling_hz: float
    start_s: float = 0.0
    unit: str = ""

    def __post_init__(self) -> None:
        if not self.sampling_hz > 0:
            raise ParameterError(f"monitor {self.name}: sampling_hz must be positive, got {self.sampling_hz}")
        values = np.array(self.values, dtype=np.float64)
        values.flags.writeable = False
        object.__setattr__(self, "values", values)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that the session came from, with its checksum."""

    path: str
    sha256: str


@dataclass(frozen=True, eq=False)
class Session:
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
    reading: ReadingSettings = field(default_factory=ReadingSettings)

    def __post_init__(self) -> None:
        names = [unit.id for unit in self.units]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ParameterError(f"session {self.id}: units of the same name: {', '.join(twice)}")

    @property
    def support(self) -> Support:
        """When the session was recorded."""
        return self.protocol.recorded

    def __repr__(self) -> str:
        """One line: name, length, what it holds."""
        voltage = f"{self.recording.n_channels}-channel voltage, " if self.recording else ""
        return (
            f"Session({self.id!r}: {self.support.start_s:g} to {self.support.stop_s:g} s, {voltage}"
            f"{len(self.units)} units, {len(self.protocol.administrations)} administrations)"
        )
