"""Dose-response curves as plain functions with their derivatives.

Names, parameters and signs are those of R's drc (Ritz et al. 2015, doi 10.1371/journal.pone.0146021): ``b`` slope,
``c`` lower and ``d`` upper limit, ``e`` the dose in the middle, ``f`` asymmetry or hormesis. A falling curve has b > 0
in the log-logistic, Weibull-1 and Brain-Cousens models, and b < 0 in Weibull-2 and log-normal; in Emax c is the
response without drug, and a falling curve has d < c.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.pharmacology.sigmoids import LOG_LOGISTIC, LOG_NORMAL, WEIBULL_1, WEIBULL_2, Sigmoid

FloatArray = NDArray[np.float64]

Shape = tuple[FloatArray, FloatArray, FloatArray, FloatArray | None]

PARAMETERS = ("b", "c", "d", "e", "f")
"""Every parameter that a curve can have, in drc's order."""

_LN_ZERO = -1e300
"""Stands for the logarithm of dose 0: far enough for every limit to be exact, finite enough to be multiplied by 0."""


@dataclass(frozen=True)
class CurveModel(Shown):
    """A curve ``c + (d - c) S(b (ln dose - ln e))`` and what of it is free.

    Call it for the responses; `gradient` gives their derivatives.

    Parameters
    ----------
    name : str
        As in drc, "LL.4".
    sigmoid : Sigmoid
        The shape S.
    free : tuple of str
        Parameters that are estimated, in drc's order.
    constants : mapping
        The rest, with their values.
    log_e : bool
        Whether ``e`` is the natural logarithm of the dose (LL2 models).
    hormetic : bool
        Whether ``f × dose`` is added to the height (Brain-Cousens).

    Examples
    --------
    >>> curve_model("LL.4")([0.0, 50.0, 1e9], b=2.0, c=0.0, d=100.0, e=50.0).round(6)
    array([100.,  50.,   0.])
    """

    name: str
    sigmoid: Sigmoid
    free: tuple[str, ...]
    constants: Mapping[str, float]
    log_e: bool = False
    hormetic: bool = False

    def __call__(self, dose: ArrayLike, **parameters: float) -> FloatArray:
        """Response at each dose; parameters that the model holds constant may be left out."""
        dose, values = checked_dose(dose), self._values(parameters)
        return self.response(dose, ln_dose(dose), values)

    def gradient(self, dose: ArrayLike, **parameters: float) -> dict[str, FloatArray]:
        """Derivatives of the response by each free parameter."""
        dose, values = checked_dose(dose), self._values(parameters)
        slopes = self.derivatives(dose, ln_dose(dose), values)[1]
        return {name: slopes[name] / (parameters[name] if self.is_log(name) else 1.0) for name in self.free}

    def __repr__(self) -> str:
        held = ", ".join(f"{name} = {value:g}" for name, value in self.constants.items())
        return f"{self.name}({', '.join(self.free)}{'; ' + held if held else ''})"

    def _values(self, parameters: Mapping[str, float]) -> dict[str, FloatArray]:
        """Parameters as arrays, on the scale of the search."""
        given = {**self.constants, **parameters}
        known = {*self.free, *self.constants}
        if set(given) != known:
            raise ParameterError(
                f"{self.name} has the parameters {', '.join(sorted(known))}; got {', '.join(sorted(parameters))}"
            )
        return {name: np.asarray(self.internal(name, value)) for name, value in given.items()}

    def internal(self, name: str, value: float) -> float:
        """Value of a parameter on the scale that the search uses: the logarithm where `is_log`."""
        if not self.is_log(name):
            return float(value)
        if not value > 0:
            what = "e is a dose" if name == "e" else "f is an exponent"
            raise ParameterError(f"{self.name}: {what} and must be positive, got {value}")
        return math.log(value)

    def is_log(self, name: str) -> bool:
        """Whether the search uses the logarithm of a parameter: of e (but in LL2), and of the exponent f."""
        return (name == "e" and not self.log_e) or (name == "f" and not self.hormetic)

    def response(self, dose: FloatArray, ln_x: FloatArray, values: Mapping[str, FloatArray]) -> FloatArray:
        """Response for values on the scale of the search; everything broadcasts."""
        share = self.sigmoid.share(values["b"] * (ln_x - values["e"]), self.exponent(values))
        return values["c"] + self._height(dose, values) * share

    def derivatives(
        self, dose: FloatArray, ln_x: FloatArray, values: Mapping[str, FloatArray]
    ) -> tuple[FloatArray, dict[str, FloatArray]]:
        """Response, and its derivatives by the values of the search and (as "x") by ln dose."""
        return self.stretch(dose, self.shape(ln_x, values), values)

    def shape(self, ln_x: FloatArray, values: Mapping[str, FloatArray]) -> Shape:
        """Part of the curve that does not depend on its limits: ln (dose / e), S, and its derivatives."""
        away = ln_x - values["e"]
        return away, *self.sigmoid.slopes(values["b"] * away, self.exponent(values))

    def exponent(self, values: Mapping[str, FloatArray]) -> FloatArray | None:
        """Exponent of the sigmoid; ``None`` where there is none."""
        return np.exp(values["f"]) if "f" in values and not self.hormetic else None

    def stretch(
        self, dose: FloatArray, shape: Shape, values: Mapping[str, FloatArray]
    ) -> tuple[FloatArray, dict[str, FloatArray]]:
        """Response and derivatives of a shape between the limits."""
        away, share, slope, by_exponent = shape
        height = self._height(dose, values)
        steep = height * slope
        by_x = steep * values["b"]
        by = {"b": steep * away, "c": 1.0 - share, "d": share, "e": -by_x, "x": by_x}
        if self.hormetic:
            by |= {"f": dose * share, "x": by_x + values["f"] * dose * share}
        elif by_exponent is not None:
            by["f"] = height * by_exponent * np.exp(values["f"])
        return values["c"] + height * share, by

    def _height(self, dose: FloatArray, values: Mapping[str, FloatArray]) -> FloatArray:
        """What the sigmoid multiplies."""
        height = values["d"] - values["c"]
        return height + values["f"] * dose if self.hormetic else height

    @property
    def ordered(self) -> bool:
        """Whether c below d is part of the model: upside down, a Weibull-1 curve is Weibull-2, another model."""
        return not (self.sigmoid.odd and "f" not in (*self.free, *self.constants)) and not self.hormetic

    def falls(self, b: FloatArray) -> NDArray[np.bool_]:
        """Whether the curve runs from d at dose 0 to c at the highest."""
        return np.asarray((b > 0) == self.sigmoid.falls)


