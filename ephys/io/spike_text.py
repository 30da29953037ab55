"""Spike times as text: a column of times, a table of times and units, one column per unit, or Spike2's own text."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io.contents import Contents
from ephys.io.foreign import foreign
from ephys.io.schema import two_readings
from ephys.io.spike2_text import is_spike2_text, spike2_text_contents
from ephys.io.spike_times import SAMPLES, in_seconds, spike_times_contents
from ephys.io.trains import Train
from ephys.model import ReadingSettings

EXPECTED = "A text file is read as spike times: columns time_s and, if need be, unit; or one column of times"

_TIME = re.compile(
    r"(?P<name>|t|time|timestamp|spike|spiketime|eventtime|peaktime)"
    r"(?:in)?(?:(?P<s>s|sec|secs|seconds?)|(?P<ms>ms|msecs?|milliseconds?)|(?P<us>us|usecs?|microseconds?)"
    r"|(?P<min>min|minutes?)|(?P<samples>samples?|ticks?|frames?))?"
)
_UNIT = re.compile(r"(unit|cluster|code|cell|neuron|wavemark)(s|id|name|no|number)?|id")
_CHANNEL = re.compile(r"(channel|chan|ch|electrode|tetrode|wire)(s|id|name|no|number)?")
_PASSED_OVER = re.compile(r"(note|comment|remark|amplitude|isi|interval|index).*|")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
_TWO_WAYS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")
_NAMES = ("time_s", "time_ms", "time", "unit", "cluster", "code", "note")


def text_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read spike times from a text file.

    Raises
    ------
    FileFormatError
        If it is no text, or not clearly spike times: with the row and what is expected.
    """
    with foreign(path, "text"):
        text = _text(path)
        if is_spike2_text(text):
            return spike2_text_contents(path, text, reading)
        table = _table(path, text)
        if not table.heading:
            return _bare(table, reading)
        roles = [_role(name) for name in table.heading]
        if "time" in {role.split(":")[0] for role in roles}:
            return _long(table, roles, reading)
        return _wide(table, reading)


@dataclass(frozen=True)
class _Table:
    """Cells of a text file: the heading, empty where there is none, and the rows with their line numbers."""

    path: Path
    heading: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    comma_separates: bool

    def error(self, row: int, message: str) -> FileFormatError:
        """Return an error that names the row."""
        return FileFormatError(f"{self.path}, row {row}: {message}. {EXPECTED}")

    def column(self, at: int, name: str, *, ragged: bool = False) -> NDArray[np.float64]:
        """Return the numbers of a column; `ragged` ones may end early.

        Raises
        ------
        FileFormatError
            If a cell is empty or no number, or a comma can be read two ways.
        """
        cells = [(row, cells[at] if at < len(cells) else "") for row, cells in self.rows]
        while ragged and cells and not cells[-1][1]:
            cells.pop()
        typed = [text for _, text in cells]
        commas = any("," in text for text in typed)
        if commas and all(_TWO_WAYS.fullmatch(text) for text in typed if "," in text) and not self.comma_separates:
            row, text = next(cell for cell in cells if "," in cell[1])
            readings = " or ".join(two_readings(text))
            raise self.error(
                row, f"{name}: {text!r} can be read two ways, with a decimal or a thousands comma; write {readings}"
            )
        for row, text in cells:
            if not _NUMBER.fullmatch(text) or (self.comma_separates and "," in text):
                said = f"must be a number, got {text!r}" if text else "is empty"
                raise self.error(row, f"{name} {said}")
        return np.array([float(text.replace(",", ".")) for text in typed], dtype=np.float64)


# --- from text to cells ----------------------------------------------------------------------------------------------


