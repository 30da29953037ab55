"""Spike amplitude through time: a fall towards the threshold counterfeits inhibition."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.patheffects import withStroke

from ephys.model import DoseProtocol, Epoch, Support, Unit
from ephys.plotting.palette import palette
from ephys.plotting.style import DOUBLE_MM, drawing
from ephys.plotting.timeline import draw_gaps, draw_time_axis, mark_administrations
from ephys.plotting.window_legend import Beneath, legend_below

_HEADROOM = 1.1
_DENSE = 2000
_MARKERS = ("o", "^", "s", "D")


def plot_amplitudes(
    unit: Unit,
    protocol: DoseProtocol | None = None,
    *,
    beside: Sequence[Unit] = (),
    label_doses: bool = True,
    within: Epoch | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the amplitude of every spike through time, with the detection threshold.

    Parameters
    ----------
    unit : Unit
        Spikes with their amplitudes; those of unknown amplitude are counted in words.
    protocol : DoseProtocol, optional
        Arrows where something was given.
    beside : sequence of Unit, optional
        Other units, each in its colour and shape, on the same axes; the threshold is the first one's, and hatched
        is what was recorded of none.
    label_doses : bool, optional
        False leaves the arrows bare, under a rate histogram that has the doses already.
    within : Epoch, optional
        Ends of the time axis; by default those of the unit's own time. What was not recorded is hatched.
    ax : Axes, optional
        Where to draw; by default a new figure two columns wide.

    Returns
    -------
    Axes
        The points are drawn as an image in vector files, so that these stay small.

    Examples
    --------
    >>> from ephys.model import Epoch
    >>> plot_amplitudes(Unit.from_times([1.0, 2.0], support=Epoch(0.0, 10.0))).get_ylabel()
    'spike amplitude (µV)'
    """
    with drawing(ax, width_mm=DOUBLE_MM, height_mm=42.0) as axes:
        colours = palette(axes)
        units = (unit, *beside)
        clouds = [
            _draw_spikes(axes, one, colours.series(n), _MARKERS[n % len(_MARKERS)]) for n, one in enumerate(units)
        ]
        largest_uv = [
            float(np.max(one.amplitudes_uv, initial=0.0, where=np.isfinite(one.amplitudes_uv))) for one in units
        ]
        highest = max(*largest_uv, float(np.nan_to_num(unit.threshold_uv)))
        axes.set_ylim(0.0, highest * _HEADROOM or 1.0)
        axes.set_ylabel("spike amplitude (µV)")
        axes.ticklabel_format(axis="y", style="plain", useOffset=False)
        shown = within or unit.support
        draw_time_axis(axes, shown.start_s, shown.stop_s)
        draw_gaps(axes, _any_support(units))
        if beside:
            legend_below(axes, clouds, Beneath.time_axis(axes))
        _draw_threshold(axes, unit)
        if not any(largest_uv):
            axes.text(0.5, 0.5, "no amplitudes known", transform=axes.transAxes, ha="center", va="center")
        if protocol is not None:
            mark_administrations(axes, protocol, text=label_doses)
        return axes


def _any_support(units: Sequence[Unit]) -> Support:
    """When any of the units was recorded."""
    joined: list[Epoch] = []
    for epoch in sorted((e for unit in units for e in unit.support.epochs), key=lambda epoch: epoch.start_s):
        if joined and epoch.start_s <= joined[-1].stop_s:
            joined[-1] = Epoch(joined[-1].start_s, max(joined[-1].stop_s, epoch.stop_s))
        else:
            joined.append(epoch)
    return Support(tuple(joined))


def _draw_spikes(ax: Axes, unit: Unit, colour: str, marker: str) -> PathCollection:
    """Draw the amplitudes of one unit that are known; return the cloud, which the legend names."""
    known = np.isfinite(unit.amplitudes_uv)
    size = 4.0 if unit.n_spikes < _DENSE else 1.5
    return ax.scatter(
        unit.times_s[known], unit.amplitudes_uv[known], s=size, color=colour, marker=marker, lw=0, alpha=0.6,
        rasterized=True, label=f"unit {unit.id}, n = {int(known.sum())} spikes",
    )  # fmt: skip


def _draw_threshold(ax: Axes, unit: Unit) -> None:
    """Draw the threshold under which no spike could have been seen."""
    colours = palette(ax)
    if not np.isfinite(unit.threshold_uv):
        return
    colour = colours.agonist
    ax.axhline(unit.threshold_uv, color=colour, lw=0.8, ls=(0, (4, 2)))
    noise = f", {unit.threshold_uv / unit.noise_uv:.1f} × noise SD" if unit.noise_uv > 0 else ""
    ax.annotate(
        f"threshold {unit.threshold_uv:.0f} µV{noise}",
        xy=(0.0, unit.threshold_uv),
        xycoords=("axes fraction", "data"),
        xytext=(2.0, -2.0),
        textcoords="offset points",
        va="top",
        fontsize="small",
        color=colour,
        path_effects=[withStroke(linewidth=2.0, foreground=colours.paper)],  # it may stand on hatching
    )
