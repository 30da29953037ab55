"""Any file to a session: the format by the file's content, the user's word over the file's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from ephys.analysis import SessionAnalysis
from ephys.errors import FileFormatError, ParameterError
from ephys.io.bands import with_band
from ephys.io.checksums import source_of
from ephys.io.contents import Contents
from ephys.io.drug_record.record import as_said, with_drug_record
from ephys.io.endings import with_end
from ephys.io.formats import reader_of
from ephys.io.joining import join_contents
from ephys.io.told import Band, Channels, Entries, told
from ephys.io.trains import Train, as_units
from ephys.model import ReadingSettings, Session, Subject, Unit


def read_session(
    path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    doses: str | os.PathLike[str] | None = None,
    session: str | None = None,
    subject: Subject | None = None,
    reading: ReadingSettings | None = None,
    joined_at_s: Sequence[float] | None = None,
    wire: Channels | None = None,
    group: str | None = None,
    monitors: Channels | None = None,
    spikes: str | None = None,
    gain_uv: float | None = None,
    unit: str | None = None,
    band_hz: Band | None = None,
    clock_offset_s: float | None = None,
    sampling_hz: float | None = None,
    legend: Entries | None = None,
    stocks: Entries | None = None,
    weight_g: float | None = None,
    dose_kind: str | None = None,
    stop_s: float | None = None,
    started_at: datetime | None = None,
) -> Session:
    r"""Read a recording: voltage (lazily), the file's own units, marks, slow signals, and what was given.

    What it is, is told by how it begins, not by its name alone; ``docs/formats.md`` lists the formats, from Spike2,
    Axon, Blackrock, Plexon and Neuralynx to spike times as text. What is odd about the file is in the session's
    `doubts`.

    Parameters
    ----------
    path : path, or sequence of them
        The recording: a file, or the folder that it is. Several, in order of time, are one recording that was stopped
        and started again: they are joined on the clock of the first, by their own starts; between them nothing was
        recorded (``docs/formats.md``).
    doses : path, optional
        Dose table (``docs/tables.md``); it takes the place of what the file itself says was given. Without either, the
        marks are read (``docs/marks.md``): one that may be a drug and is not understood has the role ``other``, so
        that no baseline follows it, and a doubt says what must be settled.
    session : str, optional
        Name of the session, also in the dose table; by default the file's own, or its stem.
    subject : Subject, optional
        The animal, in place of the file's.
    reading : ReadingSettings, optional
        What is known of the file, as the settings hold it; what follows wins over it.
    joined_at_s : sequence of float, optional
        Where second 0 of each of several files lies on the clock of the first, which is at 0; for files that do not
        know when they began.
    wire : str, int or sequence of them, optional
        Channel that is the unit's wire, by name or by number as `session_info` lists it; several are the wires of one
        electrode. By default the fastest voltage channel from 5 kHz up. Slower channels become monitors.
    group : str, optional
        Electrode group whose channels are the wires.
    monitors : str, int or sequence of them, optional
        Channels that are slow signals whatever their name and rate.
    spikes : str, optional
        Event channel that is a spike train.
    gain_uv : float, optional
        Microvolts at the electrode per stored number, of wire and WaveMarks.
    unit : {"V", "mV", "uV", "nV"}, optional
        Unit of the wire's values, where the file has none or a wrong one.
    band_hz : tuple of (float or None, float or None), optional
        The amplifier's band, in place of the file's.
    clock_offset_s : float, optional
        Added to the times of marks and doses, so that they lie on the clock of signals and spikes.
    sampling_hz : float, optional
        Samples per second, of spike times without a unit (1000: milliseconds) and of raw voltage.
    legend : mapping of str to str, or sequence of str, optional
        What a key stands for: ``{"i": "ipsapirone 12.5 ug/kg iv"}``.
    stocks : mapping of str to str, or sequence of str, optional
        What a volume was drawn from: ``{"ipsapirone": "50 ug/ml"}``.
    weight_g : float, optional
        The animal's weight, in place of the file's.
    dose_kind : {"increment", "cumulative"}, optional
        What a dose is that does not say so itself.
    stop_s : float, optional
        When the recording ended, where the file holds spikes alone and does not say so: a cell that fell silent before
        is silent till then.
    started_at : datetime, optional
        When second 0 was, in place of the file's; times of day in the dose table are reckoned from it.

    Returns
    -------
    Session

    Raises
    ------
    FileFormatError
        If the file is missing, empty, damaged or of no known format; of several, if they overlap, are out of order, of
        different animals or wires, or do not say when they began.
    ParameterError
        If what is said of the file makes no sense.
    TableError
        If the dose table cannot be understood.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "rat07.csv"
    ...     _ = file.write_text("time_s\n1.0\n2.5\n4.0\n")
    ...     read_session(file).units
    (Unit('1': 3 spikes in 4 s, 0.75 Hz),)
    """
    said = told(
        reading, wire=wire, group=group, monitors=monitors, spikes=spikes, gain_uv=gain_uv, unit=unit, band_hz=band_hz,
        clock_offset_s=clock_offset_s, sampling_hz=sampling_hz, legend=legend, stocks=stocks, weight_g=weight_g,
        dose_kind=dose_kind, stop_s=stop_s,
    )  # fmt: skip
    files = _files(path, joined_at_s)
    if len(files) == 1:
        found = read_contents(files[0], said).session
    else:
        found = _read_joined(files, said, subject, joined_at_s, own_doses=doses is None)
    found = replace(found, started_at=started_at or found.started_at)
    complete = _completed(found, said, doses=doses, session=session, subject=subject)
    inputs = files if doses is None else (*files, doses)
    return replace(complete, sources=(*complete.sources, *(source_of(file) for file in inputs)))


def open_contents(
    path: str | os.PathLike[str],
    said: ReadingSettings,
    *,
    doses: str | os.PathLike[str] | None = None,
    session: str | None = None,
    subject: Subject | None = None,
) -> Contents:
    """Read a file as `read_session` does, with its list of channels; no checksum of it is needed.

    Raises
    ------
    FileFormatError, TableError
        As `read_session`.
    """
    contents = read_contents(path, said)
    return replace(contents, session=_completed(contents.session, said, doses=doses, session=session, subject=subject))


def _completed(
    found: Session,
    said: ReadingSettings,
    *,
    doses: str | os.PathLike[str] | None,
    session: str | None,
    subject: Subject | None,
) -> Session:
    """Session under its name, with the animal and what was given."""
    found = as_said(replace(found, id=session or found.id, subject=subject or found.subject), said)
    return with_drug_record(found, doses, said)


def read_contents(path: str | os.PathLike[str], reading: ReadingSettings) -> Contents:
    """Read a file with the reader that its content asks for.

    Raises
    ------
    FileFormatError
        If the file is missing, empty, a folder, damaged or of no known format.
    """
    contents = _as_in_file(path, reading)
    contents = _with_spikes(contents, reading.spikes, str(path)) if reading.spikes else contents
    return with_end(contents, reading, str(path))


def _as_in_file(path: str | os.PathLike[str], reading: ReadingSettings) -> Contents:
    """Read a file, its spikes and its end as it has them."""
    file = Path(path)
    return with_band(reader_of(file)(file, reading), reading)


# --- several files ---------------------------------------------------------------------------------------------------


def _files(
    path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], joined_at_s: Sequence[float] | None
) -> tuple[str | os.PathLike[str], ...]:
    """Return the files that were named.

    Raises
    ------
    ParameterError
        If there is none, or one alone is to be joined.
    """
    files = (path,) if isinstance(path, str | os.PathLike) else tuple(path)
    if not files:
        raise ParameterError("a recording needs at least one file, got none")
    if len(files) == 1 and joined_at_s is not None:
        raise ParameterError(f"joined_at_s is for several files, got {files[0]} alone")
    return files


def _read_joined(
    files: Sequence[str | os.PathLike[str]],
    said: ReadingSettings,
    subject: Subject | None,
    joined_at_s: Sequence[float] | None,
    *,
    own_doses: bool,
) -> Session:
    """Read several files as one recording; what is said of the animal is said of each.

    Where a dose table takes the place of the files' own drug records, these need not go together.
    """
    contents = []
    for file in files:
        found = _as_in_file(file, said)
        if said.spikes and any(event.channel == said.spikes for event in found.session.events):
            found = _with_spikes(found, said.spikes, str(file))
        animal = (subject or found.session.subject).described(said.subject)
        protocol = found.session.protocol
        if not own_doses:
            protocol = replace(protocol, administrations=(), drawn_windows=(), excluded=())
        contents.append(replace(found, session=replace(found.session, subject=animal, protocol=protocol)))
    if said.spikes and not any(unit.id == said.spikes for found in contents for unit in found.session.units):
        _with_spikes(contents[0], said.spikes, str(files[0]))  # says which channels it has
    return join_contents([str(file) for file in files], contents, said, joined_at_s)


def with_units(session: Session, units: Sequence[Unit]) -> Session:
    """Session with other units in place of its own, to be written with what the sorting found.

    >>> from ephys.model import DoseProtocol, Epoch, Support
    >>> whole = Support.of(Epoch(0.0, 10.0))
    >>> with_units(Session("rat07", DoseProtocol((), whole)), [Unit.from_times([1.0], support=whole)])
    Session('rat07': 0 to 10 s, 1 units, 0 administrations)
    """
    return replace(session, units=tuple(units))


def as_curated(analysis: SessionAnalysis) -> Session:
    """Session with the units and the drug record that an analysis used, to be written.

    Where the drug record was corrected by hand, a doubt says so: what came first is not in the file any more.

    Parameters
    ----------
    analysis : SessionAnalysis
        The result.

    Returns
    -------
    Session
    """
    doubts = analysis.session.doubts
    if analysis.curation.corrects_doses:
        doubts += ("the drug record in this file was corrected by hand before it was written; the first is not in it",)
    session = replace(analysis.session, protocol=analysis.protocol, doubts=doubts)
    return with_units(session, [cell.unit for cell in analysis.cells])


def _with_spikes(contents: Contents, channel: str, path: str) -> Contents:
    """Turn one event channel into a unit."""
    session = contents.session
    times = np.array([event.time_s for event in session.events if event.channel == channel])
    if times.size == 0:
        has = ", ".join(dict.fromkeys(repr(event.channel) for event in session.events)) or "none"
        raise FileFormatError(f"{path}: no events in a channel called {channel!r}; it has {has}")
    lost = next((c.lost for c in contents.channels if c.name == channel), ())
    units, doubts = as_units([Train(channel, np.sort(times), "events", lost=lost)], session.support)
    listed = tuple(replace(c, used="units") if c.name == channel else c for c in contents.channels)
    session = replace(
        session,
        units=(*session.units, *units),
        events=tuple(event for event in session.events if event.channel != channel),
        doubts=(*session.doubts, *doubts),
    )
    return replace(contents, session=session, channels=listed)
