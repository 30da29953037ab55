"""Dates and times of day as laboratories and spreadsheets write them."""

from __future__ import annotations

import re
from datetime import date, time

from ephys.io.schema import Row

_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T]00:00(?::00)?)?")
"""Excel keeps midnight behind every date."""
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_EITHER_FIRST = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})")
_OF_DAY = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:\.0+)?)?")
_WRITE = "write it as 2026-03-01"


def date_in(row: Row) -> date | None:
    """Return the date of a row; ``None`` where the cell is empty.

    Raises
    ------
    TableError
        If it is no date, or one that day and month can be exchanged in.

    Examples
    --------
    >>> from pathlib import Path
    >>> for text in ("2026-03-01", "1.3.2026", "13/03/2026", "03/13/2026"):
    ...     print(date_in(Row(Path("cohort.csv"), 2, {"date": text})))
    2026-03-01
    2026-03-01
    2026-03-13
    2026-03-13
    """
    text = row["date"]
    if not text:
        return None
    try:
        if match := _YEAR_FIRST.fullmatch(text):
            return date(*map(int, match.groups()))
        if match := _DAY_FIRST.fullmatch(text):
            day, month, year = map(int, match.groups())
            return date(year, month, day)
        if match := _EITHER_FIRST.fullmatch(text):
            return _either(int(match[1]), int(match[3]), int(match[4]))
    except _TwoReadings as error:
        raise row.error("date", f"may be {error}; write the one that is meant in this way") from None
    except ValueError:
        raise row.error("date", f"there is no such day; {_WRITE}") from None
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        raise row.error("date", f"is a spreadsheet's number of a day; give the cell the format of a date, or {_WRITE}")
    if ":" in text:
        raise row.error("date", f"must be a date alone, with the time of day in column 'time'; {_WRITE}")
    raise row.error("date", f"must be a date; {_WRITE}")


def time_in(row: Row) -> time | None:
    """Return the time of day of a row; ``None`` where the cell is empty.

    Raises
    ------
    TableError
        If it is none.

    Examples
    --------
    >>> from pathlib import Path
    >>> time_in(Row(Path("cohort.csv"), 2, {"time": "9:05"}))
    datetime.time(9, 5)
    """
    text = row["time"]
    if not text:
        return None
    match = _OF_DAY.fullmatch(text)
    try:
        if match:
            hour, minute, second = (int(part or 0) for part in match.groups())
            return time(hour, minute, second)
    except ValueError:
        pass  # 25:00 is told as any other word
    raise row.error("time", "must be a time of day like 14:05 or 14:05:30")


class _TwoReadings(ValueError):
    """A date in which day and month can be exchanged."""


def _either(first: int, second: int, year: int) -> date:
    """Return a date with slashes, where only one order of day and month can be."""
    if first != second and max(first, second) <= 12:
        raise _TwoReadings(f"{date(year, second, first)} or {date(year, first, second)}")
    day, month = (first, second) if first > 12 else (second, first)
    return date(year, month, day)
