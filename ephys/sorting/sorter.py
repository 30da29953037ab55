"""Voltage -> units: a sorter for one wire and a few, for slow wide cells as well as fast narrow ones.

First pass: crossings of either polarity are described in noise SD, divided into more parts than there are cells, and
merged where no valley, silence, burst or choice of phase really parts them. Second pass: each crossing is compared with
the templates so found, as large as each unit is at that moment, and with what noise and distant cells look like.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from ephys.errors import ParameterError
from ephys.model import Epoch, Recording, Unit
from ephys.sorting.adopting import adopt_units
from ephys.sorting.artefacts import find_artefacts
from ephys.sorting.assembling import assemble_units
from ephys.sorting.excision import excise, without_excised
from ephys.sorting.faint import MatchedFilters, least_sizes
from ephys.sorting.features import FeatureSpace, fit_feature_space
from ephys.sorting.filters import FloatTraces
from ephys.sorting.finite import require_finite
from ephys.sorting.foreign import OWN_SORTER, joins_of, run_sorter
from ephys.sorting.hum import Hum, remove_hum
from ephys.sorting.islands import KeptIslands, Reach, find_islands
from ephys.sorting.learning import MOST_SHOWN, describe_crossings, join_crossings, learn_templates, spread_evenly
from ephys.sorting.matches import Matcher, join_matches
from ephys.sorting.matching import match_islands
from ephys.sorting.noise import Noise, measure_noise
from ephys.sorting.pairing import without_composites
from ephys.sorting.sorting_settings import SortingSettings, Windows
from ephys.sorting.waveforms import measure_waveforms

FloatArray = NDArray[np.float64]


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

    Raises
    ------
    ParameterError
        If a channel is flat, a sample is NaN or infinite, or the voltage is in volts; if another sorter is not
        installed, fails, or has no such parameter.

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
    if not isinstance(recording, Recording):
        raise ParameterError(
            f"sort_units takes a Recording, got {type(recording).__name__}; "
            "Recording.from_array(traces_uv, sampling_hz=...) makes one of an array"
        )
    settings = settings or SortingSettings()
    # The work is shared out over chunks; threads within one would only get in each other's way.
    with threadpool_limits(1):
        humless, hum = clean_of_hum(recording, settings, jobs)
        artefacts: tuple[Epoch, ...] = ()
        if settings.artefacts.excise:
            whole = require_finite(recording)
            artefacts = find_artefacts(whole, settings.artefacts, humless=None if hum is None else humless, jobs=jobs)
        clean = excise(humless, artefacts)
        noise = noise_of(clean, settings, hum, artefacts)
        if settings.sorter == OWN_SORTER:
            found = _find_units(clean, noise, settings, seed, progress, jobs)
        else:
            joins = joins_of(clean)
            clean, artefacts = excise(clean, joins), (*artefacts, *joins)
            found = _ask_other(clean, noise, settings, seed, jobs)
        units = [without_excised(unit, artefacts) for unit in found]
        return measure_waveforms(clean, units, jobs=jobs)


def clean_of_hum(recording: Recording, settings: SortingSettings, jobs: int | None) -> tuple[Recording, Hum | None]:
    """Voltage that holds numbers alone, without its hum, and the hum."""
    return remove_hum(require_finite(recording), band_hz=settings.band_hz, jobs=jobs)


def noise_of(
    recording: Recording, settings: SortingSettings, hum: Hum | None, artefacts: Sequence[Epoch] = ()
) -> Noise:
    """Noise of cleaned voltage in the sorting band."""
    return measure_noise(
        recording,
        band_hz=settings.band_hz,
        order=settings.order,
        window=Windows.of(settings, recording.sampling_hz).pair,
        detection=settings.detection,
        least_uv=0.0 if hum is None else hum.left_uv(settings.band_hz),
        artefacts=artefacts,
    )


def _ask_other(
    recording: Recording, noise: Noise, settings: SortingSettings, seed: int, jobs: int | None
) -> list[Unit]:
    """Units of a sorter of SpikeInterface."""
    trains, origin = run_sorter(recording, settings.sorter, settings.sorter_parameters, seed=seed)
    return adopt_units(
        recording,
        trains,
        band_hz=settings.band_hz,
        order=settings.order,
        noise_uv=noise.sd_uv,
        least_spikes=settings.clustering.least_spikes,
        origin=origin,
        jobs=jobs,
    )


def _find_units(
    recording: Recording, noise: Noise, settings: SortingSettings, seed: int, progress: bool, jobs: int | None
) -> list[Unit]:
    """Units without the shape of their spikes; the islands are let go of before that is measured."""
    windows = Windows.of(settings, recording.sampling_hz)
    find = partial(
        find_islands,
        recording,
        noise.sd_uv,
        band_hz=settings.band_hz,
        order=settings.order,
        reach=_reach(windows, settings, recording.sampling_hz),
        detection=settings.detection,
        progress=progress,
        jobs=jobs,
    )
    islands = find()
    if len(islands) < settings.clustering.least_spikes:
        return []
    matcher = _learn_matcher(islands, noise, windows, recording, settings, seed)
    if len(matcher.filters):
        del islands
        islands = find(label="searching", filters=matcher.filters)
    found = islands.process(partial(match_islands, matcher=matcher), label="matching", progress=progress)
    return assemble_units(
        join_matches(found),
        matcher,
        recording,
        unit_threshold_sd=settings.unit_threshold_sd,
        least_spikes=settings.clustering.least_spikes,
    )


def _learn_matcher(
    islands: KeptIslands,
    noise: Noise,
    windows: Windows,
    recording: Recording,
    settings: SortingSettings,
    seed: int,
) -> Matcher:
    """What the crossings are compared with, learnt from the crossings."""
    short, sampling_hz = windows.short, recording.sampling_hz
    shown = spread_evenly(np.arange(len(islands)), MOST_SHOWN)
    inner = islands.snippets(shown, windows.long, windows.long.columns_of(short))
    space = fit_feature_space(inner, noise.snippets_uv[:, windows.pair.columns_of(short)], settings.features)
    describe = partial(describe_crossings, space=space, noise_uv=noise.sd_uv, window=short, long_window=windows.long)
    crossings = join_crossings(islands.process(describe))
    learnt, background = learn_templates(
        crossings,
        partial(islands.snippets, window=windows.long),
        partial(_slope, space=space, columns=windows.long.columns_of(short)),
        recording,
        least_peak_sd=settings.unit_threshold_sd,
        shadow=windows.long.samples,
        seed=seed,
        clustering=settings.clustering,
        joining=settings.joining,
    )
    templates, solver = without_composites(
        learnt,
        lambda samples, over: islands.snippets(np.searchsorted(crossings.samples, samples), over),
        noise.snippets_uv,
        template_window=windows.long,
        sampling_hz=sampling_hz,
        settings=settings.overlaps,
    )
    least = least_sizes(templates, noise.sd_uv, settings.faint, unit_threshold_sd=settings.unit_threshold_sd)
    filters = MatchedFilters.of(
        templates, least, space, noise.sd_uv, window=short, sampling_hz=sampling_hz, settings=settings.faint
    )
    return Matcher(
        templates=templates,
        background=background,
        space=space,
        window=short,
        long_window=windows.long,
        noise_uv=noise.sd_uv,
        sampling_hz=sampling_hz,
        detection=settings.detection,
        settings=settings.matching,
        solver=solver,
        overlaps=settings.overlaps,
        filters=filters,
        least=least,
    )


def _slope(mean_uv: FloatTraces, space: FeatureSpace, columns: slice) -> FloatArray:
    """How the features of a mean spike over the long window change when it is read one sample later."""
    steps = np.gradient(mean_uv.astype(np.float64), axis=0)[columns].astype(np.float32)
    slope: FloatArray = space.features(steps[np.newaxis])[0]
    return slope


def _reach(windows: Windows, settings: SortingSettings, sampling_hz: float) -> Reach:
    """How much voltage round each crossing the steps look at."""
    dead_samples = round(settings.detection.dead_time_ms * 1e-3 * sampling_hz)
    return Reach.of_matching(windows.short, windows.long, rounds=settings.matching.rounds, dead_samples=dead_samples)
