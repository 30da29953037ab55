"""Trains drawn at random, one per row, to compare a real one with."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ephys.model.epoch import FloatArray

BATCH_VALUES = 1_000_000
"""Spikes of drawn trains held at a time: about 100 MB with what is reckoned from them (convention)."""


def batches(replicates: int, spikes: int) -> list[int]:
    """Replicates to draw at a time, so that memory does not grow with the length of the train."""
    most = max(1, BATCH_VALUES // max(spikes, 1))
    return [min(most, replicates - first) for first in range(0, replicates, most)]


def shuffle_intervals(times: FloatArray, count: int, random: np.random.Generator) -> FloatArray:
    """Trains with the same intervals in another order, one per row."""
    intervals = random.permuted(np.tile(np.diff(times), (count, 1)), axis=1)
    return np.cumsum(np.insert(intervals, 0, times[0], axis=1), axis=1)


def draw_trains(
    before_hz: float,
    after_hz: float,
    at_s: float,
    seconds: float,
    cv: float,
    count: int,
    *,
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """Trains with gamma intervals whose rate steps at a time, one per row, filled up with infinity."""
    at_s = min(at_s, seconds)
    first, expected = before_hz * at_s, before_hz * at_s + after_hz * (seconds - at_s)
    size = math.ceil(expected + 8.0 * max(cv, 0.5) * math.sqrt(expected + 1.0)) + 8
    shape = 1.0 / cv**2
    events = np.cumsum(random.gamma(shape, 1.0 / shape, (count, size)), axis=1)
    events -= random.uniform(size=(count, 1)) * events[:, :1]
    # In the time in which the cell has one event per unit, the step is a change of pace.
    late = at_s + (events - first) / after_hz if after_hz > 0 else np.full_like(events, np.inf)
    early = events / before_hz if before_hz > 0 else np.full_like(events, at_s)
    times = np.where(events < first, early, late)
    return np.where(times < seconds, times, np.inf)
