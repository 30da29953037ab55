"""Part of a session: of a file that holds several cells one after the other, the stretch that holds one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.model.cropped_protocol import protocol_within
from ephys.model.epoch import Epoch, FloatArray
from ephys.model.recording import Recording, Run, VoltageSource
from ephys.model.session import Monitor, Session, ValueSource
from ephys.model.unit_parts import unit_within

_ROUNDED_SAMPLES = 1e-3
"""A bound this near to a sample is at it: seconds that are typed, or added up, are not exact to the last digit."""

_BEYOND_S = 1.0
"""A bound that lies further than this beyond the recording is spoken of. Convention."""


def crop_session(
    session: Session, *, start_s: float | None = None, stop_s: float | None = None, id: str | None = None
) -> Session:
    """Return the part ``[start_s, stop_s)`` of a session, on the same clock.

    A cell that was recorded after another in the same file is analysed in its own part. Voltage and slow signals stay
    in their file; samples, spikes, marks and doses within the part are kept, and what was recorded is the part alone.

    Parameters
    ----------
    session : Session
        The whole.
    start_s, stop_s : float, optional
        Seconds on the session's clock; by default its start, its end. Half-open: adjacent parts share nothing, and
        together are the whole.
    id : str, optional
        Name of the part; by default that of the session.

    Returns
    -------
    Session
        Its `doubts` name the drugs that were given before the part: a cell that was met after them is not naive. Units
        that were not recorded in the part are left out; one that was, and did not fire, is silent. A drawn baseline,
        and drawn windows, that do not lie within the part are left out, and that is said.

    Raises
    ------
    ParameterError
        If the part is empty, or nothing was recorded in it; if it begins during an infusion, superfusion or ejection of
        a drug; if it begins within a series of doses that are stated as totals: the first total in the part would count
        what lies before it.

    Examples
    --------
    >>> from ephys.model import DoseProtocol, Support, Unit
    >>> whole = Support.of(Epoch(0.0, 100.0))
    >>> unit = Unit.from_times([10.0, 60.0, 70.0], support=whole)
    >>> crop_session(Session("rat07", DoseProtocol((), whole), units=(unit,)), start_s=60.0, id="rat07 cell 2")
    Session('rat07 cell 2': 60 to 100 s, 1 units, 0 administrations)
    """
    part = _part(session, start_s, stop_s)
    recorded = session.support.within(part)
    if recorded is None:
        where = _stretches(session)
        raise ParameterError(f"session {session.id}: nothing was recorded from {_span(start_s, stop_s)}, but {where}")
    units = tuple(unit_within(unit, part) for unit in session.units)
    protocol, doubts = protocol_within(session.protocol, part, recorded)
    recording = session.recording and _recording_within(session.recording, part)
    unseen = [unit.id for unit, kept in zip(session.units, units, strict=True) if kept is None]
    if unseen:
        doubts += (f"not recorded in this part, and left out: unit {', '.join(unseen)}",)
    if session.recording is not None and recording is None:
        doubts += ("no voltage was sampled in this part",)
    return replace(
        session,
        id=session.id if id is None else id,
        protocol=protocol,
        recording=recording,
        units=tuple(unit for unit in units if unit is not None),
        events=tuple(event for event in session.events if part.start_s <= event.time_s < part.stop_s),
        monitors=tuple(kept for m in session.monitors if (kept := _monitor_within(m, part)) is not None),
        doubts=(*session.doubts, *_bounds_doubts(session, start_s, stop_s), *doubts),
    )


# --- bounds ----------------------------------------------------------------------------------------------------------

_FOREVER_S = 1e300
"""Stands for no bound, where an epoch needs one."""


def _part(session: Session, start_s: float | None, stop_s: float | None) -> Epoch:
    """Bounds of the part; one that does not cut the recording cuts nothing, marks beyond the recording neither.

    Raises
    ------
    ParameterError
        If they are no numbers, or nothing lies between them.
    """
    whole = session.support
    given = [bound for bound in (start_s, stop_s) if bound is not None]
    if not all(math.isfinite(bound) for bound in given):
        raise ParameterError(f"session {session.id}: a part needs finite bounds, got {_span(start_s, stop_s)}")
    if start_s is not None and stop_s is not None and not start_s < stop_s:
        raise ParameterError(f"session {session.id}: a part from {_span(start_s, stop_s)} is empty; turn them round?")
    first_s = -_FOREVER_S if start_s is None or start_s <= whole.start_s else start_s
    last_s = _FOREVER_S if stop_s is None or stop_s >= whole.stop_s else stop_s
    if first_s >= whole.stop_s or last_s <= whole.start_s:
        raise ParameterError(
            f"session {session.id}: the part from {_span(start_s, stop_s)} lies outside the recording, "
            f"{_stretches(session)}"
        )
    return Epoch(first_s, last_s, "part")


def _bounds_doubts(session: Session, start_s: float | None, stop_s: float | None) -> tuple[str, ...]:
    """Say that this is a part, and which bound lies beyond the recording; nothing where it is the whole."""
    whole, doubts = session.support, []
    if start_s is not None and start_s < whole.start_s - _BEYOND_S:
        doubts.append(f"the part was to begin at {start_s:.10g} s, the recording begins at {whole.start_s:.10g} s")
    if stop_s is not None and stop_s > whole.stop_s + _BEYOND_S:
        doubts.append(f"the part was to last until {stop_s:.10g} s, the recording ends at {whole.stop_s:.10g} s")
    first_s = whole.start_s if start_s is None else max(start_s, whole.start_s)
    last_s = whole.stop_s if stop_s is None else min(stop_s, whole.stop_s)
    if (first_s, last_s) != (whole.start_s, whole.stop_s):
        doubts.append(f"a part: {first_s:.10g} to {last_s:.10g} s of a recording that is {_stretches(session)}")
    return tuple(doubts)


def _span(start_s: float | None, stop_s: float | None) -> str:
    """Bounds as they were asked for."""
    start = "the start" if start_s is None else f"{start_s:.10g} s"
    return f"{start} to " + ("the end" if stop_s is None else f"{stop_s:.10g} s")


def _stretches(session: Session) -> str:
    """When the session was recorded, in words."""
    support = session.support
    gaps = f" with {len(support.gaps)} gap{'s' if len(support.gaps) > 1 else ''}" if support.gaps else ""
    return f"from {support.start_s:.10g} to {support.stop_s:.10g} s{gaps}"


# --- voltage and slow signals ----------------------------------------------------------------------------------------


def samples_within(start_s: float, n_samples: int, sampling_hz: float, part: Epoch) -> tuple[int, int]:
    """Numbers ``[first, stop)`` of the samples that were taken in a part.

    >>> samples_within(10.0, 100, 10.0, Epoch(12.0, 14.05))
    (20, 41)
    """
    first, stop = (
        min(max(0, math.ceil(min((bound_s - start_s) * sampling_hz, float(n_samples)) - _ROUNDED_SAMPLES)), n_samples)
        for bound_s in (max(part.start_s, start_s), max(part.stop_s, start_s))
    )
    return first, stop


@dataclass(frozen=True, eq=False)
class PartOfVoltage:
    """Samples of another source, from one on.

    Parameters
    ----------
    source : VoltageSource
        The whole.
    first, n_samples : int
        Its first sample in the part, and how many there are.
    """

    source: VoltageSource
    first: int
    n_samples: int

    @property
    def shape(self) -> tuple[int, int]:
        """(samples, channels)."""
        return (self.n_samples, self.source.shape[1])

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Samples ``[start, stop)`` of the part in µV."""
        return self.source.read(self.first + start, self.first + min(stop, self.n_samples))


