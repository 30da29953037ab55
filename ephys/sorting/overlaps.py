"""Two spikes at once: which two templates, at which lags and sizes, make the voltage that no single one explains.

In voltage in which the noise is white, with shifted templates `T`, the misfit of a pair of sizes `s` about its expected
sizes `s0` (variance `v`) is least at ``s = (T'T + 1/v)^-1 (T'x + s0/v)``: it needs the correlations ``T'x`` and ``T'T``
alone, and these are few. Of all pairs of templates at all lags, `PairSearch` finds the best.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.sorting.filters import FloatTraces
from ephys.sorting.precision import Precision, squared
from ephys.sorting.screening import BATCH, PairSearch
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
    coarse_ms : float
        Grid of the lags on which all pairs are weighed first; with twice the step, the pairs that are taken are those
        that weighing all would find (simulated: 439 pairs of up to ten cells).
    climbed : int
        Pairs on that grid, the best, from which the way leads uphill to the best lags (convention).
    near_ms : float
        One spike is looked for this close to the crossing first, and further off only if none there will do: it
        changes the time that takes, and nothing else.
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
    coarse_ms: float = 0.08
    climbed: int = 8
    near_ms: float = 0.12
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


def join_pairs(batches: Sequence[Pairs]) -> Pairs:
    """Pairs of successive batches as one."""
    parts = [(one.single, one.gain, one.misfit, one.templates, one.shifts, one.scales) for one in batches]
    return Pairs(*(np.concatenate(part) for part in zip(*parts, strict=True)))


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
    whitened : array (degrees, candidates)
        Its voltage where the noise is white.
    gram : array (candidates, candidates)
        Their products with one another.
    near : array (candidates,)
        Which lie so close to the crossing that they are tried as a single spike first.
    search : PairSearch
        Finds the best pair: each once, and no unit twice within its refractory time.
    """

    window: Window
    precision: Precision
    which: IntArray
    shifts: IntArray
    stiffness: FloatArray
    whitened: FloatTraces
    gram: FloatArray
    near: NDArray[np.bool_]
    search: PairSearch

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
        voltage = np.array(placed, dtype=np.float64).T.reshape(len(precision.whitening), -1)
        whitened = precision.whitening.T @ voltage
        which, shifts = np.repeat(usual, len(lags)), np.tile(lags, len(usual))
        units = np.array([template.unit for template in templates], dtype=np.int64)[which]
        twice = (units[:, np.newaxis] == units) & (np.abs(shifts[:, np.newaxis] - shifts) < apart)
        stiffness = np.array([1.0 / template.spread**2 for template in templates])[which]
        gram = whitened.T @ whitened
        lengths = np.sqrt(np.diag(gram) + stiffness)
        search = PairSearch.of(
            gram / np.outer(lengths, lengths),
            np.triu(~twice, k=1),
            which,
            stride=max(1, round(settings.coarse_ms * 1e-3 * sampling_hz / step)),
            kept=settings.climbed,
        )
        near = np.abs(shifts) <= settings.near_ms * 1e-3 * sampling_hz
        return cls(window, precision, which, shifts, stiffness, whitened.astype(np.float32), gram, near, search)

    def doubtful(self, snippets_uv: FloatTraces, settings: OverlapSettings) -> NDArray[np.bool_]:
        """Which crossings one spike at best leaves with more misfit than noise does."""
        voltage, most = self.precision.whiten(snippets_uv), self.precision.usual_misfit(settings.doubtful_sd)
        left = squared(voltage)
        doubtful = np.ones(len(voltage), dtype=bool)
        for tried in (self.near, ~self.near):
            single = self._single(voltage[doubtful] @ self.whitened[:, tried], tried)
            doubtful[doubtful] = left[doubtful] - single > most
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
        voltage = self.precision.whiten(snippets_uv)
        search = self.search.among(~np.isin(self.which, list(without)))
        batches = [slice(start, start + BATCH) for start in range(0, max(1, len(voltage)), BATCH)]
        return join_pairs([self._solve(voltage[batch], expected[batch], search) for batch in batches])

    def _solve(self, voltage: FloatTraces, expected: FloatArray, search: PairSearch) -> Pairs:
        """Best pair for each crossing of a batch, given as white voltage."""
        sought, size = (voltage @ self.whitened).astype(np.float64), expected[:, self.which]
        pulled, own = sought + self.stiffness * size, np.diag(self.gram) + self.stiffness
        explained, chosen = search.best(pulled / np.sqrt(own), self.stiffness * size**2)
        single = self._single(sought, slice(None))
        gain, misfit = explained - single, squared(voltage) - explained
        if not len(search):
            nothing = np.zeros((len(sought), 2), dtype=np.int64)
            return Pairs(single, gain, misfit, nothing, nothing, nothing.astype(np.float64))
        a, b = np.take_along_axis(pulled, chosen, axis=1).T
        (first, second), cross = own[chosen].T, self.gram[chosen[:, 0], chosen[:, 1]]
        scales = np.stack([second * a - cross * b, first * b - cross * a], axis=1)
        scales /= (first * second - cross**2)[:, np.newaxis]
        return Pairs(single, gain, misfit, self.which[chosen], self.shifts[chosen], scales)

    def _single(self, sought: FloatArray | FloatTraces, tried: NDArray[np.bool_] | slice) -> FloatArray:
        """What the best single spike explains; of any size, so that a burst's small last one needs no second spike."""
        own = np.diag(self.gram)[tried]
        explained: FloatArray = (np.maximum(sought, 0.0) ** 2 / own).max(axis=1, initial=0.0)
        return explained


def _placed(mean_uv: FloatTraces, shift: int, window: Window, template_window: Window) -> FloatTraces:
    """Mean spike whose peak lies `shift` samples after the crossing, over the window."""
    placed = np.zeros((window.samples, mean_uv.shape[1]), dtype=np.float32)
    start = window.pre + shift - template_window.pre
    first, last = max(0, start), min(window.samples, start + template_window.samples)
    placed[first:last] = mean_uv[first - start : last - start]
    return placed
