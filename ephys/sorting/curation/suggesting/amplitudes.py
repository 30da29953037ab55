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
        The spikes between which the two are best parted: the last of the one, the first of the other.
    astray : int
        Spikes of either on the wrong side of that.
    ratio : float
        Size of the first spikes of the later one against the last of the earlier one; NaN where unknown.
    interval_s : float
        Median interval of those spikes.
    """

    before: str
    after: str
    last_s: float
    first_s: float
    astray: int
    ratio: float
    interval_s: float

    @property
    def gap_s(self) -> float:
        """Silence between the two."""
        return self.first_s - self.last_s

    def steady(self, settings: SuggestionSettings) -> bool:
        """Whether the size goes on."""
        return max(self.ratio, 1.0 / self.ratio) <= settings.handover_size if self.ratio > 0 else False

    def at_once(self, settings: SuggestionSettings) -> bool:
        """Whether the one begins as the other ends, whatever becomes of the size within reason."""
        if not self.ratio > 0 or max(self.ratio, 1.0 / self.ratio) > settings.jump_size:
            return False
        return self.gap_s <= settings.jump_intervals * self.interval_s

    @property
    def text(self) -> str:
        """Figures in words."""
        but = f" (but for {self.astray} spikes)" if self.astray else ""
        return (
            f"unit {self.after} begins at {self.first_s:.1f} s, where unit {self.before} has ended at "
            f"{self.last_s:.1f} s{but}, at {self.ratio:.2f} of its size"
        )


def find_handover(first: Unit, second: Unit, settings: SuggestionSettings) -> Handover | None:
    """Whether one of two units begins where the other ends, but for a twentieth of the spikes; ``None`` if not.

    >>> from ephys.model import Epoch, Support
    >>> whole, sizes = Support.of(Epoch(0.0, 99.0)), np.full(20, 80.0)
    >>> one, other = Unit("1", np.arange(20.0), whole, sizes), Unit("2", np.arange(22.0, 42.0), whole, 0.9 * sizes)
    >>> find_handover(one, other, SuggestionSettings()).text
    'unit 2 begins at 22.0 s, where unit 1 has ended at 19.0 s, at 0.90 of its size'
    """
    before, after = sorted((first, second), key=lambda unit: float(np.median(unit.times_s)))
    if np.quantile(before.times_s, 0.95) > np.quantile(after.times_s, 0.05):
        return None
    times_s = np.concatenate([before.times_s, after.times_s])
    order = np.argsort(times_s, kind="stable")
    later = (np.arange(times_s.size) >= before.n_spikes)[order]
    astray = np.cumsum(later) + (before.n_spikes - np.cumsum(~later))
    cut_s = float(times_s[order][int(astray.argmin())])
    count = settings.handover_spikes
    ended = np.flatnonzero(before.times_s <= cut_s)[-count:]
    begun = np.flatnonzero(after.times_s > cut_s)[:count]
    sizes = [part[np.isfinite(part)] for part in (before.amplitudes_uv[ended], after.amplitudes_uv[begun])]
    return Handover(
        before.id,
        after.id,
        last_s=float(before.times_s[ended[-1]]),
        first_s=float(after.times_s[begun[0]]),
        astray=int(astray.min()),
        ratio=float(np.median(sizes[1]) / np.median(sizes[0])) if all(part.size for part in sizes) else math.nan,
        interval_s=float(np.median(np.concatenate([np.diff(before.times_s[ended]), np.diff(after.times_s[begun])]))),
    )


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