@dataclass(frozen=True, eq=False)
class _PartOfValues:
    """Values of another slow signal, from one on."""

    source: ValueSource
    first: int
    n_samples: int

    def read(self, start: int, stop: int) -> FloatArray:
        return self.source.read(self.first + start, self.first + min(stop, self.n_samples))


def _recording_within(recording: Recording, part: Epoch) -> Recording | None:
    """Return the samples that were taken in the part, unread; ``None`` where there are none."""
    runs: list[Run] = []
    held = 0
    begun = None
    for run in recording.runs:
        first, stop = samples_within(run.start_s, run.n_samples, recording.sampling_hz, part)
        if first >= stop:
            continue
        begun = run.first_sample + first if begun is None else begun
        start_s = run.start_s + first / recording.sampling_hz if first else run.start_s
        runs.append(Run(held, stop - first, start_s))
        held += stop - first
    if begun is None:
        return None
    if held == recording.n_samples:
        return recording
    return replace(recording, source=PartOfVoltage(recording.source, begun, held), runs=tuple(runs))


def _monitor_within(monitor: Monitor, part: Epoch) -> Monitor | None:
    """Return the values that were taken in the part, unread; ``None`` where there are none."""
    first, stop = samples_within(monitor.start_s, monitor.n_samples, monitor.sampling_hz, part)
    if stop - first == monitor.n_samples:
        return monitor
    if first >= stop:
        return None
    values = _PartOfValues(monitor, first, stop - first)
    return replace(monitor, source=values, start_s=monitor.start_s + first / monitor.sampling_hz)
