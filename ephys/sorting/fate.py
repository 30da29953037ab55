"""Was the cell still on the electrode when the recording ended? Held, lost, or undetermined, with the evidence."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from scipy.stats import theilslopes

from ephys.jupyter import Shown
from ephys.model import Epoch, Fate, Unit
from ephys.sorting.amplitudes import amplitude_scatter, mean_amplitude

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FateSettings(Shown):
    """When a cell counts as silent to the end, and when its amplitude has run down. All are conventions.

    Parameters
    ----------
    silence_s, silence_intervals : float
        Silent to the end: for longer than this, and than so many mean intervals of the baseline.
    stray_spikes : int
        Spikes in that silence that are set aside as false, whatever their size.
    stray_share : float
        More of them are set aside while they are rarer than this share of the baseline rate, and either near the
        threshold or after a run-down: spikes of a neighbour, not a return.
    last_spikes : int
        Spikes whose amplitude is looked at before the silence.
    faint_sd : float
        An amplitude this many SD above the threshold, or less, is near it; the SD is that by which the unit's
        amplitude scatters from spike to spike.
    fallen_share : float
        The amplitude must have fallen to this share of the baseline's, or lower, to have run down.
    sure_sd : float
        Completeness is proven good while the amplitude stays this many such SD above the threshold (98 %).
    grown_share : float
        Spikes after a silence whose median amplitude is more than this share of that before it are another cell's.
    """

    silence_s: float = 30.0
    silence_intervals: float = 10.0
    stray_spikes: int = 2
    stray_share: float = 0.1
    last_spikes: int = 15
    faint_sd: float = 1.5
    fallen_share: float = 0.8
    sure_sd: float = 2.0
    grown_share: float = 1.5


def assess_fate(unit: Unit, *, within: Epoch, settings: FateSettings | None = None) -> Fate:
    """Judge whether the electrode still held the cell.

    Parameters
    ----------
    unit : Unit
        Any unit; without amplitudes and threshold, one that is silent to the end stays undetermined.
    within : Epoch
        Baseline, from which rate and amplitude are taken.
    settings : FateSettings, optional
        What counts as silent, and as run down.

    Returns
    -------
    Fate
        State, last time at which the cell is proven held, and why, with the figures.

    Examples
    --------
    >>> unit = Unit.from_times(np.arange(0.5, 300.0), support=Epoch(0.0, 600.0))
    >>> assess_fate(unit, within=Epoch(0.0, 180.0)).state       # silent for the last five minutes
    'undetermined'
    >>> unit = Unit.from_times(np.arange(0.5, 600.0), support=Epoch(0.0, 600.0))
    >>> assess_fate(unit, within=Epoch(0.0, 180.0)).state
    'held'
    """
    settings = settings or FateSettings()
    if unit.n_spikes == 0:
        return Fate("undetermined", unit.support.start_s, "no spike in the whole recording")
    if unit.multi_unit:
        return Fate("undetermined", float(unit.times_s[-1]), "multi-unit: not one cell that could be held or lost")
    rate_hz = _baseline_rate(unit, within)
    last = _last_own_spike(unit, within, rate_hz, settings)
    last_s = float(unit.times_s[last])
    silent_s = _recorded_after(unit, last_s)
    silent = silent_s > max(settings.silence_s, settings.silence_intervals / rate_hz)
    ending = _ending(unit, within, last, settings)
    if ending is not None and ending.ran_down and (silent or ending.at_threshold):
        lost_at_s, held_until_s = (min(last_s, time_s) for time_s in (ending.gone_s, ending.sure_until_s))
        return Fate("lost", held_until_s, ending.evidence(silent_s if silent else 0.0), lost_at_s)
    if silent:
        reason = "no run-down of the amplitude before" if ending else "amplitudes unknown"
        later = unit.n_spikes - 1 - last
        if later > settings.stray_spikes:
            reason += f"; {later} later spikes are of another size, or stray: not taken for its own"
        return Fate("undetermined", last_s, f"silent for the last {silent_s:.0f} s; {reason}")
    size = f" at {100 * ending.seen_uv / ending.baseline_uv:.0f} % of its baseline amplitude" if ending else ""
    until = f"fires to within {silent_s:.0f} s of the end" if silent_s >= 0.5 else "fires to the end"
    return Fate("held", last_s, until + size)


@dataclass(frozen=True, slots=True)
class _Ending:
    """Amplitudes at the end of a unit's firing, beside those of its baseline."""

    baseline_uv: float
    last_uv: float
    seen_uv: float
    threshold_uv: float
    ran_down: bool
    at_threshold: bool
    gone_s: float
    sure_until_s: float

    def evidence(self, silent_s: float) -> str:
        """What happened, in words, with the figures."""
        after = f", then silence for the last {silent_s:.0f} s" if silent_s else ""
        return (
            f"amplitude fell from {self.baseline_uv:.0f} to {self.seen_uv:.0f} µV, "
            f"near the threshold of {self.threshold_uv:.0f} µV{after}"
        )


def _baseline_rate(unit: Unit, within: Epoch) -> float:
    """Rate in the baseline, or where it has no spike, over the whole recording."""
    count, covered_s = int(within.mask(unit.times_s).sum()), unit.support.covered_s(within)
    if count == 0 or covered_s == 0:
        count, covered_s = unit.n_spikes, unit.support.duration_s
    return count / covered_s


