"""From points at several concentrations of an antagonist to its pKB, or to what is less than one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from ephys.errors import ParameterError
from ephys.pharmacology.antagonism.gaddum import gaddum_formula, potency
from ephys.pharmacology.antagonism.notes import schild_notes
from ephys.pharmacology.antagonism.regression import schild_regression
from ephys.pharmacology.antagonism.schild_fit import DoseRatio, SchildFit
from ephys.pharmacology.compounds.units import nanomoles
from ephys.pharmacology.curve_fit import ParameterEstimate
from ephys.pharmacology.curves import ln_dose
from ephys.pharmacology.fitting import fit_curve
from ephys.pharmacology.regression.numbers import check_level, one_number
from ephys.pharmacology.shared_fits.fit import SharedFit, extra_squares_p, fit_shared
from ephys.pharmacology.shared_fits.formula import Formula, Quantity, Values, parameter
from ephys.pharmacology.shared_fits.points import CurvePoints, curve_points, finite_column

FloatArray = NDArray[np.float64]

_SAME_SHAPE = {"ln_effect_left": 0.0, "ln_hill_ratio": 0.0}
_HILLS = (1.0, 0.6, 1.7)
"""Of the slope that single curves have: where the search begins."""


def fit_schild(
    dose: ArrayLike,
    response: ArrayLike,
    antagonist: ArrayLike,
    *,
    antagonist_unit: str,
    dose_unit: str,
    animal: Sequence[object] | None = None,
    base: float | None = None,
    plateau: float | None = None,
    level: float = 0.95,
) -> SchildFit:
    """Fit the shift of an agonist's curve by a reversible antagonist in a bath.

    ``response = base + (plateau - base) / (1 + (EC50 (1 + (B / KB)^s) / A)^hill)``: Gaddum's equation, with Schild's
    slope s free, and again with s = 1 (Arunlakshana & Schild 1959). Only where the interval of s holds 1, and the
    antagonist does not change the largest effect, is -log10 KB called a pKB.

    Parameters
    ----------
    dose, response : (n,) array_like
        Concentration of the agonist, and what it did; the curves may rise or fall.
    antagonist : (n,) array_like
        Concentration of the antagonist at each point; 0 without, where there must be a curve, too.
    antagonist_unit, dose_unit : {"nM", "uM", "mM"}
        A dose per kg has no KB: `apparent_pa2`.
    animal : sequence of n names, optional
        Whose each point is. The interval is then over animals, each left out in turn (stratified jackknife); without,
        points count as independent (profile likelihood), which is too narrow where an animal gave several.
    base, plateau : float, optional
        Response without agonist and at its highest concentrations, where they are known and not to be estimated.
    level : float, optional
        Of the intervals.

    Returns
    -------
    SchildFit

    Raises
    ------
    ParameterError
        For a unit that is no concentration, no curve without antagonist, or points that cannot tell the curves.

    Examples
    --------
    >>> a, b = np.tile([5.0, 20.0, 80.0, 320.0, 1280.0, 5120.0], 3), np.repeat([0.0, 10.0, 100.0], 6)
    >>> y = 100.0 / (1.0 + (a / (40.0 * (1.0 + b / 10.0))) ** 1.5) + np.random.default_rng(1).normal(0.0, 1.0, 18)
    >>> fit = fit_schild(a, y, b, antagonist_unit="nM", dose_unit="nM")
    >>> fit.name, round(fit.answer.estimate, 1)
    ('pKB', 8.0)
    """
    check_level(level)
    scale_m = _moles_per_litre("antagonist_unit", antagonist_unit)
    _moles_per_litre("dose_unit", dose_unit)
    points, concentration = _points(dose, response, antagonist, animal)
    fixed = {
        name: one_number(name, value) for name, value in (("base", base), ("plateau", plateau)) if value is not None
    }
    start = _start(points, concentration, fixed)
    one = len(concentration) == 2
    unit_slope = _fit(points, concentration, {**fixed, **_SAME_SHAPE, "slope": 1.0}, start, level)
    free = unit_slope if one else _fit(points, concentration, {**fixed, **_SAME_SHAPE}, start, level)
    shape = _fit(points, concentration, {**fixed, **({"slope": 1.0} if one else {})}, {**start, **free.values}, level)
    shifts = _fit_shifts(points, concentration, fixed, free, level)
    ratios = _ratios(shifts, concentration)
    slope = free.ask(parameter("slope")) if not one else _untold(level)
    p_slope = math.nan if one else free.p_of(parameter("slope"), 1.0)
    if not one and free.method == "profile":
        p_slope = extra_squares_p(free, unit_slope)
    found = SchildFit(
        slope=slope,
        p_slope=p_slope,
        pa2=free.ask(potency(scale_m)),
        pkb=unit_slope.ask(potency(scale_m)),
        effect_left_percent=shape.ask(parameter("ln_effect_left", lambda ln_left: 100.0 * _exp(ln_left))),
        hill_ratio=shape.ask(parameter("ln_hill_ratio", _exp)),
        p_straight=extra_squares_p(shifts, free),
        ratios=ratios,
        regression=schild_regression(
            [scale_m * one.antagonist for one in ratios if one.is_told],
            [one.ratio.estimate for one in ratios if one.is_told],
            level=level,
        ),
        fit=free,
        antagonist_unit=antagonist_unit,
        dose_unit=dose_unit,
        held=fixed,
        notes=(),
    )
    return schild_notes(found)


def _moles_per_litre(name: str, unit: str) -> float:
    """How many mol/l a unit is; anything but a concentration is refused."""
    if isinstance(unit, str) and unit.endswith("/kg"):
        raise ParameterError(
            f"{name} is {unit!r}, a dose and no concentration at the receptor: Gaddum's equation does not hold for it. "
            "In vivo use apparent_pa2"
        )
    told = f"{name} must be a concentration (nM, uM or mM), got {unit!r}; "
    try:
        in_nanomoles = nanomoles(unit)[1]
    except ParameterError:
        raise ParameterError(told + "in vivo, with doses per kg, use apparent_pa2") from None
    if math.isnan(in_nanomoles):
        raise ParameterError(told + "convert a weight with convert_dose")
    return in_nanomoles * 1e-9


def _points(
    dose: ArrayLike, response: ArrayLike, antagonist: ArrayLike, animal: Sequence[object] | None
) -> tuple[CurvePoints, FloatArray]:
    """Points with one curve for each concentration, that without antagonist first."""
    given = finite_column("antagonist", antagonist)
    if (given < 0).any():
        raise ParameterError(f"antagonist must not be negative, got {given[given < 0][0]:g}")
    concentration = np.unique(given)
    if concentration[0] != 0 or len(concentration) < 2:
        raise ParameterError(
            "a shift needs a curve without antagonist (0) and one with it; got antagonist "
            + ", ".join(f"{one:g}" for one in concentration)
        )
    labels = [f"{one:g}" for one in concentration]
    if len(set(labels)) < len(labels):
        raise ParameterError(f"concentrations of the antagonist that differ by rounding alone: {', '.join(labels)}")
    points = curve_points(dose, response, [f"{one:g}" for one in given], labels=labels, animal=animal)
    if np.ptp(points.response) == 0:
        raise ParameterError(f"every response is {points.response[0]:g}: without an effect no curve can shift")
    return points, concentration


def _start(points: CurvePoints, concentration: FloatArray, fixed: Mapping[str, float]) -> dict[str, float]:
    """Where the search begins: curves of one shape, each in a place of its own."""
    labels = [points.labels[number] for number in points.curve]
    alone = fit_curve(points.dose, points.response, curve=labels, shared=("b", "c", "d")).estimate
    falls = alone["b"] > 0
    ec50 = np.array([alone[f"e:{label}"] for label in points.labels])
    ratio = ec50[1:] / ec50[0]
    shifted = ratio > 1.05
    ln_kb = np.log(concentration[1:]) - np.log(np.where(shifted, ratio - 1.0, 1.0))
    return {
        "base": alone["d" if falls else "c"], "plateau": alone["c" if falls else "d"],
        "ln_hill": math.log(abs(alone["b"]) or 1.0), "ln_ec50": math.log(ec50[0]), "slope": 1.0,
        "ln_kb": float(np.median(ln_kb[shifted] if shifted.any() else ln_kb)), **_SAME_SHAPE, **fixed,
    }  # fmt: skip


def _fit(
    points: CurvePoints, concentration: FloatArray, held: Mapping[str, float], start: Mapping[str, float], level: float
) -> SharedFit:
    """Gaddum's equation with some parameters held."""
    return _search(gaddum_formula(concentration, held), points, start, level)


