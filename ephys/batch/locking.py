"""The lock: curation, identity and exclusions signed before names are known, and what changed since."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ephys.batch.blind_state import read_state
from ephys.batch.snapshot import (
    Change,
    Entry,
    as_plain,
    changes_between,
    from_plain,
    read_snapshot,
    sections_of,
    under_names,
)
from ephys.errors import FileFormatError, ParameterError
from ephys.io.atomic import write_text
from ephys.jupyter import Shown

LOCK = "lock.json"
CHANGES = "changes.csv"


@dataclass(frozen=True)
class Lock(Shown):
    """A person's word that calls and exclusions are final.

    Parameters
    ----------
    person : str
        Who gave it.
    at : str
        When, with the zone.
    note : str
    is_blind : bool
        Whether names were hidden at that time.
    sha256 : mapping of str to str
        Of curation, identity, exclusions and settings.
    entries : tuple of Entry
        What these are of, under the names that the results had.
    since : tuple of Change
        What was no longer as the lock before had it.
    """

    person: str
    at: str
    note: str
    is_blind: bool
    sha256: Mapping[str, str]
    entries: tuple[Entry, ...]
    since: tuple[Change, ...] = ()

    def __str__(self) -> str:
        """Who locked what, and when."""
        cells = sum(one.what == "label" for one in self.entries)
        logs = sum(one.what == "curation" for one in self.entries)
        counted = f"{cells} cells, {logs} curation logs" + (", blind" if self.is_blind else ", not blind")
        changed = f"; {len(self.since)} things changed since the lock before" if self.since else ""
        return f"locked by {self.person} at {self.at}: {counted}{changed}"

    def __repr__(self) -> str:
        """Person and time."""
        return f"Lock({self.person!r}, {self.at!r})"


def lock_cohort(results: str | os.PathLike[str], *, person: str, note: str = "", now: datetime | None = None) -> Lock:
    """Sign curation, identity and exclusions of a cohort's results.

    A lock is never replaced: where there is one, another is written after it, with what changed in between.

    Parameters
    ----------
    results : path
        Folder that `write_cohort` wrote.
    person : str
        Who signs.
    note : str, optional
        What is to be said beside it.
    now : datetime, optional
        When; by default now.

    Returns
    -------
    Lock
        As it was added to ``lock.json``.

    Raises
    ------
    ParameterError
        If nobody signs, or there are no results.
    """
    if not person.strip():
        raise ParameterError('a lock needs a person who signs it: --person "A. Name"')
    state, entries, locks = read_state(results), read_snapshot(results), read_locks(results)
    lock = Lock(
        person=person.strip(),
        at=(now or datetime.now(UTC)).isoformat(timespec="seconds"),
        note=note,
        is_blind=state is not None and state.unblinding is None,
        sha256=sections_of(entries),
        entries=entries,
        since=_changes(results, locks[-1], entries) if locks else (),
    )
    text = json.dumps({"locks": [_as_plain(one) for one in (*locks, lock)]}, indent=2, ensure_ascii=False)
    write_text(Path(results) / LOCK, text + "\n")
    return lock


def read_locks(results: str | os.PathLike[str]) -> tuple[Lock, ...]:
    """Return every lock of results, the first first.

    Raises
    ------
    FileFormatError
        If the file is damaged, or an entry is not what was signed.
    """
    path = Path(results) / LOCK
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["locks"]
        locks = tuple(_from_plain(each) for each in found)
    except FileNotFoundError:
        return ()
    except (ValueError, KeyError, TypeError) as error:
        raise FileFormatError(f"{path}: no lock of ephys, or damaged: {error}") from error
    for lock in locks:
        for name, sha256 in sections_of(lock.entries).items():
            if sha256 != lock.sha256.get(name):
                raise FileFormatError(f"{path}: {name} is not what {lock.person} signed at {lock.at}: it was altered")
    return locks


def lock_digest(results: str | os.PathLike[str]) -> str:
    """SHA-256 of the file of locks; empty where there is none."""
    path = Path(results) / LOCK
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def note_changes(results: str | os.PathLike[str]) -> tuple[str, ...]:
    """Hold results against their last lock: write ``changes.csv``, and say so in ``answers.txt``.

    Parameters
    ----------
    results : path
        Folder that was written just now.

    Returns
    -------
    tuple of str
        What to tell; nothing where there is no lock.
    """
    folder, locks = Path(results), read_locks(results)
    if not locks:
        return ()
    changes = _changes(folder, locks[-1], read_snapshot(folder))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("what", "of", "before", "after"))
    writer.writerows((one.what, one.of, one.before, one.after) for one in changes)
    write_text(folder / CHANGES, text.getvalue())
    many = f"{len(changes)} thing{'s' if len(changes) > 1 else ''} changed, listed in {CHANGES}"
    told = f"since the lock by {locks[-1].person}: {many if changes else 'nothing changed'}"
    answers = folder / "answers.txt"
    write_text(answers, f"{answers.read_text(encoding='utf-8')}\n{told}\n")
    return (told,)


def _changes(results: str | os.PathLike[str], lock: Lock, now: tuple[Entry, ...]) -> tuple[Change, ...]:
    """What differs from a lock; one from before the unblinding is taken under true names."""
    state = read_state(results)
    done = state.unblinding if state else None
    before = under_names(lock.entries, done.names) if done and lock.is_blind else lock.entries
    return changes_between(before, now)


def _as_plain(lock: Lock) -> dict[str, Any]:
    """Lock as JSON has it."""
    return asdict(lock) | {"entries": as_plain(lock.entries)}


def _from_plain(values: Mapping[str, Any]) -> Lock:
    """Lock from JSON."""
    since = tuple(Change(**each) for each in values["since"])
    return Lock(**{**values, "entries": from_plain(values["entries"]), "since": since})
