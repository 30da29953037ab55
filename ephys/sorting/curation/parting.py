"""One unit parted by the shape of its spikes, every one of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.errors import CurationError, ParameterError
from ephys.model import Recording, Unit, Waveform
from ephys.sorting.clustering import ClusteringSettings, divide_spikes, find_valley, merge_parts
from ephys.sorting.curation.settling import TIME_STEP_S
from ephys.sorting.curation.shapes import snippet_features
from ephys.sorting.features import FeatureSettings
from ephys.sorting.sorter import SortingSettings
from ephys.sorting.waveforms import measure_waveforms

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

EVERY = 1_000_000
"""Snippets kept in 10 s: every spike's."""

ATTEMPTS = 5
"""Times that the spikes are divided, each from another start; the deepest valley is kept (convention)."""


@dataclass(frozen=True, eq=False)
class ShapeParts:
    """A unit parted by shape.

    Parameters
    ----------
    times_s : tuple of array
        Spike times of the second part and of each further one; the first part, the largest spikes, is the rest.
    valley : float
        Density in the shallowest valley between two parts, as a share of the lower peak; 1 where there is none.
    apart_sd : float
        Distance there of the medians, in SD of the parts.
    """

    times_s: tuple[FloatArray, ...]
    valley: float
    apart_sd: float

    @property
    def text(self) -> str:
        """How well the parts stand apart."""
        if self.valley >= 1.0:
            return f"no valley lies between the shapes ({self.apart_sd:.1f} SD apart)"
        return (
            f"the valley between the shapes is at {100 * self.valley:.0f} % of the peak ({self.apart_sd:.1f} SD apart)"
        )


def part_by_shape(
    unit: Unit, *, parts: int = 2, recording: Recording | None = None, seed: int = 0
) -> tuple[FloatArray, ...]:
    """Part the spikes of a unit by their shapes.

    Parameters
    ----------
    unit : Unit
        Of several cells, perhaps.
    parts : int, optional
        How many cells.
    recording : Recording, optional
        The voltage that the spikes are in. Without it the snippets that the unit keeps must be those of all spikes.
    seed : int, optional
        One seed, one answer.

    Returns
    -------
    tuple of array
        Spike times (s) of the second part and of each further one, as `CurationLog.split_spikes` takes them. What is
        in none of them, the larger spikes, is the first part.

    Raises
    ------
    CurationError
        If the shapes of all spikes are not known, or there are too few spikes, or not so many clusters.
    ParameterError
        If `parts` is below 2 or above 26.

    Examples
    --------
    >>> from ephys.model import Epoch, Support
    >>> rng, times_s = np.random.default_rng(0), np.arange(200.0)
    >>> wide, narrow = 90.0 * np.hanning(60), 80.0 * np.pad(np.hanning(20), 20)
    >>> spikes = np.where(times_s[:, np.newaxis] % 2, wide, narrow) + rng.normal(0.0, 6.0, (200, 60))
    >>> shapes = Waveform(spikes[:, :, np.newaxis], np.arange(200), 20_000.0, 0.0015)
    >>> unit = Unit("1", times_s, Support.of(Epoch(0.0, 200.0)), waveform=shapes)
    >>> (second,) = part_by_shape(unit)
    >>> np.array_equal(second, times_s[::2])
    True
    """
    return measure_parts(unit, parts=parts, recording=recording, seed=seed).times_s


def measure_parts(unit: Unit, *, parts: int = 2, recording: Recording | None = None, seed: int = 0) -> ShapeParts:
    """Part the spikes of a unit by their shapes, and say how well the parts stand apart; see `part_by_shape`."""
    if not 2 <= parts <= 26:
        raise ParameterError(f"a unit is parted into 2 to 26, got {parts}")
    least = ClusteringSettings().least_spikes
    if unit.n_spikes < parts * least:
        raise CurationError(
            f"unit {unit.id} has {unit.n_spikes} spikes; {parts} parts need {least} each: part it by time or amplitude"
        )
    waveform = _every_shape(unit, recording)
    features = snippet_features(waveform)
    labels = _clusters(features, parts, least, seed=seed)
    found = int((np.unique(labels, return_counts=True)[1] >= least).sum())
    if found < parts:
        raise CurationError(
            f"unit {unit.id}: its shapes make {found} cluster{'' if found == 1 else 's'} of {least} spikes or more, "
            f"not {parts}: ask for fewer, or part it by time or amplitude"
        )
    return _ranked(unit, waveform, features, labels)


