"""What a cohort's run keeps between two runs: sorted units and records, each under the digest of what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ephys.analysis import SessionRecord
from ephys.errors import FileFormatError
from ephys.io.atomic import write_text
from ephys.io.checksums import CHANGED, state_of
from ephys.io.values import read_value, write_value
from ephys.model import Source, Unit

FOLDER = ".records"
"""Where, within the folder of the results."""


@dataclass(frozen=True)
class Store:
    """Files that are whole or not there, written by any number of processes at once.

    Parameters
    ----------
    folder : Path
    only_looks : bool, optional
        Whether nothing may be written: of a run that only says what it would do.
    """

    folder: Path
    only_looks: bool = False

    def record(self, key: str) -> SessionRecord | None:
        """Return the record of that key; ``None`` where there is none, or it cannot be read any more."""
        found = self._read(self._path(key, "record"))
        return found if isinstance(found, SessionRecord) and found.key == key else None

    def keep_record(self, record: SessionRecord) -> None:
        """Keep a record."""
        write_value(self._path(record.key, "record"), record)

    def units(self, key: str) -> tuple[Unit, ...] | None:
        """Return the sorted units of that key; ``None`` where there are none."""
        found = self._read(self._path(key, "units"))
        return found if isinstance(found, tuple) else None

    def keep_units(self, key: str, units: Sequence[Unit]) -> None:
        """Keep what the sorter found."""
        write_value(self._path(key, "units"), tuple(units))

    def sorted_once(self, key: str, sort: Callable[[], Sequence[Unit]]) -> tuple[Unit, ...]:
        """Return the units of that key, sorted now and kept where there are none."""
        units = self.units(key)
        if units is None:
            units = tuple(sort())
            self.keep_units(key, units)
        return units

    def known(self, source: Source) -> Source:
        """Return a source whose checksum is not reckoned again while size and time of change are the same."""
        return Source(source.path, partial(self._checksum, source))

    def _checksum(self, source: Source) -> str:
        """Checksum that was noted under the state of the file; reckoned and noted where there is none."""
        note = self._path(state_of(source.path), "sha256")
        try:
            return note.read_text(encoding="ascii")
        except FileNotFoundError:
            found = source.sha256
            if found != CHANGED and not self.only_looks:
                write_text(note, found)
            return found

    def answer(self, key: str) -> object:
        """Return the answer of that key; ``None`` where there is none."""
        return self._read(self._path(key, "answer"))

    def keep_answer(self, key: str, answer: object) -> None:
        """Keep an answer."""
        write_value(self._path(key, "answer"), answer)

    def _path(self, key: str, kind: str) -> Path:
        """File of a key."""
        return self.folder / f"{key[:40]}.{kind}"

    def _read(self, path: Path) -> object:
        """What a file holds; one that is damaged counts as absent, since it can be made again."""
        try:
            return read_value(path)
        except (FileNotFoundError, FileFormatError):
            return None
