"""Files of wave_clus: the voltage that it reads, the spikes that it detects, the classes that it gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io.assemble import Found, assemble
from ephys.io.contents import Channel, Contents, scale_doubts, scale_uv
from ephys.io.matlab_values import RowReader, Values, row_of
from ephys.io.raw_binary import BinarySignal
from ephys.io.signals import rate
from ephys.io.spike_times import SECONDS_IN, spike_times_contents
from ephys.io.trains import Train
from ephys.model import Epoch, ReadingSettings, Support

_REJECTED = 0
"""The class of spikes that were given to no unit."""


def is_wave_clus_voltage(values: Values) -> bool:
    """Whether a file holds voltage for wave_clus: ``data``, with ``sr`` or ``samplingInterval``."""
    return "data" in values and bool({"samplingInterval", "sr"} & set(values))


def is_wave_clus_result(values: Values) -> bool:
    """Whether a file holds what wave_clus found: ``times_NAME.mat`` with ``cluster_class``."""
    return "cluster_class" in values


def is_wave_clus_detection(values: Values) -> bool:
    """Whether a file holds what wave_clus detected: ``NAME_spikes.mat`` with ``index`` and ``spikes``."""
    spikes, index = values.get("spikes"), values.get("index", ())
    return isinstance(spikes, np.ndarray) and spikes.ndim == 2 and np.size(index) == len(spikes)


def wave_clus_voltage(path: Path, values: Values, reading: ReadingSettings) -> Contents:
    """Return the wires of a file; the classes that simulated ones carry are a truth, not units."""
    hz = rate(values["sr"] if "sr" in values else 1e3 / float(values["samplingInterval"]))
    data = values["data"]
    if np.ndim(data) > 2:
        raise FileFormatError(f"{path}: data must be one wire, or a matrix of wires, got shape {np.shape(data)}")
    wires = [data] if np.ndim(data) < 2 else list(data if len(data) < len(data.T) else data.T)
    names = ["data"] if len(wires) == 1 else [f"data{i + 1}" for i in range(len(wires))]
    signals = []
    for i, (name, wire) in enumerate(zip(names, wires, strict=True)):
        row = row_of(wire)
        channel = Channel(i + 1, name, "voltage", len(row), "", hz, 0.0, len(row) / hz)
        signals.append(BinarySignal(channel, RowReader(row), row.dtype))
    recorded = Support.of(Epoch(0.0, max(signals[0].channel.stop_s, 1.0 / hz), "recorded"))
    return assemble(path, "MATLAB, wave_clus", reading, signals, Found(), lambda: recorded)


def wave_clus_result(path: Path, values: Values, reading: ReadingSettings) -> Contents:
    """Return the classes that wave_clus gave, one unit each; class 0, given to none, is a multi-unit."""
    table = np.asarray(values["cluster_class"], dtype=np.float64).reshape(-1, 2)
    order = np.argsort(table[:, 1], kind="stable")
    classes, times = table[order, 0].astype(np.int64), table[order, 1] * SECONDS_IN["ms"]
    shapes, hz, doubts = _shapes(path, values, len(table), reading)
    trains = []
    for one in np.unique(classes):
        mine = classes == one
        train = Train(str(one), times[mine], "wave_clus", multi_unit=bool(one == _REJECTED))
        trains.append(train if shapes is None else _with_shapes(train, shapes[order][mine], hz))
    if _REJECTED in classes:
        doubts += ("spikes of class 0, which wave_clus gave to no unit, are taken as a multi-unit",)
    return spike_times_contents(path, trains, "wave_clus, sorted spikes", reading=reading, unit="ms", doubts=doubts)


def wave_clus_detection(path: Path, values: Values, reading: ReadingSettings) -> Contents:
    """Return the spikes that wave_clus detected and did not sort, as one multi-unit."""
    times = row_of(values["index"])[:].astype(np.float64) * SECONDS_IN["ms"]
    order = np.argsort(times, kind="stable")
    shapes, hz, doubts = _shapes(path, values, len(times), reading)
    train = Train("unsorted", times[order], "wave_clus", multi_unit=True)
    doubts += ("spikes as wave_clus detected them, not sorted: one multi-unit",)
    trains = [train if shapes is None else _with_shapes(train, shapes[order], hz)]
    return spike_times_contents(path, trains, "wave_clus, detected spikes", reading=reading, unit="ms", doubts=doubts)


def _shapes(
    path: Path, values: Values, count: int, reading: ReadingSettings
) -> tuple[NDArray[np.float32] | None, float, tuple[str, ...]]:
    """Return the spikes' snippets in µV with their rate, or in words why they are not read.

    Raises
    ------
    FileFormatError
        If there are more or fewer of them than spikes.
    """
    spikes = values.get("spikes")
    if not isinstance(spikes, np.ndarray) or spikes.size == 0:
        return None, 0.0, ()
    rows = spikes.reshape(1, -1) if count == 1 else spikes
    if len(rows) != count:
        raise FileFormatError(f"{path}: {len(rows)} snippets for {count} spike times")
    hz = _rate(values)
    if not hz:
        return None, 0.0, ("no sampling rate (par.sr) goes with the spikes' shapes; they are not read",)
    gain, _ = scale_uv(reading, "", 1.0, 0.0)
    shapes: NDArray[np.float32] = (np.asarray(rows, dtype=np.float64) * gain).astype(np.float32)[:, :, np.newaxis]
    return shapes, hz, scale_doubts(reading, "spikes", "", None)


def _rate(values: Values) -> float:
    """Sampling rate that a file states; 0 where it states none."""
    par: Any = values.get("par")
    stated = par.get("sr") if isinstance(par, Mapping) else values.get("sr")
    return rate(stated) if stated is not None and np.size(stated) == 1 and float(stated) > 0 else 0.0


def _with_shapes(train: Train, shapes: NDArray[np.float32], hz: float) -> Train:
    """Return a train with its snippets; wave_clus aligns them on the peak, which is the spike's time."""
    centred = shapes - np.median(shapes, axis=1, keepdims=True)
    median = np.median(centred[:, :, 0], axis=0)
    peak = int(np.argmax(np.abs(median)))
    amplitudes = centred[:, peak, 0].astype(np.float64) * float(np.sign(median[peak]))
    return replace(train, amplitudes_uv=amplitudes, snippets_uv=shapes, sampling_hz=hz, pre_s=peak / hz)
