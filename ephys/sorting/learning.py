"""First pass: crossings are found, divided and merged, until each cell has a template and the rest is background."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.model import Recording
from ephys.sorting.clustering import ClusteringSettings, divide_spikes, merge_parts
from ephys.sorting.detection import DetectionSettings, peaks_in_chunk
from ephys.sorting.filters import FilteredChunk, FloatTraces
from ephys.sorting.joining import Cluster, JoiningSettings, is_echo, join_clusters, phase_lag
from ephys.sorting.templates import Background, Template, learn_background, learn_template
from ephys.sorting.waveforms import Window, aligned_snippets

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Crossings:
    """Threshold crossings, in order of time.

    Parameters
    ----------
    samples : array (spikes,)
        Where the peak lies, in samples and parts of samples.
    snippets_uv : array (spikes, samples, channels)
        Voltage round it, over the long window.
    peaks_sd : array (spikes,)
        Size of the peak in noise SD, on the channel where it is largest.
    """

    samples: FloatArray
    snippets_uv: FloatTraces
    peaks_sd: FloatArray


def crossings_in_chunk(
    chunk: FilteredChunk,
    noise_uv: FloatArray,
    *,
    sampling_hz: float,
    window: Window,
    detection: DetectionSettings,
) -> Crossings:
    """Detect and cut the crossings of one chunk."""
    rows = peaks_in_chunk(chunk, noise_uv, sampling_hz=sampling_hz, settings=detection)
    snippets, offsets = aligned_snippets(chunk.traces_uv, rows, window)
    peaks_sd = (np.abs(snippets[:, window.pre]) / noise_uv).max(axis=1).astype(np.float64)
    return Crossings(rows + offsets + chunk.read_start, snippets, peaks_sd)


def join_crossings(chunks: list[Crossings]) -> Crossings:
    """Crossings of successive chunks as one."""
    return Crossings(
        np.concatenate([chunk.samples for chunk in chunks]),
        np.concatenate([chunk.snippets_uv for chunk in chunks]),
        np.concatenate([chunk.peaks_sd for chunk in chunks]),
    )


def learn_templates(
    crossings: Crossings,
    features: FloatArray,
    recording: Recording,
    *,
    least_peak_sd: float,
    seed: int,
    clustering: ClusteringSettings,
    joining: JoiningSettings,
) -> tuple[list[Template], Background]:
    """Templates of the cells among the crossings, and what the others look like.

    Parameters
    ----------
    crossings : Crossings
        Of the whole recording.
    features : array (spikes, dimensions)
        Of the same crossings, in noise SD.
    recording : Recording
        For its clock.
    least_peak_sd : float
        A part whose median peak is below this many noise SD is background: noise peaks and distant cells, which
        crowd at the detection threshold.
    seed : int
        One seed, one answer.
    clustering, joining
        Settings of the steps.
    """
    parts = divide_spikes(features, seed=seed, settings=clustering)
    medians = np.array([np.median(crossings.peaks_sd[parts == part]) for part in range(parts.max() + 1)])
    faint = medians[parts] < least_peak_sd
    labels = np.full(len(parts), -1, dtype=np.int64)
    if not faint.all():
        labels[~faint] = merge_parts(features[~faint], parts[~faint], settings=clustering)
    sizes = np.bincount(labels + 1)[1:]
    labels[np.isin(labels, np.flatnonzero(sizes < clustering.least_spikes))] = -1
    labels = _join(crossings, features, labels, recording, joining)
    templates = _templates(crossings, features, labels, recording, joining)
    return templates, learn_background(features, np.where(faint, parts, -1))


def _cluster(crossings: Crossings, features: FloatArray, members: NDArray[np.bool_], recording: Recording) -> Cluster:
    """Cluster of the crossings marked."""
    samples = crossings.samples[members]
    times_s = recording.times_s(samples.astype(np.int64))
    return Cluster(features[members], times_s, np.median(crossings.snippets_uv[members], axis=0))


def _join(
    crossings: Crossings, features: FloatArray, labels: IntArray, recording: Recording, settings: JoiningSettings
) -> IntArray:
    """Labels after clusters of one cell have been joined; numbers that follow one another."""
    numbers = np.unique(labels[labels >= 0])
    clusters = [_cluster(crossings, features, labels == number, recording) for number in numbers]
    cells = join_clusters(clusters, settings=settings)
    joined = labels.copy()
    for number, cell in zip(numbers, cells, strict=True):
        joined[labels == number] = cell
    known = joined >= 0
    joined[known] = np.unique(joined[known], return_inverse=True)[1]
    return joined


def _templates(
    crossings: Crossings, features: FloatArray, labels: IntArray, recording: Recording, settings: JoiningSettings
) -> list[Template]:
    """One template for each label, the largest spike first, since echoes are smaller than what they echo.

    One spike that is aligned on either of two phases gives two templates of one unit.
    """
    numbers = np.unique(labels[labels >= 0])
    sizes = [float(np.linalg.norm(np.median(features[labels == number], axis=0))) for number in numbers]
    order = numbers[np.argsort(-np.array(sizes), kind="stable")]
    clusters: list[Cluster] = []
    templates: list[Template] = []
    for unit, label in enumerate(order):
        members = labels == label
        cluster = _cluster(crossings, features, members, recording)
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
                crossings.snippets_uv[members], features[members], crossings.samples[members], unit=unit, lag=lag
            )
        )
    return templates
