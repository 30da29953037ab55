"""The phase of breathing and heartbeat, from a monitor or from what the wire does between 0.3 and 15 Hz."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import signal
from scipy.fft import next_fast_len

from ephys.model import Epoch, Monitor, Recording
from ephys.model.rhythm import RhythmName

FloatArray = NDArray[np.float64]

BLOCK_HZ = 200.0
"""Rate of the averaged wire: its blocks of 5 ms hold whole cycles of the even harmonics of the mains."""

TRACKING_HZ = 100.0
"""Rate at which a phase is followed, several times the fastest heartbeat."""

SLOW_BAND_HZ = (0.3, 15.0)
"""Where movement shows on a wire."""

EXCISED_S = (-0.002, 0.006)
"""What is cut out round each spike of the unit that is judged: a slow cell must not make its own rhythm."""

JUMP_SD = 6.0
"""Blocks further out than this (robust SD) are pops and the like, and are bridged (convention)."""

SEGMENT_S = (8.0, 20.0)
"""Shortest and longest segments of the spectrum, a fifth of the window in between: lines 0.05 to 0.125 Hz apart."""

LEAST_WINDOW_S = 5.0 * SEGMENT_S[0]
"""A shorter window has too few segments for a peak to stand out of chance."""

LEAST_RECORDED = 0.9
"""A wire recorded for less of the window has the rhythm of its own gaps (convention)."""

FOLLOWED = 1.6
"""The phase is taken from the peak's frequency divided and multiplied by this: it follows slow changes, and leaves
out the second harmonic (convention)."""

CYCLE_PARTS, HARMONIC = 64, 0.5
"""A rhythm that has this vector strength in each of so many parts of a slower one's cycle is its harmonic
(convention)."""

PIECE_S = 60.0
"""Voltage read at a time."""


@dataclass(frozen=True, eq=False)
class SlowTrace:
    """A slow signal over one window, in even steps.

    Parameters
    ----------
    values : array (steps,)
        In any unit; where nothing was recorded, a straight line.
    sampling_hz, start_s : float
        Steps per second, and when the first one begins.
    source : str
        Where it comes from, in words.
    """

    values: FloatArray
    sampling_hz: float
    start_s: float
    source: str

    def steps(self, times_s: FloatArray) -> NDArray[np.int64]:
        """Which step each time falls into; times beyond the ends fall into the last ones."""
        steps = np.floor((times_s - self.start_s) * self.sampling_hz).astype(np.int64)
        inside: NDArray[np.int64] = np.clip(steps, 0, len(self.values) - 1)
        return inside


@dataclass(frozen=True, eq=False)
class RhythmPhase:
    """One rhythm, followed through a window.

    Parameters
    ----------
    rhythm : {"respiration", "heartbeat"}
        Which.
    source : str
        Where it was found, in words.
    frequency_hz : float
        Of its spectral peak.
    prominence : float
        Height of that peak, as a multiple of the floor on either side.
    amplitude : float
        Of the narrow band round it, in the trace's unit.
    cycles : array (steps,)
        Cycles gone by: whole numbers at the maxima of the signal.
    sampling_hz, start_s : float
        Steps per second; when the middle of the first step was.
    """

    rhythm: RhythmName
    source: str
    frequency_hz: float
    prominence: float
    amplitude: float
    cycles: FloatArray
    sampling_hz: float
    start_s: float

    def at(self, times_s: FloatArray) -> FloatArray:
        """Phase at each time in radians, 0 at the signal's maximum."""
        place = (times_s - self.start_s) * self.sampling_hz
        phase: FloatArray = 2.0 * np.pi * np.interp(place, np.arange(len(self.cycles)), self.cycles)
        return phase


