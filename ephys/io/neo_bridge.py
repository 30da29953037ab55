"""To neo and back: what elephant and other tools take as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import neo

from ephys.errors import ParameterError
from ephys.io import neo_back, neo_out
from ephys.io.bands import with_band
from ephys.io.contents import Contents
from ephys.io.drug_record.record import as_said, with_drug_record
from ephys.io.neo_foreign import foreign_recording, foreign_session, foreign_unit
from ephys.io.told import Channels, told
from ephys.model import ReadingSettings, Recording, Session, Unit


def to_neo(thing: Unit | Recording | Session) -> Any:
    """Neo object of a unit, a recording or a session, from which `from_neo` makes the same again.

    Parameters
    ----------
    thing : Unit, Recording or Session
        A recording is read whole, into memory.

    Returns
    -------
    neo.SpikeTrain, list of neo.AnalogSignal (one per unbroken run), or neo.Block

    Raises
    ------
    ParameterError
        If it is anything else.

    Examples
    --------
    >>> from ephys.model import Epoch
    >>> train = to_neo(Unit.from_times([1.0, 2.5], support=Epoch(0.0, 10.0)))
    >>> float(train.t_stop), train.annotations["unit_id"]
    (10.0, '1')
    """
    if isinstance(thing, Unit):
        return neo_out.spike_train(thing)
    if isinstance(thing, Recording):
        return neo_out.analog_signals(thing)
    if isinstance(thing, Session):
        return neo_out.block(thing)
    raise ParameterError(f"to_neo takes a Unit, a Recording or a Session, got {type(thing).__name__}")


def from_neo(
    thing: Any, *, id: str | None = None, wire: Channels | None = None, reading: ReadingSettings | None = None
) -> Unit | Recording | Session:
    """Unit, recording or session of a neo object: one that `to_neo` made, or one of any other program.

    Of a block from elsewhere, the wire is the fastest voltage from 5 kHz up; slower signals become monitors; events
    become administrations where they carry doses, else marks, which are read as those of a file are. What was assumed
    is in the session's `doubts`.

    Parameters
    ----------
    thing : neo.SpikeTrain, neo.AnalogSignal, list of neo.AnalogSignal, neo.Segment or neo.Block
        Several signals are the unbroken runs of one recording. Several segments of a block must follow one another.
        Times are taken as they are. Data that neo left in the file are read.
    id : str, optional
        Name; by default neo's own.
    wire : str, int or sequence of them, optional
        Channel that is the unit's wire, of a block or segment from elsewhere, by name or number.
    reading : ReadingSettings, optional
        What else is known of it.

    Returns
    -------
    Unit, Recording or Session

    Raises
    ------
    ParameterError
        If it is anything else, a signal that is no voltage, segments that overlap in time, or a dose without unit or
        kind.
    FileFormatError
        If a block holds nothing, or `wire` is not in it.

    Examples
    --------
    >>> from ephys.model import Epoch
    >>> from_neo(to_neo(Unit.from_times([1.0, 2.5], support=Epoch(0.0, 10.0))))
    Unit('1': 2 spikes in 10 s, 0.2 Hz)
    """
    if isinstance(thing, neo.SpikeTrain):
        return neo_back.unit(thing, id) if neo_back.made_by_ephys(thing) else foreign_unit(thing, id)
    if isinstance(thing, neo.AnalogSignal):
        return _recording([thing], id)
    if isinstance(thing, list | tuple) and thing and all(isinstance(one, neo.AnalogSignal) for one in thing):
        return _recording(thing, id)
    if isinstance(thing, neo.Segment | neo.Block):
        segments = [thing] if isinstance(thing, neo.Segment) else thing.segments
        said = told(reading, wire=wire)
        session = session_of(segments, id or str(thing.name or "session"), said)
        return session if _is_ours(segments) else _as_said(session, said)
    raise ParameterError(
        f"from_neo takes a SpikeTrain, AnalogSignals, a Segment or a Block, got {type(thing).__name__}"
    )


def _recording(signals: Sequence[Any], id: str | None) -> Recording:
    """Return the recording whose unbroken runs these are."""
    if all(neo_back.made_by_ephys(signal) == "recording" for signal in signals):
        return neo_back.recording(signals, id)
    return foreign_recording(signals, id)


def _as_said(session: Session, said: ReadingSettings) -> Session:
    """Session whose marks are read as those of a file are, and whose waveforms came through the stated band."""
    banded = with_band(Contents(session, (), "neo"), said).session
    return with_drug_record(as_said(banded, said), None, said)


def _is_ours(segments: Sequence[Any]) -> bool:
    """Whether `to_neo` made them."""
    return len(segments) == 1 and bool(neo_back.made_by_ephys(segments[0]))


def session_of(segments: Sequence[Any], id: str, reading: ReadingSettings) -> Session:
    """Return the session of segments that follow one another, its marks not yet read.

    Raises
    ------
    ParameterError
        If there is no segment, or as `from_neo`.
    """
    if not segments:
        raise ParameterError(f"block {id!r} has no segment")
    if _is_ours(segments):
        return neo_back.session(segments[0], id)
    return foreign_session(segments, id, reading)
