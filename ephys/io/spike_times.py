"""Spike times alone, as text or NumPy array: no voltage, no marks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ephys.errors import FileFormatError, TableError
from ephys.io.contents import Channel, Contents
from ephys.io.schema import read_table
from ephys.io.trains import Train, as_units
from ephys.model import DoseProtocol, Epoch, Session, Support

_COLUMNS = ("time_s", "unit")


def table_contents(path: Path) -> Contents:
    """Read spike times from a text table with a column ``time_s`` and, for several units, ``unit``.

    Raises
    ------
    FileFormatError
        If it is no such table.
    """
    try:
        rows = read_table(path, known=_COLUMNS, required=_COLUMNS[:1])
        times = np.array([row.number_in("time_s") for row in rows])
    except TableError as error:
        raise FileFormatError(
            f"{error}. A text file is read as spike times: columns time_s and, if need be, unit"
        ) from error
    names = np.array([row["unit"] or "1" for row in rows])
    if np.isnan(times).any():
        raise FileFormatError(f"{path}, row {rows[int(np.argmax(np.isnan(times)))].number}: time_s is empty")
    return _contents(path, {str(name): times[names == name] for name in dict.fromkeys(names)}, "spike times, text")


def array_contents(path: Path) -> Contents:
    """Read the spike times of one unit, in seconds, from a ``.npy`` file.

    Raises
    ------
    FileFormatError
        If it holds no finite floating-point numbers in one dimension.
    """
    try:
        times = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise FileFormatError(f"{path}: damaged or cut short NumPy file: {error}") from error
    if times.ndim != 1 or times.dtype.kind != "f" or not np.isfinite(times).all():
        raise FileFormatError(
            f"{path}: spike times must be one row of finite seconds (floating-point), "
            f"got shape {times.shape} of {times.dtype}; divide sample numbers by the sampling rate"
        )
    return _contents(path, {"1": times.astype(np.float64)}, "spike times, NumPy")


def _contents(path: Path, times: dict[str, NDArray[np.float64]], kind: str) -> Contents:
    """Return the session that spike times alone make."""
    every = np.concatenate([*times.values(), np.empty(0)])
    if every.size == 0:
        raise FileFormatError(f"{path}: holds no spike times")
    start_s, stop_s = min(0.0, float(every.min())), float(every.max())
    recorded = Support.of(Epoch(start_s, stop_s if stop_s > start_s else start_s + 1.0, "recorded"))
    units, _ = as_units([Train(name, np.sort(values)) for name, values in times.items()], recorded)
    doubt = (
        f"spike times do not say how long was recorded: {recorded.start_s:g} s to the last spike at "
        f"{recorded.stop_s:g} s is assumed; silence after it is not seen"
    )
    channels = tuple(
        Channel(i + 1, unit.id, "spikes", unit.n_spikes, used="units") for i, unit in enumerate(units)
    )  # fmt: skip
    return Contents(Session(path.stem, DoseProtocol((), recorded), units=units, doubts=(doubt,)), channels, kind)
