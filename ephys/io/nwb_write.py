"""A session into an NWB file, so that reading the file gives the same session."""

from __future__ import annotations

import math
import os
import warnings
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
from hdmf.backends.hdf5 import H5DataIO
from hdmf.data_utils import GenericDataChunkIterator
from numpy.typing import NDArray
from pynwb import NWBHDF5IO, NWBFile
from pynwb.ecephys import ElectricalSeries

from ephys.analysis import SessionAnalysis
from ephys.errors import MetadataWarning
from ephys.io.atomic import atomic_path
from ephys.io.nwb_analysis import analysis_columns
from ephys.io.nwb_layout import ADMINISTRATIONS, UNKNOWN, UNKNOWN_START, VOLTAGE, named
from ephys.io.nwb_monitors import add_monitors
from ephys.io.nwb_notes import add_notes
from ephys.io.nwb_subject import missing_metadata, nwb_subject, species_of
from ephys.io.nwb_tables import add_tables
from ephys.io.nwb_units import units_table
from ephys.io.session import as_curated
from ephys.io.sources import CountSource, as_counts
from ephys.model import Recording, Run, Session

_CHUNK_S = 10.0
_BUFFER_S = 60.0

_WHOLE_BRAIN = {"Mus musculus": "root"}
"""Word for "somewhere in the brain" where archives take those of an atlas only (Allen's, for the mouse)."""


def write_nwb(session: Session | SessionAnalysis, path: str | os.PathLike[str], *, voltage: bool = True) -> Path:
    """Write a session as NWB: voltage, units, administrations, marks, monitors, animal; and what an analysis found.

    Voltage that is held as 16-bit counts is stored as such with its scale, any other as 32-bit floats. The file is
    written under a temporary name and moved into place (``docs/nwb.md`` says what lies where).

    Parameters
    ----------
    session : Session or SessionAnalysis
        What to write; voltage is read in chunks. Of an analysis its units, the drug record that it used, and for each
        unit quality and call.
    path : path
        Where to; an existing file is replaced.
    voltage : bool, optional
        Whether the raw signal is written, too. Without it the file still says when was recorded, and at which rate.

    Returns
    -------
    Path
        `path`.

    Warns
    -----
    MetadataWarning
        For each field that archives ask for, and that the session does not state, or not in their words: name,
        species, sex and age of the animal, the recording's date. The file is written, and nothing is invented.

    Notes
    -----
    A date that the session does not state is written as 1970-01-01, which NWB cannot do without, and is not read
    back. The bytes differ from one writing to the next, since NWB draws identifiers; the arrays do not.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import datetime
    >>> from ephys.io import read_nwb
    >>> from ephys.model import DoseProtocol, Epoch, Subject, Unit
    >>> unit = Unit.from_times([1.0, 2.5], support=Epoch(0.0, 10.0))
    >>> rat = Subject("r7", "Rattus norvegicus", sex="M", age="P90D")
    >>> began = datetime(1986, 3, 4, 9, 30, tzinfo=UTC)
    >>> session = Session("rat07", DoseProtocol((), unit.support), units=(unit,), subject=rat, started_at=began)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     read_nwb(write_nwb(session, Path(folder) / "rat07.nwb")).units
    (Unit('1': 2 spikes in 10 s, 0.2 Hz),)
    """
    found = analysis_columns(session) if isinstance(session, SessionAnalysis) else {}
    whole = as_curated(session) if isinstance(session, SessionAnalysis) else session
    for missing in missing_metadata(whole):
        warnings.warn(f"{Path(path).name}: {missing}", MetadataWarning, stacklevel=2)
    file = _nwb_file(whole)
    electrodes = None if whole.recording is None else _add_electrodes(file, whole, whole.recording)
    if voltage and whole.recording is not None:
        _add_voltage(file, whole.recording)
    if whole.units:
        file.units = units_table(whole, electrodes, found)
    add_tables(file, whole)
    add_notes(file, whole, add_monitors(file, whole.monitors), voltage=voltage)
    with atomic_path(path) as temporary, NWBHDF5IO(str(temporary), "w") as io:
        io.write(file)
    return Path(path)


def _nwb_file(session: Session) -> Any:
    """Return the file's frame: name, date, animal."""
    started = session.started_at or UNKNOWN_START
    return NWBFile(
        session_description=f"single-unit recording {session.id}",
        identifier=session.id or UNKNOWN,
        session_id=named(session.id) or None,
        session_start_time=started if started.tzinfo else started.replace(tzinfo=UTC),
        subject=nwb_subject(session.subject),
        pharmacology=_pharmacology(session) or None,
    )


def _pharmacology(session: Session) -> str:
    """One line on anaesthetic and drugs, for readers who do not know the table."""
    parts = [session.subject.anaesthetic and f"anaesthetic: {session.subject.anaesthetic}"]
    parts += [f"{drug} (see the table {ADMINISTRATIONS})" for drug in session.protocol.drugs]
    return "; ".join(part for part in parts if part)


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


def _add_electrodes(file: Any, session: Session, recording: Recording) -> Any:
    """Add the wires, known whether or not their voltage is written; return their table."""
    location = _WHOLE_BRAIN.get(species_of(session.subject.species), UNKNOWN)
    device = file.create_device(name="electrode", description="recording electrode; make and amplifier not stated")
    group = file.create_electrode_group(
        name="electrode", description=_penetration(session), location=location, device=device
    )
    file.add_electrode_column("channel_name", "name of the channel in its file")
    for name in recording.channel_names:
        file.add_electrode(group=group, location=location, channel_name=name)
    return file.electrodes


def _penetration(session: Session) -> str:
    """Say what is known of where the electrode was."""
    track = f"track {session.track}" if session.track else ""
    depth = "" if math.isnan(session.depth_um) else f"{session.depth_um:g} um deep"
    return ", ".join(filter(None, ("channels of one electrode", track, depth)))


def _add_voltage(file: Any, recording: Recording) -> None:
    """Add one series per unbroken run."""
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
