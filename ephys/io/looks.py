"""What the values of a file's channels are like, from a look here and there: no length of file makes it slow."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.io.contents import Channel, Contents, microvolts
from ephys.model import Monitor, Recording, Waveform
from ephys.sorting.detection import DetectionSettings, detect_peaks, noise_sd
from ephys.sorting.filters import design_filter, filter_zero_phase

Values = NDArray[np.floating[Any]]

PIECES, MOST_SAMPLES, MOST_IN_ALL, LEAST_SAMPLES = 40, 1_000_000, 20_000_000, 20_000
"""A channel is looked at whole up to so many samples, else in so many pieces spread over it; of a file with many
channels less of each (convention: half a second of work)."""

_SPIKE_BAND_HZ, _SPIKE_SD, _SETTLED_SAMPLES = (300.0, 3000.0), 5.0, 200
"""Where and how far above the noise a spike is counted: noise alone gets there once in minutes (convention)."""

_RAIL_SAMPLES, _RAIL_EXCESS, _RAIL_MARGIN, _RAIL_LEVELS = 20, 3.0, 0.02, 50
"""At a rail are so many samples, several times those within 2 % of the range from it; a signal of fewer levels than
this is a switch (convention)."""

_UNCLEAR, _FIRST_PHASE = 0.8, 0.5
"""A spike whose two polarities are so much alike has none that is sure; a phase before the peak counts from half of it
on: a 300-Hz high-pass invents one of 0.32 (convention)."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a channel.

    Parameters
    ----------
    low, high : float
        Least and largest value in `unit`; NaN where there was none.
    unit : str
        µV for a wire, and for voltage that was not read; else the channel's own.
    seen_s : float
        Seconds looked at.
    whole : bool
        Whether that was all of it.
    levels : int
        Different values, counted up to 3: one is a channel that is not connected, two are a switch.
    missing, at_rail : float
        Share of the values that are NaN or infinite, and that stand at the least or largest.
    noise_uv : float
        Noise SD of a wire between 300 and 3000 Hz; NaN for other channels.
    up, down : int
        Spikes of a wire beyond 5 noise SD that point up, and down.
    """

    low: float
    high: float
    unit: str
    seen_s: float
    whole: bool
    levels: int = 0
    missing: float = 0.0
    at_rail: float = 0.0
    noise_uv: float = math.nan
    up: int = 0
    down: int = 0


def look_at(contents: Contents) -> Mapping[int, Look]:
    """Look at every continuous channel of a file that can be read.

    Parameters
    ----------
    contents : Contents
        As read.

    Returns
    -------
    mapping of int to Look
        By the channel's number.
    """
    session = contents.session
    filled = [c for c in contents.channels if c.kind == "voltage" and c.count]
    budget = max(LEAST_SAMPLES, min(MOST_SAMPLES, MOST_IN_ALL // max(1, len(filled))))
    looks = {}
    if session.recording is not None:
        wires = {c.name: c for c in filled if c.used == "wire"}
        looks.update(_look_at_wires(session.recording, wires, budget))
    monitors: dict[int, Callable[[], Monitor]] = dict(contents.spare)
    named = {monitor.name: monitor for monitor in session.monitors}
    monitors |= {c.number: (lambda c=c: named[c.name]) for c in filled if c.used == "monitor" and c.name in named}  # type: ignore[misc]
    for channel in filled:
        if channel.number in monitors:
            looks[channel.number] = _look_at_monitor(monitors[channel.number](), channel, budget)
    return looks


def _look_at_monitor(monitor: Monitor, channel: Channel, budget: int) -> Look:
    """Look at a channel in its own unit, at one that may be a wire in µV; where it pauses, nothing is missing."""
    spans = _spans(monitor.n_samples, budget)
    values = np.concatenate([monitor.read(start, stop) for start, stop in spans])
    paused = monitor.n_samples != channel.count
    unread = microvolts(channel.unit) if channel.used == "not read" and channel.unit.strip() else None
    unit = channel.unit if unread is None else "µV"
    return _look(values * (unread or 1.0), unit, monitor.sampling_hz, monitor.n_samples, paused=paused)


def _look_at_wires(recording: Recording, wires: Mapping[str, Channel], budget: int) -> dict[int, Look]:
    """Look at the wires in µV, and at the spikes on them."""
    spans = _spans(recording.n_samples, budget)
    pieces = [piece for span in spans for piece in _unbroken(recording, *span)]
    looks = {}
    for column, name in enumerate(recording.channel_names):
        if name not in wires:
            continue
        channel, values = wires[name], [piece[:, column] for piece in pieces]
        unit = channel.unit if microvolts(channel.unit) is None else "µV"
        seen = _look(np.concatenate(values), unit, recording.sampling_hz, recording.n_samples)
        noise_uv, up, down = _spikes(values, recording.sampling_hz)
        looks[channel.number] = replace(seen, noise_uv=noise_uv, up=up, down=down)
    return looks


def _spans(count: int, budget: int) -> list[tuple[int, int]]:
    """Bounds of the pieces to look at: all of it, or pieces spread evenly from the first sample to the last.

    >>> _spans(100, 1000), _spans(4000, 80)[:2], _spans(4000, 80)[-1]
    ([(0, 100)], [(0, 2), (103, 105)], (3998, 4000))
    """
    if count <= budget:
        return [(0, count)]
    size = max(1, budget // PIECES)
    return [(round(start), round(start) + size) for start in np.linspace(0, count - size, PIECES)]


def _unbroken(recording: Recording, start: int, stop: int) -> list[NDArray[np.float32]]:
    """Voltage of a span, cut where the recording pauses."""
    cuts = [run.first_sample - start for run in recording.runs if start < run.first_sample < stop]
    return np.split(recording.read(start, stop), cuts)


def _look(values: Values, unit: str, hz: float, count: int, *, paused: bool = False) -> Look:
    """Range of the values seen, and what is odd about them."""
    known = values[np.isfinite(values)]
    missing = 0.0 if paused else 1.0 - len(known) / max(1, len(values))
    seen_s, whole = (len(known) if paused else len(values)) / hz, len(values) == count
    if not len(known):
        return Look(math.nan, math.nan, unit, seen_s, whole, missing=missing)
    low, high = float(known.min()), float(known.max())
    levels = len({low, high}) + bool(((known > low) & (known < high)).any())
    return Look(low, high, unit, seen_s, whole, levels, missing, _at_rail(known, low, high))


def _at_rail(values: Values, low: float, high: float) -> float:
    """Share of the values that stand at a rail: far more at the very end of the range than near it.

    >>> sine = np.sin(np.linspace(0, 60, 10_000))
    >>> _at_rail(sine, -1.0, 1.0), round(_at_rail(np.minimum(sine, 0.5), -1.0, 0.5), 2)
    (0.0, 0.35)
    """
    margin = _RAIL_MARGIN * (high - low)
    share = 0.0
    for end in (low, high):
        at_end = int((values == end).sum())
        near = int((np.abs(values - end) <= margin).sum()) - at_end
        share += at_end / len(values) if at_end >= max(_RAIL_SAMPLES, _RAIL_EXCESS * near) else 0.0
    return share if share and len(np.unique(values[: 50 * _RAIL_LEVELS])) > _RAIL_LEVELS else 0.0


def _spikes(pieces: list[NDArray[np.float32]], hz: float) -> tuple[float, int, int]:
    """Noise SD of a wire in the sorting band, and the spikes on it that point up and down."""
    sections = design_filter(_SPIKE_BAND_HZ, sampling_hz=hz, order=2)
    long = [piece[:, np.newaxis] for piece in pieces if len(piece) > _SETTLED_SAMPLES and np.isfinite(piece).all()]
    if not long:
        return math.nan, 0, 0
    filtered = [filter_zero_phase(piece, sections) for piece in long]
    noise_uv = noise_sd(np.concatenate(filtered))
    if not noise_uv[0] > 0:
        return float(noise_uv[0]), 0, 0
    settings = DetectionSettings(threshold_sd=_SPIKE_SD)
    peaks = [f[detect_peaks(f, noise_uv, sampling_hz=hz, settings=settings), 0] for f in filtered]
    heights = np.concatenate(peaks)
    return float(noise_uv[0]), int((heights > 0).sum()), int((heights < 0).sum())


@dataclass(frozen=True, slots=True)
class Polarity:
    """Which way a unit's spikes begin.

    Parameters
    ----------
    first : {"positive", "negative", "unclear"}
        Sign of the first large phase; unclear where both signs are much alike.
    peak_uv : float
        Main peak of the mean spike, with its sign.
    """

    first: str
    peak_uv: float

    @property
    def text(self) -> str:
        """In words."""
        first = "polarity unclear" if self.first == "unclear" else f"{self.first}-first"
        scale, unit = (1.0, "µV") if abs(self.peak_uv) < 1e4 else (1e-3, "mV")
        return f"{first}, peak {self.peak_uv * scale:+.4g} {unit}"


def spike_polarity(waveform: Waveform) -> Polarity:
    """Say which way spikes begin, on the wire where they are largest; at least one snippet must be whole.

    Examples
    --------
    >>> shape = np.zeros((1, 40, 1), dtype=np.float32)
    >>> shape[0, 10:20, 0], shape[0, 20:30, 0] = -80.0, 30.0
    >>> spike_polarity(Waveform(shape, np.array([0]), 20_000.0, 0.0005)).text
    'negative-first, peak -80 µV'
    """
    snippets = waveform.snippets_uv
    mean = snippets[np.isfinite(snippets).all(axis=(1, 2))].mean(axis=0, dtype=np.float64)
    mean = mean - np.median(mean, axis=0)
    at, wire = np.unravel_index(int(np.argmax(np.abs(mean))), mean.shape)
    shape = mean[:, wire]
    peak = float(shape[at])
    against = -shape * np.sign(peak) / max(abs(peak), np.finfo(float).tiny)
    if against.max() >= _UNCLEAR:
        return Polarity("unclear", peak)
    turned = at > 0 and against[:at].max() >= _FIRST_PHASE
    return Polarity("positive" if (peak > 0) != bool(turned) else "negative", peak)
