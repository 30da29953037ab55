"""Which unit is two cells: parted at a moment, by amplitude, or by shape."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ephys.errors import CurationError
from ephys.model import Recording, Unit
from ephys.model.unit_parts import choose_spikes
from ephys.sorting.clustering import ClusteringSettings, divide_spikes, find_valley, merge_parts
from ephys.sorting.curation.operations import Relabel, Split, SplitSpikes
from ephys.sorting.curation.parting import measure_parts
from ephys.sorting.curation.reshaping import split_by_spikes, split_by_time
from ephys.sorting.curation.shapes import ShapeDistance, compare_shapes, snippet_features
from ephys.sorting.curation.suggesting.amplitudes import find_handover, find_seam, find_step, scatter_uv
from ephys.sorting.curation.suggesting.costs import relabel_cost, split_cost, time_split_cost
from ephys.sorting.curation.suggesting.settings import SuggestionSettings
from ephys.sorting.curation.suggesting.trains import measure_avoidance, measure_following
from ephys.sorting.curation.suggestion import Suggestion
from ephys.sorting.isolation import LEAST_LINKED, LINK_SPIKES, weakest_link

FloatArray = NDArray[np.float64]

STEP_SCORE, UNSURE_SCORE, SURE_SCORE = 0.3, 0.4, 0.9
"""Scores of a step of size alone, of two parts whose intervals say nothing, and of two that fire independently."""


def suggest_splits(
    unit: Unit, settings: SuggestionSettings, *, recording: Recording | None = None, seed: int = 0
) -> list[Suggestion]:
    """Suggest the clearest way to part one unit, if there is one."""
    if unit.multi_unit or unit.n_spikes < 2 * settings.least_spikes:
        return []
    found = (
        _by_time(unit, settings),
        _by_shape(unit, settings, recording=recording, seed=seed),
        _by_amplitude(unit, settings),
    )
    ranked = sorted((one for one in found if one is not None), key=lambda one: -one.score)
    return ranked[:1]


def _by_time(unit: Unit, settings: SuggestionSettings) -> Suggestion | None:
    """Suggest a cut where the shape changes for good, or else the size from one spike to the next."""
    return _by_link(unit, settings) or _by_step(unit, settings)


def _by_link(unit: Unit, settings: SuggestionSettings) -> Suggestion | None:
    """Suggest a cut where the shape changes and stays changed."""
    waveform = unit.waveform
    if waveform is None or len(waveform.spike_index) < settings.least_spikes:
        return None
    features, times_s = snippet_features(waveform), unit.times_s[waveform.spike_index]
    confidence, near_s = weakest_link(features, times_s)
    if not confidence <= settings.least_link_confidence:
        return None
    at_s = _moment(features, times_s, near_s)
    parts, shape = _cut_in_time(unit, at_s, settings)
    if shape is None or shape.value - shape.noise < settings.same_shape:
        return None  # it changes for a while, or comes back
    reasons = (
        f"the spike's shape changes at {at_s:.1f} s: a {100 * confidence:.2g} % chance that it is one cell before and "
        f"after, at even odds; the {shape.text} (noise alone {100 * shape.noise:.0f} %)",
    )
    against = ("an electrode that moves along a cell can change its shape, too",)
    score = 0.5 + 0.5 * min(1.0, shape.value)
    return Suggestion(Split(unit.id, "time", at_s), score, reasons, against, time_split_cost(parts, at_s))


def _moment(features: FloatArray, times_s: FloatArray, near_s: float) -> float:
    """When the shape changes, to the spike: links are looked at only every so many."""
    seam = int(np.searchsorted(times_s, near_s))
    first = max(0, seam - 2 * LINK_SPIKES)
    around = slice(first, seam + 2 * LINK_SPIKES)
    seam = first + find_seam(features[around], LEAST_LINKED)
    return float(times_s[seam - 1 : seam + 1].mean())


def _by_step(unit: Unit, settings: SuggestionSettings) -> Suggestion | None:
    """Suggest a cut where the size steps; an electrode that jerks makes the same step of one cell."""
    at_s, ratio = find_step(unit, settings)
    if math.isnan(at_s):
        return None
    parts, shape = _cut_in_time(unit, at_s, settings)
    reasons = (
        f"the spikes step to {ratio:.2f} of their size at {at_s:.1f} s, and are steady for "
        f"{2 * settings.handover_spikes} spikes on either side",
    )
    same = "their shape was not compared" if shape is None else shape.text
    against = (f"an electrode that jerks does the same to one cell; {same}",)
    return Suggestion(Split(unit.id, "time", at_s), STEP_SCORE, reasons, against, time_split_cost(parts, at_s))


def _cut_in_time(
    unit: Unit, at_s: float, settings: SuggestionSettings
) -> tuple[tuple[Unit, Unit], ShapeDistance | None]:
    """Parts of a unit before and after a moment, and how far their shapes differ."""
    parts = split_by_time(unit, at_s, (f"{unit.id}a", f"{unit.id}b"))
    return parts, compare_shapes(parts[0].waveform, parts[1].waveform, window_ms=settings.shape_ms)


def _by_amplitude(unit: Unit, settings: SuggestionSettings) -> Suggestion | None:
    """Suggest a cut between two sizes of spikes, unless the small ones follow or avoid the large ones."""
    noise_uv = scatter_uv(unit)
    if np.isnan(unit.amplitudes_uv).any() or not noise_uv > 0:
        return None
    cut_uv, share, apart_sd = _amplitude_cut(unit.amplitudes_uv, noise_uv)
    if math.isnan(cut_uv):
        return None
    small = choose_spikes(unit, unit.amplitudes_uv < cut_uv, f"{unit.id}a")
    large = choose_spikes(unit, unit.amplitudes_uv >= cut_uv, f"{unit.id}b")
    verdict = _parts_are_two(large, small, settings)
    if verdict is None:
        return None
    score, reasons, against = verdict
    reasons = (
        f"two sizes, with a valley at {cut_uv:.0f} µV of {100 * share:.0f} % of the peak ({apart_sd:.1f} SD apart)",
        *reasons,
    )
    return Suggestion(Split(unit.id, "amplitude", cut_uv), 0.9 * score, reasons, against, split_cost((small, large)))


def _amplitude_cut(amplitudes_uv: FloatArray, noise_uv: float) -> tuple[float, float, float]:
    """Amplitude in the valley between two sizes, its depth, and their distance; NaN where there is no valley."""
    settings = ClusteringSettings(components=2)
    column = amplitudes_uv[:, np.newaxis] / noise_uv
    labels = divide_spikes(column, seed=0, settings=settings)
    groups = sorted((column[labels == label] for label in np.unique(labels)), key=lambda group: float(np.median(group)))
    if len(groups) < 2 or min(map(len, groups)) < settings.least_spikes:
        return math.nan, 1.0, 0.0
    valley = find_valley(groups[0], groups[1], settings)
    if valley.share >= settings.valley:
        return math.nan, 1.0, 0.0
    return noise_uv * float(groups[0].max() + groups[1].min()) / 2.0, valley.share, valley.apart_sd


def _by_shape(unit: Unit, settings: SuggestionSettings, *, recording: Recording | None, seed: int) -> Suggestion | None:
    """Suggest to part a unit whose kept snippets make two clusters, each spike by its shape where that is known."""
    if not _kept_shapes_are_two(unit, settings, seed=seed):
        return None
    try:
        parted = measure_parts(unit, recording=recording, seed=seed)
    except CurationError as error:
        return _not_one(unit, str(error))
    operation = SplitSpikes(unit.id, tuple(tuple(part) for part in parted.times_s), how="clusters of shape")
    parts = split_by_spikes(unit, operation.parts, (f"{unit.id}a", f"{unit.id}b"))
    if parted.valley >= ClusteringSettings().valley or min(part.n_spikes for part in parts) < settings.least_spikes:
        return None
    verdict = _parts_are_two(parts[0], parts[1], settings)
    if verdict is None:
        return None
    score, reasons, against = verdict
    return Suggestion(operation, score, (f"two shapes: {parted.text}", *reasons), against, split_cost(parts))


def _kept_shapes_are_two(unit: Unit, settings: SuggestionSettings, *, seed: int) -> bool:
    """Whether the snippets that a unit keeps make clusters, and the spikes of the two largest are no one cell's."""
    waveform, least = unit.waveform, ClusteringSettings().least_spikes
    if waveform is None or len(waveform.spike_index) < 2 * settings.least_spikes:
        return False
    features = snippet_features(waveform)
    labels = merge_parts(features, divide_spikes(features, seed=seed))
    numbers, counts = np.unique(labels, return_counts=True)
    if len(numbers) < 2 or np.sort(counts)[-2] < least:
        return False
    parts = []
    for number in numbers[np.argsort(-counts, kind="stable")][:2]:
        kept = np.zeros(unit.n_spikes, dtype=np.bool_)
        kept[waveform.spike_index[labels == number]] = True
        parts.append(kept)
    small = choose_spikes(unit, parts[1], unit.id)
    return _parts_are_two(choose_spikes(unit, ~parts[1], unit.id), small, settings) is not None


