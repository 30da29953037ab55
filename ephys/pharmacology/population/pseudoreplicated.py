"""The pooled curve of the field's programs: every cell's every dose is taken for an animal of its own."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.errors import ParameterError, PseudoreplicationWarning
from ephys.jupyter import Shown, potency_name
from ephys.pharmacology.curve_fit import CurveFit
from ephys.pharmacology.fit_settings import FitSettings
from ephys.pharmacology.fitting import fit_curve
from ephys.pharmacology.groups.animal_tables import Table
from ephys.pharmacology.groups.estimates import p_text
from ephys.pharmacology.groups.nested_means import check_level
from ephys.pharmacology.population.fitting import gather_runs, groups_of, refuse_one_dose, refuse_several
from ephys.pharmacology.population.problem import Family
from ephys.pharmacology.population.run_checks import check_direction
from ephys.pharmacology.population.runs import Run
from ephys.pharmacology.responses import DoseResponse


@dataclass(frozen=True)
class PseudoreplicatedShift(Shown):
    """Shift of one pooled curve against another, as if every point were an animal.

    Parameters
    ----------
    group, reference : str
    value, low, high : float
        Fold, with the interval in which the extra sum of squares is not significant; 0 or infinite where there is no
        end.
    f, p : float
        Extra sum of squares of one ID50 for both, and its chance, were the points independent.
    df : int
        Points - parameters.
    level : float
    """

    group: str
    reference: str
    value: float
    low: float
    high: float
    f: float
    p: float
    df: int
    level: float

    def __str__(self) -> str:
        """Ratio and test, and what they are not."""
        return (
            f"{self.group} / {self.reference}: {self.value:.3g}-fold ({100 * self.level:g} % CI {self.low:.3g} to "
            f"{self.high:.3g}), F(1, {self.df}) = {self.f:.3g}, {p_text(self.p)}, as if every point were an animal"
        )


@dataclass(frozen=True)
class PseudoreplicatedFit(Shown):
    """One curve a group through the percents of all its cells, their slope common; not an inference about animals.

    Parameters
    ----------
    id50 : dict of str to float
        Of the pooled curve: neither a mean over cells nor over animals.
    hill : float
        Common slope: flatter than the cells' own.
    emax_percent : float
        Held.
    shifts : dict of str to PseudoreplicatedShift
        Each group against the reference.
    n_points, n_cells, n_animals : int
        What was fitted, and what it came from.
    dose_unit : str
    """

    id50: dict[str, float]
    hill: float
    emax_percent: float
    shifts: dict[str, PseudoreplicatedShift]
    n_points: int
    n_cells: int
    n_animals: int
    dose_unit: str = ""

    @property
    def caution(self) -> str:
        """What the intervals and p-values take for granted."""
        return (
            f"{self.n_points} points of {self.n_cells} cells are treated as {self.n_points} animals, and there are "
            f"{self.n_animals}: such a test finds a shift where there is none in 17 to 48 % of simulated "
            f"experiments. fit_population compares animals"
        )

    def __str__(self) -> str:
        """Shifts, under their caution."""
        told = (f"{group} {value:.3g}" for group, value in self.id50.items())
        name = potency_name(self.dose_unit)
        curves = f"  pooled curves: {name} {', '.join(told)}; Hill {self.hill:.2g}, Emax held {self.emax_percent:g} %"
        return "\n".join([f"PSEUDOREPLICATED: {self.caution}", curves, *(f"  {one}" for one in self.shifts.values())])


def fit_pseudoreplicated(
    responses: Iterable[DoseResponse] | Table,
    *,
    family: Family = "negbin",
    fixed: Mapping[str, float] | None = None,
    reference: str | None = None,
    level: float = 0.95,
) -> PseudoreplicatedFit:
    """Fit one curve a group to the percents of all its cells, as most programs do, to show what that says.

    Least squares on percent of baseline, curves from 100 % with one slope; groups are tested by the extra sum of
    squares of one ID50. Points of one cell, and cells of one animal, are not independent, so that its p-values are far
    too small: use `fit_population`. It is here to reproduce an older analysis, and to lay it beside the better one.

    Parameters
    ----------
    responses : iterable of DoseResponse, or table
        As for `fit_population`.
    family : {"negbin", "gaussian"}, optional
        Spike counts; or a column ``response`` with percent of baseline.
    fixed : mapping of str to float, optional
        ``emax_percent``; without it, the compound's own, else 100 %.
    reference : str, optional
        Group that the others are compared with; without it, the first that is met.
    level : float, optional
        Nominal coverage of the intervals: theirs is far less.

    Returns
    -------
    PseudoreplicatedFit

    Raises
    ------
    ParameterError
        If there are fewer than two groups, several drugs or one dose, or `fixed` is not as above.
    TableError
        If the table cannot be understood.

    Warns
    -----
    PseudoreplicationWarning
        Always.

    Examples
    --------
    >>> rows = [
    ...     {"animal": f"{group}{n}", "unit": "1", "group": group, "dose": dose, "exposure_s": 60.0,
    ...      "count": round(120 / (1 + (dose / (id50 * spread)) ** 2))}
    ...     for group, id50 in (("control", 50.0), ("chronic", 60.0)) for n, spread in enumerate((0.8, 1.0, 1.25))
    ...     for dose in (0.0, 25.0, 50.0, 100.0, 200.0)]
    >>> with warnings.catch_warnings(action="ignore", category=PseudoreplicationWarning):
    ...     shift = fit_pseudoreplicated(rows, reference="control").shifts["chronic"]
    >>> round(shift.value, 2), bool(shift.p < 0.05), shift.df
    (1.2, True, 21)
    """
    check_level(level)
    given = dict(fixed or {})
    if set(given) - {"emax_percent"} or not 0 < given.get("emax_percent", 100.0) <= 100:
        raise ParameterError(f"fixed is {{'emax_percent': above 0 and up to 100}} or nothing, got {fixed}")
    runs, _ = gather_runs(responses, counts=family == "negbin")
    refuse_several(runs)
    refuse_one_dose(runs, {})
    groups = groups_of(runs, reference, paired=_has_animals_twice([(run.animal, run.group) for run in runs]))
    if len(groups) < 2:
        raise ParameterError(f"groups are compared, and all cells are in {groups[0]!r}")
    points = [(run.group, *point) for run in runs for point in _percents(run, family)]
    of_group, dose, percent = (np.array(column) for column in zip(*points, strict=True))
    emax_percent = given.get("emax_percent") or FitSettings().emax_of(runs[0].drug)[0]
    if family == "gaussian":
        check_direction(runs, 100.0, 100.0 - emax_percent)

    def fitted(labels: NDArray[np.str_]) -> CurveFit:
        """One slope; an ID50 for each label."""
        limits = {"c": 100.0 - emax_percent, "d": 100.0}
        return fit_curve(dose, percent, model="LL2.4", fixed=limits, curve=labels, shared=["b"])

    curves = fitted(of_group)
    shifts = {
        group: _shift(curves, fitted(np.where(of_group == group, groups[0], of_group)), group, groups[0], level)
        for group in groups[1:]
    }
    found = PseudoreplicatedFit(
        id50={group: float(curves.ed(50.0, curve=group, method="delta")) for group in groups},
        hill=curves.estimate["b"], emax_percent=emax_percent, shifts=shifts,
        n_points=len(points), n_cells=len(runs), n_animals=len({run.animal for run in runs}),
        dose_unit=runs[0].dose_unit,
    )  # fmt: skip
    warnings.warn(found.caution, PseudoreplicationWarning, stacklevel=2)
    return found


def _percents(run: Run, family: Family) -> list[tuple[float, float]]:
    """Doses, and percent of baseline at each."""
    if family == "negbin":
        return list(run.percents.items())
    given = run.dose > 0
    return list(zip(run.dose[given].tolist(), run.value[given].tolist(), strict=True))


def _has_animals_twice(pairs: Iterable[tuple[str, str]]) -> bool:
    """Whether an animal is in several groups: to points it is all one."""
    kinds = set(pairs)
    return len({animal for animal, _ in kinds}) < len(kinds)


def _shift(curves: CurveFit, merged: CurveFit, group: str, reference: str, level: float) -> PseudoreplicatedShift:
    """One group against the reference: what the sum of squares loses where both have one ID50."""
    ratio = curves.ed_ratio(group, reference, level=level)
    f = (merged.rss - curves.rss) / (curves.rss / curves.df)
    p = float(stats.f.sf(f, 1, curves.df))
    return PseudoreplicatedShift(group, reference, float(ratio), ratio.low, ratio.high, f, p, curves.df, level)