def checked_dose(dose: ArrayLike) -> FloatArray:
    """Doses as numbers, none of them negative; NaN stays NaN."""
    try:
        numbers = np.asarray(dose, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"dose must be numbers: {error}") from None
    if np.any(numbers < 0):
        raise ParameterError(f"dose must not be negative, got {numbers[numbers < 0].flat[0]:g}")
    return numbers


def ln_dose(dose: ArrayLike) -> FloatArray:
    """Natural logarithm of the dose, with a finite stand-in at dose 0."""
    dose = np.asarray(dose, dtype=np.float64)
    logarithm: FloatArray = np.log(dose, out=np.full(dose.shape, _LN_ZERO), where=dose != 0)
    return logarithm


_LIMITS: dict[int, Mapping[str, float]] = {2: {"c": 0.0, "d": 1.0}, 3: {"c": 0.0}, 4: {}, 5: {}}


def _family(prefix: str, sigmoid: Sigmoid, sizes: range, *, log_e: bool = False) -> dict[str, CurveModel]:
    """Models of one shape with 2 to 5 free parameters."""
    models = {}
    for size in sizes:
        free = tuple(name for name in PARAMETERS[: 5 if size == 5 else 4] if name not in _LIMITS[size])
        models[f"{prefix}.{size}"] = CurveModel(f"{prefix}.{size}", sigmoid, free, _LIMITS[size], log_e=log_e)
    return models


MODELS: Mapping[str, CurveModel] = {
    **_family("LL", LOG_LOGISTIC, range(2, 6)),
    **_family("LL2", LOG_LOGISTIC, range(2, 6), log_e=True),
    **_family("W1", WEIBULL_1, range(2, 5)),
    **_family("W2", WEIBULL_2, range(2, 5)),
    **_family("LN", LOG_NORMAL, range(2, 5)),
    "BC.4": CurveModel("BC.4", LOG_LOGISTIC, ("b", "d", "e", "f"), {"c": 0.0}, hormetic=True),
    "BC.5": CurveModel("BC.5", LOG_LOGISTIC, PARAMETERS, {}, hormetic=True),
    "EMAX": CurveModel("EMAX", LOG_LOGISTIC, ("c", "d", "e"), {"b": -1.0}),
}
"""Every curve by its name."""


def curve_model(name: str) -> CurveModel:
    """Curve by its name in drc.

    Parameters
    ----------
    name : str
        LL.2 to LL.5 (log-logistic), LL2.2 to LL2.5 (the same with e = ln ED50), W1.2 to W1.4 and W2.2 to W2.4
        (Weibull), LN.2 to LN.4 (log-normal), BC.4 and BC.5 (Brain-Cousens hormesis), EMAX (hyperbola; b = -1).

    Examples
    --------
    >>> curve_model("W1.3").free
    ('b', 'd', 'e')
    """
    if not isinstance(name, str) or name not in MODELS:
        raise ParameterError(f"model must be one of {', '.join(MODELS)}; got {name!r}")
    return MODELS[name]


def hill_remaining(dose: ArrayLike, *, ln_id50: ArrayLike, ln_hill: ArrayLike, emax: float = 1.0) -> FloatArray:
    """Share of the baseline rate that is left at each dose.

    ``1 - emax * D**h / (ID50**h + D**h)``, written as a logistic in ln dose, so that dose 0 gives exactly 1. The
    arguments broadcast.

    Parameters
    ----------
    dose : array_like
        Cumulative doses, not negative.
    ln_id50, ln_hill : array_like
        Natural logarithms of the dose at half of `emax`, and of the slope.
    emax : float, optional
        Largest share that the drug can take away.

    Examples
    --------
    >>> hill_remaining([0.0, 50.0, 1e9], ln_id50=np.log(50.0), ln_hill=0.0).round(3)
    array([1. , 0.5, 0. ])
    """
    effect: FloatArray = expit(np.exp(ln_hill) * (ln_dose(dose) - np.asarray(ln_id50)))
    return 1.0 - emax * effect


def absolute_shift(emax: float, ln_hill: float) -> float:
    """Ln of the absolute ID50 (half of the rate lost) over the relative ED50 (half of `emax`).

    >>> absolute_shift(1.0, 0.0)
    0.0
    """
    return math.log(1.0 / (2.0 * emax - 1.0)) / math.exp(ln_hill)
