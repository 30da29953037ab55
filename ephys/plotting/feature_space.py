"""The spikes of several units by the two directions in which their shapes differ most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from ephys.model import Unit
from ephys.plotting.palette import palette
from ephys.plotting.style import SINGLE_MM, drawing
from ephys.sorting import SpikeFeatures, spike_features

_MARKERS = "o^sDvP<>X"
_CLOUD, _DENSE = 2000, 400
_ROOM = 0.05
_LINE_MM = 3.4  # of what stands above the axes


def plot_feature_space(units: Sequence[Unit] | SpikeFeatures, *, ax: Axes | None = None) -> Axes:
    """Draw the spikes of several units by the first two principal components of their shapes.

    Parameters
    ----------
    units : sequence of Unit, or SpikeFeatures
        Units with their `waveform`, on whatever number of channels; `spike_features` describes them over another
        window than the sorter's.
    ax : Axes, optional
        Where to draw; by default a new figure one column wide.

    Returns
    -------
    Axes
        Each unit has a colour and a sign of its own. The legend counts its spikes, and says which share of them by
        their shape are rather a neighbour's, with its 95 % interval, where the sorter knew. Spikes far out, of overlaps
        mostly, do not scale the axes: those that lie outside are counted above. Many spikes are drawn as an
        image in vector files, so that these stay small.

    Raises
    ------
    ParameterError
        As `spike_features`.

    Examples
    --------
    >>> plot_feature_space([]).texts[0].get_text()
    'no spike shapes known'
    """
    features = units if isinstance(units, SpikeFeatures) else spike_features(units)
    n_lines = 3 + len(features.unit_ids)
    with drawing(ax, width_mm=SINGLE_MM, height_mm=72.0 + _LINE_MM * n_lines) as axes:
        if not len(features.scores_uv):
            axes.text(0.5, 0.5, "no spike shapes known", transform=axes.transAxes, ha="center", va="center")
            axes.set_axis_off()
            return axes
        handles = [_draw_unit(axes, features, place) for place in range(len(features.unit_ids))]
        _lay_out(axes, features)
        legend = axes.legend(
            handles=handles,
            title=_caption(axes, features),
            title_fontsize="small",
            alignment="left",
            loc="lower left",
            bbox_to_anchor=(0.0, 1.0),
            handlelength=0.8,
        )
        for place, text in enumerate(legend.get_texts()):
            text.set_color(palette(axes).series(place))
        return axes


def _draw_unit(ax: Axes, features: SpikeFeatures, place: int) -> Line2D:
    """Draw the spikes of one unit; return what the legend says of them."""
    own = features.scores_uv[features.unit_of == place]
    colour, marker = palette(ax).series(place), _MARKERS[place % len(_MARKERS)]
    size_pt, alpha = (3.0, 0.8) if len(own) < _DENSE else (1.8, 0.45)
    look: Any = {"ls": "none", "marker": marker, "color": colour, "mew": 0.0}
    ax.plot(own[:, 0], own[:, 1], ms=size_pt, alpha=alpha, rasterized=len(own) > _CLOUD, **look)
    return Line2D([], [], ms=3.5, label=_unit_text(features, place), **look)


def _unit_text(features: SpikeFeatures, place: int) -> str:
    """Whose spikes, how many of how many, and how well they are told apart."""
    kept, total = features.n_kept[place], features.n_spikes[place]
    name = f"{'multi-unit' if features.multi_unit[place] else 'unit'} {features.unit_ids[place]}"
    text = f"{name}: " + (f"{kept} of {total} spikes" if kept else "no shapes known")
    isolation = features.isolation[place]
    if isolation is None or math.isnan(isolation.false.value):
        return text
    false = isolation.false
    ends = "" if math.isnan(false.low) else f" ({100 * false.low:.1f} to {100 * false.high:.1f})"
    return f"{text}; {100 * false.value:.1f} % false{ends}"


def _lay_out(ax: Axes, features: SpikeFeatures) -> None:
    """Scale the axes to the spikes that are not far out, both to one µV, and name them."""
    kept = ~features.far_out
    low, high = features.scores_uv[kept].min(axis=0), features.scores_uv[kept].max(axis=0)
    room = np.maximum(_ROOM * (high - low), 1e-3 * max(float((high - low).max()), 1.0))
    ax.set_xlim(low[0] - room[0], high[0] + room[0])
    ax.set_ylim(low[1] - room[1], high[1] + room[1])
    for axis, number, share in zip((ax.xaxis, ax.yaxis), ("1st", "2nd"), features.shares, strict=True):
        of_all = "" if math.isnan(share) else f", {100 * share:.0f} % of variance"
        axis.set_label_text(f"{number} component (µV{of_all})")
        axis.set_major_locator(MaxNLocator(nbins=4))
    ax.ticklabel_format(style="plain", useOffset=False)


def _caption(ax: Axes, features: SpikeFeatures) -> str:
    """What was compared, and how many spikes are not seen."""
    low, high = ("?" if edge is None else f"{edge:.4g}" for edge in features.band_hz)
    first, last = (f"{edge:g}".replace("-", "\N{MINUS SIGN}") for edge in features.window_ms)
    window = f"{first} to {last} ms from the peak"
    on = f" on {features.n_channels} channels" if features.n_channels > 1 else ""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    x, y = features.scores_uv.T
    outside = int(((x < left) | (x > right) | (y < bottom) | (y > top)).sum())
    lie = "spike lies" if outside == 1 else "spikes lie"
    beyond = f"\n{outside} {lie} outside the axes" if outside else ""
    known = any(one is not None and not math.isnan(one.false.value) for one in features.isolation)
    false = "\nfalse: by shape rather another unit's (95 % interval)" if known else ""
    return f"{window}{on}\n{low} to {high} Hz, {features.phase} phase{beyond}{false}"
