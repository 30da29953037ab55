"""Templates: the shape of each unit, how its size moves through the session, and what else a crossing might be."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from scipy.stats import chi2

from ephys.sorting.detection import MAD_TO_SD
from ephys.sorting.filters import FloatTraces

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TRACKED_SPIKES = 31
"""Spikes over which a unit's size is tracked by their median: half a minute at 1 Hz (convention)."""

LEAST_SPREAD = 0.06
"""Least relative spread of a unit's size beside the noise: breathing, bursts (convention)."""

LEAST_GATE = 0.9999
"""Share of true spikes that a chi-square gate in pure Gaussian noise lets through (convention)."""


GATE_SD = 5.0
"""Robust SD beyond a unit's typical misfit at which a spike is no longer its own (convention)."""

DISTORTION = 0.3
"""Share of its energy by which small neighbours may distort a large spike that nothing else resembles (convention)."""

MOST_MISPLACED_MS = 0.08
"""Time by which noise moves a peak at most (convention)."""

SMALLEST = 0.3
"""Size below which a spike says nothing of where it lies (convention)."""


@dataclass(frozen=True, eq=False)
class Template:
    """Shape of one unit, and how its size moves through the session.

    Parameters
    ----------
    unit : int
        Number of the unit; two templates of one unit are the same spike, aligned on different phases.
    lag : float
        Samples from this template's peak to the unit's.
    mean_uv : array (samples, channels)
        Mean spike over the long window, which is what is subtracted.
    axis : array (dimensions,)
        Its features.
    track_samples, track_scale : array
        Size at sample numbers in order, 1 being the mean; between them it is interpolated.
    spread : float
        SD of the size about its track, noise included.
    gate : float
        Largest squared distance from the axis, in noise SD squared, of a spike that belongs.
    log_count : float
        Logarithm of the number of spikes.
    slope : array (dimensions,), optional
        How the features change, size set aside, when the spike is read one sample later; zeros where unknown.
    jitter : float, optional
        SD, in samples, of where a spike's peak is found about where the spike is: noise moves the peak of a wide one.
    """

    unit: int
    lag: float
    mean_uv: FloatTraces
    axis: FloatArray
    track_samples: FloatArray
    track_scale: FloatArray
    spread: float
    gate: float
    log_count: float
    slope: FloatArray = field(default_factory=lambda: np.zeros(0))
    jitter: float = 0.0

    @property
    def energy(self) -> float:
        """Squared length of the axis, in noise SD squared."""
        return float(self.axis @ self.axis)

    @property
    def channel(self) -> int:
        """Channel that sees the spike best."""
        return int(np.abs(self.mean_uv).max(axis=0).argmax())

    @property
    def peak_uv(self) -> float:
        """Size of the main peak there."""
        return float(np.abs(self.mean_uv).max())

    def scales(self, features: FloatArray) -> FloatArray:
        """Size of each spike along the template."""
        sizes: FloatArray = features @ self.axis / self.energy
        return sizes

    def residuals(self, features: FloatArray) -> FloatArray:
        """Squared distance of each spike from the line through zero and the template, misplacement set aside."""
        off: FloatArray = (features**2).sum(axis=1) - self.scales(features) ** 2 * self.energy
        if self.jitter == 0.0:
            return off
        excess = self.jitter**2 * float(self.slope @ self.slope)
        return off - self._along_slope(features) ** 2 * excess / (1.0 + excess)

    def misplacements(self, features: FloatArray, *, sampling_hz: float) -> FloatArray:
        """Samples by which each spike lies later than where it was read, as likely as its features make it."""
        if self.jitter == 0.0:
            return np.zeros(len(features))
        steep = float(np.linalg.norm(self.slope))
        excess = (self.jitter * steep) ** 2
        late = -self._along_slope(features) / (steep * np.maximum(self.scales(features), SMALLEST)) * excess
        most = MOST_MISPLACED_MS * 1e-3 * sampling_hz
        placed: FloatArray = np.clip(late / (1.0 + excess), -most, most)
        return placed

    def _along_slope(self, features: FloatArray) -> FloatArray:
        """How far each spike lies along the direction in which misplacement moves it."""
        along: FloatArray = features @ (self.slope / np.linalg.norm(self.slope))
        return along

    def deviations(self, features: FloatArray, samples: FloatArray) -> FloatArray:
        """How far each spike's size is from the unit's at that moment, in SD."""
        expected = np.interp(samples, self.track_samples, self.track_scale)
        away: FloatArray = (self.scales(features) - expected) / self.spread
        return away

    def log_likelihood(self, features: FloatArray, samples: FloatArray) -> FloatArray:
        """Of each spike under the template, its count included, to a constant that all share."""
        misfit = self.residuals(features) + self.deviations(features, samples) ** 2
        volume = np.log(self.spread * np.sqrt(self.energy))
        volume += 0.5 * np.log1p(self.jitter**2 * float(self.slope @ self.slope))
        likely: FloatArray = -0.5 * misfit - volume + self.log_count
        return likely


