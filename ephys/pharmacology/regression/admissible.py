"""Which solutions are one and the same, which are not of the model asked for, and which are none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.curves import ln_dose
from ephys.pharmacology.regression.layout import Layout
from ephys.pharmacology.regression.problem import Problem
from ephys.pharmacology.regression.starts import bounds

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_SATURATED = 12.0
"""A sigmoid so far from its middle is flat to five digits: a response there tells neither slope nor middle."""
_FLAT = 1e-9
_NEAR_BOUND = {"b": 1e-3, "e": 0.5, "f": 0.2}
"""Nearer to the end of the numbers allowed a parameter has run away; e and f are logarithms."""


def upright(layout: Layout, theta: FloatArray) -> FloatArray:
    """Write a curve that is the same with its limits exchanged so that c is the lower one."""
    b, c, d = (layout.place[name] for name in "bcd")
    if layout.model.ordered or layout.model.hormetic or min(b.min(), c.min(), d.min()) < 0:
        return theta
    turned = theta[c] > theta[d]
    if not all(len(set(places.tolist())) == len(layout.labels) for places in (b, c, d)):
        turned = np.broadcast_to(turned.all(axis=0), turned.shape)
    better = theta.copy()
    for k in range(len(layout.labels)):
        better[c[k]] = np.where(turned[k], theta[d[k]], theta[c[k]])
        better[d[k]] = np.where(turned[k], theta[c[k]], theta[d[k]])
        better[b[k]] = np.where(turned[k], -theta[b[k]], theta[b[k]])
    return better


def ran_away(problem: Problem, theta: FloatArray) -> BoolArray:
    """Rows without a best fit.

    A parameter stopped only at the end of the numbers allowed, too few doses lie on the slope of a curve to tell where
    and how steep it is (all or none), or the curve is flat.
    """
    low, high = bounds(problem)
    names = [problem.layout.base(place) for place in range(len(theta))]
    near = np.array([_NEAR_BOUND.get(name, 0.0) for name in names])[:, np.newaxis]
    free = [place for place, name in enumerate(names) if name in _NEAR_BOUND]
    stopped = (theta <= low + near) | (theta >= high - near)
    ran: BoolArray = np.asarray(stopped[free].any(axis=0)) | no_spread(problem)
    ran |= all_or_none(problem, theta)
    for k in range(len(problem.layout.labels)):
        values = problem.layout.values(theta, k)
        if not problem.layout.model.hormetic:
            ran |= np.abs(values["d"] - values["c"]) <= _FLAT * (np.abs(values["d"]) + np.abs(values["c"]))
    return ran


def all_or_none(problem: Problem, theta: FloatArray) -> BoolArray:
    """Rows in which too few doses lie on the slope of a curve to tell where and how steep it is."""
    layout, found = problem.layout, np.zeros(theta.shape[1], dtype=bool)
    for k in range(len(layout.labels)):
        found |= _on_slope(problem, layout.values(theta, k), k) < _own(layout, k)
    return found


def no_spread(problem: Problem) -> BoolArray:
    """Rows whose responses are all the same."""
    rate = problem.scatter.response / problem.scatter.exposure
    top = np.where(problem.used, rate, -np.inf).max(axis=0)
    return np.asarray(top == np.where(problem.used, rate, np.inf).min(axis=0))


def _on_slope(problem: Problem, values: dict[str, FloatArray], curve: int) -> NDArray[np.intp]:
    """How many different doses of a curve lie where it is not flat, per row."""
    z = np.abs(values["b"] * (ln_dose(problem.dose) - values["e"]))
    return problem.distinct_doses(problem.used & (problem.dose > 0) & (z < _SATURATED), curve)


def _own(layout: Layout, curve: int) -> int:
    """How many of b and e the points of this curve alone have to tell; at least one."""
    return max(1, sum(name in layout.place and layout.is_own(name, curve) for name in "be"))
