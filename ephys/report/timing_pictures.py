"""When a cell fires: its intervals and its autocorrelogram, with what each bin says."""

from __future__ import annotations

from collections.abc import Iterator

from matplotlib.axes import Axes

from ephys.analysis import CellAnalysis
from ephys.firing import Correlogram, IntervalHistogram, autocorrelogram, interval_histogram, suited_bins_ms
from ephys.model import Epoch
from ephys.plotting import plot_correlogram, plot_interval_histogram
from ephys.plotting.style import figure_of
from ephys.report.picture import Mark, Picture, picture


def timing_pictures(cell: CellAnalysis, baseline: Epoch | None, *, prefix: str) -> Iterator[Picture]:
    """Intervals and autocorrelogram of a cell, in bins of one width.

    Parameters
    ----------
    cell : CellAnalysis
        The cell.
    baseline : Epoch or None
        Where its spikes are taken, which no drug has moved; the whole recording where there is none.
    prefix : str
        Of the identifiers inside the figures.

    Yields
    ------
    Picture
        Every bin tells its edges and its count.
    """
    bin_ms, max_ms = suited_bins_ms(cell.unit, baseline)
    where = "on the baseline" if baseline else "in the whole recording"
    yield _intervals(interval_histogram(cell.unit, baseline, bin_ms=bin_ms, max_ms=max_ms), where, prefix)
    lags = autocorrelogram(cell.unit, baseline, bin_ms=bin_ms, max_lag_ms=max_ms)
    if lags.counts.any():
        yield _autocorrelogram(lags, where, prefix)


def _intervals(histogram: IntervalHistogram, where: str, prefix: str) -> Picture:
    """Draw the inter-spike intervals."""
    ax = plot_interval_histogram(histogram)
    bin_ms = histogram.edges_ms[1] - histogram.edges_ms[0]
    return picture(
        figure_of(ax),
        prefix=f"{prefix}-intervals",
        description=f"Inter-spike intervals of unit {histogram.unit_id} {where}: n = {histogram.n_intervals}.",
        caption=f"Inter-spike intervals {where}, in bins of {bin_ms:g} ms.",
        marks=_interval_marks(histogram, ax),
        reach="column",
    )


def _interval_marks(histogram: IntervalHistogram, ax: Axes) -> Iterator[Mark]:
    """What is said of each bin of intervals."""
    edges_ms = histogram.edges_ms
    for low_ms, high_ms, count in zip(edges_ms, edges_ms[1:], histogram.counts, strict=False):
        text = f"{low_ms:g} to {high_ms:g} ms: {count} of {histogram.n_intervals} intervals"
        yield Mark(ax, float(low_ms + high_ms) / 2.0, float(count), text)


def _autocorrelogram(lags: Correlogram, where: str, prefix: str) -> Picture:
    """Draw how often which lag lies between any two of a cell's spikes."""
    ax = plot_correlogram(lags)
    last_ms = float(lags.lags_ms[-1])
    return picture(
        figure_of(ax),
        prefix=f"{prefix}-autocorrelogram",
        description=(
            f"Autocorrelogram of unit {lags.unit_id} {where}: n = {lags.n_spikes} spikes, lags up to {last_ms:g} ms, "
            f"at most {lags.counts.max()} pairs in a bin."
        ),
        caption=(
            f"Autocorrelogram {where}: pairs of spikes by the time between them. Peaks that return at one distance are "
            "a rhythm; pairs next to 0 are bursts, or another cell's spikes."
        ),
        marks=_lag_marks(lags, ax),
        reach="column",
    )


def _lag_marks(lags: Correlogram, ax: Axes) -> Iterator[Mark]:
    """What is said of each bin of lags after a spike; those before it are their mirror."""
    half = len(lags.counts) // 2
    edges_ms = lags.lags_ms[half:]
    for low_ms, high_ms, count in zip(edges_ms, edges_ms[1:], lags.counts[half:], strict=False):
        text = f"{low_ms:g} to {high_ms:g} ms after one of {lags.n_spikes} spikes: {count}"
        yield Mark(ax, float(low_ms + high_ms) / 2.0, float(count), text)
