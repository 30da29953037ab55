"""A test of the curve against one mean per dose."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from ephys.jupyter import Shown
from ephys.pharmacology.regression.search import Solution


@dataclass(frozen=True)
class LackOfFit(Shown):
    """A test of the curve against one mean per dose.

    Parameters
    ----------
    statistic : float
        F (Gaussian), or the fall of the deviance.
    df, df_error : float
        Doses beyond parameters; replicates beyond doses (infinite but for Gaussian responses).
    p : float
        Chance of a statistic at least as large if the curve were true; NaN where there are no replicates.
    """

    statistic: float
    df: float
    df_error: float
    p: float


def assess_lack_of_fit(solution: Solution) -> LackOfFit:
    """Test a solution of one row."""
    problem = solution.problem
    used = problem.used[:, 0]
    cells = np.stack([problem.curve, problem.dose[:, 0]], axis=1)[used]
    cell = np.unique(cells, axis=0, return_inverse=True)[1].ravel()
    count = int(cell.max()) + 1
    best = float(problem.family.half_deviance(problem.saturated(cell), problem.scatter).sum())
    df, df_error = count - len(problem.layout.names), int(used.sum()) - count
    fall = 2.0 * (float(solution.value[0]) - best)
    if not problem.family.learns_noise:
        return LackOfFit(fall, df, math.inf, float(stats.chi2.sf(fall, df)) if df > 0 else math.nan)
    if df <= 0 or df_error <= 0 or best <= 0:
        return LackOfFit(math.nan, df, df_error, math.nan)
    statistic = fall / df / (2.0 * best / df_error)
    return LackOfFit(statistic, df, df_error, float(stats.f.sf(statistic, df, df_error)))
