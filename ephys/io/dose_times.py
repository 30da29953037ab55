"""When a row of a dose table says that something was given."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from ephys.io.schema import Row
from ephys.model import Event, Support

TIMES = ("time_s", "clock_time", "mark")
_OF_DAY = re.compile(r"\d{1,2}:\d\d(:\d\d([.,]\d+)?)?")

EARLY_S = 1.0
"""A dose this little before the first sample is taken as given at the start. Convention."""

SAME_S = 5e-4
"""Times this near are one: spreadsheets round what they save. Convention."""


@dataclass(frozen=True)
class Clock:
    """What a row's time is read against."""

    support: Support
    events: tuple[Event, ...]
    started_at: datetime | None
    offset_s: float


def mark_of(row: Row, clock: Clock) -> Event | None:
    """Return the mark that a row was written for, by the time that it keeps; ``None`` where it was typed by hand.

    Raises
    ------
    TableError
        If `mark_time_s` is no number.
    """
    time_s = row.number_in("mark_time_s") + clock.offset_s
    near = [event for event in clock.events if abs(event.time_s - time_s) <= SAME_S]
    same = [event for event in near if row["code"] in ("", event.code)] or near
    texts = [event for event in same if " ".join(row["text"].lstrip("'").split()) == " ".join(event.text.split())]
    return min(texts or same, key=lambda event: abs(event.time_s - time_s), default=None)


def start_of(row: Row, clock: Clock, mark: Event | None) -> float:
    """When it was given, on the session's clock, within the recording.

    Raises
    ------
    TableError
        If no time is stated, or two are, or it lies outside the recording.
    """
    stated = [column for column in TIMES if row[column]]
    if len(stated) != 1:
        found = " and ".join(stated) or "none"
        raise row.error("time_s", f"exactly one of time_s, clock_time and mark must be stated, found {found}")
    if row["mark"] and mark is not None:
        start_s = mark.time_s
    elif row["time_s"]:
        start_s = exact(row.number_in("time_s") + clock.offset_s, (mark,) if mark else ())
    else:
        start_s = _clock_s(row, clock.started_at) + clock.offset_s
    first_s, last_s = clock.support.start_s, clock.support.stop_s
    if start_s >= last_s:
        raise row.error(
            stated[0],
            f"{start_s:g} s is after the end of the recording (of spikes alone, --stop-s states it) at {last_s:g} s",
        )
    if start_s < first_s - EARLY_S:
        raise row.error(stated[0], f"{start_s:g} s is before the start of the recording at {first_s:g} s")
    return start_s


def exact(time_s: float, events: Sequence[Event]) -> float:
    """Return the time of the event that a rounded time means; itself where there is none.

    >>> exact(10.0001, [Event(10.00012)]), exact(11.0, [Event(10.00012)])
    (10.00012, 11.0)
    """
    nearest = min((event.time_s for event in events), key=lambda t: abs(t - time_s), default=time_s)
    return nearest if abs(nearest - time_s) <= SAME_S else time_s


def _clock_s(row: Row, started_at: datetime | None) -> float:
    """Seconds from the file's second 0 to a time of day; a time before that is of the next day."""
    if started_at is None:
        raise row.error("clock_time", "the recording does not say when it began; give time_s")
    text = row["clock_time"]
    begun = started_at.replace(tzinfo=None)
    try:
        if len(text) > len("00:00:00.000000"):
            return (_same_zone(datetime.fromisoformat(text), started_at) - started_at).total_seconds()
        if not _OF_DAY.fullmatch(text):  # to Python, "14.05" is a twentieth of a second past 14:00
            raise ValueError(text)
        of_day = time.fromisoformat(f"0{text}" if text[1:2] == ":" else text)
        moment = datetime.combine(begun.date(), of_day)
    except ValueError:
        raise row.error("clock_time", "must be a time like 14:05:30, or a date and time") from None
    if moment < begun.replace(microsecond=0):
        moment += timedelta(days=1)
    return (moment - begun).total_seconds()


def _same_zone(moment: datetime, started_at: datetime) -> datetime:
    """Moment in the terms of the file's clock: one without a zone is taken to be in the file's own."""
    if started_at.tzinfo is None:
        return moment.replace(tzinfo=None)
    return moment if moment.tzinfo else moment.replace(tzinfo=started_at.tzinfo)


def named_marks(rows: Sequence[Row], clock: Clock) -> dict[int, Event]:
    """Return the mark of each row that names one: by text or key, the rows in the order of the marks."""
    found: dict[int, Event] = {}
    for word in dict.fromkeys(row["mark"].lower() for row in rows if row["mark"]):
        users = [row for row in rows if row["mark"].lower() == word]
        marks = [event for event in clock.events if word in (event.text.lower(), event.code.lower())]
        if not marks:
            texts = ", ".join(dict.fromkeys(repr(e.text or e.code) for e in clock.events if e.text or e.code))
            raise users[0].error("mark", f"no such mark in the recording; it has {texts or 'none'}")
        if len(marks) != len(users):
            raise users[0].error(
                "mark", f"{len(marks)} marks of this kind in the recording, {len(users)} rows for them; give time_s"
            )
        found.update({row.number: mark for row, mark in zip(users, marks, strict=True)})
    return found
