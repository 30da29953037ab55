"""When a recording of spikes alone ended, as the user states it."""

from __future__ import annotations

from dataclasses import replace

from ephys.errors import FileFormatError
from ephys.io.contents import Contents
from ephys.io.trains import LENGTH_NOT_SAID
from ephys.model import Epoch, ReadingSettings, Support


def with_end(contents: Contents, reading: ReadingSettings, path: str) -> Contents:
    """Contents whose session and units last until the time that the user states.

    Parameters
    ----------
    contents : Contents
        As read.
    reading : ReadingSettings
        Its `stop_s`; 0 leaves the end as it is.
    path : str
        What messages call the file.

    Raises
    ------
    FileFormatError
        If the file has voltage, which says when it ended, or spikes or marks after that time.
    """
    session, stop_s = contents.session, reading.stop_s
    if not stop_s:
        return contents
    if session.recording is not None:
        raise FileFormatError(f"{path}: its voltage ends at {session.support.stop_s:g} s; stop_s is for spikes alone")
    *earlier, last = session.support.epochs
    if stop_s < last.stop_s:
        raise FileFormatError(f"{path}: goes on to {last.stop_s:g} s; stop_s cannot be {stop_s:g} s")
    recorded = Support((*earlier, Epoch(last.start_s, stop_s, last.label)))
    units = tuple(
        replace(unit, support=recorded) if unit.support.epochs == session.support.epochs else unit
        for unit in session.units
    )
    doubts = tuple(doubt for doubt in session.doubts if LENGTH_NOT_SAID not in doubt)
    protocol = replace(session.protocol, recorded=recorded)
    return replace(contents, session=replace(session, units=units, protocol=protocol, doubts=doubts))
