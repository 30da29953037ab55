"""A curve-fitting problem in arrays: doses and responses, with the rows (one fit each) along the last axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.curves import ln_dose
from ephys.pharmacology.regression.families import Family, Scatter
from ephys.pharmacology.regression.layout import Layout
from ephys.pharmacology.regression.levenberg_marquardt import Terms

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

_SATURATED_ROUNDS = 60


@dataclass(frozen=True)
class Problem:
    """What is fitted to what.

    Parameters
    ----------
    layout : Layout
        Curves and their parameters.
    family : Family
        Scatter round them.
    dose : array (points, 1) or (points, rows)
    curve : array (points,)
        Number of the curve that each point belongs to.
    scatter : Scatter
        Responses, (points, rows), with weights and exposures.
    project : bool
        Whether limits may be moved to their linear least squares; not where one of them is held.
    """

    layout: Layout
    family: Family
    dose: FloatArray
    curve: IntArray
    scatter: Scatter
    project: bool = True

    @cached_property
    def linear(self) -> tuple[int, ...]:
        """Places of c and d, where both follow from the rest by linear least squares (Golub and Pereyra 1973)."""
        places = (self.layout.place["c"][0], self.layout.place["d"][0])
        one = len(self.layout.labels) == 1 and not self.layout.model.hormetic and min(places) >= 0
        return places if one and self.project and self.family.learns_noise else ()

    @cached_property
    def _ln_dose(self) -> FloatArray:
        return ln_dose(self.dose)

    @property
    def row_count(self) -> int:
        """How many fits."""
        return int(self.scatter.response.shape[1])

    @cached_property
    def used(self) -> NDArray[np.bool_]:
        """Points that count, (points, rows)."""
        return np.broadcast_to(self.scatter.weight > 0, self.scatter.response.shape)

    @property
    def df(self) -> FloatArray:
        """Points beyond parameters, per row."""
        return np.asarray(self.used.sum(axis=0) - float(len(self.layout.names)))

    def take(self, rows: IntArray) -> Problem:
        """Return some of the rows."""
        dose = self.dose if self.dose.shape[1] == 1 else self.dose[:, rows]
        return replace(self, dose=dose, scatter=self.scatter.rows(rows))

    def with_dispersion(self, dispersion: FloatArray) -> Problem:
        """Return the problem with a dispersion per row."""
        return replace(self, scatter=replace(self.scatter, dispersion=dispersion))

    def curve_at(self, theta: FloatArray) -> FloatArray:
        """Curve at every point, (points, rows)."""
        response = self.layout.model.response(self.dose, self._ln_dose, self._values(theta))
        return np.broadcast_to(response, self.scatter.response.shape)

    def saturated(self, cell: IntArray) -> FloatArray:
        """Curve of one row that meets the mean of each cell of points: the best that any curve can do."""
        exposure = np.broadcast_to(self.scatter.exposure, self.scatter.response.shape)[:, 0]
        weight = np.broadcast_to(self.scatter.weight, self.scatter.response.shape)[:, 0]
        used, response = self.used[:, 0], self.scatter.response[:, 0]
        curve = np.zeros(self.scatter.response.shape)
        trust = weight[used]
        for _ in range(_SATURATED_ROUNDS):
            means = np.bincount(cell, trust * response[used]) / np.bincount(cell, trust * exposure[used])
            curve[used, 0] = means[cell]
            if self.family.name != "negbin":
                break
            # Counts of longer exposure are worth less than their exposure where they scatter more than Poisson's.
            trust = 1.0 / (1.0 + self.scatter.dispersion[0] * exposure[used] * curve[used, 0])
        return curve

    def jacobian(self, theta: FloatArray) -> tuple[FloatArray, list[FloatArray]]:
        """Curve, and its derivative by each parameter of the search, at every point."""
        return self._slopes(theta, *self.layout.model.derivatives(self.dose, self._ln_dose, self._values(theta)))

    def _slopes(
        self, theta: FloatArray, curve: FloatArray, by: Mapping[str, FloatArray]
    ) -> tuple[FloatArray, list[FloatArray]]:
        """Derivatives by the parameters that are estimated: of a curve's own, only at its points."""
        shape = (len(self.curve), theta.shape[1])
        slopes = []
        for place in range(len(self.layout.names)):
            name = self.layout.base(place)
            theirs = self.layout.place[name] == place
            slope = np.broadcast_to(by[name], shape)
            slopes.append(slope if theirs.all() else slope * theirs[self.curve, np.newaxis])
        return np.broadcast_to(curve, shape), slopes

    def _values(self, theta: FloatArray) -> Mapping[str, FloatArray]:
        """Parameters at every point: (1, rows) where all curves have one, else (points, rows)."""
        values = {}
        for name, place in self.layout.place.items():
            if (place == place[0]).all() and (
                place[0] >= 0 or (self.layout.constant[name] == self.layout.constant[name][0]).all()
            ):
                first = place[0]
                values[name] = theta[first : first + 1] if first >= 0 else self.layout.constant[name][:1, np.newaxis]
            else:
                free = place >= 0
                table = np.where(
                    free[:, np.newaxis], theta[np.maximum(place, 0)], self.layout.constant[name][:, np.newaxis]
                )
                values[name] = table[self.curve]
        return values

    def objective(self, theta: FloatArray, rows: IntArray) -> Terms:
        """Half deviance (Gaussian: half the weighted sum of squares), its gradient and expected curvature.

        Limits that can be had by linear least squares (`linear`) are moved to their best first.
        """
        scatter = self.scatter if len(rows) == self.row_count else self.scatter.rows(rows)
        dose, ln_x = (a if a.shape[1] == 1 else a[:, rows] for a in (self.dose, self._ln_dose))
        shape = self.layout.model.shape(ln_x, self._values(theta))
        if self.linear:
            theta = self._with_best_limits(theta, np.broadcast_to(shape[1], scatter.response.shape), scatter)
        curve, slopes = self._slopes(theta, *self.layout.model.stretch(dose, shape, self._values(theta)))
        value = self.family.half_deviance(curve, scatter).sum(axis=0)
        score, information = self.family.score(curve, scatter)
        size = len(slopes)
        gradient = np.empty((size, theta.shape[1]))
        curvature = np.empty((size, size, theta.shape[1]))
        plain = information.size == 1 and information.item() == 1.0
        for i, slope in enumerate(slopes):
            gradient[i] = np.einsum("mn,mn->n", slope, score)
            weighted = slope if plain else slope * information
            for j in range(i + 1):
                curvature[i, j] = curvature[j, i] = np.einsum("mn,mn->n", weighted, slopes[j])
        value[np.isnan(value) | self.out_of_order(theta)] = np.inf
        return theta, value, gradient, curvature

    def out_of_order(self, theta: FloatArray) -> NDArray[np.bool_]:
        """Rows in which c lies above d although the model sets them in order."""
        c, d = self.layout.place["c"], self.layout.place["d"]
        if not self.layout.model.ordered or min(c.min(), d.min()) < 0:
            return np.zeros(theta.shape[1], dtype=bool)
        return np.asarray((theta[c] > theta[d]).any(axis=0))

    def distinct_doses(self, good: NDArray[np.bool_], curve: int | None = None) -> IntArray:
        """How many different doses (of one curve, or of each curve by itself) have a point that is good, per row."""
        if curve is None:
            return np.asarray(np.sum([self.distinct_doses(good, k) for k in range(len(self.layout.labels))], axis=0))
        own = self.curve == curve
        doses = np.broadcast_to(self.dose[own], good[own].shape)
        in_order = np.sort(np.where(good[own], doses, np.inf), axis=0)
        new = np.isfinite(in_order)
        new[1:] &= in_order[1:] > in_order[:-1]
        return np.asarray(new.sum(axis=0))

    @cached_property
    def dose_range(self) -> tuple[FloatArray, FloatArray]:
        """Logarithm of the lowest and the highest dose above 0 that is used: (rows,), or (1,) where all have one."""
        if self.dose.shape[1] == 1 and self.used.all():
            positive = self._ln_dose[self.dose > 0]
            return positive.min(keepdims=True), positive.max(keepdims=True)
        inside = self.used & (self.dose > 0)
        ln_x = np.broadcast_to(self._ln_dose, inside.shape)
        return np.where(inside, ln_x, np.inf).min(axis=0), np.where(inside, ln_x, -np.inf).max(axis=0)

    def _with_best_limits(self, theta: FloatArray, share: FloatArray, scatter: Scatter) -> FloatArray:
        """Limits c and d by linear least squares for the shape; as they were where the points do not tell them."""
        weighted, rest = scatter.weight * share, scatter.weight * (1.0 - share)
        dd, cd, cc = (weighted * share).sum(axis=0), (rest * share).sum(axis=0), (rest * (1.0 - share)).sum(axis=0)
        dy, cy = (weighted * scatter.response).sum(axis=0), (rest * scatter.response).sum(axis=0)
        determinant = cc * dd - cd**2
        sound = determinant > 1e-12 * cc * dd
        safe = np.where(sound, determinant, 1.0)
        c, d = self.linear
        theta = theta.copy()
        theta[c] = np.where(sound, (dd * cy - cd * dy) / safe, theta[c])
        theta[d] = np.where(sound, (cc * dy - cd * cy) / safe, theta[d])
        return theta


def log_likelihood(problem: Problem, theta: FloatArray) -> FloatArray:
    """Log-likelihood with every constant, per row."""
    total: FloatArray = problem.family.log_likelihood(problem.curve_at(theta), problem.scatter).sum(axis=0)
    return np.where(np.isnan(theta).any(axis=0), np.nan, total)


def objective_value(problem: Problem, theta: FloatArray) -> FloatArray:
    """Value of the objective, per row."""
    value: FloatArray = problem.family.half_deviance(problem.curve_at(theta), problem.scatter).sum(axis=0)
    return np.where(np.isnan(value) | problem.out_of_order(theta), np.inf, value)


def mean_square(problem: Problem) -> FloatArray:
    """Weighted mean square of the responses themselves, per row."""
    weight = np.broadcast_to(problem.scatter.weight, problem.scatter.response.shape)
    total = np.einsum("mn,mn,mn->n", weight, problem.scatter.response, problem.scatter.response)
    return np.asarray(total / np.maximum(problem.used.sum(axis=0), 1))
