"""Spike times alone in a MATLAB file: a vector per unit, a cell array of them, or structures that hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io.contents import Contents
from ephys.io.matlab_values import Values, row_of, stretches
from ephys.io.spike_times import in_seconds, spike_times_contents
from ephys.io.trains import Train
from ephys.model import ReadingSettings

_EXPECTED = (
    "expected a Spike2 export (structures with times or values), data with samplingInterval (ms) or sr (Hz), what "
    "wave_clus writes, or spike times in seconds: a vector per unit, a cell array of vectors, a structure with times "
    "for each; save the others to a file of their own"
)
_TIMES = (
    "unwrapped_times", "times", "time", "t", "ts", "timestamps", "timestamp", "spike_times", "spiketimes",
)  # fmt: skip
"""Fields that hold spike times, the first there wins; ``unwrapped_times`` run through all trials (UltraMegaSort)."""

_UNITS = ("assigns", "unit", "units", "cluster", "clusters", "unit_id", "cluster_id")
_NAMES = ("name", "label", "unit", "unit_id", "cluster_id", "id")
_RATES = ("sr", "fs", "srate", "fsample", "samplerate", "samplingrate", "sampling_rate", "sampling_hz")

_GRID = 100
"""So many times at one and the same distance are a time axis, no spikes. Convention."""

_NamedRows = list[tuple[str, Any]]


def matlab_spike_contents(path: Path, values: Values, reading: ReadingSettings) -> Contents:
    """Return the units of a file whose every variable is spike times, or a single number or text beside them.

    Raises
    ------
    FileFormatError
        If a variable is anything else: with all that the file holds.
    """
    rates = [float(v) for name, v in values.items() if name.lower() in _RATES and _is_single(v)]
    file_hz = rates[0] if rates and rates[0] > 0 else 0.0
    rows: _NamedRows = []
    for name, value in values.items():
        if not _is_single(value):
            rows += _rows(path, values, name, value)
    if not rows:
        raise _refusal(path, values, "no spike times among them")
    trains, doubts = [], []
    for name, row in rows:
        row = _checked(path, values, name, row)
        times, said = in_seconds(row, "", reading, what=f"{path}, {name}", file_hz=file_hz)
        trains.append(Train(name, times))
        doubts.append(said)
    return spike_times_contents(path, trains, "spike times, MATLAB", reading=reading, doubts=doubts)


def _is_single(value: Any) -> bool:
    """Whether a variable is a single number or a text: something said of the data, not the data."""
    return isinstance(value, str) or (not isinstance(value, list | Mapping) and np.ndim(value) == 0)


def _rows(path: Path, values: Values, name: str, value: Any) -> _NamedRows:
    """Return what a variable holds, unit by unit, under their names."""
    if isinstance(value, Mapping):
        return _of_struct(path, values, name, value)
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        rows: _NamedRows = []
        for i, struct in enumerate(value):
            own = [(_named(struct) or f"{name}({i + 1})", row) for _, row in _of_struct(path, values, name, struct)]
            rows += own
        names = [row[0] for row in rows]
        return rows if len(set(names)) == len(names) else [(f"{name}({i + 1})", r) for i, (_, r) in enumerate(rows)]
    if isinstance(value, list):
        return [(f"{name}({i + 1})", one) for i, one in enumerate(value)]
    return [(name, value)]


def _of_struct(path: Path, values: Values, name: str, struct: Values) -> _NamedRows:
    """Return the units of one structure: its times, by unit where it says which spike is whose."""
    fields = {field.lower(): value for field, value in struct.items()}
    times = next((fields[field] for field in _TIMES if field in fields), None)
    if times is None or isinstance(times, list | Mapping | str):
        raise _refusal(path, values, f"{name} has no field of times, only {', '.join(struct) or 'nothing'}")
    units = next((fields[field] for field in _UNITS if np.ndim(fields.get(field, "")) == 1), None)
    if units is None:
        return [(name, times)]
    row, whose = _checked(path, values, name, times), row_of(units)[:]
    if len(whose) != len(row):
        raise _refusal(path, values, f"{name} names the units of {len(whose)} spikes and has {len(row)} times")
    return [(f"{one:g}" if np.isreal(one) else str(one), row[whose == one]) for one in np.unique(whose)]


def _named(struct: Values) -> str:
    """Name that a structure gives its unit; empty where it gives none."""
    for field in _NAMES:
        value = struct.get(field)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int | float) and value == int(value):
            return str(int(value))
    return ""


def _checked(path: Path, values: Values, name: str, value: Any) -> NDArray[Any]:
    """Return one unit's times, whole numbers as such; anything that is not clearly spike times is refused.

    Raises
    ------
    FileFormatError
        With what the file holds.
    """
    if isinstance(value, list | Mapping | str) or np.ndim(value) > 1 or row_of(value).dtype.kind not in "iuf":
        raise _refusal(path, values, f"{name} is no vector of numbers")
    row = row_of(value)
    last = -np.inf
    for _, part in stretches(row):
        if not np.isfinite(part).all() or part[0] < last or np.any(np.diff(part) < 0):
            raise _refusal(path, values, f"{name} is not in order, as spike times are")
        last = part[-1]
    times: NDArray[Any] = row[:]
    steps = np.diff(times)
    if len(times) >= _GRID and np.ptp(steps) <= 1e-6 * steps[0]:
        raise _refusal(path, values, f"{name} is evenly spaced, as a time axis is")
    whole = len(times) > 1 and np.array_equal(times, np.trunc(times))
    return times.astype(np.int64) if whole else times


def _refusal(path: Path, values: Values, why: str) -> FileFormatError:
    """Return the error for a file that is not clearly spike times."""
    held = ", ".join(f"{name} ({_described(value)})" for name, value in values.items()) or "nothing"
    return FileFormatError(f"{path}: holds {held}; {why}; {_EXPECTED}")


def _described(value: Any) -> str:
    """Kind and size of a variable."""
    if isinstance(value, Mapping):
        return "structure"
    if isinstance(value, list):
        return f"{len(value)} {'structures' if value and isinstance(value[0], Mapping) else 'cells'}"
    if isinstance(value, str):
        return "text"
    shape: Sequence[int] = np.shape(value)
    return f"{' x '.join(map(str, shape))} numbers" if shape else "number"
