"""Text that Spike2 exports: marks of the channels in it; signals and WaveMarks are better exported otherwise."""

from __future__ import annotations

import csv
import math
from pathlib import Path

from ephys.errors import FileFormatError
from ephys.io.assemble import Found, assemble
from ephys.io.contents import Channel, Contents
from ephys.io.spike2 import marker_code
from ephys.io.trains import LENGTH_NOT_SAID, unique_names
from ephys.model import Epoch, Event, ReadingSettings, Support

_MARKS = ("evt", "event", "level", "marker", "textmark")


def is_spike2_text(text: str) -> bool:
    """Whether a text begins as Spike2's do.

    >>> is_spike2_text('"INFORMATION"'), is_spike2_text("time_s")
    (True, False)
    """
    return text.lstrip("\ufeff\n\r ").startswith('"INFORMATION"')


def spike2_text_contents(path: Path, text: str, reading: ReadingSettings) -> Contents:
    """Read the event, marker and text-mark channels of Spike2's text export.

    Raises
    ------
    FileFormatError
        If there is none.
    """
    rows = [tuple(cell.strip() for cell in row) for row in csv.reader(text.splitlines(), delimiter="\t")]
    starts = [i for i, row in enumerate(rows) if row and row[0] == "CHANNEL"]
    sections = [[row for row in rows[a:b] if any(row)] for a, b in zip(starts, [*starts[1:], len(rows)], strict=True)]
    numbers = [int(section[0][1]) if section[0][1:] and section[0][1].isdigit() else 0 for section in sections]
    titles = unique_names([_line(section, 3) for section in sections], numbers)
    events: list[Event] = []
    channels = []
    for section, number, title in zip(sections, numbers, titles, strict=True):
        marked = _line(section, 1).lower().startswith(_MARKS)
        marks = [_mark(row, title) for row in section[3:] if _is_time(row[0])] if marked else []
        events += marks
        kept = Channel(number, title, "event", len(marks), used="marks")
        channels.append(kept if marked else Channel(number, title, "voltage", 0, used="not read"))
    left = ", ".join(repr(c.name) for c in channels if c.used == "not read")
    if not events:
        raise FileFormatError(
            f"{path}: Spike2's text without an event or marker channel ({left or 'no channels'}); export signals and "
            "WaveMarks as .mat, or read the .smr itself"
        )
    events.sort(key=lambda event: event.time_s)
    doubts = (f"channels that are not read as text: {left}; export them as .mat, or read the .smr",) if left else ()
    span = Support.of(Epoch(min(0.0, events[0].time_s), max(events[-1].time_s, 1.0), "recorded"))
    length = f"marks {LENGTH_NOT_SAID}: {span.start_s:g} to {span.stop_s:g} s is assumed; stop_s (--stop-s) states it"
    found = Found(events=tuple(events), channels=tuple(channels), doubts=(length, *doubts), end_is_known=True)
    return assemble(path, "Spike2 text", reading, [], found, lambda: span)


def _line(section: list[tuple[str, ...]], at: int) -> str:
    """First cell of a line, empty where the section is shorter."""
    return section[at][0] if at < len(section) else ""


def _is_time(cell: str) -> bool:
    """Whether a cell holds a finite number."""
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def _mark(row: tuple[str, ...], channel: str) -> Event:
    """Return the mark of one line: its time, its first code, its text."""
    rest = [cell for cell in row[1:] if cell]
    codes = [int(cell) for cell in rest if cell.isdigit()]
    texts = [cell for cell in rest if not cell.isdigit()]
    code = marker_code(codes[0], keyboard=channel.lower().startswith("keyboard")) if codes else ""
    return Event(float(row[0]), " ".join(texts), code, channel)
