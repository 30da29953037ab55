"""An NWB file into a session: what ephys wrote comes back the same; what others wrote is read as far as it goes."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pynwb import NWBHDF5IO, TimeSeries
from pynwb.ecephys import ElectricalSeries

from ephys.errors import FileFormatError
from ephys.io.contents import Channel, Contents
from ephys.io.foreign import foreign, with_remarks
from ephys.io.nwb_layout import ADMINISTRATIONS, MARKS, NOTES, RECORDED, UNKNOWN
from ephys.io.nwb_units import read_units
from ephys.io.nwb_voltage import read_voltage
from ephys.model import (
    Administration,
    DoseProtocol,
    Epoch,
    Event,
    Monitor,
    ReadingSettings,
    Recording,
    Session,
    Source,
    Subject,
    Support,
)

_ROLES = ("agonist", "vehicle", "antagonist", "anaesthetic", "wash", "challenge", "other")


def read_nwb(path: str | os.PathLike[str]) -> Session:
    """Read a session from an NWB file; voltage stays in the file until it is asked for.

    Parameters
    ----------
    path : path
        Written by `write_nwb` or by anybody else.

    Returns
    -------
    Session
        With the administrations of its table ``drug_administrations``, where there is one. Units without
        ``obs_intervals`` count as seen throughout the session, and a doubt says so.

    Raises
    ------
    FileFormatError
        If the file cannot be read, or holds neither voltage nor units.
    """
    return nwb_contents(Path(path), ReadingSettings()).session


def nwb_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read an NWB file, with its list of channels."""
    with foreign(path, "NWB") as said, NWBHDF5IO(str(path), "r") as io:
        contents = _contents(io.read(), path, reading)
    return with_remarks(contents, said)


def _contents(file: Any, path: Path, reading: ReadingSettings) -> Contents:
    """Turn pynwb's file into ours."""
    notes = _notes(file)
    recording, channels, doubts = read_voltage(file, path, reading, notes.get("recording") or {})
    monitors, slow = _monitors(file, len(channels))
    recorded = _recorded(file, recording, monitors)
    units, more = read_units(file.units, recorded)
    recorded = recorded or (units[0].support if units else None)
    if recorded is None:
        raise FileFormatError(f"{path}: holds neither voltage nor units nor a slow signal")
    events = _marks(file)
    spikes = [
        Channel(len(channels) + len(slow) + i + 1, unit.id, "spikes", unit.n_spikes, used="units")
        for i, unit in enumerate(units)
    ]
    session = Session(
        id=notes.get("id", path.stem),
        protocol=_protocol(file, recorded, notes),
        recording=recording,
        units=units,
        events=events,
        monitors=monitors,
        subject=_subject(file, notes),
        sources=tuple(Source(source["path"], source["sha256"]) for source in notes.get("sources", ())),
        doubts=(*notes.get("doubts", ()), *doubts, *more),
        started_at=_started_at(file, notes),
        track=notes.get("track", ""),
        depth_um=_number(notes.get("depth_um")),
        order=notes.get("order", ""),
    )
    return Contents(session, (*channels, *slow, *spikes), "NWB")


def _notes(file: Any) -> dict[str, Any]:
    """Return what `write_nwb` put into scratch space; empty for another's file."""
    if NOTES not in (file.scratch or {}):
        return {}
    notes: dict[str, Any] = json.loads(str(file.scratch[NOTES].data))
    return notes


def _number(value: Any) -> float:
    """Number, NaN for what is not stated."""
    return math.nan if value is None else float(value)


def _started_at(file: Any, notes: Mapping[str, Any]) -> datetime | None:
    """Return when second 0 was; the date that NWB wants and nobody stated is not believed."""
    if not notes:
        started: datetime = file.timestamps_reference_time or file.session_start_time
        return started
    stated = notes["started_at"]
    return datetime.fromisoformat(stated) if stated else None


def _subject(file: Any, notes: Mapping[str, Any]) -> Subject:
    """Return the animal."""
    if notes:
        return Subject(**{**notes["subject"], "weight_g": _number(notes["subject"]["weight_g"])})
    if file.subject is None:
        return Subject()
    words = {ours: getattr(file.subject, theirs) or "" for ours, theirs in (
        ("animal", "subject_id"), ("species", "species"), ("strain", "strain"), ("sex", "sex"), ("age", "age"),
    )}  # fmt: skip
    return Subject(**words, weight_g=_weight_g(str(file.subject.weight or "")))


