"""Files of one recording that was stopped and started again, as one session on the clock of the first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from ephys.errors import FileFormatError, ParameterError
from ephys.io.clock_shift import on_first_clock
from ephys.io.clocks import SESSION_APART_S
from ephys.io.contents import Contents
from ephys.io.endings import with_end
from ephys.io.joined_signals import joined_monitors, joined_recording
from ephys.io.joined_units import Part, join_units
from ephys.model import DoseProtocol, ReadingSettings, Session, Subject, Support


def join_contents(
    files: Sequence[str], contents: Sequence[Contents], reading: ReadingSettings, joined_at_s: Sequence[float] | None
) -> Session:
    """Return several files as one session: what each holds, later by the time between its start and the first one's.

    Between the files nothing was recorded. Voltage and slow signals stay in their files.

    Parameters
    ----------
    files : sequence of str
        As they were named, in order of time.
    contents : sequence of Contents
        As read, each on its own clock.
    reading : ReadingSettings
        What the user says; its `stop_s` is on the first file's clock and ends the last file.
    joined_at_s : sequence of float or None
        Where second 0 of each lies on the first one's clock; ``None``: by the files' own starts.

    Raises
    ------
    FileFormatError
        If the files are of different animals, of other wires or another rate, out of order, or overlap; or if one does
        not say when it began.
    ParameterError
        If `joined_at_s` does not fit the files.
    """
    names = _short_names(files)
    placed = on_first_clock(names, [found.session for found in contents], joined_at_s)
    placed[-1] = with_end(replace(contents[-1], session=placed[-1]), reading, names[-1]).session
    closed = [_closed(session, after.support.start_s) for session, after in pairwise(placed)]
    parts = [
        Part(name, session, _sought(found, reading))
        for name, session, found in zip(names, (*closed, placed[-1]), contents, strict=True)
    ]
    by_starts = joined_at_s is None
    return _joined(parts, _clock_doubts(parts, [found.session for found in contents], by_starts=by_starts))


def _joined(parts: Sequence[Part], doubts: tuple[str, ...]) -> Session:
    """One session of parts that lie on one clock."""
    sessions = [part.session for part in parts]
    recording, odd_voltage = joined_recording(parts)
    units, odd_units = join_units(parts)
    monitors, odd_monitors = joined_monitors(parts)
    subject, odd_subject = _joined_subject(parts)
    protocol, odd_protocol = _joined_protocol(parts)
    rates = {session.sampling_hz for session in sessions}
    return replace(
        sessions[0],
        protocol=protocol,
        recording=recording,
        units=units,
        events=tuple(sorted((e for session in sessions for e in session.events), key=lambda event: event.time_s)),
        monitors=monitors,
        subject=subject,
        sources=tuple(dict.fromkeys(source for session in sessions for source in session.sources)),
        doubts=(
            *doubts,
            *odd_subject,
            *_odd_site(parts),
            *odd_voltage,
            *odd_units,
            *odd_monitors,
            *odd_protocol,
            *_doubts_of_files(parts),
        ),
        sampling_hz=rates.pop() if len(rates) == 1 else math.nan,
    )


# --- clock -----------------------------------------------------------------------------------------------------------


def _short_names(files: Sequence[str]) -> list[str]:
    """Names of files without their folders, where that tells them apart."""
    short = [Path(file).name for file in files]
    return short if len(set(short)) == len(short) else list(files)


def _sought(contents: Contents, reading: ReadingSettings) -> frozenset[str]:
    """Names of a file's channels that hold spikes, or would if there were any."""
    return frozenset(c.name for c in contents.channels if c.kind == "spikes" or c.name == reading.spikes)


def _closed(session: Session, next_s: float) -> Session:
    """Session whose last instant lies within it even if another file follows: readers may put the last spike there."""
    last = {u.support.stop_s for u in session.units if u.n_spikes and u.times_s[-1] == u.support.stop_s} - {next_s}
    if not last:
        return session

    def closed(support: Support) -> Support:
        *earlier, end = support.epochs
        stop_s = math.nextafter(end.stop_s, math.inf) if end.stop_s in last else end.stop_s
        return Support((*earlier, replace(end, stop_s=stop_s)))

    return replace(
        session,
        protocol=replace(session.protocol, recorded=closed(session.support)),
        units=tuple(replace(unit, support=closed(unit.support)) for unit in session.units),
    )


