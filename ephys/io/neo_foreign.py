"""Sessions from neo objects that other programs made: what is in them, what becomes of it, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from ephys.io.neo_spikes import is_unsorted, read_trains
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


def foreign_unit(train: Any, id: str | None) -> Unit:
    """Return the unit of a spike train alone: it counts as seen from the train's start to its stop.

    Its times stay as they are: a peak that lies beyond the train's stop would be a spike that nobody saw.
    """
    whole = Support.of(Epoch(float(seconds(train.t_start)), float(seconds(train.t_stop)), "recorded"))
    times_s = np.sort(np.asarray(seconds(train.times), dtype=np.float64))
    return Unit(id or str(train.name or "1"), times_s, whole, origin="neo", multi_unit=is_unsorted(train))


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
    trains, odd = read_trains([[_loaded(train) for train in segment.spiketrains] for segment in segments])
    found = Found(
        trains,
        tuple(sorted(events, key=lambda mark: mark.time_s)),
        doubts=(*_damage(segments), *assumed, *odd, *_left_out(segments)),
        started_at=segments[0].rec_datetime,
        end_is_known=True,
    )
    session = assemble(Path(id), "neo", reading, columns, found, lambda: _whole(bounds, trains)).session
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
        unfinished = max([1e-6, *(1 / hertz(signal) for signal in loaded[number - 1])])  # its last sample may go on
        if bounds and (min(starts) <= bounds[-1][0] or min(starts) < bounds[-1][1] - unfinished):
            raise ParameterError(
                f"segment {number} begins at {min(starts):g} s, before segment {number - 1} ends at {bounds[-1][1]:g} "
                "s: these are sweeps on clocks of their own, or several sessions; give one of them, "
                "from_neo(block.segments[0]), or shift their times (time_shift) so that they follow one another"
            )
        if bounds:
            bounds[-1] = (bounds[-1][0], min(bounds[-1][1], min(starts)))
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


def _whole(bounds: Sequence[tuple[float, float]], trains: Sequence[Train]) -> Support:
    """When a session without a wire was recorded: its segments, out to the peaks of the first and last spike."""
    starts_s, stops_s = (list(edges) for edges in zip(*bounds, strict=True))
    spikes = [train.times_s for train in trains if len(train.times_s)]
    starts_s[0] = min([starts_s[0], *(float(times[0]) for times in spikes)])
    stops_s[-1] = max([stops_s[-1], *(float(times[-1]) for times in spikes)])
    return Support(tuple(Epoch(a, b, "recorded") for a, b in zip(starts_s, stops_s, strict=True)))


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
    held = [[part for part in parts if len(part)] for parts in zip(*loaded, strict=True)]  # some pause, others do not
    parts = [(parts, column) for parts in held if parts for column in range(parts[0].shape[1])]
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


# --- marks ---------------------------------------------------------------------------------------------------------


_WORDS: dict[str, Callable[[str, str], tuple[str, str, str]]] = {
    **dict.fromkeys(("EventFall", "EventRise", "EventBoth"), lambda label, _: ("", "", label)),
    "Marker": lambda label, _: ("", label, ""),
    "TextMark": lambda label, _: (label, "", ""),
}
"""Text, code and polarity of a label, where `ephys.io.smrx.SmrxIO` says what the channel holds."""


def _marks(event: Any) -> list[Event]:
    """Return the marks of an event object, or starts and ends of an epoch object; a number is a code."""
    channel, times = clean(event.name or ""), seconds(event.times)
    read = _WORDS.get(event.annotations.get("channel_kind", ""), words_of)
    words = [read(clean(label), channel) for label in event.labels] or [("", "", "")] * len(times)
    marks = [Event(float(t), said, code, channel, edge) for t, (said, code, edge) in zip(times, words, strict=True)]
    if not hasattr(event, "durations"):
        return marks
    lasting = [(mark, float(lasts_s)) for mark, lasts_s in zip(marks, seconds(event.durations), strict=True)]
    begun = [replace(mark, polarity="rise") if lasts_s else mark for mark, lasts_s in lasting]
    return begun + [replace(m, time_s=m.time_s + lasts_s, polarity="fall") for m, lasts_s in lasting if lasts_s]


def _damage(segments: Sequence[Any]) -> tuple[str, ...]:
    """Say what the reader of a damaged file said of it (`ephys.io.smrx.SmrxIO`)."""
    return tuple(dict.fromkeys(said for segment in segments for said in segment.annotations.get("file_damage", ())))


def _left_out(segments: Sequence[Any]) -> tuple[str, ...]:
    """Say what a session has no place for."""
    count = sum(len(segment.irregularlysampledsignals) + len(segment.imagesequences) for segment in segments)
    return (f"{count} irregularly sampled signals or image sequences are not kept",) if count else ()
