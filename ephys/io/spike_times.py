"""Spike times alone, however they are kept: in seconds, as units, with what they do not say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io.contents import Channel, Contents
from ephys.io.trains import Train, as_units, unseen_end
from ephys.model import DoseProtocol, Epoch, ReadingSettings, Session, Support

SECONDS_IN = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "min": 60.0}
"""Units of time that a file may state."""

SAMPLES = "samples"

_LONGEST_S = 86_400.0
"""Times beyond a day are hardly seconds. Convention."""

_SLOWEST_S = 100.0
"""A cell of which half the intervals are longer is hardly recorded: raphe cells fire at 0.1 to 5 Hz. Convention."""


def in_seconds(
    values: NDArray[Any], unit: str, reading: ReadingSettings, *, what: str
) -> tuple[NDArray[np.float64], str]:
    """Times as seconds, and in words what was done to them.

    Parameters
    ----------
    values : array (spikes,)
        As stored.
    unit : str
        As the file states it: one of `SECONDS_IN`, ``"samples"``, or nothing; whole-number types are sample numbers.
    reading : ReadingSettings
        What the user says: `sampling_hz` turns sample numbers into seconds.
    what : str
        What messages call them: file and name.

    Raises
    ------
    FileFormatError
        If they are no finite numbers in one row, or sample numbers of an unknown rate.

    Examples
    --------
    >>> in_seconds(np.array([500.0, 1500.0]), "ms", ReadingSettings(), what="cells.csv, 'time_ms'")
    (array([0.5, 1.5]), "cells.csv, 'time_ms': stated in ms, read as seconds")
    """
    if values.ndim != 1 or values.dtype.kind not in "iuf" or not np.isfinite(values).all():
        raise FileFormatError(
            f"{what}: spike times must be one row of finite seconds (floating-point), "
            f"got shape {values.shape} of {values.dtype}"
        )
    whole = values.dtype.kind in "iu" or bool(reading.sampling_hz and np.array_equal(values, np.trunc(values)))
    if unit == SAMPLES or (not unit and whole):
        if not reading.sampling_hz:
            raise FileFormatError(
                f"{what}: spike times must be seconds (floating-point), got sample numbers (shape {values.shape} of "
                f"{values.dtype}); divide sample numbers by the sampling rate, or say sampling_hz"
            )
        told = f"{what}: sample numbers, read as seconds at {reading.sampling_hz:g} Hz"
        return values / reading.sampling_hz, told
    factor = SECONDS_IN[unit or "s"]
    return values * factor, "" if factor == 1.0 else f"{what}: stated in {unit}, read as seconds"


def spike_times_contents(path: Path, trains: Sequence[Train], kind: str, *, doubts: Sequence[str] = ()) -> Contents:
    """Return the session that spike times alone make.

    Parameters
    ----------
    path, kind : Path, str
        The file, and the name of its format.
    trains : sequence of Train
        Times in seconds, in any order where they come without snippets.
    doubts : sequence of str, optional
        What the reader found odd.

    Raises
    ------
    FileFormatError
        If there is not one spike.
    """
    every = np.concatenate([*(train.times_s for train in trains), np.empty(0)])
    if every.size == 0:
        raise FileFormatError(f"{path}: holds no spike times")
    start_s, stop_s = min(0.0, float(every.min())), float(every.max())
    recorded = Support.of(Epoch(start_s, stop_s if stop_s > start_s else start_s + 1.0, "recorded"))
    units, _ = as_units(trains, recorded)
    scales = [_scale_doubt(train) for train in trains]
    channels = tuple(Channel(i + 1, unit.id, "spikes", unit.n_spikes, used="units") for i, unit in enumerate(units))
    session = Session(
        path.stem,
        DoseProtocol((), recorded),
        units=units,
        doubts=(unseen_end(recorded), *dict.fromkeys(d for d in (*doubts, *scales) if d)),
    )
    return Contents(session, channels, kind)


def _scale_doubt(train: Train) -> str:
    """Say so where times look like milliseconds or sample numbers; nothing is converted unasked."""
    times = train.times_s
    if not len(times):
        return ""
    interval_s = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    if times[-1] <= _LONGEST_S and interval_s <= _SLOWEST_S:
        return ""
    return (
        f"unit {train.id}: times up to {times[-1]:g} with a median interval of {interval_s:g} are hardly seconds; "
        "they are read as such; a column called time_ms, or sampling_hz for sample numbers, says otherwise"
    )
