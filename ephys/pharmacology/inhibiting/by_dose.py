"""Percent of baseline at each dose of a series, group beside group: what papers print, with animals as n."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from ephys.errors import ParameterError
from ephys.pharmacology.dose_text import figures
from ephys.pharmacology.groups.animal_tables import Table
from ephys.pharmacology.groups.design import LEAST_ANIMALS
from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.groups.mixtures import block_columns
from ephys.pharmacology.groups.nested_means import check_level, student_ends
from ephys.pharmacology.inhibiting.cells import CellsAtDose, runs_at_dose
from ephys.pharmacology.inhibiting.comparing import NEAR_SILENT
from ephys.pharmacology.inhibiting.dose_percents import AnimalPercent, GroupPercent, PercentByDose
from ephys.pharmacology.population.fitting import gather_runs, groups_of, refuse_several
from ephys.pharmacology.population.runs import Run, refuse_mixed_runs
from ephys.pharmacology.responses import DoseResponse

_SAME = 1e-6
"""Doses that differ by less, relatively, are one dose written twice."""


def percent_by_dose(
    responses: Iterable[DoseResponse] | Table,
    *,
    reference: str | None = None,
    paired: bool = False,
    block: str | Sequence[str] = (),
    level: float = 0.95,
) -> PercentByDose:
    """Average percent of baseline at each dose over a group's animals.

    Of a cell, ``100 (rate at the dose) / (rate without drug)``, spikes that are not its own taken off both; of an
    animal, the mean of its cells; of a group, the mean m of its k animals, with ``m ± t(k - 1) s / sqrt(k)``, where s
    is the standard deviation of the animals' means. Silence is 0 %, and stays in.

    Parameters
    ----------
    responses : iterable of DoseResponse, or table
        Of one drug, as in `fit_population`: a table has a row per cell and dose (0 without drug).
    reference : str, optional
        Group that comes first; else the first that is met.
    paired : bool, optional
        Animals may be in several groups. The intervals are of each group on its own, not of differences.
    block : str or sequence of str, optional
        Conditions or columns that may differ between cells; nothing is taken out for them.
    level : float, optional
        Of the intervals.

    Returns
    -------
    PercentByDose

    Raises
    ------
    ParameterError
        If animals or groups are not known, conditions are mixed, or no cell fired without drug.
    TableError
        If the table cannot be understood.

    Notes
    -----
    It describes, and tests nothing: `compare_inhibition` compares one dose on counts, `fit_population` all doses. A
    cell that fell silent at a lower dose (at most 5 % left, a convention) and was given no more is carried on at what
    was left then, counted and named; to leave it out would leave the cells that resist. A cell whose series ended while
    it fired is not in the means of higher doses, and is named: what is left there is of fewer cells.

    Examples
    --------
    >>> rows = [
    ...     {"animal": animal, "unit": "1", "group": "control", "dose": dose, "count": count, "exposure_s": 60.0}
    ...     for animal, counts in {"r1": (100, 50, 0), "r2": (60, 42, 6), "r3": (80, 48, 8)}.items()
    ...     for dose, count in zip((0.0, 25.0, 50.0), counts)]
    >>> found = percent_by_dose(rows)
    >>> [(mean.dose, round(mean.percent, 1), round(mean.low, 1), round(mean.high, 1)) for mean in found.means]
    [(25.0, 60.0, 35.2, 84.8), (50.0, 6.7, 0.0, 21.0)]
    """
    check_level(level)
    runs, left_out = gather_runs(responses, counts=True)
    refuse_several(runs)
    refuse_mixed_runs(runs, block_columns(block))
    groups = groups_of(runs, reference, paired=paired)
    whole = _averaged(runs, groups, level, tuple(left_out))
    proven = [run.taking(run.proven) for run in runs]
    proven = [run for run in proven if (run.dose > 0).any()]
    if all(run.proven.all() for run in runs) or {run.group for run in proven} != set(groups):
        return whole
    return replace(whole, proven_only=_averaged(proven, groups, level, tuple(left_out)))


def _averaged(runs: Sequence[Run], groups: tuple[str, ...], level: float, left_out: tuple[str, ...]) -> PercentByDose:
    """Means of groups at every dose that any cell was given."""
    by_dose = [runs_at_dose(runs, dose) for dose in _doses(runs)]
    by_dose = [cells for cells in by_dose if cells.runs]
    if not by_dose:
        silent = "".join(f"; {run.name} fired no spike of its own" for run in runs)
        raise ParameterError(f"no cell fired without drug, so that nothing is percent of anything{silent}")
    animals = tuple(one for cells in by_dose for group in groups for one in _animals(cells, group))
    means = tuple(
        _mean(cells, group, [one for one in animals if (one.group, one.dose) == (group, cells.dose)], level)
        for cells in by_dose
        for group in groups
        if any(run.group == group for run in cells.runs)
    )
    reasons = (f"at {figures(cells.dose)}, {reason}" for cells in by_dose for reason in _reasons(cells))
    return PercentByDose(
        means, animals, groups, runs[0].drug, runs[0].dose_unit, _common(runs, "route"), _common(runs, "form"), level,
        carried=tuple(dict.fromkeys(told for cells in by_dose for told in cells.carried)),
        left_out=(*left_out, *reasons), notes=(*_notes(means, groups), *_faint(by_dose)),
    )  # fmt: skip


def _reasons(cells: CellsAtDose) -> Iterator[str]:
    """Why cells are in no mean at a dose; those that were not given it are counted, not named one by one."""
    if cells.not_given:
        yield f"{count_text(len(cells.not_given), 'cell')} not given it"
    yield from (reason for reason in cells.left_out if reason not in cells.not_given)


def _doses(runs: Sequence[Run]) -> list[float]:
    """Doses that any cell was given, each once."""
    doses = np.unique(np.concatenate([run.dose[run.dose > 0] for run in runs]))
    new = np.diff(doses, prepend=0.0) > _SAME * doses
    return [float(dose) for dose in doses[new]]


def _animals(cells: CellsAtDose, group: str) -> list[AnimalPercent]:
    """Means of the animals of a group."""
    own = [run for run in cells.runs if run.group == group]
    found = []
    for animal in dict.fromkeys(run.animal for run in own):
        percents = tuple(percent for run in own if run.animal == animal for percent in run.percents.values())
        found.append(AnimalPercent(animal, group, cells.dose, float(np.mean(percents)), percents))
    return found


def _mean(cells: CellsAtDose, group: str, animals: Sequence[AnimalPercent], level: float) -> GroupPercent:
    """Mean of a group's animals, with an interval where they tell one."""
    own = [run for run in cells.runs if run.group == group]
    values = np.array([animal.percent for animal in animals])
    low = high = math.nan
    if values.size >= LEAST_ANIMALS and np.ptp(values) > 0:
        error = float(values.std(ddof=1)) / math.sqrt(values.size)
        low, high, _ = student_ends(float(values.mean()), error, values.size - 1, level)
    return GroupPercent(
        group, cells.dose, float(values.mean()), float(np.maximum(low, 0.0)), high, values.size, len(own),
        n_silent=sum(bool(run.value[1] == 0) for run in own),
        n_carried=sum(run.group == group for run in cells.carried_runs),
        n_unproven=sum(not run.proven.all() for run in own),
    )  # fmt: skip