def _search(formula: Formula, points: CurvePoints, start: Mapping[str, float], level: float) -> SharedFit:
    """Begin from several Hill slopes."""
    starts = [
        np.array([start[name] + (math.log(hill) if name == "ln_hill" else 0.0) for name in formula.names])
        for hill in _HILLS
    ]
    return fit_shared(formula, points, starts, level=level)


def _fit_shifts(
    points: CurvePoints, concentration: FloatArray, fixed: Mapping[str, float], free: SharedFit, level: float
) -> SharedFit:
    """Curves of one shape, each with a dose ratio of its own."""
    names = [f"ln_ratio_{number}" for number in range(1, len(concentration))]

    def response(values: Values, points: CurvePoints) -> FloatArray:
        shift = np.array([0.0, *(values[name] for name in names)])[points.curve]
        away = ln_dose(points.dose) - values["ln_ec50"] - shift
        share: FloatArray = expit(np.exp(values["ln_hill"]) * away)
        return values["base"] + (values["plateau"] - values["base"]) * share

    of_shape = tuple(name for name in ("base", "plateau", "ln_hill", "ln_ec50") if name not in fixed)
    known = free.values
    away = known["slope"] * (np.log(concentration[1:]) - known["ln_kb"])
    start = {**known, **dict(zip(names, np.logaddexp(0.0, away).tolist(), strict=True))}
    return _search(Formula(response, (*of_shape, *names), fixed), points, start, level)


def _ratios(shifts: SharedFit, concentration: FloatArray) -> tuple[DoseRatio, ...]:
    """EC50 and dose ratio of each curve."""
    points = shifts.points
    control = shifts.ask(parameter("ln_ec50", _exp))
    found = []
    for number, level in enumerate(concentration.tolist()):
        n = int((points.curve == number).sum()), len(points.animals_of(number))
        if number == 0:
            one = ParameterEstimate(1.0, 0.0, 1.0, 1.0, shifts.level, "none")
            found.append(DoseRatio(level, control, one, *n))
            continue
        ratio = shifts.ask(parameter(f"ln_ratio_{number}", _exp))
        found.append(DoseRatio(level, shifts.ask(_own_ec50(number)), ratio, *n))
    return tuple(found)


def _own_ec50(number: int) -> Quantity:
    """EC50 of a curve with antagonist."""
    name = f"ln_ratio_{number}"
    return Quantity(
        lambda values: values["ln_ec50"] + values[name], name, lambda values, value: value - values["ln_ec50"], _exp
    )


def _untold(level: float) -> ParameterEstimate:
    """What these points cannot tell."""
    return ParameterEstimate(*(math.nan,) * 4, level, "none")


def _exp(value: float) -> float:
    """Exponential that ends in infinity."""
    return math.exp(value) if value < 700 else math.inf
