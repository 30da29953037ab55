"""Restricted likelihood of values in animals, and the two variances that make it largest."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from ephys.pharmacology.groups.design import GroupDesign

FloatArray = NDArray[np.float64]

_SHARES = np.concatenate([[0.0], np.linspace(0.02, 0.98, 25), [0.995, 0.9999]])
_TOTALS = np.concatenate([[0.0], np.geomspace(1e-4, 1e2, 25)])


@dataclass(frozen=True, slots=True)
class NestedSolution:
    """Coefficients with their covariance, and the two variances.

    Parameters
    ----------
    beta : (n_columns,) array
        Coefficients of the columns of the design.
    covariance : (n_columns, n_columns) array
        Of the coefficients, the variances taken as known.
    var_animal, var_cell : float
        Between animals, and between cells of an animal; where every animal has one row, all of it is `var_animal` and
        `var_cell` is NaN. Where each group is one animal, `var_animal` and the covariance are NaN.
    log_likelihood : float
        Restricted log-likelihood, with every constant (as lme4 and metafor have it, of the columns as they are here).
    """

    beta: FloatArray
    covariance: FloatArray
    var_animal: float
    var_cell: float
    log_likelihood: float


@dataclass(frozen=True, slots=True)
class _Whitened:
    """Generalised least squares at known variances; an animal's rows are one block of the covariance matrix."""

    beta: FloatArray
    information: FloatArray
    rss: float
    log_det: float


def solve_nested(values: FloatArray, design: GroupDesign, error: FloatArray | None) -> NestedSolution:
    """Maximise the restricted likelihood over the share of the variance that lies between animals, and the whole of it.

    Both are searched on a grid and then between its best points, so that a variance of 0 is found as 0 and a second
    maximum is not mistaken for the first. Without known errors the whole follows from the share in closed form.

    Parameters
    ----------
    values : (n_rows,) array
        What is compared.
    design : GroupDesign
        Whose they are.
    error : (n_rows,) array or None
        Known standard error of each value.

    Examples
    --------
    >>> from ephys.pharmacology.groups.design import group_design
    >>> design = group_design(4, animal=list("aabb"), group=["g"] * 4)
    >>> solved = solve_nested(np.array([1.0, 2.0, 5.0, 6.0]), design, None)
    >>> round(float(solved.beta[0]), 3), round(solved.var_animal, 3), round(solved.var_cell, 3)
    (3.5, 7.75, 0.5)
    """
    known = np.zeros_like(values) if error is None else error**2
    scale = _spread(values, design)

    def total(share: float) -> float:
        if error is None:
            at = _whiten(values, design, known, share, 1.0)
            return at.rss / (len(values) - len(at.beta))
        return scale * _least(lambda size: _minus_restricted(values, design, known, share, scale * size), _TOTALS)

    def lost(share: float) -> float:
        return _minus_restricted(values, design, known, share, total(share))

    untold = design.one_row_each or design.df < 1 or scale == 0
    share = 0.0 if untold else _least(lost, _SHARES)
    solved = _solution(values, design, known, share, total(share) if scale > 0 else 0.0)
    if design.df >= 1:
        return solved
    return replace(solved, var_animal=math.nan, covariance=np.full_like(solved.covariance, math.nan))


def _solution(values: FloatArray, design: GroupDesign, known: FloatArray, share: float, total: float) -> NestedSolution:
    """Coefficients at the variances found."""
    if total == 0 and not known.any():  # nothing scatters: the coefficients are exact
        beta = np.asarray(np.linalg.lstsq(design.matrix, values, rcond=None)[0], dtype=np.float64)
        return NestedSolution(beta, np.zeros((len(beta), len(beta))), 0.0, _cell(design, 0.0), math.inf)
    at = _whiten(values, design, known, share, total)
    likelihood = -_minus_restricted(values, design, known, share, total)
    animal, cell = (total, 0.0) if design.one_row_each else (share * total, (1.0 - share) * total)
    covariance = np.asarray(np.linalg.inv(at.information), dtype=np.float64)
    return NestedSolution(at.beta, covariance, animal, _cell(design, cell), likelihood)


def _cell(design: GroupDesign, variance: float) -> float:
    """Variance between cells, NaN where no animal has two."""
    return math.nan if design.one_row_each else variance


def _spread(values: FloatArray, design: GroupDesign) -> float:
    """Mean square of what the columns of the design leave; 0 where they leave nothing but rounding."""
    left = values - design.matrix @ np.linalg.lstsq(design.matrix, values, rcond=None)[0]
    size = float(np.mean(left**2))
    return size if size > (1e-12 * float(np.abs(values).max())) ** 2 else 0.0


def _whiten(values: FloatArray, design: GroupDesign, known: FloatArray, share: float, total: float) -> _Whitened:
    """Least squares with the covariance D + v 11' of each animal, inverted by Sherman and Morrison's formula."""
    between = share * total
    diagonal = known + (1.0 - share) * total
    weight = 1.0 / diagonal
    held = np.column_stack([design.matrix, values])
    n_animals = len(design.animals)
    sums = np.zeros((n_animals, held.shape[1]))
    np.add.at(sums, design.animal_of, held * weight[:, None])
    inflation = 1.0 + between * np.bincount(design.animal_of, weights=weight, minlength=n_animals)
    cross = held.T @ (held * weight[:, None]) - sums.T @ (sums * (between / inflation)[:, None])
    information, right = cross[:-1, :-1], cross[:-1, -1]
    beta = np.linalg.solve(information, right)
    rss = float(cross[-1, -1] - right @ beta)
    return _Whitened(beta, information, max(rss, 0.0), float(np.log(diagonal).sum() + np.log(inflation).sum()))


def _minus_restricted(values: FloatArray, design: GroupDesign, known: FloatArray, share: float, total: float) -> float:
    """Minus the restricted log-likelihood (Patterson & Thompson 1971); infinite where a value has no variance."""
    if ((known + (1.0 - share) * total) <= 0).any():
        return math.inf
    at = _whiten(values, design, known, share, total)
    left = len(values) - len(at.beta)
    log_det = at.log_det + float(np.linalg.slogdet(at.information)[1])
    return 0.5 * (left * math.log(2.0 * math.pi) + log_det + at.rss)


def _least(lost: Callable[[float], float], grid: FloatArray) -> float:
    """Where a function is least: the best of the grid, then between its neighbours; an end of the grid stays one."""
    heights = [lost(float(point)) for point in grid]
    best = int(np.argmin(heights))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    found = optimize.minimize_scalar(lost, bounds=(low, high), method="bounded", options={"xatol": 1e-9 * high})
    return float(found.x) if found.fun < heights[best] else float(grid[best])