@dataclass(frozen=True, eq=False)
class Background:
    """Crossings that are no unit's: Gaussians of noise peaks and of cells too small to be told apart.

    Parameters
    ----------
    means : array (parts, dimensions)
        Centres.
    covariances : array (parts, dimensions, dimensions)
        Their spreads.
    log_counts : array (parts,)
        Logarithms of the numbers of crossings.
    """

    means: FloatArray
    covariances: FloatArray
    log_counts: FloatArray

    def log_likelihood(self, features: FloatArray) -> FloatArray:
        """Of each spike under the likeliest part, on the scale of `Template.log_likelihood`."""
        best = np.full(len(features), -np.inf)
        for mean, covariance, log_count in zip(self.means, self.covariances, self.log_counts, strict=True):
            away = features - mean
            distance = (away * np.linalg.solve(covariance, away.T).T).sum(axis=1)
            best = np.maximum(best, -0.5 * distance - 0.5 * np.linalg.slogdet(covariance)[1] + log_count)
        return best


def learn_background(features: FloatArray, parts: IntArray) -> Background:
    """Gaussians of the parts given (spikes that are numbered -1 are left out)."""
    groups = [features[parts == part] for part in np.unique(parts[parts >= 0])]
    dimensions = features.shape[1]
    means = [group.mean(axis=0) for group in groups]
    covariances = [
        ((group - mean).T @ (group - mean) + dimensions * np.eye(dimensions)) / (len(group) + dimensions)
        for group, mean in zip(groups, means, strict=True)
    ]
    return Background(
        np.array(means).reshape(-1, dimensions),
        np.array(covariances).reshape(-1, dimensions, dimensions),
        np.log([len(group) for group in groups]),
    )


def learn_template(
    mean_uv: FloatTraces,
    features: FloatArray,
    samples: FloatArray,
    *,
    unit: int,
    slope: FloatArray,
    lag: float = 0.0,
) -> Template:
    """Template of one cluster.

    Parameters
    ----------
    mean_uv : array (samples, channels)
        Mean spike over the long window.
    features : array (spikes, dimensions)
        In noise SD.
    samples : array (spikes,)
        When, in order.
    unit, lag
        See `Template`.
    slope : array (dimensions,)
        How the features of the mean spike change when it is read one sample later.
    """
    axis = np.median(features, axis=0)
    energy = float(axis @ axis)
    scales = features @ axis / energy
    track = median_filter(scales, size=min(TRACKED_SPIKES, len(scales)), mode="mirror")
    noise = 1.0 / np.sqrt(energy)
    spread = max(MAD_TO_SD * float(np.median(np.abs(scales - track))), float(np.hypot(noise, LEAST_SPREAD)))
    slope = slope - float(slope @ axis) / energy * axis
    along = features @ slope / max(float(np.linalg.norm(slope)), 1e-12)
    # The noise itself spreads by 1; what goes beyond it is misplacement.
    excess = max(0.0, (MAD_TO_SD * float(np.median(np.abs(along - np.median(along))))) ** 2 - 1.0)
    jitter = float(np.sqrt(excess) / max(float(np.linalg.norm(slope)), 1e-12))
    learnt = Template(
        unit, lag, mean_uv, axis, samples, track, spread, 0.0, float(np.log(len(features))), slope, jitter
    )
    return replace(learnt, gate=_gate(learnt, features))


def _gate(template: Template, features: FloatArray) -> float:
    """Largest squared distance from the axis of a spike that belongs, from those that made the template."""
    residuals = template.residuals(features)
    typical = float(np.median(residuals))
    wide = MAD_TO_SD * float(np.median(np.abs(residuals - typical)))
    noise_gate = float(chi2.ppf(LEAST_GATE, features.shape[1] - 1))
    return max(noise_gate, typical + GATE_SD * wide, DISTORTION * template.energy)