def read_wire(recording: Recording, within: Epoch) -> SlowTrace | None:
    """Average the voltage of a window in blocks of about 5 ms, over all channels; ``None`` where it was not recorded.

    So it is where more than a tenth of the window is missing: sweeps have a rhythm of their own.

    Examples
    --------
    >>> recording = Recording.from_array(np.ones(20000), sampling_hz=1000.0)
    >>> trace = read_wire(recording, Epoch(2.0, 12.0))
    >>> len(trace.values), trace.sampling_hz, trace.start_s
    (2000, 200.0, 2.0)
    """
    block = max(1, round(recording.sampling_hz / BLOCK_HZ))
    step_s = block / recording.sampling_hz
    values = np.full(int(within.duration_s / step_s), np.nan)
    piece = block * max(1, round(PIECE_S / step_s))
    for run in recording.runs:
        first = max(0, round((within.start_s - run.start_s) * recording.sampling_hz))
        last = min(run.n_samples, round((within.stop_s - run.start_s) * recording.sampling_hz))
        for start in range(first, last - block + 1, piece):
            stop = min(start + piece, start + (last - start) // block * block)
            traces = recording.read(run.first_sample + start, run.first_sample + stop)
            means = traces.reshape(-1, block * recording.n_channels).mean(axis=1)
            at = round((run.start_s + start / recording.sampling_hz - within.start_s) / step_s)
            room = values[at : at + len(means)]
            room[:] = means[: len(room)]
    known = np.isfinite(values)
    if not known.size or known.mean() < LEAST_RECORDED:
        return None
    return SlowTrace(bridged(values, ~known), 1.0 / step_s, within.start_s, "the wire")


def read_monitor(monitor: Monitor, within: Epoch) -> SlowTrace | None:
    """What a monitor shows in a window, averaged to about 200 Hz; ``None`` where it was not running.

    Examples
    --------
    >>> trace = read_monitor(Monitor("resp", np.zeros(60_000), 1000.0), Epoch(0.0, 30.0))
    >>> len(trace.values), trace.source
    (6000, "monitor 'resp'")
    """
    first = max(0, round((within.start_s - monitor.start_s) * monitor.sampling_hz))
    last = min(monitor.n_samples, round((within.stop_s - monitor.start_s) * monitor.sampling_hz))
    block = max(1, round(monitor.sampling_hz / BLOCK_HZ))
    count = (last - first) // block
    if count < 1:
        return None
    values = monitor.read(first, first + count * block).reshape(count, block).mean(axis=1)
    unknown = ~np.isfinite(values)
    if unknown.all():
        return None
    start_s = monitor.start_s + first / monitor.sampling_hz
    return SlowTrace(bridged(values, unknown), monitor.sampling_hz / block, start_s, f"monitor {monitor.name!r}")


def bridged(values: FloatArray, holes: NDArray[np.bool_]) -> FloatArray:
    """Values with straight lines across the holes.

    >>> bridged(np.array([0.0, 9.0, 9.0, 3.0]), np.array([False, True, True, False]))
    array([0., 1., 2., 3.])
    """
    if not holes.any() or holes.all():
        return values
    places = np.arange(len(values))
    bridge: FloatArray = np.interp(places, places[~holes], values[~holes])
    return bridge


def without_spikes(trace: SlowTrace, times_s: FloatArray) -> SlowTrace:
    """Trace with straight lines across the spikes of one unit."""
    first, last = (trace.steps(times_s + edge_s) for edge_s in EXCISED_S)
    depth = np.zeros(len(trace.values) + 1, dtype=np.int64)
    np.add.at(depth, first, 1)
    np.add.at(depth, last + 1, -1)
    return replace(trace, values=bridged(trace.values, np.cumsum(depth)[:-1] > 0))


def without_jumps(trace: SlowTrace) -> SlowTrace:
    """Trace with straight lines across pops, which would swing the filter that follows the phase."""
    high_pass = signal.butter(1, SLOW_BAND_HZ[0], "highpass", fs=trace.sampling_hz, output="sos")
    size = np.abs(signal.sosfiltfilt(high_pass, trace.values))
    limit = JUMP_SD * float(np.median(size)) / 0.6745
    return replace(trace, values=bridged(trace.values, size > limit)) if limit > 0 else trace


def follow_rhythm(
    trace: SlowTrace, rhythm: RhythmName, range_hz: tuple[float, float], *, least_prominence: float
) -> RhythmPhase | None:
    """Find a rhythm in a slow trace and follow its phase; ``None`` where no peak stands out of the floor.

    Parameters
    ----------
    trace : SlowTrace
        Of the wire or a monitor.
    rhythm : {"respiration", "heartbeat"}
        What it would be.
    range_hz : tuple of float
        Where its frequency may lie.
    least_prominence : float
        Least height of the spectral peak, as a multiple of the floor.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> times_s = np.arange(0.0, 180.0, 0.005)
    >>> breath = SlowTrace(np.cos(2 * np.pi * 1.4 * times_s) + rng.normal(0, 1, len(times_s)), 200.0, 0.0, "test")
    >>> phase = follow_rhythm(breath, "respiration", (0.7, 3.0), least_prominence=8.0)
    >>> round(phase.frequency_hz, 2), float(np.diff(phase.at(np.array([50.0, 51.0])) / (2 * np.pi))[0].round(1))
    (1.4, 1.4)
    """
    values, sampling_hz = _thinned(trace)
    if len(values) < LEAST_WINDOW_S * sampling_hz or not np.ptp(values) > 0:
        return None
    frequency_hz, prominence = spectral_peak(values, sampling_hz, range_hz)
    if not prominence >= least_prominence:
        return None
    band = (frequency_hz / FOLLOWED, frequency_hz * FOLLOWED)
    sections = signal.butter(2, band, "bandpass", fs=sampling_hz, output="sos")
    padding = min(len(values) - 1, round(3.0 * sampling_hz / frequency_hz))
    narrow = signal.sosfiltfilt(sections, values - values.mean(), padlen=padding)
    analytic = signal.hilbert(narrow, next_fast_len(len(narrow)))[: len(narrow)]
    cycles = np.unwrap(np.angle(analytic)) / (2.0 * np.pi)
    return RhythmPhase(
        rhythm,
        trace.source,
        frequency_hz,
        prominence,
        amplitude=float(np.sqrt(2.0) * narrow.std()),
        cycles=cycles,
        sampling_hz=sampling_hz,
        start_s=trace.start_s + 0.5 / sampling_hz,
    )


def in_step(phase: RhythmPhase, slower: RhythmPhase) -> bool:
    """Whether a rhythm is but harmonics of a slower one: in each part of its cycle always at the same phase.

    >>> def rhythm(hz):
    ...     return RhythmPhase("respiration", "test", hz, 9.0, 1.0, np.arange(0.0, 100.0, 0.01) * hz, 100.0, 0.0)
    >>> in_step(rhythm(4.2), rhythm(1.4)), in_step(rhythm(5.0), rhythm(1.4))
    (True, False)
    """
    times_s = phase.start_s + np.arange(len(phase.cycles)) / phase.sampling_hz
    part = np.floor(slower.at(times_s) * CYCLE_PARTS / (2.0 * np.pi)).astype(np.int64) % CYCLE_PARTS
    vectors = np.exp(1j * phase.at(times_s))
    sums = np.bincount(part, vectors.real, CYCLE_PARTS) + 1j * np.bincount(part, vectors.imag, CYCLE_PARTS)
    return bool(np.abs(sums).sum() / len(vectors) > HARMONIC)


def _thinned(trace: SlowTrace) -> tuple[FloatArray, float]:
    """Values averaged to about 100 Hz, where they are finer."""
    block = max(1, round(trace.sampling_hz / TRACKING_HZ))
    count = len(trace.values) // block
    return trace.values[: count * block].reshape(count, block).mean(axis=1), trace.sampling_hz / block


def spectral_peak(values: FloatArray, sampling_hz: float, range_hz: tuple[float, float]) -> tuple[float, float]:
    """Frequency that stands out most in a range, and by how much.

    The floor is what a spectrum falling as a power of the frequency has there: the geometric mean of the medians
    below and above. Segments are joined by their median, so that a knock in one of them is no peak.

    Returns
    -------
    frequency_hz, prominence : float
        Power at the peak as a multiple of the floor; NaN where the range holds no peak.
    """
    size = round(float(np.clip(len(values) / sampling_hz / 5.0, *SEGMENT_S)) * sampling_hz)
    lines_hz, power = signal.welch(values, sampling_hz, nperseg=size, noverlap=size // 2, average="median")
    tops = (power[1:-1] >= power[:-2]) & (power[1:-1] >= power[2:])
    inside = 1 + np.flatnonzero(tops & (lines_hz[1:-1] >= range_hz[0]) & (lines_hz[1:-1] <= range_hz[1]))
    ratios = np.array([power[i] / _floor(lines_hz, power, lines_hz[i]) for i in inside])
    if not ratios.size:
        return float("nan"), float("nan")
    best = int(np.argmax(ratios))
    return float(lines_hz[inside[best]]), float(ratios[best])


def _floor(lines_hz: FloatArray, power: FloatArray, at_hz: float) -> float:
    """Power to be expected at one frequency from the lines up to an octave below and above it."""
    low_hz = max(at_hz / 2.0, SLOW_BAND_HZ[0])
    below = power[(lines_hz >= low_hz) & (lines_hz <= at_hz / 1.25)]
    above = power[(lines_hz >= at_hz * 1.25) & (lines_hz <= at_hz * 1.8)]
    sides = [float(np.median(side)) for side in (below, above) if side.size]
    return float(np.exp(np.mean(np.log(np.maximum(sides, 1e-300)))))
