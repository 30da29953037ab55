"""A session into an NWB file, so that reading the file gives the same session."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
from hdmf.backends.hdf5 import H5DataIO
from hdmf.common import VectorData
from hdmf.data_utils import GenericDataChunkIterator
from numpy.typing import NDArray
from pynwb import NWBHDF5IO, NWBFile, TimeSeries
from pynwb.ecephys import ElectricalSeries
from pynwb.epoch import TimeIntervals
from pynwb.file import Subject as NwbSubject

from ephys.io.atomic import atomic_path
from ephys.io.nwb_layout import (
    ADMINISTRATION_COLUMNS,
    ADMINISTRATIONS,
    BOLUS_S,
    MARK_COLUMNS,
    MARK_S,
    MARKS,
    NOTES,
    RECORDED,
    UNKNOWN,
    UNKNOWN_START,
    VOLTAGE,
    Column,
)
from ephys.io.nwb_units import packed, plain, units_table
from ephys.io.sources import CountSource, as_counts
from ephys.model import DoseProtocol, Recording, Run, Session, Subject

_CHUNK_S = 10.0
_BUFFER_S = 60.0


def write_nwb(session: Session, path: str | os.PathLike[str]) -> Path:
    """Write a session as NWB: voltage, units, administrations, marks, monitors, animal.

    Voltage that is held as 16-bit counts is stored as such with its scale, any other as 32-bit floats. The file is
    written under a temporary name and moved into place.

    Parameters
    ----------
    session : Session
        What to write; voltage is read in chunks.
    path : path
        Where to; an existing file is replaced.

    Returns
    -------
    Path
        `path`.

    Notes
    -----
    A date that the session does not state is written as 1970-01-01, which NWB cannot do without, and is not read
    back. The bytes differ from one writing to the next, since NWB draws identifiers; the arrays do not.

    Examples
    --------
    >>> import tempfile
    >>> from ephys.io import read_nwb
    >>> from ephys.model import Epoch, Unit
    >>> unit = Unit.from_times([1.0, 2.5], support=Epoch(0.0, 10.0))
    >>> session = Session("rat07", DoseProtocol((), unit.support), units=(unit,))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     read_nwb(write_nwb(session, Path(folder) / "rat07.nwb")).units
    (Unit('1': 2 spikes in 10 s, 0.2 Hz),)
    """
    file = _nwb_file(session)
    if session.recording is not None:
        _add_voltage(file, session.recording)
    if session.units:
        file.units = units_table(session)
    _add_intervals(file, session)
    names = _unique([monitor.name or "monitor" for monitor in session.monitors])
    for name, monitor in zip(names, session.monitors, strict=True):
        file.add_acquisition(
            TimeSeries(
                name=name.replace("/", "_"), data=packed(monitor.values), unit=monitor.unit or UNKNOWN,
                rate=float(monitor.sampling_hz), starting_time=float(monitor.start_s),
                description=monitor.name or UNKNOWN,
            )
        )  # fmt: skip
    file.add_scratch(json.dumps(_notes(session)), name=NOTES, description="what NWB has no field for, as JSON")
    with atomic_path(path) as temporary, NWBHDF5IO(str(temporary), "w") as io:
        io.write(file)
    return Path(path)


def _nwb_file(session: Session) -> Any:
    """Return the file's frame: name, date, animal."""
    started = session.started_at or UNKNOWN_START
    return NWBFile(
        session_description=f"single-unit recording {session.id}",
        identifier=session.id,
        session_id=session.id,
        session_start_time=started if started.tzinfo else started.replace(tzinfo=UTC),
        subject=_subject(session.subject),
        pharmacology=_pharmacology(session) or None,
    )


def _subject(subject: Subject) -> Any:
    """Return what is known of the animal; what is not stated is left out."""
    sex = {"male": "M", "female": "F"}.get(subject.sex.lower(), subject.sex)
    weight = "" if math.isnan(subject.weight_g) else f"{subject.weight_g / 1000:g} kg"
    stated = {
        "subject_id": subject.animal, "species": subject.species, "strain": subject.strain, "sex": sex,
        "age": subject.age, "weight": weight,
    }  # fmt: skip
    stated = {name: value for name, value in stated.items() if value}
    return NwbSubject(**stated) if stated else None


def _pharmacology(session: Session) -> str:
    """One line on anaesthetic and drugs, for readers who do not know the table."""
    parts = [session.subject.anaesthetic and f"anaesthetic: {session.subject.anaesthetic}"]
    parts += [f"{drug} (see the table {ADMINISTRATIONS})" for drug in session.protocol.drugs]
    return "; ".join(part for part in parts if part)


def _notes(session: Session) -> dict[str, Any]:
    """Return what NWB has no field for."""
    subject = asdict(session.subject)
    subject["weight_g"] = None if math.isnan(session.subject.weight_g) else session.subject.weight_g
    recording = session.recording
    drawn = session.protocol.drawn_baseline
    return {
        "id": session.id,
        "subject": subject,
        "track": session.track,
        "depth_um": None if math.isnan(session.depth_um) else session.depth_um,
        "order": session.order,
        "doubts": list(session.doubts),
        "sources": [source.as_dict() for source in session.sources],
        "started_at": session.started_at.isoformat() if session.started_at else None,
        "drawn_baseline": asdict(drawn) if drawn else None,
        "drawn_windows": [[number, asdict(window)] for number, window in session.protocol.drawn_windows],
        "excluded": [list(pair) for pair in session.protocol.excluded],
        "recording": {"name": recording.name, "band_hz": list(recording.band_hz)} if recording else None,
    }


