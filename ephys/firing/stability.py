"""Is the baseline steady enough to divide by? A slope, its halves, its steps: a verdict with its reasons."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from ephys.firing.change_points import ChangePoint, ChangePointSettings, find_change_points
from ephys.firing.rates import count
from ephys.firing.stability_settings import StabilitySettings
from ephys.firing.trend import Trend, fit_trend, half_ratio
from ephys.jupyter import Shown
from ephys.model import Epoch, Estimate, Unit

Steadiness = Literal["stable", "unclear", "unstable", "not_judged"]

_REPLICATES = 199
"""Trains that tell the chance of a step: to 1 in 200, a fifth of what is asked of it."""

_MOST_PERCENT = 200

_UNKNOWN = Estimate()


@dataclass(frozen=True, slots=True)
class Stability(Shown):
    """How steady a baseline is.

    Parameters
    ----------
    unit_id : str
        The unit.
    baseline : Epoch
        The window judged.
    covered_s, n_spikes : float, int
        Recorded seconds, and the spikes in them.
    rate_hz : float
        Mean rate; NaN where nothing was recorded.
    slope_percent_per_min, slope_low, slope_high : float
        Trend in percent of the mean rate per minute, with its interval; NaN where not judged.
    half_ratio, half_low, half_high : float
        Rate of the second half over that of the first, with its interval; NaN where not judged.
    verdict : {"stable", "unclear", "unstable", "not_judged"}
        The call. Unclear: nothing was seen, and a large change is not excluded.
    reasons : tuple of str
        Why, in words.
    change : Estimate
        What the trend makes over the baseline, in percent of the mean rate; the interval is what is not excluded.
    slope_p : float
        Chance of a slope as steep in a steady rate; NaN where not judged.
    steps : tuple of ChangePoint
        Where the rate steps from one level to another, in order of time.
    middle_s : float
        When the line of the trend is at the mean rate; NaN where not judged.
    """

    unit_id: str
    baseline: Epoch
    covered_s: float
    n_spikes: int
    rate_hz: float
    slope_percent_per_min: float = math.nan
    slope_low: float = math.nan
    slope_high: float = math.nan
    half_ratio: float = math.nan
    half_low: float = math.nan
    half_high: float = math.nan
    verdict: Steadiness = "not_judged"
    reasons: tuple[str, ...] = ()
    change: Estimate = _UNKNOWN
    slope_p: float = math.nan
    steps: tuple[ChangePoint, ...] = ()
    middle_s: float = math.nan

    @property
    def unseen_percent(self) -> float:
        """Largest change over the baseline, up or down, that its interval does not exclude; NaN where not judged."""
        return max(abs(self.change.low), abs(self.change.high))

    def step_percent(self, step: ChangePoint) -> float:
        """Size of a step in percent of the mean rate."""
        return 100.0 * (step.after_hz - step.before_hz) / self.rate_hz

    def __str__(self) -> str:
        return f"baseline of unit {self.unit_id}: {self.verdict.replace('_', ' ')} ({'; '.join(self.reasons)})"


def assess_stability(
    unit: Unit, baseline: Epoch, *, seed: int = 0, settings: StabilitySettings | None = None
) -> Stability:
    """Judge whether a unit's rate is steady through a window.

    The slope is a straight line through the rates of the bins, weighted by recorded time; its interval, and that of
    the ratio of the halves, take their noise from the scatter of the bins round that line, so that a regular cell is
    judged more sharply than an irregular one. Steps are looked for as `find_change_points` does. The baseline is

    - unstable where slope or step has less than `StabilitySettings.look_alarm` of chance in a steady train and makes
      more than `max_change_percent` of the mean rate. The two looks share the 5 %; the halves are shown beside and
      decide nothing, since a third look would raise more false alarms;
    - stable where neither is seen, and the interval of the change excludes more than `max_unseen_percent`;
    - unclear where neither is seen and it does not: few spikes, or irregular ones, can hide a large change.

    Of simulated steady cells (gamma and log-normal intervals, 0.5 to 4 Hz, 180 s) 0.2 to 2.6 % are called unstable with
    a CV of 0.2 or 0.3, whose chance changes are mostly too small to matter, 2.7 to 4.8 % with a CV of 0.5 or 0.75, and
    3.4 to 4.6 % with a CV of 1. docs/baseline.md says which changes are found.

    Parameters
    ----------
    unit : Unit
        The unit; gaps of its support count neither as time nor as silence.
    baseline : Epoch
        The window.
    seed : int, optional
        Of the trains that tell the chance of a step.
    settings : StabilitySettings, optional
        Limits.

    Returns
    -------
    Stability

    Examples
    --------
    >>> import numpy as np
    >>> unit = Unit.from_times(np.arange(0.25, 180.0, 0.5), support=Epoch(0.0, 180.0))   # 2 Hz throughout
    >>> print(assess_stability(unit, Epoch(0.0, 180.0)))
    baseline of unit 1: stable (no sure change; changes up to 0 % over the baseline not excluded: slope
    +0.0 %/min (+0.0 to +0.0); second half fires 1.00 of the first (1.00 to 1.00))
    """
    settings = settings or StabilitySettings()
    covered_s = unit.support.covered_s(baseline)
    n_spikes = count(unit.times_s, baseline)
    rate_hz = n_spikes / covered_s if covered_s > 0 else math.nan
    missing = _why_not(covered_s, n_spikes, settings)
    if missing:
        return Stability(
            unit.id, baseline, covered_s, n_spikes, rate_hz, reasons=(missing, *_partly(unit, baseline, covered_s))
        )
    trend = fit_trend(unit.times_s, unit.support, baseline, settings)
    halves = half_ratio(unit.times_s, unit.support, baseline, trend)
    steps = _steps(unit, baseline, seed, settings) if n_spikes <= settings.max_spikes else ()
    slope, change = trend.slope, trend.change
    judged = Stability(
        unit.id, baseline, covered_s, n_spikes, rate_hz,
        slope.value, slope.low, slope.high, halves.value, halves.low, halves.high,
        change=change, slope_p=trend.p, steps=steps, middle_s=trend.middle_s,
    )  # fmt: skip
    return _called(judged, trend, _partly(unit, baseline, covered_s), settings)


def _why_not(covered_s: float, n_spikes: int, settings: StabilitySettings) -> str:
    """Say why a baseline cannot be judged; empty where it can."""
    if covered_s < settings.min_covered_s:
        return f"{covered_s:.0f} s of baseline recorded, fewer than {settings.min_covered_s:g} s"
    if n_spikes == 0:
        return f"silent for {covered_s:.0f} s: there is no rate to divide by"
    if n_spikes < settings.min_spikes:
        return f"{n_spikes} spikes in the baseline, fewer than {settings.min_spikes}"
    return ""


def _partly(unit: Unit, baseline: Epoch, covered_s: float) -> tuple[str, ...]:
    """Say where the unit was not recorded for some of the baseline."""
    missing_s, support = baseline.duration_s - covered_s, unit.support
    if missing_s < 0.5:
        return ()
    where = "with gaps"
    if support.stop_s <= baseline.start_s or support.start_s >= baseline.stop_s:
        where = f"the unit is known from {support.start_s:.0f} to {support.stop_s:.0f} s"
    elif support.start_s > baseline.start_s:
        where = f"the unit is known from {support.start_s:.0f} s on"
    elif support.stop_s < baseline.stop_s:
        where = f"the unit is known until {support.stop_s:.0f} s"
    return (f"{missing_s:.0f} of {baseline.duration_s:.0f} s not recorded: {where}",)


def _steps(unit: Unit, baseline: Epoch, seed: int, settings: StabilitySettings) -> tuple[ChangePoint, ...]:
    """Steps that have no more of chance than their share of the false alarms."""
    how = ChangePointSettings(replicates=_REPLICATES, level=settings.level, shuffle=True)
    found = find_change_points(unit, baseline, seed=seed, settings=how)
    return tuple(step for step in found if step.p <= settings.look_alarm)


def _called(judged: Stability, trend: Trend, partly: tuple[str, ...], settings: StabilitySettings) -> Stability:
    """Add the verdict and what it rests on."""
    slopes = trend.p <= settings.look_alarm and abs(trend.change.value) > settings.max_change_percent
    jumps = [step for step in judged.steps if abs(judged.step_percent(step)) > settings.max_change_percent]
    hidden = judged.unseen_percent > settings.max_unseen_percent
    verdict: Steadiness = "unstable" if slopes or jumps else "unclear" if hidden else "stable"
    reasons = [_slope_text(judged, settings, slopes=slopes, seen=bool(slopes or jumps)), _halves_text(judged)]
    reasons += [_step_text(judged, step) for step in judged.steps]
    if judged.n_spikes > settings.max_spikes:
        reasons.append(f"steps were not looked for among more than {settings.max_spikes} spikes")
    # The step first, where it is what the verdict rests on.
    ordered = reasons[2:] + reasons[:2] if jumps and not slopes else reasons
    return replace(judged, verdict=verdict, reasons=(*ordered, *partly))


def _slope_text(judged: Stability, settings: StabilitySettings, *, slopes: bool, seen: bool) -> str:
    """The slope, with what it makes of the rate, or what it leaves open."""
    trend = f"{judged.slope_percent_per_min:+.1f} %/min ({judged.slope_low:+.1f} to {judged.slope_high:+.1f})"
    direction, size = "rises" if judged.change.value > 0 else "falls", _size_text(judged.change.value)
    if slopes:
        return f"the rate {direction} by {size} of its mean over the baseline, {trend}"
    if seen:
        return f"slope {trend}"
    least = settings.max_change_percent
    found = f"the rate {direction} by {size}, and up to {least:g} % is let pass" if _is_small(judged, settings) else ""
    most = _size_text(judged.unseen_percent)
    return f"{found or 'no sure change'}; changes up to {most} over the baseline not excluded: slope {trend}"


def _is_small(judged: Stability, settings: StabilitySettings) -> bool:
    """Whether the slope is sure, and too small to matter."""
    return judged.slope_p <= settings.look_alarm and 0.5 <= abs(judged.change.value) <= settings.max_change_percent


def _size_text(percent: float) -> str:
    """Size of a change: a straight line through uneven bins can claim more than a rate, never negative, can do."""
    return f"more than {_MOST_PERCENT} %" if abs(percent) > _MOST_PERCENT else f"{abs(percent):.0f} %"


def _halves_text(judged: Stability) -> str:
    """One half against the other."""
    if not math.isfinite(judged.half_ratio):
        return "the first half is silent" if math.isinf(judged.half_ratio) else "one half was not recorded"
    return f"second half fires {judged.half_ratio:.2f} of the first ({judged.half_low:.2f} to {judged.half_high:.2f})"


def _step_text(judged: Stability, step: ChangePoint) -> str:
    """One step, with its interval and chance."""
    when = f"{step.time_s:.0f} s ({step.low_s:.0f} to {step.high_s:.0f})"
    size = f"{judged.step_percent(step):+.0f} % of the mean"
    return f"a step at {when} from {step.before_hz:.2f} to {step.after_hz:.2f} Hz ({size}, p = {step.p:.2g})"
