"""First pass: crossings are found, divided and merged, until each cell has a template and the rest is background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ephys.model import Recording
from ephys.sorting.clustering import ClusteringSettings, divide_spikes, merge_parts
from ephys.sorting.features import FeatureSpace
from ephys.sorting.filters import FloatTraces
from ephys.sorting.islands import Islands
from ephys.sorting.joining import Cluster, JoiningSettings, is_echo, join_clusters, phase_lag
from ephys.sorting.templates import Background, Template, learn_background, learn_template
from ephys.sorting.waveforms import Window, aligned_snippets

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SHADOW = 8.0
"""A spike of so many times another's peak rings as large as that one within the length of a template (simulated)."""

MOST_SHOWN = 20_000
"""Crossings, of all clusters together, whose voltage is held in memory at the same time (convention)."""


@dataclass(frozen=True, eq=False)
class Crossings:
    """Threshold crossings, in order of time.

    Parameters
    ----------
    samples : array (spikes,)
        Where the peak lies, in samples and parts of samples.
    features : array (spikes, dimensions)
        What it looks like, in noise SD.
    peaks_sd : array (spikes,)
        Size of the peak in noise SD, on the channel where it is largest.
    """

    samples: FloatArray
    features: FloatArray
    peaks_sd: FloatArray


def describe_crossings(
    islands: Islands, space: FeatureSpace, noise_uv: FloatArray, *, window: Window, long_window: Window
) -> Crossings:
    """Place, features and size of the crossings of one chunk."""
    snippets, offsets = aligned_snippets(islands.traces_uv, islands.crossings, long_window)
    peaks_sd = (np.abs(snippets[:, long_window.pre]) / noise_uv).max(axis=1).astype(np.float64)
    features = space.features(snippets[:, long_window.columns_of(window)])
    return Crossings(islands.numbers(islands.crossings) + offsets, features, peaks_sd)


def join_crossings(chunks: list[Crossings]) -> Crossings:
    """Crossings of successive chunks as one."""
    return Crossings(
        np.concatenate([chunk.samples for chunk in chunks]),
        np.concatenate([chunk.features for chunk in chunks]),
        np.concatenate([chunk.peaks_sd for chunk in chunks]),
    )


@dataclass(frozen=True, eq=False)
class Shown:
    """Crossings whose voltage is looked at, over the long window: enough of each cluster for its mean spike.

    Parameters
    ----------
    numbers : array (shown,)
        Which crossings.
    snippets_uv : array (shown, samples, channels)
        Their voltage.
    """

    numbers: IntArray
    snippets_uv: FloatTraces

    def mean_uv(self, members: NDArray[np.bool_]) -> FloatTraces:
        """Mean spike of the crossings marked: a median, which overlapping spikes hardly move."""
        mean: FloatTraces = np.median(self.snippets_uv[members[self.numbers]], axis=0)
        return mean


