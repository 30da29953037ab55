"""The mean curve of a group: percent of baseline that is expected of its cells at each dose, with its band."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.special import expit, logit

from ephys.errors import ParameterError
from ephys.jupyter import Shown, shown
from ephys.pharmacology.curves import hill_remaining
from ephys.pharmacology.nested.grid import LEAST_SD
from ephys.pharmacology.population.curves_html import curve_table, curve_told
from ephys.pharmacology.population.fit import PopulationFit

FloatArray = NDArray[np.float64]

_REACH_SD, _NODES = 6.0, 401
_STEP = 1e-5
_LEAST = 1e-9
_CURVE_DOSES = 200


@dataclass(frozen=True, eq=False)
class PopulationCurve(Shown):
    """Percent of baseline of a group along the dose.

    Parameters
    ----------
    group : str
    dose : array (doses,)
        Cumulative.
    percent, low, high : array (doses,)
        Mean over the cells of the group's animals, with a band at each dose. Where the interval of the group's ID50
        has one end, the band runs from the curve at that end, and where it has none, it is NaN; `percent` is NaN where
        such an ID50 lies outside the doses.
    half_percent : float
        What is left at the group's ID50: half of the largest effect is gone.
    level : float
        Coverage of the band, dose by dose.
    dose_unit : str
        Empty where the table does not say it.
    """

    group: str
    dose: FloatArray = field(repr=False)
    percent: FloatArray = field(repr=False)
    low: FloatArray = field(repr=False)
    high: FloatArray = field(repr=False)
    half_percent: float
    level: float
    dose_unit: str = ""

    def _repr_html_(self) -> str:
        """Percent of baseline at a few doses, for Jupyter."""
        return shown(self, curve_table(self), told=curve_told(self))


def population_curve(fit: PopulationFit, *, group: str, doses: ArrayLike | None = None) -> PopulationCurve:
    """Percent of baseline that a fitted population expects of a group's cells, averaged over animals and cells.

    ``100 E[1 - Emax D**h / (ID50**h + D**h)]`` over ln ID50, which is normal round the group's mean with the variance
    between animals and between cells. It is flatter than the curve of any one cell, and crosses half of Emax at the
    group's ID50.

    Parameters
    ----------
    fit : PopulationFit
        Of spike counts.
    group : str
        One of its groups.
    doses : array_like, optional
        Cumulative; by default 200 from the lowest to the highest dose that the group was given, evenly on a log axis.

    Returns
    -------
    PopulationCurve
        The band is that of the delta method on the logit of what is left, from the observed information of mean,
        spreads, slope and Emax, and Student's t with the degrees of freedom of animals; what is at a bound of the
        search, or a spread below 5 %, is taken for known.

    Raises
    ------
    ParameterError
        If there is no such group, a dose is negative, or the fit is not of counts.

    Examples
    --------
    >>> from ephys.pharmacology import fit_population
    >>> rows = [
    ...     {"animal": f"r{n}", "unit": "1", "group": "control", "dose": dose, "exposure_s": 60.0,
    ...      "count": round(120 / (1 + (dose / id50) ** 2))}
    ...     for n, id50 in enumerate((40.0, 50.0, 65.0, 45.0)) for dose in (0.0, 25.0, 50.0, 100.0, 200.0)]
    >>> fit = fit_population(rows)
    >>> curve = population_curve(fit, group="control", doses=[0.0, fit.id50["control"].value])
    >>> curve.percent.round().tolist(), bool(curve.low[1] < 50 < curve.high[1])
    ([100.0, 50.0], True)
    """
    if fit.model.family != "negbin" or group not in fit.groups:
        raise ParameterError(
            f"a mean curve needs a fit of counts and one of its groups ({', '.join(fit.groups)}), got family "
            f"{fit.model.family!r} and group {group!r}"
        )
    given = _given(fit, group) if doses is None else np.atleast_1d(np.asarray(doses, dtype=np.float64))
    if not (given >= 0).all():
        raise ParameterError(f"doses must be 0 or more, got {given.min():g}")
    half = 100.0 - 50.0 * _shape(fit, "emax", group, fit.best.values)
    known, left = fit.id50[group], _left(fit, group, given, fit.best.values)
    band = _open_band(fit, group, given) if known.is_open else _band(fit, group, given, left)
    beyond = known.is_open and known.status != "interpolated"  # then it is the end of the search, and no value
    return PopulationCurve(
        group, given, np.full(given.shape, np.nan) if beyond else 100.0 * left, *band, half, fit.level,
        fit.runs[0].dose_unit,
    )  # fmt: skip


def spread_of(fit: PopulationFit, values: FloatArray) -> float:
    """SD of ln ID50 over all cells of a group: between animals, conditions and cells together."""
    names = fit.problem.names
    return math.sqrt(sum(math.exp(2.0 * values[names.index(f"ln_sd_{level}")]) for level in fit.problem.levels))


def _given(fit: PopulationFit, group: str) -> FloatArray:
    """Doses between the lowest and the highest that a group was given."""
    known = fit.id50[group]
    return np.geomspace(known.lowest_dose, known.top_dose, _CURVE_DOSES)


def _left(
    fit: PopulationFit, group: str, doses: FloatArray, values: FloatArray, *, ln_id50: float | None = None
) -> FloatArray:
    """Share of the rate that is left, averaged over the normal distribution of ln ID50."""
    deviation = np.linspace(-_REACH_SD, _REACH_SD, _NODES)
    weight = stats.norm.pdf(deviation)
    mean = float(values[fit.problem.names.index(f"mean:{group}")]) if ln_id50 is None else ln_id50
    cells = mean + spread_of(fit, values) * deviation
    left = hill_remaining(
        doses[:, np.newaxis], ln_id50=cells, ln_hill=_shape(fit, "ln_hill", group, values),
        emax=_shape(fit, "emax", group, values),
    )  # fmt: skip
    mixed: FloatArray = left @ (weight / weight.sum())
    return mixed


def _shape(fit: PopulationFit, name: str, group: str, values: FloatArray) -> float:
    """Slope or largest effect of a group, as the search has it: its own, or that of all; fixed, or estimated."""
    found = dict(zip(fit.problem.names, values.tolist(), strict=True)) | fit.model.internal
    return float(found.get(f"{name}:{group}", found.get(name, math.nan)))


def _band(fit: PopulationFit, group: str, doses: FloatArray, left: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Ends at each dose, in percent, by the delta method on the logit of what is left."""
    known = _known(fit)
    covariance = np.linalg.pinv(fit.curvature[np.ix_(known, known)])
    slopes = np.array([_slope(fit, group, doses, int(number)) for number in known])
    variance = np.einsum("pd,pq,qd->d", slopes, covariance, slopes)
    animals, df = fit.calibration.animals, fit.df
    # Spreads of maximum likelihood are small by df / animals; Student's t is exact where each animal is known exactly.
    reach = float(stats.t.ppf(0.5 + fit.level / 2, df)) * math.sqrt(animals / df)
    error = reach * np.sqrt(np.maximum(variance, 0.0))
    middle = _logit(left)
    return 100.0 * expit(middle - error), 100.0 * expit(middle + error)


