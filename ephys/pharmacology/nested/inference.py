"""What a likelihood on a grid says of one contrast of its effects, and how fine the grid has to be."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.nested.problem import Problem
from ephys.pharmacology.nested.search import Contrast, Maximum, covariance, maximise_held, profile_interval

FloatArray = NDArray[np.float64]

_STEPS, _STEP_OF_WIDTH = (0.01, 0.08), 0.7


def fine_enough(problem: Problem, at: FloatArray) -> float:
    """Step of the grid that the sharpest of the curves needs there: 0.7 of its standard error along the grid."""
    height = problem.curves.table(problem.grid.ln_dose, problem.shapes_of(at))[0].max(axis=1)
    best = height.argmax(axis=1)
    inside = (best > 0) & (best < height.shape[1] - 1)
    rows, at = np.flatnonzero(inside), best[inside]
    bend = 2.0 * height[rows, at] - height[rows, at - 1] - height[rows, at + 1]
    width = problem.grid.step / math.sqrt(max(float(bend.max(initial=0.0)), 1e-12))
    return float(np.clip(_STEP_OF_WIDTH * width, *_STEPS))


def lost(problem: Problem, best: Maximum, contrast: Contrast, value: float, *, curvature: FloatArray) -> float:
    """Twice the log-likelihood that is lost where a contrast is held at a value.

    Parameters
    ----------
    problem : Problem
    best : Maximum
    contrast : Contrast
    value : float
    curvature : array (parameters, parameters)
        Observed information at the maximum.
    """
    held = maximise_held(problem, best.values, contrast, value, curvature=curvature)
    return max(2.0 * (best.top - held.top), 0.0)


def contrast_interval(
    problem: Problem, best: Maximum, contrast: Contrast, *, drop: float, curvature: FloatArray
) -> tuple[float, float]:
    """Profile interval of a contrast, stepped by its standard error; infinite where the likelihood never falls so far.

    Parameters
    ----------
    problem : Problem
    best : Maximum
    contrast : Contrast
    drop : float
        By how much 2 ln L may be lower.
    curvature : array (parameters, parameters)
        Observed information at the maximum.
    """
    n = len(contrast.weights)
    error = math.sqrt(max(float(contrast.weights @ covariance(curvature)[:n, :n] @ contrast.weights), 1e-4))
    error = error if math.isfinite(error) else 0.5
    return profile_interval(problem, best, contrast, drop=drop, error=error, curvature=curvature)
