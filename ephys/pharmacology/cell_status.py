"""What kind of answer the counts of a cell hold: a value, a bound, a bracket, or none."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.cell_fit import Status
from ephys.pharmacology.counts.solve import HillFits
from ephys.pharmacology.response_window import ResponseWindow

FloatArray = NDArray[np.float64]

_ALPHA = 0.05
"""Chance, without any effect, above which none is called (convention); apart from the coverage of the intervals."""


@dataclass(frozen=True, slots=True)
class CellCurve:
    """The fitted curve of one cell: natural logarithms of doses, each with both ends of its interval."""

    ln_id50: tuple[float, float, float]
    ln_ed50: tuple[float, float, float]
    ln_hill: float
    ln_rate: float
    emax: tuple[float, float, float]
    drift: tuple[float, float, float]
    chance: float
    misfit_p: float

    @classmethod
    def of(cls, fits: HillFits, row: int) -> CellCurve:
        """One row of many."""
        singles = (fits.best["ln_hill"], fits.best["ln_rate"], fits.chance, fits.misfit_p)
        ln_hill, ln_rate, chance, misfit_p = (float(values[row]) for values in singles)
        three = [_row(values, row) for values in (fits.id50, fits.ed50, fits.emax, fits.drift)]
        return cls(three[0], three[1], ln_hill, ln_rate, three[2], three[3], chance, misfit_p)


def _row(values: tuple[FloatArray, FloatArray, FloatArray], row: int) -> tuple[float, float, float]:
    """A value and both ends, of one cell."""
    return float(values[0][row]), float(values[1][row]), float(values[2][row])


def status_of(curve: CellCurve, windows: tuple[ResponseWindow, ...]) -> Status:
    """Say what kind of answer the windows of a cell hold."""
    points = percents_by_dose(windows)
    given = [dose for dose, _ in points]
    if curve.chance > _ALPHA:
        return "no_effect"
    if math.isnan(curve.ln_id50[0]):
        return "plateau"
    if curve.ln_id50[0] > math.log(given[-1]):
        return "above_top_dose"
    if curve.ln_id50[0] < math.log(given[0]):
        return "below_lowest_dose"
    percents = [percent for _, percent in points if math.isfinite(percent)]
    interior = any(10.0 < percent < 90.0 for percent in percents) or not percents
    return "all_or_none" if not interior and min(percents) <= 10.0 and max(percents) >= 90.0 else "interpolated"


def ends_of(curve: CellCurve, status: Status, windows: tuple[ResponseWindow, ...]) -> tuple[float, float]:
    """Interval of the absolute ID50, or the bound or bracket that its status leaves."""
    given = [dose for dose, _ in percents_by_dose(windows)]
    low, high = (_exp(end) for end in curve.ln_id50[1:])
    if status == "all_or_none":
        return bracket(windows)
    if status in ("above_top_dose", "no_effect", "plateau"):
        return min(low, given[-1]), math.inf
    if status == "below_lowest_dose":
        return 0.0, max(high, given[0])
    return low, high


def bracket(windows: tuple[ResponseWindow, ...]) -> tuple[float, float]:
    """Last dose before any left less than half of the rate, and the first from which on all did."""
    points = [(dose, percent < 50.0) for dose, percent in percents_by_dose(windows)]
    first_below = next(number for number, (_, below) in enumerate(points) if below)
    last_above = max((number for number, (_, below) in enumerate(points) if not below), default=-1)
    low = points[first_below - 1][0] if first_below else 0.0
    high = points[last_above + 1][0] if last_above + 1 < len(points) else math.inf
    return low, high


def percents_by_dose(windows: tuple[ResponseWindow, ...]) -> list[tuple[float, float]]:
    """Doses above 0 in order, each once, with their mean percent of baseline."""
    doses = sorted({window.dose for window in windows if window.dose > 0})
    return [(dose, statistics.fmean(w.percent for w in windows if w.dose == dose)) for dose in doses]


def _exp(value: float) -> float:
    """Exponential that leaves infinities as what they mean for a dose."""
    return math.exp(value) if value < 700.0 else math.inf
