"""From the tubes of a competition experiment to an IC50 and a Ki."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from ephys.errors import ParameterError
from ephys.pharmacology.binding.bounds import Told
from ephys.pharmacology.binding.cheng_prusoff import Ki, ki_of
from ephys.pharmacology.binding.conditions import doubts
from ephys.pharmacology.binding.displacement import (
    Displacement,
    Scatter,
    Solved,
    hill_ends,
    ic50_ends,
    misfit_p,
    reweighted,
)
from ephys.pharmacology.binding.experiment import BindingExperiment
from ephys.pharmacology.binding.result import BindingFit

Slope = Literal["free", "one"]

_LEAST_CONCENTRATIONS = 3


def fit_binding(
    experiment: BindingExperiment, *, slope: Slope = "free", scatter: Scatter | Literal["auto"] = "auto",
    level: float = 0.95,
) -> BindingFit:  # fmt: skip
    """Fit one site to a competition experiment: IC50 and slope, non-specific and total binding in the same fit.

    Parameters
    ----------
    experiment : BindingExperiment
        Total and non-specific tubes are data with their own scatter, not exact constants.
    slope : {"free", "one"}, optional
        Whether the Hill slope is estimated or held at 1. Cheng and Prusoff's equation wants 1: a free slope shows
        whether it is. Convention.
    scatter : {"auto", "constant", "counting", "relative"}, optional
        Variance of a tube: the same for all, in proportion to the fitted mean, or to its square (a constant
        coefficient of variation). Its size is always estimated from the tubes, so pipetting is in it beside the
        counting. ``auto`` takes ``counting`` for dpm and cpm and ``constant`` for percent. Convention.
    level : float, optional
        Coverage of the intervals. Convention.

    Returns
    -------
    BindingFit
        With profile-likelihood intervals (Student's t) of the logarithms, and Ki where L and Kd are stated.

    Raises
    ------
    ParameterError
        If there are fewer than three concentrations, no tubes beyond the parameters, no specific binding, or an
        option is not known.

    Examples
    --------
    >>> from ephys.pharmacology.binding.experiment import BindingTube
    >>> tubes = (BindingTube("total", 0.0, 3000.0), BindingTube("nonspecific", math.nan, 300.0),
    ...          *(BindingTube("sample", nm, 300 + 2700 / (1 + nm / 30)) for nm in (3.0, 10.0, 30.0, 100.0, 300.0)))
    >>> fit = fit_binding(BindingExperiment("e1", "compound A", tubes, ligand_nm=1.0, kd_nm=2.0))
    >>> round(fit.ic50_nm, 6), round(fit.hill, 6), round(fit.ki.ki_nm, 6)
    (30.0, 1.0, 20.0)
    """
    if slope not in get_args(Slope):
        raise ParameterError(f"slope must be {' or '.join(get_args(Slope))}, got {slope!r}")
    if scatter != "auto" and scatter not in get_args(Scatter):
        raise ParameterError(f"scatter must be one of auto, {', '.join(get_args(Scatter))}, got {scatter!r}")
    if not 0.5 < level < 1:
        raise ParameterError(f"level must lie between 0.5 and 1, got {level}")
    taken: Scatter = ("constant" if experiment.measured == "percent" else "counting") if scatter == "auto" else scatter
    free = _displacement(experiment)
    _check(experiment, free)
    problem, found = reweighted(free if slope == "free" else replace(free, hill=1.0), taken)
    told = _told(problem, found)
    ends = _ends_nm(problem, found, told, level)
    # A slope that is held is judged by the one that the tubes tell.
    judged = (problem, found) if slope == "free" else reweighted(free, taken)
    hill = (math.nan,) * 3
    if told == "interpolated" and not judged[1].all_or_none:
        hill = (math.exp(judged[1].ln_hill), *hill_ends(*judged, level))
    misfit = misfit_p(problem, found)
    ic50_nm = math.exp(found.ln_ic50) if told == "interpolated" else math.nan
    return BindingFit(
        experiment, slope, taken, level, told, ic50_nm, *ends, *_slope(hill, told, slope),
        nonspecific=found.nonspecific, specific=found.specific,
        curve_ic50_nm=math.exp(found.ln_ic50), curve_hill=math.exp(found.ln_hill),
        covariance=tuple(map(tuple, found.covariance.tolist())), df=problem.df, misfit_p=misfit,
        ki=_ki(experiment, told, (ic50_nm, *ends), level),
        doubts=doubts(experiment, found, told=told, hill=hill, held=slope == "one", misfit_p=misfit, level=level),
    )  # fmt: skip


def _displacement(experiment: BindingExperiment) -> Displacement:
    """Tubes as numbers: total at no concentration, non-specific at an infinite one."""
    places = {"total": -math.inf, "nonspecific": math.inf}
    tubes = experiment.tubes
    ln_nm = [places[tube.kind] if tube.kind in places else math.log(tube.concentration_nm) for tube in tubes]
    limits = None if experiment.has_controls else (0.0, 100.0)
    bound = np.array([tube.bound for tube in tubes])
    return Displacement(np.array(ln_nm), bound, np.ones(len(tubes)), limits)


def _check(experiment: BindingExperiment, problem: Displacement) -> None:
    """Refuse what no curve can be fitted to."""
    where = f"experiment {experiment.name!r}, {experiment.compound!r}"
    n = len(experiment.concentrations_nm)
    if n < _LEAST_CONCENTRATIONS or problem.df < 1:
        raise ParameterError(
            f"{where}: {n} concentrations in {problem.bound.size} tubes cannot tell {problem.n_parameters} numbers "
            f"and their scatter; at least {_LEAST_CONCENTRATIONS} concentrations are needed"
        )
    if experiment.has_controls:
        total, foreign = (
            np.mean([tube.bound for tube in experiment.of_kind(kind)]) for kind in ("total", "nonspecific")
        )
        if total <= foreign:
            raise ParameterError(
                f"{where}: mean total binding {total:g} is not above non-specific binding {foreign:g}: nothing "
                "specific is bound; are the kinds exchanged?"
            )


def _told(problem: Displacement, found: Solved) -> Told:
    """How much the tubes tell of the IC50: from the curve, or where there is none, from the means themselves."""
    first, last = problem.tested
    if found.specific <= 0:
        return "not_told"
    if not found.all_or_none:
        # A slope at the end of those searched is no slope: binding stays at one height, whatever the concentration.
        within: Told = "interpolated" if np.isfinite(found.covariance).all() else "not_told"
        return "above" if found.ln_ic50 > last else "below" if found.ln_ic50 < first else within
    left = _left(problem, found)
    if min(left.values()) > 0.5:
        return "above"
    if max(left.values()) <= 0.5:
        return "below"
    return "bracket"


def _left(problem: Displacement, found: Solved) -> dict[float, float]:
    """Mean share of specific binding that is left at each concentration."""
    samples = np.isfinite(problem.ln_nm)
    share = (problem.bound - found.nonspecific) / found.specific
    return {float(x): float(share[problem.ln_nm == x].mean()) for x in np.unique(problem.ln_nm[samples])}


def _ends_nm(problem: Displacement, found: Solved, told: Told, level: float) -> tuple[float, float]:
    """Ends of the IC50's interval in nM; of a bracket the concentrations round it."""
    if told == "not_told":
        return math.nan, math.nan
    if told == "bracket":
        left = _left(problem, found)
        above = [x for x, share in left.items() if share > 0.5]
        below = [x for x, share in left.items() if share <= 0.5]
        return math.exp(min(max(above), min(below))), math.exp(max(max(above), min(below)))
    low, high = ic50_ends(problem, found, level)
    return math.exp(low), math.exp(high)


def _slope(hill: tuple[float, float, float], told: Told, slope: Slope) -> tuple[float, float, float]:
    """Slope of the result: none where there is no curve, and no interval where it was held."""
    if told != "interpolated":
        return math.nan, math.nan, math.nan
    return hill if slope == "free" else (1.0, math.nan, math.nan)


def _ki(experiment: BindingExperiment, told: Told, ic50: tuple[float, float, float], level: float) -> Ki | None:
    """Ki, or nothing where L or Kd is not stated."""
    ligand_nm, kd_nm, kd_se_nm = experiment.ligand_nm, experiment.kd_nm, experiment.kd_se_nm
    if math.isnan(ligand_nm) or math.isnan(kd_nm):
        return None
    doses = experiment.concentrations_nm
    return ki_of(told, ic50, (ligand_nm, kd_nm, kd_se_nm), level, (doses[0], doses[-1]))
