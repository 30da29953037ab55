"""How fine a grid of ln ID50 must be for the curves that are on it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.nested.problem import Problem

FloatArray = NDArray[np.float64]

_STEPS, _STEP_OF_WIDTH = (0.01, 0.08), 0.7


def fine_enough(problem: Problem, start: FloatArray) -> float:
    """Step of the grid that the sharpest of the curves needs: 0.7 of its standard error of ln ID50."""
    height = problem.curves.table(problem.grid.ln_dose, problem.shapes_of(start))[0].max(axis=1)
    best = height.argmax(axis=1)
    inside = (best > 0) & (best < height.shape[1] - 1)
    rows, at = np.flatnonzero(inside), best[inside]
    bend = 2.0 * height[rows, at] - height[rows, at - 1] - height[rows, at + 1]
    width = problem.grid.step / math.sqrt(max(float(bend.max(initial=0.0)), 1e-12))
    return float(np.clip(_STEP_OF_WIDTH * width, *_STEPS))