def _common(runs: Sequence[Run], condition: str) -> str:
    """What all cells had in common; empty where they differ."""
    found = {run.conditions.get(condition, "") for run in runs}
    return found.pop() if len(found) == 1 else ""


def _notes(means: Sequence[GroupPercent], groups: Sequence[str]) -> list[str]:
    """What to know of the means."""
    notes = []
    for group in groups:
        own = [mean for mean in means if mean.group == group]
        few = [mean for mean in own if mean.n_animals < LEAST_ANIMALS]
        alike = [mean for mean in own if not mean.has_interval and mean not in few]
        if few:
            notes.append(f"{group}: no interval at {_at(few)}, under {LEAST_ANIMALS} animals")
        if alike:
            notes.append(f"{group}: no interval at {_at(alike)}, where all animals are alike")
        changed = {mean.n_cells for mean in own}
        if len(changed) > 1:
            notes.append(f"{group}: not the same cells at every dose ({min(changed)} to {max(changed)})")
        unproven = max(mean.n_unproven for mean in own)
        if unproven:
            notes.append(f"{group}: {count_text(unproven, 'cell')} fell silent and may have been lost")
    return notes


def _faint(by_dose: Sequence[CellsAtDose]) -> list[str]:
    """Cells whose baseline is so faint that their percent may be anything, and moves the mean as much as any."""
    faint = {(run.name, run.group) for cells in by_dose for run in cells.runs if run.value[0] < NEAR_SILENT}
    if not faint:
        return []
    return [
        f"{count_text(len(faint), 'cell')} with under {NEAR_SILENT} spikes at baseline, whose percent is hardly known "
        "and weighs as much as any: compare_inhibition weighs it by its counts"
    ]


def _at(means: Sequence[GroupPercent]) -> str:
    """Doses of some means."""
    return ", ".join(figures(mean.dose) for mean in means)
