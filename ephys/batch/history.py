"""What an animal had before each of its recordings: the rule of one cell per animal after a systemic drug."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ephys.analysis import SessionRecord
from ephys.batch.jobs import SessionJob


@dataclass(frozen=True)
class History:
    """What was given before.

    Parameters
    ----------
    earlier : mapping of str to str
        By the name of the session: the first systemic drug before it, and when; sessions before which there was none
        are not in it.
    notes : tuple of str
        Animals of which that cannot be told.
    """

    earlier: Mapping[str, str]
    notes: tuple[str, ...]


def history_of(animal: str, jobs: Sequence[SessionJob], records: Mapping[str, SessionRecord]) -> History:
    """What one animal had before each of its recordings.

    Recordings are ordered by date and time, of the table or of the file; where one does not know, by ``order``. Cells
    of one recording were held at once, and none of them is later than the other.

    Parameters
    ----------
    animal : str
    jobs : sequence of SessionJob
        Of the animal.
    records : mapping of str to SessionRecord
        By the name of the session; those that failed are not in it.
    """
    found = [records[job.name] for job in jobs if job.name in records]
    earlier = {record.session: drug for record in found if (drug := _before_its_part(record))}
    notes: list[str] = []
    if len(jobs) > 1:
        order = {job.name: job.cells[0].place for job in jobs}
        files = {job.name: job.files for job in jobs}
        for record in found:
            others = [other for other in found if other is not record]
            if record.session not in earlier and (drug := next(_before(record, others, order, files), "")):
                earlier[record.session] = drug
        if len({job.files for job in jobs}) > 1:  # parts of one file are on one clock
            notes += _untold(animal, found, order)
        notes += _unread(animal, [job.name for job in jobs if job.name not in records], found)
    return History(earlier, tuple(notes))


def _before_its_part(record: SessionRecord) -> str:
    """What was given in the same file before the part that holds the cell."""
    before = [given for given in record.systemic if given.start_s < record.start_s]
    return f"{before[0].drug} at {before[0].start_s:g} s of the same file" if before else ""


def _before(
    record: SessionRecord,
    others: Sequence[SessionRecord],
    order: Mapping[str, float],
    files: Mapping[str, tuple[Path, ...]],
) -> Iterator[str]:
    """What was given in other recordings, or other parts of its file, before this one began."""
    for other in others:
        if files[other.session] == files[record.session]:  # on one clock, whatever order is stated
            given = [one for one in other.systemic if one.start_s < record.start_s]
        elif record.started_at is not None and other.started_at is not None:
            began = record.started_at + timedelta(seconds=record.start_s)
            given = [one for one in other.systemic if other.started_at + timedelta(seconds=one.start_s) < began]
        else:
            is_earlier = order[other.session] < order[record.session]
            given = list(other.systemic) if is_earlier else []
        if given:
            yield f"{given[0].drug} in {other.session}"


def _untold(animal: str, found: Sequence[SessionRecord], order: Mapping[str, float]) -> Iterator[str]:
    """Say that the order of an animal's recordings is not known."""
    timed = all(record.started_at is not None for record in found)
    numbered = all(not math.isnan(order[record.session]) for record in found)
    if not timed and not numbered and any(record.systemic for record in found):
        names = ", ".join(record.session for record in found)
        yield (
            f"{animal}: which of its recordings ({names}) came after a systemic drug is not known, so none is taken "
            "for later: state date and time, or order, in the cohort's table"
        )


def _unread(animal: str, failed: Sequence[str], found: Sequence[SessionRecord]) -> Iterator[str]:
    """Say that a recording that could not be read may have had a drug."""
    if failed and found:
        yield (
            f"{animal}: {', '.join(failed)} could not be read, so whether a drug was given there before "
            f"{', '.join(record.session for record in found)} is not known"
        )
