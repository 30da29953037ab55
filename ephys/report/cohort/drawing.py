"""Figures of a cohort, each drawn once: for the page, and some of them as files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from matplotlib import pyplot as plt
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text

from ephys.analysis import CohortAnalysis
from ephys.analysis.cohort_findings import cohort_findings
from ephys.io.file_names import file_name
from ephys.plotting import save_figure
from ephys.plotting.style import figure_of
from ephys.report.cohort.cell_figures import cell_drawings
from ephys.report.cohort.dose_figures import dose_drawings
from ephys.report.cohort.firing_figure import firing_drawings
from ephys.report.drawn import Drawing, NotDrawn
from ephys.report.findings.drawings import drawings
from ephys.report.picture import Picture, picture
from ephys.report.svg import page_style

Relabel = Callable[[str], str]


@dataclass(frozen=True)
class FigureSection:
    """Figures that stand under one heading.

    Parameters
    ----------
    title : str
    pictures : tuple of Picture
    not_drawn : tuple of str
        What could not be drawn, and why.
    """

    title: str
    pictures: tuple[Picture, ...]
    not_drawn: tuple[str, ...] = ()


@page_style()
def draw_cohort(
    analysis: CohortAnalysis, folder: Path | None = None, *, relabel: Relabel = str
) -> tuple[FigureSection, ...]:
    """Draw a cohort's figures for its page, one at a time.

    Parameters
    ----------
    analysis : CohortAnalysis
    folder : Path, optional
        Which gets every animal with its cells, their flow into the analysis and the ID50s under each drug as SVG.
    relabel : callable, optional
        What to write in place of each text of a figure, of its caption and of its name.

    Returns
    -------
    tuple of FigureSection
        Animals and cells; a section for each drug; firing.
    """
    return tuple(
        _section(relabel(title), drawings, f"figure-{number}", folder, relabel)
        for number, (title, drawings) in enumerate(_sections(analysis, relabel), start=1)
    )


def _sections(analysis: CohortAnalysis, relabel: Relabel) -> Iterator[tuple[str, Iterable[Drawing | NotDrawn]]]:
    """Headings, with what is drawn under each when it is asked for."""
    yield "Animals and cells", cell_drawings(analysis, relabel)
    answers = analysis.answers_of("with exclusions")
    for drug in answers.drugs if answers else ():
        yield drug.drug, dose_drawings(analysis, drug, answers.reference if answers else "")
    for one in cohort_findings(analysis).told:
        yield one.title, drawings(one)
    if answers and answers.firing is not None and answers.firing.measures:
        yield "Firing on the baseline", firing_drawings(answers.firing)


def _section(
    title: str, drawings: Iterable[Drawing | NotDrawn], prefix: str, folder: Path | None, relabel: Relabel
) -> FigureSection:
    """Draw one section; each figure is closed before the next is drawn."""
    pictures, not_drawn = [], []
    for number, one in enumerate(drawings, start=1):
        if isinstance(one, NotDrawn):
            not_drawn.append(relabel(f"{one}"))
            continue
        figure = figure_of(one.figure)
        _relabel_texts(figure, relabel)
        if folder is not None and one.file:
            save_figure(figure, folder / f"{file_name(relabel(one.file))}.svg")
            figure.set_layout_engine("none")  # it is laid out by now, and laying it out takes as long as drawing it
        if one.is_on_page:
            pictures.append(_picture(one, figure, f"{prefix}-{number}", relabel))
        plt.close(figure)
    return FigureSection(title, tuple(pictures), tuple(not_drawn))


def _picture(one: Drawing, figure: Figure, prefix: str, relabel: Relabel) -> Picture:
    """Figure as the page has it."""
    return picture(
        figure,
        prefix=prefix,
        description=relabel(one.description),
        caption=relabel(one.caption),
        wide=one.wide,
        marks=(replace(mark, text=relabel(mark.text)) for mark in one.marks),
    )


def _relabel_texts(figure: Figure, relabel: Relabel) -> None:
    """Put other names into every text; those under ticks are made anew with each drawing, and so replaced there."""
    for axis in chain.from_iterable((axes.xaxis, axes.yaxis) for axes in figure.axes):
        _relabel_ticks(axis, relabel)
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        text.set_text(relabel(text.get_text()))


def _relabel_ticks(axis: Axis, relabel: Relabel) -> None:
    """Put other names under the ticks of an axis, where any of them has one."""
    told = [label.get_text() for label in axis.get_ticklabels()]
    named = [relabel(text) for text in told]
    if named != told:
        axis.set_ticks(axis.get_majorticklocs(), named)
