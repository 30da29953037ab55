"""Figures of a cohort, as files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.text import Text

from ephys.analysis import CohortAnalysis
from ephys.io.file_names import file_name
from ephys.plotting import plot_cohort_overview, plot_exclusion_flow, plot_group_id50s, save_figure
from ephys.plotting.style import figure_of


def draw_cohort(analysis: CohortAnalysis, folder: Path, *, relabel: Callable[[str], str] = str) -> None:
    """Draw every animal with its cells, their flow into the analysis, and the ID50s under each drug; one SVG each.

    Parameters
    ----------
    analysis : CohortAnalysis
    folder : Path
    relabel : callable, optional
        What to write in place of each text of a figure, and of its name.
    """
    for name, axes in _figures(analysis, relabel):
        for text in figure_of(axes).findobj(Text):
            text.set_text(relabel(text.get_text()))
        save_figure(axes, folder / f"{file_name(relabel(name))}.svg")
        plt.close(figure_of(axes))


def _figures(analysis: CohortAnalysis, relabel: Callable[[str], str]) -> Iterator[tuple[str, Axes]]:
    """Name and figure; the overview breaks its texts into lines, and so has to know before what they are."""
    yield "overview", plot_cohort_overview(analysis, relabel=relabel).axes[0]
    if analysis.cells:
        yield "flow", plot_exclusion_flow(analysis.exclusions)
    for answers in analysis.answers[:1]:
        for drug in answers.drugs:
            if drug.fit is not None:
                yield f"id50_{drug.drug}", plot_group_id50s(drug.fit)
