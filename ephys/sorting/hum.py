"""Mains hum and its harmonics: found in the spectrum, followed through the recording, and taken off as it is read.

The mains' phase is tracked on the harmonic that tells it best; folded at that phase, the voltage of a few seconds gives
the shape of one hum cycle, spikes left out, which is subtracted. That is a comb of notches less than 1 Hz wide: a spike
loses next to nothing, where a high-pass above the harmonics would take a wide spike's shape away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from ephys.model import Recording
from ephys.model.recording import VoltageSource
from ephys.sorting.filters import design_filter
from ephys.sorting.hum_cycles import BINS, fit_cycle, mean_cycle
from ephys.sorting.threads import in_order

FloatArray = NDArray[np.float64]
FloatTraces = NDArray[np.float32]

MAINS_HZ = (50.0, 60.0)
HIGHEST_HZ = 2000.0
"""Harmonics above this are not looked for."""

PROBE_S, PROBES = 2.0, 20
"""Length and number of the stretches whose spectra are averaged (convention)."""

LEAST_EXCESS = 4.0
"""A line stands out if its power is so many times that of its neighbourhood: 20 stretches scatter by a fifth."""

LEAST_SHARE = 0.03
"""Hum is worth taking off from this share of the noise variance in the sorting band (convention)."""

BLOCK_S = 4.0
"""Stretch over which one hum cycle is averaged: notches 0.25 Hz wide, and people move more slowly (convention)."""

LEAST_BLOCK_S = 2.0
"""A mean of fewer cycles takes away 1 % of a spike below the threshold that is in one of them (convention)."""

LEAST_RUN_S = 0.1
"""In five cycles the phase is lost among slow waves: a shorter run keeps its hum (convention)."""

TAMED = 6.0
"""Median absolute deviations beyond which voltage is cut down before its phase is read (convention)."""

KNOWN = 0.03
"""Share of its peak to which hum is known: where it is steep, too few points make its cycle (simulated)."""

MOST_TURNS = 10
"""Order from which a harmonic's phase is no surer: mains that wander by 0.1 Hz turn it by half a cycle (convention)."""

TRACK_S = 0.5
"""Stretch over which the phase is read: the mains wander by some hundredths of a hertz in seconds (convention)."""


