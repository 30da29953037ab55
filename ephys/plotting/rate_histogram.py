"""The integrated rate histogram, as the field prints it: filled spikes per 10 s, doses above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from ephys.firing import RateHistogram
from ephys.model import DoseProtocol, Epoch, Support
from ephys.model.protocol import CHOSEN
from ephys.pharmacology import ResponseWindow
from ephys.pharmacology.pretreatment import BEFORE_ANTAGONIST
from ephys.plotting.palette import palette
from ephys.plotting.style import DOUBLE_MM, drawing
from ephys.plotting.time_bar import draw_time_bar
from ephys.plotting.timeline import draw_gaps, draw_time_axis, hatch_unrecorded, mark_administrations
from ephys.plotting.window_legend import Beneath, legend_below

_BAND_ALPHA = 0.18
_HEADROOM = 1.06
_MEAN_LINE: Mapping[str, Any] = {"lw": 1.4, "solid_capstyle": "butt"}


def plot_rate_histogram(
    histogram: RateHistogram,
    protocol: DoseProtocol | None = None,
    *,
    windows: Sequence[ResponseWindow] = (),
    within: Epoch | None = None,
    time_bar: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw spikes per bin through the session, with what was given and where the response was read.

    Parameters
    ----------
    histogram : RateHistogram
        Counts per bin. A bin recorded in part is drawn paler; what was not recorded is hatched.
    protocol : DoseProtocol, optional
        Arrows with the cumulative dose of each agonist, vehicle and antagonist, bars over what lasted (an ejection
        with its current, a superfusion with its concentration); the baseline as a band.
    windows : sequence of ResponseWindow, optional
        Baseline and read-out windows of a `DoseResponse`, each with its mean rate as a line; those that the fit
        leaves out are outlined only.
    within : Epoch, optional
        Ends of the time axis; by default those of the histogram. What was not recorded is hatched.
    time_bar : bool, optional
        A bar of a round length in place of the time axis.
    ax : Axes, optional
        Where to draw; by default a new figure two columns wide.

    Returns
    -------
    Axes
        With time in seconds on the session's clock (printed in minutes), a time bar or not.

    Examples
    --------
    >>> from ephys.firing import rate_histogram
    >>> from ephys.model import Unit
    >>> histogram = rate_histogram(Unit.from_times(np.arange(0.0, 60.0), support=Epoch(0.0, 60.0)))
    >>> plot_rate_histogram(histogram).get_ylabel()
    'spikes per 10 s'
    """
    with drawing(ax, width_mm=DOUBLE_MM, height_mm=62.0) as axes:
        shown = within or Epoch(float(histogram.edges_s[0]), float(histogram.edges_s[-1]))
        (draw_time_bar if time_bar else draw_time_axis)(axes, shown.start_s, shown.stop_s)
        handles = draw_rate(axes, histogram, protocol, windows=windows)
        legend_below(axes, handles, Beneath.time_bar(axes) if time_bar else Beneath.time_axis(axes))
        if protocol is not None:
            mark_administrations(axes, protocol)
        return axes


def draw_rate(
    ax: Axes, histogram: RateHistogram, protocol: DoseProtocol | None, *, windows: Sequence[ResponseWindow]
) -> list[Patch]:
    """Draw bins and windows on axes whose time is laid out; return what the legend says of the windows.

    Parameters
    ----------
    ax : Axes
        Axes to draw on.
    histogram : RateHistogram
        Counts per bin.
    protocol : DoseProtocol or None
        Its baseline is drawn where no window is one.
    windows : sequence of ResponseWindow
        Baseline and read-out windows.

    Returns
    -------
    list of Patch
        One for each kind of window, with its label.
    """
    _draw_bars(ax, histogram)
    draw_gaps(ax, Support.of(Epoch(float(histogram.edges_s[0]), float(histogram.edges_s[-1]))))
    ax.set_ylim(0.0, top_of(histogram, windows))
    ax.set_ylabel(f"spikes per {histogram.bin_s:g} s")
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    return _draw_windows(ax, histogram, protocol, windows)


def top_of(histogram: RateHistogram, windows: Sequence[ResponseWindow]) -> float:
    """Upper end of an axis that shows every bin and the rate of every window.

    Parameters
    ----------
    histogram : RateHistogram
        Counts per bin.
    windows : sequence of ResponseWindow
        Those that are drawn.

    Returns
    -------
    float
        In spikes per bin.
    """
    rates = [window.rate_hz * histogram.bin_s for window in windows if window.covered_s > 0]
    return max(1.0, float(histogram.counts.max(initial=0)), *rates) * _HEADROOM


def _draw_bars(ax: Axes, histogram: RateHistogram) -> None:
    """Fill the bins that were wholly recorded, the others paler, and hatch what was not recorded at all."""
    colours = palette(ax)
    share = histogram.covered_s / histogram.bin_s
    whole, none = np.isclose(share, 1.0), share <= 0
    ax.stairs(np.where(none, np.nan, histogram.counts), histogram.edges_s, fill=True, color=colours.faint, lw=0)
    ax.stairs(np.where(whole, histogram.counts, np.nan), histogram.edges_s, fill=True, color=colours.ink, lw=0)
    turns = np.flatnonzero(np.diff(none, prepend=False, append=False))
    for first, beyond in zip(turns[::2], turns[1::2], strict=True):
        hatch_unrecorded(ax, float(histogram.edges_s[first]), float(histogram.edges_s[beyond]))


def _draw_windows(
    ax: Axes, histogram: RateHistogram, protocol: DoseProtocol | None, windows: Sequence[ResponseWindow]
) -> list[Patch]:
    """Draw the baseline and the read-out windows as light bands; return what the legend says of them."""
    colours = palette(ax)
    handles: dict[str, Patch] = {}
    if protocol is not None and protocol.baseline is not None and not any(w.role == "baseline" for w in windows):
        handles["baseline"] = _band(ax, protocol.baseline, colours.baseline, used=True)
    for window in sorted(windows, key=lambda window: window.epoch.start_s):
        colour = colours.role(window.role)
        patch = _band(ax, window.epoch, colour, used=window.used)
        height = window.rate_hz * histogram.bin_s
        ax.plot([window.epoch.start_s, window.epoch.stop_s], [height] * 2, color=colour, **_MEAN_LINE)
        handles.setdefault(_legend_text(window), patch)
    for text, patch in handles.items():
        patch.set_label(text)
    return list(handles.values())


def _legend_text(window: ResponseWindow) -> str:
    """What the legend says of a window."""
    if window.role == "baseline":
        if BEFORE_ANTAGONIST in window.flags:
            return f"baseline {BEFORE_ANTAGONIST} ({window.count} spikes)"
        said = f"{window.count} spikes" if window.used else "not usable"
        return f"baseline ({said}, {CHOSEN})" if CHOSEN in window.flags else f"baseline ({said})"
    return f"{window.role} read-out" + ("" if window.used else ", not fitted")


def _band(ax: Axes, epoch: Epoch, colour: str, *, used: bool) -> Patch:
    """Draw one window: filled if it is used, outlined if not."""
    if used:
        return ax.axvspan(epoch.start_s, epoch.stop_s, color=colour, alpha=_BAND_ALPHA, lw=0.0, zorder=0)
    return ax.axvspan(
        epoch.start_s, epoch.stop_s, facecolor="none", edgecolor=colour, linestyle=(0, (3, 2)), lw=0.6, zorder=0
    )
