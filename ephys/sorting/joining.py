"""Which clusters are the same cell: after a silence, within a burst, or aligned on another phase of its spike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.sorting.filters import FloatTraces

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class JoiningSettings:
    """When two clusters are one cell.

    Parameters
    ----------
    shape_sd : float
        Two shapes are the same if, size set aside, they differ by less than this many noise SD (convention)...
    shape_share : float
        ...plus this share of the smaller one, since no shape is quite constant (convention).
    size_ratio : float
        Across a silence the size may have changed by at most this factor (convention).
    burst_s : tuple of float
        Intervals within a burst (up to 20 ms: convention of the field).
    burst_share : float
        Share of a cluster's spikes that must follow the other's within a burst, beyond those that would by chance; the
        others follow spikes that were aligned on another phase, or one another (convention).
    phase_correlation, rare_correlation : float
        Least correlation of two mean spikes, one shifted onto the other, that are the same spike; less is asked
        where one cluster is rare beside the other, since noise chose its spikes and shaped their mean (convention).
    rare_share : float
        A cluster is rare up to this share of the other's spikes (convention).
    phase_ms : float
        Largest such shift.
    echo_ms : float
        A phase of a spike comes no later than this before or after its peak (convention).
    echo_jitter_ms : float
        Largest median departure from its usual lag of what is a phase, not a spike (convention).
    echo_share : float
        Share of a cluster's spikes that must be phases of the other's (convention).
    """

    shape_sd: float = 1.5
    shape_share: float = 0.1
    size_ratio: float = 1.7
    burst_s: tuple[float, float] = (0.0015, 0.020)
    burst_share: float = 0.5
    phase_correlation: float = 0.93
    rare_correlation: float = 0.8
    rare_share: float = 0.1
    phase_ms: float = 1.5
    echo_ms: float = 3.0
    echo_jitter_ms: float = 0.15
    echo_share: float = 0.6


@dataclass(frozen=True, eq=False)
class Cluster:
    """Spikes of one cluster, in order of time.

    Parameters
    ----------
    features : array (spikes, dimensions)
        In noise SD.
    times_s : array (spikes,)
        When.
    mean_uv : array (samples, channels)
        Mean spike.
    """

    features: FloatArray
    times_s: FloatArray
    mean_uv: FloatTraces


def same_shape(first: FloatArray, second: FloatArray, settings: JoiningSettings) -> bool:
    """Whether two mean spikes (in features) lie on one line through zero, on the same side.

    >>> same_shape(np.array([8.0, 2.0]), np.array([4.0, 1.0]), JoiningSettings())
    True
    >>> same_shape(np.array([8.0, 2.0]), np.array([-8.0, -2.0]), JoiningSettings())
    False
    """
    large, small = sorted((first, second), key=lambda mean: float(mean @ mean), reverse=True)
    scale = float(small @ large) / float(large @ large)
    apart = float(np.linalg.norm(small - scale * large))
    return scale > 0 and apart < settings.shape_sd + settings.shape_share * float(np.linalg.norm(small))


def across_silence(first: Cluster, second: Cluster, settings: JoiningSettings) -> bool:
    """Whether one cluster takes over from the other: same shape, never at once, and of nearly the same size then."""
    before, after = sorted((first, second), key=lambda cluster: float(np.median(cluster.times_s)))
    if not same_shape(before.features.mean(axis=0), after.features.mean(axis=0), settings):
        return False
    if np.quantile(before.times_s, 0.95) > np.quantile(after.times_s, 0.05):
        return False
    sizes = [float(np.linalg.norm(part.mean(axis=0))) for part in (before.features[-20:], after.features[:20])]
    return max(sizes) < settings.size_ratio * min(sizes)


def within_burst(leader: Cluster, follower: Cluster, settings: JoiningSettings) -> bool:
    """Whether most spikes of one cluster follow the other's within a burst, smaller but of the same shape."""
    sizes = [float(np.linalg.norm(cluster.features.mean(axis=0))) for cluster in (leader, follower)]
    if sizes[1] > sizes[0]:
        return False
    if not same_shape(leader.features.mean(axis=0), follower.features.mean(axis=0), settings):
        return False
    shortest, longest = settings.burst_s
    count = np.searchsorted(leader.times_s, follower.times_s - shortest)
    count -= np.searchsorted(leader.times_s, follower.times_s - longest)
    rate_hz = len(leader.times_s) / max(float(leader.times_s[-1] - leader.times_s[0]), longest)
    chance = 1.0 - float(np.exp(-rate_hz * (longest - shortest)))
    return float(np.mean(count > 0)) >= chance + settings.burst_share * (1.0 - chance)


