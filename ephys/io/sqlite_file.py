"""An SQLite file of ephys, opened for one write or for one question; what fails is said with the file's name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ephys.errors import BusyError, FileFormatError

TIMEOUT_S = 30.0
"""How long to wait for another process that writes the same file: a convention, far more than a cohort takes."""

_OURS = int.from_bytes(b"ephy")
"""By which a database is known to be one of ours (SQLite's ``application_id``)."""
_LAYOUT = 1
"""Of the tables; more tables and columns do not change it (SQLite's ``user_version``)."""
_MAGIC = b"SQLite format 3\0"
_ASKING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}


@contextmanager
def writing(path: Path, *, timeout_s: float) -> Iterator[sqlite3.Connection]:
    """Give the database within one transaction: all that the block does is kept, or nothing of it.

    Raises
    ------
    FileFormatError
        If the file is there and is no database of ephys; nothing in it is touched.
    BusyError
        If another process keeps it for longer than `timeout_s`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _check_magic(path)
    with (
        _named(path, timeout_s),
        closing(sqlite3.connect(path, timeout=timeout_s, isolation_level=None)) as database,
    ):
        database.execute("BEGIN IMMEDIATE")
        try:
            _claim(database, path)
            yield database
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise


@contextmanager
def asking(path: Path) -> Iterator[sqlite3.Connection]:
    """Give the database so that it can be asked and in no way changed.

    Raises
    ------
    FileFormatError
        If the file is missing or is no database of ephys.
    BusyError
        If another process is writing it all the while.
    """
    if not path.is_file():
        raise FileFormatError(f"{path}: no such file")
    _check_magic(path)
    with _named(path, TIMEOUT_S):
        _undo_killed_write(path)
        with closing(_read_only(path)) as database:
            _check_ours(database, path)
            database.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _ASKING else sqlite3.SQLITE_DENY)
            yield database


def quoted(name: str) -> str:
    """Name of a table or column as SQL has it.

    >>> print(quoted('the "a" list'))
    "the ""a"" list"
    """
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _read_only(path: Path) -> sqlite3.Connection:
    """Connection that cannot write; the path goes into an address, where ``?`` and ``#`` are escaped."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=TIMEOUT_S, isolation_level=None)


def _undo_killed_write(path: Path) -> None:
    """Let SQLite take back what a killed process left half written, which a read-only connection may not."""
    try:
        with closing(_read_only(path)) as database:
            _layout(database)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname != "SQLITE_READONLY_ROLLBACK":
            raise
        with closing(sqlite3.connect(path, timeout=TIMEOUT_S, isolation_level=None)) as database:
            _layout(database)


def _check_magic(path: Path) -> None:
    """Raise if a file is there that is no SQLite database; an empty one is a database without tables."""
    if path.is_dir():
        raise FileFormatError(f"{path}: a folder, not a database; name the file in it")
    if path.is_file():
        with path.open("rb") as file:
            begins = file.read(len(_MAGIC))
        if begins not in (b"", _MAGIC):
            raise FileFormatError(f"{path}: no SQLite database; nothing was changed. Choose another name")


def _layout(database: sqlite3.Connection) -> tuple[int, int, list[str]]:
    """Whose database it is, the version of its layout, and the names of what is in it."""
    (owner,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master ORDER BY rowid")]
    return owner, version, names


def _claim(database: sqlite3.Connection, path: Path) -> None:
    """Make an empty database ours; any other must be."""
    if _layout(database) == (0, 0, []):
        database.execute(f"PRAGMA application_id = {_OURS}")
        database.execute(f"PRAGMA user_version = {_LAYOUT}")
    _check_ours(database, path)


def _check_ours(database: sqlite3.Connection, path: Path) -> None:
    """Raise if it is no database of ephys, or of a later one."""
    owner, version, names = _layout(database)
    if owner == _OURS and version <= _LAYOUT:
        return
    if owner == _OURS:
        raise FileFormatError(f"{path}: written by a later ephys (layout {version}, this one knows {_LAYOUT}); update")
    if not names:
        raise FileFormatError(f"{path}: an empty database: the first write did not end. Write the run again")
    held = ", ".join(names[:5])
    raise FileFormatError(
        f"{path}: an SQLite database that is not of ephys (it holds {held}); nothing was changed. Choose another name"
    )


@contextmanager
def _named(path: Path, timeout_s: float) -> Iterator[None]:
    """Say of which file SQLite complains."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise BusyError(
                f"{path}: another process has kept it for {timeout_s:g} s; wait until that one ends, or close the "
                "program that has unsaved changes in it, and try again"
            ) from error
        if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
            raise FileFormatError(f"{path}: damaged, or no SQLite database: {error}; nothing was changed") from error
        raise OSError(f"{path}: {error}") from error
