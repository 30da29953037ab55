"""What was given in a session: by the dose table, else by the file's own table, else by its marks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ephys.io.dose_times import Clock
from ephys.io.doses import read_dose_table
from ephys.io.drug_record.legend import legend_of, stocks_of
from ephys.io.drug_record.marked import MarkedDose, read_marks
from ephys.model import Administration, DoseProtocol, ReadingSettings, Session

_SHOWN = 10
"""Marks that are doubted one by one; the rest are counted. Convention."""
_SAME_S = 10.0
"""A row and a mark this near are taken to be of one administration: marks are typed before or after. Convention."""


def with_drug_record(session: Session, doses: str | os.PathLike[str] | None, reading: ReadingSettings) -> Session:
    """Session with what was given, and what is doubtful of it.

    Parameters
    ----------
    session : Session
        As the file has it, its marks on the session's clock already.
    doses : path, optional
        Dose table; it takes the place of the file's own table and of the marks.
    reading : ReadingSettings
        Legend, stocks, kind of dose, clock offset.

    Raises
    ------
    TableError
        If the dose table cannot be understood.
    ParameterError
        If a stock is no concentration.
    """
    own, subject = session.protocol, session.subject
    doubts: tuple[str, ...] = ()
    if doses is not None:
        clock = Clock(session.support, session.events, session.started_at, reading.clock_offset_s)
        table = read_dose_table(
            doses, session_id=session.id, clock=clock, subject=subject, dose_kind=reading.dose_kind,
            stocks=stocks_of(reading.stocks),
        )  # fmt: skip
        given = table.administrations
        doubts = (*table.doubts, *_passed_over(session, given, reading, Path(doses).name))
    elif own.administrations:
        given = tuple(a.later(reading.clock_offset_s) for a in own.administrations)
    else:
        marks = _marks(session, reading)
        given = tuple(mark.administration for mark in marks if mark.gives)
        doubts = (*_mark_doubts(marks), *_unused_keys(session, reading))
    doubts += _unused_stocks(given, reading)
    return replace(
        session,
        protocol=_with_administrations(own, given, anew=doses is not None),
        doubts=tuple(dict.fromkeys((*session.doubts, *doubts))),
    )


def as_said(session: Session, reading: ReadingSettings) -> Session:
    """Session with what the user said: its marks on the signal's clock, and the animal.

    >>> from ephys.model import Epoch, Event, Support
    >>> found = Session("1", DoseProtocol((), Support.of(Epoch(0.0, 9.0))), events=(Event(1.0, "sal"),))
    >>> as_said(found, ReadingSettings(clock_offset_s=2.0)).events[0].time_s
    3.0
    """
    subject = session.subject.described(reading.subject)
    subject = replace(subject, weight_g=reading.weight_g) if reading.weight_g else subject
    events = session.events
    if reading.clock_offset_s:
        events = tuple(replace(event, time_s=event.time_s + reading.clock_offset_s) for event in events)
    return replace(session, subject=subject, events=events, reading=reading)


def _marks(session: Session, reading: ReadingSettings) -> tuple[MarkedDose, ...]:
    """What the file's marks say."""
    return read_marks(session.events, reading=reading, support=session.support, weight_g=session.subject.weight_g)


def _passed_over(
    session: Session, given: Sequence[Administration], reading: ReadingSettings, table: str
) -> tuple[str, ...]:
    """Say what the file has as given and the dose table has not: a row may be missing, or a time be wrong."""
    own = [(a.start_s + reading.clock_offset_s, a.drug) for a in session.protocol.administrations]
    marked = [(mark.event.time_s, _typed(mark)) for mark in _marks(session, reading) if mark.gives]
    starts_s = np.array([administration.start_s for administration in given])
    missing = [
        f"{name!r} at {time_s:g} s"
        for time_s, name in own or marked
        if not (np.abs(starts_s - time_s) <= _SAME_S).any()
    ]
    if not missing:
        return ()
    more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    what = "what the recording's own table of drugs has" if own else "marks that may be drugs"
    return (
        f"{table} has no row within {_SAME_S:g} s of {what}: {', '.join(missing[:_SHOWN])}{more}; "
        "the table is taken as it is",
    )


def _mark_doubts(marks: Sequence[MarkedDose]) -> tuple[str, ...]:
    """Return what must be settled, mark by mark, and what was taken for granted."""
    lines: dict[str, list[float]] = {}
    for mark in marks:
        if mark.gives and (mark.doubts or mark.reading.taken):
            lines.setdefault(_line(mark), []).append(mark.event.time_s)
    said = [f"mark at {_times(times)}: {line}" for line, times in lines.items()]
    more = (f"and {len(said) - _SHOWN} more marks: `ephys doses FILE` lists them",) if len(said) > _SHOWN else ()
    others = sum(mark.role == "other" for mark in marks if mark.gives)
    asks = (
        f"{others} of the marks may be drugs but are not understood: they end the baseline and have no dose; "
        "`ephys doses FILE -o doses.csv` writes them as a table to fill in",
    )  # fmt: skip
    numbers = [mark for mark in marks if mark.reading.is_note and not any(c.isalpha() for c in mark.reading.text)]
    bare = (f"{len(numbers)} marks hold numbers alone and give nothing, unless a legend says so (--key 1=TEXT)",)
    return (*said[:_SHOWN], *more, *(asks if others else ()), *(bare if numbers else ()))


def _line(mark: MarkedDose) -> str:
    """One mark in words: what it says, what it is taken for, what must be settled."""
    text = _typed(mark)
    doubts = f"; {'; '.join(mark.doubts)}" if mark.doubts else ""
    as_other = f" (taken as {mark.role}, dose not used)" if mark.doubts and mark.role == "other" else ""
    return f"{text!r} is read as {mark.reading.understood}{doubts}{as_other}"


def _typed(mark: MarkedDose) -> str:
    """What somebody typed."""
    return mark.event.text.strip() or f"key {mark.event.code}"


def _times(times: Sequence[float]) -> str:
    """Times of marks that say the same."""
    shown = ", ".join(f"{time_s:g}" for time_s in times[:3])
    return f"{shown} s" if len(times) <= 3 else f"{shown} s and {len(times) - 3} more times"


def _unused_keys(session: Session, reading: ReadingSettings) -> tuple[str, ...]:
    """Say which keys of the legend no mark has."""
    made = {word.strip() for event in session.events for word in (event.text, event.code)}
    unused = [key for key in legend_of(reading.legend) if key not in made]
    return (f"no mark in the recording has the legend's {', '.join(map(repr, unused))}",) if unused else ()


def _unused_stocks(given: Sequence[Administration], reading: ReadingSettings) -> tuple[str, ...]:
    """Say of which drugs there is a stock that were not given."""
    drugs = {administration.drug for administration in given}
    unused = [drug for drug in stocks_of(reading.stocks) if drug not in drugs]
    return (f"no mark or row names the stock's {', '.join(map(repr, unused))} (--stock)",) if unused else ()


def _with_administrations(own: DoseProtocol, given: tuple[Administration, ...], *, anew: bool) -> DoseProtocol:
    """Protocol with other administrations; what was chosen by their number does not hold for those of another table."""
    protocol = replace(own, drawn_windows=(), excluded=()) if anew else own
    return replace(protocol, administrations=given)
