"""What is said of the points in figures of one drug: which cell of which animal it is, and its value."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes

from ephys.jupyter import potency_name, potency_words
from ephys.pharmacology import PairedRates, PercentByDose, PopulationFit, id50_distribution
from ephys.pharmacology.dose_text import figures
from ephys.pharmacology.population.runs import Run
from ephys.plotting.group_id50s import GROUP_AT, animals_of
from ephys.plotting.paired_rates import cell_aside
from ephys.plotting.percent_by_dose import ANIMALS_AT, MEAN_AT, beside_dose
from ephys.plotting.timeline import dose_unit_text
from ephys.report.picture import Mark


def id50_marks(fit: PopulationFit, axes: Axes) -> Iterator[Mark]:
    """ID50 of every cell, or the dose that bounds it, and of every group."""
    for place, group in enumerate(fit.groups):
        for animal in animals_of(fit, group, place):
            for id50, run in sorted(zip(animal.id50, animal.runs, strict=True), key=lambda pair: float(pair[0])):
                yield Mark(axes, animal.x, float(id50), f"{_name(run)}, {group}: {_id50_text(run, float(id50))}")
        own = fit.id50[group]
        if own.status == "interpolated":
            yield Mark(axes, place + GROUP_AT, own.value, f"{own}")


def _name(run: Run) -> str:
    """A cell as it is told."""
    return f"{run.animal}, cell {run.unit}"


def _id50_text(run: Run, id50: float) -> str:
    """ID50 of a cell at the common slope; where its rate never crossed half, the bound in words."""
    words = potency_words(run.dose_unit)
    dose = f"{figures(id50)} {dose_unit_text(run.dose_unit)}"
    told = {
        "not reached": f"never halved up to {dose}",
        "from the first dose": f"halved by the first {words.dose}, {dose}",
    }
    return told.get(run.reach, f"{words.name} {dose} at the common slope")


def population_marks(fit: PopulationFit, axes: Axes) -> Iterator[Mark]:
    """What is left of each cell's rate at each dose, as far as the axis goes, by dose."""
    top = axes.get_ylim()[1]
    points = [(dose, percent, run) for run in fit.runs for dose, percent in run.percents.items() if percent <= top]
    for dose, percent, run in sorted(points, key=lambda point: point[:2]):
        told = f"{percent:.0f} % at {figures(dose)} {dose_unit_text(run.dose_unit)}"
        yield Mark(axes, dose, percent, f"{_name(run)}, {run.group}: {told}")


def percent_marks(percents: PercentByDose, axes: Axes) -> Iterator[Mark]:
    """Each animal with its cells, and the mean of the animals, by dose and group, as far as the axis goes."""
    top = axes.get_ylim()[1]
    for mean in percents.means:
        place = percents.groups.index(mean.group)
        beside, on = (mean.dose * beside_dose(percents, place, part) for part in (ANIMALS_AT, MEAN_AT))
        dose = f"at {figures(mean.dose)} {percents.unit_text}"
        for animal in percents.animals:
            if (animal.group, animal.dose) == (mean.group, mean.dose):
                told = [(animal.percent, f"{animal.animal}, {animal.group}: mean {animal.percent:.0f} % {dose}")]
                if len(animal.cells) > 1:
                    told += [(cell, f"{animal.animal}, one of its cells: {cell:.0f} % {dose}") for cell in animal.cells]
                yield from (Mark(axes, beside, value, text) for value, text in told if value <= top)
        yield Mark(axes, on, mean.percent, f"{mean}, {dose}")


def distribution_marks(fit: PopulationFit, axes: Axes) -> Iterator[Mark]:
    """Cells at each step, and the share up to there."""
    for group in fit.groups:
        found = id50_distribution(fit, group=group)
        unit = dose_unit_text(found.dose_unit)
        for id50, share in zip(found.id50, found.share, strict=True):
            cells = [
                _name(run)
                for run, own in zip(fit.runs, fit.cell_id50, strict=True)
                if run.group == group and np.isclose(own, id50)
            ]
            name = potency_name(found.dose_unit)
            told = f"{group}: {100 * share:.0f} % of the cells have an {name} up to {figures(float(id50))} {unit}"
            yield Mark(axes, float(id50), 100.0 * float(share), "; ".join([told, *cells]))


def paired_marks(paired: PairedRates, axes: Axes) -> Iterator[Mark]:
    """Rate of each cell in each state."""
    for place, cell in enumerate(paired.cells):
        aside = cell_aside(place, len(paired.cells)) or 0.0
        for number, rate in enumerate(cell.rates):
            ends = f"{rate.low_hz:.2f} to {rate.high_hz:.2f}"
            told = f"{rate.rate_hz:.2f} Hz ({ends}), {rate.percent:.0f} % of its baseline"
            doubt = "" if rate.proven else "; it may have been lost"
            yield Mark(
                axes, number + aside, rate.rate_hz, f"{cell.animal}, cell {cell.unit_id}, {rate.state}: {told}{doubt}"
            )
