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
"""Times beyond a day are hardly seconds, unless the file says so. Convention."""

_SLOWEST_S = 100.0
"""A cell of which half the intervals are longer is hardly recorded: raphe cells fire at 0.1 to 5 Hz. Convention."""

_LEAST_INTERVALS = 3
"""The median of fewer says nothing of the scale. Convention."""


def in_seconds(
    values: NDArray[Any], unit: str, reading: ReadingSettings, *, what: str, file_hz: float = 0.0
) -> tuple[NDArray[np.float64], str]:
    """Times as seconds, and in words what was done to them.

    Parameters
    ----------
    values : array (spikes,)
        As stored.
    unit : str
        As the file states it: one of `SECONDS_IN`, ``"samples"``, or nothing; whole-number types are sample numbers.
    reading : ReadingSettings
        What the user says: `sampling_hz` divides every time whose unit the file does not state.
    what : str
        What messages call them: file and name.
    file_hz : float, optional
        Rate that stands in the file, for sample numbers where the user states none; 0: none.

    Raises
    ------
    FileFormatError
        If they are no finite numbers in one row, or sample numbers of an unknown rate.

    Examples
    --------
    >>> in_seconds(np.array([500.0, 1500.0]), "ms", ReadingSettings(), what="cells.csv, 'time_ms'")
    (array([0.5, 1.5]), "cells.csv, 'time_ms': the column is in ms, read as seconds")
    >>> in_seconds(np.array([500.5, 1500.0]), "", ReadingSettings(sampling_hz=1000.0), what="cell.txt")
    (array([0.5005, 1.5   ]), 'cell.txt: times without a unit, read as seconds at 1000 Hz')
    """
    if values.ndim != 1 or values.dtype.kind not in "iuf" or not np.isfinite(values).all():
        raise FileFormatError(
            f"{what}: spike times must be one row of finite seconds (floating-point), "
            f"got shape {values.shape} of {values.dtype}"
        )
    samples = unit == SAMPLES or (not unit and values.dtype.kind in "iu")
    hz = reading.sampling_hz or (file_hz if samples else 0.0)
    if samples and not hz:
        raise FileFormatError(
            f"{what}: spike times must be seconds (floating-point), got sample numbers (shape {values.shape} of "
            f"{values.dtype}); divide sample numbers by the sampling rate, or say sampling_hz (--sampling-hz)"
        )
    if hz and (samples or not unit):
        whole = samples or np.array_equal(values, np.trunc(values))
        return (
            values / hz,
            f"{what}: {'sample numbers' if whole else 'times without a unit'}, read as seconds at {hz:g} Hz",
        )
    factor = SECONDS_IN[unit or "s"]
    return values * factor, "" if factor == 1.0 else f"{what}: the column is in {unit}, read as seconds"


def spike_times_contents(
    path: Path,
    trains: Sequence[Train],
    kind: str,
    *,
    reading: ReadingSettings,
    unit: str = "",
    doubts: Sequence[str] = (),
) -> Contents:
    """Return the session that spike times alone make.

    Parameters
    ----------
    path, kind : Path, str
        The file, and the name of its format.
    trains : sequence of Train
        Times in seconds, in any order where they come without snippets.
    reading : ReadingSettings
        What the user says: where `sampling_hz` is stated, the scale of the times is not doubted.
    unit : str, optional
        Of the times, as the file states it.
    doubts : sequence of str, optional
        What the reader found odd.

    Raises
    ------
    FileFormatError
        If there is not one spike, or the times are hardly seconds and nobody said that they are.
    """
    every = np.concatenate([*(train.times_s for train in trains), np.empty(0)])
    if every.size == 0:
        raise FileFormatError(f"{path}: holds no spike times")
    if unit in ("", "s") and not reading.sampling_hz:
        _check_scale(path, trains, unit)
    start_s, stop_s = min(0.0, float(every.min())), float(every.max())
    recorded = Support.of(Epoch(start_s, stop_s if stop_s > start_s else start_s + 1.0, "recorded"))
    units, _ = as_units(trains, recorded)
    channels = tuple(Channel(i + 1, unit.id, "spikes", unit.n_spikes, used="units") for i, unit in enumerate(units))
    session = Session(
        path.stem,
        DoseProtocol((), recorded),
        units=units,
        doubts=(unseen_end(recorded), *dict.fromkeys(d for d in doubts if d)),
    )
    return Contents(session, channels, kind)


def _check_scale(path: Path, trains: Sequence[Train], unit: str) -> None:
    """Raise where times look like milliseconds or sample numbers: as seconds they would last for days."""
    first, last = (
        float(end([end(train.times_s) for train in trains if len(train.times_s)])) for end in (np.min, np.max)
    )
    busiest = max((train.times_s for train in trains), key=len)
    intervals = np.diff(np.sort(busiest))
    median = float(np.median(intervals)) if len(intervals) else 0.0
    too_slow = len(intervals) >= _LEAST_INTERVALS and median > _SLOWEST_S
    if not too_slow and (unit or last <= _LONGEST_S):
        return
    cures = (
        "the column is in s; call it time_ms if that is what it holds, or say --sampling-hz 1 (sampling_hz=1) if it is "
        "right"
        if unit
        else "say --sampling-hz 1000 (sampling_hz=1000) if they are milliseconds, --sampling-hz with the sampling "
        "rate if they are sample numbers, --sampling-hz 1 if they are seconds nevertheless"
    )
    raise FileFormatError(
        f"{path}: times from {first:.9g} to {last:.9g} with a median interval of {median:.6g} are hardly seconds; "
        f"{cures}"
    )
