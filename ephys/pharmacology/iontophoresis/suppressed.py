"""Spikes that an ejection suppressed: what the baseline expects, less what was counted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ephys.firing import count, gamma_interval
from ephys.model import Epoch, Estimate, Unit
from ephys.pharmacology.iontophoresis.settings import IontophoresisSettings


@dataclass(frozen=True, slots=True)
class Counted:
    """Spikes in the seconds of a window that were recorded."""

    n: int
    seconds: float

    @classmethod
    def of(cls, unit: Unit, window: Epoch) -> Counted:
        """Count a window of a unit."""
        return cls(count(unit.times_s, window), unit.support.covered_s(window))

    def rate(self, cv: float) -> Estimate:
        """Rate in Hz, with the interval of a cell of this regularity."""
        return Estimate(self.n / self.seconds, *gamma_interval(self.n, self.seconds, cv=cv))


def suppressed_spikes(baseline: Counted, window: Counted, *, cv: float) -> Estimate:
    """Spikes that the baseline expects in a window, less those counted there: ``R0 T - n``, sign kept.

    The interval joins the exact ones of both rates, for gamma intervals of this CV, by the method of variance estimates
    recovery (Zou & Donner 2008, Stat Med 27:1693): no spike at all is not taken for a rate of exactly 0.

    Parameters
    ----------
    baseline, window : Counted
    cv : float
        Of the cell's intervals.

    Examples
    --------
    >>> suppressed_spikes(Counted(120, 60.0), Counted(46, 80.0), cv=1.0).value   # 2 Hz × 80 s - 46
    114.0
    """
    before, during = baseline.rate(cv), window.rate(cv)
    return difference(before, during, scale=window.seconds)


def difference(one: Estimate, other: Estimate, *, scale: float = 1.0) -> Estimate:
    """One less the other, times a number above 0, with the interval that both intervals leave (as above).

    >>> difference(Estimate(5.0, 2.0, 9.0), Estimate(1.0, -2.0, 5.0))   # 5 = √(3² + 4²) down and up
    Estimate(value=4.0, low=-1.0, high=9.0)
    """
    value = one.value - other.value
    down = math.hypot(one.value - one.low, other.high - other.value)
    up = math.hypot(one.high - one.value, other.value - other.low)
    return Estimate(scale * value, scale * (value - down), scale * (value + up))


def scaled(estimate: Estimate, factor: float) -> Estimate:
    """An estimate times a number above 0."""
    return Estimate(estimate.value * factor, estimate.low * factor, estimate.high * factor)


def mean_of(estimates: Sequence[Estimate]) -> Estimate:
    """Mean of estimates that do not depend on each other, with the interval that theirs leave.

    >>> mean_of([Estimate(1.0, -5.0, 7.0), Estimate(3.0, -5.0, 11.0)])   # √(6² + 8²) / 2
    Estimate(value=2.0, low=-3.0, high=7.0)
    """
    value = sum(one.value for one in estimates) / len(estimates)
    down = math.hypot(*(one.value - one.low for one in estimates)) / len(estimates)
    up = math.hypot(*(one.high - one.value for one in estimates)) / len(estimates)
    return Estimate(value, value - down, value + up)


def recovered_at(
    unit: Unit, baseline: Counted, from_s: float, until_s: float, settings: IontophoresisSettings
) -> float:
    """End of the first window that has the recovered share of the baseline's spikes; NaN where none has.

    Parameters
    ----------
    unit : Unit
    baseline : Counted
    from_s, until_s : float
        Between which windows lie.
    settings : IontophoresisSettings
    """
    length_s = settings.recovery_window_s
    # It can only come to have enough with a spike, or at the first place.
    inside = unit.times_s[(unit.times_s >= from_s + length_s) & (unit.times_s < until_s)]
    stops_s = np.concatenate([[from_s + length_s], np.nextafter(inside, np.inf)])
    for stop_s in stops_s[stops_s <= until_s].tolist():
        window = Counted.of(unit, Epoch(stop_s - length_s, stop_s))
        expected = baseline.n / baseline.seconds * window.seconds
        if window.seconds >= settings.min_cover * length_s and window.n >= settings.recovered_share * expected:
            return float(stop_s)
    return math.nan
