"""The inter-spike intervals of a unit as a histogram."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ephys.firing import IntervalHistogram
from ephys.plotting.palette import palette
from ephys.plotting.style import SINGLE_MM, drawing


def plot_interval_histogram(histogram: IntervalHistogram, *, ax: Axes | None = None) -> Axes:
    """Draw how many inter-spike intervals had which length.

    Parameters
    ----------
    histogram : IntervalHistogram
        Counts per bin, and how many intervals there were in all; of `log_interval_histogram` on a logarithmic axis.
    ax : Axes, optional
        Where to draw; by default a new figure one column wide.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from ephys.firing import interval_histogram
    >>> from ephys.model import Epoch, Unit
    >>> unit = Unit.from_times([0.0, 0.5, 1.0, 9.0], support=Epoch(0.0, 10.0))
    >>> plot_interval_histogram(interval_histogram(unit)).get_xlabel()
    'inter-spike interval (ms)'
    """
    with drawing(ax, width_mm=SINGLE_MM, height_mm=55.0) as axes:
        axes.stairs(histogram.counts, histogram.edges_ms, fill=True, color=palette(axes).ink, lw=0)
        axes.set_xlim(float(histogram.edges_ms[0]), float(histogram.edges_ms[-1]))
        axes.set_ylim(bottom=0.0, top=None if histogram.counts.any() else 1.0)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axes.set_xlabel("inter-spike interval (ms)")
        axes.set_ylabel(f"intervals per {_bin_text(histogram)}")
        if histogram.bins_per_decade:
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value_ms, _: f"{value_ms:g}"))
        axes.set_title(_caption(histogram), loc="left", fontsize="small")
        return axes


def _caption(histogram: IntervalHistogram) -> str:
    """Say where the intervals are from, how many there are, and how many lie beyond the axis."""
    within = histogram.within
    where = "whole recording" if within is None else within.label or f"{within.start_s:g} to {within.stop_s:g} s"
    beyond = "of 0 ms, not shown" if histogram.bins_per_decade else f"longer than {histogram.edges_ms[-1]:g} ms"
    counted = f"n = {histogram.n_intervals} intervals" + (
        f", {histogram.n_beyond} {beyond}" if histogram.n_beyond else ""
    )
    lines = [where, counted]
    if math.isfinite(histogram.mean_ms):
        cv = f", CV {histogram.cv:.2f}" if math.isfinite(histogram.cv) else ""
        lines.append(f"mean {histogram.mean_ms:.3g} ms{cv}")
    return "\n".join(lines)


def _bin_text(histogram: IntervalHistogram) -> str:
    """Width of a bin."""
    if histogram.bins_per_decade:
        return f"1/{histogram.bins_per_decade} decade"
    return f"{histogram.edges_ms[1] - histogram.edges_ms[0]:g} ms"
