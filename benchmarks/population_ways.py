"""Two groups of cells compared in five ways: ours, its two-stage check, and three that papers use.

Every way says the fold shift, the p-value of no shift, and whether its 95 % interval holds the true shift; a way that
has no answer says why.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from monte_carlo import Row
from numpy.typing import NDArray
from scipy import optimize, special, stats

from ephys.pharmacology import PopulationFit, fit_population
from ephys.pharmacology.regression.levenberg_marquardt import Effort, Terms, minimise

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

LEVEL = 0.95
REACHED = 50.0
"""Percent of baseline that a cell must have come down to, to be kept where cells are dropped."""
_EFFORT = Effort(tolerance=1e-6, most_iterations=60, idle=1e-6, patience=5)
_ROUNDING = 1e-9
_HALF_STEP, _FIRST_LOG_HILL = math.log(2.0) / 2, 0.5
"""Where the search begins: half a doubling below the first dose under 50 %, Hill slope 1.6."""


@dataclass(frozen=True)
class Compared:
    """Two groups of cells as they were counted, and the true shift between them.

    `counts` is (cells, windows), the baseline first, NaN where a dose was not given. `paired`: the animals of both
    groups are the same.
    """

    animal: NDArray[np.int_]
    treated: BoolArray
    doses: FloatArray
    counts: FloatArray
    exposure_s: FloatArray
    fano: FloatArray
    fold: float
    paired: bool = False

    @property
    def percent(self) -> FloatArray:
        """Rate as percent of baseline, (cells, doses); NaN where a dose was not given."""
        rates_hz = self.counts / self.exposure_s
        return np.asarray(100.0 * rates_hz[:, 1:] / rates_hz[:, :1])

    def table(self) -> dict[str, list[Any]]:
        """A line per cell and window, as `fit_population` reads it."""
        cell, window = np.nonzero(np.isfinite(self.counts))
        dose = np.concatenate([[0.0], self.doses])
        return {
            "animal": [f"rat {number}" for number in self.animal[cell]],
            "unit": [f"cell {number}" for number in cell],
            "group": ["treated" if treated else "control" for treated in self.treated[cell]],
            "drug": ["agonist"] * cell.size,
            "dose": dose[window].tolist(),
            "count": self.counts[cell, window].astype(int).tolist(),
            "exposure_s": self.exposure_s[window].tolist(),
            "fano": self.fano[cell].tolist(),
        }


def compare(groups: Compared, *, interval_too: bool) -> Row:
    """Return what every way says of the shift, and how many cells were dropped where cells are dropped."""
    began_s = time.perf_counter()
    ours = _by_population(groups, interval_too)
    fitted_s = time.perf_counter() - began_s
    log_id50 = log_id50_of_cells(groups)
    kept = np.isfinite(log_id50)
    left = log_id50[kept], groups.animal[kept], groups.treated[kept]
    ways = {
        **ours,
        "cells": _by_t_test(log_id50[kept], groups.treated[kept], groups.fold, welch=False),
        "animals": _by_pairs(*left, groups.fold) if groups.paired else _by_animals(*left, groups.fold),
        "pooled": _by_pooled_curve(groups),
    }
    short = ~(np.nanmin(groups.percent, axis=1) < REACHED)
    return {
        "cells": int(kept.size),
        "never_reached": int(short.sum()),
        "no_best_fit": int((~short & ~kept).sum()),
        "fitted_s": fitted_s,
        "beside_s": time.perf_counter() - began_s - fitted_s,
        "ways": ways,
    }


def _answer(fold: float, p: float, covers: bool) -> Row:
    """What a way says, or that it has no number for it."""
    if not (math.isfinite(fold) and math.isfinite(p)):
        return _failure(f"fold {fold:g}, p {p:g}")
    return {"fold": float(fold), "p": float(p), "covers": bool(covers)}


def _failure(why: str) -> Row:
    """No answer, and why."""
    return {"fold": None, "p": None, "covers": None, "failed": why}


def _by_population(groups: Compared, interval_too: bool) -> dict[str, Row]:
    """Ours, and the two-stage comparison that it carries."""
    try:
        fit = fit_population(groups.table(), reference="control", paired=groups.paired)
        ours = _by_likelihood(fit, groups.fold)
        if interval_too:
            shift = fit.fold_shift["treated"]
            ours["interval"] = [float(shift.low), float(shift.high)]
        check = fit.two_stage["treated"]
    except (ValueError, ArithmeticError, RuntimeError) as error:  # counted and printed, whatever it is
        failed = _failure(f"{type(error).__name__}: {error}")
        return {"ours": failed, "two_stage": failed}
    return {"ours": ours, "two_stage": _answer(check.value, check.p, check.low <= groups.fold <= check.high)}


def _by_likelihood(fit: PopulationFit, fold: float) -> Row:
    """The true shift and no shift, each tested by what the log-likelihood loses, against F(1, animals - groups).

    A refit each, where the interval takes many.
    """
    lost = fit.lr_test("treated", fold)
    lost_by_none = lost if fold == 1 else fit.lr_test("treated", 1.0)
    p, p_truth = (fit.calibration.p(each) for each in (lost_by_none, lost))
    value = math.exp(fit.estimates["mean:treated"] - fit.estimates["mean:control"])
    return {**_answer(value, p, p_truth >= 1 - LEVEL), "lost": float(lost)}


def log_id50_of_cells(groups: Compared) -> FloatArray:
    """Return ln ID50 by least squares on percent of baseline, Hill curve from 100 to 0; NaN for dropped cells.

    The estimates are those of ``fit_curves(..., model="LL2.2", fixed={"d": 100.0})``, from one start each and without
    its many starts for cells that have no best fit: a hundred thousand cells are fitted here.
    """
    percent = groups.percent
    kept = np.flatnonzero(np.nanmin(percent, axis=1) < REACHED)
    seen = np.where(np.isfinite(percent), percent, 0.0)[kept].T
    given = np.isfinite(percent)[kept].T.astype(np.float64)
    log_dose = np.log(groups.doses)[:, np.newaxis]

    def terms(theta: FloatArray, rows: NDArray[np.intp]) -> Terms:
        distance, hill = theta[0] - log_dose, np.exp(theta[1])
        share = special.expit(hill * distance)
        miss = given[:, rows] * (100.0 * share - seen[:, rows])
        slope = given[:, rows] * 100.0 * share * (1.0 - share) * hill
        jacobian = np.stack([slope, slope * distance])
        curvature = np.einsum("idn,jdn->ijn", jacobian, jacobian)
        return theta, 0.5 * np.sum(miss**2, axis=0), np.einsum("idn,dn->in", jacobian, miss), curvature

    crossed = np.argmax(np.where(given > 0, seen, np.inf) < REACHED, axis=0)
    start = np.stack([log_dose[crossed, 0] - _HALF_STEP, np.full(kept.size, _FIRST_LOG_HILL)])
    free = np.full((2, 1), np.inf)
    noise_df = np.maximum(given.sum(axis=0) - 2.0, 1.0)
    best = minimise(terms, start, lower=-free, upper=free, noise_df=noise_df, floor=_ROUNDING, effort=_EFFORT)
    found = np.full(len(percent), np.nan)
    found[kept] = np.where(best.converged, best.theta[0], np.nan)
    return found


def _by_animals(log_id50: FloatArray, animal: NDArray[np.int_], treated: BoolArray, fold: float) -> Row:
    """Welch's test on the means of animals."""
    control, shifted = (_animal_means(log_id50[part], animal[part]) for part in (~treated, treated))
    of_treated = np.repeat([False, True], [len(control), len(shifted)])
    return _by_t_test(np.array([*control.values(), *shifted.values()]), of_treated, fold, welch=True)


