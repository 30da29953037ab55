"""Intervals of whatever a fit can be asked for, on the scale on which it is reported."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.pharmacology.regression.numbers import check_level, one_number
from ephys.pharmacology.regression.problem import log_likelihood
from ephys.pharmacology.regression.profile import profile_ends
from ephys.pharmacology.regression.robust import RobustSolution
from ephys.pharmacology.regression.search import Solution, in_parts
from ephys.pharmacology.regression.simulate import bootstrap
from ephys.pharmacology.regression.targets import (
    Kind,
    LnDoseTarget,
    LnRatioTarget,
    ParameterTarget,
    Target,
    effect_level,
)
from ephys.pharmacology.regression.uncertainty import covariance, quantile

FloatArray = NDArray[np.float64]
Method = Literal["profile", "delta", "log_delta", "bootstrap"]
METHODS = ("profile", "delta", "log_delta", "bootstrap")


@dataclass(frozen=True)
class Asked:
    """A target, and how it is reported.

    Parameters
    ----------
    target : callable
        On the scale of the search.
    is_log : bool
        Whether what is reported is the exponential of the target.
    is_ln_dose : bool
        Whether the target is the logarithm of a dose.
    """

    target: Target
    is_log: bool
    is_ln_dose: bool

    def report(self, value: FloatArray) -> FloatArray:
        """Value as it is reported."""
        return np.exp(value) if self.is_log else value


@dataclass(frozen=True)
class Inference:
    """A solution with what its intervals need.

    Parameters
    ----------
    solution : Solution
    held_dispersion : float, optional
        Negative binomial: the dispersion that was given; None where it was estimated.
    robust : RobustSolution, optional
        The M-estimate, which has no likelihood.
    """

    solution: Solution
    held_dispersion: float | None = None
    robust: RobustSolution | None = None

    @cached_property
    def spread(self) -> FloatArray:
        """Covariance on the scale of the search."""
        if self.robust is None:
            return covariance(self.solution)
        return covariance(self.solution) / self.solution.unit * self.robust.inflation

    @cached_property
    def estimates(self) -> dict[str, FloatArray]:
        """Estimates as reported, by name."""
        layout = self.solution.problem.layout
        return dict(zip(layout.names, layout.to_reported(self.solution.theta), strict=True))

    @cached_property
    def covariance(self) -> FloatArray:
        """Covariance of the estimates as reported, (rows, parameters, parameters)."""
        return self._reported(self.spread)

    def errors(self, *, observed: bool = False) -> dict[str, FloatArray]:
        """Standard errors by name, from (JᵀJ)⁻¹ or the observed Hessian."""
        spread = self._reported(covariance(self.solution, observed=True)) if observed else self.covariance
        return dict(zip(self.estimates, np.sqrt(np.einsum("rii->ir", spread)), strict=True))

    def _reported(self, spread: FloatArray) -> FloatArray:
        scale = self.solution.problem.layout.scale(self.solution.theta)
        return np.moveaxis(spread * scale[:, np.newaxis] * scale[np.newaxis], -1, 0)

    @cached_property
    def rss(self) -> FloatArray:
        """Weighted sum of the squared residuals; of counts and proportions unweighted."""
        problem = self.solution.problem
        residual = problem.scatter.response - problem.curve_at(self.solution.theta) * problem.scatter.exposure
        weight = problem.scatter.weight if problem.family.learns_noise else 1.0 * problem.used
        return np.asarray((weight * residual**2).sum(axis=0))

    @cached_property
    def log_likelihood(self) -> FloatArray:
        """Log-likelihood with every constant; NaN for an M-estimate."""
        height = log_likelihood(self.solution.problem, self.solution.theta)
        return height if self.robust is None else np.full_like(height, np.nan)

    @property
    def sigma(self) -> float:
        """Residual standard deviation of a point of weight 1, of one row; robust where the fit is."""
        return float(np.sqrt(self.solution.unit[0]) if self.robust is None else self.robust.scale[0])

    def row(self, number: int) -> Inference:
        """Return one row of the solutions."""
        return Inference(self.solution.take(np.array([number])), self.held_dispersion, self.robust)

    def parameter(self, name: str) -> Asked:
        """One of the estimates."""
        layout = self.solution.problem.layout
        if name not in layout.names:
            raise ParameterError(f"the estimates are {', '.join(layout.names)}; got {name!r}")
        place = layout.names.index(name)
        name = layout.base(place)
        return Asked(ParameterTarget(place), layout.model.is_log(name), name == "e")

    def dose(self, percent: float, kind: Kind, curve: str | None) -> Asked:
        """Effective dose of one curve."""
        if not 0 < one_number("percent", percent) < 100:
            raise ParameterError(f"percent must be between 0 and 100, got {percent}")
        if kind not in ("relative", "absolute"):
            raise ParameterError(f"kind must be 'relative' or 'absolute', got {kind!r}")
        layout = self.solution.problem.layout
        number = layout.curve_number(curve)
        values = layout.values(self.solution.theta, number)
        level = effect_level(
            layout.model, values, percent, kind, proportion=self.solution.problem.family.name == "binomial"
        )
        return Asked(LnDoseTarget(layout, number, level), True, True)

    def ratio(self, first: Asked, second: Asked) -> Asked:
        """Ratio of two effective doses."""
        assert isinstance(first.target, LnDoseTarget)
        assert isinstance(second.target, LnDoseTarget)
        return Asked(LnRatioTarget(first.target, second.target), True, False)

    def estimate(self, asked: Asked) -> tuple[FloatArray, FloatArray]:
        """Value and standard error, as reported."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            value, slope = asked.target(self.solution.theta)
        unknown, moves = np.isnan(np.einsum("iin->in", self.spread)), slope != 0
        # A parameter on a bound has no error of its own, and counts as fixed beside others.
        variance = np.einsum("in,ijn,jn->n", slope, np.nan_to_num(self.spread), slope)
        told = (moves & ~unknown).any(axis=0) | ~moves.any(axis=0)
        error = np.sqrt(np.where(told, np.maximum(variance, 0.0), np.nan))
        reported = asked.report(value)
        return reported, error * (reported if asked.is_log else 1.0)

    def interval(
        self, asked: Asked, *, method: Method, level: float, replicates: int = 999, seed: int = 0
    ) -> tuple[FloatArray, FloatArray]:
        """Both ends, as reported."""
        if method not in METHODS:
            raise ParameterError(f"method must be one of {', '.join(METHODS)} (or fieller, of a ratio); got {method!r}")
        level = check_level(level)
        if method in ("delta", "log_delta"):
            return self._delta(asked, method, level)
        if self.robust is not None:
            raise ParameterError(f"a robust fit has no likelihood, and no {method} interval: ask for method='delta'")
        return self._profile(asked, level) if method == "profile" else self._bootstrap(asked, level, replicates, seed)

    def _delta(self, asked: Asked, method: Method, level: float) -> tuple[FloatArray, FloatArray]:
        value, error = self.estimate(asked)
        reach = quantile(self.solution, level)
        if method == "delta":
            return value - reach * error, value + reach * error
        if not asked.is_log:
            raise ParameterError("method='log_delta' is for doses and their ratios, which are positive")
        factor = np.exp(reach * error / value)
        return value / factor, value * factor

    def _profile(self, asked: Asked, level: float) -> tuple[FloatArray, FloatArray]:
        value, error = self.estimate(asked)
        if (error == 0).all():
            return value, value
        free = self.solution.problem.family.name == "negbin" and self.held_dispersion is None
        reach, parts = quantile(self.solution, level), []
        for rows in in_parts(np.arange(value.size)):
            part = self.solution if rows.size == value.size else self.solution.take(rows)
            parts.append(
                profile_ends(part, asked.target, reach[rows], is_ln_dose=asked.is_ln_dose, free_dispersion=free)
            )
        low, high = np.concatenate(parts, axis=1)
        return asked.report(low), asked.report(high)

    def _bootstrap(self, asked: Asked, level: float, replicates: int, seed: int) -> tuple[FloatArray, FloatArray]:
        if self.solution.value.size != 1:
            raise ParameterError("the bootstrap is for one fit at a time: fits[0].interval(..., method='bootstrap')")
        if int(replicates) != replicates or replicates < 2 or int(seed) != seed or seed < 0:
            raise ParameterError(
                f"replicates must be a whole number of at least 2, and seed one of at least 0; got {replicates} and "
                f"{seed}"
            )
        if not self.solution.unit[0] > 0:
            return np.array([np.nan]), np.array([np.nan])
        drawn = bootstrap(self.solution, replicates=replicates, seed=seed, dispersion=self.held_dispersion)
        values = asked.report(asked.target(drawn.theta)[0])
        tails = np.nanquantile(values, [0.5 * (1.0 - level), 0.5 * (1.0 + level)])
        return tails[:1], tails[1:]
