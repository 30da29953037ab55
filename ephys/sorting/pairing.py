"""Crossings that one spike does not explain, taken apart into two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.sorting.faint import strongest_apart
from ephys.sorting.filters import FloatTraces
from ephys.sorting.overlaps import OverlapSettings, Pairs, PairSolver
from ephys.sorting.precision import Precision
from ephys.sorting.templates import Template
from ephys.sorting.waveforms import Window, cut_snippets, peak_offsets

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SIZES = (0.5, 1.6)
"""Range of a spike's size against what its unit has at that time (convention)."""


@dataclass(frozen=True, eq=False)
class Found:
    """Spikes found in a stretch of voltage.

    Parameters
    ----------
    rows : array (spikes,)
        Rows of their peaks.
    offsets : array (spikes,)
        Part of a sample by which the peak lies later.
    which : array (spikes,)
        Number of the template; -1 for none.
    scales : array (spikes,)
        Size, 1 being the template's mean.
    """

    rows: IntArray
    offsets: FloatArray
    which: IntArray
    scales: FloatArray


def expected_sizes(templates: Sequence[Template], samples: FloatArray) -> FloatArray:
    """Size (times, templates) that each unit has at sample numbers."""
    sizes = np.empty((len(samples), len(templates)))
    for number, template in enumerate(templates):
        sizes[:, number] = np.interp(samples, template.track_samples, template.track_scale)
    return sizes


def without_composites(
    templates: list[Template],
    cut: Callable[[FloatArray, Window], FloatTraces],
    noise_snippets: FloatTraces,
    *,
    template_window: Window,
    sampling_hz: float,
    settings: OverlapSettings,
) -> tuple[list[Template], PairSolver]:
    """Templates that are no overlap of two others, and what weighs pairs of them.

    Overlaps at similar lags look alike, and so make clusters of their own.

    Parameters
    ----------
    templates : list of Template
        As they were learnt; those of overlaps are taken out, the clearest first.
    cut : callable
        Gives the voltage of crossings at sample numbers, in order, over a window.
    noise_snippets : array (windows, samples, channels)
        Quiet stretches as long as the settings' window.
    template_window, sampling_hz, settings
        See `PairSolver.of`.
    """
    kept = list(templates)
    precision = Precision.of(noise_snippets, least_noise_share=settings.least_noise_share)
    samples = [_spread_evenly(template.track_samples, settings.looked_at) for template in kept]
    snippets = _cut_together(samples, cut, Window.of_ms(settings.window_ms, sampling_hz))
    while True:
        solver = PairSolver.of(
            kept, precision, template_window=template_window, sampling_hz=sampling_hz, settings=settings
        )
        gains = [_composite_gain(number, kept, samples, snippets, solver) for number in range(len(kept))]
        if not gains or max(gains) <= settings.least_gain:
            return kept, solver
        for known in (kept, samples, snippets):
            known.pop(int(np.argmax(gains)))


def _spread_evenly(samples: FloatArray, most: int) -> FloatArray:
    """At most `most` of the sample numbers, the first and the last among them."""
    return samples[np.linspace(0, len(samples) - 1, min(len(samples), most)).astype(np.int64)]


def _cut_together(
    samples: Sequence[FloatArray], cut: Callable[[FloatArray, Window], FloatTraces], window: Window
) -> list[FloatTraces]:
    """Voltage at each of several lists of sample numbers, cut in one go, for which the recording may be read again."""
    joined = np.concatenate([np.empty(0), *samples])
    order = np.argsort(joined, kind="stable")
    snippets = cut(joined[order], window)[np.argsort(order)]
    return np.split(snippets, np.cumsum([len(some) for some in samples], dtype=np.int64))[:-1]


def _composite_gain(
    number: int,
    templates: Sequence[Template],
    samples: Sequence[FloatArray],
    snippets: Sequence[FloatTraces],
    solver: PairSolver,
) -> float:
    """How much better pairs of other templates explain a template's spikes than it does itself: the median spike.

    Overlaps are rarer than the spikes that overlap: only pairs of more frequent templates count.
    """
    rarer = [other for other, one in enumerate(templates) if one.log_count <= templates[number].log_count]
    pairs = solver.solve(snippets[number], expected_sizes(templates, samples[number]), without=rarer)
    return float(np.median(pairs.gain))


def find_pairs(
    traces_uv: FloatTraces,
    rows: IntArray,
    samples: FloatArray,
    *,
    templates: Sequence[Template],
    solver: PairSolver,
    template_window: Window,
    settings: OverlapSettings,
) -> Found:
    """Pairs of spikes among crossings.

    Parameters
    ----------
    traces_uv : array (samples, channels)
        Voltage in the sorting band.
    rows : array (crossings,)
        Where it crosses the threshold, in order.
    samples : array (crossings,)
        The same as sample numbers of the recording.
    templates, solver, template_window
        What is looked for.
    settings : OverlapSettings
        When a crossing is two spikes.

    Returns
    -------
    Found
        Both spikes of every pair.
    """
    if not templates:
        return Found(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0, dtype=np.int64), np.empty(0))
    snippets = cut_snippets(traces_uv, rows, solver.window)
    doubtful = solver.doubtful(snippets, settings)
    rows, expected = rows[doubtful], expected_sizes(templates, samples[doubtful])
    pairs = solver.solve(snippets[doubtful], expected)
    size = pairs.scales / np.take_along_axis(expected, pairs.templates, axis=1)
    allowed = solver.precision.usual_misfit(settings.worst_sd) + settings.distortion * np.maximum(pairs.gain, 0.0)
    sure = (pairs.gain > settings.least_gain + settings.gain_share * pairs.single) & (pairs.misfit < allowed)
    sure &= ((size > SIZES[0]) & (size < SIZES[1])).all(axis=1)
    candidates = np.flatnonzero(sure)
    # Crossings that look at the same voltage find the same pair: one of them is enough.
    chosen = candidates[strongest_apart(rows[candidates], pairs.gain[candidates], solver.window.post)]
    return _both(traces_uv, rows[chosen], pairs.take(chosen), templates, template_window)


def _both(traces_uv: FloatTraces, rows: IntArray, pairs: Pairs, templates: Sequence[Template], window: Window) -> Found:
    """Spikes of the pairs, each peak placed between the samples once the other spike is taken off."""
    peaks = np.clip(rows[:, np.newaxis] + pairs.shifts, 0, len(traces_uv) - 1)
    offsets = np.zeros(peaks.shape)
    for one, other in ((0, 1), (1, 0)):
        alone = cut_snippets(traces_uv, peaks[:, one], Window(1, 2))
        for number, template in enumerate(templates):
            beside = np.flatnonzero(pairs.templates[:, other] == number)
            columns = (peaks[beside, one] - peaks[beside, other] + window.pre)[:, np.newaxis] + np.arange(-1, 2)
            spikes = template.mean_uv[np.clip(columns, 0, window.samples - 1)]
            spikes = np.where(((columns >= 0) & (columns < window.samples))[:, :, np.newaxis], spikes, 0.0)
            alone[beside] -= spikes * pairs.scales[beside, other, np.newaxis, np.newaxis].astype(np.float32)
        offsets[:, one] = peak_offsets(alone, 1)
    return Found(peaks.ravel(), offsets.ravel(), pairs.templates.ravel(), pairs.scales.ravel())
