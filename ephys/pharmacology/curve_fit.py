"""One fitted curve (or several with shared parameters), and what can be asked of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.pharmacology.curves import checked_dose, ln_dose
from ephys.pharmacology.regression.bands import confidence_band, prediction_band
from ephys.pharmacology.regression.inference import Asked, Inference, Method
from ephys.pharmacology.regression.lack_of_fit import LackOfFit, assess_lack_of_fit
from ephys.pharmacology.regression.notes import outside_doses, uncounted, why_none
from ephys.pharmacology.regression.numbers import one_number
from ephys.pharmacology.regression.ratios import fieller_interval
from ephys.pharmacology.regression.search import Solution
from ephys.pharmacology.regression.targets import Kind, Level, LnDoseTarget

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ParameterEstimate(Shown):
    """A number with its standard error and interval; ``float()`` gives the number."""

    estimate: float
    se: float
    low: float
    high: float
    level: float
    method: str

    def __float__(self) -> float:
        return self.estimate

    def __str__(self) -> str:
        """Value with its interval."""
        ends = f"({100 * self.level:g} % {self.method} {self.low:.3g} to {self.high:.3g})"
        return f"{'none' if math.isnan(self.estimate) else f'{self.estimate:.3g}'} {ends}"


@dataclass(frozen=True)
class CurveFit(Shown):
    """A fitted curve.

    Parameters
    ----------
    inference : Inference
        The solution, as `fit_curve` found it.

    Examples
    --------
    >>> from ephys.pharmacology import fit_curve
    >>> fit = fit_curve([0, 0, 3, 10, 10, 30, 100], [101, 98, 96, 80, 77, 41, 9], fixed={"c": 0.0})
    >>> print(fit)
    LL.4, gaussian, 7 points: b 1.55 (SE 0.0705), c 0 fixed, d 99.5 (SE 0.993), e 23.6 (SE 0.819)
    >>> ed = fit.ed(50)
    >>> f"{ed.estimate:.1f} ({ed.low:.1f} to {ed.high:.1f})"
    '23.6 (21.4 to 26.0)'
    """

    inference: Inference

    @property
    def _solution(self) -> Solution:
        return self.inference.solution

    @property
    def model(self) -> str:
        """Name of the curve."""
        return self._solution.problem.layout.model.name

    @property
    def family(self) -> str:
        """Law of scatter."""
        return self._solution.problem.family.name

    @property
    def curves(self) -> tuple[str, ...]:
        """Labels of the curves."""
        return self._solution.problem.layout.labels

    @property
    def names(self) -> tuple[str, ...]:
        """What was estimated: "b", or "b:label" where not shared."""
        return self._solution.problem.layout.names

    @property
    def estimate(self) -> dict[str, float]:
        """Estimates by name."""
        return {name: float(values[0]) for name, values in self.inference.estimates.items()}

    @property
    def covariance(self) -> FloatArray:
        """Covariance of the estimates from (JᵀJ)⁻¹, in the order of `estimate`."""
        return np.asarray(self.inference.covariance[0])

    @property
    def se(self) -> dict[str, float]:
        """Standard errors by name; NaN for an estimate on a bound."""
        return {name: float(values[0]) for name, values in self.inference.errors().items()}

    def observed_se(self) -> dict[str, float]:
        """Standard errors from the observed Hessian, as R's drc reports them."""
        if self.inference.robust is not None:
            raise ParameterError("a robust fit has no observed Hessian: its standard errors are in se")
        return {name: float(values[0]) for name, values in self.inference.errors(observed=True).items()}

    @property
    def n(self) -> int:
        """Points used."""
        return int(self._solution.problem.used.sum())

    @property
    def df(self) -> int:
        """Points beyond parameters."""
        return int(self._solution.problem.df[0])

    @property
    def rss(self) -> float:
        """Weighted sum of the squared residuals; of counts and proportions unweighted."""
        return float(self.inference.rss[0])

    @property
    def sigma(self) -> float:
        """Residual standard deviation of a point of weight 1 (Gaussian); robust where the fit is."""
        return self.inference.sigma if self.family == "gaussian" and self.df > 0 else math.nan

    @property
    def dispersion(self) -> float:
        """Negative binomial: variance = mean + dispersion × mean²."""
        return float(self._solution.problem.scatter.dispersion[0]) if self.family == "negbin" else math.nan

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood with every constant; NaN for a robust fit."""
        return float(self.inference.log_likelihood[0])

    @property
    def deviance(self) -> float:
        """Twice the log-likelihood lost against a curve through every point; NaN for a robust fit."""
        if self.inference.robust is not None:
            return math.nan
        return 2.0 * float(self._solution.value[0])

    @property
    def parameter_count(self) -> int:
        """Estimates, the residual variance or the dispersion among them."""
        scatter = self.family == "gaussian" or (self.family == "negbin" and self.inference.held_dispersion is None)
        return len(self.names) + scatter

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""
        return 2.0 * (self.parameter_count - self.log_likelihood)

    @property
    def aicc(self) -> float:
        """The same for few points; infinite where there are too few."""
        k = self.parameter_count
        return self.aic + 2.0 * k * (k + 1) / (self.n - k - 1) if self.n > k + 1 else math.inf

    @property
    def converged(self) -> bool:
        """Whether a best fit exists and was found."""
        return bool(self._solution.converged[0])

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What to know before the numbers are used."""
        notes = [] if self.converged else [f"no best fit: {why_none(self._solution)}"]
        notes += [] if not self.converged else outside_doses(self.inference)
        notes += uncounted(self._solution.problem)
        on_bound = [name for name, value in self.se.items() if math.isnan(value)]
        if on_bound and self.df > 0 and self.converged:
            notes.append(f"no standard error of {', '.join(on_bound)}: on a bound, or not told by these points")
        if self.df <= 0:
            notes.append(f"{self.n} points for {len(self.names)} parameters: nothing is left to judge the scatter by")
        return tuple(notes)

    def interval(
        self, name: str, method: Method = "profile", level: float = 0.95, *, replicates: int = 999, seed: int = 0
    ) -> tuple[float, float]:
        """Lower and upper end of the interval of an estimate.

        Parameters
        ----------
        name : str
            One of `names`.
        method : {"profile", "delta", "log_delta", "bootstrap"}
            Profile likelihood (infinite where the data set no end); estimate ± quantile × SE, or the same on the
            logarithm (doses); percentiles of a parametric bootstrap.
        level : float
            Coverage.
        replicates, seed : int
            Of the bootstrap.
        """
        return self._ends(self.inference.parameter(name), method, level, replicates, seed)

    def ed(
        self, percent: float, kind: Kind = "relative", *, curve: str | None = None, method: Method = "profile",
        level: float = 0.95,
    ) -> ParameterEstimate:  # fmt: skip
        """Dose of `percent` of the effect.

        Parameters
        ----------
        percent : float
            Effect, counted from the response without drug.
        kind : {"relative", "absolute"}
            Of the distance between the limits of the curve; or of the response without drug (a rising proportion: of
            all). An absolute dose is NaN where the curve does not reach so far, and every dose where there is no best
            fit (`interval("e")` then gives the bracket). `dose_at` takes the response itself.
        curve : str, optional
            Label, where there are several.
        method, level
            Of the interval, as in `interval`.
        """
        return self._told(self.inference.dose(percent, kind, curve), method, level)

    def dose_at(
        self, response: float, *, curve: str | None = None, method: Method = "profile", level: float = 0.95
    ) -> ParameterEstimate:
        """Dose at which the curve has a given response (drc's ``type = "absolute"``); NaN where it never has."""
        layout, level_of_response = self._solution.problem.layout, Level(constant=one_number("response", response))
        target = LnDoseTarget(layout, layout.curve_number(curve), level_of_response)
        return self._told(Asked(target, is_log=True, is_ln_dose=True), method, level)

    def ed_ratio(
        self, first: str, second: str, percent: float = 50.0, method: Method | str = "profile", *,
        kind: Kind = "relative", level: float = 0.95,
    ) -> ParameterEstimate:  # fmt: skip
        """Ratio of the effective doses of two curves, first over second.

        Parameters
        ----------
        first, second : str
            Labels of the curves.
        percent, kind
            As in `ed`.
        method : {"profile", "fieller", "delta", "log_delta", "bootstrap"}
            Fieller's interval may be open: then its ends are 0 and infinity.
        """
        doses = [self.inference.dose(percent, kind, label) for label in (first, second)]
        asked = self.inference.ratio(*doses)
        if method != "fieller":
            return self._told(asked, method, level)  # type: ignore[arg-type]
        value, error = (float(part[0]) for part in self.inference.estimate(asked))
        ends = fieller_interval(self.inference, doses[0], doses[1], level)
        return ParameterEstimate(value, error, *ends, level, method)

    def predict(self, dose: ArrayLike, *, curve: str | None = None) -> FloatArray:
        """Response (counts: rate) of the curve at each dose."""
        problem = self._solution.problem
        values = problem.layout.values(self._solution.theta, problem.layout.curve_number(curve))
        x = checked_dose(dose)
        return problem.layout.model.response(x, ln_dose(x), {name: value[0] for name, value in values.items()})

    def band(
        self, dose: ArrayLike, *, kind: str = "confidence", curve: str | None = None, level: float = 0.95,
        weight: float = 1.0, exposure: float = 1.0, seed: int = 0,
    ) -> tuple[FloatArray, FloatArray]:  # fmt: skip
        """Lower and upper edge of a band round the curve, at each dose by itself.

        Parameters
        ----------
        dose : array_like
        kind : {"confidence", "prediction"}
            Where the curve lies (by the delta method), or where a new response falls.
        weight, exposure : float
            Of the new response: 1 / variance or trials, and the exposure of a count.
        seed : int
            A prediction of counts or proportions is simulated.
        """
        if kind not in ("confidence", "prediction"):
            raise ParameterError(f"kind must be 'confidence' or 'prediction', got {kind!r}")
        number = self._solution.problem.layout.curve_number(curve)
        x = checked_dose(dose)
        if kind == "confidence":
            return confidence_band(self.inference, x, number, level=level)
        return prediction_band(self.inference, x, number, level=level, weight=weight, exposure=exposure, seed=seed)

    def lack_of_fit(self) -> LackOfFit:
        """Test the curve against one mean for every dose of every curve."""
        if self.inference.robust is not None:
            raise ParameterError("a robust fit has no sum of squares to test")
        return assess_lack_of_fit(self._solution)

    def _told(self, asked: Asked, method: Method, level: float) -> ParameterEstimate:
        if self.inference.robust is not None and method == "profile":
            method = "log_delta"
        value, error = (float(part[0]) for part in self.inference.estimate(asked))
        if not self.converged:
            value, error = math.nan, math.nan
        unbounded = math.isnan(value) and (self.converged or method != "profile")
        ends = (math.nan, math.nan) if unbounded else self._ends(asked, method, level, 999, 0)
        return ParameterEstimate(value, error, *ends, level, method)

    def _ends(self, asked: Asked, method: Method, level: float, replicates: int, seed: int) -> tuple[float, float]:
        low, high = self.inference.interval(asked, method=method, level=level, replicates=replicates, seed=seed)
        return float(low[0]), float(high[0])

    def __str__(self) -> str:
        """Estimates with their standard errors, and what is held."""
        layout = self._solution.problem.layout
        told = {name: f"{name} {value:.3g} (SE {self.se[name]:.3g})" for name, value in self.estimate.items()}
        for name, places in layout.place.items():
            if (places < 0).all():
                value = layout.constant[name][0]
                value = math.exp(value) if layout.model.is_log(name) else value
                told[name] = f"{name} {value:.3g} fixed"
        listed = ", ".join(told[name] for name in sorted(told))
        if self.family == "negbin":
            listed += f", dispersion {self.dispersion:.3g}" + (
                " fixed" if self.inference.held_dispersion is not None else ""
            )
        notes = "".join(f"; {note}" for note in self.notes)
        return f"{self.model}, {self.family}, {self.n} points: {listed}{notes}"

    __repr__ = __str__
