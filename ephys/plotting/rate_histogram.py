"""The integrated rate histogram, as the field prints it: filled spikes per 10 s, doses above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

from ephys.firing import RateHistogram
from ephys.model import DoseProtocol, Epoch
from ephys.model.protocol import CHOSEN
from ephys.pharmacology import ResponseWindow
from ephys.plotting.labels import axes_width_pt, text_width_pt
from ephys.plotting.palette import palette
from ephys.plotting.style import DOUBLE_MM, drawing, figure_of
from ephys.plotting.timeline import draw_time_axis, hatch_unrecorded, mark_administrations

_BAND_ALPHA = 0.18
_HEADROOM = 1.06
_MEAN_LINE: Mapping[str, Any] = {"lw": 1.4, "solid_capstyle": "butt"}


def plot_rate_histogram(
    histogram: RateHistogram,
    protocol: DoseProtocol | None = None,
    *,
    windows: Sequence[ResponseWindow] = (),
    ax: Axes | None = None,
) -> Axes:
    """Draw spikes per bin through the session, with what was given and where the response was read.

    Parameters
    ----------
    histogram : RateHistogram
        Counts per bin. A bin recorded in part is drawn paler; what was not recorded is hatched.
    protocol : DoseProtocol, optional
        Arrows with the cumulative dose of each agonist, vehicle and antagonist; the baseline as a band.
    windows : sequence of ResponseWindow, optional
        Baseline and read-out windows of a `DoseResponse`, each with its mean rate as a line; those that the fit
        leaves out are outlined only.
    ax : Axes, optional
        Where to draw; by default a new figure two columns wide.

    Returns
    -------
    Axes
        With time in seconds on the session's clock (printed in minutes).

    Examples
    --------
    >>> from ephys.firing import rate_histogram
    >>> from ephys.model import Unit
    >>> histogram = rate_histogram(Unit.from_times(np.arange(0.0, 60.0), support=Epoch(0.0, 60.0)))
    >>> plot_rate_histogram(histogram).get_ylabel()
    'spikes per 10 s'
    """
    with drawing(ax, width_mm=DOUBLE_MM, height_mm=62.0) as axes:
        _draw_bars(axes, histogram)
        axes.set_ylim(0.0, max(1.0, float(histogram.counts.max(initial=0))) * _HEADROOM)
        axes.set_ylabel(f"spikes per {histogram.bin_s:g} s")
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        draw_time_axis(axes, float(histogram.edges_s[0]), float(histogram.edges_s[-1]))
        handles = _draw_windows(axes, histogram, protocol, windows)
        if protocol is not None:
            mark_administrations(axes, protocol)
        if handles:
            _legend_below(axes, handles)
        return axes


def _draw_bars(ax: Axes, histogram: RateHistogram) -> None:
    """Fill the bins that were wholly recorded, the others paler, and hatch what was not recorded at all."""
    colours = palette(ax)
    share = histogram.covered_s / histogram.bin_s
    whole, none = np.isclose(share, 1.0), share <= 0
    ax.stairs(np.where(none, np.nan, histogram.counts), histogram.edges_s, fill=True, color=colours.faint, lw=0)
    ax.stairs(np.where(whole, histogram.counts, np.nan), histogram.edges_s, fill=True, color=colours.ink, lw=0)
    for i in np.flatnonzero(none):
        hatch_unrecorded(ax, float(histogram.edges_s[i]), float(histogram.edges_s[i + 1]))


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


def _legend_below(ax: Axes, handles: list[Patch]) -> None:
    """Put the legend under the axis, where no bar can lie beneath it: beside the axis' label if there is room."""
    size_pt = ax.xaxis.label.get_fontproperties().get_size_in_points()
    font = FontProperties(size=mpl.rcParams["legend.fontsize"])
    entries_pt = [text_width_pt(str(handle.get_label()), font) + 3.2 * size_pt for handle in handles]
    room_pt = axes_width_pt(ax)
    beside = sum(entries_pt) < room_pt - text_width_pt(ax.get_xlabel(), FontProperties(size=size_pt))
    columns = len(handles) if beside else max(1, int(room_pt // max(entries_pt)))
    drop_pt = (2.1 if beside else 3.6) * size_pt
    below = ax.transAxes + ScaledTranslation(0.0, -drop_pt / 72.0, figure_of(ax).dpi_scale_trans)
    ax.legend(
        handles=handles,
        loc="upper right" if beside else "upper left",
        bbox_to_anchor=(1.0 if beside else 0.0, 0.0),
        bbox_transform=below,
        ncols=columns,
        columnspacing=1.2,
        handlelength=1.0,
    )
