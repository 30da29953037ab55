"""Spikes that were cut elsewhere: clustered from their snippets alone, without the voltage they came from."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2
from sklearn.neighbors import NearestNeighbors

from ephys.errors import ParameterError
from ephys.sorting.clustering import ClusteringSettings, divide_spikes, merge_parts
from ephys.sorting.features import FeatureSettings, fit_feature_space
from ephys.sorting.filters import FloatTraces
from ephys.sorting.waveforms import Window

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

REFINEMENTS = 2
"""Times that the noise is estimated again, from the clusters found with the last estimate (convention)."""

FITS = 0.9999
"""A spike fits nowhere if it lies further from its cluster than this share of spikes would in Gaussian noise."""


def cluster_waveforms(snippets: ArrayLike, *, sampling_hz: float, seed: int = 0) -> IntArray:
    """Cluster snippets, their number of cells unknown.

    Parameters
    ----------
    snippets : array (spikes, samples) or (spikes, samples, channels)
        Aligned on their peak, in any unit.
    sampling_hz : float
        Samples per second.
    seed : int, optional
        One seed, one answer.

    Returns
    -------
    array (spikes,)
        Numbers of clusters, 0 the largest; -1 for what fits nowhere.

    Raises
    ------
    ParameterError
        If the snippets have another shape, are not finite, or the sampling rate is not positive.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> wide, narrow = np.hanning(40), np.pad(-np.hanning(16), 12)
    >>> spikes = 80 * np.repeat([wide, narrow], [200, 100], axis=0) + rng.normal(0, 8, (300, 40))
    >>> np.unique(cluster_waveforms(spikes, sampling_hz=20000.0))[-2:]
    array([0, 1])
    """
    spikes = _checked(snippets, sampling_hz)
    settings = ClusteringSettings()
    if len(spikes) < 2 * settings.least_spikes:
        return np.zeros(len(spikes), dtype=np.int64)
    spikes = _round_peak(spikes, sampling_hz)
    noise = _neighbour_differences(spikes)
    for _ in range(1 + REFINEMENTS):
        features = fit_feature_space(spikes, noise, FeatureSettings()).features(spikes)
        parts = divide_spikes(features, seed=seed, settings=settings)
        noise = _departures(spikes, features, parts)
    labels = merge_parts(features, parts, settings=settings)
    return _number_by_size(np.where(_fits(features, labels), labels, -1), settings.least_spikes)


def _checked(snippets: ArrayLike, sampling_hz: float) -> FloatTraces:
    """Snippets as (spikes, samples, channels)."""
    spikes = np.asarray(snippets, dtype=np.float32)
    if spikes.ndim == 2:
        spikes = spikes[:, :, np.newaxis]
    if spikes.ndim != 3:
        raise ParameterError(f"snippets must be (spikes, samples) or (spikes, samples, channels), got {spikes.shape}")
    if not np.isfinite(spikes).all():
        raise ParameterError(f"{int((~np.isfinite(spikes)).any(axis=(1, 2)).sum())} snippets hold values not finite")
    if not sampling_hz > 0:
        raise ParameterError(f"sampling_hz must be positive, got {sampling_hz}")
    return spikes


def _round_peak(spikes: FloatTraces, sampling_hz: float) -> FloatTraces:
    """The stretch round the common peak that the sorter would compare, as far as the snippets hold it."""
    peak = int(np.median(np.abs(spikes).max(axis=2).argmax(axis=1)))
    window = Window.of_ms(FeatureSettings().window_ms, sampling_hz)
    return spikes[:, max(0, peak - window.pre) : peak + window.post]


def _neighbour_differences(spikes: FloatTraces) -> FloatTraces:
    """Noise, to begin with: half of what parts each spike from the most similar one."""
    flat = spikes.reshape(len(spikes), -1)
    nearest = NearestNeighbors(n_neighbors=2).fit(flat).kneighbors(flat, return_distance=False)[:, 1]
    halves: FloatTraces = (spikes - spikes[nearest]) / np.float32(np.sqrt(2.0))
    return halves


def _departures(spikes: FloatTraces, features: FloatArray, labels: IntArray) -> FloatTraces:
    """Noise, better: departures from the mean of the cluster, of the spikes that fit it."""
    fits = _fits(features, labels)
    parts = [spikes[(labels == label) & fits] for label in np.unique(labels[fits])]
    return np.concatenate([part - part.mean(axis=0) for part in parts])


def _fits(features: FloatArray, labels: IntArray) -> NDArray[np.bool_]:
    """Which spikes lie within their cluster, as far as its inner nine tenths spread; a tiny cluster has no inside."""
    fits = np.zeros(len(labels), dtype=bool)
    dimensions = features.shape[1]
    limit = float(chi2.ppf(FITS, dimensions))
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        if len(members) <= 2 * dimensions:
            continue
        away = features[members] - np.median(features[members], axis=0)
        distance = (away**2).sum(axis=1)
        inner = away[distance <= np.quantile(distance, 0.9)]
        spread = max(float(np.linalg.eigvalsh(inner.T @ inner / len(inner))[-1]), 1.0)
        fits[members] = distance < limit * spread
    return fits


def _number_by_size(labels: IntArray, least_spikes: int) -> IntArray:
    """Numbers from 0 by decreasing size; clusters of too few spikes fit nowhere."""
    known, sizes = np.unique(labels[labels >= 0], return_counts=True)
    numbered = np.full(len(labels), -1, dtype=np.int64)
    kept = known[sizes >= least_spikes][np.argsort(-sizes[sizes >= least_spikes], kind="stable")]
    for number, label in enumerate(kept):
        numbered[labels == label] = number
    return numbered
