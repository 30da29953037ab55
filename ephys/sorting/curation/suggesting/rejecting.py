"""Which unit is no cell, or no single one."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.model import Epoch, Recording, Unit
from ephys.sorting.contamination import false_spike_rate
from ephys.sorting.curation.operations import Delete, Relabel
from ephys.sorting.curation.suggesting.clipping import suggest_clipped
from ephys.sorting.curation.suggesting.costs import delete_cost, relabel_cost
from ephys.sorting.curation.suggesting.settings import SuggestionSettings
from ephys.sorting.curation.suggestion import Suggestion
from ephys.sorting.detection import MAD_TO_SD
from ephys.sorting.joining import Cluster, JoiningSettings, is_echo
from ephys.sorting.rhythms import RhythmSettings
from ephys.sorting.slow_energy import LOW_HZ, slow_share

FloatArray = NDArray[np.float64]

MAINS_DRIFT_HZ, MAINS_STEP_HZ = 0.2, 0.01
"""How far the mains stray from their frequency, and the steps in which it is searched (convention)."""

LONGEST_S = 2.0
"""Longer intervals say nothing of the phase of the mains, whose frequency wanders (convention)."""


def suggest_rejections(
    units: Sequence[Unit], settings: SuggestionSettings, *, recording: Recording | None = None
) -> list[Suggestion]:
    """Suggest what to delete, or to call more than one cell; the surest reason for each unit."""
    found = []
    for unit in units:
        if unit.n_spikes < settings.least_spikes:
            continue
        doubts = [
            _echo(unit, units, settings),
            _periodic(unit, settings),
            _slow(unit),
            suggest_clipped(unit, recording, settings) if recording is not None else None,
            _several(unit, settings),
        ]
        found += sorted((one for one in doubts if one is not None), key=lambda one: -one.score)[:1]
    return found


def _echo(unit: Unit, units: Sequence[Unit], settings: SuggestionSettings) -> Suggestion | None:
    """Suggest to delete a unit whose spikes are another one's, detected once more."""
    limits = JoiningSettings()
    for other in units:
        if other is unit or other.multi_unit or other.n_spikes < settings.least_spikes:
            continue
        if not is_echo(_cluster(unit), _cluster(other), limits):
            continue
        both = is_echo(_cluster(other), _cluster(unit), limits)
        if both and (_size(unit), other.id) > (_size(other), unit.id):
            continue  # of two copies the smaller goes
        lag_ms, share = _lag(unit.times_s, other.times_s, limits.echo_ms)
        reason = (
            f"{100 * share:.0f} % of its spikes come {abs(lag_ms):.2f} ms {'after' if lag_ms >= 0 else 'before'} one "
            f"of unit {other.id}, always as long: another phase of them, or the same spikes found twice"
        )
        return Suggestion(Delete(unit.id), min(1.0, 0.3 + 0.7 * share), (reason,), (), delete_cost(unit))
    return None


def _cluster(unit: Unit) -> Cluster:
    """Spikes of a unit as the joining of clusters takes them, which looks at their times alone here."""
    return Cluster(np.empty((unit.n_spikes, 0)), unit.times_s, np.empty((0, 1), dtype=np.float32))


def _size(unit: Unit) -> float:
    """Median amplitude; 0 where unknown."""
    known = unit.amplitudes_uv[np.isfinite(unit.amplitudes_uv)]
    return float(np.median(known)) if known.size else 0.0


def _lag(times_s: FloatArray, of_s: FloatArray, reach_ms: float) -> tuple[float, float]:
    """Usual lag (ms) behind the nearest spike of another train, and the share of spikes that have one near."""
    after = np.clip(np.searchsorted(of_s, times_s), 1, len(of_s) - 1)
    lags = np.stack([times_s - of_s[after - 1], times_s - of_s[after]])
    lag_ms = 1e3 * np.take_along_axis(lags, np.abs(lags).argmin(axis=0)[np.newaxis], axis=0)[0]
    near = np.abs(lag_ms) < reach_ms
    return float(np.median(lag_ms[near])), float(near.mean())


