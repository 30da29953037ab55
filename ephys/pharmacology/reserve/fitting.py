"""From curves before and after inactivation to KA, q and tau."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.errors import ParameterError
from ephys.pharmacology.compounds.units import nanomoles
from ephys.pharmacology.curve_fit import CurveFit, ParameterEstimate
from ephys.pharmacology.fitting import fit_curve
from ephys.pharmacology.regression.layout import curve_label
from ephys.pharmacology.regression.numbers import check_level, one_number
from ephys.pharmacology.reserve.equieffective import EquieffectiveDose, equieffective_doses, reciprocal_line
from ephys.pharmacology.reserve.models import (
    furchgott_formula,
    furchgott_ka_over_ed50,
    furchgott_q,
    inactivated_tau,
    intercept_names,
    logarithm_of,
    operational_formula,
    operational_ka_over_ed50,
    share_names,
)
from ephys.pharmacology.reserve.notes import reserve_notes
from ephys.pharmacology.reserve.result import InactivatedShare, ReceptorReserve, ReserveEstimate
from ephys.pharmacology.shared_fits.fit import SharedFit, fit_shared
from ephys.pharmacology.shared_fits.formula import parameter
from ephys.pharmacology.shared_fits.points import CurvePoints, curve_points, finite_column

FloatArray = NDArray[np.float64]

_SLOPES, _KA_TIMES, _TOPS = (0.8, 1.5, 3.0), (0.3, 1.0, 3.0), (1.05,)
"""Where the search for the operational model begins: n, KA over the inactivated curve's ED50, Em over the largest
effect."""
_EXCEEDED = 1.1
"""Times Em that the control's mean at its highest dose may be, for scatter (convention)."""


def fit_receptor_reserve(
    dose: ArrayLike,
    response: ArrayLike,
    curve: Sequence[object],
    *,
    control: str,
    dose_unit: str,
    animal: Sequence[object] | None = None,
    base: float = 0.0,
    em: float | None = None,
    level: float = 0.95,
) -> ReceptorReserve:
    """Fit KA, q and tau to an agonist's curves before and after part of the receptors was inactivated.

    Two methods stand beside each other: the operational model, ``Em (tau A)^n / ((KA + A)^n + (tau A)^n)`` (Black &
    Leff 1983), with Em, n and KA in common; and Furchgott's relation, ``1 / A = 1 / (q A') + (1 - q) / (q KA)``
    (Furchgott 1966), which assumes no shape of the transducer. The relation is fitted inside a logistic control curve,
    so that all points tell KA and q with their errors.

    Parameters
    ----------
    dose, response : (n,) array_like
        E.g. inhibition in percent of baseline.
    curve : sequence of n names
        Which curve each point belongs to. One curve cannot tell KA from tau.
    control : str
        Name of that before inactivation.
    dose_unit : {"ug/kg", "nmol/kg", "nM", ...}
        Of doses and of KA; per kg, KA is apparent.
    animal : sequence of n names, optional
        Whose each point is. The interval is then over animals, each left out in turn (stratified jackknife); without,
        points count as independent (profile likelihood).
    base : float, optional
        Response without agonist, which the effect is counted from: 0 for an inhibition, 100 for percent of baseline.
    em : float, optional
        Largest possible effect, where it is known (from a full agonist); estimated without.
    level : float, optional
        Of the intervals.

    Returns
    -------
    ReceptorReserve

    Raises
    ------
    ParameterError
        Without an inactivated curve, without the control, or for points that cannot tell a curve.

    Examples
    --------
    >>> a = np.tile(np.geomspace(3.0, 3000.0, 9), 2)
    >>> tau = np.repeat([8.0, 1.2], 9)
    >>> effect = 100.0 * (tau * a) ** 1.5 / ((400.0 + a) ** 1.5 + (tau * a) ** 1.5)
    >>> noise = np.random.default_rng(1).normal(0.0, 0.5, 18)
    >>> found = fit_receptor_reserve(
    ...     a, effect + noise, ["control"] * 9 + ["EEDQ"] * 9, control="control", dose_unit="nM", em=100.0
    ... )
    >>> round(found.operational.ka.estimate, -1), round(found.operational.shares[0].q.estimate, 2)
    (400.0, 0.15)
    """
    check_level(level)
    if not isinstance(dose_unit, str) or not dose_unit.strip():
        raise ParameterError(f"dose_unit must say what doses and KA are in, got {dose_unit!r}")
    nanomoles(dose_unit)
    base = one_number("base", base)
    points = _points(dose, response, curve, control, animal, base)
    sign = _sign(points)
    if em is not None:
        _check_em(points, one_number("em", em), sign, base)
    alone = tuple(_alone(points, number, sign) for number in range(len(points.labels)))
    operational = _fit_operational(points, alone, sign, em, level)
    furchgott = fit_shared(furchgott_formula(len(points.labels)), points, _furchgott_starts(alone, sign), level=level)
    pairs = equieffective_doses(points, alone)
    untold = ParameterEstimate(*(math.nan,) * 4, level, "none")
    held = ParameterEstimate(em or math.nan, 0.0, em or math.nan, em or math.nan, level, "none")
    return reserve_notes(
        ReceptorReserve(
            operational=ReserveEstimate(
                "operational model", operational.ask(logarithm_of("ln_ka")), operational.ask(logarithm_of("ln_tau")),
                _operational_shares(operational), operational.ask(operational_ka_over_ed50()), operational,
            ),
            furchgott=ReserveEstimate(
                "Furchgott", furchgott.ask(logarithm_of("ln_ka")), untold, _furchgott_shares(furchgott, untold),
                furchgott.ask(furchgott_ka_over_ed50()), furchgott,
            ),
            em=held if em is not None else operational.ask(parameter("em")),
            n=operational.ask(logarithm_of("ln_n")),
            em_held=em is not None,
            equieffective=tuple(
                EquieffectiveDose(one.curve, sign * one.effect, one.control_dose, one.dose) for one in pairs
            ),
            by_hand=tuple(
                (label, *reciprocal_line(tuple(one for one in pairs if one.curve == label)))
                for label in points.labels[1:]
            ),
            control=points.labels[0],
            base=base,
            dose_unit=dose_unit,
            notes=(),
        )
    )  # fmt: skip


