"""Where the search begins: from the responses themselves, and, for rows that lose their way, from a grid."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.curves import ln_dose
from ephys.pharmacology.regression.layout import Layout
from ephys.pharmacology.regression.problem import Problem

FloatArray = NDArray[np.float64]
Values = Mapping[str, FloatArray]

_MARGIN = 0.02
_LEAST_SLOPE, _MOST_SLOPE = 0.3, 8.0
_GRID_PLACES, _GRID_SLOPES = (0.08, 0.3, 0.5, 0.7, 0.92), (0.7, 2.0, 6.0)
_FAR = 20.0
_STEEPEST = 500.0
_LN_EXPONENT = (math.log(1e-3), math.log(1e2))
_EXPONENTS = (-2.0, 0.0, 1.5)
_FEW_CURVES = 3


def bounds(problem: Problem) -> tuple[FloatArray, FloatArray]:
    """Return the lowest and the highest value of each parameter of the search, (parameters, 1) or (parameters, rows).

    Limits c and d stay where the law of scatter allows them; the others are kept from wandering out of the numbers.
    """
    first, last = problem.dose_range
    low, high = problem.family.limits
    f = (-np.inf, np.inf) if problem.layout.model.hormetic else _LN_EXPONENT
    falling = problem.layout.model.hormetic  # a hormetic curve with b < 0 rises without end
    ranges: dict[str, tuple[float | FloatArray, float | FloatArray]] = {
        "b": (0.0 if falling else -_STEEPEST, _STEEPEST),
        "c": (low, high),
        "d": (low, high),
        "e": (first - _FAR, last + _FAR),
        "f": f,
    }
    names = [problem.layout.base(place) for place in range(len(problem.layout.names))]
    lows, highs = ([np.broadcast_to(np.asarray(ranges[name][side]), first.shape) for name in names] for side in (0, 1))
    return np.stack(lows), np.stack(highs)


def self_start(problem: Problem) -> FloatArray:
    """One start per row: limits from the extremes, slope and middle from a regression of the logit on ln dose."""
    curves = [_Points(problem, number).start() for number in range(len(problem.layout.labels))]
    return _gather(problem.layout, curves, problem.row_count)


def grid_starts(problem: Problem, *, thorough: bool) -> Iterator[FloatArray]:
    """Give one start after another, on a grid of middles and slopes in both directions, limits by least squares.

    Parameters
    ----------
    thorough : bool
        Whether each curve turns either way by itself (of a few), and exponents are varied, too.
    """
    count = len(problem.layout.labels)
    points = [_Points(problem, number) for number in range(count)]
    apart = thorough and count <= _FEW_CURVES
    turns = list(itertools.product((1.0, -1.0), repeat=count)) if apart else [(1.0,) * count, (-1.0,) * count]
    exponents = _EXPONENTS if thorough and "f" in problem.layout.place and not problem.layout.model.hormetic else (0.0,)
    for place, slope, signs, exponent in itertools.product(_GRID_PLACES, _GRID_SLOPES, turns, exponents):
        curves = [own.start_at(place, sign * slope, exponent) for own, sign in zip(points, signs, strict=True)]
        yield _gather(problem.layout, curves, problem.row_count)


def _gather(layout: Layout, curves: list[Values], rows: int) -> FloatArray:
    """One vector per row; a shared parameter begins at the mean over its curves."""
    theta = np.empty((len(layout.names), rows))
    for place in range(len(layout.names)):
        name = layout.base(place)
        theta[place] = np.mean([curves[k][name] for k in np.flatnonzero(layout.place[name] == place)], axis=0)
    return theta


class _Points:
    """The points of one curve, as rates or proportions."""

    def __init__(self, problem: Problem, number: int) -> None:
        own = problem.curve == number
        self.layout, self.number = problem.layout, number
        scatter = problem.scatter
        exposure = scatter.exposure[own] if scatter.exposure.shape[0] > 1 else scatter.exposure
        self.y = scatter.response[own] / exposure
        self.used = problem.used[own].astype(np.float64)
        self.dose = np.broadcast_to(problem.dose[own], self.y.shape)
        self.x = ln_dose(self.dose)
        self.positive = self.used * (self.dose > 0)
        self.held = {name: values[number] for name, values in self.layout.constant.items()}

    def start(self) -> Values:
        """Limits, slope and middle that the points suggest."""
        low, high = self._limits()
        share = np.clip((self.y - low) / (high - low), _MARGIN, 1.0 - _MARGIN)
        z = np.log(1.0 / share - 1.0)
        weight = self.positive * (share * (1.0 - share)) ** 2
        total = weight.sum(axis=0)
        mean_x, mean_z = (weight * self._finite_x).sum(axis=0) / total, (weight * z).sum(axis=0) / total
        away = self._finite_x - mean_x
        slope = (weight * away * z).sum(axis=0) / np.maximum((weight * away**2).sum(axis=0), 1e-12)
        steep = np.clip(np.abs(slope), _LEAST_SLOPE, _MOST_SLOPE)
        b = self._b(np.where(self._falls(), steep, -steep))
        first, last = self._ends()
        middle = np.clip(mean_x - mean_z / self._as_logistic(b), first - 1.0, last + 1.0)
        return self._values(low, high, b, middle)

    def start_at(self, place: float, slope: float, exponent: float) -> Values:
        """Limits by least squares for a middle at a share of the range of ln dose, and a slope."""
        first, last = self._ends()
        b = self._b(np.full(self.y.shape[1], slope))
        values = self._values(*self._limits(), b, first + place * (last - first))
        if "f" in values and np.isnan(self.held["f"]):
            values["f"] = np.full_like(b, exponent)
        share = self.layout.model.sigmoid.share(
            values["b"] * (self.x - values["e"]), self.layout.model.exponent(values)
        )
        if self.layout.model.hormetic:
            return {**values, **self._fitted_hormesis(share, values)}
        return {**values, **self._fitted_limits(share, values)}

    @property
    def _finite_x(self) -> FloatArray:
        return np.where(self.positive > 0, self.x, 0.0)

    def _ends(self) -> tuple[FloatArray, FloatArray]:
        """Logarithm of the lowest and the highest dose above 0."""
        inside = self.positive > 0
        return np.where(inside, self.x, np.inf).min(axis=0), np.where(inside, self.x, -np.inf).max(axis=0)

    def _limits(self) -> tuple[FloatArray, FloatArray]:
        """Lower and upper limit: held, or a little beyond the extremes."""
        inside = self.used > 0
        low, high = np.where(inside, self.y, np.inf).min(axis=0), np.where(inside, self.y, -np.inf).max(axis=0)
        room = np.where(high > low, high - low, np.maximum(np.abs(high), 1.0)) * _MARGIN
        low = low - room if np.isnan(self.held["c"]) else np.full_like(low, self.held["c"])
        high = high + room if np.isnan(self.held["d"]) else np.full_like(high, self.held["d"])
        return low, np.where(high > low, high, low + room)

    def _falls(self) -> NDArray[np.bool_]:
        """Whether the responses fall with the order of the doses."""
        rank = np.argsort(np.argsort(self.dose, axis=0, kind="stable"), axis=0, kind="stable").astype(np.float64)
        count = self.used.sum(axis=0)
        mean_rank, mean_y = (self.used * rank).sum(axis=0) / count, (self.used * self.y).sum(axis=0) / count
        falls: NDArray[np.bool_] = (self.used * (rank - mean_rank) * (self.y - mean_y)).sum(axis=0) < 0
        return falls

    def _b(self, logistic: FloatArray) -> FloatArray:
        """Slope of this model that is as steep in the middle as a log-logistic one."""
        b: FloatArray = logistic * (-0.25 / self.layout.model.sigmoid.slope_half)
        return b if np.isnan(self.held["b"]) else np.full_like(b, self.held["b"])

    def _as_logistic(self, b: FloatArray) -> FloatArray:
        return b * (self.layout.model.sigmoid.slope_half / -0.25)

    def _values(self, low: FloatArray, high: FloatArray, b: FloatArray, ln_middle: FloatArray) -> dict[str, FloatArray]:
        """Every parameter, the held ones as they are."""
        e = ln_middle - self.layout.model.sigmoid.z_half / np.where(b == 0, 1.0, b)
        values = {"b": b, "c": low, "d": high, "e": e}
        if "f" in self.held:
            values["f"] = np.zeros_like(b)  # no hormesis; or an exponent of 1, on the logarithm
        return {
            name: value if np.isnan(self.held[name]) else np.full_like(b, self.held[name])
            for name, value in values.items()
        }

    def _fitted_hormesis(self, share: FloatArray, values: Values) -> Values:
        """Least-squares c, d and f round a given shape, those of them that are free."""
        columns = {"c": 1.0 - share, "d": share, "f": self.dose * share}
        free = [name for name in columns if np.isnan(self.held[name])]
        held = sum(columns[name] * values[name] for name in columns if name not in free)
        root = np.sqrt(self.used)
        fitted = {name: values[name].copy() for name in free}
        for row in range(self.y.shape[1]):
            design = np.stack([root[:, row] * columns[name][:, row] for name in free], axis=1)
            rest = root[:, row] * (self.y - held)[:, row]
            for name, value in zip(free, np.linalg.lstsq(design, rest, rcond=None)[0], strict=True):
                fitted[name][row] = value
        return fitted

    def _fitted_limits(self, share: FloatArray, values: Values) -> Values:
        """Least-squares limits c and d round a given shape; as they were where they are held or cannot be told."""
        w, y, rest = self.used, self.y, 1.0 - share
        cc, cd, dd = (w * rest**2).sum(axis=0), (w * rest * share).sum(axis=0), (w * share**2).sum(axis=0)
        cy, dy = (w * rest * y).sum(axis=0), (w * share * y).sum(axis=0)
        if not np.isnan(self.held["c"]):
            d = (dy - cd * values["c"]) / np.maximum(dd, 1e-12)
            return {} if not np.isnan(self.held["d"]) else {"d": d}
        if not np.isnan(self.held["d"]):
            return {"c": (cy - cd * values["d"]) / np.maximum(cc, 1e-12)}
        determinant = cc * dd - cd**2
        sound = determinant > 1e-9 * cc * dd
        safe = np.where(sound, determinant, 1.0)
        return {
            "c": np.where(sound, (dd * cy - cd * dy) / safe, values["c"]),
            "d": np.where(sound, (cc * dy - cd * cy) / safe, values["d"]),
        }
