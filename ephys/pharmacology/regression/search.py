"""The search of one problem: self-start, then many starts for the rows that need them, and the dispersion of counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from ephys.pharmacology.regression.families import Scatter
from ephys.pharmacology.regression.layout import Layout
from ephys.pharmacology.regression.levenberg_marquardt import Effort, Minimum, minimise
from ephys.pharmacology.regression.problem import Problem
from ephys.pharmacology.regression.starts import bounds, grid_starts, self_start

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]

FEW_ROWS = 32
"""So few fits are searched from every start: it costs less than to doubt them."""
THOROUGH = Effort(tolerance=1e-10, most_iterations=400, patience=100)
_TOLERANCE = 1e-8
_FIRST = Effort(tolerance=_TOLERANCE, most_iterations=40)
_RESTARTED_AT_ONCE = 4096
_FEW_TRIED, _ALL = 3, 1000
_DISPERSION_ROUNDS = 60
_LN_DISPERSION = (-18.0, 6.0)


@dataclass(frozen=True)
class Solution:
    """Where the fits ended; arrays run over the rows last."""

    problem: Problem
    theta: FloatArray
    value: FloatArray
    converged: BoolArray

    @property
    def unit(self) -> FloatArray:
        """What a rise of `value` is measured in: the residual variance, or 1 for a likelihood."""
        if not self.problem.family.learns_noise:
            return np.ones_like(self.value)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.problem.df > 0, 2.0 * self.value / self.problem.df, np.nan)


def solve(problem: Problem, *, dispersion: float | None = None, start: FloatArray | None = None) -> Solution:
    """Fit every row.

    Parameters
    ----------
    problem : Problem
    dispersion : float, optional
        Negative binomial: held at this value; estimated by maximum likelihood without it.
    start : array (parameters, rows), optional
        Where to begin, in place of the self-start (and of the many starts).
    """
    if problem.family.name != "negbin" or dispersion is not None:
        return _solve(problem, start)
    best = _solve(problem.with_dispersion(np.zeros(problem.row_count)), start)
    ln_before = np.full(problem.row_count, np.nan)
    for _ in range(_DISPERSION_ROUNDS):
        spread = likely_dispersion(best.problem.curve_at(best.theta), problem.scatter)
        best = _solve(problem.with_dispersion(spread), best.theta)
        ln_now = np.log(np.maximum(spread, np.exp(_LN_DISPERSION[0])))
        if np.all(np.abs(ln_now - ln_before) < (1e-10 if problem.row_count <= FEW_ROWS else 1e-6)):
            break
        ln_before = ln_now
    return best


def _solve(problem: Problem, start: FloatArray | None) -> Solution:
    """Search at a given dispersion."""
    if start is not None:
        found = run(problem, start)
        return Solution(problem, found.theta, found.value, found.converged)
    few = problem.row_count <= FEW_ROWS
    found = run(problem, self_start(problem), THOROUGH if few else _FIRST)
    theta, value, converged = found.theta.copy(), found.value.copy(), found.converged.copy()
    value[~_lawful(problem.layout, theta)] = np.inf
    astray = np.flatnonzero(np.ones_like(converged) if few else ~converged | np.isinf(value) | _suspect(problem, found))
    for rows in np.split(astray, range(_RESTARTED_AT_ONCE, astray.size, _RESTARTED_AT_ONCE)):
        if rows.size:
            other = _from_many_starts(problem.take(rows), theta[:, rows], tried=_ALL if few else _FEW_TRIED)
            # A fit that came to rest is kept unless another lies lower by more than rounding.
            lower = other.value < value[rows] * (1.0 - 1e-10)
            won = lower | (~converged[rows] & (other.value <= value[rows]))
            taken = rows[won]
            theta[:, taken], value[taken] = other.theta[:, won], other.value[won]
            converged[taken] = other.converged[won]
    return Solution(problem, _upright(problem.layout, theta), value, converged & ~_ran_away(problem, theta))


def _upright(layout: Layout, theta: FloatArray) -> FloatArray:
    """Write a curve that is the same with its limits exchanged so that c is the lower one."""
    b, c, d = (layout.place[name] for name in "bcd")
    if not _is_odd(layout) or min(b.min(), c.min(), d.min()) < 0:
        return theta
    turned = theta[c] > theta[d]
    one_by_one = all(len(set(places)) == len(layout.labels) for places in (b, c, d))
    if not one_by_one:
        turned = np.broadcast_to(turned.all(axis=0), turned.shape)
    upright = theta.copy()
    for k in range(len(layout.labels)):
        upright[c[k]] = np.where(turned[k], theta[d[k]], theta[c[k]])
        upright[d[k]] = np.where(turned[k], theta[c[k]], theta[d[k]])
        upright[b[k]] = np.where(turned[k], -theta[b[k]], theta[b[k]])
    return upright


def _ran_away(problem: Problem, theta: FloatArray) -> BoolArray:
    """Rows in which a parameter stopped only at the end of the numbers allowed: there is no best fit."""
    low, high = bounds(problem)
    free = [place for place in range(len(theta)) if problem.layout.base(place) in "bef"]
    ran: BoolArray = ((theta[free] <= low[free]) | (theta[free] >= high[free])).any(axis=0)
    return ran


def run(problem: Problem, start: FloatArray, effort: Effort | None = None) -> Minimum:
    """One search of every row from one start each."""
    low, high = bounds(problem)
    return minimise(
        problem.objective,
        start,
        lower=low,
        upper=high,
        noise_df=problem.df if problem.family.learns_noise else None,
        floor=rounding_floor(problem),
        linear=problem.linear,
        effort=effort or (THOROUGH if problem.row_count <= FEW_ROWS else Effort(tolerance=_TOLERANCE)),
    )


def rounding_floor(problem: Problem) -> FloatArray:
    """Fall of the value that is rounding error, per row."""
    if not problem.family.learns_noise:
        return np.full(problem.row_count, 1e-14)
    weight = np.broadcast_to(problem.scatter.weight, problem.scatter.response.shape)
    floor: FloatArray = 1e-31 * np.einsum("mn,mn,mn->n", weight, problem.scatter.response, problem.scatter.response)
    return floor


def _suspect(problem: Problem, found: Minimum) -> BoolArray:
    """Rows whose middle ran off the doses, or whose slope is steeper than eight points can tell: often a side minimum."""
    x = np.log(problem.dose[problem.dose > 0])
    suspect = np.zeros(problem.row_count, dtype=bool)
    for place in range(len(problem.layout.names)):
        name, value = problem.layout.base(place), found.theta[place]
        if name == "e":
            suspect |= (value < x.min()) | (value > x.max())
        if name == "b":
            suspect |= (np.abs(value) > 8.0) | (np.abs(value) < 0.3)
    return suspect


def _from_many_starts(problem: Problem, first: FloatArray, *, tried: int) -> Minimum:
    """Search each row from where it stands and from the most promising places of the grid; keep the lowest."""
    starts = np.stack([np.clip(start, *bounds(problem)) for start in grid_starts(problem)])
    here = np.stack([_value(problem, start) for start in starts])
    order = np.argsort(here, axis=0, kind="stable")[:tried]
    own = np.arange(problem.row_count)
    places = [first, *(starts[number, :, own].T for number in order)]
    wide = problem.take(np.tile(own, len(places)))
    found = run(wide, np.concatenate(places, axis=1), _FIRST)
    lawful = _lawful(problem.layout, found.theta) & np.isfinite(found.value)
    values = np.where(lawful, found.value, np.inf).reshape(len(places), -1)
    return run(problem, found.theta[:, np.argmin(values, axis=0) * problem.row_count + own])


def _lawful(layout: Layout, theta: FloatArray) -> BoolArray:
    """Rows in which c is the lower limit: a Weibull-1 curve upside down is Weibull-2, and not the model asked for."""
    c, d = layout.place["c"], layout.place["d"]
    if min(c.min(), d.min()) < 0 or _is_odd(layout) or layout.model.hormetic:
        return np.ones(theta.shape[1], dtype=bool)
    lawful: BoolArray = (theta[c] <= theta[d]).all(axis=0)
    return lawful


def _is_odd(layout: Layout) -> bool:
    """Whether a curve with its limits exchanged is one of the same model."""
    return layout.model.sigmoid.odd and "f" not in layout.place


def _value(problem: Problem, theta: FloatArray) -> FloatArray:
    """Value of the objective, per row."""
    value: FloatArray = problem.family.half_deviance(problem.curve_at(theta), problem.scatter).sum(axis=0)
    return np.where(np.isnan(value), np.inf, value)


def likely_dispersion(curve: FloatArray, scatter: Scatter) -> FloatArray:
    """Maximum-likelihood dispersion round a curve, per row; 0 where the counts scatter no more than Poisson's."""
    mean, y = np.maximum(curve, 1e-12) * scatter.exposure, scatter.response

    def rise(ln_dispersion: FloatArray) -> FloatArray:
        """Derivative of the log-likelihood by the dispersion."""
        a = np.exp(ln_dispersion)
        terms = (digamma(1.0 / a) - digamma(y + 1.0 / a) + np.log1p(a * mean)) / a**2 + (y - mean) / (a * (1.0 + a * mean))
        slope: FloatArray = (scatter.weight * terms).sum(axis=0)
        return slope

    rows = np.broadcast_shapes(curve.shape, y.shape)[1]
    low, high = np.full(rows, _LN_DISPERSION[0]), np.full(rows, _LN_DISPERSION[1])
    # As the dispersion goes to 0 the derivative goes to half of this; the closed form spares a cancellation.
    none = (scatter.weight * ((y - mean) ** 2 - y)).sum(axis=0) <= 0
    for _ in range(60):
        middle = 0.5 * (low + high)
        rising = rise(middle) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return np.where(none, 0.0, np.exp(0.5 * (low + high)))
