"""Everything that there is to see of one cell, on one page, as the supplement of a paper prints it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from string import ascii_uppercase
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.font_manager import FontProperties
from matplotlib.transforms import ScaledTranslation

from ephys.analysis import CellAnalysis, SessionAnalysis
from ephys.firing import autocorrelogram, interval_histogram, rate_histogram, suited_bins_ms
from ephys.model import Epoch
from ephys.plotting.amplitudes import plot_amplitudes
from ephys.plotting.classification import classification_height_mm, plot_classification
from ephys.plotting.correlogram import plot_correlogram
from ephys.plotting.dose_response import plot_dose_response
from ephys.plotting.intervals import plot_interval_histogram
from ephys.plotting.labels import wrap_text
from ephys.plotting.rate_histogram import plot_rate_histogram
from ephys.plotting.style import DOUBLE_MM, house_style, new_figure
from ephys.plotting.waveform import plot_waveform

_COURSE_MM = 86.0
_TIMING_MM = 56.0
_CURVE_MM = 84.0
_CALL_MARGIN_MM = 12.0
_LINE_MM = 3.1
_TITLE_PT, _TEXT_PT = 9.0, 6.5
_MM_PER_INCH = 25.4
_POINTS_PER_INCH = 72.0
_POINTS_PER_MM = _POINTS_PER_INCH / _MM_PER_INCH
_MARGIN_MM = 4.0
_FONT_LEADING = 1.2  # of a line of matplotlib's, in sizes of its font
_LETTER_PT = (-14.0, 3.0)


@dataclass(frozen=True, slots=True)
class _Panel:
    """A figure of the page, its share of the row's width, and the height that it takes."""

    draw: Callable[..., Axes]
    share: float
    height_mm: float


def plot_cell_sheet(cell: CellAnalysis, analysis: SessionAnalysis) -> Figure:
    """Draw one page of a cell: course, spike, intervals, call and dose-response, with what to know in words.

    Parameters
    ----------
    cell : CellAnalysis
        One of `analysis.cells`.
    analysis : SessionAnalysis
        Its session.

    Returns
    -------
    Figure
        Two columns wide. What does not exist (a dose-response without an agonist, a shape without voltage) has no
        panel, and the page is shorter.

    Examples
    --------
    >>> import ephys
    >>> unit = ephys.Unit.from_times([0.5 + i for i in range(99)], support=ephys.Epoch(0.0, 100.0))
    >>> session = ephys.Session("demo", ephys.DoseProtocol((), unit.support), units=(unit,))
    >>> analysis = ephys.analyse_session(session)
    >>> [text.get_text() for text in plot_cell_sheet(analysis.cells[0], analysis).texts[:1]]
    ['demo, unit 1']
    """
    words = _words(cell, analysis)
    rows = [*filter(None, (_timing_panels(cell, analysis.baseline), _judged_panels(cell)))]
    heights_mm = [_heading_mm(words), _COURSE_MM, *(max(panel.height_mm for panel in row) for row in rows)]
    with house_style():
        figure = new_figure(width_mm=DOUBLE_MM, height_mm=sum(heights_mm))
        _write_heading(figure, f"{analysis.session.id}, unit {cell.unit.id}", words)
        grid = figure.add_gridspec(len(heights_mm), 1, height_ratios=heights_mm)
        course, *parts = (figure.add_subfigure(grid[row, 0]) for row in range(1, len(heights_mm)))
        drawn = _draw_course(course, cell, analysis)
        for part, row in zip(parts, rows, strict=True):
            drawn += _draw_row(part, row)
        _letter(drawn)
        return figure


def _words(cell: CellAnalysis, analysis: SessionAnalysis) -> list[str]:
    """What stands above the figures: whose cell, its call, its ID50, what to know; wrapped to the page."""
    animal = analysis.session.subject
    where = "on the baseline" if analysis.baseline else "in the whole recording"
    sentences = [
        ", ".join(filter(None, (animal.animal, animal.species, animal.group, animal.anaesthetic))),
        f"{cell.unit.n_spikes} spikes, {cell.rate_hz:.2f} Hz {where}; 5-HT call: {cell.call}",
        f"{cell.words.title}: {cell.id50_text or 'no agonist was given'}",
        *(f"! {flag}" for flag in cell.flags),
    ]
    width_pt = (DOUBLE_MM - 2 * _MARGIN_MM) * _POINTS_PER_MM
    font = FontProperties(size=_TEXT_PT)
    return [line for sentence in filter(None, sentences) for line in wrap_text(sentence, width_pt, font)]


