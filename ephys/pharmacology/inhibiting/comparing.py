"""Percent inhibition at one fixed dose, on counts, group against group."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from ephys.errors import ParameterError
from ephys.pharmacology.fit_settings import FitSettings
from ephys.pharmacology.groups.animal_tables import Table
from ephys.pharmacology.groups.design import LEAST_ANIMALS
from ephys.pharmacology.groups.estimates import GroupDifference, count_text, with_holm
from ephys.pharmacology.groups.mixtures import refuse_mixtures
from ephys.pharmacology.groups.nested_means import check_level
from ephys.pharmacology.inhibiting.cells import CellsAtDose, cells_at_dose
from ephys.pharmacology.inhibiting.fitted import FittedRatios
from ephys.pharmacology.inhibiting.result import CellPercent, GroupInhibition, InhibitionComparison
from ephys.pharmacology.nested.problem import Problem
from ephys.pharmacology.nested.ratio_curves import RatioCurves
from ephys.pharmacology.population.fitting import groups_of
from ephys.pharmacology.population.notes import of_matched_units
from ephys.pharmacology.population.problem import PopulationModel, in_order, steady_of
from ephys.pharmacology.population.runs import CONDITIONS, Run
from ephys.pharmacology.responses import DoseResponse

NEAR_SILENT = 20
"""Spikes below which a baseline is said to be nearly silent (convention): they tell its rate to a fifth at best."""


def compare_inhibition(
    responses: Iterable[DoseResponse] | Table,
    *,
    dose: float | None = None,
    reference: str | None = None,
    paired: bool = False,
    block: Sequence[str] = (),
    level: float = 0.95,
    dispersion: float | None = None,
) -> InhibitionComparison:
    """Compare between groups what one dose leaves of the rate: ln ratio of rates = group + animal + cell.

    Each cell's two counts have their own likelihood along the ln ratio, its baseline rate at its best; cells in animals
    in groups are integrated exactly on a grid. Silence at the dose, and a baseline of a few spikes, are ordinary
    counts: the one says that little can be left, the other says little. A cell without a spike at baseline has nothing
    that could be inhibited, and is listed.

    Parameters
    ----------
    responses : iterable of DoseResponse, or table
        Of one drug. Responses know their animal and group. A table has a row per cell with ``animal, unit, group``,
        ``count, exposure_s`` (spikes and seconds at the dose), ``baseline_count, baseline_s``, and where known ``fano``
        (squared CV of the cell's intervals), ``false_count, baseline_false_count``; or it has a row per cell and dose,
        as for `fit_population`.
    dose : float, optional
        Which of the doses given (cumulative); may be left out where there is one.
    reference : str, optional
        Group that the others are held against; else the first.
    paired : bool, optional
        Animals that were recorded in several groups are compared with themselves.
    block : sequence of str, optional
        Conditions or columns that differ between cells and shift all groups alike.
    level : float, optional
        Of the intervals.
    dispersion : float, optional
        Relative standard deviation of a rate between windows; two windows cannot tell it. Without it, the convention of
        `FitSettings`; better that of `fit_population` on the same preparation.

    Returns
    -------
    InhibitionComparison

    Raises
    ------
    ParameterError
        If the dose was not given, conditions are mixed, or the same animal is in two groups that are not paired.
    TableError
        If the table cannot be understood.

    Notes
    -----
    A cell that fell silent at a lower dose of a cumulative series (at most 5 % left, a convention) and was given no
    more is at least as inhibited at the dose asked for: it enters with the count of its last window, and is named. To
    leave it out would leave out the most sensitive cells.

    Examples
    --------
    >>> rows = [
    ...     {"animal": f"{group}{n}", "unit": cell, "group": group, "count": count + n, "exposure_s": 120.0,
    ...      "baseline_count": 240, "baseline_s": 240.0}
    ...     for group, counts in (("control", (0, 25)), ("chronic", (60, 75))) for n in range(4)
    ...     for cell, count in enumerate(counts)]  # fmt: skip
    >>> found = compare_inhibition(rows, reference="control")
    >>> [(group.group, round(group.percent), group.n_silent) for group in found.groups]
    [('control', 93, 1), ('chronic', 43, 0)]
    """
    check_level(level)
    source = "convention" if dispersion is None else "as given"
    dispersion = FitSettings().dispersion if dispersion is None else dispersion
    if not 0 <= dispersion < 2:
        raise ParameterError(f"dispersion must lie between 0 and 2, got {dispersion:g}")
    found = cells_at_dose(responses, dose)
    refuse_mixtures([{"animal": run.animal, **run.conditions} for run in found.runs], CONDITIONS, block)
    groups = groups_of(found.runs, reference, paired=paired)
    model = PopulationModel("negbin", groups, {"dispersion": dispersion}, paired=paired, block=tuple(block))
    whole = _compared(found, model, level, source)
    proven = tuple(run for run in found.runs if run.proven.all())
    if len(proven) == len(found.runs):
        return whole
    if {run.group for run in proven} != set(groups):
        cells = count_text(len(found.runs) - len(proven), "cell")
        note = f"{cells} fell silent and may have been lost; without them a group has none"
        return replace(whole, notes=(*whole.notes, note))
    return replace(whole, proven_only=_compared(replace(found, runs=proven), model, level, source))


def _compared(found: CellsAtDose, model: PopulationModel, level: float, source: str) -> InhibitionComparison:
    """Fit cells, and say what their groups do."""
    runs, dispersion = in_order(found.runs, model), model.fixed["dispersion"]
    value, exposure_s, false = (
        np.stack([getattr(run, name) for run in runs]) for name in ("value", "exposure_s", "false_count")
    )
    curves = RatioCurves(value, exposure_s, false, steady_of(runs), dispersion)
    fitted = FittedRatios.of(runs, model, curves, level)
    groups = tuple(_group(fitted, group) for group in model.groups)
    differences = [_difference(fitted, groups, group) for group in groups[1:]]
    return InhibitionComparison(
        groups=groups,
        differences=with_holm(differences) if len(differences) > 1 else tuple(differences),
        cells=_cells(runs, curves, level),
        drug=runs[0].drug, dose=found.dose, dose_unit=runs[0].dose_unit,
        reference=model.groups[0], level=level, df=fitted.df,
        sd_animal=fitted.sd("animal"), sd_cell=fitted.sd("curve"),
        dispersion=dispersion, dispersion_source=source,
        carried=found.carried, left_out=found.left_out, notes=_notes(fitted),
        two_stage={group: fitted.two_stage(group) for group in model.groups[1:]},
    )  # fmt: skip


def _group(fitted: FittedRatios, group: str) -> GroupInhibition:
    """Inhibition of a group; all of it where every cell is silent."""
    own = [run for run in fitted.runs if run.group == group]
    silent = sum(bool(run.value[1] == 0) for run in own)
    value, low, high = fitted.told(fitted.contrast(group), group)
    value = 0.0 if group in fitted.silent else value
    return GroupInhibition(group, value, low, high, fitted.animals(group), len(own), silent)


def _difference(fitted: FittedRatios, groups: Sequence[GroupInhibition], group: GroupInhibition) -> GroupDifference:
    """A group over the reference; no number where both are silent throughout, an open one where one is."""
    reference = groups[0]
    contrast = fitted.contrast(group.group, reference.group)
    value, low, high = fitted.told(contrast, group.group, reference.group)
    p = math.nan if math.isnan(low) else fitted.p(contrast)
    if group.ratio == 0 and reference.ratio == 0:
        value, p = math.nan, math.nan
    if group.ratio == 0:  # the likelihood is flat from there on, past the grid
        value, low = 0.0 * value, 0.0 * low
    if reference.ratio == 0:
        value, high = value + math.inf, high + math.inf
    return GroupDifference(group.group, reference.group, value, low, high, p, fitted.df)


def _cells(runs: Sequence[Run], curves: RatioCurves, level: float) -> tuple[CellPercent, ...]:
    """Each cell with the interval of its own likelihood."""
    ratios, ends = 100.0 * curves.ratio, 100.0 * np.exp(curves.intervals(level))
    return tuple(
        CellPercent(
            run.animal, run.unit, run.group, float(run.value[1]), float(run.exposure_s[1]), float(run.value[0]),
            float(run.exposure_s[0]), float(ratio), float(low), float(high), bool(run.proven.all()),
        )
        for run, ratio, (low, high) in zip(runs, ratios, ends, strict=True)
    )  # fmt: skip


def _notes(fitted: FittedRatios) -> tuple[str, ...]:
    """What to know of the numbers."""
    found = [
        f"no interval and no p-value with {group}: {count_text(n, 'animal')}, at least {LEAST_ANIMALS} are needed"
        for group in fitted.model.groups
        if (n := fitted.animals(group)) < LEAST_ANIMALS
    ]
    if fitted.silent == fitted.model.groups:
        found.append("every cell is silent: nothing tells how they scatter")
    elif fitted.silent:
        found.append(f"every cell of {' and '.join(fitted.silent)} is silent: scatter is taken from the other groups")
    found += of_matched_units(fitted.runs)
    faint = sum(bool(run.value[0] < NEAR_SILENT) for run in fitted.runs)
    if faint:
        cells = count_text(faint, "cell")
        found.append(
            f"{cells} with under {NEAR_SILENT} spikes at baseline, whose intervals are wide: nothing is dropped"
        )
    if not fitted.best.converged:
        found.append("the search for the likeliest values did not settle")
    at_most = [level for level in fitted.problem.levels if fitted.sd(level) > 0.99 * _most_sd(fitted.problem, level)]
    if at_most:
        most = math.exp(_most_sd(fitted.problem, at_most[0]))
        found.append(f"cells or animals scatter as widely as is searched (×/÷ {most:.0f}): the mean is a matter of it")
    return tuple(found)


def _most_sd(problem: Problem, level: str) -> float:
    """Upper bound of a standard deviation."""
    return math.exp(float(problem.bounds[problem.names.index(f"ln_sd_{level}"), 1]))
