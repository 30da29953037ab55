"""What one drug did to the cells of each group, in figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ephys.analysis import CohortAnalysis, DrugAnswer
from ephys.errors import ParameterError
from ephys.jupyter import potency_words
from ephys.pharmacology import DoseResponse, PopulationFit, paired_rates, percent_by_dose
from ephys.pharmacology.groups.estimates import count_text
from ephys.plotting import (
    plot_group_id50s,
    plot_id50_distribution,
    plot_paired_rates,
    plot_percent_by_dose,
    plot_population,
)
from ephys.plotting.style import DOUBLE_MM, figure_of
from ephys.report.cohort.dose_marks import (
    distribution_marks,
    id50_marks,
    paired_marks,
    percent_marks,
    population_marks,
)
from ephys.report.cohort.forests import forest_drawings
from ephys.report.drawn import Drawing, NotDrawn


def dose_drawings(analysis: CohortAnalysis, answer: DrugAnswer, reference: str) -> Iterator[Drawing | NotDrawn]:
    """Draw all that there is of one drug, with exclusions.

    Parameters
    ----------
    analysis : CohortAnalysis
    answer : DrugAnswer
    reference : str
        Group that stands first.

    Yields
    ------
    Drawing or NotDrawn
        ID50s by group, the population's curves, percent by dose, the distribution of the ID50s, every cell with its
        interval, and rates before the drug, under it and after its antagonist.
    """
    drug, fit = answer.drug, answer.fit
    if fit is not None:
        yield _id50s(fit, drug)
        yield _population(fit, drug)
    responses = [
        response
        for cell in analysis.cells
        for response, facts in cell.series
        if response.drug == drug and analysis.exclusions.analysed(facts)
    ]
    if responses:
        yield _told_if_not("Percent by dose", lambda: _percents(analysis, responses, drug, reference))
    if fit is not None:
        yield _distribution(fit, drug)
    yield from forest_drawings(analysis, drug, fit)
    if any(window.role == "antagonist" for response in responses for window in response.windows):
        yield _told_if_not("Rates before and after the antagonist", lambda: _paired(responses, drug))


def _told_if_not(what: str, draw: Callable[[], Drawing]) -> Drawing | NotDrawn:
    """Draw it, or say why it cannot be drawn: the data do not allow every figure."""
    try:
        return draw()
    except ParameterError as error:
        return NotDrawn(what, f"{error}")


def _n(fit: PopulationFit) -> str:
    """Cells and animals of each group."""
    return "; ".join(
        f"{group} {count_text(fit.n_cells[group], 'cell')} of {count_text(fit.n_animals[group], 'animal')}"
        for group in fit.groups
    )


def _id50s(fit: PopulationFit, drug: str) -> Drawing:
    """Draw the ID50s by group."""
    axes = plot_group_id50s(fit)
    return Drawing(
        axes,
        description=f"{fit.words.of_groups} of {drug} by group: {'; '.join(map(str, fit.id50.values()))}.",
        caption=(
            f"{fit.words.of_groups} of {drug}: every cell at the slope that all share, cells of an animal above each "
            "other, and the "
            f"group's {fit.words.name} with its interval beside. n is animals: {_n(fit)}. A triangle is a bound. With "
            "a slope of "
            f"its own a cell has another {fit.words.name}: that stands in the forest and in the table of cells."
        ),
        marks=tuple(id50_marks(fit, axes)),
        file=f"id50_{drug}",
    )


def _population(fit: PopulationFit, drug: str) -> Drawing:
    """Draw every cell as measured, and the mean curve of each group."""
    axes = plot_population(fit)
    return Drawing(
        axes,
        description=(
            f"Firing rate in percent of baseline against the {fit.words.total} of {drug}: a line for each cell, and "
            "for "
            f"each group its mean curve with a band and its {fit.words.name}. {'; '.join(map(str, fit.id50.values()))}."
        ),
        caption=(
            f"Percent of baseline by {fit.words.total} of {drug}: thin lines are the cells as measured, thick ones the "
            f"groups' mean curves with their bands, which are flatter than the cells' own. n: {_n(fit)}."
        ),
        marks=tuple(population_marks(fit, axes)),
    )


def _percents(analysis: CohortAnalysis, responses: list[DoseResponse], drug: str, reference: str) -> Drawing:
    """Draw the mean of the animals at each dose."""
    groups = {response.subject.group for response in responses}
    cohort = analysis.settings.cohort
    percents = percent_by_dose(
        responses, reference=reference if reference in groups else None, paired=cohort.paired, block=cohort.block,
        level=analysis.settings.fit.level,
    )  # fmt: skip
    axes = plot_percent_by_dose(percents)
    means = "; ".join(f"{mean.dose:g} {percents.unit_text}: {mean}" for mean in percents.means)
    animals = {(animal.group, animal.animal) for animal in percents.animals}
    n = ", ".join(f"{group} {sum(of == group for of, _ in animals)}" for group in percents.groups)
    words = potency_words(percents.dose_unit)
    left = f" Not in a mean: {'; '.join(percents.left_out)}." if percents.left_out else ""
    return Drawing(
        axes,
        description=f"Percent of baseline at each {words.dose} of {drug}, mean over animals: {means}.",
        caption=(
            f"Percent of baseline at each {words.total} of {drug}: {percents.method}. Animals: {n}; below each "
            f"{words.dose} "
            f"how many, and in brackets the cells. It describes, and tests nothing.{left}"
        ),
        marks=tuple(percent_marks(percents, axes)),
    )


def _distribution(fit: PopulationFit, drug: str) -> Drawing:
    """Draw how the cells' ID50s are distributed."""
    axes, words = plot_id50_distribution(fit), fit.words
    return Drawing(
        axes,
        description=(
            f"Share of the cells whose {words.name} of {drug} is at most a {words.dose}, steps for each group: "
            f"{_n(fit)}."
        ),
        caption=(
            f"Share of the cells whose {words.name} of {drug} is at most a {words.dose}; the thin line is the "
            "distribution "
            f"that the population has. n: {_n(fit)}. A cell with only a bound is a triangle."
        ),
        marks=tuple(distribution_marks(fit, axes)),
    )


def _paired(responses: list[DoseResponse], drug: str) -> Drawing:
    """Draw each cell before the drug, under it, and after its antagonist."""
    paired = paired_rates(responses)
    figure = figure_of(plot_paired_rates(paired, width_mm=DOUBLE_MM))
    n = "; ".join(
        f"{state} {count_text(paired.n_cells[state], 'cell')} of {count_text(paired.n_animals[state], 'animal')}"
        for state in paired.states
    )
    after = f" and after {paired.antagonist}" if paired.antagonist else ""
    return Drawing(
        figure,
        description=f"Firing rate of each cell on the baseline, under {drug}{after}: {n}.",
        caption=(
            f"Each cell on its baseline, under {drug}{after}; right the means of the animals. n: {n}. Nothing is "
            "tested here."
        ),
        marks=tuple(paired_marks(paired, figure.axes[0])),
        wide=True,
    )