def _clock_doubts(parts: Sequence[Part], own: Sequence[Session], *, by_starts: bool) -> tuple[str, ...]:
    """Say which files were joined, where they lie, and how long nothing was recorded between them."""
    told, far = [], []
    for before, part, alone in zip(parts, parts[1:], own[1:], strict=False):
        begins_s = part.session.support.start_s
        gap_s = begins_s - before.session.support.stop_s
        shift_s = begins_s - alone.support.start_s
        told.append(f"{part.name} lies {shift_s:.10g} s later, {gap_s:.6g} s after {before.name} ends")
        if gap_s > SESSION_APART_S:
            far.append(
                f"{part.name} begins {gap_s / 3600:.1f} h after {before.name} ends: are they of one recording, and of "
                "one cell?"
            )
    how = "by the files' own starts" if by_starts else "as stated (joined_at_s)"
    starts = [session.started_at for session in own]
    if by_starts and len(set(starts)) > 1 and all(start is not None and start.microsecond == 0 for start in starts):
        how += ", which are stated to the second: so well are the times of marks and doses known"
    joined = f"{len(parts)} files are joined on the clock of {parts[0].name}, {how}: {'; '.join(told)}"
    return (f"{joined}; between them nothing was recorded", *far)


def _doubts_of_files(parts: Sequence[Part]) -> tuple[str, ...]:
    """Doubts of each file with its name; those of all of them once."""
    shared = [d for d in parts[0].session.doubts if all(d in part.session.doubts for part in parts)]
    own = [f"{part.name}: {doubt}" for part in parts for doubt in part.session.doubts if doubt not in shared]
    return (*shared, *own)


# --- animal and drugs ------------------------------------------------------------------------------------------------


def _joined_subject(parts: Sequence[Part]) -> tuple[Subject, tuple[str, ...]]:
    """Animal of the first file, with what only a later one states.

    Raises
    ------
    FileFormatError
        If the files name different animals.
    """
    joined, doubts = parts[0].session.subject, []
    for part in parts[1:]:
        for each in fields(Subject):
            ours, theirs = getattr(joined, each.name), getattr(part.session.subject, each.name)
            if not _is_stated(theirs) or ours == theirs:
                continue
            if not _is_stated(ours):
                joined = replace(joined, **{each.name: theirs})
            elif each.name == "animal":
                raise FileFormatError(
                    f"{parts[0].name} is of animal {ours!r}, {part.name} of {theirs!r}: files of different animals are "
                    "not one recording; if they are one animal, name it (subject, --animal animal=NAME)"
                )
            else:
                doubts.append(
                    f"{each.name} is {ours!r} in {parts[0].name}, {theirs!r} in {part.name}: the first is taken"
                )
    return joined, tuple(doubts)


def _is_stated(value: object) -> bool:
    """Whether a field says something."""
    return value == value and value not in ("", None)


def _odd_site(parts: Sequence[Part]) -> tuple[str, ...]:
    """Say where a file states another place of the electrode than the first."""
    first, doubts = parts[0], []
    for part in parts[1:]:
        for name in ("track", "depth_um", "order"):
            ours, theirs = getattr(first.session, name), getattr(part.session, name)
            if _is_stated(ours) and _is_stated(theirs) and ours != theirs:
                doubts.append(
                    f"{name} is {ours} in {first.name}, {theirs} in {part.name}: the first is taken; is it one cell?"
                )
    return tuple(doubts)


def _joined_protocol(parts: Sequence[Part]) -> tuple[DoseProtocol, tuple[str, ...]]:
    """Drug record that the files themselves hold, with what was drawn, under its new numbers.

    Raises
    ------
    FileFormatError
        If the records do not go together: totals that fall, say.
    """
    protocols = [part.session.protocol for part in parts]
    given = tuple(a for protocol in protocols for a in protocol.administrations)
    order = sorted(range(len(given)), key=lambda i: given[i].start_s)
    place = {old: new for new, old in enumerate(order)}
    firsts = np.cumsum([0, *(len(protocol.administrations) for protocol in protocols)]).tolist()
    baselines = [protocol.drawn_baseline for protocol in protocols if protocol.drawn_baseline]
    doubts = []
    if len(baselines) > 1:
        doubts.append(f"{len(baselines)} files have a baseline that was drawn: that of the first is taken")
    silent = [p.name for p in parts if not p.session.protocol.administrations and p.session.events]
    if given and silent:
        doubts.append(
            f"{', '.join(silent)}: no drug table, while another of the files has one; marks there are not read as doses"
        )
    recorded = Support(tuple(epoch for protocol in protocols for epoch in protocol.recorded.epochs))
    try:
        joined = DoseProtocol(given, recorded, baselines[0] if baselines else None)
    except ParameterError as error:
        names = " and ".join(part.name for part in parts)
        raise FileFormatError(
            f"the drug records in {names} do not make one: {error}. Give one dose table for all of them (--doses)"
        ) from error
    numbered = list(zip(firsts, protocols, strict=False))
    return (
        replace(
            joined,
            drawn_windows=tuple((place[n + i], window) for n, p in numbered for i, window in p.drawn_windows),
            excluded=tuple((place[n + i], why) for n, p in numbered for i, why in p.excluded),
        ),
        tuple(doubts),
    )