def _baseline_amplitude(unit: Unit, within: Epoch) -> float:
    """Median amplitude in the baseline, or where it has none, of all spikes; NaN where unknown."""
    known = np.isfinite(unit.amplitudes_uv)
    inside = known & within.mask(unit.times_s)
    chosen = unit.amplitudes_uv[inside if inside.any() else known]
    return float(np.median(chosen)) if chosen.size else math.nan


def _recorded_after(unit: Unit, time_s: float) -> float:
    """Seconds recorded after a time, gaps left out."""
    stop_s = unit.support.stop_s
    return unit.support.covered_s(Epoch(time_s, stop_s)) if time_s < stop_s else 0.0


def _last_own_spike(unit: Unit, within: Epoch, rate_hz: float, settings: FateSettings) -> int:
    """Number of the last spike that is not a stray one in a silence that lasts to the end.

    Such a silence begins with a gap that would itself count as silence; after it come few spikes or, while they are
    rare, ones nearer to the threshold than to the baseline's amplitude, or any that follow a run-down to the threshold.
    """
    halfway_uv = 0.5 * (unit.threshold_uv + _baseline_amplitude(unit, within))
    limit_s = max(settings.silence_s, settings.silence_intervals / rate_hz)
    gaps_s = np.diff(unit.support.elapsed_s(unit.times_s))
    for index in np.flatnonzero(gaps_s > limit_s):
        strays = unit.amplitudes_uv[index + 1 :]
        tail_s = _recorded_after(unit, float(unit.times_s[index]))
        if len(strays) <= settings.stray_spikes and _recorded_after(unit, float(unit.times_s[-1])) > limit_s:
            return int(index)
        known = strays[np.isfinite(strays)]
        if known.size and not _of_its_size(unit, int(index), known, settings):
            return int(index)
        rare = len(strays) <= settings.stray_share * rate_hz * tail_s
        if rare and known.size and (np.median(known) < halfway_uv or _faint(unit, int(index), settings)):
            return int(index)
    return unit.n_spikes - 1


def _of_its_size(unit: Unit, index: int, returned_uv: FloatArray, settings: FateSettings) -> bool:
    """Whether spikes after a silence could be the cell's own: not far larger than it was before."""
    before = unit.amplitudes_uv[max(0, index + 1 - settings.last_spikes) : index + 1]
    known = before[np.isfinite(before)]
    return known.size == 0 or bool(np.median(returned_uv) <= settings.grown_share * np.median(known))


def _faint(unit: Unit, index: int, settings: FateSettings) -> bool:
    """Whether the spikes up to one of them had come near the threshold."""
    recent = unit.amplitudes_uv[max(0, index + 1 - settings.last_spikes) : index + 1]
    near_uv = unit.threshold_uv + settings.faint_sd * amplitude_scatter(unit)[0]
    return bool(np.median(recent) < near_uv)  # false where one is unknown


def _ending(unit: Unit, within: Epoch, last: int, settings: FateSettings) -> _Ending | None:
    """Amplitudes up to the last own spike; ``None`` where they, or the threshold, are unknown or too few."""
    known = np.flatnonzero(np.isfinite(unit.amplitudes_uv[: last + 1]))
    if len(known) < settings.last_spikes or not (math.isfinite(unit.threshold_uv) and unit.noise_uv > 0):
        return None
    times_s, amplitudes = unit.times_s[known], unit.amplitudes_uv[known]
    baseline_uv = _baseline_amplitude(unit, within)
    last_uv = _last_amplitude(times_s[-3 * settings.last_spikes :], amplitudes[-3 * settings.last_spikes :], settings)
    track = median_filter(amplitudes, size=settings.last_spikes, mode="mirror")
    scatter_uv, _ = amplitude_scatter(unit)
    above_sd = (track - unit.threshold_uv) / scatter_uv
    faint = last_uv < unit.threshold_uv + settings.faint_sd * scatter_uv
    # Where most spikes are hidden, those that are seen stay above the threshold however small the cell has become.
    seen_uv = float(np.median(amplitudes[-settings.last_spikes :]))
    if faint and seen_uv < baseline_uv:
        last_uv = min(last_uv, mean_amplitude(amplitudes[-2 * settings.last_spikes :], unit))
    return _Ending(
        baseline_uv=baseline_uv,
        last_uv=last_uv,
        seen_uv=seen_uv,
        threshold_uv=unit.threshold_uv,
        ran_down=faint and last_uv < settings.fallen_share * baseline_uv,
        at_threshold=bool(above_sd[-1] < _HALF_SD or last_uv < unit.threshold_uv),
        gone_s=_last_time(times_s, above_sd >= _HALF_SD),
        sure_until_s=_last_time(times_s, above_sd >= settings.sure_sd),
    )


_HALF_SD = 0.7
"""Median, in SD above the threshold, of what is seen of a normal distribution of which half is seen (0.674)."""


def _last_amplitude(times_s: FloatArray, amplitudes: FloatArray, settings: FateSettings) -> float:
    """Amplitude at the last spike: by the median of the last ones or by their trend, whichever is lower."""
    median = float(np.median(amplitudes[-settings.last_spikes :]))
    slope, intercept, _, highest = theilslopes(amplitudes, times_s)
    return min(median, float(intercept + slope * times_s[-1])) if highest < 0 else median


def _last_time(times_s: FloatArray, holds: NDArray[np.bool_]) -> float:
    """Last of the times at which something holds; the first of all where it never does."""
    return float(times_s[holds][-1] if holds.any() else times_s[0])