def _by_pairs(log_id50: FloatArray, animal: NDArray[np.int_], treated: BoolArray, fold: float) -> Row:
    """Student's test on the differences of the animals that have cells left under both conditions."""
    before, after = (_animal_means(log_id50[part], animal[part]) for part in (~treated, treated))
    differences = np.array([after[number] - before[number] for number in before if number in after])
    if differences.size < 2:
        return _failure(f"{differences.size} pairs left")
    test = stats.ttest_1samp(differences, 0.0)
    low, high = test.confidence_interval(LEVEL)
    return _answer(math.exp(differences.mean()), float(test.pvalue), low <= math.log(fold) <= high)


def _animal_means(values: FloatArray, animal: NDArray[np.int_]) -> dict[int, float]:
    """Mean of each animal's cells."""
    return {int(number): float(values[animal == number].mean()) for number in np.unique(animal)}


def _by_t_test(log_id50: FloatArray, treated: BoolArray, fold: float, *, welch: bool) -> Row:
    """Student's test, or Welch's, on ln ID50."""
    control, shifted = log_id50[~treated], log_id50[treated]
    if min(control.size, shifted.size) < 2:
        return _failure(f"{control.size} control and {shifted.size} treated left")
    test = stats.ttest_ind(shifted, control, equal_var=not welch)
    low, high = test.confidence_interval(LEVEL)
    return _answer(math.exp(shifted.mean() - control.mean()), float(test.pvalue), low <= math.log(fold) <= high)


