"""NIX files as neo writes them: what `to_neo` makes comes back as it was, and what other programs put in is understood.

Read as neo's objects and not through its raw layer, which knows neither the trains' codes nor more than the channels of
one segment. All voltage is read into memory.
"""

from __future__ import annotations

from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any

from ephys.errors import FileFormatError
from ephys.io.contents import Channel, Contents
from ephys.io.foreign import foreign, with_remarks
from ephys.io.neo_bridge import session_of
from ephys.model import ReadingSettings, Session


def nix_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read a NIX file's first block.

    Raises
    ------
    FileFormatError
        If the file is damaged, of a version that nixio refuses, or nixio is not installed.
    """
    try:
        import nixio  # noqa: F401  # an extra; neo imports it when it opens a file
    except ImportError:
        raise FileFormatError(
            f"{path}: NIX files need a package that is not here: pip install 'ephys[formats]'"
        ) from None
    with foreign(path, "NIX") as said:
        block = _block(path)
        session = session_of(block.segments, block.name or path.stem, reading)
        contents = Contents(session, _channels(session), "NIX")
    return with_remarks(contents, said)


def _block(path: Path) -> Any:
    """First block of the file.

    Raises
    ------
    FileFormatError
        If it has none that neo wrote.
    """
    from neo.io import NixIO  # without nixio it cannot be imported

    io = NixIO(str(path), mode="ro")
    try:
        blocks = io.read_all_blocks()
    finally:
        io.close()
    if not blocks:
        raise FileFormatError(f"{path}: holds no block that neo wrote")
    return blocks[0]


def _channels(session: Session) -> tuple[Channel, ...]:
    """List what a session came from."""
    numbers = count(1)
    wires = [
        Channel(next(numbers), name, "voltage", r.n_samples, "uV", r.sampling_hz, r.start_s, r.stop_s, "wire")
        for r in (session.recording,)
        if r is not None
        for name in r.channel_names
    ]
    slow = [
        Channel(next(numbers), m.name, "voltage", m.n_samples, m.unit, m.sampling_hz, m.start_s, m.stop_s, "monitor")
        for m in session.monitors
    ]
    units = [Channel(next(numbers), unit.id, "spikes", unit.n_spikes, used="units") for unit in session.units]
    marked = Counter(event.channel for event in session.events)
    marks = [Channel(next(numbers), name, "event", times, used="marks") for name, times in marked.items()]
    return (*wires, *slow, *units, *marks)
