"""Questions to the SQLite file of a cohort: which cells, and any other in SQL."""

from __future__ import annotations

import difflib
import os
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from ephys.errors import ParameterError
from ephys.io.sql_values import Value, stored
from ephys.io.sqlite_file import asking, quoted

_SHOWN = 12
"""How many of the values that occur are listed."""


def find_cells(
    path: str | os.PathLike[str],
    *,
    run: str | None = None,
    call: str | None = "serotonergic",
    drug: str | None = None,
    stability: str | None = None,
    fate: str | None = None,
    group: str | None = None,
    animal: str | None = None,
    analysed: str | None = None,
    where: Mapping[str, object] | None = None,
) -> pd.DataFrame:
    """Find cells of one run: all serotonergic cells under ipsapirone with a stable baseline, say.

    Parameters
    ----------
    path : path
        The file that `write_database` wrote.
    run : str, optional
        Key or label of the run; by default the only one.
    call : str, optional
        The call that holds (``final_label``); ``None``: every cell.
    drug : str, optional
        Cells that have a fit, or a reason why there is none, of this drug.
    stability, fate, group, animal, analysed : str, optional
        Of the cell; ``analysed`` is ``yes`` or ``no``.
    where : mapping, optional
        Value by any other column of the view ``cells``; ``None`` or an empty text: nothing stands there.

    Returns
    -------
    pandas.DataFrame
        A row per cell and drug, in the order in which they were written; columns of the fit that the cell has, too,
        begin with ``fit_``. A cell without a fit has one row. n is the number of animals, not of rows.

    Raises
    ------
    ParameterError
        If a value occurs nowhere in its column (a misspelt drug is no empty answer), a column is not there, or there
        are several runs and none was chosen.
    FileFormatError
        If the file is no such database.

    Examples
    --------
    >>> import tempfile, pandas as pd
    >>> from ephys.io import write_database
    >>> cells = {"session": ["s1", "s2"], "animal": ["r1", "r2"], "unit": ["1", "1"]}
    >>> tables = {
    ...     "units": pd.DataFrame({**cells, "final_label": ["serotonergic"] * 2}),
    ...     "fits": pd.DataFrame({**cells, "drug": ["ipsapirone", "8-OH-DPAT"], "id50": [118.0, 1.9]}),
    ... }
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_database(tables, Path(folder) / "cohort.sqlite", run={"key": "3f2a91c0"})
    ...     find_cells(path, drug="ipsapirone")[["animal", "unit", "id50"]]
      animal unit   id50
    0     r1    1  118.0
    """
    named = {"final_label": call, "drug": drug, "stability": stability, "fate": fate,
             "group": group, "animal": animal, "analysed": analysed}  # fmt: skip
    wanted = {column: _parameter(column, value) for column, value in named.items() if value is not None}
    for column, value in (where or {}).items():
        if column in wanted:
            raise ParameterError(f"column {column!r} is asked for twice, as {wanted[column]!r} and {value!r}")
        wanted[column] = _parameter(column, value)
    path = Path(path)
    with asking(path) as database:
        key = _run_key(database, path, run)
        _check_columns(database, path, wanted)
        for column, value in wanted.items():
            _check_occurs(database, path, key, column, value)
        tests = "".join(f" AND {_test(column, value)}" for column, value in wanted.items())
        values = [value for value in wanted.values() if not _is_empty(value)]
        return _answer(database, path, f"SELECT * FROM cells WHERE run = ?{tests}", [key, *values])


def ask_database(
    path: str | os.PathLike[str], sql: str, parameters: Sequence[object] | Mapping[str, object] = ()
) -> pd.DataFrame:
    """Answer one SELECT; nothing can be changed by it.

    Parameters
    ----------
    path : path
        The file that `write_database` wrote.
    sql : str
        One SELECT; a value from outside is written ``?`` (or ``:name``).
    parameters : sequence or mapping, optional
        Those values.

    Returns
    -------
    pandas.DataFrame
        Its rows.

    Raises
    ------
    ParameterError
        If it is no single SELECT, or SQLite does not understand it.
    FileFormatError
        If the file is no such database.
    """
    path = Path(path)
    with asking(path) as database:
        if isinstance(parameters, Mapping):
            return _answer(database, path, sql, {name: _parameter(name, each) for name, each in parameters.items()})
        return _answer(database, path, sql, [_parameter(f"{i}", each) for i, each in enumerate(parameters, start=1)])