def _every_shape(unit: Unit, recording: Recording | None) -> Waveform:
    """Snippets of every spike, in the sorting band where there is a recording.

    The first and last spikes of a stretch, whose snippets do not lie whole within it, stay in the first part.
    """
    if recording is not None:
        band = SortingSettings().band_hz
        cut = measure_waveforms(
            recording, [unit], band_hz=band, window_ms=SortingSettings().template_ms, most_per_10_s=(EVERY, EVERY)
        )[0].waveform
        if cut is not None and len(cut.spike_index) > FeatureSettings().dimensions:
            return cut
        raise CurationError(f"unit {unit.id}: none of its spikes lie within the recording {recording.name}")
    kept = 0 if unit.waveform is None else len(unit.waveform.spike_index)
    if unit.waveform is None or kept < unit.n_spikes:
        raise CurationError(
            f"unit {unit.id}: the shapes of {kept} of its {unit.n_spikes} spikes are kept; give the recording "
            "(recording=session.recording), from which the others are cut"
        )
    return unit.waveform


def _clusters(features: FloatArray, parts: int, least_spikes: int, *, seed: int) -> IntArray:
    """As many clusters as were asked for: those with valleys between them if there are so many, else Gaussians."""
    tries = [_without_strays(features, merge_parts(features, divide_spikes(features, seed=seed)), least_spikes)]
    if not _are(tries[0], parts, least_spikes):
        settings = ClusteringSettings(components=parts)
        tries = [divide_spikes(features, seed=seed + attempt, settings=settings) for attempt in range(ATTEMPTS)]
    return max(tries, key=lambda labels: (_are(labels, parts, least_spikes), *_apart(features, labels)))


def _without_strays(features: FloatArray, labels: IntArray, least_spikes: int) -> IntArray:
    """Clusters, those of too few spikes (overlaps, mostly) spread over the others by what is nearest."""
    numbers, counts = np.unique(labels, return_counts=True)
    large = numbers[counts >= least_spikes]
    if not large.size:
        return labels
    middles = np.stack([np.median(features[labels == number], axis=0) for number in large])
    stray = np.flatnonzero(~np.isin(labels, large))
    nearest = ((features[stray, np.newaxis] - middles) ** 2).sum(axis=2).argmin(axis=1)
    kept = labels.copy()
    kept[stray] = large[nearest]
    return kept


def _are(labels: IntArray, parts: int, least_spikes: int) -> bool:
    """Whether there are so many clusters, none too small."""
    counts = np.unique(labels, return_counts=True)[1]
    return len(counts) == parts and int(counts.min()) >= least_spikes


def _apart(features: FloatArray, labels: IntArray) -> tuple[float, float]:
    """How deep the shallowest valley between two clusters is (1: to the ground), and how far apart they are there."""
    groups = [features[labels == label] for label in np.unique(labels)]
    valleys = [find_valley(a, b, ClusteringSettings()) for i, a in enumerate(groups) for b in groups[i + 1 :]]
    shallowest = max(valleys, key=lambda valley: (valley.share, -valley.apart_sd), default=None)
    return (0.0, 0.0) if shallowest is None else (1.0 - shallowest.share, shallowest.apart_sd)


def _ranked(unit: Unit, waveform: Waveform, features: FloatArray, labels: IntArray) -> ShapeParts:
    """Parts by decreasing size of their mean spike."""
    sizes = {label: float(np.abs(waveform.snippets_uv[labels == label].mean(axis=0)).max()) for label in set(labels)}
    ranked = sorted(sizes, key=lambda label: -sizes[label])
    # Two spikes of one step of a log's time cannot be told apart there: the second stays in the first part.
    steps = np.round(unit.times_s[waveform.spike_index] / TIME_STEP_S)
    apart = np.diff(steps, prepend=-np.inf) > 0
    times = tuple(unit.times_s[waveform.spike_index[(labels == label) & apart]] for label in ranked[1:])
    depth, apart_sd = _apart(features, labels)
    return ShapeParts(times, 1.0 - depth, apart_sd)
