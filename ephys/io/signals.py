"""Continuous channels that stay in their file: where their stretches lie, and what turns their numbers into values."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ephys.io.contents import Channel, scale_uv
from ephys.io.sources import CountSource, GridValues, ReadCounts
from ephys.model import Monitor, ReadingSettings, Recording, Run

_FASTEST_HZ, _SLOWEST_HZ = 1e6, 0.1
"""No laboratory's converter samples one wire faster, and no monitor slower, than this. Convention."""


@dataclass(frozen=True, eq=False)
class StoredSignal:
    """A continuous channel, unread.

    Parameters
    ----------
    channel : Channel
        What the list of contents says of it.
    runs : tuple of Run
        Its unbroken stretches on the session's clock.
    read_counts : callable (start, stop) -> array (samples, 1)
        Reads stored numbers, counted through all stretches.
    dtype : numpy.dtype
        Type of the stored numbers.
    gain, offset : float
        Value in the channel's own unit = number × gain + offset.
    band_hz : tuple of (float or None, float or None)
        Acquisition band, where the file states it.
    """

    channel: Channel
    runs: tuple[Run, ...]
    read_counts: ReadCounts = field(repr=False)
    dtype: np.dtype[Any]
    gain: float = 1.0
    offset: float = 0.0
    band_hz: tuple[float | None, float | None] = (None, None)

    @property
    def step(self) -> float | None:
        """Channel's own unit per count; ``None`` where floating-point numbers are stored."""
        return abs(self.gain) if self.dtype.kind in "iu" else None

    def recording(self, reading: ReadingSettings, name: str) -> Recording:
        """Return the voltage in µV, unread."""
        gain_uv, offset_uv = scale_uv(reading, self.channel.unit, self.gain, self.offset)
        source = CountSource(self.read_counts, self.channel.count, 1, self.dtype, gain_uv, offset_uv)
        band_hz = reading.band if reading.band_hz else self.band_hz
        return Recording(source, self.channel.sampling_hz, self.runs, (self.channel.name,), band_hz, name)

    def monitor(self) -> Monitor:
        """Return the values in their own unit, unread; a pause is NaN."""
        hz = self.channel.sampling_hz
        values = GridValues(self.read_counts, self.runs, hz, self.gain, self.offset)
        return Monitor(self.channel.name, values, hz, self.channel.start_s, self.channel.unit)


def voltage_channel(number: int, name: str, unit: str, hz: float, runs: tuple[Run, ...]) -> Channel:
    """Return a continuous channel for the list of contents.

    >>> voltage_channel(1, "wire", "mV", 20000.0, (Run(0, 40000, 5.0),)).stop_s
    7.0
    """
    start_s, stop_s = (runs[0].start_s, runs[-1].start_s + runs[-1].n_samples / hz) if runs else (math.nan, math.nan)
    return Channel(number, name, "voltage", sum(run.n_samples for run in runs), unit, hz, start_s, stop_s)


def rate(hz: Any) -> float:
    """Sampling rate without the rounding error of an interval: 1 / 40 µs is 25000, not 25000.000000000004."""
    return float(f"{float(hz):.12g}")


def rate_doubt(name: str, hz: float) -> tuple[str, ...]:
    """Say so where a channel claims a sampling rate that cannot be.

    >>> rate_doubt("wire", 20000.0), rate_doubt("temp", 0.037)
    ((), ("channel 'temp' claims 0.037 Hz, one sample in 27 s: check its times",))
    """
    if not believable(hz):
        return (f"channel {name!r} claims {hz:.4g} Hz, which cannot be: it is not read",)
    if hz < _SLOWEST_HZ:
        return (f"channel {name!r} claims {hz:.4g} Hz, one sample in {1 / hz:.3g} s: check its times",)
    return ()


def believable(hz: float) -> bool:
    """Whether samples can be placed in time by this rate: positive, finite, and no faster than converters are.

    >>> believable(25000.0), believable(0.0), believable(float("nan"))
    (True, False, False)
    """
    return 0.0 < hz <= _FASTEST_HZ


def joined(pieces: Iterable[tuple[int, float]], hz: float) -> tuple[Run, ...]:
    """Return the unbroken stretches of a signal; pieces that follow within half a sample are one.

    Parameters
    ----------
    pieces : iterable of (int, float)
        Samples and start in seconds of each piece, in the order in which they are stored.
    hz : float
        Samples per second.

    Examples
    --------
    >>> joined([(100, 0.0), (100, 1.0), (50, 3.0)], 100.0)
    (Run(first_sample=0, n_samples=200, start_s=0.0), Run(first_sample=200, n_samples=50, start_s=3.0))
    """
    held = [(size, start_s) for size, start_s in pieces if size]
    sizes, starts_s = np.array([size for size, _ in held], dtype=np.int64), np.array([start_s for _, start_s in held])
    if held and np.all(np.abs(starts_s - starts_s[0] - (np.cumsum(sizes) - sizes) / hz) < 0.5 / hz):
        return (Run(0, int(sizes.sum()), held[0][1]),)
    runs: list[Run] = []
    first = 0
    for size, start_s in held:
        if runs and abs(runs[-1].start_s + runs[-1].n_samples / hz - start_s) < 0.5 / hz:
            runs[-1] = replace(runs[-1], n_samples=runs[-1].n_samples + size)
        else:
            runs.append(Run(first, size, start_s))
        first += size
    return tuple(runs)
