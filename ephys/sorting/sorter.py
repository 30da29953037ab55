"""Voltage -> units: a sorter for one wire and a few, for slow wide cells as well as fast narrow ones.

First pass: crossings of either polarity are described in noise SD, divided into more parts than there are cells, and
merged where no valley, silence, burst or choice of phase really parts them. Second pass: each crossing is compared with
the templates so found, as large as each unit is at that moment, and with what noise and distant cells look like.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.model import Recording, Unit
from ephys.sorting.assembling import assemble_units
from ephys.sorting.clustering import ClusteringSettings
from ephys.sorting.detection import DetectionSettings
from ephys.sorting.faint import FaintSettings, MatchedFilters, least_sizes
from ephys.sorting.features import FeatureSettings, fit_feature_space
from ephys.sorting.hum import remove_hum
from ephys.sorting.islands import Reach, find_islands
from ephys.sorting.joining import JoiningSettings
from ephys.sorting.learning import MOST_SHOWN, describe_crossings, join_crossings, learn_templates, spread_evenly
from ephys.sorting.matching import Matcher, MatchingSettings, join_matches, match_islands
from ephys.sorting.noise import measure_noise
from ephys.sorting.overlaps import OverlapSettings
from ephys.sorting.pairing import without_composites
from ephys.sorting.waveforms import Window, measure_waveforms

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SortingSettings:
    """Settings of the sorter.

    Parameters
    ----------
    band_hz : tuple of (float or None, float or None)
        Sorting band: a 300-Hz high-pass takes most of a wide spike's energy, 150 Hz leaves it (convention).
    order : int
        Order of the Butterworth filter, run both ways (convention).
    unit_threshold_sd : float
        A unit's spikes must reach this many noise SD; crossings between the detection threshold and this one teach
        the sorter what noise looks like (convention).
    template_ms : tuple of float
        Window of the mean spike that is subtracted (convention).
    detection, features, clustering, joining, matching, overlaps, faint
        Settings of the steps.
    """

    band_hz: tuple[float | None, float | None] = (150.0, 6000.0)
    order: int = 2
    unit_threshold_sd: float = 4.5
    template_ms: tuple[float, float] = (-2.0, 4.0)
    detection: DetectionSettings = field(default_factory=DetectionSettings)
    features: FeatureSettings = field(default_factory=FeatureSettings)
    clustering: ClusteringSettings = field(default_factory=ClusteringSettings)
    joining: JoiningSettings = field(default_factory=JoiningSettings)
    matching: MatchingSettings = field(default_factory=MatchingSettings)
    overlaps: OverlapSettings = field(default_factory=OverlapSettings)
    faint: FaintSettings = field(default_factory=FaintSettings)

    def __post_init__(self) -> None:
        if not self.unit_threshold_sd >= self.detection.threshold_sd:
            raise ParameterError(
                f"unit_threshold_sd must not be below the detection threshold of {self.detection.threshold_sd:g} "
                f"noise SD, got {self.unit_threshold_sd:g}"
            )


def sort_units(
    recording: Recording,
    settings: SortingSettings | None = None,
    seed: int = 0,
    *,
    progress: bool = False,
    jobs: int | None = None,
) -> list[Unit]:
    """Sort the spikes of one wire, or of a few that see the same cells, into units.

    Parameters
    ----------
    recording : Recording
        Voltage; all its channels are sorted together.
    settings : SortingSettings, optional
        How.
    seed : int, optional
        One seed, one answer.
    progress : bool, optional
        Show progress bars.
    jobs : int, optional
        Stretches of the recording worked on at the same time, by default one for each processor up to four; the
        units do not depend on it.

    Returns
    -------
    list of Unit
        Named "1", "2", ... by decreasing amplitude, with amplitudes, threshold and noise in the sorting band and
        wide-band snippets; last a unit of the crossings that cannot be told apart (`multi_unit`), where there are any.
        Without spikes, an empty list.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> wire = rng.normal(0.0, 10.0, 200_000)
    >>> for peak in range(2000, 198_000, 4000):
    ...     wire[peak - 10 : peak + 11] += 150.0 * np.hanning(21)
    >>> units = sort_units(Recording.from_array(wire, sampling_hz=20000.0))
    >>> units[0].n_spikes
    49
    """
    settings = settings or SortingSettings()
    recording, _ = remove_hum(recording, band_hz=settings.band_hz)
    window = Window.of_ms(settings.features.window_ms, recording.sampling_hz)
    long_window = Window.of_ms(settings.template_ms, recording.sampling_hz)
    pair_window = Window.of_ms(settings.overlaps.window_ms, recording.sampling_hz)
    noise = measure_noise(
        recording, band_hz=settings.band_hz, order=settings.order, window=pair_window, detection=settings.detection
    )
    find = partial(
        find_islands,
        recording,
        noise.sd_uv,
        band_hz=settings.band_hz,
        order=settings.order,
        reach=_reach(window, long_window, settings, recording.sampling_hz),
        detection=settings.detection,
        progress=progress,
        jobs=jobs,
    )
    islands = find()
    if len(islands) < settings.clustering.least_spikes:
        return []
    shown = spread_evenly(np.arange(len(islands)), MOST_SHOWN)
    inner = islands.snippets(shown, long_window)[:, long_window.columns_of(window)]
    space = fit_feature_space(inner, noise.snippets_uv[:, pair_window.columns_of(window)], settings.features)
    describe = partial(describe_crossings, space=space, noise_uv=noise.sd_uv, window=window, long_window=long_window)
    crossings = join_crossings(islands.process(describe))
    templates, background = learn_templates(
        crossings,
        partial(islands.snippets, window=long_window),
        recording,
        least_peak_sd=settings.unit_threshold_sd,
        seed=seed,
        clustering=settings.clustering,
        joining=settings.joining,
    )
    templates, solver = without_composites(
        templates,
        lambda samples, over: islands.snippets(np.searchsorted(crossings.samples, samples), over),
        noise.snippets_uv,
        template_window=long_window,
        sampling_hz=recording.sampling_hz,
        settings=settings.overlaps,
    )
    least = least_sizes(templates, noise.sd_uv, settings.faint, unit_threshold_sd=settings.unit_threshold_sd)
    filters = MatchedFilters.of(
        templates,
        least,
        space,
        noise.sd_uv,
        window=window,
        sampling_hz=recording.sampling_hz,
        settings=settings.faint,
    )
    if len(filters):
        islands = find(label="searching", filters=filters)
    matcher = Matcher(
        templates=templates,
        background=background,
        space=space,
        window=window,
        long_window=long_window,
        noise_uv=noise.sd_uv,
        sampling_hz=recording.sampling_hz,
        detection=settings.detection,
        settings=settings.matching,
        solver=solver,
        overlaps=settings.overlaps,
        filters=filters,
        least=least,
    )
    found = islands.process(partial(match_islands, matcher=matcher), label="matching", progress=progress)
    units = assemble_units(
        join_matches(found),
        matcher,
        recording,
        unit_threshold_sd=settings.unit_threshold_sd,
        least_spikes=settings.clustering.least_spikes,
    )
    return measure_waveforms(recording, units, seed=seed, jobs=jobs)


def _reach(window: Window, long_window: Window, settings: SortingSettings, sampling_hz: float) -> Reach:
    """How much voltage round each crossing the steps look at."""
    dead_samples = round(settings.detection.dead_time_ms * 1e-3 * sampling_hz)
    return Reach.of_matching(window, long_window, rounds=settings.matching.rounds, dead_samples=dead_samples)
