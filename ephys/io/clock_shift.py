"""A session on another clock, and where the clocks of several files lie on that of the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ephys.errors import FileFormatError, ParameterError
from ephys.model import DoseProtocol, Epoch, Session, Unit

SAID = "say where second 0 of each file lies on the first one's clock: joined_at_s (--joined-at-s)"
"""What helps where the files do not know it themselves."""

_ROUNDED_S = 1e-6
"""A file's start is known to the microsecond at best: an overlap of less is none."""

_APART_S = 1e-9


def session_later(session: Session, by_s: float) -> Session:
    """Session on a clock that is so many seconds ahead: everything in it is later by as much.

    >>> from ephys.model import Support
    >>> late = session_later(Session("b", DoseProtocol((), Support.of(Epoch(0.0, 60.0)))), 1830.5)
    >>> late.support.start_s, late.support.stop_s
    (1830.5, 1890.5)
    """
    if by_s == 0.0:
        return session
    recording = session.recording
    if recording is not None:
        runs = tuple(replace(run, start_s=run.start_s + by_s) for run in recording.runs)
        recording = replace(recording, runs=runs)
    return replace(
        session,
        protocol=_protocol_later(session.protocol, by_s),
        recording=recording,
        units=tuple(_unit_later(unit, by_s) for unit in session.units),
        events=tuple(replace(event, time_s=event.time_s + by_s) for event in session.events),
        monitors=tuple(replace(monitor, start_s=monitor.start_s + by_s) for monitor in session.monitors),
        started_at=session.started_at and session.started_at - timedelta(seconds=by_s),
    )


def _unit_later(unit: Unit, by_s: float) -> Unit:
    """Unit on another clock."""
    isolation = unit.isolation and replace(unit.isolation, link_s=unit.isolation.link_s + by_s)
    return replace(unit, times_s=unit.times_s + by_s, support=unit.support.later(by_s), isolation=isolation)


def _protocol_later(protocol: DoseProtocol, by_s: float) -> DoseProtocol:
    """Drug record on another clock, with what was drawn."""

    def later(window: Epoch) -> Epoch:
        return replace(window, start_s=window.start_s + by_s, stop_s=window.stop_s + by_s)

    drawn = protocol.drawn_baseline
    return replace(
        protocol,
        administrations=tuple(given.later(by_s) for given in protocol.administrations),
        recorded=protocol.recorded.later(by_s),
        drawn_baseline=drawn and later(drawn),
        drawn_windows=tuple((number, later(window)) for number, window in protocol.drawn_windows),
    )


# --- several clocks --------------------------------------------------------------------------------------------------


def on_first_clock(
    names: Sequence[str], sessions: Sequence[Session], joined_at_s: Sequence[float] | None
) -> list[Session]:
    """Return the sessions of several files on the clock of the first.

    Parameters
    ----------
    names : sequence of str
        What messages call the files.
    sessions : sequence of Session
        Each on its own clock, in order of time.
    joined_at_s : sequence of float or None
        Where second 0 of each lies on the first one's clock, as the user states it; ``None``: by the files' own starts.

    Raises
    ------
    FileFormatError
        If a file does not say when it began, they are not in order of time, or one begins before another ends.
    ParameterError
        If there are not as many `joined_at_s` as files, or the first is not 0.
    """
    shifts_s = _as_stated(names, joined_at_s) if joined_at_s is not None else _as_started(names, sessions)
    begun_s = [session.support.start_s + by_s for session, by_s in zip(sessions, shifts_s, strict=True)]
    order = sorted(range(len(names)), key=lambda i: begun_s[i])
    if order != list(range(len(names))):
        raise FileFormatError(
            "files of one recording are named in order of time: "
            + ", then ".join(f"{names[i]} (from {begun_s[i]:.10g} s on the clock of {names[0]})" for i in order)
        )
    placed = [sessions[0]]
    for name, before, session, by_s in zip(names[1:], names[:-1], sessions[1:], shifts_s[1:], strict=True):
        overlap_s = placed[-1].support.stop_s - (session.support.start_s + by_s)
        if overlap_s > _ROUNDED_S:
            raise FileFormatError(
                f"{name} begins {overlap_s:.6g} s before {before} ends (at {placed[-1].support.stop_s:.10g} s on the "
                f"clock of {names[0]}): they are not one recording that was stopped and started again, or a clock is "
                f"wrong; {SAID}"
            )
        placed.append(session_later(session, by_s if overlap_s <= 0 else by_s + overlap_s + _APART_S))
    return placed


def _as_stated(names: Sequence[str], joined_at_s: Sequence[float]) -> list[float]:
    """Shifts as the user has them, one for each file.

    Raises
    ------
    ParameterError
        If it is another number of them, or the first is not 0.
    """
    shifts_s = [float(by_s) for by_s in joined_at_s]
    if len(shifts_s) != len(names) or shifts_s[0] != 0.0:
        raise ParameterError(
            f"joined_at_s says where second 0 of each of the {len(names)} files lies, the first at 0; got {shifts_s}"
        )
    return shifts_s


def _as_started(names: Sequence[str], sessions: Sequence[Session]) -> list[float]:
    """Shifts by the files' own starts.

    Raises
    ------
    FileFormatError
        If one has none, or some know their time zone and others do not.
    """
    starts: list[datetime] = []
    for name, session in zip(names, sessions, strict=True):
        if session.started_at is None:
            raise FileFormatError(
                f"{name} does not say when it began (date and time), so that it cannot be joined to "
                f"{names[0] if name != names[0] else names[1]} on the clock; {SAID}"
            )
        starts.append(session.started_at)
    zones = [start.tzinfo is not None for start in starts]
    if len(set(zones)) > 1:
        raise FileFormatError(
            f"{names[zones.index(True)]} knows its time zone, {names[zones.index(False)]} does not: which began when "
            f"is not known; {SAID}"
        )
    return [(start - starts[0]).total_seconds() for start in starts]
