"""How the maximum of a population is found: on a grid that is fine enough, each curve reckoned where it matters."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.nested.problem import Problem
from ephys.pharmacology.nested.search import Maximum, maximise

FloatArray = NDArray[np.float64]

_STEPS, _STEP_OF_WIDTH = (0.01, 0.08), 0.7
_MOST_FOCUSED, _SAME = 3, 1e-7


def highest(problem: Problem, start: FloatArray) -> Maximum:
    """Maximum, from a start: quickly, with each curve reckoned where it matters there, until that is where it is."""
    best = maximise(problem.focused(start), start)
    for _ in range(_MOST_FOCUSED):
        again = maximise(problem.focused(best.values), best.values)
        if again.converged and abs(again.top - best.top) < _SAME:
            return again
        best = again
    return maximise(problem, best.values)


def fine_enough(problem: Problem) -> float:
    """Step of the grid that the sharpest of the curves needs: 0.7 of its standard error of ln ID50."""
    height = problem.curves.table(problem.grid.ln_dose, problem.shapes_of(problem.start()))[0].max(axis=1)
    best = height.argmax(axis=1)
    inside = (best > 0) & (best < height.shape[1] - 1)
    rows, at = np.flatnonzero(inside), best[inside]
    bend = 2.0 * height[rows, at] - height[rows, at - 1] - height[rows, at + 1]
    width = problem.grid.step / math.sqrt(max(float(bend.max(initial=0.0)), 1e-12))
    return float(np.clip(_STEP_OF_WIDTH * width, *_STEPS))