def _points(
    dose: ArrayLike, response: ArrayLike, curve: Sequence[object], control: str, animal: Sequence[object] | None,
    base: float,
) -> CurvePoints:  # fmt: skip
    """Effects of the curves, the control first."""
    names = [curve_label(one) for one in curve]
    others = [name for name in dict.fromkeys(names) if name != control]
    if control not in names:
        raise ParameterError(f"control is {control!r}, and the curves are {', '.join(map(repr, others))}")
    if not others:
        raise ParameterError(
            f"{control!r} is the only curve: KA and tau (or q) of one curve cannot be told apart, since many receptors "
            "of low affinity give the curve of few with a high one; a curve after partial inactivation (as by EEDQ) is "
            "needed"
        )
    effect = finite_column("response", response) - base
    points = curve_points(dose, effect, names, labels=[control, *others], animal=animal)
    _check_effect(points, base)
    return points


def _check_effect(points: CurvePoints, base: float) -> None:
    """Refuse a control whose effect does not grow from `base`, as one in percent of baseline that is counted from 0."""
    own = points.curve == 0
    doses = points.dose[own & (points.dose > 0)]
    if not doses.size:
        raise ParameterError(f"the control curve {points.labels[0]!r} has no dose above 0")
    first, last = (float(points.response[own & (points.dose == end)].mean()) for end in (doses.min(), doses.max()))
    if abs(last) <= abs(first):
        raise ParameterError(
            f"the control's effect does not grow with the dose: from base {base:g}, it is {first:.3g} at its lowest "
            f"and {last:.3g} at its highest dose. Give the response without agonist as base (100 for percent of "
            "baseline)"
        )


