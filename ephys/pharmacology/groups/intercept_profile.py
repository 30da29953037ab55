"""Profile likelihood of groups and of their ratios, finite or open at one end where a group has none or all."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from ephys.pharmacology.groups.design import GroupDesign
from ephys.pharmacology.groups.intercept_families import Counts
from ephys.pharmacology.groups.intercept_likelihood import LARGEST_SD, InterceptLikelihood

FloatArray = NDArray[np.float64]
Ends = tuple[float, float, float]

_FARTHEST = 20.0
"""Log-odds or logarithms beyond which an end of an interval is open (convention): e20 is 500 million."""

_NO_SCATTER = 1e-3  # the likelihood is flat there: a search ends anywhere below


@dataclass(frozen=True, slots=True)
class InterceptProfile:
    """A fit of counts in animals, and what can be asked of it.

    A group that has none (or all) in every animal is best fitted by minus (plus) infinity, whatever the rest: its rows
    then have the likelihood 1, take no part in the best fit, and come back where its value is held at a finite one.

    Parameters
    ----------
    law : Counts
        Rows, sorted by animal.
    design : GroupDesign
        As it was made; `order` sorts its rows.
    order : (n,) array of int
        Rows of `design`, by animal.
    infinite : (n_groups,) array
        -inf or inf for groups that have none or all, 0 for the others.
    theta : array
        Coefficients of every column (those of infinite groups are of no meaning), SD between animals, root of scatter.
    highest : float
        Log-likelihood of the best fit.
    level : float
        Of the intervals.
    """

    law: Counts
    design: GroupDesign
    order: NDArray[np.intp]
    infinite: FloatArray
    theta: FloatArray
    highest: float
    level: float

    @classmethod
    def of(cls, law: Counts, design: GroupDesign, level: float) -> InterceptProfile:
        """Fit counts.

        Parameters
        ----------
        law : Counts
            Rows, in the order of the design.
        design : GroupDesign
            Whose they are.
        level : float
            Of the intervals.
        """
        order = np.argsort(design.animal_of, kind="stable")
        law = law.at(order)
        infinite = np.array([_infinite(law, design.group_of[order] == k) for k in range(len(design.groups))])
        start = _start(law, design, order)
        empty = cls(law, design, order, infinite, start, 0.0, level)
        if not (infinite == 0).any():
            return empty
        starts = [_with_sd(start, design.matrix.shape[1], sd) for sd in (0.3, 1.5)]
        problem = empty._problem(np.flatnonzero(infinite == 0), {})
        theta, highest = max((problem.maximise(begin) for begin in starts), key=lambda found: found[1])
        return cls(law, design, order, infinite, theta, highest, level)

    @property
    def sd_animal(self) -> float:
        """SD of the animals' intercepts; NaN where no group has some and not all."""
        if not (self.infinite == 0).any():
            return math.nan
        sd = float(self.theta[self._n_columns])
        return sd if sd > _NO_SCATTER else 0.0

    @property
    def scatter(self) -> float:
        """Scatter of rows beyond chance."""
        if not self.law.scatters or not (self.infinite == 0).any():
            return math.nan if self.law.scatters else 0.0
        square = float(self.theta[-1]) ** 2
        return square / (1.0 + square) if self.law.family == "beta_binomial" else square

    @property
    def notes(self) -> tuple[str, ...]:
        """Groups that have none or all, and scatter at the end of the search."""
        names = self.design.groups
        none = [f"{names[k]} has none in any animal" for k in np.flatnonzero(self.infinite < 0)]
        every = [f"{names[k]} has all in every animal" for k in np.flatnonzero(self.infinite > 0)]
        untold = []
        if self.sd_animal > 0.99 * LARGEST_SD:
            untold = [f"animals have nearly all or none: their SD was searched up to {LARGEST_SD:g}"]
        if (self.infinite != 0).all():
            untold = ["how animals scatter is not told, and intervals are as if they did by chance alone"]
        return (*none, *every, *untold)

    @property
    def _n_columns(self) -> int:
        return int(self.design.matrix.shape[1])

    def group(self, number: int) -> Ends:
        """Share or count of a group's typical animal, with its interval."""
        natural = special.expit if self.law.are_shares else np.exp
        value = float(self.infinite[number] or self.theta[number])
        ends = self._ends(value, self.lost(number, None)) if self.design.enough(number) else (math.nan, math.nan)
        told = [float(natural(end)) for end in (value, *ends)]
        return told[0], told[1], told[2]

    def ratio(self, number: int) -> tuple[float, float, float, float]:
        """Odds ratio or ratio of a group to the reference, with its interval and p-value."""
        own, reference = (float(self.infinite[k] or self.theta[k]) for k in (number, 0))
        if math.isinf(own) and own == reference:  # none in both: every ratio is as likely
            return (math.nan, 0.0, math.inf, 1.0) if self.design.enough(0, number) else (math.nan,) * 4
        value = own - reference
        if not self.design.enough(0, number):
            return _exp(value), math.nan, math.nan, math.nan
        lost = self.lost(number, 0)
        low, high = self._ends(value, lost)
        return _exp(value), _exp(low), _exp(high), float(stats.f.sf(max(lost(0.0), 0.0), 1, self.design.df))

    def _ends(self, value: float, lost: Callable[[float], float]) -> tuple[float, float]:
        """Where twice the log-likelihood lost is as much as F allows."""
        allowed = float(stats.f.ppf(self.level, 1, self.design.df))

        def end(sign: int) -> float:
            if math.isinf(value):  # an open end, or an end that is met from afar
                return value if value * sign > 0 else _crossing(lost, allowed, -sign * _FARTHEST, sign)
            return _crossing(lost, allowed, value, sign)

        return end(-1), end(1)

    def lost(self, number: int, origin: int | None) -> Callable[[float], float]:
        """Twice the log-likelihood lost when a group's coefficient is held, or its distance from another's is."""
        part = [number] if origin is None else [number, origin]
        groups = np.union1d(np.flatnonzero(self.infinite == 0), part)
        last = self.theta

        def at(value: float) -> float:
            nonlocal last  # a search begins where the one before ended, unless the best fit is closer
            problem = self._problem(groups, {number: (value, origin)})
            last, height = problem.maximise(max(self.theta, last, key=problem.height))
            return 2.0 * (self.highest - height)

        return at

    def _problem(self, groups: NDArray[np.intp], held: Mapping[int, tuple[float, int | None]]) -> _Problem:
        """Likelihood of some groups' rows, a coefficient held at a value or at a distance from another's.

        Parameters
        ----------
        groups : array of int
            That take part.
        held : mapping
            Number of a group to the value, and the group that it is counted from (``None``: from 0).
        """
        rows = np.isin(self.design.group_of[self.order], groups)
        matrix, offset = self.design.matrix[self.order][rows], np.zeros(int(rows.sum()))
        for number, (value, origin) in held.items():
            offset = offset + value * matrix[:, number]
            if origin is not None:
                matrix[:, origin] += matrix[:, number]
        others = range(len(self.design.groups), self._n_columns)
        columns = [*(int(k) for k in groups if k not in held), *others]
        _, first, animal_of = np.unique(self.design.animal_of[self.order][rows], return_index=True, return_inverse=True)
        told = bool((self.infinite == 0).any())
        likelihood = InterceptLikelihood(self.law.at(rows), matrix[:, columns], offset, animal_of, first, told)
        return _Problem(likelihood, (*columns, *range(self._n_columns, len(self.theta))))


