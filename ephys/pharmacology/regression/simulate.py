"""Responses drawn from a fitted curve: the parametric bootstrap, and prediction bands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.regression.families import Family, Scatter
from ephys.pharmacology.regression.problem import Problem
from ephys.pharmacology.regression.search import Solution, solve

FloatArray = NDArray[np.float64]


def draw(
    family: Family, curve: FloatArray, scatter: Scatter, variance: FloatArray | float, random: np.random.Generator
) -> FloatArray:
    """Draw responses round a curve.

    Parameters
    ----------
    curve : array (points, rows)
    scatter : Scatter
        Weights, exposures and dispersion.
    variance : array (rows,) or float
        Gaussian: variance of a point of weight 1.
    """
    weight = np.broadcast_to(scatter.weight, curve.shape)
    if family.name == "gaussian":
        sd = np.sqrt(variance / np.where(weight > 0, weight, 1.0))
        return curve + sd * random.standard_normal(curve.shape)
    if family.name == "binomial":
        trials = np.rint(weight).astype(np.int64)
        hits = random.binomial(trials, np.clip(curve, 0.0, 1.0))
        return hits / np.maximum(trials, 1)
    mean = np.maximum(curve, 0.0) * scatter.exposure
    if family.name == "negbin":
        spread = np.broadcast_to(scatter.dispersion, mean.shape)
        heavy = spread > 1e-9
        shape = np.where(heavy, 1.0 / np.where(heavy, spread, 1.0), 1.0)
        mean = np.where(heavy, random.gamma(shape) * mean / shape, mean)
    return random.poisson(mean).astype(np.float64)


def bootstrap(solution: Solution, *, replicates: int, seed: int, dispersion: float | None) -> Solution:
    """Fit curves to data drawn from one fit.

    Parameters
    ----------
    solution : Solution
        Of one row.
    replicates : int
    seed : int
    dispersion : float, optional
        Negative binomial: the value at which it was held; None where it was estimated.

    Returns
    -------
    Solution
        With one row per replicate.
    """
    rows = np.zeros(replicates, dtype=np.intp)
    wide = solution.problem.take(rows)
    theta = solution.theta[:, rows]
    curve = wide.curve_at(theta)
    unit = float(solution.unit[0])
    drawn = draw(wide.family, curve, wide.scatter, unit, np.random.default_rng(seed))
    problem: Problem = replace(wide, scatter=replace(wide.scatter, response=drawn))
    return solve(problem, dispersion=dispersion, start=theta)
