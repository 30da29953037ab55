"""Tables of latencies: a row per animal and trial, the cut-off in a column, typed as ``>180``, or named."""

from __future__ import annotations

import math
import os
from collections import Counter
from pathlib import Path

from ephys.errors import ParameterError, TableError
from ephys.io.bounds import bounded_in
from ephys.io.schema import Row, read_table
from ephys.io.spelling import check_spelling
from ephys.pharmacology import Latencies, Latency

LATENCY_COLUMNS = ("animal", "group", "latency_s", "cutoff_s", "censored", "trial")
_MEANT = {"latency": "latency_s", "cutoff": "cutoff_s", "cut_off_s": "cutoff_s", "time_s": "latency_s"}
_WORDS = {"yes": "yes", "no": "no", "true": "yes", "false": "no", "1": "yes", "0": "no"}


def read_latencies(path: str | os.PathLike[str], *, cutoff_s: float | None = None) -> Latencies:
    r"""Read a table of latencies, a row per animal and trial.

    Parameters
    ----------
    path : path
        Text or Excel. Columns: ``animal``, ``group``, ``latency_s`` (``>180``: had not moved by then), and where there
        are any ``cutoff_s``, ``censored`` (yes or no) and ``trial`` (else trials are numbered in the table's order).
    cutoff_s : float, optional
        Of all rows that state none; a row that states another is an error.

    Returns
    -------
    Latencies
        A latency that equals the cut-off is one that had not ended, unless ``censored`` says no.

    Raises
    ------
    TableError
        With file, row, column and value; among others where a latency is negative or beyond its cut-off, or a
        row's cut-off is not `cutoff_s`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = Path(folder) / "latencies.csv"
    ...     _ = table.write_text("animal,group,latency_s\nr1,vehicle,12\nr2,drug,>180\nr3,drug,180\n")
    ...     found = read_latencies(table, cutoff_s=180.0)
    >>> [one.text for one in found.trials]
    ['12', '> 180', '> 180']
    """
    if cutoff_s is not None and not 0 < cutoff_s < math.inf:
        raise ParameterError(f"cutoff_s must be above 0, got {cutoff_s:g}")
    rows = read_table(Path(path), known=LATENCY_COLUMNS, required=LATENCY_COLUMNS[:3], meant=_MEANT)
    if not rows:
        raise TableError(f"{path}: no row beneath the header")
    check_spelling(rows, "animal", "group")
    trials: list[Latency] = []
    group_of: dict[str, Row] = {}
    number: Counter[str] = Counter()
    for row in rows:
        for column in ("animal", "group"):
            if not row[column]:
                raise row.error(column, "must be named in every row")
        first = group_of.setdefault(row["animal"], row)
        if first["group"] != row["group"]:
            raise row.error("group", f"animal {row['animal']!r} is in {first['group']!r} in row {first.number}")
        number[row["animal"]] += 1
        one = _latency(row, cutoff_s, number[row["animal"]])
        if any((one.animal, one.trial) == (other.animal, other.trial) for other in trials):
            raise row.error("trial", f"animal {one.animal!r} has trial {one.trial} twice")
        trials.append(one)
    return Latencies(tuple(trials))


def _latency(row: Row, cutoff_s: float | None, number: int) -> Latency:
    """One trial."""
    latency_s, is_bound = bounded_in(row, "latency_s", ">")
    if math.isnan(latency_s):
        raise row.error("latency_s", "must be a time; leave the row out where nothing was timed, and say so")
    if latency_s < 0:
        raise row.error("latency_s", "must be 0 or more")
    end_s = row.number_in("cutoff_s")
    if end_s <= 0:
        raise row.error("cutoff_s", "must be above 0")
    if cutoff_s is not None and not math.isnan(end_s) and end_s != cutoff_s:
        raise row.error("cutoff_s", f"contradicts the cut-off of {cutoff_s:g} s that was given beside the table")
    if math.isnan(end_s):
        end_s = math.nan if cutoff_s is None else cutoff_s
    if latency_s > end_s:
        raise row.error("latency_s", f"is beyond the cut-off of {end_s:g} s")
    said = row.choice_in("censored", _WORDS, "")
    if is_bound and said == "no":
        raise row.error("censored", f"says no, and the latency is typed as {row['latency_s']!r}")
    censored = is_bound or said == "yes" or (latency_s == end_s and said != "no")
    return Latency(row["animal"], row["group"], latency_s, censored, end_s, _trial(row, number))


def _trial(row: Row, number: int) -> int:
    """Number of the trial; where none is stated, the animal's rows are counted."""
    trial = row.number_in("trial")
    if math.isnan(trial):
        return number
    if trial < 1 or trial != int(trial):
        raise row.error("trial", "must be a whole number from 1")
    return int(trial)
