"""One SQLite file that keeps several runs of a cohort apart."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

import ephys
from ephys.errors import FileFormatError, ParameterError
from ephys.io.sql_values import SqlTable, sql_table, sql_type
from ephys.io.sqlite_file import TIMEOUT_S, quoted, writing
from ephys.jupyter import Shown

_WHOSE = ("run", "session", "unit", "animal", "group", "cell")
"""Whose row it is: the same in units and in fits, and shown once."""


@dataclass(frozen=True)
class RunInfo(Shown):
    """Of which run of a cohort the tables are.

    Parameters
    ----------
    key : str
        Short digest of what was run; the same key is the same run.
    label : str, optional
        Name that a person typed.
    ephys : str, optional
        Version that made the tables; by default this one.
    settings : str, optional
        The settings, as TOML.
    cohort : str, optional
        Path of the cohort's table.

    Raises
    ------
    ParameterError
        If the key is empty or has blanks in it.
    """

    key: str
    label: str = ""
    ephys: str = ephys.__version__
    settings: str = ""
    cohort: str = ""

    def __post_init__(self) -> None:
        for field in fields(self):
            if not isinstance(getattr(self, field.name), str):
                raise ParameterError(f"{field.name} of a run must be a text, got {getattr(self, field.name)!r}")
        if not self.key or self.key.split() != [self.key]:
            raise ParameterError(f"the key of a run must be a short text without blanks, got {self.key!r}")

    @classmethod
    def of(cls, run: RunInfo | Mapping[str, object]) -> RunInfo:
        """The run that a mapping describes.

        Raises
        ------
        ParameterError
            If the key is missing, or there is more than a run has.

        Examples
        --------
        >>> RunInfo.of({"key": "3f2a91c0", "label": "10 min"})
        RunInfo('3f2a91c0', '10 min')
        """
        if isinstance(run, RunInfo):
            return run
        known = [field.name for field in fields(cls)]
        for name in run:
            if name not in known:
                raise ParameterError(f"a run has no {name!r}; there are {', '.join(known)}")
        if "key" not in run:
            raise ParameterError("a run must have a 'key': a short digest of what was run")
        stated = {name: os.fspath(value) if isinstance(value, os.PathLike) else value for name, value in run.items()}
        return cls(**stated)  # type: ignore[arg-type]  # the class checks them

    def __repr__(self) -> str:
        """Key and label."""
        return f"RunInfo({self.key!r}, {self.label!r})"


def write_database(
    tables: Mapping[str, pd.DataFrame],
    path: str | os.PathLike[str],
    *,
    run: RunInfo | Mapping[str, object],
    timeout_s: float = TIMEOUT_S,
) -> Path:
    """Write the tables of a run into an SQLite file, beside those of other runs.

    The same key again replaces that run's rows, whatever tables it had; another key is added. All of it is written, or
    nothing: a write that is killed leaves the file as it was. Columns that the file does not have yet are added to it.
    The layout is in ``docs/database.md``.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        By name: ``animals``, ``units``, ``fits``... NaN becomes NULL, a boolean ``yes`` or ``no``; the names of
        animals, cells and units are text.
    path : path
        The file; made, with its folder, if need be.
    run : RunInfo or mapping
        Its ``key``, and what else is known of it.
    timeout_s : float, optional
        How long to wait for another process that writes the file.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    TableError
        If a table cannot be kept.
    FileFormatError
        If the file is something else; it is left as it is.
    BusyError
        If another process keeps it for longer.

    Examples
    --------
    >>> import tempfile, pandas as pd
    >>> calls = ["serotonergic", "uncertain"]
    >>> units = pd.DataFrame({"session": ["s1", "s1"], "unit": ["1", "2"], "final_label": calls})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_database({"units": units}, Path(folder) / "cohort.sqlite", run={"key": "3f2a91c0"})
    ...     ephys.ask_database(path, "SELECT run, unit, final_label FROM units")
            run unit   final_label
    0  3f2a91c0    1  serotonergic
    1  3f2a91c0    2     uncertain
    """
    if not tables:
        raise ParameterError(f"{path}: no tables to write")
    info = RunInfo.of(run)
    ready = [sql_table(name, frame) for name, frame in tables.items()]
    with writing(Path(path), timeout_s=timeout_s) as database:
        database.execute("DROP VIEW IF EXISTS cells")
        database.execute("DROP VIEW IF EXISTS contents")
        for name in _our_tables(database):
            database.execute(f"DELETE FROM {quoted(name)} WHERE run = ?", (info.key,))
        _write_run(database, info, n_cells=sum(len(table.rows) for table in ready if table.name == "units"))
        for table in ready:
            _write_table(database, table, info.key, Path(path))
        _make_views(database)
    return Path(path)


def _our_tables(database: sqlite3.Connection) -> list[str]:
    """Tables whose rows belong to runs, as they refer to them; a person's own tables are not among them."""
    rows = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid").fetchall()
    refers = {name: database.execute(f"PRAGMA foreign_key_list({quoted(name)})").fetchall() for (name,) in rows}
    return [name for name, keys in refers.items() if any(to == "runs" for _, _, to, *_ in keys)]