def spread_evenly(numbers: IntArray, most: int) -> IntArray:
    """At most `most` of the numbers, spread evenly.

    >>> spread_evenly(np.arange(10), 4)
    array([0, 2, 5, 7])
    """
    if len(numbers) <= most:
        return numbers
    picked: IntArray = numbers[np.arange(most) * len(numbers) // most]
    return picked


def learn_templates(
    crossings: Crossings,
    cut: Callable[[IntArray], FloatTraces],
    slope_of: Callable[[FloatTraces], FloatArray],
    recording: Recording,
    *,
    least_peak_sd: float,
    shadow: int,
    seed: int,
    clustering: ClusteringSettings,
    joining: JoiningSettings,
) -> tuple[list[Template], Background]:
    """Templates of the cells among the crossings, and what the others look like.

    Parameters
    ----------
    crossings : Crossings
        Of the whole recording.
    cut : callable
        Gives the voltage (crossings, samples, channels) round crossings by their numbers, over the long window.
    slope_of : callable
        Gives the change of the features of a mean spike (samples, channels) when it is read one sample later.
    recording : Recording
        For its clock.
    least_peak_sd : float
        A part whose median peak is below this many noise SD is background: noise peaks and distant cells, which
        crowd at the detection threshold.
    shadow : int
        Samples on either side of a giant spike whose crossings teach nothing: a filter rings from it.
    seed : int
        One seed, one answer.
    clustering, joining
        Settings of the steps.
    """
    features = crossings.features
    parts = np.full(len(features), -1, dtype=np.int64)
    shown = np.flatnonzero(~in_the_shadow(crossings, shadow))
    parts[shown] = divide_spikes(features[shown], seed=seed, settings=clustering)
    medians = np.array([np.median(crossings.peaks_sd[parts == part]) for part in range(parts.max() + 1)])
    faint = (parts >= 0) & (medians[parts] < least_peak_sd)
    labels, loud = np.full(len(parts), -1, dtype=np.int64), (parts >= 0) & ~faint
    if loud.any():
        labels[loud] = merge_parts(features[loud], parts[loud], settings=clustering)
    sizes = np.bincount(labels + 1)[1:]
    labels[np.isin(labels, np.flatnonzero(sizes < clustering.least_spikes))] = -1
    looked_at = _show(labels, cut)
    labels = _join(crossings, looked_at, labels, recording, joining)
    templates = _templates(crossings, looked_at, labels, recording, joining, slope_of)
    return templates, learn_background(features, np.where(faint, parts, -1))


def in_the_shadow(crossings: Crossings, reach: int) -> NDArray[np.bool_]:
    """Which crossings lie so near one that is several times as large that they may be its own.

    >>> crossings = Crossings(np.array([100.0, 180.0, 900.0]), np.zeros((3, 1)), np.array([4.5, 60.0, 5.0]))
    >>> in_the_shadow(crossings, 150)
    array([ True, False, False])
    """
    shadowed = np.zeros(len(crossings.samples), dtype=np.bool_)
    for step in (1, 2):
        near = crossings.samples[step:] - crossings.samples[:-step] < reach
        first, second = crossings.peaks_sd[:-step], crossings.peaks_sd[step:]
        shadowed[:-step] |= near & (second > SHADOW * first)
        shadowed[step:] |= near & (first > SHADOW * second)
    return shadowed


def _show(labels: IntArray, cut: Callable[[IntArray], FloatTraces]) -> Shown:
    """Look at the voltage of some crossings of each cluster."""
    clusters = np.unique(labels[labels >= 0])
    each = [spread_evenly(np.flatnonzero(labels == label), MOST_SHOWN // len(clusters)) for label in clusters]
    numbers = np.sort(np.concatenate([np.empty(0, dtype=np.int64), *each]))
    return Shown(numbers, cut(numbers))


def _cluster(crossings: Crossings, shown: Shown, members: NDArray[np.bool_], recording: Recording) -> Cluster:
    """Cluster of the crossings marked."""
    times_s = recording.times_s(crossings.samples[members].astype(np.int64))
    return Cluster(crossings.features[members], times_s, shown.mean_uv(members))


def _join(
    crossings: Crossings, shown: Shown, labels: IntArray, recording: Recording, settings: JoiningSettings
) -> IntArray:
    """Labels after clusters of one cell have been joined; numbers that follow one another."""
    numbers = np.unique(labels[labels >= 0])
    clusters = [_cluster(crossings, shown, labels == number, recording) for number in numbers]
    cells = join_clusters(clusters, settings=settings)
    joined = labels.copy()
    for number, cell in zip(numbers, cells, strict=True):
        joined[labels == number] = cell
    known = joined >= 0
    joined[known] = np.unique(joined[known], return_inverse=True)[1]
    return joined


def _templates(
    crossings: Crossings,
    shown: Shown,
    labels: IntArray,
    recording: Recording,
    settings: JoiningSettings,
    slope_of: Callable[[FloatTraces], FloatArray],
) -> list[Template]:
    """One template for each label, the largest spike first, since echoes are smaller than what they echo.

    One spike that is aligned on either of two phases gives two templates of one unit.
    """
    numbers = np.unique(labels[labels >= 0])
    sizes = [float(np.linalg.norm(np.median(crossings.features[labels == number], axis=0))) for number in numbers]
    order = numbers[np.argsort(-np.array(sizes), kind="stable")]
    clusters: list[Cluster] = []
    templates: list[Template] = []
    for unit, label in enumerate(order):
        members = labels == label
        cluster = _cluster(crossings, shown, members, recording)
        if any(is_echo(cluster, known, settings) for known in clusters):
            continue
        lag = 0.0
        for known, template in zip(clusters, templates, strict=True):
            found = phase_lag(known, cluster, sampling_hz=recording.sampling_hz, settings=settings)
            if found is not None and template.lag == 0.0:
                unit, lag = template.unit, -float(found)
                break
        clusters.append(cluster)
        templates.append(
            learn_template(
                cluster.mean_uv,
                cluster.features,
                crossings.samples[members],
                unit=unit,
                lag=lag,
                slope=slope_of(cluster.mean_uv),
            )
        )
    return _on_the_usual_phase(templates)


def _on_the_usual_phase(templates: list[Template]) -> list[Template]:
    """Templates whose lags lead to the phase on which most of their unit's spikes were aligned."""
    usual: dict[int, Template] = {}
    for template in templates:
        known = usual.setdefault(template.unit, template)
        usual[template.unit] = max(known, template, key=lambda one: one.log_count)
    return [replace(template, lag=template.lag - usual[template.unit].lag) for template in templates]