def _weight_g(text: str) -> float:
    """Weight in grams from NWB's text, in kg by its rule.

    >>> _weight_g("0.31 kg"), _weight_g("310 g")
    (310.0, 310.0)
    """
    found = re.fullmatch(r"\s*([\d.]+)\s*(kg|g)?\s*", text)
    if not found:
        return math.nan
    return float(found[1]) * (1.0 if found[2] == "g" else 1000.0)


# --- intervals -------------------------------------------------------------------------------------------------------


def _table(file: Any, name: str) -> list[dict[str, Any]]:
    """Rows of a table of intervals; none where the file has no such table."""
    if name not in (file.intervals or {}):
        return []
    table = file.intervals[name]
    columns = {c: table[c][:] for c in table.colnames}
    return [{c: values[i] for c, values in columns.items()} for i in range(len(table))]


def _recorded(file: Any, recording: Recording | None, monitors: Sequence[Monitor]) -> Support | None:
    """When the session was recorded: as stated, else the voltage, else the slow signals."""
    rows = _table(file, RECORDED)
    if rows:
        return Support(tuple(Epoch(float(r["start_time"]), float(r["stop_time"]), "recorded") for r in rows))
    if recording is not None:
        return recording.support
    if not monitors:
        return None
    stops = [m.start_s + len(m.values) / m.sampling_hz for m in monitors]
    return Support.of(Epoch(min(m.start_s for m in monitors), max(stops), "recorded"))


def _protocol(file: Any, recorded: Support, notes: Mapping[str, Any]) -> DoseProtocol:
    """Return what was given, with baseline and windows that somebody drew."""
    drawn = notes.get("drawn_baseline")
    return DoseProtocol(
        tuple(_administration(row) for row in _table(file, ADMINISTRATIONS)),
        recorded,
        drawn_baseline=Epoch(**drawn) if drawn else None,
        drawn_windows=tuple((number, Epoch(**window)) for number, window in notes.get("drawn_windows", ())),
        excluded=tuple((number, str(reason)) for number, reason in notes.get("excluded", ())),
    )


def _administration(row: Mapping[str, Any]) -> Administration:
    """Return one row of the table of administrations; columns that another's table lacks stay empty."""
    text = {name: str(row.get(name, "")) for name in ("drug", "form", "route", "barrel", "source", "text")}
    role, kind = str(row.get("role", "agonist")), str(row.get("dose_kind", ""))
    bolus = bool(row.get("duration_assumed", False)) or not row["stop_time"] > row["start_time"]
    if role not in _ROLES:
        raise FileFormatError(f"table {ADMINISTRATIONS}: role must be one of {', '.join(_ROLES)}, got {role!r}")
    return Administration(
        **text,
        start_s=float(row["start_time"]),
        stop_s=None if bolus else float(row["stop_time"]),
        amount=float(row.get("amount_typed", row.get("dose", math.nan))),
        unit=str(row.get("unit_typed", row.get("unit", ""))),
        dose=float(row.get("dose", math.nan)),
        dose_unit=str(row.get("unit", "")),
        derivation=str(row.get("derivation", "typed")),
        dose_kind="cumulative" if kind == "cumulative" else "increment",
        role=role,  # type: ignore[arg-type]  # checked above
    )


def _marks(file: Any) -> tuple[Event, ...]:
    """Return the marks, as they were made."""
    words = ("text", "code", "channel", "polarity")
    rows = _table(file, MARKS)
    return tuple(Event(float(row["start_time"]), **{w: str(row[w]) for w in words}) for row in rows)


def _monitors(file: Any, before: int) -> tuple[tuple[Monitor, ...], tuple[Channel, ...]]:
    """Return slow signals: series of one dimension at a steady rate that are no voltage of a wire."""
    series = [s for s in file.acquisition.values() if isinstance(s, TimeSeries) and not isinstance(s, ElectricalSeries)]
    series = [s for s in series if s.rate and getattr(s.data, "ndim", 0) == 1 and s.data.dtype.kind in "iuf"]
    monitors = []
    for s in series:
        values = s.data[:] * (s.conversion or 1.0) + (s.offset or 0.0)
        name = s.description if s.name.startswith(str(s.description).replace("/", "_")) else s.name
        unit = "" if s.unit == UNKNOWN else s.unit
        monitors.append(Monitor(name, values, float(s.rate), float(s.starting_time or 0.0), unit))
    channels = tuple(
        Channel(
            before + i + 1, m.name, "voltage", len(m.values), m.unit, m.sampling_hz, m.start_s,
            m.start_s + len(m.values) / m.sampling_hz, "monitor",
        )
        for i, m in enumerate(monitors)
    )  # fmt: skip
    return tuple(monitors), channels
