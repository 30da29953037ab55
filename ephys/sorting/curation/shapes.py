"""How far the mean spikes of two units differ in shape, size and noise set aside."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.model import Waveform
from ephys.sorting.features import FeatureSettings, fit_feature_space

FloatArray = NDArray[np.float64]
FloatTraces = NDArray[np.float32]

LEAST_SNIPPETS = 10
"""Fewer have no mean to speak of (convention)."""

NEXT_SPIKES = 5
"""Each snippet is laid beside so many of the next ones, and the most similar is taken for the same cell's, so that what
parts two cells is no noise (convention)."""

USUAL = 0.9
"""Share of those differences that are taken for noise, the smaller ones (convention)."""

NOISE_STEPS = 8
"""Stretches of noise begin so far apart, as a part of their length (convention)."""

MOST_SHIFT_MS = 0.2
"""Noise, and the size of a spike, move its peak by no more (convention)."""


@dataclass(frozen=True, slots=True)
class ShapeDistance:
    """Distance of two mean spikes as a share of the smaller one's size.

    Parameters
    ----------
    value : float
        Size, a shift of the peak and the noise of both means set aside: 0 for one shape, 1 for shapes that have
        nothing in common.
    noise : float
        Distance that the noise alone would make.
    scale : float
        Size of the second against the first.
    """

    value: float
    noise: float
    scale: float

    @property
    def text(self) -> str:
        """Figures in words."""
        return f"mean spikes differ by {100 * self.value:.0f} % of their size once that is set aside"


def round_peak(waveform: Waveform, window_ms: tuple[float, float]) -> FloatTraces:
    """Snippets round the peak, as far as they reach.

    Raises
    ------
    ParameterError
        If they do not reach round the peak at all.
    """
    inside = (waveform.time_ms >= window_ms[0] - 1e-9) & (waveform.time_ms <= window_ms[1] + 1e-9)
    if inside.sum() < 3:
        raise ParameterError(f"snippets of {len(inside)} samples do not reach round the spike's peak")
    return waveform.snippets_uv[:, inside]


def compare_shapes(
    first: Waveform | None, second: Waveform | None, *, window_ms: tuple[float, float]
) -> ShapeDistance | None:
    """Compare two mean spikes.

    Parameters
    ----------
    first, second : Waveform or None
        Snippets, cut alike.
    window_ms : tuple of float
        Stretch of the spike that is compared.

    Returns
    -------
    ShapeDistance or None
        ``None`` where one has too few snippets, or they were cut in different ways.

    Examples
    --------
    >>> rng, wide = np.random.default_rng(0), np.hanning(60)[:, np.newaxis]
    >>> def snippets(size):
    ...     shapes = size * wide + rng.normal(0.0, 10.0, (50, 60, 1))
    ...     return Waveform(shapes, np.arange(50), 20_000.0, 0.0015)
    >>> compare_shapes(snippets(100.0), snippets(60.0), window_ms=(-0.8, 1.4)).value < 0.1
    True
    """
    if first is None or second is None or min(len(first.spike_index), len(second.spike_index)) < LEAST_SNIPPETS:
        return None
    parts = [round_peak(waveform, window_ms).astype(np.float64) for waveform in (first, second)]
    cuts = [(w.sampling_hz, w.band_hz, part.shape[1:]) for w, part in zip((first, second), parts, strict=True)]
    if cuts[0] != cuts[1]:
        return None
    swap = np.linalg.norm(parts[0].mean(axis=0)) < np.linalg.norm(parts[1].mean(axis=0))
    large, small = parts[::-1] if swap else parts
    base, mean = large.mean(axis=0), small.mean(axis=0)
    scale, away = _laid_on(mean, base, round(MOST_SHIFT_MS * 1e-3 * first.sampling_hz))
    variance = _mean_variance(small) + scale**2 * _mean_variance(large)
    size = float(np.linalg.norm(mean))
    value = math.sqrt(max(0.0, float((away**2).sum()) - variance)) / size
    ratio = float(np.linalg.norm(base)) / size
    return ShapeDistance(
        min(1.0, value) if scale > 0 else 1.0, math.sqrt(variance) / size, ratio if swap else 1 / ratio
    )


def _mean_variance(snippets: FloatArray) -> float:
    """Squared distance by which noise moves a mean spike."""
    return float(snippets.var(axis=0, ddof=1).sum()) / len(snippets)


def _laid_on(mean: FloatArray, base: FloatArray, most_shift: int) -> tuple[float, FloatArray]:
    """Size of one mean spike on another, and what is left; a shift by part of a sample is its slope."""
    best = (0.0, mean)
    for shift in range(-most_shift, most_shift + 1):
        moved = np.roll(base, shift, axis=0)
        if shift:
            edge = slice(0, shift) if shift > 0 else slice(shift, None)
            moved[edge] = base[0 if shift > 0 else -1]
        columns = np.stack([moved.ravel(), np.gradient(moved, axis=0).ravel()], axis=1)
        (scale, slope), *_ = np.linalg.lstsq(columns, mean.ravel(), rcond=None)
        if abs(slope) > abs(scale):
            continue
        away = mean - (columns @ np.array([scale, slope])).reshape(mean.shape)
        if scale > 0 and (away**2).sum() < (best[1] ** 2).sum():
            best = (float(scale), away)
    return best


def snippet_features(waveform: Waveform, *, window_ms: tuple[float, float] | None = None) -> FloatArray:
    """Features (kept, dimensions) of snippets in noise SD, the noise taken from what parts each from the next one.

    Parameters
    ----------
    waveform : Waveform
        At least two snippets, in order of time.
    window_ms : tuple of float, optional
        Stretch of the spike; the sorter's by default.
    """
    limits = FeatureSettings()
    spikes = round_peak(waveform, window_ms or limits.window_ms)
    return fit_feature_space(spikes, _noise(waveform.snippets_uv, spikes.shape[1]), limits).features(spikes)


def _noise(snippets_uv: FloatTraces, samples: int) -> FloatTraces:
    """Stretches of what parts each snippet from a similar one, a change of size taken off, wherever in the snippet.

    The noise is the same before, in and after a spike; so many more stretches make a better covariance.
    """
    mean = snippets_uv.mean(axis=0)
    away = np.stack([_differences(snippets_uv, lag, mean) for lag in range(1, NEXT_SPIKES + 1)])
    size = (away**2).sum(axis=(2, 3))
    nearest, size = away[size.argmin(axis=0), np.arange(len(snippets_uv))], size.min(axis=0)
    usual = nearest[size <= np.quantile(size, USUAL)]
    step = max(1, samples // NOISE_STEPS)
    stretches = [usual[:, first : first + samples] for first in range(0, usual.shape[1] - samples + 1, step)]
    return np.concatenate(stretches)


def _differences(snippets_uv: FloatTraces, lag: int, mean_uv: FloatTraces) -> FloatTraces:
    """Half the difference of each snippet and one of the next, in power, without what a change of size makes."""
    differences: FloatTraces = (np.roll(snippets_uv, -lag, axis=0) - snippets_uv) / np.float32(math.sqrt(2.0))
    along = (differences * mean_uv).sum(axis=(1, 2), keepdims=True) / max(float((mean_uv**2).sum()), 1e-12)
    differences -= along * mean_uv
    return differences