@dataclass(frozen=True, slots=True)
class _Problem:
    """A likelihood, and where its parameters stand among those of the whole fit."""

    likelihood: InterceptLikelihood
    places: tuple[int, ...]

    def height(self, theta: FloatArray) -> float:
        """Log-likelihood at parameters of the whole fit."""
        return self.likelihood.evaluate(theta[list(self.places)])[0]

    def maximise(self, start: FloatArray) -> tuple[FloatArray, float]:
        """Parameters of the whole fit, the own ones at their best, and the log-likelihood there."""
        best, height = self.likelihood.maximise(start[list(self.places)])
        theta = start.copy()
        theta[list(self.places)] = best
        return theta, height


def _with_sd(start: FloatArray, place: int, sd: float) -> FloatArray:
    """The same with another scatter between animals."""
    changed = start.copy()
    changed[place] = sd
    return changed


def _infinite(law: Counts, rows: NDArray[np.bool_]) -> float:
    """-inf where some rows have none, inf where they have all of their trials, else 0."""
    some = law.at(rows)
    if not some.count.any():
        return -math.inf
    return math.inf if law.are_shares and (some.count == some.trials).all() else 0.0


def _start(law: Counts, design: GroupDesign, order: NDArray[np.intp]) -> FloatArray:
    """Pooled log-odds or log counts of the groups, half a success added; no block; little scatter."""
    group_of = design.group_of[order]
    y, n = (np.bincount(group_of, weights=part[:, 0]) + 0.5 for part in (law.count, law.trials))
    n = n + 0.5
    logs = np.log(y / (n - y)) if law.are_shares else np.log(y / n)
    others = design.matrix.shape[1] - len(design.groups)
    return np.concatenate([logs, np.zeros(others), [0.3], [0.3] * law.scatters])


def _crossing(lost: Callable[[float], float], allowed: float, start: float, sign: int) -> float:
    """Where, from a start on, more is lost than allowed; infinite where that is nowhere near.

    The root of what is lost is nearly straight: what was lost so far tells where the end must be, and a secant meets
    it in a few steps.
    """
    target = math.sqrt(allowed)
    known = {start: -target}

    def over(value: float) -> float:
        if value not in known:
            known[value] = math.sqrt(max(lost(value), 0.0)) - target
        return known[value]

    inner, step = start, 0.5
    while inner * sign < _FARTHEST:
        outer = inner + sign * step
        excess = over(outer)
        if excess > 0:
            return float(optimize.brentq(over, inner, outer, xtol=3e-4))
        reached = abs(outer - start) * (target / max(excess + target, 1e-9) - 1.0)
        inner, step = outer, min(max(1.1 * reached, 0.1), 4.0)
    return sign * math.inf


def _exp(value: float) -> float:
    """Exponential, infinite of infinity."""
    return math.exp(value) if value < 700 else math.inf