# --- voltage ---------------------------------------------------------------------------------------------------------


class _Voltage(GenericDataChunkIterator):  # type: ignore[misc]  # hdmf has no types
    """Hands one run of a recording to HDF5 piece by piece."""

    def __init__(self, source: CountSource, run: Run, sampling_hz: float) -> None:
        self.source, self.run = source, run
        chunk, buffer = (min(run.n_samples, max(1, round(s * sampling_hz))) for s in (_CHUNK_S, _BUFFER_S))
        channels = source.n_channels
        super().__init__(buffer_shape=(max(buffer // chunk, 1) * chunk, channels), chunk_shape=(chunk, channels))

    def _get_data(self, selection: tuple[slice, ...]) -> NDArray[Any]:
        first, rows = self.run.first_sample, selection[0]
        return self.source.read_counts(first + rows.start, first + rows.stop)[:, selection[1]]

    def _get_maxshape(self) -> tuple[int, int]:
        return (self.run.n_samples, self.source.n_channels)

    def _get_dtype(self) -> np.dtype[Any]:
        return self.source.dtype


def _add_voltage(file: Any, recording: Recording) -> None:
    """Add the electrodes, and one series per unbroken run."""
    device = file.create_device(name="electrode", description="recording electrode; make and amplifier not stated")
    group = file.create_electrode_group(
        name="electrode", description="channels of one electrode", location=UNKNOWN, device=device
    )
    file.add_electrode_column("channel_name", "name of the channel in its file")
    for name in recording.channel_names:
        file.add_electrode(group=group, location=UNKNOWN, channel_name=name)
    every = file.create_electrode_table_region(list(range(recording.n_channels)), "every channel")
    counts = as_counts(recording.source)
    low, high = (UNKNOWN if edge is None else f"{edge:g} Hz" for edge in recording.band_hz)
    for number, run in enumerate(recording.runs):
        file.add_acquisition(
            ElectricalSeries(
                name=VOLTAGE if len(recording.runs) == 1 else f"{VOLTAGE}{number:04d}",
                description="extracellular voltage",
                data=H5DataIO(
                    _Voltage(counts, run, recording.sampling_hz), compression="gzip", compression_opts=6, shuffle=True
                ),
                electrodes=every,
                rate=float(recording.sampling_hz),
                starting_time=float(run.start_s),
                conversion=float(counts.gain_uv) * 1e-6,
                offset=float(counts.offset_uv) * 1e-6,
                filtering=f"high-pass {low}, low-pass {high}",
            )
        )


# --- intervals -------------------------------------------------------------------------------------------------------


def _add_intervals(file: Any, session: Session) -> None:
    """Add what was recorded, what was given, and the marks."""
    recorded = [(epoch.start_s, epoch.stop_s, ()) for epoch in session.support.epochs]
    marks = [(e.time_s, e.time_s + MARK_S, (e.text, e.code, e.channel, e.polarity)) for e in session.events]
    given = _administration_rows(session.protocol)
    for name, description, columns, rows in (
        (RECORDED, "when the session was recorded", (), recorded),
        (ADMINISTRATIONS, "what was given, when, how much", ADMINISTRATION_COLUMNS, given),
        (MARKS, "marks in the file, as they were made", MARK_COLUMNS, marks),
    ):
        if rows:
            file.add_time_intervals(_intervals(name, description, columns, rows))


def _administration_rows(protocol: DoseProtocol) -> list[tuple[float, float, tuple[Any, ...]]]:
    """Return start, stop and columns of each administration."""
    totals = {id(step.administration): step.cumulative for drug in protocol.drugs for step in protocol.doses(drug)}
    rows = []
    for a in protocol.administrations:
        stop_s = a.start_s + BOLUS_S if a.stop_s is None else a.stop_s
        values = (
            a.drug, a.form, float(a.dose), a.dose_unit, a.dose_kind, float(totals.get(id(a), math.nan)), a.route,
            a.role, a.stop_s is None, float(a.amount), a.unit, a.derivation, a.barrel, a.source, a.text,
        )  # fmt: skip
        rows.append((a.start_s, stop_s, values))
    return rows


def _intervals(
    name: str, description: str, columns: Sequence[Column], rows: Sequence[tuple[float, float, tuple[Any, ...]]]
) -> Any:
    """Return one table of intervals."""
    return TimeIntervals(
        name=name,
        description=description,
        columns=[
            VectorData(name="start_time", description="start, in seconds", data=[float(row[0]) for row in rows]),
            VectorData(name="stop_time", description="end, in seconds", data=[float(row[1]) for row in rows]),
            *(plain(columns, [row[2] for row in rows]) if columns else []),
        ],
        colnames=["start_time", "stop_time", *(column.name for column in columns)],
    )


def _unique(names: Sequence[str]) -> list[str]:
    """Return the names, the later ones of a kind numbered."""
    return [n if n not in names[:i] else f"{n} {i + 1}" for i, n in enumerate(names)]