def _known(fit: PopulationFit) -> NDArray[np.int_]:
    """Parameters that the likelihood tells: not at a bound, nor flat, nor a spread that is next to none."""
    telling = np.nan_to_num(np.diag(fit.curvature)) > 0
    none = [name.startswith("ln_sd") and fit.estimates[name] < math.log(LEAST_SD) for name in fit.problem.names]
    return np.flatnonzero(telling & ~np.array(none))


def _slope(fit: PopulationFit, group: str, doses: FloatArray, number: int) -> FloatArray:
    """Derivative of the logit by one parameter."""
    step = np.zeros(len(fit.best.values))
    step[number] = _STEP
    up, down = (_logit(_left(fit, group, doses, fit.best.values + sign * step)) for sign in (1.0, -1.0))
    slope: FloatArray = (up - down) / (2.0 * _STEP)
    return slope


def _logit(left: FloatArray) -> FloatArray:
    """Log odds, of what is neither all nor nothing."""
    odds: FloatArray = logit(np.clip(left, _LEAST, 1.0 - _LEAST))
    return odds


def _open_band(fit: PopulationFit, group: str, doses: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Curves at the ends of the ID50's interval; no effect, or the largest from any dose on, where one has no end."""
    known, values = fit.id50[group], fit.best.values
    low = np.where(doses > 0, 100.0 * (1.0 - _shape(fit, "emax", group, values)), 100.0)
    high = np.full(doses.shape, 100.0)
    if known.low > 0:
        low = 100.0 * _left(fit, group, doses, values, ln_id50=math.log(known.low))
    if math.isfinite(known.high):
        high = 100.0 * _left(fit, group, doses, values, ln_id50=math.log(known.high))
    if known.low <= 0 and math.isinf(known.high):
        low = high = np.full(doses.shape, np.nan)
    return low, high