def _is_empty(value: Value) -> bool:
    """Whether a value stands for nothing: tables do not tell an empty text from a cell that is not filled in."""
    return value is None or value == ""


def _test(column: str, value: Value) -> str:
    """SQL by which a column has a value that is bound to it, or none."""
    name = quoted(column)
    return f"({name} IS NULL OR {name} = '')" if _is_empty(value) else f"{name} = ?"


def _answer(
    database: sqlite3.Connection, path: Path, sql: str, parameters: Sequence[object] | Mapping[str, object]
) -> pd.DataFrame:
    """Rows of a SELECT."""
    try:
        cursor = database.execute(sql, parameters)
        rows = cursor.fetchall()
    except (sqlite3.Error, sqlite3.Warning) as error:
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_CORRUPT", "SQLITE_IOERR")):
            raise
        raise ParameterError(f"{path}: {_why(error)}, got {sql!r}") from error
    if cursor.description is None:
        raise ParameterError(f"{path}: one SELECT is asked for, got {sql!r}")
    return pd.DataFrame(rows, columns=[name for name, *_ in cursor.description])


def _why(error: Exception) -> str:
    """What SQLite means."""
    if "authoriz" in str(error) or "one statement" in str(error):
        return "the file is only read: one SELECT is answered and nothing else"
    return f"SQLite cannot answer: {error}"


def _parameter(name: str, value: object) -> Value:
    """Value that can be compared with what is stored."""
    try:
        return stored(value)
    except TypeError:
        raise ParameterError(f"the value for {name!r} must be a number or a text, got {value!r}") from None


def _run_key(database: sqlite3.Connection, path: Path, run: str | None) -> str:
    """Key of the run that is meant."""
    runs = database.execute("SELECT key, label, n_cells FROM runs ORDER BY rowid").fetchall()
    meant = [key for key, *_ in runs if run in (None, key)] or [key for key, label, _ in runs if label == run]
    if len(meant) == 1:
        return str(meant[0])
    there = "; ".join(f"{key}{f' ({label})' if label else ''}, {n_cells} cells" for key, label, n_cells in runs)
    if run is None:
        raise ParameterError(f"{path} holds {len(runs)} runs, choose one by its key or label: {there}")
    if meant:
        raise ParameterError(f"{path}: {len(meant)} runs have the label {run!r}, choose one by its key: {there}")
    names = [name for key, label, _ in runs for name in (key, label)]
    raise ParameterError(f"{path}: no run has the key or label {run!r}{_nearest(run, names)}; there are {there}")


def _check_columns(database: sqlite3.Connection, path: Path, wanted: Mapping[str, object]) -> None:
    """Raise if a column is not one of the cells'."""
    if not database.execute("SELECT 1 FROM sqlite_master WHERE type = 'view' AND name = 'cells'").fetchone():
        raise ParameterError(f"{path}: holds no table 'units', so no cells can be found in it")
    have = [name for name, *_ in database.execute("SELECT * FROM cells LIMIT 0").description]
    for column in wanted:
        if column not in have:
            nearest = _nearest(column, have)
            raise ParameterError(f"{path}: cells have no column {column!r}{nearest}; there are {', '.join(have)}")


def _check_occurs(database: sqlite3.Connection, path: Path, key: str, column: str, value: Value) -> None:
    """Raise if nothing of the run has the value."""
    name = quoted(column)
    test = _test(column, value)
    if _is_empty(value) or database.execute(f"SELECT 1 FROM cells WHERE run = ? AND {test}", (key, value)).fetchone():
        return
    found = database.execute(
        f"SELECT {name}, count(*) FROM cells WHERE run = ? AND NOT {_test(column, None)} GROUP BY 1 ORDER BY 1", (key,)
    ).fetchall()
    listed = ", ".join(f"{each!r} ({count})" for each, count in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    occur = f"; there are, with their rows, {listed}{more}" if found else "; the column is empty"
    nearest = _nearest(value, [each for each, _ in found])
    raise ParameterError(f"{path}: {column} {value!r} occurs nowhere in run {key}{nearest}{occur}")


def _nearest(value: object, known: Sequence[object]) -> str:
    """Nearest spelling, as a question."""
    words = {str(each).lower(): each for each in known if each}
    close = difflib.get_close_matches(str(value).lower(), words, n=1)
    return f" (did you mean {words[close[0]]!r}?)" if close else ""
