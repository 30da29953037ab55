"""How the cells of each group fire, in one figure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes

from ephys.pharmacology import FiringComparison, MeasureComparison
from ephys.pharmacology.groups.estimates import count_text
from ephys.plotting import plot_firing_groups
from ephys.plotting.firing_groups import groups_shown
from ephys.plotting.group_places import columns_of
from ephys.plotting.style import DOUBLE_MM
from ephys.report.drawn import Drawing
from ephys.report.picture import Mark


def firing_drawings(firing: FiringComparison) -> Iterator[Drawing]:
    """Draw every measure that was compared.

    Parameters
    ----------
    firing : FiringComparison
        With a measure at least.

    Yields
    ------
    Drawing
    """
    figure = plot_firing_groups(firing, width_mm=DOUBLE_MM)
    marks = [
        mark
        for axes, measure in zip(figure.axes, firing, strict=False)  # places without a measure come last
        for mark in _marks(axes, measure, groups_shown(firing))
    ]
    told = "; ".join(f"{measure.label}: {', '.join(map(measure.group_text, measure.groups))}" for measure in firing)
    yield Drawing(
        figure,
        description=f"How the cells fire on their baseline, a panel for each measure. {told}.",
        caption=(
            f"Firing on the baseline: every cell, the mean of every animal, and each group with its "
            f"{100 * firing.level:g} % interval. Cells of an animal stand above each other: n is animals. {_n(firing)}."
        ),
        marks=tuple(marks),
        wide=True,
    )


def _n(firing: FiringComparison) -> str:
    """Animals and cells of each measure."""
    counts = (
        f"{measure.name.replace('_', ' ')} {count_text(measure.n_animals, 'animal')}, "
        f"{count_text(measure.n_cells, measure.counted.removesuffix('s'))}"
        for measure in firing
    )
    return "; ".join(counts)


def _marks(axes: Axes, measure: MeasureComparison, groups: list[str]) -> Iterator[Mark]:
    """What is said of each cell, and each track, from left to right."""
    foot = float(axes.yaxis.get_majorticklocs()[0])  # of a log axis, where what is silent stands
    span = float(np.ptp(axes.get_ylim()))
    scale, unit = (100.0, " %") if measure.effect == "odds ratio" else (1.0, "")
    for place, group in enumerate(groups):
        for column in columns_of(measure, group, place, foot=foot, span=span):
            for cell, x, y in zip(column.cells, column.cell_x, column.cell_y, strict=True):
                beside = "" if cell.used else ", in no number"
                told = f"{cell.name}, {group}: {measure.label} {scale * cell.value:.3g}{unit}{beside}"
                yield Mark(axes, float(x), float(y), told)
