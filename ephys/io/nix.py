"""NIX files as neo writes them: signals, spike trains with their waveforms, marks, and the drugs that ephys put in.

Read as neo's objects and not through its raw layer, which knows neither the trains' codes nor more than one segment's
channels. All voltage is read into memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import quantities as pq
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io.assemble import Found, assemble
from ephys.io.contents import Channel, Contents
from ephys.io.foreign import foreign, with_remarks
from ephys.io.neo_bridge import DRUG_EPOCHS, given_in
from ephys.io.signals import HeldReader, StoredSignal, joined, rate, voltage_channel
from ephys.io.trains import Train, aligned, unique_names
from ephys.model import DoseProtocol, Epoch, Event, ReadingSettings, Support


def nix_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read a NIX file's first block.

    Raises
    ------
    FileFormatError
        If the file is damaged, of a version that nixio refuses, or nixio is not installed.
    """
    try:
        import nixio  # noqa: F401  # neo imports it when it opens the file, with a message of its own
    except ImportError:
        raise FileFormatError(
            f"{path}: NIX files need a package that is not here: pip install 'ephys[formats]'"
        ) from None
    with foreign(path, "NIX") as said:
        segments = _segments(path)
        signals = _signals(segments)
        found = _found(segments, reading, len(signals))
        contents = assemble(path, "NIX", reading, signals, found, lambda: _whole(segments, signals, found))
        given = tuple(a for s in segments for e in s.epochs if e.name == DRUG_EPOCHS for a in given_in(e))
        session = contents.session
        contents = replace(contents, session=replace(session, protocol=DoseProtocol(given, session.support)))
    return with_remarks(contents, said)


def _segments(path: Path) -> list[Any]:
    """Segments of the file's first block."""
    from neo.io import NixIO

    io = NixIO(str(path), mode="ro")
    try:
        blocks = io.read_all_blocks()
    finally:
        io.close()
    if not blocks:
        raise FileFormatError(f"{path}: holds no block that neo wrote")
    return list(blocks[0].segments)


def _seconds(times: Any) -> NDArray[np.float64]:
    """Times as plain seconds."""
    return np.atleast_1d(np.asarray(times.rescale(pq.s).magnitude, dtype=np.float64))


def _whole(segments: Sequence[Any], signals: Sequence[StoredSignal], found: Found) -> Support:
    """When a session without a wire was recorded: while its first train could have been seen, or its first signal."""
    trains = [train for segment in segments for train in segment.spiketrains[:1]]
    if trains:
        bounds = [tuple(_seconds(edge)[0] for edge in (train.t_start, train.t_stop)) for train in trains]
        return Support(tuple(Epoch(float(a), float(b), "recorded") for a, b in sorted(bounds) if a < b))
    if signals:
        hz = signals[0].channel.sampling_hz
        return Support(
            tuple(Epoch(run.start_s, run.start_s + run.n_samples / hz, "recorded") for run in signals[0].runs)
        )
    times = [event.time_s for event in found.events]
    return Support.of(Epoch(min(0.0, *times), max(times) + 1e-3, "recorded"))


def _signals(segments: Sequence[Any]) -> list[StoredSignal]:
    """List the continuous channels; those of one name, rate and unit go on from segment to segment."""
    pieces: dict[tuple[str, int, float, str], list[tuple[float, NDArray[Any]]]] = {}
    for segment in segments:
        for i, signal in enumerate(segment.analogsignals):
            hz = rate(signal.sampling_rate.rescale(pq.Hz).magnitude)
            unit = str(signal.annotations.get("unit") or signal.dimensionality.string).replace("dimensionless", "")
            for column in range(signal.shape[1]):
                name = signal.name or f"signal {i + 1}"
                key = (name, column, hz, unit)
                pieces.setdefault(key, []).append((float(_seconds(signal.t_start)[0]), signal.magnitude[:, column]))
    names = unique_names([key[0] for key in pieces], range(1, len(pieces) + 1))
    signals = []
    for number, (name, ((_, _, hz, unit), parts)) in enumerate(zip(names, pieces.items(), strict=True), 1):
        runs = joined([(len(values), start_s) for start_s, values in parts], hz)
        values = np.concatenate([values for _, values in parts])
        channel = voltage_channel(number, name, unit, hz, runs)
        signals.append(StoredSignal(channel, runs, HeldReader(values), values.dtype))
    return signals


def _found(segments: Sequence[Any], reading: ReadingSettings, before: int) -> Found:
    """Read spike trains and marks; a train goes on from segment to segment under its name."""
    parts: dict[str, list[Any]] = {}
    for segment in segments:
        ids = [str(t.annotations.get("unit_id") or t.name or "unit") for t in segment.spiketrains]
        for name, train in zip(unique_names(ids, range(1, len(ids) + 1)), segment.spiketrains, strict=True):
            parts.setdefault(name, []).append(train)
    trains = [_train(name, found, reading) for name, found in parts.items()]
    events = [mark for segment in segments for mark in _marks(segment)]
    names = dict.fromkeys(event.channel for event in events)
    counts = [(train.id, "spikes", len(train.times_s), "units") for train in trains]
    counts += [(name, "event", sum(event.channel == name for event in events), "marks") for name in names]
    channels = tuple(
        Channel(number, name, "spikes" if kind == "spikes" else "event", count, used=used)
        for number, (name, kind, count, used) in enumerate(counts, before + 1)
    )
    return Found(tuple(trains), tuple(sorted(events, key=lambda event: event.time_s)), channels)


def _train(name: str, parts: Sequence[Any], reading: ReadingSettings) -> Train:
    """Return one unit, with its waveforms where every part has them."""
    times = np.concatenate([_seconds(part.times) for part in parts])
    order = np.argsort(times, kind="stable")
    notes = parts[0].annotations
    multi, origin = bool(notes.get("multi_unit", False)), str(notes.get("origin", "file"))
    amplitudes = [np.asarray(part.array_annotations.get("amplitude_uv", ()), dtype=np.float64) for part in parts]
    if any(part.waveforms is None or part.sampling_rate is None or not len(part) for part in parts):
        known = np.concatenate(amplitudes)
        return Train(name, times[order], origin, known[order] if len(known) == len(times) else None, multi_unit=multi)
    shapes = np.concatenate([np.asarray(p.waveforms.rescale(pq.uV).magnitude, dtype=np.float32) for p in parts])
    hz = rate(parts[0].sampling_rate.rescale(pq.Hz).magnitude)
    left = parts[0].left_sweep
    stamped = None if left is None else round(float(_seconds(left)[0]) * hz)
    return aligned(
        name, times[order], shapes.swapaxes(1, 2)[order] * np.float32(reading.gain_uv or 1.0), hz, stamped or -1,
        unsorted=multi, stamped=stamped, origin=origin,
    )  # fmt: skip


def _marks(segment: Any) -> list[Event]:
    """Marks of one segment; an interval is a mark where it begins and one where it ends."""
    marks = []
    for event in segment.events:
        channels = event.array_annotations.get("channel", [event.name or "events"] * len(event))
        rows = zip(_seconds(event.times), event.labels, channels, strict=True)
        marks += [Event(float(t), str(label), channel=str(channel)) for t, label, channel in rows]
    for epoch in segment.epochs:
        if epoch.name != DRUG_EPOCHS:
            rows = zip(_seconds(epoch.times), _seconds(epoch.durations), epoch.labels, strict=True)
            for start, lasting, label in rows:
                for t, polarity in ((start, "rise"), (start + lasting, "fall")):
                    marks.append(Event(float(t), str(label), channel=epoch.name or "epochs", polarity=polarity))
    return marks
