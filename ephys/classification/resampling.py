"""Intervals of the widths: the spikes are drawn again, averaged, and measured as the mean spike was."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from scipy import stats

from ephys.classification.widths import MEASURES, Landmarks, ShapeSettings
from ephys.model import Estimate
from ephys.model.epoch import FloatArray

FEWEST_SPIKES = 5
"""With fewer spikes to draw from there is no interval (convention)."""

Measure = Callable[[FloatArray], Sequence[Landmarks]]


def resampled_widths(
    traces_uv: FloatArray, marks: Landmarks, *, measure: Measure, settings: ShapeSettings, seed: int
) -> tuple[Mapping[str, Estimate], tuple[str, ...]]:
    """Interval of each width, and what to know of them.

    Percentiles of the bootstrap over spikes, moved away from the estimate by Student's t over the normal deviate and
    by ``sqrt(n / (n - 1))``: with few spikes bare percentiles lie too close (Hesterberg 2015, Am Stat 69:371).

    Parameters
    ----------
    traces_uv : array (spikes, samples)
        What was averaged.
    marks : Landmarks
        What was measured on the mean.
    measure : callable
        Means (means, samples) to their landmarks, as the mean was measured.
    settings : ShapeSettings
        Number of resamples, level, and how many of them may go astray.
    seed : int
        Of the bootstrap.

    Returns
    -------
    intervals : mapping of str to Estimate
        By the name of the width; ends are NaN where there is no interval.
    notes : tuple of str
        Widths missing from, and another polarity or number of phases in, a share of the resamples.
    """
    n_spikes = len(traces_uv)
    if n_spikes < FEWEST_SPIKES or settings.n_resamples == 0:
        return MappingProxyType({name: Estimate(getattr(marks, name)) for name in MEASURES}), ()
    drawn = measure(_resampled_means(traces_uv, n_resamples=settings.n_resamples, seed=seed))
    widen = _widening(n_spikes, settings.level_of_intervals)
    intervals, notes = {}, []
    for name, words in MEASURES.items():
        value = getattr(marks, name)
        values = np.array([getattr(one, name) for one in drawn])
        missing = float(np.isnan(values).mean())
        if not math.isnan(value) and missing > settings.max_astray:
            notes.append(f"no interval of {words}: not measured in {100 * missing:.0f} % of resamples")
        astray = math.isnan(value) or missing > settings.max_astray
        intervals[name] = Estimate(value) if astray else _interval(value, values, widen, settings.level_of_intervals)
    return MappingProxyType(intervals), (*notes, *_disagreements(marks, drawn, settings.max_astray))


def _resampled_means(traces_uv: FloatArray, *, n_resamples: int, seed: int) -> FloatArray:
    """Means (resamples, samples) of as many spikes, drawn with replacement."""
    n_spikes = len(traces_uv)
    times_drawn = np.random.default_rng(seed).multinomial(n_spikes, np.full(n_spikes, 1 / n_spikes), size=n_resamples)
    means: FloatArray = times_drawn @ traces_uv / n_spikes
    return means


def _widening(n_spikes: int, level: float) -> float:
    """Factor by which percentiles of few spikes lie too close to the estimate."""
    tail = (1 + level) / 2
    student, normal = stats.t.ppf(tail, n_spikes - 1), stats.norm.ppf(tail)
    return float(student / normal * math.sqrt(n_spikes / (n_spikes - 1)))


def _interval(value: float, values: FloatArray, widen: float, level: float) -> Estimate:
    """Percentiles on either side of the estimate, moved away from it; they hold it always."""
    low, high = map(float, np.nanquantile(values, [(1 - level) / 2, (1 + level) / 2]))
    return Estimate(value, value - widen * max(value - low, 0.0), value + widen * max(high - value, 0.0))


def _disagreements(marks: Landmarks, drawn: Sequence[Landmarks], fewest: float) -> tuple[str, ...]:
    """Say which other polarity or number of phases the spikes could have had, if drawn otherwise."""
    polarities = Counter(f"{one.polarity} polarity" for one in drawn if one.polarity != marks.polarity)
    phases = Counter(one.n_phases for one in drawn if one.n_phases != marks.n_phases)
    others = polarities + Counter({f"{n} phase{'s' * (n > 1)}": times for n, times in phases.items()})
    return tuple(
        f"{what} in {100 * times / len(drawn):.0f} % of resamples"
        for what, times in others.most_common()
        if times >= fewest * len(drawn)
    )