def _not_one(unit: Unit, why: str) -> Suggestion:
    """Say that a unit is more than one cell, where its spikes cannot be parted."""
    return Suggestion(
        Relabel(unit.id, "multi_unit"),
        0.5,
        ("the shapes that are kept make clusters with a valley between them",),
        (f"not parted: {why}",),
        relabel_cost(unit),
    )


def _parts_are_two(
    large: Unit, small: Unit, settings: SuggestionSettings
) -> tuple[float, tuple[str, ...], tuple[str, ...]] | None:
    """Score, reasons and doubts of two parts as two cells; ``None`` where their trains are one cell's."""
    for leader, follower in ((large, small), (small, large)):
        if measure_following(leader, follower, settings).in_bursts(settings):
            return None
    if find_handover(large, small, settings) is not None:
        return None  # parted by time, then
    avoidance = measure_avoidance(large, small, settings)
    if avoidance is not None and avoidance.avoid(settings):
        return None
    if avoidance is not None and avoidance.independent(settings):
        return SURE_SCORE, (f"the parts leave {avoidance.text}: they fire independently of one another",), ()
    unsure = (
        "no stretch of time is empty enough in both parts" if avoidance is None else f"the parts leave {avoidance.text}"
    )
    return UNSURE_SCORE, (), (f"{unsure}: their intervals do not tell one cell from two",)