def _heading_mm(words: Sequence[str]) -> float:
    """Height of the heading with so many lines."""
    return 2 * _MARGIN_MM + len(words) * _LINE_MM + _TITLE_PT / _POINTS_PER_MM


def _write_heading(figure: Figure, title: str, words: Sequence[str]) -> None:
    """Write title and lines from the upper left corner."""
    corner = ScaledTranslation(_MARGIN_MM / _MM_PER_INCH, -_MARGIN_MM / _MM_PER_INCH, figure.dpi_scale_trans)
    below = ScaledTranslation(0.0, -1.6 * _TITLE_PT / _POINTS_PER_INCH, figure.dpi_scale_trans)
    look: Any = {"ha": "left", "va": "top", "in_layout": False}
    figure.text(0.0, 1.0, title, fontsize=_TITLE_PT, weight="bold", transform=figure.transFigure + corner, **look)
    leading = _LINE_MM * _POINTS_PER_MM / _TEXT_PT / _FONT_LEADING
    figure.text(
        0.0, 1.0, "\n".join(words), fontsize=_TEXT_PT, linespacing=leading,
        transform=figure.transFigure + corner + below, **look,
    )  # fmt: skip


def _draw_course(part: SubFigure, cell: CellAnalysis, analysis: SessionAnalysis) -> list[Axes]:
    """Rate, with the windows of every agonist, and amplitude on one time axis."""
    session = Epoch(analysis.session.support.start_s, analysis.session.support.stop_s)
    above, below = part.subplots(2, 1, height_ratios=(5, 3))
    histogram = rate_histogram(cell.unit, within=session)
    plot_rate_histogram(histogram, analysis.protocol, windows=cell.windows, ax=above)
    plot_amplitudes(cell.unit, analysis.protocol, label_doses=False, within=session, ax=below)
    return [above, below]


def _timing_panels(cell: CellAnalysis, baseline: Epoch | None) -> list[_Panel]:
    """Spike, intervals and autocorrelogram, as far as they are known; of the baseline, which no drug has moved."""
    bin_ms, max_ms = suited_bins_ms(cell.unit, baseline)
    intervals = interval_histogram(cell.unit, baseline, bin_ms=bin_ms, max_ms=max_ms)
    lags = autocorrelogram(cell.unit, baseline, bin_ms=bin_ms, max_lag_ms=max_ms)
    return [
        *([_Panel(partial(plot_waveform, cell.shape), 9.0, _TIMING_MM)] if cell.shape is not None else []),
        _Panel(partial(plot_interval_histogram, intervals), 6.0, _TIMING_MM),
        _Panel(partial(plot_correlogram, lags), 6.0, _TIMING_MM),
    ]


def _judged_panels(cell: CellAnalysis) -> list[_Panel]:
    """The call, and the dose-response of each agonist."""
    curves = [_Panel(partial(plot_dose_response, fit), 10.0, _CURVE_MM) for fit in cell.fits]
    call = cell.classification
    if call is None:
        return curves
    width_mm = DOUBLE_MM / (1 + len(curves)) - _CALL_MARGIN_MM
    height_mm = classification_height_mm(call, width_mm, notes=False) + _CALL_MARGIN_MM
    return [_Panel(partial(plot_classification, call, notes=False), 9.0, height_mm), *curves]


def _draw_row(part: SubFigure, panels: Sequence[_Panel]) -> list[Axes]:
    """Panels side by side."""
    row = part.subplots(1, len(panels), squeeze=False, width_ratios=[panel.share for panel in panels])[0]
    for ax, panel in zip(row, panels, strict=True):
        panel.draw(ax=ax)
    return list(row)


def _letter(axes: Sequence[Axes]) -> None:
    """Name the panels as a paper does."""
    for letter, ax in zip(ascii_uppercase, axes, strict=False):
        ax.annotate(
            letter, xy=(0.0, 1.0), xycoords="axes fraction", xytext=_LETTER_PT, textcoords="offset points",
            fontsize=_TITLE_PT, weight="bold", ha="right", va="bottom", annotation_clip=False,
        )  # fmt: skip
