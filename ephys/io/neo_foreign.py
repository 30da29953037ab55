"""Sessions from neo objects that other programs made: what is in them, what becomes of it, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import quantities as pq

from ephys.errors import ParameterError
from ephys.io.assemble import Found, assemble
from ephys.io.contents import Channel, scale_uv
from ephys.io.neo_back import hertz, seconds
from ephys.io.neo_drugs import administrations, carries_doses
from ephys.io.raw_spikes import clean, words_of
from ephys.io.trains import Train, unique_names
from ephys.model import (
    ArraySource,
    DoseProtocol,
    Epoch,
    Event,
    Monitor,
    ReadingSettings,
    Recording,
    Run,
    Session,
    Support,
    Unit,
)

_UNSORTED = ("#0", "#255")
"""Ends of the names of spike trains that are no unit: neo's readers number unsorted spikes 0, Blackrock's noise 255."""


def foreign_unit(train: Any, id: str | None) -> Unit:
    """Return the unit of a spike train alone: it counts as seen from the train's start to its stop."""
    whole = Support.of(Epoch(float(seconds(train.t_start)), float(seconds(train.t_stop)), "recorded"))
    one = _train(id or str(train.name or "1"), [train])
    return Unit(one.id, one.times_s, whole, origin="neo", multi_unit=one.multi_unit)


def foreign_recording(signals: Sequence[Any], name: str | None) -> Recording:
    """Return the voltage of signals that are the unbroken runs of one recording."""
    first = signals[0]
    if first.units.dimensionality.simplified != pq.V.dimensionality.simplified:
        raise ParameterError(f"a recording is a voltage, got a signal in {first.units.dimensionality}")
    called = name or str(first.name or "recording")
    channels = [
        _Column(signals, column, Channel(column, text, "voltage", 0)) for column, text in enumerate(_names(first))
    ]
    traces = np.concatenate([channel.values(uv=True) for channel in channels], axis=1)
    return Recording(ArraySource(traces), hertz(first), channels[0].runs, tuple(_names(first)), name=called)


def foreign_session(segments: Sequence[Any], id: str, reading: ReadingSettings) -> Session:
    """Return what segments hold that follow one another: the wire, monitors, units, marks and what was given.

    Parameters
    ----------
    segments : sequence of neo.Segment
        In order of time.
    id : str
        Name of the session.
    reading : ReadingSettings
        What the user says.

    Raises
    ------
    ParameterError
        If two segments overlap in time, do not hold the same signals, or nothing at all.
    FileFormatError
        If what the user says does not fit.
    """
    loaded = [[_loaded(signal) for signal in segment.analogsignals] for segment in segments]
    bounds = _bounds(segments, loaded)
    columns = _columns(loaded)
    marks = [event for segment in segments for event in (*segment.events, *segment.epochs)]
    given, assumed = administrations([_loaded(event) for event in marks if carries_doses(event)])
    events = [mark for event in marks if not carries_doses(event) for mark in _marks(_loaded(event))]
    found = Found(
        _trains(segments),
        tuple(sorted(events, key=lambda mark: mark.time_s)),
        doubts=(*assumed, *_left_out(segments)),
        started_at=segments[0].rec_datetime,
        end_is_known=True,
    )
    whole = Support(tuple(Epoch(start, stop, "recorded") for start, stop in bounds))
    session = assemble(Path(id), "neo", reading, columns, found, lambda: whole).session
    return replace(session, id=id, protocol=DoseProtocol(given, session.support), reading=reading)


def _loaded(thing: Any) -> Any:
    """Return an object with its data, where neo was asked to leave them in the file."""
    return thing.load() if hasattr(thing, "load") else thing