def _text(path: Path) -> str:
    """Return the text of a file in UTF-8, UTF-16 (with or without its mark) or the Western Windows encoding.

    Raises
    ------
    FileFormatError
        If it is no text.
    """
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    if b"\x00" in data[:64] and len(data) % 2 == 0:
        encoding = "utf-16-le" if data[1] == 0 else "utf-16-be"
        text = data.decode(encoding, errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise FileFormatError(f"{path}: not a text, though its name says so. {EXPECTED}")
    return text


def _table(path: Path, text: str) -> _Table:
    """Cut a text into cells; what begins with # or % is a comment, the last one before the numbers may be the heading.

    Raises
    ------
    FileFormatError
        If there is nothing in it.
    """
    numbered = [(n, line.strip()) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]
    lines = [(n, line) for n, line in numbered if not line.startswith(("#", "%"))]
    if not lines:
        raise FileFormatError(f"{path}: holds no spike times, only empty lines and comments. {EXPECTED}")
    delimiter = _delimiter([line for _, line in lines])
    rows = [(n, _cells(line, delimiter)) for n, line in lines]
    first = rows[0][1]
    if not all(_NUMBER.fullmatch(cell) or not cell for cell in first):
        heading, rows = _heading(lines[0][1], delimiter, len(rows[1][1]) if len(rows) > 1 else 0), rows[1:]
    else:
        comments = [line.lstrip("#% ") for n, line in numbered if line.startswith(("#", "%")) and n < rows[0][0]]
        named = _heading(comments[-1], delimiter, len(first)) if comments else ()
        heading = named if len(named) == len(first) and any(_role(c).startswith("time") for c in named) else ()
    return _Table(path, heading, tuple(rows), comma_separates=delimiter == ",")


def _delimiter(lines: Sequence[str]) -> str:
    """What separates cells: tab, semicolon, comma, or blanks; a lone comma between digits is a decimal one."""
    for delimiter in ("\t", ";"):
        if delimiter in lines[0]:
            return delimiter
    bare = bool(_NUMBER.fullmatch(lines[0])) and all(line.count(",") <= 1 for line in lines)
    return "," if "," in lines[0] and not bare else " "


def _cells(line: str, delimiter: str) -> tuple[str, ...]:
    """Cut one line."""
    (cells,) = csv.reader([line], delimiter=delimiter, skipinitialspace=True)
    return tuple(cell.strip() for cell in cells)


def _heading(line: str, delimiter: str, columns: int) -> tuple[str, ...]:
    """Cut the heading: a unit in brackets belongs to its name, and a lone column's name may have blanks."""
    if delimiter != " ":
        return _cells(line, delimiter)
    return (line.strip('"'),) if columns == 1 else _cells(re.sub(r"\s+(?=[(\[])", "", line), delimiter)


def _role(name: str) -> str:
    """What a column is: ``time:`` with its unit, ``unit``, ``channel``, ``passed over``, or nothing that is known."""
    word = re.sub(r"[\s._\-()\[\]/:]", "", name.replace("µ", "u").replace("μ", "u").lower())
    time = _TIME.fullmatch(word)
    if time and word:
        stated = next((unit for unit in ("s", "ms", "us", "min", SAMPLES) if time[unit]), "")
        return f"time:{'' if time['s'] == 's' and re.search(r'[a-z]s$', name.lower()) else stated}"
    for role, pattern in (("unit", _UNIT), ("channel", _CHANNEL), ("passed over", _PASSED_OVER)):
        if pattern.fullmatch(word):
            return role
    return ""


# --- from cells to units ---------------------------------------------------------------------------------------------


def _bare(table: _Table, reading: ReadingSettings) -> Contents:
    """One column without a heading: the times of one unit, in order."""
    widest = max(len(cells) for _, cells in table.rows)
    if widest > 1:
        row = next(row for row, cells in table.rows if len(cells) == widest)
        raise table.error(row, f"{widest} numbers in a row and no heading that says what they are")
    values = table.column(0, "the time")
    fall = np.flatnonzero(np.diff(values) < 0)
    if fall.size:
        row = table.rows[int(fall[0]) + 1][0]
        raise table.error(
            row, "the times are not in order: is it a signal? A heading (time_s) says that they are times"
        )
    times, told = in_seconds(values, "", reading, what=str(table.path))
    commas = any("," in cells[0] for _, cells in table.rows)
    said = (told, f"{table.path.name}: commas are taken as decimal commas" if commas else "")
    return spike_times_contents(table.path, [Train("1", times)], "spike times, text", reading=reading, doubts=said)


def _long(table: _Table, roles: list[str], reading: ReadingSettings) -> Contents:
    """Columns of times and units."""
    _check_known(table, roles)
    timed = [at for at, role in enumerate(roles) if role.startswith("time")]
    stated = [at for at in timed if roles[at] != f"time:{SAMPLES}"]
    at = (stated or timed)[0]
    named = [i for i, role in enumerate(roles) if role in ("unit", "channel")]
    if len(stated) > 1 or len({roles[i] for i in named}) < len(named):
        raise table.error(1, f"two columns say the same: {', '.join(map(repr, table.heading))}; leave one")
    long = next((row for row, cells in table.rows if len([c for c in cells if c]) > len(roles)), 0)
    if long:
        raise table.error(long, "more cells than columns")
    name = table.heading[at]
    times, told = in_seconds(table.column(at, name), roles[at][5:], reading, what=f"{table.path}, {name!r}")
    ids = _ids(table, [i for i in named if roles[i] == "channel"], [i for i in named if roles[i] == "unit"])
    passed = [repr(name) for name, role in zip(table.heading, roles, strict=True) if role == "passed over" and name]
    said = (told, f"{table.path.name}: columns that are not read: {', '.join(passed)}" if passed else "")
    trains = [Train(str(one), np.sort(times[ids == one])) for one in dict.fromkeys(ids)]
    return spike_times_contents(
        table.path, trains, "spike times, text", reading=reading, unit=roles[at][5:], doubts=said
    )


def _ids(table: _Table, channel: list[int], unit: list[int]) -> NDArray[np.str_]:
    """Name of the unit of each row: by unit, and by channel where there are several."""
    cells = [[row[at] if at < len(row) else "" for at in (*channel, *unit)] for _, row in table.rows]
    if channel and unit and len({row[0] for row in cells}) == 1:
        cells = [row[1:] for row in cells]
    return np.array([":".join(row) or "1" for row in cells], dtype=np.str_)


def _check_known(table: _Table, roles: list[str]) -> None:
    """Raise for a column that is not known: the table may be of something else."""
    unknown = [name for name, role in zip(table.heading, roles, strict=True) if not role]
    if unknown:
        close = difflib.get_close_matches(unknown[0].lower(), _NAMES, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise table.error(1, f"unknown column {unknown[0]!r}{hint} (a column for remarks begins with 'note')")


def _wide(table: _Table, reading: ReadingSettings) -> Contents:
    """One column per unit, under its name, each in order."""
    close = [(name, difflib.get_close_matches(name.lower(), _NAMES, n=1)) for name in table.heading]
    known = [name for name in table.heading if _role(name) or not name]
    if known or any(match for _, match in close) or len(set(table.heading)) < len(table.heading):
        hint = next(
            (f"; did you mean {match[0]!r} by {name!r}?" for name, match in close if match and not _role(name)), ""
        )
        raise table.error(1, f"no column of times among {', '.join(map(repr, table.heading))}{hint}")
    trains, said = [], []
    for at, name in enumerate(table.heading):
        values = table.column(at, name, ragged=True)
        if np.any(np.diff(values) < 0):
            row = table.rows[int(np.argmax(np.diff(values) < 0)) + 1][0]
            raise table.error(row, f"no column is called time, and {name!r} is not in order, as spike times would be")
        times, told = in_seconds(values, "", reading, what=f"{table.path}, {name!r}")
        trains.append(Train(name, times))
        said.append(told)
    said.append(
        f"{table.path.name}: no column is called time; each is taken as the spike times of one unit, in seconds"
    )
    return spike_times_contents(table.path, trains, "spike times, text", reading=reading, doubts=said)
