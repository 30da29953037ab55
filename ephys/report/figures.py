"""The figures of one cell, each with a caption and a description for those who cannot see it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from matplotlib.axes import Axes

from ephys.analysis import CellAnalysis, SessionAnalysis
from ephys.classification import WaveformShape
from ephys.firing import RateHistogram, interval_histogram, rate_histogram, suited_bins_ms
from ephys.model import Epoch
from ephys.pharmacology import DoseResponseFit
from ephys.plotting import (
    plot_amplitudes,
    plot_dose_response,
    plot_interval_histogram,
    plot_rate_histogram,
    plot_waveform,
)
from ephys.plotting.style import DOUBLE_MM, figure_of, house_style, new_figure
from ephys.report.closer import Closer
from ephys.report.picture import Mark, Picture, picture

_COURSE_MM = 112.0


def cell_pictures(
    cell: CellAnalysis, analysis: SessionAnalysis, *, prefix: str, closer: Closer | None = None
) -> Iterator[Picture]:
    """Draw everything that there is to see of one cell.

    Parameters
    ----------
    cell : CellAnalysis
        The cell.
    analysis : SessionAnalysis
        Its session.
    prefix : str
        Of the identifiers inside the figures; each cell of a page needs its own.
    closer : Closer, optional
        What the course carries for those who look closely.

    Yields
    ------
    Picture
        Course through the session, dose-response of each agonist, waveform, intervals.
    """
    yield _course(cell, analysis, prefix, closer)
    for i, fit in enumerate(cell.fits, start=1):
        yield _dose_response(fit, f"{prefix}-dose-{i}")
    if cell.shape is not None:
        yield _waveform(cell.shape, cell, f"{prefix}-waveform")
    yield _intervals(cell, analysis.baseline, f"{prefix}-intervals")


def _course(cell: CellAnalysis, analysis: SessionAnalysis, prefix: str, closer: Closer | None) -> Picture:
    """Rate and amplitude through the session, on one time axis: silence and loss side by side."""
    protocol = analysis.protocol
    session = Epoch(analysis.session.support.start_s, analysis.session.support.stop_s)
    histogram = rate_histogram(cell.unit, within=session)
    with house_style():
        figure = new_figure(width_mm=DOUBLE_MM, height_mm=_COURSE_MM)
        above, below = figure.subplots(2, 1, height_ratios=(5, 3), gridspec_kw={"hspace": 0.14})
        plot_rate_histogram(histogram, protocol, windows=cell.windows, ax=above)
        plot_amplitudes(cell.unit, protocol, label_doses=False, within=session, ax=below)
        below.set_xlim(above.get_xlim())
    n = len(protocol.administrations)
    description = (
        f"Unit {cell.unit.id} through the session: {cell.unit.n_spikes} spikes in "
        f"{cell.unit.support.duration_s:.0f} s, at most {histogram.counts.max(initial=0)} per {histogram.bin_s:g} s, "
        f"{n} administrations marked; "
        "below it the amplitude of every spike with the detection threshold."
    )
    caption = (
        f"Spikes per {histogram.bin_s:g} s with what was given, the baseline and the read-out windows (lines: their "
        "mean rate). Below, the amplitude of every spike: a fall towards the threshold counterfeits inhibition."
    )
    return picture(
        figure,
        prefix=f"{prefix}-course",
        description=description,
        caption=caption,
        wide=True,
        marks=_bin_marks(histogram, above),
        reach="column",
        closer=closer,
    )


def _bin_marks(histogram: RateHistogram, ax: Axes) -> Iterator[Mark]:
    """What is said of each bin: when, how many, how fast."""
    for start_s, count, rate_hz in zip(histogram.edges_s, histogram.counts, histogram.rate_hz, strict=False):
        if math.isfinite(rate_hz):
            text = f"{start_s / 60:.1f} min: {count} spikes in {histogram.bin_s:g} s, {rate_hz:.2f} Hz"
            yield Mark(ax, float(start_s + histogram.bin_s / 2.0), float(count), text)


def _dose_response(fit: DoseResponseFit, prefix: str) -> Picture:
    """Dose-response of one agonist."""
    points = ", ".join(f"{w.percent:.0f} % at {w.dose:g}" for w in fit.response.doses)
    description = (
        f"Dose-response of unit {fit.response.unit_id} to {fit.response.drug}: {fit.id50_text}. "
        f"Rate in percent of baseline by cumulative dose in {fit.unit_text}: {points or 'none'}."
    )
    caption = (
        f"Rate as percent of baseline against the cumulative dose of {fit.response.drug}. Bars: exact 95 % interval of "
        "the two counts. The curve begins at the fitted baseline; the ID50 stands at half of it. Open signs are not in "
        "the fit."
    )
    ax = plot_dose_response(fit)
    return picture(figure_of(ax), prefix=prefix, description=description, caption=caption, marks=_dose_marks(fit, ax))


def _dose_marks(fit: DoseResponseFit, ax: Axes) -> Iterator[Mark]:
    """What is said of each dose: how much of the rate is left, of how many spikes."""
    for window in sorted(fit.windows, key=lambda one: one.dose):
        if window.role == "agonist" and window.dose > 0 and math.isfinite(window.percent):
            left = f"{window.percent:.0f} % ({window.percent_low:.0f} to {window.percent_high:.0f})"
            counted = f"{window.count} spikes in {window.covered_s:g} s"
            text = f"{window.dose:g} {fit.unit_text}: {left}, {counted}{'' if window.used else ', not in the fit'}"
            yield Mark(ax, window.dose, window.percent, text)


def _waveform(shape: WaveformShape, cell: CellAnalysis, prefix: str) -> Picture:
    """Draw the mean spike."""
    description = (
        f"Mean spike of unit {cell.unit.id}, {shape.polarity} first, main peak {shape.peak_uv:.0f} µV, "
        f"n = {shape.n_spikes} spikes; total {shape.total_ms:.2f} ms, peak to trough {shape.peak_to_trough_ms:.2f} ms, "
        f"half width {shape.half_width_ms:.2f} ms."
    )
    caption = (
        "Mean spike ± SD with its widths and their bootstrap intervals, in the band named: a width travels with its "
        "band and phase."
    )
    figure = figure_of(plot_waveform(shape))
    return picture(figure, prefix=prefix, description=description, caption=caption)


def _intervals(cell: CellAnalysis, baseline: Epoch | None, prefix: str) -> Picture:
    """Draw the inter-spike intervals of the baseline, or of the whole recording where there is none."""
    bin_ms, max_ms = suited_bins_ms(cell.unit, baseline)
    histogram = interval_histogram(cell.unit, baseline, bin_ms=bin_ms, max_ms=max_ms)
    where = "on the baseline" if baseline else "in the whole recording"
    description = f"Inter-spike intervals of unit {cell.unit.id} {where}: n = {histogram.n_intervals}."
    caption = f"Inter-spike intervals {where}, in bins of {bin_ms:g} ms."
    figure = figure_of(plot_interval_histogram(histogram))
    return picture(figure, prefix=prefix, description=description, caption=caption)