def _by_pooled_curve(groups: Compared) -> Row:
    """One curve a group through the points of all its cells, one slope; extra sum of squares for two ID50s."""
    points = _Points.of(groups)
    apart, shift = points.residual(None)
    df = int(points.number.sum()) - 3
    p, p_truth = (
        float(stats.f.sf((points.residual(at)[0] - apart) / (apart / df), 1, df)) for at in (0.0, math.log(groups.fold))
    )
    return _answer(math.exp(shift), p, p_truth >= 1 - LEVEL)


@dataclass(frozen=True)
class _Points:
    """Percent of baseline by group and dose (2, doses): number, mean, and the sum of squares round the means."""

    log_dose: FloatArray
    number: FloatArray
    mean: FloatArray
    within: float

    @classmethod
    def of(cls, groups: Compared) -> _Points:
        """All that the sum of squares of any curve through the points depends on."""
        parts = [groups.percent[~groups.treated], groups.percent[groups.treated]]
        number = np.array([np.isfinite(part).sum(axis=0) for part in parts], dtype=np.float64)
        mean = np.array([np.nansum(part, axis=0) for part in parts]) / np.maximum(number, 1.0)
        within = sum(float(np.nansum((part - at) ** 2)) for part, at in zip(parts, mean, strict=True))
        return cls(np.log(groups.doses), number, mean, within)

    def residual(self, log_shift: float | None) -> tuple[float, float]:
        """Least sum of squares with that shift between the groups, or with the best, and the shift itself."""

        def misses(parameters: FloatArray) -> FloatArray:
            shift = parameters[2] if log_shift is None else log_shift
            middle = parameters[0] + np.array([[0.0], [shift]])
            curve = 100.0 * special.expit(np.exp(parameters[1]) * (middle - self.log_dose))
            return np.asarray((np.sqrt(self.number) * (self.mean - curve)).ravel())

        crossed = [float(np.interp(REACHED, row[::-1], self.log_dose[::-1])) for row in self.mean]
        middle = crossed[0] if log_shift is None else (crossed[0] + crossed[1] - log_shift) / 2
        start = [middle, 0.0] if log_shift is not None else [middle, 0.0, crossed[1] - crossed[0]]
        found = optimize.least_squares(misses, start, method="lm")
        return self.within + 2.0 * float(found.cost), float(found.x[-1]) if log_shift is None else log_shift
