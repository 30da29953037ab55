"""Features of spikes in a space in which the noise is a unit sphere.

A snippet is whitened by the covariance of the noise and projected on the axes that hold most of the spikes' energy
about zero (not about their mean): a cell is then a ball of radius 1 round its template, a cell whose amplitude drifts a
streak along the line from zero through it, and the distance of two spikes is in noise SD.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.sorting.filters import FloatTraces

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FeatureSettings:
    """How spikes are described.

    Parameters
    ----------
    window_ms : tuple of float
        Stretch of the spike that is compared, from the peak (convention).
    dimensions : int
        Axes kept for one channel; half as many more for each further one (convention).
    noise_windows : int
        Stretches of quiet voltage from which the covariance of the noise is estimated.
    least_noise_share : float
        Directions in which the noise is weaker than this share of its strongest are dropped: they lie outside the
        pass band, and whitening would blow up what little is there.
    """

    window_ms: tuple[float, float] = (-0.8, 1.6)
    dimensions: int = 8
    noise_windows: int = 4000
    least_noise_share: float = 0.001


@dataclass(frozen=True, eq=False)
class FeatureSpace:
    """Axes of the feature space.

    Parameters
    ----------
    projection : array (samples * channels, dimensions)
        Takes a flattened snippet in µV to its features, in noise SD.
    """

    projection: FloatArray

    def features(self, snippets_uv: FloatTraces) -> FloatArray:
        """Features (spikes, dimensions) of snippets (spikes, samples, channels)."""
        flat = snippets_uv.reshape(len(snippets_uv), len(self.projection))
        described: FloatArray = (flat @ self.projection.astype(np.float32)).astype(np.float64)
        return described


def whitening_matrix(noise_snippets: FloatTraces, *, least_noise_share: float) -> FloatArray:
    """Matrix (samples * channels, kept) after which the noise has unit variance in every direction.

    >>> quiet = np.random.default_rng(0).normal(0.0, 10.0, (5000, 4, 1)).astype(np.float32)
    >>> whitened = quiet.reshape(5000, -1) @ whitening_matrix(quiet, least_noise_share=0.01)
    >>> bool(np.allclose(np.cov(whitened.T), np.eye(4), atol=0.01))
    True
    """
    flat = noise_snippets.reshape(len(noise_snippets), -1).astype(np.float64)
    values, vectors = np.linalg.eigh(flat.T @ flat / len(flat))
    kept = values > least_noise_share * values[-1]
    whitening: FloatArray = vectors[:, kept] / np.sqrt(values[kept])
    return whitening


def fit_feature_space(
    snippets_uv: FloatTraces, noise_snippets: FloatTraces, settings: FeatureSettings | None = None
) -> FeatureSpace:
    """Axes that hold most of the spikes' energy, in the space in which the noise is white.

    Parameters
    ----------
    snippets_uv : array (spikes, samples, channels)
        Spikes in the sorting band.
    noise_snippets : array (windows, samples, channels)
        Quiet stretches of the same shape.
    settings : FeatureSettings, optional
        How many axes.
    """
    settings = settings or FeatureSettings()
    whitening = whitening_matrix(noise_snippets, least_noise_share=settings.least_noise_share)
    whitened = snippets_uv.reshape(len(snippets_uv), -1) @ whitening
    # One artefact of 1 mV outweighs a thousand spikes: nothing counts for more than the typical large spike does.
    norm = np.linalg.norm(whitened, axis=1)
    whitened *= np.minimum(1.0, 2.0 * np.quantile(norm, 0.95) / np.maximum(norm, 1e-12))[:, np.newaxis]
    _, vectors = np.linalg.eigh(whitened.T @ whitened / len(whitened))
    dimensions = settings.dimensions + (snippets_uv.shape[2] - 1) * settings.dimensions // 2
    return FeatureSpace(whitening @ vectors[:, ::-1][:, :dimensions])