def _periodic(unit: Unit, settings: SuggestionSettings) -> Suggestion | None:
    """Suggest to delete what keeps the time of the mains, or of a clock."""
    intervals_s = np.diff(unit.times_s)
    typical = float(np.median(intervals_s))
    spread = MAD_TO_SD * float(np.median(np.abs(intervals_s - typical))) / typical if typical > 0 else math.inf
    if spread <= settings.clock_share:
        reason = f"its intervals are all {1e3 * typical:.4g} ms, to {100 * spread:.2g} %: a clock, no cell"
        return Suggestion(Delete(unit.id), 0.9, (reason,), (), delete_cost(unit))
    strength, at_hz = max(_mains_strength(intervals_s, mains_hz) for mains_hz in settings.mains_hz)
    if strength < settings.mains_strength:
        return None
    reason = f"its intervals are whole cycles of {at_hz:.2f} Hz (vector strength {strength:.2f}): mains, no cell"
    return Suggestion(Delete(unit.id), strength, (reason,), (), delete_cost(unit))


def _mains_strength(intervals_s: FloatArray, mains_hz: float) -> tuple[float, float]:
    """How well intervals are whole cycles of the mains: mean cosine of their phase, and the frequency that fits best.

    Only intervals of several different numbers of cycles say so: a fast regular cell may happen to keep one.
    """
    used = intervals_s[intervals_s < LONGEST_S]
    if used.size < 20 or MAD_TO_SD * float(np.median(np.abs(used - np.median(used)))) < 1.0 / mains_hz:
        return 0.0, mains_hz
    at_hz = np.arange(mains_hz - MAINS_DRIFT_HZ, mains_hz + MAINS_DRIFT_HZ + MAINS_STEP_HZ, MAINS_STEP_HZ)
    strength = np.cos(2.0 * np.pi * at_hz[:, np.newaxis] * used).mean(axis=1)
    best = int(strength.argmax())
    return float(strength[best]), float(at_hz[best])


def _slow(unit: Unit) -> Suggestion | None:
    """Suggest to delete what is too slow for a spike."""
    share, most = slow_share(unit.waveform), RhythmSettings().most_slow_share
    if not share >= most:
        return None
    reason = f"{100 * share:.0f} % of its mean waveform's energy lies below {LOW_HZ:g} Hz: a movement, no spike"
    return Suggestion(Delete(unit.id), share, (reason,), (), delete_cost(unit))


def _several(unit: Unit, settings: SuggestionSettings) -> Suggestion | None:
    """Suggest to call a unit several cells that leaves intervals which one cell does not."""
    if unit.multi_unit:
        return None
    reasons, score = [], 0.0
    intervals_ms = 1e3 * np.diff(unit.times_s)
    short = int((intervals_ms < settings.quiet.refractory_ms).sum())
    least = float(stats.chi2.ppf(0.025, 2 * short)) / 2.0 / len(intervals_ms) if short else 0.0
    if least > settings.most_refractory_share:
        reasons.append(
            f"{short} of {len(intervals_ms)} intervals are shorter than {settings.quiet.refractory_ms:g} ms "
            f"({100 * least:.1f} % or more)"
        )
        score = 0.5 + 0.5 * min(1.0, least / 0.1)
    whole = Epoch(unit.support.start_s, math.nextafter(unit.support.stop_s, math.inf))
    false = false_spike_rate(unit, within=whole, settings=settings.quiet)
    rate_hz = unit.n_spikes / unit.support.duration_s
    if not math.isnan(false.rate_hz) and false.low_hz > settings.most_false_share * rate_hz:
        reasons.append(
            f"{false.rate_hz:.2g} Hz ({false.low_hz:.2g} to {false.high_hz:.2g}) of its {rate_hz:.2g} Hz are not one "
            f"cell's: {false.evidence}"
        )
        score = max(score, 0.4 + 0.6 * min(1.0, false.low_hz / rate_hz))
    if not reasons:
        return None
    return Suggestion(Relabel(unit.id, "multi_unit"), score, tuple(reasons), (), relabel_cost(unit))
