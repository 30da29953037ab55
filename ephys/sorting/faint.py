"""Spikes too small to cross the threshold: found by the shape of their unit, with a matched filter.

The peak of a small spike drowns in the noise, its whole shape does not: over a window, a spike of 4 noise SD stands out
by 6 to 10. Units whose every spike crosses the threshold have no need of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from ephys.sorting.features import FeatureSpace
from ephys.sorting.filters import FloatTraces
from ephys.sorting.templates import Template
from ephys.sorting.waveforms import Window

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

RARE = 0.05
"""A unit is at its smallest where its track is lower than this share of the time (convention)."""


@dataclass(frozen=True, slots=True)
class FaintSettings:
    """Which units are looked for below the threshold, and how far down.

    Parameters
    ----------
    from_sd, below_sd : float
        Units whose mean peak lies in this range, in noise SD: of a larger one, 4 in 1000 spikes miss a threshold of 4;
        what crosses that threshold and is smaller in the mean is the hash of distant cells, helped by the noise.
    least_peak_sd : float
        No spike counts whose whole shape makes a peak of less than this many noise SD: below it the hash of distant
        cells passes for spikes of a silenced cell, several a minute (simulated).
    below_peak_sd : float
        That floor lies at least so many noise SD below the unit's mean peak, so that it does not hide most of the
        smallest cells (twice the scatter of such a unit: 5 % are lost); what passes for spikes of theirs is the price.
    most_spread_sd : float
        A unit whose size spreads by more than so many noise SD is the hash of several distant cells, and is not
        looked for (convention).
    least_sd : float
        A matched filter's output counts from so many SD of its own noise: one in some minutes is noise (convention).
    below_mean_sd : float
        No spike counts that is smaller than its unit at its smallest by more than so many SD of the unit's size
        (convention)...
    least_share : float
        ...or smaller than this share of the unit's mean, so that the hash of distant cells does not pass for it
        (convention).
    apart_ms : float
        Of outputs closer than this only the largest counts (convention).
    """

    from_sd: float = 4.0
    below_sd: float = 6.7
    least_peak_sd: float = 4.3
    below_peak_sd: float = 1.3
    most_spread_sd: float = 1.6
    least_sd: float = 5.0
    below_mean_sd: float = 3.0
    least_share: float = 0.6
    apart_ms: float = 0.7


def least_sizes(
    templates: Sequence[Template], noise_uv: FloatArray, settings: FaintSettings, *, unit_threshold_sd: float
) -> FloatArray:
    """Least size of a unit's spikes that count, 1 being its template's mean.

    It is the threshold in noise SD for large units; for small ones it lies lower, as far as the settings allow.
    """
    usual = np.array([unit_threshold_sd * noise_uv[template.channel] / template.peak_uv for template in templates])
    shape_sd = np.sqrt([template.energy for template in templates])
    smallest = np.array([np.quantile(t.track_scale, RARE) - settings.below_mean_sd * t.spread for t in templates])
    peaks_sd = unit_threshold_sd / usual
    floor = np.minimum(settings.least_peak_sd, peaks_sd - settings.below_peak_sd) / peaks_sd
    lowest = np.max([np.full(len(usual), settings.least_share), smallest, settings.least_sd / shape_sd, floor], axis=0)
    sizes: FloatArray = np.where(_faint(templates, noise_uv, settings), np.minimum(usual, lowest), usual)
    return sizes


def _faint(templates: Sequence[Template], noise_uv: FloatArray, settings: FaintSettings) -> NDArray[np.bool_]:
    """Which templates are of one small cell."""
    # Of a unit with several templates, the one on whose phase most of its spikes peak.
    peaks_sd = [t.peak_uv / noise_uv[t.channel] if t.lag == 0.0 else np.inf for t in templates]
    small = [settings.from_sd <= peak_sd < settings.below_sd for peak_sd in peaks_sd]
    narrow = [t.spread * t.energy**0.5 < settings.most_spread_sd for t in templates]
    return np.asarray(np.array(small, dtype=bool) & np.array(narrow, dtype=bool))


@dataclass(frozen=True, eq=False)
class MatchedFilters:
    """Matched filters of the units that are looked for below the threshold.

    Parameters
    ----------
    weights : array (filters, samples, channels)
        Each gives, laid over the voltage, a spike's size in SD of its own noise.
    thresholds : array (filters,)
        From where on the output counts.
    window : Window
        What they span.
    apart : int
        Least distance of two outputs, in samples.
    """

    weights: FloatTraces
    thresholds: FloatArray
    window: Window
    apart: int

    @classmethod
    def of(
        cls,
        templates: Sequence[Template],
        least: FloatArray,
        space: FeatureSpace,
        noise_uv: FloatArray,
        *,
        window: Window,
        sampling_hz: float,
        settings: FaintSettings,
    ) -> MatchedFilters:
        """Filters of the faint ones among the templates, from the least sizes that count."""
        faint = np.flatnonzero(_faint(templates, noise_uv, settings))
        shape = (len(faint), window.samples, len(noise_uv))
        axes = np.array([templates[int(i)].axis / np.sqrt(templates[int(i)].energy) for i in faint])
        weights = (axes.reshape(len(faint), -1) @ space.projection.T).reshape(shape) if faint.size else np.zeros(shape)
        thresholds = np.array([least[i] * np.sqrt(templates[int(i)].energy) for i in faint])
        apart = max(1, round(settings.apart_ms * 1e-3 * sampling_hz))
        return cls(weights.astype(np.float32), thresholds, window, apart)

    def __len__(self) -> int:
        """Number of filters."""
        return len(self.weights)

    def outputs(self, traces_uv: FloatTraces) -> FloatTraces:
        """Output (samples, filters) where each spike's peak would lie."""
        channels = range(traces_uv.shape[1])
        # Laid over the voltage, not turned round as a convolution has it.
        sums = [sum(signal.oaconvolve(traces_uv[:, c], weights[::-1, c]) for c in channels) for weights in self.weights]
        start = self.window.samples - 1 - self.window.pre
        outputs: FloatTraces = np.array(sums, dtype=np.float32).T[start : start + len(traces_uv)]
        return outputs

    def beyond(self, traces_uv: FloatTraces) -> NDArray[np.bool_]:
        """Which samples an output is beyond its threshold at."""
        return np.asarray((self.outputs(traces_uv) >= self.thresholds).any(axis=1))

    def peaks(self, traces_uv: FloatTraces) -> tuple[IntArray, FloatArray, FloatArray]:
        """Rows of the peaks beyond the threshold, each peak's part of a sample beyond its row, and its output."""
        outputs = self.outputs(traces_uv).astype(np.float64)
        rows, offsets, sizes = [np.empty(0, dtype=np.int64)], [np.empty(0)], [np.empty(0)]
        for output, threshold in zip(outputs.T, self.thresholds, strict=True):
            found, _ = signal.find_peaks(output, height=threshold, distance=self.apart)
            before, at, after = output[found - 1], output[found], output[found + 1]
            rows.append(found)
            offsets.append(np.clip((before - after) / (2.0 * (before - 2.0 * at + after)), -0.5, 0.5))
            sizes.append(at)
        return np.concatenate(rows), np.concatenate(offsets), np.concatenate(sizes)


def strongest_apart(rows: IntArray, strength: FloatArray, apart: int) -> IntArray:
    """Numbers, in order of their rows, of those that no stronger one lies closer to than `apart`.

    A weak one beside a stronger one that itself gives way to a third stays.

    >>> strongest_apart(np.array([30, 10, 12, 14]), np.array([1.0, 3.0, 4.0, 5.0]), apart=3)
    array([1, 3, 0])
    """
    kept = np.argsort(rows, kind="stable")
    while True:
        near = np.flatnonzero(np.diff(rows[kept]) < apart)
        if not near.size:
            return kept
        first, second = kept[near], kept[near + 1]
        second_gives_way: NDArray[np.bool_] = strength[first] >= strength[second]
        weaker, stronger = near + second_gives_way, near + ~second_gives_way
        stays = np.ones(len(kept), dtype=bool)
        stays[weaker] = False
        kept = np.delete(kept, weaker[stays[stronger]])