def _bounds(segments: Sequence[Any], loaded: Sequence[Sequence[Any]]) -> list[tuple[float, float]]:
    """Return first and last time of each segment.

    Raises
    ------
    ParameterError
        If one begins before the one before it ends, or holds nothing that lasts.
    """
    bounds: list[tuple[float, float]] = []
    for number, (segment, signals) in enumerate(zip(segments, loaded, strict=True)):
        timed = [*signals, *segment.spiketrains]
        marks = [seconds(_loaded(mark).times) for mark in (*segment.events, *segment.epochs) if mark.shape[0]]
        starts = [float(seconds(one.t_start)) for one in timed] + [float(np.min(times)) for times in marks]
        stops = [float(seconds(one.t_stop)) for one in timed] + [float(np.max(times)) for times in marks]
        if not starts or not min(starts) < max(stops):
            raise ParameterError(
                f"segment {number} {segment.name or ''!r} holds neither a signal nor a spike train, nor marks that "
                "are apart: when it was recorded cannot be told"
            )
        if bounds and min(starts) < bounds[-1][1] - 1e-6:
            raise ParameterError(
                f"segment {number} begins at {min(starts):g} s, before segment {number - 1} ends at {bounds[-1][1]:g} "
                "s: these are sweeps on clocks of their own, or several sessions; give one of them, "
                "from_neo(block.segments[0]), or shift their times (time_shift) so that they follow one another"
            )
        bounds.append((min(starts), max(stops)))
    return bounds


# --- continuous signals ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Column:
    """One channel of a signal, through all segments."""

    signals: Sequence[Any]
    column: int
    channel: Channel

    @property
    def step(self) -> None:
        """Neo has scaled the counts already."""
        return

    @property
    def runs(self) -> tuple[Run, ...]:
        """Return the unbroken stretches."""
        starts = np.cumsum([0, *(len(signal) for signal in self.signals)])
        return tuple(
            Run(int(first), len(signal), float(seconds(signal.t_start)))
            for first, signal in zip(starts, self.signals, strict=False)
        )

    def values(self, *, uv: bool) -> Any:
        """Values as (samples, 1), in µV where they are a voltage and that is asked for."""
        units = [signal.rescale(pq.uV) if uv else signal for signal in self.signals]
        parts = [signal.magnitude[:, [self.column]] for signal in units]
        whole = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return whole.astype(np.float32) if uv else whole

    def recording(self, reading: ReadingSettings, name: str) -> Recording:
        """Return the voltage in µV."""
        gain_uv, _ = scale_uv(reading, self.channel.unit, 1.0, 0.0)
        source = ArraySource(self.values(uv=False), gain_uv)
        return Recording(source, self.channel.sampling_hz, self.runs, (self.channel.name,), reading.band, name)

    def monitor(self) -> Monitor:
        """Return the values in their own unit; a pause is NaN."""
        channel, values = self.channel, self.values(uv=False)[:, 0]
        runs = self.runs
        at = [round((run.start_s - channel.start_s) * channel.sampling_hz) for run in runs]
        line = np.full(at[-1] + runs[-1].n_samples, np.nan)
        for first, run in zip(at, runs, strict=True):
            line[first : first + run.n_samples] = values[run.first_sample : run.first_sample + run.n_samples]
        return Monitor(channel.name, line, channel.sampling_hz, channel.start_s, channel.unit)


def _columns(loaded: Sequence[Sequence[Any]]) -> list[_Column]:
    """Return every channel of every signal.

    Raises
    ------
    ParameterError
        If the segments do not hold the same signals.
    """
    kinds = [[(_names(s), hertz(s), _unit_of(s)) for s in signals] for signals in loaded]
    if any(kind != kinds[0] for kind in kinds):
        raise ParameterError(
            "the segments do not hold the same signals (names, rates, units), so they are no parts of one session; "
            "give one of them, from_neo(block.segments[0])"
        )
    parts = [(list(parts), column) for parts in zip(*loaded, strict=True) for column in range(parts[0].shape[1])]
    names = [_names(signals[0])[column] for signals, column in parts]
    called = unique_names(names, range(1, len(names) + 1))
    return [
        _Column(signals, column, _channel(number, called[number - 1], signals))
        for number, (signals, column) in enumerate(parts, 1)
    ]


def _channel(number: int, name: str, signals: Sequence[Any]) -> Channel:
    """Describe a channel as the list of contents does."""
    first, last = signals[0], signals[-1]
    start_s, stop_s = float(seconds(first.t_start)), float(seconds(last.t_stop))
    samples = sum(len(signal) for signal in signals)
    return Channel(number, name, "voltage", samples, _unit_of(first), hertz(first), start_s, stop_s)


