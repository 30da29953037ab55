"""Axon ``.abf`` files: each sweep where it lies on the clock, tags at their times with their comments.

Signals and sweeps come through neo's raw layer; tags from pyabf: neo gives those of ABF1 at 0 s, some of ABF2 four
times too late, and their comments only as an annotation.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from neo.rawio import AxonRawIO

from ephys.errors import FileFormatError
from ephys.io.contents import Contents
from ephys.io.foreign import foreign
from ephys.io.raw_spikes import Opened, clean
from ephys.io.rawio import open_raw, raw_signals, read_raw
from ephys.model import Event, ReadingSettings

with np.printoptions():  # pyabf sets numpy's print options when it is imported: they are the user's, not a reader's
    import pyabf


_TAG_BYTES = 64
_TAGS_V1, _TAGS_V2 = struct.Struct("<48xi"), struct.Struct("<252x8xq")
"""Where the header has the number of tags."""


def axon_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read an ``.abf`` file of version 1 or 2.

    Raises
    ------
    FileFormatError
        If the file is damaged.
    """
    with foreign(path, "Axon .abf"):
        _check_tags(path)
    return read_raw(
        path, reading, "Axon .abf", lambda: open_raw(AxonRawIO, path), marks=lambda _: _tags(path)[0],
        remarks=lambda file: (*_sweeps(file), *_tags(path)[1]),
    )  # fmt: skip


def _check_tags(path: Path) -> None:
    """Raise if the header claims more tags than the file has room for: pyabf would ask for the memory.

    Raises
    ------
    FileFormatError
        If it does.
    """
    with path.open("rb") as file:
        first = file.read(512)
    (count,) = (_TAGS_V2 if first.startswith(b"ABF2") else _TAGS_V1).unpack_from(first)
    if not 0 <= count * _TAG_BYTES <= path.stat().st_size:
        raise FileFormatError(f"{path}: damaged: claims {count} tags, the file has no room")


def _tags(path: Path) -> tuple[list[Event], tuple[str, ...]]:
    """Tags with their comments, their times in the unit that the header states; or why there are none."""
    try:
        abf = pyabf.ABF(str(path), loadData=False)
    except (ValueError, NotImplementedError) as error:
        return [], (f"tags are not read: {str(error).splitlines()[0]}",)
    times_s = abf.tagTimesSec
    if abf.abfVersion["major"] == 1:  # pyabf takes the unit for sampling interval / channels, whatever the header says
        header = abf._headerV1
        times_s = [ticks * (header.fSynchTimeUnit or header.fADCSampleInterval) * 1e-6 for ticks in header.lTagTime]
    return [Event(float(t), clean(c), channel="Tag") for t, c in zip(times_s, abf.tagComments, strict=True)], ()


def _sweeps(file: Opened) -> tuple[str, ...]:
    """Say how little of a file of sweeps was recorded."""
    runs = next((signal.runs for signal in raw_signals(file)), ())
    if len(runs) < 2:
        return ()
    hz = float(file.raw.header["signal_channels"]["sampling_rate"][0])
    recorded_s = sum(run.n_samples for run in runs) / hz
    whole_s = runs[-1].start_s + runs[-1].n_samples / hz - runs[0].start_s
    return (f"{len(runs)} sweeps with pauses between them: {recorded_s:.4g} s of {whole_s:.4g} s were recorded",)