def phase_lag(first: Cluster, second: Cluster, *, sampling_hz: float, settings: JoiningSettings) -> int | None:
    """Samples by which `second` comes after the peak of `first` in what is the same spike; ``None`` if it is not.

    A spike of two phases of like size is aligned now on one, now on the other.
    """
    reach = round(settings.phase_ms * 1e-3 * sampling_hz)
    a, b = first.mean_uv, second.mean_uv
    samples = len(a)
    rare = len(second.times_s) <= settings.rare_share * len(first.times_s)
    best, lag = settings.rare_correlation if rare else settings.phase_correlation, None
    for shift in range(-reach, reach + 1):
        here = a[max(0, shift) : samples + min(0, shift)]
        there = b[max(0, -shift) : samples + min(0, -shift)]
        norms = float(np.linalg.norm(here)), float(np.linalg.norm(there))
        alike = float((here * there).sum()) / max(norms[0] * norms[1], 1e-12)
        if alike > best and max(norms) < settings.size_ratio * min(norms):
            best, lag = alike, shift
    return lag if lag is not None and abs(lag) > 0.1e-3 * sampling_hz else None


def is_echo(cluster: Cluster, of: Cluster, settings: JoiningSettings) -> bool:
    """Whether the spikes of one cluster are later or earlier phases of the other's, detected once more.

    >>> spikes, blank = np.arange(0.0, 50.0), np.zeros((50, 2))
    >>> first = Cluster(blank, spikes, np.zeros((5, 1), dtype=np.float32))
    >>> trough = Cluster(blank, spikes + 0.0018, np.zeros((5, 1), dtype=np.float32))
    >>> is_echo(trough, first, JoiningSettings())
    True
    """
    after = np.clip(np.searchsorted(of.times_s, cluster.times_s), 1, len(of.times_s) - 1)
    lags = np.stack([cluster.times_s - of.times_s[after - 1], cluster.times_s - of.times_s[after]])
    lag_ms = 1e3 * np.take_along_axis(lags, np.abs(lags).argmin(axis=0)[np.newaxis], axis=0)[0]
    near = np.abs(lag_ms) < settings.echo_ms
    if near.mean() < settings.echo_share:
        return False
    return float(np.median(np.abs(lag_ms[near] - np.median(lag_ms[near])))) < settings.echo_jitter_ms


def join_clusters(clusters: list[Cluster], *, settings: JoiningSettings | None = None) -> IntArray:
    """Number of the cell that each cluster belongs to: those of one shape that never fire at once, or only in bursts.

    Parameters
    ----------
    clusters : list of Cluster
        Any number.
    settings : JoiningSettings, optional
        When two are one.

    Returns
    -------
    array (clusters,)
        The same number for the same cell.
    """
    settings = settings or JoiningSettings()
    cells = np.arange(len(clusters))
    for i, first in enumerate(clusters):
        for j in range(i + 1, len(clusters)):
            second = clusters[j]
            joined = (
                across_silence(first, second, settings)
                or within_burst(first, second, settings)
                or within_burst(second, first, settings)
            )
            if joined:
                cells[cells == cells[j]] = cells[i]
    return cells
