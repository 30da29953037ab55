"""Slow signals of an NWB file: into it, and out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from pynwb import TimeSeries
from pynwb.ecephys import ElectricalSeries

from ephys.io.contents import Channel
from ephys.io.nwb_layout import UNKNOWN, named, packed
from ephys.io.sources import GridValues, Hdf5Reader
from ephys.model import Monitor, Run


def add_monitors(file: Any, monitors: Sequence[Monitor]) -> list[dict[str, Any]]:
    """Add each signal as a series, and return what the notes are to say: its series, and its name and unit as stated.

    A signal without a single value has no series: NWB has no place for it.
    """
    notes: list[dict[str, Any]] = []
    for monitor in monitors:
        series = _free_name(file, named(monitor.name) or "monitor") if monitor.n_samples else None
        rate, start_s = float(monitor.sampling_hz), float(monitor.start_s)
        notes.append(
            {"series": series, "name": monitor.name, "unit": monitor.unit, "sampling_hz": rate, "start_s": start_s}
        )
        if series is not None:
            file.add_acquisition(
                TimeSeries(
                    name=series, data=packed(monitor.values), unit=monitor.unit or UNKNOWN, rate=rate,
                    starting_time=start_s, description=monitor.name or UNKNOWN,
                )
            )  # fmt: skip
    return notes


def _free_name(file: Any, name: str) -> str:
    """Return the name, with a number where a series has it already."""
    numbered = (name, *(f"{name} {i}" for i in range(2, len(file.acquisition) + 3)))
    return next(candidate for candidate in numbered if candidate not in file.acquisition)


# --- reading ---------------------------------------------------------------------------------------------------------


def noted_monitors(file: Any, notes: Sequence[Mapping[str, Any]]) -> tuple[Monitor, ...]:
    """Return the signals of a file that ephys wrote, in their order."""
    return tuple(
        Monitor(
            note["name"],
            _unread(file.acquisition[note["series"]]) if note["series"] else np.empty(0),
            note["sampling_hz"],
            note["start_s"],
            note["unit"],
        )
        for note in notes
    )


def other_monitors(file: Any) -> tuple[tuple[Monitor, ...], tuple[str, ...]]:
    """Return the slow signals of another's file, those of one dimension at a steady rate; and what is not read.

    They are sought among what was acquired and what was processed; voltage of wires is read elsewhere.
    """
    monitors: list[Monitor] = []
    unread: list[str] = []
    for series in every_series(file):
        if isinstance(series, ElectricalSeries) or type(series).__name__ == "AnnotationSeries":
            continue
        kind = getattr(getattr(series.data, "dtype", None), "kind", "")
        if series.rate and getattr(series.data, "ndim", 0) == 1 and kind in "iuf" and len(series.data):
            monitors.append(_monitor(series))
        else:
            unread.append(series.name)
    return tuple(monitors), (f"series that are not read: {', '.join(unread)}",) if unread else ()


def every_series(file: Any) -> list[Any]:
    """Every series that was acquired or processed, those in containers (of LFP, say) included."""
    found: list[Any] = []
    held = [*file.acquisition.values()]
    for module in (file.processing or {}).values():
        held += module.data_interfaces.values()
    for each in held:
        inside = [getattr(each, name, None) or {} for name in ("electrical_series", "time_series", "spatial_series")]
        found += [each] if isinstance(each, TimeSeries) else [s for named in inside for s in named.values()]
    return found


def _monitor(series: Any) -> Monitor:
    """Return one series in its own unit."""
    unit = "" if series.unit == UNKNOWN else series.unit
    return Monitor(series.name, _unread(series), float(series.rate), float(series.starting_time or 0.0), unit)


def _unread(series: Any) -> GridValues:
    """Return the values of a series at a steady rate, left in the file, which may be another that this one links to."""
    reader = Hdf5Reader(Path(series.data.file.filename), series.data.name, None)
    whole = (Run(0, len(series.data), float(series.starting_time or 0.0)),)
    return GridValues(reader, whole, float(series.rate), float(series.conversion or 1.0), float(series.offset or 0.0))


def monitor_channels(monitors: Sequence[Monitor], before: int) -> tuple[Channel, ...]:
    """Return the signals for the list of contents, numbered from those before them on."""
    listed = []
    for i, m in enumerate(monitors):
        channel = Channel(before + i + 1, m.name, "voltage", m.n_samples, m.unit, m.sampling_hz, used="monitor")
        listed.append(replace(channel, start_s=m.start_s, stop_s=m.stop_s) if m.n_samples else channel)
    return tuple(listed)
