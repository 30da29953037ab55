"""Two spikes at once: which two templates, at which lags and sizes, make the voltage that no single one explains.

All pairs of templates at all lags are weighed exactly. With the noise's inverse covariance `P` and templates `T` that
have been shifted, the misfit of a pair of sizes `s` about its expected sizes `s0` (variance `v`) is least at
``s = (T'PT + 1/v)^-1 (T'Px + s0/v)``: it needs the correlations ``T'Px`` and ``T'PT`` alone, and these are few.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.linalg import toeplitz

from ephys.sorting.filters import FloatTraces
from ephys.sorting.templates import Template
from ephys.sorting.waveforms import Window

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OverlapSettings:
    """When a crossing is two spikes.

    Parameters
    ----------
    window_ms : tuple of float
        Stretch round the crossing that the pair must explain (convention).
    reach_ms : float
        How far each of the two peaks may lie from the crossing (convention).
    step_ms : float
        Grid of the lags; between its points each peak is found by itself.
    least_noise_share : float
        As in `FeatureSettings`.
    doubtful_sd : float
        A crossing is looked at if one spike leaves more misfit than noise by this many SD (convention).
    worst_sd, distortion : float
        A pair may leave more than noise by this many SD, and by this share of what it explains (convention).
    least_gain, gain_share : float
        By how much a pair must explain more than the best single spike: so much, in noise SD squared, to outweigh
        that it may choose among thousands of pairs, and this share of what the single one explains, since no shape
        is quite constant (convention).
    same_unit_ms : float
        Two spikes of one unit lie no closer (convention).
    looked_at : int
        Spikes of a cluster that are asked whether they are overlaps of other units (convention).
    """

    window_ms: tuple[float, float] = (-2.2, 3.2)
    reach_ms: float = 1.6
    step_ms: float = 0.04
    least_noise_share: float = 0.001
    doubtful_sd: float = 2.5
    worst_sd: float = 5.0
    distortion: float = 0.15
    least_gain: float = 20.0
    gain_share: float = 0.04
    same_unit_ms: float = 1.5
    looked_at: int = 100


@dataclass(frozen=True, eq=False)
class Pairs:
    """Best explanation of each crossing by two spikes.

    Parameters
    ----------
    single : array (crossings,)
        What one spike at best explains, in noise SD squared.
    gain : array (crossings,)
        How much more the pair explains.
    misfit : array (crossings,)
        What the pair leaves unexplained, in noise SD squared.
    templates : array (crossings, 2)
        Numbers of the two templates.
    shifts : array (crossings, 2)
        Samples from the crossing to each peak.
    scales : array (crossings, 2)
        Size of each, 1 being the template's mean.
    """

    single: FloatArray
    gain: FloatArray
    misfit: FloatArray
    templates: IntArray
    shifts: IntArray
    scales: FloatArray

    def take(self, numbers: IntArray) -> Pairs:
        """Some of them."""
        return Pairs(
            self.single[numbers],
            self.gain[numbers],
            self.misfit[numbers],
            self.templates[numbers],
            self.shifts[numbers],
            self.scales[numbers],
        )


@dataclass(frozen=True, eq=False)
class Precision:
    """Inverse covariance of the noise over a window.

    Parameters
    ----------
    matrix : array (samples * channels, both ways)
        In 1/µV squared.
    degrees : int
        Its rank: directions of noise that count.
    """

    matrix: FloatArray
    degrees: int

    @classmethod
    def of(cls, noise_snippets: FloatTraces, *, least_noise_share: float) -> Precision:
        """Of noise that is the same at every time.

        Parameters
        ----------
        noise_snippets : array (windows, samples, channels)
            Quiet stretches.
        least_noise_share : float
            Directions of less noise than this share of the strongest lie outside the band and count for nothing.

        Examples
        --------
        >>> quiet = np.random.default_rng(0).normal(0.0, 2.0, (4000, 12, 1)).astype(np.float32)
        >>> precision = Precision.of(quiet, least_noise_share=0.001)
        >>> bool(np.allclose(precision.matrix, np.eye(12) / 4.0, atol=0.02)), precision.degrees
        (True, 12)
        """
        windows, samples, channels = noise_snippets.shape
        size = fft.next_fast_len(2 * samples, real=True)
        spectra = fft.rfft(noise_snippets.astype(np.float64), size, axis=1)
        blocks = np.empty((samples, channels, samples, channels))
        products = windows * np.arange(samples, 0, -1)
        for one in range(channels):
            for other in range(channels):
                cross = fft.irfft((spectra[:, :, one] * spectra[:, :, other].conj()).sum(axis=0), size)
                later, earlier = cross[:samples] / products, cross[-np.arange(samples)] / products
                blocks[:, one, :, other] = toeplitz(later, earlier)
        values, vectors = np.linalg.eigh(blocks.reshape(samples * channels, -1))
        kept = values > least_noise_share * values[-1]
        return cls((vectors[:, kept] / values[kept]) @ vectors[:, kept].T, int(kept.sum()))

    def misfit(self, voltage: FloatArray) -> FloatArray:
        """Squared length (crossings,) of voltage (crossings, samples * channels), in noise SD squared."""
        length: FloatArray = ((voltage @ self.matrix) * voltage).sum(axis=1)
        return length

    def usual_misfit(self, sd: float) -> float:
        """Misfit beyond which noise alone goes by so many SD of its own."""
        return self.degrees + sd * math.sqrt(2.0 * self.degrees)


@dataclass(frozen=True, eq=False)
class PairSolver:
    """Weighs all pairs of templates; made once for a recording.

    Parameters
    ----------
    window : Window
        What a pair must explain.
    precision : Precision
        Of the noise over the window.
    which, shifts : array (candidates,)
        Template of each candidate, and samples from the crossing to its peak.
    stiffness : array (candidates,)
        Inverse variance of its size.
    weights : array (samples * channels, candidates)
        Noise precision times the candidate's voltage.
    gram : array (candidates, candidates)
        Their products with one another.
    allowed : array (candidates, candidates)
        Which pairs there are: each once, and no unit twice within its refractory time.
    """

    window: Window
    precision: Precision
    which: IntArray
    shifts: IntArray
    stiffness: FloatArray
    weights: FloatArray
    gram: FloatArray
    allowed: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        templates: Sequence[Template],
        precision: Precision,
        *,
        template_window: Window,
        sampling_hz: float,
        settings: OverlapSettings,
    ) -> PairSolver:
        """Solver of a recording.

        Parameters
        ----------
        templates : sequence of Template
            Of every unit.
        precision : Precision
            Of the noise over the settings' window.
        template_window : Window
            What the templates' mean spikes span.
        sampling_hz : float
            Samples per second.
        settings : OverlapSettings
            Window, and reach and step of the lags.
        """
        window = Window.of_ms(settings.window_ms, sampling_hz)
        reach, step, apart = (
            max(1, round(ms * 1e-3 * sampling_hz))
            for ms in (settings.reach_ms, settings.step_ms, settings.same_unit_ms)
        )
        lags = np.arange(-reach, reach + 1, step)
        # A spike that is aligned on another phase is its unit's usual one, shifted.
        usual = np.array([number for number, template in enumerate(templates) if template.lag == 0.0], dtype=np.int64)
        means = [templates[int(number)].mean_uv for number in usual]
        placed = [_placed(mean, int(lag), window, template_window).ravel() for mean in means for lag in lags]
        voltage = np.array(placed, dtype=np.float64).T.reshape(len(precision.matrix), -1)
        weights = precision.matrix @ voltage
        which, shifts = np.repeat(usual, len(lags)), np.tile(lags, len(usual))
        units = np.array([template.unit for template in templates], dtype=np.int64)[which]
        twice = (units[:, np.newaxis] == units) & (np.abs(shifts[:, np.newaxis] - shifts) < apart)
        stiffness = np.array([1.0 / template.spread**2 for template in templates])[which]
        gram, allowed = voltage.T @ weights, np.triu(~twice, k=1)
        return cls(window, precision, which, shifts, stiffness, weights, gram, allowed)

    def doubtful(self, snippets_uv: FloatTraces, settings: OverlapSettings) -> NDArray[np.bool_]:
        """Which crossings one spike at best leaves with more misfit than noise does."""
        flat = self._flat(snippets_uv)
        left = self.precision.misfit(flat) - self._single(flat @ self.weights)
        doubtful: NDArray[np.bool_] = left > self.precision.usual_misfit(settings.doubtful_sd)
        return doubtful

    def solve(self, snippets_uv: FloatTraces, expected: FloatArray, *, without: Collection[int] = ()) -> Pairs:
        """Best pair for each crossing.

        Parameters
        ----------
        snippets_uv : array (crossings, samples, channels)
            Voltage over the window.
        expected : array (crossings, templates)
            Size that each unit has at that time.
        without : collection of int, optional
            Templates that may be the single spike, but not one of a pair.
        """
        free = ~np.isin(self.which, list(without))
        first, second = np.nonzero(self.allowed & free & free[:, np.newaxis])
        flat = self._flat(snippets_uv)
        sought, size = flat @ self.weights, expected[:, self.which]
        pulled, rest = sought + self.stiffness * size, self.stiffness * size**2
        own, cross = np.diag(self.gram) + self.stiffness, self.gram[first, second]
        determinant = own[first] * own[second] - cross**2
        explained, best = np.full(len(sought), -np.inf), np.zeros(len(sought), dtype=np.int64)
        for i in range(len(sought) if first.size else 0):
            a, b = pulled[i, first], pulled[i, second]
            each = (a * a * own[second] - 2.0 * a * b * cross + b * b * own[first]) / determinant
            each -= rest[i, first] + rest[i, second]
            best[i] = each.argmax()
            explained[i] = each[best[i]]
        single, misfit = self._single(sought), self.precision.misfit(flat) - explained
        gain = explained - single
        if not first.size:
            nothing = np.zeros((len(sought), 2), dtype=np.int64)
            return Pairs(single, gain, misfit, nothing, nothing, nothing.astype(np.float64))
        chosen = np.stack([first[best], second[best]], axis=1)
        a, b = np.take_along_axis(pulled, chosen, axis=1).T
        scales = np.stack([own[chosen[:, 1]] * a - cross[best] * b, own[chosen[:, 0]] * b - cross[best] * a], axis=1)
        scales /= determinant[best][:, np.newaxis]
        return Pairs(single, gain, misfit, self.which[chosen], self.shifts[chosen], scales)

    def _flat(self, snippets_uv: FloatTraces) -> FloatArray:
        """Voltage (crossings, samples * channels), of no crossing as well."""
        flat: FloatArray = snippets_uv.reshape(len(snippets_uv), len(self.precision.matrix)).astype(np.float64)
        return flat

    def _single(self, sought: FloatArray) -> FloatArray:
        """What the best single spike explains; of any size, so that a burst's small last one needs no second spike."""
        explained: FloatArray = (np.maximum(sought, 0.0) ** 2 / np.diag(self.gram)).max(axis=1, initial=0.0)
        return explained


def _placed(mean_uv: FloatTraces, shift: int, window: Window, template_window: Window) -> FloatTraces:
    """Mean spike whose peak lies `shift` samples after the crossing, over the window."""
    placed = np.zeros((window.samples, mean_uv.shape[1]), dtype=np.float32)
    start = window.pre + shift - template_window.pre
    first, last = max(0, start), min(window.samples, start + template_window.samples)
    placed[first:last] = mean_uv[first - start : last - start]
    return placed