def _columns(database: sqlite3.Connection, table: str) -> dict[str, str]:
    """Type of each column; empty where there is no such table."""
    return {name: kind for (_, name, kind, *_) in database.execute(f"PRAGMA table_info({quoted(table)})")}


def _write_run(database: sqlite3.Connection, info: RunInfo, *, n_cells: int) -> None:
    """Write what is known of the run; one that is replaced keeps its place."""
    database.execute(
        "CREATE TABLE IF NOT EXISTS runs (key TEXT PRIMARY KEY NOT NULL, label TEXT, ephys TEXT, settings TEXT, "
        "cohort TEXT, n_cells INTEGER)"
    )
    database.execute(
        "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET label = excluded.label, "
        "ephys = excluded.ephys, settings = excluded.settings, cohort = excluded.cohort, n_cells = excluded.n_cells",
        (info.key, info.label, info.ephys, info.settings, info.cohort, n_cells),
    )


def _write_table(database: sqlite3.Connection, table: SqlTable, key: str, path: Path) -> None:
    """Add the rows of a run to a table that has their columns."""
    if _columns(database, table.name) and table.name not in _our_tables(database):
        raise FileFormatError(f"{path}: holds a table {table.name!r} that ephys did not make; rename it and try again")
    if table.name not in _our_tables(database):
        database.execute(_create(table.name, {}))
    have = {name.lower() for name in _columns(database, table.name)}
    for column in table.columns:
        if column.lower() not in have:
            kind = sql_type(table.kinds[column])
            database.execute(f"ALTER TABLE {quoted(table.name)} ADD COLUMN {quoted(column)} {kind}")
    _retype(database, table)
    _insert(database, table.name, ("run", *table.columns), [(key, *row) for row in table.rows])


def _retype(database: sqlite3.Connection, table: SqlTable) -> None:
    """Make the table anew where a column's type would change what is written: ``"1a"`` may stand below 1."""
    name, have = table.name, _columns(database, table.name)
    new = {column.lower(): table.kinds[column] for column in table.columns}
    wanted = {
        column: _wanted_type(database, name, column, kind, new.get(column.lower(), set()))
        for column, kind in have.items()
    }
    if wanted == have:
        return
    kept = database.execute(f"SELECT * FROM {quoted(name)} ORDER BY rowid").fetchall()
    database.execute(f"DROP TABLE {quoted(name)}")
    database.execute(_create(name, {column: kind for column, kind in wanted.items() if column != "run"}))
    _insert(database, name, tuple(have), kept)


def _wanted_type(database: sqlite3.Connection, table: str, column: str, declared: str, new: set[str]) -> str:
    """Type that a column needs for what it holds and what is new; it is only looked through where they differ."""
    if not new or (declared and sql_type({declared, *new}) == declared):
        return declared
    found = database.execute(f"SELECT DISTINCT upper(typeof({quoted(column)})) FROM {quoted(table)}")
    return sql_type({held for (held,) in found if held != "NULL"} | new)


def _create(name: str, columns: Mapping[str, str]) -> str:
    """SQL that makes a table of runs' rows."""
    declared = "".join(f", {quoted(column)} {kind}" for column, kind in columns.items())
    return f"CREATE TABLE {quoted(name)} (run TEXT NOT NULL REFERENCES runs (key){declared})"


def _insert(database: sqlite3.Connection, name: str, columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    """Add rows at the end of a table."""
    names, places = ", ".join(map(quoted, columns)), ", ".join("?" * len(columns))
    database.executemany(f"INSERT INTO {quoted(name)} ({names}) VALUES ({places})", rows)


def _make_views(database: sqlite3.Connection) -> None:
    """Cells with their fits, and how many rows each run has in each table."""
    units, fits = (list(_columns(database, name)) for name in ("units", "fits"))
    if {"session", "unit"} <= set(units):
        database.execute(f"CREATE VIEW cells AS {_cells(units, fits)}")
    counts = " UNION ALL ".join(
        f"SELECT key AS run, '{name}' AS \"table\", (SELECT count(*) FROM {quoted(name)} WHERE run = key) AS n_rows "
        "FROM runs" for name in _our_tables(database)
    )  # fmt: skip
    if counts:
        database.execute(f"CREATE VIEW contents AS {counts}")


def _cells(units: list[str], fits: list[str]) -> str:
    """SQL of a row per cell and drug; a cell without a fit is kept, and what both tables have is the cell's first."""
    shown = [f"u.{quoted(name)} AS {quoted(name)}" for name in units]
    if not {"session", "unit"} <= set(fits):
        return f"SELECT {', '.join(shown)} FROM units AS u ORDER BY u.rowid"
    twice = {name.lower() for name in units}
    shown += [
        f"f.{quoted(name)} AS {quoted(f'fit_{name}' if name.lower() in twice else name)}"
        for name in fits
        if name.lower() not in _WHOSE
    ]
    joined = "f.run = u.run AND f.session = u.session AND f.unit = u.unit"
    return f"SELECT {', '.join(shown)} FROM units AS u LEFT JOIN fits AS f ON {joined} ORDER BY u.rowid, f.rowid"
