"""From neo objects that `to_neo` made, back to the nouns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

import numpy as np
import quantities as pq

from ephys.errors import ParameterError
from ephys.io.isolation import ISOLATION_COLUMNS
from ephys.io.neo_out import MADE_BY_EPHYS
from ephys.model import (
    Administration,
    ArraySource,
    DoseProtocol,
    Epoch,
    Event,
    Isolation,
    Monitor,
    ReadingSettings,
    Recording,
    Run,
    Session,
    Share,
    Source,
    Subject,
    Support,
    Unit,
    Waveform,
)

_Value = TypeVar("_Value", Subject, ReadingSettings)

_NUMBERS = ("amount", "dose", "retention_na")
"""Fields of an administration that are numbers; all others are texts."""
_ADDED = "retention_na"
"""Field that records written by earlier versions have not."""


def made_by_ephys(thing: Any) -> str:
    """What an object was, if `to_neo` made it; else empty."""
    return str(thing.annotations.get(MADE_BY_EPHYS, ""))


def seconds(quantity: Any) -> Any:
    """Magnitude in seconds."""
    return quantity.rescale(pq.s).magnitude


def hertz(signal: Any) -> float:
    """Sampling rate, without the rounding error of an interval."""
    return float(f"{float(signal.sampling_rate.rescale(pq.Hz).magnitude):.12g}")


def unit(train: Any, id: str | None) -> Unit:
    """Return a unit; of a train that was cut since, it was seen only between the cuts."""
    notes = train.annotations
    start_s, stop_s = float(seconds(train.t_start)), float(seconds(train.t_stop))
    seen = [
        Epoch(max(epoch.start_s, start_s), min(epoch.stop_s, stop_s), epoch.label)
        for epoch in _windows("support", notes)
        if epoch.start_s < stop_s and epoch.stop_s > start_s
    ]
    return Unit(
        id=id or str(notes["unit_id"]),
        times_s=np.asarray(seconds(train.times), dtype=np.float64),
        support=Support(tuple(seen)),
        amplitudes_uv=np.asarray(train.array_annotations["amplitude_uv"], dtype=np.float64),
        threshold_uv=float(notes["threshold_uv"]),
        noise_uv=float(notes["noise_uv"]),
        waveform=None if train.waveforms is None else _waveform(train),
        origin=str(notes["origin"]),
        multi_unit=bool(notes["multi_unit"]),
        isolation=_isolation(notes) if ISOLATION_COLUMNS[0] in notes else None,
    )


def _waveform(train: Any) -> Waveform:
    """Return the snippets of the spikes that have one."""
    notes = train.annotations
    kept = np.flatnonzero(train.array_annotations["snippet"])
    shapes = np.asarray(train.waveforms.rescale(pq.uV).magnitude, dtype=np.float32)
    return Waveform(
        shapes[kept].transpose(0, 2, 1),
        kept,
        float(train.sampling_rate.rescale(pq.Hz).magnitude),
        float(seconds(train.left_sweep)),
        band_hz=_band(notes["waveform_band_hz"]),
        order=int(notes["waveform_order"]),
        phase=str(notes["waveform_phase"]),  # type: ignore[arg-type]  # written by to_neo
        source=str(notes["waveform_source"]),  # type: ignore[arg-type]  # written by to_neo
    )


def _isolation(notes: Mapping[str, Any]) -> Isolation:
    """Return how far the unit stands apart."""
    neighbour, *numbers = (notes[name] for name in ISOLATION_COLUMNS)
    values = [float(number) for number in numbers]
    return Isolation(str(neighbour), Share(*values[:3]), Share(*values[3:6]), *values[6:])


def recording(signals: Sequence[Any], name: str | None = None) -> Recording:
    """Return the voltage of signals that are the unbroken runs of one recording."""
    first = signals[0]
    traces = [np.asarray(signal.rescale(pq.uV).magnitude, dtype=np.float32) for signal in signals]
    sizes = [len(trace) for trace in traces]
    starts = np.cumsum([0, *sizes[:-1]])
    return Recording(
        ArraySource(traces[0] if len(traces) == 1 else np.concatenate(traces)),
        float(first.sampling_rate.rescale(pq.Hz).magnitude),
        tuple(Run(int(a), n, float(seconds(s.t_start))) for a, n, s in zip(starts, sizes, signals, strict=True)),
        tuple(str(name) for name in first.array_annotations["channel_names"]),
        _band(first.annotations["band_hz"]),
        name or str(first.name),
    )


def session(segment: Any, id: str | None) -> Session:
    """Return the session of a segment."""
    notes = segment.annotations
    wires = [signal for signal in segment.analogsignals if made_by_ephys(signal) == "recording"]
    started = str(notes["started_at"])
    return Session(
        id=id or str(segment.name),
        protocol=_protocol(segment),
        recording=recording(wires) if wires else None,
        units=tuple(unit(train, None) for train in segment.spiketrains),
        events=tuple(e for event in segment.events if made_by_ephys(event) == "marks" for e in _marks(event)),
        monitors=tuple(_monitor(s) for s in segment.analogsignals if made_by_ephys(s) == "monitor"),
        subject=_dataclass(Subject, "subject", notes),
        sources=tuple(map(Source, _texts(notes, "source_paths"), _texts(notes, "source_sha256"))),
        doubts=tuple(_texts(notes, "doubts")),
        started_at=datetime.fromisoformat(started) if started else None,
        track=str(notes["track"]),
        depth_um=float(notes["depth_um"]),
        order=str(notes["order"]),
        sampling_hz=float(notes.get("sampling_hz", np.nan)),
        reading=_dataclass(ReadingSettings, "reading", notes),
    )


def _protocol(segment: Any) -> DoseProtocol:
    """Return the drug record, with what somebody chose."""
    notes = segment.annotations
    given = [a for epochs in segment.epochs if made_by_ephys(epochs) == "administrations" for a in _given(epochs)]
    numbers = [int(number) for number in _list(notes, "drawn_window_number")]
    return DoseProtocol(
        tuple(given),
        Support(_windows("recorded", notes)),
        drawn_baseline=next(iter(_windows("drawn_baseline", notes)), None),
        drawn_windows=tuple(zip(numbers, _windows("drawn_window", notes), strict=True)),
        excluded=tuple(
            (int(number), why)
            for number, why in zip(_list(notes, "excluded_number"), _texts(notes, "excluded_why"), strict=True)
        ),
    )


def _given(epochs: Any) -> list[Administration]:
    """Return the administrations, every field from its column."""
    columns = epochs.array_annotations
    names = [f.name for f in fields(Administration) if f.name not in ("drug", "start_s", "stop_s")]
    if _ADDED not in columns:
        names.remove(_ADDED)
    missing = [name for name in (*names, "stop_s") if name not in columns]
    if missing:
        raise ParameterError(f"{epochs.name}: the drug record has lost its columns {', '.join(missing)}")
    given = []
    for i, start in enumerate(seconds(epochs.times)):
        stop = float(columns["stop_s"][i])
        held: dict[str, Any] = {n: (float if n in _NUMBERS else str)(columns[n][i]) for n in names}
        given.append(Administration(str(epochs.labels[i]), float(start), None if np.isnan(stop) else stop, **held))
    return given


def _marks(event: Any) -> list[Event]:
    """Return the marks."""
    columns = event.array_annotations
    words = ("text", "code", "channel", "polarity")
    return [
        Event(float(time), **{word: str(columns[word][i]) for word in words})
        for i, time in enumerate(seconds(event.times))
    ]


def _monitor(signal: Any) -> Monitor:
    """Return a slow signal in its own unit."""
    return Monitor(
        str(signal.name),
        signal.magnitude[:, 0],
        float(signal.sampling_rate.rescale(pq.Hz).magnitude),
        float(seconds(signal.t_start)),
        str(signal.annotations["unit"]),
    )


def _windows(name: str, notes: Mapping[str, Any]) -> tuple[Epoch, ...]:
    """Return windows that are three lists."""
    bounds = zip(*(_list(notes, f"{name}_{part}") for part in ("start_s", "stop_s", "label")), strict=True)
    return tuple(Epoch(float(start), float(stop), str(label)) for start, stop, label in bounds)


def _band(found: Sequence[float]) -> tuple[float | None, float | None]:
    """Return a band; ``None`` for an edge that is not known."""
    low, high = (None if np.isnan(edge) else float(edge) for edge in found)
    return (low, high)


def _texts(notes: Mapping[str, Any], name: str) -> list[str]:
    """Return a list of texts."""
    return [str(text) for text in _list(notes, name)]


def _list(notes: Mapping[str, Any], name: str) -> list[Any]:
    """Return a list; files of NIX hold a list of one as that one."""
    held = notes[name]
    return list(held) if isinstance(held, list | tuple | np.ndarray) else [held]


def _dataclass(kind: type[_Value], name: str, notes: Mapping[str, Any]) -> _Value:
    """Return a value whose fields are annotations."""
    held: dict[str, Any] = {}
    for word, usual in ((one.name, getattr(kind(), one.name)) for one in fields(kind)):
        key = f"{name}_{word}"
        held[word] = tuple(_list(notes, key)) if isinstance(usual, tuple) else type(usual)(notes[key])
    return kind(**held)
