"""Spikes that another program found -> Units: how large each spike is, where its peak lies, and which units are cells.

The times of other sorters mark a trough, a template's middle or a first sample. Here a unit's main peak is the largest
deflection of its mean spike in the sorting band, on the channel where that is largest; each spike is measured there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ephys.model import Recording, Unit
from ephys.model.unit import rename_units
from ephys.sorting.assembling import REFRACTORY_MS, fires_as_one, peak_times_s
from ephys.sorting.filters import FloatTraces
from ephys.sorting.waveforms import Window, read_snippets

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SEARCH_MS = 1.0
"""The main peak lies this near to where another program puts the spike (convention)."""

JITTER_MS = 0.3
"""A spike's own peak lies this near to the mean spike's (convention)."""


@dataclass(frozen=True, eq=False)
class Peaks:
    """The main peaks of one unit's spikes in the sorting band.

    Parameters
    ----------
    samples : array (spikes,)
        Where each peak lies, between the samples; where the spike was said to be, if it could not be measured.
    amplitudes_uv : array (spikes,)
        How large it is; NaN where the spike is cut off by an end of the recording.
    channel : int
        Where the unit is largest.
    """

    samples: FloatArray
    amplitudes_uv: FloatArray
    channel: int


def measure_peaks(
    recording: Recording,
    trains: Sequence[IntArray],
    *,
    band_hz: tuple[float | None, float | None],
    order: int,
    jobs: int | None = None,
) -> list[Peaks]:
    """Find the main peak of every spike.

    Parameters
    ----------
    recording : Recording
        Voltage.
    trains : sequence of arrays (spikes,)
        Sample numbers of each unit's spikes.
    band_hz, order
        The sorting band.
    jobs : int, optional
        As for `sort_units`.

    Examples
    --------
    >>> wire = np.zeros(4000)
    >>> wire[2000] = -80.0
    >>> recording = Recording.from_array(wire, sampling_hz=20_000.0)
    >>> peaks = measure_peaks(recording, [np.array([1995])], band_hz=(None, None), order=2)[0]
    >>> peaks.samples, peaks.amplitudes_uv
    (array([2000.]), array([80.]))
    """
    span = SEARCH_MS + JITTER_MS
    window = Window.of_ms((-span, span), recording.sampling_hz)
    snippets, found = read_snippets(recording, trains, window, band_hz=band_hz, order=order, jobs=jobs)
    jitter = max(1, round(JITTER_MS * 1e-3 * recording.sampling_hz))
    return [
        _peaks_of(train, cut, seen, window.pre, jitter)
        for train, cut, seen in zip(trains, snippets, found, strict=True)
    ]


def _peaks_of(train: IntArray, snippets: FloatTraces, seen: NDArray[np.bool_], pre: int, jitter: int) -> Peaks:
    """Peaks of one unit."""
    samples, amplitudes = train.astype(np.float64), np.full(len(train), np.nan)
    if not seen.any():
        return Peaks(samples, amplitudes, 0)
    mean = snippets[seen].mean(axis=0, dtype=np.float64)[jitter:-jitter]
    row, channel = np.unravel_index(np.abs(mean).argmax(), mean.shape)
    polarity = math.copysign(1.0, mean[row, channel])
    near = polarity * snippets[seen, row : row + 2 * jitter + 1, channel].astype(np.float64)
    best = near.argmax(axis=1)
    offsets, heights = _vertices(near, best)
    samples[seen] += row + best + offsets - pre
    amplitudes[seen] = heights
    return Peaks(samples, amplitudes, int(channel))


def _vertices(near: FloatArray, best: IntArray) -> tuple[FloatArray, FloatArray]:
    """How far between the samples each peak lies, and how high: by the parabola through three samples."""
    rows, inner = np.arange(len(near)), np.clip(best, 1, near.shape[1] - 2)
    before, at, after = (near[rows, inner + step] for step in (-1, 0, 1))
    curvature = before - 2 * at + after
    is_peak = (best == inner) & (curvature < 0)
    offsets = np.divide(before - after, 2 * curvature, out=np.zeros_like(at), where=is_peak)
    return offsets, np.where(is_peak, at - (before - after) * offsets / 4, near[rows, best])


def adopt_units(
    recording: Recording,
    trains: Sequence[IntArray],
    *,
    band_hz: tuple[float | None, float | None],
    order: int,
    noise_uv: FloatArray,
    least_spikes: int,
    origin: str,
    jobs: int | None = None,
) -> list[Unit]:
    """Make units of another sorter's spikes, as far as the voltage bears them out.

    Parameters
    ----------
    recording : Recording
        Voltage that was sorted.
    trains : sequence of arrays (spikes,)
        Sample numbers of each unit's spikes.
    band_hz, order
        The sorting band.
    noise_uv : array (channels,)
        Noise SD in it.
    least_spikes : int
        Fewer make no unit.
    origin : str
        Which sorter it was.
    jobs : int, optional
        As for `sort_units`.

    Returns
    -------
    list of Unit
        Named "1", "2", ... by decreasing amplitude, those whose intervals no single cell leaves last, as multi-units.
        Each spike lies on its main peak; of two within 1 ms the second is the same again, and what an end of the
        recording cuts off is left out. `threshold_uv` is NaN: below which size the sorter finds nothing is not known.
    """
    units: list[Unit] = []
    for peaks in measure_peaks(recording, trains, band_hz=band_hz, order=order, jobs=jobs):
        kept = _each_once(peaks, REFRACTORY_MS * 1e-3 * recording.sampling_hz)
        if len(kept.samples) < least_spikes:
            continue
        unit = Unit(
            id=str(len(units)),
            times_s=peak_times_s(recording, kept.samples),
            support=recording.support,
            amplitudes_uv=kept.amplitudes_uv,
            noise_uv=float(noise_uv[kept.channel]),
            origin=origin,
        )
        units.append(replace(unit, multi_unit=not fires_as_one(unit)))
    units.sort(key=lambda unit: (unit.multi_unit, -float(np.median(unit.amplitudes_uv))))
    return rename_units(units, {unit.id: str(number) for number, unit in enumerate(units, start=1)})


def _each_once(peaks: Peaks, apart: float) -> Peaks:
    """Peaks in order that were measured, each counted once: what comes too soon after one that was kept is left out.

    >>> peaks = Peaks(np.array([0.0, 6.0, 12.0]), np.array([80.0, 80.0, 80.0]), 0)
    >>> _each_once(peaks, 10.0).samples
    array([ 0., 12.])
    """
    order = np.argsort(peaks.samples, kind="stable")
    chosen, last = [], -math.inf
    for place in order[np.isfinite(peaks.amplitudes_uv[order])]:
        if peaks.samples[place] - last >= apart:
            chosen.append(int(place))
            last = float(peaks.samples[place])
    return replace(peaks, samples=peaks.samples[chosen], amplitudes_uv=peaks.amplitudes_uv[chosen])