def _check_em(points: CurvePoints, em: float, sign: float, base: float) -> None:
    """Refuse a largest possible effect of the other sign, or that was clearly exceeded."""
    if em * sign <= 0:
        raise ParameterError(
            f"em is the largest possible effect, counted from base ({base:g}); these curves "
            f"{'rise' if sign > 0 else 'fall'}, got {em:g}"
        )
    own = points.curve == 0
    last = float(points.response[own & (points.dose == points.dose[own].max())].mean())
    if abs(last) > _EXCEEDED * abs(em):
        raise ParameterError(
            f"em is the largest possible effect, got {em:g}; the control's mean at its highest dose is {last:.3g}. "
            "Give the largest effect of a full agonist, or let it be estimated"
        )


def _sign(points: CurvePoints) -> float:
    """Direction of the effect: that of the control at its highest dose."""
    own = points.curve == 0
    return 1.0 if float(points.response[own & (points.dose == points.dose[own].max())].mean()) >= 0 else -1.0


def _alone(points: CurvePoints, curve: int, sign: float) -> CurveFit:
    """One curve by itself, rising from 0."""
    own = points.take(points.curve == curve)
    return fit_curve(own.dose, sign * own.response, model="LL.3")


def _fit_operational(
    points: CurvePoints, alone: Sequence[CurveFit], sign: float, em: float | None, level: float
) -> SharedFit:
    """The operational model, from a grid of starts."""
    formula = operational_formula(len(points.labels), {} if em is None else {"em": em})
    tops = [max(fit.estimate["d"], 1e-3 * alone[0].estimate["d"]) for fit in alone]
    # The more receptors are lost, the nearer comes the ED50 to KA.
    ka = max(fit.estimate["e"] for fit in alone)
    starts = []
    for n in _SLOPES:
        for times in _KA_TIMES:
            largest = sign * em if em is not None else _TOPS[0] * max(tops)
            shares = [min(top / largest, 0.98) for top in tops]
            ln_tau = [math.log(share / (1.0 - share)) / n for share in shares]
            by_dose = math.log(1.0 + times * ka / alone[0].estimate["e"])
            given = {"em": sign * largest, "ln_ka": math.log(times * ka), "ln_n": math.log(n), "ln_tau": by_dose}
            given |= dict(zip(share_names(len(tops)), (one - by_dose for one in ln_tau[1:]), strict=True))
            starts.append(np.array([given[name] for name in formula.names]))
    return fit_shared(formula, points, starts, level=level)


def _furchgott_starts(alone: Sequence[CurveFit], sign: float) -> list[FloatArray]:
    """Where the search for Furchgott's constants begins."""
    top, hill, ed50 = alone[0].estimate["d"], abs(alone[0].estimate["b"]), alone[0].estimate["e"]
    ka = max(fit.estimate["e"] for fit in alone)
    starts = []
    for times in _KA_TIMES:
        left = [min(max(_left(fit, top, hill, ed50, times * ka), 1e-4), 0.95) for fit in alone[1:]]
        ln_c = [math.log((1.0 / q - 1.0) / (times * ka)) for q in left]
        starts.append(np.array([sign * top, math.log(hill), math.log(ed50), math.log(times * ka), *ln_c]))
    return starts


def _left(fit: CurveFit, top: float, hill: float, ed50: float, ka: float) -> float:
    """Share of receptors that would give an inactivated curve its largest effect."""
    part = min(max(fit.estimate["d"] / top, 1e-3), 0.98)
    dose = ed50 * math.exp(math.log(part / (1.0 - part)) / hill)
    return dose / (ka + dose)


def _operational_shares(fit: SharedFit) -> tuple[InactivatedShare, ...]:
    """Q and tau of each inactivated curve."""
    labels = fit.points.labels
    return tuple(
        InactivatedShare(label, fit.ask(logarithm_of(name)), fit.ask(inactivated_tau(name)))
        for label, name in zip(labels[1:], share_names(len(labels)), strict=True)
    )


def _furchgott_shares(fit: SharedFit, untold: ParameterEstimate) -> tuple[InactivatedShare, ...]:
    """Q of each inactivated curve; Furchgott's method has no tau."""
    labels = fit.points.labels
    return tuple(
        InactivatedShare(label, fit.ask(furchgott_q(name)), untold)
        for label, name in zip(labels[1:], intercept_names(len(labels)), strict=True)
    )
