"""Covariances of the estimates: from the expected curvature (JtJ), or from the observed Hessian."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.pharmacology.regression.search import Solution
from ephys.pharmacology.regression.starts import bounds

FloatArray = NDArray[np.float64]
_SINGULAR = 1e-14


def covariance(solution: Solution, *, observed: bool = False) -> FloatArray:
    """Covariance on the scale of the search, (parameters, parameters, rows); NaN where it cannot be had.

    A parameter that rests on a bound has no standard error; the others are as if it were fixed.
    """
    curvature = observed_hessian(solution) if observed else _terms(solution)[2]
    low, high = bounds(solution.problem)
    at_bound = (solution.theta <= low) | (solution.theta >= high)
    inverse = _inverse(np.moveaxis(curvature, -1, 0), at_bound.T)
    return np.moveaxis(inverse, 0, -1) * solution.unit


def observed_hessian(solution: Solution) -> FloatArray:
    """Second derivatives of the objective at the estimates: Richardson's differences of the exact gradient."""
    theta, curvature = solution.theta, _terms(solution)[2]
    rows, plain = np.arange(theta.shape[1]), replace(solution.problem, project=False)
    hessian = np.empty_like(curvature)
    for place in range(len(theta)):
        size = np.sqrt(np.maximum(solution.unit, 1e-300) / np.maximum(curvature[place, place], 1e-300))
        reach = 1e-2 * np.minimum(size, 1.0 + np.abs(theta[place]))
        slopes = []
        for part in (1.0, 0.5, 0.25):
            step = np.zeros_like(theta)
            step[place] = part * reach
            ahead, behind = plain.objective(theta + step, rows)[2], plain.objective(theta - step, rows)[2]
            slopes.append((ahead - behind) / (2.0 * part * reach))
        once = [(4.0 * b - a) / 3.0 for a, b in itertools.pairwise(slopes)]
        hessian[place] = (16.0 * once[1] - once[0]) / 15.0
    return 0.5 * (hessian + hessian.swapaxes(0, 1))


def variance_alone(solution: Solution, place: int) -> FloatArray:
    """Variance of one parameter if the others were known, per row."""
    curvature = _terms(solution)[2][place, place]
    variance: FloatArray = solution.unit / np.where(curvature > 0, curvature, np.nan)
    return variance


def quantile(solution: Solution, level: float) -> FloatArray:
    """How many standard errors an interval reaches to either side, per row: Student's t, or normal for a likelihood."""
    tail = 0.5 * (1.0 + level)
    if not solution.problem.family.learns_noise:
        return np.full(solution.value.shape, stats.norm.ppf(tail))
    df = solution.problem.df
    return np.where(df > 0, stats.t.ppf(tail, np.where(df > 0, df, 1.0)), np.nan)


def _terms(solution: Solution) -> tuple[FloatArray, FloatArray, FloatArray]:
    return replace(solution.problem, project=False).objective(solution.theta, np.arange(solution.theta.shape[1]))[1:]


def _inverse(matrix: FloatArray, left_out: NDArray[np.bool_]) -> FloatArray:
    """Inverse of symmetric matrices (rows, n, n) without what is left out; NaN there, and where singular."""
    out = left_out[:, :, np.newaxis] | left_out[:, np.newaxis, :]
    identity = np.eye(matrix.shape[1])
    diagonal = np.einsum("rii->ri", matrix)
    size = np.sqrt(np.where((diagonal > 0) & ~left_out, diagonal, 1.0))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        scaled = np.where(out, identity, matrix) / (size[:, :, np.newaxis] * size[:, np.newaxis, :])
    sound = np.isfinite(scaled).all(axis=(1, 2))
    values, vectors = np.linalg.eigh(np.where(sound[:, np.newaxis, np.newaxis], scaled, identity))
    sound &= values[:, 0] > _SINGULAR * values[:, -1]
    turned = vectors / np.where(values > 0, values, 1.0)[:, np.newaxis, :]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        inverse = turned @ vectors.swapaxes(1, 2) / (size[:, :, np.newaxis] * size[:, np.newaxis, :])
    return np.where(out | ~sound[:, np.newaxis, np.newaxis], np.nan, inverse)
