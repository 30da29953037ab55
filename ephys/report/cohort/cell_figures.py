"""Every animal with its cells, and how many of them come into the analysis."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ephys.analysis import CohortAnalysis
from ephys.analysis.overview import SeenSeries, overview_of
from ephys.jupyter import potency_words
from ephys.model import CohortAnimal
from ephys.pharmacology import Exclusions
from ephys.pharmacology.dose_text import figures
from ephys.pharmacology.groups.estimates import count_text
from ephys.plotting import plot_cohort_overview, plot_exclusion_flow
from ephys.plotting.timeline import dose_unit_text
from ephys.report.drawn import Drawing
from ephys.report.picture import Mark

_MOST_LINES = 50
"""Of an overview on the page: more do not go on a sheet of paper (convention)."""
_MOST_GROUPS_SINGLE = 2
"""Groups whose flow stands in one column of a journal."""
_SIGNS = (
    "The shape of a mark tells the identity, an open one that the cell is left out. Right: rate on the baseline, and "
    "the {potency} with its interval; a bound is an arrow and no point."
)


def cell_drawings(analysis: CohortAnalysis, relabel: Callable[[str], str]) -> Iterator[Drawing]:
    """Draw every animal with its cells, in parts where they are many, and the flow of the cells.

    Parameters
    ----------
    analysis : CohortAnalysis
    relabel : callable
        What to write in place of each text, before it is broken into lines.

    Yields
    ------
    Drawing
    """
    if not analysis.cohort.animals:
        return
    parts = _parts(analysis)
    if len(parts) > 1:
        yield Drawing(plot_cohort_overview(analysis, relabel=relabel), "", "", file="overview", is_on_page=False)
    for number, part in enumerate(parts, start=1):
        yield _overview(part, number, len(parts), relabel)
    if analysis.cells:
        yield _flow(analysis.exclusions)


def _parts(analysis: CohortAnalysis) -> list[CohortAnalysis]:
    """The cohort, or parts of it by group and animal, none of which has too many lines for a sheet."""
    lines = {animal.animal: max(len(animal.series), 1) for group in overview_of(analysis) for animal in group.animals}
    if sum(lines.values()) <= _MOST_LINES:
        return [analysis]
    parts: list[list[CohortAnimal]] = []
    for group in analysis.cohort.groups:
        parts.append([])
        for animal in (one for one in analysis.cohort.animals if one.subject.group == group):
            so_far = sum(lines[one.subject.animal] for one in parts[-1])
            if parts[-1] and so_far + lines[animal.subject.animal] > _MOST_LINES:
                parts.append([])
            parts[-1].append(animal)
    return [replace(analysis, cohort=replace(analysis.cohort, animals=tuple(part))) for part in parts]


def _overview(part: CohortAnalysis, number: int, parts: int, relabel: Callable[[str], str]) -> Drawing:
    """Draw the cohort at a glance, or a part of it."""
    figure = plot_cohort_overview(part, relabel=relabel)
    groups = overview_of(part)
    told = f"Every animal with its cells, in the order of recording. {_SIGNS.format(potency=part.words.of_groups)}"
    if parts > 1:
        names = [animal.animal for group in groups for animal in group.animals]
        told = (
            f"Part {number} of {parts}: animals {names[0]} to {names[-1]}. {told} Numbers in a heading are those of "
            "the part, and each part has axes of its own; overview.svg has all on one sheet."
        )
    return Drawing(
        figure,
        description=f"Every animal with its cells. {'; '.join(group.heading for group in groups)}.",
        caption=told,
        marks=tuple(_overview_marks(part, figure)),
        wide=True,
        file="overview" if parts == 1 else "",
    )


def _overview_marks(part: CohortAnalysis, figure: Figure) -> Iterator[Mark]:
    """What is said of each rate, and of each ID50 that is a point."""
    shown = [
        (animal.animal, series) for group in overview_of(part) for animal in group.animals for series in animal.series
    ]
    rates = [(name, one) for name, one in shown if one.is_first and not math.isnan(one.rate_hz)]
    for (name, one), (x, y) in zip(rates, _points(figure.axes[1]), strict=True):
        yield Mark(figure.axes[1], x, y, f"{name}, cell {one.cell}: {one.rate_hz:.2f} Hz on the baseline")
    for axes, unit in zip(figure.axes[2:], dict.fromkeys(one.dose_unit for _, one in shown if one.reach), strict=True):
        values = [(name, one) for name, one in shown if one.reach == "value" and one.dose_unit == unit]
        for (name, one), (x, y) in zip(values, _points(axes), strict=True):
            yield Mark(
                axes, x, y, f"{name}, cell {one.cell}, {one.drug}: {potency_words(one.dose_unit).lead}{_id50_text(one)}"
            )


def _points(axes: Axes) -> list[tuple[float, float]]:
    """Where the points of a panel stand, in the order in which they were drawn."""
    lines = [line for line in axes.lines if line.get_marker() == "o"]
    first = (np.asarray(line.get_xydata(), dtype=np.float64)[0] for line in lines)
    return [(float(x), float(y)) for x, y in first]


def _id50_text(one: SeenSeries) -> str:
    """An ID50 with its interval, as far as this has ends."""
    low = figures(one.low) if one.low > 0 else "no lower end"
    high = figures(one.high) if math.isfinite(one.high) else "no upper end"
    return f"{figures(one.id50)} {dose_unit_text(one.dose_unit)} ({low} to {high}), {one.state}"


def _flow(exclusions: Exclusions) -> Drawing:
    """Draw how many cells go where."""
    first, last = exclusions.stages()[0], exclusions.stages()[-1]
    return Drawing(
        plot_exclusion_flow(exclusions),
        description=(
            f"Flow of the cells: {count_text(first.cells, 'cell')} of {count_text(first.animals, 'animal')} recorded, "
            f"{count_text(last.cells, 'cell')} of {count_text(last.animals, 'animal')} analysed; the table of stages "
            "has every number."
        ),
        caption=(
            f"From {count_text(first.cells, 'cell')} of {count_text(first.animals, 'animal')} to the "
            f"{count_text(last.cells, 'cell')} of {count_text(last.animals, 'animal')} that are analysed. A cell "
            "leaves under the first rule that takes it."
        ),
        wide=len(exclusions.groups) > _MOST_GROUPS_SINGLE,
        file="flow",
    )
