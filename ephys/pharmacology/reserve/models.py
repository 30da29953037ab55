"""Furchgott's relation and the operational model, as formulas of a control curve and of inactivated ones.

Both tell the effect as response less that without agonist. In both, KA is the agonist's dissociation constant and q the
share of receptors that inactivation left.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ephys.pharmacology.curves import ln_dose
from ephys.pharmacology.shared_fits.formula import Formula, Quantity, Values, parameter
from ephys.pharmacology.shared_fits.points import CurvePoints

FloatArray = NDArray[np.float64]

_BEYOND = 700.0
"""Ln of a dose that stands for infinity."""


def share_names(curves: int) -> tuple[str, ...]:
    """Names of ln q of each inactivated curve.

    >>> share_names(3)
    ('ln_q_1', 'ln_q_2')
    """
    return tuple(f"ln_q_{number}" for number in range(1, curves))


def operational_formula(curves: int, held: Mapping[str, float]) -> Formula:
    """Effect = Em (tau A)^n / ((KA + A)^n + (tau A)^n), tau of an inactivated curve q tau (Black & Leff 1983)."""
    shares = share_names(curves)

    def response(values: Values, points: CurvePoints) -> FloatArray:
        ln_a = ln_dose(points.dose)
        ln_tau = values["ln_tau"] + _ln_q(values, shares, points)
        away = ln_tau + ln_a - np.logaddexp(values["ln_ka"], ln_a)
        share: FloatArray = expit(math.exp(min(values["ln_n"], _BEYOND)) * away)
        return values["em"] * share

    names = ("em", "ln_ka", "ln_n", "ln_tau", *shares)
    return Formula(response, tuple(name for name in names if name not in held), held)


def intercept_names(curves: int) -> tuple[str, ...]:
    """Names of ln c of each inactivated curve, c being the intercept of Furchgott's line.

    >>> intercept_names(2)
    ('ln_c_1',)
    """
    return tuple(f"ln_c_{number}" for number in range(1, curves))


def furchgott_formula(curves: int) -> Formula:
    """Effect = top / (1 + (ED50 / A)^hill); inactivated, 1 / A = (1 + c KA) / A' + c, with q = 1 / (1 + c KA).

    Furchgott's relation stands inside the curve, so that all points tell KA and q together with their errors; the
    reciprocals of interpolated doses have errors that no regression on them knows. With the intercept c in place of q,
    the search keeps its footing where q comes near 1.
    """
    intercepts = intercept_names(curves)

    def response(values: Values, points: CurvePoints) -> FloatArray:
        ln_a = ln_dose(points.dose)
        ln_c = np.array([-np.inf, *(values[name] for name in intercepts)])[points.curve]
        less = np.logaddexp(0.0, ln_c + np.logaddexp(values["ln_ka"], ln_a))
        away = ln_a - less - values["ln_ed50"]
        share: FloatArray = expit(math.exp(min(values["ln_hill"], _BEYOND)) * away)
        return values["top"] * share

    return Formula(response, ("top", "ln_hill", "ln_ed50", "ln_ka", *intercepts), {})


def furchgott_q(name: str) -> Quantity:
    """Share of receptors left on the curve of one intercept: 1 / (1 + c KA), on the scale of its logit.

    >>> round(furchgott_q("ln_c_1").report(0.0), 6)
    0.5
    """
    return Quantity(
        lambda values: -values[name] - values["ln_ka"], name, lambda values, wanted: -wanted - values["ln_ka"],
        lambda logit: float(expit(logit)),
    )  # fmt: skip


def _ln_q(values: Values, shares: Sequence[str], points: CurvePoints) -> FloatArray:
    """Ln of the share of receptors at every point; 0 on the control curve."""
    return np.array([0.0, *(values[name] for name in shares)])[points.curve]


def operational_ka_over_ed50() -> Quantity:
    """KA over the control's ED50: (2 + tau^n)^(1/n) - 1."""

    def of(values: Values) -> float:
        n = math.exp(values["ln_n"])
        return _ln_expm1(float(np.logaddexp(math.log(2.0), n * values["ln_tau"])) / n)

    def solve(values: Values, wanted: float) -> float:
        n = math.exp(min(values["ln_n"], _BEYOND))
        ln_power = n * float(np.logaddexp(0.0, wanted))
        return (ln_power + math.log1p(-2.0 * math.exp(-ln_power))) / n if ln_power > math.log(2.0) else math.nan

    return Quantity(of, "ln_tau", solve, safe_exp)


def furchgott_ka_over_ed50() -> Quantity:
    """KA over the control's ED50."""
    return Quantity(
        lambda values: values["ln_ka"] - values["ln_ed50"], "ln_ka",
        lambda values, wanted: values["ln_ed50"] + wanted, safe_exp,
    )  # fmt: skip


def inactivated_tau(name: str) -> Quantity:
    """Tau of an inactivated curve."""
    return Quantity(
        lambda values: values["ln_tau"] + values[name], name, lambda values, wanted: wanted - values["ln_tau"], safe_exp
    )


def logarithm_of(name: str) -> Quantity:
    """A parameter that is estimated as its logarithm."""
    return parameter(name, safe_exp)


def safe_exp(value: float) -> float:
    """Exponential that ends in infinity.

    >>> safe_exp(0.0), safe_exp(1e6)
    (1.0, inf)
    """
    return math.exp(value) if value < _BEYOND else math.inf


def _ln_expm1(value: float) -> float:
    """Ln (e^x - 1)."""
    return value + math.log(-math.expm1(-value)) if value > 0 else -math.inf
