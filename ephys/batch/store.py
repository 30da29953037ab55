"""What a cohort's run keeps between two runs: sorted units and records, each under the digest of what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ephys.analysis import SessionRecord
from ephys.errors import FileFormatError
from ephys.io.values import read_value, write_value
from ephys.model import Unit

FOLDER = ".records"
"""Where, within the folder of the results."""


@dataclass(frozen=True)
class Store:
    """Files that are whole or not there, written by any number of processes at once.

    Parameters
    ----------
    folder : Path
    """

    folder: Path

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

    def _path(self, key: str, kind: str) -> Path:
        """File of a key."""
        return self.folder / f"{key[:40]}.{kind}"

    def _read(self, path: Path) -> object:
        """What a file holds; one that is damaged counts as absent, since it can be made again."""
        try:
            return read_value(path)
        except (FileNotFoundError, FileFormatError):
            return None
