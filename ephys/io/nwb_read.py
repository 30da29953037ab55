"""An NWB file into a session: what ephys wrote comes back the same; what others wrote is read as far as it goes."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
from pynwb import NWBHDF5IO

from ephys.errors import FileFormatError
from ephys.io.contents import Channel, Contents
from ephys.io.foreign import foreign, with_remarks
from ephys.io.nwb_monitors import monitor_channels, noted_monitors, other_monitors
from ephys.io.nwb_notes import drawn_fields, read_notes, session_fields
from ephys.io.nwb_tables import read_administrations, read_marks, read_recorded
from ephys.io.nwb_units import joined, read_units
from ephys.io.nwb_voltage import read_voltage
from ephys.model import DoseProtocol, Epoch, Monitor, ReadingSettings, Recording, Session, Subject, Support


def read_nwb(path: str | os.PathLike[str]) -> Session:
    """Read a session from an NWB file; voltage stays in the file until it is asked for.

    Parameters
    ----------
    path : path
        Written by `write_nwb` or by anybody else (``docs/nwb.md``).

    Returns
    -------
    Session
        With the administrations of its table ``drug_administrations``, where there is one. Units without
        ``obs_intervals`` count as seen throughout the session, and a doubt says so, as it does of everything in
        another's file that is not read.

    Raises
    ------
    FileFormatError
        If the file cannot be read, is no NWB, or holds neither voltage nor units nor a slow signal.
    """
    return nwb_contents(Path(path), ReadingSettings()).session


def nwb_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read an NWB file, with its list of channels.

    Raises
    ------
    FileFormatError
        If the file cannot be read, or is no NWB.
    """
    with foreign(path, "NWB") as said:
        _check_version(path)
        with NWBHDF5IO(str(path), "r") as io:
            contents = _contents(io.read(), path, reading)
    return with_remarks(contents, said)


def _check_version(path: Path) -> None:
    """Raise unless the file says that it is NWB, of a version that can be read."""
    with h5py.File(path, "r") as file:
        if "nwb_version" in file.attrs:
            return
        if "nwb_version" in file:
            raise FileFormatError(f"{path}: NWB 1 cannot be read here; convert it to NWB 2")
        holds = ", ".join(map(repr, list(file)[:8])) or "nothing"
    raise FileFormatError(f"{path}: an HDF5 file, but no NWB: it states no nwb_version, and holds {holds}")


def _contents(file: Any, path: Path, reading: ReadingSettings) -> Contents:
    """Turn pynwb's file into ours."""
    notes = read_notes(file)
    noted = "monitors" in notes
    monitors, unread = (noted_monitors(file, notes["monitors"]), ()) if noted else other_monitors(file)
    voltage = read_voltage(file, path, reading, notes.get("recording"), slow=[monitor.name for monitor in monitors])
    slow = (*voltage.monitors, *monitors)
    recorded = read_recorded(file) or _sampled(voltage.recording, slow)
    units, odd_units = read_units(file.units, recorded, ours=bool(notes))
    recorded = recorded or (_span([unit.support for unit in units]) if units else None)
    if recorded is None:
        raise FileFormatError(f"{path}: holds neither voltage nor units nor a slow signal")
    events, odd_marks = read_marks(file)
    doubts = (*notes.get("doubts", ()), *voltage.doubts, *unread, *odd_units, *odd_marks)
    session = Session(
        id=path.stem,
        protocol=DoseProtocol(read_administrations(file, path), recorded, **drawn_fields(notes)),
        recording=voltage.recording,
        units=units,
        events=events,
        monitors=slow,
        subject=_subject(file),
        doubts=doubts,
        started_at=file.timestamps_reference_time or file.session_start_time,
    )
    channels = (*voltage.channels, *monitor_channels(monitors, len(voltage.channels)))
    spikes = tuple(
        Channel(len(channels) + i + 1, u.id, "spikes", u.n_spikes, used="units") for i, u in enumerate(units)
    )
    return Contents(replace(session, **session_fields(notes)), (*channels, *spikes), "NWB")


def _sampled(recording: Recording | None, monitors: Sequence[Monitor]) -> Support | None:
    """When something was sampled: the voltage, else the slow signals."""
    if recording is not None:
        return recording.support
    bounds = [(m.start_s, m.stop_s) for m in monitors if m.n_samples]
    if not bounds:
        return None
    return Support.of(Epoch(min(a for a, _ in bounds), max(b for _, b in bounds), "recorded"))


def _span(supports: Sequence[Support]) -> Support:
    """When any unit was observed, where nothing else says when was recorded."""
    first = supports[0]
    if all(support == first for support in supports):
        return first
    bounds = [(epoch.start_s, epoch.stop_s) for support in supports for epoch in support.epochs]
    return Support(tuple(Epoch(start_s, stop_s, "recorded") for start_s, stop_s in joined(bounds)))


def _subject(file: Any) -> Subject:
    """Return the animal of another's file."""
    if file.subject is None:
        return Subject()
    words = {ours: getattr(file.subject, theirs) or "" for ours, theirs in (
        ("animal", "subject_id"), ("species", "species"), ("strain", "strain"), ("sex", "sex"), ("age", "age"),
    )}  # fmt: skip
    return Subject(**words, weight_g=_weight_g(str(file.subject.weight or "")))


_MOST_KG = 10.0
"""No animal of this field weighs more: such a number without its unit was grams, or anything (convention)."""


def _weight_g(text: str) -> float:
    """Weight in grams from NWB's text, in kg by its rule; NaN for a number alone that is no animal's in kg.

    >>> _weight_g("0.31 kg"), _weight_g("310 g"), _weight_g("0.31"), _weight_g("310")
    (310.0, 310.0, 310.0, nan)
    """
    found = re.fullmatch(r"\s*([\d.]+)\s*(kg|g)?\s*", text)
    if not found or (not found[2] and float(found[1]) > _MOST_KG):
        return math.nan
    return float(found[1]) * (1.0 if found[2] == "g" else 1000.0)
