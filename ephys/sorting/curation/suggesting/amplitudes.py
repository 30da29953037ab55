"""Whether amplitudes are one distribution or two, and whether one goes on where the other ends."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.model import Unit
from ephys.sorting.clustering import ClusteringSettings, Valley, find_valley
from ephys.sorting.curation.suggesting.settings import SuggestionSettings
from ephys.sorting.detection import MAD_TO_SD

FloatArray = NDArray[np.float64]


def scatter_uv(unit: Unit) -> float:
    """Noise of the amplitudes: as it was measured, else from what parts each spike from the next; NaN where unknown."""
    if unit.noise_uv > 0:
        return unit.noise_uv
    steps = np.abs(np.diff(unit.amplitudes_uv[np.isfinite(unit.amplitudes_uv)]))
    return MAD_TO_SD * float(np.median(steps)) / math.sqrt(2.0) if steps.size else math.nan


def amplitude_valley(first: Unit, second: Unit) -> Valley | None:
    """Valley between the amplitudes of two units; ``None`` where they are unknown or too few."""
    settings = ClusteringSettings()
    known = [unit.amplitudes_uv[np.isfinite(unit.amplitudes_uv)] for unit in (first, second)]
    noise_uv = np.fmax(scatter_uv(first), scatter_uv(second))
    if min(len(values) for values in known) < settings.least_spikes or not noise_uv > 0:
        return None
    small, large = sorted((values[:, np.newaxis] / noise_uv for values in known), key=lambda part: float(part.mean()))
    return find_valley(small, large, settings)


@dataclass(frozen=True, slots=True)
class Handover:
    """One unit takes over from another.

    Parameters
    ----------
    before, after : str
        Which from which.
    last_s, first_s : float
        When the one ends and the other begins, but for a twentieth of the spikes.
    ratio : float
        Size of the first spikes of the later one against the last of the earlier one; NaN where unknown.
    """

    before: str
    after: str
    last_s: float
    first_s: float
    ratio: float

    def steady(self, settings: SuggestionSettings) -> bool:
        """Whether the size goes on."""
        return max(self.ratio, 1.0 / self.ratio) <= settings.handover_size if self.ratio > 0 else False


def find_handover(first: Unit, second: Unit, settings: SuggestionSettings) -> Handover | None:
    """Whether one of two units begins where the other ends; ``None`` where they fire at the same time."""
    before, after = sorted((first, second), key=lambda unit: float(np.median(unit.times_s)))
    last_s, first_s = float(np.quantile(before.times_s, 0.95)), float(np.quantile(after.times_s, 0.05))
    if last_s > first_s:
        return None
    count = settings.handover_spikes
    at_end = before.amplitudes_uv[before.times_s <= last_s][-count:]
    at_start = after.amplitudes_uv[after.times_s >= first_s][:count]
    known = [values[np.isfinite(values)] for values in (at_end, at_start)]
    ratio = float(np.median(known[1]) / np.median(known[0])) if all(part.size for part in known) else math.nan
    return Handover(before.id, after.id, last_s, first_s, ratio)


def find_step(unit: Unit, settings: SuggestionSettings) -> tuple[float, float]:
    """Moment at which the size of a unit's spikes changes most from steady to steady, and the ratio; NaN without one.

    Examples
    --------
    >>> from ephys.model import Epoch, Support
    >>> sizes, whole = np.where(np.arange(200) < 120, 100.0, 60.0), Support.of(Epoch(0.0, 200.0))
    >>> find_step(Unit("1", np.arange(200.0), whole, amplitudes_uv=sizes), SuggestionSettings())
    (119.5, 0.6)
    """
    count = settings.handover_spikes
    known = np.flatnonzero(np.isfinite(unit.amplitudes_uv))
    if known.size < 4 * count:
        return math.nan, math.nan
    medians = np.log(np.median(np.lib.stride_tricks.sliding_window_view(unit.amplitudes_uv[known], count), axis=1))
    further, before, after, beyond = (medians[i * count : medians.size - (3 - i) * count] for i in range(4))
    steady = np.maximum(np.abs(before - further), np.abs(beyond - after)) <= math.log(settings.steady_size)
    step = np.where(steady, after - before, 0.0)
    place = int(np.abs(step).argmax())
    if abs(step[place]) < math.log(settings.step_size):
        return math.nan, math.nan
    around = known[place : place + 4 * count]
    first = find_seam(np.log(np.maximum(unit.amplitudes_uv[around], 1e-12))[:, np.newaxis], count)
    return float(unit.times_s[around[first - 1 : first + 1]].mean()), round(math.exp(step[place]), 6)


def find_seam(values: FloatArray, margin: int) -> int:
    """Row that begins the second of two level stretches, at least so many from either end.

    >>> find_seam(np.array([[0.0], [0.1], [0.0], [3.0], [3.1]]), 1)
    3
    """
    places = np.arange(margin, len(values) - margin + 1)
    sums = np.cumsum(values - values.mean(axis=0), axis=0)[places - 1]
    between = (sums**2).sum(axis=1) * (1.0 / places + 1.0 / (len(values) - places))
    return int(places[np.argmax(between)])