def _names(signal: Any) -> list[str]:
    """Return the channels' names; the signal's own, numbered, where they have none."""
    named = [clean(name) for name in signal.array_annotations.get("channel_names", ())]
    whole = clean(signal.name or "signal")
    count = signal.shape[1]
    return named or ([whole] if count == 1 else [f"{whole} {i}" for i in range(1, count + 1)])


def _unit_of(signal: Any) -> str:
    """Return the unit of a signal; empty where it has none."""
    unit = str(signal.units.dimensionality.string)
    return "" if unit == "dimensionless" else unit


# --- spikes and marks ------------------------------------------------------------------------------------------------


def _trains(segments: Sequence[Any]) -> tuple[Train, ...]:
    """Return the spike trains; those of one name in several segments are one."""
    parts: dict[str, list[Any]] = {}
    for segment in segments:
        trains = [_loaded(train) for train in segment.spiketrains]
        for name, train in zip(_train_names(trains), trains, strict=True):
            parts.setdefault(name, []).append(train)
    return tuple(_train(name, trains) for name, trains in parts.items())


def _train_names(trains: Sequence[Any]) -> list[str]:
    """Return a name for each train: its own, with neo's id where another has the same, or its number."""
    names = [clean(train.name or train.annotations.get("unit_id", "")) for train in trains]
    ids = [str(train.annotations.get("id", "")) for train in trains]
    full = [f"{n} {i}".strip() if names.count(n) > 1 else n for n, i in zip(names, ids, strict=True)]
    numbers = range(1, len(full) + 1)
    return unique_names([name or str(number) for name, number in zip(full, numbers, strict=True)], numbers)


def _train(name: str, parts: Sequence[Any]) -> Train:
    """Return the spikes of one train, in order."""
    times = np.concatenate([np.asarray(seconds(part.times), dtype=np.float64) for part in parts])
    order = np.argsort(times, kind="stable")
    first = parts[0]
    unsorted = str(first.annotations.get("id", "")).endswith(_UNSORTED) or str(first.name).endswith(_UNSORTED)
    shapes = None if any(part.waveforms is None for part in parts) else [_snippets(part) for part in parts]
    if shapes is None or any(shape is None for shape in shapes) or first.sampling_rate is None:
        return Train(name, times[order], "neo", multi_unit=unsorted)
    sweep = 0.0 if first.left_sweep is None else float(np.ravel(seconds(first.left_sweep))[0])
    return Train(
        name, times[order], "neo", snippets_uv=np.concatenate(shapes)[order], sampling_hz=hertz(first), pre_s=sweep,
        multi_unit=unsorted,
    )  # fmt: skip


def _snippets(train: Any) -> Any:
    """Return waveforms as (spikes, samples, channels) in µV; ``None`` where they are no voltage, or not one a spike."""
    waves = train.waveforms
    if np.ndim(waves) != 3 or len(waves) != len(train) or not hasattr(waves, "units"):
        return None
    if waves.dimensionality.simplified != pq.V.dimensionality.simplified:
        return None
    return np.asarray(waves.rescale(pq.uV).magnitude, dtype=np.float32).transpose(0, 2, 1)


def _marks(event: Any) -> list[Event]:
    """Return the marks of an event object, or starts and ends of an epoch object; a number is a code."""
    channel, times = clean(event.name or ""), seconds(event.times)
    words = [words_of(clean(label), channel) for label in event.labels] or [("", "", "")] * len(times)
    marks = [Event(float(t), said, code, channel, edge) for t, (said, code, edge) in zip(times, words, strict=True)]
    if not hasattr(event, "durations"):
        return marks
    lasting = [(mark, float(lasts_s)) for mark, lasts_s in zip(marks, seconds(event.durations), strict=True)]
    begun = [replace(mark, polarity="rise") if lasts_s else mark for mark, lasts_s in lasting]
    return begun + [replace(m, time_s=m.time_s + lasts_s, polarity="fall") for m, lasts_s in lasting if lasts_s]


def _left_out(segments: Sequence[Any]) -> tuple[str, ...]:
    """Say what a session has no place for."""
    count = sum(len(segment.irregularlysampledsignals) + len(segment.imagesequences) for segment in segments)
    return (f"{count} irregularly sampled signals or image sequences are not kept",) if count else ()
