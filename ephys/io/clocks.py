"""Files of one folder whose clocks are those of different recordings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ephys.errors import FileFormatError

SESSION_APART_S = 3600.0
"""Files whose times lie further apart than this are of different recordings. Convention: no session pauses so long."""

_NAMED = 5


def one_clock(folder: Path, spans_s: Mapping[str, tuple[float, float]], *, apart_s: float = SESSION_APART_S) -> None:
    """Raise if files lie so far apart in time that they cannot be of one session.

    Parameters
    ----------
    folder : Path
        What the message calls them.
    spans_s : mapping of str to (float, float)
        First and last time of each file, by its name, in seconds of the clock that stamped it.
    apart_s : float, optional
        Files that overlap, or lie no further apart than this, are of one session.

    Raises
    ------
    FileFormatError
        If they are of several.

    Examples
    --------
    >>> one_clock(Path("rat07"), {"CSC1.ncs": (100.0, 900.0), "Events.nev": (950.0, 950.0)})
    >>> one_clock(Path("rat07"), {"CSC1.ncs": (100.0, 900.0), "TT1.ntt": (90000.0, 95000.0)})
    Traceback (most recent call last):
    ephys.errors.FileFormatError: rat07: its files are of 2 recordings, by their time stamps: CSC1.ncs (100 to 900 s ...
    """
    groups: list[tuple[list[str], float, float]] = []
    for name, (first_s, last_s) in sorted(spans_s.items(), key=lambda item: item[1]):
        if groups and first_s - groups[-1][2] <= apart_s:
            names, begun_s, ended_s = groups.pop()
            groups.append(([*names, name], begun_s, max(ended_s, last_s)))
        else:
            groups.append(([name], first_s, last_s))
    if len(groups) > 1:
        told = "; ".join(
            f"{_listed(names)} ({begun_s:.10g} to {ended_s:.10g} s of the clock)" for names, begun_s, ended_s in groups
        )
        raise FileFormatError(
            f"{folder}: its files are of {len(groups)} recordings, by their time stamps: {told}. Name one file, or put "
            "each recording into a folder of its own"
        )


def _listed(names: list[str]) -> str:
    """Return names in a row, the first few of many."""
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
