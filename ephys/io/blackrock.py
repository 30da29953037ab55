"""Blackrock files: a ``.nev`` (spikes, digital input, comments) and the ``.ns1`` to ``.ns6`` of its name are a session.

Read through neo's raw layer, round its faults: spikes that the sorter called noise (code 255) arrive as a unit, the
rate of snippets is not the header's, a pause is an error unless allowed, and only names in small letters are found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from neo.rawio import BlackrockRawIO
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io.contents import Contents
from ephys.io.header_bands import blackrock_cell, blackrock_signals
from ephys.io.links import opened_as
from ephys.io.raw_spikes import Cell, Opened
from ephys.io.rawio import parsed, raw_signals, read_raw
from ephys.io.signals import StoredSignal
from ephys.model import ReadingSettings

EVENTS, SIGNALS = (b"NEURALEV", b"BREVENTS"), (b"NEURALSG", b"NEURALCD", b"BRSMPGRP")
"""How the two kinds of file begin."""

_NOISE = 255
_NAMES = re.compile(r"\.(nev|ns[1-6])")
_GAP_MS = 1.0
"""A longer break between two blocks is a pause. Convention: no unit fires twice in it."""

_BEFORE = 10
"""Samples of a snippet before its threshold was crossed, which is the spike's time: Blackrock's default."""


def blackrock_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read a ``.nev`` or ``.ns*`` file with those of its name beside it.

    Raises
    ------
    FileFormatError
        If one of them is damaged, or the clock of an old file ran over.
    """
    return read_raw(path, reading, "Blackrock", lambda: _opened(path), cells=_cells, signals=_signals, remarks=_remarks)


def _opened(path: Path) -> Any:
    """Open the files; those whose names neo does not take are linked under names that it does."""
    if _NAMES.fullmatch(path.suffix):
        return _checked(path, _open(path.with_suffix("")))
    names = {mate: f"session{mate.suffix.lower()}" for mate in sorted(path.parent.glob(f"{_escaped(path.stem)}.*"))}
    names = {mate: name for mate, name in names.items() if _NAMES.fullmatch(Path(name).suffix)}
    with path.open("rb") as file:
        own = ".nev" if file.read(8) in EVENTS else ".ns5"
    names.setdefault(path, f"session{own}")
    return _checked(path, opened_as(names, lambda links: _open(links / "session")))


def _escaped(stem: str) -> str:
    """Text of a file's name as a pattern that matches it alone."""
    return re.sub(r"([*?[])", r"[\1]", stem)


def _open(stem: Path) -> Any:
    """Open the files of one name."""
    return parsed(BlackrockRawIO(str(stem), gap_tolerance_ms=_GAP_MS))


def _checked(path: Path, raw: Any) -> Any:
    """Return the reader if its clock went on to the end, and no block of signals reaches beyond its file.

    Raises
    ------
    FileFormatError
        If the 32-bit clock of an old file ran over: what came after would be read as the beginning. If a file is cut
        short: neo would map what is not there. If spikes are of electrodes without a header: neo would drop them.
    """
    for stamps in (data["timestamp"].astype(np.int64) for data, _ in getattr(raw, "nev_data", {}).values()):
        if np.any(np.diff(stamps) < -(2**31)):
            raise FileFormatError(f"{path}: its 32-bit clock ran over, at 30 kHz after 39.8 h: split it at that time")
    lost = int(np.sum(~np.isin(_spike_packets(raw), [electrode for electrode, _ in _codes(raw)])))
    if lost:
        raise FileFormatError(f"{path}: damaged: {lost} of its spikes are of electrodes that its header does not have")
    for number, blocks in raw._nsx_data_header.items():
        for block in (block["memmap_kwargs"] for block in blocks):
            size = Path(block["filename"]).stat().st_size
            sample = block.get("packet_size") or 2 * int(raw._nsx_basic_header[number]["channel_count"])
            end = int(block["offset"]) + int(block["num_samples"]) * int(sample)
            if end > size:
                raise FileFormatError(f"{path}: cut short: .ns{number} reaches to byte {end}, the file ends at {size}")
    return raw


def _spike_packets(raw: Any) -> NDArray[np.uint16]:
    """Electrode of every spike in the file."""
    spikes, _ = getattr(raw, "nev_data", {}).get("Spikes", (np.empty(0, [("packet_id", "u2")]), None))
    return np.asarray(spikes["packet_id"])


def _codes(raw: Any) -> list[tuple[int, int]]:
    """Electrode and code of each of neo's spike channels."""
    return [(int(electrode), int(code)) for electrode, code in getattr(raw, "internal_unit_ids", [])]


def _cells(raw: Any) -> list[Cell]:
    """Return what the spike channels mean; noise is no unit."""
    named = [(i, electrode, code) for i, (electrode, code) in enumerate(_codes(raw)) if code != _NOISE]
    hz = float(raw._nev_basic_header["sample_resolution"]) if named else 0.0
    return [
        blackrock_cell(raw, electrode, Cell(i, f"ch{electrode}", str(code), code == 0, hz, "uV", _BEFORE))
        for i, electrode, code in named
    ]


def _signals(file: Opened) -> Sequence[StoredSignal]:
    """List the continuous channels with their filters."""
    return blackrock_signals(file, raw_signals(file))


def _remarks(file: Opened) -> tuple[str, ...]:
    """Say what was left out as noise, and where a file ends within a packet; a file does not say how long it is."""
    raw, doubts = file.raw, []
    noise = [i for i, (_, code) in enumerate(_codes(raw)) if code == _NOISE]
    spikes = sum(int(raw.spike_count(0, segment, i)) for i in noise for segment in file.segments)
    if spikes:
        lost = f"{spikes} spikes on {len(noise)} channels have the code 255, noise to the sorter: they are left out"
        doubts.append(lost)
    rests = {}
    if hasattr(raw, "_nev_basic_header"):
        header = raw._nev_basic_header
        beyond = Path(f"{raw._filenames['nev']}.nev").stat().st_size - int(header["bytes_in_headers"])
        packets, rests[".nev"] = divmod(beyond, int(header["bytes_in_data_packets"]))
        unread = packets - sum(len(data) for data, _ in raw.nev_data.values())
        if unread:
            doubts.append(f"{unread} packets of the .nev are of a kind that is not read (Ripple's stimuli, say)")
    for number, blocks in raw._nsx_data_header.items():
        block = blocks[-1]["memmap_kwargs"]
        beyond = Path(block["filename"]).stat().st_size - int(block["offset"])
        rests[f".ns{number}"] = beyond % (2 * int(raw._nsx_basic_header[number]["channel_count"]))
    return (*doubts, *(f"{name} is cut short: it ends within a packet" for name, rest in rests.items() if rest))