@dataclass(frozen=True, eq=False)
class Hum:
    """Hum of one recording.

    Parameters
    ----------
    frequency_hz : float
        Mains frequency, the mean over the recording.
    share : float
        Hum's share of the variance in the sorting band before it was taken off, on the channel that has most.
    knots, cycles : array (knots,)
        Sample numbers, and cycles of the mains gone by at each.
    centres : array (blocks,)
        Sample numbers at the middle of each block.
    shapes_uv : array (blocks, bins, channels)
        One hum cycle in each block.
    """

    frequency_hz: float
    share: float
    knots: FloatArray
    cycles: FloatArray
    centres: FloatArray
    shapes_uv: FloatTraces

    def voltage(self, start: int, stop: int) -> FloatTraces:
        """Hum in samples ``[start, stop)``, in µV: between points and blocks it is interpolated."""
        samples = np.arange(start, stop)
        cycles = np.interp(samples, self.knots, self.cycles)
        place = (cycles - np.floor(cycles)) * BINS
        point = place.astype(np.int64)
        part = (place - point).astype(np.float32)[:, np.newaxis]
        at = np.clip(np.interp(samples, self.centres, np.arange(len(self.centres))), 0, len(self.centres) - 1)
        block = np.minimum(at.astype(np.int64), len(self.centres) - 1)
        later = np.minimum(block + 1, len(self.centres) - 1)
        weight = (at - block).astype(np.float32)[:, np.newaxis]
        here = self._cycle(block, point, part)
        if len(self.centres) == 1:
            return here
        hum: FloatTraces = (1.0 - weight) * here + weight * self._cycle(later, point, part)
        return hum

    def left_uv(self, band_hz: tuple[float | None, float | None]) -> FloatArray:
        """What may be left of it on each channel within a band, which is to be taken for noise."""
        orders_hz = np.arange(BINS // 2 + 1) * self.frequency_hz
        edge_hz = 0.5 * self.frequency_hz
        inside = (orders_hz > (band_hz[0] or 0.0) - edge_hz) & (orders_hz < (band_hz[1] or np.inf) + edge_hz)
        spectra = np.fft.rfft(self.shapes_uv, axis=1) * inside[:, np.newaxis]
        peaks_uv = np.abs(np.fft.irfft(spectra, n=BINS, axis=1)).max(axis=1)
        left: FloatArray = KNOWN * np.median(peaks_uv, axis=0)
        return left

    def _cycle(self, block: NDArray[np.int64], point: NDArray[np.int64], part: FloatTraces) -> FloatTraces:
        """Cycle of a block at a point and a part of a point."""
        first = block * (BINS + 2) + point
        there: FloatTraces = self._end_to_end.take(first, axis=0)
        beyond: FloatTraces = self._end_to_end.take(first + 1, axis=0)
        return there + part * (beyond - there)

    @cached_property
    def _end_to_end(self) -> FloatTraces:
        """Cycles after one another, each followed by its first two points: looked up without a remainder."""
        followed = np.concatenate([self.shapes_uv, self.shapes_uv[:, :2]], axis=1)
        return followed.reshape(-1, followed.shape[2])


@dataclass(frozen=True, eq=False)
class _HumlessSource:
    """A source whose hum is taken off as it is read."""

    source: VoltageSource
    hum: Hum

    @property
    def shape(self) -> tuple[int, int]:
        return self.source.shape

    def read(self, start: int, stop: int) -> FloatTraces:
        return self.source.read(start, stop) - self.hum.voltage(start, stop)


def remove_hum(
    recording: Recording, *, band_hz: tuple[float | None, float | None], jobs: int | None = None
) -> tuple[Recording, Hum | None]:
    """Recording without its hum, and the hum; where there is too little to matter, the recording as it is.

    Parameters
    ----------
    recording : Recording
        Voltage.
    band_hz : tuple of (float or None, float or None)
        The sorting band, in which it is judged whether the hum matters.
    jobs : int, optional
        As for `sort_units`.

    Examples
    --------
    >>> times_s = np.arange(200_000) / 20_000.0
    >>> noise = np.random.default_rng(0).normal(0.0, 10.0, 200_000)
    >>> humming = Recording.from_array(noise + 20.0 * np.sin(2 * np.pi * 150.02 * times_s), sampling_hz=20_000.0)
    >>> clean, hum = remove_hum(humming, band_hz=(150.0, 6000.0))
    >>> round(float(clean.read(0, 200_000).std()), 1), round(hum.frequency_hz, 1)
    (10.0, 50.0)
    """
    found = _find_mains(recording, band_hz)
    if found is None:
        return recording, None
    mains_hz, harmonic, channel, share = found
    knots, cycles = _track_phase(recording, mains_hz, harmonic, channel, jobs)
    centres, shapes_uv = _average_cycles(recording, knots, cycles, band_hz, jobs)
    rate_hz = float((cycles[-1] - cycles[0]) / (knots[-1] - knots[0]) * recording.sampling_hz)
    hum = Hum(rate_hz, share, knots, cycles, centres, shapes_uv)
    return replace(recording, source=_HumlessSource(recording.source, hum)), hum


def _find_mains(
    recording: Recording, band_hz: tuple[float | None, float | None]
) -> tuple[float, int, int, float] | None:
    """Mains frequency, the harmonic and the channel to follow it on, and the hum's share of the variance."""
    fs = recording.sampling_hz
    bounds = [b for b in recording.chunks(chunk_s=PROBE_S) if b[1] - b[0] >= PROBE_S * fs - 1]
    if not bounds:
        return None
    picked = [bounds[i] for i in np.unique(np.linspace(0, len(bounds) - 1, PROBES).astype(int))]
    length = min(stop - start for start, stop, _, _ in picked)
    spectra = [
        signal.periodogram(recording.read(start, start + length), fs, "hann", detrend="constant", axis=0)
        for start, _, _, _ in picked
    ]
    frequencies = spectra[0][0]
    power = np.mean([one for _, one in spectra], axis=0)
    low_hz, high_hz = band_hz[0] or 0.0, min(band_hz[1] or np.inf, 0.45 * fs)
    inside = (frequencies >= low_hz) & (frequencies <= high_hz)
    best: tuple[float, int, int, float] | None = None
    for base in MAINS_HZ:
        lines, floors = _line_powers(frequencies, power, base, min(HIGHEST_HZ, high_hz))
        counted = np.array([(order + 1) * base >= low_hz for order in range(len(lines))])
        whole = power[inside].sum(axis=0)
        shares = (lines * counted[:, np.newaxis]).sum(axis=0) / np.maximum(whole, 1e-30)
        channel = int(shares.argmax())
        if shares[channel] >= LEAST_SHARE and (best is None or shares[channel] > best[3]):
            # A high harmonic's phase tells the mains' more finely, until it turns too fast to be followed.
            fineness = np.minimum(np.arange(1, len(lines) + 1), MOST_TURNS) ** 2
            order = int((fineness * lines[:, channel] / np.maximum(floors[:, channel], 1e-30)).argmax()) + 1
            measured_hz = _line_hz(frequencies, power[:, channel], order * base, order) / order
            best = (measured_hz, order, channel, float(shares[channel]))
    return best


def _line_hz(frequencies: FloatArray, power: FloatArray, about_hz: float, order: int) -> float:
    """Frequency of a line: off by 1 Hz, the phase would turn by half a cycle from stretch to stretch."""
    near = np.abs(frequencies - about_hz) <= 1.0 + 0.1 * order
    return float(np.average(frequencies[near], weights=power[near] ** 2))


def _line_powers(
    frequencies: FloatArray, power: FloatArray, base: float, highest_hz: float
) -> tuple[FloatArray, FloatArray]:
    """Power of each harmonic (rows) on each channel, 0 where it does not stand out, and of its neighbourhood."""
    orders = np.arange(1, int(highest_hz // base) + 1)
    lines, floors = np.zeros((len(orders), power.shape[1])), np.zeros((len(orders), power.shape[1]))
    for row, order in enumerate(orders):
        # The mains are off by up to 0.2 Hz, a harmonic by its order times that.
        away = np.abs(frequencies - order * base)
        near, around = away <= 1.0 + 0.1 * order, (away > 3.0 + 0.1 * order) & (away < 15.0)
        floor = floors[row] = np.median(power[around], axis=0)
        excess = power[near] - floor
        stands_out = power[near].max(axis=0) > LEAST_EXCESS * floor
        lines[row] = np.where(stands_out, np.maximum(excess, 0.0).sum(axis=0), 0.0)
    return lines, floors


def _track_phase(
    recording: Recording, mains_hz: float, harmonic: int, channel: int, jobs: int | None
) -> tuple[FloatArray, FloatArray]:
    """Cycles of the mains gone by at sample numbers, from the phase of one harmonic."""
    fs, line_hz = recording.sampling_hz, harmonic * mains_hz
    begins = {run.first_sample for run in recording.runs}
    chunks = [(start, stop) for start, stop, _, _ in recording.chunks(chunk_s=TRACK_S)]
    # The end of a run may be too short to tell: the phase runs on.
    told = [(start, stop) for start, stop in chunks if start in begins or stop - start >= TRACK_S * fs / 2.0]

    def phase(bounds: tuple[int, int]) -> float:
        times_s = np.arange(*bounds) / fs
        wave = _tamed(recording.read(*bounds)[:, [channel]])[:, 0]
        turned = wave * np.hanning(len(wave)) * np.exp(-2j * np.pi * line_hz * times_s)
        return float(np.angle(turned.sum())) / (2.0 * np.pi)

    middles = np.array([(start + stop) / 2.0 for start, stop in told])
    cycles = (
        np.unwrap(np.array(list(in_order(phase, told, jobs=jobs))), period=1.0) + line_hz * middles / fs
    ) / harmonic
    return _to_the_edges(recording, middles, cycles, mains_hz / fs)


def _to_the_edges(
    recording: Recording, middles: FloatArray, cycles: FloatArray, slope: float
) -> tuple[FloatArray, FloatArray]:
    """Knots at the edges of every run as well: across a pause there is nothing to interpolate."""
    knots, values = [], []
    for run in recording.runs:
        first, last = run.first_sample, run.first_sample + run.n_samples - 1
        inside = np.flatnonzero((middles >= first) & (middles <= last + 1))
        # Between two middles the mains are as fast as they are there; a lone one says nothing.
        steps = np.diff(cycles[inside]) / np.diff(middles[inside]) if len(inside) > 1 else np.array([slope])
        sides = ((inside[0], first, steps[0]), (inside[-1], last, steps[-1]))
        ends = [cycles[i] + step * (edge - middles[i]) for i, edge, step in sides]
        knots.append(np.concatenate([[first], np.clip(middles[inside], first, last), [last]]))
        values.append(np.concatenate([ends[:1], cycles[inside], ends[1:]]))
    return np.concatenate(knots), np.concatenate(values)


def _average_cycles(
    recording: Recording,
    knots: FloatArray,
    cycles: FloatArray,
    band_hz: tuple[float | None, float | None],
    jobs: int | None,
) -> tuple[FloatArray, FloatTraces]:
    """One hum cycle per block, and at the edges of every run."""
    fs = recording.sampling_hz
    sections = design_filter(band_hz, sampling_hz=fs, order=2)
    starts = {run.first_sample for run in recording.runs}
    ends = {run.first_sample + run.n_samples for run in recording.runs}
    bounds = [(start, stop) for start, stop, _, _ in recording.chunks(chunk_s=BLOCK_S)]
    long = np.array([stop - start >= LEAST_BLOCK_S * fs - 1 for start, stop in bounds])

    def mean(block: tuple[int, int]) -> FloatTraces:
        return mean_cycle(recording.read(*block), np.interp(np.arange(*block), knots, cycles), fs, sections)

    means = list(in_order(mean, bounds, jobs=jobs))
    centres: list[float] = []
    shapes: list[FloatTraces] = []
    for number, (start, stop) in enumerate(bounds):
        begins, shape = start in starts, means[number]
        if not begins and not long[number]:
            shape = shapes[-1]  # too short to tell: the last whole block of the run holds on
        elif not long[number]:
            whole = np.flatnonzero(long)
            shape = fit_cycle(means[whole[np.abs(whole - number).argmin()]], shape)
            shape = shape * np.float32(stop - start >= LEAST_RUN_S * fs)
        places = [float(start)] * begins + [(start + stop) / 2.0] + [float(stop - 1)] * (stop in ends)
        centres += places
        shapes += [shape] * len(places)
    return np.array(centres), np.stack(shapes)


def _tamed(traces_uv: FloatTraces) -> FloatTraces:
    """Voltage about its median, artefacts and spikes cut down to a size at which they do not move a mean."""
    centred = traces_uv - np.median(traces_uv, axis=0)
    limit = TAMED * np.median(np.abs(centred), axis=0) + np.finfo(np.float32).tiny
    tamed: FloatTraces = np.clip(centred, -limit, limit)
    return tamed
