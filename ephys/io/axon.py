"""Axon ``.abf`` files: each sweep where it lies on the clock, tags at their times with their comments.

Signals and sweeps come through neo's raw layer; tags from pyabf: neo gives those of ABF1 at 0 s, some of ABF2 four
times too late, and their comments only as an annotation.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from neo.rawio import AxonRawIO

from ephys.io.contents import Contents
from ephys.io.raw_spikes import Opened, clean
from ephys.io.rawio import open_raw, raw_signals, read_raw
from ephys.model import Event, ReadingSettings

with np.printoptions():  # pyabf sets numpy's print options when it is imported: they are the user's, not a reader's
    import pyabf


def axon_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read an ``.abf`` file of version 1 or 2.

    Raises
    ------
    FileFormatError
        If the file is damaged.
    """
    return read_raw(
        path, reading, "Axon .abf", lambda: open_raw(AxonRawIO, path), marks=lambda _: _tags(path), remarks=_sweeps
    )


def _tags(path: Path) -> list[Event]:
    """Tags with their comments, as pyabf finds them; their times in the unit that the header states."""
    abf = pyabf.ABF(str(path), loadData=False)
    times_s = abf.tagTimesSec
    if abf.abfVersion["major"] == 1:  # pyabf takes the unit for sampling interval / channels, whatever the header says
        header = abf._headerV1
        times_s = [ticks * (header.fSynchTimeUnit or header.fADCSampleInterval) * 1e-6 for ticks in header.lTagTime]
    return [Event(float(t), clean(c), channel="Tag") for t, c in zip(times_s, abf.tagComments, strict=True)]


def _sweeps(file: Opened) -> tuple[str, ...]:
    """Say how little of a file of sweeps was recorded."""
    runs = next((signal.runs for signal in raw_signals(file)), ())
    if len(runs) < 2:
        return ()
    hz = float(file.raw.header["signal_channels"]["sampling_rate"][0])
    recorded_s = sum(run.n_samples for run in runs) / hz
    whole_s = runs[-1].start_s + runs[-1].n_samples / hz - runs[0].start_s
    return (f"{len(runs)} sweeps with pauses between them: {recorded_s:.4g} s of {whole_s:.4g} s were recorded",)
